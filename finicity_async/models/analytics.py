"""Analytics reports on the wire: their requests and acknowledgements, for several tags."""

import msgspec

from finicity_async.models._record import Record
from finicity_async.models._reports import BaseReportAck
from finicity_async.models._values import Instant
from finicity_async.models.connect import ReportCustomField


class AnalyticsReportData(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Purpose and time intervals of an analytics report; sent and read.

    Source: schema AnalyticsReportData, spec 1.42.0.
    """

    for_cra_purpose: bool | None = None
    """True for a consumer report, which needs a consumer (``create_consumer``), and for lending to a small business."""
    applicant_is_personal_guarantor: bool | None = None
    """Whether the owner of the business guarantees the loan, which needs a consumer."""
    for_ftc_purpose: bool | None = None
    """Whether the report serves an FTC purpose; businesses only."""
    time_interval_types: tuple[str, ...] = ()
    """Intervals of the metrics, at most two: ``"MONTHLY_CALENDAR"``, ``"MONTHLY_ROLLING_30"``."""


class AnalyticsReportConstraints(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What an analytics report is about.

    Source: schema AnalyticsReportConstraints, spec 1.42.0.
    """

    analytics_report_data: AnalyticsReportData | None = None
    """Purpose and intervals."""
    account_ids: str | None = None
    """The accounts, separated by blanks, for example ``"1027339038 1027339039"``; None for all."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields, at most five."""
    from_date: Instant | None = None
    """Start of the transactions, at most two years back."""


class AnalyticsReportConstraintsOut(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What an analytics report is about, as the vendor repeats it.

    Source: schema AnalyticsReportConstraintsOut, spec 1.42.0.
    """

    analytics_report_data: AnalyticsReportData | None = None
    """Purpose and intervals."""
    account_ids: tuple[str, ...] = ()
    """The accounts, a list here and one text in the request."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields."""
    from_date: Instant | None = None
    """Start of the transactions."""


class BusinessDetailsAddress(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Address of a business.

    Source: an inline schema of BusinessDetails, spec 1.42.0.
    """

    address_line1: str | None = None
    """Street and number."""
    address_line2: str | None = None
    """Apartment or unit."""
    city: str | None = None
    """City."""
    state: str | None = None
    """State."""
    country: str | None = None
    """Country, two or three letters."""
    postal_code: str | None = None
    """ZIP code."""


class BusinessDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The business that a report is about.

    Source: schema BusinessDetails, spec 1.42.0.
    """

    business_id: str | None = None
    """ID of the business."""
    name: str | None = None
    """Its name."""
    address: BusinessDetailsAddress | None = None
    """Its address."""
    id: str | None = None
    """ID of the business; undeclared, in most of the document's examples in place of ``business_id``."""


class AnalyticsReportAck(BaseReportAck, frozen=True, kw_only=True, rename="camel"):
    """
    An analytics report that is being made; ``repr`` shows neither ``consumer_ssn`` nor ``report_pin``.

    Source: schema AnalyticsReportAck, spec 1.42.0.
    """

    constraints: AnalyticsReportConstraintsOut | None = None
    """What the report is about."""
    business_details: BusinessDetails | None = None
    """The business, where the report is about one."""
    report_pin: str | None = None
    """Key of the report in the vendor's portal for consumers."""

    _hidden = frozenset({"consumer_ssn", "report_pin"})
