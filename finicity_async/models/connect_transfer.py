"""Links to Connect Transfer on the wire: what they are made from, and the links."""

from typing import Any

import msgspec

from finicity_async.models._masked import Masked
from finicity_async.models.connect import OptionalLink
from finicity_async.models.connect_components import ServiceAgreement


class ExternalTransferDetails(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Under which ID of the partner's a switch is made.

    Source: schema ExternalTransferDetails, spec 1.42.0.
    """

    id: str
    """
    ID of an employee or a branch, by which `get_all_external_deposit_switches` finds the switches: of ASCII letters,
    digits, ``-`` and ``_``, since a path takes no other.
    """
    context: str
    """How the customer gets the link: ``"EMAIL"``, ``"SMS"``, ``"WEB"`` or ``"MOBILE"``."""


class BankAccount(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    An account that pay goes to, or that bills are paid from.

    Source: schema BankAccount, spec 1.42.0.
    """

    account_number: str
    """The whole number, 4 to 17 characters."""
    bank_identifier: str
    """Routing number, nine digits."""
    title: str | None = None
    """What to call it, for example ``"My savings account"``."""
    type: str
    """``"checking"`` or ``"savings"``."""


class Card(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    A card that bills are paid with.

    Source: schema Card, spec 1.42.0.
    """

    title: str
    """What to call it."""
    number: str
    """The whole number, 15 to 19 digits."""
    expiry: str
    """Last month in which it is good, as ``"12/27"``."""
    cvv: str
    """Its security code, three or four digits."""
    brand: str | None = None
    """``"mastercard"``, ``"visa"``, ``"american-express"`` or ``"discover"``."""


class BillPaySwitchIdentity(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Who pays the bills.

    Source: schema BillPaySwitchIdentity, spec 1.42.0.
    """

    first_name: str
    """First name."""
    last_name: str
    """Last name."""
    zip_code: str
    """ZIP code."""
    address: str
    """Street and number."""
    address2: str | None = None
    """What does not fit in the first line."""
    city: str
    """City."""
    state: str
    """State, as a code of two letters."""
    phone: str | None = None
    """Telephone number."""
    email: str | None = None
    """Address for mail."""


class TransferDepositSwitchParameters(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a link to switch a deposit is made from.

    Source: schema TransferDepositSwitchParameters, spec 1.42.0.
    """

    service_agreement: ServiceAgreement | None = None
    """Which terms the customer has accepted."""
    external: ExternalTransferDetails | None = None
    """Under which ID of the partner's the switch is made."""
    accounts: tuple[BankAccount, ...]
    """The accounts that the pay may go to."""
    partner_id: str
    """The partner's ID."""
    customer_id: str
    """The customer."""
    language: str | None = None
    """Language of the pages: ``"es"``; None is English."""
    webhook: str | None = None
    """URL on the partner's server that events are posted to; deprecated by the vendor."""
    webhook_content_type: str | None = None
    """Media type of the events; deprecated by the vendor."""
    webhook_data: dict[str, Any] | None = None
    """Members that come back in every event; deprecated by the vendor."""
    webhook_headers: dict[str, Any] | None = None
    """Headers that come with every event; deprecated by the vendor."""
    redirect_uri: str | None = None
    """Where the browser is sent after the session."""
    experience: str | None = None
    """ID of an experience, or ``"default"``."""


class ConnectTransferDepositSwitchLink(OptionalLink, frozen=True, kw_only=True, rename="camel"):
    """
    A link where a customer has pay go to another account.

    Source: schema ConnectTransferDepositSwitchLink, spec 1.42.0.
    """


class ConnectGenerateTransferBillPaySwitchParameters(
    Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """
    What a link to switch the payment of bills is made from.

    Source: schema ConnectGenerateTransferBillPaySwitchParameters, spec 1.42.0.
    """

    service_agreement: ServiceAgreement | None = None
    """Which terms the customer has accepted."""
    accounts: tuple[BankAccount, ...] = ()
    """The accounts that bills may be paid from."""
    partner_id: str
    """The partner's ID."""
    customer_id: str
    """The customer."""
    experience: str | None = None
    """ID of an experience, or ``"default"``."""
    language: str | None = None
    """Language of the pages: ``"es"``; None is English."""
    single_use_url: bool
    """True expires the link after the first successful session."""
    redirect_uri: str | None = None
    """Where the browser is sent after the session."""
    cards: tuple[Card, ...]
    """The cards that bills may be paid with, one at least."""
    identity: BillPaySwitchIdentity
    """Who pays."""


class ConnectTransferBillPaySwitchLink(OptionalLink, frozen=True, kw_only=True, rename="camel"):
    """
    A link where a customer has bills paid with another card or account.

    Source: schema ConnectTransferBillPaySwitchLink, spec 1.42.0.
    """
