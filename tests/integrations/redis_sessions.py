"""Credentials and calls that the tests of Redis share."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Self

from finicity_async import AsyncSession, Credentials, RedisTokenStore, get_customer_accounts
from tests.support.redis_server import RedisServer
from tests.support.servers import RawServer, http, until

CREDENTIALS = Credentials("key-0123456789", "2445581234567", "0ldSecret-123456")

BAD_SECRET = http(401, {"code": 10001, "message": "Invalid partner id or partner secret"})


class Processes:
    """Sessions that share nothing but Redis, as processes do."""

    def __init__(self, redis: RedisServer, server: RawServer) -> None:
        self._redis = redis
        self._server = server
        self._stack = AsyncExitStack()
        self.stores: list[RedisTokenStore] = []
        self.sessions: list[AsyncSession] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def start(self, credentials: Credentials = CREDENTIALS, **options: Any) -> AsyncSession:
        store = await self._stack.enter_async_context(
            RedisTokenStore(self._redis.url, credentials=credentials, **options)
        )
        store._breaker.probe_interval = 0.02
        self.stores.append(store)
        session = AsyncSession(credentials, base_url=self._server.url, token_store=store, random=lambda: 0.0)
        self.sessions.append(session)
        return await self._stack.enter_async_context(session)

    async def start_many(self, count: int = 8, **options: Any) -> list[AsyncSession]:
        return [await self.start(**options) for _ in range(count)]


async def all_of(
    sessions: list[AsyncSession], call: Callable[[AsyncSession], Awaitable[object]] | None = None
) -> list[object]:
    """Make one call on each session, all at a time, and return what became of them once each token is stored."""
    calls = ((call or list_accounts)(session) for session in sessions)
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    await until(lambda: not any(session._tokens._tasks for session in sessions))
    return outcomes


async def list_accounts(session: AsyncSession) -> object:
    return await get_customer_accounts(session, 1)
