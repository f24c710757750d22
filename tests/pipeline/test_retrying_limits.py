"""What keeps failures from multiplying: the budget, the windows of the waits, and aiohttp's own retry."""

import asyncio
import itertools
import logging

import pytest

from finicity_async import ServerError, TransportError
from tests.support.clock import MovedClock
from tests.support.kinds import MAX_TRIES, Kind, assert_usable, every_call, every_kind, fails, pair, read
from tests.support.servers import EMPTY, WITH_SECRET, Answer, Close, RawServer, Received, http


async def test_many_failing_calls_do_not_multiply(clock: MovedClock) -> None:
    """A burst of ten retries, then one for every ten calls, where three for each call would be 120."""
    broken = True
    server = RawServer(default=lambda _: http(503) if broken else EMPTY)
    async with pair(server, clock, max_connections=10) as session:
        for _ in range(40):
            assert isinstance(await fails(read(session)), ServerError)
        assert 40 + 10 <= len(server.calls) <= 40 + 10 + 4
        broken = False
        await assert_usable(session)


async def test_good_calls_earn_retries_back(clock: MovedClock) -> None:
    broken = True
    server = RawServer(default=lambda _: http(503) if broken else EMPTY)
    async with pair(server, clock, max_connections=10) as session:
        for _ in range(20):
            await fails(read(session))
        broken = False
        for _ in range(30):
            await read(session)
        broken = True
        before = len(server.calls)
        await fails(read(session))
        assert len(server.calls) - before == MAX_TRIES
        broken = False
        await assert_usable(session)


@pytest.mark.parametrize(("answer", "logins"), [(http(503), 3), (Close(), 2), (http(501), 1)])
@pytest.mark.parametrize("calls", [1, 5])
async def test_a_failing_login_is_not_multiplied_by_the_tries_of_the_calls(
    answer: Answer, logins: int, calls: int, clock: MovedClock
) -> None:
    server = RawServer(logins=(answer,) * logins)
    async with pair(server, clock, WITH_SECRET) as session:
        errors = await asyncio.gather(*(fails(read(session)) for _ in range(calls)))
        assert len({str(error) for error in errors}) == 1
        assert (len(server.logins), server.calls) == (logins, [])
        await assert_usable(session)


async def test_a_login_that_was_lost_and_sent_again_stands_in_the_stats_twice(clock: MovedClock) -> None:
    server = RawServer(logins=(Close(),))
    async with pair(server, clock, WITH_SECRET) as session:
        await read(session)
        assert session.stats.sent == len(server.logins) + len(server.calls) == 3
        assert session.stats.logins == len(server.logins)
        await assert_usable(session)


async def test_waits_between_tries_are_drawn_from_windows_that_double(clock: MovedClock) -> None:
    """A draw of 0.01 from half a second, one, two and four."""
    arrivals: list[float] = []

    def note(_: Received) -> bytes:
        arrivals.append(clock())
        return http(503) if len(arrivals) < 5 else EMPTY

    async with pair(RawServer(default=note), clock, max_tries=5, random=lambda: 0.01) as session:
        await read(session)
        waits = [later - earlier for earlier, later in itertools.pairwise(arrivals)]
        assert waits == pytest.approx([0.005, 0.01, 0.02, 0.04], abs=1e-6)
        await assert_usable(session)


@pytest.mark.parametrize("drawn", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("asked", [1, 30, 60])
async def test_trap_3_neither_jitter_nor_a_time_limit_undercuts_retry_after(
    asked: int, drawn: float, clock: MovedClock
) -> None:
    starts: list[float] = []

    def note(_: Received) -> bytes:
        starts.append(clock())
        return http(429, headers={"Retry-After": str(asked)}) if len(starts) == 1 else EMPTY

    async with pair(RawServer(default=note), clock, random=lambda: drawn) as session:
        await read(session)
        assert asked <= starts[1] - starts[0] <= asked + 1
        assert sum(clock.slept) == starts[1] - starts[0]
        await assert_usable(session)


async def test_trap_3_each_try_is_logged_once_and_nothing_by_backoff(
    clock: MovedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = RawServer(*[http(503, {"message": "customer 1005061234"})] * 9)
    async with pair(server, clock, max_connections=1) as session:
        await asyncio.gather(*(fails(read(session)) for _ in range(2)))
        names = [record.name for record in caplog.records]
        tries = [
            record for record in caplog.records if record.levelno == logging.DEBUG and "503" in record.getMessage()
        ]
        assert len(tries) == len(server.calls) == 2 * MAX_TRIES
        assert "backoff" not in names
        assert "1005061234" not in caplog.text
        await assert_usable(session)


@every_kind
@pytest.mark.parametrize("answer", [Close(), Close(reset=True)], ids=["closed", "reset"])
async def test_trap_4_aiohttp_never_sends_again_by_itself(kind: Kind, answer: Answer, clock: MovedClock) -> None:
    server = kind.server(answer)
    async with pair(server, clock, kind.credentials, max_tries=1) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, TransportError)
        assert (kind.sent(server), server.connections) == (1, 1)
        await assert_usable(session)


@every_kind
@pytest.mark.parametrize("answer", [Close(), Close(reset=True)], ids=["closed", "reset"])
async def test_trap_4_nor_on_a_connection_that_was_kept_alive(kind: Kind, answer: Answer, clock: MovedClock) -> None:
    """The server gives one good answer and closes the connection when the next request comes; a DELETE keeps none."""
    is_delete = kind.name == "DELETE"
    good = http(204) if is_delete else http(200, {"accounts": [], "token": "FirstToken"})
    server = kind.server(good, answer)
    async with pair(server, clock, kind.credentials, max_tries=1) as session:
        await (session.login() if kind.is_login else kind.call(session))
        error = await fails(kind.call(session))
        assert isinstance(error, TransportError)
        assert error.sent
        assert (kind.sent(server), server.connections) == (2, 1 + is_delete)
        await assert_usable(session)


@every_call
async def test_trap_4_a_connection_closed_while_idle_is_not_used(kind: Kind, clock: MovedClock) -> None:
    server = kind.server(Close(after=http(204) if kind.name == "DELETE" else EMPTY))
    async with pair(server, clock) as session:
        await kind.call(session)
        await asyncio.sleep(0.01)
        await kind.call(session)
        assert (len(server.calls), server.connections, session.stats.retries) == (2, 2, 0)
        await assert_usable(session)
