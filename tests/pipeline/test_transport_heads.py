"""Heads that aiohttp would not read, and bodies whose encoding nobody asked for: the status decides all the same."""

import asyncio
import gzip
import zlib
from typing import Any

import pytest

from finicity_async import (
    AuthenticationError,
    BadRequestError,
    CustomerAccounts,
    FinicityError,
    NotFoundError,
    PayloadError,
    RateLimitError,
    StatusError,
    TransportError,
    delete_customer_account,
    get_customer_accounts,
    map_customers,
    refresh_customer_accounts,
)
from tests.support.bodies import RAW, assert_usable, fails
from tests.support.servers import WITH_SECRET, WITH_TOKEN, RawServer, http, session_on

REFUSED = b'{"code": 10001, "message": "no"}'


def with_head(status: int, lines: str, body: bytes = REFUSED, reason: str = "No") -> bytes:
    """Return a response with these header lines."""
    return f"HTTP/1.1 {status} {reason}\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode("latin-1") + body


UNUSUAL: dict[str, dict[str, Any]] = {
    "br": {"lines": "Content-Encoding: br\r\n", "body": b"\x0b\x02\x80{}\x03"},
    "zstd": {"lines": "Content-Encoding: zstd\r\n", "body": b"\x28\xb5\x2f\xfd"},
    "gzip twice": {"lines": "Content-Encoding: gzip, gzip\r\n", "body": gzip.compress(gzip.compress(REFUSED))},
    "gzip that is none": {"lines": "Content-Encoding: gzip\r\n"},
    "gzip that breaks off": {"lines": "Content-Encoding: gzip\r\n", "body": gzip.compress(REFUSED)[:-9]},
    "an encoding that is no encoding": {"lines": "Content-Encoding: utf-8\r\n"},
    "one header of 9 kB": {"lines": f"X-Trace: {'a' * 9_000}\r\n"},
    "one header of 60 kB": {"lines": f"Set-Cookie: {'a' * 60_000}\r\n"},
    "200 headers": {"lines": "".join(f"X-{number}: {number}\r\n" for number in range(200))},
    "a long reason": {"lines": "", "reason": "No" * 5_000},
}
unusual = pytest.mark.parametrize("name", UNUSUAL)


def answer(status: int, name: str, more: str = "") -> bytes:
    """Return an unusual answer with a status."""
    options = dict(UNUSUAL[name])
    return with_head(status, more + options.pop("lines"), **options)


@unusual
async def test_a_refused_login_with_an_unusual_head_is_one_login_and_final(name: str) -> None:
    async with RawServer(default_login=answer(401, name)) as server, session_on(server, WITH_SECRET) as session:
        for _ in range(4):
            with pytest.raises(AuthenticationError):
                await get_customer_accounts(session, 1)
        with pytest.raises(AuthenticationError):
            await anext(map_customers(session, get_customer_accounts, map(str, range(200))))
        assert (len(server.logins), len(server.calls)) == (1, 0)
        server._default_login = http(200, {"token": "RawServerToken0000001"})
        session.use_secret("another-secret-0001")
        await assert_usable(session)


@unusual
@pytest.mark.parametrize(("status", "expected"), [(400, BadRequestError), (404, NotFoundError), (418, StatusError)])
async def test_an_error_with_an_unusual_head_is_that_of_its_status(
    name: str, status: int, expected: type[StatusError]
) -> None:
    async with RawServer(answer(status, name)) as server, session_on(server) as session:
        error = await fails(session)
        assert type(error) is expected
        assert isinstance(error, StatusError)
        assert (error.status, len(server.calls)) == (status, 1)
        await assert_usable(session)


@unusual
async def test_a_429_with_an_unusual_head_pauses_the_session(name: str) -> None:
    asked = answer(429, name, "Retry-After: 61\r\n")
    async with RawServer(asked) as server, session_on(server) as session:
        error = await fails(session)
        assert isinstance(error, RateLimitError)
        assert (error.retry_after, len(server.calls)) == (61.0, 1)
        await assert_usable(session)


@unusual
async def test_a_refused_delete_or_refresh_with_an_unusual_head_has_a_known_outcome(name: str) -> None:
    async with RawServer(answer(404, name), answer(400, name)) as server, session_on(server) as session:
        with pytest.raises(NotFoundError):
            await delete_customer_account(session, 1, 2)
        with pytest.raises(BadRequestError):
            await refresh_customer_accounts(session, 1)
        await assert_usable(session)


READABLE = {
    "one header of 9 kB": with_head(200, f"X-Trace: {'a' * 9_000}\r\n", b'{"accounts":[]}'),
    "200 headers": with_head(200, "".join(f"X-{n}: {n}\r\n" for n in range(200)), b'{"accounts":[]}'),
    "utf-8": with_head(200, "Content-Encoding: utf-8\r\n", b'{"accounts":[]}'),
    "identity": with_head(200, "Content-Encoding: identity\r\n", b'{"accounts":[]}'),
    "GZIP": with_head(200, "content-encoding: GZIP\r\n", gzip.compress(b'{"accounts":[]}')),
    "x-gzip": with_head(200, "Content-Encoding: x-gzip\r\n", gzip.compress(b'{"accounts":[]}')),
    "gzip of two members": with_head(
        200, "Content-Encoding: gzip\r\n", gzip.compress(b'{"accounts"') + gzip.compress(b":[]}")
    ),
    "deflate": with_head(200, "Content-Encoding: deflate\r\n", zlib.compress(b'{"accounts":[]}')),
    "deflate without its header": with_head(
        200, "Content-Encoding: deflate\r\n", zlib.compress(b'{"accounts":[]}', wbits=-15)
    ),
}


@pytest.mark.parametrize("name", READABLE)
async def test_a_success_with_an_unusual_head_is_read(name: str) -> None:
    async with RawServer(READABLE[name], READABLE[name]) as server, session_on(server) as session:
        for _ in range(2):
            assert await get_customer_accounts(session, 1) == CustomerAccounts(accounts=())
        assert server.connections == 1


async def test_a_compressed_answer_may_have_no_body() -> None:
    packed = {"Content-Encoding": "gzip"}
    async with RawServer(http(204, headers=packed), http(404, headers=packed)) as server, session_on(server) as session:
        assert await get_customer_accounts(session, 1) == CustomerAccounts(accounts=())
        assert isinstance(await fails(session), NotFoundError)
        await assert_usable(session)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("br", "encoded as br"),
        ("zstd", "encoded as zstd"),
        ("gzip twice", "encoded as gzip, gzip"),
        ("gzip that is none", "cannot be decompressed"),
        ("gzip that breaks off", "breaks off"),
    ],
)
async def test_a_success_that_cannot_be_decompressed_says_why(name: str, why: str) -> None:
    async with RawServer(answer(200, name)) as server, session_on(server) as session:
        error = await fails(session)
        assert isinstance(error, PayloadError)
        assert (why in str(error), error.status, error.body, len(server.calls)) == (True, 200, b"", 1)
        await assert_usable(session)


async def test_only_what_can_be_decompressed_is_asked_for() -> None:
    """With Brotli installed aiohttp would ask for it."""
    async with RawServer() as server, session_on(server) as session:
        await get_customer_accounts(session, 1)
        assert server.calls[0].headers["accept-encoding"] == "gzip, deflate"


HOPELESS = {
    "two lengths": b"HTTP/1.1 401 No\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "a bad header name": b"HTTP/1.1 401 No\r\nBad Name: x\r\nContent-Length: 2\r\n\r\n{}",
    "a header of 200 kB": f"HTTP/1.1 401 No\r\nX: {'a' * 200_000}\r\n\r\n".encode(),
    "2,000 headers": b"HTTP/1.1 401 No\r\n" + b"X: y\r\n" * 2_000 + b"Content-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("name", HOPELESS)
@pytest.mark.parametrize("is_login", [True, False], ids=["login", "call"])
async def test_a_head_that_nobody_can_read_has_no_status(name: str, is_login: bool) -> None:
    """The exception of aiohttp has the status 400, which it invents."""
    server = RawServer(logins=(HOPELESS[name],)) if is_login else RawServer(HOPELESS[name])
    async with server, session_on(server, WITH_SECRET if is_login else WITH_TOKEN, max_tries=1) as session:
        error: FinicityError = await fails(session)
        assert type(error) is TransportError
        assert (error.sent, "400" in str(error)) == (True, False)
        await asyncio.wait_for(session.send(RAW), 2)
