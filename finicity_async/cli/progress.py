"""Progress of a long job: a bar in a terminal, lines elsewhere."""

import select
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

_SECONDS_BETWEEN_LINES = 10.0

Report = Callable[[int, int], None]
"""Told how many customers were fetched and how many failed in this run."""


def reporter(console: Console, total: int | None, done: int) -> AbstractContextManager[Report]:
    """Return what shows the progress of a job, of whose customers some were done before."""
    return _Bar(console, total, done) if console.is_terminal else _Lines(console, total, done)


class _Lines:
    """Progress for a log: a line every ten seconds, left out while the log does not take one."""

    def __init__(self, console: Console, total: int | None, done: int) -> None:
        self._console = console
        self._total = "" if total is None else f" of {total}"
        self._done = done
        self._started = self._last = time.perf_counter()

    def __enter__(self) -> Report:
        return self.report

    def __exit__(self, *_: object) -> None:
        pass

    def report(self, fetched: int, failed: int) -> None:
        """Print a line when ten seconds have passed since the last."""
        now = time.perf_counter()
        if now - self._last >= _SECONDS_BETWEEN_LINES and _takes_a_line(self._console):
            self._last = now
            rate = (fetched + failed) / (now - self._started)
            count = self._done + fetched + failed
            self._console.print(f"{count}{self._total} customers, {rate:.0f}/s, {failed} failed", highlight=False)


def _takes_a_line(console: Console) -> bool:
    """Return whether a line can be printed at once: the event loop must not wait for whoever reads the log."""
    try:
        return bool(select.select((), (console.file,), (), 0)[1])
    except (OSError, ValueError):  # No file of the system, or one that this system cannot tell about.
        return True


class _Rate(ProgressColumn):
    """Customers a second."""

    def render(self, task: Task) -> Text:
        """Show the rate of the last seconds."""
        return Text(f"{task.speed or 0.0:.0f}/s")


class _Bar:
    """Progress for a terminal: a bar, the rate, the failures, the time left."""

    def __init__(self, console: Console, total: int | None, done: int) -> None:
        self._progress = Progress(
            MofNCompleteColumn(),
            BarColumn(bar_width=None),
            _Rate(),
            TextColumn("{task.fields[failed]} failed"),
            TimeRemainingColumn(compact=True),
            console=console,
            expand=True,
        )
        self._done = done
        self._task = self._progress.add_task("", total=total, completed=done, failed=0)

    def __enter__(self) -> Report:
        self._progress.start()
        return self.report

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def report(self, fetched: int, failed: int) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=self._done + fetched + failed, failed=failed)
