"""Small Business Credit Analytics on the wire: locations of merchants, and the metrics of one of them."""

from datetime import date
from decimal import Decimal

from finicity_async.models._record import Record
from finicity_async.models._rows import Rows
from finicity_async.models._values import Instant, NumericId


class LocationDetail(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A merchant location that matches the search.

    Source: schema LocationDetail, spec 1.42.0.
    """

    location_id: str | None = None
    """ID of the location, a UUID; a report is made for it."""
    match_rank: int | None = None
    """Rank of the match; 1 is the best."""
    merchant_name: str | None = None
    """Name of the merchant."""
    street_address: str | None = None
    """Street and number."""
    city: str | None = None
    """City."""
    state: str | None = None
    """State."""
    postal_code: str | None = None
    """ZIP code."""
    country_code: str | None = None
    """Country, for example ``"USA"``."""


class LocationMatches(Record, Rows[LocationDetail], frozen=True, kw_only=True, rename="camel"):
    """
    The locations that match a merchant, a sequence of at most three.

    Source: schema LocationMatches, spec 1.42.0.
    """

    location_matches: tuple[LocationDetail, ...] = ()
    """One record for each location."""


class SBCAParams(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Which metrics a report has; sent and read.

    Source: schema SBCAParams, spec 1.42.0.
    """

    has_consent: bool
    """Whether the merchant has agreed to the report."""
    metric_frequency: str
    """``"Weekly"`` or ``"Monthly"``."""
    metric_type: str
    """``"retail_sales_analytics"`` for the merchant's own sales, ``"retail_sales_benchmarks"`` for benchmarks."""
    location_id: str
    """`LocationDetail.location_id`."""


class PhoneNumberWithCountryCode(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    A telephone number; sent and read.

    Source: schema PhoneNumberWithCountryCode, spec 1.42.0.
    """

    country_code: str
    """Calling code of the country, for example ``"1"``."""
    phone_no: str
    """The number without it, for example ``"8042221111"``."""


class BusinessDetailsRequestAddress(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Address of a business; sent and read.

    Source: an inline schema of BusinessDetailsRequest, spec 1.42.0.
    """

    address_line1: str
    """Street and number."""
    address_line2: str | None = None
    """Apartment or unit."""
    city: str
    """City."""
    state: str
    """State."""
    country: str
    """Country, two or three letters."""
    postal_code: str
    """ZIP code."""


class BusinessDetailsRequest(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    The business that a report is about; sent and read; ``repr`` shows neither its telephone number nor its address.

    Source: schema BusinessDetailsRequest, spec 1.42.0.
    """

    name: str
    """Its name."""
    personally_liable: bool
    """Whether an owner is personally liable for the loan."""
    phone_number: PhoneNumberWithCountryCode
    """Its telephone number."""
    address: BusinessDetailsRequestAddress
    """Its address."""

    _hidden = frozenset({"phone_number", "address"})


class SBCAanalyticsReportData(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Metrics and business of a report; sent and read.

    Source: schema SBCAanalyticsReportData, spec 1.42.0.
    """

    sbca_params: SBCAParams
    """The metrics."""
    business_details: BusinessDetailsRequest
    """The business."""


class SBCAMetricsReportConstraints(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a report is about; sent and read.

    Source: schema SBCAMetricsReportConstraints, spec 1.42.0.
    """

    analytics_report_data: SBCAanalyticsReportData
    """Its metrics and its business."""


class SBCAMetric(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One figure of a period.

    Source: an inline schema of SBCAAnalyticsResponseData and SBCABenchmarkResponseData, spec 1.42.0.
    """

    name: str | None = None
    """Name of the figure, for example ``"txn_amt"``; an open set."""
    value: Decimal | None = None
    """Its value, an amount or a count."""


class SBCAMetricsPeriod(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The figures of a week or month.

    Source: an inline schema of SBCAAnalyticsResponseData and SBCABenchmarkResponseData, spec 1.42.0.
    """

    period_start_date: date | None = None
    """First day of the period."""
    period_end_date: date | None = None
    """Last day of the period."""
    year: Decimal | None = None
    """Year of the period, a whole number."""
    metrics: tuple[SBCAMetric, ...] = ()
    """The figures."""


class SBCAMetrics(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The figures of one location, period by period.

    Source: an inline schema of SBCAAnalyticsResponseData and SBCABenchmarkResponseData, spec 1.42.0.
    """

    location_id: str | None = None
    """The location."""
    merchant_category_code: Decimal | None = None
    """Merchant category code (MCC), a whole number without leading zeros."""
    naics_code: Decimal | None = None
    """Industry code (NAICS), a whole number."""
    industry_name: str | None = None
    """Name of the industry."""
    first_seen_txn_date: date | None = None
    """Day of the first transaction of the location."""
    last_seen_txn_date: date | None = None
    """Day of the latest transaction of the location."""
    metrics_frequency: str | None = None
    """``"Weekly"`` or ``"Monthly"``."""
    metrics_lists: tuple[SBCAMetricsPeriod, ...] = ()
    """The periods."""


class SBCAReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A report on a merchant location, complete in the response.

    The document has two schemas, each with one of the two lists of metrics; the other is empty.

    Source: schemas SBCAAnalyticsReport and SBCABenchmarkReport, spec 1.42.0.
    """

    id: str | None = None
    """ID of the report, by which it can be read again."""
    customer_type: str | None = None
    """``"active"`` or ``"testing"``; an open set."""
    customer_id: NumericId | None = None
    """The customer whom the report is about, a number here."""
    created_date: Instant | None = None
    """When the report was asked for."""
    request_id: str | None = None
    """ID that the vendor gave to the request."""
    requester_name: str | None = None
    """Name of the partner."""
    requestor_name: str | None = None
    """The same under the name in the document's examples; undeclared."""
    partner_name: str | None = None
    """Name of the partner, once more."""
    type: str | None = None
    """``"sbcaanalyticsnoncra"`` or ``"sbcabenchmarksnoncra"``."""
    title: str | None = None
    """Title of the report."""
    status: str | None = None
    """``"success"`` or ``"failure"``; an open set."""
    constraints: SBCAMetricsReportConstraints | None = None
    """What the report is about."""
    retail_sales_analytics_metrics: tuple[SBCAMetrics, ...] = ()
    """The merchant's own metrics, at most ten."""
    retail_sales_benchmarks_metrics: tuple[SBCAMetrics, ...] = ()
    """Benchmarks to compare them with, at most ten."""


class SBCAAnalyticsReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on a merchant's own sales, when it is read again.

    Source: schema SBCAAnalyticsReport, spec 1.42.0.
    """

    partner_name: str | None = None
    """Name of the partner."""
    retail_sales_analytics_metrics: tuple[SBCAMetrics, ...] = ()
    """The merchant's own metrics, at most ten."""


class SBCABenchmarkReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Body of a report on sales benchmarks, when it is read again.

    Source: schema SBCABenchmarkReport, spec 1.42.0.
    """

    partner_name: str | None = None
    """Name of the partner."""
    retail_sales_benchmarks_metrics: tuple[SBCAMetrics, ...] = ()
    """The benchmarks, at most ten."""
