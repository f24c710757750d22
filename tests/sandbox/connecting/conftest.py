"""What the tests of Connect share: a user's server that receives the events, and links that name it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from finicity_async import AsyncSession
from finicity_async.endpoints.connect import generate_connect_url
from tests.support.servers import RawServer, http

CUSTOMER = "1005061234"
MakeLink = Callable[..., Awaitable[str]]


@pytest.fixture
async def hook() -> AsyncIterator[RawServer]:
    """Yield the user's server."""
    async with RawServer(default=http(200)) as server:
        yield server


@pytest.fixture
def make_link(session: AsyncSession, hook: RawServer) -> MakeLink:
    """Return a function that makes a link whose events go to the user's server."""

    async def make(customer_id: str = CUSTOMER, **options: Any) -> str:
        options.setdefault("webhook", f"{hook.url}/finicity")
        return (await generate_connect_url(session, customer_id, **options)).link

    return make
