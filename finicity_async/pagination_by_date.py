"""
All transactions between two dates, one by one, while rows may come and go between two pages.

A page that begins at a row number loses rows when earlier ones vanish, and when the vendor orders the rows of one
second anew for each request. A page that begins at a date does not. So each page is read in ascending order, its rows
are taken up to its last second, and the next page begins with that second.

The document does not say which date the window compares with ``fromDate``. So each page is proved: the rows that were
taken and ``found`` of the new page add up to ``found`` of the page before. Where they do not, the rows have changed or
the window filters by a different date than it sorts by, and the same place is read by row number. That page proves
itself: it begins with a row of an earlier second, so nothing is missing from the next second on. It is read by row
number as well once a row was posted before the date by which it is sorted: a window of posted dates lacks such rows,
and ``found`` does not show it when others have appeared.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from msgspec import UNSET

from finicity_async._encoding import unix_seconds
from finicity_async.endpoints.transactions import GET_ALL_CUSTOMER_TRANSACTIONS, GET_CUSTOMER_ACCOUNT_TRANSACTIONS
from finicity_async.errors import ConfigurationError, PayloadError
from finicity_async.models.transactions import Transaction, Transactions
from finicity_async.operation import Id, Operation, Request
from finicity_async.session import AsyncSession

_LIMIT = 1000
"""Rows on a page, the most that the vendor gives."""

_OVERLAP = 10
"""Rows before the seam on a page that is read by row number: nine may vanish before it has to be read again."""

_MOST_TRIES = 30
"""Pages to look for the seam by row number. The way back is doubled each time, so twenty reach ten million rows back;
more mean that the pages contradict each other."""

_MOST_IDLE_PASSES = 10
"""Passes over one second that bring nothing new. A pass over 2,400 rows in any order, three pages, misses a given row
with a probability of 0.28, so ten in a row miss it with one of 3e-6."""

_CERTAIN = (
    "Every row dated before the last one that came has come, and none twice; others of its date may be missing, and "
    "all later ones are. Begin again, with periods of less than 1,000 rows or one account at a time."
)

_Row = Transaction | bytes
"""A row of a page; what is no record stands as its JSON, because it takes up a place."""

_Key = tuple[Any, Any] | bytes

Send = Callable[[Request[Transactions]], Awaitable[Transactions]]
"""Sends the request of a page and returns the page."""


def iter_transactions(
    session: AsyncSession,
    customer_id: Id,
    from_date: datetime | int,
    to_date: datetime | int,
    *,
    account_id: Id | None = None,
    include_pending: bool = False,
) -> AsyncIterator[Transaction]:
    """
    Return an iterator over all transactions of a customer in a period, oldest first, read by the thousand as taken.

    Free of charge, and no institution is contacted. Rows come in the order of their ``transaction_date``, or
    ``posted_date`` where there is none; those of one second in any order.

    No row comes twice, and one that is there from the first request to the last comes once, whichever others appear or
    vanish meanwhile and however the vendor orders rows of one second; where that fails, `PayloadError` says so. A row
    that appears meanwhile comes if it is dated after what was read; one that vanishes may have come; one whose date
    changes meanwhile may come twice or not at all. Three limits: the vendor has to sort by the date that its document
    names; where one second holds more rows than a page, it goes unnoticed when some of them are exchanged for as many
    others between two requests; and if the vendor selects by the posted date, the first rows that were posted before
    their transaction date go unnoticed when they begin where a page ends and as many others appear at that moment.

    ``account_id`` and ``id`` together tell a row from all others; ``id`` alone does not. Rows with the status
    ``"shadow"`` come as the vendor sends them: the institution no longer has them, so treat them as deleted. A row
    without any date comes once, wherever the vendor puts it. Which rows belong to the period is the vendor's decision.

    Memory does not grow with the number of rows: it holds two pages, the keys of one second that fills more than a
    page, and the keys of rows without any date.

    Args:
        customer_id: Vendor ID, text or number, for example ``"1005061234"``.
        from_date: Start of the period, an aware datetime or Unix seconds, included.
        to_date: End of the period, for example ``datetime.now(UTC)``, the same for all pages.
        account_id: Only this account, for example ``"5011648377"``.
        include_pending: Pending rows as well; a pending row and the one that it becomes have different IDs.

    Raises:
        ConfigurationError: A date without a zone, an invalid ID, or ``from_date`` after ``to_date``; nothing was
            sent.
        NotFoundError: No such customer or account. A new account without transactions is no error.
        PayloadError: The vendor's pages contradict each other; the text says what is certain and what to do. Or, after
            all other rows have come: some have no ID that can be read.

    Source: GET /aggregation/v3/customers/{customerId}/transactions, GetAllCustomerTransactions, and
    GET /aggregation/v4/customers/{customerId}/accounts/{accountId}/transactions, GetCustomerAccountTransactions, spec
    1.42.0.
    """
    return transactions_by_date(
        session.send, customer_id, from_date, to_date, account_id=account_id, include_pending=include_pending
    )


def transactions_by_date(
    send: Send,
    customer_id: Id,
    from_date: datetime | int,
    to_date: datetime | int,
    *,
    account_id: Id | None = None,
    include_pending: bool = False,
) -> AsyncIterator[Transaction]:
    """
    Do what `iter_transactions` does, with pages that come another way than by ``AsyncSession.send``.

    Args:
        send: Sends the request of a page and returns the page.
        customer_id: This argument and all others are those of `iter_transactions`.
        from_date: Start of the period.
        to_date: End of the period.
        account_id: Only this account.
        include_pending: Pending rows as well.

    Raises:
        FinicityError: As by `iter_transactions`.
    """
    operation: Operation[Transactions] = GET_ALL_CUSTOMER_TRANSACTIONS
    ids = {"customerId": customer_id}
    if account_id is not None:
        operation = GET_CUSTOMER_ACCOUNT_TRANSACTIONS
        ids["accountId"] = account_id
    first, last = _seconds(operation, from_date), _seconds(operation, to_date)
    if first > last:
        raise ConfigurationError(f"{operation.operation_id}: from_date is after to_date. Nothing was sent.")
    request = partial(operation.request, **ids, toDate=last, limit=_LIMIT, sort="asc", includePending=include_pending)
    request(fromDate=first, start=1)  # Refuses an invalid ID now, and not when the first row is taken.
    return _Reading(send, request, first).rows()


def _seconds(operation: Operation[Any], date: object) -> int:
    if isinstance(date, datetime) and date.tzinfo is not None:
        return unix_seconds(date)
    if isinstance(date, int) and not isinstance(date, bool):
        return date
    raise ConfigurationError(
        f"{operation.operation_id}: a date is an aware datetime or Unix seconds. Nothing was sent."
    )


class _Page(NamedTuple):
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
    rows: list[_Row]
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


class _Reading:
    """
    One reading of a period.

    Args:
        send: Sends the request of a page and returns the page.
        request: Makes the request of a page, given ``fromDate`` and ``start``.
        first: First second of the period.
    """

    def __init__(self, send: Send, request: Callable[..., Request[Transactions]], first: int) -> None:
        self._send = send
        self._request = request
        self._operation: str = request(fromDate=first, start=1).operation.operation_id
        self._first = first
        self._seam = first  # Every row with an earlier date has come.
        self._by_number = False
        self._undated: set[_Key] = set()
        self._broken: set[bytes] = set()

    async def rows(self) -> AsyncIterator[Transaction]:
        """Iterate over all rows."""
        page = await self._page(self._first, 0, is_first=True)
        self._seam = min([self._first, *page.seconds])
        while not page.is_last:
            begin, last = bisect_left(page.seconds, self._seam), page.seconds[-1]
            if last > self._seam:
                end = bisect_left(page.seconds, last)
                for row in self._new(page, begin, end):
                    yield row
                self._seam = last
                page = await self._next(page, page.start + end)
            else:
                passes = _Passes(self._seam, page)
                async for row in self._second(passes):
                    yield row
                self._seam += 1
                page = passes.page
                if not page.begins_before(self._seam):
                    page = await self._adjoining(page.lower, page.start)
        for row in self._new(page, bisect_left(page.seconds, self._seam), None):
            yield row
        if self._broken:
            raise PayloadError(
                f"{self._operation}: left out rows without an ID that can be read: {len(self._broken):,}. All others "
                "have come, and none twice. The page that has them, read by the function of this name, shows them in "
                "its invalid_values.",
                operation=self._operation,
            )

    def _new(self, page: _Page, begin: int, end: int | None) -> Iterator[Transaction]:
        """Iterate over the rows between two places of a page, and those without a date that have not come yet."""
        for row in page.undated():
            if (key := _key(row)) not in self._undated:
                self._undated.add(key)
                yield row
        yield from page.dated(begin, end)

    async def _next(self, page: _Page, place: int) -> _Page:
        """Return the page with the rows from the seam on, before which the window of a page has as many rows."""
        is_odd = False
        if not self._by_number and self._seam > page.lower:
            following = await self._page(self._seam, 0)
            is_odd = following.begins_before(self._seam)
            if following.found == page.found - place and not is_odd:
                return following
        again = await self._adjoining(page.lower, place)
        # The same window with the same number of rows: nothing has changed, so its dates are not those of the order.
        self._by_number |= is_odd or again.found == page.found
        return again

    async def _adjoining(self, lower: int, place: int) -> _Page:
        """Return a page that holds the first rows from the seam on, which are thought to be at a place of a window."""
        start, back = max(0, place - _OVERLAP), _OVERLAP
        for _ in range(_MOST_TRIES):
            page = await self._page(lower, start)
            if start and not page.begins_before(self._seam):
                back *= 2
                start = max(0, start - back)
            elif page.is_last or page.seconds[-1] >= self._seam:
                return page
            else:
                start, back = page.end - _OVERLAP, _OVERLAP
        raise self._error("no page adjoins the rows that came", retryable=True)

    async def _second(self, passes: "_Passes") -> AsyncIterator[Transaction]:
        """Iterate over the rows of a second that fills a page to its end, until all of them have come."""
        while True:
            for row in self._new(passes.page, *passes.span):
                if passes.is_new(row):
                    yield row
            if not passes.is_over:
                passes.go_on(await self._page(passes.page.lower, passes.page.end))
            elif passes.are_complete():
                return
            elif passes.idle < _MOST_IDLE_PASSES:
                passes.begin(await self._adjoining(passes.page.lower, passes.place))
            else:
                raise self._error(
                    f"{passes.size:,} rows share one second, more than fit on a page, and {_MOST_IDLE_PASSES} passes "
                    f"over them in a row brought no other than the {len(passes.seen):,} that came",
                    retryable=True,
                )

    async def _page(self, lower: int, start: int, *, is_first: bool = False) -> _Page:
        """Ask for a page, and check that it does not contradict itself; the first may be in any order if it is all."""
        answer = await self._send(self._request(fromDate=lower, start=start + 1))
        page = _placed(answer, lower, start, self._seam)
        if (page.rows and answer.more_available) if page.is_last else not page.rows:
            raise self._error(
                f"a page that ends with row {page.end:,} says that {page.found:,} were found, and contradicts that"
            )
        if not page.is_last and len(page.odd) == len(page.rows):
            raise self._error("no row of a page has a date, so it is unknown where the next one begins")
        if not (page.is_last and is_first) and page.seconds != sorted(page.seconds):
            raise self._error("the rows of a page are not in the order of their dates")
        self._broken.update(row for row in map(page.rows.__getitem__, page.odd) if isinstance(row, bytes))
        # Where the window goes by the posted date, it lacks such a row, and one that has appeared may hide that.
        self._by_number = self._by_number or any(map(_is_posted_before, answer))
        return page

    def _error(self, what: str, *, retryable: bool = False) -> PayloadError:
        text = f"{self._operation}: {what}. {_CERTAIN}"
        return PayloadError(text, operation=self._operation, retryable=retryable)


class _Passes:
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

    def __init__(self, second: int, page: _Page) -> None:
        self._second = second
        self.size = -1
        self.seen: set[_Key] = set()
        self.idle = 0
        self._counted: set[_Key] = set()  # Keys since the second last changed.
        self.begin(page)

    def begin(self, page: _Page) -> None:
        """Begin a pass with its first page."""
        self._known = len(self.seen)
        self._keys: set[_Key] = set()
        self.go_on(page)
        self.place = page.start + self.span[0]

    def go_on(self, page: _Page) -> None:
        """Go on with the next page."""
        self.page = page
        self.span = bisect_left(page.seconds, self._second), bisect_right(page.seconds, self._second)
        self._keys.update(map(_key, page.rows[slice(*self.span)]))

    def is_new(self, row: Transaction) -> bool:
        """Return whether a row comes for the first time."""
        known = len(self.seen)
        self.seen.add(_key(row))
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


def _placed(page: Transactions, lower: int, start: int, seam: int) -> _Page:
    """Return a page with the place and second of each row; ``seam`` is the second of rows of which none has a date."""
    rows: list[_Row] = [*page]
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
    return _Page(lower, start, rows, seconds, odd, at_least if page.found is None else page.found)


def _is_posted_before(row: Transaction) -> bool:
    """Return whether a row was posted before the date by which the vendor sorts it."""
    own, posted = row.transaction_date, row.posted_date
    return own is not None and posted is not None and posted < own


def _second_of(row: _Row) -> int | None:
    """Return the second by which the vendor sorts a row."""
    date = None if isinstance(row, bytes) else row.transaction_date or row.posted_date
    return None if date is None else int(date.timestamp() // 1)


def _key(row: _Row) -> _Key:
    """Return what tells a row from all others."""
    return row if isinstance(row, bytes) else (row.account_id, row.id)
