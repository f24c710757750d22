"""Oddities of the status of a refresh of transactions: on the wire, and for a client that waits."""

import json
from typing import Any

import pytest

from finicity_async import AsyncSession, RefreshTimeoutError, Sandbox, describe_status, refresh_transactions_and_wait
from finicity_async.endpoints.transactions import GET_TRANSACTION_REFRESH_STATUS, refresh_transactions
from finicity_async.sandbox import QUIRKS, REFRESH_QUIRKS, Malformed, Quirk, RefreshQuirk, RefreshScript
from tests.support.clock import MovedClock
from tests.support.refreshes import CUSTOMER, FIRST, SECOND, session_in, split
from tests.support.wire import Wire

PLACE = {"institutionLoginId": "1007302745", "institutionId": "4222"}
DATE = {"aggregationSuccessDate": "2023-11-14T22:14:00Z"}
GOOD = {"accountId": FIRST, **PLACE, "aggregationStatusCode": 0, **DATE}
BAD = {"accountId": SECOND, **PLACE, "aggregationStatusCode": 185}
PLAIN = {"accounts": [GOOD, BAD], "status": "COMPLETED"}
ON_THE_WIRE: dict[str, dict[str, Any]] = {
    "errors_in_place_of_codes": {
        "accounts": [
            GOOD,
            {"accountId": SECOND, **PLACE, "code": 185, "message": describe_status(185).meaning},
        ],
        "status": "COMPLETED",
    },
    "no_accounts": {"status": "COMPLETED"},
    "no_outcomes": {"accounts": [{"accountId": one, **PLACE} for one in (FIRST, SECOND)], "status": "COMPLETED"},
    "unknown_status": {**PLAIN, "status": "PAUSED"},
}


@pytest.fixture
async def session(still: Sandbox, clock: MovedClock) -> Any:
    async with session_in(still, clock) as session:
        yield session


async def status_of_a_refresh(session: AsyncSession, sandbox: Sandbox, clock: MovedClock) -> tuple[str | None, Any]:
    """Refresh two accounts, of which one fails; return the ID and the status as it is on the wire."""
    sandbox.script_refresh(RefreshScript(seconds=40, codes={SECOND: 185}))
    started = await refresh_transactions(session, CUSTOMER, account_ids=[FIRST, SECOND])
    clock.advance(40)
    request = GET_TRANSACTION_REFRESH_STATUS.request(customerId=CUSTOMER, refreshId=started.refresh_id)
    response = await session.send_raw(request)
    return started.refresh_id, json.loads(response.body)


@pytest.mark.parametrize("quirk", [None, *REFRESH_QUIRKS])
async def test_quirk_changes_what_it_names_and_nothing_else(
    quirk: str | None, session: AsyncSession, still: Sandbox, clock: MovedClock
) -> None:
    if quirk is not None:
        still.add_fault(RefreshQuirk(quirk=quirk))
    refresh_id, status = await status_of_a_refresh(session, still, clock)
    rest = {"refreshId": refresh_id, "customerId": CUSTOMER, "mode": "standard"}
    counts = {"totalCount": 2, "successCount": 1, "failedCount": 1}
    assert status == {**rest, **(ON_THE_WIRE[quirk] if quirk else PLAIN), **counts}


@pytest.mark.parametrize("quirk", [one for one in REFRESH_QUIRKS if one != "unknown_status"])
async def test_client_tells_the_outcome_of_every_account_in_spite_of_the_quirk(
    quirk: str, session: AsyncSession, still: Sandbox
) -> None:
    still.add_fault(RefreshQuirk(quirk=quirk))
    still.script_refresh(RefreshScript(seconds=40, codes={SECOND: 185}))
    result = await refresh_transactions_and_wait(session, CUSTOMER, account_ids=[FIRST, SECOND])
    assert split(result) == {"succeeded": (FIRST,), "failed": (SECOND,)}
    assert [one.aggregation_status_code for one in result.accounts] == [0, 185]


async def test_client_waits_for_an_end_that_it_knows(session: AsyncSession, still: Sandbox) -> None:
    still.add_fault(RefreshQuirk(quirk="unknown_status"))
    with pytest.raises(RefreshTimeoutError) as ended:
        await refresh_transactions_and_wait(session, CUSTOMER, account_ids=[FIRST], wait=100)
    assert split(ended.value.result) == {"succeeded": (FIRST,)}
    assert not ended.value.result.complete


@pytest.mark.parametrize("quirk", QUIRKS)
async def test_quirk_of_accounts_leaves_the_status_alone(
    quirk: str, session: AsyncSession, still: Sandbox, clock: MovedClock
) -> None:
    still.add_fault(Quirk(quirk=quirk))
    _, status = await status_of_a_refresh(session, still, clock)
    assert status["accounts"] == [GOOD, BAD]


async def test_quirk_leaves_accounts_refusals_and_what_is_no_json_alone(
    session: AsyncSession, still: Sandbox, clock: MovedClock
) -> None:
    still.add_fault(*(RefreshQuirk(quirk=one) for one in REFRESH_QUIRKS))
    async with Wire(still) as wire:
        await wire.log_in()
        refused = await wire("GET", f"/aggregation/customers/{CUSTOMER}/transactions/refreshes/1")
        assert (refused.status, refused.json["code"]) == (404, 10008)
        assert len((await wire("GET", f"/aggregation/v1/customers/{CUSTOMER}/accounts")).json["accounts"]) == 4
    still.clear_faults()
    still.add_fault(Malformed(first=1, operation="getTransactionRefreshStatus"), RefreshQuirk(quirk="no_accounts"))
    result = await refresh_transactions_and_wait(session, CUSTOMER, account_ids=[FIRST])
    assert split(result) == {"succeeded": (FIRST,)}


def test_unknown_quirk_is_refused() -> None:
    with pytest.raises(ValueError, match="errors_in_place_of_codes, no_accounts, no_outcomes, unknown_status"):
        RefreshQuirk(quirk="none")
