"""Customer IDs from a file, from stdin, or from a column of a CSV."""

import asyncio
import csv
import re
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TextIO

from finicity_async.errors import ConfigurationError

STDIN = "-"
_AHEAD = 1000
_ADVICE = "Give one ID on each line, or a CSV with commas and a heading, and --column."
_QUOTED = re.compile(r'"\s*([^"]*?)\s*"')
_READ_ERRORS = (OSError, UnicodeDecodeError, csv.Error)


def read_ids(source: str, column: str | None) -> Iterator[str]:
    """
    Give the IDs of a source as they stand there, empty lines left out.

    Args:
        source: Path of a file with an ID on each line, or of a CSV; ``"-"`` for stdin.
        column: Heading of the column that holds the IDs, for a CSV; None for one ID on each line.

    Raises:
        ConfigurationError: The source cannot be read, has no such column, or is a CSV and no column is named.
    """
    try:
        with _opened(source) as lines:
            found = _listed(lines, source) if column is None else _column(lines, column)
            yield from filter(None, found)
    except _READ_ERRORS as error:
        raise ConfigurationError(f"IDs: {source} cannot be read: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else f"no CSV, {error}"


@contextmanager
def _opened(source: str) -> Iterator[TextIO]:
    if source != STDIN:
        with Path(source).open(encoding="utf-8-sig", newline="") as lines:
            yield lines
        return
    if sys.stdin is None:
        raise ConfigurationError("IDs: stdin is closed")
    # A buffer of our own: while a thread waits in that of sys.stdin, Python cannot come to its end.
    with open(sys.stdin.fileno(), encoding="utf-8-sig", newline="", closefd=False) as lines:
        yield lines


def _listed(lines: TextIO, source: str) -> Iterator[str]:
    """Give the lines, if the first of them is not the heading of a CSV, which would be fetched as a customer."""
    rows = filter(None, map(str.strip, lines))
    top = next(rows, "")
    if "," in top:
        raise ConfigurationError(f"IDs: {source} {_several_columns(next(csv.reader([top])))}")
    if ";" in top or "\t" in top:
        raise ConfigurationError(f"IDs: {source} has columns that no comma separates. {_ADVICE}")
    found = filter(None, map(_unquoted, chain([top], rows)))
    first = next(found, "")
    # The vendor's IDs are numbers: a word above a number is a heading. A word above a word may be an ID.
    second = "" if any(map(str.isdigit, first)) else next(found, "")
    if second.isdecimal():
        raise ConfigurationError(f"IDs: {source} begins with the heading {first!r}: say --column {first!r}")
    yield from (first, second)
    yield from found


def _unquoted(line: str) -> str:
    """Return a line without the quotes that some exports of one column put around each value."""
    found = _QUOTED.fullmatch(line)
    return line if found is None else found[1]


def _several_columns(cells: list[str]) -> str:
    if any(cell.strip().isdecimal() for cell in cells):  # Customers, perhaps: their data is not shown.
        return f"has several columns and no heading. {_ADVICE}"
    return f"is a CSV: name the column of the IDs with --column. The columns are: {', '.join(cells)}"


def _column(lines: TextIO, column: str) -> Iterator[str]:
    rows = csv.DictReader(lines, strict=True)
    headings = rows.fieldnames or ()
    if column not in headings:
        if any(cell.strip().isdecimal() for cell in headings):  # Customers, perhaps: their data is not shown.
            raise ConfigurationError(f"IDs: there is no column {column!r}: the first line is no heading")
        found = ", ".join(headings) or "none"
        raise ConfigurationError(f"IDs: there is no column {column!r}; the columns are: {found}")
    for row in rows:
        yield (row[column] or "").strip()


def count_ids(source: str, column: str | None) -> int | None:
    """Return how many different IDs a source has; None when it can be read but once."""
    return len(set(read_ids(source, column))) if source != STDIN and Path(source).is_file() else None


class ThreadedIds:
    """
    IDs that a thread reads, so that a source which keeps silent holds up neither the calls nor a signal.

    Args:
        source: As for ``read_ids``.
        column: As for ``read_ids``.
    """

    def __init__(self, source: str, column: str | None) -> None:
        self._ids = read_ids(source, column)
        self._loop = asyncio.get_running_loop()
        self._found: asyncio.Queue[str | Exception | None] = asyncio.Queue()
        self._room = threading.Semaphore(_AHEAD)
        threading.Thread(target=self._read, name="finicity-async: read IDs", daemon=True).start()

    async def __aiter__(self) -> AsyncIterator[str]:
        """Give the IDs as they come."""
        while (found := await self._found.get()) is not None:
            if isinstance(found, Exception):
                raise found
            self._room.release()
            yield found

    def stop(self) -> None:
        """Give no further IDs."""
        self._found.put_nowait(None)

    def _read(self) -> None:
        last: Exception | None = None
        try:
            for found in self._ids:
                self._room.acquire()
                self._put(found)
        except Exception as error:  # noqa: BLE001 -- it belongs to who asks for the IDs
            last = error
        self._put(last)

    def _put(self, found: str | Exception | None) -> None:
        if not self._loop.is_closed():  # pragma: no branch -- the command may have ended before its source
            self._loop.call_soon_threadsafe(self._found.put_nowait, found)
