"""
A copy kept by ``sync_transactions``, compared with the truth: ``python -m benchmarks.syncing --days 1000 --seeds 5``.

Every day something happens to a customer's transactions. On most days the copy is brought up to date, sometimes after
attempts that are killed between two requests, or after the last one and before the changes are stored; sometimes a
refresh comes between two requests. At the end of each such day the copy must equal what the vendor has, member by
member. The script ends with an error at the first difference.
"""

import argparse
import asyncio
import json
from dataclasses import asdict, dataclass, field
from itertools import repeat
from random import Random

from benchmarks._ledger import CUSTOMER, Key, Ledger, LedgerServer, Row
from finicity_async import AsyncSession, Credentials, TransactionChanges, sync_transactions
from finicity_async.models.transactions import Transaction

CREDENTIALS = Credentials("benchmark-key", app_token="benchmark-token")  # noqa: S106 -- of a test server
MOST_SKIPPED = 40
"""Days that may pass between two runs."""


@dataclass
class Copy:
    """
    The user's database: what is stored in one transaction.

    Attributes:
        rows: The transactions by key.
        pending: The pending ones.
        bookmark: The last one, None at first.
    """

    rows: dict[Key, Transaction] = field(default_factory=dict)
    pending: tuple[Transaction, ...] = ()
    bookmark: str | None = None

    def with_changes(self, changes: TransactionChanges) -> "Copy":
        """Return the database after a transaction that stores some changes and their bookmark."""
        rows = self.rows | {key_of(row): row for row in (*changes.added, *changes.changed)}
        for removed in changes.removed:
            rows.pop((removed.account_id, removed.id), None)
        gone = {int(account) for account in changes.vanished}
        return Copy({key: row for key, row in rows.items() if key[0] not in gone}, changes.pending, changes.bookmark)


def key_of(row: Transaction) -> Key:
    """Return what tells a transaction from all others of a customer."""
    assert row.account_id is not None
    return row.account_id, row.id


@dataclass
class Figures:
    """What happened in a run."""

    days: int = 0
    synced: int = 0
    killed: int = 0
    refreshed_amid: int = 0
    requests: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    accounts_gone: int = 0
    most_pending: int = 0
    longest_bookmark: int = 0

    def note(self, changes: TransactionChanges) -> None:
        """Count what a run has brought."""
        self.synced += 1
        self.added += len(changes.added)
        self.changed += len(changes.changed)
        self.removed += len(changes.removed)
        self.accounts_gone += len(changes.vanished)
        self.most_pending = max(self.most_pending, len(changes.pending))
        self.longest_bookmark = max(self.longest_bookmark, len(changes.bookmark))


class Run:
    """
    Some days in the life of a copy.

    Args:
        seed: What everything is drawn from.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.ledger = Ledger(self.random)
        self.server = LedgerServer(self.ledger, filter_by=self.random.choice(["transactionDate", "postedDate"]))
        self.copy = Copy()
        self.figures = Figures()
        self._decoded: dict[Key, tuple[Row, Transaction]] = {}

    async def live(self, days: int) -> Figures:
        """Let days pass, and compare at the end of each on which the copy was brought up to date."""
        async with self.server.running(), AsyncSession(CREDENTIALS, base_url=self.server.url) as session:
            await self._end_day(session)
            while self.figures.days < days:
                skipped = self.random.choice([1] * 8 + [2, self.random.randint(3, MOST_SKIPPED)])
                self.figures.days += skipped
                self.ledger.live(skipped)
                await self._end_day(session)
            self.figures.requests = self.server.requests
        return self.figures

    async def _end_day(self, session: AsyncSession) -> None:
        while self.random.random() < 0.3:
            await self._be_killed(session)
        if self.random.random() < 0.2:
            await self._be_overtaken(session)
        await self._sync(session)
        self._compare()

    async def _be_killed(self, session: AsyncSession) -> None:
        """Lose a run: before one of its requests is answered, or when it has ended and nothing is stored."""
        task = asyncio.create_task(sync_transactions(session, CUSTOMER, self.copy.bookmark))
        self.server.before = [*repeat(_nothing, self.random.randint(0, 2)), task.cancel]
        await asyncio.wait([task])
        self.server.before = []
        self.figures.killed += 1
        if self.random.random() < 0.5:
            self.ledger.alter()

    async def _be_overtaken(self, session: AsyncSession) -> None:
        """Store a run in the middle of which a refresh came."""
        self.server.before = [*repeat(_nothing, self.random.randint(1, 2)), self.ledger.alter]
        await self._sync(session)
        self.server.before = []
        self.figures.refreshed_amid += 1

    async def _sync(self, session: AsyncSession) -> None:
        changes = await sync_transactions(session, CUSTOMER, self.copy.bookmark)
        self.copy = self.copy.with_changes(changes)
        self.figures.note(changes)

    def _compare(self) -> None:
        for what, rows, truth in (
            ("transactions", self.copy.rows, self.ledger.truth()),
            ("pending", {key_of(row): row for row in self.copy.pending}, self.ledger.pending()),
        ):
            wanted = {key: self._read(key, row) for key, row in truth.items()}
            if rows != wanted:
                raise SystemExit(f"day {self.figures.days}: {what} differ: {_differences(rows, wanted)}")

    def _read(self, key: Key, row: Row) -> Transaction:
        """Decode a row, or take what was made of it before: a row that changes is another one."""
        before, decoded = self._decoded.get(key, (None, None))
        if before is not row or decoded is None:
            decoded = Transaction.from_json(json.dumps(row).encode())
            self._decoded[key] = row, decoded
        return decoded


def _nothing() -> None:
    pass


def _differences(copy: dict[Key, Transaction], truth: dict[Key, Transaction]) -> str:
    """Return some transactions that differ, with their ages."""
    keys = [key for key in copy.keys() | truth.keys() if copy.get(key) != truth.get(key)]
    return "\n".join(f"{key}: {copy.get(key)} is {truth.get(key)}" for key in keys[:5])


def main() -> None:
    """Live through the days of each seed, and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=1000, help="days of each run")
    parser.add_argument("--seeds", type=int, default=1, help="runs, each with a seed of its own")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        figures = asdict(asyncio.run(Run(seed).live(options.days)))
        line = json.dumps({"seed": seed, **figures})
        print(
            line if options.json else f"seed {seed}: " + ", ".join(f"{name} {value}" for name, value in figures.items())
        )


if __name__ == "__main__":
    main()
