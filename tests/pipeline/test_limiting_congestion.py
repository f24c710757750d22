"""The limiter that close when the vendor cannot keep up, and open again; by clocks that the tests move."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest

from finicity_async import (
    AsyncSession,
    FinicityError,
    Operation,
    delete_customer_account,
    get_customer_accounts,
    map_customers,
    refresh_customer_accounts,
    refresh_customer_accounts_v2,
)
from finicity_async._pipeline.limiting import ConcurrencyLimiter
from tests.support.clock import MovedClock
from tests.support.held import HeldServer
from tests.support.seeds import seeds
from tests.support.servers import EMPTY, Answer, Close, Hang, RawServer, Received, http, session_on, until

SLOW_DOWN = http(429, headers={"Retry-After": "1"})


async def settled() -> None:
    """Let every task go on until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


class Holders:
    """Tasks that take a slot and keep it until they are told to give it back; ``order`` says who got one when."""

    def __init__(self, limiter: ConcurrencyLimiter) -> None:
        self.limiter = limiter
        self.order: list[int] = []
        self._done: dict[int, asyncio.Event] = {}
        self.tasks: dict[int, asyncio.Task[None]] = {}

    async def add(self, count: int = 1) -> None:
        """Let some more tasks ask for a slot."""
        for name in range(len(self.tasks), len(self.tasks) + count):
            self._done[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._hold(name))
        await settled()

    async def end(self, *names: int) -> None:
        """Let some tasks give their limiter back."""
        for name in names:
            self._done[name].set()
        await settled()

    async def end_all(self) -> None:
        """Let every task give its slot back, and make sure that none is lost."""
        await self.end(*self.tasks)
        await asyncio.wait(self.tasks.values(), timeout=1)
        assert all(task.done() for task in self.tasks.values())
        assert (self.limiter.in_use, self.limiter.waiting) == (0, 0)

    async def _hold(self, name: int) -> None:
        await self.limiter.acquire()
        self.order.append(name)
        try:
            await self._done[name].wait()
        finally:
            self.limiter.release()


def shrink(limiter: ConcurrencyLimiter, times: int = 1) -> None:
    for _ in range(times):
        limiter.on_congestion(limiter.decreases)


def on_success(limiter: ConcurrencyLimiter, times: int) -> None:
    for _ in range(times):
        limiter.on_success(limiter.decreases)


# ConcurrencyLimiter by themselves: who gets one.


async def test_slots_are_given_in_the_order_of_asking() -> None:
    holders = Holders(ConcurrencyLimiter(1))
    await holders.add(4)
    for name in range(4):
        assert holders.order == list(range(name + 1))
        await holders.end(name)
    await holders.end_all()


async def test_who_asks_at_the_moment_of_a_release_does_not_overtake_who_waits() -> None:
    limiter = ConcurrencyLimiter(1)
    await limiter.acquire()
    holders = Holders(limiter)
    await holders.add()
    limiter.release()
    late = asyncio.create_task(limiter.acquire())
    await settled()
    assert (holders.order, late.done(), limiter.in_use) == ([0], False, 1)
    await holders.end(0)
    await late
    limiter.release()
    await holders.end_all()


async def test_a_waiter_that_is_cancelled_when_it_was_just_given_a_slot_passes_it_on() -> None:
    limiter = ConcurrencyLimiter(1)
    await limiter.acquire()
    holders = Holders(limiter)
    await holders.add(3)
    limiter.release()
    holders.tasks[0].cancel()
    await settled()
    assert (holders.order, limiter.in_use) == ([1], 1)
    await holders.end_all()
    assert holders.order == [1, 2]


async def test_a_waiter_that_is_cancelled_waits_no_more_and_is_passed_over() -> None:
    limiter = ConcurrencyLimiter(1)
    holders = Holders(limiter)
    await holders.add(4)
    holders.tasks[1].cancel()
    await settled()
    assert limiter.waiting == 2
    await holders.end(0)
    assert holders.order == [0, 2]
    await holders.end_all()


async def test_slots_that_close_are_taken_from_nobody_but_given_to_nobody_either() -> None:
    holders = Holders(ConcurrencyLimiter(4))
    await holders.add(6)
    shrink(holders.limiter)
    assert (holders.limiter.limit, holders.limiter.in_use) == (2, 4)
    await holders.end(0, 1)
    assert (len(holders.order), holders.limiter.in_use, holders.limiter.waiting) == (4, 2, 2)
    await holders.end(2)
    assert (holders.order, holders.limiter.in_use) == ([0, 1, 2, 3, 4], 2)
    await holders.end_all()


async def test_a_slot_that_opens_goes_to_who_waits_at_once() -> None:
    limiter = ConcurrencyLimiter(2)
    shrink(limiter)
    holders = Holders(limiter)
    await holders.add(3)
    assert holders.order == [0]
    on_success(limiter, 200)
    await settled()
    assert holders.order == [0, 1]
    await holders.end_all()


@pytest.mark.parametrize("seed", seeds(5))
async def test_whatever_comes_no_slot_is_lost_and_none_given_beyond_what_is_open(seed: int) -> None:
    random, limiter = Random(seed), ConcurrencyLimiter(6)
    holders = Holders(limiter)
    await holders.add()
    for _ in range(200):
        given = len(holders.order)
        match random.randrange(6):
            case 0:
                shrink(limiter)
            case 1:
                on_success(limiter, random.randrange(500))
            case 2:
                random.choice(list(holders.tasks.values())).cancel()
            case 3:
                await holders.end(random.choice(list(holders.tasks)))
            case _:
                await holders.add(random.randrange(4))
        await settled()
        assert 1 <= limiter.limit <= limiter.maximum
        assert len(holders.order) == given or limiter.in_use <= limiter.limit
        waiting = sum(not task.done() for task in holders.tasks.values()) - limiter.in_use
        assert waiting == 0 or limiter.in_use >= limiter.limit
        assert limiter.in_use >= 0
    await holders.end_all()


# ConcurrencyLimiter by themselves: how many there are.


@pytest.mark.parametrize(
    ("most", "others_in_use", "left"), [(100, 99, 50), (100, 0, 50), (3, 2, 1), (1, 0, 1), (7, 6, 3)]
)
async def test_congestion_halves_the_slots_whether_they_are_in_use_or_not(
    most: int, others_in_use: int, left: int
) -> None:
    limiter = ConcurrencyLimiter(most)
    for _ in range(others_in_use):
        await limiter.acquire()
    shrink(limiter)
    assert limiter.limit == left


async def test_congestion_halves_what_is_open_when_more_is_still_in_use() -> None:
    limiter = ConcurrencyLimiter(16)
    for _ in range(15):
        await limiter.acquire()
    shrink(limiter, 2)
    assert (limiter.limit, limiter.in_use) == (4, 15)


async def test_all_requests_that_began_before_a_decrease_cause_no_other() -> None:
    limiter = ConcurrencyLimiter(64)
    for _ in range(63):
        await limiter.acquire()
    before = limiter.decreases
    for _ in range(64):
        limiter.on_congestion(before)
    assert limiter.limit == 32
    between = limiter.decreases
    limiter.on_congestion(between)
    assert limiter.limit == 16
    limiter.on_congestion(before)
    limiter.on_congestion(between)
    assert limiter.limit == 16


def test_there_is_always_one_slot() -> None:
    limiter = ConcurrencyLimiter(100)
    shrink(limiter, 20)
    assert limiter.limit == 1


def test_after_one_sign_50_good_replies_bring_a_slot_back_until_there_are_as_many_as_at_first() -> None:
    limiter = ConcurrencyLimiter(4)
    for _ in range(2):  # the second comes after all were back, so it is one sign again
        shrink(limiter)
        assert [limiter.limit, *opened_by(limiter, 50, times=4)] == [2, 2, 3, 3, 4, 4, 4, 4, 4]


def test_200_good_responses_bring_a_slot_back_after_more_than_one_sign() -> None:
    limiter = ConcurrencyLimiter(4)
    shrink(limiter)
    on_success(limiter, 50)
    shrink(limiter, 2)
    assert [limiter.limit, *opened_by(limiter, 200, times=5)] == [1, 1, 2, 2, 3, 3, 4, 4, 4, 4, 4]
    shrink(limiter)
    assert opened_by(limiter, 50, times=2) == [2, 3, 3, 4]


def opened_by(limiter: ConcurrencyLimiter, good: int, times: int) -> list[int]:
    """Return the limit one good response before, and at, each multiple of a number of good responses."""
    seen = []
    for _ in range(times):
        for count in (good - 1, 1):
            on_success(limiter, count)
            seen.append(limiter.limit)
    return seen


@pytest.mark.parametrize("good_before", [199, 100_000])
def test_good_replies_before_a_decrease_do_not_count_after_it(good_before: int) -> None:
    limiter = ConcurrencyLimiter(4)
    on_success(limiter, good_before)
    shrink(limiter)
    on_success(limiter, 49)
    shrink(limiter)
    assert opened_by(limiter, 200, times=1) == [1, 2]


def test_good_replies_to_requests_from_before_a_decrease_bring_nothing_back() -> None:
    limiter = ConcurrencyLimiter(100)
    before = limiter.decreases
    shrink(limiter)
    for _ in range(99):
        limiter.on_success(before)
    assert limiter.limit == 50
    assert opened_by(limiter, 50, times=1) == [50, 51]


# Through a session: what is a sign of congestion.


DATA = Operation("PostData", "POST", "/data", None).request()
SLOW = Operation("PostSlow", "POST", "/slow", None, refresh=True).request()
BUSY = [
    pytest.param(get_customer_accounts, http(429), id="a 429"),
    pytest.param(get_customer_accounts, SLOW_DOWN, id="a 429 with Retry-After"),
    pytest.param(get_customer_accounts, http(429, headers={"Retry-After": "61"}), id="a 429 that is raised"),
    pytest.param(lambda session, _: delete_customer_account(session, 1, 2), http(429), id="a 429 to a DELETE"),
    pytest.param(refresh_customer_accounts, http(429), id="a 429 to a refresh"),
    pytest.param(get_customer_accounts, Hang(), id="a timeout"),
    pytest.param(lambda session, _: delete_customer_account(session, 1, 2), Hang(), id="a timeout of a DELETE"),
    pytest.param(lambda session, _: session.send(DATA), Hang(), id="a timeout of a POST"),
]
NOT_BUSY = [
    pytest.param(refresh_customer_accounts, Hang(), id="a refresh that times out"),
    pytest.param(refresh_customer_accounts_v2, Hang(), id="a refresh of version 2 that times out"),
    pytest.param(lambda session, _: session.send(SLOW), Hang(), id="a refresh by a row of the user's"),
    pytest.param(get_customer_accounts, http(503), id="a 503"),
    pytest.param(get_customer_accounts, http(404, {"code": "14001", "message": "None"}), id="a 404"),
    pytest.param(get_customer_accounts, http(500, {"code": 185, "message": "MFA"}), id="an institution's answer"),
    pytest.param(get_customer_accounts, Close(), id="a disconnect"),
    pytest.param(get_customer_accounts, Close(reset=True), id="a reset"),
    pytest.param(get_customer_accounts, Close(http(200, {"accounts": []})[:-1]), id="a truncated response"),
]
Function = Callable[[AsyncSession, int], Awaitable[object]]


async def concurrency_after(function: Function, answer: Answer, clock: MovedClock) -> int:
    """Return how many of eight limiter are open after a call that met an answer, and make a good call."""
    timeout = 0.05 if isinstance(answer, Hang) else 20.0
    options: dict[str, Any] = {"timeout": timeout, "refresh_timeout": timeout, "clock": clock, "sleep": clock.sleep}
    async with RawServer(answer) as server, session_on(server, max_connections=8, **options) as session:
        with contextlib.suppress(FinicityError):
            await function(session, 1)
        concurrency = session.stats.concurrency
        await get_customer_accounts(session, 1)
        assert (session.stats.in_flight, session.stats.waiting) == (0, 0)
        return concurrency


@pytest.mark.parametrize(("function", "answer"), BUSY)
async def test_fewer_requests_are_sent_at_a_time_after(function: Function, answer: Answer, clock: MovedClock) -> None:
    assert await concurrency_after(function, answer, clock) == 4


@pytest.mark.parametrize(("function", "answer"), NOT_BUSY)
async def test_as_many_requests_are_sent_at_a_time_after(function: Function, answer: Answer, clock: MovedClock) -> None:
    assert await concurrency_after(function, answer, clock) == 8


async def test_a_burst_of_429s_halves_once_and_the_map_goes_on_with_half(clock: MovedClock) -> None:
    in_flight: list[int] = []

    def note(received: Received) -> bytes:
        in_flight.append(session.stats.in_flight)
        return EMPTY

    server = HeldServer(*[SLOW_DOWN] * 8, default=note, holds=lambda received: True)
    options: dict[str, Any] = {"max_connections": 8, "clock": clock, "sleep": clock.sleep}
    async with server, session_on(server, **options) as session:
        outcomes = map_customers(session, get_customer_accounts, range(40))
        taking = asyncio.create_task(_all(outcomes))
        await until(lambda: len(server.arrived) == 8)
        assert session.stats.concurrency == 8
        server.release()
        assert sorted(await taking) == list(range(40))
        assert (session.stats.concurrency, session.stats.rate_limited, len(server.calls)) == (4, 8, 48)
        assert max(in_flight) <= 4


async def _all(outcomes: Any) -> list[Any]:
    return [outcome.unwrap() is not None and outcome.customer_id async for outcome in outcomes]


async def test_slots_grow_back_while_the_vendor_keeps_up(clock: MovedClock) -> None:
    options: dict[str, Any] = {"max_connections": 3, "clock": clock, "sleep": clock.sleep}
    async with RawServer(SLOW_DOWN) as server, session_on(server, **options) as session:
        await get_customer_accounts(session, 1)
        seen = [session.stats.concurrency]
        for customers in (48, 1, 50, 300):
            await _all(map_customers(session, get_customer_accounts, range(customers)))
            seen.append(session.stats.concurrency)
        assert seen == [1, 1, 2, 3, 3]


async def test_customers_whose_calls_time_out_are_not_lost_and_slow_the_map_down() -> None:
    options: dict[str, Any] = {"timeout": 0.05, "max_tries": 8, "max_connections": 6}
    async with RawServer(*[Hang()] * 6) as server, session_on(server, **options) as session:
        assert sorted(await _all(map_customers(session, get_customer_accounts, range(40)))) == list(range(40))
        assert session.stats.concurrency <= 3
        assert len(server.calls) >= 46


# Through a session: a vendor with a limit.


class Vendor:
    """
    Takes 50 requests a second, refuses the others, and needs some seconds for each answer.

    The time is its own: it goes on with the answers, of which many take no longer than one, and from pause to pause
    while nothing is under way.
    """

    def __init__(self, latency: float) -> None:
        self._latency = latency
        self.now = 1_000_000.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._tokens = 50.0
        self.session: AsyncSession | None = None
        self.refused: list[bool] = []
        self.concurrency: list[int] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        alarm = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, alarm))
        await alarm

    def advance(self, seconds: float) -> None:
        self.now += seconds
        self._tokens = min(50.0, self._tokens + 50.0 * seconds)
        for due, alarm in [sleeper for sleeper in self._sleepers if sleeper[0] <= self.now]:
            self._sleepers.remove((due, alarm))
            if not alarm.done():  # pragma: no branch -- a sleeper may have been cancelled
                alarm.set_result(None)

    def answer(self, received: Received) -> bytes:
        assert self.session is not None
        stats = self.session.stats
        self.advance(self._latency / max(1, stats.in_flight))
        self.concurrency.append(stats.concurrency)
        self.refused.append(self._tokens < 1)
        self._tokens -= not self.refused[-1]
        return SLOW_DOWN if self.refused[-1] else EMPTY

    async def skip_pauses(self) -> None:
        """Move to the end of the next pause whenever nothing has been under way for some steps."""
        idle = 0
        while True:
            await asyncio.sleep(0)
            idle = 0 if self.session is None or self.session.stats.in_flight else idle + 1
            if idle > 5 and self._sleepers:
                self.advance(max(0.0, min(due for due, _ in self._sleepers) - self.now))


@pytest.mark.parametrize(
    ("max_connections", "customers", "settled_after"),
    [(20, 600, 200), (100, 1500, 600)],
    ids=["20 connections", "100 connections"],
)
@pytest.mark.parametrize("latency", [0.01, 0.1, 0.3])
async def test_a_vendor_that_takes_50_a_second_refuses_few_calls_once_the_job_has_settled(
    latency: float, max_connections: int, customers: int, settled_after: int
) -> None:
    vendor = Vendor(latency)
    options: dict[str, Any] = {"clock": vendor.clock, "sleep": vendor.sleep, "random": Random(0).random}
    server = RawServer(default=vendor.answer)
    async with server, session_on(server, max_connections=max_connections, **options) as session:
        vendor.session = session
        skipping = asyncio.create_task(vendor.skip_pauses())
        begin = vendor.now
        assert sorted(await _all(map_customers(session, get_customer_accounts, range(customers)))) == list(
            range(customers)
        )
        assert vendor.now - begin < 2 * customers / 50
        assert len(server.calls) == customers + sum(vendor.refused)
        assert sum(vendor.refused) == session.stats.rate_limited > 0
        settled_calls = vendor.refused[settled_after:]
        assert sum(settled_calls) < 0.05 * len(settled_calls)
        assert min(vendor.concurrency) <= max_connections / 2
        assert vendor.concurrency[-1] < max_connections
        skipping.cancel()
