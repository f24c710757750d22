"""The client's end of a distributed map: customers go out in chunks, their outcomes come back."""

import asyncio
import time
from collections.abc import AsyncIterable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Generic, TypeVar
from uuid import uuid4

from distributed import Client, Future
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker

from finicity_async._fanout.engine import MapEngine
from finicity_async._fanout.source import END
from finicity_async.errors import ConfigurationError, TransportError
from finicity_async.fanout import Outcome
from finicity_async.integrations.dask.worker import ChunkResult, SessionPlugin, run_chunk, unpack

C = TypeVar("C")
T = TypeVar("T")

_CHUNK_SECONDS = 1.5
"""Seconds that a chunk aims at, which amortizes Dask's overhead of some milliseconds."""
_MIN_CALLS_LONG = 25
"""A chunk lasts at least this many calls, which amortizes its end, when fewer and fewer calls are under way."""
_MAX_CHUNK_SECONDS = 10.0
"""Most seconds of a chunk: what is done again when a worker dies."""
_MAX_GROWTH = 4
"""A chunk is at most this many times as large as the one that its size was learned from."""
_MAX_CHUNK = 2000
"""Most customers in a chunk, which bounds the memory of its outcomes."""
_CHUNKS_PER_THREAD = 2
"""Chunks out for each thread of the cluster: one that runs and one that waits for it to end."""
_COUNT_THREADS_EVERY = 2.0
"""Seconds between two looks at the size of the cluster, which may grow and shrink."""
_SHUTDOWN_SECONDS = 10.0
"""Seconds for closing the sessions; a cluster that went away does not hold up the end of a map."""
_MAX_TRIES = 20
"""How often a chunk may meet a worker that has no session yet, 0.1 s apart: such a worker has just joined."""


class ChunkSizes:
    """
    How many customers the next chunk has, approached from below.

    A chunk aims at 1.5 s, or at 25 times the duration of a call where that is longer.

    Args:
        fixed: The size of every chunk after the first, or None.

    Attributes:
        next: Customers in the next chunk; 1 until a chunk has come back.
    """

    def __init__(self, fixed: int | None) -> None:
        self.next: int = 1
        self._fixed = fixed

    def learn(self, count: int, seconds: float, call_seconds: float) -> None:
        """Take into account how long a chunk took on its worker, and a call in it."""
        target = min(_MAX_CHUNK_SECONDS, max(_CHUNK_SECONDS, _MIN_CALLS_LONG * call_seconds))
        fitting = int(count / max(seconds, 0.001) * target)
        self.next = self._fixed or max(1, min(fitting, count * _MAX_GROWTH, _MAX_CHUNK))


class ChunkScheduler(MapEngine[Outcome[C, T]], Generic[C, T]):
    """
    Sends the chunks of one map to a Dask cluster, whose workers each have a session for it.

    Args:
        client: Client of the cluster.
        job: A ``Job``, pickled.
        customer_ids: Where the customers come from.
        chunk_size: Customers in a chunk, or None.
        ordered: Whether outcomes keep the order of the customers.
    """

    def __init__(
        self,
        client: Client,
        job: bytes,
        customer_ids: Iterable[C] | AsyncIterable[C],
        chunk_size: int | None,
        *,
        ordered: bool,
    ) -> None:
        super().__init__(customer_ids, 1, ordered=ordered)
        self._client = client
        self._name = f"finicity-async-{uuid4().hex}"
        self._job = job
        self._sizes = ChunkSizes(chunk_size)
        self._registration: asyncio.Task[None] | None = None
        self._logged_in = False
        self._lost = False
        self._threads = 1
        self._counted_at = 0.0

    def start(self) -> None:
        """Open the sessions and send the first chunk."""
        if not self._client.asynchronous:
            raise ConfigurationError("The Dask client must be opened with asynchronous=True on this event loop.")
        self.spawn(self._send_chunks(), "map_customers_distributed")

    async def shutdown(self) -> None:
        """Close the sessions on the workers, also when they were about to be opened."""
        if self._registration is not None and not self._lost:
            with suppress(Exception):  # The map has ended, and the cluster may have, too.
                async with asyncio.timeout(_SHUTDOWN_SECONDS):
                    await asyncio.wait((self._registration,))
                    await self._client.unregister_worker_plugin(self._name)

    async def _send_chunks(self) -> None:
        plugin = SessionPlugin(self._name, self._job)
        self._registration = asyncio.create_task(_register(self._client, plugin))
        with self._reaching_scheduler():
            # Shielded: a registration that was cut short could reach a worker after shutdown() has cleared it.
            await asyncio.shield(self._registration)
        position = 0
        while not self.stopped:
            self.window.size = await self._max_chunks()
            if not self.window.try_acquire():
                await self.window.wait()
            elif (customer_ids := await self._pull(self._sizes.next)) and not self.stopped:
                self.spawn(self._follow(position, customer_ids), "chunk")
                position += 1
            else:
                return

    async def _max_chunks(self) -> int:
        """Return how many chunks may be out: a few for each thread, but one until a login has succeeded."""
        if not self._logged_in:
            return 1
        if time.monotonic() - self._counted_at > _COUNT_THREADS_EVERY:
            with self._reaching_scheduler():
                self._threads = max(1, sum((await self._client.nthreads()).values()))
            self._counted_at = time.monotonic()
        return _CHUNKS_PER_THREAD * self._threads + 1

    async def _pull(self, count: int) -> list[C]:
        """Return the next customers, none at the end."""
        customer_ids: list[C] = []
        while len(customer_ids) < count:
            _, customer_id = await self.source.pull_async() if self.source.is_async else self.source.pull()
            if customer_id is END:
                break
            customer_ids.append(customer_id)
        return customer_ids

    async def _follow(self, position: int, customer_ids: list[C]) -> None:
        """Run a chunk and report its outcomes; Dask sends it again when its worker dies."""
        try:
            result = await self._run(position, customer_ids)
        except KilledWorker as error:
            outcomes: list[Outcome[C, T]] = [Outcome(one, None, error, 0.0, 0) for one in customer_ids]
        else:
            self._logged_in = self._logged_in or result.logged_in
            self._sizes.learn(len(customer_ids), result.seconds, result.call_seconds)
            outcomes = unpack(result.outcomes)
            if result.failure is not None:
                self.fail(unpack(result.failure))
        if outcomes:
            self.report(position, outcomes)
        self.window.wake()  # It may have grown: a login has succeeded.

    async def _run(self, position: int, customer_ids: list[C]) -> ChunkResult:
        for attempt in range(_MAX_TRIES):
            key = f"{self._name}-{position}-{attempt}"
            with self._reaching_scheduler():
                future = self._client.submit(run_chunk, self._name, customer_ids, key=key, pure=False)
                result = await self._result_of(future)
            if result is not None:
                return result
            await asyncio.sleep(0.1)
        raise RuntimeError("map_customers_distributed: no worker that was asked has the session of this map")

    async def _result_of(self, future: "Future[Any]") -> ChunkResult | None:
        try:
            result: ChunkResult | None = await future
        except FutureCancelledError:
            raise
        except asyncio.CancelledError:
            # Shielded: the chunk has to stop on its worker, whoever cancels this task once more.
            await asyncio.shield(_cancel(self._client, future))
            raise
        finally:
            future.release()
        return result

    @contextmanager
    def _reaching_scheduler(self) -> Iterator[None]:
        """Turn what Dask raises when its scheduler is gone, a cancellation that nobody asked for, into one error."""
        try:
            yield
        except (FutureCancelledError, OSError) as error:
            self._lost = True
            text = "The Dask scheduler, or the connection to it, is gone. Map customers without an outcome again."
            raise TransportError(text, retryable=True) from error


async def _cancel(client: Client, future: "Future[Any]") -> None:
    with suppress(Exception):  # The scheduler may be gone, and the chunk with it.
        async with asyncio.timeout(_SHUTDOWN_SECONDS):
            await client.cancel([future], force=True)


async def _register(client: Client, plugin: SessionPlugin) -> None:
    await client.register_plugin(plugin)
