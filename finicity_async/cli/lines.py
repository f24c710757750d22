"""Files with a JSON object on each line, written so that a kill at any moment costs no more than the last line."""

import os
import sys
import zlib
from pathlib import Path
from typing import BinaryIO, Self

from finicity_async.cli.resuming import is_gzip, is_regular, open_locked, repair, repair_gzip
from finicity_async.errors import ConfigurationError

PIPE = "-"
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
        failures_of: For a file of errors, the output whose failures it holds; None for an output.

    Attributes:
        done: The customers that were in the file before.

    Raises:
        ConfigurationError: The file cannot be opened, exists and is not to be resumed, is being written by another run,
            has the failures of another output, or is none of this command.
    """

    def __init__(self, path: str, *, resume: bool, failures_of: str | None = None) -> None:
        self.path = path
        self.done: set[str] = set()
        self._output = failures_of and Path(failures_of).name
        # Not a GzipFile: one whose last write fails complains once more when it is collected (Python 3.14).
        self._compressor = zlib.compressobj(5, wbits=_GZIP_WINDOW) if is_gzip(path) else None
        try:
            self._file = self._opened(resume=resume)
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None

    def _opened(self, *, resume: bool) -> BinaryIO:
        if self.path == PIPE:
            if sys.stdout is None:
                raise ConfigurationError("stdout is closed")
            return os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
        file = open_locked(Path(self.path))
        try:
            return self._gone_on_with(file, resume=resume)
        except BaseException:
            file.close()
            raise

    def _gone_on_with(self, file: BinaryIO, *, resume: bool) -> BinaryIO:
        """Read who is done, and return what to write to: a gzip file is replaced."""
        there = Path(self.path)
        if not is_regular(file) or not there.stat().st_size:
            return file
        if not resume:
            raise ConfigurationError(f"{self.path} exists. Say --resume to go on after it, or move it away.")
        if not is_gzip(there):
            self.done = repair(there, self._output)
            return file
        with file:
            replacement, self.done = repair_gzip(there, self._output)
        return replacement

    def clear(self) -> None:
        """Drop everything that is in the file; call it before the first write."""
        self._file.truncate(0)
        self.done.clear()

    def write(self, line: bytes) -> None:
        """
        Write one line; a raw file may take it in parts.

        Raises:
            OutputError: The output cannot be written to.
        """
        line += b"\n"
        self._write(line if self._compressor is None else self._compressor.compress(line))

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        except OSError as error:
            raise self._failure(error) from None

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
                self.finish()
        except OutputError:
            if kind is None:
                raise

    def finish(self) -> None:
        """
        Write what is held back; nothing can be written after it.

        Raises:
            OutputError: The output does not take it.
        """
        rest, self._compressor = self._compressor, None
        if rest is not None:
            self._write(rest.flush())
