"""The sandbox as a server for clients in any language, until it is stopped."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console

from finicity_async import ConfigurationError
from finicity_async.sandbox import Fault, Latency, RateLimit, Sandbox
from finicity_async.sandbox.admin import PREFIX
from finicity_async.sandbox.faults import read_faults


def declared_faults(latency: float, rate_limit: float | None, file: Path | None) -> list[Fault]:
    """
    Return the faults that the options of the command ask for.

    Raises:
        ConfigurationError: The file cannot be read or holds something else.
    """
    faults: list[Fault] = []
    if latency:
        faults.append(Latency(seconds=latency))
    if rate_limit is not None:
        faults.append(RateLimit(requests_per_second=rate_limit, burst=max(1, int(rate_limit))))
    try:
        return faults + (read_faults(file) if file else [])
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"--faults: {error}") from None


@asynccontextmanager
async def served(sandbox: Sandbox, faults: list[Fault]) -> AsyncIterator[None]:
    """
    Serve a sandbox with faults.

    Raises:
        ConfigurationError: The port is taken, or a fault cannot be.
    """
    try:
        sandbox.add_fault(*faults)
        async with sandbox:
            yield
    except (OSError, OverflowError, ValueError) as error:
        raise ConfigurationError(f"The sandbox cannot be served: {error}") from None


async def serve(console: Console, sandbox: Sandbox, faults: list[Fault]) -> None:
    """
    Serve until SIGINT or SIGTERM; stdout gets the variables that a client needs, and nothing else.

    Raises:
        ConfigurationError: The port is taken, or a fault cannot be.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with served(sandbox, faults):
        print("\n".join(f"{name}={value}" for name, value in sandbox.variables.items()), flush=True)
        customers = list(sandbox.customers)
        span = f"{customers[0]} to {customers[-1]}" if customers else "none"
        console.print(f"Serving {len(customers)} customers ({span}) at {sandbox.url}. Ctrl-C stops.", soft_wrap=True)
        console.print(
            "A link to Connect (finicity-async connect ID) opens in a browser on this machine.", soft_wrap=True
        )
        console.print(f"Requests, faults and clock in a browser: {sandbox.url}{PREFIX}/", soft_wrap=True)
        await stopped.wait()
