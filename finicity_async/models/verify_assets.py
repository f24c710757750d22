"""Reports on assets on the wire."""

import msgspec

from finicity_async.models._record import Record
from finicity_async.models._reports import ReportAck
from finicity_async.models._values import Instant
from finicity_async.models.connect import ReportCustomField


class VOAReportConstraints(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a report on assets is to cover.

    Source: schema VOAReportConstraints, spec 1.42.0.
    """

    account_ids: str | None = None
    """The accounts, separated by blanks, for example ``"5011648377 5011648378"``; None for all."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields, five at most."""
    show_nsf: bool | None = None
    """True for the fees for insufficient funds, in the JSON and the PDF."""
    from_date: Instant | None = None
    """Start of the transactions."""


class VOAReportConstraintsOut(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What a report on assets covers, as the vendor repeats it.

    Source: schema VOAReportConstraintsOut, spec 1.42.0.
    """

    account_ids: tuple[str, ...] = ()
    """The accounts, a list here and one text in the request."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields."""
    to_date: Instant | None = None
    """End of the transactions, which the request cannot set."""
    show_nsf: bool | None = None
    """Whether the report holds the fees for insufficient funds."""
    from_date: Instant | None = None
    """Start of the transactions."""


class VOAReportAck(ReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    A report on assets that is being made; ``repr`` does not show ``consumer_ssn``.

    Source: schema VOAReportAck, spec 1.42.0.
    """

    constraints: VOAReportConstraintsOut | None = None
    """What the report covers."""


class VOAWithIncomeReportConstraints(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a report on assets and income is to cover.

    Source: schema VOAWithIncomeReportConstraints, spec 1.42.0.
    """

    account_ids: str | None = None
    """The accounts, separated by blanks, for example ``"5011648377 5011648378"``; None for all."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields, five at most."""
    show_nsf: bool | None = None
    """True for the fees for insufficient funds, in the JSON and the PDF."""
    from_date: Instant | None = None
    """Start of the transactions; 61 days ago where None."""
    income_from_date: Instant | None = None
    """Start of the income; 24 months ago where None."""
    income_stream_confidence_minimum: int | None = None
    """Least confidence of an income stream in the report, from 0 to 100."""


class VOAWithIncomeReportConstraintsOut(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What a report on assets and income covers, as the vendor repeats it.

    Source: schema VOAWithIncomeReportConstraintsOut, spec 1.42.0.
    """

    account_ids: tuple[str, ...] = ()
    """The accounts, a list here and one text in the request."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields."""
    show_nsf: bool | None = None
    """Whether the report holds the fees for insufficient funds."""
    from_date: Instant | None = None
    """Start of the transactions."""
    income_from_date: Instant | None = None
    """Start of the income."""
    voai_pdf_deposit_view: bool | None = None
    """Whether the PDF groups the deposits by income stream."""
    income_stream_confidence_minimum: int | None = None
    """Least confidence of an income stream in the report, from 0 to 100."""


class VOAWithIncomeReportAck(ReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    A report on assets and income that is being made; ``repr`` does not show ``consumer_ssn``.

    Source: schema VOAWithIncomeReportAck, spec 1.42.0.
    """

    constraints: VOAWithIncomeReportConstraintsOut | None = None
    """What the report covers."""


class PrequalificationReportConstraints(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a report for a prequalification is to cover.

    Source: schema PrequalificationReportConstraints, spec 1.42.0.
    """

    account_ids: str | None = None
    """The accounts, separated by blanks, for example ``"5011648377 5011648378"``; None for all."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields, five at most."""
    show_nsf: bool | None = None
    """True for the fees for insufficient funds, in the JSON and the PDF."""
    from_date: Instant | None = None
    """Start of the transactions."""


class PrequalificationReportConstraintsOut(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What a report for a prequalification covers, as the vendor repeats it.

    Source: schema PrequalificationReportConstraintsOut, spec 1.42.0.
    """

    account_ids: tuple[str, ...] = ()
    """The accounts, a list here and one text in the request."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields."""
    show_nsf: bool | None = None
    """Whether the report holds the fees for insufficient funds."""
    from_date: Instant | None = None
    """Start of the transactions."""


class PrequalificationReportAck(ReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    A report for a prequalification that is being made; ``repr`` does not show ``consumer_ssn``.

    Source: schema PrequalificationReportAck, spec 1.42.0.
    """

    constraints: PrequalificationReportConstraintsOut | None = None
    """What the report covers."""
