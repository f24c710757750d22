"""Balance, owners and payment instruction of accounts in one record, on the wire."""

from decimal import Decimal

from finicity_async.models._record import Record
from finicity_async.models._rows import Rows
from finicity_async.models._values import Identifier, Instant, NumericId
from finicity_async.models.identity import AccountOwnerHolders
from finicity_async.models.payments import Descriptor


class AccountSimpleDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What the vendor knows of an account by itself.

    Source: schema AccountSimpleDetails, spec 1.42.0.
    """

    id: str | None = None
    """Vendor ID of the account."""
    account_number_display: str | None = None
    """Short identifier that the vendor makes of the number, often its last digits; the format varies."""
    name: str | None = None
    """Name that the institution gives the account."""
    type: str | None = None
    """``"checking"``, ``"savings"`` and so on, an open set."""
    aggregation_status_code: int | None = None
    """Outcome of the latest attempt to read the account, 0 for success; see `describe_status`."""
    status: str | None = None
    """``"pending"`` from discovery to activation, ``"active"`` ever after; an open set."""
    aggregation_success_date: Instant | None = None
    """Latest attempt that succeeded; None before the first aggregation."""
    aggregation_attempt_date: Instant | None = None
    """Latest attempt, failed or not."""
    created_date: Instant | None = None
    """When the vendor made this record."""
    currency: str | None = None
    """Currency code, for example ``"USD"``."""
    display_position: int | None = None
    """Place of the account in the institution's own list, from 1."""
    authorization_start_date: Instant | None = None
    """Beginning of the customer's authorization."""
    authorization_end_date: Instant | None = None
    """End of the authorization; means nothing if ``authorization_expires`` is false."""
    authorization_expires: bool | None = None
    """Whether the authorization has an end date."""
    parent_account: str | None = None
    """Vendor ID of the account one level up; student loans only."""


class AvailableBalancePEB(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What can be withdrawn from an account, and what has been booked.

    Source: schema AvailableBalancePEB, spec 1.42.0.
    """

    id: NumericId | None = None
    """Vendor ID of the account; a number here."""
    real_account_number_last4: str | None = None
    """Last four digits of the account number; ACH-enabled accounts only."""
    available_balance: Decimal | None = None
    """What can be withdrawn."""
    available_balance_date: Instant | None = None
    """When the institution gave ``available_balance``: with a cached answer, some time ago."""
    cleared_balance: Decimal | None = None
    """What has been booked, without what is pending."""
    cleared_balance_date: Instant | None = None
    """When the institution gave ``cleared_balance``."""
    aggregation_status_code: int | None = None
    """Outcome of the latest attempt to read the account, 0 for success; see `describe_status`."""
    currency: str | None = None
    """Currency code of both balances, for example ``"USD"``."""


class PaymentInstructionPEB(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The number with which money moves to and from an account; ``repr`` does not show it.

    Source: schema PaymentInstructionPEB, spec 1.42.0.
    """

    type: str | None = None
    """The kind of payment, for example ``"ach"``."""
    account_number: str | None = None
    """The whole account number, or the institution's substitute for it."""
    tan_enabled: bool | None = None
    """Whether the institution gives a substitute (tokenized) number in place of the real one."""
    descriptors: tuple[Descriptor, ...] = ()
    """Further numbers, as a rule the routing number."""

    _hidden = frozenset({"account_number"})


class FieldError(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Why a part of the bundle is missing.

    Source: schema FieldError, spec 1.42.0.
    """

    field_name: str | None = None
    """The part: ``"balanceDetails"``, ``"accountIdentity"`` or ``"paymentInstruction"``."""
    field_error: str | None = None
    """Required by the document without declaring it; perhaps the part under another name."""
    code: str | None = None
    """The vendor's code as text; of an institution's refusal, an aggregation status code for `describe_status`."""
    description: str | None = None
    """What happened."""


class PEBAccountDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One account with the parts that were asked for and could be had.

    Source: schema PEBAccountDetails, spec 1.42.0.
    """

    id: Identifier
    """Vendor ID of the account."""
    real_account_number_last4: str | None = None
    """Last four digits of the account number; ACH-enabled accounts only."""
    institution_id: str | None = None
    """Vendor ID of the institution."""
    institution_name: str | None = None
    """Name of the institution."""
    institution_login_id: NumericId | None = None
    """Vendor ID of the customer's login at the institution; a number here, text in paths."""
    account_details: AccountSimpleDetails | None = None
    """What the vendor knows of the account by itself."""
    balance_details: AvailableBalancePEB | None = None
    """The balance, as `get_available_balance_live` has it."""
    account_identity: AccountOwnerHolders | None = None
    """The owners, as `get_account_owner_details` has them."""
    payment_instruction: PaymentInstructionPEB | None = None
    """The account number for payments; ``repr`` does not show it."""
    errors: tuple[FieldError, ...] = ()
    """A record for each part that could not be had."""


class PaymentEnablementBundle(Record, Rows[PEBAccountDetails], frozen=True, kw_only=True, rename="camel"):
    """
    The accounts of a login, or one account, a sequence.

    Source: schema PaymentEnablementBundle, spec 1.42.0.
    """

    customer_id: str | None = None
    """Vendor ID of the customer."""
    error_count: int | None = None
    """How many parts could not be had, 0 for a bundle without gaps."""
    account_count: int | None = None
    """How many accounts there are."""
    account_identity_success_count: int | None = None
    """For how many accounts the owners are there."""
    balance_details_success_count: int | None = None
    """For how many accounts the balance is there."""
    payment_instruction_success_count: int | None = None
    """For how many accounts the number for payments is there."""
    accounts: tuple[PEBAccountDetails, ...]
    """The accounts, in the vendor's order."""
