"""A reading of all transactions in its own process, which reports its resident memory along the way."""

import argparse
import asyncio
import time

from benchmarks._children import answer
from benchmarks._contenders import Target
from benchmarks._contenders.ours import session_on
from benchmarks._data import CUSTOMER
from benchmarks._machine import pin, resident_bytes
from benchmarks._pages import FIRST, START
from benchmarks._pages_server import last_date
from finicity_async.pagination_by_date import iter_transactions


async def _read(url: str, checkpoints: list[int]) -> None:
    rows = checkpoints[-1]
    resident, done, total, started = {}, 0, 0, time.process_time()
    async with session_on(Target(url, at_once=1)) as session:
        async for one in iter_transactions(session, CUSTOMER, START, last_date(rows)):
            total += one.id - FIRST
            done += 1
            if done in checkpoints:
                resident[done] = resident_bytes()
    if (done, total) != (rows, rows * (rows - 1) // 2):
        raise SystemExit(f"got {done:,} of {rows:,} transactions, or not each of them once")
    answer(resident=resident, cpu=(time.process_time() - started) / rows * 1e6)


def main() -> None:
    """Read and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("checkpoints", type=int, nargs="+")
    options = parser.parse_args()
    pin("client")
    asyncio.run(_read(options.url, options.checkpoints))


if __name__ == "__main__":
    main()
