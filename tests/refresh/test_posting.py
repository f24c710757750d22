"""A refresh is sent once: what each answer to its POST means."""

import asyncio
import math
from typing import Any

import pytest

from finicity_async import (
    AggregationError,
    AsyncSession,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    FinicityError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RefreshResult,
    RefreshTimeoutError,
    Sandbox,
    ServerError,
    StatusError,
    TransportError,
    get_customer_accounts,
    refresh_and_wait,
    wait_for_refresh,
)
from finicity_async.sandbox import RefreshScript
from tests.support.clock import MovedClock
from tests.support.journals import AllCalls
from tests.support.refreshes import (
    AFTER,
    ALL_PENDING,
    BEFORE,
    CUSTOMER,
    FIRST,
    FOURTH,
    IDS,
    NOW,
    PENDING,
    SCOPES,
    SECOND,
    THIRD,
    VERSIONS,
    listed,
    methods,
    row,
    session_in,
    split,
)
from tests.support.servers import TOKEN, WITH_SECRET, Answer, Close, RawServer, Received, http, session_on

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
    async with session_in(sandbox, clock, refresh_timeout=0.5 if answer["answer"] == "hang" else 120.0) as session:
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
    async with session_in(sandbox, clock, refresh_timeout=0.5 if answer["answer"] == "hang" else 120.0) as session:
        with pytest.raises(RefreshTimeoutError) as ended:
            await refresh_and_wait(session, CUSTOMER)
        assert split(ended.value.result) == ALL_PENDING
        assert len(journal.refreshes) == 1


DOUBTFUL = {
    "500 with 185": (500, 185, AggregationError),
    "503 with 102": (503, 102, AggregationError),
    "504 with 185": (504, 185, AggregationError),
    "202 with 44000": (202, 44000, AggregationError),
    "500 with 3004": (500, 3004, BadRequestError),
    "500 with 10010": (500, 10010, BadRequestError),
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


@SCOPES
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
