"""
Fan-out on Dask against one process: ``python -m benchmarks.distributed --customers 20000``.

A sandbox in a process of its own answers after a simulated latency. Three runs fetch every customer: one process with
``map_customers``, a LocalCluster of worker processes with ``map_customers_distributed``, and the same cluster again
while one of its workers is killed.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from distributed import Client, LocalCluster

from finicity_async import AsyncSession, CustomerAccounts, Sandbox, get_customer_accounts, map_customers
from finicity_async.integrations.dask import map_customers_distributed
from finicity_async.sandbox import Latency

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from multiprocessing.connection import Connection

FIRST = 1005061234


def serve(customers: int, latency: float, pipe: "Connection") -> None:
    """Run the sandbox until something arrives through the pipe."""
    asyncio.run(_serve(customers, latency, pipe))


async def _serve(customers: int, latency: float, pipe: "Connection") -> None:
    async with Sandbox(customers=customers, accounts=2, fast=True) as sandbox:
        sandbox.add_fault(Latency(seconds=latency))
        pipe.send(sandbox.variables)
        while not await asyncio.to_thread(pipe.poll, 0.2):
            pass


async def count_accounts(session: AsyncSession, customer_id: int) -> int:
    """Return how many accounts a customer has: a small value, as a function on a cluster should return."""
    accounts: CustomerAccounts = await get_customer_accounts(session, customer_id)
    return len(accounts)


async def consume(outcomes: "AsyncIterator[Any]") -> tuple[Counter[Any], int]:
    """Return how many outcomes each customer had, and how many outcomes were errors."""
    seen: Counter[Any] = Counter()
    failed = 0
    async for outcome in outcomes:
        seen[outcome.customer_id] += 1
        failed += outcome.error is not None
    return seen, failed


async def in_one_process(customers: int, limit: int) -> dict[str, Any]:
    """Fetch in this process."""
    started, worked = time.perf_counter(), time.process_time()
    async with (
        AsyncSession.from_env(max_connections=limit) as session,
        map_customers(session, count_accounts, range(FIRST, FIRST + customers)) as outcomes,
    ):
        seen, failed = await consume(outcomes)
    took, work = time.perf_counter() - started, time.process_time() - worked
    return _report("one process", customers, seen, failed, took=took, work=work)


async def distributed(customers: int, limit: int, workers: int, kill_after: float | None) -> dict[str, Any]:
    """Fetch on a cluster of local processes, one of which may be killed meanwhile."""
    async with (
        LocalCluster(
            n_workers=workers, threads_per_worker=2, processes=True, dashboard_address=":0", asynchronous=True
        ) as cluster,
        Client(cluster, asynchronous=True) as client,
    ):
        started, worked = time.perf_counter(), time.process_time()
        killer = asyncio.create_task(_kill_one(client, kill_after)) if kill_after else None
        options = {"max_connections": limit}
        mapped = map_customers_distributed(
            client, count_accounts, range(FIRST, FIRST + customers), session_options=options
        )
        async with mapped as outcomes:
            seen, failed = await consume(outcomes)
        took, work = time.perf_counter() - started, time.process_time() - worked
        if killer is not None:
            await killer
    kind = f"{workers} workers" + (", one killed" if kill_after else "")
    return _report(kind, customers, seen, failed, took=took, work=work)


async def _kill_one(client: Client, after: float) -> None:
    await asyncio.sleep(after)
    pids = await client.run(os.getpid)
    os.kill(next(iter(pids.values())), signal.SIGKILL)


def _report(kind: str, customers: int, seen: Counter[Any], failed: int, *, took: float, work: float) -> dict[str, Any]:
    return {
        "run": kind,
        "seconds": round(took, 2),
        "customers_per_second": round(customers / took),
        "cpu_ms_per_customer_here": round(1000 * work / customers, 3),
        "exactly_once": len(seen) == customers and set(seen.values()) == {1},
        "failed": failed,
    }


async def measure(customers: int, limit: int, workers: int) -> list[dict[str, Any]]:
    """Return the three runs."""
    single = await in_one_process(customers, limit)
    fast = await distributed(customers, limit, workers, None)
    fast["times_one_process"] = round(single["seconds"] / fast["seconds"], 2)
    return [single, fast, await distributed(customers, limit, workers, fast["seconds"] / 3)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--limit", type=int, default=20, help="requests at a time of one session")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    pipe, far = context.Pipe()
    process = context.Process(target=serve, args=(options.customers, options.latency, far))
    process.start()
    try:
        os.environ.update(pipe.recv())
        runs = asyncio.run(measure(options.customers, options.limit, options.workers))
    finally:
        pipe.send(None)
        process.join()
    for run in runs:
        print(json.dumps(run) if options.json else "  ".join(f"{name}: {value}" for name, value in run.items()))


if __name__ == "__main__":
    main()
