"""map_customers: errors of the iterable, the limit of concurrency and the bounded window."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from finicity_async import AsyncSession, ConfigurationError, map_customers
from tests.fanout.cursors import (
    Cursor,
    CustomError,
    Gate,
    SyncCursor,
    both_orders,
    collect,
    generated,
    ours,
    same,
    settled,
    take,
)
from tests.support.servers import WITH_TOKEN, until


@both_orders
@pytest.mark.parametrize("kind", [Cursor, SyncCursor])
@pytest.mark.parametrize("good", [0, 1, 20])
async def test_an_error_of_the_iterable_is_raised_after_the_outcomes_before_it(
    offline: AsyncSession, kind: Callable[[list[Any]], Any], ordered: bool, good: int
) -> None:
    error = CustomError("the connection to the database broke")
    source = kind([*range(good), error, *range(good, 40)])
    taken: list[int] = []
    with pytest.raises(CustomError) as raised:
        await take(map_customers(offline, Gate(), source, limit=4, ordered=ordered), taken)
    assert raised.value is error
    assert (sorted(taken), source.pulled) == (list(range(good)), good)
    assert not ours()


async def test_an_error_of_the_iterable_waits_for_the_calls_under_way(offline: AsyncSession) -> None:
    gate = Gate(0)
    rows: list[int | Exception] = [0, 1, CustomError()]
    outcomes = map_customers(offline, gate, Cursor[int](rows), limit=3)
    assert (await anext(outcomes)).unwrap() == 1
    asyncio.get_running_loop().call_later(0.01, gate.opened.set)
    assert (await anext(outcomes)).unwrap() == 0
    with pytest.raises(CustomError):
        await anext(outcomes)


@pytest.mark.parametrize("limit", [0, -1])
async def test_a_limit_below_one_is_refused(offline: AsyncSession, limit: int) -> None:
    with pytest.raises(ConfigurationError, match="limit"):
        map_customers(offline, same, [1], limit=limit)


@both_orders
@pytest.mark.parametrize("limit", [1, 3, 8])
async def test_the_limit_is_reached_and_never_passed(offline: AsyncSession, limit: int, ordered: bool) -> None:
    gate = Gate()
    assert len(await collect(map_customers(offline, gate, range(100), limit=limit, ordered=ordered))) == 100
    assert gate.most_running == limit


async def test_the_limit_is_that_of_the_session_when_none_is_given() -> None:
    gate = Gate()
    await collect(map_customers(AsyncSession(WITH_TOKEN, max_connections=6), gate, range(100)))
    assert gate.most_running == 6


async def test_no_more_tasks_are_made_than_there_are_customers(offline: AsyncSession) -> None:
    gate = Gate(all_held=True)
    async with map_customers(offline, gate, range(3), limit=100) as outcomes:
        first = asyncio.ensure_future(anext(outcomes))
        await until(lambda: gate.running == 3)
        assert len(ours()) <= 4
        gate.opened.set()
        await first


@both_orders
@pytest.mark.parametrize("kind", [Cursor, SyncCursor])
@pytest.mark.parametrize("limit", [1, 2, 10])
async def test_fewer_than_two_limits_are_pulled_ahead_of_what_was_taken(
    offline: AsyncSession, kind: Callable[[range], Any], ordered: bool, limit: int
) -> None:
    """The consumer is slower than the calls, and every fifth call slower than the others."""

    async def uneven(session: AsyncSession, customer_id: int) -> None:
        for _ in range(30 if customer_id % 5 == 0 else 0):
            await asyncio.sleep(0)

    cursor = kind(range(200))
    taken = most_ahead = 0
    async for _ in map_customers(offline, uneven, cursor, limit=limit, ordered=ordered):
        most_ahead = max(most_ahead, cursor.pulled - taken)
        taken += 1
        for _ in range(taken % 40):
            await asyncio.sleep(0)
            assert cursor.pulled < taken + 2 * limit
    assert taken == 200
    assert most_ahead <= 2 * limit


@both_orders
async def test_a_slow_head_does_not_let_the_window_grow(offline: AsyncSession, ordered: bool) -> None:
    gate, cursor = Gate(0), Cursor(range(100))
    outcomes = map_customers(offline, gate, cursor, limit=5, ordered=ordered)
    taking = asyncio.create_task(collect(outcomes))
    await until(lambda: len(gate.ended) == (8 if ordered else 99))
    await settled()
    assert cursor.pulled == (9 if ordered else 100)
    gate.opened.set()
    taken = [outcome.customer_id for outcome in await taking]
    assert sorted(taken) == list(range(100))
    assert taken[0 if ordered else -1] == 0


async def test_nothing_is_pulled_before_the_first_outcome_is_asked_for(offline: AsyncSession) -> None:
    cursor = Cursor(range(10))
    async with map_customers(offline, same, cursor):
        await settled()
        assert (cursor.pulled, ours()) == (0, [])
    assert cursor.pulled == 0


async def test_the_iterable_is_never_asked_by_two_at_a_time(offline: AsyncSession) -> None:
    """An async generator would raise a RuntimeError."""
    outcomes = await collect(map_customers(offline, Gate(), generated(range(100)), limit=20))
    assert [outcome.error for outcome in outcomes] == [None] * 100


@both_orders
async def test_20_000_customers_of_a_function_that_sends_nothing_take_seconds_and_few_tasks(
    offline: AsyncSession, ordered: bool
) -> None:
    most_tasks = 0

    async def instant(session: AsyncSession, customer_id: int) -> int:
        nonlocal most_tasks
        if customer_id % 50 == 0:
            most_tasks = max(most_tasks, len(ours()))
        return customer_id

    total = 0
    async for outcome in map_customers(offline, instant, range(20_000), limit=20, ordered=ordered):
        total += outcome.unwrap()
    assert total == sum(range(20_000))
    assert 1 <= most_tasks <= 21
