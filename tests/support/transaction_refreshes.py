"""A vendor of refreshes of transactions that answers by what is asked for, and its answers."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.support.refreshes import CUSTOMER, listed, row
from tests.support.servers import Received, http

STATUS = "getTransactionRefreshStatus"
ID = "bec83f1a-5f65-44f5-8f00-b4a0fc60c2cc"
STARTED = http(202, {"refreshId": ID, "customerId": CUSTOMER, "status": "NEW"})
UNKNOWN = http(404, {"code": 10008, "message": "data not found"})
SUCCESS_DATE = datetime(2026, 9, 10, 6, 6, 20, tzinfo=UTC)


def entry(account_id: str, **members: Any) -> dict[str, Any]:
    if members.get("aggregationStatusCode") == 0:
        members["aggregationSuccessDate"] = "2026-09-10T06:06:20Z"
    return {"accountId": account_id, "institutionLoginId": "7", **members}


def status(name: str, *entries: dict[str, Any], **members: Any) -> bytes:
    return http(200, {"refreshId": ID, "customerId": CUSTOMER, "status": name, "accounts": entries, **members})


def done(account_id: str) -> dict[str, Any]:
    return entry(account_id, aggregationStatusCode=0)


def failed(account_id: str) -> dict[str, Any]:
    return entry(account_id, aggregationStatusCode=185)


BOTH = row("1", 0, 0, 0), row("2", 0, 0, 0)
BEFORE = listed(*BOTH)
AFTER = listed(row("1", 5, 5, 0), row("2", 5, 0, 185))
"""The first account succeeded by its dates, the second failed."""


class Vendor:
    """
    Answers by what is asked for: the accounts, the refresh, or its status, of which the last answer is repeated.

    Args:
        statuses: The answers to each look at the refresh.
        started: The answer to the refresh itself.
        accounts: The accounts before the refresh, and from then on.
    """

    def __init__(
        self, *statuses: bytes, started: bytes = STARTED, accounts: tuple[bytes, bytes] = (BEFORE, BEFORE)
    ) -> None:
        self._statuses = list(statuses)
        self._started = started
        self._accounts = accounts
        self.bodies: list[Any] = []
        self.letters = ""
        """P for the refresh, S for a look at its status, G for one at the accounts."""

    def __call__(self, received: Received) -> bytes:
        if received.method == "POST":
            self.letters += "P"
            self.bodies.append(json.loads(received.body))
            return self._started
        if received.target.endswith("/accounts"):
            self.letters += "G"
            return self._accounts["P" in self.letters]
        assert received.target == f"/aggregation/customers/{CUSTOMER}/transactions/refreshes/{ID}"
        self.letters += "S"
        return self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
