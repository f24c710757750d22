"""Oddities of lists of transactions that break what clients take for granted, by name."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any

import msgspec

from finicity_async.endpoints.transactions import GET_ALL_CUSTOMER_TRANSACTIONS, GET_CUSTOMER_ACCOUNT_TRANSACTIONS
from finicity_async.sandbox.data.transactions import Row
from finicity_async.sandbox.faults._base import Fault, Match
from finicity_async.sandbox.histories import date_of
from finicity_async.sandbox.requests import IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, decode_exactly, json_response
from finicity_async.sandbox.state import State
from finicity_async.sandbox.transactions import asked_for

_LISTS = frozenset(row.operation_id for row in (GET_ALL_CUSTOMER_TRANSACTIONS, GET_CUSTOMER_ACCOUNT_TRANSACTIONS))
_A_FEW = 3
"""How many rows appear or vanish before a page."""
_CROWD = 1_200
"""More rows than fit on a page."""
_DAY = 86_400


class TransactionQuirk(Fault, frozen=True, kw_only=True, tag="transaction_quirk"):
    """The lists of transactions have one of the oddities that lose rows, or show them twice, to a client that pages."""

    quirk: str
    """Its name, one of ``TRANSACTION_QUIRKS``."""

    def __post_init__(self) -> None:
        """Refuse an unknown name."""
        super().__post_init__()
        if self.quirk not in TRANSACTION_QUIRKS:
            raise ValueError(f"quirk {self.quirk!r} is none of {', '.join(TRANSACTION_QUIRKS)}")

    def fits(self, request: IncomingRequest) -> bool:
        """Return whether a request is for a list of transactions, too."""
        return request.operation is not None and request.operation.operation_id in _LISTS and super().fits(request)

    def prepare(self, match: Match) -> None:
        """Change what the list is made of, or tell the handler how to make it."""
        change = _OF_THE_ROWS.get(self.quirk)
        if change is None:
            match.request.quirks[self.quirk] = match.random
        elif (window := _window_of(match)) is not None:
            is_first = window.customer_id not in match.memory
            match.memory[window.customer_id] = True
            change(window, is_first)

    def alter(self, response: Response, match: Match) -> Response:
        """Change the page."""
        change = _OF_THE_PAGE.get(self.quirk)
        try:
            page = decode_exactly(response.body) if change and response.status == 200 else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            return response  # Another fault has cut it off already.
        if change is None or not isinstance(page, dict) or "transactions" not in page:
            return response
        return replace(response, body=json_response(change(page)).body)


@dataclass(frozen=True, slots=True)
class _Window:
    """
    The transactions in the window of a request.

    Attributes:
        state: The sandbox's state.
        random: What changes are drawn from.
        customer_id: The customer.
        accounts: IDs of the active accounts, the one of the request first.
        first: The first second.
        last: The last second that is not after now.
    """

    state: State
    random: Random
    customer_id: str
    accounts: list[str]
    first: int
    last: int

    def rows(self) -> Sequence[Row]:
        """Return the rows of all accounts, in ascending order."""
        records = self.state.records(self.customer_id)
        listing = self.state.transactions.history(self.customer_id, records, self.first).listing()
        begin, end = listing.within(self.first, self.last)
        return listing.rows[begin:end]

    def put(self, account_id: str, rows: Iterable[Row]) -> None:
        """Put rows into an account."""
        self.state.transactions.put(self.customer_id, account_id, rows, int(self.state.clock()))


def _window_of(match: Match) -> _Window | None:
    """Return the window of a request, None for one that is refused or finds no account."""
    state, values = match.state, match.request.values
    try:
        records, asked = state.records(values["customerId"]), asked_for(match.request)
    except (KeyError, RefusalError):
        return None
    accounts = [key for key, one in records.items() if one.get("status") == "active"]
    accounts.sort(key=lambda one: one != values.get("accountId"))
    last = max(asked.first, min(asked.last, int(state.clock())))
    return _Window(state, match.random, values["customerId"], accounts, asked.first, last) if accounts else None


def _appear(window: _Window, is_first: bool) -> None:
    if not is_first:
        dates = [window.random.randint(window.first, window.last) for _ in range(_A_FEW)]
        window.put(window.accounts[0], ({"transactionDate": one, "description": "LATE TRANSACTION"} for one in dates))


def _vanish(window: _Window, is_first: bool) -> None:
    if not is_first:
        rows = window.rows()
        for row in window.random.sample(rows, min(_A_FEW, len(rows))):
            window.state.transactions.take_out(window.customer_id, str(row["accountId"]), [row["id"]])


def _crowd(window: _Window, is_first: bool, *, seconds: int) -> None:
    """Put more rows than a page takes into some seconds in the middle of the window."""
    if is_first:
        start = max(window.first, (window.first + window.last) // 2 // _DAY * _DAY)
        most = min(seconds, window.last - start + 1)
        dates = [start + window.random.randrange(most) for _ in range(_CROWD)]
        window.put(window.accounts[0], ({"transactionDate": one} for one in dates))


def _share_an_id(window: _Window, is_first: bool) -> None:
    """Give a row of the second account the ID of the latest row of the first one."""
    if not is_first or len(window.accounts) == 1:
        return
    own, other = window.accounts[:2]
    for row in reversed(window.rows()):
        if str(row["accountId"]) == own:
            window.put(other, [{"id": row["id"], "transactionDate": date_of(row)}])
            return


def _on_rows(**members: Any) -> Callable[[Row], Row]:
    return lambda page: {**page, "transactions": [{**row, **members} for row in page["transactions"]]}


_OF_THE_ROWS: dict[str, Callable[[_Window, bool], None]] = {
    "rows_appear": _appear,
    "rows_vanish": _vanish,
    "crowded_day": partial(_crowd, seconds=_DAY),
    "crowded_second": partial(_crowd, seconds=1),
    "shared_id": _share_an_id,
}
"""Name -> what changes the rows before the request, told whether it is the customer's first one."""
_OF_THE_ORDER = ("ties_in_any_order", "window_by_posted_date")
"""What the handler has to do: such a page cannot be made out of a usual one."""
_OF_THE_PAGE: dict[str, Callable[[Row], Row]] = {
    "boolean_more_available": lambda page: {**page, "moreAvailable": page.get("moreAvailable") == "true"},
    "bare_empty_page": lambda page: page if page["transactions"] else {"transactions": []},
    "decimal_taxes": _on_rows(taxesAmount=21.21, commissionAmount=4.95),
    "undeclared_transaction_members": _on_rows(confirmationNumber="00042", tradeDate=1_700_000_000, symbol="ACME"),
}
TRANSACTION_QUIRKS: tuple[str, ...] = tuple(sorted({*_OF_THE_ROWS, *_OF_THE_ORDER, *_OF_THE_PAGE}))
"""The names of the oddities."""
