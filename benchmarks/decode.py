"""
CPU time of decoding alone: 100 accounts of every type, from bytes.

Measured: CPU time of one response's decoding by each decoder, in one process on one core, and its ratio to
    ``json.loads``. Ours is read in two ways: accounts with their details and positions left alone, and with every one
    of them touched.

Not measured: sockets, headers, and what reading other attributes costs. json, orjson and the float Structs lose digits
of amounts and leave dates as numbers; ours, the exact Structs and pydantic keep amounts as Decimal and make datetimes.
"""

import gc
import json
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

from benchmarks._data import mixed_accounts
from benchmarks._harness import RATIOS, Report, compared, parser, take_turns
from benchmarks._machine import pin
from benchmarks._shapes import exact_decoder, float_decoder, pydantic_model
from finicity_async import CustomerAccounts

BASE = "json"
LABELS = {
    BASE: "json.loads",
    "orjson": "orjson.loads",
    "msgspec-float": "msgspec Structs, floats",
    "msgspec-exact": "msgspec Structs, exact",
    "unread": "ours, exact, details unread",
    "read": "ours, exact, details and positions read",
    "pydantic": "pydantic validate_json, exact",
}


def read(body: bytes) -> CustomerAccounts:
    """Decode and touch every detail and position."""
    accounts = CustomerAccounts.from_json(body)
    for account in accounts:
        _ = account.detail, account.position
    return accounts


def decoders() -> tuple[dict[str, Callable[[bytes], Any]], dict[str, str]]:
    """Return what decodes a response, by name, and why others are left out."""
    found: dict[str, Callable[[bytes], Any]] = {BASE: json.loads}
    left_out = {name: f"not installed: {name}" for name in ("orjson", "pydantic") if find_spec(name) is None}
    if "orjson" not in left_out:
        import orjson  # noqa: PLC0415 -- optional

        found["orjson"] = orjson.loads
    found |= {"msgspec-float": float_decoder().decode, "msgspec-exact": exact_decoder().decode}
    found |= {"unread": CustomerAccounts.from_json, "read": read}
    if "pydantic" not in left_out:
        found["pydantic"] = pydantic_model().model_validate_json
    return found, left_out


def cpu(decode: Callable[[bytes], Any], body: bytes, loops: int) -> float:
    """Return the CPU microseconds of one decoding."""
    gc.collect()
    start = time.process_time()
    for _ in range(loops):
        decode(body)
    return (time.process_time() - start) / loops * 1e6


def main() -> None:
    """Measure and print."""
    arguments = parser(__doc__)
    arguments.add_argument("--loops", type=int, default=50, help="decodings in a round")
    arguments.add_argument("--accounts", type=int, default=100, help="accounts in the response")
    options = arguments.parse_args()
    body = mixed_accounts(options.seed, options.accounts)
    found, left_out = decoders()
    for decode in found.values():
        decode(body)
    pinned = pin("client")
    samples = take_turns(
        {name: partial(cpu, decode, body, options.loops) for name, decode in found.items()}, options.rounds
    )
    settings = {"rounds": options.rounds, "loops": options.loops, "accounts": options.accounts, "bytes": len(body)}
    report = Report("decode", {**settings, "seed": options.seed, "process": pinned}, ("orjson", "pydantic"), left_out)
    report.add("CPU per response", {"label": "", "median": "CPU us", **RATIOS}, compared(samples, BASE, LABELS))
    report.show(as_json=options.json)


if __name__ == "__main__":
    main()
