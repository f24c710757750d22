"""The Cash Flow Analytics operation: start a report on the money that comes in and goes out."""

from finicity_async.models.analytics import AnalyticsReportAck, AnalyticsReportConstraints
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

GENERATE_CASHFLOW_ANALYTICS_REPORT = Operation(
    "GenerateCashflowAnalyticsReport",
    "POST",
    "/decisioning/v2/customers/{customerId}/reports/cashflow-analytics/userTypes/{userType}",
    AnalyticsReportAck,
    query=("callbackUrl",),
    body_type=AnalyticsReportConstraints,
    customer="customerId",
    report_types=("cfrpcra", "cfrpnoncra", "cfrbcra", "cracfrbcra", "cfrbnoncra", "cfrbftc"),
    report_subject="business",
)


async def generate_cashflow_analytics_report(
    session: AsyncSession,
    customer_id: Id,
    user_type: str,
    body: AnalyticsReportConstraints,
    *,
    callback_url: str | None = None,
) -> AnalyticsReportAck:
    """
    Start a report on the cash flow of a customer over two years at most, and the risk that it indicates.

    Each success is billed, but for testing customers. The customer needs a consumer (``create_consumer``) or a
    business, as the purpose in ``body`` asks. Sent once; `generate_and_wait` waits for the report and lists what can
    fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        user_type: ``"personal"`` or ``"business"``.
        body: Purpose and intervals, the accounts, and fields of your own.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such customer or account, or the consumer or the business is missing.

    Source: POST /decisioning/v2/customers/{customerId}/reports/cashflow-analytics/userTypes/{userType},
    GenerateCashflowAnalyticsReport, spec 1.42.0.
    """
    request = GENERATE_CASHFLOW_ANALYTICS_REPORT.request(
        customerId=customer_id, userType=user_type, body=body, callbackUrl=callback_url
    )
    return await session.send(request)
