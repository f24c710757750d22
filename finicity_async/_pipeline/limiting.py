"""When a request may start: concurrency that adapts, requests per second, the pause that all requests share."""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from finicity_async._pipeline.call import Call, Layer
from finicity_async.errors import RateLimitError, RequestTimeoutError
from finicity_async.events import Notifier, Paused, SlowedDown
from finicity_async.operation import Response

_SPREAD = 1.0
"""Seconds over which starts are spread at most after a pause: short beside the pauses that vendors ask for."""
_SPREAD_EACH = 0.02
"""Seconds of spread for each waiting request: 50 starts a second after a pause."""
_SUCCESSES_PER_STEP = 50
_SUCCESSES_PER_STEP_AFTER_MORE = 200
"""Good responses for one more request at a time; the larger number keeps a vendor with a limit from a 429 a second."""


class ConcurrencyLimiter:
    """
    How many requests may be on the wire: at most ``maximum``, fewer while the vendor cannot keep up.

    Additive increase, multiplicative decrease: a sign of congestion halves the limit, and every 50 good responses raise
    it by one, or every 200 when there was another sign before the limit was back at its maximum: one may be chance,
    two mean that the vendor has a limit. A request that began before the last decrease says nothing about the time
    after it.

    Args:
        maximum: Requests at a time.
    """

    def __init__(self, maximum: int) -> None:
        self.maximum = maximum
        self.limit = maximum
        self.in_use = 0
        self.decreases = 0
        self.waiting = 0
        self._successes = 0
        self._successes_per_step = _SUCCESSES_PER_STEP
        self.waiters: deque[asyncio.Future[None]] = deque()

    def try_acquire(self) -> bool:
        """Begin a request if the limit allows it and nobody has asked before."""
        if self.in_use < self.limit and not self.waiters:
            self.in_use += 1
            return True
        return False

    async def acquire(self) -> None:
        """Wait until the limit allows a request, in the order of asking, and begin it."""
        if self.try_acquire():
            return
        waiter = asyncio.get_running_loop().create_future()
        self.waiters.append(waiter)
        self.waiting += 1
        try:
            await waiter
        except asyncio.CancelledError:
            # The request was begun for this waiter in the same turn of the loop in which it was cancelled.
            if waiter.done() and not waiter.cancelled():
                self.release()
            raise
        finally:
            self.waiting -= 1

    def release(self) -> None:
        """End a request."""
        self.in_use -= 1
        if self.waiters:
            self.wake()

    def on_success(self, decreases: int) -> None:
        """Additive increase: count a good response whose request began after the last decrease."""
        if decreases == self.decreases and self.limit < self.maximum:
            self._successes += 1
            if self._successes >= self._successes_per_step:
                self._successes = 0
                self.limit += 1
                self.wake()

    def on_congestion(self, decreases: int) -> bool:
        """Multiplicative decrease, at most once per congestion event; return whether this is the first sign of it."""
        if decreases != self.decreases:
            return False
        self.decreases += 1
        self._successes = 0
        is_first = self.limit == self.maximum
        self._successes_per_step = _SUCCESSES_PER_STEP if is_first else _SUCCESSES_PER_STEP_AFTER_MORE
        self.limit = max(1, self.limit // 2)
        return True

    def wake(self) -> None:
        """Begin as many of the waiting requests as the limit allows."""
        while self.waiters and self.in_use < self.limit:
            waiter = self.waiters.popleft()
            if not waiter.done():
                self.in_use += 1
                waiter.set_result(None)


class SharedPacer(Protocol):
    """Spaces the requests of several processes together."""

    async def start(self) -> None:
        """Wait until one request may start; cheap while a lease is held."""

    def pause(self, seconds: float) -> None:
        """Let no process start a request for this many seconds; returns before the others have heard of it."""


class Pacer:
    """
    Spaces the starts of requests: a rate, and no start during a pause that the vendor asked for.

    Args:
        requests_per_second: Most starts a second, evenly spaced; None for no such limit.
        clock: Seconds of a clock that never goes back.
        sleep: Waits for this many seconds.
        random: Returns a float from 0 to 1.
        shared: Spaces the starts with other processes; None for this process alone.
    """

    def __init__(
        self,
        requests_per_second: float | None,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        random: Callable[[], float],
        shared: SharedPacer | None = None,
    ) -> None:
        self.waiting = 0
        self._shared = shared
        self._interval = 1.0 / requests_per_second if requests_per_second else 0.0
        self._always_waits = requests_per_second is not None or shared is not None
        self.is_idle = not self._always_waits
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._turn = asyncio.Lock()
        self._next_start = self._resume_at = clock()
        self._last_start = -math.inf
        self._pauses = 0

    async def start(self) -> None:
        """Wait until a request may start; needless while ``is_idle``."""
        self.waiting += 1
        try:
            await self._wait_for_start()
            if self._shared is not None:
                await self._shared.start()
        finally:
            self.waiting -= 1

    def pause(self, seconds: float) -> None:
        """Let nothing start for this many seconds, then spread the starts; never shortens a pause."""
        self._resume_at = max(self._resume_at, self._clock() + seconds)
        self._next_start = max(self._resume_at, self._last_start + self._interval)
        self._pauses += 1
        self.is_idle = False
        if self._shared is not None:
            self._shared.pause(seconds)

    @property
    def paused_for(self) -> float:
        """Seconds until a pause ends, 0 when there is none."""
        return max(0.0, self._resume_at - self._clock())

    async def _wait_for_start(self) -> None:
        if self._interval:
            await self._wait_for_turn()
        else:
            await self._wait_for_pause()
        self._last_start = self._clock()
        self.is_idle = not self._always_waits and self._last_start >= self._resume_at

    async def _wait_for_turn(self) -> None:
        """Wait for the next start of the rate, in the order of asking; it is taken only by a request that starts."""
        asked = self._clock()
        async with self._turn:
            # From when it asked, not from now: a sleep that takes longer than it should does not slow the rate down.
            self._next_start = max(self._next_start, asked)
            while (delay := self._next_start - self._clock()) > 0:
                await self._sleep(delay)
            self._next_start += self._interval

    async def _wait_for_pause(self) -> None:
        pauses = None
        # A pause that comes during the sleep moves the start.
        while pauses != self._pauses and (delay := self._spread_start() - self._clock()) > 0:
            pauses = self._pauses
            await self._sleep(delay)

    def _spread_start(self) -> float:
        """Return when a request may start that no rate holds back."""
        now = self._clock()
        spread = min(_SPREAD, _SPREAD_EACH * (self.waiting - 1))
        return now if now >= self._resume_at else self._resume_at + self._random() * spread


class Limiting:
    """
    The layer that lets a send start.

    Args:
        below: The next layer, which sends.
        limiter: How many sends may be on the wire.
        pacer: When they may start.
        notifier: Hears of pauses and of a lower limit.
    """

    def __init__(self, below: Layer, limiter: ConcurrencyLimiter, pacer: Pacer, notifier: Notifier) -> None:
        self._below = below
        self._limiter = limiter
        self._pacer = pacer
        self._notifier = notifier

    async def send(self, call: Call) -> Response:
        """Send a call when it may start, and adapt the concurrency to its outcome."""
        limiter = self._limiter
        if not self._pacer.is_idle or not limiter.try_acquire():
            await self._start()
        call.decreases = limiter.decreases
        try:
            response = await self._below.send(call)
        except (RateLimitError, RequestTimeoutError) as error:
            self._note_congestion(call, error)
            raise
        finally:
            limiter.in_use -= 1  # As `release` does, without a call on the path of every request.
            if limiter.waiters:
                limiter.wake()
        if limiter.limit < limiter.maximum:
            limiter.on_success(call.decreases)
        return response

    def pause(self, call: Call, seconds: float) -> None:
        """Let no request of the session start for this many seconds: the vendor said so in answer to this call."""
        self._pacer.pause(seconds)
        self._notifier.notify(Paused(call.number, call.request.operation.operation_id, seconds))

    async def _start(self) -> None:
        await self._limiter.acquire()
        if not self._pacer.is_idle:
            try:
                await self._pacer.start()
            except BaseException:
                self._limiter.release()
                raise

    def _note_congestion(self, call: Call, error: RateLimitError | RequestTimeoutError) -> None:
        """Slow down, unless it was a refresh that took its time: the institution did, not the vendor."""
        operation = call.request.operation
        if isinstance(error, RequestTimeoutError) and operation.refresh:
            return
        if self._limiter.on_congestion(call.decreases):
            self._notifier.notify(SlowedDown(call.number, operation.operation_id, self._limiter.limit))
