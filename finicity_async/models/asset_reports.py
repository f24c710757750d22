"""Bodies of the reports on assets, with or without income, and for a prequalification."""

from decimal import Decimal

from finicity_async.models._record import Record
from finicity_async.models._report_parts import (
    AccountDetails,
    AccountDetailsTxBased,
    PeriodReport,
    ReportAccount,
    ReportIncomeStream,
    ReportIncomeStreamSummary,
    ReportInstitution,
    ReportTransaction,
    ReportTransactionNewTxBased,
)
from finicity_async.models._values import Instant, NumericId


class PrequalificationReportAssetSummary(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The balances of one account, or of all accounts in a report.

    Source: schema PrequalificationReportAssetSummary, spec 1.42.0.
    """

    type: str | None = None
    """Type of account, for example ``"checking"``; None for all accounts."""
    available_balance: Decimal | None = None
    """Available balance."""
    current_balance: Decimal | None = None
    """Current balance."""
    two_month_average: Decimal | None = None
    """Average daily balance over the last two months."""
    six_month_average: Decimal | None = None
    """Average daily balance over the last six months."""
    beginning_balance: Decimal | None = None
    """Balance at the start of the period that the report covers."""


class ReportAccountPosition(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A holding of an investment account in a report: one security.

    Source: schema ReportAccountPosition, spec 1.42.0.
    """

    id: Decimal | None = None
    """ID of the position, declared as a number that need not be whole."""
    currency: str | None = None
    """Currency of the amounts, for example ``"USD"``."""
    symbol: str | None = None
    """Symbol of the security, for example ``"MCD"``."""
    security_name: str | None = None
    """Name of the security."""
    units: Decimal | None = None
    """Number of units held; may be a fraction."""
    market_value: Decimal | None = None
    """Market value of the holding when it was read."""
    current_price: Decimal | None = None
    """Price of one unit."""
    security_type: str | None = None
    """Kind of security, for example ``"Stock"``."""


class VOAReportAccount(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An account in a report on assets; ``repr`` does not show ``number``.

    Source: schema VOAReportAccount, spec 1.42.0.
    """

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
    available_balance: Decimal | None = None
    """Available balance."""
    aggregation_status_code: int | None = None
    """Outcome of the latest attempt to read the account, see ``describe_status``; unless 0, do not rely on its data."""
    balance: Decimal | None = None
    """Cleared balance at ``balance_date``."""
    balance_date: Instant | None = None
    """When the institution reported the balance."""
    average_monthly_balance: Decimal | None = None
    """Average monthly balance."""
    tot_number_insufficient_funds_fee_debit_tx_account: int | None = None
    """Number of fees for insufficient funds in the period that the report covers."""
    tot_number_insufficient_funds_fee_debit_tx_over2_months_account: int | None = None
    """Number of these fees in the last two months."""
    tot_number_days_since_most_recent_insufficient_funds_fee_debit_tx_account: int | None = None
    """Days since the latest of these fees."""
    oldest_transaction_date: Instant | None = None
    """Date of the oldest transaction of the account."""
    transactions: tuple[ReportTransactionNewTxBased, ...] = ()
    """The transactions."""
    details: AccountDetailsTxBased | None = None
    """Balances that depend on the type of the account."""
    position: tuple[ReportAccountPosition, ...] = ()
    """The holdings of an investment account."""
    asset: PrequalificationReportAssetSummary | None = None
    """The balances of the account, current and on average."""

    _hidden = frozenset({"number"})


class VOAReportInstitution(ReportInstitution, frozen=True, kw_only=True, rename="camel"):
    """
    An institution in a report on assets.

    Source: schema ReportInstitution, spec 1.42.0.
    """

    accounts: tuple[VOAReportAccount, ...] = ()
    """Its accounts."""


class VOAReport(PeriodReport, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on assets.

    Source: schema VOAReport, spec 1.42.0.
    """

    consolidated_available_balance: Decimal | None = None
    """Sum of the available balances of all accounts."""
    institutions: tuple[VOAReportInstitution, ...] = ()
    """The institutions with their accounts."""
    assets: PrequalificationReportAssetSummary | None = None
    """The balances of all accounts in sum."""


class VOAIReportIncomeStream(ReportIncomeStream, frozen=True, kw_only=True, rename="camel"):
    """
    An income stream: deposits into an account that come from one source.

    Source: schema VOAIReportIncomeStream, spec 1.42.0.
    """


class VOAWithIncomeReportAccount(VOAReportAccount, frozen=True, kw_only=True, rename="camel"):
    """
    An account in a report on assets and income; ``repr`` does not show ``number``.

    Source: schema VOAWithIncomeReportAccount, spec 1.42.0.
    """

    income_streams: tuple[VOAIReportIncomeStream, ...] = ()
    """The income streams into the account."""


class VOAWithIncomeReportInstitution(VOAReportInstitution, frozen=True, kw_only=True, rename="camel"):
    """
    An institution in a report on assets and income.

    Source: schema ReportInstitution, spec 1.42.0.
    """

    accounts: tuple[VOAWithIncomeReportAccount, ...] = ()
    """Its accounts."""


class VOAWithIncomeReport(VOAReport, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on assets and income.

    Source: schema VOAWithIncomeReport, spec 1.42.0.
    """

    institutions: tuple[VOAWithIncomeReportInstitution, ...] = ()
    """The institutions with their accounts."""
    income: tuple[ReportIncomeStreamSummary, ...] = ()
    """The income, by level of confidence."""


class PrequalificationReportAccount(ReportAccount, frozen=True, kw_only=True, rename="camel"):
    """
    An account in a report for a prequalification; ``repr`` does not show ``number``.

    Source: schema PrequalificationReportAccount, spec 1.42.0.
    """

    balance: Decimal | None = None
    """Cleared balance at ``balance_date``."""
    balance_date: Instant | None = None
    """When the institution reported the balance."""
    available_balance: Decimal | None = None
    """Available balance."""
    average_monthly_balance: Decimal | None = None
    """Average monthly balance."""
    tot_number_insufficient_funds_fee_debit_tx_account: int | None = None
    """Number of fees for insufficient funds in the period that the report covers."""
    tot_number_insufficient_funds_fee_debit_tx_over6_months_account: int | None = None
    """Number of these fees in the last six months."""
    tot_number_days_since_most_recent_insufficient_funds_fee_debit_tx_account: int | None = None
    """Days since the latest of these fees."""
    transactions: tuple[ReportTransaction, ...] = ()
    """The transactions."""
    asset: PrequalificationReportAssetSummary | None = None
    """The balances of the account, current and on average."""
    details: AccountDetails | None = None
    """Balances that depend on the type of the account."""


class PrequalificationReportInstitution(ReportInstitution, frozen=True, kw_only=True, rename="camel"):
    """
    An institution in a report for a prequalification.

    Source: schema ReportInstitution, spec 1.42.0.
    """

    accounts: tuple[PrequalificationReportAccount, ...] = ()
    """Its accounts."""


class PrequalificationReport(PeriodReport, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report for a prequalification.

    Source: schema PrequalificationReport, spec 1.42.0.
    """

    consolidated_available_balance: Decimal | None = None
    """Sum of the available balances of all accounts."""
    institutions: tuple[PrequalificationReportInstitution, ...] = ()
    """The institutions with their accounts."""
    assets: PrequalificationReportAssetSummary | None = None
    """The balances of all accounts in sum."""
