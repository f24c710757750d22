"""Files with a JSON object on each line, written so that a kill at any moment costs no more than the last line."""

import gzip
import json
import os
import re
import shutil
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self

from finicity_async.errors import ConfigurationError

try:
    import fcntl
except ImportError:  # pragma: no cover -- Windows has none
    fcntl = None  # type: ignore[assignment]

PIPE = "-"
_CUSTOMER = re.compile(rb'\{"customerId":("[^"\\]*")')
_LINE_START = b'{"customerId":"'
_GZIP_START = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
"""What zlib calls a gzip header and trailer around the largest window."""


class OutputError(Exception):
    """An output cannot be written to: the disk is full, or the reader of a pipe has gone."""


class LineFile:
    """
    One output: a file, a gzip file by its ending, or stdout for ``"-"``.

    Every line goes to the system in one piece as soon as it is written, gzip files aside, which hold some lines back.

    Args:
        path: Where to write.
        resume: True to go on after what is there; a half-written last line is cut off.

    Raises:
        ConfigurationError: The file cannot be opened, exists and is not to be resumed, or is none of this command.
    """

    def __init__(self, path: str, *, resume: bool) -> None:
        self.path = path
        self.done: set[str] = set()
        # Not a GzipFile: one whose last write fails complains once more when it is collected (Python 3.14).
        self._compressor = zlib.compressobj(5, wbits=_GZIP_WINDOW) if _is_gzip(Path(path)) else None
        try:
            self._file = self._opened(resume=resume)
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None

    def _opened(self, *, resume: bool) -> BinaryIO:
        if self.path == PIPE:
            if sys.stdout is None:
                raise ConfigurationError("stdout is closed")
            return os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
        there = Path(self.path)
        if there.is_file() and there.stat().st_size and not resume:
            raise ConfigurationError(f"{self.path} exists. Say --resume to go on after it, or move it away.")
        if there.is_file():
            with there.open("ab") as held:
                _lock(held)
                self.done = set(_repair_gzip(there) if _is_gzip(there) else _repair(there))
        file = there.open("ab", buffering=0)
        if there.is_file():
            _lock(file)
        return file

    def write(self, line: bytes) -> None:
        """
        Write one line; a raw file may take it in parts.

        Raises:
            OutputError: The output cannot be written to.
        """
        line += b"\n"
        try:
            self._send(line if self._compressor is None else self._compressor.compress(line))
        except OSError as error:
            raise self._failure(error) from None

    def _send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) or 0 :]

    def _failure(self, error: OSError) -> OutputError:
        if self.path == PIPE:
            return OutputError(f"stdout: {error.strerror}. Write to a file; fetch can go on with one that -o names.")
        return OutputError(f"{self.path}: {error.strerror}. What was written stays; go on with --resume.")

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """
        Write what is held back, and close.

        Raises:
            OutputError: The output does not take the rest, and nothing else went wrong before.
        """
        try:
            with self._file:
                if self._compressor is not None:
                    self._send(self._compressor.flush())
        except OSError as error:
            if kind is None:
                raise self._failure(error) from None


def _lock(file: BinaryIO) -> None:
    """Lock a file against a second run while it is open, where the system can."""
    if fcntl is None:  # pragma: no cover -- Windows
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigurationError(f"{file.name} is being written by another run of this command") from None


def take_again(errors: str, *, now: bool) -> tuple[str, ...]:
    """
    Return the customers that a retry has yet to take, of an earlier run too; a kill at any moment forgets none.

    Args:
        errors: Path of the file of errors.
        now: True moves the customers in the errors file to those.

    Raises:
        ConfigurationError: A file is none of this command.
    """
    kept = _kept_again(errors)
    there = Path(errors)
    try:
        if now and there.is_file():
            failed = dict.fromkeys(_repair_gzip(there) if _is_gzip(there) else _repair(there))
            waiting = dict.fromkeys(_repair(kept) if kept.is_file() else ())
            new = Path(f"{kept}.new")
            _touch_like(there, new)
            new.write_bytes(b"".join(_LINE_START[:-1] + json.dumps(one).encode() + b"}\n" for one in waiting | failed))
            new.replace(kept)
            there.write_bytes(b"")
        return tuple(dict.fromkeys(_repair(kept))) if kept.is_file() else ()
    except OSError as error:
        raise ConfigurationError(f"{error.filename or kept} cannot be written: {error.strerror}") from None


def forget_again(errors: str) -> None:
    """Note that a retry has come to its end."""
    _kept_again(errors).unlink(missing_ok=True)


def _kept_again(errors: str) -> Path:
    return Path(f"{errors}.again")


def _is_gzip(path: Path) -> bool:
    return path.suffix == ".gz"


def _repair(path: Path) -> Iterator[str]:
    """Give the customers of a file, and cut off a half-written last line."""
    whole = 0
    with path.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                whole += len(line)
                yield _customer(path, line)
            elif not (line.startswith(_LINE_START) or _LINE_START.startswith(line)):
                raise _foreign(path)
    os.truncate(path, whole)


def _repair_gzip(path: Path) -> Iterator[str]:
    """Give the customers of a gzip file, and rewrite it without its torn end, readable by the same users as before."""
    target = path.resolve()
    new = target.with_name(f"{target.name}.new")
    try:
        _touch_like(target, new)
        with gzip.open(new, "wb", compresslevel=5) as repaired:
            for line in _whole_lines(path):
                repaired.write(line)
                yield _customer(path, line)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)


def _touch_like(path: Path, new: Path) -> None:
    """Make an empty file with the permissions of another."""
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    shutil.copymode(path, new)


def _whole_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as raw:
        start = raw.read(len(_GZIP_START))
    if not _GZIP_START.startswith(start):
        raise _foreign(path)
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
        raise _foreign(path) from None


def _foreign(path: Path) -> ConfigurationError:
    return ConfigurationError(f"{path} has a line without a customerId: it is no file of this command")
