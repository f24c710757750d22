"""
The cost of one retry, one pause and one token renewal to a fan-out, and of a timer to a request.

Measured, in the first part: outcomes per second and CPU time per outcome of ``map_customers`` over a raw server, in a
window before one response fails and in a window after it, for a 503 (retry), a 429 with Retry-After 1 (pause) and a 401
with code 10023 (renewal), beside a fan-out without failures; the longest gap between two outcomes; and the difference
in total time. A failure that costs nothing but the wait leaves the two windows equal. In the second part: CPU time per
request, bodies read but not decoded, of aiohttp without timers, with its own timers and with asyncio's, and of our
session.

Not measured: a vendor that fails more than once.
"""

import asyncio
import time
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from benchmarks._children import Child
from benchmarks._contenders import TIMERS, Target
from benchmarks._contenders.ours import session_on
from benchmarks._data import customer_ids
from benchmarks._harness import RATIOS, Report, compared, parser
from benchmarks._machine import pin
from benchmarks._server import served
from benchmarks.fanout import measured
from finicity_async import get_customer_accounts, map_customers

NONE = "none"
LABELS = {NONE: "none", "503": "503, one retry", "429": "429, a pause of 1 s", "401": "401 10023, a new token"}
TIMER_BASE = "timer-none"
_PARTS = ("faults", "timers")
_BEFORE, _FAULT, _AFTER = (0.1, 0.4), 0.5, (0.7, 0.95)
_MIN_REQUESTS = 20


def per_outcome(moments: Sequence[float], window: tuple[float, float]) -> float:
    """Return the clock time per outcome within a window, whose ends are fractions of all outcomes."""
    first, last = (int(end * (len(moments) - 1)) for end in window)
    return (moments[last] - moments[first]) / max(1, last - first)


async def fan_out(target: Target, requests: int) -> tuple[list[float], list[float], int]:
    """Return wall time and CPU time at each outcome, and the number of logins; every call must succeed."""
    walls: list[float] = []
    cpus: list[float] = []
    async with session_on(target) as session:
        async with map_customers(session, get_customer_accounts, customer_ids(requests)) as outcomes:
            async for outcome in outcomes:
                outcome.unwrap()
                walls.append(time.perf_counter())
                cpus.append(time.process_time())
        return walls, cpus, session.stats.logins


def faulty(server: Child, fault: str, requests: int, at_once: int) -> dict[str, float]:
    """Return the figures of one fan-out with one failed response in the middle."""
    if fault != NONE:
        server.ask(f"fail {fault} {int(requests * _FAULT)}")
    walls, cpus, logins = asyncio.run(fan_out(Target(server.greeting["url"], at_once=at_once), requests))
    figures = {"seconds": walls[-1] - walls[0], "logins": float(logins)}
    figures["gap"] = max((after - before for before, after in pairwise(walls)), default=0.0)
    figures |= {"before": 1 / per_outcome(walls, _BEFORE), "after": 1 / per_outcome(walls, _AFTER)}
    return figures | {"cpu_before": per_outcome(cpus, _BEFORE) * 1e6, "cpu_after": per_outcome(cpus, _AFTER) * 1e6}


def faults(server: Child, requests: int, rounds: int, at_once: int) -> list[dict[str, Any]]:
    """Measure the faults in interleaved rounds; return one row per fault."""
    found: dict[str, list[dict[str, float]]] = {fault: [] for fault in LABELS}
    for _ in range(rounds):
        for fault, rows in found.items():
            rows.append(faulty(server, fault, requests, at_once))
    return [_row(fault, rows, found[NONE]) for fault, rows in found.items()]


def _row(fault: str, rows: list[dict[str, float]], base: list[dict[str, float]]) -> dict[str, Any]:
    figures = {key: median(row[key] for row in rows) for key in rows[0]}
    figures["ratio"] = median(row["after"] / row["before"] for row in rows)
    figures["cpu_ratio"] = median(row["cpu_after"] / row["cpu_before"] for row in rows)
    figures["longer"] = median(row["seconds"] - none["seconds"] for row, none in zip(rows, base, strict=True))
    return {"name": fault, "label": LABELS[fault], **figures}


def timers(server: Child, requests: int, rounds: int, at_once: int) -> list[dict[str, Any]]:
    """Measure the timers in interleaved rounds; return one row per timer."""
    samples, _ = measured(list(TIMERS), server, rounds=rounds, requests=requests, at_once=at_once)
    return compared(samples, TIMER_BASE, {name: contender.label for name, contender in TIMERS.items()})


_HEADINGS = {
    "label": "",
    "before": "per second before",
    "after": "after",
    "ratio": "ratio",
    "cpu_ratio": "CPU ratio",
    "gap": "longest gap, s",
    "longer": "delay, s",
    "logins": "logins",
}


def main() -> None:
    """Measure and print."""
    arguments = parser(__doc__)
    arguments.add_argument("--requests", type=int, default=10_000, help="customers per fan-out")
    arguments.add_argument("--timer-requests", type=int, default=1_000, help="requests per round of the second part")
    arguments.add_argument("--at-once", type=int, default=64, help="requests on the wire at a time")
    arguments.add_argument("--part", choices=_PARTS, help="run only this part")
    options = arguments.parse_args()
    limits = {"rounds": options.rounds, "at_once": options.at_once}
    settings = {**limits, "requests": options.requests, "timer_requests": options.timer_requests}
    report = Report("overhead", {**settings, "seed": options.seed})
    if options.requests < _MIN_REQUESTS:
        arguments.error(f"--requests: at least {_MIN_REQUESTS}, so that no window is empty")
    with served(options.seed) as server:
        if options.part != "faults":
            rows = timers(server, options.timer_requests, **limits)
            report.add("CPU per 1,000 requests by timer", {"label": "", "median": "CPU ms", **RATIOS}, rows)
        if options.part != "timers":
            pin("client")
            rows = faults(server, options.requests, **limits)
            report.add("One failure in the middle of a fan-out", _HEADINGS, rows)
    report.show(as_json=options.json)


if __name__ == "__main__":
    main()
