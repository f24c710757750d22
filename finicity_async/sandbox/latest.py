"""The latest of many items, with their positions."""

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Latest(Generic[_T]):
    """
    The latest items of all that were added.

    Args:
        most: How many are kept.

    Attributes:
        next: Position of the next item: how many were added before it. ``clear`` does not begin again from 0, so
            whoever waits for items from a position on misses none of them.
    """

    def __init__(self, most: int) -> None:
        self._items: deque[_T] = deque(maxlen=most)
        self.next: int = 0

    def add(self, item: _T) -> None:
        """Add an item."""
        self._items.append(item)
        self.next += 1

    def clear(self) -> None:
        """Remove every item."""
        self._items.clear()

    def __iter__(self) -> Iterator[_T]:
        """Return the items; another thread may add one meanwhile."""
        return iter(tuple(self._items))

    def numbered(self, first: int = 0) -> list[tuple[int, _T]]:
        """Return the items from a position on, each with its position; on the thread that adds them."""
        pairs = enumerate(self._items, start=self.next - len(self._items))
        return [pair for pair in pairs if pair[0] >= first]
