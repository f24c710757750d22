"""Lists that lack accounts for a moment, baselines that fit no account, and listeners that never return."""

import asyncio
import math
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import pytest

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    RefreshBaseline,
    RefreshResult,
    RefreshTimeoutError,
    Sandbox,
    refresh_and_wait,
    refresh_baseline,
    wait_for_refresh,
)
from finicity_async.sandbox import RefreshScript
from tests.support.clock import MovedClock
from tests.support.journals import AllCalls
from tests.support.refreshes import CUSTOMER, IDS, LOGIN, NOW, STARTED, listed, methods, on_clock, row, split
from tests.support.servers import RawServer, http, session_on

BEFORE = listed(row("1", 0, 0, 0), row("2", 0, 0, 0))
AFTER = listed(row("1", 1, 1, 0), row("2", 2, 2, 0))
NONE_AT_LOGIN = http(404, {"code": 38007, "message": "Customer has no accounts for the specified institution login"})

# Lists that lack accounts for a moment

LAPSES: dict[str, tuple[bytes, int | None]] = {
    "empty list": (listed(), None),
    "no content": (http(204), None),
    "no accounts at the login": (NONE_AT_LOGIN, LOGIN),
    "an account short": (listed(row("1", 1, 1, 0)), None),
    "another account short": (listed(row("2", 2, 2, 0)), None),
}


@pytest.mark.parametrize(("lapse", "login"), LAPSES.values(), ids=LAPSES)
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("resumed", [False, True], ids=["refresh_and_wait", "wait_for_refresh"])
async def test_list_that_lacks_accounts_for_a_moment_does_not_end_a_refresh(
    *, lapse: bytes, login: int | None, times: int, resumed: bool, clock: MovedClock
) -> None:
    seen: list[RefreshResult] = []
    answers = [BEFORE, STARTED, *[lapse] * times, AFTER]
    async with RawServer(*answers) as server, session_on(server, **on_clock(clock)) as session:
        if resumed:
            baseline = await refresh_baseline(session, CUSTOMER, login)
            server._answers.pop(0)
            result = await wait_for_refresh(
                session, CUSTOMER, baseline, institution_login_id=login, on_progress=seen.append
            )
        else:
            result = await refresh_and_wait(session, CUSTOMER, login, on_progress=seen.append)
        assert (split(result), result.complete) == ({"succeeded": ("1", "2")}, True)
        assert [one.complete for one in seen] == [False] * times + [True]
        assert methods(server) == "G" * (not resumed) + "P" * (not resumed) + "G" * (resumed + times + 1)


async def test_account_that_is_missing_until_the_wait_is_over_leaves_the_refresh_open(clock: MovedClock) -> None:
    async with (
        RawServer(BEFORE, STARTED, default=listed(row("1", 1, 1, 0))) as server,
        session_on(server, **on_clock(clock)) as session,
    ):
        with pytest.raises(
            RefreshTimeoutError, match="0 of 1 accounts were pending, and 1 more were missing,"
        ) as ended:
            await refresh_and_wait(session, CUSTOMER, wait=2)
        assert not ended.value.result.complete
        result = await wait_for_refresh(session, CUSTOMER, ended.value.baseline)
        assert (split(result), result.complete) == ({"succeeded": ("1",), "vanished": ("2",)}, True)


async def test_list_that_is_empty_for_a_moment_before_the_refresh_makes_no_old_date_new(clock: MovedClock) -> None:
    empty = listed(Date=formatdate(NOW + 10, usegmt=True))
    after = listed(row("1", 11, 11, 0), row("2", 10, 12, 0))
    async with (
        RawServer(empty, STARTED, BEFORE, after) as server,
        session_on(server, **on_clock(clock)) as session,
    ):
        seen: list[RefreshResult] = []
        result = await refresh_and_wait(session, CUSTOMER, on_progress=seen.append)
        assert [split(one) for one in seen] == [{"pending": ("1", "2")}, {"succeeded": ("1", "2")}]
        assert result is seen[-1]
        assert methods(server) == "GPGG"


# Baselines that fit no account


async def test_baseline_without_an_account_is_refused_and_nothing_is_a_success(
    session: AsyncSession, journal: AllCalls
) -> None:
    with pytest.raises(ConfigurationError, match="it has no account"):
        await wait_for_refresh(session, CUSTOMER, RefreshBaseline({}))
    assert journal == []


@pytest.mark.parametrize("date", [None, datetime.fromtimestamp(NOW - 10**8, UTC)], ids=["never", "long ago"])
async def test_baseline_of_another_customer_is_refused_and_nothing_is_a_success(
    date: datetime | None, session: AsyncSession, sandbox: Sandbox
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=5, answer=204))
    with pytest.raises(ConfigurationError, match="of another customer or login"):
        await wait_for_refresh(session, CUSTOMER, RefreshBaseline({"77": date}))
    assert split(await refresh_and_wait(session, CUSTOMER)) == {"succeeded": IDS}


async def test_accounts_that_were_never_activated_fit_every_baseline(clock: MovedClock) -> None:
    inactive = {**row("9"), "status": "pending"}
    baseline = RefreshBaseline({"1": datetime.fromtimestamp(NOW, UTC)})
    async with (
        RawServer(listed(inactive), default=listed(inactive, row("1", 1, 1, 0))) as server,
        session_on(server, **on_clock(clock)) as session,
    ):
        assert split(await wait_for_refresh(session, CUSTOMER, baseline)) == {"succeeded": ("1",)}


# Listeners that never return


async def never(_: RefreshResult) -> None:
    await asyncio.Event().wait()


async def test_listener_that_hangs_ends_with_the_wait(session: AsyncSession, sandbox: Sandbox) -> None:
    sandbox.script_refresh(RefreshScript(seconds=math.inf, answer=204))
    async with asyncio.timeout(5):
        with pytest.raises(RefreshTimeoutError, match="4 of 4 accounts were pending after"):
            await refresh_and_wait(session, CUSTOMER, wait=0.3, on_progress=never)
        baseline = await refresh_baseline(session, CUSTOMER)
        with pytest.raises(RefreshTimeoutError):
            await wait_for_refresh(session, CUSTOMER, baseline, wait=0.3, on_progress=never)


@pytest.mark.parametrize("answer", ["at once", 204])
async def test_listener_that_hangs_does_not_take_the_result_away(
    answer: Any, session: AsyncSession, sandbox: Sandbox
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=0, answer=answer))
    async with asyncio.timeout(5):
        result = await refresh_and_wait(session, CUSTOMER, wait=0.3, on_progress=never)
    assert (split(result), result.complete) == ({"succeeded": IDS}, True)


async def test_timeout_of_a_listener_is_its_own(session: AsyncSession, sandbox: Sandbox) -> None:
    sandbox.script_refresh(RefreshScript(seconds=5, answer=204))

    async def fail(_: RefreshResult) -> None:
        raise TimeoutError("of the listener")

    with pytest.raises(TimeoutError, match="of the listener"):
        await refresh_and_wait(session, CUSTOMER, on_progress=fail)
