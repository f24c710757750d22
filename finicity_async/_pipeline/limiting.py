"""When a request may start: slots, requests per second, the shared pause after a 429, the retry budget."""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

_SPREAD = 1.0
_SPREAD_EACH = 0.02
_CALLS_PER_RETRY = 10
_GOOD_PER_SLOT = 50
_GOOD_PER_SLOT_AFTER_MORE = 200


class ConcurrencyLimiter:
    """
    How many requests may be on the wire: at most ``maximum``, fewer while the vendor cannot keep up.

    Additive increase, multiplicative decrease: a sign of congestion halves the slots, and every 50 good responses bring
    one back, or every 200 when there was another sign before all were back: one is an accident, two are a limit. A
    request that began before the last decrease tells nothing about the time after it.
    """

    def __init__(self, maximum: int) -> None:
        self.maximum = maximum
        self.limit = maximum
        self.in_use = 0
        self.decreases = 0
        self.waiting = 0
        self._good = 0
        self._good_per_slot = _GOOD_PER_SLOT
        self._waiters: deque[asyncio.Future[None]] = deque()

    def try_acquire(self) -> bool:
        """Take a slot if there is one and nobody has asked before."""
        if self.in_use < self.limit and not self._waiters:
            self.in_use += 1
            return True
        return False

    async def acquire(self) -> None:
        """Take a slot, in the order of asking."""
        if self.try_acquire():
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self.waiting += 1
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.release()
            raise
        finally:
            self.waiting -= 1

    def release(self) -> None:
        """Give a slot back."""
        self.in_use -= 1
        self._wake()

    def on_success(self, decreases: int) -> None:
        """Count a good response towards one more slot, if its request saw all the decreases that there were."""
        if decreases == self.decreases and self.limit < self.maximum:
            self._good += 1
            if self._good >= self._good_per_slot:
                self._good = 0
                self.limit += 1
                self._wake()

    def on_congestion(self, decreases: int) -> None:
        """Halve the slots, unless that happened since the request began, which saw so many decreases."""
        if decreases == self.decreases:
            self.decreases += 1
            self._good = 0
            self._good_per_slot = _GOOD_PER_SLOT if self.limit == self.maximum else _GOOD_PER_SLOT_AFTER_MORE
            self.limit = max(1, self.limit // 2)

    def _wake(self) -> None:
        while self._waiters and self.in_use < self.limit:
            waiter = self._waiters.popleft()
            if not waiter.done():
                self.in_use += 1
                waiter.set_result(None)


class SharedPacer(Protocol):
    """When requests may start, decided together with other processes."""

    async def start(self) -> None:
        """Wait until one request may start; cheap as long as a lease is held."""

    def pause(self, seconds: float) -> None:
        """Let nothing start anywhere for so many seconds; does not wait until the others have heard of it."""


class Pacer:
    """
    Lets requests start: so many at a time, so many a second, none while the vendor asks for a pause.

    Args:
        max_concurrency: Requests at a time.
        requests_per_second: Most starts a second, evenly spaced; None for no such limit.
        clock: Seconds of a clock that never goes back.
        sleep: Waits for so many seconds.
        random: Returns a float from 0 to 1.
        shared: Asked after all this, with the slot held; None when no other process has a say.
    """

    def __init__(
        self,
        max_concurrency: int,
        requests_per_second: float | None,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        random: Callable[[], float],
        shared: SharedPacer | None = None,
    ) -> None:
        self.limiter = ConcurrencyLimiter(max_concurrency)
        self._shared = shared
        self._interval = 1.0 / requests_per_second if requests_per_second else 0.0
        self._is_paced = requests_per_second is not None or shared is not None
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._next_start = self._resume_at = clock()
        self._last_start = -math.inf
        self._pauses = 0
        self._is_pausing = False
        self._waiting = 0

    def start_at_once(self) -> bool:
        """Take a slot and start, if nothing has to be waited for; the usual case, without a coroutine."""
        return not (self._is_paced or self._is_pausing) and self.limiter.try_acquire()

    async def start(self) -> None:
        """Take a slot, then wait until the request may start."""
        await self.limiter.acquire()
        if self._is_paced or self._is_pausing:
            self._waiting += 1
            try:
                await self._wait_for_start()
                await self._wait_for_others()
            except BaseException:
                self.limiter.release()
                raise
            finally:
                self._waiting -= 1

    def end(self) -> None:
        """Give the slot back."""
        self.limiter.release()

    def pause(self, seconds: float) -> None:
        """Let nothing start for so many seconds, and spread the starts that follow; never shortens a pause."""
        self._resume_at = max(self._resume_at, self._clock() + seconds)
        self._next_start = max(self._resume_at, self._last_start + self._interval)
        self._pauses += 1
        self._is_pausing = True
        if self._shared is not None:
            self._shared.pause(seconds)

    @property
    def in_flight(self) -> int:
        """How many requests are on the wire."""
        return self.limiter.in_use - self._waiting

    @property
    def waiting(self) -> int:
        """How many requests wait for a slot or for their start."""
        return self.limiter.waiting + self._waiting

    @property
    def paused_for(self) -> float:
        """Seconds until a pause ends, 0 when there is none."""
        return max(0.0, self._resume_at - self._clock())

    async def _wait_for_start(self) -> None:
        pauses = None
        while pauses != self._pauses and (delay := self._reserve() - self._clock()) > 0:
            pauses = self._pauses
            await self._sleep(delay)
        self._last_start = self._clock()
        self._is_pausing = self._last_start < self._resume_at

    async def _wait_for_others(self) -> None:
        if self._shared is not None:
            await self._shared.start()

    def _reserve(self) -> float:
        """Return when the next request may start; with a rate, keep that moment for it."""
        now = self._clock()
        if self._interval:
            start = max(now, self._next_start)
            self._next_start = start + self._interval
            return start
        spread = min(_SPREAD, _SPREAD_EACH * (self._waiting - 1))
        return now if now >= self._resume_at else self._resume_at + self._random() * spread


class RetryBudget:
    """
    Keeps retries from multiplying a failure: a burst, then one retry for every ten calls.

    Args:
        burst: Retries that may follow each other when all went well before.
    """

    def __init__(self, burst: int) -> None:
        self._most = burst * _CALLS_PER_RETRY
        self._left = self._most

    def earn(self) -> None:
        """Count one call."""
        if self._left < self._most:
            self._left += 1

    def spend(self) -> bool:
        """Take one retry out of the budget; False when it is used up."""
        if self._left < _CALLS_PER_RETRY:
            return False
        self._left -= _CALLS_PER_RETRY
        return True
