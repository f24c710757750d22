"""The Bank Statements operations: statements as PDF files, the list of them, and a report that is made of one."""

from collections.abc import Sequence

from finicity_async.models.bank_statements import (
    CustomerAccountMultipleStatements,
    StatementReportAck,
    StatementReportConstraints,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

_TIMEOUT = 180.0
"""Seconds: the vendor's recommendation for a statement, which it fetches from the institution."""
_FILE = "application/octet-stream"

GET_CUSTOMER_ACCOUNT_STATEMENT = Operation(
    "GetCustomerAccountStatement",
    "GET",
    "/aggregation/v1/customers/{customerId}/accounts/{accountId}/statement",
    bytes,
    query=("index",),
    accept=_FILE,
    idempotent=False,
    timeout=_TIMEOUT,
    statuses=(200,),
)


async def get_customer_account_statement(
    session: AsyncSession, customer_id: Id, account_id: Id, *, index: int | None = None
) -> bytes:
    """
    Return one statement of an account as a PDF file.

    The institution is asked, so the timeout is 180 s, as the vendor recommends. Each success is billed, so it is sent
    once, though it is a GET. A file over the session's ``max_body`` (16 MiB) is refused after it was billed.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, for example ``"5011648377"``.
        index: Which statement, from 1, the latest, to 24, months back; None is the latest.

    Returns:
        The bytes of the file, in memory as a whole. They tell of a person: keep them out of logs.

    Raises:
        BadRequestError: The index is out of range.
        NotFoundError: No such customer or account, or no such statement.
        AggregationError: The institution refused; ``aggregation`` says why and what to do.
        PayloadError: The answer holds no file, or one over ``max_body``.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: GET /aggregation/v1/customers/{customerId}/accounts/{accountId}/statement,
    GetCustomerAccountStatement, spec 1.42.0.
    """
    return await session.send(
        GET_CUSTOMER_ACCOUNT_STATEMENT.request(customerId=customer_id, accountId=account_id, index=index)
    )


GENERATE_STATEMENT_REPORT = Operation(
    "GenerateStatementReport",
    "POST",
    "/decisioning/v2/customers/{customerId}/statement",
    StatementReportAck,
    query=("callbackUrl",),
    body_type=StatementReportConstraints,
    customer="customerId",
    report_types=("statement",),
)


async def generate_statement_report(
    session: AsyncSession, customer_id: Id, body: StatementReportConstraints, *, callback_url: str | None = None
) -> StatementReportAck:
    """
    Start a report on one statement of a customer who has a consumer.

    Billed when the report is made. Sent once; `generate_and_wait` waits for the report and lists what can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The account and which of its statements.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.

    Returns:
        The report as it begins, with its ID and the status ``"inProgress"``.

    Raises:
        BadRequestError: The vendor does not take a value.
        NotFoundError: No such customer or account, or the customer has no consumer.

    Source: POST /decisioning/v2/customers/{customerId}/statement, GenerateStatementReport, spec 1.42.0.
    """
    return await session.send(
        GENERATE_STATEMENT_REPORT.request(customerId=customer_id, callbackUrl=callback_url, body=body)
    )


GET_CUSTOMER_ACCOUNT_MULTIPLE_STATEMENT = Operation(
    "GetCustomerAccountMultipleStatement",
    "GET",
    "/aggregation/v3/customers/{customerId}/accounts/{accountId}/statement",
    CustomerAccountMultipleStatements,
    query=("index",),
    timeout=_TIMEOUT,
)


async def get_customer_account_multiple_statement(
    session: AsyncSession, customer_id: Id, account_id: Id, *, index: int | str | Sequence[int] | None = None
) -> CustomerAccountMultipleStatements:
    """
    Return which statements of an account there are, with the asset ID under which each can be downloaded.

    The institution is asked, so the timeout is 180 s. It is the download that is billed, see
    `get_asset_by_customer_id`.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, for example ``"5011648377"``.
        index: Which statements, from 1, the latest, to 24, for example ``range(1, 25)`` or ``"1,2"``; None is the
            latest.

    Returns:
        One record for each index; one without an ``id`` has ``code`` and ``message``, which say why.

    Raises:
        BadRequestError: An index is out of range.
        NotFoundError: No such customer, or the customer has no such account.

    Source: GET /aggregation/v3/customers/{customerId}/accounts/{accountId}/statement,
    GetCustomerAccountMultipleStatement, spec 1.42.0.
    """
    row = GET_CUSTOMER_ACCOUNT_MULTIPLE_STATEMENT
    wanted = index if isinstance(index, int | str | None) else row.items("index", index)
    return await session.send(row.request(customerId=customer_id, accountId=account_id, index=wanted))


GET_ASSET_BY_CUSTOMER_ID = Operation(
    "GetAssetByCustomerID",
    "GET",
    "/aggregation/v1/customers/{customerId}/assets/{assetId}",
    bytes,
    accept=_FILE,
    idempotent=False,
    statuses=(200,),
)


async def get_asset_by_customer_id(session: AsyncSession, customer_id: Id, asset_id: Id) -> bytes:
    """
    Return a file that the vendor keeps for a customer: a bank statement as PDF, or a pay statement.

    Each download is billed, so it is sent once, though it is a GET. A file over the session's ``max_body`` (16 MiB) is
    refused after it was billed.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        asset_id: Asset ID, for example `CustomerAccountMultipleStatement.id`.

    Returns:
        The bytes of the file, in memory as a whole. They tell of a person: keep them out of logs.

    Raises:
        NotFoundError: No such customer, or the customer has no such file.
        PayloadError: The answer holds no file, or one over ``max_body``.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: GET /aggregation/v1/customers/{customerId}/assets/{assetId}, GetAssetByCustomerID, spec 1.42.0.
    """
    return await session.send(GET_ASSET_BY_CUSTOMER_ID.request(customerId=customer_id, assetId=asset_id))
