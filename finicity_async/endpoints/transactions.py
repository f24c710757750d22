"""The Transactions operations: read, load and refresh transactions, and have reports made of them."""

from collections.abc import Iterable
from datetime import datetime

from finicity_async._pipeline.call import sends_refresh
from finicity_async.errors import ConfigurationError
from finicity_async.models.transactions import (
    AccountIds,
    InitiateNewTransactionRefresh,
    RecurringTransactionsDetails,
    Transaction,
    TransactionRefreshInitiated,
    TransactionRefreshStatusDetails,
    Transactions,
    TransactionsReportAck,
    TransactionsReportConstraints,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

_NO_TRANSACTIONS = b'{"transactions": []}'
"""What a 204 to a list stands for."""

LOAD_HISTORIC_TRANSACTIONS_FOR_CUSTOMER_ACCOUNT = Operation(
    "LoadHistoricTransactionsForCustomerAccount",
    "POST",
    "/aggregation/v1/customers/{customerId}/accounts/{accountId}/transactions/historic",
    None,
    refresh=True,
    timeout=180,  # The vendor's recommendation for this call.
    statuses=(204,),
    advice={203: "Nothing was loaded, and the question cannot be answered here."},
)


@sends_refresh
async def load_historic_transactions_for_customer_account(
    session: AsyncSession, customer_id: Id, account_id: Id
) -> None:
    """
    Load up to 24 months of an account's transactions from the institution; other calls reach back 180 days.

    Returns nothing: read the transactions afterwards. Billed once for each customer, however many accounts are loaded.
    The vendor forbids automating it. It is sent once; when the response is lost the load goes on, and
    ``aggregation_attempt_date`` of the account moves when it is done. The timeout is 180 s, as the vendor recommends. A
    second call for an account adds nothing as a rule and returns at once.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, for example ``"5011648377"``.

    Raises:
        NotFoundError: No such customer, or the customer has no such account.
        AggregationError: The institution refused; ``aggregation`` says why and what to do.
        PayloadError: The institution asks a question (MFA), which cannot be answered here: nothing was loaded.
        TransportError: The response was lost or timed out; the load goes on.

    Source: POST /aggregation/v1/customers/{customerId}/accounts/{accountId}/transactions/historic,
    LoadHistoricTransactionsForCustomerAccount, spec 1.42.0.
    """
    await session.send(
        LOAD_HISTORIC_TRANSACTIONS_FOR_CUSTOMER_ACCOUNT.request(customerId=customer_id, accountId=account_id)
    )


GET_ALL_CUSTOMER_TRANSACTIONS = Operation(
    "GetAllCustomerTransactions",
    "GET",
    "/aggregation/v3/customers/{customerId}/transactions",
    Transactions,
    query=("fromDate", "toDate", "start", "limit", "sort", "includePending"),
    empty=_NO_TRANSACTIONS,
    customer="customerId",
    start="record",
)


async def get_all_customer_transactions(
    session: AsyncSession,
    customer_id: Id,
    from_date: datetime | int,
    to_date: datetime | int,
    *,
    start: int | None = None,
    limit: int | None = None,
    sort: str | None = None,
    include_pending: bool | None = None,
) -> Transactions:
    """
    Return one page of the transactions of one customer over all accounts.

    Reads what the vendor holds; the institution is not contacted. Pages by ``start`` lose transactions when some share
    a date, or come and go between two calls; ``iter_transactions`` reads all of them without loss.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        from_date: First moment, an aware datetime or Unix seconds, for example ``datetime(2026, 6, 1, tzinfo=UTC)``.
        to_date: Last moment, an aware datetime or Unix seconds.
        start: Number of the first transaction of the page, from 1; None for the first page.
        limit: Most transactions on the page, 25 where None and 1000 at most.
        sort: ``"asc"`` or ``"desc"`` by transaction date, or posted date where there is none; descending where None.
        include_pending: True for pending transactions, too.

    Returns:
        The page, whose ``more_available`` says whether another one follows; empty when there are none. An account has
        none before its first refresh.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such customer.

    Source: GET /aggregation/v3/customers/{customerId}/transactions, GetAllCustomerTransactions, spec 1.42.0.
    """
    request = GET_ALL_CUSTOMER_TRANSACTIONS.request(
        customerId=customer_id,
        fromDate=from_date,
        toDate=to_date,
        start=start,
        limit=limit,
        sort=sort,
        includePending=include_pending,
    )
    return await session.send(request)


GET_TRANSACTION_BY_UNIQUE_TRANSACTION_ID = Operation(
    "GetTransactionByUniqueTransactionId",
    "GET",
    "/aggregation/customers/{customerId}/transactions/{uniqueTransactionId}",
    Transaction,
    customer="customerId",
)


async def get_transaction_by_unique_transaction_id(
    session: AsyncSession, customer_id: Id, unique_transaction_id: Id
) -> Transaction:
    """
    Return one transaction by its unique ID.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        unique_transaction_id: ``Transaction.unique_transaction_id``: account ID and transaction ID joined by a hyphen,
            for example ``"87529-543210"``.

    Raises:
        NotFoundError: No such customer, or the customer has no such transaction.

    Source: GET /aggregation/customers/{customerId}/transactions/{uniqueTransactionId},
    GetTransactionByUniqueTransactionId, spec 1.42.0.
    """
    request = GET_TRANSACTION_BY_UNIQUE_TRANSACTION_ID.request(
        customerId=customer_id, uniqueTransactionId=unique_transaction_id
    )
    return await session.send(request)


GET_CUSTOMER_TRANSACTION = Operation(
    "GetCustomerTransaction",
    "GET",
    "/aggregation/v2/customers/{customerId}/transactions/{transactionId}",
    Transaction,
    customer="customerId",
)


async def get_customer_transaction(session: AsyncSession, customer_id: Id, transaction_id: Id) -> Transaction:
    """
    Return one transaction by its ID.

    An ID is unique within an account only: compare ``account_id``, or use ``get_transaction_by_unique_transaction_id``.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        transaction_id: Vendor ID of the transaction, for example ``21284820852``.

    Raises:
        NotFoundError: No such customer, or the customer has no such transaction.

    Source: GET /aggregation/v2/customers/{customerId}/transactions/{transactionId}, GetCustomerTransaction,
    spec 1.42.0.
    """
    return await session.send(GET_CUSTOMER_TRANSACTION.request(customerId=customer_id, transactionId=transaction_id))


GET_CUSTOMER_ACCOUNT_TRANSACTIONS = Operation(
    "GetCustomerAccountTransactions",
    "GET",
    "/aggregation/v4/customers/{customerId}/accounts/{accountId}/transactions",
    Transactions,
    query=("fromDate", "toDate", "start", "limit", "sort", "includePending", "showDailyBalance"),
    empty=_NO_TRANSACTIONS,
    customer="customerId",
    start="record",
)


async def get_customer_account_transactions(
    session: AsyncSession,
    customer_id: Id,
    account_id: Id,
    from_date: datetime | int,
    to_date: datetime | int,
    *,
    start: int | None = None,
    limit: int | None = None,
    sort: str | None = None,
    include_pending: bool | None = None,
    show_daily_balance: bool | None = None,
) -> Transactions:
    """
    Return one page of the transactions of one account.

    Reads what the vendor holds; the institution is not contacted. Pages by ``start`` lose transactions when some share
    a date, or come and go between two calls; ``iter_transactions`` reads all of them without loss.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, for example ``"5011648377"``.
        from_date: First moment, an aware datetime or Unix seconds, for example ``datetime(2026, 6, 1, tzinfo=UTC)``.
        to_date: Last moment, an aware datetime or Unix seconds.
        start: Number of the first transaction of the page, from 1; None for the first page.
        limit: Most transactions on the page, 25 where None and 1000 at most.
        sort: ``"asc"`` or ``"desc"`` by transaction date, or posted date where there is none; descending where None.
        include_pending: True for pending transactions, too.
        show_daily_balance: True for the balances of each day that has transactions, too.

    Returns:
        The page, whose ``more_available`` says whether another one follows; empty when there are none. An account has
        none before its first refresh.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such customer, or the customer has no such account.

    Source: GET /aggregation/v4/customers/{customerId}/accounts/{accountId}/transactions,
    GetCustomerAccountTransactions, spec 1.42.0.
    """
    request = GET_CUSTOMER_ACCOUNT_TRANSACTIONS.request(
        customerId=customer_id,
        accountId=account_id,
        fromDate=from_date,
        toDate=to_date,
        start=start,
        limit=limit,
        sort=sort,
        includePending=include_pending,
        showDailyBalance=show_daily_balance,
    )
    return await session.send(request)


GENERATE_TRANSACTIONS_REPORT = Operation(
    "GenerateTransactionsReport",
    "POST",
    "/decisioning/v2/customers/{customerId}/transactions",
    TransactionsReportAck,
    query=("callbackUrl", "fromDate", "toDate", "includePending"),
    body_type=TransactionsReportConstraints,
    customer="customerId",
    report_types=("transactions", "txnNonCra"),
)


async def generate_transactions_report(
    session: AsyncSession,
    customer_id: Id,
    body: TransactionsReportConstraints,
    *,
    callback_url: str | None = None,
    from_date: datetime | int | None = None,
    to_date: datetime | int | None = None,
    include_pending: bool | None = None,
) -> TransactionsReportAck:
    """
    Start a report on the transactions of one customer, over 24 months at most.

    Billed when the report is made. The customer needs a consumer (``create_consumer``). Sent once; `generate_and_wait`
    waits for the report and lists what can fail.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The accounts, the fields of your own and the transactions that the report holds.
        callback_url: Where the vendor posts news of the report, see `read_report_event`.
        from_date: First moment, an aware datetime or Unix seconds.
        to_date: Last moment, an aware datetime or Unix seconds, included.
        include_pending: True for pending transactions, too.

    Returns:
        The report without its contents, with the ``id`` by which it is read.

    Raises:
        BadRequestError: A value does not fit, for example a period of more than 24 months.
        NotFoundError: No such customer, or the customer has no consumer.

    Source: POST /decisioning/v2/customers/{customerId}/transactions, GenerateTransactionsReport, spec 1.42.0.
    """
    request = GENERATE_TRANSACTIONS_REPORT.request(
        customerId=customer_id,
        body=body,
        callbackUrl=callback_url,
        fromDate=from_date,
        toDate=to_date,
        includePending=include_pending,
    )
    return await session.send(request)


GET_RECURRING_TRANSACTIONS = Operation(
    "GetRecurringTransactions",
    "POST",
    "/aggregation/customers/{customerId}/recurring-transactions",
    RecurringTransactionsDetails,
    body_type=AccountIds,
)


async def get_recurring_transactions(
    session: AsyncSession, customer_id: Id, *, account_ids: Iterable[Id] = ()
) -> RecurringTransactionsDetails:
    """
    Return the payments that a customer makes and gets again and again, such as rent, subscriptions and wages.

    It is a POST although it changes nothing, and so it is sent once.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_ids: Accounts to look at, for example ``["5011648377"]``; none for all.

    Returns:
        The payments over all of these accounts, and those of each account.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such customer or account.

    Source: POST /aggregation/customers/{customerId}/recurring-transactions, GetRecurringTransactions, spec 1.42.0.
    """
    body = AccountIds(account_ids=GET_RECURRING_TRANSACTIONS.id_texts("accountIds", account_ids))
    return await session.send(GET_RECURRING_TRANSACTIONS.request(customerId=customer_id, body=body))


REFRESH_TRANSACTIONS = Operation(
    "refreshTransactions",
    "POST",
    "/aggregation/customers/{customerId}/transactions/refreshes",
    TransactionRefreshInitiated,
    body_type=InitiateNewTransactionRefresh,
    refresh=True,
    customer="customerId",
)


@sends_refresh
async def refresh_transactions(
    session: AsyncSession,
    customer_id: Id,
    *,
    institution_login_id: Id | None = None,
    account_ids: Iterable[Id] = (),
    mode: str | None = None,
    from_date: datetime | None = None,
    to_date: datetime | None = None,
) -> TransactionRefreshInitiated:
    """
    Start a refresh of accounts at their institutions, and return before it is done.

    Costs money. The vendor forbids automating it: call it for an action of the user or an agreed business need. It is
    sent once; when the response is lost the refresh may go on, so read the accounts instead of calling again.
    ``get_transaction_refresh_status`` says how far it is, and ``refresh_transactions_and_wait`` does both.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        institution_login_id: Vendor ID of the login whose accounts are refreshed, for example ``1007302745``.
        account_ids: Accounts to refresh, for example ``["5011648377"]``; the vendor takes them before the login.
        mode: ``"standard"`` for 6 months of transactions, ``"historic"`` for 24, ``"custom"`` from ``from_date`` on;
            standard where None.
        from_date: First moment with mode ``"custom"``, an aware datetime.
        to_date: Last moment with mode ``"custom"``, an aware datetime later than ``from_date``; now where None.

    Returns:
        The refresh, with the ``refresh_id`` by which its status is read.

    Raises:
        ConfigurationError: Neither a login nor an account, a date without mode ``"custom"`` or the reverse, or dates in
            the wrong order; nothing was sent.
        BadRequestError: A value does not fit.
        NotFoundError: No such customer, login or account.
        TransportError: The response was lost; the refresh may go on.

    Source: POST /aggregation/customers/{customerId}/transactions/refreshes, refreshTransactions, spec 1.42.0.
    """
    row = REFRESH_TRANSACTIONS
    body = InitiateNewTransactionRefresh(
        institution_login_id=None
        if institution_login_id is None
        else row.id_text("institutionLoginId", institution_login_id),
        account_ids=row.id_texts("accountIds", account_ids),
        mode=mode,
        from_date=from_date,
        to_date=to_date,
    )
    if body.institution_login_id is None and not body.account_ids:
        raise ConfigurationError("refreshTransactions: needs institution_login_id or account_ids. Nothing was sent.")
    check_refresh_dates(mode, from_date, to_date)
    return await session.send(row.request(customerId=customer_id, body=body))


GET_TRANSACTION_REFRESH_STATUS = Operation(
    "getTransactionRefreshStatus",
    "GET",
    "/aggregation/customers/{customerId}/transactions/refreshes/{refreshId}",
    TransactionRefreshStatusDetails,
    customer="customerId",
)


async def get_transaction_refresh_status(
    session: AsyncSession, customer_id: Id, refresh_id: Id
) -> TransactionRefreshStatusDetails:
    """
    Return how far a refresh is that ``refresh_transactions`` started.

    Success is a matter of each account: a refresh that is ``"COMPLETED"`` may have accounts that failed.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        refresh_id: ``TransactionRefreshInitiated.refresh_id``, for example ``"bec83f1a-5f65-44f5-8f00-b4a0fc60c2cc"``.

    Raises:
        NotFoundError: No such customer or refresh.

    Source: GET /aggregation/customers/{customerId}/transactions/refreshes/{refreshId}, getTransactionRefreshStatus,
    spec 1.42.0.
    """
    return await session.send(GET_TRANSACTION_REFRESH_STATUS.request(customerId=customer_id, refreshId=refresh_id))


def check_refresh_dates(mode: str | None, from_date: datetime | None, to_date: datetime | None) -> None:
    """
    Refuse a span of a refresh that the vendor would refuse, or ignore, before anything is sent.

    Raises:
        ConfigurationError: A date without mode ``"custom"`` or the reverse, one without a zone, or the wrong order.
    """
    name = REFRESH_TRANSACTIONS.operation_id
    dates: list[object] = [date for date in (from_date, to_date) if date is not None]
    if (mode == "custom") != (from_date is not None) or (dates and from_date is None):
        text = "mode 'custom' needs from_date, and no other mode takes a date"
        raise ConfigurationError(f"{name}: {text}. Nothing was sent.")
    if not all(isinstance(date, datetime) and date.utcoffset() is not None for date in dates):
        raise ConfigurationError(f"{name}: from_date and to_date are datetimes with a zone. Nothing was sent.")
    if from_date is not None and to_date is not None and not from_date < to_date:
        raise ConfigurationError(f"{name}: from_date comes before to_date. Nothing was sent.")
