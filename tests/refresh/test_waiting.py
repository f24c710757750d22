"""The end of the wait, wherever the refresh is then."""

import asyncio
import math
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    FinicityError,
    RefreshBaseline,
    RefreshTimeoutError,
    RequestTimeoutError,
    Sandbox,
    get_customer_accounts,
    refresh_and_wait,
    refresh_baseline,
    wait_for_refresh,
)
from finicity_async.sandbox import RefreshScript
from tests.support.clock import MovedClock
from tests.support.journals import AllCalls
from tests.support.refreshes import (
    ALL_PENDING,
    BEFORE,
    CUSTOMER,
    FIRST,
    FOURTH,
    IDS,
    NOW,
    SECOND,
    STARTED,
    THIRD,
    VERSIONS,
    listed,
    methods,
    no_time,
    on_clock,
    row,
    split,
)
from tests.support.servers import (
    TOKEN,
    WITH_SECRET,
    Answer,
    Close,
    Hang,
    Later,
    RawServer,
    Received,
    http,
    session_on,
    until,
)


@pytest.mark.parametrize("wait", [0, -1, math.nan, -math.inf])
async def test_wait_that_is_not_above_0_is_refused_and_nothing_sent(
    wait: float, session: AsyncSession, journal: AllCalls
) -> None:
    with pytest.raises(ConfigurationError, match="wait"):
        await refresh_and_wait(session, CUSTOMER, wait=wait)
    with pytest.raises(ConfigurationError, match="wait"):
        await wait_for_refresh(session, CUSTOMER, RefreshBaseline({}), wait=wait)
    assert journal == []


@pytest.mark.parametrize("attempts", [{FIRST: datetime(2024, 1, 1)}, {FIRST: NOW}, {FIRST: "2024-01-01"}, None])  # noqa: DTZ001 -- naive
async def test_baseline_that_cannot_be_compared_is_refused_and_nothing_sent(
    attempts: Any, session: AsyncSession, journal: AllCalls
) -> None:
    with pytest.raises(ConfigurationError, match=r"baseline: .*Nothing was sent"):
        await wait_for_refresh(session, CUSTOMER, RefreshBaseline(attempts))
    assert journal == []


@pytest.mark.parametrize("answer", [Hang(), http(202)], ids=["during the POST", "while looking"])
async def test_session_that_is_closed_after_the_post_leaves_a_baseline_to_go_on_with(answer: Answer) -> None:
    accounts = http(200, {"accounts": [{"id": FIRST, "aggregationAttemptDate": NOW, "aggregationStatusCode": 0}]})
    async with RawServer(accounts, answer, default=accounts) as server:
        session = session_on(server)
        refreshing = asyncio.ensure_future(refresh_and_wait(session, CUSTOMER))
        await until(lambda: "P" in methods(server) and (isinstance(answer, Hang) or session.stats.in_flight == 0))
        await session.close()
        with pytest.raises(
            RefreshTimeoutError, match="1 of 1 accounts were pending when the session was closed"
        ) as ended:
            await refreshing
        assert ended.value.baseline == RefreshBaseline({FIRST: datetime.fromtimestamp(NOW, UTC)})
        assert not ended.value.result.complete
        assert methods(server).count("P") == 1


async def test_session_that_is_closed_sends_no_refresh_and_says_so(session: AsyncSession, journal: AllCalls) -> None:
    await session.close()
    with pytest.raises(ConfigurationError, match="Nothing was sent"):
        await refresh_and_wait(session, CUSTOMER)
    with pytest.raises(ConfigurationError, match="Nothing was sent"):
        await wait_for_refresh(session, CUSTOMER, RefreshBaseline({FIRST: None}))
    assert journal == []


async def test_wait_without_end_is_taken(session: AsyncSession, sandbox: Sandbox, clock: MovedClock) -> None:
    sandbox.script_refresh(RefreshScript(seconds=1000, answer=204))
    assert split(await refresh_and_wait(session, CUSTOMER, wait=math.inf)) == {"succeeded": IDS}
    assert 1000 <= clock() - NOW < 1020


async def test_refresh_that_never_ends_is_a_timeout_at_wait_with_what_is_known(
    session: AsyncSession, sandbox: Sandbox, clock: MovedClock, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=5, seconds_apart=40, codes={SECOND: 185}, answer=204))
    before = await refresh_baseline(session, CUSTOMER)
    with pytest.raises(RefreshTimeoutError, match="2 of 4 accounts were pending after 60 s") as ended:
        await refresh_and_wait(session, CUSTOMER, wait=60)
    error = ended.value
    assert clock() - NOW == pytest.approx(60)
    assert split(error.result) == {"succeeded": (FIRST,), "failed": (SECOND,), "pending": (THIRD, FOURTH)}
    assert not error.result.complete
    assert error.baseline == before
    assert isinstance(error, TimeoutError)
    assert not error.retryable
    assert not any(one in str(error) for one in (CUSTOMER, *IDS))
    assert split(await wait_for_refresh(session, CUSTOMER, error.baseline)) == {
        "succeeded": (FIRST, THIRD, FOURTH),
        "failed": (SECOND,),
    }
    assert len(journal.refreshes) == 1


@pytest.mark.parametrize(("seconds", "wait"), [(0.3, 0.4), (0.9, 1.0)])
async def test_refresh_that_ended_before_the_wait_was_over_is_no_timeout(
    seconds: float, wait: float, session: AsyncSession, sandbox: Sandbox
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=seconds, answer=204))
    assert split(await refresh_and_wait(session, CUSTOMER, wait=wait)) == {"succeeded": IDS}


@VERSIONS
async def test_wait_caps_the_post_too(tiers: bool, sandbox: Sandbox, journal: AllCalls) -> None:
    sandbox.script_refresh(RefreshScript(seconds=math.inf, answer="hang"))
    async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
        started = time.monotonic()
        with pytest.raises(RefreshTimeoutError) as ended:
            await refresh_and_wait(session, CUSTOMER, tiers=tiers, wait=0.2)
        assert 0.19 < time.monotonic() - started < 10
        assert split(ended.value.result) == ALL_PENDING
        assert tuple(ended.value.baseline.attempts) == IDS
        assert len(journal.refreshes) == 1
        await get_customer_accounts(session, CUSTOMER)


async def test_wait_caps_a_poll_too() -> None:
    async with RawServer(BEFORE, STARTED, Hang()) as server, session_on(server, sleep=no_time) as session:
        started = time.monotonic()
        with pytest.raises(RefreshTimeoutError) as ended:
            await refresh_and_wait(session, CUSTOMER, wait=0.6)
        assert time.monotonic() - started < 10
        assert split(ended.value.result) == {"pending": ("1",)}
        await get_customer_accounts(session, CUSTOMER)


async def test_wait_that_is_over_when_the_baseline_comes_posts_nothing(clock: MovedClock) -> None:
    """A 429 with its pause, which the session waits out before it reads the baseline, may take all of the wait."""
    server = RawServer(http(429, headers={"Retry-After": "50"}), BEFORE)
    async with server, session_on(server, clock=clock, sleep=clock.sleep) as session:
        with pytest.raises(RequestTimeoutError) as raised:
            await refresh_and_wait(session, CUSTOMER, wait=20)
        assert raised.value.sent is False
        assert "P" not in methods(server)


@pytest.mark.parametrize("logins", [(), (Later(0.2, TOKEN),)], ids=["baseline", "login"])
async def test_wait_that_ends_before_the_baseline_was_read_posts_nothing(
    logins: tuple[Answer, ...],
) -> None:
    answers = () if logins else (Hang(),)
    async with RawServer(*answers, logins=logins) as server, session_on(server, WITH_SECRET) as session:
        with pytest.raises(RequestTimeoutError, match="not sent") as raised:
            await refresh_and_wait(session, CUSTOMER, wait=0.1)
        assert (raised.value.sent, raised.value.retryable) == (False, True)
        assert "P" not in methods(server)
        await get_customer_accounts(session, CUSTOMER)


async def test_wait_that_is_over_before_the_post_left_the_queue_is_a_timeout_that_says_so() -> None:
    async with RawServer(BEFORE, Hang()) as server, session_on(server, max_connections=1) as session:
        refresh = asyncio.create_task(refresh_and_wait(session, CUSTOMER, wait=0.1))
        other = asyncio.create_task(get_customer_accounts(session, CUSTOMER))
        with pytest.raises(FinicityError) as raised:
            await refresh
        other.cancel()
        await asyncio.wait([other])
        assert methods(server) == "GG"
        assert_never_sent(raised.value)


async def test_wait_that_is_over_before_the_post_had_a_token_is_a_timeout_that_says_so(clock: MovedClock) -> None:
    def answer_late(_: Received) -> bytes:
        clock.advance(8000)
        return BEFORE

    server = RawServer(answer_late, logins=(TOKEN, Later(0.2, TOKEN)))
    async with server, session_on(server, WITH_SECRET, clock=clock) as session:
        with pytest.raises(FinicityError) as raised:
            await refresh_and_wait(session, CUSTOMER, wait=8000.1)
        assert methods(server) == "G"
        assert_never_sent(raised.value)


async def test_wait_that_is_over_before_the_post_had_a_connection_is_a_timeout_that_says_so() -> None:
    def last_answer(_: Received) -> bytes:
        server._server.close()
        return listed(row(attempt=0), Connection="close")

    async with RawServer(last_answer) as server, session_on(server, random=lambda: 1.0) as session:
        with pytest.raises(FinicityError) as raised:
            await refresh_and_wait(session, CUSTOMER, wait=0.1)
        assert methods(server) == "G"
        assert_never_sent(raised.value)


async def test_wait_that_ends_before_the_login_for_the_post_had_a_connection_says_so(
    clock: MovedClock,
) -> None:
    def last_answer(_: Received) -> bytes:
        clock.advance(8000)
        server._server.close()
        return listed(row(attempt=0), Connection="close")

    server = RawServer(last_answer)
    async with server, session_on(server, WITH_SECRET, clock=clock, random=lambda: 1.0) as session:
        with pytest.raises(FinicityError) as raised:
            await refresh_and_wait(session, CUSTOMER, wait=8000.1)
        assert methods(server) == "G"
        assert_never_sent(raised.value)


def assert_never_sent(error: FinicityError) -> None:
    assert "goes on at the vendor" not in str(error)
    assert isinstance(error, RequestTimeoutError)
    assert error.sent is False


@pytest.mark.parametrize("answer", [STARTED, http(503)], ids=["wait", "doubt"])
async def test_wait_that_falls_between_two_ticks_of_the_clock_ends(answer: bytes, clock: MovedClock) -> None:
    """Unix seconds in a float have ticks of 0.24 microseconds; adding less than half of one changes nothing."""
    busy = http(429, headers={"Retry-After": "5"})
    server = RawServer(BEFORE, answer, busy, default=BEFORE)
    async with server, session_on(server, clock=clock, sleep=clock.sleep) as session:
        with pytest.raises(RefreshTimeoutError):
            async with asyncio.timeout(0.3):
                await refresh_and_wait(session, CUSTOMER, wait=20.1)
        assert len(server.calls) < 20


@pytest.mark.parametrize("answer", [Hang(), http(503), Close()], ids=["hang", "503", "disconnect"])
async def test_resumed_refresh_that_could_not_be_looked_at_is_not_complete(answer: Answer, clock: MovedClock) -> None:
    baseline = RefreshBaseline({"1": datetime.fromtimestamp(NOW, UTC)})
    async with RawServer(default=answer) as server, session_on(server, **on_clock(clock, timeout=0.5)) as session:
        with pytest.raises(RefreshTimeoutError) as ended:
            await wait_for_refresh(session, CUSTOMER, baseline, wait=2)
        assert ended.value.baseline == baseline
        assert not ended.value.result.complete


@pytest.mark.parametrize("bad", ["", "1/2", "..", -1, True, "\u0661"])
async def test_id_that_is_none_is_refused_before_anything_is_sent(
    bad: Any, session: AsyncSession, journal: AllCalls
) -> None:
    baseline = RefreshBaseline({})
    for call in (
        lambda: refresh_and_wait(session, bad),
        lambda: refresh_and_wait(session, CUSTOMER, bad),
        lambda: wait_for_refresh(session, bad, baseline),
        lambda: wait_for_refresh(session, CUSTOMER, baseline, institution_login_id=bad),
        lambda: refresh_baseline(session, bad),
        lambda: refresh_baseline(session, CUSTOMER, bad),
    ):
        with pytest.raises(ConfigurationError):
            await call()
    assert journal == []
