"""
Asynchronous refreshes of transactions: what each was asked for, and how far it is.

A refresh is NEW for the first quarter of the script's seconds and IN_PROGRESS until every account has ended. It then is
FAILED when no account succeeded, and COMPLETED otherwise. An account that another refresh is busy with fails with code
325, as in the document's example.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from finicity_async.sandbox.clock import Clock
from finicity_async.sandbox.refreshes import Account, Refreshes, RefreshScript, ends
from finicity_async.status_codes import SUCCESS

_BUSY = 325


@dataclass(frozen=True, slots=True)
class _Part:
    """
    What one account has to do with a refresh.

    Attributes:
        members: What tells which account it is.
        ended: When it ends, in Unix seconds; infinite for never.
        known: When its outcome shows, which for a success is when its success date does.
        code: The outcome.
        running_code: The code until then, None for none.
    """

    members: dict[str, Any]
    ended: float
    known: float
    code: int
    running_code: int | None = None

    def at(self, now: float) -> dict[str, Any]:
        """Return the account as it is in the status of the refresh at a moment."""
        if now < self.known:
            running = {} if self.running_code is None else {"aggregationStatusCode": self.running_code}
            return {**self.members, **running}
        success = {"aggregationSuccessDate": iso(self.ended)} if self.code == SUCCESS else {}
        return {**self.members, "aggregationStatusCode": self.code, **success}


@dataclass(frozen=True, slots=True)
class TransactionRefresh:
    """
    One refresh.

    Attributes:
        asked: What was asked for, with the ID of the refresh and of its customer: the members of the first answer.
        begun: When it leaves the state NEW, in Unix seconds.
        parts: Its accounts.
    """

    asked: dict[str, Any]
    begun: float
    parts: tuple[_Part, ...]

    def status_at(self, now: float) -> dict[str, Any]:
        """Return its status at a moment, as on the wire."""
        succeeded = sum(part.code == SUCCESS for part in self.parts if part.known <= now)
        failed = sum(part.code != SUCCESS for part in self.parts if part.known <= now)
        return {
            **{name: self.asked[name] for name in ("refreshId", "customerId")},
            "accounts": [part.at(now) for part in self.parts],
            "mode": self.asked["mode"],
            "status": self._state_at(now, succeeded=succeeded, failed=failed),
            "totalCount": len(self.parts),
            "successCount": succeeded,
            "failedCount": failed,
        }

    def _state_at(self, now: float, *, succeeded: int, failed: int) -> str:
        if now < self.begun:
            return "NEW"
        if succeeded + failed < len(self.parts):
            return "IN_PROGRESS"
        return "COMPLETED" if succeeded else "FAILED"


class TransactionRefreshes:
    """
    The refreshes of transactions, also those that have ended.

    Args:
        clock: The sandbox's clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._found: dict[tuple[str, str], TransactionRefresh] = {}

    def copy(self) -> "TransactionRefreshes":
        """Return a copy."""
        other = TransactionRefreshes(self._clock)
        other._found = dict(self._found)
        return other

    def start(
        self,
        refreshes: Refreshes,
        accounts: Iterable[Account],
        script: RefreshScript,
        asked: dict[str, Any],
        since: float,
    ) -> dict[str, Any]:
        """
        Start to refresh accounts; those that are busy fail.

        Args:
            refreshes: The running refreshes, which change the accounts.
            accounts: The accounts.
            script: How it runs.
            asked: ``refreshId``, ``customerId``, ``mode`` and whatever else was asked for, as on the wire.
            since: From when on there are transactions after it, in Unix seconds.

        Returns:
            The first answer, as on the wire.
        """
        now = self._clock()
        active = [account for account in accounts if account.get("status") == "active"]
        busy = [account for account in active if refreshes.is_running([account])]
        free = [account for account in active if not any(account is one for one in busy)]
        refreshes.start(free, script, since)
        asked = {**asked, "status": "NEW", "createdAt": iso(now)}
        started = now if script.happens else math.inf
        begun = started + (script.seconds / 4 if math.isfinite(script.seconds) else 1.0)
        parts = (*_parts(free, started, script), *(_Part(_members(one), begun, begun, _BUSY) for one in busy))
        self._found[asked["customerId"], asked["refreshId"]] = TransactionRefresh(asked, begun, parts)
        return asked

    def find(self, customer_id: str, refresh_id: str) -> dict[str, Any] | None:
        """Return the status of a customer's refresh, as on the wire, None for an unknown one."""
        found = self._found.get((customer_id, refresh_id))
        return None if found is None else found.status_at(self._clock())


def _parts(accounts: Iterable[Account], now: float, script: RefreshScript) -> Iterator[_Part]:
    for account, end, code in ends(accounts, now, script):
        known = end + script.success_delay if code == SUCCESS else end
        yield _Part(_members(account), end, known, code, script.running_code)


def _members(account: Account) -> dict[str, Any]:
    login = account.get("institutionLoginId")
    return {
        "accountId": str(account.get("id")),
        **({} if login is None else {"institutionLoginId": str(login)}),
        **({"institutionId": account["institutionId"]} if "institutionId" in account else {}),
    }


def iso(seconds: float) -> str:
    """Return Unix seconds as the vendor writes a moment here."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}Z"
