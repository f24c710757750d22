"""A customer's accounts and transactions on a raw server, which a test edits between two requests."""

from datetime import UTC, datetime
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.support.servers import Received, http

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = 1_752_580_800
"""Tuesday, 15 July 2025, noon UTC."""
DAY = 86_400
CUSTOMER = "1005061234"
CHECKING, SAVINGS = 5011648377, 5011648378


class Bank:
    """
    What the vendor has of one customer.

    Attributes:
        now: Unix seconds of the vendor's clock, for the Date of each response; None leaves the header out.
        accounts: Account ID -> record.
        rows: The transactions.
        unlisted: Accounts that the list lacks.
        after: Called when the next requests were answered, one after the other.
        paths: Last part of the path of each request.
        windows: Days before ``now`` at which each page that was asked for begins and ends.
    """

    def __init__(self) -> None:
        self.now: int | None = NOW
        self.accounts: dict[int, dict[str, Any]] = {}
        self.rows: list[dict[str, Any]] = []
        self.unlisted: set[int] = set()
        self.after: list[Callable[[], object]] = []
        self.paths: list[str] = []
        self.windows: list[tuple[float, float]] = []

    def add_account(self, account: int = CHECKING, *, success: int | None = NOW, **members: Any) -> None:
        record = {"id": str(account), "customerId": CUSTOMER, "status": "active"}
        self.accounts[account] = record | {"aggregationSuccessDate": success} | members

    def add(self, one: int, days_ago: float = 1, *, account: int | None = CHECKING, **members: Any) -> dict[str, Any]:
        """Add a transaction that happened some days before NOW."""
        row = {"id": one, "amount": 9.5, "accountId": account, "customerId": int(CUSTOMER), "status": "active"}
        self.rows.append(row | dates(days_ago) | members)
        return self.rows[-1]

    def remove(self, one: int) -> None:
        self.rows = [row for row in self.rows if row["id"] != one]

    def pass_days(self, days: int) -> None:
        """Let time pass, with a refresh that succeeds at its end."""
        self.now = (self.now or NOW) + days * DAY
        for account in self.accounts.values():
            account["aggregationSuccessDate"] = self.now

    def answer(self, received: Received) -> bytes:
        url = urlsplit(received.target)
        path = url.path.rpartition("/")[2]
        self.paths.append(path)
        status, body = self._answer(path, {name: value for name, (value,) in parse_qs(url.query).items()})
        response = http(status, body, {} if self.now is None else {"Date": formatdate(self.now, usegmt=True)})
        if self.after:
            self.after.pop(0)()
        return response

    def _answer(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if path == "accounts":
            listed = [record for account, record in self.accounts.items() if account not in self.unlisted]
            return 200, {"accounts": listed}
        if path == "transactions":
            return 200, self._page(query)
        if int(path) in self.accounts:
            return 200, self.accounts[int(path)]
        return 404, {"code": 38003, "message": "no such account"}

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        begin, end, start, limit = (int(query[name]) for name in ("fromDate", "toDate", "start", "limit"))
        now = datetime.now(UTC).timestamp() if self.now is None else self.now
        self.windows.append(((begin - now) / DAY, (end - now) / DAY))
        rows = sorted(
            (row for row in self.rows if begin <= date_of(row, end) <= end), key=lambda row: date_of(row, end)
        )
        page = rows[start - 1 : start - 1 + limit]
        more = str(start - 1 + limit < len(rows)).lower()
        return {"found": len(rows), "displaying": len(page), "moreAvailable": more, "transactions": page}


def dates(days_ago: float) -> dict[str, int]:
    """Return the dates of a transaction that happened some days before NOW."""
    return dict.fromkeys(("transactionDate", "postedDate"), NOW - int(days_ago * DAY))


def date_of(row: dict[str, Any], default: int) -> int:
    date: int = row["transactionDate"] or row["postedDate"] or default
    return date
