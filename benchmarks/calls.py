"""
Bytecodes and function calls per request, counted by Python itself: the tests put a limit on the bytecodes.

Measured: bytecodes that ``sys.settrace`` reports in the client's process, and calls of Python and C functions that
``sys.setprofile`` reports, per request, with 64 at once, after a warm-up, beside aiohttp tuned by hand. The same on
every machine; from run to run bytecodes differ by a percent, most of it by how many responses arrive at a time.

Not measured: the cost of each, and what C does. Moving a loop from Python to C saves more here than it does in time.
"""

import asyncio
import inspect
import sys
from collections.abc import Callable
from itertools import islice
from types import FrameType
from typing import Any

from benchmarks._contenders import BASE, EVERY, Contender, Target, check
from benchmarks._data import customer_ids
from benchmarks._harness import Report, names, parser, present
from benchmarks._server import served

_USUAL = ("map_customers", "gather", "call", "aiohttp-msgspec", BASE)


class _Counter:
    """Counts bytecodes and function calls, each in a measurement of its own."""

    def __init__(self) -> None:
        self.bytecodes = self.calls = 0

    def trace(self, frame: FrameType, _event: str, _argument: Any) -> Callable[..., Any]:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._trace_bytecode

    def profile(self, _frame: FrameType, event: str, _argument: Any) -> None:
        self.calls += event in ("call", "c_call")

    def _trace_bytecode(self, _frame: FrameType, event: str, _argument: Any) -> Callable[..., Any]:
        self.bytecodes += event == "opcode"
        return self._trace_bytecode


def _admit_bytecodes() -> None:
    """Let ``sys.settrace`` report bytecodes: Python 3.12 looks when it is called whether a frame asked for them."""
    frame = inspect.currentframe()
    assert frame is not None
    frame.f_trace_opcodes = True


async def _counted(contender: Contender, target: Target, requests: int) -> dict[str, float]:
    counter = _Counter()
    # No customer comes twice, because yarl and others remember the latest URLs.
    customers = customer_ids(2 * target.at_once + 2 * requests)
    _admit_bytecodes()
    async with contender.open(target) as fetch:
        await fetch(islice(customers, 2 * target.at_once))
        accounts = 0
        for set_hook, hook in ((sys.settrace, counter.trace), (sys.setprofile, counter.profile)):
            set_hook(hook)
            try:
                accounts += await fetch(islice(customers, requests))
            finally:
                set_hook(None)
    check(contender, accounts, 2 * requests)
    return {"calls": counter.calls / requests, "bytecodes": counter.bytecodes / requests}


def per_request(name: str, target: Target, requests: int) -> dict[str, float]:
    """Return the bytecodes and the function calls per request."""
    return asyncio.run(_counted(EVERY[name], target, requests))


def _row(counts: dict[str, float], base: dict[str, float]) -> dict[str, float]:
    ratios = {"ratio": counts["bytecodes"] / base["bytecodes"], "calls_ratio": counts["calls"] / base["calls"]}
    return counts | ratios


_HEADINGS = {
    "label": "",
    "bytecodes": "bytecodes",
    "ratio": "of tuned",
    "calls": "function calls",
    "calls_ratio": "of tuned",
}


def main() -> None:
    """Count and print."""
    arguments = parser(__doc__, rounds=1)
    arguments.add_argument("--requests", type=int, default=256, help="requests to count over")
    arguments.add_argument("--at-once", type=int, default=64, help="requests on the wire at a time")
    arguments.add_argument("--only", type=names, default=list(_USUAL), help=f"some of {','.join(EVERY)}")
    options = arguments.parse_args()
    chosen, left_out = present(EVERY, options.only, BASE)
    with served(options.seed) as server:
        target = Target(server.greeting["url"], at_once=options.at_once)
        found = {name: per_request(name, target, options.requests) for name in chosen}
    rows = [{"name": name, "label": EVERY[name].label, **_row(counts, found[BASE])} for name, counts in found.items()]
    settings = {"requests": options.requests, "at_once": options.at_once, "seed": options.seed}
    report = Report("calls", settings, left_out=left_out)
    report.add("Per request", _HEADINGS, rows)
    report.show(as_json=options.json)


if __name__ == "__main__":
    main()
