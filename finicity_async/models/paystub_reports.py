"""Bodies of the reports that are told from pay statements."""

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
    """Category with a number."""
    type: str | None = None
    """Category of the line; an open set."""
    description: str | None = None
    """The statement's text."""
    rate: Decimal | None = None
    """Rate of pay."""
    units: Decimal | None = None
    """Units that are paid, for example hours."""
    amount_current: Decimal | None = None
    """Amount of the pay period."""
    amount_ytd: Decimal | None = msgspec.field(default=None, name="amountYTD")
    """Amount of the year until then."""


class Deduction(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One line of the deductions on a pay statement.

    Source: schema Deduction, spec 1.42.0.
    """

    name: str | None = None
    """Category with a number."""
    description: str | None = None
    """The statement's text."""
    amount_current: Decimal | None = None
    """Amount of the pay period."""
    amount_ytd: Decimal | None = msgspec.field(default=None, name="amountYTD")
    """Amount of the year until then."""
    type: str | None = None
    """Category of the line; an open set."""


class DirectDeposit(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An account that pay goes to; ``repr`` does not show ``routing_number``.

    Source: schema DirectDeposit, spec 1.42.0.
    """

    fi_name: str | None = None
    """The institution."""
    account_type_code: str | None = None
    """``"Checking"``, ``"Savings"`` or ``"Loan"``; an open set."""
    account_type_name: str | None = None
    """Name of the account."""
    description: str | None = None
    """The statement's text."""
    amount: Decimal | None = None
    """The amount."""
    account_last_four: str | None = None
    """Last four digits of the account."""
    routing_number: str | None = None
    """Routing number of the account."""
    amount_current: Decimal | None = None
    """The amount; undeclared, in the document's examples in place of ``amount``."""
    account_type: str | None = None
    """Kind of account; undeclared, in the document's examples only."""

    _hidden = frozenset({"routing_number"})


class _PayStatement(Record, frozen=True, kw_only=True, rename="camel"):
    """Dates and amounts of a pay statement, which every report on pay statements has first."""

    pay_period: str | None = None
    """Which pay period, as the label said when the statement was stored."""
    billable: bool | None = None
    """Whether this statement is billed; one that was read before is not."""
    asset_id: str | None = None
    """ID of the stored statement."""
    pay_date: Instant | None = None
    """The pay date."""
    start_date: Instant | None = None
    """Begin of the pay period."""
    end_date: Instant | None = None
    """End of the pay period."""
    net_pay_current: Decimal | None = None
    """Pay of the period after deductions."""
    net_pay_ytd: Decimal | None = msgspec.field(default=None, name="netPayYTD")
    """Pay of the year until then, after deductions."""
    gross_pay_current: Decimal | None = None
    """Pay of the period before deductions."""
    gross_pay_ytd: Decimal | None = msgspec.field(default=None, name="grossPayYTD")
    """Pay of the year until then, before deductions."""
    payroll_provider: str | None = None
    """Who made the statement."""


class VOIEPayStatement(_PayStatement, frozen=True, kw_only=True, rename="camel"):
    """
    What stands in a pay statement.

    Source: schema VOIEPayStatement, spec 1.42.0.
    """

    match_type: str | None = None
    """How it fits the deposits, for example ``"NET_PAY_MATCH"``; an open set."""
    employer: Employer | None = None
    """The employer."""
    employee: Employee | None = None
    """The employee."""
    pay_stat: tuple[PayStat, ...] = ()
    """The earnings, line by line."""
    deductions: tuple[Deduction, ...] = ()
    """The deductions, line by line."""
    direct_deposits: tuple[DirectDeposit, ...] = ()
    """The accounts that the pay goes to."""


class PayStatementReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on pay statements.

    Source: schema PayStatementReport, spec 1.42.0.
    """

    start_date: Instant | None = None
    """Begin of the report."""
    end_date: Instant | None = None
    """End of the report."""
    report_style: str | None = None
    """Where the report comes from, for example ``"paystatement"``; an open set."""
    number_of_billable_assets: int | None = None
    """How many of the pay statements are billed."""
    asset_ids: tuple[str, ...] = ()
    """The pay statements in the report, see `Asset.asset_id`."""
    pay_statements: tuple[VOIEPayStatement, ...] = ()
    """What stands in the pay statements."""
    pay_statement_tx_verify_dao_list: tuple[VOIEPayStatement, ...] = ()
    """The same as ``pay_statements``; undeclared, in the document's example in place of it."""


class PaystubMonthlyIncomeRecord(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The income of a month, estimated from a pay statement.

    Source: schema PaystubMonthlyIncomeRecord, spec 1.42.0.
    """

    estimated_monthly_base_pay: Decimal | None = None
    """Base pay of a month."""
    estimated_monthly_overtime_pay: Decimal | None = None
    """Overtime pay of a month."""
    estimated_monthly_bonus_pay: Decimal | None = None
    """Bonuses of a month."""
    estimated_monthly_commission_pay: Decimal | None = None
    """Commissions of a month."""


class PaystubTxVerifyMonthlyIncomeRecord(PaystubMonthlyIncomeRecord, frozen=True, kw_only=True, rename="camel"):
    """
    The income of a month, estimated from a pay statement and deposits.

    Source: schema PaystubTxVerifyMonthlyIncomeRecord, spec 1.42.0.
    """

    estimated_monthly_other_pay: Decimal | None = None
    """Pay of a month in no other category."""
    estimated_monthly_total_pay: Decimal | None = None
    """Pay of a month, all in all."""


class VOIETXVerifyReportIncomeStream(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Deposits into an account that are one income.

    Source: schema VOIETXVerifyReportIncomeStream, spec 1.42.0.
    """

    id: str | None = None
    """ID of the income stream."""
    name: str | None = None
    """Name, made of the payee in its transactions."""
    status: str | None = None
    """``"ACTIVE"`` or ``"INACTIVE"``; an open set."""
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
    income_stream_months: int | None = None
    """Months over which the income was seen."""
    transactions: tuple[ReportTransaction, ...] = ()
    """The deposits."""


class VOIETXVerifyReportAccount(ReportAccount, frozen=True, kw_only=True, rename="camel"):
    """
    An account that is compared with pay statements; ``repr`` does not show ``number``.

    Source: schema VOIETXVerifyReportAccount, spec 1.42.0.
    """

    income_streams: tuple[VOIETXVerifyReportIncomeStream, ...] = ()
    """The income streams into the account."""
    balance: Decimal | None = None
    """Cleared balance."""
    average_monthly_balance: Decimal | None = None
    """Balance on average over a month."""
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
    What stands in a pay statement.

    Source: schema VOIEPaystubPayStatement, spec 1.42.0.
    """

    employer: Employer | None = None
    """The employer."""
    employee: Employee | None = None
    """The employee."""
    pay_stat: tuple[PayStat, ...] = ()
    """The earnings, line by line."""
    direct_deposits: tuple[DirectDeposit, ...] = ()
    """The accounts that the pay goes to."""
    institutions: tuple[VOIETXVerifyReportInstitution, ...] = ()
    """The accounts with deposits that match; none in a report on pay statements alone."""
    error_code: int | None = None
    """Why the statement could not be read, as a code."""
    error_message: str | None = None
    """Why the statement could not be read, in words."""
    monthly_income: PaystubMonthlyIncomeRecord | None = None
    """The income of a month, estimated."""


class VOIEPaystubWithStatementPayStatement(VOIEPaystubPayStatement, frozen=True, kw_only=True, rename="camel"):
    """
    What a pay statement says, and which deposits match it.

    Source: schema VOIEPaystubWithStatementPayStatement, spec 1.42.0.
    """

    monthly_income: PaystubTxVerifyMonthlyIncomeRecord | None = None
    """The income of a month, estimated."""
    match_type: str | None = None
    """How well the deposits match it, for example ``"NET_PAY_MATCH"``; undeclared, in the document's example only."""


class VOIEPaystubWithTXVerifyReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on income and employment, told from pay statements and the deposits that match them.

    Source: schema VOIEPaystubWithTXVerifyReport, spec 1.42.0.
    """

    asset_ids: tuple[str, ...] = ()
    """The pay statements in the report, see `Asset.asset_id`."""
    number_of_billable_assets: int | None = None
    """How many of the pay statements are billed."""
    pay_statements: tuple[VOIEPaystubWithStatementPayStatement, ...] = ()
    """What stands in the pay statements."""
    institutions: tuple[VOIETXVerifyReportInstitution, ...] = ()
    """The institutions with their accounts."""
    report_style: str | None = None
    """``"voieWithInterview"``, which tells the two reports of this type apart; undeclared."""


class VOIEPaystubReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on income and employment, told from pay statements alone.

    Source: schema VOIEPaystubReport, spec 1.42.0.
    """

    asset_ids: tuple[str, ...] = ()
    """The pay statements in the report, see `Asset.asset_id`."""
    number_of_billable_assets: int | None = None
    """How many of the pay statements are billed."""
    pay_statements: tuple[VOIEPaystubPayStatement, ...] = ()
    """What stands in the pay statements."""
    report_style: str | None = None
    """``"voieWithStatement"``, which tells the two reports of this type apart; undeclared."""
