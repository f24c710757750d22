"""
The nightly job for transactions, killed again and again: ``python -m benchmarks.nightly --customers 10000 --kills 20``.

A server that follows the vendor's document holds the transactions of each customer, and disturbs: it drops connections,
cuts bodies off, answers 503, shows rows of one second in another order each time. Some customers do not exist, and some
always get a broken page. ``finicity-async fetch --transactions 15 --resume`` is started, killed with SIGKILL at a
random moment and started again, and at last left to its end. Then its two files are compared with what the server
holds, text by text. The exit code is 1 when a customer or a transaction is missing, is there twice, or differs.
"""

import argparse
import asyncio
import gzip
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

DAYS = 15
DAY = 86_400
FIRST_CUSTOMER = 1_000_000_000
PAGE = 1_000
MISSING, BROKEN = 7, 13
"""What a customer's number leaves when it is divided by 100: one in 100 does not exist, and one has a broken page."""
DISTURBED = 0.06
"""Share of requests that are disturbed, evenly in three ways; all of them are sent again."""
LARGE = 0.002
"""Share of customers with more than a page."""


def transactions(customer: int, seed: int, now: int) -> list[tuple[int, str]]:
    """Return what the server holds for a customer: second and JSON of each, some of them before the period."""
    random = Random(f"{seed} {customer}")
    count = random.randint(PAGE, 3 * PAGE) if random.random() < LARGE else random.randrange(30)
    rows = []
    for number in range(count):
        second = now - random.randrange(1, DAYS + 10) * DAY
        amount = f"{random.randint(-(10**17), 10**17)}.{random.randrange(1000):03}"
        text = (
            f'{{"id":{number // 2},"amount":{amount},"accountId":{number % 2 + 1},"customerId":{customer},'
            f'"status":"active","description":"Payee {random.random()} \\u00e9\\/",'
            f'"{random.choice(("transactionDate", "postedDate"))}":{second},"unknown":[1.0,null]}}'
        )
        rows.append((second, text))
    return rows


def expected(customer: int, seed: int, now: int, first: int, last: int) -> Counter[str]:
    """Return the texts of a customer in a period."""
    return Counter(text for second, text in transactions(customer, seed, now) if first <= second <= last)


class Server:
    """
    The vendor.

    Args:
        seed: What rows and disturbances are drawn from.
        now: What the dates of rows are counted from.
        asked: Counts requests, for whoever waits for one.
    """

    def __init__(self, seed: int, now: int, asked: "Synchronized[int]") -> None:
        self._seed = seed
        self._now = now
        self._asked = asked
        self._random = Random(seed)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer with a page, or disturb."""
        self._asked.value += 1
        customer = int(request.match_info["customer"])
        if customer % 100 == MISSING:
            return web.json_response({"code": 14001, "message": "Customer not found"}, status=404)
        if customer % 100 == BROKEN:
            return web.Response(body=b'{"found":1,"transactions":[{"id"', content_type="application/json")
        disturbance = self._random.random() / DISTURBED
        if disturbance < 1 / 3:
            return web.Response(status=503, text="busy")
        if disturbance < 1:
            return await self._cut_off(request, headers_too=disturbance < 2 / 3)
        return web.Response(text=self._page(customer, request), content_type="application/json")

    async def _cut_off(self, request: web.Request, *, headers_too: bool) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        if not headers_too:
            await response.prepare(request)
            await response.write(b'{"found":')
        assert request.transport is not None
        request.transport.abort()
        return response

    def _page(self, customer: int, request: web.Request) -> str:
        query = request.query
        first, last, start = int(query["fromDate"]), int(query["toDate"]), int(query["start"]) - 1
        rows = [row for row in transactions(customer, self._seed, self._now) if first <= row[0] <= last]
        self._random.shuffle(rows)
        rows.sort(key=lambda row: row[0])
        page = [text for _, text in rows[start : start + int(query["limit"])]]
        more = "true" if start + len(page) < len(rows) else "false"
        return f'{{"found":{len(rows)},"moreAvailable":"{more}","transactions":[{",".join(page)}]}}'


def serve(server: Server, port: "Synchronized[int]") -> None:
    """Serve until the process is ended."""

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/aggregation/v3/customers/{customer}/transactions", server.answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port.value = runner.addresses[0][1]
        await asyncio.Event().wait()

    asyncio.run(run())


@contextmanager
def served(seed: int, now: int) -> "Iterator[tuple[str, Synchronized[int]]]":
    """Serve in a process of its own; give the URL and the count of requests."""
    asked, port = multiprocessing.Value("q", 0), multiprocessing.Value("i", 0)
    process = multiprocessing.Process(target=serve, args=(Server(seed, now, asked), port), daemon=True)
    process.start()
    try:
        while not port.value:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port.value}", asked
    finally:
        process.kill()
        process.join()


class Job:
    """
    The command on its files.

    Args:
        arguments: The options of this script.
        url: The server.
        asked: Counts the requests that the server got.
    """

    def __init__(self, arguments: argparse.Namespace, url: str, asked: "Synchronized[int]") -> None:
        self.output = f"transactions.ndjson{'.gz' if arguments.gzip else ''}"
        self.errors = "transactions.errors.ndjson"
        self._limit = arguments.limit
        self._asked = asked
        self._environ = os.environ | {
            "FINICITY_APP_KEY": "benchmark-key",
            "FINICITY_APP_TOKEN": "benchmark-token",
            "FINICITY_BASE_URL": url,
        }

    def start(self, option: str = "--resume") -> "subprocess.Popen[str]":
        """Start it, or go on with it."""
        options = ["-o", self.output, "--transactions", str(DAYS), "--limit", str(self._limit), option]
        command = [sys.executable, "-m", "finicity_async", "fetch", "ids.txt", *options]
        return subprocess.Popen(command, env=self._environ, stderr=subprocess.PIPE, text=True)

    def kill(self, requests: int, random: Random) -> bool:
        """Start it and kill it after some requests, or while it starts for 0; return whether it had sent any."""
        before = self._asked.value
        process = self.start()
        ends = time.monotonic() + (600 if requests else random.uniform(0, 1.5))
        while process.poll() is None and time.monotonic() < ends and not 0 < requests <= self._asked.value - before:
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.01))
        process.kill()
        process.communicate()
        if process.returncode != -signal.SIGKILL:
            raise SystemExit(f"The job ended with {process.returncode} before it was killed: fewer kills, please.")
        return self._asked.value > before

    def finish(self, option: str) -> None:
        """Let it come to its end."""
        _, words = self.start(option).communicate()
        print(words, end="")

    def content(self) -> bytes:
        """Return the lines of both files."""
        content = Path(self.output).read_bytes()
        return (gzip.decompress(content) if self.output.endswith(".gz") else content) + Path(self.errors).read_bytes()


def differences(content: bytes, customers: range, seed: int, now: int) -> Iterator[str]:
    """Give what is wrong with the lines of an output and its errors; a transaction is compared as text."""
    times: Counter[int] = Counter()
    for line in content.splitlines():
        row = json.loads(line)
        customer = int(row["customerId"])
        times[customer] += 1
        if "error" in row:
            kind = {MISSING: "NotFoundError", BROKEN: "PayloadError"}.get(customer % 100)
            if row["error"] != kind:
                yield f"{customer} failed: {row['error']}"
        elif texts(line) != expected(customer, seed, now, row["fromDate"], row["toDate"]):
            yield f"{customer} has other transactions"
    for customer in customers:
        if times.pop(customer, 0) != 1:
            yield f"{customer} is not there once"
    for customer in times:
        yield f"{customer} was never asked for"


def texts(line: bytes) -> Counter[str]:
    """Return the transactions of a line as text."""
    array = msgspec.json.decode(line, type=dict[str, msgspec.Raw])["transactions"]
    return Counter(bytes(one).decode() for one in msgspec.json.decode(array, type=list[msgspec.Raw]))


def main() -> int:
    """Run the job, kill it, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--limit", type=int, default=64, help="customers at a time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--gzip", action="store_true")
    arguments = parser.parse_args()
    customers = range(FIRST_CUSTOMER, FIRST_CUSTOMER + arguments.customers)
    random, now, started = Random(arguments.seed), int(time.time()), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, served(arguments.seed, now) as (url, asked):
        os.chdir(folder)
        Path("ids.txt").write_text("".join(f"{one}\n" for one in customers), encoding="utf-8")
        job = Job(arguments, url, asked)
        share = arguments.customers // (arguments.kills + 1)
        # One in five comes while the job starts and repairs its files, the others spread over all customers.
        moments = [random.randint(share // 2, share) if turn % 5 else 0 for turn in range(arguments.kills)]
        at_work = sum(job.kill(moment, random) for moment in moments)
        job.finish("--resume")
        job.finish("--retry-errors")
        found = list(differences(job.content(), customers, arguments.seed, now))
        requests = asked.value
    took = time.perf_counter() - started
    rows = sum(expected(one, arguments.seed, now, now - DAYS * DAY, now).total() for one in customers)
    print(f"{arguments.customers} customers, {rows} transactions, {requests} requests, {took:.0f} s")
    print(f"{arguments.kills} kills, {at_work} of them after a request; {len(found)} differences")
    print("\n".join(found[:10]))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
