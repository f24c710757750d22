"""The end of a refresh, read from the server's own dates, and accounts that are fresh enough."""

import json
import math
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    CustomerAccounts,
    NotFoundError,
    RefreshBaseline,
    RefreshResult,
    RefreshTimeoutError,
    Sandbox,
    refresh_and_wait,
    refresh_baseline,
    wait_for_refresh,
)
from finicity_async.refresh.result import evaluate
from finicity_async.sandbox import RefreshScript
from finicity_async.sandbox.data import make_account
from tests.support.clock import MovedClock
from tests.support.journals import AllCalls
from tests.support.refreshes import (
    ALL_PENDING,
    CUSTOMER,
    FIRST,
    FOURTH,
    IDS,
    LOGIN,
    NOW,
    PENDING,
    SCOPES,
    SECOND,
    THIRD,
    VERSIONS,
    listed,
    methods,
    no_time,
    on_clock,
    row,
    session_in,
    split,
)
from tests.support.servers import RawServer, session_on

SIGNS: dict[str, tuple[int | None, tuple[int | None, int | None, int | None], str]] = {
    "nothing yet": (None, (None, None, None), "pending"),
    "first success": (None, (5, 5, 0), "succeeded"),
    "first failure": (None, (5, None, 103), "failed"),
    "first attempt running": (None, (5, None, 325), "pending"),
    "a success that stays": (0, (0, 0, 0), "pending"),
    "a failure that stays": (0, (0, -9, 185), "pending"),
    "new success": (0, (1, 1, 0), "succeeded"),
    "success after the attempt": (0, (1, 2, 0), "succeeded"),
    "success before the attempt": (0, (1, 0, 0), "pending"),
    "no success": (0, (1, None, 0), "pending"),
    "new failure": (0, (1, 0, 185), "failed"),
    "failure with a newer success": (0, (1, 1, 185), "failed"),
    "unknown code": (0, (1, 0, 987654), "failed"),
    "running, 325": (0, (1, 0, 325), "pending"),
    "running, 5006": (0, (1, 0, 5006), "pending"),
    "no code": (0, (1, 1, None), "pending"),
    "attempt gone": (0, (None, 1, 0), "pending"),
    "attempt earlier": (0, (-1, -1, 0), "pending"),
}


@pytest.mark.parametrize(("before", "after", "outcome"), SIGNS.values(), ids=SIGNS)
async def test_account_has_the_outcome_that_its_dates_and_code_say(
    before: int | None, after: tuple[int | None, int | None, int | None], outcome: str, clock: MovedClock
) -> None:
    baseline = RefreshBaseline({"1": None if before is None else datetime.fromtimestamp(NOW + before, UTC)})
    server = RawServer(default=listed(row("1", *after)))
    async with server, session_on(server, **on_clock(clock)) as session:
        try:
            result = await wait_for_refresh(session, CUSTOMER, baseline, wait=5)
        except RefreshTimeoutError as error:
            result = error.result
    assert split(result) == {outcome: ("1",)}
    assert result.accounts[0].id == "1"


@pytest.mark.parametrize("code", [325, 5006])
async def test_code_that_says_running_is_not_the_end(
    code: int, session: AsyncSession, sandbox: Sandbox, clock: MovedClock
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=20, running_code=code, codes={FIRST: 185}, answer="at once"))
    result = await refresh_and_wait(session, CUSTOMER)
    assert split(result) == {"succeeded": (SECOND, THIRD, FOURTH), "failed": (FIRST,)}
    assert clock() - NOW >= 20


async def test_code_0_with_an_older_success_date_is_pending_until_that_date_follows(
    session: AsyncSession, sandbox: Sandbox, clock: MovedClock
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=2, success_delay=20, codes={FIRST: 185}, answer="at once"))
    seen: list[RefreshResult] = []
    assert set(split(await refresh_and_wait(session, CUSTOMER, on_progress=seen.append))) == {"succeeded", "failed"}
    assert clock() - NOW >= 22
    assert {"failed": (FIRST,), "pending": (SECOND, THIRD, FOURTH)} in [split(one) for one in seen]


async def test_failure_of_an_earlier_attempt_is_pending_until_the_date_has_moved(
    session: AsyncSession, sandbox: Sandbox
) -> None:
    sandbox.customers[CUSTOMER][FIRST]["aggregationStatusCode"] = 185
    sandbox.script_refresh(RefreshScript(seconds=5, codes={SECOND: 103}, answer="at once"))
    seen: list[RefreshResult] = []
    result = await refresh_and_wait(session, CUSTOMER, on_progress=seen.append)
    assert split(seen[0]) == ALL_PENDING
    assert split(result) == {"succeeded": (FIRST, THIRD, FOURTH), "failed": (SECOND,)}


@pytest.mark.parametrize("answer", ["end", "at once", 204])
async def test_first_aggregation_ever_ends_when_dates_appear(
    answer: Any, session: AsyncSession, sandbox: Sandbox
) -> None:
    for record in sandbox.customers[CUSTOMER].values():
        for name in ("aggregationAttemptDate", "aggregationSuccessDate", "aggregationStatusCode"):
            record.pop(name, None)
    seconds = 0 if answer == "end" else 3
    sandbox.script_refresh(RefreshScript(seconds=seconds, codes={FOURTH: 103}, answer=answer))
    assert set((await refresh_baseline(session, CUSTOMER)).attempts.values()) == {None}
    result = await refresh_and_wait(session, CUSTOMER)
    assert split(result) == {"succeeded": (FIRST, SECOND, THIRD), "failed": (FOURTH,)}


@SCOPES
async def test_accounts_that_were_never_activated_do_not_hold_it_up(
    login: int | None, session: AsyncSession, sandbox: Sandbox
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=3, answer=204))
    baseline = await refresh_baseline(session, CUSTOMER, login)
    assert tuple(baseline.attempts) == IDS
    result = await refresh_and_wait(session, CUSTOMER, login)
    assert split(result) == {"succeeded": IDS}
    assert tuple(one.id for one in result.accounts) == ((*IDS, PENDING) if login else IDS)


@VERSIONS
async def test_customer_without_accounts_is_done_after_one_post(
    tiers: bool, session: AsyncSession, sandbox: Sandbox, journal: AllCalls
) -> None:
    sandbox.customers[CUSTOMER] = {}
    result = await refresh_and_wait(session, CUSTOMER, tiers=tiers)
    assert (split(result), result.complete, result.accounts) == ({}, True, ())
    assert len(journal.refreshes) == 1


@pytest.mark.parametrize("answer", ["at once", 204, 504])
async def test_account_that_vanishes_meanwhile_is_listed_and_holds_nothing_up(
    answer: Any, session: AsyncSession, sandbox: Sandbox
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=5, answer=answer))

    def delete(_: RefreshResult) -> None:
        sandbox.customers[CUSTOMER].pop(SECOND, None)

    result = await refresh_and_wait(session, CUSTOMER, on_progress=delete)
    assert split(result) == {"succeeded": (FIRST, THIRD, FOURTH), "vanished": (SECOND,)}


async def test_account_that_is_missing_in_the_answer_alone_is_looked_for_again() -> None:
    before = listed(row("1", 0, 0, 0), row("2", 0, 0, 0))
    half, whole = row("1", 1, 1, 0), listed(row("1", 1, 1, 0), row("2", 2, 2, 0))
    async with RawServer(before, listed(half), whole) as server, session_on(server, sleep=no_time) as session:
        assert split(await refresh_and_wait(session, CUSTOMER)) == {"succeeded": ("1", "2")}
        assert methods(server) == "GPG"


async def test_account_that_appears_meanwhile_is_waited_for(
    session: AsyncSession, sandbox: Sandbox, clock: MovedClock
) -> None:
    place = {"customer_id": CUSTOMER, "institution_id": "4222", "institution_login_id": LOGIN}
    new = make_account(Random(1), "savings", account_id="77", now=NOW, **place)  # type: ignore[arg-type]  # -- as typed
    dates = ("aggregationAttemptDate", "aggregationSuccessDate")
    for name in dates:
        del new[name]

    def discover(result: RefreshResult) -> None:
        sandbox.customers[CUSTOMER]["77"] = new
        if clock() - NOW > 30:
            new.update(dict.fromkeys(dates, int(NOW) + 31))

    sandbox.script_refresh(RefreshScript(seconds=5, answer=204))
    result = await refresh_and_wait(session, CUSTOMER, on_progress=discover)
    assert split(result) == {"succeeded": (*IDS, "77")}
    assert clock() - NOW > 30


def test_account_that_appears_with_an_older_date_has_not_been_refreshed() -> None:
    baseline = RefreshBaseline({"1": datetime.fromtimestamp(NOW, UTC)})
    body = json.dumps({"accounts": [row("1", 5, 5, 0), row("2", -500, -500, 0)]}).encode()
    result = evaluate(baseline, CustomerAccounts.from_json(body))
    assert split(result) == {"succeeded": ("1",), "pending": ("2",)}


@pytest.mark.parametrize("resumed", [False, True], ids=["refresh_and_wait", "wait_for_refresh"])
async def test_login_whose_accounts_all_vanish_is_done(
    resumed: bool, session: AsyncSession, sandbox: Sandbox, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=math.inf, answer=204))

    def delete(_: object) -> None:
        sandbox.customers[CUSTOMER].clear()

    if resumed:
        baseline = await refresh_baseline(session, CUSTOMER, LOGIN)
        delete(None)
        result = await wait_for_refresh(session, CUSTOMER, baseline, institution_login_id=LOGIN)
    else:
        result = await refresh_and_wait(session, CUSTOMER, LOGIN, on_progress=delete)
    assert (split(result), result.complete) == ({"vanished": IDS}, True)
    assert len(journal.refreshes) == (0 if resumed else 1)


@SCOPES
async def test_customer_that_does_not_exist_is_an_error_and_not_a_set_of_vanished_accounts(
    login: int | None, session: AsyncSession
) -> None:
    baseline = await refresh_baseline(session, CUSTOMER)
    with pytest.raises(NotFoundError):
        await wait_for_refresh(session, "999", baseline, institution_login_id=login)


@pytest.mark.parametrize(("customer", "login"), [("999", None), ("999", LOGIN), (CUSTOMER, 1)])
async def test_customer_or_login_that_does_not_exist_is_raised_and_nothing_posted(
    customer: str, login: int | None, session: AsyncSession, journal: AllCalls
) -> None:
    with pytest.raises(NotFoundError):
        await refresh_and_wait(session, customer, login)
    assert journal.refreshes == []


@pytest.mark.parametrize("offset", [-86_400, 86_400])
@pytest.mark.parametrize("answer", ["end", "at once", 504])
async def test_local_clock_that_is_wrong_by_a_day_changes_nothing(
    *, answer: Any, offset: int, sandbox: Sandbox, clock: MovedClock, journal: AllCalls
) -> None:
    seconds = 0 if answer == "end" else 6
    sandbox.script_refresh(RefreshScript(seconds=seconds, codes={FIRST: 185}, answer=answer))
    async with session_in(sandbox, clock, offset=offset) as session:
        result = await refresh_and_wait(session, CUSTOMER)
    assert split(result) == {"succeeded": (SECOND, THIRD, FOURTH), "failed": (FIRST,)}
    assert len(journal.refreshes) == 1
    assert seconds <= clock() - NOW < 20


DATE = "Tue, 15 Jul 2025 12:00:00 GMT"
AGED = row("1", -60, -60, 0), row("2", -30, -99, 185), row("3", -60, -60, None), row("4", -5, -90, 325)
assert datetime.fromtimestamp(NOW, UTC) == datetime(2025, 7, 15, 12, tzinfo=UTC)


async def test_max_age_posts_nothing_when_fresh_and_sorts_by_codes(clock: MovedClock) -> None:
    never_active = {"id": "5", "status": "pending"}
    server = RawServer(default=listed(*AGED, never_active, Date=DATE))
    async with server, session_on(server, clock=lambda: clock() + 86_400) as session:
        result = await refresh_and_wait(session, CUSTOMER, max_age=100)
    assert split(result) == {"succeeded": ("1", "3"), "failed": ("2",), "pending": ("4",)}
    assert [one.id for one in result.accounts] == ["1", "2", "3", "4", "5"]
    assert methods(server) == "G"


STALE = {
    "stale": listed(*AGED, row("6", -1, -100, 0), Date=DATE),
    "never succeeded": listed(*AGED, row("6", -1, None, 103), Date=DATE),
    "never attempted": listed(*AGED, row("6"), Date=DATE),
    "no date": listed(*AGED),
    "no readable date": listed(*AGED, Date="soon"),
    "absurd date": listed(*AGED, Date="Tue, 15 Jul 200000000000000000000 12:00:00 GMT"),
}


@pytest.mark.parametrize("before", STALE.values(), ids=STALE)
async def test_max_age_posts_once_when_it_cannot_be_sure_that_all_is_fresh(before: bytes) -> None:
    after = [row(str(one), 1, 1, 0) for one in range(1, 7)]
    async with RawServer(before, listed(*after)) as server, session_on(server) as session:
        result = await refresh_and_wait(session, CUSTOMER, max_age=100)
    assert split(result) == {"succeeded": ("1", "2", "3", "4", "5", "6")}
    assert methods(server) == "GP"


async def test_max_age_asks_the_accounts_of_the_login_alone() -> None:
    async with RawServer(listed(row("1", -5, -5, 0), Date=DATE)) as server, session_on(server) as session:
        await refresh_and_wait(session, CUSTOMER, LOGIN, max_age=10)
        assert server.calls[0].target.endswith(f"/institutionLogins/{LOGIN}/accounts")
        assert methods(server) == "G"


@pytest.mark.parametrize("max_age", [math.inf, 1e12, 1e300])
async def test_max_age_beyond_all_measure_takes_any_success_for_fresh(max_age: float) -> None:
    async with RawServer(default=listed(*AGED, Date=DATE)) as server, session_on(server) as session:
        result = await refresh_and_wait(session, CUSTOMER, max_age=max_age)
        assert split(result)["failed"] == ("2",)
        assert methods(server) == "G"


async def test_max_age_that_is_no_number_is_refused() -> None:
    async with RawServer(default=listed(*AGED, Date=DATE)) as server, session_on(server) as session:
        with pytest.raises(ConfigurationError, match="max_age"):
            await refresh_and_wait(session, CUSTOMER, max_age=math.nan)
        assert "P" not in methods(server)
