"""This library, as its README has it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial

import aiohttp

from benchmarks._contenders import APP_KEY, Fetch, Target, Workers
from finicity_async import AsyncSession, Credentials, Operation, get_customer_accounts, map_customers

_BYTES = Operation(
    "GetCustomerAccounts", "GET", "/aggregation/v1/customers/{customerId}/accounts", bytes, customer="customerId"
)


@asynccontextmanager
async def session_on(target: Target) -> AsyncIterator[AsyncSession]:
    """Open a session that logs in by itself."""
    context = target.context()
    connector = aiohttp.TCPConnector(limit=target.at_once, ssl=context) if context else None
    credentials = Credentials(APP_KEY, partner_id="benchmark", partner_secret="benchmark")  # noqa: S106 -- no secret
    try:
        async with AsyncSession(
            credentials, base_url=target.url, max_connections=target.at_once, connector=connector
        ) as session:
            yield session
    finally:
        if connector is not None:
            await connector.close()


@asynccontextmanager
async def by_map(target: Target) -> AsyncIterator[Fetch]:
    """Fetch with map_customers."""
    async with session_on(target) as session:

        async def fetch(customer_ids: Iterable[str]) -> int:
            accounts = 0
            async with map_customers(session, get_customer_accounts, customer_ids) as outcomes:
                async for outcome in outcomes:
                    accounts += len(outcome.unwrap())
            return accounts

        yield fetch


@asynccontextmanager
async def by_gather(target: Target) -> AsyncIterator[Fetch]:
    """Fetch with asyncio.gather over the endpoint function; the session bounds what is on the wire."""
    async with session_on(target) as session:

        async def fetch(customer_ids: Iterable[str]) -> int:
            calls = (get_customer_accounts(session, customer_id) for customer_id in customer_ids)
            return sum(map(len, await asyncio.gather(*calls)))

        yield fetch


@asynccontextmanager
async def by_call(target: Target) -> AsyncIterator[Fetch]:
    """Fetch with one call of the endpoint function after another."""
    async with session_on(target) as session:
        yield Workers(partial(get_customer_accounts, session), target.at_once)


@asynccontextmanager
async def bytes_alone(target: Target) -> AsyncIterator[Fetch]:
    """Fetch without decoding, to stand beside contenders that do not decode either."""
    async with session_on(target) as session:

        async def one(customer_id: str) -> bytes:
            return await session.send(_BYTES.request(customerId=customer_id))

        yield Workers(one, target.at_once)
