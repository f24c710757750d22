"""The Account Validation Assistance operations: two micro deposits that prove access to an account."""

from collections.abc import Iterable
from decimal import Decimal

from finicity_async.models.account_validation_assistance import (
    InitiatedMicroDeposit,
    MicroDepositDetails,
    MicroDepositInitiation,
    MicroDepositVerification,
    VerifiedMicroDeposit,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

INITIATE_MICRO_AMOUNT_DEPOSITS = Operation(
    "InitiateMicroAmountDeposits",
    "POST",
    "/microentry/v1/customers/{customerId}",
    InitiatedMicroDeposit,
    body_type=MicroDepositInitiation,
    advice={
        "3100001": "The customer has deposits to this account; get_micro_deposits_details tells how far they are.",
        "3300001": "Wait some time before you ask for deposits again.",
    },
)


async def initiate_micro_amount_deposits(
    session: AsyncSession, customer_id: Id, body: MicroDepositInitiation
) -> InitiatedMicroDeposit:
    """
    Send two deposits of less than a dollar each to an account of a customer.

    Money moves, so it is sent once, and too many calls are refused. The customer finds the amounts in the account and
    tells them: see `verify_micro_amount_deposits`, or
    `finicity_async.endpoints.connect.verify_micro_entry_microdeposit` for a page of Connect that asks for them.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        body: The account.

    Returns:
        The deposits as they begin, with the account ID under which they are verified.

    Raises:
        BadRequestError: A value does not fit, the account is there already (code 3100001), or there were too many calls
            (3300001).
        ConflictError: The account is there already.
        RateLimitError: Too many calls, or the partner is on the test plan.
        NotFoundError: No such customer.
        TransportError: The response was lost; ``sent`` says whether the deposits may be on their way.

    Source: POST /microentry/v1/customers/{customerId}, InitiateMicroAmountDeposits, spec 1.42.0.
    """
    return await session.send(INITIATE_MICRO_AMOUNT_DEPOSITS.request(customerId=customer_id, body=body))


VERIFY_MICRO_AMOUNT_DEPOSITS = Operation(
    "VerifyMicroAmountDeposits",
    "POST",
    "/microentry/v1/customers/{customerId}/accounts/{accountId}/amounts",
    VerifiedMicroDeposit,
    body_type=MicroDepositVerification,
    advice={
        "3200002": "get_micro_deposits_details tells the status: only deposits that have arrived can be verified.",
        "3200003": "The deposits cannot be verified any more.",
        "3200004": "Ask the customer for both amounts again; the vendor counts the attempts.",
    },
)


async def verify_micro_amount_deposits(
    session: AsyncSession, customer_id: Id, account_id: Id, amounts: Iterable[Decimal]
) -> VerifiedMicroDeposit:
    """
    Compare the amounts that a customer has found in an account with those that were deposited.

    The vendor counts the attempts, so it is sent once.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, `InitiatedMicroDeposit.account_id`.
        amounts: Both amounts in dollars, for example ``[Decimal("0.12"), Decimal("0.15")]``.

    Returns:
        That they are right.

    Raises:
        BadRequestError: They are wrong (code 3200004), there were too many attempts (3200003), or the deposits have not
            arrived, are verified or have expired (3200002). The document also knows a ``status`` in the ``body``.
        NotFoundError: No such customer or account.
        TransportError: The response was lost; ask `get_micro_deposits_details`.

    Source: POST /microentry/v1/customers/{customerId}/accounts/{accountId}/amounts,
    VerifyMicroAmountDeposits, spec 1.42.0.
    """
    body = MicroDepositVerification(amounts=VERIFY_MICRO_AMOUNT_DEPOSITS.items("amounts", amounts))
    return await session.send(
        VERIFY_MICRO_AMOUNT_DEPOSITS.request(customerId=customer_id, accountId=account_id, body=body)
    )


GET_MICRO_DEPOSITS_DETAILS = Operation(
    "GetMicroDepositsDetails", "GET", "/microentry/v1/customers/{customerId}/accounts/{accountId}", MicroDepositDetails
)


async def get_micro_deposits_details(session: AsyncSession, customer_id: Id, account_id: Id) -> MicroDepositDetails:
    """
    Return how far the deposits to an account are.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, `InitiatedMicroDeposit.account_id`.

    Returns:
        The status, and whether aggregation has verified them by itself. ``repr`` does not show the routing number.

    Raises:
        NotFoundError: No such customer, or no deposits to such an account.

    Source: GET /microentry/v1/customers/{customerId}/accounts/{accountId}, GetMicroDepositsDetails, spec 1.42.0.
    """
    return await session.send(GET_MICRO_DEPOSITS_DETAILS.request(customerId=customer_id, accountId=account_id))
