"""What a sandbox remembers: records, added and edited, and snapshots of them."""

import asyncio
import json
import logging
import math
from decimal import Decimal
from typing import Any

import pytest

from finicity_async.sandbox import ACCOUNT_TYPES, Hang, RefreshScript, Sandbox, Status
from tests.sandbox.state.times import NOW, ONE_ACCOUNT, attempts
from tests.support.clock import MovedClock
from tests.support.held import loop_turned, until
from tests.support.servers import AUTHENTICATION
from tests.support.wire import (
    ACCOUNT,
    ACCOUNTS,
    ACCOUNTS_V2,
    CUSTOMER,
    CUSTOMERS,
    SECOND_CUSTOMER,
    Wire,
    accounts_of,
    get_once,
)


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
