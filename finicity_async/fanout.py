"""One coroutine function over many customers: a few workers, results as they come, nothing left behind."""

import asyncio
import time
import weakref
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

import msgspec

from finicity_async._pipeline.call import CALL_CONTEXT, REFRESHES_REFUSED, CallContext, is_refresh
from finicity_async._pipeline.limiting import ConcurrencyLimiter
from finicity_async.auth import CREATE_TOKEN
from finicity_async.errors import AuthenticationError, ConfigurationError
from finicity_async.session import AsyncSession

C = TypeVar("C")
T = TypeVar("T")
E = TypeVar("E", bound=BaseException)
_END = object()


class Outcome(msgspec.Struct, Generic[C, T], frozen=True):
    """
    What became of one customer.

    Attributes:
        customer_id: The customer, as it was given.
        value: What the function returned, None after an error.
        error: What the function raised, or None.
        elapsed: Seconds from the call of the function to its end.
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
    Call a coroutine function for many customers, ``limit`` at a time, and give the outcomes as they come.

    The customers are pulled as they are needed, from a list, a generator or a database cursor, so memory does not grow
    with their number. An error is an outcome, not the end.

    Args:
        function: An endpoint function, or any coroutine function that takes a session and a customer ID.
        customer_ids: An iterable or async iterable of IDs. At most ``2 * limit`` are pulled ahead of the outcomes that
            were taken.
        limit: Calls at a time; None for the session's ``max_connections``.
        ordered: True gives the outcomes in the order of the customers.
        allow_refresh: True lets the function send refreshes, which the vendor forbids to automate.

    Returns:
        An async iterator of outcomes for one consumer, best used with ``async with``: leaving it stops every worker. A
        ``break`` without ``async with`` stops them, too.

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
    return CustomerMap(_Crew(session, function, customer_ids, limit, ordered=ordered, allow_refresh=allow_refresh))


class Crew(Protocol[C, T]):
    """What does the work behind a ``CustomerMap``, here or on other machines."""

    async def next_outcome(self) -> Outcome[C, T]:
        """Return the next outcome; stop when there is none, raise what ended the fan-out."""
        ...

    def dismiss(self) -> None:
        """Stop the workers from wherever the handle was dropped; do not wait for them."""

    async def close(self) -> None:
        """Stop the workers and wait until they have ended."""


class CustomerMap(Generic[C, T]):
    """
    The outcomes of a fan-out, one after the other.

    The workers do not know this handle: when it is dropped, they are stopped.
    """

    def __init__(self, crew: Crew[C, T]) -> None:
        self._crew = crew
        weakref.finalize(self, crew.dismiss).atexit = False

    def __aiter__(self) -> Self:
        """Return itself."""
        return self

    async def __anext__(self) -> Outcome[C, T]:
        """Return the next outcome."""
        try:
            return await self._crew.next_outcome()
        except asyncio.CancelledError:
            del self  # The traceback would keep the handle alive, and with it the workers.
            raise

    async def __aenter__(self) -> Self:
        """Return itself; the workers start with the first outcome that is asked for."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the workers and wait until they have ended."""
        await self.aclose()

    async def aclose(self) -> None:
        """Stop the workers and wait until they have ended; doing it twice is fine."""
        await self._crew.close()


class _Crew(Generic[C, T]):
    """The workers of one fan-out and what they share."""

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
        self._session = session
        self._function = function
        self._is_async = isinstance(customer_ids, AsyncIterable)
        self._ids: Any = aiter(customer_ids) if isinstance(customer_ids, AsyncIterable) else iter(customer_ids)
        self._limit = limit
        self._allow_refresh = allow_refresh
        self._loop: asyncio.AbstractEventLoop | None = None
        self._workers: set[asyncio.Task[None]] = set()
        self._pulling = asyncio.Lock()
        self._room = ConcurrencyLimiter(2 * limit - 1)  # for customers whose outcome was not taken yet
        self._outcomes: _Arrivals[C, T] = _InOrder() if ordered else _AsTheyCome()
        self._pulled = 0
        self._exhausted = False
        self._stopped = False
        self._failure: BaseException | None = None
        self._news = asyncio.Event()

    async def next_outcome(self) -> Outcome[C, T]:
        """Return the next outcome; stop when there is none, raise what ended the fan-out."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._hire()
        while (outcome := self._outcomes.take()) is None:
            if self._stopped or not self._workers:
                await self.close()
                raise self._failure or StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        self._room.release()
        return outcome

    def dismiss(self) -> None:
        """Stop the workers from wherever the handle was dropped; do not wait for them."""
        self._stopped = True
        if self._loop is None or self._loop.is_closed():
            return
        if _running_loop() is self._loop:
            self._cancel()
        else:
            self._loop.call_soon_threadsafe(self._cancel)

    async def close(self) -> None:
        """Stop the workers and wait until they have ended."""
        self._stopped = True
        self._cancel()
        if self._workers:
            await asyncio.wait(set(self._workers))
        if isinstance(self._ids, AsyncGenerator):
            async with self._pulling:  # Whoever else closes waits.
                await self._ids.aclose()

    def _cancel(self) -> None:
        for worker in self._workers:
            worker.cancel()

    def _hire(self) -> None:
        if len(self._workers) < self._limit:
            worker = asyncio.create_task(self._work(), name="finicity_async: map_customers")
            self._workers.add(worker)
            worker.add_done_callback(self._part)

    def _part(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        error = asyncio.CancelledError("a worker was cancelled") if worker.cancelled() else worker.exception()
        if error is not None and not self._stopped:
            self._stopped, self._failure = True, error
        self._news.set()

    async def _work(self) -> None:
        await asyncio.sleep(0)  # Under an eager task factory, too, a worker is counted before it hires the next.
        while not self._exhausted and not self._stopped:
            if not self._room.try_acquire():
                await self._room.acquire()
            place, customer_id = await self._pull_async() if self._is_async else self._pull()
            if customer_id is _END or self._stopped:
                return
            self._hire()
            context = CallContext(self._allow_refresh)  # One for each: what a call leaves behind goes on counting.
            CALL_CONTEXT.set(context)
            started = time.perf_counter()
            value: T | None = None
            error: BaseException | None = None
            try:
                value = await self._function(self._session, customer_id)
            except asyncio.CancelledError as cancelled:
                if _is_cancelled():
                    raise
                error = _without_worker(cancelled)
            except Exception as raised:  # noqa: BLE001 -- an error is an outcome
                error = _without_worker(raised)
            if self._stopped:
                return
            self._report(place, Outcome(customer_id, value, error, time.perf_counter() - started, context.sent))
            del value, error
            # All responses that have come are read before the next requests go out: a processor that does one thing
            # many times in a row needs a fifth less for it.
            await asyncio.sleep(0)

    def _report(self, place: int, outcome: Outcome[C, T]) -> None:
        """Hand an outcome over, unless it tells that all others would be the same: that ends the fan-out."""
        if outcome.error is not None and _ends_everything(self._session, outcome.error):
            self._failure = outcome.error
            self._stopped = True
        else:
            self._outcomes.add(place, outcome)
        self._news.set()

    def _pull(self) -> tuple[int, Any]:
        """Return the place of the next customer and the customer, or the end mark."""
        try:
            return self._pulled_one(_END if self._exhausted else next(self._ids, _END))
        except Exception as error:  # noqa: BLE001 -- it belongs to the consumer, who gets it after the outcomes
            return self._pull_failed(error)

    async def _pull_async(self) -> tuple[int, Any]:
        """Do so with an async iterable, of which one task at a time may ask."""
        async with self._pulling:
            try:
                return self._pulled_one(_END if self._exhausted else await anext(self._ids, _END))
            except Exception as error:  # noqa: BLE001 -- as above
                return self._pull_failed(error)

    def _pulled_one(self, customer_id: Any) -> tuple[int, Any]:
        self._exhausted = customer_id is _END
        self._pulled += 1
        return self._pulled - 1, customer_id

    def _pull_failed(self, error: Exception) -> tuple[int, Any]:
        """Keep what the iterable raised for the consumer, and end."""
        self._failure, self._exhausted = error, True
        return self._pulled, _END


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _without_worker(error: E) -> E:
    """Take the worker out of a traceback: its frame lives on, and other customers come to be in it."""
    traceback = error.__traceback__
    return error.with_traceback(traceback and traceback.tb_next)


def _is_cancelled() -> bool:
    """Return whether the worker itself is cancelled, rather than something that its function awaited."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _ends_everything(session: AsyncSession, error: BaseException) -> bool:
    """Return whether no call can succeed any more: a closed session, a refused login, a refused token of the user's."""
    if session.closed and isinstance(error, ConfigurationError):
        return True
    if not isinstance(error, AuthenticationError):
        return False
    return error.operation == CREATE_TOKEN.operation_id or session.credentials.app_token is not None


class _AsTheyCome(Generic[C, T]):
    """Outcomes in the order in which the calls end."""

    def __init__(self) -> None:
        self._outcomes: deque[Outcome[C, T]] = deque()

    def add(self, _place: int, outcome: Outcome[C, T]) -> None:
        self._outcomes.append(outcome)

    def take(self) -> Outcome[C, T] | None:
        return self._outcomes.popleft() if self._outcomes else None


class _InOrder(Generic[C, T]):
    """Outcomes in the order of the customers."""

    def __init__(self) -> None:
        self._outcomes: dict[int, Outcome[C, T]] = {}
        self._next = 0

    def add(self, place: int, outcome: Outcome[C, T]) -> None:
        self._outcomes[place] = outcome

    def take(self) -> Outcome[C, T] | None:
        outcome = self._outcomes.pop(self._next, None)
        self._next += outcome is not None
        return outcome


_Arrivals = _AsTheyCome[C, T] | _InOrder[C, T]
