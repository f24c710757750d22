"""What the tests of the sandbox's answers share: a plain client."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from finicity_async import Sandbox
from tests.sandbox.answers.plain_client import Client
from tests.support.clock import MovedClock


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as http:
        yield http


@pytest.fixture
async def client(http: aiohttp.ClientSession, sandbox: Sandbox) -> Client:
    client = Client(http, sandbox)
    await client.log_in()
    return client


@pytest.fixture
async def slow(clock: MovedClock) -> AsyncIterator[Sandbox]:
    """Yield a sandbox whose refreshes take a minute of the clock that the test moves."""
    async with Sandbox(customers=2, refresh_seconds=60, clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
async def slow_client(http: aiohttp.ClientSession, slow: Sandbox) -> Client:
    client = Client(http, slow)
    await client.log_in()
    return client
