"""The session: opening and closing, slots, timeouts, figures, raw access, and where secrets go."""

import asyncio
import contextlib
import copy
import gc
import gzip
import pickle
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from conftest import MovedClock
from held import HeldServer, is_login, loop_turned, until
from servers import EMPTY, TOKEN, Close, Hang, Later, RawServer, Received, http

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    Credentials,
    FinicityError,
    NotFoundError,
    Operation,
    PayloadError,
    RateLimitError,
    RequestTimeoutError,
    StatusError,
    TransportError,
    create_token,
    delete_customer_account,
    get_customer_accounts,
    modify_partner_secret,
    refresh_customer_accounts,
    refresh_customer_accounts_v2,
)
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS

Call = Callable[[AsyncSession], Coroutine[Any, Any, object]]

CREDENTIALS = Credentials("key-0123456789", "2445581234567", "0ldSecret-123456")
LIST = GET_CUSTOMER_ACCOUNTS.request(customerId=1)


def session_on(server: RawServer, credentials: Credentials = CREDENTIALS, **options: Any) -> AsyncSession:
    return AsyncSession(credentials, base_url=server.url, **{"random": lambda: 0.0, **options})


async def list_accounts(session: AsyncSession) -> object:
    return await get_customer_accounts(session, 1)


async def refresh(session: AsyncSession) -> object:
    return await refresh_customer_accounts(session, 1)


async def delete(session: AsyncSession) -> None:
    await delete_customer_account(session, 1, 2)


async def change_secret(session: AsyncSession) -> None:
    await modify_partner_secret(session, "n3wSecret-123456")


async def enter(session: AsyncSession) -> None:
    async with session:
        pass


def is_call(received: Received) -> bool:
    return not is_login(received)


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    yield
    assert asyncio.all_tasks() == {asyncio.current_task()}


# Opening and closing


async def test_session_works_in_async_with_and_is_closed_after_it() -> None:
    async with RawServer() as server:
        async with session_on(server) as session:
            assert session.closed is False
            await list_accounts(session)
        assert session.closed is True
        await until(lambda: server.open_connections == 0)


async def test_session_works_without_async_with() -> None:
    async with RawServer() as server:
        session = session_on(server)
        await list_accounts(session)
        await session.close()
        assert session.closed is True
        await until(lambda: server.open_connections == 0)


async def test_session_can_be_closed_twice_and_at_once() -> None:
    async with RawServer() as server, session_on(server) as session:
        await list_accounts(session)
        await asyncio.gather(session.close(), session.close())
        await session.close()


async def test_session_that_was_never_used_closes_quietly() -> None:
    async with RawServer() as server:
        await session_on(server).close()
        async with session_on(server):
            pass
        assert server.connections == 0


@pytest.mark.parametrize("call", [list_accounts, refresh, delete, create_token, change_secret, enter])
@pytest.mark.parametrize("used", [True, False], ids=["used", "unused"])
async def test_closed_session_refuses_every_call_and_sends_nothing(call: Call, used: bool) -> None:
    async with RawServer() as server:
        session = session_on(server)
        if used:
            await list_accounts(session)
        await session.close()
        sent = (len(server.calls), len(server.logins))
        with pytest.raises(ConfigurationError, match="closed"):
            await call(session)
        assert (len(server.calls), len(server.logins)) == sent


@pytest.mark.parametrize("max_connections", [1, 10])
async def test_calls_under_way_and_in_the_queue_end_when_the_session_is_closed(max_connections: int) -> None:
    async with HeldServer(holds=is_call) as server:
        session = session_on(server, max_connections=max_connections)
        tasks = [asyncio.create_task(list_accounts(session)) for _ in range(5)]
        await until(lambda: len(server.arrived) == min(5, max_connections))
        await session.close()
        errors = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 1)
        under_way = min(5, max_connections)
        queued = 5 - under_way
        assert [type(error) for error in errors] == [TransportError] * under_way + [ConfigurationError] * queued
        assert len(server.arrived) == min(5, max_connections)


async def test_session_closed_twice_at_once_ends_its_calls_as_one_close_does() -> None:
    async with HeldServer(holds=is_call) as server:
        session = session_on(server)
        tasks = [asyncio.create_task(list_accounts(session)) for _ in range(5)]
        await until(lambda: len(server.arrived) == 5)
        await asyncio.gather(session.close(), session.close())
        errors = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 1)
        assert [type(error) for error in errors] == [TransportError] * 5


@pytest.mark.parametrize(
    "answer", [http(429, headers={"Retry-After": "50"}), http(503)], ids=["until a pause ends", "for the next try"]
)
async def test_call_that_waits_ends_when_the_session_is_closed(answer: bytes) -> None:
    async with RawServer(answer) as server:
        session = session_on(server, random=lambda: 1.0)
        task = asyncio.create_task(list_accounts(session))
        await until(lambda: session.stats.received and not session.stats.in_flight)
        await loop_turned()
        await session.close()
        await asyncio.wait([task], timeout=0.3)
        assert task.done()
        assert isinstance(task.exception(), TransportError)
        assert len(server.calls) == 1


async def test_cancelling_a_call_is_a_cancellation_though_the_session_is_closed_meanwhile() -> None:
    async with HeldServer(holds=is_call) as server:
        session = session_on(server)
        task = asyncio.create_task(list_accounts(session))
        await until(lambda: server.arrived)
        task.cancel()
        await session.close()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_deadline_of_the_caller_stays_his_own_when_the_session_is_closed() -> None:
    """The close must not leave a cancellation behind that a timeout of the caller takes for its own."""
    async with HeldServer(holds=is_call) as server:
        session = session_on(server)

        async def call() -> str:
            async with asyncio.timeout(5):
                try:
                    await list_accounts(session)
                except TransportError:
                    await asyncio.sleep(0.001)
            return "went on"

        task = asyncio.create_task(call())
        await until(lambda: server.arrived)
        await session.close()
        assert await task == "went on"
        assert task.cancelling() == 0


async def test_close_leaves_no_task_and_no_connection() -> None:
    before = asyncio.all_tasks()
    async with RawServer() as server:
        before |= asyncio.all_tasks()
        async with session_on(server) as session:
            await asyncio.gather(*(list_accounts(session) for _ in range(20)))
            assert server.open_connections > 1
        assert asyncio.all_tasks() - before - server._tasks == set()
        await until(lambda: server.open_connections == 0)


async def test_unclosed_session_warns() -> None:
    async with RawServer() as server:
        session = session_on(server)
        await list_accounts(session)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            del session
            gc.collect()
        assert ResourceWarning in {warning.category for warning in caught}


async def test_session_that_was_never_used_needs_no_close() -> None:
    session = AsyncSession(CREDENTIALS)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del session
        gc.collect()
    assert caught == []


def test_session_refuses_another_event_loop_and_goes_on_in_its_own() -> None:
    with asyncio.Runner() as own, asyncio.Runner() as other:
        server = RawServer()
        own.run(server.__aenter__())
        session = session_on(server)
        own.run(list_accounts(session))
        for call in (list_accounts, create_token, enter):
            with pytest.raises(ConfigurationError, match="event loop"):
                other.run(call(session))
        own.run(list_accounts(session))
        assert (len(server.logins), len(server.calls)) == (1, 2)
        own.run(session.close())
        own.run(server.__aexit__(None, None, None))


def test_session_that_outlives_its_loop_is_refused_in_the_next() -> None:
    session = AsyncSession(CREDENTIALS, base_url="http://127.0.0.1:9")
    asyncio.run(session.__aenter__())
    with pytest.raises(ConfigurationError, match="event loop"):
        asyncio.run(list_accounts(session))
    asyncio.run(session.close())


def test_session_can_be_made_outside_of_any_loop() -> None:
    session = AsyncSession(CREDENTIALS, base_url="http://127.0.0.1:9")
    asyncio.run(enter(session))


# Options


@pytest.mark.parametrize(
    "options",
    [
        {"max_connections": 0},
        {"max_connections": -1},
        {"timeout": 0},
        {"timeout": -20.0},
        {"timeout": float("nan")},
        {"refresh_timeout": 0.0},
        {"refresh_timeout": -1},
        {"max_tries": 0},
        {"requests_per_second": 0},
        {"requests_per_second": -5.0},
        {"max_body": 0},
    ],
    ids=str,
)
def test_option_that_cannot_work_is_refused_by_name(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        AsyncSession(CREDENTIALS, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"max_connections": None},
        {"timeout": None},
        {"timeout": float("inf")},
        {"refresh_timeout": None},
        {"max_tries": None},
        {"max_body": None},
    ],
    ids=str,
)
def test_none_and_infinity_are_no_way_to_say_no_limit(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        AsyncSession(CREDENTIALS, **options)


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "api.finicity.com",
        "ftp://api.finicity.com",
        "http://api.finicity.com",
        "http://127.0.0.1.example",
        "https://user:word@api.finicity.com",
        "https://api.finicity.com?key=word",
        "https://api.finicity.com#word",
        "https://",
        None,
    ],
)
def test_base_url_that_is_none_or_shows_the_secrets_is_refused(base_url: Any) -> None:
    with pytest.raises(ConfigurationError, match="base_url") as caught:
        AsyncSession(CREDENTIALS, base_url=base_url)
    assert "word" not in str(caught.value)


@pytest.mark.parametrize(
    "base_url", ["https://api.finicity.com/", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"]
)
def test_base_url_may_be_https_or_this_machine(base_url: str) -> None:
    assert AsyncSession(CREDENTIALS, base_url=base_url).base_url == base_url.rstrip("/")


async def test_base_url_may_have_a_path() -> None:
    async with (
        RawServer() as server,
        AsyncSession(Credentials("key", app_token="token"), base_url=f"{server.url}/proxy/") as session,
    ):
        await list_accounts(session)
        assert server.calls[0].target == "/proxy/aggregation/v1/customers/1/accounts"


# Connector and slots


async def test_two_hundred_calls_open_at_most_max_connections() -> None:
    async with RawServer() as server, session_on(server, max_connections=10) as session:
        await asyncio.gather(*(list_accounts(session) for _ in range(200)))
        assert len(server.calls) == 200
        assert 1 < server.connections <= 10


async def test_connector_passed_in_is_used_limits_the_slots_and_is_not_closed() -> None:
    connector = aiohttp.TCPConnector(limit=3)
    async with HeldServer(holds=is_call) as server:
        async with session_on(server, connector=connector) as session:
            tasks = [asyncio.create_task(list_accounts(session)) for _ in range(10)]
            await until(lambda: len(server.arrived) == 3)
            assert (session.stats.in_flight, session.stats.waiting) == (3, 7)
            server.release()
            await asyncio.gather(*tasks)
            assert server.connections == 3
        assert connector.closed is False
        async with session_on(server, connector=connector) as session:
            await list_accounts(session)
        assert server.connections == 3, "the second session took over a connection of the first"
        await connector.close()


@pytest.mark.parametrize(("limit", "slots"), [(0, 2), (5, 2), (1, 1)])
async def test_fewer_of_connector_and_option_limit_the_slots(limit: int, slots: int) -> None:
    connector = aiohttp.TCPConnector(limit=limit)
    async with HeldServer(holds=is_call) as server:
        async with session_on(server, connector=connector, max_connections=2) as session:
            tasks = [asyncio.create_task(list_accounts(session)) for _ in range(6)]
            await until(lambda: len(server.arrived) == slots)
            assert session.stats.in_flight == slots
            server.release()
            await asyncio.gather(*tasks)
        await connector.close()


async def test_connector_with_a_limit_per_host_limits_the_slots_too() -> None:
    """Else the calls wait inside aiohttp, where their timers run."""
    connector = aiohttp.TCPConnector(limit=100, limit_per_host=2)
    async with HeldServer(holds=is_call) as server:
        async with session_on(server, connector=connector) as session:
            tasks = [asyncio.create_task(list_accounts(session)) for _ in range(6)]
            await until(lambda: len(server.arrived) == 2)
            in_flight = session.stats.in_flight
            server.release()
            await asyncio.gather(*tasks)
        await connector.close()
    assert in_flight == 2


async def test_closed_connector_is_a_configuration_error() -> None:
    connector = aiohttp.TCPConnector()
    async with RawServer() as server, session_on(server, connector=connector) as session:
        await list_accounts(session)
        await connector.close()
        with pytest.raises(ConfigurationError):
            await list_accounts(session)
        assert len(server.calls) == 1


async def open_connector() -> aiohttp.TCPConnector:
    return aiohttp.TCPConnector()


async def close_connector(connector: aiohttp.TCPConnector) -> None:
    await connector.close()


def test_connector_of_another_event_loop_is_a_configuration_error() -> None:
    with asyncio.Runner() as own, asyncio.Runner() as other:
        connector = other.run(open_connector())
        session = AsyncSession(CREDENTIALS, base_url="http://127.0.0.1:9", connector=connector)
        try:
            with pytest.raises(ConfigurationError):
                own.run(list_accounts(session))
        finally:
            own.run(session.close())
            other.run(close_connector(connector))


async def test_timer_starts_when_a_slot_is_held() -> None:
    async with (
        RawServer(default=Later(0.02, EMPTY)) as server,
        session_on(server, max_connections=1, timeout=0.25) as session,
    ):
        await asyncio.gather(*(list_accounts(session) for _ in range(15)))
        assert len(server.calls) == 15


# Timeouts


TOKEN_ALONE = Credentials("key", app_token="token")
IMPATIENT: dict[str, Any] = {"timeout": 0.03, "max_tries": 1}
PATIENT = Operation("Patient", "GET", LIST.operation.path, bytes, timeout=5.0)


async def in_the_end(session: AsyncSession) -> object:
    """Make a good call on a session whose timeout is so short that a busy machine may need some tries."""
    for _ in range(20):  # pragma: no branch -- one of the tries ends it
        with contextlib.suppress(RequestTimeoutError):
            return await list_accounts(session)
    return await list_accounts(session)  # pragma: no cover -- reached on a machine that is far too busy


@pytest.mark.parametrize("call", [list_accounts, delete])
async def test_timeout_of_the_session_applies_to_ordinary_calls(call: Call) -> None:
    async with RawServer(EMPTY, Hang()) as server, session_on(server, TOKEN_ALONE, **IMPATIENT) as session:
        await session.send(PATIENT.request(customerId=1))
        with pytest.raises(RequestTimeoutError) as caught:
            await call(session)
        assert isinstance(caught.value, TimeoutError)
        assert caught.value.sent is True
        await session.send(PATIENT.request(customerId=1))
        assert len(server.calls) == 3


async def refresh_v2(session: AsyncSession) -> None:
    await refresh_customer_accounts_v2(session, 1)


@pytest.mark.parametrize("call", [refresh, refresh_v2])
async def test_refresh_timeout_applies_to_refreshes_only(call: Call) -> None:
    slow = Later(0.045, EMPTY)
    async with RawServer(default=slow) as server:
        async with session_on(server, TOKEN_ALONE, **IMPATIENT) as session:
            await call(session)
            with pytest.raises(RequestTimeoutError):
                await list_accounts(session)
        async with session_on(server, TOKEN_ALONE, refresh_timeout=0.03) as session:
            with pytest.raises(RequestTimeoutError):
                await call(session)
            await list_accounts(session)


async def test_refresh_timeout_does_not_apply_to_the_login_before_a_refresh() -> None:
    async with RawServer(logins=(Hang(), Hang())) as server, session_on(server, timeout=0.05) as session:
        with pytest.raises(RequestTimeoutError) as caught:
            await refresh(session)
        assert caught.value.operation == "CreateToken"
        assert server.calls == []
        await in_the_end(session)


async def test_timeout_of_an_operation_goes_before_that_of_the_session() -> None:
    hurried = Operation("Hurried", "GET", LIST.operation.path, bytes, idempotent=False, timeout=0.03)
    async with RawServer(EMPTY, Hang()) as server, session_on(server) as session:
        await list_accounts(session)
        with pytest.raises(RequestTimeoutError) as caught:
            await session.send(hurried.request(customerId=1))
        assert caught.value.operation == "Hurried"
        assert len(server.calls) == 2
        await list_accounts(session)


async def test_timeout_of_a_refresh_of_ones_own_goes_before_that_of_the_session() -> None:
    patient = Operation("Patient", "POST", LIST.operation.path, bytes, refresh=True, timeout=5.0)
    server = RawServer(default=Later(0.03, EMPTY))
    async with server, session_on(server, TOKEN_ALONE, refresh_timeout=0.01) as session:
        assert await session.send(patient.request(customerId=1))


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_timeout_of_an_operation_that_cannot_work_is_refused(seconds: float) -> None:
    """To aiohttp, what is not above 0 means "no timeout at all"; infinity ends in an OverflowError."""
    with pytest.raises(ConfigurationError, match="timeout"):
        Operation("Ask", "GET", LIST.operation.path, bytes, timeout=seconds)


async def test_timeout_covers_the_body() -> None:
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"
    async with RawServer(EMPTY, begun) as server, session_on(server, TOKEN_ALONE, **IMPATIENT) as session:
        await session.send(PATIENT.request(customerId=1))
        with pytest.raises(RequestTimeoutError):
            await list_accounts(session)
        assert await session.send(PATIENT.request(customerId=1))


# Figures


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


# What a session shows and refuses


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


# Raw access


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


# Where secrets go


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
