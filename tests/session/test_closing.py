"""Closing comes to its end, whatever interrupts those who wait for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from finicity_async import AsyncSession
from tests.session.calls import list_accounts
from tests.support.held import HeldServer, is_login, loop_turned, until
from tests.support.servers import WITH_SECRET, session_on

pytestmark = pytest.mark.usefixtures("no_task_is_left")


class SlowStore:
    """A token store whose lock is given back after some turns of the loop, as one across a network is."""

    async def load(self) -> None:
        return None

    async def save(self, token: str) -> None:
        raise NotImplementedError  # pragma: no cover -- no login of these tests succeeds

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await asyncio.sleep(0.02)


async def logging_in(server: HeldServer) -> tuple[AsyncSession, asyncio.Task[Any]]:
    """Return a session and its first call, which waits for a login that hangs."""
    session = session_on(server, WITH_SECRET, token_store=SlowStore())
    call = asyncio.create_task(list_accounts(session))
    call.add_done_callback(lambda done: done.cancelled() or done.exception())
    await until(lambda: server.arrived)
    return session, call


async def leave_a_scope(session: AsyncSession) -> None:
    with anyio.CancelScope() as scope:
        async with session:
            scope.cancel()


async def cancel_twice(session: AsyncSession) -> None:
    closing = asyncio.create_task(session.close())
    for _ in range(2):
        await asyncio.sleep(0)
        closing.cancel()
    await asyncio.wait((closing,))
    assert closing.cancelled()


async def cancel_one_of_two(session: AsyncSession) -> None:
    first, second = (asyncio.create_task(session.close()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert (first.cancelled(), second.cancelled()) == (True, False)


@pytest.mark.parametrize("interrupt", [leave_a_scope, cancel_twice, cancel_one_of_two])
async def test_connections_are_closed_though_the_close_is_interrupted_while_a_login_hangs(interrupt: Any) -> None:
    async with HeldServer(holds=is_login) as server:
        session, call = await logging_in(server)
        await interrupt(session)
        assert session.closed
        server.release()
        await until(lambda: server.open_connections == 0)
        await session.close()
        await asyncio.gather(call, return_exceptions=True)
        await loop_turned()


def test_connections_are_closed_when_the_loop_ends_in_the_middle_of_a_close() -> None:
    async def interrupted(server: HeldServer) -> None:
        session, _ = await logging_in(server)
        await cancel_twice(session)

    async def main() -> None:
        async with HeldServer(holds=is_login) as server:
            await asyncio.to_thread(lambda: asyncio.run(interrupted(server)))
            server.release()
            await until(lambda: server.open_connections == 0)
            await loop_turned()

    asyncio.run(main())
