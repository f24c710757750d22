"""The command ``refresh``: a question, a live view, a table of outcomes, and a line to resume with."""

import asyncio
import json
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from rich.console import Console
from rich.live import Live
from rich.table import Table

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    FinicityError,
    RefreshBaseline,
    RefreshResult,
    RefreshTimeoutError,
    describe_status,
    refresh_and_wait,
    refresh_baseline,
    wait_for_refresh,
)
from finicity_async.cli.listing import encode, print_line
from finicity_async.cli.tables import Column, fitted, minute
from finicity_async.cli.terminal import Terminal
from finicity_async.events import Event, Finished, Sent
from finicity_async.refresh.polling import Progress

SUCCEEDED, SOME_FAILED, SOME_PENDING = 0, 3, 4
"""Exit codes of a refresh."""

QUESTION = "A refresh costs money, and the vendor allows it for an action of the user or an agreed need only. Refresh?"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshOptions:
    """What the command line says; see the command ``refresh``."""

    customer_id: str
    login: str | None
    tiers: bool
    wait: float
    max_age: float | None
    resume: str | None
    as_json: bool = False


async def refresh_with_view(terminal: Terminal, options: RefreshOptions) -> int:
    """Refresh, or wait for a refresh that runs, with a view of every account; return the exit code."""
    sent = _SentRefresh(is_running=options.resume is not None)
    console = terminal.errors if options.as_json else terminal.stdout
    async with AsyncSession.from_env(on_event=sent.note) as session:
        baseline = await _baseline(session, options)
        try:
            with _view(terminal, options, baseline) as show:
                result = await _refreshed(session, options, baseline, show)
        except RefreshTimeoutError as error:
            result = error.result
            _print_resume_line(console, options, error.baseline)
        except (asyncio.CancelledError, FinicityError) as error:
            if sent.may_run(error):
                _print_resume_line(console, options, baseline)
            raise
    _show_result(terminal, result, as_json=options.as_json)
    if not result.complete:
        return SOME_PENDING
    return SOME_FAILED if result.failed else SUCCEEDED


def _show_result(terminal: Terminal, result: RefreshResult, *, as_json: bool) -> None:
    if as_json:
        print_line(_encoded(result))
        return
    terminal.stdout.print(outcome_table(result, width=terminal.stdout.width))
    _print_remedies(terminal.stdout, result)


def _encoded(result: RefreshResult) -> bytes:
    """Return the outcome as JSON, with the accounts as the vendor has them."""
    accounts = {name: [msgspec.Raw(encode(one)) for one in getattr(result, name)] for name in _OUTCOMES}
    return encode({**accounts, "vanished": result.vanished, "complete": result.complete})


async def _baseline(session: AsyncSession, options: RefreshOptions) -> RefreshBaseline:
    if options.resume is not None:
        return parse_baseline(options.resume)
    return await refresh_baseline(session, options.customer_id, options.login)


async def _refreshed(
    session: AsyncSession, options: RefreshOptions, baseline: RefreshBaseline, show: Progress
) -> RefreshResult:
    customer_id, login, wait = options.customer_id, options.login, options.wait
    if options.resume is not None:
        return await wait_for_refresh(
            session, customer_id, baseline, institution_login_id=login, wait=wait, on_progress=show
        )
    return await refresh_and_wait(
        session, customer_id, login, tiers=options.tiers, wait=wait, max_age=options.max_age, on_progress=show
    )


class _SentRefresh:
    """
    Learns from the events of a session whether a refresh went out, and whether it may be running.

    Args:
        is_running: Whether one was sent before.
    """

    def __init__(self, *, is_running: bool) -> None:
        self._call: int | None = None
        self._is_running = is_running
        self._error: BaseException | None = None

    def note(self, event: Event) -> None:
        """Note the call that sends a refresh, and how it ends."""
        if isinstance(event, Sent) and event.refresh:
            self._call, self._is_running = event.call, True
        elif isinstance(event, Finished) and event.call == self._call:
            self._error = event.error

    def may_run(self, error: BaseException) -> bool:
        """Return whether a refresh may be running after an error: its call was neither refused nor lost unsent."""
        if not self._is_running or isinstance(error, ConfigurationError):
            return False
        if error is not self._error:
            return True  # The refresh went out; what failed is the polling after it.
        return not 400 <= getattr(error, "status", 0) < 500 and bool(getattr(error, "sent", True))


@contextmanager
def _view(terminal: Terminal, options: RefreshOptions, baseline: RefreshBaseline) -> Iterator[Progress]:
    """Show the accounts as they come: a table that changes in a terminal, lines elsewhere and amid lines of a log."""
    console = terminal.stdout
    if terminal.quiet or options.as_json:
        yield lambda _: None
    elif terminal.verbose or not console.is_terminal:
        yield lambda result: console.print(_summary(result), highlight=False)
    else:
        first = _outcome_table([(one, None, "pending", "") for one in baseline.attempts], console.width)
        with Live(first, console=console, transient=True) as live:
            yield lambda result: live.update(outcome_table(result, width=console.width), refresh=True)


_OUTCOMES = ("succeeded", "failed", "pending")

_Row = tuple[str, str | None, str, str]
"""ID and type of an account, its outcome, its last attempt."""


def outcome_table(result: RefreshResult, *, width: int) -> Table:
    """Return a table of every account by its outcome."""
    rows: list[_Row] = []
    for outcome in _OUTCOMES:
        for account in getattr(result, outcome):
            said = f"failed ({account.aggregation_status_code})" if outcome == "failed" else outcome
            rows.append((account.id, account.type, said, minute(account.aggregation_attempt_date)))
    rows += [(account_id, None, "vanished", "") for account_id in result.vanished]
    return _outcome_table(rows, width, _summary(result))


def _outcome_table(rows: Sequence[_Row], width: int, caption: str | None = None) -> Table:
    account = Column("Account", [one[0] for one in rows])
    kind = Column("Type", [one[1] for one in rows], least=8)
    outcome = Column("Outcome", [one[2] for one in rows])
    attempt = Column("Last attempt (UTC)", [one[3] for one in rows])
    return fitted(width, (account, kind, outcome, attempt), (account, outcome), caption=caption)


def _print_remedies(console: Console, result: RefreshResult) -> None:
    if result.failed:
        console.print("What to do:")
    for account in result.failed:
        status = describe_status(account.aggregation_status_code or 0)
        text = f"  {account.id} failed ({status.code}): {status.meaning}. {status.remedy}"
        console.print(text, markup=False, highlight=False)


def _summary(result: RefreshResult) -> str:
    parts = [(len(getattr(result, name)), name) for name in ("succeeded", "failed", "pending", "vanished")]
    return ", ".join(f"{count} {name}" for count, name in parts if count) or "no accounts"


def _print_resume_line(console: Console, options: RefreshOptions, baseline: RefreshBaseline) -> None:
    if not baseline.attempts:
        console.print("The refresh goes on at the vendor; there was no account to wait for.")
        return
    by_login = f" --login {options.login}" if options.login else ""
    console.print("The refresh goes on at the vendor. To go on waiting for it, without another one:")
    baseline_text = shlex.quote(dump_baseline(baseline))
    command = f"finicity-async refresh {options.customer_id}{by_login} --resume {baseline_text}"
    console.print(command, soft_wrap=True, markup=False, highlight=False)


def dump_baseline(baseline: RefreshBaseline) -> str:
    """Write a baseline as JSON: account ID -> Unix seconds or null."""
    dates = {one: None if date is None else _unix_seconds(date) for one, date in baseline.attempts.items()}
    return json.dumps(dates, separators=(",", ":"))


def _unix_seconds(date: datetime) -> float:
    seconds = date.timestamp()
    return int(seconds) if seconds.is_integer() else seconds


def parse_baseline(text: str) -> RefreshBaseline:
    """
    Read a baseline back.

    Raises:
        ConfigurationError: It is not what ``dump_baseline`` wrote.
    """
    try:
        dates = json.loads(text).items()
        attempts = {one: None if date is None else datetime.fromtimestamp(date, UTC) for one, date in dates}
    except (ValueError, AttributeError, TypeError, OverflowError, OSError, RecursionError):
        raise ConfigurationError("--resume: give the text as the interrupted command printed it") from None
    if not attempts:
        raise ConfigurationError("--resume: the text has no account, so there is nothing to wait for")
    return RefreshBaseline(attempts)
