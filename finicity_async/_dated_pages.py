"""
Pages of transactions as values: where each row stands in the list, and what tells a row from all others.

Nothing here does I/O. `pagination_by_date` decides which page is read next.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import UNSET

from finicity_async.models.transactions import Transaction, Transactions

Row = Transaction | bytes
"""A row of a page; what is no record stands as its JSON, because it takes up a place."""

Key = tuple[Any, Any] | bytes


class Page(NamedTuple):
    """
    A page and its place in the list.

    Attributes:
        lower: First second of the window, ``fromDate``.
        start: Place of the first row in the window, from 0.
        rows: The rows as they stand on the wire.
        seconds: The second by which each row is sorted; a row without a date has that of the row before it.
        odd: Places of rows without a date, and of what is no record.
        found: Rows in the window.
    """

    lower: int
    start: int
    rows: list[Row]
    seconds: list[int]
    odd: list[int]
    found: int

    @property
    def end(self) -> int:
        """Place behind the last row."""
        return self.start + len(self.rows)

    @property
    def is_last(self) -> bool:
        """Whether the window ends with this page."""
        return self.end >= self.found

    def begins_before(self, second: int) -> bool:
        """Return whether the first row is of an earlier second, so that none from this second on is left out."""
        return bool(self.seconds) and self.seconds[0] < second

    def dated(self, begin: int, end: int | None) -> Iterator[Transaction]:
        """Return the rows with a date between two places of the page."""
        rows: Any = self.rows[begin:end]
        if not self.odd:
            return iter(rows)
        return (row for place, row in enumerate(rows, begin) if place not in self.odd)

    def undated(self) -> Iterator[Transaction]:
        """Return all rows of the page without a date."""
        return (row for place in self.odd if isinstance(row := self.rows[place], Transaction))


class Passes:
    """
    A second that fills more than a page, read by row number as often as it takes to see all of its rows.

    A vendor that orders rows of one second anew for each request shows some of them twice in one pass, and others not
    at all. How many there are follows from the places of the rows before and behind them.

    Attributes:
        page: The page that was read last.
        place: Place of the first row of the second in the window, from 0.
        size: Rows of the second at the end of the last pass.
        seen: Keys of all rows that came.
        idle: Passes in a row that brought nothing new.
    """

    def __init__(self, second: int, page: Page) -> None:
        self._second = second
        self.size = -1
        self.seen: set[Key] = set()
        self.idle = 0
        self._counted: set[Key] = set()  # Keys since the second last changed.
        self.begin(page)

    def begin(self, page: Page) -> None:
        """Begin a pass with its first page."""
        self._known = len(self.seen)
        self._keys: set[Key] = set()
        self.go_on(page)
        self.place = page.start + self.span[0]

    def go_on(self, page: Page) -> None:
        """Go on with the next page."""
        self.page = page
        self.span = bisect_left(page.seconds, self._second), bisect_right(page.seconds, self._second)
        self._keys.update(map(key_of, page.rows[slice(*self.span)]))

    def is_new(self, row: Transaction) -> bool:
        """Return whether a row comes for the first time."""
        known = len(self.seen)
        self.seen.add(key_of(row))
        return len(self.seen) > known

    @property
    def is_over(self) -> bool:
        """Whether the page shows where the second ends."""
        return self.span[1] < len(self.page.rows) or self.page.is_last

    def are_complete(self) -> bool:
        """
        Return whether all rows of the second have come, at the end of a pass.

        The keys of a pass count when there are as many rows as at the end of the one before, so those of the first one
        never do. Otherwise a row that vanished after it was read would be counted in place of one that was not seen.
        """
        size = self.page.start + self.span[1] - self.place
        if size != self.size or len(self._counted) > size:
            self._counted.clear()
        if size == self.size:
            self._counted |= self._keys
        self.size = size
        self.idle = 0 if len(self.seen) > self._known else self.idle + 1
        return len(self._counted) == size


_DROPPED = re.compile(r"\$\.transactions\[(\d+)\]")


def placed(page: Transactions, lower: int, start: int, seam: int) -> Page:
    """Return a page with the place and second of each row; ``seam`` is the second of rows of which none has a date."""
    rows: list[Row] = [*page]
    if page._invalid is not UNSET:  # noqa: SLF001 -- `invalid_values` asks each row, which costs as much as the rest
        for path, value in page.invalid_values.items():
            if found := _DROPPED.fullmatch(path):
                rows.insert(int(found[1]), repr(value).encode())
    own = [_second_of(row) for row in rows]
    odd = [place for place, second in enumerate(own) if second is None]
    seconds: list[int] = []
    second = next((second for second in own if second is not None), seam)
    for one in own:
        second = second if one is None else one
        seconds.append(second)
    at_least = start + len(rows) + bool(rows and page.more_available)
    return Page(lower, start, rows, seconds, odd, at_least if page.found is None else page.found)


def is_posted_before(row: Transaction) -> bool:
    """Return whether a row was posted before the date by which the vendor sorts it."""
    own, posted = row.transaction_date, row.posted_date
    return own is not None and posted is not None and posted < own


def _second_of(row: Row) -> int | None:
    """Return the second by which the vendor sorts a row."""
    date = None if isinstance(row, bytes) else row.transaction_date or row.posted_date
    return None if date is None else int(date.timestamp() // 1)


def key_of(row: Row) -> Key:
    """Return what tells a row from all others."""
    return row if isinstance(row, bytes) else (row.account_id, row.id)
