"""
A server of transactions that follows the vendor's document and no more: what it does not promise is left to chance.

It sorts by ``transactionDate``, or ``postedDate`` where there is none, counts records with ``start``, and orders the
rows of one second anew for each request. Between two requests rows may appear and vanish. It shares no code with the
sandbox.
"""

import asyncio
from bisect import bisect_left, bisect_right, insort
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from random import Random
from urllib.parse import parse_qsl, urlsplit

CUSTOMER = "1005061234"
ACCOUNTS = (5011648377, 5011648378, 5011648379)

_second = attrgetter("second")
_window_date = attrgetter("window_date")


@dataclass(frozen=True, eq=False, slots=True)
class Row:
    """
    One transaction.

    Attributes:
        key: Account and ID.
        second: By which it is sorted.
        window_date: Which the window is compared with.
        body: Its JSON.
    """

    key: tuple[int, int]
    second: int
    window_date: int
    body: bytes


def row(account: int, number: int, second: int, *, posted: int | None = None, dated: bool = True) -> Row:
    """
    Return a transaction.

    Args:
        account: Account ID.
        number: Transaction ID.
        second: The date by which it is sorted, in Unix seconds.
        posted: When it was posted, where the window goes by that date; None for a window that goes by ``second``.
        dated: Whether it has a ``transactionDate``; without one it is sorted by ``postedDate``.
    """
    shown = second if posted is None else posted
    dates = f'"transactionDate":{second},"postedDate":{shown}' if dated else f'"postedDate":{second}'
    body = (
        f'{{"id":{number},"amount":-{number % 90_000 / 100:.2f},"accountId":{account},"customerId":{CUSTOMER},'
        f'"status":"active","description":"BUY {number}",{dates},"createdDate":{shown}}}'
    )
    return Row((account, number), second, shown, body.encode())


@dataclass
class ChangingList:
    """
    The transactions of one customer.

    Attributes:
        rows: All of them, by ``second``.
        random: Orders the rows of one second.
        change: Called before each request but the first, to let rows appear and vanish.
        most: Rows on a page, whatever ``limit`` says.
        requests: The query of each request.
        vanished: Keys of rows that were there and are gone.
    """

    rows: list[Row]
    random: Random
    change: Callable[["ChangingList"], None] | None = None
    most: int = 1000
    requests: list[dict[str, str]] = field(default_factory=list)
    vanished: set[tuple[int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Sort the rows."""
        self.rows.sort(key=_second)
        self._goes_by_order = all(one.second == one.window_date for one in self.rows)

    def add(self, one: Row) -> None:
        """Let a row appear."""
        insort(self.rows, one, key=_second)

    def remove(self, place: int) -> None:
        """Let a row vanish."""
        self.vanished.add(self.rows.pop(place).key)

    def page(self, query: dict[str, str]) -> bytes:
        """Answer one request with a page."""
        if self.requests and self.change:
            self.change(self)
        self.requests.append(query)
        window = self._window(int(query["fromDate"]), int(query["toDate"]))
        start, limit = int(query.get("start", "1")) - 1, min(self.most, int(query.get("limit", "25")))
        is_descending = query.get("sort", "desc") == "desc"
        rows = self._shown(window[::-1] if is_descending else window, start, start + limit)
        if not rows:
            return b'{"transactions":[]}'
        more = "true" if start + limit < len(window) else "false"
        head = (
            f'{{"found":{len(window)},"displaying":{len(rows)},"moreAvailable":"{more}","fromDate":"{query["fromDate"]}",'
            f'"toDate":"{query["toDate"]}","sort":"{query.get("sort", "desc")}","transactions":['
        )
        return b"%b%b]}" % (head.encode(), b",".join([one.body for one in rows]))

    def _window(self, lower: int, upper: int) -> list[Row]:
        if self._goes_by_order:
            begin, end = bisect_left(self.rows, lower, key=_second), bisect_right(self.rows, upper, key=_second)
            return self.rows[begin:end]
        return [one for one in self.rows if lower <= one.window_date <= upper]

    def _shown(self, window: list[Row], start: int, end: int) -> list[Row]:
        """Return the rows between two places, after the rows of each second there were put in any order."""
        begin = start
        while 0 < begin < len(window) and window[begin - 1].second == window[begin].second:
            begin -= 1
        stop = end
        while 0 < stop < len(window) and window[stop - 1].second == window[stop].second:
            stop += 1
        shuffled: list[Row] = []
        for _, group in groupby(window[begin:stop], key=_second):
            tied = [*group]
            self.random.shuffle(tied)
            shuffled += tied
        return shuffled[start - begin : end - begin]


class _Connection(asyncio.Protocol):
    """Parses just enough of HTTP/1.1 to find the target of a GET."""

    def __init__(self, answer: Callable[[dict[str, str]], bytes]) -> None:
        self._answer = answer
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            target = head.split(b" ", 2)[1].decode()
            body = self._answer(dict(parse_qsl(urlsplit(target).query)))
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
            self._transport.write(head + body)


@asynccontextmanager
async def served(transactions: ChangingList) -> AsyncIterator[str]:
    """Serve a list over a socket in this event loop, and yield the URL."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(transactions.page), "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
