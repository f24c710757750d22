"""Whose a CancelledError is: the caller's, a deadline's, or that of a session that closes."""

import asyncio
from typing import Any

import aiohttp
import pytest

from finicity_async import AsyncSession, RequestTimeoutError, TransportError, get_customer_accounts
from finicity_async._pipeline.call import Call
from tests.support.servers import EMPTY, Hang, RawServer, session_on, until


async def call_under_way(session: AsyncSession, server: RawServer) -> tuple[asyncio.Task[Any], Call]:
    """Return a task that waits for a response, and its call."""
    task = asyncio.create_task(get_customer_accounts(session, 1))
    await until(lambda: server.calls)
    (call,) = session._lifecycle.active
    return task, call


async def test_a_cancellation_on_top_of_a_deadline_is_the_callers() -> None:
    async with RawServer(Hang(), default=EMPTY) as server, session_on(server) as session:
        task, call = await call_under_way(session, server)
        call.expire()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await get_customer_accounts(session, 1)


async def test_a_deadline_by_itself_is_a_timeout_and_leaves_no_cancellation_behind() -> None:
    async with RawServer(Hang(), default=EMPTY) as server, session_on(server, max_tries=1) as session:
        task, call = await call_under_way(session, server)
        call.expire()
        with pytest.raises(RequestTimeoutError):
            await task
        assert task.cancelling() == 0
        await get_customer_accounts(session, 1)


async def test_a_close_on_top_of_a_deadline_is_a_close() -> None:
    async with RawServer(Hang()) as server:
        session = session_on(server)
        task, call = await call_under_way(session, server)
        call.expire()
        await session.close()
        with pytest.raises(TransportError, match="session was closed during the call"):
            await task
        assert task.cancelling() == 0


async def test_a_cancellation_on_top_of_a_close_is_the_callers() -> None:
    async with RawServer(Hang()) as server:
        session = session_on(server)
        task, _ = await call_under_way(session, server)
        task.cancel()
        await session.close()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_connector_that_hides_the_cancellation_leaves_none_behind() -> None:
    class Hiding(aiohttp.TCPConnector):
        hides = True

        async def connect(self, *args: Any, **options: Any) -> Any:
            if self.hides:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    raise OSError("hidden") from None
            return await super().connect(*args, **options)

    connector = Hiding()
    async with RawServer(default=EMPTY) as server, session_on(server, connector=connector, max_tries=1) as session:
        task = asyncio.create_task(get_customer_accounts(session, 1))
        await until(lambda: session.stats.sent)
        (call,) = session._lifecycle.active
        call.expire()
        with pytest.raises(TransportError):
            await task
        assert task.cancelling() == 0
        connector.hides = False
        await get_customer_accounts(session, 1)
    await connector.close()
