"""The Pay Statements operation: store a pay statement, from which reports are made."""

from base64 import b64encode

from finicity_async.errors import ConfigurationError
from finicity_async.models.pay_statements import Asset, PayStatement
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

STORE_CUSTOMER_PAY_STATEMENT = Operation(
    "StoreCustomerPayStatement",
    "POST",
    "/aggregation/v1/customers/{customerId}/payStatements",
    Asset,
    body_type=PayStatement,
)


async def store_customer_pay_statement(session: AsyncSession, customer_id: Id, label: str, statement: bytes) -> Asset:
    """
    Store a pay statement of a customer; the vendor's document names no charge for that.

    The reports `generate_pay_statement_report`, `generate_voie_paystub_report` and
    `generate_voie_paystub_with_tx_verify_report` take its ID, and bill each statement that was not read before. It is
    sent once; when the response is lost, a second call stores the file under another ID.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        label: Which pay period: ``"lastPayPeriod"``, ``"lastPayPeriodMinusOne"``, ``"lastPayPeriodMinusTwo"``,
            ``"previousYearLastPayPeriod"``, ``"previousYear2LastPayPeriod"`` or ``"earliestPayPeriod"``. Reports on
            income and employment want the first.
        statement: The file, a PDF, JPG or PNG, as it is; it goes out in Base64.

    Returns:
        The ID of the stored file.

    Raises:
        BadRequestError: The vendor refuses the label or the file.
        NotFoundError: No such customer.
        TransportError: The response was lost; ``sent`` says whether the file may be stored.

    Source: POST /aggregation/v1/customers/{customerId}/payStatements, StoreCustomerPayStatement, spec 1.42.0.
    """
    if not isinstance(statement, bytes | bytearray):
        raise ConfigurationError("StoreCustomerPayStatement: statement is the bytes of a file. Nothing was sent.")
    body = PayStatement(label=label, statement=b64encode(statement).decode())
    return await session.send(STORE_CUSTOMER_PAY_STATEMENT.request(customerId=customer_id, body=body))
