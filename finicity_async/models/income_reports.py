"""Bodies of the reports on income and employment that are based on transactions."""

from decimal import Decimal

from finicity_async.models._record import Record
from finicity_async.models._report_parts import (
    CadenceDetails,
    PeriodReport,
    ReportAccount,
    ReportIncomeStream,
    ReportIncomeStreamSummary,
    ReportInstitution,
    ReportTransaction,
)
from finicity_async.models._values import Instant


class VOIReportIncomeStream(ReportIncomeStream, frozen=True, kw_only=True, rename="camel"):
    """
    An income stream: deposits into an account that come from one source.

    Source: schema VOIReportIncomeStream, spec 1.42.0.
    """


class VOIReportAccount(ReportAccount, frozen=True, kw_only=True, rename="camel"):
    """
    An account in a report on income; ``repr`` does not show ``number``.

    Source: schema VOIReportAccount, spec 1.42.0.
    """

    income_streams: tuple[VOIReportIncomeStream, ...] = ()
    """The income streams into the account."""
    balance: Decimal | None = None
    """Cleared balance."""
    average_monthly_balance: Decimal | None = None
    """Average monthly balance."""
    transactions: tuple[ReportTransaction, ...] = ()
    """The transactions of the account."""
    available_balance: Decimal | None = None
    """Available balance."""
    current_balance: Decimal | None = None
    """Current balance."""
    beginning_balance: Decimal | None = None
    """Balance at the start of the period that the report covers."""
    oldest_transaction_date: Instant | None = None
    """Date of the oldest transaction of the account."""
    misc_deposits: tuple[ReportTransaction, ...] = ()
    """Deposits that belong to no income stream."""


class VOIReportInstitution(ReportInstitution, frozen=True, kw_only=True, rename="camel"):
    """
    An institution with accounts of the report.

    Source: schema ReportInstitution, spec 1.42.0.
    """

    accounts: tuple[VOIReportAccount, ...] = ()
    """Its accounts."""


class VOIReport(PeriodReport, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on income.

    Source: schema VOIReport, spec 1.42.0.
    """

    institutions: tuple[VOIReportInstitution, ...] = ()
    """The institutions with their accounts."""
    income: tuple[ReportIncomeStreamSummary, ...] = ()
    """The income, by level of confidence."""


class VOETransactionsReportIncomeStream(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An income stream, whose transactions have no amounts.

    Source: schema VOETransactionsReportIncomeStream, spec 1.42.0.
    """

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
    days_since_last_transaction: int | None = None
    """Days since the latest deposit."""
    next_expected_transaction_date: Instant | None = None
    """When the next deposit is expected, by the cadence."""
    income_stream_months: int | None = None
    """Number of months in which the income was observed."""
    transactions: tuple[ReportTransaction, ...] = ()
    """The deposits of the stream."""


class VOETransactionsReportAccount(ReportAccount, frozen=True, kw_only=True, rename="camel"):
    """
    An account in a report on employment; ``repr`` does not show ``number``.

    Source: schema VOETransactionsReportAccount, spec 1.42.0.
    """

    income_streams: tuple[VOETransactionsReportIncomeStream, ...] = ()
    """The income streams into the account."""


class VOETransactionsReportInstitution(ReportInstitution, frozen=True, kw_only=True, rename="camel"):
    """
    An institution with accounts of the report.

    Source: schema ReportInstitution, spec 1.42.0.
    """

    accounts: tuple[VOETransactionsReportAccount, ...] = ()
    """Its accounts."""


class VOETransactionsReport(PeriodReport, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on employment, based on transactions.

    Source: schema VOETransactionsReport, spec 1.42.0.
    """

    institutions: tuple[VOETransactionsReportInstitution, ...] = ()
    """The institutions with their accounts."""
