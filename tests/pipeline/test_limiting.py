"""ConcurrencyLimiter, even spacing, the shared pause and the retry budget; by a clock that the tests move."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import Any

import aiohttp
import pytest

from finicity_async import RateLimitError, get_customer_accounts
from finicity_async._pipeline.call import Call
from finicity_async._pipeline.limiting import ConcurrencyLimiter, Limiting, Pacer
from finicity_async._pipeline.retrying import RetryBudget
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from finicity_async.events import Notifier
from finicity_async.operation import Response
from tests.support.clock import MovedClock
from tests.support.seeds import seeds
from tests.support.servers import EMPTY, WITH_SECRET, Later, RawServer, Received, http, session_on, until


class Alarm(MovedClock):
    """A clock whose sleepers wake when it is moved past their time, as many as there are."""

    def __init__(self) -> None:
        super().__init__(0.0)
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock is moved that far."""
        self.slept.append(seconds)
        alarm = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, alarm))
        await alarm

    async def move_to(self, moment: float) -> None:
        """Move the clock and wake every sleeper in turn, each at its own moment."""
        await settled()
        while due := [sleeper for sleeper in self._sleepers if sleeper[0] <= moment]:
            first = min(due, key=lambda sleeper: sleeper[0])
            self._sleepers.remove(first)
            self.now = max(self.now, first[0])
            if not first[1].done():
                first[1].set_result(None)
            await settled()
        self.now = max(self.now, moment)


async def settled() -> None:
    """Let every task go on until it waits for the clock."""
    for _ in range(10):
        await asyncio.sleep(0)


class Runner:
    """Sends through the limiting layer, and is the layer below it, which notes when each send started."""

    def __init__(
        self, limiter: int = 100, rate: float | None = None, *, clock: MovedClock | None = None, drawn: float = 0.0
    ) -> None:
        self.clock = clock or Alarm()
        self.starts: list[float] = []
        self.limiter = ConcurrencyLimiter(limiter)
        self.pacer = Pacer(rate, clock=self.clock, sleep=self.clock.sleep, random=lambda: drawn)
        self.limiting = Limiting(self, self.limiter, self.pacer, Notifier(None))
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.most_in_flight = 0
        self.error: Exception | None = None

    async def send(self, _: Call) -> Response:
        """Stand for the transport: end when the test allows it, or raise what it asks for."""
        self.starts.append(self.clock())
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await self.may_end.wait()
        if self.error is not None:
            raise self.error
        return Response(200, {}, b"")

    async def run(self) -> None:
        """Send one request."""
        task = asyncio.current_task()
        assert task is not None
        request = GET_CUSTOMER_ACCOUNTS.request(customerId=1)
        await self.limiting.send(Call(request, None, 1.0, 1, 0.0, task, 0, is_observed=False))

    @property
    def in_flight(self) -> int:
        return self.limiter.in_use - self.pacer.waiting

    @property
    def waiting(self) -> int:
        return self.limiter.waiting + self.pacer.waiting

    def spawn(self, count: int = 1) -> list[asyncio.Task[None]]:
        """Run some requests in tasks of their own."""
        return [asyncio.create_task(self.run()) for _ in range(count)]

    def assert_idle(self) -> None:
        """Make sure that no slot is lost."""
        assert (self.in_flight, self.waiting) == (0, 0)


@pytest.fixture
async def alarm() -> Alarm:
    return Alarm()


# The pacer by itself: limiter.


async def test_only_as_many_requests_start_as_there_are_slots() -> None:
    runner = Runner(limiter=2)
    runner.may_end.clear()
    tasks = runner.spawn(5)
    await settled()
    assert (runner.in_flight, runner.waiting, len(runner.starts)) == (2, 3, 2)
    runner.may_end.set()
    await asyncio.gather(*tasks)
    assert (len(runner.starts), runner.most_in_flight) == (5, 2)
    runner.assert_idle()


async def test_without_a_rate_and_a_pause_nothing_sleeps() -> None:
    runner = Runner()
    await asyncio.gather(*runner.spawn(50))
    assert runner.clock.slept == []


async def test_an_error_gives_the_slot_back() -> None:
    runner = Runner(limiter=1)
    runner.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await runner.run()
    runner.error = None
    await runner.run()
    runner.assert_idle()


@pytest.mark.parametrize("waits_for", ["a slot", "its start", "the end of a pause"])
async def test_a_cancelled_task_gives_its_slot_back(waits_for: str) -> None:
    clock = Alarm()
    runner = Runner(limiter=1, rate=1.0 if waits_for == "its start" else None, clock=clock)
    await runner.run()
    if waits_for == "a slot":
        runner.may_end.clear()
        holder = runner.spawn()
    if waits_for == "the end of a pause":
        runner.pacer.pause(5)
    (waiting,) = runner.spawn()
    await settled()
    assert runner.waiting == 1
    waiting.cancel()
    await settled()
    assert (waiting.cancelled(), runner.waiting) == (True, 0)
    runner.may_end.set()
    after = runner.spawn()
    await clock.move_to(10)
    assert after[0].done()
    runner.assert_idle()
    if waits_for == "a slot":
        await holder[0]


async def test_a_cancelled_task_no_longer_counts_as_waiting() -> None:
    limiter = ConcurrencyLimiter(1)
    await limiter.acquire()
    waiting = asyncio.create_task(limiter.acquire())
    await settled()
    waiting.cancel()
    await settled()
    assert limiter.waiting == 0


async def test_a_slot_that_was_given_to_a_task_just_cancelled_goes_to_the_next() -> None:
    limiter = ConcurrencyLimiter(1)
    await limiter.acquire()
    tasks = [asyncio.create_task(limiter.acquire()) for _ in range(3)]
    await settled()
    limiter.release()
    tasks[0].cancel()
    await settled()
    assert [task.done() for task in tasks] == [True, True, False]
    assert (tasks[0].cancelled(), limiter.in_use) == (True, 1)
    limiter.release()
    await asyncio.gather(*tasks[1:])
    assert (limiter.in_use, limiter.waiting) == (1, 0)


async def test_slots_are_given_in_the_order_of_asking() -> None:
    limiter, order = ConcurrencyLimiter(1), []

    async def take(number: int) -> None:
        await limiter.acquire()
        order.append(number)
        await asyncio.sleep(0)
        limiter.release()

    await asyncio.gather(*(take(number) for number in range(20)))
    assert order == list(range(20))


# ConcurrencyLimiter close while the vendor cannot keep up.


async def busy_slots(most: int) -> ConcurrencyLimiter:
    limiter = ConcurrencyLimiter(most)
    for _ in range(most):
        await limiter.acquire()
    return limiter


async def test_congestion_halves_the_slots_once_for_all_requests_that_had_begun() -> None:
    limiter = await busy_slots(16)
    began = limiter.decreases
    for _ in range(5):
        limiter.release()
        limiter.on_congestion(began)
    assert limiter.limit == 8
    limiter.on_congestion(limiter.decreases)
    assert limiter.limit == 4
    for _ in range(9):
        limiter.on_congestion(limiter.decreases)
    assert limiter.limit == 1


async def test_closed_slots_are_not_given_out() -> None:
    limiter = await busy_slots(4)
    limiter.on_congestion(0)
    waiting = asyncio.create_task(limiter.acquire())
    for in_use in (3, 2):
        limiter.release()
        await settled()
        assert (limiter.in_use, waiting.done()) == (in_use, False)
    limiter.release()
    await waiting
    assert (limiter.in_use, limiter.limit) == (2, 2)


async def test_every_50_good_replies_after_one_decrease_bring_one_slot_back_up_to_the_most() -> None:
    limiter = await busy_slots(4)
    limiter.on_congestion(0)
    waiting = [asyncio.create_task(limiter.acquire()) for _ in range(2)]
    limiter.release()
    opened = []
    for _ in range(4):
        for _ in range(50):
            limiter.on_success(limiter.decreases)
        await settled()
        opened.append((limiter.limit, limiter.in_use))
    assert opened == [(3, 3), (4, 4), (4, 4), (4, 4)]
    assert [task.done() for task in waiting] == [True, False]
    waiting[1].cancel()


# The pacer by itself: a rate.


async def test_starts_are_evenly_spaced_and_never_bunch_after_an_idle_time() -> None:
    clock = Alarm()
    runner = Runner(rate=4.0, clock=clock)
    tasks = runner.spawn(4)
    await clock.move_to(0.5)
    assert runner.starts == [0.0, 0.25, 0.5]
    await clock.move_to(100.0)
    tasks += runner.spawn(3)
    await clock.move_to(101.0)
    assert runner.starts == [0.0, 0.25, 0.5, 0.75, 100.0, 100.25, 100.5]
    await asyncio.gather(*tasks)


async def test_a_rate_below_one_a_second_spaces_the_starts_by_seconds(clock: MovedClock) -> None:
    runner = Runner(rate=0.1, clock=clock)
    for _ in range(4):
        await runner.run()
    assert clock.slept == [10.0, 10.0, 10.0]


# The pacer by itself: pauses.


@pytest.mark.parametrize("rate", [None, 2.0])
async def test_nothing_starts_during_a_pause(rate: float | None) -> None:
    clock = Alarm()
    runner = Runner(rate=rate, clock=clock)
    runner.pacer.pause(10)
    tasks = runner.spawn(3)
    await clock.move_to(9.999)
    assert (runner.starts, runner.waiting) == ([], 3)
    await clock.move_to(20)
    assert runner.starts == ([10.0, 10.5, 11.0] if rate else [10.0] * 3)
    await asyncio.gather(*tasks)


@pytest.mark.parametrize("rate", [None, 2.0])
async def test_a_pause_is_never_shortened_but_a_longer_one_counts(rate: float | None) -> None:
    clock = Alarm()
    runner = Runner(rate=rate, clock=clock)
    runner.pacer.pause(10)
    tasks = runner.spawn()
    await clock.move_to(4)
    runner.pacer.pause(1)
    assert runner.pacer.paused_for == 6
    tasks += runner.spawn()
    await clock.move_to(9)
    runner.pacer.pause(3)
    assert (runner.pacer.paused_for, runner.starts) == (3, [])
    await clock.move_to(30)
    assert sorted(runner.starts) == ([12.0, 12.5] if rate else [12.0, 12.0])
    assert runner.pacer.paused_for == 0
    await asyncio.gather(*tasks)


async def test_a_pause_that_begins_while_a_request_waits_for_its_start_holds_it_back() -> None:
    clock = Alarm()
    runner = Runner(rate=0.2, clock=clock)
    tasks = runner.spawn(2)
    await clock.move_to(3)
    runner.pacer.pause(30)
    await clock.move_to(32.9)
    assert runner.starts == [0.0]
    await clock.move_to(33)
    assert runner.starts == [0.0, 33.0]
    await asyncio.gather(*tasks)


async def test_pauses_that_follow_each_other_hold_a_waiting_request_back_every_time() -> None:
    clock = Alarm()
    runner = Runner(clock=clock)
    runner.pacer.pause(1)
    tasks = runner.spawn()
    for moment in (0.5, 1.2, 1.9, 2.6):
        await clock.move_to(moment)
        runner.pacer.pause(1)
    await clock.move_to(3.59)
    assert runner.starts == []
    await clock.move_to(3.6)
    assert runner.starts == [3.6]
    await asyncio.gather(*tasks)


async def test_a_pause_shorter_than_the_spacing_lets_no_request_start_early() -> None:
    clock = Alarm()
    runner = Runner(rate=1.0, clock=clock)
    await runner.run()
    runner.pacer.pause(0.25)
    tasks = runner.spawn(2)
    await clock.move_to(5)
    assert runner.starts == [0.0, 1.0, 2.0]
    await asyncio.gather(*tasks)


@pytest.mark.parametrize("drawn", [0.0, 0.25, 1.0])
async def test_starts_after_a_pause_are_spread_and_never_earlier(drawn: float) -> None:
    clock = Alarm()
    runner = Runner(clock=clock, drawn=drawn)
    runner.pacer.pause(5)
    tasks = runner.spawn(60)
    await clock.move_to(10)
    assert runner.starts[0] == 5
    assert runner.starts[-1] == 5 + drawn
    assert runner.starts == sorted(runner.starts)
    await runner.run()
    assert runner.starts[-1] == 10
    await asyncio.gather(*tasks)


@pytest.mark.parametrize("seed", seeds(5))
@pytest.mark.parametrize("rate", [None, 5.0])
async def test_whatever_comes_no_start_falls_into_a_pause_or_too_close_to_another(
    seed: int, rate: float | None
) -> None:
    random, clock = Random(seed), Alarm()
    runner = Runner(limiter=4, rate=rate, clock=clock, drawn=random.random())
    tasks: list[asyncio.Task[None]] = []
    pauses: list[tuple[float, float]] = []
    for _ in range(60):
        await clock.move_to(clock() + random.choice((0.0, 0.05, 0.3, 1.0)))
        match random.randrange(5):
            case 4:
                runner.limiter.on_congestion(runner.limiter.decreases)
            case 0:
                pauses.append((clock(), clock() + random.choice((0.1, 0.5, 3.0))))
                runner.pacer.pause(pauses[-1][1] - clock())
            case 1 if tasks:
                random.choice(tasks).cancel()
            case _:
                tasks += runner.spawn(random.randrange(4))
                await settled()
    for _ in tasks:
        await clock.move_to(clock() + 10)
    assert all(task.done() for task in tasks)
    assert not [start for start in runner.starts for begin, end in pauses if begin < start < end - 1e-9]
    gaps = [later - earlier for earlier, later in itertools.pairwise(runner.starts)]
    assert min(gaps) >= (0.2 - 1e-9 if rate else 0.0)
    assert runner.most_in_flight <= 4
    runner.assert_idle()


# The retry budget by itself.


def test_a_budget_holds_a_burst_and_then_one_retry_for_ten_calls() -> None:
    budget = RetryBudget(3)
    assert [budget.spend() for _ in range(5)] == [True, True, True, False, False]
    for _ in range(9):
        budget.earn()
    assert not budget.spend()
    budget.earn()
    assert [budget.spend(), budget.spend()] == [True, False]


def test_a_budget_never_holds_more_than_its_burst() -> None:
    budget = RetryBudget(2)
    for _ in range(1000):
        budget.earn()
    assert [budget.spend() for _ in range(3)] == [True, True, False]


# Through a session.


async def test_a_session_spaces_its_requests_and_logins_alike(clock: MovedClock) -> None:
    arrivals: list[float] = []

    def note(received: Received) -> bytes:
        arrivals.append(clock() - 1_000_000)
        return http(200, {"accounts": [], "token": "AnyToken"})

    server = RawServer(default=note, default_login=note)
    options: dict[str, Any] = {"requests_per_second": 0.5, "clock": clock, "sleep": clock.sleep}
    async with server, session_on(server, WITH_SECRET, **options) as session:
        for _ in range(4):
            await get_customer_accounts(session, 1)
        assert (len(server.logins), len(server.calls)) == (1, 4)
    assert arrivals == [0.0, 2.0, 4.0, 6.0, 8.0]


async def test_a_session_spaces_the_requests_of_many_tasks_by_the_real_clock() -> None:
    arrivals: list[float] = []

    def note(received: Received) -> bytes:
        arrivals.append(time.monotonic())
        return EMPTY

    async with RawServer(default=note) as server, session_on(server, requests_per_second=100) as session:
        begin = time.monotonic()
        await asyncio.gather(*(get_customer_accounts(session, 1) for _ in range(5)))
        assert [at for number, at in enumerate(arrivals) if at - begin < number * 0.01 - 1e-6] == []


@pytest.mark.parametrize("cancelled", [1, 100])
async def test_calls_that_are_cancelled_before_their_start_hold_up_no_other(cancelled: int, alarm: Alarm) -> None:
    """Each would have been sent a tenth of a second after the one before."""
    options: dict[str, Any] = {"requests_per_second": 10, "clock": alarm, "sleep": alarm.sleep}
    async with RawServer(default=EMPTY) as server, session_on(server, **options) as session:
        await get_customer_accounts(session, 1)
        tasks = [asyncio.create_task(get_customer_accounts(session, 1)) for _ in range(cancelled)]
        await settled()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        last = asyncio.create_task(get_customer_accounts(session, 1))
        await alarm.move_to(0.1)
        await asyncio.wait_for(last, 5)
        assert len(server.calls) == 2


async def test_calls_that_give_up_early_leave_the_pace_to_those_that_wait(alarm: Alarm) -> None:
    """More calls than the pace allows, each with two seconds of patience: the pace is used up to the full."""
    options: dict[str, Any] = {"requests_per_second": 10, "clock": alarm, "sleep": alarm.sleep}
    async with RawServer(default=EMPTY) as server, session_on(server, **options) as session:
        tasks: list[asyncio.Task[Any]] = []
        for tick in range(200):
            tasks.append(asyncio.create_task(get_customer_accounts(session, 1)))
            if tick >= 40:
                tasks[tick - 40].cancel()
            await alarm.move_to((tick + 1) / 20)
            await until(lambda: session.stats.in_flight == 0)
        await alarm.move_to(20)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert len(server.calls) >= 100


async def test_retries_that_are_cancelled_before_they_are_sent_leave_the_budget_as_it_was(alarm: Alarm) -> None:
    options: dict[str, Any] = {"clock": alarm, "sleep": alarm.sleep, "random": lambda: 1.0, "max_connections": 10}
    async with RawServer(*[http(503)] * 41, default=EMPTY) as server, session_on(server, **options) as session:
        for _ in range(40):
            task = asyncio.create_task(get_customer_accounts(session, 1))
            await until(lambda: alarm.slept)
            alarm.slept.clear()
            task.cancel()
            await asyncio.wait((task,))
        last = asyncio.create_task(get_customer_accounts(session, 1))
        await until(lambda: alarm.slept)
        await alarm.move_to(60)
        await asyncio.wait_for(last, 5)
        assert len(server.calls) == 42


async def test_a_pause_holds_up_every_task_of_a_session_and_only_of_that_one(alarm: Alarm) -> None:
    server = RawServer(http(429, headers={"Retry-After": "20"}))
    options: dict[str, Any] = {"clock": alarm, "sleep": alarm.sleep}
    async with server, session_on(server, **options) as session, session_on(server, **options) as other:
        tasks = [asyncio.create_task(get_customer_accounts(session, 1))]
        await until(lambda: session.stats.paused_for)
        tasks += [asyncio.create_task(get_customer_accounts(session, 1)) for _ in range(3)]
        await get_customer_accounts(other, 1)
        await alarm.move_to(19.9)
        assert (len(server.calls), session.stats.waiting, session.stats.in_flight) == (2, 4, 0)
        await alarm.move_to(20)
        await asyncio.gather(*tasks)
        assert (len(server.calls), session.stats.waiting, session.stats.in_flight) == (6, 0, 0)


@asynccontextmanager
async def two_connections(kind: str) -> AsyncIterator[dict[str, Any]]:
    """Give the options of a session that may use two connections."""
    async with AsyncExitStack() as stack:
        if kind == "max_connections":
            yield {"max_connections": 2}
        else:
            options: dict[str, Any] = {kind: 2}
            yield {"connector": await stack.enter_async_context(aiohttp.TCPConnector(**options))}


@pytest.mark.parametrize("limited_by", ["max_connections", "limit", "limit_per_host"])
async def test_trap_5_timers_start_with_the_slot_and_not_in_the_queue(limited_by: str) -> None:
    """Ten calls on two connections take 150 ms in all, and none of them more than 30."""
    async with (
        RawServer(default=Later(0.03, EMPTY)) as server,
        two_connections(limited_by) as options,
        session_on(server, timeout=0.5, max_tries=1, **options) as session,
    ):
        calls = (get_customer_accounts(session, 1) for _ in range(10))
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert [result for result in results if isinstance(result, Exception)] == []
        assert (len(server.calls), server.connections) == (10, 2)
        await get_customer_accounts(session, 1)


async def test_a_call_that_waits_out_a_pause_does_not_time_out(alarm: Alarm) -> None:
    """The pause is longer than the timeout, by the real clock too."""
    server = RawServer(http(429, headers={"Retry-After": "1"}))
    async with server, session_on(server, timeout=0.5, max_tries=1, clock=alarm, sleep=alarm.sleep) as session:
        call = asyncio.create_task(get_customer_accounts(session, 1))
        await until(lambda: session.stats.waiting)
        await asyncio.sleep(0.05)
        await alarm.move_to(1)
        await call
        assert len(server.calls) == 2


async def test_slots_and_counters_are_right_after_calls_that_failed(clock: MovedClock) -> None:
    server = RawServer(*[http(429, headers={"Retry-After": "61"})] * 20)
    async with server, session_on(server, max_connections=2, clock=clock, sleep=clock.sleep) as session:
        calls = (get_customer_accounts(session, 1) for _ in range(20))
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(result) for result in results} == {RateLimitError}
        assert (session.stats.in_flight, session.stats.waiting, server.connections) == (0, 0, 2)
        await get_customer_accounts(session, 1)


# A pace shared with other processes


class Others:
    """Stands for a pace that other processes share; lets a request start when it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.paused: list[float] = []
        self.go = asyncio.Event()

    async def start(self) -> None:
        self.asked += 1
        await self.go.wait()

    def pause(self, seconds: float) -> None:
        self.paused.append(seconds)


async def test_a_request_with_its_slot_waits_for_the_others_and_its_timer_starts_afterwards() -> None:
    others = Others()
    async with RawServer() as server, session_on(server, pacer=others, timeout=0.2, max_connections=1) as session:
        calls = [asyncio.create_task(get_customer_accounts(session, 1)) for _ in range(2)]
        await until(lambda: others.asked)
        await asyncio.sleep(0.25)
        assert (session.stats.in_flight, session.stats.waiting, len(server.calls), others.asked) == (0, 2, 0, 1)
        others.go.set()
        await asyncio.gather(*calls)
        assert others.asked == 2


async def test_a_pause_that_the_vendor_asks_for_is_told_to_the_others() -> None:
    others = Others()
    others.go.set()
    busy = http(429, headers={"Retry-After": "7"})
    async with (
        RawServer(busy) as server,
        session_on(server, pacer=others, clock=(clock := MovedClock()), sleep=clock.sleep) as session,
    ):
        await get_customer_accounts(session, 1)
        assert others.paused == [7.0]
        assert others.asked == 2


async def test_a_call_that_is_cancelled_while_the_others_decide_gives_its_slot_back() -> None:
    others = Others()
    async with RawServer() as server, session_on(server, pacer=others, max_connections=1) as session:
        call = asyncio.create_task(get_customer_accounts(session, 1))
        await until(lambda: others.asked)
        call.cancel()
        await asyncio.wait((call,))
        others.go.set()
        await get_customer_accounts(session, 1)
        assert session.stats.in_flight == 0
