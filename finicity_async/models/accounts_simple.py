"""The accounts of a customer without numbers, balances and details."""

from finicity_async.models._record import Record
from finicity_async.models._rows import Rows
from finicity_async.models._values import Identifier, Instant, NumericId


class CustomerAccountSimple(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One account of a customer at an institution, without its number, balance, detail and positions.

    Only ``id`` is sure to come. What is missing, null, or a date of 0 is None. Instants are UTC.

    Source: schema CustomerAccountSimple, spec 1.42.0.
    """

    id: Identifier
    """Vendor ID of the account, for example ``"5011648377"``; the only member that always comes."""
    account_number_display: str | None = None
    """Short identifier that the vendor makes of the number, often its last digits; the format varies."""
    name: str | None = None
    """Name that the institution gives the account."""
    type: str | None = None
    """``"checking"``, ``"creditCard"`` and so on, an open set."""
    aggregation_status_code: int | None = None
    """Outcome of the latest attempt, 0 for success, an open set; see ``describe_status``."""
    status: str | None = None
    """``"pending"`` from discovery to activation, ``"active"`` ever after; an open set."""
    customer_id: str | None = None
    """Vendor ID of the customer."""
    institution_id: str | None = None
    """Vendor ID of the institution."""
    aggregation_success_date: Instant | None = None
    """Latest attempt that succeeded; None before the first aggregation."""
    aggregation_attempt_date: Instant | None = None
    """Latest attempt, failed or not."""
    created_date: Instant | None = None
    """When the vendor made this record."""
    currency: str | None = None
    """Currency code, for example ``"USD"``."""
    institution_login_id: NumericId | None = None
    """Vendor ID of the customer's login at the institution; a number here, text in paths."""
    authorization_start_date: Instant | None = None
    """Beginning of the customer's authorization."""
    authorization_end_date: Instant | None = None
    """End of the authorization; means nothing if ``authorization_expires`` is false."""
    authorization_expires: bool | None = None
    """Whether the authorization has an end date."""
    display_position: int | None = None
    """Place of the account in the institution's own list, from 1."""
    parent_account: str | None = None
    """Vendor ID of the account one level up; student loans only."""
    linked_account_date: Instant | None = None
    """When the customer linked the account."""


class CustomerAccountsSimple(Record, Rows[CustomerAccountSimple], frozen=True, kw_only=True, rename="camel"):
    """
    The accounts of a customer, a sequence.

    Source: schema CustomerAccountsSimple, spec 1.42.0.
    """

    accounts: tuple[CustomerAccountSimple, ...]
    """The accounts in the vendor's order."""
