"""Asynchronous refreshes of transactions, as a client sees them that has never heard of this library."""

import asyncio
import math
from typing import Any

import pytest

from finicity_async import Sandbox
from finicity_async.sandbox import RefreshScript
from tests.sandbox.answers.plain_client import ACCOUNT, ACCOUNTS, ACCOUNTS_V2, CUSTOMER, LOGIN, SECOND_CUSTOMER, Client
from tests.support.clock import MovedClock
from tests.support.held import loop_turned

REFRESHES = f"/aggregation/customers/{CUSTOMER}/transactions/refreshes"
SECOND = "5011648378"
DAY = 86_400
BY_LOGIN = {"institutionLoginId": LOGIN}
HALF = {"accountIds": [ACCOUNT, SECOND]}


async def started(client: Client, body: dict[str, Any] = HALF) -> str:
    """Start a refresh; return the path of its status."""
    answer = await client("POST", REFRESHES, json=body)
    assert answer.status == 202
    return f"{REFRESHES}/{answer.json['refreshId']}"


async def state(client: Client, path: str) -> tuple[str, int, int, int]:
    found = (await client("GET", path)).json
    return found["status"], found["totalCount"], found["successCount"], found["failedCount"]


async def dates_of(client: Client) -> dict[str, tuple[int, int]]:
    found = (await client("GET", ACCOUNTS)).accounts
    return {one["id"]: (one["aggregationAttemptDate"], one["aggregationSuccessDate"]) for one in found}


async def test_refresh_is_new_then_in_progress_then_completed(
    slow_client: Client, slow: Sandbox, clock: MovedClock
) -> None:
    slow.script_refresh(RefreshScript(seconds=40, seconds_apart=20, codes={SECOND: 185}))
    before = await dates_of(slow_client)
    path = await started(slow_client)
    assert await state(slow_client, path) == ("NEW", 2, 0, 0)
    clock.advance(10)
    assert await state(slow_client, path) == ("IN_PROGRESS", 2, 0, 0)
    clock.advance(30)
    assert await state(slow_client, path) == ("IN_PROGRESS", 2, 1, 0)
    clock.advance(20)
    assert await state(slow_client, path) == ("COMPLETED", 2, 1, 1)
    after = await dates_of(slow_client)
    assert [one for one in after if after[one] != before[one]] == [ACCOUNT, SECOND]
    assert after[SECOND][1] == before[SECOND][1]


async def test_status_names_the_accounts_with_what_is_known_of_each(
    slow_client: Client, slow: Sandbox, clock: MovedClock
) -> None:
    slow.script_refresh(RefreshScript(seconds=40, seconds_apart=20, codes={SECOND: 185}))
    path = await started(slow_client)
    place = {"institutionLoginId": LOGIN, "institutionId": "4222"}
    clock.advance(40)
    answer = (await slow_client("GET", path)).json
    success = answer["accounts"][0].pop("aggregationSuccessDate")
    assert success == "1970-01-12T13:47:20Z"
    assert answer["accounts"] == [
        {"accountId": ACCOUNT, **place, "aggregationStatusCode": 0},
        {"accountId": SECOND, **place},
    ]
    clock.advance(20)
    assert (await slow_client("GET", path)).json["accounts"][1]["aggregationStatusCode"] == 185


async def test_refresh_in_which_every_account_fails_has_failed(
    slow_client: Client, slow: Sandbox, clock: MovedClock
) -> None:
    slow.script_refresh(RefreshScript(seconds=40, codes={ACCOUNT: 103, SECOND: 185}, running_code=325))
    path = await started(slow_client)
    clock.advance(20)
    shown = (await slow_client("GET", path)).json["accounts"]
    assert [one["aggregationStatusCode"] for one in shown] == [325, 325]
    clock.advance(20)
    assert await state(slow_client, path) == ("FAILED", 2, 0, 2)


async def test_success_counts_when_its_date_is_there(slow_client: Client, slow: Sandbox, clock: MovedClock) -> None:
    slow.script_refresh(RefreshScript(seconds=40, success_delay=5))
    path = await started(slow_client)
    clock.advance(44)
    assert await state(slow_client, path) == ("IN_PROGRESS", 2, 0, 0)
    clock.advance(1)
    assert await state(slow_client, path) == ("COMPLETED", 2, 2, 0)


@pytest.mark.parametrize(
    ("script", "shown"),
    [
        (RefreshScript(seconds=math.inf), "IN_PROGRESS"),
        (RefreshScript(happens=False), "NEW"),
    ],
)
async def test_refresh_may_never_end_and_never_begin(
    script: RefreshScript, shown: str, slow_client: Client, slow: Sandbox, clock: MovedClock
) -> None:
    slow.script_refresh(script)
    path = await started(slow_client)
    clock.advance(1000)
    assert await state(slow_client, path) == (shown, 2, 0, 0)


async def test_answer_repeats_what_was_asked_for(slow_client: Client, clock: MovedClock) -> None:
    clock.advance(1000 * DAY)
    await slow_client.log_in()
    answer = (await slow_client("POST", REFRESHES, json={**BY_LOGIN, **HALF, "mode": "historic"})).json
    assert len(answer.pop("refreshId")) == 36
    assert answer == {
        "customerId": CUSTOMER,
        "institutionLoginId": LOGIN,
        "accountIds": [ACCOUNT, SECOND],
        "mode": "historic",
        "fromDate": "1970-10-09T13:46:40Z",
        "toDate": "1972-10-08T13:46:40Z",
        "status": "NEW",
        "createdAt": "1972-10-08T13:46:40Z",
    }
    custom = {"mode": "custom", "fromDate": "1972-01-01T00:00:00+02:00"}
    answer = (await slow_client("POST", REFRESHES, json={**BY_LOGIN, **custom})).json
    assert (answer["fromDate"], answer["toDate"]) == ("1971-12-31T22:00:00Z", "1972-10-08T13:46:40Z")


@pytest.mark.parametrize("first", ["transactions", "accounts"])
async def test_account_that_is_being_refreshed_fails_with_325(
    first: str, slow_client: Client, clock: MovedClock
) -> None:
    if first == "accounts":
        await slow_client("POST", ACCOUNTS_V2)
        expected = ("FAILED", 2, 0, 2)
    else:
        await started(slow_client, {"accountIds": [SECOND]})
        expected = ("COMPLETED", 2, 1, 1)
    path = await started(slow_client)
    before = await dates_of(slow_client)
    clock.advance(60)
    assert await state(slow_client, path) == expected
    codes = [one["aggregationStatusCode"] for one in (await slow_client("GET", path)).json["accounts"]]
    assert codes == [325, 325] if first == "accounts" else [0, 325]
    after = await dates_of(slow_client)
    assert all(after[one] > before[one] for one in (ACCOUNT, SECOND))


REFUSED: dict[str, tuple[dict[str, Any], int, int]] = {
    "nothing to refresh": ({}, 400, 10005),
    "no list": ({"accountIds": ACCOUNT}, 400, 10100),
    "an empty list": ({"accountIds": []}, 400, 10100),
    "another account": ({"accountIds": [ACCOUNT, "1"]}, 404, 10005),
    "another login": ({"institutionLoginId": "1"}, 404, 38007),
    "another mode": ({**BY_LOGIN, "mode": "monthly"}, 400, 10100),
    "no beginning": ({**BY_LOGIN, "mode": "custom"}, 400, 10005),
    "seconds": ({**BY_LOGIN, "mode": "custom", "fromDate": 86_400}, 400, 10100),
    "a date without a zone": ({**BY_LOGIN, "mode": "custom", "fromDate": "1970-01-01T00:00:00"}, 400, 10100),
    "an end before the beginning": (
        {**BY_LOGIN, "mode": "custom", "fromDate": "1970-01-03T00:00:00Z", "toDate": "1970-01-02T00:00:00Z"},
        400,
        41002,
    ),
}


@pytest.mark.parametrize(("body", "status", "code"), REFUSED.values(), ids=REFUSED)
async def test_request_that_does_not_fit_is_refused(
    body: dict[str, Any], status: int, code: int, slow_client: Client
) -> None:
    answer = await slow_client("POST", REFRESHES, json=body)
    assert (answer.status, int(answer.code)) == (status, code)


async def test_refresh_belongs_to_its_customer_and_an_unknown_one_is_404(slow_client: Client) -> None:
    path = await started(slow_client)
    for other in (f"{REFRESHES}/1", path.replace(CUSTOMER, SECOND_CUSTOMER)):
        answer = await slow_client("GET", other)
        assert (answer.status, answer.code) == (404, 10008)
    answer = await slow_client("GET", path.replace(CUSTOMER, "1"))
    assert (answer.status, answer.code) == (404, "14001")


async def test_account_without_its_members_and_one_that_is_pending_are_no_trouble(
    slow_client: Client, slow: Sandbox, clock: MovedClock
) -> None:
    account = slow.customers[CUSTOMER][ACCOUNT]
    del account["institutionLoginId"], account["institutionId"]
    slow.customers[CUSTOMER][SECOND]["status"] = "pending"
    path = await started(slow_client)
    clock.advance(60)
    assert (await slow_client("GET", path)).json["accounts"] == [
        {"accountId": ACCOUNT, "aggregationStatusCode": 0, "aggregationSuccessDate": "1970-01-12T13:47:40Z"}
    ]


async def test_answer_can_be_lost_while_the_refresh_runs(slow_client: Client, slow: Sandbox, clock: MovedClock) -> None:
    slow.script_refresh(RefreshScript(seconds=40, answer="hang"))
    before = await dates_of(slow_client)
    refresh = asyncio.create_task(slow_client("POST", REFRESHES, json=HALF))
    await loop_turned()
    refresh.cancel()
    with pytest.raises(asyncio.CancelledError):
        await refresh
    clock.advance(40)
    after = await dates_of(slow_client)
    assert [one for one in after if after[one] != before[one]] == [ACCOUNT, SECOND]


async def test_reset_takes_refreshes_back_with_the_records(
    slow_client: Client, slow: Sandbox, clock: MovedClock
) -> None:
    first = await started(slow_client)
    snapshot = slow.snapshot()
    second = await started(slow_client, {"accountIds": [SECOND]})
    slow.reset(snapshot)
    assert (await slow_client("GET", second)).status == 404
    clock.advance(60)
    assert await state(slow_client, first) == ("COMPLETED", 2, 2, 0)
    slow.reset()
    assert (await slow_client("GET", first)).status == 404


@pytest.mark.parametrize(
    ("options", "oldest"),
    [({}, -180), ({"mode": "historic"}, -730), ({"mode": "custom", "fromDate": "1970-01-02T00:00:00Z"}, None)],
)
@pytest.mark.parametrize("before", [None, -10, -1000])
async def test_success_reaches_back_as_far_as_its_mode_does(
    *,
    options: dict[str, Any],
    oldest: int | None,
    before: int | None,
    slow_client: Client,
    slow: Sandbox,
    clock: MovedClock,
) -> None:
    clock.advance(1000 * DAY)
    await slow_client.log_in()
    now = int(clock())
    slow.script_refresh(RefreshScript(seconds=40, codes={SECOND: 185}))
    for one in (ACCOUNT, SECOND):
        slow.customers[CUSTOMER][one]["oldestTransactionDate"] = before and now + before * DAY
    await started(slow_client, {**HALF, **options})
    clock.advance(40)
    first, second = (await slow_client("GET", ACCOUNTS)).accounts[:2]
    reached = DAY if oldest is None else now + oldest * DAY
    assert first["oldestTransactionDate"] == min(reached, now + (before or 0) * DAY)
    assert second["oldestTransactionDate"] == (before and now + before * DAY)
