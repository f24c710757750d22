"""What the tests of a sandbox's state share: a sandbox whose clock stands still."""

from collections.abc import AsyncIterator

import pytest

from finicity_async.sandbox import Sandbox
from tests.sandbox.state.times import NOW
from tests.support.clock import MovedClock


@pytest.fixture
async def still(clock: MovedClock) -> AsyncIterator[Sandbox]:
    """Yield a sandbox on a clock that only a test moves, whose refreshes take a minute."""
    clock.now = NOW
    async with Sandbox(customers=3, refresh_seconds=60, clock=clock) as sandbox:
        yield sandbox
