"""What the reports of several tags have in common: institutions, accounts, transactions, income."""

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
    """The owners, separated by ``|``; None where the institution does not tell."""
    owner_address: str | None = None
    """Address of the first owner; None where the institution does not tell."""
    owner_as_of_date: Instant | None = None
    """When the owner was read, if that was for an earlier report."""
    name: str | None = None
    """The institution's name of the account."""
    type: str | None = None
    """Kind of account, for example ``"checking"``; an open set."""
    currency: str | None = None
    """Currency, for example ``"USD"``."""
    aggregation_status_code: int | None = None
    """Outcome of the latest attempt to read the account, 0 for success; see ``describe_status``."""

    _hidden = frozenset({"number"})


class ReportTransaction(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A transaction in a report.

    Source: schema ReportTransaction, spec 1.42.0.
    """

    id: NumericId | None = None
    """ID of the transaction."""
    amount: Decimal | None = None
    """The amount, positive for a deposit."""
    posted_date: Instant | None = None
    """When the institution posted it."""
    description: str | None = None
    """The institution's text."""
    memo: str | None = None
    """The institution's further text."""
    normalized_payee: str | None = None
    """Whom the vendor recognizes in the texts."""
    institution_transaction_id: str | None = None
    """The institution's own ID of the transaction."""
    category: str | None = None
    """The vendor's category, for example ``"Paycheck"``."""
    type: str | None = None
    """The kind of transaction, for example ``"debit"``; an open set."""
    security_type: str | None = None
    """Kind of security, of an investment only."""
    symbol: str | None = None
    """Symbol of the security, of an investment only."""
    commission: Decimal | None = None
    """The commission."""
    pay_statement_match_types: tuple[str, ...] = ()
    """What of a pay statement it matches, for example ``"NET_AMOUNT"``; undeclared, in one of the examples only."""


class AnalyzedAccount(Record, frozen=True, kw_only=True, rename="camel"):
    """What a report on cash flow or an analytics report says of an account first; ``repr`` does not show ``number``."""

    id: NumericId | None = None
    """ID of the account, a number here."""
    owner_name: str | None = None
    """The owners, separated by ``|``; None where the institution does not tell."""
    owner_address: str | None = None
    """Address of the first owner; None where the institution does not tell."""
    owner_as_of_date: Instant | None = None
    """When the owner was read, if that was for an earlier report."""
    name: str | None = None
    """The institution's name of the account."""
    number: str | None = None
    """Number of the account, masked or not, as the institution gives it."""
    type: str | None = None
    """Kind of account, for example ``"checking"``; an open set."""
    currency: str | None = None
    """Currency, for example ``"USD"``."""
    aggregation_status_code: int | None = None
    """Outcome of the latest attempt to read the account, 0 for success; see ``describe_status``."""
    current_balance: Decimal | None = None
    """Cleared balance at ``balance_date``."""
    available_balance: Decimal | None = None
    """What can be withdrawn."""
    balance_date: Instant | None = None
    """When the balances were read."""
    transactions: tuple[ReportTransaction, ...] = ()
    """The transactions that the report analyzed."""

    _hidden = frozenset({"number"})


class ReportTransactionNewTxBased(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A transaction in a report that knows kinds of investment transactions.

    Source: schema ReportTransactionNewTxBased, spec 1.42.0.
    """

    id: NumericId | None = None
    """ID of the transaction."""
    amount: Decimal | None = None
    """The amount, positive for a deposit."""
    posted_date: Instant | None = None
    """When the institution posted it."""
    description: str | None = None
    """The institution's text."""
    memo: str | None = None
    """The institution's further text."""
    investment_transaction_type: str | None = None
    """Kind of an investment's transaction, for example ``"dividend"``; an open set."""
    normalized_payee: str | None = None
    """Whom the vendor recognizes in the texts."""
    institution_transaction_id: str | None = None
    """The institution's own ID of the transaction."""
    category: str | None = None
    """The vendor's category, for example ``"Paycheck"``."""
    type: str | None = None
    """The kind of transaction, for example ``"debit"``; an open set."""
    security_type: str | None = None
    """Kind of security, of an investment only."""
    symbol: str | None = None
    """Symbol of the security, of an investment only."""
    commission: Decimal | None = None
    """The commission."""
    best_representation: str | None = None
    """The best of the texts, for people; undeclared, in the vendor's examples only."""


class CadenceDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    How regularly an income comes.

    Source: schema CadenceDetails, spec 1.42.0.
    """

    start_date: Instant | None = None
    """When the first deposit was posted."""
    stop_date: Instant | None = None
    """When the last deposit was posted; None while the income goes on."""
    days: int | None = None
    """Days between two deposits."""


class NetMonthly(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The income of one month.

    Source: schema NetMonthly, spec 1.42.0.
    """

    month: Instant | None = None
    """The first moment of the month."""
    net: Decimal | None = None
    """Income of the month, after deductions."""
    gross: Decimal | None = None
    """Income of the month, before deductions."""


class ReportIncomeStream(Record, frozen=True, kw_only=True, rename="camel"):
    """An income stream in the reports on income: deposits into an account that come from one source."""

    id: str | None = None
    """ID of the income stream."""
    name: str | None = None
    """Name, made of the payee in its transactions."""
    status: str | None = None
    """``"ACTIVE"`` or ``"INACTIVE"``; an open set."""
    estimate_inclusion: str | None = None
    """Confidence as a word: ``"HIGH"``, ``"MODERATE"``, ``"LOW"`` or ``"NO"``; an open set."""
    confidence: int | None = None
    """Confidence that the deposits are income, up to 100."""
    cadence: CadenceDetails | None = None
    """How regularly the income comes."""
    net_monthly: tuple[NetMonthly, ...] = ()
    """The income of each whole month."""
    net_annual: Decimal | None = None
    """Income of the last 12 months, after deductions."""
    projected_net_annual: Decimal | None = None
    """Income expected in the next 12 months, after deductions."""
    estimated_gross_annual: Decimal | None = None
    """Income of the last 12 months before taxes, estimated."""
    projected_gross_annual: Decimal | None = None
    """Income expected in the next 12 months before taxes."""
    average_monthly_income_net: Decimal | None = None
    """Income of a month on average over a year, after deductions."""
    average_monthly_income_gross: Decimal | None = None
    """Income of a month on average over a year, before deductions."""
    income_stream_months: int | None = None
    """Months over which the income was seen."""
    transactions: tuple[ReportTransaction, ...] = ()
    """The deposits."""


class ReportIncomeEstimate(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The income of a year, over several income streams.

    Source: schema ReportIncomeEstimate, spec 1.42.0.
    """

    net_annual: Decimal | None = None
    """Income of the last 12 months, after deductions."""
    projected_net_annual: Decimal | None = None
    """Income expected in the next 12 months, after deductions."""
    estimated_gross_annual: Decimal | None = None
    """Income of the last 12 months before taxes, estimated."""
    projected_gross_annual: Decimal | None = None
    """Income expected in the next 12 months before taxes, of active streams."""


class ReportIncomeStreamSummary(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The income streams of one confidence, taken together.

    Source: schema ReportIncomeStreamSummary, spec 1.42.0.
    """

    confidence_type: str | None = None
    """``"HIGH"``, ``"MODERATE"``, ``"LOW"`` or ``"NO"``; an open set."""
    net_monthly: tuple[NetMonthly, ...] = ()
    """The income of each whole month."""
    average_monthly_income_net: Decimal | None = None
    """Income of a month on average over a year, after deductions."""
    average_monthly_income_gross: Decimal | None = None
    """Income of a month on average over a year, before deductions."""
    income_estimate: ReportIncomeEstimate | None = None
    """The income of a year."""


class AccountDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Balances of an account in a report that depend on its type.

    Source: schema AccountDetails, spec 1.42.0.
    """

    interest_margin_balance: Decimal | None = None
    """Net interest earned, of an investment account."""
    available_cash_balance: Decimal | None = None
    """Cash that can be withdrawn, of an investment account."""
    vested_balance: Decimal | None = None
    """Vested amount, of an investment account."""
    current_loan_balance: Decimal | None = None
    """Loan on an investment account."""
    available_balance_amount: Decimal | None = None
    """Available balance."""


class AccountDetailsTxBased(AccountDetails, frozen=True, kw_only=True, rename="camel"):
    """
    Further balances of an account in a report that depend on its type.

    Source: schema AccountDetailsTxBased, spec 1.42.0.
    """

    margin_balance: Decimal | None = None
    """Net interest earned."""
    current_balance: Decimal | None = None
    """Current balance."""
