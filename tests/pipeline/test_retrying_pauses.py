"""429 and Retry-After: the session pauses, and sends again what may be."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from finicity_async import RateLimitError, ServerError
from tests.support.clock import MovedClock
from tests.support.kinds import ASKED, GET, KINDS, MAX_TRIES, Kind, assert_usable, every_kind, fails, pair, read
from tests.support.servers import EMPTY, RawServer, Received, http

resendable = pytest.mark.parametrize("kind", [KINDS["GET"], KINDS["login"]], ids=lambda it: it.name)
not_resendable = pytest.mark.parametrize(
    "kind", [KINDS[name] for name in ("DELETE", "POST", "PUT")], ids=lambda it: it.name
)

PAUSES = {"Retry-After": (ASKED, 7.0), "none": (http(429), 0.25)}
every_pause = pytest.mark.parametrize(("answer", "pause"), PAUSES.values(), ids=PAUSES)


@resendable
@every_pause
async def test_a_429_is_waited_for_and_the_call_sent_again(
    kind: Kind, answer: bytes, pause: float, clock: MovedClock
) -> None:
    server = kind.server(answer, answer)
    async with pair(server, clock, kind.credentials) as session:
        await kind.call(session)
        assert kind.sent(server) == 3
        assert clock.slept == ([pause] * 2 if answer is ASKED else [pause, 2 * pause])
        assert session.stats.rate_limited == 2
        await assert_usable(session)


@not_resendable
@every_pause
async def test_a_429_to_a_call_that_changes_something_is_raised_and_pauses_the_session(
    kind: Kind, answer: bytes, pause: float, clock: MovedClock
) -> None:
    server = kind.server(answer)
    async with pair(server, clock, kind.credentials) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, RateLimitError)
        assert (error.retryable, kind.sent(server), clock.slept) == (True, 1, [])
        assert session.stats.paused_for == pause
        await assert_usable(session)
        assert clock.slept[0] == pause


async def test_429s_count_neither_as_tries_nor_against_the_budget(clock: MovedClock) -> None:
    """More of them than the budget has retries, and after them as many tries as ever."""
    pauses = [http(429, headers={"Retry-After": "1"})] * 20
    server = RawServer(*pauses, *[http(503)] * (MAX_TRIES - 1))
    async with pair(server, clock, max_connections=1) as session:
        response = await session.send_raw(GET)
        assert response.attempts == len(server.calls) == 20 + MAX_TRIES
        assert clock.slept == [1.0] * 20
        await assert_usable(session)


@resendable
async def test_a_429_is_waited_for_even_with_a_single_try(kind: Kind, clock: MovedClock) -> None:
    server = kind.server(ASKED)
    async with pair(server, clock, kind.credentials, max_tries=1) as session:
        await kind.call(session)
        assert kind.sent(server) == 2
        await assert_usable(session)


@resendable
@pytest.mark.parametrize(("asked", "sends"), [("20", 4), ("60", 2), ("25", 3), (None, 19)])
async def test_429s_end_before_more_than_60_seconds_were_waited_in_all(
    kind: Kind, asked: str | None, sends: int, clock: MovedClock
) -> None:
    answer = http(429, headers={"Retry-After": asked} if asked else {})
    server = kind.server(*[answer] * sends)
    async with pair(server, clock, kind.credentials) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, RateLimitError)
        assert kind.sent(server) == sends
        assert 50 <= sum(clock.slept) <= 60
        assert session.stats.paused_for == 0
        await assert_usable(session)


@every_kind
@pytest.mark.parametrize("asked", ["61", "60.5", "86400", "999999999"])
async def test_a_retry_after_beyond_60_seconds_is_raised_and_pauses_nobody(
    kind: Kind, asked: str, clock: MovedClock
) -> None:
    server = kind.server(http(429, headers={"Retry-After": asked}))
    async with pair(server, clock, kind.credentials) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, RateLimitError)
        assert (error.retry_after, kind.sent(server), session.stats.paused_for) == (float(asked), 1, 0)
        await assert_usable(session)
        assert clock.slept == []


async def test_a_retry_after_beyond_the_time_left_is_raised_and_pauses_nobody(clock: MovedClock) -> None:
    server = RawServer(*[http(429, headers={"Retry-After": "40"})] * 2)
    async with pair(server, clock) as session:
        assert isinstance(await fails(read(session)), RateLimitError)
        assert (len(server.calls), clock.slept, session.stats.paused_for) == (2, [40.0], 0)
        await assert_usable(session)


@pytest.mark.parametrize(
    ("date", "pause"),
    [("Wed, 21 Oct 2015 07:28:30 GMT", 30.0), ("Wed, 21 Oct 2015 07:27:00 GMT", 0.25)],
    ids=["ahead", "past"],
)
async def test_a_retry_after_date_is_measured_against_the_date_of_its_reply(
    date: str, pause: float, clock: MovedClock
) -> None:
    server = RawServer(http(429, headers={"Date": "Wed, 21 Oct 2015 07:28:00 GMT", "Retry-After": date}))
    async with pair(server, clock) as session:
        await read(session)
        assert (len(server.calls), clock.slept) == (2, [pause])
        await assert_usable(session)


async def test_a_retry_after_date_without_the_date_of_its_reply_is_measured_here(clock: MovedClock) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    server = RawServer(http(429, headers={"Retry-After": date}))
    async with pair(server, clock) as session:
        await read(session)
        assert 25 <= sum(clock.slept) <= 30
        assert len(server.calls) == 2
        await assert_usable(session)


@pytest.mark.parametrize(
    "value",
    ["", "soon", "-5", "1e9", "\u0663", "Wed, 99 Oct 2015 07:28:00 GMT", f"Wed, 21 Oct 2{'0' * 20} 07:28:00 GMT"],
    ids=ascii,
)
@pytest.mark.parametrize("name", ["Retry-After", "Date"])
async def test_a_date_that_cannot_be_read_is_as_good_as_none(name: str, value: str, clock: MovedClock) -> None:
    """The header is the server's: whatever stands there, the error is still that of the status."""
    later = {"Retry-After": "Thu, 01 Jan 2015 00:00:00 GMT", name: value}
    server = RawServer(http(429, headers=later))
    async with pair(server, clock) as session:
        await read(session)
        assert (len(server.calls), clock.slept) == (2, [0.25])
        await assert_usable(session)


async def test_every_other_task_of_the_session_waits_for_the_pause_too(clock: MovedClock) -> None:
    starts: list[float] = []

    def note(_: Received) -> bytes:
        starts.append(clock() - 1_000_000)
        return ASKED if len(starts) == 3 else EMPTY

    server = RawServer(default=note)
    async with pair(server, clock, max_connections=1) as session:
        await asyncio.gather(*(read(session) for _ in range(6)))
        assert starts == [0.0, 0.0, 0.0, 7.0, 7.0, 7.0, 7.0]
        await assert_usable(session)


@resendable
async def test_a_503_waits_at_least_as_long_as_its_retry_after(kind: Kind, clock: MovedClock) -> None:
    server = kind.server(http(503, headers={"Retry-After": "9"}))
    async with pair(server, clock, kind.credentials) as session:
        await kind.call(session)
        assert (kind.sent(server), clock.slept) == (2, [9.0])
        await assert_usable(session)


@resendable
async def test_a_503_that_asks_for_more_than_60_seconds_is_raised(kind: Kind, clock: MovedClock) -> None:
    server = kind.server(http(503, headers={"Retry-After": "61"}))
    async with pair(server, clock, kind.credentials) as session:
        assert isinstance(await fails(kind.call(session)), ServerError)
        assert (kind.sent(server), session.stats.paused_for) == (1, 0)
        await assert_usable(session)
