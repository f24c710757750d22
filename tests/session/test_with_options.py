"""A view of a session with other timeouts and tries: what it changes, and what it shares."""

import asyncio
from typing import Any

import pytest

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    RequestTimeoutError,
    Sandbox,
    ServerError,
    get_customer_accounts,
    refresh_customer_accounts_v2,
)
from finicity_async.events import Event, Sent
from finicity_async.sandbox import Hang, Status
from tests.support.clock import MovedClock

CUSTOMER = 1005061234


async def no_sleep(_: float) -> None:
    await asyncio.sleep(0)


def session_on(sandbox: Sandbox, **options: Any) -> AsyncSession:
    return AsyncSession(sandbox.credentials, base_url=sandbox.url, sleep=no_sleep, **options)


async def test_a_view_gives_one_call_its_own_timeout(sandbox: Sandbox) -> None:
    sandbox.add_fault(Hang(operation="GetCustomerAccounts", first=1))
    async with session_on(sandbox) as session:
        with pytest.raises(RequestTimeoutError):
            await get_customer_accounts(session.with_options(timeout=0.5, max_tries=1), CUSTOMER)
        assert len(await get_customer_accounts(session, CUSTOMER)) == 4


async def test_a_view_gives_one_refresh_its_own_timeout(sandbox: Sandbox) -> None:
    sandbox.add_fault(Hang(operation="RefreshCustomerAccountsV2", first=1))
    async with session_on(sandbox) as session:
        with pytest.raises(RequestTimeoutError):
            await refresh_customer_accounts_v2(session.with_options(refresh_timeout=0.5), CUSTOMER)
        await get_customer_accounts(session, CUSTOMER)


@pytest.mark.parametrize(("max_tries", "sent"), [(1, 1), (2, 2), (None, 4)])
async def test_a_view_gives_one_call_its_own_number_of_tries(
    sandbox: Sandbox, max_tries: int | None, sent: int
) -> None:
    sandbox.add_fault(Status(operation="GetCustomerAccounts", status=503, first=sent))
    async with session_on(sandbox) as session:
        with pytest.raises(ServerError):
            await get_customer_accounts(session.with_options(max_tries=max_tries), CUSTOMER)
        assert len(sandbox.calls("GetCustomerAccounts")) == sent
        assert len(await get_customer_accounts(session, CUSTOMER)) == 4


async def test_a_view_of_a_view_keeps_what_it_does_not_change(sandbox: Sandbox) -> None:
    sandbox.add_fault(Status(operation="GetCustomerAccounts", status=503, first=1))
    async with session_on(sandbox) as session:
        with pytest.raises(ServerError):
            await get_customer_accounts(session.with_options(max_tries=1).with_options(timeout=5), CUSTOMER)
        assert len(await get_customer_accounts(session, CUSTOMER)) == 4


async def test_a_view_shares_token_stats_and_events_with_its_session(sandbox: Sandbox, clock: MovedClock) -> None:
    events: list[Event] = []
    async with session_on(sandbox, on_event=events.append, clock=clock) as session:
        view = session.with_options(timeout=5)
        await get_customer_accounts(view, CUSTOMER)
        await get_customer_accounts(session, CUSTOMER)
        assert (session.stats.calls, session.stats.logins) == (2, 1)
        assert view.stats == session.stats
    assert [event.operation for event in events if isinstance(event, Sent)].count("CreateToken") == 1


async def test_a_login_keeps_the_options_of_the_session(sandbox: Sandbox) -> None:
    sandbox.add_fault(Status(operation="CreateToken", status=503, first=1))
    async with session_on(sandbox) as session:
        assert len(await get_customer_accounts(session.with_options(max_tries=1), CUSTOMER)) == 4
        assert len(sandbox.calls("CreateToken")) == 2


@pytest.mark.parametrize("closed", ["session", "view"])
async def test_closing_either_closes_both(sandbox: Sandbox, closed: str) -> None:
    session = session_on(sandbox)
    view = session.with_options(timeout=5)
    await get_customer_accounts(view, CUSTOMER)
    await (session if closed == "session" else view).close()
    assert session.closed
    assert view.closed
    for either in (session, view):
        with pytest.raises(ConfigurationError, match="closed"):
            await get_customer_accounts(either, CUSTOMER)


@pytest.mark.parametrize("options", [{"timeout": 0}, {"refresh_timeout": -1}, {"max_tries": 0}])
async def test_an_option_that_cannot_work_is_refused_at_once(sandbox: Sandbox, options: dict[str, Any]) -> None:
    async with session_on(sandbox) as session:
        with pytest.raises(ConfigurationError, match=next(iter(options))):
            session.with_options(**options)
        await get_customer_accounts(session, CUSTOMER)


async def test_a_view_keeps_the_class_of_its_session(sandbox: Sandbox) -> None:
    class Ours(AsyncSession):
        pass

    async with Ours(sandbox.credentials, base_url=sandbox.url) as session:
        view = session.with_options(timeout=5)
        assert type(view) is Ours
        await get_customer_accounts(view, CUSTOMER)
