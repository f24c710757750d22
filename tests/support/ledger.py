"""The transactions of a customer, paged as the vendor's document says, for a ``RawServer``."""

import json
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.servers import Received, http

NOON = 1_764_331_200
"""2025-11-28T12:00:00Z."""


def row(number: int, *, account: int = 5011648377, second: int = NOON, **members: object) -> str:
    """Return the JSON of a transaction; ``amount`` may be text, which stands as it is."""
    amount = members.pop("amount", f"-{number}.10")
    others = {
        "accountId": account,
        "customerId": 1005061234,
        "status": "active",
        "description": f"Payee {number}",
        "postedDate": second,
        "transactionDate": second,
        "createdDate": second,
        **members,
    }
    return f'{{"id":{number},"amount":{amount},{json.dumps(others)[1:]}'


class Ledger:
    """
    Answers requests for transactions with a page of what it holds; the rows are those of any customer.

    ``asked`` holds the query of each request. ``refusal``, when it is set, is the answer to all of them; ``wait`` is
    called before each answer.
    """

    def __init__(self, rows: Iterable[str]) -> None:
        self.fill(*rows)
        self.asked: list[dict[str, str]] = []
        self.refusal: bytes | None = None
        self.wait: Callable[[], object] = bool

    def fill(self, *rows: str) -> None:
        """Hold other rows; one without a date counts as the oldest of a window."""
        self._rows = sorted(((_second(one), one) for one in rows), key=itemgetter(0))

    def __call__(self, received: Received) -> bytes:
        """Answer one request."""
        parts = urlsplit(received.target)
        query = {name: value for name, (value,) in parse_qs(parts.query).items()}
        self.asked.append(query)
        self.wait()
        if self.refusal is not None:
            return self.refusal
        account = parts.path.split("/")[6] if "/accounts/" in parts.path else None
        found = self._found(query, account)
        start, limit = int(query.get("start", 1)) - 1, int(query.get("limit", 25))
        page = found[start : start + limit]
        more = "true" if start + len(page) < len(found) else "false"
        head = f'"found":{len(found)},"displaying":{len(page)},"moreAvailable":"{more}"'
        return http(200, f'{{{head},"transactions":[{",".join(page)}]}}')

    def _found(self, query: Mapping[str, str], account: str | None) -> list[str]:
        first, last = int(query["fromDate"]), int(query["toDate"])
        statuses = {"active", "pending"} if query.get("includePending") == "true" else {"active"}
        found = [
            one
            for second, one in self._rows
            if first <= (second or first) <= last and _fits(json.loads(one), account, statuses)
        ]
        return found if query.get("sort") == "asc" else found[::-1]


def _second(one: str) -> int:
    members = json.loads(one)
    return int(members["transactionDate"] or members["postedDate"])


def _fits(members: dict[str, Any], account: str | None, statuses: set[str]) -> bool:
    return account in (None, str(members["accountId"])) and members["status"] in statuses
