"""
Keep a copy of the transactions of many customers in SQLite.

    python nightly_sync.py copy.db 2026-11-29 < ids.txt

Run it every night with the date of that night. Killed at any moment and called again with the same date, it goes on
with the customers that are missing. The exit code is 1 when some of them failed; call it again to take these again.
"""

import asyncio
import sqlite3
import sys
from collections.abc import Iterable
from contextlib import closing

from finicity_async import AsyncSession, TransactionChanges, map_customers, sync_transactions

TABLES = """
    create table if not exists booked (customer, account, id, date, amount, description,
        primary key (customer, account, id));
    create table if not exists synced (customer primary key, bookmark, night);
"""


class Copy:
    """The copy of the transactions, with a bookmark for each customer."""

    def __init__(self, database: sqlite3.Connection, night: str) -> None:
        self._database = database
        self._night = night
        database.executescript(TABLES)

    def is_done(self, customer: str) -> bool:
        """Return whether this night's run has stored the customer already."""
        row = self._database.execute("select night from synced where customer = ?", [customer]).fetchone()
        return row is not None and row[0] == self._night

    def bookmark(self, customer: str) -> str | None:
        """Return the bookmark of the last night; None for a new customer, who is read for 180 days."""
        row = self._database.execute("select bookmark from synced where customer = ?", [customer]).fetchone()
        return None if row is None else row[0]

    def store(self, customer: str, changes: TransactionChanges) -> None:
        """Store the changes and the bookmark in one transaction: a kill leaves both or neither."""
        delete = "delete from booked where customer = ? and account = ?"
        rows = [
            (customer, one.account_id, one.id, str(one.posted_date), str(one.amount), one.description)
            for one in changes.added + changes.changed
        ]
        with self._database:
            self._database.executemany(delete, [(customer, int(account)) for account in changes.vanished])
            gone = [(customer, one.account_id, one.id) for one in changes.removed]
            self._database.executemany(f"{delete} and id = ?", gone)
            self._database.executemany("replace into booked values (?, ?, ?, ?, ?, ?)", rows)
            self._database.execute("replace into synced values (?, ?, ?)", [customer, changes.bookmark, self._night])


async def run(session: AsyncSession, copy: Copy, customers: Iterable[str]) -> int:
    """Bring the copy up to date, and return how many customers failed."""

    async def sync(session: AsyncSession, customer: str) -> TransactionChanges:
        return await sync_transactions(session, customer, copy.bookmark(customer))

    failed = 0
    missing = (customer for customer in customers if not copy.is_done(customer))
    async with map_customers(session, sync, missing, limit=20) as outcomes:
        async for outcome in outcomes:
            if outcome.error is None:
                copy.store(outcome.customer_id, outcome.unwrap())
            else:
                failed += 1
                print(outcome.customer_id, outcome.error, file=sys.stderr)
    return failed


async def main(path: str, night: str, customers: Iterable[str]) -> int:
    """Run one night; the credentials come from the environment."""
    with closing(sqlite3.connect(path)) as database:
        async with AsyncSession.from_env() as session:
            return await run(session, Copy(database, night), customers)


if __name__ == "__main__":
    lines = (line.strip() for line in sys.stdin)
    sys.exit(min(1, asyncio.run(main(sys.argv[1], sys.argv[2], filter(None, lines)))))
