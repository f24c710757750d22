"""The Reports operations: finished reports as records or as PDF files, lists of them, and reports of other partners."""

from datetime import datetime
from functools import cache
from typing import Any

from finicity_async.models.reports import Lender, Report, ReportSummaries
from finicity_async.models.reseller_billing import BillingResellerReport
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

_PDF = "application/pdf"
_MOST_RECORDS = 200_000
"""Two years of transactions of many accounts; the session's ``max_body`` bounds the size as well."""

REPORT_REISSUE = Operation(
    "ReportReissue",
    "POST",
    "/decisioning/v1/reports/{reportId}/partners",
    Report,
    body_type=Lender,
    max_records=_MOST_RECORDS,
)


async def report_reissue(session: AsyncSession, report_id: Id, body: Lender) -> Report:
    """
    Return a report that another partner had made, with access to it from now on; for reports under the FCRA alone.

    Billed, so it is sent once.

    Args:
        report_id: Vendor ID of the report, as the other partner gave it, for example ``"u4hstnnak45g-voa"``.
        body: Why it is read: the purpose that the report was made for, which the vendor requires.

    Raises:
        BadRequestError: The purpose is missing, or is not that of the report.
        PermissionDeniedError: The consumer has frozen the data.
        NotFoundError: No such report.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: POST /decisioning/v1/reports/{reportId}/partners, ReportReissue, spec 1.42.0.
    """
    return await session.send(REPORT_REISSUE.request(reportId=report_id, body=body))


async def report_reissue_pdf(session: AsyncSession, report_id: Id, body: Lender) -> bytes:
    """
    Return a report that another partner had made as a PDF file; billed, see `report_reissue`.

    Raises:
        PermissionDeniedError: The consumer has frozen the data.
        NotFoundError: No such report.
        PayloadError: The answer holds no file, as while the report is in progress, or one over ``max_body``.
    """
    return await session.send(_as_pdf(REPORT_REISSUE).request(reportId=report_id, body=body))


GET_REPORT_BY_ID = Operation(
    "GetReportById",
    "POST",
    "/decisioning/v3/reports/{reportId}",
    Report,
    query=("onBehalfOf", "purpose"),
    body_type=Lender,
    idempotent=True,
    max_records=_MOST_RECORDS,
)


async def get_report_by_id(
    session: AsyncSession,
    report_id: Id,
    body: Lender,
    *,
    on_behalf_of: str | None = None,
    purpose: str | None = None,
) -> Report:
    """
    Return a report by its ID alone, for example one for a third party.

    Not billed. It changes nothing, so it is sent again when its response was lost, though it is a POST.

    Args:
        report_id: Vendor ID of the report, for example ``"u4hstnnak45g-voa"``.
        body: Why it is read.
        on_behalf_of: The company for which it is read.
        purpose: Permissible purpose, a code of two digits, which the vendor requires for reports under the FCRA.

    Returns:
        The report; while its ``status`` is ``"inProgress"``, ask again in 20 s, or use ``wait_for_report``.

    Raises:
        BadRequestError: The report needs a purpose, and it is missing or unknown.
        PermissionDeniedError: The consumer has frozen the data.
        NotFoundError: No such report.

    Source: POST /decisioning/v3/reports/{reportId}, GetReportById, spec 1.42.0.
    """
    return await session.send(
        GET_REPORT_BY_ID.request(reportId=report_id, body=body, onBehalfOf=on_behalf_of, purpose=purpose)
    )


async def get_report_by_id_pdf(
    session: AsyncSession,
    report_id: Id,
    body: Lender,
    *,
    on_behalf_of: str | None = None,
    purpose: str | None = None,
) -> bytes:
    """
    Return a report by its ID alone as a PDF file; see `get_report_by_id`.

    Raises:
        PermissionDeniedError: The consumer has frozen the data.
        NotFoundError: No such report.
        PayloadError: The answer holds no file, as while the report is in progress, or one over ``max_body``.
    """
    row = _as_pdf(GET_REPORT_BY_ID)
    return await session.send(row.request(reportId=report_id, body=body, onBehalfOf=on_behalf_of, purpose=purpose))


GET_REPORT_BY_CUSTOMER = Operation(
    "GetReportByCustomer",
    "GET",
    "/decisioning/v3/customers/{customerId}/reports/{reportId}",
    Report,
    query=("onBehalfOf", "purpose"),
    customer="customerId",
    max_records=_MOST_RECORDS,
)


async def get_report_by_customer(
    session: AsyncSession,
    customer_id: Id,
    report_id: Id,
    *,
    on_behalf_of: str | None = None,
    purpose: str | None = None,
) -> Report:
    """
    Return a report of a customer.

    Not billed.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        report_id: Vendor ID of the report, for example ``"u4hstnnak45g-voa"``.
        on_behalf_of: The company for which it is read.
        purpose: Permissible purpose, a code of two digits, which the vendor requires for reports under the FCRA.

    Returns:
        The report; while its ``status`` is ``"inProgress"``, ask again in 20 s, or use ``wait_for_report``.

    Raises:
        BadRequestError: The report needs a purpose, and it is missing or unknown.
        PermissionDeniedError: The consumer has frozen the data.
        NotFoundError: No such customer or report.

    Source: GET /decisioning/v3/customers/{customerId}/reports/{reportId}, GetReportByCustomer, spec 1.42.0.
    """
    return await session.send(
        GET_REPORT_BY_CUSTOMER.request(
            customerId=customer_id, reportId=report_id, onBehalfOf=on_behalf_of, purpose=purpose
        )
    )


async def get_report_by_customer_pdf(
    session: AsyncSession,
    customer_id: Id,
    report_id: Id,
    *,
    on_behalf_of: str | None = None,
    purpose: str | None = None,
) -> bytes:
    """
    Return a report of a customer as a PDF file; see `get_report_by_customer`.

    Raises:
        PermissionDeniedError: The consumer has frozen the data.
        NotFoundError: No such customer or report.
        PayloadError: The answer holds no file, as while the report is in progress, or one over ``max_body``.
    """
    return await session.send(
        _as_pdf(GET_REPORT_BY_CUSTOMER).request(
            customerId=customer_id, reportId=report_id, onBehalfOf=on_behalf_of, purpose=purpose
        )
    )


GET_REPORT_BY_CONSUMER = Operation(
    "GetReportByConsumer",
    "GET",
    "/decisioning/v3/consumers/{consumerId}/reports/{reportId}",
    Report,
    query=("purpose", "onBehalfOf"),
    max_records=_MOST_RECORDS,
)


async def get_report_by_consumer(
    session: AsyncSession,
    consumer_id: Id,
    report_id: Id,
    *,
    purpose: str | None = None,
    on_behalf_of: str | None = None,
) -> Report:
    """
    Return a report about a consumer, even after the customer was deleted.

    Not billed.

    Args:
        consumer_id: Vendor ID of the consumer, for example ``"0bf46322c167b562e6cbed9d40e19a4c"``.
        report_id: Vendor ID of the report, for example ``"u4hstnnak45g-voa"``.
        purpose: Permissible purpose, a code of two digits, which the vendor requires for reports under the FCRA.
        on_behalf_of: The company for which it is read.

    Returns:
        The report; while its ``status`` is ``"inProgress"``, ask again in 20 s.

    Raises:
        BadRequestError: The report needs a purpose, and it is missing or unknown.
        PermissionDeniedError: The consumer has frozen the data.
        NotFoundError: No such consumer or report.

    Source: GET /decisioning/v3/consumers/{consumerId}/reports/{reportId}, GetReportByConsumer, spec 1.42.0.
    """
    return await session.send(
        GET_REPORT_BY_CONSUMER.request(
            consumerId=consumer_id, reportId=report_id, purpose=purpose, onBehalfOf=on_behalf_of
        )
    )


async def get_report_by_consumer_pdf(
    session: AsyncSession,
    consumer_id: Id,
    report_id: Id,
    *,
    purpose: str | None = None,
    on_behalf_of: str | None = None,
) -> bytes:
    """
    Return a report about a consumer as a PDF file; see `get_report_by_consumer`.

    Raises:
        PermissionDeniedError: The consumer has frozen the data.
        NotFoundError: No such consumer or report.
        PayloadError: The answer holds no file, as while the report is in progress, or one over ``max_body``.
    """
    return await session.send(
        _as_pdf(GET_REPORT_BY_CONSUMER).request(
            consumerId=consumer_id, reportId=report_id, purpose=purpose, onBehalfOf=on_behalf_of
        )
    )


GET_REPORTS_BY_CUSTOMER_ID = Operation(
    "GetReportsByCustomerId",
    "GET",
    "/decisioning/v1/customers/{customerId}/reports",
    ReportSummaries,
)


async def get_reports_by_customer_id(session: AsyncSession, customer_id: Id) -> ReportSummaries:
    """
    Return a line for each report of a customer.

    Not billed. After a generating call whose response was lost, this tells whether the report is being made.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.

    Returns:
        The reports without their contents, a sequence; empty when there are none.

    Raises:
        PermissionDeniedError: The consumer has frozen the data.
        NotFoundError: No such customer.
        RateLimitError: Reports are not part of the partner's plan.

    Source: GET /decisioning/v1/customers/{customerId}/reports, GetReportsByCustomerId, spec 1.42.0.
    """
    return await session.send(GET_REPORTS_BY_CUSTOMER_ID.request(customerId=customer_id))


GET_REPORTS_BY_CONSUMER_ID = Operation(
    "GetReportsByConsumerId",
    "GET",
    "/decisioning/v1/consumers/{consumerId}/reports",
    ReportSummaries,
)


async def get_reports_by_consumer_id(session: AsyncSession, consumer_id: Id) -> ReportSummaries:
    """
    Return a line for each report about a consumer.

    Not billed.

    Args:
        consumer_id: Vendor ID of the consumer, for example ``"0bf46322c167b562e6cbed9d40e19a4c"``.

    Returns:
        The reports without their contents, a sequence; empty when there are none.

    Raises:
        PermissionDeniedError: The consumer has frozen the data.
        NotFoundError: No such consumer.
        RateLimitError: Reports are not part of the partner's plan.

    Source: GET /decisioning/v1/consumers/{consumerId}/reports, GetReportsByConsumerId, spec 1.42.0.
    """
    return await session.send(GET_REPORTS_BY_CONSUMER_ID.request(consumerId=consumer_id))


@cache
def _as_pdf(row: Operation[Any]) -> Operation[bytes]:
    """Return the row that asks for the file; the vendor has one operation for both."""
    return Operation(
        row.operation_id,
        row.method,
        row.path,
        bytes,
        query=row.query,
        accept=_PDF,
        body_type=row.body_type,
        idempotent=row.idempotent,
        statuses=(200,),
    )


GET_RESELLER_BILLING_REPORT = Operation(
    "getResellerBillingReport",
    "GET",
    "/decisioning/v1/partners/{partnerId}/billing/reseller",
    BillingResellerReport,
    query=("startDate", "endDate", "size", "page", "viewTestingReports"),
)


async def get_reseller_billing_report(
    session: AsyncSession,
    partner_id: Id,
    start_date: datetime | int,
    end_date: datetime | int,
    *,
    size: int | None = None,
    page: int | None = None,
    view_testing_reports: bool | None = None,
) -> BillingResellerReport:
    """
    Return one page of the reports that a partner made in a month, for its own billing or that of its reseller.

    Pages count from 0: go on until ``last`` is True or a page is empty, because the vendor's example has ``last``
    elsewhere.

    Args:
        partner_id: Your own partner ID, or that of a partner whose reseller you are.
        start_date: First moment, an aware datetime or Unix seconds.
        end_date: Last moment, at most 31 days later.
        size: Most reports on the page, at most 1,000; 100 where None.
        page: Number of the page, from 0.
        view_testing_reports: True also returns reports on testing customers, None only those on active ones.

    Returns:
        The page, whose ``total_pages`` says how many there are.

    Raises:
        BadRequestError: The period is longer than 31 days, or another value does not fit.
        NotFoundError: No such partner, or you are not its reseller.

    Source: GET /decisioning/v1/partners/{partnerId}/billing/reseller, getResellerBillingReport, spec 1.42.0.
    """
    request = GET_RESELLER_BILLING_REPORT.request(
        partnerId=partner_id,
        startDate=start_date,
        endDate=end_date,
        size=size,
        page=page,
        viewTestingReports=view_testing_reports,
    )
    return await session.send(request)
