"""What the tests of refreshes share: a clock that they move, and a sandbox and session on it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from finicity_async import AsyncSession, Sandbox
from tests.support.clock import MovedClock
from tests.support.journals import AllCalls
from tests.support.refreshes import NOW, session_in
from tests.support.servers import until


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    yield
    await until(lambda: tasks_of_ours() == {asyncio.current_task()})


def tasks_of_ours() -> set[asyncio.Task[Any]]:
    """Return the tasks that are no handlers of a sandbox: those have a test of their own."""
    return {
        task for task in asyncio.all_tasks() if not repr(task.get_coro()).startswith("<coroutine object RequestHandler")
    }


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock(float(NOW))


@pytest.fixture
async def sandbox(clock: MovedClock, journal: AllCalls) -> AsyncIterator[Sandbox]:
    async with Sandbox(customers=1, clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
async def session(sandbox: Sandbox, clock: MovedClock) -> AsyncIterator[AsyncSession]:
    async with session_in(sandbox, clock) as session:
        yield session
