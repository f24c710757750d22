"""Transactions on the wire: lists of them, refreshes, recurring ones, and the report about them."""

from decimal import Decimal

import msgspec

from finicity_async.models._record import Record
from finicity_async.models._reports import ReportAck
from finicity_async.models._rows import Rows
from finicity_async.models._values import Instant, IsoInstant, NumericId
from finicity_async.models.connect import ReportCustomField


# Of what holds no list, nothing can refer to itself: without the garbage collector it is decoded a tenth faster.
class Categorization(Record, frozen=True, kw_only=True, rename="camel", gc=False):
    """
    What the vendor makes of the description of a transaction.

    Source: schema Categorization, spec 1.42.0.
    """

    normalized_payee_name: str | None = None
    """The payee without numbers and abbreviations, for example ``"Mad Science Research"``."""
    category: str | None = None
    """Category, for example ``"ATM Fee"``; an open set."""
    city: str | None = None
    """City of the payee."""
    state: str | None = None
    """State of the payee, two letters."""
    postal_code: str | None = None
    """ZIP code of the payee."""
    country: str | None = None
    """Country of the payee."""
    best_representation: str | None = None
    """Description and memo in one text, without what stands in both and without special characters."""
    entity_standardization_confidence_score: Decimal | None = None
    """How sure the vendor is of the payee, from 0 to 100; None when the payee was not recognized."""


class Transaction(Record, frozen=True, kw_only=True, rename="camel", gc=False):
    """
    One transaction of an account.

    Only ``id`` is sure to come, and it is not unique: two accounts may have transactions with the same one. What tells
    a transaction from all others of a customer is ``account_id`` and ``id`` together.

    Source: schema Transaction, spec 1.42.0.
    """

    id: NumericId
    """Vendor ID, unique within the account; a pending transaction may get another one when it is posted."""
    amount: Decimal | None = None
    """Amount: positive into a deposit account and negative out of it; cards and investments have it reversed."""
    unique_transaction_id: str | None = None
    """``account_id`` and ``id`` joined by a hyphen, for example ``"87529-543210"``."""
    account_id: NumericId | None = None
    """The account, a number here and text in the records of accounts."""
    customer_id: NumericId | None = None
    """The customer, a number here and text in the records of accounts."""
    status: str | None = None
    """``"active"``, ``"pending"``, or ``"shadow"`` for one that the institution no longer has; an open set."""
    description: str | None = None
    """What the institution says, often the payee; a fixed sentence where it says nothing."""
    memo: str | None = None
    """More of what the institution says; it belongs to the description."""
    type: str | None = None
    """Kind of transaction, for example ``"directDeposit"``; an open set."""
    transaction_date: Instant | None = None
    """When it happened; the vendor sorts by it."""
    posted_date: Instant | None = None
    """When the institution posted it; the vendor sorts by it where there is no ``transaction_date``."""
    created_date: Instant | None = None
    """When the vendor first saw it."""
    first_effective_date: Instant | None = None
    """The first value that ``effective_date`` had."""
    effective_date: Instant | None = None
    """When it took effect on the account."""
    option_expire_date: Instant | None = None
    """Expiry of the option. Investments."""
    check_num: str | None = None
    """Number of the check, or another reference of the institution."""
    escrow_amount: Decimal | None = None
    """Share of the amount that goes to escrow. Loans."""
    fee_amount: Decimal | None = None
    """Share of the amount that is a fee."""
    suspense_amount: Decimal | None = None
    """Share of the amount that is held until it is clear what it pays for. Loans."""
    interest_amount: Decimal | None = None
    """Share of the amount that is interest. Loans."""
    principal_amount: Decimal | None = None
    """Share of the amount that pays the loan back. Loans."""
    option_strike_price: Decimal | None = None
    """Strike price of the option. Investments."""
    unit_quantity: Decimal | None = None
    """Units traded, for example ``Decimal("150.42")`` shares. Investments."""
    unit_price: Decimal | None = None
    """Price of one unit. Investments."""
    categorization: Categorization | None = None
    """Payee and category."""
    running_balance_amount: Decimal | None = None
    """Balance of the account after this transaction."""
    subaccount_security_type: str | None = None
    """Kind of subaccount that the money came from, for example ``"MARGIN"``. Investments."""
    commission_amount: Decimal | None = None
    """Commission; declared as a whole number, although it is an amount. Investments."""
    ticker: str | None = None
    """Ticker symbol of the security. Investments."""
    investment_transaction_type: str | None = None
    """Kind of investment transaction, for example ``"dividendReinvest"``; an open set."""
    taxes_amount: Decimal | None = None
    """Taxes; declared as a whole number, although it is an amount. Investments."""
    currency_symbol: str | None = None
    """Currency of a foreign amount, for example ``"USD"``."""
    income_type: str | None = None
    """Kind of income for taxes, for example ``"DIV"``. Investments."""
    split_denominator: Decimal | None = None
    """Denominator of a stock split."""
    split_numerator: Decimal | None = None
    """Numerator of a stock split."""
    shares_per_contract: Decimal | None = None
    """Shares in one contract of the option. Investments."""
    sub_account_fund: str | None = None
    """Subaccount that the money came from, for example ``"MARGIN"``. Investments."""
    security_id: str | None = None
    """Identifier of the security, of the kind that ``security_id_type`` names."""
    security_id_type: str | None = None
    """``"CUSIP"``, ``"ISIN"``, ``"SEDOL"``, ``"SICC"``, ``"VALOR"`` or ``"WKN"``."""


class DailyBalance(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Balance of an account on one day that has transactions.

    Source: schema DailyBalance, spec 1.42.0.
    """

    date: Instant | None = None
    """The day."""
    beginning: Decimal | None = None
    """Balance at its beginning."""
    ending: Decimal | None = None
    """Balance at its end."""


class Transactions(Record, Rows[Transaction], frozen=True, kw_only=True, rename="camel"):
    """
    A page of transactions, a sequence.

    Source: schema Transactions, spec 1.42.0.
    """

    found: int | None = None
    """How many transactions there are on all pages."""
    displaying: int | None = None
    """How many transactions there are on this page."""
    more_available: bool | None = None
    """Whether another page follows; text on the wire, ``"true"`` or ``"false"``, unlike in other lists."""
    from_date: Instant | None = None
    """Begin of the window as it was asked for; digits in text on the wire."""
    to_date: Instant | None = None
    """End of the window as it was asked for; digits in text on the wire."""
    sort: str | None = None
    """Order as it was asked for: ``"asc"`` or ``"desc"``."""
    transactions: tuple[Transaction, ...]
    """The transactions of this page."""
    daily_balances: tuple[DailyBalance, ...] = ()
    """Balances by day, where they were asked for."""


class InitiateNewTransactionRefresh(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What starting a refresh of transactions sends.

    Source: schema InitiateNewTransactionRefresh, spec 1.42.0.
    """

    institution_login_id: str | None = None
    """The login whose accounts are refreshed."""
    account_ids: tuple[str, ...] = ()
    """The accounts to refresh; they come before ``institution_login_id``."""
    mode: str | None = None
    """``"standard"``, ``"historic"`` or ``"custom"``."""
    from_date: IsoInstant | None = None
    """Begin of the window, with mode ``"custom"``."""
    to_date: IsoInstant | None = None
    """End of the window, with mode ``"custom"``."""


class TransactionRefreshInitiated(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A refresh of transactions that was just started.

    Source: schema TransactionRefreshInitiated, spec 1.42.0.
    """

    refresh_id: str | None = None
    """ID of the refresh, by which its status is read."""
    customer_id: str | None = None
    """The customer, text here and a number in `Transaction`."""
    institution_login_id: str | None = None
    """The login that was asked for."""
    account_ids: tuple[str, ...] = ()
    """The accounts that are refreshed."""
    mode: str | None = None
    """``"standard"``, ``"historic"`` or ``"custom"``."""
    from_date: Instant | None = None
    """Begin of the window; ISO text on the wire."""
    to_date: Instant | None = None
    """End of the window; ISO text on the wire."""
    status: str | None = None
    """``"NEW"``, ``"IN_PROGRESS"``, ``"COMPLETED"`` or ``"FAILED"``; an open set."""
    created_at: Instant | None = None
    """When the refresh was started; ISO text on the wire."""


class TransactionRefreshStatusDetailsAccounts(Record, frozen=True, kw_only=True, rename="camel"):
    """
    State of one account in a refresh of transactions.

    Source: an inline schema, spec 1.42.0.
    """

    account_id: str | None = None
    """The account."""
    institution_login_id: str | None = None
    """The login that reaches it."""
    institution_id: str | None = None
    """The institution."""
    aggregation_status_code: int | None = None
    """Outcome of the latest attempt, 0 for success; see ``describe_status``. None for one that has not begun."""
    aggregation_success_date: Instant | None = None
    """When the account was last refreshed with success; ISO text on the wire."""
    code: int | None = None
    """Why the account failed, in place of ``aggregation_status_code``; undeclared, in the document's examples only."""
    message: str | None = None
    """What ``code`` means, in the vendor's words; undeclared."""


class TransactionRefreshStatusDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    How far a refresh of transactions is.

    Source: schema TransactionRefreshStatusDetails, spec 1.42.0.
    """

    refresh_id: str | None = None
    """ID of the refresh."""
    customer_id: str | None = None
    """The customer, text here and a number in `Transaction`."""
    accounts: tuple[TransactionRefreshStatusDetailsAccounts, ...] = ()
    """The state of each account."""
    mode: str | None = None
    """``"standard"``, ``"historic"`` or ``"custom"``."""
    status: str | None = None
    """``"NEW"``, ``"IN_PROGRESS"``, ``"COMPLETED"`` (accounts may have failed) or ``"FAILED"``; an open set."""
    total_count: int | None = None
    """How many accounts are refreshed."""
    success_count: int | None = None
    """How many of them succeeded."""
    failed_count: int | None = None
    """How many of them failed."""


class AccountIds(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What looking for recurring transactions sends.

    Source: schema AccountIds, spec 1.42.0.
    """

    account_ids: tuple[str, ...] = ()
    """The accounts to look at."""


class RecurringOutFlowTransaction(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A payment that the customer makes again and again.

    Source: schema RecurringOutFlowTransaction, spec 1.42.0.
    """

    normalized_payee_name: str | None = None
    """Who is paid, for example ``"Netflix"``."""
    transaction_categories: tuple[str, ...] = ()
    """Categories of the payments."""
    transaction_ids: tuple[str, ...] = ()
    """IDs of the payments, text here and numbers in `Transaction`."""
    cadence: int | None = None
    """Days between two payments on average."""
    status: str | None = None
    """``"ACTIVE"`` or ``"INACTIVE"``; an open set."""
    expected_next_transaction_date: Instant | None = None
    """When the next payment is expected: a plain date on the wire, midnight UTC here."""
    expected_next_transaction_amount: Decimal | None = None
    """Amount expected next, negative."""
    minimum_historical_amount: Decimal | None = None
    """Least amount so far, the one furthest below 0."""
    maximum_historical_amount: Decimal | None = None
    """Greatest amount so far, the one closest to 0."""
    mean_historical_amount: Decimal | None = None
    """Average of the amounts."""
    median_historical_amount: Decimal | None = None
    """Median of the amounts."""
    count_of_transactions: int | None = None
    """How many payments were recognized."""


class RecurringInFlowTransaction(RecurringOutFlowTransaction, frozen=True, kw_only=True, rename="camel"):
    """
    A payment that the customer gets again and again; the members are those of an outflow, with positive amounts.

    Source: schema RecurringInFlowTransaction, spec 1.42.0.
    """


class CustomerRecurringTransactions(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Recurring transactions over all accounts.

    Source: schema CustomerRecurringTransactions, spec 1.42.0.
    """

    recurring_outflows: tuple[RecurringOutFlowTransaction, ...] = ()
    """Payments that are made."""
    recurring_inflows: tuple[RecurringInFlowTransaction, ...] = ()
    """Payments that are received."""


class AccountRecurringTransactions(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Recurring transactions of one account.

    Source: schema AccountRecurringTransactions, spec 1.42.0.
    """

    account_id: str | None = None
    """The account."""
    recurring_outflows: tuple[RecurringOutFlowTransaction, ...] = ()
    """Payments that are made."""
    recurring_inflows: tuple[RecurringInFlowTransaction, ...] = ()
    """Payments that are received."""


class RecurringTransactionsDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Recurring transactions of a customer, over all accounts and of each account.

    Source: schema RecurringTransactionsDetails, spec 1.42.0.
    """

    customer_recurring_transactions: CustomerRecurringTransactions | None = None
    """Those over all accounts."""
    account_recurring_transactions: tuple[AccountRecurringTransactions, ...] = ()
    """Those of each account."""


class FindTransactionConstraints(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Which transactions a report holds, sent and read: those that meet every condition that is given.

    Source: schema FindTransactionConstraints, spec 1.42.0.
    """

    find_transaction_description_memo: str | None = None
    """Text in description or memo."""
    find_transaction_amount_from: Decimal | None = None
    """Least amount."""
    find_transaction_amount_to: Decimal | None = None
    """Greatest amount."""
    find_transaction_category: tuple[str, ...] = ()
    """Categories, for example ``("Payment", "Transfer")``."""


class TransactionsReportConstraints(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a report on transactions is about.

    Source: schema TransactionsReportConstraints, spec 1.42.0.
    """

    account_ids: str | None = None
    """The accounts, separated by blanks, for example ``"1027339038 1027339039"``; None for all."""
    from_date: Instant | None = None
    """Begin of the window."""
    to_date: Instant | None = None
    """End of the window."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """Fields of the partner's in the report."""
    find_transaction: FindTransactionConstraints | None = None
    """Which transactions the report holds; None for all."""


class TransactionsReportConstraintsOut(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What a report on transactions is about, as the vendor repeats it.

    Source: schema TransactionsReportConstraintsOut, spec 1.42.0.
    """

    account_ids: tuple[str, ...] = ()
    """The accounts, a list here and one text in the request."""
    from_date: Instant | None = None
    """Begin of the window."""
    to_date: Instant | None = None
    """End of the window."""
    include_pending: bool | None = None
    """Whether the report holds pending transactions."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """Fields of the partner's in the report."""
    find_transaction: FindTransactionConstraints | None = None
    """Which transactions the report holds."""


class TransactionsReportAck(ReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    A report on transactions that is being made; ``repr`` does not show ``consumer_ssn``.

    Source: schema TransactionsReportAck, spec 1.42.0.
    """

    constraints: TransactionsReportConstraintsOut | None = None
    """What the report is about."""
