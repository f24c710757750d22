"""map_customers: what a function leaves on its worker, a ContextVar or a cancellation, reaches no other customer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextvars import ContextVar
from itertools import count
from typing import Any

import pytest

from finicity_async import AsyncSession, ConfigurationError, map_customers
from finicity_async._fanout.engine import Window
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from tests.fanout.cursors import Gate, collect, ours, settled
from tests.support.servers import until

CUSTOMER: ContextVar[int | None] = ContextVar("customer", default=None)


async def set_and_return(session: AsyncSession, customer_id: int) -> list[int | None]:
    """Return what the variable held before it was set, after a wait, and in a task of the function's own."""
    found = [CUSTOMER.get()]
    CUSTOMER.set(customer_id)
    await asyncio.sleep(0)
    return [*found, CUSTOMER.get(), await asyncio.create_task(get_later())]


async def get_later() -> int | None:
    return CUSTOMER.get()


def set_before_the_first_step(session: AsyncSession, customer_id: int) -> Awaitable[list[int | None]]:
    coroutine = set_and_return(session, customer_id)
    CUSTOMER.set(-customer_id)
    return coroutine


class Later:
    """An awaitable that is no coroutine."""

    def __init__(self, session: AsyncSession, customer_id: int) -> None:
        self._found = set_and_return(session, customer_id)

    def __await__(self) -> Generator[Any, None, list[int | None]]:
        return self._found.__await__()


@pytest.mark.parametrize(("function", "before"), [(set_and_return, 0), (Later, 0), (set_before_the_first_step, -1)])
async def test_a_context_variable_stays_with_its_customer(
    offline: AsyncSession, function: Callable[[AsyncSession, int], Awaitable[list[int | None]]], before: int
) -> None:
    CUSTOMER.set(0)
    outcomes = await collect(map_customers(offline, function, range(1, 5), limit=1))
    assert [outcome.unwrap() for outcome in outcomes] == [[before * one, one, one] for one in range(1, 5)]
    assert CUSTOMER.get() == 0


async def test_a_cancelled_function_cleans_up_in_its_own_context(offline: AsyncSession) -> None:
    started: list[int] = []
    cleaned: list[int | None] = []

    async def careful(session: AsyncSession, customer_id: int) -> None:
        started.append(customer_id)
        CUSTOMER.set(customer_id)
        try:
            await asyncio.sleep(5 if customer_id else 0)
        finally:
            cleaned.append(CUSTOMER.get())

    async with map_customers(offline, careful, range(3), limit=3) as outcomes:
        await anext(outcomes)
        await until(lambda: len(started) == 3)
    assert (sorted(filter(None, cleaned)), ours()) == ([1, 2], [])


async def test_a_cancellation_that_a_function_swallows_is_not_taken_for_one_of_the_worker(
    offline: AsyncSession,
) -> None:
    """A TaskGroup whose task fails leaves such a count on Python 3.11 and 3.12."""

    async def function(session: AsyncSession, customer_id: int) -> None:
        if customer_id == 0:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                return
        raise asyncio.CancelledError

    outcomes = await collect(map_customers(offline, function, range(3), limit=1))
    assert [type(outcome.error) for outcome in outcomes] == [type(None), asyncio.CancelledError, asyncio.CancelledError]


async def test_closing_twice_at_once_interrupts_no_clean_up(offline: AsyncSession) -> None:
    cleaned: list[int] = []

    async def careful(session: AsyncSession, customer_id: int) -> None:
        try:
            await asyncio.sleep(5)
        finally:
            await settled()
            cleaned.append(customer_id)

    outcomes = map_customers(offline, careful, range(3), limit=3)
    consuming = asyncio.ensure_future(anext(outcomes, None))
    await until(lambda: len(ours()) == 3)
    first = asyncio.create_task(outcomes.aclose())
    await asyncio.sleep(0)
    await outcomes.aclose()
    await first
    assert (sorted(cleaned), await consuming) == ([0, 1, 2], None)


async def test_a_consumer_that_is_cancelled_while_it_closes_leaves_at_once_and_the_closing_goes_on(
    offline: AsyncSession,
) -> None:
    may_end = asyncio.Event()

    async def slow_to_end(session: AsyncSession, customer_id: int) -> None:
        try:
            await asyncio.sleep(5)
        finally:
            await may_end.wait()

    outcomes = map_customers(offline, slow_to_end, range(2), limit=2)
    waiting = asyncio.ensure_future(anext(outcomes, None))
    await until(lambda: len(ours()) == 2)
    closing = asyncio.create_task(outcomes.aclose())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait((closing,))
    assert closing.cancelled()
    assert ours()
    may_end.set()
    await outcomes.aclose()
    assert (await waiting, ours()) == (None, [])


async def test_dropping_a_map_closes_its_source(offline: AsyncSession) -> None:
    closed = asyncio.Event()

    async def cursor() -> AsyncIterator[int]:
        try:
            while True:
                yield next(customers)
        finally:
            closed.set()

    customers = count()
    outcomes = map_customers(offline, Gate(1, 2), cursor(), limit=2)
    await anext(outcomes)
    del outcomes
    async with asyncio.timeout(5):
        await closed.wait()
    await until(lambda: not ours())


async def test_a_window_passes_over_a_task_that_was_cancelled() -> None:
    window = Window(1)
    assert (window.try_acquire(), window.try_acquire()) == (True, False)
    cancelled, waiting = (asyncio.create_task(window.wait()) for _ in range(2))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.sleep(0)
    window.release()
    async with asyncio.timeout(5):
        await waiting
    assert window.try_acquire()


async def test_an_error_after_an_awaited_error_has_no_context_that_it_did_not_have(session: AsyncSession) -> None:
    async def fail(_: AsyncSession, customer_id: int) -> None:
        broken = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(broken.set_exception, LookupError(str(customer_id)))
        with contextlib.suppress(LookupError):
            await broken
        raise ValueError("no context")

    (outcome,) = await collect(map_customers(session, fail, [1]))
    assert isinstance(outcome.error, ValueError)
    assert outcome.error.__context__ is None


async def test_what_ended_a_map_is_raised_though_its_source_fails_at_the_close(session: AsyncSession) -> None:
    async def source() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            await asyncio.sleep(0)
            raise LookupError("at the close")

    async def function(session: AsyncSession, _: int) -> None:
        await session.close()
        await session.send(GET_CUSTOMER_ACCOUNTS.request(customerId=1))

    with pytest.raises(ConfigurationError, match="closed"):
        await collect(map_customers(session, function, source(), limit=1))


async def test_what_a_source_raises_at_the_close_is_raised_when_nothing_else_ended_the_map(
    session: AsyncSession,
) -> None:
    async def source() -> AsyncIterator[int]:
        try:
            while True:
                yield 1
        finally:
            raise LookupError("at the close")

    outcomes = map_customers(session, set_and_return, source(), limit=1)
    await anext(outcomes)
    with pytest.raises(LookupError, match="at the close"):
        await outcomes.aclose()
