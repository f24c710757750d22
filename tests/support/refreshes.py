"""Rows of accounts with dates, and a server that answers by the clock."""

import asyncio
from typing import Any

import pytest

from finicity_async import AsyncSession, RefreshResult, Sandbox
from tests.support.clock import MovedClock
from tests.support.servers import RawServer, http

NOW = 1_752_580_800
CUSTOMER, LOGIN = "1005061234", 1007302745
IDS = FIRST, SECOND, THIRD, FOURTH = ("5011648377", "5011648378", "5011648379", "5011648380")
PENDING = "5011648381"
ALL_PENDING: dict[str, tuple[str, ...]] = {"pending": IDS}


def session_in(sandbox: Sandbox, clock: MovedClock, *, offset: float = 0.0, **options: Any) -> AsyncSession:
    """Return a session on a sandbox that lives by the same clock, or by one that is wrong by an offset."""
    options = {"base_url": sandbox.url, "random": lambda: 0.0, "sleep": clock.sleep, **options}
    return AsyncSession(sandbox.credentials, clock=lambda: clock() + offset, **options)


def on_clock(clock: MovedClock, **options: Any) -> dict[str, Any]:
    """Return the options of a session that lives by a clock and does not send again by itself."""
    return {"clock": clock, "sleep": clock.sleep, "max_tries": 1, **options}


def split(result: RefreshResult) -> dict[str, tuple[str, ...]]:
    """Return the IDs of a result by outcome, outcomes without any left out."""
    names = ("succeeded", "failed", "pending", "vanished")
    found = {name: tuple(getattr(one, "id", one) for one in getattr(result, name)) for name in names}
    return {name: ids for name, ids in found.items() if ids}


def row(account_id: str = "1", attempt: int | None = None, success: int | None = None, code: int | None = None) -> Any:
    """Return an account with nothing but what a refresh is told from; dates are seconds after NOW."""
    dates = {"aggregationAttemptDate": attempt, "aggregationSuccessDate": success}
    record = {name: None if date is None else NOW + date for name, date in dates.items()}
    return {"id": account_id, "aggregationStatusCode": code, **record}


def listed(*rows: Any, **headers: str) -> bytes:
    return http(200, {"accounts": rows}, headers)


BEFORE = listed(row(attempt=0, success=0, code=0))
AFTER = listed(row(attempt=1, success=1, code=0))
STARTED = http(204)


def methods(server: RawServer) -> str:
    """Return the first letters of the methods that a server saw."""
    return "".join(call.method[0] for call in server.calls)


VERSIONS = pytest.mark.parametrize("tiers", [False, True], ids=["v1", "v2"])
SCOPES = pytest.mark.parametrize("login", [None, LOGIN], ids=["customer", "login"])


async def no_time(seconds: float) -> None:
    """Sleep no time at all."""
    await asyncio.sleep(0)
