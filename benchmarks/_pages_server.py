"""
A raw server in its own process with any number of transactions, which it writes as they are asked for.

It answers a login with a token, and a GET with the page that ``fromDate``, ``start`` and ``limit`` ask for, in
ascending order. Two transactions share each date. It exits at the end of stdin.
"""

import argparse
import asyncio
import re
import sys
from random import Random

from benchmarks._children import Child, answer
from benchmarks._machine import pin
from benchmarks._pages import CREATED, FIRST, POSTED, START, encoded, framed, row
from benchmarks._server import LOGIN, Connection, http, stay_awake

PERIOD = 120
"""Seconds between two dates."""
_AT_ONE_DATE = 2
_TEMPLATES = 200
_ID, _DATE = 7_777_777_777_777, 8_888_888_888_888
"""Numbers in a template, in whose place stands what tells a transaction from all others."""
_QUERY = re.compile(rb"[?&](\w+)=(\d+)")


def last_date(rows: int) -> int:
    """Return a date after that of every transaction."""
    return START + (rows // _AT_ONE_DATE + 1) * PERIOD


class Pages:
    """Writes the page that a request asks for."""

    def __init__(self, seed: int, rows: int) -> None:
        random = Random(seed)
        self._rows = rows
        self._templates = [_template(random) for _ in range(_TEMPLATES)]

    def next(self, head: bytes) -> bytes:
        """Return the response to a request."""
        if head.startswith(b"POST"):
            return LOGIN
        asked = {name: int(value) for name, value in _QUERY.findall(head.partition(b"\r\n")[0])}
        window = max(0, -((START - asked[b"fromDate"]) // PERIOD)) * _AT_ONE_DATE
        first = window + asked[b"start"] - 1
        end = min(first + asked[b"limit"], self._rows)
        rows = b",".join(map(self._row, range(first, end)))
        return http("200 OK", framed(self._rows - window, max(0, end - first), rows, more=end < self._rows))

    def _row(self, number: int) -> bytes:
        date = START + number // _AT_ONE_DATE * PERIOD
        posted = date + POSTED
        return self._templates[number % _TEMPLATES] % (FIRST + number, date, posted, date + CREATED, posted, posted)


def _template(random: Random) -> bytes:
    """Return a transaction with gaps for its ID and its five dates, in the order of the wire."""
    made = encoded(row(random, _ID, _DATE)).replace(b"%d" % _ID, b"%d")
    for date in (_DATE, _DATE + POSTED, _DATE + CREATED):
        made = made.replace(b"%d" % date, b"%d")
    return made


async def _serve(seed: int, rows: int, *, awake: bool) -> None:
    loop = asyncio.get_running_loop()
    pages = Pages(seed, rows)
    if awake:
        stay_awake(loop)
    server = await loop.create_server(lambda: Connection(pages), "127.0.0.1", 0)
    answer(url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await loop.run_in_executor(None, sys.stdin.read)


def served(seed: int, rows: int) -> Child:
    """Return the server as a child process, to be entered; its greeting holds ``url``."""
    return Child("benchmarks._pages_server", "--seed", str(seed), "--rows", str(rows))


def main() -> None:
    """Serve until the end of stdin."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    asyncio.run(_serve(options.seed, options.rows, awake=pin("server").startswith("pinned")))


if __name__ == "__main__":
    main()
