"""Opening and closing a session, in one loop and another."""

import asyncio
import gc
import warnings

import pytest

from finicity_async import AsyncSession, ConfigurationError, TransportError, create_token, modify_partner_secret
from tests.session.calls import CREDENTIALS, Call, delete, is_call, list_accounts, refresh, session_on
from tests.support.held import HeldServer, loop_turned, until
from tests.support.servers import RawServer, http

pytestmark = pytest.mark.usefixtures("no_task_is_left")


async def change_secret(session: AsyncSession) -> None:
    await modify_partner_secret(session, "n3wSecret-123456")


async def enter(session: AsyncSession) -> None:
    async with session:
        pass


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
