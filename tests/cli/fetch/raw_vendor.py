"""A raw vendor for the command ``fetch``, and readers of the files that it writes."""

import asyncio
import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from finicity_async.cli.commands import run
from finicity_async.cli.fetching import SOME_FAILED
from tests.support.servers import Answer, RawServer, Received, http

MISSING = http(404, {"code": 14001, "message": "Customer not found"})
BROKEN = http(200, b'{"accounts": [{"id": "1"')
BUSY = http(503, b"<html>busy</html>")

OUTPUT, ERRORS = "accounts.ndjson", "accounts.errors.ndjson"

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="needs signals to threads")


def array_of(customer: str) -> str:
    return f'[{{"id":"5{customer}","balance":12345678901234567.890}}]'


def line_of(customer: str) -> bytes:
    return f'{{"customerId":"{customer}","accounts":{array_of(customer)}}}\n'.encode()


def reply_of(customer: str) -> bytes:
    return http(200, f'{{"accounts":{array_of(customer)}}}')


class Vendor(RawServer):
    """
    A raw server on a thread and loop of its own, which answers by the customer who is asked for.

    ``asked`` holds the customers in the order of their requests, ``most`` the most requests at a time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answer: Callable[[str], Answer] = reply_of
        self.asked: list[str] = []
        self.most = self._now = 0

    async def _answer(self, received: Received, writer: asyncio.StreamWriter) -> bool:
        customer = received.target.split("/")[4]
        self.asked.append(customer)
        self._now += 1
        self.most = max(self.most, self._now)
        self._answers = [self.answer(customer)]
        try:
            return await super()._answer(received, writer)
        finally:
            self._now -= 1


def give(*customers: str) -> list[str]:
    """Write the file of IDs and return them."""
    Path("ids.txt").write_text("".join(f"{one}\n" for one in customers), encoding="utf-8")
    return list(customers)


def numbered(last: int) -> list[str]:
    return give(*map(str, range(1, last + 1)))


def fetch(*options: str, ids: str = "ids.txt", output: str = OUTPUT) -> int:
    return run(["fetch", ids, "-o", output, *options])


def unpacked(path: str) -> bytes:
    content = Path(path).read_bytes()
    return gzip.decompress(content) if path.endswith(".gz") else content


def rows(path: str) -> list[dict[str, Any]]:
    """Return the objects of a file that holds nothing but whole lines of JSON."""
    content = unpacked(path)
    assert content == b"" or content.endswith(b"\n")
    return [json.loads(line) for line in content.splitlines()]


def customers_in(path: str) -> list[str]:
    return [row["customerId"] for row in rows(path)]


def assert_each_once(ids: Iterable[str], output: str = OUTPUT, errors: str = ERRORS) -> None:
    """Every customer is in exactly one of the two files, and there once."""
    assert sorted(customers_in(output) + customers_in(errors)) == sorted(ids)


def files() -> set[str]:
    return {path.name for path in Path().iterdir()}


class Stdin:
    """A stdin that is a pipe."""

    def __init__(self) -> None:
        self._ours, self._theirs = os.pipe()

    def fileno(self) -> int:
        return self._ours

    def give(self, content: bytes) -> None:
        """Write what fits in a pipe."""
        assert os.write(self._theirs, content) == len(content)

    def end(self) -> None:
        """Close the pipe to whoever reads."""
        os.close(self._theirs)

    def close(self) -> None:
        """Close the pipe, which the test may have ended."""
        with suppress(OSError):
            self.end()
        os.close(self._ours)


def wait_until(condition: Callable[[], object], seconds: int = 60) -> None:
    left = iter(range(200 * seconds, 0, -1))
    while not condition():
        assert next(left, 0), "what was waited for did not come"
        time.sleep(0.005)


def first_run(vendor: Vendor, output: str = OUTPUT, errors: str = ERRORS) -> list[str]:
    """Fetch ten customers, of whom 3 and 7 are missing, and forget the requests."""
    vendor.answer = lambda customer: MISSING if customer in {"3", "7"} else reply_of(customer)
    ids = numbered(10)
    assert fetch("--limit", "1", "--errors", errors, output=output) == SOME_FAILED
    assert_each_once(ids, output, errors)
    vendor.asked.clear()
    return ids


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "finicity_async", "fetch", *arguments]


FORKS = """
import os, sys
from finicity_async.cli.commands import run
for line in sys.stdin:
    pid = os.fork()
    if not pid:
        os._exit(run(line.split()))
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
"""A process that has imported everything and forks for each command line, because a start takes a second."""


@contextmanager
def forks() -> Iterator[tuple[Callable[[str], int], Callable[[], int]]]:
    """Give what starts a command and returns its process ID, and what waits for its exit code."""
    process = subprocess.Popen(  # noqa: S603 -- ours
        [sys.executable, "-c", FORKS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        lines, written = process.stdout, process.stdin

        def start(line: str) -> int:
            written.write(f"{line}\n")
            return int(lines.readline())

        try:
            yield start, lambda: int(lines.readline())
        finally:
            process.kill()
