"""The accounts of a customer, as the list and the refresh operations return them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, overload

from msgspec import UNSET, field

from finicity_async.models._decoding import JsonText, read_many, read_one
from finicity_async.models._record import Record
from finicity_async.models._values import Identifier, Instant, NumericId
from finicity_async.models.account_details import CustomerAccountDetail
from finicity_async.status_codes import AggregationStatus, describe_status


# Of what holds no list, nothing can refer to itself: without the garbage collector it is held and decoded for less.
class CustomerAccountPosition(Record, frozen=True, kw_only=True, rename="camel", gc=False):
    """
    What an investment account holds of one security; the same security may come more than once in an account.

    Amounts are in the account's currency, with no conversion made here; amounts, percentages and units are exact.
    Instants are UTC. A member that the institution does not give is None. Words and codes are open sets.
    Where it says "undeclared", real responses carry a member that the vendor's document does not have; its meaning is
    a guess from its name.

    Source: schema CustomerAccountPosition, spec 1.42.0.
    """

    id: NumericId | None = None
    """Vendor ID of the position; not unique across accounts, since some count 1, 2, 3 in each account."""
    description: str | None = None
    """What is held, in the institution's words."""
    cusip_no: str | None = None
    """Earlier name of ``security_id``; undeclared today."""
    cusip_no_type: str | None = None
    """Earlier name of ``security_id_type``; undeclared today."""
    symbol: str | None = None
    """Ticker symbol."""
    units: Decimal | None = None
    """Shares or units held; some institutions send ``quantity`` instead."""
    current_price: Decimal | None = None
    """Latest price of one unit."""
    security_name: str | None = None
    """Name of the security."""
    transaction_type: str | None = None
    """How it is held, for example ``"Cash"`` or ``"Margin"``."""
    market_value: Decimal | None = None
    """Value of the whole position when it was read; may arrive as text."""
    change_percent: Decimal | None = None
    """Change of the value against the day before, percent."""
    daily_change: Decimal | None = None
    """Change of the value against the day before, as an amount."""
    cost_basis: Decimal | None = None
    """What the whole position cost."""
    paid_price: Decimal | None = None
    """What one unit cost when it was bought."""
    hold_type: str | None = None
    """Kind of holding, for example ``"INVESTMENT"``."""
    inv_security_type: str | None = None
    """Kind of security as a code, for example ``"OTHERINFO"``."""
    status: str | None = None
    """Status code of the holding, for example ``"A"``."""
    current_price_date: Instant | None = None
    """When ``current_price`` was set."""
    security_type: str | None = None
    """Kind of security as a word, for example ``"Stock"``."""
    mf_type: str | None = None
    """Kind of mutual fund, for example ``"OPENEND"``."""
    pos_type: str | None = None
    """``"Long"`` or ``"Short"``, as the institution assigns it."""
    total_gl_dollar: Decimal | None = field(default=None, name="totalGLDollar")
    """Gain, or loss if negative, since the purchase as an amount; the vendor says dollars."""
    total_gl_percent: Decimal | None = field(default=None, name="totalGLPercent")
    """Gain, or loss if negative, since the purchase, percent."""
    option_strike_price: Decimal | None = None
    """Strike price. Options."""
    option_type: str | None = None
    """``"PUT"`` or ``"CALL"``. Options."""
    option_shares_per_contract: Decimal | None = None
    """Shares in one contract. Options."""
    option_expire_date: Instant | None = None
    """Expiry of an option, declared as date text, in the example Unix seconds; a plain date is midnight UTC."""
    fi_asset_class: str | None = None
    """Asset class in the institution's own terms, for example ``"COMNEQTY"``."""
    asset_class: str | None = None
    """Asset class: ``"DOMESTICBOND"``, ``"LARGESTOCK"``, ``"INTLSTOCK"``, ``"MONEYMRKT"`` or ``"OTHER"``."""
    currency_rate: Decimal | None = None
    """Exchange rate: the currency in relation to the original one."""
    security_id: str | None = None
    """Identifier of the security, of the kind that ``security_id_type`` names."""
    security_id_type: str | None = None
    """``"CUSIP"``, ``"ISIN"``, ``"SEDOL"``, ``"SICC"``, ``"VALOR"`` or ``"WKN"``."""
    cost_basis_per_share: Decimal | None = None
    """What one share cost."""
    sub_account_type: str | None = None
    """Kind of subaccount, for example ``"CASH"``."""
    security_currency: str | None = None
    """Currency into which the account is converted, for example ``"USD"``."""
    today_gl_dollar: Decimal | None = field(default=None, name="todayGLDollar")
    """Gain, or loss if negative, of the day as an amount; the vendor says dollars."""
    today_gl_percent: Decimal | None = field(default=None, name="todayGLPercent")
    """Gain, or loss if negative, of the day, percent."""
    fund_name: str | None = None
    """Name of the fund; undeclared."""
    quantity: Decimal | None = None
    """Shares or units held, in place of ``units`` at some institutions; undeclared."""
    unit_price: Decimal | None = None
    """Price of one unit; undeclared."""
    unit_type: str | None = None
    """What a unit is, for example shares or a currency; undeclared."""
    type: str | None = None
    """Kind of holding or security; undeclared."""
    security_sub_type: str | None = None
    """Kind of security within ``security_type``; undeclared."""
    face_value: Decimal | None = None
    """Amount that a bond pays at its end; undeclared."""
    average_cost: Decimal | None = None
    """Average cost of one unit; undeclared."""
    rate: Decimal | None = None
    """Rate, percent; undeclared."""
    original_purchase_date: Instant | None = None
    """When the position was first bought; undeclared."""
    expiration_date: Instant | None = None
    """When the holding expires; undeclared, unlike ``option_expire_date``."""
    held_in_account: Decimal | None = None
    """Units held in the account, sent as text with eight places; undeclared."""
    local_price: Decimal | None = None
    """Price of one unit in the security's own currency; undeclared."""
    local_market_value: Decimal | None = None
    """Value of the position in the security's own currency; undeclared."""
    holding_id: str | None = None
    """ID of the holding; undeclared."""
    memo: str | None = None
    """Note of the institution; undeclared."""


class CustomerAccount(Record, frozen=True, kw_only=True, rename="camel", gc=False):
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

    id: Identifier
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
    institution_login_id: NumericId | None = None
    """Vendor ID of the customer's login at the institution; a number here, text in paths."""
    authorization_start_date: Instant | None = None
    """Beginning of the customer's authorization."""
    authorization_end_date: Instant | None = None
    """End of the authorization; means nothing if ``authorization_expires`` is false."""
    authorization_expires: bool | None = None
    """Whether the authorization has an end date."""
    _detail: Annotated[JsonText, CustomerAccountDetail] = field(default=UNSET, name="detail")
    """JSON text of ``detail``."""
    _position: Annotated[JsonText, tuple[CustomerAccountPosition, ...]] = field(default=UNSET, name="position")
    """JSON text of ``position``."""
    display_position: int | None = None
    """Place in the institution's own list of accounts, from 1."""
    parent_account: str | None = None
    """ID of the next account up in the tree of a student loan; None at its top."""
    financialinstitution_account_status: str | None = None
    """Status at the institution, for example ``"OPEN"``; undeclared, and spelt so on the wire."""
    account_nickname: str | None = None
    """Name that the customer gives the account; required by the document, though undeclared."""
    linked_account_date: Instant | None = None
    """First time that the customer connected this account."""
    display_name: str | None = None
    """Name to show, for example its name and last digits; undeclared."""

    @property
    def detail(self) -> CustomerAccountDetail | None:
        """
        What depends on the account type; some accounts have none.

        Decoded at each access, so bind it once. Never raises: what does not fit is in ``invalid_values``.
        """
        return read_one(CustomerAccountDetail, self._detail)

    @property
    def detail_json(self) -> bytes:
        """JSON text of ``detail`` as it came, empty without one."""
        return bytes(self._detail or b"")

    @property
    def position(self) -> tuple[CustomerAccountPosition, ...]:
        """
        Holdings of an investment account, often none; the same security may come twice.

        Decoded at each access, so bind it once. Never raises: what does not fit is in ``invalid_values``.
        """
        return read_many(CustomerAccountPosition, self._position)

    @property
    def position_json(self) -> bytes:
        """JSON text of ``position`` as it came, empty without one."""
        return bytes(self._position or b"")

    @property
    def aggregation(self) -> AggregationStatus | None:
        """What ``aggregation_status_code`` means and what to do about it; None before the first aggregation."""
        code = self.aggregation_status_code
        return None if code is None else describe_status(code)


class CustomerAccounts(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The accounts of one response, a sequence; empty, and so false, when there are none.

    Source: schema CustomerAccounts, spec 1.42.0.
    """

    accounts: tuple[CustomerAccount, ...]
    """The accounts in the vendor's order; the response has no pages."""

    def __iter__(self) -> Iterator[CustomerAccount]:
        """Iterate over the accounts in the vendor's order."""
        return iter(self.accounts)

    def __len__(self) -> int:
        """Return how many accounts there are."""
        return len(self.accounts)

    @overload
    def __getitem__(self, index: int) -> CustomerAccount: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[CustomerAccount, ...]: ...
    def __getitem__(self, index: int | slice) -> CustomerAccount | tuple[CustomerAccount, ...]:
        """Return the account at a place, or the accounts of a slice."""
        return self.accounts[index]
