"""The Payment Enablement Bundle operations: balance, owners and payment instruction of accounts in one call."""

from collections.abc import Iterable
from typing import Any

from finicity_async.models.payment_enablement_bundle import PaymentEnablementBundle
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

_TIMEOUT = 180.0
"""Seconds: the vendor asks the institution, and recommends this for calls of the kind."""

GET_ACCOUNT_DETAILS_BY_INSTITUTION_LOGIN_ID = Operation(
    "GetAccountDetailsByInstitutionLoginId",
    "GET",
    "/aggregation/v1/paysuite/customers/{customerId}/institutionLogins/{institutionLoginId}/accounts",
    PaymentEnablementBundle,
    query=("include", "balance_cache_interval"),
    idempotent=False,
    timeout=_TIMEOUT,
    customer="customerId",
)


async def get_account_details_by_institution_login_id(
    session: AsyncSession,
    customer_id: Id,
    institution_login_id: Id,
    *,
    include: str | Iterable[str] | None = None,
    balance_cache_interval: int | None = None,
) -> PaymentEnablementBundle:
    """
    Return balance, owners and payment instruction of each account of a login.

    The vendor has to enable it, and decides with the partner which parts there are. Each part of each account is
    billed, so it is sent once, though it is a GET. The institution may be asked, so the timeout is 180 s.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        institution_login_id: Vendor ID of the login at the institution, for example ``1007302745``.
        include: Only these parts, for example ``["balanceDetails", "paymentInstruction"]``; None for all, with
            ``"accountIdentity"`` as the third.
        balance_cache_interval: Age in minutes up to which a cached balance will do, from 1 to 1440; None is 30.

    Returns:
        The accounts. A part that could not be had is None, and ``errors`` of the account says why; ``error_count``
        counts them. ``repr`` shows no number with which money moves.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such customer, or the customer has no accounts at this login.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: GET /aggregation/v1/paysuite/customers/{customerId}/institutionLogins/{institutionLoginId}/accounts,
    GetAccountDetailsByInstitutionLoginId, spec 1.42.0.
    """
    return await session.send(
        GET_ACCOUNT_DETAILS_BY_INSTITUTION_LOGIN_ID.request(
            customerId=customer_id,
            institutionLoginId=institution_login_id,
            include=_joined(GET_ACCOUNT_DETAILS_BY_INSTITUTION_LOGIN_ID, include),
            balance_cache_interval=balance_cache_interval,
        )
    )


GET_ACCOUNT_DETAILS_BY_ACCOUNT_ID = Operation(
    "GetAccountDetailsByAccountId",
    "GET",
    "/aggregation/v1/paysuite/customers/{customerId}/accounts/{accountId}",
    PaymentEnablementBundle,
    query=("include", "balance_cache_interval"),
    idempotent=False,
    timeout=_TIMEOUT,
    customer="customerId",
)


async def get_account_details_by_account_id(
    session: AsyncSession,
    customer_id: Id,
    account_id: Id,
    *,
    include: str | Iterable[str] | None = None,
    balance_cache_interval: int | None = None,
) -> PaymentEnablementBundle:
    """
    Return balance, owners and payment instruction of one account.

    What `get_account_details_by_institution_login_id` says of parts, cost and timeout holds here, too.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        account_id: Vendor ID of the account, for example ``"5011648377"``.
        include: Only these parts, for example ``["balanceDetails", "paymentInstruction"]``; None for all, with
            ``"accountIdentity"`` as the third.
        balance_cache_interval: Age in minutes up to which a cached balance will do, from 1 to 1440; None is 30.

    Returns:
        A sequence with the account. ``repr`` shows no number with which money moves.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such customer, or the customer has no such account.
        TransportError: The response was lost; ``sent`` says whether the call may have been billed.

    Source: GET /aggregation/v1/paysuite/customers/{customerId}/accounts/{accountId},
    GetAccountDetailsByAccountId, spec 1.42.0.
    """
    return await session.send(
        GET_ACCOUNT_DETAILS_BY_ACCOUNT_ID.request(
            customerId=customer_id,
            accountId=account_id,
            include=_joined(GET_ACCOUNT_DETAILS_BY_ACCOUNT_ID, include),
            balance_cache_interval=balance_cache_interval,
        )
    )


def _joined(row: Operation[Any], include: str | Iterable[str] | None) -> str | tuple[str, ...] | None:
    return include if isinstance(include, str | None) else row.items("include", include)
