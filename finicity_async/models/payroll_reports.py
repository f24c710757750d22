"""Bodies of the reports on income and employment that are based on payroll data."""

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
    An employee, as stated in the payroll system.

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
    An employment, as stated in the payroll system; ``repr`` does not show ``legal_entity_id``.

    Source: schema PayrollEmploymentRecord, spec 1.42.0.
    """

    employer_name: str | None = None
    """Name of the employer, as stated in the payroll system."""
    legal_entity_id: str | None = None
    """Employer identification number (EIN)."""
    original_hire_date: Instant | None = None
    """When the employee was first hired."""
    latest_hire_date: Instant | None = None
    """When the employee was last hired; differs from ``original_hire_date`` after a return to the company."""
    latest_pay_period_end_date: Instant | None = None
    """End of the latest pay period."""
    latest_pay_date: Instant | None = None
    """The latest pay date."""
    days_since_last_pay: int | None = None
    """Days since the latest pay date."""
    number_pay_cadence_without_pay: int | None = None
    """Number of pay periods that have passed without pay."""
    employment_end_date: Instant | None = None
    """When the employment ended."""
    employment_duration: str | None = None
    """How long the employment has lasted, an ISO 8601 duration, for example ``"P1Y6M0D"``."""
    employer_address: tuple[PayrollEmployerAddress, ...] = ()
    """Addresses of the employer."""
    employment_status_code: str | None = None
    """``"A"`` active, ``"NLE"`` no longer employed, ``"L"`` leave, ``"I"`` inactive, ``"O"`` other, ``"U"`` unknown."""
    employment_status_name: str | None = None
    """The status in words."""
    derived_employment_status: bool | None = None
    """True where the status is inferred; False where the employer stated it."""
    work_level_code: str | None = None
    """The employer's code for the level of employment, for example ``"FT"``."""
    work_level_name: str | None = None
    """The employer's name for the level of employment, for example ``"Full Time-Regular"``."""
    work_level_status: str | None = None
    """The vendor's category of it, for example ``"Full Time"``; an open set."""
    position_title: str | None = None
    """Job title of the employee."""
    position_duration: str | None = None
    """How long the employee has had the latest position, an ISO 8601 duration, for example ``"P1Y6M0D"``."""

    _hidden = frozenset({"legal_entity_id"})


class PayrollVOEIncomeRecord(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The income in a report on employment.

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
    """When the payroll data was last updated in the provider's system."""
    employer_name: str | None = None
    """Name of the employer, as stated in the payroll system."""
    payroll_source: str | None = None
    """Name of the payroll source from which the data was read."""
    payroll_provider: str | None = None
    """Name of the provider that supplies that source."""
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
    Body of a report on employment, based on payroll data.

    Source: schema VOEPayrollReport, spec 1.42.0.
    """

    employment_history: tuple[PayrollEmploymentHistoryVOE, ...] = ()
    """One record for each employer."""
    gse_enabled: bool | None = None
    """The vendor's own flag for reports that are not for government-sponsored enterprises (GSEs)."""
    report_style: str | None = None
    """How the data was obtained, for example ``"credentialedPayroll"``; undeclared here."""


class AnnualIncome(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The income of one year, to date.

    Source: schema AnnualIncome, spec 1.42.0.
    """

    year: str | None = None
    """The year, for example ``"2026"``."""
    gross_pay_amount_ytd: Decimal | None = msgspec.field(default=None, name="grossPayAmountYTD")
    """Gross pay of the year to date."""
    net_pay_amount_ytd: Decimal | None = msgspec.field(default=None, name="netPayAmountYTD")
    """Net pay of the year to date."""
    base_pay_amount_ytd: Decimal | None = msgspec.field(default=None, name="basePayAmountYTD")
    """Base pay of the year to date."""
    overtime_pay_amount_ytd: Decimal | None = msgspec.field(default=None, name="overtimePayAmountYTD")
    """Overtime pay of the year to date."""
    other_pay_amount_ytd: Decimal | None = msgspec.field(default=None, name="otherPayAmountYTD")
    """Pay in no other category of the year to date."""
    commission_pay_amount_ytd: Decimal | None = msgspec.field(default=None, name="commissionPayAmountYTD")
    """Commissions of the year to date."""


class MonthlyIncome(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The monthly income, estimated by the vendor.

    Source: schema MonthlyIncome, spec 1.42.0.
    """

    estimated_monthly_base_pay: Decimal | None = None
    """Estimated base pay per month."""
    estimated_monthly_overtime_pay: Decimal | None = None
    """Estimated overtime pay per month."""
    estimated_monthly_bonus_pay: Decimal | None = None
    """Estimated bonuses per month."""
    estimated_monthly_other_pay: Decimal | None = None
    """Estimated pay in no other category per month."""
    estimated_monthly_total_pay: Decimal | None = None
    """Estimated total pay per month."""
    estimated_monthly_commission_pay: Decimal | None = None
    """Estimated commissions per month."""


class MainPayStatementFields(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The dates and main amounts of a pay statement.

    Source: schema MainPayStatementFields, spec 1.42.0.
    """

    pay_date: Instant | None = None
    """The pay date."""
    start_date: Instant | None = None
    """Start of the pay period."""
    end_date: Instant | None = None
    """End of the pay period."""
    pay_period_hours: Decimal | None = None
    """Hours worked in the pay period."""
    pay_frequency: str | None = None
    """How often wages are paid, for example ``"Weekly"``; an open set."""
    pay_type: str | None = None
    """``"Salary"``, ``"Hourly"`` or ``"Daily"``; an open set."""
    gross_pay_amount: Decimal | None = None
    """Gross pay of the period."""
    gross_pay_amount_ytd: Decimal | None = msgspec.field(default=None, name="grossPayAmountYTD")
    """Gross pay of the year to date."""
    net_pay_amount: Decimal | None = None
    """Net pay of the period, after deductions."""
    net_pay_amount_ytd: Decimal | None = msgspec.field(default=None, name="netPayAmountYTD")
    """Net pay of the year to date."""


class Earnings(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One line of the earnings on a pay statement.

    Source: schema Earnings, spec 1.42.0.
    """

    name: str | None = None
    """The employer's name for it."""
    type: str | None = None
    """``"base"``, ``"bonus"``, ``"overtime"``, ``"commission"``, ``"tips"`` or ``"other"``; an open set."""
    rate: Decimal | None = None
    """Rate of pay."""
    amount: Decimal | None = None
    """The amount."""
    amount_ytd: Decimal | None = msgspec.field(default=None, name="amountYTD")
    """Amount of the year to date."""


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
    A pay statement from the payroll system.

    Source: schema DirectPayStatements, spec 1.42.0.
    """

    payroll_pay_history_id: str | None = None
    """ID of the record of this pay period."""
    last_pay_period_indicator: bool | None = None
    """Whether this is the latest pay statement."""
    main_pay_statement_fields: MainPayStatementFields | None = None
    """Dates and amounts."""
    earnings: tuple[Earnings, ...] = ()
    """The earnings, line by line."""
    deductions: tuple[Deductions, ...] = ()
    """The deductions, line by line."""


class PayrollVOIEIncomeRecord(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The income in a report on income and employment.

    Source: schema PayrollVOIEIncomeRecord, spec 1.42.0.
    """

    pay_frequency: str | None = None
    """How often wages are paid, for example ``"Bi-Weekly"``; an open set."""
    pay_type: str | None = None
    """``"Salary"``, ``"Hourly"`` or ``"Daily"``; an open set."""
    base_pay_rate: Decimal | None = None
    """Base pay per ``base_pay_rate_unit``."""
    base_pay_rate_unit: str | None = None
    """Unit of ``base_pay_rate``, for example ``"Hourly"`` or ``"Annual"``; an open set."""
    oldest_pay_statement_available: Instant | None = None
    """Pay date of the oldest pay statement in the payroll source; Unix seconds in a text on the wire."""
    annual_income: tuple[AnnualIncome, ...] = ()
    """The income of the current year and of the two before, as available."""
    monthly_income: MonthlyIncome | None = None
    """The estimated monthly income."""
    direct_pay_statements: tuple[DirectPayStatements, ...] = ()
    """The pay statements, one for each pay date."""


class PayrollEmploymentHistoryVOIE(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An employment in a report on income and employment.

    Source: schema PayrollEmploymentHistoryVOIE, spec 1.42.0.
    """

    as_of_date: Instant | None = None
    """When the payroll data was last updated in the provider's system."""
    employment_id: str | None = None
    """The vendor's ID of the employment, the same in each report."""
    employer_name: str | None = None
    """Name of the employer, as stated in the payroll system."""
    payroll_source: str | None = None
    """Name of the payroll source from which the data was read."""
    payroll_provider: str | None = None
    """Name of the provider that supplies that source."""
    employee: PayrollEmployeeRecord | None = None
    """The employee."""
    employment: PayrollEmploymentRecord | None = None
    """The employment."""
    income: PayrollVOIEIncomeRecord | None = None
    """The income."""


class VOIEPayrollReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on income and employment, based on payroll data.

    Source: schema VOIEPayrollReport, spec 1.42.0.
    """

    employment_history: tuple[PayrollEmploymentHistoryVOIE, ...] = ()
    """One record for each employer."""
    gse_enabled: bool | None = None
    """The vendor's own flag for reports that are not for government-sponsored enterprises (GSEs)."""
    report_style: str | None = None
    """How the data was obtained, for example ``"credentialedPayroll"``; an open set."""
