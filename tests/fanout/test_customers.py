"""map_customers: every customer of every kind of iterable once, in the order asked for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from finicity_async import (
    AsyncSession,
    CustomerAccounts,
    CustomerMap,
    Sandbox,
    get_customer_account,
    get_customer_accounts,
    map_customers,
)
from tests.fanout.cursors import Cursor, SyncCursor, both_orders, collect, customer_of, generated, ours, same
from tests.support.held import HeldServer
from tests.support.servers import WITH_TOKEN, session_on, until

if TYPE_CHECKING:
    from finicity_async.operation import Id


class Reiterable:
    """An async iterable that is no iterator."""

    def __init__(self, ids: Iterable[int]) -> None:
        self._ids = ids

    def __aiter__(self) -> AsyncIterator[int]:
        return generated(self._ids)


class Indexed:
    """An iterable of the old kind."""

    def __getitem__(self, place: int) -> int:
        return range(1, 51)[place]


SOURCES: dict[str, Callable[[range], Any]] = {
    "list": list,
    "range": lambda ids: ids,
    "generator": lambda ids: (one for one in ids),
    "set": set,
    "keys": lambda ids: dict.fromkeys(ids).keys(),
    "old kind": lambda ids: Indexed(),
    "sync cursor": SyncCursor,
    "async generator": generated,
    "async iterable": Reiterable,
    "cursor": Cursor,
}


@both_orders
@pytest.mark.parametrize("limit", [1, 2, 7, 200])
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
async def test_every_customer_of_every_kind_of_iterable_comes_exactly_once(
    offline: AsyncSession, source: Callable[[range], Any], limit: int, ordered: bool
) -> None:
    ids = range(1, 51)
    outcomes = await collect(map_customers(offline, same, source(ids), limit=limit, ordered=ordered))
    assert sorted(outcome.customer_id for outcome in outcomes) == list(ids)
    assert [outcome.value for outcome in outcomes] == [outcome.customer_id for outcome in outcomes]
    assert not ours()


class BareRows:
    """What ``__aiter__`` of some drivers returns: ``async for`` needs ``__anext__`` alone."""

    def __init__(self, ids: Iterable[int]) -> None:
        self._ids = iter(ids)

    async def __anext__(self) -> int:
        for one in self._ids:
            return one
        raise StopAsyncIteration


class BareCursor:
    """A cursor whose rows have no ``__aiter__`` of their own."""

    def __aiter__(self) -> Any:
        return BareRows(range(3))


async def test_an_async_iterable_whose_iterator_has_anext_alone_is_taken_as_async_for_takes_it(
    offline: AsyncSession,
) -> None:
    cursor: Any = BareCursor()
    assert [one async for one in cursor] == [0, 1, 2]
    outcomes = await collect(map_customers(offline, same, cursor))
    assert sorted(outcome.customer_id for outcome in outcomes) == [0, 1, 2]


async def test_the_accounts_of_every_customer_of_the_sandbox_arrive(session: AsyncSession, sandbox: Sandbox) -> None:
    outcomes = await collect(map_customers(session, get_customer_accounts, sandbox.customers, limit=4))
    found = {outcome.customer_id: len(outcome.unwrap()) for outcome in outcomes}
    active = {
        customer: sum(account["status"] == "active" for account in accounts.values())
        for customer, accounts in sandbox.customers.items()
    }
    assert found == active
    assert session.stats.logins == 1


@both_orders
async def test_outcomes_come_as_the_calls_end_or_in_the_order_of_the_customers(ordered: bool) -> None:
    """The answer to the first customer comes after all others."""
    server = HeldServer(holds=lambda received: customer_of(received) == "1")
    async with server, session_on(server) as session:
        outcomes = map_customers(session, get_customer_accounts, range(1, 6), limit=3, ordered=ordered)
        taking = asyncio.create_task(collect(outcomes))
        await until(lambda: len(server.calls) == 4)
        server.release()
        taken = [outcome.customer_id for outcome in await taking]
    assert taken == [1, 2, 3, 4, 5] if ordered else taken[-1] == 1
    assert sorted(taken) == [1, 2, 3, 4, 5]


@both_orders
async def test_ordered_is_the_order_of_the_customers_whatever_the_answers_take(
    offline: AsyncSession, ordered: bool
) -> None:
    async def answer(session: AsyncSession, customer_id: int) -> None:
        for _ in range(customer_id * 7 % 13):
            await asyncio.sleep(0)

    outcomes = await collect(map_customers(offline, answer, range(200), limit=10, ordered=ordered))
    assert ([outcome.customer_id for outcome in outcomes] == list(range(200))) is ordered


async def test_a_customer_comes_back_as_it_was_given(session: AsyncSession) -> None:
    ids: list[Id] = [1005061234, "1005061235"]
    outcomes = await collect(map_customers(session, get_customer_accounts, ids, ordered=True))
    assert [outcome.customer_id for outcome in outcomes] == ids
    assert [type(outcome.customer_id) for outcome in outcomes] == [int, str]
    assert all(isinstance(outcome.unwrap(), CustomerAccounts) for outcome in outcomes)


async def test_a_customer_that_stands_twice_comes_twice(offline: AsyncSession) -> None:
    outcomes = await collect(map_customers(offline, same, ["a", "b", "a"], limit=2))
    assert sorted(outcome.unwrap() for outcome in outcomes) == ["a", "a", "b"]


async def test_a_customer_may_be_any_object_none_among_them(offline: AsyncSession) -> None:
    outcomes = await collect(map_customers(offline, same, [None, ("1", 2), None], limit=1))
    assert [outcome.unwrap() for outcome in outcomes] == [None, ("1", 2), None]


@pytest.mark.parametrize("source", [list, Cursor])
async def test_no_customers_are_no_outcomes(offline: AsyncSession, source: Callable[[list[int]], Any]) -> None:
    assert await collect(map_customers(offline, same, source([]))) == []
    assert not ours()


async def test_a_map_that_is_finished_stops_again(offline: AsyncSession) -> None:
    outcomes = map_customers(offline, same, range(3))
    assert len(await collect(outcomes)) == 3
    assert await collect(outcomes) == []
    with pytest.raises(StopAsyncIteration):
        await anext(outcomes)
    assert not ours()


def test_a_map_may_be_made_before_there_is_a_loop() -> None:
    outcomes = map_customers(AsyncSession(WITH_TOKEN), same, range(20), limit=3, ordered=True)
    assert [outcome.value for outcome in asyncio.run(collect(outcomes))] == list(range(20))


async def test_what_cannot_be_iterated_is_refused_at_once(offline: AsyncSession) -> None:
    nothing: Any = 7
    with pytest.raises(TypeError):
        map_customers(offline, same, nothing)


async def test_two_maps_on_one_session_go_on_at_a_time(session: AsyncSession, sandbox: Sandbox) -> None:
    def customers() -> CustomerMap[str, CustomerAccounts]:
        return map_customers(session, get_customer_accounts, list(sandbox.customers), limit=2, ordered=True)

    async with customers() as first, customers() as second:
        pairs = [(one.customer_id, (await anext(second)).customer_id) async for one in first]
    assert pairs == [(customer, customer) for customer in sandbox.customers]
    assert (session.stats.calls, session.stats.logins) == (20, 1)


async def test_a_map_may_run_inside_the_function_of_another(session: AsyncSession, sandbox: Sandbox) -> None:
    async def accounts(session: AsyncSession, customer_id: str) -> int:
        one = partial(get_one_account, customer_id)
        return len(await collect(map_customers(session, one, sandbox.customers[customer_id], limit=2)))

    async def get_one_account(customer_id: str, session: AsyncSession, account_id: str) -> object:
        return await get_customer_account(session, customer_id, account_id)

    outcomes = await collect(map_customers(session, accounts, list(sandbox.customers), limit=2))
    assert {one.customer_id: one.unwrap() for one in outcomes} == {
        customer: len(records) for customer, records in sandbox.customers.items()
    }
