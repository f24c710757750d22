"""What the tests of map_customers share."""

import pytest

from finicity_async import AsyncSession
from tests.support.servers import WITH_TOKEN


@pytest.fixture
def offline() -> AsyncSession:
    """Return a session that never opens a socket, for functions that send nothing."""
    return AsyncSession(WITH_TOKEN)
