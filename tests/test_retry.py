"""The table of what is sent again, row by row, counted on the wire."""

import asyncio
import hashlib
import itertools
import logging
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import aiohttp
import pytest
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult
from conftest import MovedClock
from servers import (
    EMPTY,
    WITH_SECRET,
    WITH_TOKEN,
    Answer,
    Close,
    Hang,
    RawServer,
    Received,
    http,
    session_on,
    until,
)

from finicity_async import (
    AggregationError,
    AsyncSession,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    Credentials,
    FinicityError,
    NotFoundError,
    Operation,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    StatusError,
    TransportError,
    delete_customer_account,
    get_customer_accounts,
    modify_partner_secret,
    refresh_customer_accounts,
)
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS

MAX_TRIES = 4
GET = GET_CUSTOMER_ACCOUNTS.request(customerId=1)
GOOD = Operation("Good", "GET", "/good", bytes, timeout=20.0).request()
EXPIRED = http(401, {"code": 10022, "message": "Token expired"})


@dataclass(frozen=True)
class Kind:
    """One column of the table: a call, and where its requests are counted."""

    name: str
    call: Callable[[AsyncSession], Awaitable[Any]]
    credentials: Credentials = WITH_TOKEN

    @property
    def is_login(self) -> bool:
        """Whether the failures meet the login before the call."""
        return self.name == "login"

    @property
    def resendable(self) -> bool:
        """Whether it may be sent again when it is not known what happened."""
        return self.name in ("GET", "login")

    def server(self, *answers: Answer, **options: Any) -> RawServer:
        """Return a server that gives these answers to such requests, and good ones to all others."""
        return RawServer(logins=answers, **options) if self.is_login else RawServer(*answers, **options)

    def sent(self, server: RawServer) -> int:
        """Return how many such requests the server received."""
        return len(server.logins) if self.is_login else len(server.calls)


async def read(session: AsyncSession) -> object:
    return await get_customer_accounts(session, 1)


async def delete(session: AsyncSession) -> None:
    await delete_customer_account(session, 1, 2)


async def refresh(session: AsyncSession) -> object:
    return await refresh_customer_accounts(session, 1)


async def change_secret(session: AsyncSession) -> None:
    await modify_partner_secret(session, "new-secret-0001")


KINDS = {
    kind.name: kind
    for kind in (
        Kind("GET", read),
        Kind("login", read, WITH_SECRET),
        Kind("DELETE", delete),
        Kind("POST", refresh),
        Kind("PUT", change_secret, WITH_SECRET),
    )
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
every_call = pytest.mark.parametrize(
    "kind", [KINDS[name] for name in ("GET", "DELETE", "POST")], ids=lambda it: it.name
)
resendable = pytest.mark.parametrize("kind", [KINDS["GET"], KINDS["login"]], ids=lambda it: it.name)
not_resendable = pytest.mark.parametrize(
    "kind", [KINDS[name] for name in ("DELETE", "POST", "PUT")], ids=lambda it: it.name
)


@asynccontextmanager
async def pair(
    server: RawServer, clock: MovedClock, credentials: Credentials = WITH_TOKEN, **options: Any
) -> AsyncIterator[AsyncSession]:
    """Open a server and a session on it whose pauses cost no time."""
    options = {"max_tries": MAX_TRIES, "clock": clock, "sleep": clock.sleep, **options}
    async with server, session_on(server, credentials, **options) as session:
        yield session


async def fails(call: Awaitable[Any]) -> FinicityError:
    """Return the error that a call ends with."""
    with pytest.raises(FinicityError) as caught:
        await call
    return caught.value


async def assert_usable(session: AsyncSession) -> None:
    """Make one good call, which a short timeout does not concern; a refused login gets another secret first."""
    if session.credentials.partner_secret is not None:
        session.use_secret("another-secret-0001")
    await session.send(GOOD)


# The connection is never made: nothing was sent, so every call is sent again.


@every_kind
async def test_a_refused_connection_is_tried_again_for_every_call(kind: Kind, clock: MovedClock) -> None:
    server = kind.server(listening=False)
    async with pair(server, clock, kind.credentials) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, TransportError)
        assert (error.sent, error.retryable) == (False, True)
        assert session.stats.sent == MAX_TRIES
        await server.listen()
        await assert_usable(session)


@every_kind
async def test_a_call_goes_through_once_the_server_takes_connections(kind: Kind, clock: MovedClock) -> None:
    server = kind.server(listening=False)
    waits: list[asyncio.Future[None] | None] = []

    def listen_at_the_second_wait() -> float:
        waits.append(asyncio.ensure_future(server.listen()) if len(waits) == 1 else None)
        return 0.0

    async with pair(server, clock, kind.credentials, random=listen_at_the_second_wait) as session:
        await kind.call(session)
        assert kind.sent(server) == 1
        assert session.stats.retries == 2
        await assert_usable(session)


class CountingContext(ssl.SSLContext):
    """A server's TLS settings that count the handshakes."""

    handshakes = 0

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        """Count one handshake."""
        self.handshakes += 1
        return super().wrap_bio(*args, **options)


class Names(AbstractResolver):
    """Resolves every name to 127.0.0.1, or fails, or waits until it may."""

    def __init__(self) -> None:
        self.asked = 0
        self.fail = False
        self.may_answer = asyncio.Event()

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        """Return the address of this machine."""
        self.asked += 1
        if self.fail:
            raise OSError(None, "no such name")
        await self.may_answer.wait()
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=2, proto=0, flags=0)]

    async def close(self) -> None:
        """Hold nothing."""


def tls(name: str) -> tuple[trustme.CA, CountingContext, ssl.SSLContext]:
    """Return an authority, a server's settings with its certificate, and a client's that do not trust it yet."""
    authority, certificate = trustme.CA(), CountingContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(certificate)
    return authority, certificate, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@asynccontextmanager
async def named_pair(names: Names, kind: Kind, clock: MovedClock, **options: Any) -> AsyncIterator[AsyncSession]:
    """Open a TLS server and a session that reaches it by name."""
    authority, certificate, trust = tls("api.test")
    authority.configure_trust(trust)
    server = kind.server(tls=certificate)
    async with server, aiohttp.TCPConnector(resolver=names, ssl=trust) as connector:
        options |= {"base_url": f"https://api.test:{server.port}", "connector": connector}
        async with session_on(server, kind.credentials, clock=clock, sleep=clock.sleep, **options) as session:
            yield session


@every_kind
async def test_a_name_that_is_not_resolved_is_a_connection_never_made(kind: Kind, clock: MovedClock) -> None:
    names = Names()
    names.fail = True
    async with named_pair(names, kind, clock) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, TransportError)
        assert (error.sent, error.retryable) == (False, True)
        assert names.asked == MAX_TRIES
        names.fail = False
        names.may_answer.set()
        await assert_usable(session)


@every_kind
async def test_a_name_lookup_that_hangs_is_a_connection_never_made(kind: Kind, clock: MovedClock) -> None:
    names = Names()
    async with named_pair(names, kind, clock, timeout=0.4, refresh_timeout=0.4, max_tries=2) as session:
        error = await fails(kind.call(session))
        sent = session.stats.sent
        names.may_answer.set()
        await assert_usable(session)
    assert isinstance(error, RequestTimeoutError)
    assert (error.sent, error.retryable, sent) == (False, True, 2)


@every_kind
async def test_a_tls_handshake_that_hangs_is_a_connection_never_made(kind: Kind, clock: MovedClock) -> None:
    authority, certificate, trust = tls("127.0.0.1")
    authority.configure_trust(trust)
    server = kind.server(tls=certificate, listening=False)
    connector = aiohttp.TCPConnector(ssl=trust)
    options: dict[str, Any] = {"timeout": 0.4, "refresh_timeout": 0.4, "max_tries": 2, "connector": connector}
    async with connector, pair(server, clock, kind.credentials, **options) as session:
        server.hold()
        error = await fails(kind.call(session))
        assert isinstance(error, RequestTimeoutError)
        assert (error.sent, error.retryable, session.stats.sent) == (False, True, 2)
        await server.listen()
        await assert_usable(session)
        assert certificate.handshakes == 3


@every_kind
async def test_a_tls_handshake_that_breaks_off_is_a_connection_never_made(kind: Kind, clock: MovedClock) -> None:
    """Client and server have no TLS version in common."""
    authority, certificate, trust = tls("127.0.0.1")
    authority.configure_trust(trust)
    trust.minimum_version = ssl.TLSVersion.TLSv1_3
    certificate.maximum_version = ssl.TLSVersion.TLSv1_2
    server = kind.server(tls=certificate)
    connector = aiohttp.TCPConnector(ssl=trust)
    async with connector, pair(server, clock, kind.credentials, connector=connector) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, TransportError)
        assert (error.sent, error.retryable, certificate.handshakes) == (False, True, MAX_TRIES)
        certificate.maximum_version = ssl.TLSVersion.TLSv1_3
        await assert_usable(session)


# The other side is not who it should be: nobody sends again.


@every_kind
async def test_an_untrusted_certificate_is_raised_at_once_for_every_call(kind: Kind, clock: MovedClock) -> None:
    authority, certificate, trust = tls("127.0.0.1")
    server = kind.server(tls=certificate)
    connector = aiohttp.TCPConnector(ssl=trust)
    async with connector, pair(server, clock, kind.credentials, connector=connector) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, TransportError)
        assert (error.sent, error.retryable) == (False, False)
        assert (certificate.handshakes, session.stats.sent) == (1, 1)
        assert (server.calls, server.logins) == ([], [])
        authority.configure_trust(trust)
        await assert_usable(session)


@every_kind
async def test_a_certificate_other_than_the_pinned_one_is_raised_at_once_too(kind: Kind, clock: MovedClock) -> None:
    authority, certificate, _ = tls("127.0.0.1")
    pinned = authority.issue_cert("127.0.0.1")
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pinned.cert_chain_pems[0].bytes().decode())).digest()
    server = kind.server(tls=certificate)
    connector = aiohttp.TCPConnector(ssl=aiohttp.Fingerprint(digest))
    async with connector, pair(server, clock, kind.credentials, connector=connector) as session:
        error = await fails(kind.call(session))
        handshakes = certificate.handshakes
        assert (server.calls, server.logins) == ([], [])
        pinned.configure_cert(certificate)
        await assert_usable(session)
    assert isinstance(error, TransportError)
    assert (error.sent, error.retryable, handshakes) == (False, False, 1)


# 401: the token was refused before the call ran.


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
    async with pair(server, clock, WITH_SECRET) as session:
        for calls, seconds in ((2, 29.9), (3, 0.1)):
            error = await fails(kind.call(session))
            assert isinstance(error, AuthenticationError)
            assert (error.code, len(server.calls), len(server.logins)) == ("10022", calls, 2)
            clock.advance(seconds)
        await kind.call(session)
        assert (len(server.calls), len(server.logins)) == (5, 3)
        await assert_usable(session)


@every_call
async def test_a_call_gets_one_new_token_however_long_it_takes(kind: Kind, clock: MovedClock) -> None:
    def refuse_after_a_minute(_: Received) -> bytes:
        clock.advance(60)
        return EXPIRED if len(server.calls) <= 2 else EMPTY

    server = RawServer(default=refuse_after_a_minute)
    async with pair(server, clock, WITH_SECRET) as session:
        assert isinstance(await fails(kind.call(session)), AuthenticationError)
        assert (len(server.calls), len(server.logins)) == (2, 2)
        await assert_usable(session)


async def test_many_calls_with_one_refused_token_cause_one_login(clock: MovedClock) -> None:
    server = RawServer(*[EXPIRED] * 8)
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
        assert isinstance(error, ServerError)
        assert (error.operation, len(server.calls), len(server.logins)) == ("CreateToken", 1, 1 + MAX_TRIES)
        await assert_usable(session)
        assert len(server.logins) == 2 + MAX_TRIES


async def test_a_login_before_a_refused_call_does_not_use_up_its_tries(clock: MovedClock) -> None:
    server = RawServer(EXPIRED, *[http(503)] * (MAX_TRIES - 1))
    async with pair(server, clock, WITH_SECRET) as session:
        response = await session.send_raw(GET)
        assert response.attempts == len(server.calls) == 1 + MAX_TRIES
        await assert_usable(session)


# The institution said no: never sent again.


@every_kind
@pytest.mark.parametrize(("status", "code"), [(202, 44000), (500, 325), (500, "185"), (503, 102)])
async def test_an_answer_of_the_institution_is_never_asked_for_again(
    kind: Kind, status: int, code: int | str, clock: MovedClock
) -> None:
    server = kind.server(http(status, {"code": code, "message": "no"}))
    async with pair(server, clock, kind.credentials) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, AggregationError)
        assert (error.status, error.code, kind.sent(server)) == (status, str(code), 1)
        await assert_usable(session)


# 429: the session pauses; what may be sent again is.

ASKED = http(429, {"message": "slow down"}, {"Retry-After": "7"})
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


# The response is lost: sent again only where that does no harm.

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
    async with pair(server, clock, kind.credentials, timeout=0.1, refresh_timeout=0.1, max_tries=2) as session:
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
    async with pair(server, clock, kind.credentials, timeout=0.1, refresh_timeout=0.1, max_tries=2) as session:
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


# Passing faults: asked again where nothing can be done twice.

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
    expected = MAX_TRIES if kind.resendable else 1
    server = kind.server(*[answer] * expected)
    async with pair(server, clock, kind.credentials) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, StatusError)
        assert (error.retryable, kind.sent(server)) == (kind.resendable, expected)
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


# A row of the user's own.


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


# What keeps failures from multiplying.


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


@pytest.mark.parametrize(("answer", "logins"), [(http(503), MAX_TRIES), (Close(), 2), (http(501), 1)])
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
        arrivals.append(time.monotonic())
        return http(503) if len(arrivals) < 5 else EMPTY

    async with pair(RawServer(default=note), clock, max_tries=5, random=lambda: 0.01) as session:
        await read(session)
        waits = [later - earlier for earlier, later in itertools.pairwise(arrivals)]
        assert [wait >= least for wait, least in zip(waits, (0.005, 0.01, 0.02, 0.04), strict=True)] == [True] * 4
        assert sum(waits) < 1
        await assert_usable(session)


# Traps 3 and 4 of the design.


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
        assert names.count("finicity_async") == len(server.calls) == 2 * MAX_TRIES
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
    """The server gives one good answer and closes the connection when the next request comes."""
    server = kind.server(http(200, {"accounts": [], "token": "FirstToken"}), answer)
    async with pair(server, clock, kind.credentials, max_tries=1) as session:
        await (session.login() if kind.is_login else kind.call(session))
        error = await fails(kind.call(session))
        assert isinstance(error, TransportError)
        assert error.sent
        assert (kind.sent(server), server.connections) == (2, 1)
        await assert_usable(session)


@every_call
async def test_trap_4_a_connection_closed_while_idle_is_not_used(kind: Kind, clock: MovedClock) -> None:
    server = kind.server(Close(after=EMPTY))
    async with pair(server, clock) as session:
        await kind.call(session)
        await asyncio.sleep(0.01)
        await kind.call(session)
        assert (len(server.calls), server.connections, session.stats.retries) == (2, 2, 0)
        await assert_usable(session)
