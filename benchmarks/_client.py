"""
One contender in its own process, so that the imports of the others do not affect it.

Each line on stdin is a number of requests to make; the answer holds their CPU time, their wall time and the number of
accounts, and with --each the wall time of each request. It exits at the end of stdin.
"""

import argparse
import asyncio
import gc
import sys
import time
from collections.abc import Sized
from dataclasses import replace
from typing import Any

from benchmarks._children import Child, answer
from benchmarks._contenders import EVERY, Fetch, Target, Workers, check
from benchmarks._data import customer_ids
from benchmarks._machine import pin


async def _measure(fetch: Fetch, requests: int) -> tuple[float, float, int]:
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    accounts = await fetch(customer_ids(requests))
    return time.process_time() - cpu, time.perf_counter() - wall, accounts


def _each_clocked(fetch: Fetch, walls: list[float]) -> Fetch:
    """Return a fetch that notes the wall time of each request."""
    assert isinstance(fetch, Workers), "only workers make one request after another"

    async def clocked(customer_id: str) -> Sized:
        begin = time.perf_counter()
        came = await fetch.one(customer_id)
        walls.append(time.perf_counter() - begin)
        return came

    return replace(fetch, one=clocked)


async def _serve(name: str, target: Target, pinned: str, *, each: bool) -> None:
    walls: list[float] = []
    loop = asyncio.get_running_loop()
    async with EVERY[name].open(target) as opened:
        fetch = _each_clocked(opened, walls) if each else opened
        answer(name=name, pinned=pinned)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            cpu, wall, accounts = await _measure(fetch, int(line))
            answer(cpu=cpu, wall=wall, accounts=accounts, each=walls)
            walls.clear()


def ask(child: Child, requests: int) -> dict[str, Any]:
    """Let a client make a number of requests, check that it got every account, and return its figures."""
    figures: dict[str, Any] = child.ask(requests)
    check(EVERY[child.greeting["name"]], figures["accounts"], requests)
    return figures


def client(
    name: str, server: Child, at_once: int, *, gc_threshold: int | None = None, each: bool = False, **options: Any
) -> Child:
    """Return a contender as a child process, to be entered."""
    authority = server.greeting["authority"]
    more = ["--authority", authority] if authority else []
    if gc_threshold is not None:
        more += ["--gc-threshold", str(gc_threshold)]
    if each:
        more.append("--each")
    url = server.greeting["url"]
    return Child("benchmarks._client", name, url, "--at-once", str(at_once), *more, **options)


def main() -> None:
    """Fetch until the end of stdin."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=EVERY)
    parser.add_argument("url")
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--authority")
    parser.add_argument("--gc-threshold", type=int)
    parser.add_argument("--each", action="store_true")
    options = parser.parse_args()
    if options.gc_threshold is not None:
        gc.set_threshold(options.gc_threshold)
    target = Target(options.url, options.authority, options.at_once)
    asyncio.run(_serve(options.name, target, pin("client"), each=options.each))


if __name__ == "__main__":
    main()
