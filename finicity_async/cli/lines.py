"""Files with a JSON object on each line, written so that a kill at any moment costs no more than the last line."""

import gzip
import json
import os
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Self

from finicity_async.errors import ConfigurationError

_CUSTOMER = re.compile(rb'\{"customerId":("[^"\\]*")')


class OutputError(Exception):
    """An output takes no more: the disk is full, or the reader of a pipe has gone."""


class LineFile:
    """
    One output: a file, a gzip file by its ending, or stdout for ``"-"``.

    Every line goes to the system in one piece as soon as it is written, gzip files aside, which hold some lines back.

    Args:
        path: Where to write.
        resume: True to go on after what is there; a half-written last line is cut off.

    Raises:
        ConfigurationError: The file exists and is not to be resumed, or cannot be resumed.
    """

    def __init__(self, path: str, *, resume: bool) -> None:
        self.path = path
        self.done: set[str] = set()
        if path == "-":
            self._file: BinaryIO | gzip.GzipFile = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
            return
        there = Path(path)
        if there.exists() and there.stat().st_size and not resume:
            raise ConfigurationError(f"{path} exists. Say --resume to go on after it, or move it away.")
        if there.is_file():
            self.done = set(_mend_gzip(there) if _is_gzip(path) else _mend(there))
        self._file = gzip.GzipFile(path, "ab", compresslevel=5) if _is_gzip(path) else there.open("ab", buffering=0)

    def write(self, line: bytes) -> None:
        """
        Write one line; a raw file may take it in parts.

        Raises:
            OutputError: The output takes no more.
        """
        rest = memoryview(line + b"\n")
        try:
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        except OSError as error:
            where = "stdout" if self.path == "-" else self.path
            raise OutputError(f"{where}: {error.strerror}. What was written stays; go on with --resume.") from None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is held back, and close; that the output takes no more was said before."""
        with suppress(OSError):
            self._file.close()


def forget(path: str) -> None:
    """Empty a file whose customers are to be taken again."""
    if Path(path).exists():
        Path(path).write_bytes(b"")


def _is_gzip(path: str) -> bool:
    return path.endswith(".gz")


def _mend(path: Path) -> Iterator[str]:
    """Give the customers of a file, and cut off a half-written last line."""
    whole = 0
    with path.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                whole += len(line)
                yield _customer(path, line)
    os.truncate(path, whole)


def _mend_gzip(path: Path) -> Iterator[str]:
    """Give the customers of a gzip file, and write it anew without its torn end."""
    new = path.with_name(f"{path.name}.new")
    with gzip.open(new, "wb", compresslevel=5) as mended:
        for line in _whole_lines(path):
            mended.write(line)
            yield _customer(path, line)
    new.replace(path)


def _whole_lines(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as lines:
        try:
            yield from (line for line in lines if line.endswith(b"\n"))
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return


def _customer(path: Path, line: bytes) -> str:
    try:
        found = _CUSTOMER.match(line)
        return str(json.loads(found[1]) if found else json.loads(line)["customerId"])
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(f"{path} has a line without a customerId; it is not a file of this command") from None
