"""What earlier runs of ``fetch`` left in its files: who may write them, who is done, and who is to be taken again."""

import gzip
import json
import os
import re
import shutil
import stat
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from finicity_async.errors import ConfigurationError

try:
    import fcntl
except ImportError:  # pragma: no cover -- Windows has none
    fcntl = None  # type: ignore[assignment]

_CUSTOMER = re.compile(rb'\{"customerId":("[^"\\]*"),"(\w+)":')
_LINE_START = b'{"customerId":"'
_GZIP_START = b"\x1f\x8b"


def open_locked(path: Path) -> BinaryIO:
    """
    Open a file for appending; a regular one is locked against a second run until it is closed.

    Raises:
        ConfigurationError: Another run has it.
    """
    while True:
        file = path.open("ab", buffering=0)
        if not is_regular(file):
            return file
        _lock(file)
        # A run that resumes a gzip file replaces it, so what was opened under this name may have lost it by now.
        if _has_name(path, file):
            return file
        file.close()


def _has_name(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def is_regular(file: BinaryIO) -> bool:
    """Return whether a file is none of a pipe, a terminal or a device."""
    return stat.S_ISREG(os.fstat(file.fileno()).st_mode)


def is_gzip(path: str | Path) -> bool:
    """Return whether the name of a file asks for gzip."""
    return Path(path).suffix == ".gz"


def _lock(file: BinaryIO) -> None:
    """Lock a file while it is open, where the system can; close it where another run has it."""
    if fcntl is None:  # pragma: no cover -- Windows
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise ConfigurationError(f"{file.name} is being written by another run of this command") from None


def repair(path: Path, output: str | None = None, *, holds: str = "accounts") -> set[str]:
    """
    Return the customers of a file, and cut off a half-written last line.

    Args:
        path: The file.
        output: Name of the output whose failures it holds; None for an output.
        holds: Member that each line of an output has.

    Raises:
        ConfigurationError: The file is none of this command, holds the failures of another output, or something else.
    """
    whole, customers = 0, set()
    with path.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                whole += len(line)
                customers.add(_customer(path, line, output, holds))
            elif not (line.startswith(_LINE_START) or _LINE_START.startswith(line)):
                raise _foreign(path)
    os.truncate(path, whole)
    return customers


def repair_gzip(path: Path, output: str | None = None, *, holds: str = "accounts") -> tuple[BinaryIO, set[str]]:
    """
    Rewrite a gzip file, which the caller has locked, without its torn end, readable by the same users as before.

    Args:
        path: The file.
        output: As for ``repair``.
        holds: As for ``repair``.

    Returns:
        The new file, open and locked, and its customers.

    Raises:
        ConfigurationError: As for ``repair``.
    """
    target = path.resolve()
    new = _beside(target, ".new")
    customers = set()
    try:
        _touch_like(target, new)
        with gzip.open(new, "wb", compresslevel=5) as repaired:
            for line in _whole_lines(path):
                repaired.write(line)
                customers.add(_customer(path, line, output, holds))
        replacement = open_locked(new)  # Before it has the name under which another run could open it.
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
    return replacement, customers


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


def _customer(path: Path, line: bytes, output: str | None, holds: str) -> str:
    """Return the customer of a line; the pattern spares the parsing of what was fetched."""
    try:
        if output is None and (found := _CUSTOMER.match(line)) and found[2].decode() == holds:
            return str(json.loads(found[1]))
        row = json.loads(line)
        customer, owner = str(row["customerId"]), row.get("output", output)
    except (ValueError, KeyError, TypeError):
        raise _foreign(path) from None
    if output is None and holds not in row:
        raise ConfigurationError(f"{path} has a line without {holds}, of another fetch: give another file with -o.")
    if owner != output and output is not None:
        raise ConfigurationError(
            f"{path} has the failures of {owner}, not of {output}: give another file with --errors."
        )
    return customer


def _foreign(path: Path) -> ConfigurationError:
    return ConfigurationError(f"{path} has a line without a customerId: it is no file of this command")


def again_path(errors: str) -> Path:
    """Return the path of the customers that a retry has yet to take, beside the file of errors."""
    return Path(f"{errors}.again")


def helper_paths(output: str, errors: str) -> list[str]:
    """Return the paths of all other files that a run with these two may write."""
    again = again_path(errors)
    return [str(again), str(_beside(again, ".new")), *(f"{one}.new" for one in (output, errors) if is_gzip(one))]


def read_again(errors: str, output: str) -> set[str]:
    """
    Return the customers that an earlier retry has yet to take.

    Raises:
        ConfigurationError: The file that holds them is none of this command, or is of another output.
    """
    kept = again_path(errors)
    return repair(kept, output) if kept.is_file() else set()


def keep_again(errors: str, output: str, customers: Iterable[str]) -> None:
    """Note customers that a retry has yet to take, readable by the same users as the file of errors."""
    kept = again_path(errors)
    new = _beside(kept, ".new")
    _touch_like(Path(errors), new)
    rows = ({"customerId": one, "output": output} for one in customers)
    new.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows), encoding="utf-8")
    new.replace(kept)


def forget_again(errors: str) -> None:
    """Note that a retry has come to its end."""
    again_path(errors).unlink(missing_ok=True)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _touch_like(path: Path, new: Path) -> None:
    """Make an empty file with the permissions of another."""
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    shutil.copymode(path, new)
