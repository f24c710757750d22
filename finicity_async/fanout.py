"""One coroutine function over many customers: a bounded number of workers, outcomes as they come, no leaks."""

import asyncio
import time
import types
import weakref
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine, Generator, Iterable
from contextvars import Context, copy_context
from typing import Any, Generic, Self, TypeVar

import msgspec

from finicity_async._fanout.engine import MapEngine
from finicity_async._fanout.source import END
from finicity_async._pipeline.call import CALL_CONTEXT, REFRESHES_REFUSED, CallContext, is_refresh
from finicity_async.errors import AuthenticationError, ConfigurationError
from finicity_async.session import AsyncSession

C = TypeVar("C")
T = TypeVar("T")
E = TypeVar("E", bound=BaseException)


class Outcome(msgspec.Struct, Generic[C, T], frozen=True):
    """
    What a call for one customer returned or raised.

    Attributes:
        customer_id: The customer, as given.
        value: What the function returned, None after an error.
        error: What the function raised, or None.
        elapsed: Seconds that the function took.
        attempts: Requests sent for this customer, retries included.
    """

    customer_id: C
    value: T | None
    error: BaseException | None
    elapsed: float
    attempts: int

    def unwrap(self) -> T:
        """Return the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]  # -- without an error there is a value


def map_customers(
    session: AsyncSession,
    function: Callable[[AsyncSession, C], Awaitable[T]],
    customer_ids: Iterable[C] | AsyncIterable[C],
    *,
    limit: int | None = None,
    ordered: bool = False,
    allow_refresh: bool = False,
) -> "CustomerMap[C, T]":
    """
    Call a coroutine function for many customers, ``limit`` at a time, and yield the outcomes as they come.

    The customers are pulled as they are needed, from a list, a generator or a database cursor, so memory does not grow
    with their number. An error is an outcome; the others go on.

    Args:
        function: An endpoint function, or any coroutine function that takes a session and a customer ID.
        customer_ids: An iterable or async iterable of IDs. At most ``2 * limit`` are pulled ahead of the consumer.
        limit: Calls at a time; None for the session's ``max_connections``.
        ordered: True yields the outcomes in the order of the customers.
        allow_refresh: True lets the function send refreshes, which the vendor does not allow to be automated.

    Returns:
        An async iterator of outcomes for one consumer, best used with ``async with``, which waits until every worker
        has ended. A ``break`` without ``async with`` stops the workers, too.

    Raises:
        ConfigurationError: The function is a refresh and refreshes are not allowed, or ``limit`` is below 1.
        AuthenticationError: While iterating: the credentials were refused, so every further call would fail.
        ConfigurationError: While iterating: the session was closed.
        Exception: While iterating: what the iterable itself raised, after the outcomes of the customers before it.
    """
    if not allow_refresh and is_refresh(function):
        raise ConfigurationError(f"map_customers: {REFRESHES_REFUSED}")
    if isinstance(customer_ids, str | bytes):
        raise ConfigurationError("map_customers: customer_ids is one text; give a list of IDs. Nothing was sent.")
    limit = session.max_connections if limit is None else limit
    if limit < 1:
        raise ConfigurationError("map_customers: limit must be at least 1. Nothing was sent.")
    return CustomerMap(WorkerPool(session, function, customer_ids, limit, ordered=ordered, allow_refresh=allow_refresh))


class CustomerMap(Generic[C, T]):
    """
    The outcomes of a fan-out, as an async iterator.

    The tasks of the fan-out do not reference this object, so they are stopped when it is dropped.
    """

    def __init__(self, engine: MapEngine[Outcome[C, T]]) -> None:
        self._engine = engine
        # Not at exit: the loop may be gone by then, and every task with it.
        weakref.finalize(self, engine.cancel).atexit = False

    def __aiter__(self) -> Self:
        """Return itself."""
        return self

    async def __anext__(self) -> Outcome[C, T]:
        """Return the next outcome."""
        try:
            return await self._engine.next_outcome()
        except asyncio.CancelledError:
            del self  # The traceback would keep the handle alive, and with it the workers.
            raise

    async def __aenter__(self) -> Self:
        """Return itself; the workers start with the first outcome that is asked for."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None
    ) -> None:
        """Stop the workers and wait until they have ended."""
        await self.aclose()

    async def aclose(self) -> None:
        """Stop the workers and wait until they have ended; a no-op the second time."""
        await self._engine.close()


class WorkerPool(MapEngine[Outcome[C, T]]):
    """The workers of a fan-out in this process: tasks that pull a customer, call the function, and report."""

    def __init__(
        self,
        session: AsyncSession,
        function: Callable[[AsyncSession, C], Awaitable[T]],
        customer_ids: Iterable[C] | AsyncIterable[C],
        limit: int,
        *,
        ordered: bool,
        allow_refresh: bool,
    ) -> None:
        # One less than twice the limit: with the customer that the consumer has in hand, 2 * limit are pulled ahead.
        super().__init__(customer_ids, 2 * limit - 1, ordered=ordered)
        self._session = session
        self._function = function
        self._limit = limit
        self._allow_refresh = allow_refresh

    def start(self) -> None:
        """Spawn a worker: the first one, which spawns the next when it has found a customer."""
        self.spawn(self._work(), "map_customers")

    async def _work(self) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 -- a fact of asyncio: a coroutine runs in a task
        await asyncio.sleep(0)  # An eager task factory runs this before the worker is counted; it must not spawn yet.
        while not (self.source.exhausted or self.stopped):
            while not self.window.try_acquire():
                await self.window.wait()
            position, customer_id = await self.source.pull_async() if self.source.is_async else self.source.pull()
            if customer_id is END or self.stopped:
                return
            if len(self.tasks) < self._limit:
                self.start()
            outcome = await self._call(customer_id, task)
            if self.stopped:
                return
            while task.cancelling():
                task.uncancel()  # What a TaskGroup leaves behind on 3.11 and 3.12 would hide later cancellations.
            if outcome.error is not None and _ends_everything(self._session, outcome.error):
                self.fail(outcome.error)
            else:
                self.report(position, [outcome])
            del outcome
            # Let all responses that have arrived be read before the next requests go out: doing one thing many times
            # in a row costs the processor less.
            await _next_turn()

    async def _call(self, customer_id: C, task: asyncio.Task[Any]) -> Outcome[C, T]:
        """Call the function for one customer in the task of a worker."""
        # One for each customer: requests that a function leaves running go on counting on theirs.
        call_context = CallContext(allow_refresh=self._allow_refresh)
        context = copy_context()
        context.run(CALL_CONTEXT.set, call_context)
        value: T | None = None
        error: BaseException | None = None
        started = time.perf_counter()
        try:
            value = await _drive(context, _coroutine(context.run(self._function, self._session, customer_id)))
        except asyncio.CancelledError as cancelled:
            if task.cancelling():  # The worker itself is cancelled, not something that its function awaited.
                raise
            error = _without_worker(cancelled)
        except Exception as raised:  # noqa: BLE001 -- an error is an outcome
            error = _without_worker(raised)
        return Outcome(customer_id, value, error, time.perf_counter() - started, call_context.sent)


@types.coroutine
def _next_turn() -> Generator[None, None, None]:
    """Let the event loop do what it has to: `asyncio.sleep(0)` without the coroutine around it."""
    yield


@types.coroutine
def _drive(context: Context, coroutine: Coroutine[Any, Any, T]) -> Generator[Any, None, T]:
    """
    Run a coroutine in a context of its own, so that the ContextVars it sets reach no other customer.

    A task does the same at twice the cost (1 against 2 us). The worker remains the current task, so that timeouts and
    cancellation work as usual.
    """
    run, send, throw = context.run, coroutine.send, coroutine.throw
    thrown: BaseException | None = None
    try:
        while True:
            # Not inside the `except`: what the coroutine raises would get the exception passed on as its context.
            future = run(send, None) if thrown is None else run(throw, thrown)
            thrown = None
            try:
                yield future
            except BaseException as error:  # noqa: BLE001 -- passed on to the coroutine
                thrown = error
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        del thrown


def _coroutine(awaitable: Awaitable[T]) -> Coroutine[Any, Any, T]:
    return awaitable if isinstance(awaitable, types.CoroutineType) else _await(awaitable)


async def _await(awaitable: Awaitable[T]) -> T:
    return await awaitable


def _without_worker(error: E) -> E:
    """Remove the frames of this module from a traceback: the worker's frame goes on to other customers."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_globals is globals():
        traceback = traceback.tb_next
    return error.with_traceback(traceback)


def _ends_everything(session: AsyncSession, error: BaseException) -> bool:
    """Return whether no call can succeed any more: a closed session, a refused login, a refused token of the user's."""
    if session.closed and isinstance(error, ConfigurationError):
        return True
    if not isinstance(error, AuthenticationError):
        return False
    return session.login_refusal is not None or session.credentials.app_token is not None
