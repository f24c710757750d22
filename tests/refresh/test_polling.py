"""When accounts are polled, polls that fail, cancellation, and many refreshes at a time."""

import asyncio
import math
import time
from collections import Counter
from contextlib import AsyncExitStack
from itertools import pairwise
from typing import Any

import pytest

from finicity_async import (
    AsyncSession,
    AuthenticationError,
    BadRequestError,
    FinicityError,
    NotFoundError,
    PermissionDeniedError,
    RefreshBaseline,
    RefreshResult,
    RefreshTimeoutError,
    Sandbox,
    ServerError,
    get_customer_accounts,
    refresh_and_wait,
    refresh_baseline,
    wait_for_refresh,
)
from finicity_async.sandbox import RefreshScript
from tests.support.clock import MovedClock
from tests.support.journals import AllCalls
from tests.support.refreshes import (
    AFTER,
    BEFORE,
    CUSTOMER,
    LOGIN,
    NOW,
    SCOPES,
    STARTED,
    methods,
    no_time,
    on_clock,
    session_in,
    split,
)
from tests.support.servers import Answer, Close, Hang, RawServer, Received, http, session_on, until


class TimedServer(RawServer):
    """A raw server that notes at which second of a clock each request came, logins among them."""

    def __init__(self, *answers: Answer, clock: MovedClock, **options: Any) -> None:
        super().__init__(*answers, **options)
        self._clock = clock
        self.moments: list[float] = []

    async def _answer(self, received: Received, writer: asyncio.StreamWriter) -> bool:
        self.moments.append(self._clock())
        return await super()._answer(received, writer)


PASSING: dict[str, Answer] = {
    "503": http(503),
    "408": http(408),
    "500": http(500),
    "500 with 325": http(500, {"code": 325, "message": "running"}),
    "503 with 102": http(503, {"code": 102, "message": "down"}),
    "500 with 10010": http(500, {"code": 10010, "message": "down"}),
    "disconnect": Close(),
    "truncated": Close(BEFORE[:-5]),
    "page": http(200, "<html>Please wait</html>"),
    "203": http(203),
    "429": http(429),
    "429 with a short Retry-After": http(429, headers={"Retry-After": "5"}),
    "429 with a long Retry-After": http(429, headers={"Retry-After": "90"}),
    "timeout": Hang(),
}


@pytest.mark.parametrize("answer", PASSING.values(), ids=PASSING)
async def test_look_that_fails_in_passing_is_made_again(answer: Answer, clock: MovedClock) -> None:
    server = RawServer(BEFORE, STARTED, answer, answer, default=AFTER)
    async with server, session_on(server, **on_clock(clock, timeout=0.5)) as session:
        assert split(await refresh_and_wait(session, CUSTOMER, tiers=True)) == {"succeeded": ("1",)}
        assert methods(server) == "GPGGG"


async def test_look_to_which_no_connection_is_made_is_made_again(clock: MovedClock) -> None:
    async with AsyncExitStack() as stack:
        later: list[RawServer] = []

        def last_answer(received: Received) -> bytes:
            server._server.close()
            return http(202, headers={"Connection": "close"})

        async def sleep(seconds: float) -> None:
            await clock.sleep(seconds)
            if clock() > NOW + 3 and not later:
                later.append(RawServer(default=AFTER))
                await stack.enter_async_context(PortServer(later[0], server.port))

        server = await stack.enter_async_context(RawServer(BEFORE, last_answer))
        async with session_on(server, **on_clock(clock, sleep=sleep)) as session:
            assert split(await refresh_and_wait(session, CUSTOMER)) == {"succeeded": ("1",)}
            assert (methods(server), methods(later[0])) == ("GP", "G")


class PortServer:
    """Let a raw server listen on a given port."""

    def __init__(self, server: RawServer, port: int) -> None:
        self._raw = server
        self._port = port

    async def __aenter__(self) -> None:
        self._raw._server = await asyncio.start_server(self._raw._serve, "127.0.0.1", self._port)

    async def __aexit__(self, *_: object) -> None:
        await self._raw.__aexit__(None, None, None)


LASTING: dict[str, tuple[bytes, type[FinicityError]]] = {
    "400": (http(400), BadRequestError),
    "401": (http(401), AuthenticationError),
    "403": (http(403), PermissionDeniedError),
    "404": (http(404), NotFoundError),
    "404 with 14001": (http(404, {"code": "14001", "message": "Customer not found"}), NotFoundError),
}


@pytest.mark.parametrize("resumed", [False, True], ids=["refresh_and_wait", "wait_for_refresh"])
@SCOPES
@pytest.mark.parametrize(("answer", "error"), LASTING.values(), ids=LASTING)
async def test_look_that_is_refused_is_raised(
    answer: bytes, error: type[FinicityError], login: int | None, resumed: bool
) -> None:
    answers = (answer,) if resumed else (BEFORE, STARTED, answer)
    async with RawServer(*answers) as server, session_on(server, sleep=no_time) as session:
        baseline = RefreshBaseline({"1": None})
        call = (
            wait_for_refresh(session, CUSTOMER, baseline, institution_login_id=login)
            if resumed
            else refresh_and_wait(session, CUSTOMER, login, tiers=True)
        )
        with pytest.raises(error):
            await call
        assert methods(server) == ("G" if resumed else "GPG")
        await get_customer_accounts(session, CUSTOMER)


RETRY_AFTER = [(status, seconds) for status in (429, 503, 408) for seconds in (7, 45, 100)]


@pytest.mark.parametrize(("status", "seconds"), RETRY_AFTER)
@pytest.mark.parametrize("max_tries", [1, 4])
async def test_retry_after_of_a_look_is_kept_whole(
    status: int, seconds: int, max_tries: int, clock: MovedClock
) -> None:
    busy = http(status, headers={"Retry-After": str(seconds)})
    server = TimedServer(BEFORE, STARTED, busy, default=AFTER, clock=clock)
    async with server, session_on(server, **on_clock(clock, max_tries=max_tries)) as session:
        assert split(await refresh_and_wait(session, CUSTOMER, tiers=True)) == {"succeeded": ("1",)}
    assert seconds <= server.moments[3] - server.moments[2] < seconds + 1


@pytest.mark.parametrize("status", [408, 503, 504])
async def test_retry_after_of_the_answer_to_the_post_is_kept_whole(status: int, clock: MovedClock) -> None:
    busy = http(status, headers={"Retry-After": "20"})
    server = TimedServer(BEFORE, busy, default=AFTER, clock=clock)
    async with server, session_on(server, **on_clock(clock)) as session:
        assert split(await refresh_and_wait(session, CUSTOMER)) == {"succeeded": ("1",)}
    assert 20 <= server.moments[2] - server.moments[1] < 21


@pytest.mark.parametrize("answer", [STARTED, http(500, {"code": 185, "message": "no"})], ids=["wait", "doubt"])
async def test_retry_after_of_a_look_is_not_undercut_by_the_end_of_the_wait_or_of_the_doubt(
    answer: bytes, clock: MovedClock
) -> None:
    busy = http(503, headers={"Retry-After": "100"})
    server = TimedServer(BEFORE, answer, busy, default=BEFORE, clock=clock)
    async with server, session_on(server, **on_clock(clock)) as session:
        with pytest.raises(FinicityError):
            await refresh_and_wait(session, CUSTOMER, wait=50)
        await asyncio.sleep(0.02)
    assert not [moment for moment in server.moments if server.moments[2] < moment < server.moments[2] + 100]


async def delays_of_an_endless_refresh(session: AsyncSession, journal: AllCalls) -> list[float]:
    baseline = await refresh_baseline(session, CUSTOMER)
    journal.clear()
    with pytest.raises(RefreshTimeoutError):
        await wait_for_refresh(session, CUSTOMER, baseline, wait=3000)
    return [later.time - sooner.time for sooner, later in pairwise(journal.looks[:-2])]


async def test_delays_between_looks_grow_with_jitter_to_15_s(session: AsyncSession, journal: AllCalls) -> None:
    delays = await delays_of_an_endless_refresh(session, journal)
    assert delays[0] < 1
    assert all(1.0 <= later / sooner <= 2.25 for sooner, later in pairwise(delays[:8]))
    assert min(delays[12:]) >= 10
    assert max(delays) <= 15 + 1e-6
    assert len({round(delay, 6) for delay in delays[12:]}) > 50
    assert await delays_of_an_endless_refresh(session, journal) != delays


@pytest.mark.parametrize("coroutine", [False, True], ids=["function", "coroutine function"])
@pytest.mark.parametrize("answer", ["end", "at once", 204])
async def test_on_progress_is_called_for_every_look_with_the_result_so_far(
    answer: Any, coroutine: bool, session: AsyncSession, sandbox: Sandbox, journal: AllCalls
) -> None:
    seen: list[RefreshResult] = []

    async def note(result: RefreshResult) -> None:
        await asyncio.sleep(0)
        seen.append(result)

    sandbox.script_refresh(
        RefreshScript(seconds=0 if answer == "end" else 2, seconds_apart=0 if answer == "end" else 2, answer=answer)
    )
    result = await refresh_and_wait(session, CUSTOMER, on_progress=note if coroutine else seen.append)
    told_by_the_post = answer != 204
    assert len(seen) == len(journal.looks) - 1 + told_by_the_post
    assert seen[-1] == result
    succeeded = [len(one.succeeded) for one in seen]
    assert succeeded == sorted(succeeded)


@pytest.mark.parametrize("coroutine", [False, True], ids=["function", "coroutine function"])
@pytest.mark.parametrize("error", [ValueError, TimeoutError, NotFoundError, ServerError, asyncio.CancelledError])
@pytest.mark.parametrize("answer", ["at once", 204])
async def test_exception_in_on_progress_goes_to_the_caller(
    *,
    answer: Any,
    error: type[BaseException],
    coroutine: bool,
    session: AsyncSession,
    sandbox: Sandbox,
    journal: AllCalls,
) -> None:
    raised = error("from the hook")

    def fail(_: RefreshResult) -> None:
        raise raised

    async def fail_later(_: RefreshResult) -> None:
        raise raised

    sandbox.script_refresh(RefreshScript(seconds=2, answer=answer))
    with pytest.raises(error) as seen:
        await refresh_and_wait(session, CUSTOMER, LOGIN, on_progress=fail_later if coroutine else fail)
    assert seen.value is raised
    assert len(journal.refreshes) == 1
    await get_customer_accounts(session, CUSTOMER)


STAGES: dict[str, tuple[tuple[Answer, ...], int, dict[str, Any]]] = {
    "baseline": ((Hang(),), 1, {}),
    "post": ((BEFORE, Hang()), 2, {}),
    "pause": ((BEFORE, STARTED), 2, {}),
    "look": ((BEFORE, STARTED, Hang()), 3, {"sleep": no_time}),
    "429": ((BEFORE, STARTED, http(429, headers={"Retry-After": "50"})), 3, {}),
}


@pytest.mark.parametrize("how", ["cancel", "timeout"])
@pytest.mark.parametrize(("answers", "calls", "options"), STAGES.values(), ids=STAGES)
async def test_cancellation_and_timeout_are_prompt_and_leave_a_session_that_works(
    answers: tuple[Answer, ...], calls: int, options: dict[str, Any], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finicity_async.refresh.polling._FIRST_DELAY", 0.01 if calls == 3 else 0.5)
    async with RawServer(*answers) as server, session_on(server, **options) as session:
        scope = asyncio.timeout(None)

        async def refresh() -> None:
            async with scope:
                await refresh_and_wait(session, CUSTOMER, tiers=True)

        task = asyncio.create_task(refresh())
        await until(lambda: len(server.calls) == calls)
        await asyncio.sleep(0.02)
        loop = asyncio.get_running_loop()
        started = loop.time()
        if how == "cancel":
            task.cancel()
        else:
            scope.reschedule(started)
        with pytest.raises(asyncio.CancelledError if how == "cancel" else TimeoutError) as ended:
            await task
        assert loop.time() - started < 0.5
        assert not isinstance(ended.value, FinicityError)
        assert (session.stats.in_flight, session.stats.waiting) == (0, 0)
        if session.stats.paused_for == 0:
            await get_customer_accounts(session, CUSTOMER)


class FastClock:
    """Unix seconds that pass faster than real ones."""

    def __init__(self, times: float) -> None:
        self._times = times
        self._started = time.monotonic()

    def __call__(self) -> float:
        return NOW + (time.monotonic() - self._started) * self._times

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._times)


ANSWERS: tuple[Any, ...] = ("end", "at once", 204, 504, 202)


async def test_a_thousand_refreshes_at_once_share_the_slots_and_leave_nothing_behind(journal: AllCalls) -> None:
    clock = FastClock(25)
    async with Sandbox(customers=1000, accounts=1, clock=clock) as sandbox:
        for place, customer_id in enumerate(sandbox.customers):
            sandbox.script_refresh(RefreshScript(seconds=2, answer=ANSWERS[place % len(ANSWERS)]), customer_id)
        tasks = asyncio.all_tasks()
        options: dict[str, Any] = {"max_connections": 50, "clock": clock, "sleep": clock.sleep}
        async with AsyncSession(sandbox.credentials, base_url=sandbox.url, **options) as session:
            results = await asyncio.gather(*(refresh_and_wait(session, one) for one in sandbox.customers))
            assert (session.stats.in_flight, session.stats.waiting, session.stats.logins) == (0, 0, 1)
        assert all(result.complete and result.succeeded and not result.failed for result in results)
        assert [one.id for result in results for one in result.succeeded] == [
            account_id
            for accounts in sandbox.customers.values()
            for account_id, account in accounts.items()
            if account["status"] == "active"
        ]
        assert Counter(one.target.split("/")[4] for one in journal.refreshes) == Counter(list(sandbox.customers))
        assert len({one.port for one in journal}) <= 50
        assert sandbox._server._runner is not None
        web_server = sandbox._server._runner.server
        assert web_server is not None
        await until(lambda: not web_server.connections)
        await until(lambda: asyncio.all_tasks() == tasks)


async def test_sandbox_ends_the_answers_that_hang_when_it_is_left(clock: MovedClock) -> None:
    async with Sandbox(customers=1, clock=clock) as sandbox:
        sandbox.script_refresh(RefreshScript(seconds=math.inf, answer="hang"))
        async with session_in(sandbox, clock, refresh_timeout=0.05) as session:
            with pytest.raises(RefreshTimeoutError):
                await refresh_and_wait(session, CUSTOMER, wait=1)
    await asyncio.sleep(0.02)
    assert asyncio.all_tasks() == {asyncio.current_task()}
