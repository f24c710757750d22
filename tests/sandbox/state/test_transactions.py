"""The transactions of a sandbox: how they are listed, and what the clock, a refresh and a test bring."""

import asyncio
import itertools
import math
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from finicity_async.sandbox import RefreshScript, Sandbox, Status, histories
from tests.sandbox.state.times import NOW
from tests.support.clock import MovedClock
from tests.support.held import until
from tests.support.wire import ACCOUNT, ACCOUNTS, ACCOUNTS_V2, CUSTOMER, SECOND_CUSTOMER, Seen, Wire

DAY = 86_400
Row = dict[str, Any]
ALL = f"/aggregation/v3/customers/{CUSTOMER}/transactions"
OF_ACCOUNT = f"/aggregation/v4/customers/{CUSTOMER}/accounts/{ACCOUNT}/transactions"
EVER = f"fromDate=0&toDate={2**33}"


async def page(wire: Wire, query: str = "", path: str = ALL) -> dict[str, Any]:
    seen = await wire("GET", f"{path}?{EVER}&{query}")
    assert seen.status == 200
    found: dict[str, Any] = seen.json
    return found


async def every_row(wire: Wire, query: str = "", path: str = ALL) -> list[Row]:
    """Return all rows of a list, page by page."""
    rows: list[Row] = []
    while True:
        read = await page(wire, f"{query}&start={len(rows) + 1}&limit=1000", path)
        rows += read["transactions"]
        if read["moreAvailable"] == "false":
            return rows


def date_of(row: Row) -> int:
    date: int = row.get("transactionDate") or row["postedDate"]
    return date


def keys(rows: Iterable[Row]) -> set[tuple[int, int]]:
    return {(row["accountId"], row["id"]) for row in rows}


async def test_pages_add_up_to_the_whole_list_in_either_order(still: Sandbox, wire: Wire) -> None:
    whole = [one for one in still.transactions(CUSTOMER) if one["status"] != "pending"]
    for sort, expected in (("asc", whole), ("desc", whole[::-1])):
        rows: list[Row] = []
        for start in range(1, len(whole) + 300, 300):
            read = await page(wire, f"sort={sort}&start={start}&limit=300")
            assert read["found"] == len(whole)
            assert read["displaying"] == len(read["transactions"])
            assert read["moreAvailable"] == ("true" if start + 299 < len(whole) else "false")
            rows += read["transactions"]
        assert rows == expected
    assert [date_of(one) for one in whole] == sorted(map(date_of, whole))


async def test_page_has_25_rows_unless_told_otherwise_and_1000_at_most(still: Sandbox, wire: Wire) -> None:
    still.add_transactions(CUSTOMER, ACCOUNT, [{"amount": -1}] * 1100)
    assert (await page(wire))["displaying"] == 25
    assert (await page(wire, "limit=5000"))["displaying"] == 1000
    latest = await page(wire)
    assert (latest["sort"], latest["fromDate"], latest["toDate"]) == ("desc", "0", str(2**33))
    beyond = await page(wire, "start=1000000")
    assert (beyond["displaying"], beyond["moreAvailable"]) == (0, "false")


async def test_both_ends_of_the_window_are_in_it(still: Sandbox, wire: Wire) -> None:
    customer, moments = still.add_customer(), [100_000, 200_000, 300_000]
    account = still.add_account(customer)["id"]
    del still.customers[customer][account]["oldestTransactionDate"]
    still.add_transactions(customer, account, [{"transactionDate": one} for one in moments])
    path = ALL.replace(CUSTOMER, customer)
    for first, last, count in ((100_000, 300_000, 3), (100_001, 300_000, 2), (100_000, 299_999, 2), (5, 6, 0)):
        read = (await wire("GET", f"{path}?fromDate={first}&toDate={last}")).json
        assert (read["found"], len(read["transactions"])) == (count, count)


async def test_pending_rows_come_only_when_asked_for(still: Sandbox, wire: Wire) -> None:
    kinds = Counter(row["status"] for row in still.transactions(CUSTOMER))
    assert kinds.keys() == {"active", "pending", "shadow"}
    assert (await page(wire))["found"] == (await page(wire, "includePending=false"))["found"]
    assert (await page(wire))["found"] == kinds["active"] + kinds["shadow"]
    assert (await page(wire, "includePending=true"))["found"] == kinds.total()


async def test_one_account_has_what_the_list_of_the_customer_says_of_it(still: Sandbox, wire: Wire) -> None:
    rows = await every_row(wire)
    assert {str(row["accountId"]) for row in rows} <= still.customers[CUSTOMER].keys()
    of_account = await every_row(wire, path=OF_ACCOUNT)
    assert of_account == [row for row in rows if str(row["accountId"]) == ACCOUNT]
    assert still.transactions(int(CUSTOMER), int(ACCOUNT))[-1]["accountId"] == int(ACCOUNT)


@pytest.mark.parametrize("kind", ["checking", "creditCard"])
async def test_daily_balances_lead_to_the_balance_of_the_account(still: Sandbox, wire: Wire, kind: str) -> None:
    account = next(one for one in still.customers[CUSTOMER].values() if one["type"] == kind)
    path = OF_ACCOUNT.replace(ACCOUNT, account["id"])
    days = (await page(wire, "showDailyBalance=true", path))["dailyBalances"]
    balance = Decimal(str(account["balance"]))
    assert Decimal(str(days[-1]["ending"])) == balance
    assert [one["date"] for one in days] == sorted({one["date"] for one in days})
    for day, following in itertools.pairwise(days):
        assert day["ending"] == following["beginning"]
    rows = [row for row in await every_row(wire, path=path) if row["status"] == "active"]
    moved = sum(Decimal(str(row["amount"])) for row in rows) * (1 if kind == "checking" else -1)
    assert Decimal(str(days[-1]["ending"])) - Decimal(str(days[0]["beginning"])) == moved
    some = await wire("GET", f"{path}?fromDate={days[1]['date'] + 5}&toDate={days[2]['date']}&showDailyBalance=true")
    assert some.json["dailyBalances"] == days[1:3]
    assert "dailyBalances" not in await page(wire, path=path)


async def test_transaction_is_found_by_its_id_and_by_its_unique_id(still: Sandbox, wire: Wire) -> None:
    row = still.transactions(CUSTOMER)[0]
    by_id = f"/aggregation/v2/customers/{CUSTOMER}/transactions/{row['id']}"
    unique = f"/aggregation/customers/{CUSTOMER}/transactions/{row['uniqueTransactionId']}"
    assert (await wire("GET", by_id)).json == (await wire("GET", unique)).json == row


async def test_same_rows_come_from_the_same_seed_whoever_was_read_before(clock: MovedClock) -> None:
    clock.now = NOW
    found = []
    for seed, first in ((0, CUSTOMER), (0, SECOND_CUSTOMER), (1, CUSTOMER)):
        async with Sandbox(customers=2, seed=seed, clock=clock) as sandbox:
            sandbox.transactions(first)
            found.append(sandbox.transactions(CUSTOMER))
    assert found[0] == found[1] != found[2]


async def test_fast_sandbox_lists_the_same_and_stores_no_customer(clock: MovedClock) -> None:
    clock.now, found = NOW, []
    for fast in (False, True):
        async with Sandbox(customers=2, fast=fast, clock=clock) as sandbox, Wire(sandbox) as wire:
            await wire.log_in()
            found.append(await every_row(wire))
    assert found[0] == found[1]


async def test_many_customers_can_be_read_in_turns(clock: MovedClock) -> None:
    async with Sandbox(customers=40, clock=clock) as sandbox, Wire(sandbox) as wire:
        await wire.log_in()
        since = f"fromDate={int(clock.now) - 10 * DAY}&toDate={int(clock.now)}"
        paths = [f"{ALL.replace(CUSTOMER, one)}?{since}" for one in sandbox.customers]
        first = [(await wire("GET", path)).body for path in paths]
        assert [(await wire("GET", path)).body for path in paths] == first


async def test_window_that_begins_earlier_than_the_one_before_misses_nothing(still: Sandbox, wire: Wire) -> None:
    until = f"toDate={2**33}&limit=1"
    few = (await wire("GET", f"{ALL}?fromDate={int(NOW) - 30 * DAY}&{until}")).json["found"]
    assert few < (await page(wire))["found"]
    assert (await wire("GET", f"{ALL}?fromDate={int(NOW) - 30 * DAY}&{until}")).json["found"] == few


# What the clock brings


async def test_nights_bring_rows_and_take_none_but_pending_ones(still: Sandbox, wire: Wire) -> None:
    seen: dict[tuple[int, int], Row] = {}
    before: list[Row] = []
    for _ in range(20):
        rows = still.transactions(CUSTOMER)
        kept = keys(rows)
        gone = [row for row in before if (row["accountId"], row["id"]) not in kept]
        assert {row["status"] for row in gone} <= {"pending"}
        assert not any(row["status"] == "pending" and row["createdDate"] < still.clock() - 9 * DAY for row in rows)
        seen |= {(row["accountId"], row["id"]): row for row in rows}
        before = rows
        still.clock.advance(DAY)
    assert len(seen) > len(keys(still.transactions(CUSTOMER))), "pending ones came and went"
    await wire.log_in()
    assert keys(await every_row(wire, "includePending=true")) == keys(still.transactions(CUSTOMER))


async def test_pending_row_becomes_active_under_a_new_id_or_vanishes(still: Sandbox) -> None:
    before = [row for row in still.transactions(CUSTOMER) if row["status"] == "pending"]
    still.clock.advance(40 * DAY)
    after = still.transactions(CUSTOMER)
    assert not keys(before) & keys(after)
    assert all("postedDate" not in row for row in before)
    same = ("accountId", "description", "transactionDate")
    came = {
        tuple(row[name] for name in same) for row in after if row["status"] != "pending" and "transactionDate" in row
    }
    assert any(tuple(row[name] for name in same) in came for row in before)


async def test_active_row_may_change_or_become_shadow_days_later_and_keeps_its_id(still: Sandbox) -> None:
    changes: Counter[str] = Counter()
    before: dict[tuple[int, int], Row] = {}
    for _ in range(30):
        rows = {(row["accountId"], row["id"]): row for row in still.transactions(CUSTOMER)}
        for key in before.keys() & rows.keys():
            changes.update(name for name in rows[key] if rows[key][name] != before[key][name])
        before = rows
        still.clock.advance(DAY)
    assert changes.keys() == {"status", "description"}


async def test_no_row_is_dated_or_created_after_the_last_aggregation(still: Sandbox) -> None:
    for _ in range(5):
        last = max(one.get("aggregationSuccessDate", 0) for one in still.customers[CUSTOMER].values())
        for row in still.transactions(CUSTOMER):
            assert date_of(row) <= row["createdDate"] <= last
            assert row.get("postedDate", 0) <= row["createdDate"]
        still.clock.advance(0.7 * DAY)


async def test_account_that_failed_gets_no_rows_until_a_refresh_succeeds(still: Sandbox, wire: Wire) -> None:
    before = still.transactions(CUSTOMER, ACCOUNT)
    still.customers[CUSTOMER][ACCOUNT]["aggregationStatusCode"] = 103
    still.clock.advance(20 * DAY)
    assert still.transactions(CUSTOMER, ACCOUNT) == before
    await wire.log_in()
    still.script_refresh(RefreshScript(seconds=1, codes={ACCOUNT: 103}))
    assert (await wire("POST", ACCOUNTS_V2)).status == 204
    still.clock.advance(1)
    assert still.transactions(CUSTOMER, ACCOUNT) == before
    still.script_refresh(RefreshScript(seconds=1))
    assert (await wire("POST", ACCOUNTS_V2)).status == 204
    assert still.transactions(CUSTOMER, ACCOUNT) == before
    still.clock.advance(1)
    assert len(still.transactions(CUSTOMER, ACCOUNT)) > len(before)


# What a test puts in and takes out


async def test_added_rows_are_there_at_once_with_what_every_row_has(still: Sandbox, wire: Wire) -> None:
    moment = datetime(2023, 6, 1, tzinfo=UTC)
    given: list[Row] = [
        {},
        {"amount": Decimal("12.50"), "transactionDate": moment, "memo": "M"},
        {"status": "pending", "id": "77"},
        {"transactionDate": None, "postedDate": 1_690_000_000, "type": "atm"},
    ]
    plain, bought, pending, posted = still.add_transactions(int(CUSTOMER), int(ACCOUNT), given)
    assert plain == {
        "id": plain["id"],
        "amount": -10.0,
        "uniqueTransactionId": f"{ACCOUNT}-{plain['id']}",
        "accountId": int(ACCOUNT),
        "customerId": int(CUSTOMER),
        "status": "active",
        "description": "TEST TRANSACTION",
        "transactionDate": int(NOW),
        "postedDate": int(NOW),
        "createdDate": int(NOW),
    }
    assert (bought["transactionDate"], bought["amount"]) == (int(moment.timestamp()), Decimal("12.50"))
    assert (pending["id"], "postedDate" in pending) == (77, False)
    assert "transactionDate" not in posted
    assert [one for one in still.transactions(CUSTOMER) if one in (plain, bought, pending, posted)] == [
        bought,
        posted,
        plain,
        pending,
    ]
    seen = await wire("GET", f"{OF_ACCOUNT}?fromDate={int(moment.timestamp())}&toDate={int(moment.timestamp())}")
    assert b'"amount":12.50,' in seen.body


async def test_added_row_whose_date_is_none_is_listed_as_the_oldest(still: Sandbox, wire: Wire) -> None:
    (odd,) = still.add_transactions(CUSTOMER, ACCOUNT, [{"transactionDate": "soon", "postedDate": "later"}])
    assert still.transactions(CUSTOMER)[0] == odd
    seen = await wire("GET", f"{OF_ACCOUNT}?fromDate=0&toDate={int(NOW)}&sort=asc")
    assert b'"transactionDate":"soon"' in seen.body


def test_added_row_with_a_datetime_that_has_no_zone_is_refused(still: Sandbox) -> None:
    with pytest.raises(ValueError, match="time zone"):
        still.add_transactions(CUSTOMER, ACCOUNT, [{"transactionDate": datetime(2023, 6, 1)}])  # noqa: DTZ001 -- so


async def test_added_row_with_the_id_of_another_replaces_it(still: Sandbox) -> None:
    drawn = still.transactions(CUSTOMER, ACCOUNT)[0]
    for change in ({"status": "shadow"}, {"amount": 1}):
        still.add_transactions(CUSTOMER, ACCOUNT, [{**drawn, **change}])
        assert [row for row in still.transactions(CUSTOMER) if row["id"] == drawn["id"]] == [{**drawn, **change}]


async def test_removed_rows_are_gone_whether_drawn_or_added(still: Sandbox, wire: Wire) -> None:
    whole = still.transactions(CUSTOMER, ACCOUNT)
    (added,) = still.add_transactions(CUSTOMER, ACCOUNT, [{}])
    still.remove_transactions(CUSTOMER, ACCOUNT, [added["id"], whole[0]["id"]])
    assert still.transactions(CUSTOMER, ACCOUNT) == whole[1:]
    with pytest.raises(ValueError, match=str(added["id"])):
        still.remove_transactions(CUSTOMER, ACCOUNT, [added["id"]])
    gone = await wire("GET", f"/aggregation/v2/customers/{CUSTOMER}/transactions/{added['id']}")
    assert (gone.status, gone.code) == (404, 24553)


async def test_account_or_customer_that_is_not_there_is_refused_by_name(still: Sandbox) -> None:
    for customer, account, named in (("99", ACCOUNT, "customer 99"), (CUSTOMER, "98", "account 98")):
        for call in (
            still.transactions,
            lambda customer, account: still.add_transactions(customer, account, []),
            lambda customer, account: still.remove_transactions(customer, account, []),
        ):
            with pytest.raises(ValueError, match=named):
                call(customer, account)


async def test_what_is_returned_are_copies(still: Sandbox) -> None:
    (added,) = still.add_transactions(CUSTOMER, ACCOUNT, [{"categorization": {"category": "Gym"}}])
    before = still.transactions(CUSTOMER)
    for row in (added, *still.transactions(CUSTOMER)):
        row.get("categorization", row)["category"] = row["amount"] = "changed"
    assert still.transactions(CUSTOMER) == before


async def test_snapshot_keeps_what_was_added_and_a_reset_takes_it_away(still: Sandbox) -> None:
    drawn = still.transactions(CUSTOMER)
    still.add_transactions(CUSTOMER, ACCOUNT, [{}])
    with_one, snapshot = still.transactions(CUSTOMER), still.snapshot()
    still.add_transactions(CUSTOMER, ACCOUNT, [{}])
    still.reset(snapshot)
    assert still.transactions(CUSTOMER) == with_one
    still.reset()
    assert still.transactions(CUSTOMER) == drawn


async def test_rows_go_with_their_account_and_with_their_customer(still: Sandbox, wire: Wire) -> None:
    still.add_transactions(CUSTOMER, ACCOUNT, [{}])
    assert (await wire("DELETE", f"{ACCOUNTS}/{ACCOUNT}")).status == 204
    assert int(ACCOUNT) not in {row["accountId"] for row in await every_row(wire)}
    assert (await wire("DELETE", ACCOUNTS.removesuffix("/accounts"))).status == 204
    assert (await wire("GET", f"{ALL}?{EVER}")).code == "14001"
    still.add_customer("7")
    own = still.add_account("7", id="1")
    still.add_transactions("7", "1", [{"id": 5}])
    assert (await wire("DELETE", "/aggregation/v1/customers/7")).status == 204
    still.add_customer("7")
    still.customers["7"]["1"] = own
    assert 5 not in {row["id"] for row in still.transactions("7")}


async def test_ids_that_are_no_numbers_are_served_as_text(still: Sandbox, wire: Wire) -> None:
    customer = still.add_customer("ann")
    account = still.add_account(customer, id="one")
    row = still.transactions(customer)[0]
    assert (row["customerId"], row["accountId"]) == ("ann", "one")
    unique = f"/aggregation/customers/ann/transactions/{row['uniqueTransactionId']}"
    assert (await wire("GET", unique)).json == row
    assert account["id"] == "one"


@pytest.mark.parametrize("date", [None, "", {}, math.nan, 0, -5])
@pytest.mark.parametrize("name", ["oldestTransactionDate", "aggregationSuccessDate"])
async def test_account_whose_dates_are_none_has_no_rows(still: Sandbox, name: str, date: object) -> None:
    account = still.add_account(CUSTOMER)
    assert still.transactions(CUSTOMER, account["id"]) != []
    account[name] = date
    assert still.transactions(CUSTOMER, account["id"]) == []


async def test_window_beyond_every_date_is_empty(still: Sandbox, wire: Wire) -> None:
    last = 10**18 - 1
    read = (await wire("GET", f"{ALL}?fromDate={last}&toDate={last}")).json
    assert (read["found"], read["transactions"], read["moreAvailable"]) == (0, [], "false")
    still.customers[CUSTOMER][ACCOUNT] |= {"aggregationSuccessDate": 10**18, "oldestTransactionDate": 2**33 - 5}
    assert len(still.transactions(CUSTOMER, ACCOUNT)) < 100


async def test_list_is_drawn_and_sorted_once_for_all_its_pages(
    still: Sandbox, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    make = histories.History

    def counted(rows: Iterable[Row]) -> histories.History:
        made.append(len(made))
        return make(rows)

    monkeypatch.setattr(histories, "History", counted)
    still.add_transactions(CUSTOMER, ACCOUNT, ({"transactionDate": int(NOW) - one % 3_000} for one in range(9_000)))
    rows = await every_row(wire, "sort=asc", path=OF_ACCOUNT)
    assert len(keys(rows)) == len(rows) > 9_000
    assert len(still.calls("GetCustomerAccountTransactions")) > 9
    assert len(made) == 1
    still.add_transactions(CUSTOMER, ACCOUNT, [{}])
    assert (await page(wire, path=OF_ACCOUNT))["found"] == len(rows) + 1
    assert len(made) == 2


# The first transactions of an account, and those of long ago


def without_transactions(still: Sandbox) -> Row:
    """Return an account as it is when it was just added through Connect."""
    still.add_customer("7")
    account = still.add_account("7", id="1", createdDate=int(NOW), aggregationSuccessDate=int(NOW))
    del account["oldestTransactionDate"], account["lastTransactionDate"]
    return account


async def test_new_account_has_no_transactions_until_its_first_refresh(still: Sandbox, wire: Wire) -> None:
    account = without_transactions(still)
    assert still.transactions("7") == []
    assert (await wire("POST", "/aggregation/v2/customers/7/accounts")).status == 204
    assert still.transactions("7") == []
    still.clock.advance(60)
    rows = still.transactions("7")
    assert account["oldestTransactionDate"] == NOW - 180 * DAY
    assert NOW - 180 * DAY <= date_of(rows[0]) < NOW - 170 * DAY
    assert date_of(rows[-1]) > NOW - 10 * DAY


async def test_first_night_brings_the_transactions_of_a_new_account(still: Sandbox) -> None:
    without_transactions(still)
    still.clock.advance(DAY)
    assert still.transactions("7") != []


LOAD = "/aggregation/v1/customers/7/accounts/1/transactions/historic"


async def load(still: Sandbox, wire: Wire, body: bytes | None = None) -> Seen:
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        count = len(still.calls("LoadHistoricTransactionsForCustomerAccount"))
        loading = group.create_task(wire("POST", LOAD, body))
        await until(lambda: len(still.calls("LoadHistoricTransactionsForCustomerAccount")) > count)
        still.clock.advance(60)
    return loading.result()


async def test_historic_load_brings_24_months_before_the_account_was_added(still: Sandbox, wire: Wire) -> None:
    account = without_transactions(still)
    assert (await load(still, wire)).status == 204
    rows = still.transactions("7")
    assert NOW - 730 * DAY <= date_of(rows[0]) < NOW - 720 * DAY
    assert account["aggregationSuccessDate"] == NOW + 60


async def test_second_historic_load_contacts_the_institution_only_when_forced(still: Sandbox, wire: Wire) -> None:
    account = without_transactions(still)
    assert (await load(still, wire)).status == 204
    loaded = account["aggregationAttemptDate"]
    assert (await wire("POST", LOAD)).status == 204
    assert account["aggregationAttemptDate"] == loaded
    assert (await load(still, wire, b'{"force": true}')).status == 204
    assert account["aggregationAttemptDate"] > loaded


async def test_historic_load_that_fails_answers_the_code_and_brings_nothing(still: Sandbox, wire: Wire) -> None:
    without_transactions(still)
    still.script_refresh(RefreshScript(seconds=60, codes={"1": 185}))
    seen = await load(still, wire)
    assert (seen.status, seen.code) == (500, 185)
    assert still.transactions("7") == []


async def test_historic_load_goes_on_when_its_answer_is_lost(still: Sandbox, wire: Wire) -> None:
    without_transactions(still)
    still.script_refresh(RefreshScript(seconds=60, answer="disconnect"))
    assert (await wire("POST", LOAD)).end == "closed"
    still.clock.advance(60)
    assert date_of(still.transactions("7")[0]) < NOW - 720 * DAY


async def test_institution_that_asks_a_question_is_a_203(still: Sandbox, wire: Wire) -> None:
    without_transactions(still)
    still.add_fault(Status(status=203, operation="LoadHistoricTransactionsForCustomerAccount"))
    assert (await wire("POST", LOAD)).status == 203
    assert still.transactions("7") == []


async def test_historic_load_during_another_refresh_is_refused(still: Sandbox, wire: Wire) -> None:
    without_transactions(still)
    assert (await wire("POST", "/aggregation/v2/customers/7/accounts")).status == 204
    seen = await wire("POST", LOAD)
    assert (seen.status, seen.code) == (500, 325)


async def test_historic_load_ends_with_the_sandbox(clock: MovedClock) -> None:
    async with Sandbox(customers=1, refresh_seconds=math.inf, clock=clock) as sandbox, Wire(sandbox) as wire:
        await wire.log_in()
        path = f"{ACCOUNTS}/{ACCOUNT}/transactions/historic"
        loading = asyncio.create_task(wire("POST", path))
        await until(lambda: sandbox.calls("LoadHistoricTransactionsForCustomerAccount"))
        await sandbox.__aexit__(None, None, None)
        assert (await loading).end == "closed"


# What recurs


RECURRING = f"/aggregation/customers/{CUSTOMER}/recurring-transactions"


async def test_wages_rent_and_subscriptions_recur_and_purchases_do_not(still: Sandbox, wire: Wire) -> None:
    body = f'{{"accountIds": ["{ACCOUNT}"]}}'.encode()
    seen = (await wire("POST", RECURRING, body)).json
    (of_account,) = seen["accountRecurringTransactions"]
    assert of_account == {"accountId": ACCOUNT, **seen["customerRecurringTransactions"]}
    (wages,) = of_account["recurringInflows"]
    assert (wages["transactionCategories"], wages["cadence"], wages["status"]) == (["Paycheck"], 15, "ACTIVE")
    assert wages["minimumHistoricalAmount"] <= wages["meanHistoricalAmount"] <= wages["maximumHistoricalAmount"]
    known = {str(row["id"]) for row in still.transactions(CUSTOMER, ACCOUNT)}
    assert set(wages["transactionIds"]) <= known
    assert wages["countOfTransactions"] == len(wages["transactionIds"]) > 10
    assert datetime.fromtimestamp(NOW, UTC).date().isoformat() < wages["expectedNextTransactionDate"]
    outflows = {name for one in of_account["recurringOutflows"] for name in one["transactionCategories"]}
    assert "Mortgage & Rent" in outflows
    assert not {"Groceries", "Coffee Shops", "Restaurants"} & outflows
    assert all(one["maximumHistoricalAmount"] < 0 for one in of_account["recurringOutflows"])


async def test_all_accounts_are_looked_at_unless_some_are_named(still: Sandbox, wire: Wire) -> None:
    seen = (await wire("POST", RECURRING)).json
    found = seen["accountRecurringTransactions"]
    active = [key for key, one in still.customers[CUSTOMER].items() if one["status"] == "active"]
    assert [one["accountId"] for one in found] == active
    for name in ("recurringOutflows", "recurringInflows"):
        assert seen["customerRecurringTransactions"][name] == [stream for one in found for stream in one[name]]
    refused = await wire("POST", RECURRING, b'{"accountIds": 5}')
    assert (refused.status, refused.code) == (400, "14020")


@pytest.mark.parametrize(
    ("days", "amounts", "status"),
    [
        ((90, 60, 30), (-10, -10, -11), "ACTIVE"),
        ((290, 260, 230), (-10, -10, -11), "INACTIVE"),
        ((60, 30), (-10, -10), None),
        ((90, 89, 30), (-10, -10, -10), None),
        ((3, 2, 1), (-10, -10, -10), None),
        ((90, 60, 30), (-10, -20, -10), None),
        ((90, 60, 30), (0, 0, 0), None),
    ],
)
async def test_payments_recur_that_are_alike_in_amount_and_distance(
    still: Sandbox, wire: Wire, days: tuple[int, ...], amounts: tuple[int, ...], status: str | None
) -> None:
    without_transactions(still)
    rows = [
        {"transactionDate": int(NOW) - day * DAY, "amount": amount, "description": "GYM"}
        for day, amount in zip(days, amounts, strict=True)
    ]
    still.add_transactions("7", "1", [*rows, {"description": "ONCE"}])
    seen = (await wire("POST", RECURRING.replace(CUSTOMER, "7"))).json["customerRecurringTransactions"]
    assert seen["recurringInflows"] == []
    assert [(one["normalizedPayeeName"], one["status"]) for one in seen["recurringOutflows"]] == (
        [] if status is None else [("GYM", status)]
    )
