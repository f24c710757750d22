"""
Wall time and CPU time of one call, ours beside aiohttp tuned by hand, at one call at a time and at sixteen.

Measured: the wall time of each GET of eight accounts (about 13.7 kB), from the call to its decoded accounts, of which
the table has the median and the 99th percentile, and CPU time of the client's process per call, on open connections,
over http or, with --tls, https. As many loops as calls at a time call one after another. Clients and server run as for
``benchmarks.fanout``. Ratios are to aiohttp tuned by hand, in the same round. With --syscalls, on Linux with strace:
system calls per call, one at a time.

Not measured: the network, connecting, logging in, waiting for a slot, and the use of the accounts.
"""

import re
import shutil
import tempfile
from collections import Counter
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import quantiles
from typing import Any

from benchmarks._children import Child
from benchmarks._client import ask, client
from benchmarks._contenders import BASE, EVERY
from benchmarks._harness import Report, compared, names, parser, present, take_turns
from benchmarks._server import served

_USUAL = ("call", "aiohttp-msgspec", BASE)
_CHOICE = ("call", *(name for name in EVERY if name.startswith(("aiohttp", "httpx", "floor", "timer"))))
_FEW, _MANY = 50, 250
_COUNTED = re.compile(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) .*?(\w+)$", re.MULTILINE)
"""A row of the summary of ``strace -c``: percentage, seconds, microseconds a call, calls, perhaps errors, name."""


def figures(child: Child, calls: int, warm_up: int) -> dict[str, float]:
    """Return the percentiles of the wall time, and the CPU time per call, in microseconds."""
    ask(child, warm_up)
    found = ask(child, calls)
    percentiles = quantiles(found["each"], n=100)
    return {"p50": percentiles[49] * 1e6, "p99": percentiles[98] * 1e6, "cpu": found["cpu"] / calls * 1e6}


def measured(chosen: list[str], server: Child, *, rounds: int, calls: int, at_once: int) -> list[dict[str, Any]]:
    """Measure the clients in interleaved rounds; return one row per client."""
    with ExitStack() as stack:
        started = {name: client(name, server, at_once, each=True) for name in chosen}
        clients = {name: stack.enter_context(child) for name, child in started.items()}
        turns = take_turns(
            {name: partial(figures, child, calls, 2 * at_once) for name, child in clients.items()}, rounds
        )
    labels = {name: EVERY[name].label for name in chosen}
    tables = {
        figure: compared({name: [turn[figure] for turn in found] for name, found in turns.items()}, BASE, labels)
        for figure in ("p50", "p99", "cpu")
    }
    return [_row(*rows) for rows in zip(*tables.values(), strict=True)]


def _row(p50: dict[str, Any], p99: dict[str, Any], cpu: dict[str, Any]) -> dict[str, Any]:
    others = {"p99": p99["median"], "p99_ratio": p99["ratio"], "cpu": cpu["median"], "cpu_ratio": cpu["ratio"]}
    return p50 | others


def traced(name: str, server: Child, calls: int) -> Counter[str]:
    """Return the system calls of a whole process that makes a number of calls, one at a time."""
    with tempfile.TemporaryDirectory() as folder:
        summary = Path(folder) / "summary"
        with client(name, server, 1, before=("strace", "-c", "-f", "-o", str(summary))) as child:
            ask(child, calls)
        return Counter({syscall: int(count) for count, syscall in _COUNTED.findall(summary.read_text())})


def system_calls(chosen: list[str], server: Child) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Return headings and rows of the system calls per call, without those that are made now and then."""
    found: dict[str, dict[str, float]] = {}
    for name in chosen:
        few, many = traced(name, server, _FEW), traced(name, server, _MANY)
        found[name] = {syscall: (count - few[syscall]) / (_MANY - _FEW) for syscall, count in many.items()}
    usual = {syscall for counts in found.values() for syscall, count in counts.items() if count >= 0.1}
    columns = ["total", *sorted(usual - {"total"})]
    rows = [
        {"name": name, "label": EVERY[name].label, **{syscall: counts.get(syscall, 0.0) for syscall in columns}}
        for name, counts in found.items()
    ]
    return {"label": "", **dict(zip(columns, columns, strict=True))}, rows


_HEADINGS = {
    "label": "",
    "median": "p50 us",
    "ratio": "of tuned",
    "ratio_low": "quartile",
    "ratio_high": "quartile",
    "p99": "p99 us",
    "p99_ratio": "of tuned",
    "cpu": "CPU us",
    "cpu_ratio": "of tuned",
}


def main() -> None:
    """Measure and print."""
    arguments = parser(__doc__)
    arguments.add_argument("--calls", type=int, default=1_000, help="calls per round")
    arguments.add_argument("--at-once", type=int, nargs="+", default=[1, 16], help="calls at a time, one or more")
    arguments.add_argument("--delay", type=float, default=0, help="milliseconds that the server takes to respond")
    arguments.add_argument("--tls", action="store_true", help="https, with a temporary certificate")
    arguments.add_argument("--syscalls", action="store_true", help="count system calls, too")
    arguments.add_argument("--only", type=names, default=list(_USUAL), help=f"some of {','.join(_CHOICE)}")
    options = arguments.parse_args()
    if options.tls and find_spec("trustme") is None:
        arguments.error("--tls needs trustme, which is not installed")
    chosen, left_out = present({name: EVERY[name] for name in _CHOICE}, options.only, BASE)
    limits = {"rounds": options.rounds, "calls": options.calls}
    settings = {**limits, "delay": options.delay, "tls": options.tls, "seed": options.seed}
    report = Report("latency", settings, left_out=left_out)
    with served(options.seed, tls=options.tls, delay=options.delay) as server:
        for at_once in options.at_once:
            rows = measured(chosen, server, **limits, at_once=at_once)
            report.add(f"One call, {at_once} at a time", _HEADINGS, rows)
        if options.syscalls:
            _add_system_calls(report, chosen, server)
    report.show(as_json=options.json)


def _add_system_calls(report: Report, chosen: list[str], server: Child) -> None:
    if shutil.which("strace") is None:
        report.left_out["syscalls"] = "there is no strace"
    else:
        report.add("System calls per call, one at a time", *system_calls(chosen, server))


if __name__ == "__main__":
    main()
