"""Refreshes of transactions: one POST, then the status by its ID, until it says that the refresh has ended."""

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from finicity_async import (
    AsyncSession,
    AuthenticationError,
    BadRequestError,
    FinicityError,
    PermissionDeniedError,
    RefreshResult,
    RefreshTimeoutError,
    Sandbox,
    get_customer_accounts,
    iter_transactions,
    refresh_transactions_and_wait,
    wait_for_refresh,
)
from finicity_async.sandbox import RefreshScript
from tests.support.clock import MovedClock
from tests.support.journals import AllCalls
from tests.support.refreshes import (
    CUSTOMER,
    FIRST,
    FOURTH,
    IDS,
    NOW,
    SECOND,
    THIRD,
    listed,
    on_clock,
    row,
    split,
)
from tests.support.servers import Answer, Close, RawServer, Received, http, session_on
from tests.support.transaction_refreshes import (
    AFTER,
    BEFORE,
    ID,
    STARTED,
    STATUS,
    SUCCESS_DATE,
    UNKNOWN,
    Vendor,
    done,
    entry,
    failed,
    status,
)

Outcome = dict[str, tuple[str, ...]]

ALL: Outcome = {"succeeded": ("1", "2")}
ONE: Outcome = {"succeeded": ("1",), "failed": ("2",)}
MOVED = (BEFORE, AFTER)
TOLD: dict[str, tuple[Vendor, Outcome, str]] = {
    "completed": (
        Vendor(status("NEW"), status("IN_PROGRESS", done("1"), entry("2")), status("COMPLETED", done("1"), done("2"))),
        ALL,
        "GPSSSG",
    ),
    "completed at once": (Vendor(status("COMPLETED", done("1"), done("2"))), ALL, "GPSG"),
    "completed with a failure": (
        Vendor(status("COMPLETED", done("1"), failed("2"), totalCount=2, successCount=1, failedCount=1)),
        ONE,
        "GPSG",
    ),
    "a failure as in the document's example": (
        Vendor(status("COMPLETED", done("1"), entry("2", code=325, message="being aggregated"))),
        ONE,
        "GPSG",
    ),
    "FAILED": (Vendor(status("NEW"), status("FAILED", failed("1"), failed("2"))), {"failed": ("1", "2")}, "GPSSG"),
    "FAILED without accounts": (Vendor(status("FAILED")), {"failed": ("1", "2")}, "GPSG"),
    "completed without accounts": (Vendor(status("COMPLETED"), accounts=MOVED), ONE, "GPSG"),
    "completed without outcomes": (Vendor(status("COMPLETED")), {"pending": ("1", "2")}, "GPSG"),
    "a status that nobody knows": (
        Vendor(status("PAUSED", done("1"), done("2")), status("COMPLETED", done("1"), done("2"))),
        ALL,
        "GPSSG",
    ),
    "an account that is busy elsewhere": (
        Vendor(
            status("IN_PROGRESS", entry("1", aggregationStatusCode=325), done("2")),
            status("COMPLETED", done("1"), done("2")),
        ),
        ALL,
        "GPSSG",
    ),
    "an account that was not asked for": (
        Vendor(status("COMPLETED", done("1"), done("2"), failed("3"))),
        ALL,
        "GPSG",
    ),
    "an account that vanishes": (
        Vendor(status("COMPLETED", done("1"), done("2")), accounts=(BEFORE, listed(row("1", 5, 5, 0)))),
        {"succeeded": ("1",), "vanished": ("2",)},
        "GPSGSG",
    ),
    "an ID that is not known": (Vendor(UNKNOWN, accounts=MOVED), ONE, "GPSG"),
    "an ID that is not known yet": (
        Vendor(UNKNOWN, status("COMPLETED", done("1"), done("2"))),
        ALL,
        "GPSGSG",
    ),
    "a status of another refresh": (
        Vendor(status("COMPLETED", done("1"), done("2"), refreshId="other-9"), accounts=MOVED),
        ONE,
        "GPSG",
    ),
    "a status without an ID": (Vendor(status("COMPLETED", done("1"), done("2"), refreshId=None)), ALL, "GPSG"),
    "no ID": (Vendor(started=http(202, {"status": "NEW"}), accounts=MOVED), ONE, "GPG"),
    "an ID that no path can hold": (Vendor(started=http(202, {"refreshId": "../1"}), accounts=MOVED), ONE, "GPG"),
    "no JSON": (Vendor(started=http(202, "<html>"), accounts=MOVED), ONE, "GPG"),
    "another customer's": (Vendor(started=http(202, {"customerId": "9"}), accounts=MOVED), ONE, "GPG"),
}


@pytest.mark.parametrize(("vendor", "outcome", "letters"), TOLD.values(), ids=TOLD)
async def test_refresh_is_sent_once_and_told_by_account(
    vendor: Vendor, outcome: Outcome, letters: str, clock: MovedClock
) -> None:
    server = RawServer(default=vendor)
    async with server, session_on(server, **on_clock(clock)) as session:
        result = await refresh_transactions_and_wait(session, CUSTOMER, institution_login_id=7)
        assert split(result) == outcome
        assert result.complete == ("pending" not in outcome)
        assert vendor.letters == letters
        assert clock() - NOW <= (2 + 4 + 8) * 1.2 + 0.001
        await get_customer_accounts(session, CUSTOMER)


NEVER_ACTIVATED = listed(row("1", 0, 0, 0), {"id": "2", "status": "pending"})
UNREAD: dict[str, tuple[Vendor, Outcome]] = {
    "followed by its ID": (
        Vendor(status("IN_PROGRESS", entry("2")), status("COMPLETED", done("2")), accounts=(NEVER_ACTIVATED,) * 2),
        {"succeeded": ("2",)},
    ),
    "an ID that is not known yet": (
        Vendor(UNKNOWN, status("COMPLETED", failed("2")), accounts=(NEVER_ACTIVATED,) * 2),
        {"failed": ("2",)},
    ),
    "by the dates": (Vendor(started=http(202, {}), accounts=(NEVER_ACTIVATED, AFTER)), {"failed": ("2",)}),
}


@pytest.mark.parametrize(("vendor", "outcome"), UNREAD.values(), ids=UNREAD)
async def test_refresh_of_an_account_that_was_never_activated_is_not_over_before_it_has_an_outcome(
    vendor: Vendor, outcome: Outcome, clock: MovedClock
) -> None:
    seen: list[RefreshResult] = []
    server = RawServer(default=vendor)
    async with server, session_on(server, **on_clock(clock)) as session:
        result = await refresh_transactions_and_wait(session, CUSTOMER, account_ids=["2"], on_progress=seen.append)
        assert (split(result), result.complete) == (outcome, True)
        assert (split(seen[0]), seen[0].complete) == ({"pending": ("2",)}, False)


async def test_accounts_have_the_code_and_the_date_of_the_refresh(clock: MovedClock) -> None:
    told = status("COMPLETED", done("1"), failed("2"))
    server = RawServer(default=Vendor(told, accounts=(BEFORE, listed(row("1", 0, 0, 103), row("2", 3, 0, 0)))))
    async with server, session_on(server, **on_clock(clock)) as session:
        result = await refresh_transactions_and_wait(session, CUSTOMER, institution_login_id=7)
        first, second = result.accounts
        assert (first.aggregation_status_code, first.aggregation_success_date) == (0, SUCCESS_DATE)
        assert second.aggregation is not None
        assert (second.aggregation.code, second.aggregation_success_date) == (185, datetime.fromtimestamp(NOW, UTC))
        assert (result.succeeded, result.failed) == ((first,), (second,))


async def test_account_of_a_refresh_that_failed_without_a_reason_has_no_code(clock: MovedClock) -> None:
    server = RawServer(default=Vendor(status("FAILED", entry("1"))))
    async with server, session_on(server, **on_clock(clock)) as session:
        result = await refresh_transactions_and_wait(session, CUSTOMER, institution_login_id=7)
        assert [one.aggregation for one in result.failed] == [None, None]


PASSING: dict[str, Answer] = {
    "503": http(503),
    "408": http(408),
    "500 with 10010": http(500, {"code": 10010, "message": "down"}),
    "500 with 185": http(500, {"code": 185, "message": "no"}),
    "disconnect": Close(),
    "page": http(200, "<html>"),
    "another customer's": http(200, {"customerId": "9", "status": "COMPLETED"}),
    "429": http(429, headers={"Retry-After": "5"}),
}


@pytest.mark.parametrize("answer", PASSING.values(), ids=PASSING)
async def test_look_at_the_status_that_fails_in_passing_is_made_again(answer: Answer, clock: MovedClock) -> None:
    ended = status("COMPLETED", done("1"), done("2"))
    server = RawServer(BEFORE, STARTED, answer, ended, default=AFTER)
    async with server, session_on(server, **on_clock(clock)) as session:
        assert split(await refresh_transactions_and_wait(session, CUSTOMER)) == ALL
        assert [one.method for one in server.calls] == ["GET", "POST", "GET", "GET", "GET"]


@pytest.mark.parametrize(
    ("status_code", "error"),
    [(400, BadRequestError), (401, AuthenticationError), (403, PermissionDeniedError)],
)
async def test_look_at_the_status_that_is_refused_is_raised(
    status_code: int, error: type[FinicityError], clock: MovedClock
) -> None:
    server = RawServer(BEFORE, STARTED, http(status_code), default=AFTER)
    async with server, session_on(server, **on_clock(clock)) as session:
        with pytest.raises(error):
            await refresh_transactions_and_wait(session, CUSTOMER)
        assert len(server.calls) == 3


@pytest.mark.parametrize("name", ["IN_PROGRESS", "PAUSED", None])
async def test_refresh_that_never_ends_is_a_timeout_that_can_go_on(name: Any, clock: MovedClock) -> None:
    vendor = Vendor(status(name, done("1"), entry("2")))
    server = RawServer(default=vendor)
    async with server, session_on(server, **on_clock(clock)) as session:
        with pytest.raises(RefreshTimeoutError) as ended:
            await refresh_transactions_and_wait(session, CUSTOMER, wait=60)
        error = ended.value
        assert clock() - NOW == pytest.approx(60)
        assert split(error.result) == {"succeeded": ("1",), "pending": ("2",)}
        assert not error.result.complete
        assert error.baseline == error.result.baseline
        assert (error.baseline.refresh_id, tuple(error.baseline.attempts)) == (ID, ("1", "2"))
        vendor._statuses = [status("COMPLETED", done("1"), done("2"))]
        assert split(await wait_for_refresh(session, CUSTOMER, error.baseline)) == ALL
        assert vendor.letters.count("P") == 1


async def test_wait_caps_the_post_too(clock: MovedClock) -> None:
    def never(_: Received) -> bytes:
        clock.advance(100)
        return STARTED

    server = RawServer(BEFORE, never, default=status("NEW"))
    async with server, session_on(server, **on_clock(clock)) as session:
        with pytest.raises(RefreshTimeoutError, match="after 50 s") as ended:
            await refresh_transactions_and_wait(session, CUSTOMER, wait=50)
        assert ended.value.baseline.refresh_id == ID
        assert len(server.calls) == 2


async def test_refresh_on_the_sandbox_is_followed_to_its_end(
    session: AsyncSession, sandbox: Sandbox, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=20, seconds_apart=20, codes={SECOND: 185}))
    seen: list[RefreshResult] = []
    result = await refresh_transactions_and_wait(session, CUSTOMER, on_progress=seen.append)
    assert split(result) == {"succeeded": (FIRST, THIRD, FOURTH), "failed": (SECOND,)}
    assert result.complete
    assert len(journal.refreshes) == 1
    sandbox.assert_called("GetCustomerAccounts", times=2)
    assert split(seen[0]) == {"pending": IDS}
    assert {"succeeded", "failed", "pending"} in [set(split(one)) for one in seen]
    assert [one.complete for one in seen] == [False] * (len(seen) - 1) + [True]
    assert seen[-1] == result
    assert {one.baseline and one.baseline.refresh_id for one in seen} == {
        result.baseline and result.baseline.refresh_id
    }
    assert {one.aggregation_status_code for one in result.accounts} == {0, 185}


async def test_refresh_brings_transactions(session: AsyncSession, sandbox: Sandbox, clock: MovedClock) -> None:
    del sandbox.customers[CUSTOMER][THIRD]["oldestTransactionDate"]
    assert sandbox.transactions(CUSTOMER, THIRD) == []
    await refresh_transactions_and_wait(session, CUSTOMER, account_ids=[THIRD])
    until = datetime.fromtimestamp(clock(), UTC)
    rows = iter_transactions(session, CUSTOMER, until - timedelta(days=400), until, account_id=THIRD)
    dates = [row.transaction_date async for row in rows]
    assert len(dates) > 30
    assert min(filter(None, dates)) >= until - timedelta(days=181)


async def test_refresh_that_does_not_end_though_every_account_did_is_a_timeout_that_says_so(clock: MovedClock) -> None:
    server = RawServer(default=Vendor(status("PAUSED", done("1"), failed("2"))))
    async with server, session_on(server, **on_clock(clock)) as session:
        with pytest.raises(RefreshTimeoutError, match="outcome, but the refresh was not over after 60 s") as ended:
            await refresh_transactions_and_wait(session, CUSTOMER, wait=60)
        assert split(ended.value.result) == ONE


async def test_looks_at_the_status_come_2_4_8_and_at_most_15_s_apart_with_jitter(
    session: AsyncSession, sandbox: Sandbox, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=math.inf))
    with pytest.raises(RefreshTimeoutError):
        await refresh_transactions_and_wait(session, CUSTOMER, wait=1000)
    looks = [one.time for one in (*journal.refreshes, *journal) if one.operation == STATUS or one.method == "POST"]
    delays = [later - sooner for sooner, later in pairwise(sorted({*looks}))]
    for delay, usual in zip(delays, (2, 4, 8, *(15,) * (len(delays) - 4)), strict=False):
        assert 0.8 * usual - 1e-6 <= delay <= min(15, 1.2 * usual) + 1e-6
    assert len({round(delay, 6) for delay in delays}) > 20
