"""
A customer whose accounts live, day by day, and a server that shows of them what the vendor has copied.

Institutions add transactions, change, move, drop and shadow those of the last 15 days, and turn pending ones into
active ones under another ID. The vendor sees it when it refreshes an account, which may fail for weeks.
"""

import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from itertools import islice
from random import Random
from typing import Any

from aiohttp import web

from finicity_async import Credentials

CREDENTIALS = Credentials("benchmark-key", app_token="benchmark-token")  # noqa: S106 -- of a test server
CUSTOMER = 1005061234
DAY = 86_400
HISTORY = 180
"""Days that the vendor loads of a new account."""
ALTERABLE = 15
"""Days back to which institutions alter transactions."""
_LATE = 12
"""Days by which a transaction may be posted late."""
_LONGEST_PENDING = 10
_LONGEST_FAILURE = 60
_MOST_ALTERABLE = 200
"""Transactions of an account that are looked at each day, the last ones: more than come in the days above."""
Row = dict[str, Any]
Key = tuple[int, int]


@dataclass
class LiveAccount:
    """
    One account: what the institution has, and what the vendor has copied.

    Attributes:
        success: Unix seconds of the last refresh that succeeded; None before the first.
        fails_until: Unix seconds until which every refresh fails.
        last_id: The last transaction ID; IDs count from 1 in each account.
    """

    id: int
    at_institution: dict[int, Row] = field(default_factory=dict)
    at_vendor: dict[int, Row] = field(default_factory=dict)
    success: int | None = None
    fails_until: float = 0.0
    last_id: int = 0


class Ledger:
    """
    The accounts, the clock, and what happens to them.

    Args:
        random: What everything is drawn from.
        now: Unix seconds at first.
        accounts: How many accounts there are at first, each with a history.
    """

    def __init__(self, random: Random, now: int = 1_767_225_600, accounts: int = 3) -> None:
        self.random = random
        self.now = now
        self.accounts: dict[int, LiveAccount] = {}
        self._last_account = 5_011_648_376
        for _ in range(accounts):
            self.link()
        self.refresh(always=True)

    # The user's side

    def truth(self) -> dict[Key, Row]:
        """Return the transactions that the vendor has, neither pending nor shadow ones."""
        return self._at_vendor("active")

    def pending(self) -> dict[Key, Row]:
        """Return the pending transactions that the vendor has."""
        return self._at_vendor("pending")

    def _at_vendor(self, status: str) -> dict[Key, Row]:
        rows = {(account.id, one): row for account in self.accounts.values() for one, row in account.at_vendor.items()}
        return {key: row for key, row in rows.items() if row["status"] == status}

    # What happens

    def live(self, days: int) -> None:
        """Let days pass, each with a refresh in the night."""
        for _ in range(days):
            self.now += DAY
            if self.random.random() < 0.01 and len(self.accounts) < 6:
                self.link()
            if self.random.random() < 0.01 and len(self.accounts) > 1:
                del self.accounts[self.random.choice([*self.accounts])]
            for account in self.accounts.values():
                self._alter(account)
            self.refresh()

    def link(self) -> None:
        """Add an account with the history that the vendor will load."""
        self._last_account += 1
        account = self.accounts[self._last_account] = LiveAccount(self._last_account)
        for _ in range(self.random.randint(0, 80)):
            self._add(account, self.random.uniform(0, HISTORY))

    def refresh(self, *, always: bool = False) -> None:
        """Copy what the institutions have, where they can be reached."""
        for account in self.accounts.values():
            if account.fails_until <= self.now and not always and self.random.random() < 0.02:
                account.fails_until = self.now + self.random.uniform(1, _LONGEST_FAILURE) * DAY
            if always or (account.fails_until <= self.now and self.random.random() < 0.9):
                self._copy(account)

    def _copy(self, account: LiveAccount) -> None:
        if account.success is None:  # The first refresh loads the history as of now.
            first, rows = self.now - HISTORY * DAY, account.at_institution.items()
            account.at_institution = {one: row for one, row in rows if _sorted_by(row) >= first}
        account.at_vendor, account.success = dict(account.at_institution), self.now

    def alter(self) -> None:
        """Alter something everywhere, and refresh."""
        for account in self.accounts.values():
            self._alter(account)
        self.refresh()

    def _alter(self, account: LiveAccount) -> None:
        for _ in range(self.random.randint(0, 3)):
            self._add(account, self.random.choice([0, 1, 2, self.random.uniform(0, ALTERABLE)]))
        for one in self._alterable(account, "active"):
            if self.random.random() < 0.05:
                self.random.choice([self._change, self._move, self._drop, self._shadow])(account, one)
        for one in self._alterable(account, "shadow"):
            if self.random.random() < 0.05:
                account.at_institution[one] = account.at_institution[one] | {"status": "active"}
        for one in self._alterable(account, "pending"):
            is_old = account.at_institution[one]["createdDate"] < self.now - _LONGEST_PENDING * DAY
            if is_old or self.random.random() < 0.4:
                self._end(account, one)
        for _ in range(self.random.randint(0, 2)):
            self._add(account, 0, status="pending")

    def _alterable(self, account: LiveAccount, status: str) -> list[int]:
        first = self.now - ALTERABLE * DAY
        rows = islice(reversed(account.at_institution.items()), _MOST_ALTERABLE)
        return [one for one, row in rows if row["status"] == status and latest_date(row) >= first]

    def _add(self, account: LiveAccount, age: float, *, status: str = "active") -> None:
        """Add a transaction that was posted some days ago; most dates are noons, so that many are the same."""
        account.last_id += 1
        posted = max(self.now - math.ceil(age * DAY), self.now - HISTORY * DAY)
        if self.random.random() < 0.7 and age > 1:
            posted = posted // DAY * DAY + DAY // 2
        dates = {"postedDate": posted, "createdDate": self.now}
        if self.random.random() < 0.8:
            late = self.random.choice([0, 0, DAY, 3 * DAY, _LATE * DAY])
            dates["transactionDate"] = max(posted - late, self.now - HISTORY * DAY)
        amount = self.random.randint(-10_000, 10_000) / 100
        row = {"id": account.last_id, "amount": amount, "accountId": account.id, "customerId": CUSTOMER}
        account.at_institution[account.last_id] = row | {"status": status, "description": "at first"} | dates

    def _change(self, account: LiveAccount, one: int) -> None:
        member, value = self.random.choice([("amount", self.now / 100), ("description", f"at {self.now}")])
        account.at_institution[one] = account.at_institution[one] | {member: value}

    def _move(self, account: LiveAccount, one: int) -> None:
        row = account.at_institution[one]
        by = self.now - self.random.randint(0, ALTERABLE * DAY) - row["postedDate"]
        moved = {name: row[name] + by for name in ("postedDate", "transactionDate") if name in row}
        account.at_institution[one] = row | moved

    def _drop(self, account: LiveAccount, one: int) -> None:
        del account.at_institution[one]

    def _shadow(self, account: LiveAccount, one: int) -> None:
        account.at_institution[one] = account.at_institution[one] | {"status": "shadow"}

    def _end(self, account: LiveAccount, one: int) -> None:
        """Turn a pending transaction into an active one, under another ID as a rule, or drop it."""
        row = account.at_institution[one]
        chance = self.random.random()
        if chance < 0.2:
            account.at_institution[one] = row | {"status": "active"}
            return
        del account.at_institution[one]
        if chance < 0.8:
            account.last_id += 1
            account.at_institution[account.last_id] = row | {"id": account.last_id, "status": "active"}


def latest_date(row: Row) -> int:
    """Return the later date of a transaction, which is what institutions go by."""
    date: int = max(row.get("postedDate", 0), row.get("transactionDate", 0))
    return date


class LedgerServer:
    """
    Shows a ledger as the vendor does.

    Args:
        ledger: The ledger.
        filter_by: The date that a window goes by.
        most_rows: Transactions on a page, whatever is asked for.

    Attributes:
        url: Where it listens.
        before: Called before the next requests are answered, one after the other; it may change the ledger.
        requests: How many came.
        windows: ``fromDate`` and ``toDate`` of each page that was asked for.
    """

    def __init__(self, ledger: Ledger, *, filter_by: str = "transactionDate", most_rows: int = 1000) -> None:
        self.ledger = ledger
        self.url = ""
        self.before: list[Callable[[], object]] = []
        self.requests = 0
        self.windows: list[tuple[int, int]] = []
        self._filter_by = filter_by
        self._most_rows = most_rows
        self.live, self.alter, self.truth, self.pending = ledger.live, ledger.alter, ledger.truth, ledger.pending

    @property
    def options(self) -> dict[str, Any]:
        """Options of a session."""
        return {"credentials": CREDENTIALS}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen on a free port."""
        app = web.Application(middlewares=[self._note])
        prefix = f"/aggregation/v{{version}}/customers/{CUSTOMER}"
        app.router.add_get(f"{prefix}/accounts", self._list_accounts)
        app.router.add_get(f"{prefix}/accounts/{{account}}", self._show_account)
        app.router.add_get(f"{prefix}/transactions", self._list_transactions)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield
        finally:
            await runner.cleanup()

    @web.middleware
    async def _note(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        self.requests += 1
        if self.before:
            self.before.pop(0)()
        response: web.StreamResponse = await handler(request)
        response.headers["Date"] = formatdate(self.ledger.now, usegmt=True)
        return response

    async def _list_accounts(self, _: web.Request) -> web.Response:
        return web.json_response({"accounts": [_shown(account) for account in self.ledger.accounts.values()]})

    async def _show_account(self, request: web.Request) -> web.Response:
        account = self.ledger.accounts.get(int(request.match_info["account"]))
        if account is None:
            return web.json_response({"code": 38003, "message": "no such account"}, status=404)
        return web.json_response(_shown(account))

    async def _list_transactions(self, request: web.Request) -> web.Response:
        query = request.query
        begin, end = int(query["fromDate"]), int(query["toDate"])
        self.windows.append((begin, end))
        rows = [row for row in self._listed(query.get("includePending")) if begin <= self._filtered_by(row) <= end]
        self.ledger.random.shuffle(rows)  # Ties come in another order each time.
        rows.sort(key=_sorted_by, reverse=query.get("sort") != "asc")
        start, limit = int(query.get("start", 1)), min(self._most_rows, int(query.get("limit", 25)))
        page = rows[start - 1 : start - 1 + limit]
        more = "true" if start - 1 + limit < len(rows) else "false"
        figures = {"found": len(rows), "displaying": len(page), "moreAvailable": more, "sort": query.get("sort")}
        return web.json_response((figures if rows else {}) | {"transactions": page})

    def _listed(self, include_pending: str | None) -> list[Row]:
        rows = [row for account in self.ledger.accounts.values() for row in account.at_vendor.values()]
        return [row for row in rows if include_pending == "true" or row["status"] != "pending"]

    def _filtered_by(self, row: Row) -> int:
        date: int = row.get(self._filter_by) or row["postedDate"]
        return date


def _sorted_by(row: Row) -> int:
    date: int = row.get("transactionDate") or row["postedDate"]
    return date


def _shown(account: LiveAccount) -> Row:
    shown = {"id": str(account.id), "customerId": str(CUSTOMER), "status": "active", "aggregationStatusCode": 0}
    return shown | ({"aggregationSuccessDate": account.success} if account.success else {})
