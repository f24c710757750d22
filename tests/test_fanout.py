"""map_customers: every customer once, errors as outcomes, a bounded window, and nothing left behind."""

import asyncio
import contextlib
import gc
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass
from functools import partial, wraps
from itertools import count
from types import MethodType
from typing import Any, Generic, Self, TypeVar

import pytest
from held import HeldServer
from servers import EMPTY, WITH_SECRET, WITH_TOKEN, Later, RawServer, Received, http, session_on, until

from finicity_async import (
    AsyncSession,
    AuthenticationError,
    ConfigurationError,
    Credentials,
    CustomerAccounts,
    CustomerMap,
    NotFoundError,
    Outcome,
    Sandbox,
    ServerError,
    create_token,
    get_customer_account,
    get_customer_accounts,
    map_customers,
    refresh_and_wait,
    refresh_customer_accounts,
    refresh_customer_accounts_by_institution_login,
    refresh_customer_accounts_by_institution_login_v2,
    refresh_customer_accounts_v2,
)
from finicity_async.operation import Id

C = TypeVar("C")
T = TypeVar("T")
NAME = "finicity_async: map_customers"
REFRESHES: tuple[Callable[..., Awaitable[Any]], ...] = (
    refresh_customer_accounts,
    refresh_customer_accounts_v2,
    refresh_customer_accounts_by_institution_login,
    refresh_customer_accounts_by_institution_login_v2,
    refresh_and_wait,
)
each_refresh = pytest.mark.parametrize("refresh", REFRESHES, ids=lambda refresh: str(refresh.__name__))
both_orders = pytest.mark.parametrize("ordered", [False, True], ids=["as they come", "ordered"])


class Rows(Generic[C]):
    """Rows of a database: ``pulled`` counts how many were asked for; an error can stand among them."""

    def __init__(self, rows: Iterable[C | Exception]) -> None:
        self._rows = iter(rows)
        self.pulled = 0

    def next_row(self, at_end: type[Exception]) -> C:
        for row in self._rows:
            if isinstance(row, Exception):
                raise row
            self.pulled += 1
            return row
        raise at_end


class Cursor(Rows[C]):
    """The rows one by one, each after a while."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> C:
        await asyncio.sleep(0)
        return self.next_row(StopAsyncIteration)


class SyncCursor(Rows[C]):
    """The rows one by one, each at once."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> C:
        return self.next_row(StopIteration)


class Gate:
    """A function that waits for the customers that it holds, and counts what runs at a time."""

    def __init__(self, *held: int, all_held: bool = False) -> None:
        self._held = held
        self._all_held = all_held
        self.opened = asyncio.Event()
        self.started: list[int] = []
        self.ended: list[int] = []
        self.running = 0
        self.most_running = 0

    async def __call__(self, session: AsyncSession, customer_id: int) -> int:
        self.started.append(customer_id)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            for _ in range(20):  # longer than it takes until all workers are there
                await asyncio.sleep(0)
            if self._all_held or customer_id in self._held:
                await self.opened.wait()
        finally:
            self.running -= 1
            self.ended.append(customer_id)
        return customer_id


@pytest.fixture
def offline() -> AsyncSession:
    """Return a session that never opens a socket, for functions that send nothing."""
    return AsyncSession(WITH_TOKEN)


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Let nothing be freed by the garbage collector: a dropped handle must not wait for it."""
    gc.disable()
    yield
    gc.enable()


def ours() -> list[asyncio.Task[Any]]:
    """Return the tasks of every map."""
    return [task for task in asyncio.all_tasks() if task.get_name() == NAME]


async def settled() -> None:
    """Let every task go on for some steps."""
    for _ in range(10):
        await asyncio.sleep(0)


async def same(session: AsyncSession, customer_id: C) -> C:
    await asyncio.sleep(0)
    return customer_id


async def collect(outcomes: CustomerMap[C, T]) -> list[Outcome[C, T]]:
    async with outcomes:
        return [outcome async for outcome in outcomes]


async def take(outcomes: CustomerMap[C, T], taken: list[C]) -> None:
    """Note every customer in turn, so that those before an error are known."""
    async for outcome in outcomes:
        taken.append(outcome.customer_id)  # noqa: PERF401 -- a comprehension would lose them


def customer_of(received: Received) -> str:
    return received.target.split("/")[4]


# What goes in and what comes out.


async def generated(ids: Iterable[C]) -> AsyncIterator[C]:
    for one in ids:
        await asyncio.sleep(0)
        yield one


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


# Errors, attempts, elapsed.


async def test_an_error_is_an_outcome_and_the_others_go_on(session: AsyncSession, sandbox: Sandbox) -> None:
    ids = ["1", *sandbox.customers, "2"]
    outcomes = await collect(map_customers(session, get_customer_accounts, ids, limit=3, ordered=True))
    errors = [outcome.error for outcome in outcomes]
    assert [type(error) for error in errors] == [NotFoundError, *[type(None)] * 10, NotFoundError]
    assert (outcomes[0].value, outcomes[0].attempts) == (None, 1)
    with pytest.raises(NotFoundError) as raised:
        outcomes[0].unwrap()
    assert raised.value is errors[0]


async def test_an_id_that_cannot_be_sent_is_an_outcome(session: AsyncSession) -> None:
    ids: list[Id] = ["../../999", 1005061234, True]
    outcomes = await collect(map_customers(session, get_customer_accounts, ids, ordered=True))
    assert [type(outcome.error) for outcome in outcomes] == [ConfigurationError, type(None), ConfigurationError]
    assert [outcome.attempts for outcome in outcomes] == [0, 1, 0]


class CustomError(Exception):
    """An error of the user's."""


@pytest.mark.parametrize("error", [TypeError, CustomError, TimeoutError, StopIteration, StopAsyncIteration])
async def test_what_the_users_function_raises_is_an_outcome(offline: AsyncSession, error: type[Exception]) -> None:
    def fails(session: AsyncSession, customer_id: int) -> Awaitable[int]:
        if customer_id % 2:
            raise error
        return same(session, customer_id)

    outcomes = await collect(map_customers(offline, fails, range(10), limit=2, ordered=True))
    assert [type(outcome.error) for outcome in outcomes] == [type(None), error] * 5


async def test_a_function_that_is_no_coroutine_function_is_an_outcome(offline: AsyncSession) -> None:
    plain: Any = lambda session, customer_id: customer_id  # noqa: E731 -- the annotation hides the mistake from mypy
    outcomes = await collect(map_customers(offline, plain, range(2)))
    assert [type(outcome.error) for outcome in outcomes] == [TypeError, TypeError]


async def cancels_itself(session: AsyncSession, customer_id: int) -> None:
    raise asyncio.CancelledError("of the user's")


async def awaits_a_cancelled_task(session: AsyncSession, customer_id: int) -> None:
    task = asyncio.create_task(asyncio.sleep(1))
    task.cancel()
    await task


async def awaits_a_cancelled_future(session: AsyncSession, customer_id: int) -> None:
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.cancel)
    await future


async def runs_out_of_its_own_time(session: AsyncSession, customer_id: int) -> None:
    async with asyncio.timeout(0):
        await asyncio.sleep(1)


async def has_a_task_group_that_fails(session: AsyncSession, customer_id: int) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(fails_at_once())
        await asyncio.sleep(1)


async def fails_at_once() -> None:
    raise CustomError


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (cancels_itself, asyncio.CancelledError),
        (awaits_a_cancelled_task, asyncio.CancelledError),
        (awaits_a_cancelled_future, asyncio.CancelledError),
        (runs_out_of_its_own_time, TimeoutError),
        (has_a_task_group_that_fails, ExceptionGroup),
    ],
)
@both_orders
async def test_a_cancellation_within_the_function_is_an_outcome(
    offline: AsyncSession,
    function: Callable[[AsyncSession, int], Awaitable[None]],
    error: type[BaseException],
    ordered: bool,
) -> None:
    outcomes = await collect(map_customers(offline, function, range(5), limit=2, ordered=ordered))
    assert [type(outcome.error) for outcome in outcomes] == [error] * 5
    with pytest.raises(error):
        outcomes[0].unwrap()


class Failed(BaseException):
    """As ``pytest.fail`` raises one: an exception that is no Exception."""


@pytest.mark.parametrize("place", ["function", "iterable"])
@pytest.mark.parametrize("limit", [1, 3])
async def test_an_exception_that_is_no_exception_never_loses_customers_in_silence(
    offline: AsyncSession, limit: int, place: str
) -> None:
    """It may be an outcome or end the map, but the loop must not end as though every customer had been there."""

    async def fails(session: AsyncSession, customer_id: int) -> None:
        if place == "function" and customer_id == 3:
            raise Failed

    def ids() -> Iterator[int]:
        yield from range(5)
        if place == "iterable":
            raise Failed

    with pytest.raises(Failed):
        await collect(map_customers(offline, fails, ids(), limit=limit))


async def test_attempts_count_retries_and_leave_logins_aside() -> None:
    server = RawServer(http(503), http(401, {"code": 10023, "message": "Expired"}), EMPTY, EMPTY)
    async with server, session_on(server, WITH_SECRET) as session:
        outcomes = await collect(map_customers(session, get_customer_accounts, [1, 2], limit=1))
        assert [outcome.attempts for outcome in outcomes] == [3, 1]
        assert len(server.logins) == 2


async def fail_later(_: AsyncSession, number: int) -> None:
    await asyncio.sleep(0)
    if number % 3:
        raise ValueError(number)
    await cancelled_future()


async def cancelled_future() -> None:
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    await future


async def test_the_traceback_of_an_error_holds_nothing_of_the_worker_which_goes_on(offline: AsyncSession) -> None:
    seen = []
    async for outcome in map_customers(offline, fail_later, range(40), limit=4):
        assert outcome.error is not None
        frames = [frame for frame, _ in traceback.walk_tb(outcome.error.__traceback__)]
        assert frames[0].f_code is fail_later.__code__
        traceback.clear_frames(outcome.error.__traceback__)  # As `unittest.TestCase.assertRaises` does.
        seen.append(outcome.customer_id)
    assert sorted(seen) == list(range(40))


async def test_attempts_count_every_request_of_the_function_also_before_an_error() -> None:
    async def several(session: AsyncSession, customer_id: int) -> None:
        await create_token(session)
        await asyncio.gather(*(get_customer_accounts(session, customer_id) for _ in range(3)))
        raise CustomError

    async def none(session: AsyncSession, customer_id: int) -> None:
        await create_token(session)

    async with RawServer() as server, session_on(server, WITH_SECRET) as session:
        for function, sent in ((several, 3), (none, 0)):
            outcomes = await collect(map_customers(session, function, range(4), limit=2))
            assert [outcome.attempts for outcome in outcomes] == [sent] * 4


async def test_attempts_end_with_the_tries_that_are_allowed() -> None:
    async with RawServer(default=http(503)) as server, session_on(server, max_tries=3) as session:
        (outcome,) = await collect(map_customers(session, get_customer_accounts, [1]))
        assert (type(outcome.error), outcome.attempts) == (ServerError, 3)


async def test_requests_of_the_iterable_and_of_the_consumer_count_for_no_customer() -> None:
    async def pages(session: AsyncSession) -> AsyncIterator[int]:
        for one in range(4):
            await get_customer_accounts(session, 7)
            yield one

    async with RawServer() as server, session_on(server) as session:
        async for outcome in map_customers(session, get_customer_accounts, pages(session), limit=2):
            await get_customer_accounts(session, 8)
            assert outcome.attempts == 1
        assert len(server.calls) == 12


async def test_elapsed_is_the_time_of_the_function_and_not_of_the_queue(offline: AsyncSession) -> None:
    async def slow(session: AsyncSession, customer_id: int) -> None:
        await asyncio.sleep(0.02 if customer_id == 0 else 0)

    begin = time.perf_counter()
    first, second = await collect(map_customers(offline, slow, range(2), limit=1))
    assert 0.015 < first.elapsed <= time.perf_counter() - begin
    assert 0 <= second.elapsed < first.elapsed


def test_an_outcome_unwraps_to_its_value_none_among_them_or_raises_its_error() -> None:
    assert Outcome(1, None, None, 0.0, 0).unwrap() is None
    assert Outcome(1, "value", None, 0.0, 0).unwrap() == "value"
    error = CustomError()
    with pytest.raises(CustomError) as raised:
        Outcome(1, None, error, 0.0, 0).unwrap()
    assert raised.value is error


# Which functions are taken.


@dataclass
class Fetch:
    """A callable of the user's that has no hash, as a dataclass has none."""

    status: str

    async def __call__(self, session: AsyncSession, customer_id: Id) -> CustomerAccounts:
        return await get_customer_accounts(session, customer_id, status=self.status)

    async def method(self, session: AsyncSession, customer_id: Id) -> CustomerAccounts:
        return await self(session, customer_id)


def logged(function: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    """Wrap a function as a decorator of the user's does."""

    @wraps(function)
    async def wrapper(*args: Any, **options: Any) -> T:
        return await function(*args, **options)

    return wrapper


@pytest.mark.parametrize(
    "function",
    [
        partial(get_customer_accounts, status="pending"),
        lambda session, customer_id: get_customer_accounts(session, customer_id, status="pending"),
        logged(partial(get_customer_accounts, status="pending")),
        Fetch("pending").method,
        Fetch("pending"),
        partial(Fetch("pending")),
    ],
    ids=["partial", "lambda", "decorated", "bound method", "callable without a hash", "partial of the same"],
)
async def test_any_coroutine_function_of_a_session_and_a_customer_is_taken(
    function: Callable[[AsyncSession, int], Awaitable[CustomerAccounts]],
) -> None:
    async with RawServer() as server, session_on(server) as session:
        outcomes = await collect(map_customers(session, function, [1, 2], limit=1))
        assert [outcome.unwrap() for outcome in outcomes] == [CustomerAccounts(accounts=())] * 2
        assert [received.target for received in server.calls] == [
            f"/aggregation/v1/customers/{one}/accounts?status=pending" for one in (1, 2)
        ]


# Refreshes.


DISGUISES: dict[str, Callable[[Callable[..., Awaitable[Any]]], Callable[..., Awaitable[Any]]]] = {
    "itself": lambda refresh: refresh,
    "partial": lambda refresh: partial(refresh, institution_login_id=7),
    "partial of a partial": lambda refresh: partial(partial(refresh, institution_login_id=7), from_date=None),
    "decorated": logged,
    "decorated twice": lambda refresh: logged(logged(refresh)),
    "partial of decorated": lambda refresh: partial(logged(refresh)),
    "decorated partial": lambda refresh: logged(partial(refresh)),
    "bound": lambda refresh: MethodType(refresh, object()),
    "decorated method": lambda refresh: MethodType(logged(refresh), object()),
    "partial of a decorated method": lambda refresh: partial(MethodType(logged(refresh), object())),
}


@each_refresh
@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
async def test_a_refresh_is_refused_at_once_however_it_is_wrapped(
    offline: AsyncSession, refresh: Callable[..., Awaitable[Any]], disguise: Callable[..., Any]
) -> None:
    cursor = Cursor(range(3))
    with pytest.raises(ConfigurationError, match="allow_refresh=True"):
        map_customers(offline, disguise(refresh), cursor)
    assert cursor.pulled == 0


def hidden(refresh: Callable[..., Awaitable[T]], form: str) -> Callable[[AsyncSession, int], Awaitable[T]]:
    """Return a function of the user's that refreshes; nobody can tell from outside."""
    by_login = "by_institution" in getattr(refresh, "__name__", "")
    sent = partial(refresh, institution_login_id=7) if by_login else refresh
    if form == "lambda":
        return lambda session, customer_id: sent(session, customer_id=customer_id)

    async def function(session: AsyncSession, customer_id: int) -> T:
        return (await asyncio.gather(sent(session, customer_id)))[0]

    return function if form == "function" else sent


@each_refresh
@pytest.mark.parametrize("form", ["lambda", "function"])
async def test_a_refresh_that_hides_in_a_function_is_refused_when_it_is_sent(
    refresh: Callable[..., Awaitable[Any]], form: str
) -> None:
    async with RawServer() as server, session_on(server, WITH_SECRET) as session:
        outcomes = await collect(map_customers(session, hidden(refresh, form), [1, 2], limit=1))
        assert [type(outcome.error) for outcome in outcomes] == [ConfigurationError] * 2
        assert "allow_refresh=True" in str(outcomes[0].error)
        baselines_read = 2 if refresh is refresh_and_wait else 0
        assert [received.method for received in server.calls] == ["GET"] * baselines_read
        assert len(server.logins) == (1 if baselines_read else 0)
        await get_customer_accounts(session, 1)


@each_refresh
@pytest.mark.parametrize("form", ["itself", "lambda", "function"])
async def test_allow_refresh_lets_each_customer_be_refreshed_once(
    refresh: Callable[..., Awaitable[Any]], form: str
) -> None:
    def answer(received: Received) -> bytes:
        return http(204) if "/v2/" in received.target else EMPTY

    async with RawServer(default=answer) as server, session_on(server) as session:
        outcomes = await collect(map_customers(session, hidden(refresh, form), [1, 2], allow_refresh=True))
        assert [outcome.error for outcome in outcomes] == [None, None]
        posts = sorted(customer_of(received) for received in server.calls if received.method == "POST")
        assert posts == ["1", "2"]


async def test_a_refresh_in_the_body_of_the_loop_is_the_callers_own_affair(
    session: AsyncSession, sandbox: Sandbox
) -> None:
    async for outcome in map_customers(session, get_customer_accounts, list(sandbox.customers)[:2]):
        assert len(await refresh_customer_accounts(session, outcome.customer_id)) == len(outcome.unwrap())


# Refused credentials.


@both_orders
async def test_a_refused_login_ends_the_map_at_once_with_one_login(ordered: bool) -> None:
    refusal = http(401, {"code": 10001, "message": "Invalid partner id or partner secret"})
    cursor = Cursor(count())
    async with RawServer(default_login=refusal) as server, session_on(server, WITH_SECRET) as session:
        with pytest.raises(AuthenticationError):
            await collect(map_customers(session, get_customer_accounts, cursor, limit=5, ordered=ordered))
        assert (len(server.logins), len(server.calls)) == (1, 0)
        assert cursor.pulled < 10
        assert not ours()
        session.use_secret("another-secret")
        server._default_login = http(200, {"token": "AnotherToken"})
        await get_customer_accounts(session, 1)


@both_orders
async def test_a_secret_that_is_refused_later_ends_the_map_after_the_outcomes_before(ordered: bool) -> None:
    """The token dies after ten calls, and the login that should replace it is refused."""
    expired = http(401, {"code": 10023, "message": "Expired"})
    server = RawServer(*[EMPTY] * 10, default=expired, logins=(http(200, {"token": "First"}),), default_login=http(403))
    taken: list[int] = []
    async with server, session_on(server, WITH_SECRET) as session:
        with pytest.raises(AuthenticationError):
            await take(map_customers(session, get_customer_accounts, count(), limit=3, ordered=ordered), taken)
        assert sorted(taken) == list(range(10))
        assert (len(server.logins), session.stats.logins) == (2, 2)
        await until(lambda: not ours())


@both_orders
async def test_an_app_token_that_is_refused_ends_the_map_at_once(ordered: bool) -> None:
    cursor = Cursor(count())
    refusal = http(401, {"code": 10022, "message": "Invalid token"})
    async with RawServer(default=refusal) as server, session_on(server, max_connections=5) as session:
        with pytest.raises(AuthenticationError):
            await collect(map_customers(session, get_customer_accounts, cursor, ordered=ordered))
        assert (len(server.logins), cursor.pulled < 10, len(server.calls) < 10) == (0, True, True)
        assert not ours()
        server._default = EMPTY
        await get_customer_accounts(session, 1)


async def test_after_refused_credentials_a_map_gives_nothing_more(sandbox: Sandbox) -> None:
    old = sandbox.credentials
    wrong = Credentials(old.app_key, old.partner_id, "wrong-secret")
    async with AsyncSession(wrong, base_url=sandbox.url) as session:
        outcomes = map_customers(session, get_customer_accounts, count())
        for _ in range(3):
            with pytest.raises((AuthenticationError, StopAsyncIteration)):
                await anext(outcomes)
        assert (sandbox.failed_logins, session.stats.logins) == (1, 1)


async def test_a_401_for_one_customer_is_an_outcome_where_a_login_can_replace_the_token() -> None:
    server = RawServer(http(401, {"code": 999, "message": "Not for this customer"}))
    async with server, session_on(server, WITH_SECRET) as session:
        outcomes = await collect(map_customers(session, get_customer_accounts, range(3), limit=1))
        assert [type(outcome.error) for outcome in outcomes] == [AuthenticationError, type(None), type(None)]


# Errors of the iterable.


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


# The limit and the window.


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

    begin, total = time.perf_counter(), 0
    async for outcome in map_customers(offline, instant, range(20_000), limit=20, ordered=ordered):
        total += outcome.unwrap()
    assert total == sum(range(20_000))
    assert 1 <= most_tasks <= 21
    assert time.perf_counter() - begin < 5


# Leaving early.


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
    begin = time.monotonic()
    thread.start()
    async with asyncio.timeout(3):
        await ended.wait()
    assert time.monotonic() - begin < 2
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
    ended: list[str] = []

    async def cursor() -> AsyncIterator[int]:
        try:
            while True:
                yield 0
        finally:
            await asyncio.sleep(0.01)
            ended.append("cursor")

    outcomes = map_customers(offline, Gate(all_held=True), cursor(), limit=4)
    consuming = asyncio.ensure_future(anext(outcomes, None))
    await until(ours)
    if how == "twice at once":
        await asyncio.gather(outcomes.aclose(), outcomes.aclose())
    else:
        await outcomes.aclose()
    assert (await consuming, ended, ours()) == (None, ["cursor"], [])


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")
@pytest.mark.parametrize("limit", [1, 2, 5, 600])
async def test_eager_tasks_keep_the_limit_and_come_to_an_end(  # pragma: no cover -- Python 3.11 skips it
    limit: int, offline: AsyncSession
) -> None:
    loop = asyncio.get_running_loop()
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


async def test_a_map_that_was_never_iterated_is_dropped_without_a_trace(offline: AsyncSession) -> None:
    others = asyncio.all_tasks()
    cursor = Cursor(range(10))
    outcomes = map_customers(offline, same, cursor)
    del outcomes
    gc.collect()
    await settled()
    assert (cursor.pulled, asyncio.all_tasks()) == (0, others)


async def test_a_map_that_nobody_keeps_lives_until_its_outcome_has_come(offline: AsyncSession) -> None:
    assert (await anext(map_customers(offline, Gate(), [7]))).unwrap() == 7
    await settled()
    assert not ours()


@both_orders
async def test_a_worker_that_somebody_cancels_ends_the_map_with_an_error(offline: AsyncSession, ordered: bool) -> None:
    gate = Gate(3, 4)
    taken: list[int] = []
    taking = asyncio.create_task(take(map_customers(offline, gate, range(100), limit=2, ordered=ordered), taken))
    await until(lambda: len(taken) == 3 and gate.running == 2)
    ours()[0].cancel()
    with pytest.raises(asyncio.CancelledError, match="worker"):
        await taking
    assert (taken, ours()) == ([0, 1, 2], [])


def test_a_loop_that_ends_while_a_map_is_open_does_not_hang() -> None:
    kept: list[CustomerMap[int, int]] = []

    async def main() -> None:
        kept.append(map_customers(AsyncSession(WITH_TOKEN), Gate(0, 1, 2), count(), limit=4))
        await anext(kept[0])

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    thread.join(timeout=5)
    assert not thread.is_alive()
    kept.clear()


_AT_EXIT = """
import asyncio
from finicity_async import AsyncSession, Credentials, map_customers

async def waits(session, customer_id):
    await asyncio.sleep(customer_id)

outcomes = map_customers(AsyncSession(Credentials("key", app_token="token")), waits, [0, 3600])
loop = asyncio.new_event_loop()
loop.run_until_complete(anext(outcomes))
loop.call_soon_threadsafe = lambda *_: print("the finalizer ran")
print("the end")
"""


def test_the_finalizer_does_not_run_at_exit() -> None:
    run = subprocess.run(  # noqa: S603 -- a constant script
        [sys.executable, "-W", "ignore", "-c", _AT_EXIT], capture_output=True, text=True, timeout=20, check=True
    )
    assert run.stdout == "the end\n"


# What ends a map, and what never begins one


@pytest.mark.parametrize("text", ["1005061234", b"1005061234"])
async def test_one_text_is_no_list_of_customers(offline: AsyncSession, text: Any) -> None:
    with pytest.raises(ConfigurationError, match="give a list"):
        map_customers(offline, same, text)


async def test_closing_the_session_ends_an_endless_map() -> None:
    async with RawServer() as server, session_on(server) as session:
        outcomes = map_customers(session, get_customer_accounts, iter(int, 1), limit=3)
        assert (await anext(outcomes)).error is None
        await session.close()
        with pytest.raises(ConfigurationError, match="closed"):
            await collect(outcomes)


async def test_what_a_customer_leaves_running_is_not_counted_for_the_next_one() -> None:
    """gather() leaves its other calls running when one fails."""
    async with RawServer(default=Later(0.02, EMPTY)) as server, session_on(server) as session:

        async def function(session: AsyncSession, customer_id: int) -> None:
            async def fail() -> None:
                await asyncio.sleep(0.005)
                raise ValueError

            async def go_on() -> None:
                for _ in range(3):
                    await get_customer_accounts(session, customer_id)

            if customer_id == 1:
                await asyncio.gather(fail(), go_on())
            else:
                await get_customer_accounts(session, customer_id)

        outcomes = [outcome async for outcome in map_customers(session, function, [1, 2, 3], limit=1)]
        assert [outcome.attempts for outcome in outcomes[1:]] == [1, 1]
        await until(lambda: session.stats.in_flight == 0)
