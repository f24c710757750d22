"""
Memory of accounts that are kept, and of a fan-out whose accounts are not.

Measured: bytes that one account holds once it is decoded, by tracemalloc, over 100 accounts of every type, for dicts,
for ours alone and with each detail and position kept beside its account, and for pydantic models. What a model keeps of
the response's bytes counts for it. With --customers N: the growth of the resident memory of one ``map_customers`` over
sockets, from 1,000 customers to N; with --simulated N the same with responses that come from memory, to reach a million
in minutes.

Not measured: what the allocator keeps back, and memory outside Python's allocators but for the resident figures.
"""

import gc
import json
import tracemalloc
from collections.abc import Callable
from contextlib import nullcontext
from importlib.util import find_spec
from typing import Any

from benchmarks._children import Child
from benchmarks._data import mixed_accounts
from benchmarks._harness import Report, parser
from benchmarks._server import served
from benchmarks._shapes import pydantic_model
from finicity_async import CustomerAccounts

BASE = "dicts"
LABELS = {BASE: "dicts", "ours": "ours", "kept": "ours, details kept too", "pydantic": "pydantic"}
_START = 1_000


def keep_all(body: bytes) -> list[Any]:
    """Decode a response, and keep its details and positions, which the accounts do not."""
    return [(account, account.detail, account.position) for account in CustomerAccounts.from_json(body)]


def keepers() -> tuple[dict[str, Callable[[bytes], Any]], dict[str, str]]:
    """Return what makes of a response the objects that are kept, by name, and why others are left out."""
    found: dict[str, Callable[[bytes], Any]] = {BASE: json.loads, "ours": CustomerAccounts.from_json, "kept": keep_all}
    if find_spec("pydantic") is None:
        return found, {"pydantic": "not installed: pydantic"}
    return found | {"pydantic": pydantic_model().model_validate_json}, {}


def held(keep: Callable[[bytes], Any], body: bytes, copies: int) -> float:
    """Return the bytes that so many responses hold, by response; each comes in bytes of its own, as from a socket."""
    keep(body)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    kept = [keep(bytes(bytearray(body))) for _ in range(copies)]
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / len(kept)


def accounts_held(seed: int, copies: int, accounts: int) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return a row for each way to keep accounts."""
    body = mixed_accounts(seed, accounts)
    found, left_out = keepers()
    sizes = {name: held(keep, body, copies) / accounts for name, keep in found.items()}
    rows = [
        {"name": name, "label": LABELS[name], "bytes": round(size), "ratio": size / sizes[BASE]}
        for name, size in sizes.items()
    ]
    return rows, left_out


def growth(seed: int, customers: int, *, is_simulated: bool) -> list[dict[str, Any]]:
    """Return the resident memory of one fan-out at some points on its way."""
    start = min(_START, customers)
    stations = sorted({start, *(customers * part // 4 for part in (1, 2, 3, 4) if customers * part // 4 > start)})
    with nullcontext() if is_simulated else served(seed) as server:
        where = ["--url", server.greeting["url"]] if server else ["--simulated"]
        with Child("benchmarks._growth", *map(str, stations), *where, "--seed", str(seed)) as child:
            resident: dict[str, int | None] = child.greeting["resident"]
    first = resident[str(start)] or 0
    return [
        {"customers": int(station), "resident": (size or 0) / 1e6, "growth": ((size or 0) - first) / 1e6}
        for station, size in resident.items()
    ]


def main() -> None:
    """Measure and print."""
    arguments = parser(__doc__, rounds=1)
    arguments.add_argument("--copies", type=int, default=20, help="responses that are kept")
    arguments.add_argument("--accounts", type=int, default=100, help="accounts in a response")
    arguments.add_argument("--customers", type=int, help="customers of a fan-out over sockets, for example 100000")
    arguments.add_argument("--simulated", type=int, help="customers of a fan-out without sockets, for example 1000000")
    options = arguments.parse_args()
    rows, left_out = accounts_held(options.seed, options.copies, options.accounts)
    settings = {"copies": options.copies, "accounts": options.accounts, "seed": options.seed}
    report = Report("memory", settings, ("pydantic",), left_out)
    report.add("Bytes held per account", {"label": "", "bytes": "bytes", "ratio": "ratio"}, rows)
    headings = {"customers": "customers", "resident": "MB resident", "growth": "MB more"}
    for title, count, is_simulated in (
        ("Resident memory over sockets", options.customers, False),
        ("Resident memory, simulated", options.simulated, True),
    ):
        if count:
            report.add(title, headings, growth(options.seed, count, is_simulated=is_simulated))
    report.show(as_json=options.json)


if __name__ == "__main__":
    main()
