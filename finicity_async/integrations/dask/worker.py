"""What runs on a worker: one session for a map, and chunks of customers on it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any

import msgspec
from distributed import Worker, WorkerPlugin, get_worker
from distributed.protocol.pickle import dumps, loads

from finicity_async.fanout import Outcome, map_customers
from finicity_async.session import AsyncSession


@dataclass(frozen=True, slots=True)
class Job:
    """
    What every worker is told once.

    Attributes:
        function: What is called with the session and a customer.
        make_session: Returns the session, or what gives it to ``async with``.
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
    What a chunk became on a worker.

    Attributes:
        outcomes: The outcomes, pickled.
        failure: What ended the whole map, pickled, or None.
        seconds: How long it took on the worker.
        call_seconds: How long a call took on average.
        logged_in: Whether a request went out, which takes a login that has succeeded.
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
        name: Of the map.
        job: A ``Job``, pickled.
    """

    def __init__(self, name: str, job: bytes) -> None:
        self.name = name
        self._packed_job = job

    async def setup(self, worker: Worker) -> None:  # noqa: ARG002 -- the form that Dask calls
        """Open the session; what fails here is told with the first chunk, because the worker has other work."""
        self._stack = AsyncExitStack()
        self._running: set[asyncio.Task[None]] = set()
        self._failure: Exception | None = None
        try:
            self._job: Job = loads(self._packed_job)
            self._session = await self._stack.enter_async_context(self._job.make_session())
        except Exception as error:  # noqa: BLE001 -- it belongs to who asked for the map
            self._failure = error

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002 -- the form that Dask calls
        """Stop the chunks under way, and close the session."""
        for running in self._running:
            running.cancel()
        if self._running:
            await asyncio.wait(self._running)
        await self._stack.aclose()

    async def run(self, customer_ids: Sequence[Any]) -> ChunkResult | None:
        """Call the function for each customer of a chunk; None when the worker stopped before its end."""
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
        mapped = map_customers(self._session, job.function, customer_ids, limit=job.limit, ordered=job.ordered)
        async with mapped as found:
            outcomes.extend([outcome async for outcome in found])


async def run_chunk(name: str, customer_ids: Sequence[Any]) -> ChunkResult | None:
    """Run a chunk on the session that this worker has for a map; None when it has none, as after the map's end."""
    plugin = get_worker().plugins.get(name)
    return await plugin.run(customer_ids) if isinstance(plugin, SessionPlugin) else None


def pack(outcomes: list[Outcome[Any, Any]]) -> bytes:
    """Return outcomes as bytes; what cannot be sent to another process becomes an error of its customer alone."""
    sound = [one if one.error is None else msgspec.structs.replace(one, error=_portable(one.error)) for one in outcomes]
    try:
        packed = bytes(dumps(sound))
        loads(packed)  # What can be written cannot always be read again.
    except Exception:  # noqa: BLE001 -- anything may go wrong in a __reduce__ of the user's
        return bytes(dumps([_with_portable_value(one) for one in sound]))
    return packed


def unpack(packed: bytes) -> Any:
    """Return what ``pack`` was given."""
    return loads(packed)


def _with_portable_value(outcome: Outcome[Any, Any]) -> Outcome[Any, Any]:
    try:
        loads(dumps(outcome.value))
    except Exception as error:  # noqa: BLE001 -- anything may go wrong in a __reduce__ of the user's
        text = f"What the function returned, a {type(outcome.value).__name__}, cannot be pickled: {error}"
        return msgspec.structs.replace(outcome, value=None, error=TypeError(text))
    return outcome


def _portable(error: BaseException) -> BaseException:
    """Return an error that comes out of a pickle as it went in, or one that says what it was."""
    with suppress(Exception):  # Anything may go wrong in a __reduce__ of the user's.
        if type(loads(dumps(error))) is type(error):
            return error
    return RuntimeError(f"{type(error).__name__}: {error}")
