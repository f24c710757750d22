"""Bodies of the reports that are based on pay statements."""

from decimal import Decimal

import msgspec

from finicity_async.models._record import Record
from finicity_async.models._report_parts import (
    AccountDetailsTxBased,
    CadenceDetails,
    NetMonthly,
    ReportAccount,
    ReportInstitution,
    ReportTransaction,
    ReportTransactionNewTxBased,
)
from finicity_async.models._values import Instant


class _Party(Record, frozen=True, kw_only=True, rename="camel"):
    """Name and address of a party to an employment, as a pay statement has them."""

    name: str | None = None
    """Name."""
    address1: str | None = None
    """Street and number."""
    address2: str | None = None
    """Further line of the address."""
    city: str | None = None
    """City."""
    state: str | None = None
    """State, two letters."""
    zip: str | None = None
    """ZIP code."""


class Employer(_Party, frozen=True, kw_only=True, rename="camel"):
    """
    An employer, as a pay statement names it.

    Source: schema Employer, spec 1.42.0.
    """


class Employee(_Party, frozen=True, kw_only=True, rename="camel"):
    """
    An employee, as a pay statement names them.

    Source: schema Employee, spec 1.42.0.
    """


class PayStat(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One line of the earnings on a pay statement.

    Source: schema PayStat, spec 1.42.0.
    """

    name: str | None = None
    """Category with a running number, for example ``"regular 1"``."""
    type: str | None = None
    """Category of the line, from its description; an open set."""
    description: str | None = None
    """Description on the statement."""
    rate: Decimal | None = None
    """Rate of pay."""
    units: Decimal | None = None
    """Number of units paid, for example hours."""
    amount_current: Decimal | None = None
    """Amount of the pay period."""
    amount_ytd: Decimal | None = msgspec.field(default=None, name="amountYTD")
    """Amount of the year to date."""


class Deduction(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One line of the deductions on a pay statement.

    Source: schema Deduction, spec 1.42.0.
    """

    name: str | None = None
    """Category with a running number, for example ``"regular 1"``."""
    description: str | None = None
    """Description on the statement."""
    amount_current: Decimal | None = None
    """Amount of the pay period."""
    amount_ytd: Decimal | None = msgspec.field(default=None, name="amountYTD")
    """Amount of the year to date."""
    type: str | None = None
    """Category of the line, from its description; an open set."""


class DirectDeposit(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A deposit of pay into an account; ``repr`` does not show ``routing_number``.

    Source: schema DirectDeposit, spec 1.42.0.
    """

    fi_name: str | None = None
    """Name of the institution."""
    account_type_code: str | None = None
    """``"Checking"``, ``"Savings"`` or ``"Loan"``; an open set."""
    account_type_name: str | None = None
    """Name of the account."""
    description: str | None = None
    """Description on the statement."""
    amount: Decimal | None = None
    """The amount."""
    account_last_four: str | None = None
    """Last four digits of the account number, possibly masked, for example ``"XX34"``."""
    routing_number: str | None = None
    """Routing number of the account, nine digits; fewer where the vendor sends a number without leading zeros."""
    amount_current: Decimal | None = None
    """The amount; undeclared, in the document's examples in place of ``amount``."""
    account_type: str | None = None
    """Kind of account; undeclared, in the document's examples only."""

    _hidden = frozenset({"routing_number"})


class _PayStatement(Record, frozen=True, kw_only=True, rename="camel"):
    """The dates and main amounts of a pay statement, which every report on pay statements has first."""

    pay_period: str | None = None
    """The pay period: the label with which the statement was stored."""
    billable: bool | None = None
    """Whether this statement is billed; one that was digitized before is not."""
    asset_id: str | None = None
    """ID of the stored statement."""
    pay_date: Instant | None = None
    """The pay date."""
    start_date: Instant | None = None
    """Start of the pay period."""
    end_date: Instant | None = None
    """End of the pay period."""
    net_pay_current: Decimal | None = None
    """Net pay of the period, after deductions."""
    net_pay_ytd: Decimal | None = msgspec.field(default=None, name="netPayYTD")
    """Net pay of the year to date."""
    gross_pay_current: Decimal | None = None
    """Gross pay of the period."""
    gross_pay_ytd: Decimal | None = msgspec.field(default=None, name="grossPayYTD")
    """Gross pay of the year to date."""
    payroll_provider: str | None = None
    """Company that provides the statement."""


class VOIEPayStatement(_PayStatement, frozen=True, kw_only=True, rename="camel"):
    """
    The contents of a pay statement.

    Source: schema VOIEPayStatement, spec 1.42.0.
    """

    match_type: str | None = None
    """How deposits match it, for example ``"NET_PAY_MATCH"``; an open set."""
    employer: Employer | None = None
    """The employer."""
    employee: Employee | None = None
    """The employee."""
    pay_stat: tuple[PayStat, ...] = ()
    """The earnings, line by line."""
    deductions: tuple[Deduction, ...] = ()
    """The deductions, line by line."""
    direct_deposits: tuple[DirectDeposit, ...] = ()
    """Accounts into which the pay is deposited."""


class PayStatementReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on pay statements.

    Source: schema PayStatementReport, spec 1.42.0.
    """

    start_date: Instant | None = None
    """When the earliest transaction in the report was posted."""
    end_date: Instant | None = None
    """When the latest transaction in the report was posted."""
    report_style: str | None = None
    """How the data was obtained, for example ``"paystatement"``; an open set."""
    number_of_billable_assets: int | None = None
    """Number of pay statements that are billed."""
    asset_ids: tuple[str, ...] = ()
    """The pay statements in the report, see `Asset.asset_id`."""
    pay_statements: tuple[VOIEPayStatement, ...] = ()
    """The contents of the pay statements."""
    pay_statement_tx_verify_dao_list: tuple[VOIEPayStatement, ...] = ()
    """The same as ``pay_statements``; undeclared, in the document's example in place of it."""


class PaystubMonthlyIncomeRecord(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The monthly income, estimated from a pay statement.

    Source: schema PaystubMonthlyIncomeRecord, spec 1.42.0.
    """

    estimated_monthly_base_pay: Decimal | None = None
    """Estimated base pay per month."""
    estimated_monthly_overtime_pay: Decimal | None = None
    """Estimated overtime pay per month."""
    estimated_monthly_bonus_pay: Decimal | None = None
    """Estimated bonuses per month."""
    estimated_monthly_commission_pay: Decimal | None = None
    """Estimated commissions per month."""


class PaystubTxVerifyMonthlyIncomeRecord(PaystubMonthlyIncomeRecord, frozen=True, kw_only=True, rename="camel"):
    """
    The monthly income, estimated from a pay statement and deposits.

    Source: schema PaystubTxVerifyMonthlyIncomeRecord, spec 1.42.0.
    """

    estimated_monthly_other_pay: Decimal | None = None
    """Estimated pay in no other category per month."""
    estimated_monthly_total_pay: Decimal | None = None
    """Estimated total pay per month."""


class VOIETXVerifyReportIncomeStream(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An income stream: deposits into an account that come from one source.

    Source: schema VOIETXVerifyReportIncomeStream, spec 1.42.0.
    """

    id: str | None = None
    """ID of the income stream."""
    name: str | None = None
    """Name for people, derived from the payee of its transactions."""
    status: str | None = None
    """``"ACTIVE"`` or ``"INACTIVE"``; an open set."""
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
    income_stream_months: int | None = None
    """Number of months in which the income was observed."""
    transactions: tuple[ReportTransaction, ...] = ()
    """The deposits of the stream."""


class VOIETXVerifyReportAccount(ReportAccount, frozen=True, kw_only=True, rename="camel"):
    """
    An account whose deposits are compared with pay statements; ``repr`` does not show ``number``.

    Source: schema VOIETXVerifyReportAccount, spec 1.42.0.
    """

    income_streams: tuple[VOIETXVerifyReportIncomeStream, ...] = ()
    """The income streams into the account."""
    balance: Decimal | None = None
    """Cleared balance."""
    average_monthly_balance: Decimal | None = None
    """Average monthly balance."""
    transactions: tuple[ReportTransactionNewTxBased, ...] = ()
    """The transactions of the account."""
    details: AccountDetailsTxBased | None = None
    """Balances that depend on the type of the account."""
    available_balance: Decimal | None = None
    """Available balance."""
    balance_date: Instant | None = None
    """When the balance was read; undeclared, in the document's example only."""


class VOIETXVerifyReportInstitution(ReportInstitution, frozen=True, kw_only=True, rename="camel"):
    """
    An institution with accounts of the report.

    Source: schema ReportInstitution, spec 1.42.0.
    """

    accounts: tuple[VOIETXVerifyReportAccount, ...] = ()
    """Its accounts."""


class VOIEPaystubPayStatement(_PayStatement, frozen=True, kw_only=True, rename="camel"):
    """
    The contents of a pay statement.

    Source: schema VOIEPaystubPayStatement, spec 1.42.0.
    """

    employer: Employer | None = None
    """The employer."""
    employee: Employee | None = None
    """The employee."""
    pay_stat: tuple[PayStat, ...] = ()
    """The earnings, line by line."""
    direct_deposits: tuple[DirectDeposit, ...] = ()
    """Accounts into which the pay is deposited."""
    institutions: tuple[VOIETXVerifyReportInstitution, ...] = ()
    """Institutions whose accounts have matching deposits; none in a report on pay statements alone."""
    error_code: int | None = None
    """Code of the error with the statement."""
    error_message: str | None = None
    """Message of the error with the statement."""
    monthly_income: PaystubMonthlyIncomeRecord | None = None
    """The estimated monthly income."""


class VOIEPaystubWithStatementPayStatement(VOIEPaystubPayStatement, frozen=True, kw_only=True, rename="camel"):
    """
    The contents of a pay statement, and the deposits that match it.

    Source: schema VOIEPaystubWithStatementPayStatement, spec 1.42.0.
    """

    monthly_income: PaystubTxVerifyMonthlyIncomeRecord | None = None
    """The estimated monthly income."""
    match_type: str | None = None
    """How deposits match it, for example ``"NET_PAY_MATCH"``; undeclared, in the document's example only."""


class VOIEPaystubWithTXVerifyReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on income and employment, based on pay statements and the deposits that match them.

    Source: schema VOIEPaystubWithTXVerifyReport, spec 1.42.0.
    """

    asset_ids: tuple[str, ...] = ()
    """The pay statements in the report, see `Asset.asset_id`."""
    number_of_billable_assets: int | None = None
    """Number of pay statements that are billed."""
    pay_statements: tuple[VOIEPaystubWithStatementPayStatement, ...] = ()
    """The contents of the pay statements."""
    institutions: tuple[VOIETXVerifyReportInstitution, ...] = ()
    """The institutions with their accounts."""
    report_style: str | None = None
    """``"voieWithInterview"`` or ``"voieWithStatement"``, which may have the same ``type``; undeclared."""


class VOIEPaystubReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on income and employment, based on pay statements alone.

    Source: schema VOIEPaystubReport, spec 1.42.0.
    """

    asset_ids: tuple[str, ...] = ()
    """The pay statements in the report, see `Asset.asset_id`."""
    number_of_billable_assets: int | None = None
    """Number of pay statements that are billed."""
    pay_statements: tuple[VOIEPaystubPayStatement, ...] = ()
    """The contents of the pay statements."""
    report_style: str | None = None
    """Kind of report, for example ``"voieWithStatement"``; undeclared."""
