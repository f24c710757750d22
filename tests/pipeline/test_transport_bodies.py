"""Bodies over the wire: caps, compression, garbage, redirects and hosts that are not safe."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

import pytest

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    Credentials,
    NotFoundError,
    Operation,
    PayloadError,
    ServerError,
    StatusError,
    TransportError,
)
from tests.support.bodies import CAP, GARBAGE, GZIP, RAW, assert_usable, fails
from tests.support.servers import WITH_SECRET, WITH_TOKEN, Answer, Close, RawServer, http, session_on


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
