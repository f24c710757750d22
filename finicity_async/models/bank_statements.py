"""Bank statements on the wire: the list of them, and the report that is made of one."""

from finicity_async.models._record import Record
from finicity_async.models._reports import ReportAck
from finicity_async.models._rows import Rows
from finicity_async.models._values import Instant, NumericId
from finicity_async.models.connect import ReportCustomField


class CustomerAccountMultipleStatement(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One statement of an account, or why there is none under its index.

    Source: schema CustomerAccountMultipleStatement, spec 1.42.0.
    """

    id: str | None = None
    """Asset ID, for `get_asset_by_customer_id`; None when there is no statement."""
    description: str | None = None
    """The days that the statement covers, in words."""
    as_of_date: Instant | None = None
    """When the vendor fetched the statement."""
    document_date: str | None = None
    """When the institution made the statement, in the vendor's form."""
    index: str | None = None
    """Which statement, from ``"1"``, the latest, to ``"24"``."""
    code: str | None = None
    """Why there is no statement, as the vendor's code; None when there is one."""
    message: str | None = None
    """Why there is no statement, in words."""


class CustomerAccountMultipleStatements(
    Record, Rows[CustomerAccountMultipleStatement], frozen=True, kw_only=True, rename="camel"
):
    """
    The statements of an account that were asked for, a sequence.

    Source: schema CustomerAccountMultipleStatements, spec 1.42.0.
    """

    statements: tuple[CustomerAccountMultipleStatement, ...]
    """One record for each index."""


class StatementData(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Which statement a report is made of, sent and read.

    Source: schema StatementData, spec 1.42.0.
    """

    account_id: NumericId
    """Vendor ID of the account; a number here."""
    statement_index: int | None = None
    """Which statement, from 1, the latest, to 24, months back; None is the latest."""


class StatementReportConstraints(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a statement report is made of, sent and read.

    Source: schema StatementReportConstraints, spec 1.42.0.
    """

    statement_report_data: StatementData
    """The account and the statement."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields, five at most."""


class StatementReportAck(ReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    A statement report that is being made; ``repr`` does not show ``consumer_ssn``.

    Source: schema StatementReportAck, spec 1.42.0.
    """

    constraints: StatementReportConstraints | None = None
    """What the report is made of."""


class StatementReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Contents of a statement report.

    Source: schema StatementReport, spec 1.42.0.
    """

    asset_id: str | None = None
    """The statement, for `get_asset_by_customer_id`."""
