"""The accounts of a customer, as the list and the refresh operations return them."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from types import GenericAlias
from typing import Any, Self

import msgspec

from finicity_async.models._decoding import Instant, Record, decoder, moved
from finicity_async.models._unread import LateRecord, decoded_on_first_use, from_twins, twin_of
from finicity_async.models.account_detail import CustomerAccountDetail
from finicity_async.models.account_position import CustomerAccountPosition
from finicity_async.status_codes import AggregationStatus, describe_status


@decoded_on_first_use(detail=CustomerAccountDetail, position=CustomerAccountPosition)
class CustomerAccount(LateRecord, frozen=True, kw_only=True, rename="camel"):
    """
    One account of a customer at an institution, as of its latest aggregation.

    Only ``id`` is sure to come: the vendor calls more members required and leaves them out all the same, above all on
    pending accounts and before the first aggregation. What is missing, null, or a date of 0 is None; ``position`` is
    empty then. Amounts are exact and in ``currency``, instants are UTC.

    IDs are text here though the same ID may be a number in another response, so compare them as text. Only
    ``institution_login_id`` is a number; the operations take it as it is.

    A student loan is a tree: ``studentLoan`` at the top, then ``studentLoanGroup``, then ``studentLoanAccount``; each
    lower record names the one above in ``parent_account``. Not every institution reports all three.

    Source: schema CustomerAccount, spec 1.42.0.
    """

    id: str
    """Vendor ID of the account, for example ``"5011648377"``; the only member that always comes."""
    number: str | None = None
    """Deprecated by the vendor: empty, masked, full or with a suffix. Prefer ``account_number_display``."""
    account_number_display: str | None = None
    """Short identifier that the vendor makes of the number, often its last digits; the format varies."""
    real_account_number_last4: str | None = None
    """Last four digits of the real number; ACH-enabled accounts only. Sent as a number it lacks leading zeros."""
    name: str | None = None
    """Name that the institution gives the account."""
    balance: Decimal | None = None
    """Cleared balance at ``balance_date``. Debts are usually negative, not always: take no sign from the type."""
    type: str | None = None
    """``"checking"``, ``"creditCard"`` and so on, an open set; the wire has ``"529"``, not ``"529plan"``."""
    aggregation_status_code: int | None = None
    """Outcome of the latest attempt, 0 for success, an open set; see ``aggregation``."""
    status: str | None = None
    """``"pending"`` from discovery to activation, ``"active"`` ever after; an open set."""
    customer_id: str | None = None
    """Vendor ID of the customer; text here, a number in some other responses."""
    institution_id: str | None = None
    """Vendor ID of the institution."""
    balance_date: Instant | None = None
    """When the institution took ``balance``."""
    aggregation_success_date: Instant | None = None
    """Latest attempt that succeeded; None before the first aggregation."""
    aggregation_attempt_date: Instant | None = None
    """Latest attempt, failed or not: a failure moves this date and not ``aggregation_success_date``."""
    created_date: Instant | None = None
    """When the vendor made this record."""
    last_updated_date: Instant | None = None
    """When the account last changed."""
    market_segment: str | None = None
    """``"personal"`` or ``"business"``."""
    currency: str | None = None
    """Currency code, for example ``"USD"``, of every amount on this record."""
    last_transaction_date: Instant | None = None
    """Newest transaction; None before the first aggregation."""
    oldest_transaction_date: Instant | None = None
    """Oldest transaction that the vendor has."""
    institution_login_id: int | None = None
    """Vendor ID of the customer's login at the institution; a number here, text in paths."""
    authorization_start_date: Instant | None = None
    """Beginning of the customer's authorization."""
    authorization_end_date: Instant | None = None
    """End of the authorization; means nothing if ``authorization_expires`` is false."""
    authorization_expires: bool | None = None
    """Whether the authorization has an end date."""
    detail: CustomerAccountDetail | None = None
    """What depends on the account type; some accounts have none."""
    position: tuple[CustomerAccountPosition, ...] = ()
    """Holdings of an investment account, often none; the same security may come twice."""
    display_position: int | None = None
    """Place in the institution's own list of accounts, from 1."""
    parent_account: str | None = None
    """ID of the next account up in the tree of a student loan; None at its top."""
    linked_account_date: Instant | None = None
    """First time that the customer connected this account."""

    def __post_init__(self) -> None:
        """Read at once what another record, or msgspec, hands over unread."""
        self._take_over()

    @property
    def aggregation(self) -> AggregationStatus | None:
        """What ``aggregation_status_code`` means and what to do about it; None before the first aggregation."""
        code = self.aggregation_status_code
        return None if code is None else describe_status(code)


class CustomerAccounts(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The accounts of one answer, iterable and sized; empty, and so false, when there are none.

    Source: schema CustomerAccounts, spec 1.42.0.
    """

    accounts: tuple[CustomerAccount, ...]
    """The accounts in the vendor's order; the answer has no pages."""

    @classmethod
    def _in_one_pass(cls, body: bytes) -> Self:
        """Decode the accounts, and leave their details and positions unread."""
        if cls is not CustomerAccounts:  # a subclass, which may have more members, or accounts of another type
            return super()._in_one_pass(body)
        return cls(accounts=from_twins(CustomerAccount, _twins().decode(body).accounts, body))

    @property
    def invalid_values(self) -> Mapping[str, object]:
        """What was set aside because it does not fit: JSON path within this record -> the value as it came."""
        if "invalid_values" not in vars(self):
            vars(self)["invalid_values"] = _misfits_of(self.accounts)
        return super().invalid_values

    def __iter__(self) -> Iterator[CustomerAccount]:
        """Iterate over the accounts in the vendor's order."""
        return iter(self.accounts)

    def __len__(self) -> int:
        """Return how many accounts there are."""
        return len(self.accounts)


@lru_cache
def _twins() -> Any:
    return decoder(msgspec.defstruct("_Twins", [("accounts", GenericAlias(tuple, (twin_of(CustomerAccount), ...)))]))


def _misfits_of(accounts: tuple[CustomerAccount, ...]) -> dict[str, object]:
    invalid_values: dict[str, object] = {}
    for index, account in enumerate(accounts):
        invalid_values |= moved(account.invalid_values, f"$.accounts[{index}]")
    return invalid_values
