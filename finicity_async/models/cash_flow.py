"""Reports on cash flow on the wire."""

import msgspec

from finicity_async.models._record import Record
from finicity_async.models._reports import BaseReportAck
from finicity_async.models._values import Instant
from finicity_async.models.connect import ReportCustomField


class CashFlowReportConstraints(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a report on cash flow is to cover.

    Source: schema CashFlowReportConstraints, spec 1.42.0.
    """

    account_ids: str | None = None
    """The accounts, separated by blanks, for example ``"5011648377 5011648378"``; None for all."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields, five at most."""
    show_nsf: bool | None = None
    """True for the fees for insufficient funds, in the JSON and the PDF."""
    from_date: Instant | None = None
    """Start of the transactions; 24 months ago at most."""
    income_stream_confidence_minimum: int | None = None
    """Least confidence of an income stream in the report, from 0 to 100."""


class CashFlowReportConstraintsOut(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What a report on cash flow covers, as the vendor repeats it.

    Source: schema CashFlowReportConstraintsOut, spec 1.42.0.
    """

    account_ids: tuple[str, ...] = ()
    """The accounts, a list here and one text in the request."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields."""
    show_nsf: bool | None = None
    """Whether the report holds the fees for insufficient funds."""
    from_date: Instant | None = None
    """Start of the transactions."""
    income_stream_confidence_minimum: int | None = None
    """Least confidence of an income stream in the report, from 0 to 100."""


class CashFlowReportAck(BaseReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    A report on cash flow that is being made; ``repr`` does not show ``consumer_ssn``.

    Unlike the finished report it names no portfolio.

    Source: schema CashFlowReportAck, spec 1.42.0.
    """

    constraints: CashFlowReportConstraintsOut | None = None
    """What the report covers."""
