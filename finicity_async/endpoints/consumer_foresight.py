"""The Consumer Foresight operations: start reports on payment risk, and on spending compared and forecast."""

from finicity_async.models.consumer_foresight import (
    ForesightAnalyticsFirstThirdPartyReportAck,
    ForesightAnalyticsReportAck,
    ForesightAnalyticsReportConstraints,
    ForesightAnalyticsReportFirstThirdPartyConstraints,
    PaymentRiskInsightsReportAck,
    PaymentRiskInsightsReportConstraints,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

GENERATE_PAYMENT_RISK_INSIGHTS_REPORT = Operation(
    "GeneratePaymentRiskInsightsReport",
    "POST",
    "/decisioning/customers/{customerId}/reports/payment-risk-insights/userTypes/{userType}",
    PaymentRiskInsightsReportAck,
    query=("callbackUrl",),
    body_type=PaymentRiskInsightsReportConstraints,
    customer="customerId",
    report_types=("pripcra", "pripnoncra", "pribcra", "pribnoncra", "pribftc"),
    report_subject="business",
)


async def generate_payment_risk_insights_report(
    session: AsyncSession,
    customer_id: Id,
    user_type: str,
    body: PaymentRiskInsightsReportConstraints,
    *,
    callback_url: str | None = None,
) -> PaymentRiskInsightsReportAck:
    """
    Start a report on how likely a person or business is to miss a payment: a score, and what it is made of.

    It covers checking and savings accounts over two years at most. Billed when the report is made. The customer needs a
    consumer (``create_consumer``) or a business, as the purpose in ``body`` asks. Sent once; `generate_and_wait` waits
    for the report and lists what can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        user_type: ``"personal"`` or ``"business"``.
        body: Purpose, which the vendor requires, and intervals, the accounts, and fields of your own.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such customer or account, or the consumer or the business is missing.

    Source: POST /decisioning/customers/{customerId}/reports/payment-risk-insights/userTypes/{userType},
    GeneratePaymentRiskInsightsReport, spec 1.42.0.
    """
    request = GENERATE_PAYMENT_RISK_INSIGHTS_REPORT.request(
        customerId=customer_id, userType=user_type, body=body, callbackUrl=callback_url
    )
    return await session.send(request)


GENERATE_FORESIGHT_ANALYTICS_NON_CRA_REPORT = Operation(
    "GenerateForesightAnalyticsNonCraReport",
    "POST",
    "/decisioning/customers/{customerId}/reports/foresight-analytics/userTypes/{userType}",
    ForesightAnalyticsReportAck,
    query=("callbackUrl",),
    body_type=ForesightAnalyticsReportConstraints,
    customer="customerId",
    report_types=("farpbfnoncra",),
    report_subject="customer",
)


async def generate_foresight_analytics_non_cra_report(
    session: AsyncSession,
    customer_id: Id,
    user_type: str,
    body: ForesightAnalyticsReportConstraints,
    *,
    callback_url: str | None = None,
) -> ForesightAnalyticsReportAck:
    """
    Start a report that compares what a person spends with what others spend, and forecasts it.

    It covers checking and savings accounts and credit cards, and is no consumer report, so no consumer is needed. Each
    success is billed, but for testing customers. Sent once; `generate_and_wait` waits for the report and lists what can
    fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        user_type: ``"personal"``.
        body: With whom the customer is compared, over which intervals, and the accounts.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit, or the customer has no account of these kinds.
        NotFoundError: No such customer or account.

    Source: POST /decisioning/customers/{customerId}/reports/foresight-analytics/userTypes/{userType},
    GenerateForesightAnalyticsNonCraReport, spec 1.42.0.
    """
    request = GENERATE_FORESIGHT_ANALYTICS_NON_CRA_REPORT.request(
        customerId=customer_id, userType=user_type, body=body, callbackUrl=callback_url
    )
    return await session.send(request)


GENERATE_FORESIGHT_ANALYTICS_FIRST_THIRD_PARTY_NON_CRA_REPORT = Operation(
    "GenerateForesightAnalyticsFirstThirdPartyNonCraReport",
    "POST",
    "/decisioning/reports/foresight-analytics/userTypes/{userType}",
    ForesightAnalyticsFirstThirdPartyReportAck,
    query=("callbackUrl",),
    body_type=ForesightAnalyticsReportFirstThirdPartyConstraints,
)


async def generate_foresight_analytics_first_third_party_non_cra_report(
    session: AsyncSession,
    user_type: str,
    body: ForesightAnalyticsReportFirstThirdPartyConstraints,
    *,
    callback_url: str | None = None,
) -> ForesightAnalyticsFirstThirdPartyReportAck:
    """
    Start a foresight report on transactions that you have sent for enrichment, that the vendor reads, or on both.

    It covers checking and savings accounts and credit cards, and is no consumer report, so no consumer is needed. Each
    success is billed, for testing customers, too. Sent once. `get_report_by_id` reads the report: `generate_and_wait`
    cannot, as it looks for the reports of a customer.

    Args:
        user_type: ``"personal"``.
        body: The customer by the vendor's ID, by your own or by both, with whom the customer is compared, and the
            accounts.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit, or ``body`` names no customer.
        PermissionDeniedError: The consumer has frozen the data.
        NotFoundError: No such customer or account.
        TransportError: The response was lost; ``sent`` says whether the report may be in progress.

    Source: POST /decisioning/reports/foresight-analytics/userTypes/{userType},
    GenerateForesightAnalyticsFirstThirdPartyNonCraReport, spec 1.42.0.
    """
    request = GENERATE_FORESIGHT_ANALYTICS_FIRST_THIRD_PARTY_NON_CRA_REPORT.request(
        userType=user_type, body=body, callbackUrl=callback_url
    )
    return await session.send(request)
