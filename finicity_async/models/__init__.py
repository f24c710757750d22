"""The wire: one frozen msgspec Struct for each of the vendor's schemas that the library decodes."""

from finicity_async.models._record import Record
from finicity_async.models.account_details import CustomerAccountDetail
from finicity_async.models.accounts import CustomerAccount, CustomerAccountPosition, CustomerAccounts
from finicity_async.models.authentication import AccessToken, PartnerCredentials, PartnerCredentialsWithNewSecret
from finicity_async.models.common import Error, ErrorMessage, Errors, ErrorWrapper

__all__ = [
    "AccessToken",
    "CustomerAccount",
    "CustomerAccountDetail",
    "CustomerAccountPosition",
    "CustomerAccounts",
    "Error",
    "ErrorMessage",
    "ErrorWrapper",
    "Errors",
    "PartnerCredentials",
    "PartnerCredentialsWithNewSecret",
    "Record",
]
