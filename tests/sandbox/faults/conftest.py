"""What the tests of faults share: a sandbox whose clock stands still."""

from collections.abc import AsyncIterator

import pytest

from finicity_async.sandbox import Sandbox
from tests.support.clock import MovedClock

NOW = 1_700_000_000.0


@pytest.fixture
async def still(clock: MovedClock) -> AsyncIterator[Sandbox]:
    """Yield a sandbox on a clock that only a test moves."""
    clock.now = NOW
    async with Sandbox(customers=3, refresh_seconds=0, clock=clock) as sandbox:
        yield sandbox
