"""401 and answers of the institution: what is sent again with a new token, and what never."""

import asyncio

import pytest

from finicity_async import AggregationError, AuthenticationError, BadRequestError, ServerError, StatusError
from tests.support.clock import MovedClock
from tests.support.kinds import GET, KINDS, MAX_TRIES, Kind, assert_usable, every_call, every_kind, fails, pair, read
from tests.support.servers import EMPTY, WITH_SECRET, RawServer, Received, http

EXPIRED = http(401, {"code": 10022, "message": "Token expired"})


@every_call
@pytest.mark.parametrize("code", [10022, "10023"])
async def test_a_refused_token_is_renewed_once_and_any_call_sent_again(
    kind: Kind, code: int | str, clock: MovedClock
) -> None:
    server = RawServer(
        http(401, {"code": code}),
        logins=(http(200, {"token": "FirstToken"}), http(200, {"token": "SecondToken"})),
    )
    async with pair(server, clock, WITH_SECRET, max_tries=1) as session:
        await kind.call(session)
        assert [call.headers["finicity-app-token"] for call in server.calls] == ["FirstToken", "SecondToken"]
        assert server.calls[0].target == server.calls[1].target
        assert len(server.logins) == 2
        await assert_usable(session)


@every_call
async def test_a_fresh_token_that_is_refused_too_causes_no_login_for_30_seconds(kind: Kind, clock: MovedClock) -> None:
    server = RawServer(*[EXPIRED] * 4)
    async with pair(server, clock, WITH_SECRET, timeout=5.0, refresh_timeout=5.0) as session:
        for calls, seconds in ((2, 19.9), (3, 0.2)):
            error = await fails(kind.call(session))
            assert isinstance(error, AuthenticationError)
            assert (error.code, len(server.calls), len(server.logins)) == ("10022", calls, 2)
            clock.advance(seconds)
        assert clock.slept == pytest.approx([5.0, 5.0], abs=0.1)
        await kind.call(session)
        assert (len(server.calls), len(server.logins)) == (5, 3)
        await assert_usable(session)


@every_call
async def test_a_call_waits_for_the_next_login_where_its_time_allows(kind: Kind, clock: MovedClock) -> None:
    server = RawServer(*[EXPIRED] * 2)
    async with pair(server, clock, WITH_SECRET, timeout=40.0, refresh_timeout=40.0) as session:
        await kind.call(session)
        assert (len(server.calls), len(server.logins), clock.slept) == (3, 3, [30.0])
        await assert_usable(session)


@every_call
async def test_a_call_gets_one_new_token_however_long_it_takes(kind: Kind, clock: MovedClock) -> None:
    def refuse_after_a_minute(_: Received) -> bytes:
        clock.advance(60)
        return EXPIRED if len(server.calls) <= 2 else EMPTY

    server = RawServer(default=refuse_after_a_minute)
    async with pair(server, clock, WITH_SECRET, refresh_timeout=20.0) as session:
        assert isinstance(await fails(kind.call(session)), AuthenticationError)
        assert (len(server.calls), len(server.logins)) == (2, 2)
        await assert_usable(session)


async def test_many_calls_with_one_refused_token_cause_one_login(clock: MovedClock) -> None:
    def refuse_the_first(received: Received) -> bytes:
        return EXPIRED if received.headers["finicity-app-token"] == "FirstToken" else EMPTY

    logins = (http(200, {"token": "FirstToken"}), http(200, {"token": "SecondToken"}))
    server = RawServer(default=refuse_the_first, logins=logins)
    async with pair(server, clock, WITH_SECRET, max_connections=8) as session:
        await asyncio.gather(*(read(session) for _ in range(8)))
        assert (len(server.calls), len(server.logins)) == (16, 2)
        await assert_usable(session)


@every_call
async def test_a_refused_token_that_was_given_is_raised(kind: Kind, clock: MovedClock) -> None:
    server = RawServer(EXPIRED)
    async with pair(server, clock) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, AuthenticationError)
        assert (len(server.calls), len(server.logins)) == (1, 0)
        await assert_usable(session)


@pytest.mark.parametrize("name", ["login", "PUT"])
async def test_a_call_without_a_token_is_not_sent_again_with_a_new_one(name: str, clock: MovedClock) -> None:
    kind = KINDS[name]
    server = kind.server(EXPIRED)
    async with pair(server, clock, kind.credentials) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, AuthenticationError)
        assert (len(server.calls), len(server.logins)) == ((0, 1) if kind.is_login else (1, 0))
        await assert_usable(session)


async def test_a_login_that_fails_after_a_refused_token_ends_the_call(clock: MovedClock) -> None:
    server = RawServer(EXPIRED, logins=(http(200, {"token": "FirstToken"}), *[http(503)] * MAX_TRIES))
    async with pair(server, clock, WITH_SECRET) as session:
        error = await fails(read(session))
        assert isinstance(error, ServerError), "a secret that has worked may be tried more than three times"
        assert (error.operation, len(server.calls), len(server.logins)) == ("CreateToken", 1, 1 + MAX_TRIES)
        await assert_usable(session)
        assert len(server.logins) == 2 + MAX_TRIES


async def test_a_login_before_a_refused_call_does_not_use_up_its_tries(clock: MovedClock) -> None:
    server = RawServer(EXPIRED, *[http(503)] * (MAX_TRIES - 1))
    async with pair(server, clock, WITH_SECRET) as session:
        response = await session.send_raw(GET)
        assert response.attempts == len(server.calls) == 1 + MAX_TRIES
        await assert_usable(session)


@every_kind
@pytest.mark.parametrize(
    ("status", "code", "refusal"),
    [
        (202, 44000, AggregationError),
        (500, 325, AggregationError),
        (500, "185", AggregationError),
        (503, 102, AggregationError),
        (500, 110039, BadRequestError),
        (503, "10010", BadRequestError),
    ],
)
async def test_an_answer_with_a_numeric_code_is_never_asked_for_again(
    kind: Kind, status: int, code: int | str, refusal: type[StatusError], clock: MovedClock
) -> None:
    server = kind.server(http(status, {"code": code, "message": "no"}))
    async with pair(server, clock, kind.credentials) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, AuthenticationError if kind.is_login else refusal)
        assert (error.status, error.code, kind.sent(server)) == (status, str(code), 1)
        await assert_usable(session)
