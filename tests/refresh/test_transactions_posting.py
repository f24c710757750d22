"""What a refresh of transactions sends, once, and what each answer to it means."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest

from finicity_async import (
    AggregationError,
    AsyncSession,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RefreshResult,
    Sandbox,
    ServerError,
    StatusError,
    get_customer_accounts,
    map_customers,
    refresh_transactions_and_wait,
)
from finicity_async.sandbox import RefreshScript, VendorError
from tests.support.clock import MovedClock
from tests.support.journals import AllCalls
from tests.support.refreshes import (
    CUSTOMER,
    FIRST,
    FOURTH,
    IDS,
    LOGIN,
    NOW,
    PENDING,
    SECOND,
    THIRD,
    listed,
    on_clock,
    row,
    session_in,
    split,
)
from tests.support.servers import WITH_SECRET, RawServer, http, session_on
from tests.support.transaction_refreshes import (
    AFTER,
    BEFORE,
    STARTED,
    STATUS,
    Vendor,
    done,
    status,
)

AMBIGUOUS: dict[str, dict[str, Any]] = {
    "answer never comes": {"answer": "hang"},
    "answer lost": {"answer": "disconnect"},
    "answer cut off": {"answer": "truncated"},
    "answer is a page": {"answer": "page"},
    "202 without a body": {"answer": 202},
    "204": {"answer": 204},
    "408": {"answer": 408},
    "500": {"answer": 500},
    "503": {"answer": 503},
    "504": {"answer": 504},
    "institution code": {"answer": 500, "answer_code": 185},
    "202 with an institution code": {"answer": 202, "answer_code": 44000},
    "500 with 325": {"answer": 500, "answer_code": 325},
}


@pytest.mark.parametrize("answer", AMBIGUOUS.values(), ids=AMBIGUOUS)
async def test_refresh_without_an_id_is_followed_by_the_dates_of_its_accounts(
    answer: dict[str, Any], sandbox: Sandbox, clock: MovedClock, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=3, seconds_apart=3, codes={SECOND: 185}, **answer))
    async with session_in(sandbox, clock, refresh_timeout=0.5 if answer["answer"] == "hang" else 120.0) as session:
        result = await refresh_transactions_and_wait(session, CUSTOMER, account_ids=[FIRST, SECOND])
        assert split(result) == {"succeeded": (FIRST,), "failed": (SECOND,)}
        assert result.complete
        assert len(journal.refreshes) == 1
        sandbox.assert_called(STATUS, times=0)
        await get_customer_accounts(session, CUSTOMER)


DOUBTFUL: dict[str, tuple[int, int | None, type[StatusError]]] = {
    "institution code": (500, 185, AggregationError),
    "202 with an institution code": (202, 44000, AggregationError),
    "500 with 10010": (500, 10010, BadRequestError),
    "503": (503, None, ServerError),
}


@pytest.mark.parametrize(("answer", "code", "error"), DOUBTFUL.values(), ids=DOUBTFUL)
async def test_answer_that_casts_doubt_is_raised_30_s_later_when_nothing_has_moved(
    *,
    answer: int,
    code: int | None,
    error: type[StatusError],
    session: AsyncSession,
    sandbox: Sandbox,
    clock: MovedClock,
    journal: AllCalls,
) -> None:
    sandbox.script_refresh(RefreshScript(happens=False, answer=answer, answer_code=code))
    with pytest.raises(error) as raised:
        await refresh_transactions_and_wait(session, CUSTOMER)
    assert raised.value.operation == "refreshTransactions"
    assert clock() - NOW == pytest.approx(30)
    assert len(journal.refreshes) == 1


REFUSALS: dict[str, tuple[int, int | None, type[StatusError]]] = {
    "400": (400, 41002, BadRequestError),
    "401": (401, None, AuthenticationError),
    "403": (403, None, PermissionDeniedError),
    "404": (404, 10005, NotFoundError),
    "409": (409, None, ConflictError),
    "429": (429, None, RateLimitError),
}


@pytest.mark.parametrize(("answer", "code", "error"), REFUSALS.values(), ids=REFUSALS)
async def test_refused_refresh_is_raised_at_once_without_a_look(
    *,
    answer: int,
    code: int | None,
    error: type[StatusError],
    session: AsyncSession,
    sandbox: Sandbox,
    clock: MovedClock,
    journal: AllCalls,
) -> None:
    sandbox.script_refresh(RefreshScript(happens=False, answer=answer, answer_code=code))
    with pytest.raises(error):
        await refresh_transactions_and_wait(session, CUSTOMER)
    assert (len(journal.refreshes), len(journal.looks), clock.slept) == (1, 1, [])
    await get_customer_accounts(session, CUSTOMER)


async def test_post_that_was_refused_for_an_old_token_is_sent_with_a_new_one(clock: MovedClock) -> None:
    expired = http(401, {"code": "10023", "message": "Expired token"})
    ended = status("COMPLETED", done("1"), done("2"))
    server = RawServer(BEFORE, expired, STARTED, ended, default=AFTER)
    async with server, session_on(server, WITH_SECRET, **on_clock(clock)) as session:
        assert split(await refresh_transactions_and_wait(session, CUSTOMER)) == {"succeeded": ("1", "2")}
        assert "".join(one.method[0] for one in server.calls) == "GPPGG"
        assert len(server.logins) == 2


SCOPES: dict[str, tuple[Callable[[], dict[str, Any]], dict[str, Any], tuple[str, ...]]] = {
    "all accounts": (dict, {"accountIds": [*IDS]}, IDS),
    "a login": (lambda: {"institution_login_id": LOGIN}, {"institutionLoginId": str(LOGIN)}, IDS),
    "accounts": (lambda: {"account_ids": [THIRD, int(FIRST), FIRST]}, {"accountIds": [THIRD, FIRST]}, (FIRST, THIRD)),
    "accounts before the login": (
        lambda: {"account_ids": iter([SECOND]), "institution_login_id": LOGIN},
        {"accountIds": [SECOND]},
        (SECOND,),
    ),
}


@pytest.mark.parametrize(("options", "_", "succeeded"), SCOPES.values(), ids=SCOPES)
async def test_refresh_is_for_what_was_asked_for(
    *,
    options: Callable[[], dict[str, Any]],
    _: Any,
    succeeded: tuple[str, ...],
    session: AsyncSession,
    sandbox: Sandbox,
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=5))
    result = await refresh_transactions_and_wait(session, CUSTOMER, **options())
    assert split(result) == {"succeeded": succeeded}
    assert tuple(one.id for one in result.accounts) == succeeded
    moved = [one.id for one in await get_customer_accounts(session, CUSTOMER) if attempt_of(one) >= NOW]
    assert tuple(moved) == succeeded


def attempt_of(account: Any) -> float:
    moment: float = account.aggregation_attempt_date.timestamp()
    return moment


MODES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "standard": ({}, {"mode": "standard"}),
    "historic": ({"mode": "historic"}, {"mode": "historic"}),
    "custom": (
        {
            "mode": "custom",
            "from_date": datetime(2025, 5, 1, tzinfo=timezone(timedelta(hours=2))),
            "to_date": datetime(2025, 6, 1, 12, tzinfo=UTC),
        },
        {"mode": "custom", "fromDate": "2025-04-30T22:00:00Z", "toDate": "2025-06-01T12:00:00Z"},
    ),
    "custom until now": (
        {"mode": "custom", "from_date": datetime(2025, 6, 1, 12, tzinfo=UTC)},
        {"mode": "custom", "fromDate": "2025-06-01T12:00:00Z"},
    ),
}


BODIES = {name: (options, body) for name, (options, body, _) in SCOPES.items()} | {
    name: (partial(dict, options, institution_login_id=LOGIN), {"institutionLoginId": str(LOGIN), **body})
    for name, (options, body) in MODES.items()
}


@pytest.mark.parametrize(("options", "body"), BODIES.values(), ids=BODIES)
async def test_body_is_as_the_vendor_takes_it(
    options: Callable[[], dict[str, Any]], body: dict[str, Any], clock: MovedClock
) -> None:
    rows = listed(*(row(one, 0, 0, 0) for one in IDS))
    vendor = Vendor(status("COMPLETED", *map(done, IDS)), accounts=(rows, rows))
    async with RawServer(default=vendor) as server, session_on(server, **on_clock(clock)) as session:
        await refresh_transactions_and_wait(session, CUSTOMER, **options())
        assert vendor.bodies == [{"mode": "standard", **body}]


MAY = datetime(2025, 5, 1, tzinfo=UTC)
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "custom without dates": ({"mode": "custom"}, "needs from_date"),
    "custom without a beginning": ({"mode": "custom", "to_date": MAY}, "needs from_date"),
    "an end without custom": ({"to_date": MAY}, "custom"),
    "dates without custom": ({"from_date": MAY, "to_date": MAY + timedelta(1)}, "custom"),
    "a naive date": ({"mode": "custom", "from_date": MAY, "to_date": datetime(2025, 6, 1)}, "zone"),  # noqa: DTZ001
    "a date that is none": ({"mode": "custom", "from_date": NOW, "to_date": MAY}, "zone"),
    "dates in the wrong order": ({"mode": "custom", "from_date": MAY, "to_date": MAY}, "before"),
    "another mode": ({"mode": "STANDARD"}, "mode is one of standard, historic, custom"),
    "one ID as text": ({"account_ids": FIRST}, "list"),
    "no ID": ({"account_ids": []}, "empty"),
    "an ID that is none": ({"account_ids": ["../1"]}, "account_ids"),
    "a login that is none": ({"institution_login_id": ".."}, "institutionLoginId"),
    "no time": ({"wait": 0}, "wait"),
}


@pytest.mark.parametrize(("options", "text"), BAD.values(), ids=BAD)
async def test_what_the_vendor_would_refuse_is_not_sent(
    options: dict[str, Any], text: str, session: AsyncSession, journal: AllCalls
) -> None:
    with pytest.raises(ConfigurationError, match=text):
        await refresh_transactions_and_wait(session, CUSTOMER, **options)
    assert journal == []


async def test_customer_without_accounts_is_not_refreshed(session: AsyncSession, sandbox: Sandbox) -> None:
    records = sandbox.customers[CUSTOMER]
    sandbox.customers[CUSTOMER] = {PENDING: records[PENDING]}
    result = await refresh_transactions_and_wait(session, CUSTOMER)
    assert (result.accounts, result.complete, result.baseline) == ((), True, None)
    sandbox.assert_called("refreshTransactions", times=0)


async def test_account_that_is_not_there_is_the_vendors_to_refuse(session: AsyncSession, journal: AllCalls) -> None:
    with pytest.raises(NotFoundError):
        await refresh_transactions_and_wait(session, CUSTOMER, account_ids=["1"])
    assert len(journal.refreshes) == 1


async def test_id_that_the_vendor_forgets_is_made_up_for_by_the_dates(
    session: AsyncSession, sandbox: Sandbox, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=20, codes={FIRST: 103}))
    sandbox.add_fault(VendorError(code=10008, status=404, operation=STATUS))
    result = await refresh_transactions_and_wait(session, CUSTOMER)
    assert split(result) == {"succeeded": (SECOND, THIRD, FOURTH), "failed": (FIRST,)}
    assert len(journal.refreshes) == 1


async def test_two_refreshes_at_once_both_end_and_the_second_says_that_the_accounts_are_busy(
    session: AsyncSession, sandbox: Sandbox
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=100))
    first, second = await asyncio.gather(
        *(refresh_transactions_and_wait(session, CUSTOMER, account_ids=ids) for ids in (IDS[:2], IDS[1:]))
    )
    assert {len(first.failed), len(second.failed)} == {0, 1}
    assert [one.aggregation_status_code for one in (*first.failed, *second.failed)] == [325]


@pytest.mark.parametrize(
    "disguise", [lambda refresh: refresh, partial, lambda refresh: partial(refresh, account_ids=["1"])]
)
async def test_a_map_refuses_it_before_the_first_customer(
    disguise: Callable[..., Any], session: AsyncSession, journal: AllCalls
) -> None:
    with pytest.raises(ConfigurationError, match="allow_refresh=True"):
        map_customers(session, disguise(refresh_transactions_and_wait), [CUSTOMER])
    assert journal == []


async def test_a_map_refuses_it_in_a_function_when_it_is_sent(session: AsyncSession, journal: AllCalls) -> None:
    async def hidden(session: AsyncSession, customer_id: str) -> RefreshResult:
        return await refresh_transactions_and_wait(session, customer_id)

    (refused,) = [one async for one in map_customers(session, hidden, [CUSTOMER])]
    assert isinstance(refused.error, ConfigurationError)
    assert journal.refreshes == []
    (allowed,) = [one async for one in map_customers(session, hidden, [CUSTOMER], allow_refresh=True)]
    assert split(allowed.unwrap()) == {"succeeded": IDS}
    assert len(journal.refreshes) == 1
