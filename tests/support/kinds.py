"""Every kind of call, with what its retry may do, and servers that fail first."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from finicity_async import (
    AsyncSession,
    Credentials,
    FinicityError,
    Operation,
    delete_customer_account,
    get_customer_accounts,
    modify_partner_secret,
    refresh_customer_accounts,
)
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from tests.support.clock import MovedClock
from tests.support.servers import WITH_SECRET, WITH_TOKEN, Answer, RawServer, http, session_on

MAX_TRIES = 4
GET = GET_CUSTOMER_ACCOUNTS.request(customerId=1)
GOOD = Operation("Good", "GET", "/good", bytes, timeout=20.0).request()


@dataclass(frozen=True)
class Kind:
    """One column of the table: a call, and where its requests are counted."""

    name: str
    call: Callable[[AsyncSession], Awaitable[Any]]
    credentials: Credentials = WITH_TOKEN

    @property
    def is_login(self) -> bool:
        """Whether the failures meet the login before the call."""
        return self.name == "login"

    @property
    def resendable(self) -> bool:
        """Whether it may be sent again when it is not known what happened."""
        return self.name in ("GET", "login")

    def server(self, *answers: Answer, **options: Any) -> RawServer:
        """Return a server that gives these answers to such requests, and good ones to all others."""
        return RawServer(logins=answers, **options) if self.is_login else RawServer(*answers, **options)

    def sent(self, server: RawServer) -> int:
        """Return how many such requests the server received."""
        return len(server.logins) if self.is_login else len(server.calls)


async def read(session: AsyncSession) -> object:
    return await get_customer_accounts(session, 1)


async def delete(session: AsyncSession) -> None:
    await delete_customer_account(session, 1, 2)


async def refresh(session: AsyncSession) -> object:
    return await refresh_customer_accounts(session, 1)


async def change_secret(session: AsyncSession) -> None:
    await modify_partner_secret(session, "new-secret-0001")


KINDS = {
    kind.name: kind
    for kind in (
        Kind("GET", read),
        Kind("login", read, WITH_SECRET),
        Kind("DELETE", delete),
        Kind("POST", refresh),
        Kind("PUT", change_secret, WITH_SECRET),
    )
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
every_call = pytest.mark.parametrize(
    "kind", [KINDS[name] for name in ("GET", "DELETE", "POST")], ids=lambda it: it.name
)


@asynccontextmanager
async def pair(
    server: RawServer, clock: MovedClock, credentials: Credentials = WITH_TOKEN, **options: Any
) -> AsyncIterator[AsyncSession]:
    """Open a server and a session on it whose pauses cost no time."""
    options = {"max_tries": MAX_TRIES, "clock": clock, "sleep": clock.sleep, **options}
    async with server, session_on(server, credentials, **options) as session:
        yield session


async def fails(call: Awaitable[Any]) -> FinicityError:
    """Return the error that a call ends with."""
    with pytest.raises(FinicityError) as caught:
        await call
    return caught.value


async def assert_usable(session: AsyncSession) -> None:
    """Make one good call, which a short timeout does not concern; a refused login gets another secret first."""
    if session.credentials.partner_secret is not None:
        session.use_secret("another-secret-0001")
    await session.send(GOOD)


ASKED = http(429, {"message": "slow down"}, {"Retry-After": "7"})
