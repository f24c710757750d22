"""
The clients that are compared, each opened by a function of one module.

Every one keeps ``target.at_once`` requests on the wire, sends the app key and the token, and returns how many accounts
it read, so that none can leave out its work. Those that need a package, Java or a document are left out where that is
not there, with a word why.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sized
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from benchmarks._data import ACCOUNTS_PER_RESPONSE, RESPONSE_BYTES
from benchmarks._server import TOKEN

APP_KEY = "benchmark-app-key"
HEADERS = {"Finicity-App-Key": APP_KEY, "Finicity-App-Token": TOKEN, "Accept": "application/json"}
PATH = "/aggregation/v1/customers/{}/accounts"
BASE = "aiohttp-tuned"
"""The contender that every other is divided by: the least that a request through aiohttp's public API costs."""


@dataclass(frozen=True)
class Target:
    """
    Where the server is and how hard it is asked.

    Attributes:
        url: Scheme, host and port.
        authority: Path of the certificate to trust; None for plain http.
        at_once: Requests on the wire at a time.
    """

    url: str
    authority: str | None = None
    at_once: int = 64

    def context(self) -> ssl.SSLContext | None:
        """Return what TLS needs, None for plain http."""
        return ssl.create_default_context(cafile=self.authority) if self.authority else None


Fetch = Callable[[Iterable[str]], Awaitable[int]]
Opened = AbstractAsyncContextManager[Fetch]


@dataclass(frozen=True)
class Contender:
    """
    One client.

    Attributes:
        label: What it is, for the table.
        module: The module of this package that has it.
        opener: The function of that module.
        packages: What must be installed.
        decodes: Whether it makes objects of the responses; one that does not returns how many bytes came.
    """

    label: str
    module: str
    opener: str
    packages: tuple[str, ...] = ()
    decodes: bool = True

    def open(self, target: Target) -> Opened:
        """Return a context manager that gives the function that fetches."""
        opened: Opened = getattr(self._load(), self.opener)(target)
        return opened

    def missing(self) -> str | None:
        """Say why this contender cannot run here, None when it can."""
        absent = [package for package in self.packages if find_spec(package) is None]
        if absent:
            return f"not installed: {', '.join(absent)}"
        reason: str | None = getattr(self._load(), "missing", lambda: None)()
        return reason

    def _load(self) -> Any:
        return import_module(f"benchmarks._contenders.{self.module}")


CONTENDERS = {
    "map_customers": Contender("ours, map_customers", "ours", "by_map"),
    "gather": Contender("ours, asyncio.gather", "ours", "by_gather"),
    "aiohttp": Contender("naive aiohttp, dicts", "plain", "naive"),
    "aiohttp-gather": Contender("naive aiohttp, asyncio.gather", "plain", "naive_gather"),
    "aiohttp-msgspec": Contender("naive aiohttp + msgspec, exact", "plain", "naive_msgspec"),
    BASE: Contender("tuned aiohttp + msgspec, raw details", "plain", "tuned"),
    "httpx-pydantic": Contender("httpx + pydantic, exact", "httpx_client", "opened", ("httpx", "pydantic")),
    "requests-threads": Contender("requests, a thread each, dicts", "requests_client", "opened", ("requests",)),
    "generated": Contender(
        "openapi-generator, python asyncio",
        "generated",
        "opened",
        ("openapi_generator_cli", "aiohttp_retry", "pydantic", "dateutil"),
    ),
    "floor": Contender("floor: sockets, httptools, raw details", "floor", "by_httptools", ("httptools",)),
    "floor-hand": Contender("floor: sockets, hand parsed, raw details", "floor", "by_hand"),
}
TIMERS = {
    "timer-none": Contender("aiohttp, no timeout", "plain", "no_timeout", decodes=False),
    "timer-default": Contender("aiohttp's default: total=300", "plain", "default_timeout", decodes=False),
    "timer-total": Contender("aiohttp, total=20", "plain", "total_timeout", decodes=False),
    "timer-connect": Contender("aiohttp, total, connect and sock_connect", "plain", "connect_timeout", decodes=False),
    "timer-asyncio": Contender("aiohttp, asyncio.timeout(20)", "plain", "asyncio_timeout", decodes=False),
    "timer-ours": Contender("ours, its timers and all else", "ours", "bytes_alone", decodes=False),
}
"""Contenders that read bodies and leave it at that; what they return is the length of the bodies."""
LONE = {"call": Contender("ours, get_customer_accounts", "ours", "by_call")}
"""Contenders for the latency of single calls."""
EVERY = CONTENDERS | LONE | TIMERS


def check(contender: Contender, came: int, requests: int) -> None:
    """Make sure that a contender did its work: eight accounts for each request, or the bytes of as many responses."""
    least = requests * (ACCOUNTS_PER_RESPONSE if contender.decodes else RESPONSE_BYTES.start)
    most = requests * (ACCOUNTS_PER_RESPONSE if contender.decodes else RESPONSE_BYTES.stop)
    if not least <= came <= most:
        raise SystemExit(f"{contender.label}: {came} came of {least}")


@dataclass(frozen=True)
class Workers:
    """
    A fetch by workers that pull from the IDs, the cheapest way to bound a fan-out.

    Attributes:
        one: Fetches the accounts, or the bytes, of one customer.
        at_once: Number of workers.
    """

    one: Callable[[str], Awaitable[Sized]]
    at_once: int

    async def __call__(self, customer_ids: Iterable[str]) -> int:
        """Fetch all, and return how many accounts, or bytes, came."""
        pending = iter(customer_ids)
        return sum(await asyncio.gather(*(self._work(pending) for _ in range(self.at_once))))

    async def _work(self, pending: Iterator[str]) -> int:
        came = 0
        for customer_id in pending:
            came += len(await self.one(customer_id))
        return came
