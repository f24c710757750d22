"""The near end of a distributed map: chunks go out to the workers, outcomes come back."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from contextlib import suppress
from typing import Any, Generic, TypeVar
from uuid import uuid4

from distributed import Client
from distributed.scheduler import KilledWorker

from finicity_async.errors import ConfigurationError
from finicity_async.fanout import Outcome
from finicity_async.integrations.dask.worker import Harvest, SessionPlugin, run_chunk, unpack

C = TypeVar("C")
T = TypeVar("T")
_END = object()

_CHUNK_SECONDS = 1.5
_LONGEST_CHUNK_SECONDS = 10.0
_CALLS_LONG = 25
_GROWTH = 4
_LARGEST_CHUNK = 2000
_CHUNKS_PER_THREAD = 2
_COUNT_WORKERS_EVERY = 2.0
_FAREWELL = 10.0
_TRIES = 20


class Sizes:
    """
    How many customers the next chunk has, approached from below.

    A chunk takes a second and a half, so that what Dask takes for it does not count; or 25 times as long as a call,
    so that its end, when fewer and fewer calls are under way, does not count either.

    Args:
        fixed: The size to keep to after the first customer, or None.
    """

    def __init__(self, fixed: int | None) -> None:
        self.next = 1
        self._fixed = fixed

    def learn(self, count: int, seconds: float, call_seconds: float) -> None:
        """Take in how long a chunk took on its worker, and how long a call in it."""
        wanted = min(_LONGEST_CHUNK_SECONDS, max(_CHUNK_SECONDS, _CALLS_LONG * call_seconds))
        fitting = int(count / max(seconds, 0.001) * wanted)
        self.next = self._fixed or max(1, min(fitting, count * _GROWTH, _LARGEST_CHUNK))


class Fleet(Generic[C, T]):
    """
    The chunks of one map, what has come back of them, and the sessions on the workers.

    Args:
        client: To the cluster.
        job: What every worker is told, pickled.
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
        self._client = client
        self._name = f"finicity-async-{uuid4().hex}"
        self._job = job
        self._is_async = isinstance(customer_ids, AsyncIterable)
        self._ids: Any = aiter(customer_ids) if isinstance(customer_ids, AsyncIterable) else iter(customer_ids)
        self._sizes = Sizes(chunk_size)
        self._ordered = ordered
        self._loop: asyncio.AbstractEventLoop | None = None
        self._driver: asyncio.Task[None] | None = None
        self._enrolling: asyncio.Task[Any] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._chunks: dict[asyncio.Task[None], int] = {}
        self._arrived: dict[int, deque[Outcome[C, T]]] = {}
        self._current: deque[Outcome[C, T]] = deque()
        self._ahead = 0
        self._logged_in = False
        self._threads = 1
        self._counted_at = 0.0
        self._turned = 0
        self._exhausted = False
        self._failure: BaseException | None = None
        self._source_failure: Exception | None = None
        self._news = asyncio.Event()
        self._room = asyncio.Event()

    async def next_outcome(self) -> Outcome[C, T]:
        """Return the next outcome; stop when there is none, raise what ended the map."""
        if self._driver is None and self._closing is None:
            self._start()
        while not self._current and not self._turn_to_next():
            if self._closing is not None or self._driver is None or self._driver.done():
                await self.close()
                raise self._failure or StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        outcome = self._current.popleft()
        if not self._current:
            self._leave_room()
        return outcome

    def dismiss(self) -> None:
        """Stop the workers from wherever the handle was dropped; do not wait for them."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._begin_to_close)

    async def close(self) -> None:
        """Stop the workers and wait until they have stopped; doing it twice is fine."""
        await asyncio.shield(self._begin_to_close())

    def _begin_to_close(self) -> asyncio.Task[None]:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(), name="finicity_async: stop the workers")
        return self._closing

    async def _close(self) -> None:
        under_way = {*self._chunks, *filter(None, (self._driver,))}
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way)
        if self._enrolling is not None:
            with suppress(Exception):  # The map is over; the cluster may be, too.
                async with asyncio.timeout(_FAREWELL):
                    await asyncio.wait((self._enrolling,))
                    await self._client.unregister_worker_plugin(self._name)
        self._news.set()
        if isinstance(self._ids, AsyncGenerator):
            await self._ids.aclose()

    def _start(self) -> None:
        if not self._client.asynchronous:
            raise ConfigurationError("The Dask client must be opened with asynchronous=True on this event loop.")
        self._loop = asyncio.get_running_loop()
        self._driver = asyncio.create_task(self._drive(), name="finicity_async: map_customers_distributed")
        self._driver.add_done_callback(self._note_end)

    def _note_end(self, task: asyncio.Task[None]) -> None:
        """Keep what a task failed with, and let the consumer look."""
        error = None if task.cancelled() else task.exception()
        self._failure = self._failure or error
        self._room.set()
        self._news.set()

    async def _drive(self) -> None:
        plugin = SessionPlugin(self._name, self._job)
        self._enrolling = asyncio.create_task(_registered(self._client, plugin))
        await asyncio.shield(self._enrolling)
        place = 0
        while await self._has_room():
            if not (customer_ids := await self._pull(self._sizes.next)) or self._failure is not None:
                break
            chunk = asyncio.create_task(self._follow(place, customer_ids), name="finicity_async: chunk")
            self._ahead += 1
            self._chunks[chunk] = place
            chunk.add_done_callback(self._note_end)
            chunk.add_done_callback(self._chunks.pop)
            place += 1
        while self._chunks and self._failure is None:
            await asyncio.wait(set(self._chunks), return_when=asyncio.FIRST_COMPLETED)
        self._failure = self._failure or self._source_failure

    async def _has_room(self) -> bool:
        """Wait until a chunk may go out: a few for each worker, and one alone until a login has succeeded."""
        while self._failure is None:
            most = await self._most_ahead() if self._logged_in else 1
            if self._ahead < most:
                return True
            self._room.clear()
            await self._room.wait()
        return False

    async def _most_ahead(self) -> int:
        if time.monotonic() - self._counted_at > _COUNT_WORKERS_EVERY:
            self._threads = max(1, sum((await self._client.nthreads()).values()))
            self._counted_at = time.monotonic()
        return _CHUNKS_PER_THREAD * self._threads + 1

    async def _pull(self, count: int) -> list[C]:
        """Return the next customers; what the iterable raises is kept for the consumer, after those before it."""
        found: list[C] = []
        try:
            while len(found) < count and not self._exhausted:
                customer_id: Any = await anext(self._ids, _END) if self._is_async else next(self._ids, _END)
                self._exhausted = customer_id is _END
                if not self._exhausted:
                    found.append(customer_id)
        except Exception as error:  # noqa: BLE001 -- it belongs to the consumer
            self._source_failure, self._exhausted = error, True
        return found

    async def _follow(self, place: int, customer_ids: list[C]) -> None:
        """Send a chunk out and take in what comes back; Dask sends it again when its worker dies."""
        try:
            harvest = await self._harvest(place, customer_ids)
        except KilledWorker as error:
            outcomes: deque[Outcome[C, T]] = deque(Outcome(one, None, error, 0.0, 0) for one in customer_ids)
        else:
            self._logged_in = self._logged_in or harvest.logged_in
            self._sizes.learn(len(customer_ids), harvest.seconds, harvest.call_seconds)
            outcomes = deque(unpack(harvest.outcomes))
            if harvest.failure is not None:
                self._failure = unpack(harvest.failure)
        if outcomes:
            self._arrived[place] = outcomes
        else:
            self._leave_room()
        self._room.set()

    async def _harvest(self, place: int, customer_ids: list[C]) -> Harvest:
        for attempt in range(_TRIES):
            key = f"{self._name}-{place}-{attempt}"
            future = self._client.submit(run_chunk, self._name, customer_ids, key=key, pure=False)
            try:
                harvest: Harvest | None = await future
            except asyncio.CancelledError:
                await asyncio.shield(self._client.cancel([future], force=True))
                raise
            finally:
                future.release()
            if harvest is not None:
                return harvest
            await asyncio.sleep(0.1)  # The worker came up while the session was handed out.
        raise RuntimeError("map_customers_distributed: no worker that was asked has the session of this map")

    def _turn_to_next(self) -> bool:
        """Turn to the outcomes of another chunk; False when none has arrived."""
        if not self._arrived or (self._ordered and min(self._arrived) != self._turned):
            return False
        self._current = self._arrived.pop(min(self._arrived) if self._ordered else next(iter(self._arrived)))
        self._turned += 1
        return True

    def _leave_room(self) -> None:
        self._ahead -= 1
        self._room.set()


async def _registered(client: Client, plugin: SessionPlugin) -> None:
    await client.register_plugin(plugin)
