"""The Payments operations: the numbers with which money moves to and from an account, and its balance."""

from finicity_async.models.payments import ACHDetails, AvailableBalance, LoanPaymentDetails, PaymentInstructions
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

_TIMEOUT = 180.0
"""Seconds: the vendor asks the institution, and recommends this for calls of the kind."""

GET_LOAN_PAYMENT_DETAILS = Operation(
    "GetLoanPaymentDetails",
    "GET",
    "/aggregation/v2/customers/{customerId}/accounts/{accountId}/loanDetails",
    LoanPaymentDetails,
    idempotent=False,
)


async def get_loan_payment_details(session: AsyncSession, customer_id: Id, account_id: Id) -> LoanPaymentDetails:
    """
    Return where and under which number a loan is paid by hand.

    Each success is billed, so it is sent once, though it is a GET.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of a loan account, for example ``"5011648377"``.

    Returns:
        The loan, and for a student loan the account, its groups and loans. ``repr`` shows no number.

    Raises:
        BadRequestError: The account is no loan.
        NotFoundError: No such customer, or the customer has no such account.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: GET /aggregation/v2/customers/{customerId}/accounts/{accountId}/loanDetails,
    GetLoanPaymentDetails, spec 1.42.0.
    """
    return await session.send(GET_LOAN_PAYMENT_DETAILS.request(customerId=customer_id, accountId=account_id))


GET_ACCOUNT_ACH_DETAILS = Operation(
    "GetAccountACHDetails",
    "GET",
    "/aggregation/v1/customers/{customerId}/accounts/{accountId}/details",
    ACHDetails,
    idempotent=False,
)


async def get_account_ach_details(session: AsyncSession, customer_id: Id, account_id: Id) -> ACHDetails:
    """
    Return the account number and routing number for an ACH transfer.

    Each success is billed, so it is sent once, though it is a GET. `get_account_payment_instruction_details` also says
    whether the account takes part in instant payments.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of a checking, savings, money market or certificate of deposit account, for example
            ``"5011648377"``.

    Returns:
        Both numbers; ``repr`` shows neither.

    Raises:
        BadRequestError: The account is of another type.
        NotFoundError: No such customer, or the customer has no such account.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: GET /aggregation/v1/customers/{customerId}/accounts/{accountId}/details, GetAccountACHDetails, spec 1.42.0.
    """
    return await session.send(GET_ACCOUNT_ACH_DETAILS.request(customerId=customer_id, accountId=account_id))


GET_AVAILABLE_BALANCE_LIVE = Operation(
    "GetAvailableBalanceLive",
    "GET",
    "/aggregation/v1/customers/{customerId}/accounts/{accountId}/availableBalance/live",
    AvailableBalance,
    query=("balance_cache_interval",),
    idempotent=False,
    timeout=_TIMEOUT,
)


async def get_available_balance_live(
    session: AsyncSession, customer_id: Id, account_id: Id, *, balance_cache_interval: int | None = None
) -> AvailableBalance:
    """
    Return the balance of an account, which is live only with ``balance_cache_interval=0``.

    Unless told otherwise, the vendor answers from a cache of 30 minutes (since 2026-06-30; before, it asked the
    institution every time). ``available_balance_date`` says how old the answer is. Where the institution is asked, it
    may take long, so the timeout is 180 s. Each success is billed, so it is sent once, though it is a GET.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of a checking, savings, money market or certificate of deposit account, for example
            ``"5011648377"``.
        balance_cache_interval: Age in minutes up to which a cached balance will do, from 0 to 1440; 0 asks the
            institution, None leaves it to the vendor: 30.

    Returns:
        What can be withdrawn and what has been booked, each with its date.

    Raises:
        BadRequestError: The account is of another type, or the interval is out of range.
        NotFoundError: No such customer, or the customer has no such account.
        AggregationError: The institution refused; ``aggregation`` says why and what to do.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: GET /aggregation/v1/customers/{customerId}/accounts/{accountId}/availableBalance/live,
    GetAvailableBalanceLive, spec 1.42.0.
    """
    return await session.send(
        GET_AVAILABLE_BALANCE_LIVE.request(
            customerId=customer_id, accountId=account_id, balance_cache_interval=balance_cache_interval
        )
    )


GET_AVAILABLE_BALANCE = Operation(
    "GetAvailableBalance",
    "GET",
    "/aggregation/v1/customers/{customerId}/accounts/{accountId}/availableBalance",
    AvailableBalance,
    idempotent=False,
    deprecated=True,
)


async def get_available_balance(session: AsyncSession, customer_id: Id, account_id: Id) -> AvailableBalance:
    """
    Return the balance of an account that the vendor read last; deprecated by the vendor.

    The vendor announced its end for June 2025: use `get_available_balance_live`, which answers from a cache as well.
    Each success is billed, so it is sent once, though it is a GET.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of a checking, savings, money market or certificate of deposit account, for example
            ``"5011648377"``.

    Returns:
        What can be withdrawn and what has been booked, each with its date.

    Raises:
        BadRequestError: The account is of another type.
        NotFoundError: No such customer, or the customer has no such account.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: GET /aggregation/v1/customers/{customerId}/accounts/{accountId}/availableBalance,
    GetAvailableBalance, spec 1.42.0.
    """
    return await session.send(GET_AVAILABLE_BALANCE.request(customerId=customer_id, accountId=account_id))


GET_ACCOUNT_PAYMENT_INSTRUCTION_DETAILS = Operation(
    "GetAccountPaymentInstructionDetails",
    "GET",
    "/aggregation/v3/customers/{customerId}/accounts/{accountId}/details",
    PaymentInstructions,
    idempotent=False,
)


async def get_account_payment_instruction_details(
    session: AsyncSession, customer_id: Id, account_id: Id
) -> PaymentInstructions:
    """
    Return the numbers of an account for ACH, RTP and FedNow, and whether it can receive and send each way.

    Each success is billed, so it is sent once, though it is a GET.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of a checking, savings or money market account, for example ``"5011648377"``.

    Returns:
        One record for each kind of payment that the account takes part in. ``repr`` shows no number.

    Raises:
        BadRequestError: The account is of another type.
        NotFoundError: No such customer, or the customer has no such account.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: GET /aggregation/v3/customers/{customerId}/accounts/{accountId}/details,
    GetAccountPaymentInstructionDetails, spec 1.42.0.
    """
    return await session.send(
        GET_ACCOUNT_PAYMENT_INSTRUCTION_DETAILS.request(customerId=customer_id, accountId=account_id)
    )
