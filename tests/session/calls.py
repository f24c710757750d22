"""A session on a raw server, and one call of each kind."""

import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from finicity_async import (
    AsyncSession,
    Credentials,
    RequestTimeoutError,
    delete_customer_account,
    get_customer_accounts,
    refresh_customer_accounts,
)
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from tests.support.held import is_login
from tests.support.servers import RawServer, Received

Call = Callable[[AsyncSession], Coroutine[Any, Any, object]]

CREDENTIALS = Credentials("key-0123456789", "2445581234567", "0ldSecret-123456")
LIST = GET_CUSTOMER_ACCOUNTS.request(customerId=1)


def session_on(server: RawServer, credentials: Credentials = CREDENTIALS, **options: Any) -> AsyncSession:
    return AsyncSession(credentials, base_url=server.url, **{"random": lambda: 0.0, **options})


async def list_accounts(session: AsyncSession) -> object:
    return await get_customer_accounts(session, 1)


async def refresh(session: AsyncSession) -> object:
    return await refresh_customer_accounts(session, 1)


async def delete(session: AsyncSession) -> None:
    await delete_customer_account(session, 1, 2)


def is_call(received: Received) -> bool:
    return not is_login(received)


async def in_the_end(session: AsyncSession) -> object:
    """Make a good call on a session whose timeout is so short that a busy machine may need some tries."""
    for _ in range(20):  # pragma: no branch -- one of the tries ends it
        with contextlib.suppress(RequestTimeoutError):
            return await list_accounts(session)
    return await list_accounts(session)  # pragma: no cover -- reached on a machine that is far too busy
