"""map_customers: errors are outcomes, which count attempts and time."""

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    NotFoundError,
    Outcome,
    Sandbox,
    ServerError,
    create_token,
    get_customer_accounts,
    map_customers,
)
from tests.fanout.cursors import CustomError, both_orders, collect, same
from tests.support.servers import EMPTY, WITH_SECRET, RawServer, http, session_on

if TYPE_CHECKING:
    from finicity_async.operation import Id


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
