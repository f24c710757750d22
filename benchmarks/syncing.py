"""
A copy kept by ``sync_transactions``, compared with the truth: ``python -m benchmarks.syncing --days 1000 --seeds 5``.

Every day something happens to a customer's transactions. On most days the copy, a database, is brought up to date,
sometimes after runs that were killed before one of their requests was answered, or after the last one and before the
changes were stored; sometimes a refresh comes between two requests. At the end of each such day the copy must equal
what the vendor has, member by member. The script ends with an error at the first difference.

With ``--processes`` the copy is kept by another process, which is killed with SIGKILL and started again. With
``--sandbox`` the vendor is the sandbox with its clock, in place of a server that follows the document alone.
"""

import argparse
import asyncio
import json
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import asdict, dataclass
from itertools import repeat
from pathlib import Path
from random import Random
from typing import Any, Protocol

import msgspec

from benchmarks._children import TOP, answer
from benchmarks._ledger import CREDENTIALS, CUSTOMER, Key, Ledger, LedgerServer, Row
from benchmarks._sandbox_ledger import SandboxLedger
from finicity_async import AsyncSession, TransactionChanges, sync_transactions
from finicity_async.models.transactions import Transaction

MOST_SKIPPED = 40
"""Days that may pass between two runs."""
_SCHEMA = """
    create table if not exists active (account integer, id integer, row text, primary key (account, id));
    create table if not exists pending (account integer, id integer, row text, primary key (account, id));
    create table if not exists bookmark (text text);
"""


class Database:
    """
    The user's copy of the transactions of one customer, and the bookmark.

    Args:
        path: The file, or ``":memory:"``.
    """

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path)
        self._connection.executescript(_SCHEMA)

    @property
    def bookmark(self) -> str | None:
        """The bookmark that was stored last."""
        found = self._connection.execute("select text from bookmark").fetchone()
        return found[0] if found else None

    def store(self, changes: TransactionChanges) -> None:
        """Apply some changes and store their bookmark, in one transaction."""
        with self._connection as connection:
            gone = [(int(account),) for account in changes.vanished]
            connection.executemany("delete from active where account = ?", gone)
            removed = [(one.account_id, one.id) for one in changes.removed]
            connection.executemany("delete from active where account = ? and id = ?", removed)
            upserted = map(_stored, changes.added + changes.changed)
            connection.executemany("insert or replace into active values (?, ?, ?)", upserted)
            connection.execute("delete from pending")
            connection.executemany("insert into pending values (?, ?, ?)", map(_stored, changes.pending))
            connection.execute("delete from bookmark")
            connection.execute("insert into bookmark values (?)", (changes.bookmark,))

    def rows(self, table: str) -> dict[Key, str]:
        """Return the transactions in a table by key, as JSON."""
        found = self._connection.execute(f"select * from {table}")  # noqa: S608 -- ours
        return {(account, one): row for account, one, row in found}

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _stored(row: Transaction) -> tuple[int | None, int, str]:
    return row.account_id, row.id, msgspec.json.encode(row).decode()


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
    longest_bookmark: int = 0

    def note(self, told: dict[str, int]) -> None:
        """Count what a run has told."""
        self.synced += 1
        self.added += told["added"]
        self.changed += told["changed"]
        self.removed += told["removed"]
        self.accounts_gone += told["accounts_gone"]
        self.longest_bookmark = max(self.longest_bookmark, told["bookmark"])


def _counted(changes: TransactionChanges) -> dict[str, int]:
    names = ("added", "changed", "removed", "bookmark")
    return {name: len(getattr(changes, name)) for name in names} | {"accounts_gone": len(changes.vanished)}


class Vendor(Protocol):
    """
    What the vendor has of one customer, and a server that shows it.

    Attributes:
        before: Called before the next requests are answered, one after the other.
        requests: How many came.
    """

    before: list[Callable[[], object]]
    requests: int

    @property
    def url(self) -> str:
        """Where it listens."""
        ...

    @property
    def options(self) -> dict[str, Any]:
        """Options of a session."""
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """Listen."""
        ...

    def live(self, days: int) -> None:
        """Let days pass."""
        ...

    def alter(self) -> None:
        """Alter some transactions at once."""
        ...

    def truth(self) -> dict[Key, Row]:
        """Return the transactions, neither pending nor shadow ones."""
        ...

    def pending(self) -> dict[Key, Row]:
        """Return the pending transactions."""
        ...


class Keeper(Protocol):
    """What brings the copy up to date."""

    @property
    def database(self) -> Database:
        """The copy."""
        ...

    async def sync(self) -> dict[str, int]:
        """Bring the copy up to date, and return how much was told."""
        ...

    async def sync_in_vain(self) -> None:
        """Do the same, but store nothing, unless ``kill`` comes before."""
        ...

    def kill(self) -> None:
        """End what is under way, at once."""
        ...


class TaskKeeper:
    """A task of this process, which is cancelled."""

    def __init__(self, session: AsyncSession, database: Database) -> None:
        self.database = database
        self._session = session
        self._task: asyncio.Task[TransactionChanges] | None = None

    async def sync(self) -> dict[str, int]:
        changes = await sync_transactions(self._session, CUSTOMER, self.database.bookmark)
        self.database.store(changes)
        return _counted(changes)

    async def sync_in_vain(self) -> None:
        self._task = asyncio.ensure_future(sync_transactions(self._session, CUSTOMER, self.database.bookmark))
        await asyncio.wait([self._task])

    def kill(self) -> None:
        assert self._task is not None
        self._task.cancel()


class ProcessKeeper:
    """Another process, which is killed."""

    def __init__(self, url: str, path: str) -> None:
        self.database = Database(path)
        self._command = (sys.executable, "-m", "benchmarks.syncing", "--keep", path, "--url", url)
        self._process: asyncio.subprocess.Process | None = None

    async def sync(self) -> dict[str, int]:
        told: dict[str, int] = json.loads(await self._ask("sync"))
        return told

    async def sync_in_vain(self) -> None:
        if await self._ask("read"):
            self.kill()
        await self.wait_closed()

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()

    async def wait_closed(self) -> None:
        """Wait for the end of the process, which has been killed or comes now."""
        if self._process is not None:
            await self._process.communicate(b"")  # Without input, Python 3.11 leaves stdin open, and the process waits.
        self._process = None

    async def _ask(self, line: str) -> bytes:
        pipe = asyncio.subprocess.PIPE
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(*self._command, stdin=pipe, stdout=pipe, cwd=TOP)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n".encode())
        return await self._process.stdout.readline()


@asynccontextmanager
async def task_keeper(vendor: Vendor) -> AsyncIterator[TaskKeeper]:
    """Keep a copy in the memory of this process."""
    with closing(Database(":memory:")) as database:
        async with AsyncSession(base_url=vendor.url, **vendor.options) as session:
            yield TaskKeeper(session, database)


@asynccontextmanager
async def process_keeper(vendor: Vendor) -> AsyncIterator[ProcessKeeper]:
    """Keep a copy in a file, by another process."""
    with tempfile.TemporaryDirectory() as folder:
        keeper = ProcessKeeper(vendor.url, str(Path(folder) / "copy.db"))
        with closing(keeper.database):
            try:
                yield keeper
            finally:
                await keeper.wait_closed()


class Run:
    """
    Some days in the life of a copy.

    Args:
        seed: What everything is drawn from.
        processes: Whether the copy is kept by another process.
        sandbox: Whether the vendor is the sandbox.
    """

    def __init__(self, seed: int, *, processes: bool = False, sandbox: bool = False) -> None:
        self.random = Random(seed)
        self.vendor: Vendor = SandboxLedger(self.random) if sandbox else _ledger_server(self.random)
        self.figures = Figures()
        self._kept = process_keeper if processes else task_keeper
        self._decoded: dict[Key, tuple[Row, str]] = {}

    async def live(self, days: int) -> Figures:
        """Let days pass, and compare at the end of each on which the copy was brought up to date."""
        async with self.vendor.running(), self._kept(self.vendor) as keeper:
            await self.end_day(keeper)
            while self.figures.days < days:
                skipped = self.random.choice([*repeat(1, 8), 2, self.random.randint(3, MOST_SKIPPED)])
                self.figures.days += skipped
                self.vendor.live(skipped)
                await self.end_day(keeper)
            self.figures.requests = self.vendor.requests
        return self.figures

    async def end_day(self, keeper: Keeper) -> None:
        """Bring the copy up to date, sometimes after runs that were killed or overtaken, and compare it."""
        while self.random.random() < 0.3:
            await self.be_killed(keeper, self.random.randint(0, 4))
        if self.random.random() < 0.2:
            await self._be_overtaken(keeper)
        self.figures.note(await keeper.sync())
        self._compare("active", keeper.database.rows("active"), self.vendor.truth())
        self._compare("pending", keeper.database.rows("pending"), self.vendor.pending())

    async def be_killed(self, keeper: Keeper, requests: int) -> None:
        """Lose a run after some requests, or, if it sends no more than these, when nothing but storing is left."""
        self._before(requests, keeper.kill)
        await keeper.sync_in_vain()
        self.vendor.before = []
        self.figures.killed += 1
        if self.random.random() < 0.5:
            self.vendor.alter()

    async def _be_overtaken(self, keeper: Keeper) -> None:
        """Store a run in the middle of which a refresh came."""
        self._before(self.random.randint(1, 4), self.vendor.alter)
        self.figures.note(await keeper.sync())
        self.vendor.before = []
        self.figures.refreshed_amid += 1

    def _before(self, requests: int, happens: Callable[[], object]) -> None:
        """Let something happen when some requests were answered and the next has come."""
        self.vendor.before = [*repeat(_nothing, requests), happens]

    def _compare(self, what: str, rows: dict[Key, str], truth: dict[Key, Row]) -> None:
        wanted = {key: self._read(key, row) for key, row in truth.items()}
        if rows != wanted:
            differ = [key for key in rows.keys() | wanted.keys() if rows.get(key) != wanted.get(key)]
            lines = [f"{key}: {rows.get(key)} is {wanted.get(key)}" for key in differ[:5]]
            raise SystemExit("\n".join([f"day {self.figures.days}: {what} transactions differ", *lines]))

    def _read(self, key: Key, row: Row) -> str:
        """Decode a row, or take what was made of it before: a row that changes is another object."""
        before, decoded = self._decoded.get(key, (None, ""))
        if before is not row:
            *_, decoded = _stored(Transaction.from_json(json.dumps(row).encode()))
            self._decoded[key] = row, decoded
        return decoded


def _ledger_server(random: Random) -> LedgerServer:
    date, most_rows = random.choice(["transactionDate", "postedDate"]), random.choice([60, 1000])
    return LedgerServer(Ledger(random), filter_by=date, most_rows=most_rows)


def _nothing() -> None:
    pass


async def keep(path: str, url: str) -> None:
    """Keep a copy as the other process: ``sync`` brings it up to date, ``read`` stores nothing."""
    database = Database(path)
    async with AsyncSession(CREDENTIALS, base_url=url) as session:
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            changes = await sync_transactions(session, CUSTOMER, database.bookmark)
            if line == "sync":
                database.store(changes)
            answer(**_counted(changes))


def main() -> None:
    """Live through the days of each seed, and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=1000, help="days of each run")
    parser.add_argument("--seeds", type=int, default=1, help="runs, each with a seed of its own")
    parser.add_argument("--first-seed", type=int, default=0, help="seed of the first run")
    parser.add_argument("--processes", action="store_true", help="keep the copy by another process, and kill it")
    parser.add_argument("--sandbox", action="store_true", help="keep a copy of what the sandbox has")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--keep", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.keep:
        asyncio.run(keep(options.keep, options.url))
        return
    if options.sandbox and options.processes:
        parser.error("the sandbox kills no process: give one of --sandbox and --processes")
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        run = Run(seed, processes=options.processes, sandbox=options.sandbox)
        figures = {"seed": seed, **asdict(asyncio.run(run.live(options.days)))}
        text = ", ".join(f"{name} {value:,}" for name, value in figures.items())
        print(json.dumps(figures) if options.json else text, flush=True)


if __name__ == "__main__":
    main()
