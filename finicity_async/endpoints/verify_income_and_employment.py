"""The Verify Income and Employment operations: start reports made from transactions, payrolls and pay statements."""

from finicity_async.models.verify_income_and_employment import (
    PayrollReportAck,
    PayrollReportConstraints,
    PayStatementReportAck,
    PayStatementReportConstraints,
    VOETransactionsReportAck,
    VOETransactionsReportConstraints,
    VOIEPaystubReportAck,
    VOIEPaystubWithTXVerifyReportAck,
    VOIEReportConstraints,
    VOIEWithTXVerifyReportConstraints,
    VOIReportAck,
    VOIReportConstraints,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

GENERATE_VOI_REPORT = Operation(
    "GenerateVOIReport",
    "POST",
    "/decisioning/v2/customers/{customerId}/voi",
    VOIReportAck,
    query=("callbackUrl",),
    body_type=VOIReportConstraints,
    customer="customerId",
    report_types=("voi",),
)


async def generate_voi_report(
    session: AsyncSession, customer_id: Id, body: VOIReportConstraints, *, callback_url: str | None = None
) -> VOIReportAck:
    """
    Start a report on a customer's income, based on the transactions of up to two years.

    Billed when the report is made. It reads checking, savings and money market accounts. The customer needs a consumer
    (``create_consumer``). Sent once; `generate_and_wait` waits for the report and lists what can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The accounts, the window and the income streams that the report holds.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit, or the customer has no account of these types.
        NotFoundError: No such customer, or the customer has no consumer.

    Source: POST /decisioning/v2/customers/{customerId}/voi, GenerateVOIReport, spec 1.42.0.
    """
    row = GENERATE_VOI_REPORT
    return await session.send(row.request(customerId=customer_id, body=body, callbackUrl=callback_url))


GENERATE_VOE_PAYROLL_REPORT = Operation(
    "GenerateVOEPayrollReport",
    "POST",
    "/decisioning/v2/customers/{customerId}/voePayroll",
    PayrollReportAck,
    query=("callbackUrl",),
    body_type=PayrollReportConstraints,
    customer="customerId",
    report_types=("voePayroll",),
)


async def generate_voe_payroll_report(
    session: AsyncSession, customer_id: Id, body: PayrollReportConstraints, *, callback_url: str | None = None
) -> PayrollReportAck:
    """
    Start a report on a customer's employment without the income, based on the payroll, or refresh one.

    Billed when the report is made. Lenders ask for it before closing, to go with `refresh_voie_payroll_report`. The
    customer needs a consumer (``create_consumer``). Sent once; `generate_and_wait` waits for the report and lists what
    can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The payroll that is read, and what the report is for.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such customer, or the customer has no consumer.

    Source: POST /decisioning/v2/customers/{customerId}/voePayroll, GenerateVOEPayrollReport, spec 1.42.0.
    """
    row = GENERATE_VOE_PAYROLL_REPORT
    return await session.send(row.request(customerId=customer_id, body=body, callbackUrl=callback_url))


GENERATE_VOE_TRANSACTIONS_REPORT = Operation(
    "GenerateVOETransactionsReport",
    "POST",
    "/decisioning/v2/customers/{customerId}/voeTransactions",
    VOETransactionsReportAck,
    query=("callbackUrl",),
    body_type=VOETransactionsReportConstraints,
    customer="customerId",
    report_types=("voeTransactions",),
)


async def generate_voe_transactions_report(
    session: AsyncSession, customer_id: Id, body: VOETransactionsReportConstraints, *, callback_url: str | None = None
) -> VOETransactionsReportAck:
    """
    Start a report on a customer's employment without amounts, based on the latest deposits.

    Billed when the response is a success. For direct integrations of the Mortgage Verification Service only. Lenders
    ask for it before closing, to see that wages still arrive on time. The customer needs a consumer
    (``create_consumer``). Sent once; `generate_and_wait` waits for the report and lists what can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The accounts, the window and the income streams that the report holds.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such customer, or the customer has no consumer.

    Source: POST /decisioning/v2/customers/{customerId}/voeTransactions, GenerateVOETransactionsReport, spec 1.42.0.
    """
    row = GENERATE_VOE_TRANSACTIONS_REPORT
    return await session.send(row.request(customerId=customer_id, body=body, callbackUrl=callback_url))


GENERATE_PAY_STATEMENT_REPORT = Operation(
    "GeneratePayStatementReport",
    "POST",
    "/decisioning/v2/customers/{customerId}/payStatement",
    PayStatementReportAck,
    query=("callbackUrl",),
    body_type=PayStatementReportConstraints,
    customer="customerId",
    report_types=("paystatement",),
)


async def generate_pay_statement_report(
    session: AsyncSession, customer_id: Id, body: PayStatementReportConstraints, *, callback_url: str | None = None
) -> PayStatementReportAck:
    """
    Start a report on the contents of a customer's stored pay statements.

    Billed when the report is made. `store_customer_pay_statement` stores the statements. The customer needs a consumer
    (``create_consumer``). Sent once; `generate_and_wait` waits for the report and lists what can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The pay statements, and which parts of them are read.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such customer, or the customer has no consumer.

    Source: POST /decisioning/v2/customers/{customerId}/payStatement, GeneratePayStatementReport, spec 1.42.0.
    """
    row = GENERATE_PAY_STATEMENT_REPORT
    return await session.send(row.request(customerId=customer_id, body=body, callbackUrl=callback_url))


GENERATE_VOIE_PAYSTUB_WITH_TX_VERIFY_REPORT = Operation(
    "GenerateVOIEPaystubWithTXVerifyReport",
    "POST",
    "/decisioning/v2/customers/{customerId}/voieTxVerify/withInterview",
    VOIEPaystubWithTXVerifyReportAck,
    query=("callbackUrl",),
    body_type=VOIEWithTXVerifyReportConstraints,
    customer="customerId",
    report_types=("voieTxVerify", "voieWithInterview"),
)


async def generate_voie_paystub_with_tx_verify_report(
    session: AsyncSession, customer_id: Id, body: VOIEWithTXVerifyReportConstraints, *, callback_url: str | None = None
) -> VOIEPaystubWithTXVerifyReportAck:
    """
    Start a report on a customer's income and employment, based on pay statements and matching deposits.

    Billed when the report is made. It reads checking and savings accounts over up to two years, and the statements that
    `store_customer_pay_statement` stored. To read the transactions anew, give the asset IDs of the first report: a
    statement that was read before makes the report faster. The customer needs a consumer (``create_consumer``). Sent
    once; `generate_and_wait` waits for the report and lists what can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The pay statements with their accounts, the window and the income streams.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such customer, or the customer has no consumer.

    Source: POST /decisioning/v2/customers/{customerId}/voieTxVerify/withInterview,
    GenerateVOIEPaystubWithTXVerifyReport, spec 1.42.0.
    """
    row = GENERATE_VOIE_PAYSTUB_WITH_TX_VERIFY_REPORT
    return await session.send(row.request(customerId=customer_id, body=body, callbackUrl=callback_url))


GENERATE_VOIE_PAYSTUB_REPORT = Operation(
    "GenerateVOIEPaystubReport",
    "POST",
    "/decisioning/v2/customers/{customerId}/voieTxVerify/withStatement",
    VOIEPaystubReportAck,
    query=("callbackUrl",),
    body_type=VOIEReportConstraints,
    customer="customerId",
    report_types=("voieTxVerify", "voie", "voieWithReport", "voieWithStatement"),
)


async def generate_voie_paystub_report(
    session: AsyncSession, customer_id: Id, body: VOIEReportConstraints, *, callback_url: str | None = None
) -> VOIEPaystubReportAck:
    """
    Start a report on a customer's income and employment, based on pay statements alone.

    Billed when the report is made. `store_customer_pay_statement` stores the statements. The customer needs a consumer
    (``create_consumer``). Sent once; `generate_and_wait` waits for the report and lists what can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The pay statements, and which parts of them are read.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such customer, or the customer has no consumer.

    Source: POST /decisioning/v2/customers/{customerId}/voieTxVerify/withStatement, GenerateVOIEPaystubReport,
    spec 1.42.0.
    """
    row = GENERATE_VOIE_PAYSTUB_REPORT
    return await session.send(row.request(customerId=customer_id, body=body, callbackUrl=callback_url))


REFRESH_VOIE_PAYROLL_REPORT = Operation(
    "RefreshVOIEPayrollReport",
    "POST",
    "/decisioning/v2/customers/{customerId}/voiePayroll",
    PayrollReportAck,
    query=("callbackUrl",),
    body_type=PayrollReportConstraints,
    customer="customerId",
    report_types=("voiePayroll",),
)


async def refresh_voie_payroll_report(
    session: AsyncSession, customer_id: Id, body: PayrollReportConstraints, *, callback_url: str | None = None
) -> PayrollReportAck:
    """
    Start a report on a customer's income and employment, based on the payroll, or refresh one.

    Billed when the report is made. Where the consumer gave access in Connect, the first report is made there, and this
    call makes the later ones without the consumer. The institutions are not contacted, so it is no refresh in the sense
    of `map_customers`. The customer needs a consumer (``create_consumer``). Sent once; `generate_and_wait` waits for
    the report and lists what can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The payroll that is read, the pay dates, and what the report is for.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such customer, or the customer has no consumer.

    Source: POST /decisioning/v2/customers/{customerId}/voiePayroll, RefreshVOIEPayrollReport, spec 1.42.0.
    """
    row = REFRESH_VOIE_PAYROLL_REPORT
    return await session.send(row.request(customerId=customer_id, body=body, callbackUrl=callback_url))
