"""Bodies of the reports on assets: what a customer owns, with income or in short."""

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
    """Kind of account, for example ``"checking"``; None for all accounts."""
    available_balance: Decimal | None = None
    """What can be withdrawn."""
    current_balance: Decimal | None = None
    """Balance now."""
    two_month_average: Decimal | None = None
    """Average daily balance over two months."""
    six_month_average: Decimal | None = None
    """Average daily balance over six months."""
    beginning_balance: Decimal | None = None
    """Balance at the beginning of the period that the report covers."""


class ReportAccountPosition(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What an investment account in a report holds of one security.

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
    """How many units are held; may be a fraction."""
    market_value: Decimal | None = None
    """What they were worth when the position was read."""
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
    available_balance: Decimal | None = None
    """What can be withdrawn."""
    aggregation_status_code: int | None = None
    """Outcome of the latest attempt to read the account, 0 for success; see ``describe_status``."""
    balance: Decimal | None = None
    """What has been booked, at ``balance_date``."""
    balance_date: Instant | None = None
    """When the institution gave the balance."""
    average_monthly_balance: Decimal | None = None
    """Average balance of a month."""
    tot_number_insufficient_funds_fee_debit_tx_account: int | None = None
    """How many fees for insufficient funds there were in the period that the report covers."""
    tot_number_insufficient_funds_fee_debit_tx_over2_months_account: int | None = None
    """How many of them there were in the last two months."""
    tot_number_days_since_most_recent_insufficient_funds_fee_debit_tx_account: int | None = None
    """Days since the latest of them."""
    oldest_transaction_date: Instant | None = None
    """When the oldest transaction was."""
    transactions: tuple[ReportTransactionNewTxBased, ...] = ()
    """The transactions."""
    details: AccountDetailsTxBased | None = None
    """Balances that depend on the kind of account."""
    position: tuple[ReportAccountPosition, ...] = ()
    """What an investment account holds."""
    asset: PrequalificationReportAssetSummary | None = None
    """The balances of the account."""

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
    """What can be withdrawn from all accounts together."""
    institutions: tuple[VOAReportInstitution, ...] = ()
    """The institutions with their accounts."""
    assets: PrequalificationReportAssetSummary | None = None
    """The balances of all accounts together."""


class VOAIReportIncomeStream(ReportIncomeStream, frozen=True, kw_only=True, rename="camel"):
    """
    Deposits into an account that are one income.

    Source: schema VOAIReportIncomeStream, spec 1.42.0.
    """


class VOAWithIncomeReportAccount(VOAReportAccount, frozen=True, kw_only=True, rename="camel"):
    """
    An account in a report on assets and income; ``repr`` does not show ``number``.

    Source: schema VOAWithIncomeReportAccount, spec 1.42.0.
    """

    income_streams: tuple[VOAIReportIncomeStream, ...] = ()
    """The incomes that the deposits are."""


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
    """The incomes, by confidence."""


class PrequalificationReportAccount(ReportAccount, frozen=True, kw_only=True, rename="camel"):
    """
    An account in a report for a prequalification; ``repr`` does not show ``number``.

    Source: schema PrequalificationReportAccount, spec 1.42.0.
    """

    balance: Decimal | None = None
    """What has been booked, at ``balance_date``."""
    balance_date: Instant | None = None
    """When the institution gave the balance."""
    available_balance: Decimal | None = None
    """What can be withdrawn."""
    average_monthly_balance: Decimal | None = None
    """Average balance of a month."""
    tot_number_insufficient_funds_fee_debit_tx_account: int | None = None
    """How many fees for insufficient funds there were in the period that the report covers."""
    tot_number_insufficient_funds_fee_debit_tx_over6_months_account: int | None = None
    """How many of them there were in the last six months."""
    tot_number_days_since_most_recent_insufficient_funds_fee_debit_tx_account: int | None = None
    """Days since the latest of them."""
    transactions: tuple[ReportTransaction, ...] = ()
    """The transactions."""
    asset: PrequalificationReportAssetSummary | None = None
    """The balances of the account."""
    details: AccountDetails | None = None
    """Balances that depend on the kind of account."""


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
    """What can be withdrawn from all accounts together."""
    institutions: tuple[PrequalificationReportInstitution, ...] = ()
    """The institutions with their accounts."""
    assets: PrequalificationReportAssetSummary | None = None
    """The balances of all accounts together."""
