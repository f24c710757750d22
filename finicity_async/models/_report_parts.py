"""What the bodies of several reports have in common: institutions, accounts, transactions, income."""

from decimal import Decimal

from finicity_async.models._record import Record
from finicity_async.models._values import Instant, NumericId


class PeriodReport(Record, frozen=True, kw_only=True, rename="camel"):
    """Which period of transactions a report covers; a subclass adds its contents."""

    start_date: Instant | None = None
    """When the earliest transaction in the report was posted."""
    end_date: Instant | None = None
    """When the latest transaction in the report was posted."""
    days: int | None = None
    """Number of days that the report covers."""
    seasoned: bool | None = None
    """Whether it covers more than 180 days; 365 in reports on transactions and on cash flow."""


class ReportInstitution(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An institution in a report; a subclass says of what kind its ``accounts`` are.

    Source: schema ReportInstitution, spec 1.42.0.
    """

    id: NumericId | None = None
    """ID of the institution, a number here."""
    name: str | None = None
    """Its name."""
    url_home_app: str | None = None
    """Its website."""
    accounts: tuple[Record, ...] = ()
    """Its accounts."""


class ReportAccount(Record, frozen=True, kw_only=True, rename="camel"):
    """What most reports say of an account first; ``repr`` does not show ``number``."""

    id: NumericId | None = None
    """ID of the account, a number here."""
    number: str | None = None
    """Number of the account, masked or not, as the institution gives it."""
    owner_name: str | None = None
    """Names of the owners, separated by ``|``; None where the institution gives none."""
    owner_address: str | None = None
    """Address of the primary owner; None where the institution gives none."""
    owner_as_of_date: Instant | None = None
    """When the owner was read, if it was taken from an earlier report."""
    name: str | None = None
    """The institution's name of the account."""
    type: str | None = None
    """Type of account, for example ``"checking"``; an open set."""
    currency: str | None = None
    """Currency of the amounts, for example ``"USD"``: dollars, not cents."""
    aggregation_status_code: int | None = None
    """Outcome of the latest attempt to read the account, see ``describe_status``; unless 0, do not rely on its data."""

    _hidden = frozenset({"number"})


class ReportTransaction(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A transaction in a report.

    Source: schema ReportTransaction, spec 1.42.0.
    """

    id: NumericId | None = None
    """ID of the transaction."""
    amount: Decimal | None = None
    """The amount: positive for a deposit, negative for a withdrawal or a debit."""
    posted_date: Instant | None = None
    """When the institution posted it."""
    description: str | None = None
    """The institution's description."""
    memo: str | None = None
    """The institution's memo, which belongs to the description; at least one of the two comes."""
    normalized_payee: str | None = None
    """Payee that the vendor derives from description and memo."""
    institution_transaction_id: str | None = None
    """The institution's own ID of the transaction."""
    category: str | None = None
    """The vendor's category, for example ``"Paycheck"``."""
    type: str | None = None
    """Type of transaction, for example ``"debit"``; an open set."""
    security_type: str | None = None
    """Kind of security; investments only."""
    symbol: str | None = None
    """Symbol of the security; investments only."""
    commission: Decimal | None = None
    """The commission."""
    pay_statement_match_types: tuple[str, ...] = ()
    """What it matches on a pay statement, for example ``"NET_AMOUNT"``; undeclared, in one of the examples only."""


class AnalyzedAccount(Record, frozen=True, kw_only=True, rename="camel"):
    """What a report on cash flow or an analytics report says of an account first; ``repr`` does not show ``number``."""

    id: NumericId | None = None
    """ID of the account, a number here."""
    owner_name: str | None = None
    """Names of the owners, separated by ``|``; None where the institution gives none."""
    owner_address: str | None = None
    """Address of the primary owner; None where the institution gives none."""
    owner_as_of_date: Instant | None = None
    """When the owner was read, if it was taken from an earlier report."""
    name: str | None = None
    """The institution's name of the account."""
    number: str | None = None
    """Number of the account, masked or not, as the institution gives it."""
    type: str | None = None
    """Type of account, for example ``"checking"``; an open set."""
    currency: str | None = None
    """Currency of the amounts, for example ``"USD"``: dollars, not cents."""
    aggregation_status_code: int | None = None
    """Outcome of the latest attempt to read the account, see ``describe_status``; unless 0, do not rely on its data."""
    current_balance: Decimal | None = None
    """Cleared balance at ``balance_date``."""
    available_balance: Decimal | None = None
    """Available balance."""
    balance_date: Instant | None = None
    """When the institution reported the balances."""
    transactions: tuple[ReportTransaction, ...] = ()
    """The transactions."""

    _hidden = frozenset({"number"})


class ReportTransactionNewTxBased(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A transaction in a report that classifies investment transactions.

    Source: schema ReportTransactionNewTxBased, spec 1.42.0.
    """

    id: NumericId | None = None
    """ID of the transaction."""
    amount: Decimal | None = None
    """The amount: positive for a deposit, negative for a withdrawal or a debit."""
    posted_date: Instant | None = None
    """When the institution posted it."""
    description: str | None = None
    """The institution's description."""
    memo: str | None = None
    """The institution's memo, which belongs to the description; at least one of the two comes."""
    investment_transaction_type: str | None = None
    """Type of investment transaction, for example ``"dividend"``; an open set."""
    normalized_payee: str | None = None
    """Payee that the vendor derives from description and memo."""
    institution_transaction_id: str | None = None
    """The institution's own ID of the transaction."""
    category: str | None = None
    """The vendor's category, for example ``"Paycheck"``."""
    type: str | None = None
    """Type of transaction, for example ``"debit"``; an open set."""
    security_type: str | None = None
    """Kind of security; investments only."""
    symbol: str | None = None
    """Symbol of the security; investments only."""
    commission: Decimal | None = None
    """The commission."""
    best_representation: str | None = None
    """The text that suits people best; undeclared, in the vendor's examples only."""


class CadenceDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    How often the deposits of an income stream recur.

    Source: schema CadenceDetails, spec 1.42.0.
    """

    start_date: Instant | None = None
    """When the first deposit was posted."""
    stop_date: Instant | None = None
    """When the last deposit was posted; None while the stream is active."""
    days: int | None = None
    """Days from one deposit to the next."""


class NetMonthly(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The income of one month.

    Source: schema NetMonthly, spec 1.42.0.
    """

    month: Instant | None = None
    """Start of the month, midnight in US Mountain Time in the vendor's examples."""
    net: Decimal | None = None
    """Net income of the month."""
    gross: Decimal | None = None
    """Gross income of the month."""


class ReportIncomeStream(Record, frozen=True, kw_only=True, rename="camel"):
    """An income stream in the reports on income: deposits into an account that come from one source."""

    id: str | None = None
    """ID of the income stream."""
    name: str | None = None
    """Name for people, derived from the payee of its transactions."""
    status: str | None = None
    """``"ACTIVE"`` or ``"INACTIVE"``; an open set."""
    estimate_inclusion: str | None = None
    """Level of confidence: ``"HIGH"``, ``"MODERATE"``, ``"LOW"`` or ``"NO"``; an open set."""
    confidence: int | None = None
    """Confidence that the deposits are income, in percent, for example ``70``."""
    cadence: CadenceDetails | None = None
    """How often the deposits recur."""
    net_monthly: tuple[NetMonthly, ...] = ()
    """The income of each complete calendar month."""
    net_annual: Decimal | None = None
    """Net income of the last 12 months."""
    projected_net_annual: Decimal | None = None
    """Net income projected for the next 12 months."""
    estimated_gross_annual: Decimal | None = None
    """Gross income of the last 12 months, estimated from the net income."""
    projected_gross_annual: Decimal | None = None
    """Gross income projected for the next 12 months."""
    average_monthly_income_net: Decimal | None = None
    """Average net income of a month over the last 12 months."""
    average_monthly_income_gross: Decimal | None = None
    """Average gross income of a month over the last 12 months."""
    income_stream_months: int | None = None
    """Number of months in which the income was observed."""
    transactions: tuple[ReportTransaction, ...] = ()
    """The deposits of the stream."""


class ReportIncomeEstimate(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The annual income of several income streams, past and projected.

    Source: schema ReportIncomeEstimate, spec 1.42.0.
    """

    net_annual: Decimal | None = None
    """Net income of the last 12 months."""
    projected_net_annual: Decimal | None = None
    """Net income projected for the next 12 months."""
    estimated_gross_annual: Decimal | None = None
    """Gross income of the last 12 months, estimated from the net income."""
    projected_gross_annual: Decimal | None = None
    """Gross income projected for the next 12 months; active streams only."""


class ReportIncomeStreamSummary(Record, frozen=True, kw_only=True, rename="camel"):
    """
    All income streams of one level of confidence, in sum.

    Source: schema ReportIncomeStreamSummary, spec 1.42.0.
    """

    confidence_type: str | None = None
    """``"HIGH"``, ``"MODERATE"``, ``"LOW"`` or ``"NO"``; an open set."""
    net_monthly: tuple[NetMonthly, ...] = ()
    """The income of each complete calendar month."""
    average_monthly_income_net: Decimal | None = None
    """Average net income of a month over the last 12 months."""
    average_monthly_income_gross: Decimal | None = None
    """Average gross income of a month over the last 12 months."""
    income_estimate: ReportIncomeEstimate | None = None
    """The annual income."""


class AccountDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Balances of an account in a report that depend on its type.

    Source: schema AccountDetails, spec 1.42.0.
    """

    interest_margin_balance: Decimal | None = None
    """Net interest: earned less paid; investment accounts only."""
    available_cash_balance: Decimal | None = None
    """Cash that can be withdrawn; investment accounts only."""
    vested_balance: Decimal | None = None
    """Vested amount; investment accounts only."""
    current_loan_balance: Decimal | None = None
    """Current balance of a loan on the account; investment accounts only."""
    available_balance_amount: Decimal | None = None
    """Available balance."""


class AccountDetailsTxBased(AccountDetails, frozen=True, kw_only=True, rename="camel"):
    """
    Further balances of an account in a report that depend on its type.

    Source: schema AccountDetailsTxBased, spec 1.42.0.
    """

    margin_balance: Decimal | None = None
    """Net interest: earned less paid."""
    current_balance: Decimal | None = None
    """Current balance."""
