"""Refreshes, as a client sees them that has never heard of this library."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from finicity_async import Sandbox
from tests.sandbox.answers.plain_client import (
    ACCOUNT,
    ACCOUNTS,
    ACCOUNTS_V2,
    CUSTOMER,
    CUSTOMERS,
    LOGIN,
    LOGINS,
    LOGINS_V2,
    SECOND_CUSTOMER,
    Client,
)
from tests.support.clock import MovedClock
from tests.support.held import loop_turned


def dates(account: dict[str, Any]) -> tuple[int, int]:
    return account["aggregationAttemptDate"], account["aggregationSuccessDate"]


async def dates_of(client: Client, path: str = ACCOUNTS) -> dict[str, tuple[int, int]]:
    return {one["id"]: dates(one) for one in (await client("GET", path)).accounts}


def assert_all_moved(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> None:
    assert before.keys() == after.keys()
    for one, (attempt, success) in after.items():
        assert attempt >= before[one][0] + 1
        assert success >= before[one][1] + 1
        assert success >= attempt


@pytest.mark.parametrize("path", [ACCOUNTS, f"{LOGINS}/{LOGIN}/accounts"])
async def test_version_1_blocks_until_the_refresh_has_ended(slow_client: Client, clock: MovedClock, path: str) -> None:
    before = await dates_of(slow_client)
    refresh = asyncio.create_task(slow_client("POST", path))
    await loop_turned()
    clock.advance(59)
    await loop_turned()
    assert not refresh.done()
    assert await dates_of(slow_client) == before
    clock.advance(1)
    answer = await refresh
    after = {one["id"]: dates(one) for one in answer.accounts}
    assert_all_moved(before, after)
    assert after == await dates_of(slow_client)


async def test_refresh_takes_the_time_it_was_given(client: Client) -> None:
    before = await dates_of(client)
    started = time.monotonic()
    answer = await client("POST", ACCOUNTS)
    assert time.monotonic() - started >= 0.02
    assert_all_moved(before, {one["id"]: dates(one) for one in answer.accounts})


@pytest.mark.parametrize("path", [ACCOUNTS_V2, f"{LOGINS_V2}/{LOGIN}/accounts"])
async def test_version_2_answers_at_once_and_the_refresh_goes_on(
    slow_client: Client, clock: MovedClock, path: str
) -> None:
    before = await dates_of(slow_client)
    assert (await slow_client("POST", path)).status == 204
    assert await dates_of(slow_client) == before
    clock.advance(59)
    assert await dates_of(slow_client) == before
    clock.advance(1)
    assert_all_moved(before, await dates_of(slow_client))


async def test_refresh_ends_even_when_the_caller_leaves(slow_client: Client, clock: MovedClock) -> None:
    before = await dates_of(slow_client)
    refresh = asyncio.create_task(slow_client("POST", ACCOUNTS))
    await loop_turned()
    refresh.cancel()
    with pytest.raises(asyncio.CancelledError):
        await refresh
    assert await dates_of(slow_client) == before
    clock.advance(60)
    assert_all_moved(before, await dates_of(slow_client))


async def test_dates_move_by_a_second_at_least_however_fast_refreshes_follow(http: aiohttp.ClientSession) -> None:
    async with Sandbox(customers=1, refresh_seconds=0) as sandbox:
        client = Client(http, sandbox)
        await client.log_in()
        before = await dates_of(client)
        for _ in range(3):
            answer = await client("POST", ACCOUNTS)
            after = {one["id"]: dates(one) for one in answer.accounts}
            assert_all_moved(before, after)
            before = after


@pytest.mark.parametrize("path", [ACCOUNTS, ACCOUNTS_V2, f"{LOGINS}/{LOGIN}/accounts", f"{LOGINS_V2}/{LOGIN}/accounts"])
async def test_refresh_of_what_is_being_refreshed_is_325(slow_client: Client, clock: MovedClock, path: str) -> None:
    before = await dates_of(slow_client)
    await slow_client("POST", ACCOUNTS_V2)
    answer = await slow_client("POST", path)
    assert (answer.status, answer.code) == (500, 325)
    clock.advance(60)
    after = await dates_of(slow_client)
    assert_all_moved(before, after)
    assert (await slow_client("POST", ACCOUNTS_V2)).status == 204


async def test_refresh_touches_no_other_customer_and_no_pending_account(slow_client: Client, clock: MovedClock) -> None:
    others = f"{CUSTOMERS}/{SECOND_CUSTOMER}/accounts"
    before = await dates_of(slow_client, others)
    await slow_client("POST", ACCOUNTS_V2)
    assert (await slow_client("POST", f"/aggregation/v2/customers/{SECOND_CUSTOMER}/institutionLogins/1/accounts")).code
    clock.advance(60)
    assert await dates_of(slow_client, others) == before
    pending = (await slow_client("GET", f"{ACCOUNTS}?status=pending")).accounts[-1]
    assert (pending["status"], "aggregationAttemptDate" in pending) == ("pending", False)


async def test_refresh_of_a_login_leaves_the_other_logins_alone(
    slow_client: Client, slow: Sandbox, clock: MovedClock
) -> None:
    slow.customers[CUSTOMER][ACCOUNT]["institutionLoginId"] = 77
    before = await dates_of(slow_client)
    await slow_client("POST", f"{LOGINS_V2}/77/accounts")
    clock.advance(60)
    after = await dates_of(slow_client)
    assert [one for one in after if after[one] != before[one]] == [ACCOUNT]
