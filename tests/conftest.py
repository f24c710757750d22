"""What most tests share: the sandbox, a session on it, and a clock that a test moves."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from finicity_async import AsyncSession, Sandbox


class MovedClock:
    """A clock in seconds that stands still until it is moved; ``sleep`` moves it and notes for how long."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(refresh_seconds=0.02) as sandbox:
        yield sandbox


@pytest.fixture
async def session(sandbox: Sandbox) -> AsyncIterator[AsyncSession]:
    async with AsyncSession(sandbox.credentials, base_url=sandbox.url, random=lambda: 0.0) as session:
        yield session
