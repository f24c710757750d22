"""Refreshes followed to their end: sent once, read from the server's own dates, on a clock that the tests move."""

import asyncio
import json
import math
import pickle
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import pairwise
from random import Random
from typing import Any

import msgspec
import pytest
from conftest import AllCalls, MovedClock
from servers import TOKEN, WITH_SECRET, Answer, Close, Hang, Later, RawServer, Received, http, session_on, until

from finicity_async import (
    AggregationError,
    AsyncSession,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    CustomerAccounts,
    FinicityError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RefreshBaseline,
    RefreshResult,
    RefreshTimeoutError,
    RequestTimeoutError,
    Sandbox,
    ServerError,
    StatusError,
    TransportError,
    get_customer_accounts,
    refresh_and_wait,
    refresh_baseline,
    wait_for_refresh,
)
from finicity_async.refresh.result import evaluate
from finicity_async.sandbox import RefreshScript
from finicity_async.sandbox.data import make_account

NOW = 1_752_580_800
CUSTOMER, LOGIN = "1005061234", 1007302745
IDS = FIRST, SECOND, THIRD, FOURTH = ("5011648377", "5011648378", "5011648379", "5011648380")
PENDING = "5011648381"
ALL_PENDING: dict[str, tuple[str, ...]] = {"pending": IDS}


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    yield
    await until(lambda: tasks_of_ours() == {asyncio.current_task()})


def tasks_of_ours() -> set[asyncio.Task[Any]]:
    """Return the tasks that are no handlers of a sandbox: those have a test of their own."""
    return {
        task for task in asyncio.all_tasks() if not repr(task.get_coro()).startswith("<coroutine object RequestHandler")
    }


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock(float(NOW))


@pytest.fixture
async def sandbox(clock: MovedClock, journal: AllCalls) -> AsyncIterator[Sandbox]:
    async with Sandbox(customers=1, clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
async def session(sandbox: Sandbox, clock: MovedClock) -> AsyncIterator[AsyncSession]:
    async with session_in(sandbox, clock) as session:
        yield session


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


class TimedServer(RawServer):
    """A raw server that notes at which second of a clock each request came, logins among them."""

    def __init__(self, *answers: Answer, clock: MovedClock, **options: Any) -> None:
        super().__init__(*answers, **options)
        self._clock = clock
        self.moments: list[float] = []

    async def _answer(self, received: Received, writer: asyncio.StreamWriter) -> bool:
        self.moments.append(self._clock())
        return await super()._answer(received, writer)


def methods(server: RawServer) -> str:
    """Return the first letters of the methods that a server saw."""
    return "".join(call.method[0] for call in server.calls)


# One POST, and what each answer to it means

AMBIGUOUS: dict[str, dict[str, Any]] = {
    "200 with old dates": {"answer": "at once"},
    "200 undecodable": {"answer": "page"},
    "204": {"answer": 204},
    "202": {"answer": 202},
    "203": {"answer": 203},
    "408": {"answer": 408},
    "504": {"answer": 504},
    "timeout": {"answer": "hang"},
    "disconnect": {"answer": "disconnect"},
    "truncated": {"answer": "truncated"},
    "500 with 325": {"answer": 500, "answer_code": 325},
    "500 with 5006": {"answer": 500, "answer_code": 5006},
}
VERSIONS = pytest.mark.parametrize("tiers", [False, True], ids=["v1", "v2"])
SCOPES = pytest.mark.parametrize("login", [None, LOGIN], ids=["customer", "login"])


def path_of(login: int | None, *, tiers: bool) -> str:
    scope = f"/institutionLogins/{login}" if login else ""
    return f"/aggregation/v{2 if tiers else 1}/customers/{CUSTOMER}{scope}/accounts"


@SCOPES
@VERSIONS
@pytest.mark.parametrize("answer", AMBIGUOUS.values(), ids=AMBIGUOUS)
async def test_refresh_whose_answer_leaves_it_open_is_sent_once_and_followed_to_its_end(
    *, answer: dict[str, Any], tiers: bool, login: int | None, sandbox: Sandbox, clock: MovedClock, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=3, seconds_apart=3, codes={SECOND: 185}, **answer))
    seen: list[RefreshResult] = []
    async with session_in(sandbox, clock, refresh_timeout=0.1 if answer["answer"] == "hang" else 120.0) as session:
        result = await refresh_and_wait(session, CUSTOMER, login, tiers=tiers, on_progress=seen.append)
        assert split(result) == {"succeeded": (FIRST, THIRD, FOURTH), "failed": (SECOND,)}
        assert result.complete
        assert [one.target for one in journal.refreshes] == [path_of(login, tiers=tiers)]
        polls = [look.time - journal.refreshes[0].time for look in journal.looks[1:]]
        assert polls[0] < 1
        assert sum(moment <= 10 for moment in polls) < 10
        assert {"succeeded", "failed", "pending"} in [set(split(one)) for one in seen]
        await get_customer_accounts(session, CUSTOMER)


@SCOPES
@VERSIONS
async def test_refresh_that_has_ended_with_its_answer_is_not_looked_at_again(
    tiers: bool, login: int | None, session: AsyncSession, sandbox: Sandbox, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=0, codes={SECOND: 103}))
    result = await refresh_and_wait(session, CUSTOMER, login, tiers=tiers)
    assert split(result) == {"succeeded": (FIRST, THIRD, FOURTH), "failed": (SECOND,)}
    assert [one.target for one in journal.refreshes] == [path_of(login, tiers=tiers)]
    assert len(journal.looks) == (2 if tiers else 1)


@pytest.mark.parametrize("answer", AMBIGUOUS.values(), ids=AMBIGUOUS)
async def test_refresh_that_never_ends_is_sent_once_whatever_its_answer(
    answer: dict[str, Any], sandbox: Sandbox, clock: MovedClock, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=math.inf, **answer))
    async with session_in(sandbox, clock, refresh_timeout=0.1 if answer["answer"] == "hang" else 120.0) as session:
        with pytest.raises(RefreshTimeoutError) as ended:
            await refresh_and_wait(session, CUSTOMER)
        assert split(ended.value.result) == ALL_PENDING
        assert len(journal.refreshes) == 1


DOUBTFUL = {
    "500 with 185": (500, 185, AggregationError),
    "503 with 102": (503, 102, AggregationError),
    "504 with 185": (504, 185, AggregationError),
    "202 with 44000": (202, 44000, AggregationError),
    "500": (500, None, ServerError),
    "502": (502, None, ServerError),
    "503": (503, None, ServerError),
}
DOUBTS = pytest.mark.parametrize(("status", "code", "error"), DOUBTFUL.values(), ids=DOUBTFUL)


@DOUBTS
@VERSIONS
async def test_answer_that_casts_doubt_is_raised_30_s_later_when_nothing_has_moved(
    *,
    status: int,
    code: int | None,
    error: type[StatusError],
    tiers: bool,
    session: AsyncSession,
    sandbox: Sandbox,
    clock: MovedClock,
    journal: AllCalls,
) -> None:
    sandbox.script_refresh(RefreshScript(happens=False, answer=status, answer_code=code))
    with pytest.raises(error) as raised:
        await refresh_and_wait(session, CUSTOMER, tiers=tiers)
    assert (raised.value.status, raised.value.code) == (status, code and str(code))
    assert raised.value.operation == f"RefreshCustomerAccounts{'V2' if tiers else ''}"
    assert clock() - NOW == pytest.approx(30)
    assert len(journal.refreshes) == 1
    assert len(journal.looks) > 5
    await get_customer_accounts(session, CUSTOMER)


@DOUBTS
async def test_answer_that_casts_doubt_is_no_error_when_the_refresh_ran_all_the_same(
    *,
    status: int,
    code: int | None,
    error: type[StatusError],
    session: AsyncSession,
    sandbox: Sandbox,
    journal: AllCalls,
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=5, codes={FIRST: 185}, answer=status, answer_code=code))
    result = await refresh_and_wait(session, CUSTOMER)
    assert split(result) == {"succeeded": (SECOND, THIRD, FOURTH), "failed": (FIRST,)}
    assert len(journal.refreshes) == 1


async def test_one_account_that_moves_within_30_s_settles_the_doubt_for_all(
    session: AsyncSession, sandbox: Sandbox, clock: MovedClock
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=20, seconds_apart=20, answer=500, answer_code=185))
    assert split(await refresh_and_wait(session, CUSTOMER)) == {"succeeded": IDS}
    assert clock() - NOW > 80


async def test_one_account_that_moves_without_an_end_makes_a_doubt_a_timeout(
    session: AsyncSession, sandbox: Sandbox, clock: MovedClock
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=math.inf, running_code=325, answer=503))
    with pytest.raises(RefreshTimeoutError):
        await refresh_and_wait(session, CUSTOMER)
    assert clock() - NOW == pytest.approx(300)


async def test_wait_that_is_over_before_the_doubt_is_settled_keeps_the_baseline(
    session: AsyncSession, sandbox: Sandbox, clock: MovedClock
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=40, answer=503))
    with pytest.raises(RefreshTimeoutError) as ended:
        await refresh_and_wait(session, CUSTOMER, wait=10)
    assert clock() - NOW == pytest.approx(10)
    assert split(await wait_for_refresh(session, CUSTOMER, ended.value.baseline)) == {"succeeded": IDS}


@pytest.mark.parametrize("login", [None, LOGIN], ids=["customer", "login"])
async def test_refused_refresh_of_no_account_is_not_taken_for_a_good_one(
    login: int | None, session: AsyncSession, sandbox: Sandbox
) -> None:
    sandbox.script_refresh(RefreshScript(happens=False, answer=500, answer_code=185))
    records = sandbox.customers[CUSTOMER]
    sandbox.customers[CUSTOMER] = {PENDING: records[PENDING]} if login else {}
    with pytest.raises(AggregationError):
        await refresh_and_wait(session, CUSTOMER, login)


REFUSALS = {
    "400": (400, None, BadRequestError),
    "400 with 185": (400, 185, BadRequestError),
    "401": (401, None, AuthenticationError),
    "403": (403, None, PermissionDeniedError),
    "404": (404, None, NotFoundError),
    "404 with 38007": (404, 38007, NotFoundError),
    "405": (405, None, StatusError),
    "409": (409, None, ConflictError),
    "422": (422, 10005, StatusError),
    "429": (429, None, RateLimitError),
}


@SCOPES
@VERSIONS
@pytest.mark.parametrize(("status", "code", "error"), REFUSALS.values(), ids=REFUSALS)
async def test_refused_refresh_is_raised_at_once_without_a_look(
    *,
    status: int,
    code: int | None,
    error: type[StatusError],
    tiers: bool,
    login: int | None,
    session: AsyncSession,
    sandbox: Sandbox,
    clock: MovedClock,
    journal: AllCalls,
) -> None:
    sandbox.script_refresh(RefreshScript(happens=False, answer=status, answer_code=code))
    with pytest.raises(error) as raised:
        await refresh_and_wait(session, CUSTOMER, login, tiers=tiers)
    assert raised.value.status == status
    assert (len(journal.refreshes), len(journal.looks), clock.slept) == (1, 1, [])
    await get_customer_accounts(session, CUSTOMER)


async def test_refresh_to_which_no_connection_is_made_is_raised_as_not_sent(clock: MovedClock) -> None:
    def last_answer(received: Received) -> bytes:
        server._server.close()
        return listed(row(attempt=0), Connection="close")

    async with RawServer(last_answer) as server, session_on(server, clock=clock, sleep=clock.sleep) as session:
        with pytest.raises(TransportError) as raised:
            await refresh_and_wait(session, CUSTOMER)
        assert raised.value.sent is False
        assert raised.value.operation == "RefreshCustomerAccounts"
        assert methods(server) == "G"
        async with RawServer() as other, session_on(other) as good:
            assert split(await refresh_and_wait(good, CUSTOMER)) == {}


LOGIN_FAILURES: dict[str, Answer] = {
    "503": http(503),
    "504": http(504),
    "500 with 325": http(500, {"code": 325, "message": "no"}),
    "disconnect": Close(),
    "page": http(200, "<html>"),
    "refused": http(401, {"code": 10001, "message": "no"}),
}


@pytest.mark.parametrize("answer", LOGIN_FAILURES.values(), ids=LOGIN_FAILURES)
async def test_login_that_fails_instead_of_the_post_is_raised_without_a_look(answer: Answer) -> None:
    expired = http(401, {"code": "10023", "message": "Expired token"})
    server = RawServer(BEFORE, expired, logins=(TOKEN,), default_login=answer)
    async with server, session_on(server, WITH_SECRET) as session:
        with pytest.raises(FinicityError) as raised:
            await refresh_and_wait(session, CUSTOMER)
        assert getattr(raised.value, "operation", None) == "CreateToken"
        assert methods(server) == "GP"


async def test_post_that_was_refused_for_an_old_token_is_sent_with_a_new_one() -> None:
    expired = http(401, {"code": "10023", "message": "Expired token"})
    async with RawServer(BEFORE, expired, AFTER) as server, session_on(server, WITH_SECRET) as session:
        assert split(await refresh_and_wait(session, CUSTOMER)) == {"succeeded": ("1",)}
        assert (methods(server), len(server.logins)) == ("GPP", 2)


async def test_two_refreshes_of_one_customer_at_once_both_see_the_end_of_the_first(
    session: AsyncSession, sandbox: Sandbox, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=4, answer="at once"))
    results = await asyncio.gather(*(refresh_and_wait(session, CUSTOMER) for _ in range(2)))
    assert [split(result) for result in results] == [{"succeeded": IDS}] * 2
    assert len(journal.refreshes) == 2


# What the accounts say

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


# max_age

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


# The end of the wait


@pytest.mark.parametrize("wait", [0, -1, math.nan, -math.inf])
async def test_wait_that_is_not_above_0_is_refused_and_nothing_sent(
    wait: float, session: AsyncSession, journal: AllCalls
) -> None:
    with pytest.raises(ConfigurationError, match="wait"):
        await refresh_and_wait(session, CUSTOMER, wait=wait)
    with pytest.raises(ConfigurationError, match="wait"):
        await wait_for_refresh(session, CUSTOMER, RefreshBaseline({}), wait=wait)
    assert journal == []


@pytest.mark.parametrize("attempts", [{FIRST: datetime(2024, 1, 1)}, {FIRST: NOW}, {FIRST: "2024-01-01"}, None])  # noqa: DTZ001 -- naive
async def test_baseline_that_cannot_be_compared_is_refused_and_nothing_sent(
    attempts: Any, session: AsyncSession, journal: AllCalls
) -> None:
    with pytest.raises(ConfigurationError, match=r"baseline: .*Nothing was sent"):
        await wait_for_refresh(session, CUSTOMER, RefreshBaseline(attempts))
    assert journal == []


@pytest.mark.parametrize("answer", [Hang(), http(202)], ids=["during the POST", "while looking"])
async def test_session_that_is_closed_after_the_post_leaves_a_baseline_to_go_on_with(answer: Answer) -> None:
    accounts = http(200, {"accounts": [{"id": FIRST, "aggregationAttemptDate": NOW, "aggregationStatusCode": 0}]})
    async with RawServer(accounts, answer, default=accounts) as server:
        session = session_on(server)
        refreshing = asyncio.ensure_future(refresh_and_wait(session, CUSTOMER))
        await until(lambda: "P" in methods(server) and (isinstance(answer, Hang) or session.stats.in_flight == 0))
        await session.close()
        with pytest.raises(
            RefreshTimeoutError, match="1 of 1 accounts were pending when the session was closed"
        ) as ended:
            await refreshing
        assert ended.value.baseline == RefreshBaseline({FIRST: datetime.fromtimestamp(NOW, UTC)})
        assert not ended.value.result.complete
        assert methods(server).count("P") == 1


async def test_session_that_is_closed_sends_no_refresh_and_says_so(session: AsyncSession, journal: AllCalls) -> None:
    await session.close()
    with pytest.raises(ConfigurationError, match="Nothing was sent"):
        await refresh_and_wait(session, CUSTOMER)
    with pytest.raises(ConfigurationError, match="Nothing was sent"):
        await wait_for_refresh(session, CUSTOMER, RefreshBaseline({}))
    assert journal == []


async def test_wait_without_end_is_taken(session: AsyncSession, sandbox: Sandbox, clock: MovedClock) -> None:
    sandbox.script_refresh(RefreshScript(seconds=1000, answer=204))
    assert split(await refresh_and_wait(session, CUSTOMER, wait=math.inf)) == {"succeeded": IDS}
    assert 1000 <= clock() - NOW < 1020


async def test_refresh_that_never_ends_is_a_timeout_at_wait_with_what_is_known(
    session: AsyncSession, sandbox: Sandbox, clock: MovedClock, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=5, seconds_apart=40, codes={SECOND: 185}, answer=204))
    before = await refresh_baseline(session, CUSTOMER)
    with pytest.raises(RefreshTimeoutError, match="2 of 4 accounts were pending after 60 s") as ended:
        await refresh_and_wait(session, CUSTOMER, wait=60)
    error = ended.value
    assert clock() - NOW == pytest.approx(60)
    assert split(error.result) == {"succeeded": (FIRST,), "failed": (SECOND,), "pending": (THIRD, FOURTH)}
    assert not error.result.complete
    assert error.baseline == before
    assert isinstance(error, TimeoutError)
    assert not error.retryable
    assert not any(one in str(error) for one in (CUSTOMER, *IDS))
    assert split(await wait_for_refresh(session, CUSTOMER, error.baseline)) == {
        "succeeded": (FIRST, THIRD, FOURTH),
        "failed": (SECOND,),
    }
    assert len(journal.refreshes) == 1


@pytest.mark.parametrize(("seconds", "wait"), [(0.3, 0.4), (0.9, 1.0)])
async def test_refresh_that_ended_before_the_wait_was_over_is_no_timeout(
    seconds: float, wait: float, session: AsyncSession, sandbox: Sandbox
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=seconds, answer=204))
    assert split(await refresh_and_wait(session, CUSTOMER, wait=wait)) == {"succeeded": IDS}


@VERSIONS
async def test_wait_caps_the_post_too(tiers: bool, sandbox: Sandbox, journal: AllCalls) -> None:
    sandbox.script_refresh(RefreshScript(seconds=math.inf, answer="hang"))
    async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
        started = time.monotonic()
        with pytest.raises(RefreshTimeoutError) as ended:
            await refresh_and_wait(session, CUSTOMER, tiers=tiers, wait=0.2)
        assert 0.19 < time.monotonic() - started < 0.8
        assert split(ended.value.result) == ALL_PENDING
        assert tuple(ended.value.baseline.attempts) == IDS
        assert len(journal.refreshes) == 1
        await get_customer_accounts(session, CUSTOMER)


async def test_wait_caps_a_poll_too() -> None:
    async with RawServer(BEFORE, STARTED, Hang()) as server, session_on(server, sleep=no_time) as session:
        started = time.monotonic()
        with pytest.raises(RefreshTimeoutError) as ended:
            await refresh_and_wait(session, CUSTOMER, wait=0.6)
        assert time.monotonic() - started < 0.9
        assert split(ended.value.result) == {"pending": ("1",)}
        await get_customer_accounts(session, CUSTOMER)


async def test_wait_that_is_over_when_the_baseline_comes_posts_nothing(clock: MovedClock) -> None:
    """A 429 with its pause, which the session waits out before it reads the baseline, may take all of the wait."""
    server = RawServer(http(429, headers={"Retry-After": "50"}), BEFORE)
    async with server, session_on(server, clock=clock, sleep=clock.sleep) as session:
        with pytest.raises(RequestTimeoutError) as raised:
            await refresh_and_wait(session, CUSTOMER, wait=20)
        assert raised.value.sent is False
        assert "P" not in methods(server)


@pytest.mark.parametrize("logins", [(), (Later(0.2, TOKEN),)], ids=["baseline", "login"])
async def test_wait_that_is_over_before_the_baseline_was_read_is_a_timeout_of_that_with_nothing_posted(
    logins: tuple[Answer, ...],
) -> None:
    answers = () if logins else (Hang(),)
    async with RawServer(*answers, logins=logins) as server, session_on(server, WITH_SECRET) as session:
        with pytest.raises(RequestTimeoutError, match="not sent") as raised:
            await refresh_and_wait(session, CUSTOMER, wait=0.1)
        assert (raised.value.sent, raised.value.retryable) == (False, True)
        assert "P" not in methods(server)
        await get_customer_accounts(session, CUSTOMER)


async def test_wait_that_is_over_before_the_post_left_the_queue_is_a_timeout_that_says_so() -> None:
    async with RawServer(BEFORE, Hang()) as server, session_on(server, max_connections=1) as session:
        refresh = asyncio.create_task(refresh_and_wait(session, CUSTOMER, wait=0.1))
        other = asyncio.create_task(get_customer_accounts(session, CUSTOMER))
        with pytest.raises(FinicityError) as raised:
            await refresh
        other.cancel()
        await asyncio.wait([other])
        assert methods(server) == "GG"
        assert_never_sent(raised.value)


async def test_wait_that_is_over_before_the_post_had_a_token_is_a_timeout_that_says_so(clock: MovedClock) -> None:
    def answer_late(_: Received) -> bytes:
        clock.advance(8000)
        return BEFORE

    server = RawServer(answer_late, logins=(TOKEN, Later(0.2, TOKEN)))
    async with server, session_on(server, WITH_SECRET, clock=clock) as session:
        with pytest.raises(FinicityError) as raised:
            await refresh_and_wait(session, CUSTOMER, wait=8000.1)
        assert methods(server) == "G"
        assert_never_sent(raised.value)


async def test_wait_that_is_over_before_the_post_had_a_connection_is_a_timeout_that_says_so() -> None:
    def last_answer(_: Received) -> bytes:
        server._server.close()
        return listed(row(attempt=0), Connection="close")

    async with RawServer(last_answer) as server, session_on(server, random=lambda: 1.0) as session:
        with pytest.raises(FinicityError) as raised:
            await refresh_and_wait(session, CUSTOMER, wait=0.1)
        assert methods(server) == "G"
        assert_never_sent(raised.value)


async def test_wait_that_is_over_before_a_login_for_the_post_had_a_connection_is_a_timeout_that_says_so(
    clock: MovedClock,
) -> None:
    def last_answer(_: Received) -> bytes:
        clock.advance(8000)
        server._server.close()
        return listed(row(attempt=0), Connection="close")

    server = RawServer(last_answer)
    async with server, session_on(server, WITH_SECRET, clock=clock, random=lambda: 1.0) as session:
        with pytest.raises(FinicityError) as raised:
            await refresh_and_wait(session, CUSTOMER, wait=8000.1)
        assert methods(server) == "G"
        assert_never_sent(raised.value)


def assert_never_sent(error: FinicityError) -> None:
    assert "goes on at the vendor" not in str(error)
    assert isinstance(error, RequestTimeoutError)
    assert error.sent is False


@pytest.mark.parametrize("answer", [STARTED, http(503)], ids=["wait", "doubt"])
async def test_wait_that_falls_between_two_ticks_of_the_clock_ends(answer: bytes, clock: MovedClock) -> None:
    """Unix seconds in a float have ticks of 0.24 microseconds; adding less than half of one changes nothing."""
    busy = http(429, headers={"Retry-After": "5"})
    server = RawServer(BEFORE, answer, busy, default=BEFORE)
    async with server, session_on(server, clock=clock, sleep=clock.sleep) as session:
        with pytest.raises(RefreshTimeoutError):
            async with asyncio.timeout(0.3):
                await refresh_and_wait(session, CUSTOMER, wait=20.1)
        assert len(server.calls) < 20


@pytest.mark.parametrize("answer", [Hang(), http(503), Close()], ids=["hang", "503", "disconnect"])
async def test_resumed_refresh_that_could_not_be_looked_at_is_not_complete(answer: Answer, clock: MovedClock) -> None:
    baseline = RefreshBaseline({"1": datetime.fromtimestamp(NOW, UTC)})
    async with RawServer(default=answer) as server, session_on(server, **on_clock(clock, timeout=0.05)) as session:
        with pytest.raises(RefreshTimeoutError) as ended:
            await wait_for_refresh(session, CUSTOMER, baseline, wait=2)
        assert ended.value.baseline == baseline
        assert not ended.value.result.complete


# Stored and resumed


@pytest.mark.parametrize("first_ever", [False, True])
async def test_baseline_is_plain_data(first_ever: bool, session: AsyncSession, sandbox: Sandbox) -> None:
    if first_ever:
        del sandbox.customers[CUSTOMER][FIRST]["aggregationAttemptDate"]
    baseline = await refresh_baseline(session, CUSTOMER, LOGIN)
    assert tuple(baseline.attempts) == IDS
    assert (baseline.attempts[FIRST] is None) is first_ever
    assert pickle.loads(pickle.dumps(baseline)) == baseline  # noqa: S301 -- ours
    assert msgspec.json.decode(msgspec.json.encode(baseline), type=RefreshBaseline) == baseline


async def test_baseline_that_went_through_json_resumes(session: AsyncSession, sandbox: Sandbox) -> None:
    baseline = msgspec.json.decode(msgspec.json.encode(await refresh_baseline(session, CUSTOMER)), type=RefreshBaseline)
    sandbox.script_refresh(RefreshScript(seconds=5, answer=204))
    await refresh_and_wait(session, CUSTOMER)
    assert split(await wait_for_refresh(session, CUSTOMER, baseline)) == {"succeeded": IDS}


async def test_timeout_of_a_refresh_can_be_pickled_with_all_it_knows(session: AsyncSession, sandbox: Sandbox) -> None:
    sandbox.script_refresh(RefreshScript(seconds=math.inf, answer=204))
    with pytest.raises(RefreshTimeoutError) as ended:
        await refresh_and_wait(session, CUSTOMER, wait=3)
    copy = pickle.loads(pickle.dumps(ended.value))  # noqa: S301 -- ours
    assert (str(copy), copy.result, copy.baseline) == (str(ended.value), ended.value.result, ended.value.baseline)


RESUME = """
import asyncio, pickle, sys
from finicity_async import AsyncSession, wait_for_refresh

async def main():
    customer_id, baseline = pickle.load(sys.stdin.buffer)
    async with AsyncSession.from_env() as session:
        result = await wait_for_refresh(session, customer_id, baseline, wait=10)
    print(*(account.id for account in result.succeeded))

asyncio.run(main())
"""


async def test_pickled_baseline_resumes_in_a_second_process_without_a_post(
    session: AsyncSession, sandbox: Sandbox, clock: MovedClock, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=1000, answer=504))
    with pytest.raises(RefreshTimeoutError) as ended:
        await refresh_and_wait(session, CUSTOMER, wait=60)
    clock.advance(1000)
    environment = {
        "FINICITY_APP_KEY": sandbox.credentials.app_key,
        "FINICITY_PARTNER_ID": sandbox.credentials.partner_id or "",
        "FINICITY_PARTNER_SECRET": sandbox.credentials.partner_secret or "",
        "FINICITY_BASE_URL": sandbox.url,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RESUME, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment
    )
    out, _ = await process.communicate(pickle.dumps((CUSTOMER, ended.value.baseline)))
    assert out.decode().split() == list(IDS)
    assert len(journal.refreshes) == 1


async def test_resumed_wait_starts_to_look_at_once(
    session: AsyncSession, sandbox: Sandbox, clock: MovedClock, journal: AllCalls
) -> None:
    baseline = RefreshBaseline(dict.fromkeys(IDS))
    assert split(await wait_for_refresh(session, CUSTOMER, baseline)) == {"succeeded": IDS}
    assert [look.time for look in journal.looks] == [NOW]
    assert sum(clock.slept) == 0
    assert journal.refreshes == []


# Looks that fail

PASSING: dict[str, Answer] = {
    "503": http(503),
    "408": http(408),
    "500": http(500),
    "500 with 325": http(500, {"code": 325, "message": "running"}),
    "503 with 102": http(503, {"code": 102, "message": "down"}),
    "disconnect": Close(),
    "truncated": Close(BEFORE[:-5]),
    "page": http(200, "<html>Please wait</html>"),
    "203": http(203),
    "429": http(429),
    "429 with a short Retry-After": http(429, headers={"Retry-After": "5"}),
    "429 with a long Retry-After": http(429, headers={"Retry-After": "90"}),
    "timeout": Hang(),
}


@pytest.mark.parametrize("answer", PASSING.values(), ids=PASSING)
async def test_look_that_fails_in_passing_is_made_again(answer: Answer, clock: MovedClock) -> None:
    server = RawServer(BEFORE, STARTED, answer, answer, default=AFTER)
    async with server, session_on(server, **on_clock(clock, timeout=0.1)) as session:
        assert split(await refresh_and_wait(session, CUSTOMER, tiers=True)) == {"succeeded": ("1",)}
        assert methods(server) == "GPGGG"


async def test_look_to_which_no_connection_is_made_is_made_again(clock: MovedClock) -> None:
    async with AsyncExitStack() as stack:
        later: list[RawServer] = []

        def last_answer(received: Received) -> bytes:
            server._server.close()
            return http(202, headers={"Connection": "close"})

        async def sleep(seconds: float) -> None:
            await clock.sleep(seconds)
            if clock() > NOW + 3 and not later:
                later.append(RawServer(default=AFTER))
                await stack.enter_async_context(PortServer(later[0], server.port))

        server = await stack.enter_async_context(RawServer(BEFORE, last_answer))
        async with session_on(server, **on_clock(clock, sleep=sleep)) as session:
            assert split(await refresh_and_wait(session, CUSTOMER)) == {"succeeded": ("1",)}
            assert (methods(server), methods(later[0])) == ("GP", "G")


class PortServer:
    """Let a raw server listen on a given port."""

    def __init__(self, server: RawServer, port: int) -> None:
        self._raw = server
        self._port = port

    async def __aenter__(self) -> None:
        self._raw._server = await asyncio.start_server(self._raw._serve, "127.0.0.1", self._port)

    async def __aexit__(self, *_: object) -> None:
        await self._raw.__aexit__(None, None, None)


LASTING: dict[str, tuple[bytes, type[FinicityError]]] = {
    "400": (http(400), BadRequestError),
    "401": (http(401), AuthenticationError),
    "403": (http(403), PermissionDeniedError),
    "404": (http(404), NotFoundError),
    "404 with 14001": (http(404, {"code": "14001", "message": "Customer not found"}), NotFoundError),
}


@pytest.mark.parametrize("resumed", [False, True], ids=["refresh_and_wait", "wait_for_refresh"])
@SCOPES
@pytest.mark.parametrize(("answer", "error"), LASTING.values(), ids=LASTING)
async def test_look_that_is_refused_is_raised(
    answer: bytes, error: type[FinicityError], login: int | None, resumed: bool
) -> None:
    answers = (answer,) if resumed else (BEFORE, STARTED, answer)
    async with RawServer(*answers) as server, session_on(server, sleep=no_time) as session:
        baseline = RefreshBaseline({"1": None})
        call = (
            wait_for_refresh(session, CUSTOMER, baseline, institution_login_id=login)
            if resumed
            else refresh_and_wait(session, CUSTOMER, login, tiers=True)
        )
        with pytest.raises(error):
            await call
        assert methods(server) == ("G" if resumed else "GPG")
        await get_customer_accounts(session, CUSTOMER)


RETRY_AFTER = [(status, seconds) for status in (429, 503, 408) for seconds in (7, 45, 100)]


@pytest.mark.parametrize(("status", "seconds"), RETRY_AFTER)
@pytest.mark.parametrize("max_tries", [1, 4])
async def test_retry_after_of_a_look_is_kept_whole(
    status: int, seconds: int, max_tries: int, clock: MovedClock
) -> None:
    busy = http(status, headers={"Retry-After": str(seconds)})
    server = TimedServer(BEFORE, STARTED, busy, default=AFTER, clock=clock)
    async with server, session_on(server, **on_clock(clock, max_tries=max_tries)) as session:
        assert split(await refresh_and_wait(session, CUSTOMER, tiers=True)) == {"succeeded": ("1",)}
    assert seconds <= server.moments[3] - server.moments[2] < seconds + 1


@pytest.mark.parametrize("status", [408, 503, 504])
async def test_retry_after_of_the_answer_to_the_post_is_kept_whole(status: int, clock: MovedClock) -> None:
    busy = http(status, headers={"Retry-After": "20"})
    server = TimedServer(BEFORE, busy, default=AFTER, clock=clock)
    async with server, session_on(server, **on_clock(clock)) as session:
        assert split(await refresh_and_wait(session, CUSTOMER)) == {"succeeded": ("1",)}
    assert 20 <= server.moments[2] - server.moments[1] < 21


@pytest.mark.parametrize("answer", [STARTED, http(500, {"code": 185, "message": "no"})], ids=["wait", "doubt"])
async def test_retry_after_of_a_look_is_not_undercut_by_the_end_of_the_wait_or_of_the_doubt(
    answer: bytes, clock: MovedClock
) -> None:
    busy = http(503, headers={"Retry-After": "100"})
    server = TimedServer(BEFORE, answer, busy, default=BEFORE, clock=clock)
    async with server, session_on(server, **on_clock(clock)) as session:
        with pytest.raises(FinicityError):
            await refresh_and_wait(session, CUSTOMER, wait=50)
        await asyncio.sleep(0.02)
    assert not [moment for moment in server.moments if server.moments[2] < moment < server.moments[2] + 100]


# When to look


async def delays_of_an_endless_refresh(session: AsyncSession, journal: AllCalls) -> list[float]:
    baseline = await refresh_baseline(session, CUSTOMER)
    journal.clear()
    with pytest.raises(RefreshTimeoutError):
        await wait_for_refresh(session, CUSTOMER, baseline, wait=3000)
    return [later.time - sooner.time for sooner, later in pairwise(journal.looks[:-2])]


async def test_delays_between_looks_grow_with_jitter_to_15_s(session: AsyncSession, journal: AllCalls) -> None:
    delays = await delays_of_an_endless_refresh(session, journal)
    assert delays[0] < 1
    assert all(1.0 <= later / sooner <= 2.25 for sooner, later in pairwise(delays[:8]))
    assert min(delays[12:]) >= 10
    assert max(delays) <= 15 + 1e-6
    assert len({round(delay, 6) for delay in delays[12:]}) > 50
    assert await delays_of_an_endless_refresh(session, journal) != delays


@pytest.mark.parametrize("coroutine", [False, True], ids=["function", "coroutine function"])
@pytest.mark.parametrize("answer", ["end", "at once", 204])
async def test_on_progress_is_called_for_every_look_with_the_result_so_far(
    answer: Any, coroutine: bool, session: AsyncSession, sandbox: Sandbox, journal: AllCalls
) -> None:
    seen: list[RefreshResult] = []

    async def note(result: RefreshResult) -> None:
        await asyncio.sleep(0)
        seen.append(result)

    sandbox.script_refresh(
        RefreshScript(seconds=0 if answer == "end" else 2, seconds_apart=0 if answer == "end" else 2, answer=answer)
    )
    result = await refresh_and_wait(session, CUSTOMER, on_progress=note if coroutine else seen.append)
    told_by_the_post = answer != 204
    assert len(seen) == len(journal.looks) - 1 + told_by_the_post
    assert seen[-1] == result
    succeeded = [len(one.succeeded) for one in seen]
    assert succeeded == sorted(succeeded)


@pytest.mark.parametrize("coroutine", [False, True], ids=["function", "coroutine function"])
@pytest.mark.parametrize("error", [ValueError, TimeoutError, NotFoundError, ServerError, asyncio.CancelledError])
@pytest.mark.parametrize("answer", ["at once", 204])
async def test_exception_in_on_progress_goes_to_the_caller(
    *,
    answer: Any,
    error: type[BaseException],
    coroutine: bool,
    session: AsyncSession,
    sandbox: Sandbox,
    journal: AllCalls,
) -> None:
    raised = error("from the hook")

    def fail(_: RefreshResult) -> None:
        raise raised

    async def fail_later(_: RefreshResult) -> None:
        raise raised

    sandbox.script_refresh(RefreshScript(seconds=2, answer=answer))
    with pytest.raises(error) as seen:
        await refresh_and_wait(session, CUSTOMER, LOGIN, on_progress=fail_later if coroutine else fail)
    assert seen.value is raised
    assert len(journal.refreshes) == 1
    await get_customer_accounts(session, CUSTOMER)


# Cancellation, and many at a time


async def no_time(seconds: float) -> None:
    """Sleep no time at all."""
    await asyncio.sleep(0)


STAGES: dict[str, tuple[tuple[Answer, ...], int, dict[str, Any]]] = {
    "baseline": ((Hang(),), 1, {}),
    "post": ((BEFORE, Hang()), 2, {}),
    "pause": ((BEFORE, STARTED), 2, {}),
    "look": ((BEFORE, STARTED, Hang()), 3, {"sleep": no_time}),
    "429": ((BEFORE, STARTED, http(429, headers={"Retry-After": "50"})), 3, {}),
}


@pytest.mark.parametrize("how", ["cancel", "timeout"])
@pytest.mark.parametrize(("answers", "calls", "options"), STAGES.values(), ids=STAGES)
async def test_cancellation_and_timeout_are_prompt_and_leave_a_session_that_works(
    answers: tuple[Answer, ...], calls: int, options: dict[str, Any], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finicity_async.refresh.watch._FIRST_DELAY", 0.01 if calls == 3 else 0.5)
    async with RawServer(*answers) as server, session_on(server, **options) as session:
        scope = asyncio.timeout(None)

        async def refresh() -> None:
            async with scope:
                await refresh_and_wait(session, CUSTOMER, tiers=True)

        task = asyncio.create_task(refresh())
        await until(lambda: len(server.calls) == calls)
        await asyncio.sleep(0.02)
        loop = asyncio.get_running_loop()
        started = loop.time()
        if how == "cancel":
            task.cancel()
        else:
            scope.reschedule(started)
        with pytest.raises(asyncio.CancelledError if how == "cancel" else TimeoutError) as ended:
            await task
        assert loop.time() - started < 0.5
        assert not isinstance(ended.value, FinicityError)
        assert (session.stats.in_flight, session.stats.waiting) == (0, 0)
        if session.stats.paused_for == 0:
            await get_customer_accounts(session, CUSTOMER)


class FastClock:
    """Unix seconds that pass faster than real ones."""

    def __init__(self, times: float) -> None:
        self._times = times
        self._started = time.monotonic()

    def __call__(self) -> float:
        return NOW + (time.monotonic() - self._started) * self._times

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._times)


ANSWERS: tuple[Any, ...] = ("end", "at once", 204, 504, 202)


async def test_a_thousand_refreshes_at_once_share_the_slots_and_leave_nothing_behind(journal: AllCalls) -> None:
    clock = FastClock(25)
    async with Sandbox(customers=1000, accounts=1, clock=clock) as sandbox:
        for place, customer_id in enumerate(sandbox.customers):
            sandbox.script_refresh(RefreshScript(seconds=2, answer=ANSWERS[place % len(ANSWERS)]), customer_id)
        tasks = asyncio.all_tasks()
        options: dict[str, Any] = {"max_connections": 50, "clock": clock, "sleep": clock.sleep}
        async with AsyncSession(sandbox.credentials, base_url=sandbox.url, **options) as session:
            results = await asyncio.gather(*(refresh_and_wait(session, one) for one in sandbox.customers))
            assert (session.stats.in_flight, session.stats.waiting, session.stats.logins) == (0, 0, 1)
        assert all(result.complete and result.succeeded and not result.failed for result in results)
        assert [one.id for result in results for one in result.succeeded] == [
            account_id
            for accounts in sandbox.customers.values()
            for account_id, account in accounts.items()
            if account["status"] == "active"
        ]
        assert Counter(one.target.split("/")[4] for one in journal.refreshes) == Counter(list(sandbox.customers))
        assert len({one.port for one in journal}) <= 50
        assert sandbox._server._runner is not None
        web_server = sandbox._server._runner.server
        assert web_server is not None
        await until(lambda: not web_server.connections)
        await until(lambda: asyncio.all_tasks() == tasks)


async def test_sandbox_ends_the_answers_that_hang_when_it_is_left(clock: MovedClock) -> None:
    async with Sandbox(customers=1, clock=clock) as sandbox:
        sandbox.script_refresh(RefreshScript(seconds=math.inf, answer="hang"))
        async with session_in(sandbox, clock, refresh_timeout=0.05) as session:
            with pytest.raises(RefreshTimeoutError):
                await refresh_and_wait(session, CUSTOMER, wait=1)
    await asyncio.sleep(0.02)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("bad", ["", "1/2", "..", -1, True, "\u0661"])
async def test_id_that_is_none_is_refused_before_anything_is_sent(
    bad: Any, session: AsyncSession, journal: AllCalls
) -> None:
    baseline = RefreshBaseline({})
    for call in (
        lambda: refresh_and_wait(session, bad),
        lambda: refresh_and_wait(session, CUSTOMER, bad),
        lambda: wait_for_refresh(session, bad, baseline),
        lambda: wait_for_refresh(session, CUSTOMER, baseline, institution_login_id=bad),
        lambda: refresh_baseline(session, bad),
        lambda: refresh_baseline(session, CUSTOMER, bad),
    ):
        with pytest.raises(ConfigurationError):
            await call()
    assert journal == []
