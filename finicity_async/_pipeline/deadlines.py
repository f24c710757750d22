"""One timer for the deadlines of all requests, which costs a request less than a timer of its own."""

import asyncio
import math
from typing import Protocol


class Timed(Protocol):
    """What has a deadline; compared by identity."""

    def end_in_time(self) -> None:
        """Make what takes too long end."""


class Deadlines:
    """
    The deadlines of what is under way: those with the same timeout pass in the order in which they were set.

    Args:
        loop: The loop whose time counts.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lines: dict[float, dict[Timed, float]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = math.inf

    def set(self, timed: Timed, seconds: float) -> None:
        """Set a deadline so many seconds from now."""
        deadline = self._loop.time() + seconds
        self._lines.setdefault(seconds, {})[timed] = deadline
        if deadline < self._rings_at:
            self._arm(deadline)

    def lift(self, timed: Timed, seconds: float) -> None:
        """Take a deadline back; one that has passed is no more."""
        if (line := self._lines.get(seconds)) is not None:
            line.pop(timed, None)
            if not line:
                del self._lines[seconds]

    def close(self) -> None:
        """Let no deadline pass any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self, deadline: float) -> None:
        self.close()
        self._timer = self._loop.call_at(deadline, self._pass)
        self._rings_at = deadline

    def _pass(self) -> None:
        """End what is late, and wait for the next deadline."""
        now = self._loop.time()
        for line in self._lines.values():
            late = []
            for timed, deadline in line.items():
                if deadline > now:
                    break
                late.append(timed)
            for timed in late:
                del line[timed]
                timed.end_in_time()
        self._rings_at = math.inf
        if firsts := [next(iter(line.values())) for line in self._lines.values() if line]:
            self._arm(min(firsts))
