"""A refresh from the request to the truth: sent once, then read from the accounts until every one of them has ended."""

from collections.abc import Iterable
from typing import Any

from finicity_async._pipeline.call import sends_refresh
from finicity_async.endpoints.accounts import (
    REFRESH_CUSTOMER_ACCOUNTS,
    REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN,
    REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN_V2,
    REFRESH_CUSTOMER_ACCOUNTS_V2,
)
from finicity_async.errors import ConfigurationError
from finicity_async.operation import Id, Operation, Request
from finicity_async.refresh.polling import Poller, Progress, list_request, selection
from finicity_async.refresh.result import RefreshBaseline, RefreshResult, are_fresh, baseline_of, by_code
from finicity_async.session import AsyncSession


async def refresh_baseline(
    session: AsyncSession,
    customer_id: Id,
    institution_login_id: Id | None = None,
    *,
    account_ids: Iterable[Id] | None = None,
) -> RefreshBaseline:
    """
    Note where the accounts of a customer, or of one login, stand before a refresh.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        institution_login_id: Vendor ID of the login; None for all accounts of the customer.
        account_ids: Vendor IDs of the accounts, for example ``["5011648377"]``, where the refresh is for these alone;
            None for all.

    Raises:
        NotFoundError: No such customer or login.
    """
    selected = selection(account_ids)
    accounts = await session.send(list_request(customer_id, institution_login_id))
    return baseline_of(accounts, selected)


@sends_refresh
async def refresh_and_wait(
    session: AsyncSession,
    customer_id: Id,
    institution_login_id: Id | None = None,
    *,
    tiers: bool = False,
    wait: float = 300.0,
    max_age: float | None = None,
    on_progress: Progress | None = None,
) -> RefreshResult:
    """
    Refresh the accounts of a customer, or of one login, and return when every one of them has ended.

    Costs money, takes up to minutes. The vendor forbids automating it: call it for an action of the user or an
    agreed business need. The refresh is sent once, ever. Where the answer leaves open what happened (a timeout, a lost
    connection, a 202, ...) the accounts are read until the server's own attempt dates have moved.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        institution_login_id: Vendor ID of the login; None for all accounts of the customer.
        tiers: True for partners on Data Access Tiers: version 2 of the operation.
        wait: Seconds from the call until it gives up; the refresh goes on at the vendor.
        max_age: Seconds; nothing is sent when the last success of every account is younger, by the server's clock.
        on_progress: Called after every poll of the accounts with the result so far; a coroutine of it is cancelled when
            ``wait`` is over.

    Returns:
        The accounts by their outcome. A failed account is an outcome, not an error. One that vanishes is listed as such
        when it has been missing for some seconds.

    Raises:
        RefreshTimeoutError: Accounts were pending when ``wait`` was over, or when the session was closed; it carries
            the result so far and the baseline, with which ``wait_for_refresh`` goes on.
        AggregationError: The institution refused, and 30 s later no account had moved.
        TransportError: The refresh was never sent (``sent`` is False).
        NotFoundError: No such customer or login.
    """
    poller = Poller(session, customer_id, institution_login_id, wait, on_progress)
    if max_age is not None and not max_age >= 0:
        raise ConfigurationError("max_age must be a number of seconds from 0. Nothing was sent.")
    accounts, now = await poller.read_accounts()
    if max_age is not None and are_fresh(accounts, now, max_age):
        return by_code(accounts)
    poller.start(accounts, now)
    ambiguous = await poller.post(_refresh_request(customer_id, institution_login_id, tiers=tiers))
    return poller.result if poller.is_done else await poller.poll(ambiguous)


async def wait_for_refresh(
    session: AsyncSession,
    customer_id: Id,
    baseline: RefreshBaseline,
    *,
    institution_login_id: Id | None = None,
    wait: float = 300.0,
    on_progress: Progress | None = None,
) -> RefreshResult:
    """
    Wait for the end of a refresh that was started before, in this process or another; sends no refresh.

    A refresh of transactions is polled by its ID, which is in the baseline, and any other by the accounts' dates.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        baseline: What ``refresh_baseline`` returned before the refresh, or a RefreshTimeoutError or a result carries.
        institution_login_id: Vendor ID of the login, if the refresh was for one.
        wait: Seconds from the call until it gives up; the refresh goes on at the vendor.
        on_progress: Called after every poll of the accounts with the result so far; a coroutine of it is cancelled when
            ``wait`` is over.

    Returns:
        The accounts by their outcome.

    Raises:
        RefreshTimeoutError: Accounts were pending when ``wait`` was over.
        NotFoundError: No such customer.
        ConfigurationError: The baseline is none, has no account or is of another customer, or the session was closed.
    """
    poller = _poller_for(baseline)(session, customer_id, institution_login_id, wait, on_progress)
    poller.resume(baseline)
    return await poller.poll(None)


def _poller_for(baseline: RefreshBaseline) -> type[Poller]:
    if baseline.refresh_id is None:
        return Poller
    from finicity_async.refresh.transactions import TransactionsPoller  # noqa: PLC0415 -- only they need its Structs

    return TransactionsPoller


def _refresh_request(customer_id: Id, institution_login_id: Id | None, *, tiers: bool) -> Request[Any]:
    row: Operation[Any]
    if institution_login_id is None:
        row = REFRESH_CUSTOMER_ACCOUNTS_V2 if tiers else REFRESH_CUSTOMER_ACCOUNTS
        return row.request(customerId=customer_id)
    row = REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN
    row = REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN_V2 if tiers else row
    return row.request(customerId=customer_id, institutionLoginId=institution_login_id)


__all__ = ["RefreshBaseline", "RefreshResult", "refresh_and_wait", "refresh_baseline", "wait_for_refresh"]
