"""
CPU time of decoding a page of 1,000 transactions, and the memory of a reading of all.

Measured: CPU time of one page's decoding by each decoder, in one process on one core, and its ratio to msgspec alone
with the same exact types (amounts as Decimal, aware datetimes), which checks nothing; ``of json`` is the ratio to
``json.loads``. The second page has accents, quotes, underscores and escapes in one description of ten, which make ours
look closer. With --read N: N transactions through ``iter_transactions`` over sockets, from a server that writes them as
they are asked for; the resident memory from 10,000 on, and the client's CPU time per transaction.

Not measured: sockets and headers, but for --read, and what reading attributes costs. json.loads loses digits of amounts
and leaves dates as numbers.
"""

import json
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

from benchmarks._children import Child
from benchmarks._harness import RATIOS, Report, compared, parser, take_turns
from benchmarks._machine import pin
from benchmarks._pages import ROWS, page
from benchmarks._pages_server import served
from benchmarks._shapes import transactions_decoder
from benchmarks.decode import cpu
from finicity_async.models.transactions import Transactions

BASE = "msgspec-exact"
LABELS = {BASE: "msgspec Structs, exact", "ours": "ours, exact", "json": "json.loads"}
_START = 10_000


def decoders() -> dict[str, Callable[[bytes], Any]]:
    """Return what decodes a page, by name."""
    return {BASE: transactions_decoder().decode, "ours": Transactions.from_json, "json": json.loads}


def warm_cpu(decode: Callable[[bytes], Any], body: bytes, loops: int) -> float:
    """Return the CPU microseconds of one decoding, after one that meets the memory as another decoder left it."""
    decode(body)
    return cpu(decode, body, loops)


def decoded(body: bytes, rounds: int, loops: int) -> list[dict[str, Any]]:
    """Return a row for each decoder."""
    samples = take_turns({name: partial(warm_cpu, decode, body, loops) for name, decode in decoders().items()}, rounds)
    rows = compared(samples, BASE, LABELS)
    for row in rows:
        row["of_json"] = median(a / b for a, b in zip(samples[row["name"]], samples["json"], strict=True))
    return rows


def growth(seed: int, rows: int) -> list[dict[str, Any]]:
    """Return the resident memory of one reading at some points on its way."""
    start = min(_START, rows)
    stations = sorted({start, *(rows * part // 4 for part in (1, 2, 3, 4) if rows * part // 4 > start)})
    with (
        served(seed, rows) as server,
        Child("benchmarks._reading", server.greeting["url"], *map(str, stations)) as child,
    ):
        resident: dict[str, int | None] = child.greeting["resident"]
        each: float = child.greeting["cpu"]
    figures = {int(done): size or 0 for done, size in resident.items()}
    return [
        {"transactions": done, "resident": size / 1e6, "growth": (size - figures[start]) / 1e6, "cpu": each}
        for done, size in figures.items()
    ]


def main() -> None:
    """Measure and print."""
    arguments = parser(__doc__, rounds=101)  # Many short ones, because other processes disturb long ones
    arguments.add_argument("--loops", type=int, default=2, help="decodings in a round")
    arguments.add_argument("--rows", type=int, default=ROWS, help="transactions on the page")
    arguments.add_argument("--read", type=int, help="transactions to read over sockets, for example 1000000")
    options = arguments.parse_args()
    pinned = pin("client")
    bodies = {
        "CPU per page": page(options.seed, options.rows),
        "CPU per page with odd text": page(options.seed, options.rows, odd_text=True),
    }
    settings = {"rounds": options.rounds, "loops": options.loops, "rows": options.rows, "seed": options.seed}
    sizes = {"bytes": len(bodies["CPU per page"]), "process": pinned}
    report = Report("transactions", {**settings, **sizes})
    for title, body in bodies.items():
        headings = {"label": "", "median": "CPU us", **RATIOS, "of_json": "of json"}
        report.add(title, headings, decoded(body, options.rounds, options.loops))
    if options.read:
        headings = {
            "transactions": "transactions",
            "resident": "MB resident",
            "growth": "MB more",
            "cpu": "CPU us each",
        }
        report.add("All transactions over sockets", headings, growth(options.seed, options.read))
    report.show(as_json=options.json)


if __name__ == "__main__":
    main()
