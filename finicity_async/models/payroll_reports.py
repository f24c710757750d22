"""Bodies of the reports on income and employment that are told from the payroll."""

from decimal import Decimal

import msgspec

from finicity_async.models._record import Record
from finicity_async.models._values import Instant


class _Address(Record, frozen=True, kw_only=True, rename="camel"):
    """An address in a payroll system."""

    address1: str | None = None
    """Street and number."""
    city: str | None = None
    """City."""
    state: str | None = None
    """State, two letters."""
    zip: str | None = None
    """ZIP code."""


class PayrollEmployeeAddress(_Address, frozen=True, kw_only=True, rename="camel"):
    """
    Address of an employee.

    Source: schema PayrollEmployeeAddress, spec 1.42.0.
    """


class PayrollEmployeeRecord(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An employee, as the payroll has them.

    Source: schema PayrollEmployeeRecord, spec 1.42.0.
    """

    name: str | None = None
    """Full name."""
    given_name: str | None = None
    """First name."""
    middle_name: str | None = None
    """Middle name."""
    family_name: str | None = None
    """Last name."""
    address: tuple[PayrollEmployeeAddress, ...] = ()
    """Addresses."""


class PayrollEmployerAddress(_Address, frozen=True, kw_only=True, rename="camel"):
    """
    Address of an employer.

    Source: schema PayrollEmployerAddress, spec 1.42.0.
    """


class PayrollEmploymentRecord(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An employment, as the payroll has it.

    Source: schema PayrollEmploymentRecord, spec 1.42.0.
    """

    employer_name: str | None = None
    """The employer, as the payroll has it."""
    legal_entity_id: str | None = None
    """The employer's identification number (EIN)."""
    original_hire_date: Instant | None = None
    """When the employee was first hired."""
    latest_hire_date: Instant | None = None
    """When the employee was last hired."""
    latest_pay_period_end_date: Instant | None = None
    """End of the latest pay period."""
    latest_pay_date: Instant | None = None
    """The latest pay date."""
    days_since_last_pay: int | None = None
    """Days since the latest pay date."""
    number_pay_cadence_without_pay: int | None = None
    """Pay periods that have passed without pay."""
    employment_end_date: Instant | None = None
    """When the employment ended."""
    employment_duration: str | None = None
    """How long the employment has lasted, in ISO 8601, for example ``"P1Y6M0D"``."""
    employer_address: tuple[PayrollEmployerAddress, ...] = ()
    """Addresses of the employer."""
    employment_status_code: str | None = None
    """``"A"`` active, ``"NLE"`` no longer employed, ``"L"`` leave, ``"I"`` inactive, ``"O"`` other, ``"U"`` unknown."""
    employment_status_name: str | None = None
    """The same in words."""
    derived_employment_status: bool | None = None
    """Whether the vendor concluded the status; the employer stated it where False."""
    work_level_code: str | None = None
    """The employer's code of the kind of employment."""
    work_level_name: str | None = None
    """The employer's name of the kind of employment."""
    work_level_status: str | None = None
    """The kind of employment, for example ``"Full Time"``; an open set."""
    position_title: str | None = None
    """Title of the employee's job."""
    position_duration: str | None = None
    """How long the employee has had this position, in ISO 8601, for example ``"P1Y6M0D"``."""


class PayrollVOEIncomeRecord(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What a report on employment says of the income.

    Source: schema PayrollVOEIncomeRecord, spec 1.42.0.
    """

    pay_frequency: str | None = None
    """How often wages are paid, for example ``"Bi-Weekly"``; an open set."""


class PayrollEmploymentHistoryVOE(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An employment in a report on employment.

    Source: schema PayrollEmploymentHistoryVOE, spec 1.42.0.
    """

    as_of_date: Instant | None = None
    """When the payroll was last updated."""
    employer_name: str | None = None
    """The employer, as the payroll has it."""
    payroll_source: str | None = None
    """Where the data was read."""
    payroll_provider: str | None = None
    """Who provides the data to that source."""
    employee: PayrollEmployeeRecord | None = None
    """The employee."""
    employment: PayrollEmploymentRecord | None = None
    """The employment."""
    income: PayrollVOEIncomeRecord | None = None
    """How often wages are paid."""
    employment_id: str | None = None
    """The vendor's ID of the employment; undeclared, in the document's example only."""


class VOEPayrollReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on employment, told from the payroll.

    Source: schema VOEPayrollReport, spec 1.42.0.
    """

    employment_history: tuple[PayrollEmploymentHistoryVOE, ...] = ()
    """One record for each employer."""
    gse_enabled: bool | None = None
    """A flag of the vendor's own use."""
    report_style: str | None = None
    """Where the report comes from, for example ``"credentialedPayroll"``; undeclared here."""


class AnnualIncome(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The income of one year, so far as it has gone.

    Source: schema AnnualIncome, spec 1.42.0.
    """

    year: str | None = None
    """The year, for example ``"2026"``."""
    gross_pay_amount_ytd: Decimal | None = msgspec.field(default=None, name="grossPayAmountYTD")
    """Pay of the year before deductions."""
    net_pay_amount_ytd: Decimal | None = msgspec.field(default=None, name="netPayAmountYTD")
    """Pay of the year after deductions."""
    base_pay_amount_ytd: Decimal | None = msgspec.field(default=None, name="basePayAmountYTD")
    """Base pay of the year."""
    overtime_pay_amount_ytd: Decimal | None = msgspec.field(default=None, name="overtimePayAmountYTD")
    """Overtime pay of the year."""
    other_pay_amount_ytd: Decimal | None = msgspec.field(default=None, name="otherPayAmountYTD")
    """Pay of the year in no other category."""
    commission_pay_amount_ytd: Decimal | None = msgspec.field(default=None, name="commissionPayAmountYTD")
    """Commissions of the year."""


class MonthlyIncome(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The income of a month, estimated by the vendor.

    Source: schema MonthlyIncome, spec 1.42.0.
    """

    estimated_monthly_base_pay: Decimal | None = None
    """Base pay of a month."""
    estimated_monthly_overtime_pay: Decimal | None = None
    """Overtime pay of a month."""
    estimated_monthly_bonus_pay: Decimal | None = None
    """Bonuses of a month."""
    estimated_monthly_other_pay: Decimal | None = None
    """Pay of a month in no other category."""
    estimated_monthly_total_pay: Decimal | None = None
    """Pay of a month, all in all."""
    estimated_monthly_commission_pay: Decimal | None = None
    """Commissions of a month."""


class MainPayStatementFields(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What a pay statement says first.

    Source: schema MainPayStatementFields, spec 1.42.0.
    """

    pay_date: Instant | None = None
    """The pay date."""
    start_date: Instant | None = None
    """Begin of the pay period."""
    end_date: Instant | None = None
    """End of the pay period."""
    pay_period_hours: Decimal | None = None
    """Hours worked in the pay period."""
    pay_frequency: str | None = None
    """How often wages are paid, for example ``"Weekly"``; an open set."""
    pay_type: str | None = None
    """``"Salary"``, ``"Hourly"`` or ``"Daily"``; an open set."""
    gross_pay_amount: Decimal | None = None
    """Pay of the period before deductions."""
    gross_pay_amount_ytd: Decimal | None = msgspec.field(default=None, name="grossPayAmountYTD")
    """Pay of the year until then, before deductions."""
    net_pay_amount: Decimal | None = None
    """Pay of the period after deductions."""
    net_pay_amount_ytd: Decimal | None = msgspec.field(default=None, name="netPayAmountYTD")
    """Pay of the year until then, after deductions."""


class Earnings(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One line of the earnings on a pay statement.

    Source: schema Earnings, spec 1.42.0.
    """

    name: str | None = None
    """The employer's name of it."""
    type: str | None = None
    """``"base"``, ``"bonus"``, ``"overtime"``, ``"commission"``, ``"tips"`` or ``"other"``; an open set."""
    rate: Decimal | None = None
    """Rate of pay."""
    amount: Decimal | None = None
    """The amount."""
    amount_ytd: Decimal | None = msgspec.field(default=None, name="amountYTD")
    """The amount of the year until then."""


class Deductions(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One line of the deductions on a pay statement.

    Source: schema Deductions, spec 1.42.0.
    """

    type: str | None = None
    """What is deducted, for example ``"State tax"``; an open set."""
    amount: Decimal | None = None
    """The amount."""


class DirectPayStatements(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A pay statement, as the payroll has it.

    Source: schema DirectPayStatements, spec 1.42.0.
    """

    payroll_pay_history_id: str | None = None
    """ID of the pay period's record."""
    last_pay_period_indicator: bool | None = None
    """Whether it is the latest one."""
    main_pay_statement_fields: MainPayStatementFields | None = None
    """Dates and amounts."""
    earnings: tuple[Earnings, ...] = ()
    """The earnings, line by line."""
    deductions: tuple[Deductions, ...] = ()
    """The deductions, line by line."""


class PayrollVOIEIncomeRecord(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What a report on income and employment says of the income.

    Source: schema PayrollVOIEIncomeRecord, spec 1.42.0.
    """

    pay_frequency: str | None = None
    """How often wages are paid, for example ``"Bi-Weekly"``; an open set."""
    pay_type: str | None = None
    """``"Salary"``, ``"Hourly"`` or ``"Daily"``; an open set."""
    base_pay_rate: Decimal | None = None
    """Pay for one unit of ``base_pay_rate_unit``."""
    base_pay_rate_unit: str | None = None
    """The unit, for example ``"Annual"``; an open set."""
    oldest_pay_statement_available: Instant | None = None
    """Pay date of the oldest pay statement that the payroll holds; Unix seconds in a text on the wire."""
    annual_income: tuple[AnnualIncome, ...] = ()
    """The income of this year and of the two before."""
    monthly_income: MonthlyIncome | None = None
    """The income of a month, estimated."""
    direct_pay_statements: tuple[DirectPayStatements, ...] = ()
    """The pay statements, one for each pay date."""


class PayrollEmploymentHistoryVOIE(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An employment in a report on income and employment.

    Source: schema PayrollEmploymentHistoryVOIE, spec 1.42.0.
    """

    as_of_date: Instant | None = None
    """When the payroll was last updated."""
    employment_id: str | None = None
    """The vendor's ID of the employment, the same in each report."""
    employer_name: str | None = None
    """The employer, as the payroll has it."""
    payroll_source: str | None = None
    """Where the data was read."""
    payroll_provider: str | None = None
    """Who provides the data to that source."""
    employee: PayrollEmployeeRecord | None = None
    """The employee."""
    employment: PayrollEmploymentRecord | None = None
    """The employment."""
    income: PayrollVOIEIncomeRecord | None = None
    """The income."""


class VOIEPayrollReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on income and employment, told from the payroll.

    Source: schema VOIEPayrollReport, spec 1.42.0.
    """

    employment_history: tuple[PayrollEmploymentHistoryVOIE, ...] = ()
    """One record for each employer."""
    gse_enabled: bool | None = None
    """A flag of the vendor's own use."""
    report_style: str | None = None
    """Where the report comes from, for example ``"credentialedPayroll"``; an open set."""
