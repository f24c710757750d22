"""A raw server to log in on, and the calls that count its logins."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from finicity_async import (
    AsyncSession,
    Credentials,
    Sandbox,
    delete_customer_account,
    get_customer_accounts,
    modify_partner_secret,
    refresh_customer_accounts,
)
from tests.support.held import HeldServer
from tests.support.servers import EMPTY, RawServer, Received, http

Call = Callable[[AsyncSession], Coroutine[Any, Any, object]]

MINUTE = 60.0
SECRET = "0ldSecret-123456"
NEW_SECRET = "n3wSecret-123456"
CREDENTIALS = Credentials("key-0123456789", "2445581234567", SECRET)
FIRST, SECOND, THIRD = "FirstToken0000000001", "SecondToken000000002", "ThirdToken0000000003"
BAD_SECRET = http(401, {"code": 10001, "message": "Invalid partner id or partner secret"})


def token_reply(*tokens: str) -> tuple[bytes, ...]:
    return tuple(http(200, {"token": token}) for token in tokens)


def session_on(server: RawServer | Sandbox, credentials: Credentials = CREDENTIALS, **options: Any) -> AsyncSession:
    return AsyncSession(credentials, base_url=server.url, **{"random": lambda: 0.0, **options})


def tokens_sent(server: RawServer) -> list[str]:
    """Return the token of each call; empty for a call without one."""
    return [call.headers.get("finicity-app-token", "") for call in server.calls]


async def list_accounts(session: AsyncSession) -> object:
    return await get_customer_accounts(session, 1)


async def refresh(session: AsyncSession) -> object:
    return await refresh_customer_accounts(session, 1)


async def delete(session: AsyncSession) -> None:
    await delete_customer_account(session, 1, 2)


async def change_secret(session: AsyncSession) -> None:
    await modify_partner_secret(session, NEW_SECRET)


async def outcomes(session: AsyncSession, call: Call, count: int) -> list[object]:
    return await asyncio.gather(*(call(session) for _ in range(count)), return_exceptions=True)


class ExpiringServer(HeldServer):
    """Refuse the tokens in ``refused`` with 10023; hold back calls for customer 2 until released."""

    def __init__(self, *tokens: str, code: int | str = "10023") -> None:
        super().__init__(
            holds=lambda received: "/customers/2/" in received.target,
            logins=token_reply(*tokens),
            default=self._judge,
            default_login=BAD_SECRET,
        )
        self.refused: set[str] = set()
        self._refusal = http(401, {"code": code, "message": "token"})

    def _judge(self, received: Received) -> bytes:
        return self._refusal if received.headers["finicity-app-token"] in self.refused else EMPTY


class WrittenStore:
    """A store as a user writes it."""

    def __init__(self, token: str | None = None, age: float = 0.0) -> None:
        self.token = token
        self.age = age
        self.saved: list[str] = []
        self._lock = asyncio.Lock()

    async def load(self) -> tuple[str, float] | None:
        await asyncio.sleep(0)
        return None if self.token is None else (self.token, self.age)

    async def save(self, token: str) -> None:
        await asyncio.sleep(0)
        self.token, self.age = token, 0.0
        self.saved.append(token)

    def lock(self) -> contextlib.AbstractAsyncContextManager[object]:
        return self._lock
