"""map_customers: leaving early leaves no task and no connection."""

import asyncio
import contextlib
import gc
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from itertools import count
from typing import Any

import pytest

from finicity_async import AsyncSession, CustomerAccounts, CustomerMap, get_customer_accounts, map_customers
from tests.fanout.cursors import Cursor, CustomError, Gate, both_orders, ours, same, settled
from tests.support.held import HeldServer
from tests.support.servers import RawServer, session_on, until


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Let nothing be freed by the garbage collector: a dropped handle must not wait for it."""
    gc.disable()
    yield
    gc.enable()


Make = Callable[[], CustomerMap[int, CustomerAccounts]]
_TAKEN = 100


async def breaks(make: Make) -> None:
    taken = 0
    async for _ in make():  # pragma: no branch -- left before its end
        taken += 1
        if taken == _TAKEN:
            break


async def breaks_inside_async_with(make: Make) -> None:
    async with make() as outcomes:
        taken = 0
        async for _ in outcomes:  # pragma: no branch -- left before its end
            taken += 1
            if taken == _TAKEN:
                break
    assert not ours()


async def raises_in_the_body(make: Make) -> None:
    taken = 0
    async for _ in make():  # pragma: no branch -- left before its end
        taken += 1
        if taken == _TAKEN:
            raise CustomError


async def raises_inside_async_with(make: Make) -> None:
    try:
        async with make() as outcomes:
            taken = 0
            async for _ in outcomes:  # pragma: no branch -- left before its end
                taken += 1
                if taken == _TAKEN:
                    raise CustomError
    finally:
        assert not ours()


async def sleeps_in_the_body(make: Make, reached: Callable[[], None]) -> None:
    taken = 0
    async for _ in make():  # pragma: no branch -- left before its end
        taken += 1
        if taken == _TAKEN:
            reached()
            await asyncio.sleep(5)


async def is_cancelled(make: Make) -> None:
    reached = asyncio.Event()
    consumer = asyncio.create_task(sleeps_in_the_body(make, reached.set))
    await reached.wait()
    consumer.cancel()
    await asyncio.wait([consumer])
    assert consumer.cancelled()


async def runs_out_of_time(make: Make) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(5) as scope:
        await sleeps_in_the_body(make, lambda: scope.reschedule(loop.time()))


async def drops_it_in_a_thread(make: Make) -> None:
    kept = [make()]
    for _ in range(_TAKEN):
        await anext(kept[0])
    await asyncio.to_thread(kept.clear)


async def deletes_it(make: Make) -> None:
    outcomes = make()
    for _ in range(_TAKEN):
        await anext(outcomes)
    del outcomes


@both_orders
@pytest.mark.parametrize(
    "leave",
    [
        breaks,
        breaks_inside_async_with,
        raises_in_the_body,
        raises_inside_async_with,
        is_cancelled,
        runs_out_of_time,
        deletes_it,
        drops_it_in_a_thread,
    ],
)
@pytest.mark.usefixtures("no_collector")
async def test_after_100_of_an_endless_cursor_few_more_were_pulled_and_nothing_is_left(
    leave: Callable[[Make], Awaitable[None]], ordered: bool
) -> None:
    cursor = Cursor(count())
    async with RawServer() as server, session_on(server) as session:
        others = asyncio.all_tasks()
        with contextlib.suppress(CustomError, TimeoutError):
            await leave(lambda: map_customers(session, get_customer_accounts, cursor, limit=5, ordered=ordered))
        await until(lambda: not ours())
        pulled = cursor.pulled
        assert 100 <= pulled < 100 + 2 * 5
        await settled()
        assert (cursor.pulled, session.stats.in_flight, session.stats.waiting) == (pulled, 0, 0)
        await get_customer_accounts(session, 1)
        assert {task for task in asyncio.all_tasks() - others if "_serve" not in repr(task)} == set()


async def waits_bare(make: Make) -> None:
    async for _ in make():
        pass  # pragma: no cover -- no outcome comes


async def waits_inside_async_with(make: Make) -> None:
    async with make() as outcomes:
        async for _ in outcomes:
            pass  # pragma: no cover -- no outcome comes


each_wait = pytest.mark.parametrize("wait", [waits_bare, waits_inside_async_with])


@each_wait
@pytest.mark.usefixtures("no_collector")
async def test_a_consumer_that_is_cancelled_while_it_waits_leaves_no_task_and_no_connection(
    wait: Callable[[Make], Coroutine[Any, Any, None]],
) -> None:
    server = HeldServer(holds=lambda received: True)
    async with server, session_on(server) as session:
        consumer = asyncio.create_task(wait(lambda: map_customers(session, get_customer_accounts, count(), limit=4)))
        await until(lambda: len(server.arrived) == 4)
        consumer.cancel()
        await asyncio.wait([consumer])
        del consumer
        await until(lambda: not ours())
        assert (session.stats.in_flight, session.stats.waiting) == (0, 0)
        server.release()
        await until(lambda: server.open_connections == 0)
        await get_customer_accounts(session, 1)


@each_wait
@pytest.mark.usefixtures("no_collector")
async def test_workers_end_although_somebody_keeps_the_traceback_of_a_timeout(
    offline: AsyncSession, wait: Callable[[Make], Awaitable[None]]
) -> None:
    """As a task that has failed keeps it, or a logger, or ``pytest.raises``."""

    async def never(session: AsyncSession, customer_id: int) -> CustomerAccounts:
        await asyncio.sleep(5)
        raise CustomError  # pragma: no cover -- stopped before

    with pytest.raises(TimeoutError) as kept:
        async with asyncio.timeout(0.01):
            await wait(lambda: map_customers(offline, never, count(), limit=4))
    await settled()
    assert (kept.type, ours()) == (TimeoutError, [])


@both_orders
async def test_a_wait_for_the_next_outcome_that_is_given_up_loses_no_customer(
    offline: AsyncSession, ordered: bool
) -> None:
    async def uneven(session: AsyncSession, customer_id: int) -> None:
        await asyncio.sleep(0.002 * (customer_id % 3))

    taken: list[int] = []
    given_up = 0
    async with map_customers(offline, uneven, Cursor(range(60)), limit=4, ordered=ordered) as outcomes:
        while len(taken) < 60:
            try:
                async with asyncio.timeout(0.001):
                    taken.append((await anext(outcomes)).customer_id)
            except TimeoutError:
                given_up += 1
        with pytest.raises(StopAsyncIteration):
            await anext(outcomes)
    assert sorted(taken) == list(range(60))
    assert given_up > 0


async def test_a_drop_in_another_thread_wakes_a_loop_that_has_nothing_else_to_do(offline: AsyncSession) -> None:
    gate = Gate(1, 2)
    ended = asyncio.Event()

    async def watched(session: AsyncSession, customer_id: int) -> None:
        try:
            await gate(session, customer_id)
        finally:
            if customer_id:
                ended.set()

    kept = [map_customers(offline, watched, range(3), limit=2)]
    await anext(kept[0])
    await until(lambda: gate.running == 2)
    thread = threading.Timer(0.02, kept.clear)
    thread.start()
    async with asyncio.timeout(10):
        await ended.wait()
    thread.join()


async def test_leaving_waits_until_the_functions_have_cleaned_up(offline: AsyncSession) -> None:
    cleaned: list[int] = []

    async def careful(session: AsyncSession, customer_id: int) -> None:
        try:
            await asyncio.sleep(5 if customer_id else 0)
        finally:
            await settled()
            cleaned.append(customer_id)

    async with map_customers(offline, careful, range(4), limit=4) as outcomes:
        await anext(outcomes)
    assert (sorted(cleaned), ours()) == ([0, 1, 2, 3], [])


@pytest.mark.parametrize("turned_into", [None, CustomError])
@pytest.mark.parametrize("leave", ["close", "drop"])
async def test_a_function_that_swallows_its_cancellation_is_given_no_further_customer(
    offline: AsyncSession, leave: str, turned_into: type[Exception] | None
) -> None:
    """As ``asyncio.wait_for`` of Python 3.11 does when its result comes at the same moment."""
    started: list[int] = []

    async def stubborn(session: AsyncSession, customer_id: int) -> None:
        started.append(customer_id)
        try:
            await asyncio.sleep(5 if customer_id else 0)
        except asyncio.CancelledError:
            if customer_id > 3:
                raise  # pragma: no cover -- a safeguard for a failing test
            if turned_into is not None:
                raise turned_into from None

    outcomes = map_customers(offline, stubborn, count(), limit=3)
    await anext(outcomes)
    await until(lambda: len(started) == 4)
    try:
        async with asyncio.timeout(1):
            if leave == "close":
                await outcomes.aclose()
        del outcomes
        await settled()
        assert (started, ours()) == ([0, 1, 2, 3], [])
    finally:
        for task in ours():
            task.cancel()  # pragma: no cover -- a safeguard for a failing test


class StubbornCursor(Cursor[int]):
    """A cursor that gives one more row instead of being cancelled."""

    async def __anext__(self) -> int:
        if self.pulled:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(5)
        return self.next_row(StopAsyncIteration)


async def test_a_cursor_that_swallows_its_cancellation_makes_no_call_after_the_end(offline: AsyncSession) -> None:
    gate = Gate()
    async with map_customers(offline, gate, StubbornCursor(count()), limit=3) as outcomes:
        await anext(outcomes)
        await settled()
    assert (gate.started, ours()) == ([0], [])


async def test_closing_twice_or_before_the_start_is_fine_and_a_closed_map_starts_nothing(offline: AsyncSession) -> None:
    cursor = Cursor(range(10))
    outcomes = map_customers(offline, same, cursor)
    await outcomes.aclose()
    await outcomes.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(outcomes)
    assert (cursor.pulled, ours()) == (0, [])


async def test_closing_twice_after_the_start_is_fine(offline: AsyncSession) -> None:
    outcomes = map_customers(offline, Gate(all_held=True), range(10))
    starting = asyncio.ensure_future(anext(outcomes, None))
    await until(ours)
    await asyncio.gather(outcomes.aclose(), outcomes.aclose())
    await outcomes.aclose()
    assert (await starting, ours()) == (None, [])


@pytest.mark.parametrize("how", ["beside a consumer", "twice at once"])
async def test_closing_from_two_places_waits_for_the_end_of_the_source(how: str, offline: AsyncSession) -> None:
    told: list[str] = []

    async def cursor() -> AsyncIterator[int]:
        told.append("begun")
        try:
            while True:
                yield 0
        finally:
            await asyncio.sleep(0.01)
            told.append("ended")

    outcomes = map_customers(offline, Gate(all_held=True), cursor(), limit=4)
    consuming = asyncio.ensure_future(anext(outcomes, None))
    await until(lambda: told)
    if how == "twice at once":
        await asyncio.gather(outcomes.aclose(), outcomes.aclose())
    else:
        await outcomes.aclose()
    assert (await consuming, told, ours()) == (None, ["begun", "ended"], [])


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")
@pytest.mark.parametrize("limit", [1, 2, 5, 600])
async def test_eager_tasks_keep_the_limit_and_come_to_an_end(  # pragma: no cover -- Python 3.11 skips it
    limit: int, offline: AsyncSession
) -> None:
    loop = asyncio.get_running_loop()
    if type(loop).__module__ == "uvloop":  # pragma: no cover -- run with FINICITY_TEST_LOOP=uvloop alone
        pytest.skip("uvloop does not make eager tasks")
    loop.set_task_factory(vars(asyncio)["eager_task_factory"])
    try:
        under_way = most = 0

        async def note(_: AsyncSession, customer_id: int) -> int:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.001)
            under_way -= 1
            return customer_id

        customers = range(3 * limit + 20)
        found = [one.unwrap() async for one in map_customers(offline, note, customers, limit=limit)]
    finally:
        loop.set_task_factory(None)
    assert sorted(found) == list(customers)
    assert (most, ours()) == (limit, [])
