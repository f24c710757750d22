"""The transactions of the customers: drawn from the seed when they are read, and changed as tests and faults want."""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from random import Random
from typing import Any, NamedTuple

from finicity_async.sandbox.data.transactions import Row, Stream, month_of, number_of
from finicity_async.sandbox.records import Records
from finicity_async.sandbox.refreshes import Account, seconds_of

_KEPT = 16
"""How many customers' lists are kept; one is read page by page, and few are read at the same time."""
_FIRST_ADDED = 10**14
"""Above every drawn ID, and far below 2**53, up to which JSON readers are exact."""
_LATEST = 2**33
"""Beyond every date of a test; what lies behind counts as this."""
_Key = tuple[str, Any]


def date_of(row: Row) -> int:
    """Return the date by which the vendor sorts: when it happened, or else when it was posted; 0 without either."""
    return seconds_of(row.get("transactionDate")) or seconds_of(row.get("postedDate"))


class Listing(NamedTuple):
    """Transactions in ascending order, beside their dates."""

    dates: list[int]
    rows: list[Row]

    def within(self, first: int, last: int) -> tuple[int, int]:
        """Return where the rows of a window begin and end; both moments are in it."""
        return bisect_left(self.dates, first), bisect_right(self.dates, last)

    def posted_within(self, first: int, last: int) -> "Listing":
        """Return the rows that were posted in a window; one that was not posted yet counts by its own date."""
        rows = [row for row in self.rows if first <= (seconds_of(row.get("postedDate")) or date_of(row)) <= last]
        return _listing(rows)

    def between(self, begin: int, end: int, ties: Random | None) -> list[Row]:
        """Return the rows between two places; from a generator, those of one date come in an order drawn anew."""
        if ties is None or begin == end:
            return self.rows[begin:end]
        first, last = self.within(self.dates[begin], self.dates[end - 1])
        rows = sorted(self.rows[first:last], key=lambda row: (date_of(row), ties.random()))
        return rows[begin - first : end - first]


def _listing(rows: list[Row]) -> Listing:
    return Listing([date_of(row) for row in rows], rows)


class History:
    """
    What the vendor has of one customer at one moment.

    Args:
        rows: The rows, in any order; rows of the same date keep theirs.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = sorted(rows, key=date_of)
        self._listings: dict[tuple[str | None, bool], Listing] = {}

    def listing(self, account_id: str | None = None, *, pending: bool = True) -> Listing:
        """Return the rows of an account or of all, with or without those that are pending."""
        which = account_id, pending
        if which not in self._listings:
            number = None if account_id is None else number_of(account_id)
            rows = [
                row
                for row in self._rows
                if (pending or row.get("status") != "pending") and (number is None or row["accountId"] == number)
            ]
            self._listings[which] = _listing(rows)
        return self._listings[which]


class _KeptHistory(NamedTuple):
    """A history, the first month that it holds, and what it was made of."""

    since: int
    made_of: tuple[Any, ...]
    history: History


class Transactions:
    """
    The transactions of all customers.

    An account has what was drawn for it between its ``oldestTransactionDate`` and its ``aggregationSuccessDate``: so a
    night or a refresh brings new ones, a failed one none, and an account without the first date has none yet. Beside
    them are those that were put in, which are there at once.

    Args:
        seed: What they are drawn from.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._changed: dict[str, dict[_Key, Row | None]] = {}  # customer -> account, ID -> row; None: taken out
        self._changes = 0
        self._kept: OrderedDict[str, _KeptHistory] = OrderedDict()

    def history(self, customer_id: str, records: Records, since: int = 0) -> History:
        """
        Return what the vendor has of a customer now.

        Args:
            customer_id: The customer.
            records: The customer's accounts.
            since: Unix seconds, before which nothing is asked for.
        """
        first = month_of(min(since, _LATEST))
        spans = (_span(key, record) for key, record in records.items() if record.get("status") == "active")
        made_of = (self._changes if customer_id in self._changed else 0, *spans)
        kept = self._kept.get(customer_id)
        if kept is None or kept.made_of != made_of or first < kept.since:
            rows = self._rows(customer_id, records, first)
            kept = self._kept[customer_id] = _KeptHistory(first, made_of, History(rows))
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(customer_id)
        return kept.history

    def put(self, customer_id: str, account_id: str, transactions: Iterable[Mapping[str, Any]], now: int) -> list[Row]:
        """Put transactions into an account; one with the ID of another replaces it."""
        changed = self._changed.setdefault(customer_id, {})
        rows = []
        for given in transactions:
            self._changes += 1
            row = _completed(given, account_id, customer_id, _FIRST_ADDED + self._changes, now)
            changed[account_id, row["id"]] = row
            rows.append(row)
        return deepcopy(rows)

    def take_out(self, customer_id: str, account_id: str, ids: Iterable[int]) -> None:
        """Take transactions out of an account."""
        self._changes += 1
        self._changed.setdefault(customer_id, {}).update(dict.fromkeys(((account_id, one) for one in ids), None))

    def forget(self, customer_id: str) -> None:
        """Forget what was changed for a customer who was removed."""
        self._changed.pop(customer_id, None)

    def copy(self) -> "Transactions":
        """Return a copy; rows are never changed, only replaced."""
        other = Transactions(self._seed)
        other._changed = {customer: dict(changed) for customer, changed in self._changed.items()}
        other._changes = self._changes
        return other

    def _rows(self, customer_id: str, records: Records, since: int) -> Iterator[Row]:
        changed = self._changed.get(customer_id, {})
        for account_id, account in records.items():
            if account.get("status") == "active":
                for row in self._drawn(customer_id, account_id, account, since):
                    if (account_id, row["id"]) not in changed:
                        yield row
        yield from (row for (account_id, _), row in changed.items() if row is not None and account_id in records)

    def _drawn(self, customer_id: str, account_id: str, account: Account, since: int) -> Iterator[Row]:
        _, kind, first, last = _span(account_id, account)
        if not first:
            return
        stream = Stream(self._seed, customer_id, account_id, kind)
        for month in range(max(month_of(first), since), month_of(last) + 1):
            yield from (row for row in stream.month(month, last) if date_of(row) >= first)


def _span(account_id: str, account: Account) -> tuple[str, str, int, int]:
    """Return of which account, and of which time, the vendor has transactions."""
    dates = (seconds_of(account.get(name)) for name in ("oldestTransactionDate", "aggregationSuccessDate"))
    first, last = (min(max(one, 0), _LATEST) for one in dates)
    return account_id, str(account.get("type")), first, last


def _completed(given: Mapping[str, Any], account_id: str, customer_id: str, number: int, now: int) -> Row:
    """Return a row with all that every row has; what is given as None is left out."""
    status = given.get("status", "active")
    moment = given.get("transactionDate") or given.get("postedDate") or now
    number = int(given.get("id", number))
    row = {
        "id": number,
        "amount": -10.0,
        "uniqueTransactionId": f"{account_id}-{number}",
        "accountId": number_of(account_id),
        "customerId": number_of(customer_id),
        "status": status,
        "description": "TEST TRANSACTION",
        "transactionDate": moment,
        "postedDate": None if status == "pending" else moment,
        "createdDate": now,
        **given,
    }
    row["id"] = number
    return {name: _plain(value) for name, value in row.items() if value is not None}


def _plain(value: Any) -> Any:
    if not isinstance(value, datetime):
        return deepcopy(value)
    if value.tzinfo is None:
        raise ValueError("A date of a transaction is Unix seconds or a datetime with a time zone")
    return int(value.timestamp())
