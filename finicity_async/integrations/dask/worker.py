"""The worker's end of a distributed map: one session, and the chunks of customers that run on it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from distributed import Worker, WorkerPlugin, get_worker
from distributed.protocol.pickle import dumps, loads

from finicity_async.fanout import Outcome, map_customers
from finicity_async.session import AsyncSession


@dataclass(frozen=True, slots=True)
class Job:
    """
    What every worker needs to know for a map, sent once.

    Attributes:
        function: Called with the session and a customer.
        make_session: Returns the session, or an async context manager of one.
        limit: Calls at a time, or None.
        ordered: Whether outcomes keep the order of the customers.
    """

    function: Callable[[AsyncSession, Any], Awaitable[Any]]
    make_session: Callable[[], AbstractAsyncContextManager[AsyncSession]]
    limit: int | None
    ordered: bool


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """
    What a worker sends back for a chunk.

    Attributes:
        outcomes: The outcomes, pickled.
        failure: The error that ends the whole map, pickled, or None.
        seconds: Duration of the chunk on the worker.
        call_seconds: Mean duration of a call.
        logged_in: Whether a request was sent, so that a login must have succeeded.
    """

    outcomes: bytes
    failure: bytes | None = None
    seconds: float = 0.0
    call_seconds: float = 0.0
    logged_in: bool = False


class SessionPlugin(WorkerPlugin):
    """
    Opens a session on the worker's own event loop, and closes it when the map ends.

    Args:
        name: Name of the map.
        job: A ``Job``, pickled.
    """

    def __init__(self, name: str, job: bytes) -> None:
        self.name = name
        self._pickled_job = job

    async def setup(self, worker: Worker) -> None:  # noqa: ARG002 -- the form that Dask calls
        """Open the session; a failure is reported with the first chunk: raising would keep a worker from joining."""
        self._stack = AsyncExitStack()
        self._running: set[asyncio.Task[None]] = set()
        self._failure: Exception | None = None
        try:
            with _exits_contained():
                self._job: Job = loads(self._pickled_job)
                self._session = await self._stack.enter_async_context(self._job.make_session())
        except Exception as error:  # noqa: BLE001 -- reported with the first chunk
            self._failure = error

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002 -- the form that Dask calls
        """Stop the chunks that run, and close the session."""
        for running in self._running:
            running.cancel()
        if self._running:
            await asyncio.wait(self._running)
        with _exits_contained():
            await self._stack.aclose()

    async def run(self, customer_ids: Sequence[Any]) -> ChunkResult | None:
        """Call the function for each customer of a chunk; None when the worker was stopped before the chunk ended."""
        started = time.perf_counter()
        outcomes: list[Outcome[Any, Any]] = []
        failure: BaseException | None = self._failure
        if failure is None:
            running = asyncio.create_task(self._map(customer_ids, outcomes), name="finicity_async: chunk")
            self._running.add(running)
            await asyncio.wait((running,))
            self._running.discard(running)
            if running.cancelled():
                return None
            failure = running.exception() or self._session.login_refusal
        logged_in = any(outcome.attempts for outcome in outcomes)
        packed = None if failure is None else dumps(_portable(failure))
        call_seconds = sum(outcome.elapsed for outcome in outcomes) / max(1, len(outcomes))
        return ChunkResult(pack(outcomes), packed, time.perf_counter() - started, call_seconds, logged_in)

    async def _map(self, customer_ids: Sequence[Any], outcomes: list[Outcome[Any, Any]]) -> None:
        job = self._job
        function = partial(_call_contained, job.function)
        mapped = map_customers(self._session, function, customer_ids, limit=job.limit, ordered=job.ordered)
        async with mapped as found:
            outcomes.extend([outcome async for outcome in found])


async def run_chunk(name: str, customer_ids: Sequence[Any]) -> ChunkResult | None:
    """Run a chunk on the session that this worker has for a map; None when it has none, as after the map's end."""
    plugin = get_worker().plugins.get(name)
    with _exits_contained():
        return await plugin.run(customer_ids) if isinstance(plugin, SessionPlugin) else None


async def _call_contained(
    function: Callable[[AsyncSession, Any], Awaitable[Any]], session: AsyncSession, customer_id: Any
) -> Any:
    with _exits_contained():
        return await function(session, customer_id)


@contextmanager
def _exits_contained() -> Iterator[None]:
    """Turn an exit into an error: it would end the event loop of the worker, whose chunks would never come back."""
    try:
        yield
    except (SystemExit, KeyboardInterrupt) as error:
        raise RuntimeError(f"{type(error).__name__} on a Dask worker: {error}") from None


def pack(outcomes: list[Outcome[Any, Any]]) -> bytes:
    """Pickle outcomes; what cannot be pickled becomes an error of its customer alone."""
    portable = [
        one if one.error is None else msgspec.structs.replace(one, error=_portable(one.error)) for one in outcomes
    ]
    try:
        packed = bytes(dumps(portable))
        loads(packed)  # What can be pickled cannot always be unpickled.
    except Exception:  # noqa: BLE001 -- a __reduce__ of the user's may raise anything
        return bytes(dumps([_with_portable_value(one) for one in portable]))
    return packed


def unpack(packed: bytes) -> Any:
    """Return what was given to ``pack``."""
    return loads(packed)


def _with_portable_value(outcome: Outcome[Any, Any]) -> Outcome[Any, Any]:
    try:
        loads(dumps(outcome.value))
    except Exception as error:  # noqa: BLE001 -- a __reduce__ of the user's may raise anything
        text = f"What the function returned, a {type(outcome.value).__name__}, cannot be pickled: {error}"
        return msgspec.structs.replace(outcome, value=None, error=TypeError(text))
    return outcome


def _portable(error: BaseException) -> BaseException:
    """Return an error that survives pickling: the given one if it does, otherwise one with its name and text."""
    with suppress(Exception):  # A __reduce__ of the user's may raise anything.
        if type(loads(dumps(error))) is type(error):
            return error
    return RuntimeError(f"{type(error).__name__}: {error}")
