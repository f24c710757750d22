"""
Instructions per request, counted by valgrind: they hardly vary from run to run, as times do.

Measured: user-mode instructions of the client's process under ``valgrind --tool=callgrind``, of two runs with different
numbers of requests, and their difference per request, so that starting, connecting and logging in cancel out. The
server is not counted, and no garbage is collected: one collection more changes a figure by up to three percent. With
--scale: the same for map_customers, between the small run and each number of customers; the figures agree if the cost
of a request does not depend on how many there are.

Not measured: the kernel, caches, and waiting. Instructions are not processor cycles.
"""

import re
import shutil
import subprocess
from functools import partial
from typing import Any

from benchmarks._children import Child
from benchmarks._client import ask, client
from benchmarks._contenders import BASE, CONTENDERS, EVERY
from benchmarks._harness import Report, names, parser, present
from benchmarks._server import served

_VALGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
_COLLECTED = re.compile(r"Collected : (\d+)")
_USUAL = ("map_customers", "gather", "aiohttp", "aiohttp-msgspec", BASE)


def instructions(name: str, server: Child, requests: int, *, at_once: int) -> int:
    """Return the instructions of a whole process that makes a number of requests."""
    options: dict[str, Any] = {"before": _VALGRIND, "environ": {"PYTHONHASHSEED": "0"}, "errors": subprocess.PIPE}
    with client(name, server, at_once, gc_threshold=0, **options) as child:
        ask(child, requests)
        _, errors = child.process.communicate()
    found = _COLLECTED.search(errors)
    if found is None:
        raise SystemExit(f"valgrind counted nothing: {errors[-400:]}")
    return int(found[1])


def per_request(name: str, server: Child, few: int, many: int, *, at_once: int) -> float:
    """Return the instructions per request."""
    count = partial(instructions, name, server, at_once=at_once)
    return (count(many) - count(few)) / (many - few)


def compared(server: Child, chosen: list[str], few: int, many: int, at_once: int) -> list[dict[str, Any]]:
    """Return the instructions per request of each contender, and the ratios to the base."""
    found = {name: per_request(name, server, few, many, at_once=at_once) for name in chosen}
    return [
        {"name": name, "label": EVERY[name].label, "instructions": round(count), "ratio": count / found[BASE]}
        for name, count in found.items()
    ]


def scaled(server: Child, few: int, customers: list[int], at_once: int) -> list[dict[str, Any]]:
    """Return the instructions per request for each number of customers, and the ratios to the first."""
    count = partial(instructions, "map_customers", server, at_once=at_once)
    start = count(few)
    found = {many: (count(few + many) - start) / many for many in customers}
    base = found[customers[0]]
    return [{"customers": many, "instructions": round(each), "ratio": each / base} for many, each in found.items()]


def main() -> None:
    """Count and print."""
    arguments = parser(__doc__, rounds=1)
    arguments.add_argument("--few", type=int, default=192, help="requests of the smaller run")
    arguments.add_argument("--many", type=int, default=1_216, help="requests of the larger run")
    arguments.add_argument("--at-once", type=int, default=64, help="requests on the wire at a time")
    arguments.add_argument("--only", type=names, default=list(_USUAL), help=f"some of {','.join(EVERY)}")
    arguments.add_argument("--all", action="store_true", help=f"{','.join(CONTENDERS)}")
    arguments.add_argument("--scale", type=int, nargs="*", help="numbers of customers; 1000 10000 if none are given")
    options = arguments.parse_args()
    chosen, left_out = present(EVERY, list(CONTENDERS) if options.all else options.only, BASE)
    sizes = {"few": options.few, "many": options.many, "at_once": options.at_once}
    report = Report("instructions", {**sizes, "seed": options.seed, "PYTHONHASHSEED": 0}, left_out=left_out)
    if shutil.which("valgrind") is None:
        report.left_out["instructions"] = "there is no valgrind"
    else:
        _count(report, chosen, options)
    report.show(as_json=options.json)


def _count(report: Report, chosen: list[str], options: Any) -> None:
    instructions = {"instructions": "instructions"}
    with served(options.seed) as server:
        if options.scale is None:
            rows = compared(server, chosen, options.few, options.many, options.at_once)
            report.add("Instructions per request", {"label": "", **instructions, "ratio": "of tuned"}, rows)
        else:
            rows = scaled(server, options.few, options.scale or [1_000, 10_000], options.at_once)
            headings = {"customers": "customers", **instructions, "ratio": "ratio"}
            report.add("Instructions per request by customers", headings, rows)


if __name__ == "__main__":
    main()
