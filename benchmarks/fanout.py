"""
CPU time of a fan-out, ours and the alternatives.

Measured: user and system CPU time of the client's process, threads included, per 1,000 GETs of eight accounts (about
13.7 kB), 64 at once, on open connections, over http or, with --tls, https. Each client runs in its own process on one
core; the server, which sends canned bytes, runs on another. Every client sends the token and must return eight accounts
per request. A warm-up before each measurement opens the connections. Ratios are to aiohttp tuned by hand, in the same
round.

Not measured: latency, the network, connecting, logging in, the server, and the use of the accounts.
The contenders do not do the same work: only ours retries, paces, validates and masks; some return dicts, some floats.
"""

from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec

from benchmarks._children import Child
from benchmarks._client import ask, client
from benchmarks._contenders import BASE, CONTENDERS
from benchmarks._harness import RATIOS, Report, Samples, compared, names, parser, present, take_turns
from benchmarks._server import served

PACKAGES = ("httpx", "httpcore", "pydantic", "requests", "urllib3", "httptools", "openapi-generator-cli")


def cpu_per_1000(child: Child, requests: int, warm_up: int) -> float:
    """Return the CPU milliseconds of a client per 1,000 requests."""
    ask(child, warm_up)
    cpu: float = ask(child, requests)["cpu"]
    return cpu / requests * 1e6


def measured(
    chosen: list[str], server: Child, *, rounds: int, requests: int, at_once: int, gc_threshold: int | None = None
) -> tuple[Samples, str]:
    """Start the clients, measure them in interleaved rounds, and return their figures and where they ran."""
    with ExitStack() as stack:
        started = {name: client(name, server, at_once, gc_threshold=gc_threshold) for name in chosen}
        clients = {name: stack.enter_context(child) for name, child in started.items()}
        measures = {
            name: partial(cpu_per_1000, child, requests, 2 * at_once if requests > at_once else at_once)
            for name, child in clients.items()
        }
        return take_turns(measures, rounds), clients[chosen[0]].greeting["pinned"]


def main() -> None:
    """Measure and print."""
    arguments = parser(__doc__)
    arguments.add_argument("--requests", type=int, default=1_000, help="requests per round")
    arguments.add_argument("--at-once", type=int, default=64, help="requests on the wire at a time")
    arguments.add_argument("--tls", action="store_true", help="https, with a temporary certificate")
    arguments.add_argument("--gc-threshold", type=int, help="gc.set_threshold of each client; default: Python's")
    arguments.add_argument("--only", type=names, help=f"some of {','.join(CONTENDERS)}")
    options = arguments.parse_args()
    if options.tls and find_spec("trustme") is None:
        arguments.error("--tls needs trustme, which is not installed")
    chosen, left_out = present(CONTENDERS, options.only, BASE)
    limits = {"rounds": options.rounds, "requests": options.requests, "at_once": options.at_once}
    with served(options.seed, tls=options.tls) as server:
        samples, pinned = measured(chosen, server, **limits, gc_threshold=options.gc_threshold)
    settings = {
        **limits,
        "gc_threshold": options.gc_threshold,
        "tls": options.tls,
        "seed": options.seed,
        "clients": pinned,
    }
    report = Report("fanout", settings, PACKAGES, left_out)
    labels = {name: contender.label for name, contender in CONTENDERS.items()}
    headings = {"label": "", "median": "CPU ms", **RATIOS, "ratio": "of tuned"}
    report.add("CPU per 1,000 requests", headings, compared(samples, BASE, labels))
    report.show(as_json=options.json)


if __name__ == "__main__":
    main()
