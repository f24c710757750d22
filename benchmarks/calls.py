"""
Function calls per request, counted by Python itself: the figure that the tests put a limit on.

Measured: calls of Python and C functions that ``sys.setprofile`` reports in the client's process, per request, with 64
at once, after a warm-up, beside naive aiohttp. The same on every machine, and within a percent from run to run.

Not measured: the cost of a call. Moving a loop from Python to C saves little here and much in the other benchmarks.
"""

import asyncio
import sys
from types import FrameType
from typing import Any

from benchmarks._contenders import BASE, EVERY, Contender, Fetch, Target, check
from benchmarks._data import customer_ids
from benchmarks._harness import Report, names, parser, present
from benchmarks._server import served

_USUAL = ("map_customers", "gather", BASE)


async def _count(fetch: Fetch, requests: int) -> tuple[int, int]:
    """Return the function calls of a number of requests, and the number of accounts received."""
    calls = 0

    def note(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        accounts = await fetch(customer_ids(requests))
    finally:
        sys.setprofile(None)
    return calls, accounts


async def _counted(contender: Contender, target: Target, requests: int) -> float:
    async with contender.open(target) as fetch:
        await fetch(customer_ids(2 * target.at_once))
        calls, accounts = await _count(fetch, requests)
    check(contender, accounts, requests)
    return calls / requests


def calls_per_request(name: str, target: Target, requests: int) -> float:
    """Return the function calls per request."""
    return asyncio.run(_counted(EVERY[name], target, requests))


def main() -> None:
    """Count and print."""
    arguments = parser(__doc__, rounds=1)
    arguments.add_argument("--requests", type=int, default=512, help="requests to count over")
    arguments.add_argument("--at-once", type=int, default=64, help="requests on the wire at a time")
    arguments.add_argument("--only", type=names, default=list(_USUAL), help=f"some of {','.join(EVERY)}")
    options = arguments.parse_args()
    chosen, left_out = present(EVERY, options.only, BASE)
    with served(options.seed) as server:
        target = Target(server.greeting["url"], at_once=options.at_once)
        found = {name: calls_per_request(name, target, options.requests) for name in chosen}
    rows = [
        {"name": name, "label": EVERY[name].label, "calls": calls, "ratio": calls / found[BASE]}
        for name, calls in found.items()
    ]
    settings = {"requests": options.requests, "at_once": options.at_once, "seed": options.seed}
    report = Report("calls", settings, left_out=left_out)
    report.add("Function calls per request", {"label": "", "calls": "calls", "ratio": "ratio"}, rows)
    report.show(as_json=options.json)


if __name__ == "__main__":
    main()
