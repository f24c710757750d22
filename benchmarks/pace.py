"""
The shared pace as the server sees it: ``python -m benchmarks.pace --rate 100 --processes 4``.

Starts a redis-server, a small server that records when requests arrive, and processes that send as fast as allowed.
"""

import argparse
import asyncio
import bisect
import json
import multiprocessing
import shutil
import socket
import time
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from redis.asyncio import Redis

from finicity_async import AsyncSession, Credentials, get_customer_accounts
from finicity_async.integrations.redis import RedisPacer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CREDENTIALS = {"app_key": "benchmark-key", "partner_id": "1", "app_token": "benchmark-token"}
TASKS = 20


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@asynccontextmanager
async def redis_server() -> "AsyncIterator[str]":
    """Run a redis-server and yield its URL."""
    port = free_port()
    options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning")
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        shutil.which("redis-server") or "redis-server", *options, stdout=quiet
    )
    url = f"redis://127.0.0.1:{port}/0"
    try:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                break
        writer.close()
        yield url
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def recording_server(arrivals: list[float], latency: float) -> "AsyncIterator[str]":
    """Serve empty lists of accounts, record when each request arrives, and yield the URL."""

    async def answer(_: web.Request) -> web.Response:
        arrivals.append(time.monotonic())
        await asyncio.sleep(latency)
        return web.json_response({"accounts": []})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def send_at_pace(base_url: str, redis_url: str, rate: float, until: float) -> None:
    """Send requests until a point in time, as fast as the pacer lets them start."""
    credentials = Credentials(**CREDENTIALS)
    async with AsyncExitStack() as stack:
        pacer = await stack.enter_async_context(
            RedisPacer(redis_url, credentials=credentials, requests_per_second=rate)
        )
        session = await stack.enter_async_context(AsyncSession(credentials, base_url=base_url, pacer=pacer))

        async def send() -> None:
            while time.monotonic() < until:
                await get_customer_accounts(session, 1)

        await asyncio.gather(*(send() for _ in range(TASKS)))


def run_process(base_url: str, redis_url: str, rate: float, until: float) -> None:
    """Run one of the processes."""
    asyncio.run(send_at_pace(base_url, redis_url, rate, until))


def most_within(moments: list[float], window: float) -> int:
    """Return the largest number of moments within any ``window`` seconds."""
    return max(place - bisect.bisect_left(moments, moment - window) + 1 for place, moment in enumerate(moments))


async def measure(rate: float, processes: int, seconds: float, latency: float) -> dict[str, object]:
    """Return what the server and Redis counted."""
    arrivals: list[float] = []
    async with redis_server() as redis_url, recording_server(arrivals, latency) as base_url:
        begin = time.monotonic() + 1.0 + 0.5 * processes
        context = multiprocessing.get_context("spawn")
        children = [
            context.Process(target=run_process, args=(base_url, redis_url, rate, begin + seconds))
            for _ in range(processes)
        ]
        for process in children:
            process.start()
        for process in children:
            await asyncio.to_thread(process.join)
        async with Redis.from_url(redis_url) as client:
            leases = (await client.info("commandstats"))["cmdstat_evalsha"]["calls"]
    counted = sorted(moment for moment in arrivals if begin <= moment < begin + seconds)
    block = max(1, int(rate * 0.1))
    return {
        "rate": rate,
        "processes": processes,
        "seconds": seconds,
        "requests": len(counted),
        "per_second": round(len(counted) / seconds, 2),
        "each_second": [count_between(counted, begin + second) for second in range(int(seconds))],
        "block": block,
        "most_in_a_block": most_within(counted, block / rate),
        "most_in_a_second": most_within(counted, 1.0),
        "redis_calls_per_1000_requests": round(1000 * leases / len(arrivals), 1),
    }


def count_between(moments: list[float], begin: float) -> int:
    """Return how many moments lie in the second from ``begin`` on."""
    return bisect.bisect_left(moments, begin + 1.0) - bisect.bisect_left(moments, begin)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = asyncio.run(measure(options.rate, options.processes, options.seconds, options.latency))
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:30} {value}")


if __name__ == "__main__":
    main()
