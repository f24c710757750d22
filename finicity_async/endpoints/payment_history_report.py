"""The Payment History Report operation: have a report made of how a business has paid."""

from finicity_async.models.analytics import AnalyticsReportAck, AnalyticsReportConstraints
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

GENERATE_PAYMENT_HISTORY_REPORT = Operation(
    "GeneratePaymentHistoryReport",
    "POST",
    "/decisioning/customers/{customerId}/reports/payment-history/userTypes/business",
    AnalyticsReportAck,
    query=("callbackUrl",),
    body_type=AnalyticsReportConstraints,
    customer="customerId",
    report_types=("phrbcra", "phrbnoncra", "phrbftc"),
)


async def generate_payment_history_report(
    session: AsyncSession, customer_id: Id, body: AnalyticsReportConstraints, *, callback_url: str | None = None
) -> AnalyticsReportAck:
    """
    Start a report on how a business has paid over two years at most, with a score of the risk that it will not.

    Each success is billed, but for testing customers. The customer needs a business, and with ``for_cra_purpose`` a
    consumer, too (``create_consumer``). The report is read by its ID until its status is no longer ``"inProgress"``,
    every 20 seconds as the vendor asks, or announced to ``callback_url``. It is sent once; when the response is lost,
    look at the customer's reports before you repeat the call.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: Purpose and intervals, the accounts, and fields of your own.
        callback_url: Where the vendor announces the end, for example ``"https://example.com/reports"``; it has to
            answer with a 2xx status.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit, the business or the consumer is missing, or the customer has neither a
            checking nor a savings account.
        PermissionDeniedError: The consumer has frozen the data.
        NotFoundError: No such customer or account.
        TransportError: The response was lost; ``sent`` says whether the report may be in progress.

    Source: POST /decisioning/customers/{customerId}/reports/payment-history/userTypes/business,
    GeneratePaymentHistoryReport, spec 1.42.0.
    """
    request = GENERATE_PAYMENT_HISTORY_REPORT.request(customerId=customer_id, body=body, callbackUrl=callback_url)
    return await session.send(request)
