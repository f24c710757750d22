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

from bisect import bisect_left
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from finicity_async._dated_pages import Key, Page, Passes, is_posted_before, key_of, placed
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
        self._undated: set[Key] = set()
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
                passes = Passes(self._seam, page)
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
                "have come, and none twice.",
                advice="The page that has them, read by the function of this name, shows them in its invalid_values.",
                operation=self._operation,
            )

    def _new(self, page: Page, begin: int, end: int | None) -> Iterator[Transaction]:
        """Iterate over the rows between two places of a page, and those without a date that have not come yet."""
        for row in page.undated():
            if (key := key_of(row)) not in self._undated:
                self._undated.add(key)
                yield row
        yield from page.dated(begin, end)

    async def _next(self, page: Page, place: int) -> Page:
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

    async def _adjoining(self, lower: int, place: int) -> Page:
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

    async def _second(self, passes: Passes) -> AsyncIterator[Transaction]:
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

    async def _page(self, lower: int, start: int, *, is_first: bool = False) -> Page:
        """Ask for a page, and check that it does not contradict itself; the first may be in any order if it is all."""
        answer = await self._send(self._request(fromDate=lower, start=start + 1))
        page = placed(answer, lower, start, self._seam)
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
        self._by_number = self._by_number or any(map(is_posted_before, answer))
        return page

    def _error(self, what: str, *, retryable: bool = False) -> PayloadError:
        text = f"{self._operation}: {what}. {_CERTAIN}"
        return PayloadError(text, operation=self._operation, retryable=retryable)
