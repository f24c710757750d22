"""The Cash Flow operations: start reports on the money that comes into and leaves a customer's accounts."""

from finicity_async.models.cash_flow import CashFlowReportAck, CashFlowReportConstraints
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

GENERATE_CASH_FLOW_BUSINESS_REPORT = Operation(
    "GenerateCashFlowBusinessReport",
    "POST",
    "/decisioning/v2/customers/{customerId}/cashFlowBusiness",
    CashFlowReportAck,
    query=("callbackUrl",),
    body_type=CashFlowReportConstraints,
    customer="customerId",
    report_types=("cfrb",),
    report_subject="customer",
)


async def generate_cash_flow_business_report(
    session: AsyncSession, customer_id: Id, body: CashFlowReportConstraints, *, callback_url: str | None = None
) -> CashFlowReportAck:
    """
    Start a report on the cash flow of a business, over 24 months at most.

    Covers accounts of every kind and needs no consumer. It is not a consumer report; for a person's account use
    ``generate_cash_flow_personal_report``. Billed when the report is made. Sent once; `generate_and_wait` waits for the
    report and lists what can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The accounts, the fields of your own and the period that the report covers.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit, or the customer has no account.
        NotFoundError: No such customer.

    Source: POST /decisioning/v2/customers/{customerId}/cashFlowBusiness, GenerateCashFlowBusinessReport, spec 1.42.0.
    """
    request = GENERATE_CASH_FLOW_BUSINESS_REPORT.request(customerId=customer_id, body=body, callbackUrl=callback_url)
    return await session.send(request)


GENERATE_CASH_FLOW_PERSONAL_REPORT = Operation(
    "GenerateCashFlowPersonalReport",
    "POST",
    "/decisioning/v2/customers/{customerId}/cashFlowPersonal",
    CashFlowReportAck,
    query=("callbackUrl",),
    body_type=CashFlowReportConstraints,
    customer="customerId",
    report_types=("cfrp",),
)


async def generate_cash_flow_personal_report(
    session: AsyncSession, customer_id: Id, body: CashFlowReportConstraints, *, callback_url: str | None = None
) -> CashFlowReportAck:
    """
    Start a report on the cash flow of a person, over 24 months at most.

    Covers accounts of every kind. It is a consumer report (FCRA), which the person can see and dispute at the vendor.
    Billed when the report is made. The customer needs a consumer (``create_consumer``). Sent once; `generate_and_wait`
    waits for the report and lists what can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The accounts, the fields of your own and the period that the report covers.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit, or the customer has no account.
        NotFoundError: No such customer, or the customer has no consumer.

    Source: POST /decisioning/v2/customers/{customerId}/cashFlowPersonal, GenerateCashFlowPersonalReport, spec 1.42.0.
    """
    request = GENERATE_CASH_FLOW_PERSONAL_REPORT.request(customerId=customer_id, body=body, callbackUrl=callback_url)
    return await session.send(request)
