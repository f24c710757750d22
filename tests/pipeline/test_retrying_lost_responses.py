"""Lost responses and passing faults: sent again only where nothing can be done twice."""

import pytest

from finicity_async import (
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    Operation,
    PermissionDeniedError,
    RequestTimeoutError,
    ServerError,
    StatusError,
    TransportError,
)
from tests.support.clock import MovedClock
from tests.support.kinds import ASKED, GET, MAX_TRIES, Kind, assert_usable, every_kind, fails, pair, read
from tests.support.servers import Answer, Close, Hang, RawServer, http, until

LOST: dict[str, Answer] = {
    "closed before the first byte": Close(),
    "reset": Close(reset=True),
    "closed within the head": Close(after=b"HTTP/1.1 200 OK\r\nContent-Le"),
    "closed within the body": Close(after=http(200, b'{"accounts":', {"Content-Length": "15"})),
    "reset within the body": Close(after=http(200, b'{"accounts":', {"Content-Length": "15"}), reset=True),
    "closed within a chunk": Close(after=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n{"),
    "closed between chunks": Close(after=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"),
}


@every_kind
@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
async def test_a_lost_reply_is_asked_for_again_only_where_that_does_no_harm(
    kind: Kind, answer: Answer, clock: MovedClock
) -> None:
    expected = {"GET": MAX_TRIES, "login": 2}.get(kind.name, 1)
    server = kind.server(*[answer] * expected)
    async with pair(server, clock, kind.credentials) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, TransportError)
        assert (error.sent, error.retryable) == (True, kind.resendable)
        assert kind.sent(server) == session.stats.sent == expected
        await assert_usable(session)


REFUSED = http(400, b'{"code":', {"Content-Length": "15"})


@every_kind
@pytest.mark.parametrize(
    "answer", [Close(REFUSED), Close(REFUSED, reset=True), lambda _: REFUSED], ids=["cut", "reset", "stalled"]
)
async def test_a_refusal_whose_body_is_lost_is_asked_for_again_only_by_a_read(
    kind: Kind, answer: Answer, clock: MovedClock
) -> None:
    is_read = kind.name == "GET"
    expected = 2 if is_read else 1
    server = kind.server(*[answer] * expected)
    async with pair(server, clock, kind.credentials, timeout=0.5, refresh_timeout=0.5, max_tries=2) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, TransportError if is_read else StatusError)
        assert kind.sent(server) == session.stats.sent == expected
        if not kind.is_login:
            await assert_usable(session)


async def test_a_429_whose_body_is_lost_pauses_the_session_all_the_same(clock: MovedClock) -> None:
    asked = http(429, b"{", {"Retry-After": "7", "Content-Length": "15"})
    server = RawServer(Close(asked))
    async with pair(server, clock) as session:
        await read(session)
        assert (len(server.calls), clock.slept, session.stats.rate_limited) == (2, [7.0], 1)
        await assert_usable(session)


@every_kind
@pytest.mark.parametrize(
    "answer", [Hang(), http(200, b"{", {"Content-Length": "15"})], ids=["no response", "in the body"]
)
async def test_a_timeout_is_a_lost_reply(kind: Kind, answer: Answer, clock: MovedClock) -> None:
    expected = 2 if kind.resendable else 1
    server = kind.server(*[answer] * expected)
    async with pair(server, clock, kind.credentials, timeout=0.5, refresh_timeout=0.5, max_tries=2) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, RequestTimeoutError)
        assert (error.sent, error.retryable) == (True, kind.resendable)
        await until(lambda: kind.sent(server) >= expected)
        assert kind.sent(server) == session.stats.sent == expected
        await assert_usable(session)


@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
async def test_attempts_of_a_reply_count_what_was_on_the_wire(answer: Answer, clock: MovedClock) -> None:
    server = RawServer(answer, answer)
    async with pair(server, clock) as session:
        response = await session.send_raw(GET)
        assert response.attempts == len(server.calls) == 3
        await assert_usable(session)


PASSING = {
    "408": http(408),
    "502": http(502, "<html>Bad Gateway</html>"),
    "503": http(503),
    "504": http(504),
    "500 without a code": http(500, {"message": "oops"}),
    "503 with a code in words": http(503, {"code": "OVERLOADED"}),
}
FINAL: dict[str, tuple[bytes, type[StatusError]]] = {
    "400": (http(400, {"code": 10005, "message": "no"}), BadRequestError),
    "401": (http(401, {"code": 103}), AuthenticationError),
    "403": (http(403), PermissionDeniedError),
    "404": (http(404), NotFoundError),
    "409": (http(409), ConflictError),
    "501": (http(501), ServerError),
    "500 with a code in words": (http(500, {"code": "BROKEN"}), ServerError),
    "302": (http(302, headers={"Location": "/elsewhere"}), StatusError),
    "418": (http(418), StatusError),
}


@every_kind
@pytest.mark.parametrize("answer", PASSING.values(), ids=PASSING)
async def test_a_passing_fault_is_asked_again_only_where_nothing_can_be_done_twice(
    kind: Kind, answer: bytes, clock: MovedClock
) -> None:
    expected = {"GET": MAX_TRIES, "login": 3}.get(kind.name, 1)
    server = kind.server(*[answer] * expected)
    async with pair(server, clock, kind.credentials) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, AuthenticationError if kind.is_login else StatusError)
        assert (error.retryable, kind.sent(server)) == (kind.name == "GET", expected)
        await assert_usable(session)


@every_kind
@pytest.mark.parametrize(("answer", "cls"), FINAL.values(), ids=FINAL)
async def test_any_other_status_is_raised_at_once(
    kind: Kind, answer: bytes, cls: type[StatusError], clock: MovedClock
) -> None:
    server = kind.server(answer)
    async with pair(server, clock, kind.credentials) as session:
        error = await fails(kind.call(session))
        refused = kind.is_login and answer[9:10] == b"4"
        assert type(error) is (AuthenticationError if refused else cls)
        assert (error.retryable, kind.sent(server)) == (False, 1)
        await assert_usable(session)


@pytest.mark.parametrize("max_tries", [1, 2, 5])
async def test_max_tries_counts_the_first_try(max_tries: int, clock: MovedClock) -> None:
    server = RawServer(*[http(503)] * max_tries)
    async with pair(server, clock, max_tries=max_tries) as session:
        await fails(read(session))
        assert len(server.calls) == max_tries
        await assert_usable(session)


async def test_the_last_try_can_still_succeed(clock: MovedClock) -> None:
    server = RawServer(*[http(503)] * (MAX_TRIES - 1))
    async with pair(server, clock) as session:
        response = await session.send_raw(GET)
        assert response.attempts == len(server.calls) == MAX_TRIES
        assert (session.stats.sent, session.stats.retries, session.stats.failures) == (MAX_TRIES, MAX_TRIES - 1, 0)
        await assert_usable(session)


@pytest.mark.parametrize("answer", [http(503), Close(), ASKED], ids=["503", "lost", "429"])
@pytest.mark.parametrize(
    ("method", "idempotent", "sends"), [("GET", False, 1), ("POST", True, 2), ("DELETE", True, 2), ("PATCH", None, 1)]
)
async def test_resend_of_a_row_says_whether_a_call_is_sent_again(
    method: str, idempotent: bool | None, sends: int, answer: Answer, clock: MovedClock
) -> None:
    server = RawServer(answer)
    operation = Operation("Theirs", method, "/theirs", bytes, idempotent=idempotent)
    async with pair(server, clock) as session:
        if sends == 2:
            assert (await session.send_raw(operation.request())).attempts == 2
        else:
            error = await fails(session.send(operation.request()))
            assert error.retryable is (answer is ASKED)
        assert len(server.calls) == sends
        await assert_usable(session)
