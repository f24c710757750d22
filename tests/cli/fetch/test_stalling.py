"""``fetch`` and a reader that stalls: nothing else waits for it, no processor turns for it, and a signal ends it."""

import asyncio
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from finicity_async.cli import lines
from finicity_async.cli.commands import INTERRUPTED
from finicity_async.cli.fetching import ALL_FETCHED
from finicity_async.cli.lines import LineFile, OutputError
from finicity_async.cli.progress import reporter
from tests.cli.fetch.raw_vendor import (
    OUTPUT,
    Vendor,
    command,
    fetch,
    needs_signals,
    numbered,
    wait_until,
)
from tests.support.servers import http

BIG = f'[{{"id":"5","name":"{"x" * 100_000}"}}]'
"""The accounts of one customer, more than a pipe holds."""


def big_line_of(customer: str) -> bytes:
    return f'{{"customerId":"{customer}","accounts":{BIG}}}\n'.encode()


@pytest.fixture
def big(vendor: Vendor) -> Vendor:
    vendor.answer = lambda _: http(200, f'{{"accounts":{BIG}}}')
    return vendor


class Pipe:
    """A pipe whose reader takes nothing until it is told to; the end to write to is a stdout for the command."""

    def __init__(self) -> None:
        self.ours, self._theirs = os.pipe()

    def fileno(self) -> int:
        return self._theirs

    def end(self) -> None:
        """Close the end to write to, which the command has a copy of."""
        with suppress(OSError):
            os.close(self._theirs)

    def stop_reading(self) -> None:
        with suppress(OSError):
            os.close(self.ours)

    def read_all(self) -> bytes:
        """Read until nobody can write any more."""
        content = b""
        while part := os.read(self.ours, 65536):
            content += part
        return content


@pytest.fixture(params=[True, False], ids=["blocking", "non-blocking"])
def pipe(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipe]:
    """Return the stdout of the command."""
    pipe = Pipe()
    os.set_blocking(pipe.fileno(), request.param)
    monkeypatch.setattr(lines, "sys", SimpleNamespace(stdout=pipe))  # pytest replaces that of sys for each phase
    yield pipe
    pipe.end()
    pipe.stop_reading()


def wait_until_full(pipe: Pipe) -> None:
    """Wait until a thread writes to a pipe that takes no more."""
    import select

    wait_until(lambda: not select.select((), (pipe,), (), 0)[1])


def reading_later(pipe: Pipe, condition: Callable[[], object]) -> "tuple[threading.Thread, list[bytes]]":
    """Start a thread that reads a pipe, but not before something has happened."""
    content: list[bytes] = []

    def read() -> None:
        wait_until(condition)
        content.append(pipe.read_all())

    thread = threading.Thread(target=read)
    thread.start()
    return thread, content


def test_reader_that_goes_on_after_a_while_gets_every_line(big: Vendor, pipe: Pipe) -> None:
    ids = numbered(60)
    # The queue takes 4 MiB, and the map some customers more: it is the reader that the last ones wait for.
    thread, content = reading_later(pipe, lambda: len(big.asked) > 45)
    assert fetch("--limit", "4", output="-") == ALL_FETCHED
    pipe.end()
    thread.join()
    found = Counter(map(hash, content[0].splitlines(keepends=True)))
    assert found == Counter(hash(big_line_of(one)) for one in ids)


async def test_event_loop_turns_while_a_reader_stalls(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_MOST_QUEUED", 100_000)
    with LineFile("-", resume=False) as file:
        await file.write(b"x" * 90_000)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await file.write(b"y" * 90_000)
        pipe.end()
        thread, content = reading_later(pipe, lambda: True)
    thread.join()
    assert content == [b"x" * 90_000 + b"\n" + b"y" * 90_000 + b"\n"]


def test_full_pipe_costs_no_processor_time(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []
    wait = select.select

    def noted(*files: Any) -> Any:
        waits.append(files)
        return wait(*files)

    monkeypatch.setattr(select, "select", noted)
    with LineFile("-", resume=False) as file:
        file.queue(b"x" * 1_000_000)
        wait_until_full(pipe)
        waits.clear()
        time.sleep(0.05)
        assert len(waits) <= 1
        pipe.end()
        thread, content = reading_later(pipe, lambda: True)
    thread.join()
    assert len(content[0]) == 1_000_001


async def test_reader_that_goes_while_a_line_waits_for_it_is_told_at_the_next_line(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "_MOST_QUEUED", 100_000)
    with pytest.raises(OutputError, match=r"stdout: Broken pipe"), LineFile("-", resume=False) as file:  # noqa: PT012 -- a stall, and what comes after it
        waiting = asyncio.create_task(file.write(b"x" * 200_000))
        await asyncio.to_thread(wait_until_full, pipe)
        pipe.stop_reading()
        await waiting
        await file.write(b"y")


def test_end_of_the_command_does_not_wait_for_a_stalled_reader_after_a_failure(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "_LAST_SECONDS", 0.02)
    with pytest.raises(KeyError):  # noqa: PT012, SIM117 -- the failure comes after a line
        with LineFile("-", resume=False) as file:
            file.queue(b"x" * 200_000)
            raise KeyError
    pipe.end()
    thread, content = reading_later(pipe, lambda: True)  # Ends when the thread that writes has closed its end, too.
    thread.join()
    assert len(content[0]) == 200_001


COUNTS = pytest.mark.parametrize("count", [5, 100], ids=["all fetched", "more to fetch"])


@needs_signals
@COUNTS
@pytest.mark.parametrize(
    ("output", "blocking"),
    [("-", True), ("-", False), ("fifo", True)],
    ids=["blocking stdout", "non-blocking stdout", "named pipe"],
)
def test_two_signals_end_the_command_whose_reader_stalls(
    *, count: int, output: str, blocking: bool, big: Vendor
) -> None:
    numbered(count)
    pipe = Pipe()
    if output == "fifo":
        os.mkfifo("fifo")
        fifo = os.open("fifo", os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(pipe.fileno(), blocking)
    asked = min(count, 45)
    process = subprocess.Popen(command("ids.txt", "-o", output), stdout=pipe.fileno(), stderr=subprocess.PIPE)  # noqa: S603 -- ours
    pipe.end()
    wait_until(lambda: len(big.asked) >= asked)
    time.sleep(0.05)  # for what was asked for to come, and to be written as far as the pipe takes it
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    _, err = process.communicate(timeout=60)
    # Where the first signal was enough, the second may come while Python ends, which dies of it: 130 for a shell, too.
    assert process.returncode in (INTERRUPTED, -signal.SIGINT)
    assert err.splitlines()[-1] == b"Stopped."
    assert b"Traceback" not in err
    pipe.stop_reading()
    if output == "fifo":
        os.close(fifo)


@needs_signals
def test_signal_ends_the_command_while_a_named_pipe_has_no_reader(vendor: Vendor) -> None:
    numbered(1)
    os.mkfifo("fifo")
    line = command("ids.txt", "-o", OUTPUT, "--errors", "fifo")
    process = subprocess.Popen(line, stderr=subprocess.PIPE, text=True)  # noqa: S603 -- ours
    wait_until(Path(OUTPUT).exists)
    time.sleep(0.05)  # for the pipe, which is opened next
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (INTERRUPTED, "Stopped.\n")
    assert vendor.asked == []


@needs_signals
def test_one_signal_ends_the_command_accounts_whose_reader_stalls(big: Vendor) -> None:
    line = [sys.executable, "-m", "finicity_async", "accounts", "1", "--json"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 -- ours
        assert process.stdout is not None
        assert process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == INTERRUPTED
        assert process.stderr is not None
        assert process.stderr.read() == "Stopped.\n"


@needs_signals
def test_signal_that_does_not_interrupt_the_wait_for_a_stalled_reader_ends_it(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that comes just before the wait: Python has noted it, and nothing wakes the main thread."""
    waits: list[float] = []
    has_ended = threading.Event()
    ended_in_time: list[bool] = []

    def interrupt_and_read() -> None:
        wait_until_full(pipe)
        wait_until(lambda: len(waits) > 1)
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        ended_in_time.append(has_ended.wait(30))
        pipe.end()
        pipe.read_all()

    def noted(seconds: float) -> bool:
        waits.append(seconds)
        return wait(seconds)

    thread = threading.Thread(target=interrupt_and_read)
    thread.start()
    with pytest.raises(KeyboardInterrupt), LineFile("-", resume=False) as file:  # noqa: PT012 -- it comes at the end
        wait = file._has_ended.wait
        monkeypatch.setattr(file._has_ended, "wait", noted)
        file.queue(b"x" * 1_000_000)
    has_ended.set()
    thread.join()
    assert ended_in_time == [True]


def test_progress_leaves_a_line_out_while_the_log_takes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finicity_async.cli.progress._SECONDS_BETWEEN_LINES", 0.0)
    pipe = Pipe()
    with open(pipe.fileno(), "w", closefd=False) as stderr, reporter(Console(file=stderr), 5, 0) as report:
        os.set_blocking(pipe.fileno(), False)
        with suppress(BlockingIOError):
            while True:
                os.write(pipe.fileno(), b"." * 4096)
        os.set_blocking(pipe.fileno(), True)
        report(1, 0)  # would block for ever
        os.read(pipe.ours, 65536)
        report(2, 0)
    pipe.end()
    content = pipe.read_all().decode().lstrip(".")
    assert content.startswith("2 of 5 customers")
    assert content.count("customers") == 1
    pipe.stop_reading()
