"""What a partner or its reseller is billed for, on the wire."""

from finicity_async.models._record import Record
from finicity_async.models._rows import Rows
from finicity_async.models._values import Instant
from finicity_async.models.connect import ReportCustomField


class SortObject(Record, frozen=True, kw_only=True, rename="camel"):
    """
    How the rows of a page are sorted.

    Source: schema SortObject, spec 1.42.0.
    """

    unsorted: bool | None = None
    """Whether they are in no order."""
    sorted: bool | None = None
    """Whether they are sorted."""
    empty: bool | None = None
    """Whether no order was asked for."""


class PageableObject(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Which page was asked for.

    Source: schema PageableObject, spec 1.42.0.
    """

    paged: bool | None = None
    """Whether the response is one page of several."""
    unpaged: bool | None = None
    """Whether the response is everything."""
    page_number: int | None = None
    """Number of the page, from 0."""
    page_size: int | None = None
    """Most rows on a page."""
    sort: SortObject | None = None
    """How the rows are sorted."""
    offset: int | None = None
    """How many rows are on the pages before."""


class BillingReport(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A report that was made; ``repr`` does not show the digits of the consumer's social security number.

    Source: schema BillingReport, spec 1.42.0.
    """

    reseller: str | None = None
    """Name of the reseller."""
    reseller_provider: str | None = None
    """Name of the partner that the reseller provides for."""
    platform_provider: str | None = None
    """Name of the platform on which the report was ordered."""
    customer_id: int | None = None
    """The customer, a number here."""
    consumer_id: str | None = None
    """The consumer."""
    consumer_ssn: str | None = None
    """Last four digits of the consumer's social security number."""
    consumer_custom_id: str | None = None
    """The partner's own ID of the consumer."""
    first_name: str | None = None
    """First name of the consumer."""
    last_name: str | None = None
    """Last name of the consumer."""
    last_four_report_id: str | None = None
    """The end of ``report_id``."""
    report_id: str | None = None
    """Vendor ID of the report."""
    created_date: Instant | None = None
    """When it was made."""
    report_type: str | None = None
    """Its type, for example ``"voi"``."""
    status: str | None = None
    """``"success"``, ``"failure"`` or ``"inProgress"``."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """What the partner had put into the report."""

    _hidden = frozenset({"consumer_ssn"})


class BillingResellerReport(Record, Rows[BillingReport], frozen=True, kw_only=True, rename="camel"):
    """
    One page of the reports that a partner has made, a sequence.

    Source: schema BillingResellerReport, spec 1.42.0.
    """

    total_pages: int | None = None
    """How many pages there are."""
    total_elements: int | None = None
    """How many reports there are."""
    number_of_elements: int | None = None
    """How many of them are on this page."""
    pageable: PageableObject | None = None
    """Which page was asked for."""
    sort: SortObject | None = None
    """How the reports are sorted."""
    number: int | None = None
    """Number of this page, from 0."""
    first: bool | None = None
    """Whether it is the first page."""
    last: bool | None = None
    """Whether it is the last page."""
    size: int | None = None
    """Most reports on a page."""
    content: tuple[BillingReport, ...] = ()
    """The reports."""
    empty: bool | None = None
    """Whether there are none on this page."""
