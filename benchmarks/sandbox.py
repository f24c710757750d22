"""
CPU time that the sandbox takes for an account list, beside a bare aiohttp handler that answers with canned bytes.

Measured: CPU time of the server's process for each 1,000 requests that come one after the other on one connection, for
a sandbox as it is, one in its fast mode, and an aiohttp application with one route. All answer the same eight accounts.

Not measured: the client, and many connections at a time.
"""

import argparse
import asyncio
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from aiohttp import web

from benchmarks._children import Child, answer
from benchmarks._harness import RATIOS, Report, compared, parser, take_turns
from benchmarks._machine import pin
from finicity_async import Sandbox
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS

BASE = "bare"
LABELS = {BASE: "bare aiohttp handler, canned bytes", "fast": "Sandbox(fast=True)", "sandbox": "Sandbox()"}
_REQUEST = GET_CUSTOMER_ACCOUNTS.request(customerId=1005061236)


async def _serve(name: str) -> None:
    async with Sandbox(customers=10, accounts=8, fast=name == "fast") as sandbox:
        if name != BASE:
            await _answer(sandbox, sandbox.url)
            return
        body = await asyncio.to_thread(_canned_body)
        app = web.Application()
        app.router.add_get(GET_CUSTOMER_ACCOUNTS.path, lambda _: _canned(body))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await _answer(sandbox, f"http://127.0.0.1:{runner.addresses[0][1]}")
        await runner.cleanup()


def _canned_body() -> bytes:
    """Return the bytes that the sandbox answers with."""
    with Sandbox(customers=10, accounts=8) as other, _connection(other.url) as connection:
        return _ask(connection, _head(other.url, other.credentials.app_key, _token(other)))


async def _canned(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


def _token(sandbox: Sandbox) -> str:
    return sandbox._state.new_token()  # noqa: SLF001 -- a login would be measured


async def _answer(sandbox: Sandbox, url: str) -> None:
    """Say where it is, then tell the CPU seconds so far for every line on stdin."""
    answer(url=url, head=_head(url, sandbox.credentials.app_key, _token(sandbox)).decode())
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        answer(cpu=time.process_time())


def _head(url: str, app_key: str, token: str) -> bytes:
    host = url.removeprefix("http://")
    headers = f"Host: {host}\r\nFinicity-App-Key: {app_key}\r\nFinicity-App-Token: {token}\r\nAccept: application/json"
    return f"GET {_REQUEST.target} HTTP/1.1\r\n{headers}\r\n\r\n".encode()


@contextmanager
def _connection(url: str) -> Iterator[socket.socket]:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        yield connection


def _ask(connection: socket.socket, head: bytes) -> bytes:
    """Send a request and return the body of its answer."""
    connection.sendall(head)
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(2**16)
    lines, _, body = received.partition(b"\r\n\r\n")
    if b" 200 " not in lines[:20]:
        raise SystemExit(lines.decode())
    size = int(next(line for line in lines.lower().split(b"\r\n") if line.startswith(b"content-length"))[15:])
    while len(body) < size:
        body += connection.recv(2**16)
    return body


def _milliseconds(child: Child, connection: socket.socket, requests: int) -> float:
    """Return the CPU milliseconds of the server for each 1,000 requests."""
    head = str(child.greeting["head"]).encode()
    before = child.ask("cpu")["cpu"]
    for _ in range(requests):
        _ask(connection, head)
    spent: float = child.ask("cpu")["cpu"] - before
    return spent * 1e6 / requests


def main() -> None:
    """Measure and print, or be one of the servers."""
    arguments: argparse.ArgumentParser = parser(__doc__)
    arguments.add_argument("--requests", type=int, default=1500, help="requests for each contender in each round")
    arguments.add_argument("--serve", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.serve:
        pin("server")
        asyncio.run(_serve(options.serve))
        return
    pinned = pin("client")
    with ExitStack() as stack:
        measures: dict[str, Any] = {}
        for name in LABELS:
            child = stack.enter_context(Child("benchmarks.sandbox", "--serve", name))
            connection = stack.enter_context(_connection(child.greeting["url"]))
            measures[name] = lambda child=child, connection=connection: _milliseconds(
                child, connection, options.requests
            )
        samples = take_turns(measures, options.rounds + 1)
    warm = {name: values[1:] for name, values in samples.items()}
    report = Report("sandbox", {"rounds": options.rounds, "requests": options.requests, "client": pinned})
    title = "CPU of the server for 1,000 account lists"
    report.add(title, {"label": "", "median": "CPU ms", **RATIOS}, compared(warm, BASE, LABELS))
    report.show(as_json=options.json)


if __name__ == "__main__":
    main()
