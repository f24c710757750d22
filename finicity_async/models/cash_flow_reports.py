"""Bodies of the reports on cash flow: balances, credits and debits by month, by account and in sum."""

from decimal import Decimal

from finicity_async.models._record import Record
from finicity_async.models._report_parts import (
    AnalyzedAccount,
    PeriodReport,
    ReportInstitution,
    ReportTransaction,
)
from finicity_async.models._values import Instant


class CashFlowMonthlyCashFlowBalances(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The balances of one month.

    Source: schema CashFlowMonthlyCashFlowBalances, spec 1.42.0.
    """

    month: Instant | None = None
    """Start of the month, midnight in US Mountain Time in the vendor's examples."""
    min_daily_balance: Decimal | None = None
    """Lowest daily balance."""
    max_daily_balance: Decimal | None = None
    """Highest daily balance."""
    average_daily_balance: Decimal | None = None
    """Average daily balance."""
    standard_deviation_of_daily_balance: Decimal | None = None
    """Standard deviation of the daily balance; text on the wire."""
    number_of_days_negative_balance: int | None = None
    """Number of days with a balance below zero; text on the wire."""
    number_of_days_positive_balance: int | None = None
    """Number of days with a balance above zero; text on the wire."""


class CashFlowCashFlowBalance(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The balances of an account.

    Source: schema CashFlowCashFlowBalance, spec 1.42.0.
    """

    monthly_cash_flow_balances: tuple[CashFlowMonthlyCashFlowBalances, ...] = ()
    """The balances of each complete calendar month."""
    min_daily_balance: Decimal | None = None
    """Lowest daily balance in the whole history of transactions."""
    max_daily_balance: Decimal | None = None
    """Highest daily balance in the whole history of transactions."""
    twelve_month_average_daily_balance: Decimal | None = None
    """Average daily balance over the last 12 months."""
    six_month_average_daily_balance: Decimal | None = None
    """Average daily balance over the last six months."""
    two_month_average_daily_balance: Decimal | None = None
    """Average daily balance over the last two months."""
    twelve_month_standard_deviation_of_daily_balance: Decimal | None = None
    """Standard deviation of the daily balance over the last 12 months; text on the wire."""
    six_month_standard_deviation_of_daily_balance: Decimal | None = None
    """Standard deviation of the daily balance over the last six months; text on the wire."""
    two_month_standard_deviation_of_daily_balance: Decimal | None = None
    """Standard deviation of the daily balance over the last two months; text on the wire."""
    number_days_negative_balance: int | None = None
    """Number of days with a balance below zero in the whole history; text on the wire."""
    number_of_days_positive_balance: int | None = None
    """Number of days with a balance above zero in the whole history; text on the wire."""


class CashFlowMonthlyCashFlowCredits(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The credits of one month.

    Source: schema CashFlowMonthlyCashFlowCredits, spec 1.42.0.
    """

    month: Instant | None = None
    """Start of the month, midnight in US Mountain Time in the vendor's examples."""
    number_of_credits: int | None = None
    """Number of credits; text on the wire."""
    total_credits_amount: Decimal | None = None
    """Their sum."""
    largest_credit: Decimal | None = None
    """The largest of them."""
    number_of_credits_less_transfers: int | None = None
    """Number of credits without transfers; text on the wire."""
    total_credits_amount_less_transfers: Decimal | None = None
    """Their sum without transfers."""
    average_credit_amount: Decimal | None = None
    """Average amount of a credit."""
    estimated_number_of_loan_deposits: int | None = None
    """Estimated number of credits that are payouts of loans; text on the wire."""
    estimated_loan_deposit_amount: Decimal | None = None
    """Estimated sum of these loans."""


class CashFlowCashFlowCredit(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The credits of an account.

    Source: schema CashFlowCashFlowCredit, spec 1.42.0.
    """

    monthly_cash_flow_credits: tuple[CashFlowMonthlyCashFlowCredits, ...] = ()
    """The credits of each complete calendar month."""
    twelve_month_credit_total: Decimal | None = None
    """Sum over the last 12 months."""
    twelve_month_credit_total_less_transfers: Decimal | None = None
    """Sum over the last 12 months, without transfers."""
    six_month_credit_total: Decimal | None = None
    """Sum over the last six months."""
    six_month_credit_total_less_transfers: Decimal | None = None
    """Sum over the last six months, without transfers."""
    two_month_credit_total: Decimal | None = None
    """Sum over the last two months."""
    two_month_credit_total_less_transfers: Decimal | None = None
    """Sum over the last two months, without transfers."""


class CashFlowMonthlycashflowDebits(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The debits of one month.

    Source: schema CashFlowMonthlycashflowDebits, spec 1.42.0.
    """

    month: Instant | None = None
    """Start of the month, midnight in US Mountain Time in the vendor's examples."""
    number_of_debits: int | None = None
    """Number of debits; text on the wire."""
    total_debits_amount: Decimal | None = None
    """Their sum; negative in the vendor's examples."""
    largest_debit: Decimal | None = None
    """The largest of them."""
    number_of_debits_less_transfers: int | None = None
    """Number of debits without transfers; text on the wire."""
    total_debits_amount_less_transfers: Decimal | None = None
    """Their sum without transfers."""
    average_debit_amount: Decimal | None = None
    """Average amount of a debit."""


class CashFlowCashFlowDebit(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The debits of an account; the vendor's examples have sums of either sign.

    Source: schema CashFlowCashFlowDebit, spec 1.42.0.
    """

    monthly_cash_flow_debits: tuple[CashFlowMonthlycashflowDebits, ...] = ()
    """The debits of each complete calendar month."""
    twelve_month_debit_total: Decimal | None = None
    """Sum over the last 12 months."""
    twelve_month_debit_total_less_transfers: Decimal | None = None
    """Sum over the last 12 months, without transfers."""
    six_month_debit_total: Decimal | None = None
    """Sum over the last six months."""
    six_month_debit_total_less_transfers: Decimal | None = None
    """Sum over the last six months, without transfers."""
    two_month_debit_total: Decimal | None = None
    """Sum over the last two months."""
    two_month_debit_total_less_transfers: Decimal | None = None
    """Sum over the last two months, without transfers."""


class CashFlowMonthlyCashFlowCharacteristics(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The net cash flow of one month.

    Source: schema CashFlowMonthlyCashFlowCharacteristics, spec 1.42.0.
    """

    month: Instant | None = None
    """Start of the month, midnight in US Mountain Time in the vendor's examples."""
    total_credits_less_total_debits: Decimal | None = None
    """Credits less debits."""
    total_credits_less_total_debits_less_transfers: Decimal | None = None
    """Credits less debits, without transfers."""
    average_transaction_amount: Decimal | None = None
    """Average amount of a transaction."""


class CashFlowCashFlowCharacteristic(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The net cash flow of an account: credits less debits.

    Source: schema CashFlowCashFlowCharacteristic, spec 1.42.0.
    """

    monthly_cash_flow_characteristics: tuple[CashFlowMonthlyCashFlowCharacteristics, ...] = ()
    """The net cash flow of each complete calendar month."""
    average_monthly_net: Decimal | None = None
    """Average net cash flow of a month."""
    average_monthly_net_less_transfers: Decimal | None = None
    """Average net cash flow of a month, without transfers."""
    twelve_month_total_net: Decimal | None = None
    """Net cash flow of the last 12 months."""
    twelve_month_total_net_less_transfers: Decimal | None = None
    """Net cash flow of the last 12 months, without transfers."""
    six_month_average_total_credits_less_total_debits: Decimal | None = None
    """Average net cash flow of a month over the last six months."""
    six_month_average_total_credits_less_total_debits_less_transfers: Decimal | None = None
    """Average net cash flow of a month over the last six months, without transfers."""
    two_month_average_total_credits_less_total_debits: Decimal | None = None
    """Average net cash flow of a month over the last two months."""
    two_month_average_total_credits_less_total_debits_less_transfers: Decimal | None = None
    """Average net cash flow of a month over the last two months, without transfers."""


class CashFlowReportAccount(AnalyzedAccount, frozen=True, kw_only=True, rename="camel"):
    """
    An account in a report on cash flow; ``repr`` does not show ``number``.

    Source: schema CashFlowReportAccount, spec 1.42.0.
    """

    cash_flow_balance: CashFlowCashFlowBalance | None = None
    """The balances."""
    cash_flow_credit: CashFlowCashFlowCredit | None = None
    """The credits."""
    cash_flow_debit: CashFlowCashFlowDebit | None = None
    """The debits."""
    cash_flow_characteristic: CashFlowCashFlowCharacteristic | None = None
    """The net cash flow."""


class CashFlowReportInstitution(ReportInstitution, frozen=True, kw_only=True, rename="camel"):
    """
    An institution in a report on cash flow.

    Source: schema ReportInstitution, spec 1.42.0.
    """

    accounts: tuple[CashFlowReportAccount, ...] = ()
    """Its accounts."""


class CashFlowMonthlyCashFlowBalanceSummaries(
    CashFlowMonthlyCashFlowBalances, frozen=True, kw_only=True, rename="camel"
):
    """
    The balances of one month over all accounts.

    Source: schema CashFlowMonthlyCashFlowBalanceSummaries, spec 1.42.0.
    """


class CashFlowCashFlowBalanceSummary(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The balances over all accounts.

    Source: schema CashFlowCashFlowBalanceSummary, spec 1.42.0.
    """

    monthly_cash_flow_balance_summaries: tuple[CashFlowMonthlyCashFlowBalanceSummaries, ...] = ()
    """The balances of each complete calendar month."""
    min_daily_balance: Decimal | None = None
    """Lowest daily balance in the whole history of transactions."""
    max_daily_balance: Decimal | None = None
    """Highest daily balance in the whole history of transactions."""
    twelve_month_average_daily_balance: Decimal | None = None
    """Average daily balance over the last 12 months."""
    six_month_average_daily_balance: Decimal | None = None
    """Average daily balance over the last six months."""
    two_month_average_daily_balance: Decimal | None = None
    """Average daily balance over the last two months."""
    twelve_month_standard_deviation_of_daily_balance: Decimal | None = None
    """Standard deviation of the daily balance over the last 12 months; text on the wire."""
    six_month_standard_deviation_of_daily_balance: Decimal | None = None
    """Standard deviation of the daily balance over the last six months; text on the wire."""
    two_month_standard_deviation_of_daily_balance: Decimal | None = None
    """Standard deviation of the daily balance over the last two months; text on the wire."""
    number_of_days_negative_balance: int | None = None
    """Number of days with a balance below zero in the whole history; text on the wire."""
    number_of_days_positive_balance: int | None = None
    """Number of days with a balance above zero in the whole history; text on the wire."""


class CashFlowMonthlyCashFlowCreditSummaries(CashFlowMonthlyCashFlowCredits, frozen=True, kw_only=True, rename="camel"):
    """
    The credits of one month over all accounts.

    Source: schema CashFlowMonthlyCashFlowCreditSummaries, spec 1.42.0.
    """


class CashFlowCashFlowCreditSummary(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The credits over all accounts.

    Source: schema CashFlowCashFlowCreditSummary, spec 1.42.0.
    """

    monthly_cash_flow_credit_summaries: tuple[CashFlowMonthlyCashFlowCreditSummaries, ...] = ()
    """The credits of each complete calendar month."""
    twelve_month_credit_total: Decimal | None = None
    """Sum over the last 12 months."""
    twelve_month_credit_total_less_transfers: Decimal | None = None
    """Sum over the last 12 months, without transfers."""
    six_month_credit_total: Decimal | None = None
    """Sum over the last six months."""
    six_month_credit_total_less_transfers: Decimal | None = None
    """Sum over the last six months, without transfers."""
    two_month_credit_total: Decimal | None = None
    """Sum over the last two months."""
    two_month_credit_total_less_transfers: Decimal | None = None
    """Sum over the last two months, without transfers."""


class CashFlowMonthlyCashFlowDebitSummaries(CashFlowMonthlycashflowDebits, frozen=True, kw_only=True, rename="camel"):
    """
    The debits of one month over all accounts.

    Source: schema CashFlowMonthlyCashFlowDebitSummaries, spec 1.42.0.
    """


class CashFlowCashFlowDebitSummary(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The debits over all accounts, negative in the vendor's examples.

    Source: schema CashFlowCashFlowDebitSummary, spec 1.42.0.
    """

    monthly_cash_flow_debit_summaries: tuple[CashFlowMonthlyCashFlowDebitSummaries, ...] = ()
    """The debits of each complete calendar month."""
    twelve_month_debit_total: Decimal | None = None
    """Sum over the last 12 months."""
    twelve_month_debit_total_less_transfers: Decimal | None = None
    """Sum over the last 12 months, without transfers."""
    six_month_debit_total: Decimal | None = None
    """Sum over the last six months."""
    six_month_debit_total_less_transfers: Decimal | None = None
    """Sum over the last six months, without transfers."""
    two_month_debit_total: Decimal | None = None
    """Sum over the last two months."""
    two_month_debit_total_less_transfers: Decimal | None = None
    """Sum over the last two months, without transfers."""


class CashFlowMonthlyCashFlowCharacteristicsSummaries(
    CashFlowMonthlyCashFlowCharacteristics, frozen=True, kw_only=True, rename="camel"
):
    """
    The net cash flow of one month over all accounts.

    Source: schema CashFlowMonthlyCashFlowCharacteristicsSummaries, spec 1.42.0.
    """


class CashFlowCashFlowCharacteristicsSummary(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The net cash flow over all accounts.

    Source: schema CashFlowCashFlowCharacteristicsSummary, spec 1.42.0.
    """

    monthly_cash_flow_characteristics_summaries: tuple[CashFlowMonthlyCashFlowCharacteristicsSummaries, ...] = ()
    """The net cash flow of each complete calendar month."""
    average_monthly_net: Decimal | None = None
    """Average net cash flow of a month."""
    average_monthly_net_less_transfers: Decimal | None = None
    """Average net cash flow of a month, without transfers."""
    twelve_month_total_net: Decimal | None = None
    """Net cash flow of the last 12 months."""
    twelve_month_total_net_less_transfers: Decimal | None = None
    """Net cash flow of the last 12 months, without transfers."""
    six_month_average_total_credits_less_total_debits: Decimal | None = None
    """Average net cash flow of a month over the last six months."""
    six_month_average_total_credits_less_total_debits_less_transfers: Decimal | None = None
    """Average net cash flow of a month over the last six months, without transfers."""
    two_month_average_total_credits_less_total_debits: Decimal | None = None
    """Average net cash flow of a month over the last two months."""
    two_month_average_total_credits_less_total_debits_less_transfers: Decimal | None = None
    """Average net cash flow of a month over the last two months, without transfers."""
    monthly_cash_flow_characteristic_summaries: tuple[CashFlowMonthlyCashFlowCharacteristicsSummaries, ...] = ()
    """As ``monthly_cash_flow_characteristics_summaries``; undeclared, in the vendor's examples in place of it."""


class CashFlowPossibleLoanDepositsAccount(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An account into which a loan may have been paid; ``repr`` does not show ``number``.

    Source: schema CashFlowPossibleLoanDepositsAccount, spec 1.42.0.
    """

    id: str | None = None
    """ID of the account, text here."""
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
    aggregation_status_code: int | None = None
    """Outcome of the latest attempt to read the account, see ``describe_status``; unless 0, do not rely on its data."""
    current_balance: Decimal | None = None
    """Cleared balance at ``balance_date``."""
    available_balance: Decimal | None = None
    """Available balance."""
    balance_date: Instant | None = None
    """When the institution reported the balance."""
    transactions: tuple[ReportTransaction, ...] = ()
    """The deposits that may be payouts of loans."""

    _hidden = frozenset({"number"})


class CashFlowPossibleLoanDepositsInstitutions(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An institution with accounts into which a loan may have been paid.

    Source: schema CashFlowPossibleLoanDepositsInstitutions, spec 1.42.0.
    """

    id: str | None = None
    """ID of the institution, text here."""
    name: str | None = None
    """Its name."""
    url_home_app: str | None = None
    """Its website."""
    accounts: tuple[CashFlowPossibleLoanDepositsAccount, ...] = ()
    """Its accounts."""


class CashFlowPossibleLoanDeposits(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Deposits that may be payouts of loans.

    Source: schema CashFlowPossibleLoanDeposits, spec 1.42.0.
    """

    institutions: tuple[CashFlowPossibleLoanDepositsInstitutions, ...] = ()
    """The institutions with their accounts."""
    id: str | None = None
    """ID of the institution, text here; undeclared, in the vendor's examples in place of ``institutions``."""
    name: str | None = None
    """Its name; undeclared, in the vendor's examples only."""
    url_home_app: str | None = None
    """Its website; undeclared, in the vendor's examples only."""
    accounts: tuple[CashFlowPossibleLoanDepositsAccount, ...] = ()
    """Its accounts; undeclared, in the vendor's examples only."""


class CashFlowReport(PeriodReport, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on cash flow, of a business or a person.

    Source: schema CashFlowReport, spec 1.42.0.
    """

    institutions: tuple[CashFlowReportInstitution, ...] = ()
    """The institutions with their accounts."""
    cash_flow_balance_summary: CashFlowCashFlowBalanceSummary | None = None
    """The balances over all accounts."""
    cash_flow_credit_summary: CashFlowCashFlowCreditSummary | None = None
    """The credits over all accounts."""
    cash_flow_debit_summary: CashFlowCashFlowDebitSummary | None = None
    """The debits over all accounts."""
    cash_flow_characteristics_summary: CashFlowCashFlowCharacteristicsSummary | None = None
    """The net cash flow over all accounts."""
    possible_loan_deposits: tuple[CashFlowPossibleLoanDeposits, ...] = ()
    """Deposits that may be payouts of loans."""
