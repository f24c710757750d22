"""What the tests of secrecy share: the log of everything."""

import logging

import pytest


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Record every logger from DEBUG on."""
    caplog.set_level(logging.DEBUG)
    for name in ("finicity_async", "aiohttp", "asyncio", "backoff"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog
