"""One timer for the deadlines of all requests, which costs a request less than a timer of its own."""

import asyncio
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

    def set(self, timed: Timed, seconds: float) -> None:
        """Set a deadline so many seconds from now."""
        deadline = self._loop.time() + seconds
        self._lines.setdefault(seconds, {})[timed] = deadline
        if self._timer is None or deadline < self._timer.when():
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
        self._timer = None
        if firsts := [next(iter(line.values())) for line in self._lines.values() if line]:
            self._arm(min(firsts))
