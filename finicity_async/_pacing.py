"""When a request may start: slots, requests per second, the shared pause after a 429, the retry budget."""

import asyncio
from collections.abc import Awaitable, Callable

_SPREAD = 1.0
_CALLS_PER_RETRY = 10


class Pacer:
    """
    Lets requests start: so many at a time, so many a second, none while the vendor asks for a pause.

    Args:
        slots: Requests at a time.
        requests_per_second: Most starts a second, evenly spaced; None for no such limit.
        clock: Seconds of a clock that never goes back.
        sleep: Waits for so many seconds.
        random: Returns a float from 0 to 1.
    """

    def __init__(
        self,
        slots: int,
        requests_per_second: float | None,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        random: Callable[[], float],
    ) -> None:
        self._slots = asyncio.Semaphore(slots)
        self._interval = 1.0 / requests_per_second if requests_per_second else 0.0
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._next_start = clock()
        self._resume_at = self._next_start
        self._pauses = 0
        self.in_flight = 0
        self.waiting = 0

    async def __aenter__(self) -> None:
        """Take a slot, then wait until the request may start."""
        self.waiting += 1
        try:
            await self._slots.acquire()
            try:
                await self._wait_for_start()
            except BaseException:
                self._slots.release()
                raise
        finally:
            self.waiting -= 1
        self.in_flight += 1

    async def __aexit__(self, *_: object) -> None:
        """Give the slot back."""
        self.in_flight -= 1
        self._slots.release()

    def pause(self, seconds: float) -> None:
        """Let nothing start for so many seconds, and spread the starts that follow; never shortens a pause."""
        self._resume_at = max(self._resume_at, self._clock() + seconds)
        self._next_start = self._resume_at
        self._pauses += 1

    @property
    def paused_for(self) -> float:
        """Seconds until a pause ends, 0 when there is none."""
        return max(0.0, self._resume_at - self._clock())

    async def _wait_for_start(self) -> None:
        pauses = None
        while pauses != self._pauses and (delay := self._reserve() - self._clock()) > 0:
            pauses = self._pauses
            await self._sleep(delay)

    def _reserve(self) -> float:
        """Return when the next request may start; with a rate, keep that moment for it."""
        now = self._clock()
        if self._interval:
            start = max(now, self._next_start)
            self._next_start = start + self._interval
            return start
        return now if now >= self._resume_at else self._resume_at + self._random() * _SPREAD


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
        self._left = min(self._most, self._left + 1)

    def spend(self) -> bool:
        """Take one retry out of the budget; False when it is used up."""
        if self._left < _CALLS_PER_RETRY:
            return False
        self._left -= _CALLS_PER_RETRY
        return True
