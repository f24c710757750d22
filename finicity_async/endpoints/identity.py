"""The Identity operations: who owns an account, and how well given details match the owner."""

from finicity_async.models.identity import (
    AccountOwner,
    AccountOwnerHolders,
    AccountOwnerVerificationMatchingRequest,
    AccountOwnerVerificationMatchResults,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

_TIMEOUT = 180.0
"""Seconds: the vendor asks the institution, says "a few minutes" for that, and 180 s for calls of its kind."""

GET_ACCOUNT_OWNER = Operation(
    "GetAccountOwner",
    "GET",
    "/aggregation/v1/customers/{customerId}/accounts/{accountId}/owner",
    AccountOwner,
    idempotent=False,
    timeout=_TIMEOUT,
)


async def get_account_owner(session: AsyncSession, customer_id: Id, account_id: Id) -> AccountOwner:
    """
    Return name and address of the owner of an account, each as one text.

    The institution is asked, which may take minutes, so the timeout is 180 s. Each success is billed. So it is sent
    once, though it is a GET; the vendor's advice is to call again after a timeout, and whether to pay twice is for you
    to decide. `get_account_owner_details` has the owners one by one.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, for example ``"5011648377"``.

    Returns:
        The owner; several owners share one text.

    Raises:
        NotFoundError: No such customer, or the customer has no such account.
        AggregationError: The institution refused; ``aggregation`` says why and what to do.
        PayloadError: The institution asks a question (203), which this call cannot answer.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: GET /aggregation/v1/customers/{customerId}/accounts/{accountId}/owner, GetAccountOwner, spec 1.42.0.
    """
    return await session.send(GET_ACCOUNT_OWNER.request(customerId=customer_id, accountId=account_id))


GET_ACCOUNT_OWNER_DETAILS = Operation(
    "GetAccountOwnerDetails",
    "GET",
    "/aggregation/v3/customers/{customerId}/accounts/{accountId}/owner",
    AccountOwnerHolders,
    query=("withInsights",),
    headers=("Meta-Data",),
    idempotent=False,
    timeout=_TIMEOUT,
)


async def get_account_owner_details(
    session: AsyncSession,
    customer_id: Id,
    account_id: Id,
    *,
    with_insights: bool | None = None,
    meta_data: str | None = None,
) -> AccountOwnerHolders:
    """
    Return the owners of an account with names, addresses, e-mail addresses and telephone numbers.

    The institution is asked, so the timeout is 180 s. Each success is billed, so it is sent once, though it is a GET.
    Institutions differ in what they give.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, for example ``"5011648377"``.
        with_insights: True adds what a network of identity data knows of each owner (`identity_insights`).
        meta_data: A program that the partner has joined, for example ``"program=OBAO"``; its accounts are not billed.

    Returns:
        The owners, in the vendor's order.

    Raises:
        BadRequestError: No such customer or account, or a value that the vendor does not take.
        AggregationError: The institution refused; ``aggregation`` says why and what to do.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: GET /aggregation/v3/customers/{customerId}/accounts/{accountId}/owner, GetAccountOwnerDetails, spec 1.42.0.
    """
    return await session.send(
        GET_ACCOUNT_OWNER_DETAILS.request(
            customerId=customer_id, accountId=account_id, withInsights=with_insights, **{"Meta-Data": meta_data}
        )
    )


ACCOUNT_MATCHING_SCORE_DETAILS = Operation(
    "AccountMatchingScoreDetails",
    "POST",
    "/account-owner-verification-matchings/customers/{customerId}/accounts/{accountId}",
    AccountOwnerVerificationMatchResults,
    query=("insights",),
    body_type=AccountOwnerVerificationMatchingRequest,
    timeout=_TIMEOUT,
)


async def account_matching_score_details(
    session: AsyncSession,
    customer_id: Id,
    account_id: Id,
    body: AccountOwnerVerificationMatchingRequest,
    *,
    insights: bool | None = None,
) -> AccountOwnerVerificationMatchResults:
    """
    Compare what is known of a person with the owners of an account, member by member.

    The institution is asked, so the timeout is 180 s. Each success is billed, and it is sent once. What you give must
    come from elsewhere than the account, or the comparison proves nothing.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, for example ``"5011648377"``.
        body: The name, and as much as is known of address, telephone and e-mail address. No text shows any of it.
        insights: True adds what a network of identity data knows of each owner (`identity_insights`).

    Returns:
        The owners, each with scores from 0 (no match) to 100 for what was given.

    Raises:
        BadRequestError: The vendor does not take a value.
        NotFoundError: No such customer or account, or the institution gives no owners.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: POST /account-owner-verification-matchings/customers/{customerId}/accounts/{accountId},
    AccountMatchingScoreDetails, spec 1.42.0.
    """
    return await session.send(
        ACCOUNT_MATCHING_SCORE_DETAILS.request(
            customerId=customer_id, accountId=account_id, insights=insights, body=body
        )
    )
