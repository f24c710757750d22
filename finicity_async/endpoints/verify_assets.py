"""The Verify Assets operations: start reports on a customer's assets, with income or in brief."""

from finicity_async.models.verify_assets import (
    PrequalificationReportAck,
    PrequalificationReportConstraints,
    VOAReportAck,
    VOAReportConstraints,
    VOAWithIncomeReportAck,
    VOAWithIncomeReportConstraints,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

GENERATE_VOA_REPORT = Operation(
    "GenerateVOAReport",
    "POST",
    "/decisioning/v2/customers/{customerId}/voa",
    VOAReportAck,
    query=("callbackUrl",),
    body_type=VOAReportConstraints,
    customer="customerId",
    report_types=("voa",),
)


async def generate_voa_report(
    session: AsyncSession, customer_id: Id, body: VOAReportConstraints, *, callback_url: str | None = None
) -> VOAReportAck:
    """
    Start a report that verifies a customer's assets, over 12 months at most.

    Covers the checking, savings, money market and investment accounts. Billed when the report is made. The customer
    needs a consumer (``create_consumer``). Sent once; `generate_and_wait` waits for the report and lists what can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The accounts, the fields of your own and the period that the report covers.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit, or the customer has no account of these kinds.
        NotFoundError: No such customer, or the customer has no consumer.

    Source: POST /decisioning/v2/customers/{customerId}/voa, GenerateVOAReport, spec 1.42.0.
    """
    request = GENERATE_VOA_REPORT.request(customerId=customer_id, body=body, callbackUrl=callback_url)
    return await session.send(request)


GENERATE_VOA_WITH_INCOME_REPORT = Operation(
    "GenerateVOAWithIncomeReport",
    "POST",
    "/decisioning/v2/customers/{customerId}/voaHistory",
    VOAWithIncomeReportAck,
    query=("callbackUrl",),
    body_type=VOAWithIncomeReportConstraints,
    customer="customerId",
    report_types=("voaHistory",),
)


async def generate_voa_with_income_report(
    session: AsyncSession, customer_id: Id, body: VOAWithIncomeReportConstraints, *, callback_url: str | None = None
) -> VOAWithIncomeReportAck:
    """
    Start a report that verifies a customer's assets and income, over 24 months at most.

    Covers the checking, savings, money market and investment accounts: their transactions of 61 days unless
    ``from_date`` says more, and the income of 24 months unless ``income_from_date`` says less. Billed when the report
    is made. The customer needs a consumer (``create_consumer``). Sent once; `generate_and_wait` waits for the report
    and lists what can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The accounts, the fields of your own and the period that the report covers.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit, or the customer has no account of these kinds.
        NotFoundError: No such customer, or the customer has no consumer.

    Source: POST /decisioning/v2/customers/{customerId}/voaHistory, GenerateVOAWithIncomeReport, spec 1.42.0.
    """
    request = GENERATE_VOA_WITH_INCOME_REPORT.request(customerId=customer_id, body=body, callbackUrl=callback_url)
    return await session.send(request)


GENERATE_PREQUALIFICATION_CRA_REPORT = Operation(
    "GeneratePrequalificationCRAReport",
    "POST",
    "/decisioning/v2/customers/{customerId}/preQualVoa",
    PrequalificationReportAck,
    query=("callbackUrl",),
    body_type=PrequalificationReportConstraints,
    customer="customerId",
    report_types=("preQualVoa",),
)


async def generate_prequalification_cra_report(
    session: AsyncSession, customer_id: Id, body: PrequalificationReportConstraints, *, callback_url: str | None = None
) -> PrequalificationReportAck:
    """
    Start a short report on a customer's assets, for a prequalification under the rules for consumer reports (FCRA).

    Covers the checking, savings, money market and investment accounts, their owners and the fees for insufficient
    funds. Billed when the report is made. The customer needs a consumer (``create_consumer``). Sent once;
    `generate_and_wait` waits for the report and lists what can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The accounts, the fields of your own and the period that the report covers.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit, or the customer has no account of these kinds.
        NotFoundError: No such customer, or the customer has no consumer.

    Source: POST /decisioning/v2/customers/{customerId}/preQualVoa, GeneratePrequalificationCRAReport, spec 1.42.0.
    """
    request = GENERATE_PREQUALIFICATION_CRA_REPORT.request(customerId=customer_id, body=body, callbackUrl=callback_url)
    return await session.send(request)


GENERATE_PREQUALIFICATION_NON_CRA_REPORT = Operation(
    "GeneratePrequalificationNonCRAReport",
    "POST",
    "/decisioning/v2/customers/{customerId}/assetSummary",
    PrequalificationReportAck,
    query=("callbackUrl",),
    body_type=PrequalificationReportConstraints,
    customer="customerId",
    report_types=("assetSummary",),
    report_subject="customer",
)


async def generate_prequalification_non_cra_report(
    session: AsyncSession, customer_id: Id, body: PrequalificationReportConstraints, *, callback_url: str | None = None
) -> PrequalificationReportAck:
    """
    Start a short report on a customer's assets that is not a consumer report.

    Holds the same as that of ``generate_prequalification_cra_report``: the checking, savings, money market and
    investment accounts, their owners and the fees for insufficient funds. Billed when the report is made. Sent once;
    `generate_and_wait` waits for the report and lists what can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The accounts, the fields of your own and the period that the report covers.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit, or the customer has no account of these kinds.
        NotFoundError: No such customer.

    Source: POST /decisioning/v2/customers/{customerId}/assetSummary, GeneratePrequalificationNonCRAReport, spec 1.42.0.
    """
    request = GENERATE_PREQUALIFICATION_NON_CRA_REPORT.request(
        customerId=customer_id, body=body, callbackUrl=callback_url
    )
    return await session.send(request)
