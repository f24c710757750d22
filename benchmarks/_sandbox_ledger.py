"""The same as ``_ledger``, by the sandbox: its own transactions grow with its clock, and ours are put among them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from benchmarks._ledger import ALTERABLE, CUSTOMER, DAY, Key, Row, latest_date
from finicity_async import Sandbox
from finicity_async.events import Event, Sent
from finicity_async.sandbox import TransactionQuirk

_HISTORY = 170
"""Days of transactions that an account has at first: all of them are within what the first run reads."""
_TYPES = ("checking", "savings", "creditCard", "mortgage", "investment")
_HEALTHY, _FAILING = 0, 185
_QUIRKS = ("ties_in_any_order", "window_by_posted_date", "shared_id", "crowded_day", "bare_empty_page")


class SandboxLedger:
    """
    A customer in a sandbox.

    Attributes:
        before: Called when the session sends its next requests, one after the other.
        requests: How many were sent.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.sandbox = Sandbox(customers=1, seed=random.randrange(1_000_000), institutions=10)
        self.before: list[Callable[[], object]] = []
        self.requests = 0
        self._last_id = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.sandbox.url

    @property
    def options(self) -> dict[str, Any]:
        """Options of a session: its token ages by the sandbox's clock."""
        return {"credentials": self.sandbox.credentials, "clock": self.sandbox.clock, "on_event": self._note}

    def _note(self, event: Event) -> None:
        if isinstance(event, Sent) and event.operation != "CreateToken":
            self.requests += 1
            if self.before:
                self.before.pop(0)()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the sandbox."""
        async with self.sandbox:
            self._accounts.popitem()  # The last one was never activated.
            for account in self._accounts.values():
                account["oldestTransactionDate"] = int(self.sandbox.clock()) - _HISTORY * DAY
            for quirk in self.random.sample(_QUIRKS, 2):
                self.sandbox.add_fault(TransactionQuirk(quirk=quirk))
            yield

    @property
    def _accounts(self) -> dict[str, Row]:
        accounts: dict[str, Row] = self.sandbox.customers[str(CUSTOMER)]
        return accounts

    def truth(self) -> dict[Key, Row]:
        """Return the transactions that the vendor has, neither pending nor shadow ones."""
        return self._of("active")

    def pending(self) -> dict[Key, Row]:
        """Return the pending transactions that the vendor has."""
        return self._of("pending")

    def _of(self, status: str) -> dict[Key, Row]:
        rows = self.sandbox.transactions(CUSTOMER)
        return {(row["accountId"], row["id"]): row for row in rows if row["status"] == status}

    def live(self, days: int) -> None:
        """Let days pass, each with an aggregation in the night, which accounts that fail are left out of."""
        for _ in range(days):
            self.sandbox.clock.advance(DAY)
            for account in self._accounts.values():
                is_healthy = account["aggregationStatusCode"] == _HEALTHY
                if self.random.random() < (0.02 if is_healthy else 0.1):
                    account["aggregationStatusCode"] = _FAILING if is_healthy else _HEALTHY
            if self.random.random() < 0.02 and len(self._accounts) < 6:
                first = int(self.sandbox.clock()) - _HISTORY * DAY
                self.sandbox.add_account(CUSTOMER, self.random.choice(_TYPES), oldestTransactionDate=first)
            if self.random.random() < 0.02 and len(self._accounts) > 2:
                # Not the last one, whose ID the next account would have.
                del self._accounts[self.random.choice(sorted(self._accounts)[:-1])]
            self.alter()

    def alter(self) -> None:
        """Add a transaction of ours, or change or remove any that is young enough."""
        now = int(self.sandbox.clock())
        account = self.random.choice([*self._accounts])
        young = [
            row
            for row in self.sandbox.transactions(CUSTOMER, account)
            if row["status"] == "active" and latest_date(row) >= now - ALTERABLE * DAY
        ]
        chance = self.random.random()
        if chance < 0.5 or not young:
            self._last_id += chance < 0.3  # Else another account has the ID already, or it is replaced.
            date = now - self.random.randrange(ALTERABLE * DAY)
            self.sandbox.add_transactions(CUSTOMER, account, [{"id": self._last_id, "transactionDate": date}])
        elif chance < 0.8:
            change = {
                "amount": round(self.random.uniform(-99, 99), 2),
                "status": self.random.choice(["active", "shadow"]),
            }
            self.sandbox.add_transactions(CUSTOMER, account, [self.random.choice(young) | change])
        else:
            self.sandbox.remove_transactions(CUSTOMER, account, [self.random.choice(young)["id"]])
