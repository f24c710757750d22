"""Requests for reports on income and employment on the wire, and what the vendor says when it begins to make one."""

import msgspec

from finicity_async.models._masked import Masked
from finicity_async.models._record import Record
from finicity_async.models._reports import ReportAck
from finicity_async.models._values import Instant
from finicity_async.models.connect import ReportCustomField


class VOIReportConstraints(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a report on income is about.

    Source: schema VOIReportConstraints, spec 1.42.0.
    """

    account_ids: str | None = None
    """The accounts, separated by blanks, for example ``"5011648377 5011648378"``; None for all."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields, five at most."""
    from_date: Instant | None = None
    """Begin of the window; None is as far back as the vendor reads, two years at most."""
    income_stream_confidence_minimum: int | None = None
    """Least confidence of an income stream in the report, for example ``50`` of 100; None for all streams."""


class VOIReportConstraintsOut(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What a report on income is about, as the vendor repeats it.

    Source: schema VOIReportConstraintsOut, spec 1.42.0.
    """

    account_ids: tuple[str, ...] = ()
    """The accounts, a list here and one text in the request."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields."""
    from_date: Instant | None = None
    """Begin of the window."""
    income_stream_confidence_minimum: int | None = None
    """Least confidence of an income stream in the report."""


class VOIReportAck(ReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    A report on income that is being made; ``repr`` does not show ``consumer_ssn``.

    Source: schema VOIReportAck, spec 1.42.0.
    """

    constraints: VOIReportConstraintsOut | None = None
    """What the report is about."""


class VOETransactionsReportConstraints(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a report on employment, based on transactions, is about.

    Source: schema VOETransactionsReportConstraints, spec 1.42.0.
    """

    report_id: str | None = None
    """A report that this one goes with, for example ``"u4hstnnak45g"``."""
    account_ids: str | None = None
    """The accounts, separated by blanks, for example ``"5011648377 5011648378"``; None for all."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields, five at most."""
    from_date: Instant | None = None
    """Begin of the window."""
    income_stream_confidence_minimum: int | None = None
    """Least confidence of an income stream in the report, for example ``50`` of 100; None for all streams."""


class VOETransactionsReportConstraintsOut(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What a report on employment, based on transactions, is about, as the vendor repeats it.

    Source: schema VOETransactionsReportConstraintsOut, spec 1.42.0.
    """

    report_id: str | None = None
    """A report that this one goes with."""
    account_ids: tuple[str, ...] = ()
    """The accounts, a list here and one text in the request."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields."""
    from_date: Instant | None = None
    """Begin of the window."""
    income_stream_confidence_minimum: int | None = None
    """Least confidence of an income stream in the report."""


class VOETransactionsReportAck(ReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    A report on employment, based on transactions, that is being made; ``repr`` does not show ``consumer_ssn``.

    Source: schema VOETransactionsReportAck, spec 1.42.0.
    """

    constraints: VOETransactionsReportConstraintsOut | None = None
    """What the report is about."""


class PayrollData(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Whose payroll a report reads, and which part of it; ``repr`` shows none of it.

    Source: schema PayrollData, spec 1.42.0.
    """

    ssn: str | None = None
    """All nine digits of the Social Security number, without hyphens; not needed where the consumer logged in."""
    dob: Instant | None = None
    """Begin of the day of birth."""
    report_id: str | None = None
    """The payroll report to refresh: the new one holds its employments alone; ``"u4hstnnak45g-voiepayroll"``."""
    payroll_account_ids: tuple[str, ...] = ()
    """Payroll accounts that the consumer connected before; needed where the report was put off until now."""


class PayrollReportConstraints(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a payroll report is about.

    Source: schema PayrollReportConstraints, spec 1.42.0.
    """

    payroll_data: PayrollData
    """Whose payroll, and which part of it."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields, five at most."""
    pay_statements_from_date: Instant | None = None
    """Earliest pay date of the pay statements in the report; without effect on one that holds no income."""
    market_segment: str | None = None
    """What the data is for, for example ``"Mortgage"``; an open set."""
    purpose: str | None = None
    """Permissible purpose by the FCRA, two digits, for example ``"31"``."""


class PayrollDataOut(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Which payroll a report reads, as the vendor repeats it.

    Source: schema PayrollDataOut, spec 1.42.0.
    """

    payroll_data_retrieval_id: str | None = None
    """ID of what was read from the payroll providers."""
    payroll_aggregator_response_id: str | None = None
    """Another ID of what was read from the payroll providers."""
    consent_method: str | None = None
    """How the consumer's consent was collected."""
    employment_ids: tuple[str, ...] = ()
    """The employments in the report."""
    payroll_account_ids: tuple[str, ...] = ()
    """The payroll accounts in the report."""
    report_id: str | None = None
    """The payroll report that this one refreshes."""


class PayrollReportConstraintsOut(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What a payroll report is about, as the vendor repeats it.

    Source: schema PayrollReportConstraintsOut, spec 1.42.0.
    """

    payroll_data: PayrollDataOut | None = None
    """Which payroll."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields."""
    pay_statements_from_date: Instant | None = None
    """Earliest pay date of the pay statements in the report."""


class PayrollReportAck(ReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    A payroll report that is being made; ``repr`` does not show ``consumer_ssn``.

    Source: schema PayrollReportAck, spec 1.42.0.
    """

    constraints: PayrollReportConstraintsOut | None = None
    """What the report is about."""
    report_style: str | None = None
    """Where the payroll comes from, for example ``"credentialedPayroll"`` or ``"directAPIPayroll"``; an open set."""


class PayStatementData(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Which pay statements a report reads, and which parts of them; sent and read.

    Source: schema PayStatementData, spec 1.42.0.
    """

    asset_ids: tuple[str, ...]
    """The stored statements, see `Asset.asset_id`."""
    extract_earnings: bool | None = None
    """Whether to read the earnings; None is yes."""
    extract_deductions: bool | None = None
    """Whether to read the deductions; None is no."""
    extract_direct_deposit: bool | None = None
    """Whether to read the direct deposits; None is yes."""


class PayStatementReportConstraints(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a report on pay statements is about, sent and read.

    Source: schema PayStatementReportConstraints, spec 1.42.0.
    """

    paystatement_report: PayStatementData
    """The pay statements."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields, five at most."""


class PayStatementReportAck(ReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    A report on pay statements that is being made; ``repr`` does not show ``consumer_ssn``.

    Source: schema PayStatementReportAck, spec 1.42.0.
    """

    constraints: PayStatementReportConstraints | None = None
    """What the report is about."""


class TxVerifyInterview(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    A pay statement and the accounts in which its payments are looked for; sent and read.

    Source: schema TxVerifyInterview, spec 1.42.0.
    """

    asset_id: str
    """The stored statement, see `Asset.asset_id`; the same as before when a report is made again."""
    accounts: tuple[str, ...] = ()
    """IDs of the accounts, for example ``("5011648377",)``; none for all."""


class VOIEWithInterviewData(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Which pay statements are compared with which accounts; sent and read.

    Source: schema VOIEWithInterviewData, spec 1.42.0.
    """

    tx_verify_interview: tuple[TxVerifyInterview, ...]
    """The pay statements with their accounts."""
    extract_earnings: bool | None = None
    """Whether to read the earnings; None is yes."""
    extract_deductions: bool | None = None
    """Whether to read the deductions; None is no."""
    extract_direct_deposit: bool | None = None
    """Whether to read the direct deposits; None is yes."""


class VOIEWithTXVerifyReportConstraints(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a report on pay statements, compared with transactions, is about.

    Source: schema VOIEWithTXVerifyReportConstraints, spec 1.42.0.
    """

    account_ids: str | None = None
    """The accounts, separated by blanks, for example ``"5011648377 5011648378"``; None for all."""
    voie_with_interview_data: VOIEWithInterviewData
    """The pay statements with their accounts."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields, five at most."""
    from_date: Instant | None = None
    """Begin of the window; None is as far back as the vendor reads, two years at most."""
    income_stream_confidence_minimum: int | None = None
    """Least confidence of an income stream in the report, for example ``50`` of 100; None for all streams."""


class VOIEWithTXVerifyReportConstraintsOut(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What a report on pay statements, compared with transactions, is about, as the vendor repeats it.

    Source: schema VOIEWithTXVerifyReportConstraintsOut, spec 1.42.0.
    """

    account_ids: tuple[str, ...] = ()
    """The accounts, a list here and one text in the request."""
    voie_with_interview_data: VOIEWithInterviewData | None = None
    """The pay statements with their accounts."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields."""
    from_date: Instant | None = None
    """Begin of the window."""
    income_stream_confidence_minimum: int | None = None
    """Least confidence of an income stream in the report."""


class VOIEPaystubWithTXVerifyReportAck(ReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    A report on pay statements and transactions that is being made; ``repr`` does not show ``consumer_ssn``.

    Source: schema VOIEPaystubWithTXVerifyReportAck, spec 1.42.0.
    """

    constraints: VOIEWithTXVerifyReportConstraintsOut | None = None
    """What the report is about."""


class VOIEWithStatementData(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Which pay statements tell of income and employment, and which parts of them; sent and read.

    Source: schema VOIEWithStatementData, spec 1.42.0.
    """

    asset_ids: tuple[str, ...]
    """The stored statements, see `Asset.asset_id`."""
    extract_earnings: bool | None = None
    """Whether to read the earnings; None is yes."""
    extract_deductions: bool | None = None
    """Whether to read the deductions; None is no."""
    extract_direct_deposit: bool | None = None
    """Whether to read the direct deposits; None is yes."""


class VOIEReportConstraints(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a report on income and employment, based on pay statements, is about; sent and read.

    Source: schema VOIEReportConstraints, spec 1.42.0.
    """

    voie_with_statement_data: VOIEWithStatementData
    """The pay statements."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields, five at most."""


class VOIEPaystubReportAck(ReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    A report on income and employment, based on pay statements, that is being made; ``repr`` hides ``consumer_ssn``.

    Source: schema VOIEPaystubReportAck, spec 1.42.0.
    """

    constraints: VOIEReportConstraints | None = None
    """What the report is about."""
