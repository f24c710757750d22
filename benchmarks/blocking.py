"""
How long one hostile response holds up everybody else: the longest time that the event loop stands still.

Each shape of body, as large as ``max_body`` allows, comes over a socket to a session in a process of its own, while a
task on the same loop measures every millisecond how late it is. Shown beside it: how much the peak of the process's
memory grew during the call, as a multiple of ``max_body``, and how the call ended. The server, whose own copy of the
body was there before, is in the same process. With --gzip the body is compressed on the wire.
"""

import argparse
import asyncio
import gzip
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks._harness import Report, parser
from finicity_async import AsyncSession, Credentials, FinicityError, get_customer_accounts

SIZE = 16 * 2**20 - 4096


def _list_of(row: bytes, *, end: bytes = b"") -> bytes:
    return b'{"accounts":[' + b",".join([row] * ((SIZE - 20 - len(end)) // (len(row) + 1))) + end + b"]}"


def _member(name: bytes, value: bytes) -> bytes:
    return b'{"accounts":[{"id":"1","%b":%b}]}' % (name, value)


SHAPES: dict[str, Callable[[], tuple[int, bytes]]] = {
    "empty list": lambda: (200, b'{"accounts":[]}'),
    "tiny accounts": lambda: (200, _list_of(b'{"id":"1"}')),
    "tiny accounts, one of them odd": lambda: (200, _list_of(b'{"id":"1"}', end=b",{}")),
    "empty objects": lambda: (200, _list_of(b"{}")),
    "numbers in place of accounts": lambda: (200, _list_of(b"1")),
    "empty lists in place of accounts": lambda: (200, _list_of(b"[]")),
    "20,000 accounts that fit": lambda: (200, _full(b'"balance":1.50,"name":"Checking"')),
    "20,000 accounts of which none fits": lambda: (200, _full(b'"balance":"x","balanceDate":"x","name":[1]')),
    "unknown members": lambda: (200, b'{"accounts":[{"id":"1",%b}]}' % b",".join([b'"a":1'] * (SIZE // 6 - 10))),
    "unknown members, one odd": lambda: (
        200,
        b'{"accounts":[{"id":"1","balance":[],%b}]}' % b",".join(b'"%07d":1' % n for n in range(SIZE // 12)),
    ),
    "one long name": lambda: (200, _member(b"name", b'"' + b"x" * (SIZE - 60) + b'"')),
    "escapes": lambda: (200, _member(b"name", b'"' + b"\\u0041" * (SIZE // 6 - 10) + b'"')),
    "halves of surrogate pairs": lambda: (200, _member(b"name", b'"' + b"\\ud800" * (SIZE // 6 - 10) + b'"')),
    "bad UTF-8": lambda: (200, _member(b"name", b'"' + b"\xff" * (SIZE - 60) + b'"')),
    "digits": lambda: (200, _member(b"balance", b"1" * (SIZE - 60))),
    "digits in text": lambda: (200, _member(b"balance", b'"' + b"1" * (SIZE - 60) + b'_"')),
    "quotes": lambda: (200, _member(b"name", b"[" + b",".join([b'"1_"'] * (SIZE // 6)) + b"]")),
    "deep nesting": lambda: (200, b'{"accounts":' + b"[" * (SIZE - 60)),
    "blanks": lambda: (200, b" " * SIZE),
    "HTML": lambda: (200, b"<html>" + b"<p>" * (SIZE // 3 - 10)),
    "error with a long message": lambda: (400, b'{"code":1,"message":"' + b"1005061234 " * (SIZE // 12) + b'"}'),
    "error in HTML": lambda: (500, b"<html>" + b"<p>" * (SIZE // 3 - 10)),
}


def _full(members: bytes) -> bytes:
    return b'{"accounts":[' + b",".join(b'{"id":"%d",%b}' % (n, members) for n in range(19_990)) + b"]}"


async def _watch(late: list[float]) -> None:
    while True:
        started = time.perf_counter()
        await asyncio.sleep(0.001)
        late.append(time.perf_counter() - started)


async def _measure(shape: str, *, packed: bool) -> dict[str, Any]:
    status, body = SHAPES[shape]()
    sent = gzip.compress(body, 1) if packed else body
    encoding = b"Content-Encoding: gzip\r\n" if packed else b""
    del body

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n%b\r\n" % (status, len(sent), encoding))
        for start in range(0, len(sent), 2**18):
            writer.write(sent[start : start + 2**18])
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    late: list[float] = []
    watching = asyncio.create_task(_watch(late))
    async with AsyncSession(Credentials("key", app_token="t"), base_url=url, max_tries=1) as session:  # noqa: S106
        try:
            outcome = f"{len(await get_customer_accounts(session, 1))} accounts"
        except FinicityError as error:
            outcome = str(error)[:110]
    await asyncio.sleep(0.01)
    watching.cancel()
    server.close()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    return {"shape": shape, "block": max(late), "memory": grown / SIZE, "outcome": outcome}


def main() -> None:
    """Measure and print."""
    arguments = parser(__doc__, rounds=1)
    arguments.add_argument("--shape", help=argparse.SUPPRESS)
    arguments.add_argument("--gzip", action="store_true", help="compress the bodies on the wire")
    options = arguments.parse_args()
    if options.shape:
        print(json.dumps(asyncio.run(_measure(options.shape, packed=options.gzip))))
        return
    rows = []
    for shape in SHAPES:
        command = [sys.executable, "-m", "benchmarks.blocking", "--shape", shape, *(["--gzip"] if options.gzip else [])]
        rows.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    report = Report("blocking", {"bytes": SIZE, "gzip": options.gzip})
    headings = {"shape": "", "block": "longest block, s", "memory": "memory / max_body", "outcome": "outcome"}
    report.add("One response at a time", headings, rows)
    report.show(as_json=options.json)


if __name__ == "__main__":
    main()
