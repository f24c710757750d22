"""httpx with one AsyncClient, and pydantic models with Decimal and datetime."""

from collections.abc import AsyncIterator, Sized
from contextlib import asynccontextmanager

import httpx

from benchmarks._contenders import HEADERS, PATH, Fetch, Target, Workers
from benchmarks._shapes import pydantic_model


@asynccontextmanager
async def opened(target: Target) -> AsyncIterator[Fetch]:
    """Fetch pydantic models."""
    validate = pydantic_model().model_validate_json
    limits = httpx.Limits(max_connections=target.at_once, max_keepalive_connections=target.at_once)
    verify = target.context() or True
    async with httpx.AsyncClient(base_url=target.url, headers=HEADERS, limits=limits, verify=verify) as client:

        async def one(customer_id: str) -> Sized:
            response = await client.get(PATH.format(customer_id))
            accounts: Sized = validate(response.content).accounts
            return accounts

        yield Workers(one, target.at_once)
