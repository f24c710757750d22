"""The sandbox's clock: a real one that tests can advance."""

from collections.abc import Callable

_LATEST = 253_402_300_800.0  # the year 10000


class Clock:
    """
    Unix seconds of a source, plus what tests have advanced it by.

    Args:
        source: Unix seconds.

    Attributes:
        ahead: Seconds that it was advanced by.
    """

    def __init__(self, source: Callable[[], float]) -> None:
        self._source = source
        self.ahead: float = 0.0

    def __call__(self) -> float:
        """Return the Unix seconds."""
        return self._source() + self.ahead

    def advance(self, seconds: float) -> None:
        """Move the clock ahead by some seconds."""
        if not 0 <= self() + seconds < _LATEST:
            raise ValueError(f"The clock cannot be moved by {seconds} seconds")
        self.ahead += seconds
