"""The skeleton of a fan-out: tasks that pull customers, a queue of outcomes for one consumer, and how it ends."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterable, Coroutine, Iterable
from typing import Any, Generic, TypeVar

from finicity_async._closing import Closing
from finicity_async._fanout.source import Source

R = TypeVar("R")


class MapEngine(ABC, Generic[R]):
    """
    Runs the tasks of a fan-out and hands their outcomes to one consumer.

    A subclass spawns tasks that acquire the window, pull a batch of customers from the source, and report its outcomes.
    The first failure ends the map: the consumer gets the outcomes that are there, then the error.

    Args:
        customer_ids: Where the customers come from.
        window: Batches that may have been pulled while their outcomes were not taken.
        ordered: Whether outcomes keep the order of the customers.

    Attributes:
        source: The customers.
        window: Space for batches whose outcomes were not taken.
        stopped: Whether the map has failed or is being closed; no further customer is called for.
        tasks: The tasks that run.
    """

    def __init__(self, customer_ids: Iterable[Any] | AsyncIterable[Any], window: int, *, ordered: bool) -> None:
        self.source: Source = Source(customer_ids)
        self.window: Window = Window(window)
        self.stopped: bool = False
        self.tasks: set[asyncio.Task[None]] = set()
        self._batches: AsCompleted[R] | InOrder[R] = InOrder() if ordered else AsCompleted()
        self._batch: list[R] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failure: BaseException | None = None
        self._closing = Closing("close a map")
        self._changed = asyncio.Event()

    @abstractmethod
    def start(self) -> None:
        """Spawn the first task; called when the first outcome is asked for."""

    async def shutdown(self) -> None:
        """Release what the map holds elsewhere; called once, after the last task has ended."""

    async def next_outcome(self) -> R:
        """Return the next outcome; raise what ended the map, or StopAsyncIteration."""
        if self._loop is None and not self.stopped:
            self.start()
            self._loop = asyncio.get_running_loop()
        while not self._batch:
            if batch := self._batches.take():
                batch.reverse()
                self._batch = batch
            elif self.stopped or not self.tasks:
                await self.close()
                raise self._failure or self.source.failure or StopAsyncIteration
            else:
                self._changed.clear()
                await self._changed.wait()
        outcome = self._batch.pop()
        if not self._batch:
            self.window.release()
        return outcome

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run a coroutine as a task of this map."""
        task = asyncio.create_task(work, name=f"finicity_async: {name}")
        self.tasks.add(task)
        task.add_done_callback(self._on_done)

    def report(self, position: int, batch: list[R]) -> None:
        """
        Put the outcomes of a batch into the queue and wake the consumer.

        Args:
            position: Which batch it is, in the order of the customers; 0 for the first.
            batch: Its outcomes, one or more; the list is handed over.
        """
        self._batches.add(position, batch)
        self._changed.set()

    def fail(self, error: BaseException) -> None:
        """End the map with an error; only the first one counts, and none once the map is being closed."""
        if not self.stopped:
            self.stopped, self._failure = True, error
        self._changed.set()

    def cancel(self) -> None:
        """Close the map without waiting for it; may be called from any thread, as finalizers are."""
        self.stopped = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._closing.begin, self._close)

    async def close(self) -> None:
        """Cancel every task and wait until all have ended and the source is closed; any number of callers may."""
        self.stopped = True
        try:
            await self._closing.run(self._close)
        except Exception:
            if self._failure is None:  # Otherwise what ended the map is what the consumer has to know.
                raise

    async def _close(self) -> None:
        for task in self.tasks:
            task.cancel()
        if self.tasks:
            await asyncio.wait(set(self.tasks))
        self._changed.set()  # for a consumer that waits in another task
        await self.shutdown()
        await self.source.close()

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        error = asyncio.CancelledError("a worker was cancelled") if task.cancelled() else task.exception()
        if error is not None:
            self.fail(error)
        self._changed.set()


class Window:
    """
    Back-pressure: how many batches may have been pulled while their outcomes were not taken.

    Args:
        size: Batches; may be changed at any time.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._used = 0
        self._waiters: deque[asyncio.Future[None]] = deque()

    def try_acquire(self) -> bool:
        """Take space for a batch if there is some."""
        if self._used >= self.size:
            return False
        self._used += 1
        return True

    async def wait(self) -> None:
        """Wait until it is worth trying again. Another task may be quicker, so call this in a loop."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    def release(self) -> None:
        """Give back the space of a batch whose outcomes were taken."""
        self._used -= 1
        self.wake()

    def wake(self) -> None:
        """Let the task that has waited longest try again; a cancelled one is skipped, its map is ending."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return


class AsCompleted(Generic[R]):
    """Batches of outcomes in the order in which they end."""

    def __init__(self) -> None:
        self._batches: deque[list[R]] = deque()

    def add(self, _position: int, batch: list[R]) -> None:
        """Put a batch into the queue."""
        self._batches.append(batch)

    def take(self) -> list[R] | None:
        """Return the next batch, None while there is none."""
        return self._batches.popleft() if self._batches else None


class InOrder(Generic[R]):
    """Batches of outcomes in the order of the customers."""

    def __init__(self) -> None:
        self._batches: dict[int, list[R]] = {}
        self._next = 0

    def add(self, position: int, batch: list[R]) -> None:
        """Put a batch into the queue."""
        self._batches[position] = batch

    def take(self) -> list[R] | None:
        """Return the next batch, None while it has not come."""
        batch = self._batches.pop(self._next, None)
        self._next += batch is not None
        return batch
