"""What comes over the wire, or does not: caps, compression, redirects, timeouts, cancellation, closing."""

import asyncio
import gzip
import ssl
import tracemalloc
import zlib
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

import aiohttp
import pytest
import trustme
from servers import (
    TOKEN,
    WITH_SECRET,
    WITH_TOKEN,
    Answer,
    Close,
    Hang,
    Later,
    RawServer,
    http,
    session_on,
    until,
)

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    Credentials,
    FinicityError,
    NotFoundError,
    Operation,
    PayloadError,
    RequestTimeoutError,
    ServerError,
    StatusError,
    TransportError,
    delete_customer_account,
    get_customer_accounts,
)
from finicity_async._pipeline.transport import send_once, transport_failure
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS

RAW = Operation("GetBytes", "GET", "/bytes", bytes).request()
GOOD = Operation("Good", "GET", "/good", bytes, timeout=20.0).request()
CAP = 1000
CLOSED = (ConfigurationError, TransportError)
"""How a call ends whose session is closed: nothing was sent, or the response is not waited for."""
GZIP = {"Content-Encoding": "gzip"}


def chunked(status: int, body: bytes, **headers: str) -> bytes:
    """Return a response that does not say how long it is."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} Whatever\r\nTransfer-Encoding: chunked\r\n{lines}\r\n".encode()
    return head + b"".join(
        b"%x\r\n%b\r\n" % (len(part), part) for part in (body[at : at + 700] for at in range(0, len(body), 700))
    ) + b"0\r\n\r\n"  # fmt: skip


def until_closed(status: int, body: bytes) -> Close:
    """Return a response that ends with the connection."""
    return Close(after=f"HTTP/1.1 {status} Whatever\r\n\r\n".encode() + body)


async def fails(session: AsyncSession) -> FinicityError:
    """Return the error that reading some bytes ends with."""
    with pytest.raises(FinicityError) as caught:
        await session.send(RAW)
    return caught.value


async def assert_usable(session: AsyncSession) -> None:
    """Make one good call, which a short timeout of the session does not concern."""
    await session.send(GOOD)


# The cap on the body.


@pytest.mark.parametrize(
    "answer",
    [
        http(200, bytes(CAP + 1)),
        chunked(200, bytes(CAP + 1)),
        until_closed(200, bytes(CAP + 1)),
        http(200, gzip.compress(bytes(CAP + 1)), GZIP),
        chunked(200, gzip.compress(bytes(CAP + 1)), Content_Encoding="gzip"),
    ],
    ids=["length", "chunked", "until closed", "gzip", "gzip chunked"],
)
async def test_a_body_over_the_cap_is_a_payload_error(answer: Answer) -> None:
    async with RawServer(answer) as server, session_on(server, max_body=CAP) as session:
        error = await fails(session)
        assert isinstance(error, PayloadError)
        assert (error.status, error.body, error.retryable, len(server.calls)) == (200, b"", False, 1)
        assert "max_body" in str(error)
        await assert_usable(session)


@pytest.mark.parametrize(
    "answer",
    [
        http(200, bytes(CAP)),
        chunked(200, bytes(CAP)),
        until_closed(200, bytes(CAP)),
        http(200, gzip.compress(bytes(CAP)), GZIP),
    ],
    ids=["length", "chunked", "until closed", "gzip"],
)
async def test_a_body_as_long_as_the_cap_is_read(answer: Answer) -> None:
    async with RawServer(answer) as server, session_on(server, max_body=CAP) as session:
        assert await session.send(RAW) == bytes(CAP)
        await assert_usable(session)


async def test_a_body_announced_over_the_cap_is_not_waited_for() -> None:
    """The server announces a terabyte and sends nothing of it."""
    endless = http(200, b"", {"Content-Length": str(2**40)})
    async with RawServer(endless) as server, session_on(server, max_body=CAP) as session:
        assert isinstance(await asyncio.wait_for(fails(session), 1), PayloadError)
        await assert_usable(session)
        assert server.connections == 2


async def test_a_body_over_the_cap_on_the_wire_is_refused_however_little_it_unpacks_to() -> None:
    """A hundred thousand empty blocks of deflate stand between a short text and its end."""
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(b"short") + packer.flush(zlib.Z_FULL_FLUSH) + b"\0\0\0\xff\xff" * 100_000 + packer.flush()
    assert gzip.decompress(packed) == b"short"
    answer = chunked(200, packed, Content_Encoding="gzip")
    async with RawServer(answer) as server, session_on(server, max_body=CAP) as session:
        assert isinstance(await fails(session), PayloadError)
        await assert_usable(session)


@cache
def packed_zeros() -> bytes:
    """Return 50 MB of zeros in 50 kB."""
    return gzip.compress(bytes(50_000_000))


@pytest.mark.parametrize("status", [200, 503])
async def test_a_gzip_bomb_is_never_unpacked(status: int) -> None:
    """Less than 5 MB of the 50 are ever held."""
    bomb = http(status, packed_zeros(), GZIP)
    async with RawServer(bomb) as server, session_on(server, max_body=100_000, max_tries=1) as session:
        tracemalloc.start()
        try:
            error = await fails(session)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert type(error) is (PayloadError if status == 200 else ServerError)
        assert peak < 5_000_000
        assert len(server.calls) == 1
        await assert_usable(session)


TOO_LONG = b"<html>" + bytes(range(32, 127)) * 20
TOO_LONG_ANSWERS: dict[str, Callable[[int], Answer]] = {
    "length": lambda status: http(status, TOO_LONG),
    "chunked": lambda status: chunked(status, TOO_LONG),
    "until closed": lambda status: until_closed(status, TOO_LONG),
    "gzip": lambda status: http(status, gzip.compress(TOO_LONG), GZIP),
}


@pytest.mark.parametrize("answer", TOO_LONG_ANSWERS.values(), ids=TOO_LONG_ANSWERS)
@pytest.mark.parametrize(("status", "expected"), [(302, StatusError), (404, NotFoundError), (503, ServerError)])
async def test_an_overlong_error_body_is_cut_and_the_error_is_that_of_the_status(
    answer: Callable[[int], Answer], status: int, expected: type[StatusError]
) -> None:
    async with RawServer(answer(status)) as server, session_on(server, max_body=CAP, max_tries=1) as session:
        error = await fails(session)
        assert type(error) is expected
        assert isinstance(error, StatusError)
        assert error.body == TOO_LONG[:CAP]
        assert len(server.calls) == 1
        await assert_usable(session)


# Bodies that cannot be decompressed, and responses that are no HTTP.


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("body", [b"no such thing", gzip.compress(b"{}")[:-1] + b"\0\0\0\0\0"], ids=["text", "tail"])
async def test_a_success_that_cannot_be_decompressed_is_a_payload_error(encoding: str, body: bytes) -> None:
    answer = http(200, body, {"Content-Encoding": encoding})
    async with RawServer(answer) as server, session_on(server) as session:
        error = await fails(session)
        assert isinstance(error, PayloadError)
        assert (error.status, error.retryable, len(server.calls)) == (200, False, 1)
        await assert_usable(session)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize(("status", "expected"), [(302, StatusError), (404, NotFoundError), (503, ServerError)])
async def test_an_error_that_cannot_be_decompressed_is_that_of_the_status(
    encoding: str, status: int, expected: type[StatusError]
) -> None:
    answer = http(status, b"no such thing", {"Content-Encoding": encoding, "Retry-After": "0"})
    async with RawServer(answer) as server, session_on(server, max_tries=1) as session:
        error = await fails(session)
        assert type(error) is expected
        assert isinstance(error, StatusError)
        assert (error.status, len(server.calls)) == (status, 1)
        await assert_usable(session)


GARBAGE = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "text": b"220 mail.example.com ESMTP\r\n\r\n",
    "status in words": b"HTTP/1.1 okay fine\r\n\r\n",
    "HTTP/2": b"HTTP/2 200 OK\r\n\r\n",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "no chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n",
    "broken second chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nZZ\r\n",
    "zero byte in a header": b"HTTP/1.1 200 OK\r\n\0: x\r\n\r\n",
    "endless header": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 10_000 + b"\r\n",
}


@pytest.mark.parametrize("answer", GARBAGE.values(), ids=GARBAGE)
@pytest.mark.parametrize("end", ["closed", "open"])
async def test_garbage_instead_of_http_is_a_lost_reply(answer: bytes, end: str) -> None:
    garbage = Close(after=answer) if end == "closed" or answer is GARBAGE["TLS"] else answer
    async with RawServer(garbage, garbage) as server, session_on(server, max_tries=2) as session:
        error = await fails(session)
        assert type(error) is TransportError
        assert (error.sent, error.retryable, len(server.calls)) == (True, True, 2)
        await assert_usable(session)


@pytest.mark.parametrize(
    "head",
    ["200 \xff\xfe", "200 OK\r\nContent-Type: \xff;;;=", "200 OK\r\nLink: <x; y", "200 OK\r\nSet-Cookie: \xff=;;"],
    ids=ascii,
)
async def test_odd_bytes_that_nobody_needs_are_no_failure(head: str) -> None:
    answer = f"HTTP/1.1 {head}\r\nContent-Length: 15\r\n\r\n".encode("latin-1") + b'{"accounts":[]}'
    async with RawServer(answer) as server, session_on(server) as session:
        await assert_usable(session)
        assert len(server.calls) == 1


# Nothing follows a response elsewhere, and nothing is remembered from one.


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("credentials", [WITH_TOKEN, WITH_SECRET], ids=["call", "login"])
async def test_a_redirect_is_not_followed_and_no_secret_goes_to_the_other_host(
    status: int, credentials: Credentials
) -> None:
    async with RawServer() as other:
        answer = http(status, headers={"Location": f"{other.url}/aggregation/v1/customers/1/accounts"})
        server = RawServer(answer) if credentials is WITH_TOKEN else RawServer(logins=(answer,))
        async with server, session_on(server, credentials) as session:
            error = await fails(session)
            assert type(error) is StatusError
            assert (error.status, len(server.calls) + len(server.logins)) == (status, 1)
            assert other.connections == 0
            await assert_usable(session)


async def test_cookies_are_not_kept() -> None:
    """By name, because aiohttp's jar would take no cookie from an address anyway."""
    cookie = {"Set-Cookie": "JSESSIONID=1; Path=/"}
    async with RawServer(http(200, {"accounts": []}, cookie), http(503, headers=cookie)) as server:
        async with session_on(server, base_url=server.url.replace("127.0.0.1", "localhost")) as session:
            for _ in range(2):
                await assert_usable(session)
        assert len(server.calls) == 3
        assert [call.headers["cookie"] for call in server.calls if "cookie" in call.headers] == []


# https only off this machine.


@pytest.mark.parametrize(
    "base_url",
    [
        "http://example.com",
        "http://api.finicity.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1@example.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://[::2]",
        "https://user@example.com",
        "https://user:password@example.com",
        "https://:password@example.com",
        "https://example.com?a=1",
        "https://example.com/path?a=1",
        "https://example.com#part",
        "https://",
        "https:///path",
        "https://example.com:99999",
        "https://[::1",
        "ftp://example.com",
        "example.com",
        "//example.com",
        "",
        None,
        1,
        b"https://example.com",
    ],
    ids=repr,
)
async def test_a_base_url_that_would_not_be_safe_is_refused(base_url: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        AsyncSession(WITH_TOKEN, base_url=base_url)
    assert "password" not in str(caught.value)


@pytest.mark.parametrize(
    ("base_url", "kept"),
    [
        ("https://api.finicity.com", "https://api.finicity.com"),
        ("https://api.finicity.com/", "https://api.finicity.com"),
        ("https://gateway.example.com/finicity/", "https://gateway.example.com/finicity"),
        ("https://example.com:8443", "https://example.com:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.8.9.10:8080", "http://127.8.9.10:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("HTTP://LOCALHOST:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
async def test_https_and_plain_http_to_this_machine_are_taken(base_url: str, kept: str) -> None:
    assert AsyncSession(WITH_TOKEN, base_url=base_url).base_url == kept


async def test_a_base_url_with_a_path_stands_before_the_path_of_the_operation() -> None:
    async with RawServer() as server, session_on(server, base_url=f"{server.url}/finicity/") as session:
        await assert_usable(session)
        assert server.calls[0].target == "/finicity/good"


# Timeouts.


TIMEOUTS = {
    "total": (aiohttp.ClientTimeout(total=0.02), TimeoutError, True),
    "sock_read": (aiohttp.ClientTimeout(sock_read=0.02), aiohttp.SocketTimeoutError, True),
    "sock_connect": (aiohttp.ClientTimeout(sock_connect=0.02), aiohttp.ConnectionTimeoutError, False),
}


@pytest.mark.parametrize(("limits", "cls", "sent"), TIMEOUTS.values(), ids=TIMEOUTS)
async def test_trap_6_every_timeout_of_aiohttp_becomes_ours(
    limits: aiohttp.ClientTimeout, cls: type[Exception], sent: bool
) -> None:
    """Each of the three is raised by aiohttp itself, through our middleware, and then turned."""
    async with RawServer(default=Hang(), listening=sent) as server:
        server.hold()
        url = server.url if sent else server.url.replace("http:", "https:")
        async with aiohttp.ClientSession(timeout=limits, middlewares=(send_once,)) as client:
            with pytest.raises(cls) as caught:
                await client.get(url)
    assert type(caught.value) is cls
    error = transport_failure(GET_CUSTOMER_ACCOUNTS, caught.value, None)
    assert isinstance(error, RequestTimeoutError)
    assert isinstance(error, TimeoutError)
    assert (error.sent, error.retryable) == (sent, True)


SLOW: dict[str, Answer] = {
    "no response": Hang(),
    "in the head": b"HTTP/1.1 200 OK\r\nContent-",
    "in the body": http(200, b"{", {"Content-Length": "15"}),
    "in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n{",
    "before the connection closes": b"HTTP/1.1 200 OK\r\n\r\n{",
}


@pytest.mark.parametrize("answer", SLOW.values(), ids=SLOW)
async def test_trap_6_the_timeout_covers_everything_to_the_end_of_the_body(answer: Answer) -> None:
    async with RawServer(answer) as server, session_on(server, timeout=0.1, max_tries=1) as session:
        error = await fails(session)
        assert isinstance(error, RequestTimeoutError)
        await until(lambda: server.calls)
        assert (error.sent, len(server.calls)) == (True, 1)
        await assert_usable(session)


async def test_a_timeout_of_the_row_goes_before_that_of_the_session() -> None:
    hurried = Operation("Hurried", "GET", "/hurried", bytes, timeout=0.05)
    async with RawServer(Hang()) as server, session_on(server, max_tries=1) as session:
        with pytest.raises(RequestTimeoutError):
            await asyncio.wait_for(session.send(hurried.request()), 2)
        await assert_usable(session)


# What an error carries along.

FAILURES: dict[str, Answer] = {
    "closed": Close(),
    "reset": Close(reset=True),
    "cut": Close(after=http(200, b"{", {"Content-Length": "15"})),
    "garbage": Close(after=GARBAGE["text"]),
    "hangs": Hang(),
    "not gzip": http(200, b"no such thing", GZIP),
    "too long": http(200, bytes(CAP + 1)),
    "503": http(503),
    "401": http(401, {"code": 10022}),
}


def assert_clean(error: BaseException, *secrets: str) -> None:
    """Make sure that an error leads to nothing of aiohttp, whose errors hold URLs and headers."""
    assert (error.__cause__, error.__context__) == (None, None)
    held = f"{error} {error!r} {error.args} {error.__dict__}"
    assert [secret for secret in (*secrets, "127.0.0.1", "/bytes") if secret in held] == []


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize("credentials", [WITH_TOKEN, WITH_SECRET], ids=["call", "login"])
@pytest.mark.parametrize("max_tries", [1, 2])
async def test_an_error_leads_to_nothing_of_aiohttp(name: str, credentials: Credentials, max_tries: int) -> None:
    answers = [FAILURES[name]] * (1 if name in ("not gzip", "too long", "401") else max_tries)
    server = RawServer(*answers) if credentials is WITH_TOKEN else RawServer(logins=tuple(answers))
    options: dict[str, Any] = {"timeout": 0.1, "max_body": CAP, "max_tries": max_tries}
    async with server, session_on(server, credentials, **options) as session:
        error = await fails(session)
        assert len(server.calls) + len(server.logins) == len(answers)
        assert_clean(error, *credentials.secrets())
        session.use_secret("another-secret-0001")
        await assert_usable(session)


@pytest.mark.parametrize("trusted", [True, False], ids=["refused", "untrusted"])
async def test_an_error_of_connecting_leads_to_nothing_of_aiohttp_either(trusted: bool) -> None:
    certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority, trust = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("127.0.0.1").configure_cert(certificate)
    server = RawServer(tls=certificate, listening=not trusted)
    async with server, aiohttp.TCPConnector(ssl=trust) as connector, session_on(server, connector=connector) as session:
        error = await fails(session)
        assert isinstance(error, TransportError)
        assert not error.sent
        assert_clean(error, *WITH_TOKEN.secrets())
        await server.listen()
        authority.configure_trust(trust)
        await assert_usable(session)


# Cancelling a call and closing a session.


def leftovers() -> set[asyncio.Task[Any]]:
    """Return every task but the test's own and the server's."""
    serving = {task for task in asyncio.all_tasks() if "RawServer" in repr(task.get_coro())}
    return asyncio.all_tasks() - serving - {asyncio.current_task()}


class Stage:
    """Brings a call of a session to some point, where it stays."""

    def __init__(self, *answers: Answer, logins: tuple[Answer, ...] = (), **options: Any) -> None:
        self.server = RawServer(*answers, logins=logins)
        self.options = {"max_connections": 1, "sleep": self.sleep, **options}
        self.credentials = WITH_SECRET if logins else WITH_TOKEN
        self.is_waiting = False

    async def sleep(self, _: float) -> None:
        """Wait the first time for a moment that never comes."""
        if not self.is_waiting:
            self.is_waiting = True
            await asyncio.Event().wait()

    async def reach(self, session: AsyncSession) -> None:
        """Return when the call is where it was to be."""
        await until(lambda: self.is_waiting or ((self.server.calls or self.server.logins) and session.stats.in_flight))
        for _ in range(20):
            await asyncio.sleep(0)


STAGES: dict[str, Callable[[], Stage]] = {
    "waits for the response": lambda: Stage(Hang()),
    "is in the body": lambda: Stage(http(200, b"{", {"Content-Length": "15"})),
    "is in a chunk": lambda: Stage(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n{"),
    "is in a body without length": lambda: Stage(b"HTTP/1.1 200 OK\r\n\r\n{"),
    "waits for the token": lambda: Stage(logins=(Later(0.04, TOKEN),)),
    "is paused": lambda: Stage(http(429, headers={"Retry-After": "30"})),
}


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
async def test_cancelling_a_call_leaves_no_task_and_a_usable_session(stage: Callable[[], Stage]) -> None:
    """The only slot is free again; a login under way goes on for the calls to come."""
    reached = stage()
    async with reached.server as server, session_on(server, reached.credentials, **reached.options) as session:
        call = asyncio.create_task(session.send(RAW))
        await reached.reach(session)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        for _ in range(3):  # python-backoff leaves a generator to the loop, which closes it a turn later
            await asyncio.sleep(0)
        login = {task for task in leftovers() if task.get_name() == "finicity_async: renew the token"}
        assert leftovers() - login == set()
        assert session.stats.waiting == 0
        assert session.stats.in_flight == len(login) == len(server.logins)
        await asyncio.wait_for(assert_usable(session), 2)
        assert (leftovers(), len(server.logins)) == (set(), len(login))


async def test_cancelling_a_call_in_the_queue_leaves_the_others_alone() -> None:
    async with RawServer(Hang()) as server, session_on(server, max_connections=1) as session:
        calls = [asyncio.create_task(session.send(RAW)) for _ in range(3)]
        await until(lambda: session.stats.in_flight == 1 and session.stats.waiting == 2 and server.calls)
        calls[1].cancel()
        await asyncio.wait([calls[1]])
        assert (session.stats.in_flight, session.stats.waiting) == (1, 1)
        calls[0].cancel()
        await asyncio.wait_for(calls[2], 2)
        assert (len(server.calls), leftovers()) == (2, set())
        await assert_usable(session)


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
@pytest.mark.parametrize("connector", ["own", "given"])
async def test_closing_a_session_ends_a_call_wherever_it_is(stage: Callable[[], Stage], connector: str) -> None:
    reached = stage()
    async with reached.server as server, aiohttp.TCPConnector() as given:
        options = reached.options | ({"connector": given} if connector == "given" else {})
        session = session_on(server, reached.credentials, **options)
        call = asyncio.create_task(session.send(RAW))
        await reached.reach(session)
        await session.close()
        done, _ = await asyncio.wait([call], timeout=0.3)
        call.cancel()
        assert done == {call}
        assert isinstance(call.exception(), CLOSED)
        assert leftovers() == set()
        sent = len(server.calls), len(server.logins)
        with pytest.raises(ConfigurationError):
            await session.send(RAW)
        assert (len(server.calls), len(server.logins)) == sent


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
async def test_a_task_whose_call_was_ended_by_closing_goes_on_as_if_never_cancelled(stage: Callable[[], Stage]) -> None:
    reached = stage()

    async def call_and_go_on() -> int:
        async with asyncio.timeout(5):
            with pytest.raises(CLOSED):
                await session.send(RAW)
            await asyncio.sleep(0)
            task = asyncio.current_task()
            return -1 if task is None else task.cancelling()

    async with reached.server as server:
        session = session_on(server, reached.credentials, **reached.options)
        going_on = asyncio.create_task(call_and_go_on())
        await reached.reach(session)
        await session.close()
        assert await asyncio.wait_for(going_on, 2) == 0


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "in turn"])
async def test_closing_a_session_twice_ends_a_call_as_closing_it_once_does(
    stage: Callable[[], Stage], at_once: bool
) -> None:
    reached = stage()
    async with reached.server as server:
        session = session_on(server, reached.credentials, **reached.options)
        call = asyncio.create_task(session.send(RAW))
        await reached.reach(session)
        if at_once:
            await asyncio.gather(session.close(), session.close())
        else:
            await session.close()
            await session.close()
        await asyncio.wait([call], timeout=1)
        assert not call.cancelled()
        assert isinstance(call.exception(), CLOSED)
        assert leftovers() == set()


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
@pytest.mark.parametrize("first", ["cancelled", "closed"])
async def test_a_call_that_is_cancelled_while_its_session_closes_stays_cancelled(
    stage: Callable[[], Stage], first: str
) -> None:
    reached = stage()
    async with reached.server as server:
        session = session_on(server, reached.credentials, **reached.options)
        call = asyncio.create_task(session.send(RAW))
        await reached.reach(session)
        closing = session.close()
        if first == "cancelled":
            call.cancel()
            await closing
        else:
            task = asyncio.create_task(closing)
            asyncio.get_running_loop().call_soon(call.cancel)
            await task
        await asyncio.wait([call], timeout=1)
        assert call.cancelled()
        assert leftovers() == set()


async def test_closing_a_session_ends_the_calls_in_its_queue() -> None:
    async with RawServer(Hang()) as server:
        session = session_on(server, max_connections=1)
        calls = [asyncio.create_task(session.send(RAW)) for _ in range(4)]
        await until(lambda: server.calls and session.stats.waiting == 3)
        await session.close()
        results = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 2)
        assert {type(result) for result in results} <= set(CLOSED)
        assert (len(server.calls), leftovers()) == (1, set())


async def test_only_a_call_that_was_sent_has_an_unknown_outcome_when_its_session_closes() -> None:
    async with RawServer(Hang()) as server:
        session = session_on(server, max_connections=1)
        calls = [asyncio.create_task(delete_customer_account(session, 1, number)) for number in (2, 3)]
        await until(lambda: server.calls and session.stats.waiting)
        await session.close()
        results = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 2)
        assert len(server.calls) == 1
        assert ["not known" in str(result) for result in results] == [True, False]


async def test_closing_a_session_twice_or_before_its_first_call_is_fine() -> None:
    async with RawServer() as server:
        session = session_on(server)
        await session.close()
        await session.close()
        assert session.closed
        with pytest.raises(ConfigurationError):
            await session.send(RAW)
        assert server.connections == 0


async def test_a_connector_that_was_given_stays_open_when_the_session_closes() -> None:
    async with RawServer() as server, aiohttp.TCPConnector() as connector:
        for _ in range(2):
            async with session_on(server, connector=connector) as session:
                await assert_usable(session)
        assert not connector.closed
        assert (len(server.calls), server.connections) == (2, 1)


@pytest.mark.parametrize("size", [786_433, 838_411, 3_000_000, 8_000_000])
async def test_a_large_compressed_body_is_read_to_its_end(size: int) -> None:
    """Reading lets the transport refill the buffer, and the end may come with it."""
    unit = Random(3).randbytes(500)
    body = (unit * (size // 500 + 1))[:size]
    packed = gzip.compress(body)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    async with RawServer(default=head + packed) as server, session_on(server, max_tries=1) as session:
        for _ in range(3):
            assert await session.send(Operation("GetReport", "GET", "/report", bytes).request()) == body


async def test_closing_ends_a_call_made_while_its_task_is_being_cancelled_with_an_error_of_ours() -> None:
    errors: list[BaseException] = []
    async with RawServer(default=Hang()) as server:
        session = session_on(server)

        async def clean_up() -> None:
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                try:
                    await get_customer_accounts(session, 1)
                except BaseException as error:  # noqa: BLE001 -- whatever it is
                    errors.append(error)
                raise

        task = asyncio.create_task(clean_up())
        await asyncio.sleep(0)
        task.cancel()
        await until(lambda: server.calls)
        await session.close()
        await asyncio.wait((task,))
    assert [type(error) for error in errors] == [TransportError]
    assert task.cancelled()


async def test_timeouts_of_every_length_leave_nothing_behind() -> None:
    async with RawServer() as server, session_on(server) as session:
        for place in range(50):
            await session.send(Operation("GetX", "GET", "/x", bytes, timeout=5 + place / 100).request())
        assert not session._deadlines._lines
