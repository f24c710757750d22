"""The command ``fetch``: the accounts of many customers, each in exactly one of two files."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from typing import Any

import msgspec
from rich.console import Console

from finicity_async import AsyncSession, ConfigurationError, FinicityError, Outcome, StatusError, map_customers
from finicity_async.cli.ids import count_ids, read_ids
from finicity_async.cli.lines import LineFile, forget
from finicity_async.cli.progress import reporter
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from finicity_async.protocol import read_reply

ALL_FETCHED, SOME_FAILED = 0, 3
"""Exit codes of a fetch that came to its end; one that a signal stopped ends with 128 and the signal's number."""

_PIPE = "-"


class _AccountList(msgspec.Struct, frozen=True, kw_only=True):
    """A list of accounts whose bytes are kept as they came."""

    accounts: list[msgspec.Raw]


async def fetch_raw_accounts(session: AsyncSession, customer_id: str) -> bytes:
    """
    Return the JSON array of a customer's accounts on one line, every account in the vendor's own bytes.

    Raises:
        PayloadError: The reply holds no list of accounts.
    """
    request = GET_CUSTOMER_ACCOUNTS.request(customerId=customer_id)
    reply = await session.exchange(request)
    if reply.status == 204:
        return b"[]"
    accounts = read_reply(request.into(_AccountList), reply).accounts
    array = b"[" + b",".join(map(bytes, accounts)) + b"]"
    if b"\n" in array or b"\r" in array:
        array = msgspec.json.format(array, indent=-1)
    return array if _is_utf8(array) else array.decode("utf-8", "replace").encode()


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def error_line(customer_id: str, error: BaseException) -> bytes:
    """Return what stands in the file of errors for a customer that could not be fetched."""
    row = {
        "customerId": customer_id,
        "error": type(error).__name__,
        "code": error.code if isinstance(error, StatusError) else None,
        "status": error.status if isinstance(error, StatusError) else None,
        "retryable": isinstance(error, FinicityError) and error.retryable,
        "text": str(error) if isinstance(error, FinicityError) else "",
    }
    return json.dumps(row, separators=(",", ":")).encode()


def default_errors_path(output: str) -> str:
    """Return the path of the errors beside an output: accounts.ndjson.gz has accounts.errors.ndjson."""
    if output == _PIPE:
        return "errors.ndjson"
    path = Path(output.removesuffix(".gz"))
    return str(path.with_name(f"{path.stem}.errors{path.suffix or '.ndjson'}"))


@dataclass(slots=True)
class Fetch:
    """
    One run of the command.

    Attributes:
        source: Where the IDs are.
        column: Heading of their column in a CSV, or None.
        output: Where the accounts go.
        errors: Where the failures go.
        limit: Customers at a time, or None.
        fetched: Customers fetched in this run.
        failures: Error and code -> how many customers in this run.
        stopped_by: The signal that asked to stop, or None.
    """

    source: str
    column: str | None
    output: LineFile
    errors: LineFile
    limit: int | None
    fetched: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    stopped_by: Signals | None = None

    async def run(self, session: AsyncSession, console: Console) -> int:
        """Fetch every customer that is in neither file; return the exit code."""
        started = time.perf_counter()
        done = self.output.done | self.errors.done
        with reporter(console, count_ids(self.source, self.column), len(done)) as report, self._signals():
            async with map_customers(session, fetch_raw_accounts, self._todo(done), limit=self.limit) as outcomes:
                async for outcome in outcomes:
                    self._write(outcome)
                    report(self.fetched, self.failures.total())
        self._summarize(console, time.perf_counter() - started)
        if self.stopped_by is not None:
            return 128 + self.stopped_by
        return SOME_FAILED if self.failures else ALL_FETCHED

    def _todo(self, done: set[str]) -> Iterator[str]:
        """Give each customer once, until a signal asks to stop."""
        for customer_id in read_ids(self.source, self.column):
            if self.stopped_by is not None:
                return
            if customer_id not in done:
                done.add(customer_id)
                yield customer_id

    def _write(self, outcome: Outcome[str, bytes]) -> None:
        if outcome.error is None:
            key = json.dumps(outcome.customer_id).encode()
            self.output.write(b'{"customerId":' + key + b',"accounts":' + outcome.unwrap() + b"}")
            self.fetched += 1
            return
        self.errors.write(error_line(outcome.customer_id, outcome.error))
        code = getattr(outcome.error, "code", None)
        self.failures[type(outcome.error).__name__ + (f" ({code})" if code else "")] += 1

    def _summarize(self, console: Console, seconds: float) -> None:
        failed = self.failures.total()
        rate = (self.fetched + failed) / seconds
        console.print(f"Fetched {self.fetched} customers, {failed} failed, in {seconds:.1f} s, {rate:.0f}/s")
        for kind, count in self.failures.most_common():
            console.print(f"  {count} {kind}", highlight=False)
        if failed:
            console.print(f"The failures stand in {self.errors.path}; --retry-errors takes them again.")
        if self.stopped_by is not None:
            console.print(f"Stopped by {self.stopped_by.name}; --resume goes on.")

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Let SIGINT and SIGTERM finish what is in flight; a second one ends at once."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        try:
            for name in (Signals.SIGINT, Signals.SIGTERM):
                loop.add_signal_handler(name, self._stop, name, task)
            yield
        finally:
            for name in (Signals.SIGINT, Signals.SIGTERM):
                loop.remove_signal_handler(name)

    def _stop(self, name: Signals, task: asyncio.Task[Any] | None) -> None:
        if self.stopped_by is not None and task is not None:
            task.cancel()
        self.stopped_by = name


async def fetch_to_files(
    console: Console,
    source: str,
    *,
    output: str,
    errors: str | None,
    column: str | None,
    limit: int | None,
    rate: float | None,
    resume: bool,
    retry_errors: bool,
) -> int:
    """Fetch the accounts of many customers into two files; return the exit code."""
    errors = errors or default_errors_path(output)
    resume = resume or retry_errors
    if output == _PIPE and resume:
        raise ConfigurationError("A pipe cannot be resumed: write to a file with -o.")
    options: dict[str, Any] = {"requests_per_second": rate}
    if limit is not None:
        options["max_connections"] = limit
    with ExitStack() as stack:
        if retry_errors:
            forget(errors)
        accounts_file = stack.enter_context(LineFile(output, resume=resume))
        errors_file = stack.enter_context(LineFile(errors, resume=resume))
        async with AsyncSession.from_env(**options) as session:
            return await Fetch(source, column, accounts_file, errors_file, limit).run(session, console)
