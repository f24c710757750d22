"""Files with a JSON object on each line, written so that a kill at any moment costs no more than the last line."""

import asyncio
import os
import select
import sys
import threading
import time
import zlib
from concurrent.futures import Future
from pathlib import Path
from typing import BinaryIO, Self

from finicity_async.cli.resuming import is_gzip, is_regular, open_locked, repair, repair_gzip
from finicity_async.errors import ConfigurationError

PIPE = "-"
_MOST_QUEUED = 4 * 2**20
"""Bytes that may wait for a file to take them: the accounts of some hundred customers."""
_GATHER_SECONDS = 0.005
"""Seconds in which lines gather before they are written: to wake a thread for each costs more than the line itself."""
_LAST_SECONDS = 1.0
"""Seconds for what is queued when the command ends early; a reader that has stalled for good does not hold it up."""
_WAIT_SECONDS = 0.1
"""Seconds of one wait for the thread. A signal that comes just before a wait does not interrupt it, and Python sees it
when the wait ends: one without an end would never return from a reader that has stalled."""
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
"""What zlib calls a gzip header and trailer around the largest window."""


class OutputError(Exception):
    """An output cannot be written to: the disk is full, or the reader of a pipe has gone."""


class LineFile:
    """
    One output: a file, a gzip file by its ending, or stdout for ``"-"``.

    A thread writes it, so that a reader that stalls, or a disk that hangs, blocks neither the event loop nor a signal.
    Every line goes to the system in one piece and as soon as it can, gzip files aside, which hold some lines back.

    Args:
        path: Where to write.
        resume: True to go on after what is there; a half-written last line is cut off.
        holds: Member that each line of an output has; a file without it is none to go on with.
        failures_of: For a file of errors, the output whose failures it holds; None for an output.

    Attributes:
        done: The customers that were in the file before.

    Raises:
        ConfigurationError: The file cannot be opened, exists and is not to be resumed, is being written by another run,
            has the failures of another output, or is none of this command.
    """

    def __init__(self, path: str, *, resume: bool, holds: str = "accounts", failures_of: str | None = None) -> None:
        self.path = path
        self.done: set[str] = set()
        self.holds = holds
        self._output = failures_of and Path(failures_of).name
        # Not a GzipFile: one whose last write fails complains once more when it is collected (Python 3.14).
        self._compressor = zlib.compressobj(5, wbits=_GZIP_WINDOW) if is_gzip(path) else None
        self._lines: list[bytes] = []
        self._bytes = 0
        self._space: Future[None] | None = None
        self._is_ending = False
        self._changed = threading.Condition()
        # Not Thread.is_alive: after a Ctrl-C in a join, it says that the thread has ended (Python 3.11 and 3.12).
        self._has_ended = threading.Event()
        self._failure: OutputError | None = None
        self._left = False
        try:
            self._file = self._opened(resume=resume)
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None
        # A daemon: one that waits for a reader must not keep the process from ending.
        threading.Thread(target=self._run, name=f"finicity-async: write {path}", daemon=True).start()

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
            self.done = repair(there, self._output, holds=self.holds)
            return file
        with file:
            replacement, self.done = repair_gzip(there, self._output, holds=self.holds)
        return replacement

    def clear(self) -> None:
        """Drop everything that is in the file; call it before the first write."""
        self._file.truncate(0)
        self.done.clear()

    async def write(self, line: bytes) -> None:
        """
        Queue a line; wait while the file is more than some lines behind.

        Raises:
            OutputError: The output cannot be written to.
        """
        if (space := self.queue(line)) is not None:
            await asyncio.wrap_future(space)

    def queue(self, line: bytes) -> Future[None] | None:
        """
        Queue a line; return what to wait for before the next one where the file is behind.

        Raises:
            OutputError: The output cannot be written to.
        """
        with self._changed:
            if self._failure is not None:
                raise self._failure
            self._lines.append(line + b"\n")
            self._bytes += len(self._lines[-1])
            self._changed.notify()
            self._space = Future() if self._bytes > _MOST_QUEUED else None
            return self._space

    def _run(self) -> None:
        try:
            self._write_all()
        finally:
            self._has_ended.set()
            if self._left:
                self._file.close()

    def _write_all(self) -> None:
        """Write until told to end."""
        while lines := self._gathered():
            data = b"".join(lines)
            self._attempt(data if self._compressor is None else self._compressor.compress(data))
            with self._changed:
                self._bytes -= len(data)
                space, self._space = self._space, None
            if space is not None and space.set_running_or_notify_cancel():
                space.set_result(None)
        if self._compressor is not None:
            self._attempt(self._compressor.flush())

    def _gathered(self) -> list[bytes]:
        """Return the lines that came in a short time, none at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._lines or self._is_ending)
        if not self._is_ending:
            time.sleep(_GATHER_SECONDS)
        with self._changed:
            lines, self._lines = self._lines, []
        return lines

    def _end(self) -> None:
        with self._changed:
            self._is_ending = True
            self._changed.notify()

    def _attempt(self, data: bytes) -> None:
        try:
            if self._failure is None:
                self._send(data)
        except OSError as error:
            self._failure = self._described(error)

    def _send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            written = self._file.write(rest)
            if written is None:  # A pipe that does not block, and is full.
                select.select((), (self._file,), ())
            else:
                rest = rest[written:]

    def _described(self, error: OSError) -> OutputError:
        if self.path == PIPE:
            return OutputError(f"stdout: {error.strerror}. Write to a file; fetch can go on with one that -o names.")
        return OutputError(f"{self.path}: {error.strerror}. What was written stays; go on with --resume.")

    def finish(self) -> None:
        """
        Wait until everything is written; nothing can be written after it.

        Raises:
            OutputError: The output does not take it.
        """
        self._end()
        while not self._has_ended.wait(_WAIT_SECONDS):
            pass
        if self._failure is not None:
            raise self._failure

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """
        Write what is queued, for a short time where something went wrong before, and close.

        Raises:
            OutputError: The output does not take the rest, and nothing else went wrong before.
        """
        try:
            if kind is None:
                self.finish()
            else:
                self._end()
                self._has_ended.wait(_LAST_SECONDS)
        finally:
            self._left = True  # Before the question: a thread that ends after it closes the file itself.
            if self._has_ended.is_set():
                self._file.close()
