"""Customer IDs from a file, from stdin, or from a column of a CSV."""

import csv
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TextIO

from finicity_async.errors import ConfigurationError


def read_ids(source: str, column: str | None) -> Iterator[str]:
    """
    Give the IDs of a source as they stand there, empty lines left out.

    Args:
        source: Path of a file with an ID on each line, or of a CSV; ``"-"`` for stdin.
        column: Heading of the column that holds the IDs, for a CSV; None for one ID on each line.

    Raises:
        ConfigurationError: The file cannot be read, or has no such column.
    """
    try:
        with nullcontext(sys.stdin) if source == "-" else Path(source).open(encoding="utf-8-sig", newline="") as lines:
            found = (line.strip() for line in lines) if column is None else _column(lines, column)
            yield from filter(None, found)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigurationError(f"IDs: {source} cannot be read: {reason}") from None


def _column(lines: TextIO, column: str) -> Iterator[str]:
    rows = csv.DictReader(lines)
    if column not in (rows.fieldnames or ()):
        found = ", ".join(rows.fieldnames or ()) or "none"
        raise ConfigurationError(f"IDs: there is no column {column!r}; the columns are: {found}")
    for row in rows:
        yield (row[column] or "").strip()


def count_ids(source: str, column: str | None) -> int | None:
    """Return how many IDs a source has, None when it can be read but once."""
    return None if source == "-" or not Path(source).is_file() else sum(1 for _ in read_ids(source, column))
