"""The Payment History Report operation: start a report on how a business has paid."""

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
    report_subject="business",
)


async def generate_payment_history_report(
    session: AsyncSession, customer_id: Id, body: AnalyticsReportConstraints, *, callback_url: str | None = None
) -> AnalyticsReportAck:
    """
    Start a report on how a business has paid over two years at most, with a score of the risk that it will not.

    Each success is billed, but for testing customers. The customer needs a business, and with ``for_cra_purpose`` a
    consumer, too (``create_consumer``). Sent once; `generate_and_wait` waits for the report and lists what can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: Purpose and intervals, the accounts, and fields of your own.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit, or the customer has neither a checking nor a savings account.
        NotFoundError: No such customer or account, or the business or the consumer is missing.

    Source: POST /decisioning/customers/{customerId}/reports/payment-history/userTypes/business,
    GeneratePaymentHistoryReport, spec 1.42.0.
    """
    request = GENERATE_PAYMENT_HISTORY_REPORT.request(customerId=customer_id, body=body, callbackUrl=callback_url)
    return await session.send(request)
