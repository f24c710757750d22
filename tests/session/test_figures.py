"""Figures of a session, raw access, and what goes to no other host."""

import asyncio
import copy
import gzip
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from finicity_async import (
    AsyncSession,
    FinicityError,
    NotFoundError,
    Operation,
    PayloadError,
    RateLimitError,
    RequestTimeoutError,
    StatusError,
    TransportError,
    create_token,
)
from tests.session.calls import CREDENTIALS, LIST, Call, delete, in_the_end, is_call, list_accounts, refresh, session_on
from tests.support.clock import MovedClock
from tests.support.held import HeldServer, until
from tests.support.servers import EMPTY, TOKEN, Close, Hang, Later, RawServer, http

pytestmark = pytest.mark.usefixtures("no_task_is_left")


async def test_stats_after_known_traffic(clock: MovedClock) -> None:
    server = RawServer(
        EMPTY,
        http(429, headers={"Retry-After": "2"}),
        EMPTY,
        http(503, b"down"),
        EMPTY,
        http(404, b"{}"),
    )
    async with server, session_on(server, clock=clock, sleep=clock.sleep) as session:
        for _ in range(3):
            await list_accounts(session)
        with pytest.raises(NotFoundError):
            await list_accounts(session)
        await create_token(session)
        stats = session.stats
        assert (stats.calls, stats.sent, stats.retries, stats.logins) == (4, 8, 2, 2)
        assert stats.sent == len(server.calls) + len(server.logins)
        assert (stats.rate_limited, stats.failures) == (1, 1)
        bodies = [TOKEN, EMPTY, b"", EMPTY, b"down", EMPTY, b"{}", TOKEN]
        assert stats.received == sum(len(body.rpartition(b"\r\n\r\n")[2]) for body in bodies)
        assert (stats.in_flight, stats.waiting, stats.paused_for) == (0, 0, 0)


async def test_stats_show_a_pause_that_the_vendor_asked_for(clock: MovedClock) -> None:
    server = RawServer(http(429, headers={"Retry-After": "10"}))
    async with server, session_on(server, clock=clock, sleep=clock.sleep) as session:
        with pytest.raises(RateLimitError):
            await delete(session)
        assert (session.stats.paused_for, session.stats.failures) == (10, 1)
        clock.advance(4)
        assert session.stats.paused_for == 6
        await list_accounts(session)
        assert session.stats.paused_for == 0


async def test_stats_count_bytes_after_decompression() -> None:
    body = b'{"accounts": []' + b" " * 5000 + b"}"
    answer = http(200, gzip.compress(body), {"Content-Encoding": "gzip"})
    async with RawServer(EMPTY, answer) as server, session_on(server) as session:
        await session.send_raw(LIST)
        before = session.stats.received
        assert (await session.send_raw(LIST)).body == body
        assert session.stats.received - before == len(body)


@pytest.mark.parametrize(
    "answer",
    [http(200, "no JSON"), http(200), http(203), Close(), http(400)],
    ids=["text", "empty", "203", "lost", "400"],
)
async def test_every_call_that_ends_in_an_error_counts_as_a_failure(answer: bytes | Close) -> None:
    async with RawServer(answer) as server, session_on(server, max_tries=1) as session:
        with pytest.raises(FinicityError):
            await list_accounts(session)
        await list_accounts(session)
        assert (session.stats.calls, session.stats.failures) == (2, 1)


async def test_refused_login_is_one_failure_of_the_call_that_needed_it() -> None:
    async with RawServer(default_login=http(401, {"code": 10001})) as server, session_on(server) as session:
        with pytest.raises(StatusError):
            await list_accounts(session)
        stats = session.stats
        assert (stats.calls, stats.failures, stats.logins, stats.sent) == (1, 1, 1, 1)


async def test_cancelled_call_gives_its_slot_back() -> None:
    async with HeldServer(holds=is_call) as server, session_on(server, max_connections=1) as session:
        task = asyncio.create_task(list_accounts(session))
        await until(lambda: server.arrived)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (session.stats.in_flight, session.stats.waiting) == (0, 0)
        server.release()
        await list_accounts(session)


async def test_repr_shows_where_it_talks_to_and_what_it_does() -> None:
    async with HeldServer(holds=is_call) as server:
        async with session_on(server, max_connections=1) as session:
            tasks = [asyncio.create_task(list_accounts(session)) for _ in range(3)]
            await until(lambda: server.arrived)
            assert repr(session) == f"AsyncSession({server.url!r}, in_flight=1, waiting=2)"
            server.release()
            await asyncio.gather(*tasks)
        assert repr(session) == f"AsyncSession({server.url!r}, closed)"


@pytest.mark.parametrize("act", [pickle.dumps, copy.copy, copy.deepcopy])
@pytest.mark.parametrize("one", [AsyncSession(CREDENTIALS), CREDENTIALS], ids=["session", "credentials"])
def test_session_and_credentials_cannot_be_pickled_or_copied(act: Callable[[object], object], one: object) -> None:
    with pytest.raises(TypeError, match="pickled"):
        act(one)


async def test_trace_configs_are_called() -> None:
    seen = []

    async def note(_: aiohttp.ClientSession, __: SimpleNamespace, start: aiohttp.TraceRequestStartParams) -> None:
        seen.append((start.method, start.url.path))

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(note)
    async with RawServer() as server, session_on(server, trace_configs=(trace,)) as session:
        await list_accounts(session)
    assert seen == [
        ("POST", "/aggregation/v2/partners/authentication"),
        ("GET", "/aggregation/v1/customers/1/accounts"),
    ]


async def test_send_raw_returns_the_reply_as_it_came() -> None:
    answer = http(200, b'{"accounts": [], "unknown": 1.50}', {"X-Vendor-Trace": "abc"})
    async with RawServer(http(503), answer) as server, session_on(server) as session:
        response = await session.send_raw(LIST)
        assert (response.status, response.attempts, response.body) == (200, 2, b'{"accounts": [], "unknown": 1.50}')
        assert response.headers["x-vendor-trace"] == response.headers["X-VENDOR-TRACE"] == "abc"
        assert 0 < response.elapsed < 2


async def test_elapsed_covers_the_wait_for_a_slot() -> None:
    async with RawServer(default=Later(0.02, EMPTY)) as server, session_on(server, max_connections=1) as session:
        await list_accounts(session)
        responses = await asyncio.gather(*(session.send_raw(LIST) for _ in range(3)))
        assert max(response.elapsed for response in responses) > 0.058
        assert [response.attempts for response in responses] == [1, 1, 1]


@pytest.mark.parametrize(
    ("answer", "body"), [(http(200), b""), (http(204), b""), (http(200, "no JSON"), b"no JSON"), (http(201, "x"), b"x")]
)
async def test_send_raw_decodes_nothing(answer: bytes, body: bytes) -> None:
    async with RawServer(answer) as server, session_on(server) as session:
        assert (await session.send_raw(LIST)).body == body


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (http(404, {"code": "14001"}), NotFoundError),
        (http(302, headers={"Location": "/"}), StatusError),
        (Close(), TransportError),
        (Hang(), RequestTimeoutError),
        (http(200, b"x" * 1001), PayloadError),
    ],
    ids=["404", "302", "lost", "timeout", "too large"],
)
async def test_send_raw_raises_errors_all_the_same(answer: Any, error: type[FinicityError]) -> None:
    timeout = 0.05 if isinstance(answer, Hang) else 5.0
    async with RawServer(answer) as server, session_on(server, max_tries=1, timeout=timeout, max_body=1000) as session:
        with pytest.raises(error):
            await session.send_raw(LIST)
        await in_the_end(session)


@pytest.mark.parametrize(
    "retry_after",
    [
        "soon",
        "-5",
        "",
        "1e999",
        "Mon, 99 Jan 2024 00:00:00 GMT",
        "Mon, 01 Jan 9999 00:00:00 -2359",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
    ],
)
async def test_error_reply_with_a_mad_retry_after_is_still_that_error(retry_after: str) -> None:
    headers = {"Retry-After": retry_after}
    async with RawServer(http(400, headers=headers)) as server, session_on(server) as session:
        with pytest.raises(StatusError):
            await list_accounts(session)
        await list_accounts(session)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("call", [list_accounts, refresh, delete, create_token])
async def test_redirect_to_another_host_is_raised_and_not_followed(call: Call, status: int) -> None:
    async with RawServer() as elsewhere:
        away = http(status, headers={"Location": f"{elsewhere.url}/aggregation/v1/customers/1/accounts"})
        server = RawServer(logins=(away,)) if call is create_token else RawServer(away)
        async with server, session_on(server) as session:
            with pytest.raises(StatusError) as caught:
                await call(session)
            assert caught.value.status == status
            await list_accounts(session)
        assert elsewhere.connections == 0


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
async def test_proxy_of_the_environment_gets_nothing(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with RawServer() as elsewhere:
        monkeypatch.setenv(variable, elsewhere.url)
        async with RawServer() as server, session_on(server) as session:
            await list_accounts(session)
            assert len(server.calls) == 1
        assert elsewhere.connections == 0


async def test_cookies_are_not_kept() -> None:
    answer = http(200, {"accounts": []}, {"Set-Cookie": "visid=1; Path=/"})
    async with RawServer(answer) as server, session_on(server) as session:
        await list_accounts(session)
        await list_accounts(session)
        assert "cookie" not in server.calls[1].headers


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST", "PUT"])
async def test_a_request_without_a_body_says_nothing_of_a_type(method: str) -> None:
    bodiless = Operation("Bodiless", method, "/nothing", bytes).request()
    async with RawServer(EMPTY) as server, session_on(server) as session:
        await session.send_raw(bodiless)
        (received,) = [call for call in server.calls if call.target == "/nothing"]
    assert (received.method, "content-type" in received.headers) == (method, False)
