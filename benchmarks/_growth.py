"""A fan-out over many customers in its own process, which reports its resident memory along the way."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from benchmarks._children import answer
from benchmarks._contenders import Target
from benchmarks._contenders.ours import session_on
from benchmarks._data import ACCOUNTS_PER_RESPONSE, customer_ids, responses
from benchmarks._machine import pin, resident_bytes
from finicity_async import AsyncSession, CustomerAccounts, get_customer_accounts, map_customers

Function = Callable[[AsyncSession, str], Awaitable[CustomerAccounts]]


def simulated(bodies: Sequence[bytes]) -> Function:
    """Return a function that decodes a response without a network, after yielding to the event loop once."""

    async def function(_session: AsyncSession, customer_id: str) -> CustomerAccounts:
        await asyncio.sleep(0)
        return CustomerAccounts.from_json(bodies[int(customer_id) % len(bodies)])

    return function


async def fan_out(session: AsyncSession, function: Function, checkpoints: Sequence[int]) -> dict[int, int | None]:
    """Fetch for as many customers as the last checkpoint; return the resident memory at each checkpoint."""
    resident, done, accounts = {}, 0, 0
    async with map_customers(session, function, customer_ids(checkpoints[-1])) as outcomes:
        async for outcome in outcomes:
            accounts += len(outcome.unwrap())
            done += 1
            if done in checkpoints:
                resident[done] = resident_bytes()
    if accounts != done * ACCOUNTS_PER_RESPONSE:
        raise SystemExit(f"got {accounts} of {done * ACCOUNTS_PER_RESPONSE} accounts")
    return resident


async def _measure(options: Any) -> None:
    async with session_on(Target(options.url, at_once=options.at_once)) as session:
        function = simulated(responses(options.seed)) if options.simulated else get_customer_accounts
        answer(resident=await fan_out(session, function, options.checkpoints))


def main() -> None:
    """Fetch and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoints", type=int, nargs="+")
    parser.add_argument("--url", default="http://127.0.0.1:1")
    parser.add_argument("--simulated", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--at-once", type=int, default=64)
    options = parser.parse_args()
    pin("client")
    asyncio.run(_measure(options))


if __name__ == "__main__":
    main()
