"""Cursors, gates and small functions for the tests of map_customers."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any, Generic, Self, TypeVar

import pytest

from finicity_async import AsyncSession, CustomerMap, Outcome
from tests.support.servers import Received

C = TypeVar("C")
T = TypeVar("T")
NAME = "finicity_async: map_customers"

both_orders = pytest.mark.parametrize("ordered", [False, True], ids=["as they come", "ordered"])


class Rows(Generic[C]):
    """Rows of a database: ``pulled`` counts how many were asked for; an error can stand among them."""

    def __init__(self, rows: Iterable[C | Exception]) -> None:
        self._rows = iter(rows)
        self.pulled = 0

    def next_row(self, at_end: type[Exception]) -> C:
        for row in self._rows:
            if isinstance(row, Exception):
                raise row
            self.pulled += 1
            return row
        raise at_end


class Cursor(Rows[C]):
    """The rows one by one, each after a while."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> C:
        await asyncio.sleep(0)
        return self.next_row(StopAsyncIteration)


class SyncCursor(Rows[C]):
    """The rows one by one, each at once."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> C:
        return self.next_row(StopIteration)


class Gate:
    """A function that waits for the customers that it holds, and counts what runs at a time."""

    def __init__(self, *held: int, all_held: bool = False) -> None:
        self._held = held
        self._all_held = all_held
        self.opened = asyncio.Event()
        self.started: list[int] = []
        self.ended: list[int] = []
        self.running = 0
        self.most_running = 0

    async def __call__(self, session: AsyncSession, customer_id: int) -> int:
        self.started.append(customer_id)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            for _ in range(20):  # longer than it takes until all workers are there
                await asyncio.sleep(0)
            if self._all_held or customer_id in self._held:
                await self.opened.wait()
        finally:
            self.running -= 1
            self.ended.append(customer_id)
        return customer_id


def ours() -> list[asyncio.Task[Any]]:
    """Return the tasks of every map."""
    return [task for task in asyncio.all_tasks() if task.get_name() == NAME]


async def settled() -> None:
    """Let every task go on for some steps."""
    for _ in range(10):
        await asyncio.sleep(0)


async def same(session: AsyncSession, customer_id: C) -> C:
    await asyncio.sleep(0)
    return customer_id


async def collect(outcomes: CustomerMap[C, T]) -> list[Outcome[C, T]]:
    async with outcomes:
        return [outcome async for outcome in outcomes]


async def take(outcomes: CustomerMap[C, T], taken: list[C]) -> None:
    """Note every customer in turn, so that those before an error are known."""
    async for outcome in outcomes:
        taken.append(outcome.customer_id)  # noqa: PERF401 -- a comprehension would lose them


def customer_of(received: Received) -> str:
    return received.target.split("/")[4]


async def generated(ids: Iterable[C]) -> AsyncIterator[C]:
    for one in ids:
        await asyncio.sleep(0)
        yield one


class CustomError(Exception):
    """An error of the user's."""
