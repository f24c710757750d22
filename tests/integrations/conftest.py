"""What the tests of Redis share: a server of their own."""

from collections.abc import AsyncIterator

import pytest

from tests.support.redis_server import RedisServer


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    async with RedisServer() as server:
        yield server
