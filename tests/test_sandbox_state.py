"""What a sandbox remembers: records, the clock, the journal; and that the same seed gives the same bytes."""

import asyncio
import json
import logging
import math
import threading
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from conftest import MovedClock
from held import loop_turned, until
from servers import AUTHENTICATION
from wire import (
    ACCOUNT,
    ACCOUNTS,
    ACCOUNTS_V2,
    CUSTOMER,
    CUSTOMERS,
    INSTITUTION,
    LOGIN,
    SECOND_CUSTOMER,
    Seen,
    Wire,
    accounts_of,
    get_once,
    token_of,
)

from finicity_async import AsyncSession, get_customer_accounts, refresh_customer_accounts
from finicity_async.sandbox import (
    ACCOUNT_TYPES,
    Call,
    Drip,
    EdgePage,
    ExpiredToken,
    Hang,
    Latency,
    Malformed,
    Quirk,
    RateLimit,
    RefreshScript,
    Reset,
    RevokedToken,
    Sandbox,
    Status,
    TooManyRequests,
    Truncated,
    VendorError,
    WrongContentType,
)
from finicity_async.sandbox.journal import Journal

NOW = 1_700_000_000.0
NIGHT = 86_400
ONE_ACCOUNT = f"{ACCOUNTS_V2}/{ACCOUNT}"
AT_LOGIN = f"{CUSTOMERS}/{CUSTOMER}/institutionLogins/{LOGIN}/accounts"


@pytest.fixture
async def still(clock: MovedClock) -> AsyncIterator[Sandbox]:
    """Yield a sandbox on a clock that only a test moves, whose refreshes take a minute."""
    clock.now = NOW
    async with Sandbox(customers=3, refresh_seconds=60, clock=clock) as sandbox:
        yield sandbox


async def attempts(wire: Wire, customer_id: str = CUSTOMER) -> list[int]:
    """Return when each active account of a customer was last aggregated."""
    return [one["aggregationAttemptDate"] for one in (await wire("GET", accounts_of(customer_id))).json["accounts"]]


# Records


async def test_added_customer_has_no_accounts_and_an_id_of_its_own(still: Sandbox, wire: Wire) -> None:
    one, other = still.add_customer(), still.add_customer()
    assert len({one, other, *list(still.customers)[:3]}) == 5
    assert (await wire("GET", accounts_of(one))).json == {"accounts": []}
    assert still.add_customer(42) == "42"
    assert still.add_customer("text-id_1") == "text-id_1"
    assert (await wire("GET", accounts_of("text-id_1"))).json == {"accounts": []}
    with pytest.raises(ValueError, match="42"):
        still.add_customer("42")
    page = (await wire("GET", CUSTOMERS)).json
    assert [one["id"] for one in page["customers"]] == list(still.customers)


@pytest.mark.parametrize("customer_id", ["", "a/b", "a b", "a?b", "ü", -1])
async def test_customer_id_that_no_request_could_name_is_refused(still: Sandbox, customer_id: str | int) -> None:
    with pytest.raises(ValueError, match="customer"):
        still.add_customer(customer_id)


@pytest.mark.parametrize("account_type", [*ACCOUNT_TYPES, "somethingNew"])
async def test_added_account_is_served_and_has_the_detail_of_its_type(
    still: Sandbox, wire: Wire, account_type: str
) -> None:
    customer = still.add_customer()
    record = still.add_account(customer, account_type)
    (served,) = (await wire("GET", accounts_of(customer))).json["accounts"]
    assert served == record
    assert (record["type"], record["customerId"], record["status"]) == (account_type, customer, "active")
    assert (len(record["detail"]) >= 8) == (account_type in ACCOUNT_TYPES)
    assert (await wire("GET", f"/aggregation/v2/customers/{customer}/accounts/{record['id']}")).json == record


async def test_members_go_before_what_was_drawn(still: Sandbox, wire: Wire) -> None:
    given = {"balance": 12.5, "aggregationStatusCode": 103, "id": "77", "extra": {"a": None}, "type": "odd"}
    record = still.add_account(int(CUSTOMER), "creditCard", **given)
    assert record.items() >= given.items()
    assert still.customers[CUSTOMER]["77"] is record
    record["balance"] = Decimal("0.10")
    assert b'"balance":0.10,' in (await wire("GET", f"{ACCOUNTS_V2}/77")).body
    with pytest.raises(ValueError, match="77"):
        still.add_account(CUSTOMER, id=77)


async def test_account_of_a_customer_who_is_not_there_is_refused_by_name(still: Sandbox) -> None:
    with pytest.raises((KeyError, ValueError), match="no customer 99"):
        still.add_account("99")


async def test_added_pending_account_is_listed_only_when_asked_for(still: Sandbox, wire: Wire) -> None:
    record = still.add_account(SECOND_CUSTOMER, "savings", status="pending")
    assert not {"detail", "aggregationAttemptDate", "aggregationStatusCode"} & record.keys()
    ids = [one["id"] for one in (await wire("GET", accounts_of(SECOND_CUSTOMER))).json["accounts"]]
    assert record["id"] not in ids
    every = (await wire("GET", accounts_of(SECOND_CUSTOMER) + "?status=pending")).json["accounts"]
    assert [one["id"] for one in every] == [*ids, record["id"]]


async def test_student_loan_is_a_tree_whose_parts_fit(still: Sandbox, wire: Wire) -> None:
    customer = still.add_customer()
    loan, group, account = still.add_student_loan(customer)
    assert (await wire("GET", accounts_of(customer))).json["accounts"] == [loan, group, account]
    assert [one["type"] for one in (loan, group, account)] == ["studentLoan", "studentLoanGroup", "studentLoanAccount"]
    assert "parentAccount" not in loan
    assert (group["parentAccount"], account["parentAccount"]) == (loan["id"], group["id"])
    assert "weightedInterestRate" in group["detail"]
    assert loan["balance"] == group["balance"] == account["balance"], "one loan has one balance"


async def test_student_loans_of_the_customer_with_every_type_are_a_tree(still: Sandbox) -> None:
    by_type = {one["type"]: one for one in still.customers[SECOND_CUSTOMER].values()}
    assert by_type["studentLoanGroup"]["parentAccount"] == by_type["studentLoan"]["id"]
    assert by_type["studentLoanAccount"]["parentAccount"] == by_type["studentLoanGroup"]["id"]


async def test_added_accounts_depend_on_the_seed_and_not_on_what_was_added_elsewhere() -> None:
    def added(seed: int, *, crowded: bool) -> Any:
        sandbox = Sandbox(customers=3, seed=seed, clock=lambda: NOW)
        if crowded:
            sandbox.add_account(CUSTOMER, "ira")
            sandbox.add_account(sandbox.add_customer(), "mortgage")
        return sandbox.add_account(SECOND_CUSTOMER, "creditCard")

    assert added(1, crowded=False) == added(1, crowded=True)
    assert added(1, crowded=False) != added(2, crowded=False)


async def test_customer_with_any_id_has_accounts_of_its_own_that_do_not_change() -> None:
    ids = []
    for _ in range(2):
        sandbox = Sandbox(customers=1, clock=lambda: NOW)
        records = [sandbox.add_account(sandbox.add_customer(one)) for one in ("text-id_1", "other", 7)]
        ids.append([record["id"] for record in records])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3


async def test_customers_show_how_many_there_are() -> None:
    assert repr(Sandbox(customers=3).customers) == "<3 customers>"


async def test_customers_do_not_depend_on_their_number_or_on_who_is_looked_at_first() -> None:
    few, many = (Sandbox(customers=count, seed=3, clock=lambda: NOW) for count in (4, 9))
    backwards = {one: many.customers[one] for one in reversed(list(many.customers))}
    assert {one: few.customers[one] for one in few.customers} == {one: backwards[one] for one in few.customers}


@pytest.mark.parametrize("accounts", [99, 100, 250])
async def test_account_ids_are_unique_over_all_customers(accounts: int) -> None:
    sandbox = Sandbox(customers=3, accounts=accounts)
    ids = [one for records in sandbox.customers.values() for one in records]
    assert len(ids) == len(set(ids))


async def test_account_ids_stay_unique_however_many_are_added() -> None:
    sandbox = Sandbox(customers=2, accounts=1)
    for _ in range(120):
        sandbox.add_account(CUSTOMER)
    assert not sandbox.customers[CUSTOMER].keys() & sandbox.customers[SECOND_CUSTOMER].keys()


async def test_id_of_a_deleted_account_is_not_given_again(still: Sandbox, wire: Wire) -> None:
    record = still.add_account(CUSTOMER)
    assert (await wire("DELETE", f"{ACCOUNTS}/{record['id']}")).status == 204
    assert still.add_account(CUSTOMER)["id"] != record["id"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, Decimal("NaN"), Decimal("Infinity")])
async def test_amount_that_json_does_not_have_is_still_answered_as_json(
    still: Sandbox, wire: Wire, value: object
) -> None:
    still.customers[CUSTOMER][ACCOUNT].update(balance=value, position=[{"units": value}])
    seen = await wire("GET", ONE_ACCOUNT)

    def refuse(constant: str) -> None:
        raise AssertionError(constant)  # pragma: no cover -- only where the test fails

    assert "balance" in json.loads(seen.body, parse_constant=refuse)


@pytest.mark.parametrize("value", [object(), "\ud800"], ids=["object", "half a pair"])
async def test_record_that_cannot_be_written_is_a_500_with_a_trace_in_log_and_journal(
    still: Sandbox, wire: Wire, caplog: pytest.LogCaptureFixture, value: object
) -> None:
    still.customers[CUSTOMER][ACCOUNT]["name"] = value
    with caplog.at_level(logging.ERROR):
        seen = await wire("GET", ONE_ACCOUNT)
    assert seen.status == 500
    assert [record for record in caplog.records if record.exc_info]
    assert still.calls()[-1].status == 500
    assert (await get_once(still, wire.token, accounts_of(SECOND_CUSTOMER))).status == 200


# Snapshots


async def test_reset_goes_back_to_how_the_sandbox_was_made(still: Sandbox, wire: Wire, clock: MovedClock) -> None:
    clean = await wire("GET", ACCOUNTS)
    customers = list(still.customers)
    still.customers[CUSTOMER][ACCOUNT]["balance"] = 1
    del still.customers[SECOND_CUSTOMER]
    still.add_customer(7)
    still.add_fault(Status(status=418))
    still.script_refresh(RefreshScript(answer=503))
    still.script_refresh(RefreshScript(answer=504), CUSTOMER)
    still.clock.advance(3600)
    await wire.log_in("wrong")
    still.reset()
    assert still.calls() == []
    assert (still.faults, still.failed_logins, still.clock.ahead) == ((), 0, 0)
    assert list(still.customers) == customers
    assert await wire("GET", ACCOUNTS) == clean, "the token stays good"
    assert (await wire("POST", ACCOUNTS_V2)).status == 204
    assert clock.now == NOW


async def test_snapshot_is_a_copy_that_can_be_gone_back_to_many_times(still: Sandbox, wire: Wire) -> None:
    still.customers[CUSTOMER][ACCOUNT]["detail"]["currentBalance"] = 5
    still.script_refresh(RefreshScript(answer=409), CUSTOMER)
    snapshot = still.snapshot()
    clean = await wire("GET", ACCOUNTS)
    for _ in range(2):
        still.customers[CUSTOMER][ACCOUNT]["detail"]["currentBalance"] = 6
        still.script_refresh(RefreshScript(), CUSTOMER)
        assert await wire("GET", ACCOUNTS) != clean
        still.reset(snapshot)
        assert await wire("GET", ACCOUNTS) == clean
        assert (await wire("POST", ACCOUNTS)).status == 409
    assert repr(snapshot).startswith("<")


async def test_secret_that_was_changed_is_the_old_one_again_after_a_reset(still: Sandbox, wire: Wire) -> None:
    old = still.credentials
    body = {"partnerId": old.partner_id, "partnerSecret": old.partner_secret, "newPartnerSecret": "n3wSecret-123456"}
    assert (await wire("PUT", AUTHENTICATION, json.dumps(body).encode())).status == 204
    assert still.credentials != old
    still.reset()
    assert still.credentials == old
    assert (await wire.log_in()).status == 200


async def test_snapshot_of_a_refresh_under_way_does_not_look_like_one_for_ever(
    still: Sandbox, wire: Wire, clock: MovedClock
) -> None:
    still.script_refresh(RefreshScript(seconds=60, running_code=325))
    assert (await wire("POST", ACCOUNTS_V2)).status == 204
    snapshot = still.snapshot()
    still.reset(snapshot)
    clock.advance(3600)
    codes = {one["aggregationStatusCode"] for one in (await wire("GET", ACCOUNTS)).json["accounts"]}
    assert codes == {0}


async def test_reset_ends_a_refresh_that_somebody_waits_for(still: Sandbox, wire: Wire) -> None:
    before = await attempts(wire)
    async with Wire(still, wire.token) as other:
        refresh = asyncio.create_task(other("POST", ACCOUNTS))
        await until(lambda: still.calls("RefreshCustomerAccounts"))
        await loop_turned()
        assert not refresh.done()
        still.reset()
        assert (await refresh).end
    assert await attempts(wire) == before
    assert (await wire("POST", ACCOUNTS_V2)).status == 204, "nothing runs any more"


async def test_reset_leaves_a_request_that_hangs_and_serves_the_next_one(still: Sandbox, wire: Wire) -> None:
    still.add_fault(Hang())
    async with Wire(still, wire.token) as other:
        await other.send(other.request("GET", ACCOUNTS))
        await until(lambda: still.calls("GetCustomerAccounts"))
        still.reset()
        assert (await wire("GET", ACCOUNTS)).status == 200
        assert [call.status for call in still.calls()] == [200]


# The clock


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


# Refreshes


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


# The journal


async def test_journal_holds_every_request_with_operation_customer_status_and_time(still: Sandbox) -> None:
    async with Wire(still) as wire:
        await wire.log_in()
        still.clock.advance(1.25)
        await wire("GET", f"{ACCOUNTS}?status=pending")
        await wire("POST", accounts_of("1"))
        await wire("GET", f"{ONE_ACCOUNT}?a=%20b")
    rows = [(call.operation, call.customer_id, call.method, call.target, call.status) for call in still.calls()]
    assert rows == [
        ("CreateToken", None, "POST", AUTHENTICATION, 200),
        ("GetCustomerAccounts", CUSTOMER, "GET", f"{ACCOUNTS}?status=pending", 200),
        ("RefreshCustomerAccounts", "1", "POST", accounts_of("1"), 404),
        ("GetCustomerAccount", CUSTOMER, "GET", f"{ONE_ACCOUNT}?a=%20b", 200),
    ]
    assert [call.time - NOW for call in still.calls()] == [0, 1.25, 1.25, 1.25]
    assert len({call.port for call in still.calls()}) == 1, "one connection"
    assert [call.status for call in still.calls(customer_id=int(CUSTOMER))] == [200, 200]
    assert still.calls("GetCustomerAccount", customer_id="1") == []


async def test_journal_holds_what_got_no_answer(still: Sandbox, wire: Wire) -> None:
    still.add_fault(Hang(first=1), Reset(first=2))
    async with Wire(still, wire.token) as other:
        await other.send(other.request("GET", ACCOUNTS))
        await until(lambda: still.calls("GetCustomerAccounts"))
    assert (await get_once(still, wire.token)).end == "reset"
    assert [(call.status, call.faults) for call in still.calls("GetCustomerAccounts")] == [
        (None, ("hang", "reset")),
        (None, ("reset",)),
    ]
    assert "no answer" in str(still.calls())


async def test_journal_holds_what_the_vendor_does_not_have(still: Sandbox, wire: Wire) -> None:
    expected = [("GET", "/", 404), ("PATCH", ACCOUNTS, 405), ("OPTIONS", ACCOUNTS, 405), ("GET", "/a%2Fb?c=d", 404)]
    for method, path, status in expected:
        async with Wire(still, wire.token) as other:
            seen = await other(method, path)
            assert seen.status == status
            assert seen.headers.get("allow") == ("GET, POST" if status == 405 else None)
    assert [(call.operation, call.status) for call in still.calls()[1:]] == [(None, row[2]) for row in expected]


async def test_post_without_a_length_is_411_and_in_the_journal(still: Sandbox, wire: Wire) -> None:
    request = wire.request("POST", ACCOUNTS_V2).replace(b"Content-Length: 0\r\n", b"")
    await wire.send(request)
    assert (await wire.read()).status == 411
    assert still.calls()[-1].status == 411
    for line in (b"content-length: 0\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"):
        still.reset()
        await wire.send(request.removesuffix(b"\r\n") + line)
        assert (await wire.read()).status == 204


async def test_body_over_a_megabyte_is_413_and_in_the_journal(still: Sandbox, wire: Wire) -> None:
    seen = await wire("POST", AUTHENTICATION, b" " * 1_100_000)
    assert seen.status == 413
    assert (still.calls()[-1].operation, still.calls()[-1].status) == ("CreateToken", 413)
    assert (await get_once(still, wire.token)).status == 200


async def test_body_that_cannot_be_unpacked_is_a_400_in_the_journal(still: Sandbox, wire: Wire) -> None:
    lines = b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"
    await wire.send(wire.request("POST", ACCOUNTS_V2).replace(b"Content-Length: 0\r\n\r\n", lines))
    assert (await wire.read()).status == 400
    assert still.calls("RefreshCustomerAccountsV2")[-1].status == 400
    assert (await get_once(still, wire.token)).status == 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"NOT HTTP\r\n\r\n",
        b"FOO / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 9000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_a_400_and_no_trouble(still: Sandbox, wire: Wire, request_bytes: bytes) -> None:
    async with Wire(still) as other:
        await other.send(request_bytes)
        assert (await other.read()).status == 400
    assert (await wire("GET", ACCOUNTS)).status == 200


async def test_client_that_leaves_in_the_midst_of_its_body_is_no_trouble(still: Sandbox, wire: Wire) -> None:
    async with Wire(still, wire.token) as other:
        await other.send(other.request("POST", ACCOUNTS_V2, headers={"Content-Length": "10"}) + b"{")
        await loop_turned()
    assert (await wire("POST", ACCOUNTS_V2)).status == 204, "the half request started nothing"


async def test_client_that_waits_for_100_before_it_sends_its_body_is_served(still: Sandbox, wire: Wire) -> None:
    async with Wire(still, wire.token) as other:
        head = other.request("POST", ACCOUNTS_V2, headers={"Content-Length": "2", "Expect": "100-continue"})
        await other.send(head)
        async with asyncio.timeout(1):
            assert (await other.read()).raw.startswith(b"HTTP/1.1 100 ")


@pytest.mark.parametrize("query", ["start=" + "9" * 5000, "limit=" + "9" * 5000])
async def test_page_far_beyond_the_end_is_no_crash(still: Sandbox, wire: Wire, query: str) -> None:
    assert (await wire("GET", f"{CUSTOMERS}?{query}")).status in (200, 400)


async def test_digits_of_other_scripts_are_no_number(still: Sandbox, wire: Wire) -> None:
    assert (await wire("GET", f"{CUSTOMERS}?start=%D9%A1")).code == "41003"


async def test_slash_that_is_quoted_divides_no_path(still: Sandbox, wire: Wire) -> None:
    assert (await wire("GET", f"{CUSTOMERS}%2F{CUSTOMER}/accounts")).status == 404


async def test_requests_sent_at_once_on_one_connection_are_answered_in_turn(still: Sandbox, wire: Wire) -> None:
    paths = [ACCOUNTS, ONE_ACCOUNT, accounts_of("1"), "/", CUSTOMERS]
    await wire.send(b"".join(wire.request("GET", path) for path in paths))
    assert [(await wire.read()).status for _ in paths] == [200, 200, 404, 404, 200]
    assert [call.target for call in still.calls()[1:]] == paths


async def test_calls_read_well_as_text(still: Sandbox, wire: Wire) -> None:
    still.reset()
    assert (str(still.calls()), repr(still.calls())) == ("No request was received.", "Calls()")
    still.add_fault(Status(status=503, operation="GetCustomerAccounts"))
    await wire("GET", ACCOUNTS)
    await wire("GET", "/x")
    assert str(still.calls()).split("\n") == [
        f"22:13:20.000  503        GetCustomerAccounts  GET {ACCOUNTS}  [status]",
        "22:13:20.000  404        -  GET /x",
    ]
    assert repr(still.calls()) == f"Calls(GetCustomerAccounts {CUSTOMER} 503, /x 404)"


async def test_failed_assertion_says_what_was_wanted_and_lists_what_came(still: Sandbox, wire: Wire) -> None:
    await wire("GET", ACCOUNTS)
    still.assert_called()
    still.assert_called("GetCustomerAccounts", customer_id=int(CUSTOMER), times=1)
    still.assert_called("GetCustomerAccount", times=0)
    with pytest.raises(AssertionError) as caught:
        still.assert_called("GetCustomerAccounts", customer_id=CUSTOMER, times=2)
    first, *lines = str(caught.value).split("\n")
    assert first == f"2 expected and 1 received: GetCustomerAccounts of customer {CUSTOMER}. Received in all:"
    assert lines == str(still.calls()).split("\n")
    with pytest.raises(AssertionError, match="at least 1 expected and 0 received: DeleteCustomerAccount"):
        still.assert_called("DeleteCustomerAccount")
    with pytest.raises(AssertionError, match="0 expected and 2 received: any operation"):
        still.assert_called(times=0)


async def test_operation_that_does_not_exist_is_a_mistake_and_not_uncalled(still: Sandbox) -> None:
    with pytest.raises(ValueError, match="GetAccounts"):
        still.assert_called("GetAccounts", times=0)
    with pytest.raises(ValueError, match="GetAccounts"):
        still.calls("GetAccounts")


def test_journal_can_be_read_while_it_is_written() -> None:
    journal, done = Journal(), threading.Event()

    def write() -> None:
        while not done.is_set():
            journal.note(Call("GetCustomers", None, "GET", "/", 0.0, 0))

    for _ in range(50_000):
        journal.note(Call("GetCustomers", None, "GET", "/", 0.0, 0))
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(20):
            assert journal.find("GetCustomers", None)
    finally:
        done.set()
        writer.join()


# Start and end


def test_sandbox_runs_on_a_thread_of_its_own() -> None:
    before = threading.active_count()
    with Sandbox(customers=2, refresh_seconds=0.01) as sandbox:
        assert threading.active_count() == before + 1

        async def use() -> int:
            async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
                await refresh_customer_accounts(session, CUSTOMER)
                return len(await get_customer_accounts(session, CUSTOMER))

        assert asyncio.run(use()) == 4
        sandbox.add_account(CUSTOMER)
        assert asyncio.run(use()) == 5
        sandbox.assert_called("CreateToken", times=2)
    assert threading.active_count() == before
    with sandbox:
        assert asyncio.run(use()) == 5


def test_sandbox_on_a_thread_ends_with_a_request_that_hangs() -> None:
    async def hang() -> None:
        async with Wire(sandbox, await token_of(sandbox)) as wire:
            await wire.send(wire.request("GET", ACCOUNTS))
            await until(lambda: sandbox.calls("GetCustomerAccounts"))

    for fault in (Hang(), Latency(seconds=60), Drip(seconds=60)):
        with Sandbox(customers=1) as sandbox:
            sandbox.add_fault(fault)
            asyncio.run(hang())


async def test_port_in_use_is_an_error_and_leaves_nothing_behind(still: Sandbox) -> None:
    port = int(still.url.rpartition(":")[2])
    before = threading.active_count()
    with pytest.raises(OSError, match="in use"), Sandbox(port=port):
        raise AssertionError  # pragma: no cover -- it does not start
    assert threading.active_count() == before
    with pytest.raises(OSError, match="in use"):
        await Sandbox(port=port).__aenter__()
    assert (await get_once(still, "")).code == "10024"


async def test_one_sandbox_can_run_again_with_what_it_knew() -> None:
    sandbox = Sandbox(customers=1)
    async with sandbox:
        token = await token_of(sandbox)
        sandbox.customers[CUSTOMER][ACCOUNT]["balance"] = 77
    async with sandbox, Wire(sandbox, token) as wire:
        assert (await wire("GET", ONE_ACCOUNT)).json["balance"] == 77


async def test_sandbox_that_runs_refuses_to_be_started_a_second_time() -> None:
    sandbox = Sandbox(customers=1)
    async with sandbox:
        url = sandbox.url
        with pytest.raises(RuntimeError, match="runs"):
            await sandbox.__aenter__()
        with pytest.raises(RuntimeError, match="runs"):
            sandbox.__enter__()
        assert sandbox.url == url
        assert (await get_once(sandbox, "")).code == "10024"
    with pytest.raises(ConnectionRefusedError):
        await get_once(sandbox, "")


# The same seed, the same bytes


async def script(seed: int) -> list[tuple[bytes, str]]:
    """Run a hundred requests against faults of every kind; return what came over the wire."""
    came: list[tuple[bytes, str]] = []
    async with Sandbox(customers=6, seed=seed, refresh_seconds=0, clock=lambda: NOW) as sandbox:
        sandbox.add_fault(
            Latency(seconds=0.001, distribution="lognormal", probability=0.5),
            ExpiredToken(customer_id=1005061238, first=1),
            RevokedToken(customer_id=1005061239, first=1),
            Reset(probability=0.1),
            Reset(at="headers", probability=0.1),
            Reset(at="body", probability=0.1),
            Truncated(probability=0.1),
            Quirk(quirk="nulls", probability=0.3),
            Quirk(quirk="text_amounts", every=3),
            Malformed(probability=0.1),
            WrongContentType(probability=0.2),
            Drip(seconds=0.001, probability=0.1),
            VendorError(code=185, probability=0.1, carried_out=True),
            EdgePage(probability=0.05),
            TooManyRequests(as_date=True, probability=0.05),
            Status(status=503, body={"a": 1}, every=11),
            RateLimit(requests_per_second=1, burst=3, operation="GetCustomers"),
            Status(status=502, operation="CreateToken", first=1),
        )
        for turn in range(100):
            customer = 1005061234 + turn % 6
            async with Wire(sandbox) as wire:
                came.append(_bytes(await wire.log_in()))
                method, path = [
                    ("GET", accounts_of(str(customer))),
                    ("GET", f"/aggregation/v2/customers/{customer}/accounts/{5011648377 + 100 * (turn % 6)}"),
                    ("POST", accounts_of(str(customer))),
                    ("GET", f"{CUSTOMERS}/{customer}/institutions/{INSTITUTION}/accounts"),
                    ("GET", CUSTOMERS),
                ][turn % 5]
                came.append(_bytes(await wire(method, path)))
        came.append((str([(call.operation, call.status, call.faults) for call in sandbox.calls()]).encode(), ""))
    return came


def _bytes(seen: Seen) -> tuple[bytes, str]:
    return seen.raw, seen.end


async def test_same_seed_gives_the_same_run_byte_for_byte_and_another_seed_another() -> None:
    first, again, other = [await script(seed) for seed in (4, 4, 5)]
    assert first == again
    assert first[-1] != other[-1], "other faults strike"
    assert first[:-1] != other[:-1]
    ends = {end for _, end in first}
    assert ends >= {"whole", "closed", "reset"}


async def test_run_after_a_reset_is_the_same_run_again(still: Sandbox) -> None:
    runs = []
    for _ in range(2):
        still.reset()
        still.add_fault(Status(status=418, probability=0.5))
        async with Wire(still) as wire:
            runs.append([await wire.log_in(), *[await wire("GET", ACCOUNTS) for _ in range(20)]])
    assert runs[0] == runs[1]
