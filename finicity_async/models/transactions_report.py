"""Body of the reports on transactions."""

from decimal import Decimal

from finicity_async.models._record import Record
from finicity_async.models._report_parts import (
    AccountDetails,
    PeriodReport,
    ReportInstitution,
    ReportTransaction,
)
from finicity_async.models._values import Instant, NumericId


class TransactionsReportAccount(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An account in a report on transactions; ``repr`` does not show ``number``.

    Source: schema TransactionsReportAccount, spec 1.42.0.
    """

    id: NumericId | None = None
    """ID of the account, a number here."""
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
    balance: Decimal | None = None
    """Cleared balance at ``balance_date``."""
    balance_date: Instant | None = None
    """When the institution reported the balance."""
    oldest_transaction_date: Instant | None = None
    """Date of the oldest transaction of the account."""
    transactions_count: int | None = None
    """Number of transactions of the account."""
    transactions: tuple[ReportTransaction, ...] = ()
    """The transactions."""
    available_balance: Decimal | None = None
    """Available balance; undeclared, in the vendor's examples only."""
    average_monthly_balance: Decimal | None = None
    """Average monthly balance; undeclared, in one of the vendor's examples only."""
    details: AccountDetails | None = None
    """Balances that depend on the type of the account; undeclared, in one of the vendor's examples only."""

    _hidden = frozenset({"number"})


class TransactionsReportInstitution(ReportInstitution, frozen=True, kw_only=True, rename="camel"):
    """
    An institution in a report on transactions.

    Source: schema ReportInstitution, spec 1.42.0.
    """

    accounts: tuple[TransactionsReportAccount, ...] = ()
    """Its accounts."""


class TransactionsReport(PeriodReport, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on transactions.

    Source: schema TransactionsReport, spec 1.42.0.
    """

    institutions: tuple[TransactionsReportInstitution, ...] = ()
    """The institutions with their accounts."""
    gse_enabled: bool | None = None
    """The vendor's own flag for government-sponsored enterprises (GSEs); undeclared, in one of the examples only."""
