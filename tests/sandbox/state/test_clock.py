"""The clock of a sandbox: dates, nightly aggregation and refreshes."""

import asyncio
import math

import pytest

from finicity_async.sandbox import RefreshScript, Sandbox
from tests.sandbox.state.times import NOW, ONE_ACCOUNT, attempts
from tests.support.clock import MovedClock
from tests.support.held import until
from tests.support.wire import (
    ACCOUNT,
    ACCOUNTS,
    ACCOUNTS_V2,
    CUSTOMER,
    CUSTOMERS,
    LOGIN,
    SECOND_CUSTOMER,
    Wire,
    accounts_of,
    get_once,
    token_of,
)

NIGHT = 86_400

AT_LOGIN = f"{CUSTOMERS}/{CUSTOMER}/institutionLogins/{LOGIN}/accounts"


async def test_date_header_follows_the_moved_clock(still: Sandbox, wire: Wire) -> None:
    assert (await wire("GET", ACCOUNTS)).headers["date"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    still.clock.advance(0.5)
    assert (await wire("GET", ACCOUNTS)).headers["date"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    still.clock.advance(0.5 + 3600)
    assert (await wire("GET", ACCOUNTS)).headers["date"] == "Tue, 14 Nov 2023 23:13:21 GMT"


async def test_token_ages_on_the_moved_clock(still: Sandbox, wire: Wire) -> None:
    still.clock.advance(2 * 3600 - 1)
    assert (await wire("GET", ACCOUNTS)).status == 200
    still.clock.advance(1)
    assert (await wire("GET", ACCOUNTS)).code == "10023"
    await wire.log_in()
    assert (await wire("GET", ACCOUNTS)).status == 200


@pytest.mark.parametrize("seconds", [math.inf, -math.inf, math.nan, 1e300])
async def test_clock_refuses_to_move_beyond_every_date(still: Sandbox, wire: Wire, seconds: float) -> None:
    with pytest.raises((ValueError, OverflowError)):
        still.clock.advance(seconds)
    assert (await wire("GET", ACCOUNTS)).status == 200


async def test_accounts_are_aggregated_every_night_but_for_those_that_failed(still: Sandbox, wire: Wire) -> None:
    records = still.customers[CUSTOMER]
    records[ACCOUNT]["aggregationStatusCode"] = 103
    before = await attempts(wire)
    still.clock.advance(NIGHT - 1)
    await wire.log_in()
    assert await attempts(wire) == before
    still.clock.advance(1)
    first, *others = await attempts(wire)
    assert first == before[0]
    assert set(others) == {int(NOW) + NIGHT}
    still.clock.advance(2.5 * NIGHT)
    await wire.log_in()
    first, *others = await attempts(wire)
    assert first == before[0]
    assert set(others) == {int(NOW) + 3 * NIGHT}
    assert [one["status"] for one in records.values() if "aggregationAttemptDate" not in one] == ["pending"]


async def test_nightly_aggregation_is_the_same_for_customers_that_nobody_had_looked_at(
    still: Sandbox, wire: Wire
) -> None:
    assert await attempts(wire, CUSTOMER)
    still.clock.advance(3 * NIGHT)
    await wire.log_in()
    assert set(await attempts(wire, CUSTOMER)) == set(await attempts(wire, SECOND_CUSTOMER)) == {int(NOW) + 3 * NIGHT}


async def test_records_show_at_once_what_the_clock_brought(still: Sandbox, wire: Wire) -> None:
    assert (await wire("POST", ACCOUNTS_V2)).status == 204
    before = still.customers[CUSTOMER][ACCOUNT]["aggregationAttemptDate"]
    still.clock.advance(61)
    assert still.customers[CUSTOMER][ACCOUNT]["aggregationAttemptDate"] > before
    still.clock.advance(NIGHT)
    assert still.customers[CUSTOMER][ACCOUNT]["aggregationAttemptDate"] == int(NOW) + NIGHT


async def test_edit_after_the_clock_was_moved_is_not_undone_by_what_was_due(still: Sandbox, wire: Wire) -> None:
    assert (await wire("POST", ACCOUNTS_V2)).status == 204
    still.clock.advance(61)
    still.customers[CUSTOMER][ACCOUNT]["aggregationStatusCode"] = 185
    assert (await wire("GET", ONE_ACCOUNT)).json["aggregationStatusCode"] == 185


@pytest.mark.parametrize(
    "path", [ACCOUNTS_V2, f"/aggregation/v2/customers/{CUSTOMER}/institutionLogins/{LOGIN}/accounts"]
)
async def test_finished_refresh_moves_the_dates_by_a_second_at_least(still: Sandbox, wire: Wire, path: str) -> None:
    still.script_refresh(RefreshScript(seconds=0))
    for _ in range(3):
        before = (await wire("GET", ACCOUNTS)).json["accounts"]
        assert (await wire("POST", path)).status == 204
        for old, new in zip(before, (await wire("GET", ACCOUNTS)).json["accounts"], strict=True):
            for name in ("aggregationAttemptDate", "aggregationSuccessDate", "balanceDate", "lastUpdatedDate"):
                assert new[name] >= old[name] + 1


async def test_refresh_while_one_runs_is_500_with_325_for_every_overlap(still: Sandbox, wire: Wire) -> None:
    still.add_account(CUSTOMER, institutionLoginId=77)
    elsewhere = f"/aggregation/v2/customers/{CUSTOMER}/institutionLogins/77/accounts"
    assert (await wire("POST", AT_LOGIN.replace("v1", "v2"))).status == 204
    assert (await wire("POST", elsewhere)).status == 204, "another login is free"
    for path in (ACCOUNTS, ACCOUNTS_V2, AT_LOGIN, elsewhere):
        seen = await wire("POST", path)
        assert (seen.status, seen.code) == (500, 325)
    still.clock.advance(60)
    assert (await wire("POST", ACCOUNTS_V2)).status == 204


async def test_one_of_many_simultaneous_refreshes_runs(still: Sandbox, wire: Wire) -> None:
    async def refresh() -> int:
        async with Wire(still, wire.token) as other:
            return (await other("POST", ACCOUNTS_V2)).status

    assert sorted(await asyncio.gather(*(refresh() for _ in range(10)))) == [204] + [500] * 9


@pytest.mark.parametrize("what", ["account", "login", "customer"])
async def test_deletion_during_a_refresh_ends_it_in_good_order(still: Sandbox, wire: Wire, what: str) -> None:
    async with Wire(still, wire.token) as other:
        refresh = asyncio.create_task(other("POST", ACCOUNTS))
        await until(lambda: still.calls("RefreshCustomerAccounts"))
        if what == "customer":
            del still.customers[CUSTOMER]
        else:
            path = f"{ACCOUNTS}/{ACCOUNT}" if what == "account" else AT_LOGIN.removesuffix("/accounts")
            assert (await wire("DELETE", path)).status == 204
        still.clock.advance(60)
        seen = await refresh
    assert seen.status in (200, 404)
    assert ACCOUNT not in seen.body.decode(), "what was deleted is not answered"
    assert (await wire("GET", accounts_of(SECOND_CUSTOMER))).status == 200


@pytest.mark.parametrize("date", ["1700000000", "2023-11-14", None, "", {}, math.nan])
async def test_date_that_was_edited_into_something_else_does_not_stop_the_sandbox(
    still: Sandbox, wire: Wire, date: object
) -> None:
    still.customers[CUSTOMER][ACCOUNT]["aggregationAttemptDate"] = date
    assert (await wire("POST", ACCOUNTS_V2)).status == 204
    still.clock.advance(61)
    assert (await get_once(still, wire.token)).status == 200
    after = [one["aggregationAttemptDate"] for one in (await get_once(still, wire.token)).json["accounts"]]
    assert set(after) == {int(NOW) + 60}, "every account ends"
    still.clock.advance(NIGHT)
    assert (await get_once(still, await token_of(still))).status == 200


async def test_record_without_its_id_can_be_refreshed(still: Sandbox, wire: Wire) -> None:
    del still.customers[CUSTOMER][ACCOUNT]["id"]
    assert (await wire("POST", ACCOUNTS_V2)).status == 204


async def test_fast_answers_see_edits_through_customers(clock: MovedClock) -> None:
    async with Sandbox(customers=2, fast=True, refresh_seconds=60, clock=clock) as sandbox, Wire(sandbox) as wire:
        await wire.log_in()
        clean = await wire("GET", ACCOUNTS)
        assert await wire("GET", ACCOUNTS) == clean
        sandbox.customers[CUSTOMER][ACCOUNT]["balance"] = 1
        assert (await wire("GET", ACCOUNTS)).json["accounts"][0]["balance"] == 1
        added = sandbox.add_account(CUSTOMER)
        assert (await wire("GET", ACCOUNTS)).json["accounts"][-1] == added
        assert (await wire("DELETE", f"{ACCOUNTS}/{added['id']}")).status == 204
        assert len((await wire("GET", ACCOUNTS)).json["accounts"]) == 4
        await wire("POST", ACCOUNTS_V2)
        before = await attempts(wire)
        sandbox.clock.advance(60)
        assert await attempts(wire) != before
        before = await attempts(wire)
        sandbox.clock.advance(NIGHT)
        await wire.log_in()
        assert await attempts(wire) != before
        sandbox.reset()
        assert (await wire("GET", ACCOUNTS)).json == clean.json
        assert (await wire("DELETE", AT_LOGIN.removesuffix("/accounts"))).status == 204
        assert await attempts(wire) == []
        assert (await wire("GET", accounts_of("1"))).code == "14001"


async def test_fast_answers_show_the_end_of_a_refresh_that_was_waited_for(clock: MovedClock) -> None:
    async with Sandbox(customers=1, fast=True, refresh_seconds=60, clock=clock) as sandbox, Wire(sandbox) as wire:
        await wire.log_in()
        async with Wire(sandbox, wire.token) as other:
            refresh = asyncio.create_task(other("POST", ACCOUNTS))
            await until(lambda: sandbox.calls("RefreshCustomerAccounts"))
            before = await attempts(wire)
            clock.advance(60)
            after = [one["aggregationAttemptDate"] for one in (await refresh).json["accounts"]]
        assert after != before
        assert await attempts(wire) == after


async def test_fast_sandbox_answers_as_a_slow_one_does() -> None:
    answers = []
    for fast in (False, True):
        async with Sandbox(customers=2, fast=fast, clock=lambda: NOW) as sandbox, Wire(sandbox) as wire:
            await wire.log_in()
            paths = [ACCOUNTS, f"{ACCOUNTS}?status=pending", ACCOUNTS, f"{ACCOUNTS}?account_type=savings", ACCOUNTS]
            answers.append([(await wire("GET", path)).raw for path in paths])
    assert answers[0] == answers[1]
