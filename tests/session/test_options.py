"""Options, connectors and timeouts of a session."""

import asyncio
from typing import Any

import aiohttp
import pytest

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    Credentials,
    Operation,
    RequestTimeoutError,
    refresh_customer_accounts_v2,
)
from tests.session.calls import CREDENTIALS, LIST, Call, delete, in_the_end, is_call, list_accounts, refresh, session_on
from tests.support.held import HeldServer, until
from tests.support.servers import EMPTY, Hang, Later, RawServer

pytestmark = pytest.mark.usefixtures("no_task_is_left")


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


@pytest.mark.parametrize("credentials", ["my-app-key", None, ("my-app-key", "1", "secret")], ids=str)
def test_credentials_of_another_type_are_refused_and_not_shown(credentials: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"credentials must be a finicity_async\.Credentials") as caught:
        AsyncSession(credentials)
    assert "my-app-key" not in str(caught.value)


async def test_a_client_in_place_of_a_connector_is_refused() -> None:
    async with aiohttp.ClientSession() as client:
        with pytest.raises(ConfigurationError, match=r"connector must be a aiohttp\.BaseConnector.*ClientSession"):
            AsyncSession(CREDENTIALS, connector=client)  # type: ignore[arg-type]  # -- what is tested


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


TOKEN_ALONE = Credentials("key", app_token="token")
IMPATIENT: dict[str, Any] = {"timeout": 0.03, "max_tries": 1}
PATIENT = Operation("Patient", "GET", LIST.operation.path, bytes, timeout=5.0)


@pytest.mark.parametrize("call", [list_accounts, delete])
async def test_timeout_of_the_session_applies_to_ordinary_calls(call: Call) -> None:
    async with RawServer(EMPTY, Hang()) as server, session_on(server, TOKEN_ALONE, timeout=0.5, max_tries=1) as session:
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
    hurried = Operation("Hurried", "GET", LIST.operation.path, bytes, idempotent=False, timeout=0.5)
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
    async with RawServer(EMPTY, begun) as server, session_on(server, TOKEN_ALONE, timeout=0.5, max_tries=1) as session:
        await session.send(PATIENT.request(customerId=1))
        with pytest.raises(RequestTimeoutError):
            await list_accounts(session)
        assert await session.send(PATIENT.request(customerId=1))
