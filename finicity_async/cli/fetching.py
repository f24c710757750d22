"""The command ``fetch``: the accounts or transactions of many customers, each in exactly one of two files."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from signal import Signals
from typing import Annotated, Any

import cyclopts
from rich.console import Console

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    FinicityError,
    Outcome,
    StatusError,
    map_customers,
)
from finicity_async.cli.ids import ThreadedIds, count_ids, read_ids
from finicity_async.cli.lines import PIPE, LineFile
from finicity_async.cli.profiles import Profile
from finicity_async.cli.progress import Report, reporter
from finicity_async.cli.raw import ACCOUNTS, Start, Subject, transactions_of
from finicity_async.cli.resuming import again_path, forget_again, helper_paths, keep_again, read_again
from finicity_async.cli.telling import told
from finicity_async.cli.terminal import AtLeastOne, Positive, Terminal
from finicity_async.cli.windows import last_days

ALL_FETCHED, SOME_FAILED = 0, 3
"""Exit codes of a fetch that came to its end; one that a signal stopped ends with 128 and the signal's number."""


def error_line(customer_id: str, error: BaseException, output: str) -> bytes:
    """Return the line of the errors file for a customer that could not be fetched into an output."""
    row = {
        "customerId": customer_id,
        "error": type(error).__name__,
        "code": error.code if isinstance(error, StatusError) else None,
        "status": error.status if isinstance(error, StatusError) else None,
        "retryable": isinstance(error, FinicityError) and error.retryable,
        "text": told(error) if isinstance(error, FinicityError) else "",
        "output": Path(output).name,
    }
    return json.dumps(row, separators=(",", ":")).encode()


def default_errors_path(output: str) -> str:
    """Return the path of the errors beside an output: accounts.ndjson.gz has accounts.errors.ndjson."""
    if output == PIPE:
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
        total: How many different ones there are; None when they can be read but once.
        output: Where the accounts or transactions go.
        errors: Where the failures go.
        again: Customers that failed before and are to be taken again, first of all.
        fetched: Customers fetched in this run.
        failures: Error and code -> how many customers in this run.
        seconds: Duration of this run.
        stopped_by: The signal that asked to stop, or None.
    """

    source: str
    column: str | None
    total: int | None
    output: LineFile
    errors: LineFile
    again: tuple[str, ...]
    fetched: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    stopped_by: Signals | None = None
    _typed: ThreadedIds | None = None

    @property
    def code(self) -> int:
        """The exit code of the command."""
        if self.stopped_by is not None:
            return 128 + self.stopped_by
        return SOME_FAILED if self.failures or self.errors.done else ALL_FETCHED

    async def run(self, places: AbstractAsyncContextManager[Start], report: Report) -> None:
        """Fetch every customer that is in neither file."""
        started = time.perf_counter()
        async with places as start:
            with self._signals():
                if self.total is None:
                    self._typed = ThreadedIds(self.source, self.column)
                async with start(self._todo()) as outcomes:
                    async for outcome in outcomes:
                        await self._write(outcome)
                        report(self.fetched, self.failures.total())
        self.seconds = time.perf_counter() - started

    async def _todo(self) -> AsyncIterator[str]:
        """Give each customer once, until a signal asks to stop."""
        done = self.output.done
        done |= self.errors.done  # Not a new set: with millions of customers, this one is what takes the memory.
        for customer_id in self.again:
            if customer_id not in done and self.stopped_by is None:
                done.add(customer_id)
                yield customer_id
        async for customer_id in self._typed or _from_file(self.source, self.column):
            if self.stopped_by is not None:
                return
            if customer_id not in done:
                done.add(customer_id)
                yield customer_id

    async def _write(self, outcome: Outcome[str, bytes]) -> None:
        if outcome.error is None:
            key = json.dumps(outcome.customer_id)
            start = f'{{"customerId":{key},"{self.output.holds}":'
            await self.output.write(start.encode() + outcome.unwrap() + b"}")
            self.fetched += 1
            return
        await self.errors.write(error_line(outcome.customer_id, outcome.error, self.output.path))
        code = getattr(outcome.error, "code", None)
        self.failures[type(outcome.error).__name__ + (f" ({code})" if code else "")] += 1

    def summarize(self, console: Console) -> None:
        """Tell how the run went."""
        failed = self.failures.total()
        rate = (self.fetched + failed) / self.seconds
        can_go_on = self.output.path != PIPE
        lines = [f"Fetched {self.fetched} customers, {failed} failed, in {self.seconds:.1f} s, {rate:.0f}/s"]
        lines += [f"  {count} {kind}" for kind, count in self.failures.most_common()]
        if failed:
            advice = "; --retry-errors takes them again." if can_go_on else "."
            lines.append(f"The failures are in {self.errors.path}{advice}")
        if self.stopped_by is not None:
            lines.append(f"Stopped by {self.stopped_by.name}{'; --resume goes on.' if can_go_on else '.'}")
        for line in lines:
            console.print(line, markup=False, highlight=False, soft_wrap=True)

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
        if self._typed is not None:
            self._typed.stop()


async def _from_file(source: str, column: str | None) -> AsyncIterator[str]:
    for customer_id in read_ids(source, column):
        yield customer_id


@cyclopts.Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOptions:
    """
    The options of the command.

    Attributes:
        transactions: Fetch the transactions of this many days up to now, instead of the accounts. The vendor advises to
            read 15 days again every time, because institutions change transactions that far back.
        output: Where the lines go: a file, a gzip file by the ending .gz, or - for stdout.
        errors: Where the failures go; beside the output when not given.
        column: The heading of the column with the IDs in a CSV.
        limit: Customers at a time; with --dask, on each worker.
        rate: Most requests a second; with --dask, shared out among the workers that are there at the start.
        resume: Go on after what is in the two files.
        retry_errors: Go on, and take the customers in the file of errors again.
        dask: The address of a Dask scheduler, tcp://scheduler:8786; its workers have the FINICITY_* variables.
    """

    output: Annotated[Path, cyclopts.Parameter(name=["--output", "-o"], allow_leading_hyphen=True)]
    transactions: AtLeastOne | None = None
    errors: Path | None = None
    column: str | None = None
    limit: AtLeastOne | None = None
    rate: Positive | None = None
    resume: bool = False
    retry_errors: bool = False
    dask: str | None = None

    @property
    def target(self) -> str:
        """Where the lines go, as text: shells complete the name of a file only where the option is a path."""
        return str(self.output)

    @property
    def failures(self) -> str:
        """Where the failures go."""
        return default_errors_path(self.target) if self.errors is None else str(self.errors)

    def subject(self) -> Subject:
        """
        Return what is fetched; the period of transactions ends now for all customers.

        Raises:
            ConfigurationError: There are not that many days.
        """
        return (
            ACCOUNTS if self.transactions is None else transactions_of(*last_days(self.transactions, datetime.now(UTC)))
        )

    def completed(self, profile: Profile) -> "FetchOptions":
        """
        Return the options with what a profile has for those that are not given.

        Raises:
            ConfigurationError: The workers of a cluster send the requests, and know nothing of the profile.
        """
        if self.dask is not None:
            raise ConfigurationError("--dask: the workers have FINICITY_* variables of their own. Leave --profile out.")
        return replace(
            self,
            limit=profile.limit if self.limit is None else self.limit,
            rate=profile.rate if self.rate is None else self.rate,
        )

    @property
    def goes_on(self) -> bool:
        """Whether to go on after what is in the files."""
        return self.resume or self.retry_errors


def _is_there(path: str | Path) -> bool:
    return Path(path).exists() and Path(path).stat().st_size > 0


def _check_paths(ids: str, options: FetchOptions) -> None:
    _check_names(ids, options)
    if options.target == PIPE and _is_there(options.failures):
        raise ConfigurationError(f"{options.failures} exists. Move it away, or give another file with --errors.")
    if not options.goes_on and _is_there(again := again_path(options.failures)):
        raise ConfigurationError(
            f"{again} has customers that an earlier --retry-errors has yet to take: go on with --resume, or move it"
            " away."
        )


def _check_names(ids: str, options: FetchOptions) -> None:
    """Make sure that no file of a run, the helpers that it makes beside them included, is another one of them."""
    files = [one for one in (ids, options.target) if one != PIPE]
    files += [options.failures, *helper_paths(options.target, options.failures)]
    seen: set[object] = {PIPE} if options.target == PIPE else set()
    for path in files:
        if path in seen or (file := _identity(Path(path))) in seen:
            raise ConfigurationError(
                f"{path} would be used twice. IDs, accounts and failures need a file each, and fetch keeps files of its"
                " own beside them: give another name with --errors."
            )
        seen.add(file)


def _identity(path: Path) -> object:
    """Return what tells a file from another, links of both kinds included."""
    return (found.st_dev, found.st_ino) if path.exists() and (found := path.stat()) else path.resolve()


def _here(options: FetchOptions, subject: Subject) -> AbstractAsyncContextManager[Start]:
    """Return what maps over customers in this process."""
    limit = {} if options.limit is None else {"max_connections": options.limit}
    session_options: dict[str, Any] = {"requests_per_second": options.rate, **limit}
    return _mapping_on(AsyncSession.from_env(**session_options), subject, options.limit)


@asynccontextmanager
async def _mapping_on(session: AsyncSession, subject: Subject, limit: int | None) -> AsyncIterator[Start]:
    async with session:
        yield lambda customer_ids: map_customers(session, subject.fetch, customer_ids, limit=limit)


def _on_cluster(address: str, options: FetchOptions, subject: Subject) -> AbstractAsyncContextManager[Start]:
    """Return what maps over customers on the workers of a Dask cluster."""
    try:
        from finicity_async.cli.distributing import on_cluster  # noqa: PLC0415 -- the extra may be missing
    except ImportError as error:
        raise ConfigurationError(f"--dask: {error}") from None
    return on_cluster(address, subject, options.limit, options.rate)


def _take_again(options: FetchOptions, errors: LineFile) -> tuple[str, ...]:
    """Return whom a retry has yet to take, of an earlier run too; a kill at any moment forgets nobody."""
    if not options.goes_on:
        return ()
    output = Path(options.target).name
    try:
        again = read_again(options.failures, output)
        if options.retry_errors and errors.done:
            again |= errors.done
            keep_again(options.failures, output, sorted(again))
            errors.clear()
    except OSError as error:
        raise ConfigurationError(f"{error.filename or options.failures} cannot be written: {error.strerror}") from None
    return tuple(sorted(again))


def fetch_to_files(terminal: Terminal, ids: str, options: FetchOptions) -> int:
    """
    Fetch the accounts or transactions of many customers into two files; return the exit code.

    The event loop runs for the requests alone. Opening a pipe, or writing to one or to a terminal, may take for ever,
    and outside of a loop a signal ends it.
    """
    if options.target == PIPE and options.goes_on:
        raise ConfigurationError("What went into a pipe cannot be gone on with: name a file with -o.")
    _check_paths(ids, options)
    total = count_ids(ids, options.column)
    subject = options.subject()
    places = _here(options, subject) if options.dask is None else _on_cluster(options.dask, options, subject)
    with (
        LineFile(options.target, resume=options.goes_on, holds=subject.member) as output_file,
        LineFile(options.failures, resume=options.goes_on, failures_of=options.target) as errors_file,
    ):
        again = _take_again(options, errors_file)
        fetch = Fetch(ids, options.column, total, output_file, errors_file, again)
        with reporter(terminal.stderr, total, len(output_file.done) + len(errors_file.done)) as report:
            asyncio.run(fetch.run(places, report))
        # Before the locks are given back: the next run may note customers of its own.
        output_file.finish()
        errors_file.finish()
        if options.goes_on and fetch.stopped_by is None:
            forget_again(options.failures)
    fetch.summarize(terminal.errors if fetch.code else terminal.stderr)
    return fetch.code
