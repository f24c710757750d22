"""Every quirk of a list of transactions shows as its name says, and leaves all other answers alone."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from finicity_async import AsyncSession
from finicity_async.endpoints.transactions import get_all_customer_transactions
from finicity_async.sandbox import TRANSACTION_QUIRKS, Malformed, Sandbox, TransactionQuirk
from tests.sandbox.faults.conftest import NOW
from tests.support.wire import ACCOUNT, ACCOUNTS, CUSTOMER, SECOND_CUSTOMER, Wire

DAY = 86_400
FIRST, LAST = int(NOW) - 60 * DAY, int(NOW)
LIST = f"/aggregation/v3/customers/{CUSTOMER}/transactions"
OF_ACCOUNT = f"/aggregation/v4/customers/{CUSTOMER}/accounts/{ACCOUNT}/transactions"
WINDOW = f"fromDate={FIRST}&toDate={LAST}&includePending=true"
Row = dict[str, Any]


async def page(wire: Wire, query: str = "", path: str = LIST) -> Row:
    seen = await wire("GET", f"{path}?{WINDOW}&{query}")
    assert seen.status == 200
    found: Row = seen.json
    assert found.get("displaying", 0) == len(found["transactions"])
    return found


async def rows(wire: Wire, query: str = "sort=asc&limit=1000", path: str = LIST) -> list[Row]:
    found: list[Row] = (await page(wire, query, path))["transactions"]
    return found


def date_of(row: Row) -> int:
    date: int = row.get("transactionDate") or row["postedDate"]
    return date


def keys(rows: list[Row]) -> set[tuple[int, int]]:
    return {(row["accountId"], row["id"]) for row in rows}


async def test_rows_of_one_date_come_in_another_order_each_time(still: Sandbox, wire: Wire) -> None:
    clean = await rows(wire)
    still.add_fault(TransactionQuirk(quirk="ties_in_any_order"))
    first, second = await rows(wire), await rows(wire)
    assert keys(first) == keys(second) == keys(clean)
    assert [date_of(row) for row in first] == [date_of(row) for row in second] == [date_of(row) for row in clean]
    assert first != second
    for sort in ("asc", "desc"):
        for start in range(1, len(clean), 7):
            part = await rows(wire, f"sort={sort}&start={start}&limit=7")
            whole = clean if sort == "asc" else clean[::-1]
            assert [date_of(row) for row in part] == [date_of(row) for row in whole[start - 1 :][:7]]
    assert await rows(wire, "start=100000") == []


async def test_rows_appear_before_each_page_but_the_first(still: Sandbox, wire: Wire) -> None:
    clean = await rows(wire)
    still.add_fault(TransactionQuirk(quirk="rows_appear"))
    assert await rows(wire) == clean
    second = await rows(wire)
    came = [row for row in second if row not in clean]
    assert len(came) == 3
    assert all(FIRST <= date_of(row) <= LAST for row in came)
    assert keys(clean) < keys(second) < keys(await rows(wire))


async def test_rows_vanish_before_each_page_but_the_first_until_none_is_left(still: Sandbox, wire: Wire) -> None:
    still.add_fault(TransactionQuirk(quirk="rows_vanish"))
    left = [len(await rows(wire)) for _ in range(70)]
    assert left[:3] == [left[0], left[0] - 3, left[0] - 6]
    assert left[-1] == 0


@pytest.mark.parametrize(("quirk", "most"), [("crowded_day", DAY), ("crowded_second", 1)])
@pytest.mark.parametrize("path", [LIST, OF_ACCOUNT])
async def test_crowd_is_more_than_a_page_in_a_day_or_a_second(
    still: Sandbox, wire: Wire, quirk: str, most: int, path: str
) -> None:
    clean = (await page(wire, path=path))["found"]
    still.add_fault(TransactionQuirk(quirk=quirk))
    for _ in range(2):
        read = [
            one for start in (1, 1001, 2001) for one in await rows(wire, f"sort=asc&limit=1000&start={start}", path)
        ]
        assert len(read) == clean + 1_200
    crowd = [date_of(row) for row in read if row["description"] == "TEST TRANSACTION"]
    assert len(crowd) >= 1_200
    assert Counter(date // most for date in crowd).most_common(1)[0][1] >= 1_200


async def test_crowd_fits_into_a_window_of_one_second(still: Sandbox, wire: Wire) -> None:
    still.add_fault(TransactionQuirk(quirk="crowded_day"))
    seen = await wire("GET", f"{LIST}?fromDate={FIRST + 5}&toDate={FIRST + 5}")
    assert seen.json["found"] == 1_200


@pytest.mark.parametrize("path", [LIST, OF_ACCOUNT])
async def test_two_accounts_have_one_id(still: Sandbox, wire: Wire, path: str) -> None:
    clean = await rows(wire)
    assert len({row["id"] for row in clean}) == len(clean)
    still.add_fault(TransactionQuirk(quirk="shared_id"))
    await rows(wire, path=path)
    found = await rows(wire)
    ((shared, count),) = Counter(row["id"] for row in found).most_common(1)
    assert count == 2
    assert len({row["accountId"] for row in found if row["id"] == shared}) == 2
    assert len(keys(found)) == len(found) == len(clean) + 1


async def test_more_available_is_a_text_or_a_boolean(still: Sandbox, wire: Wire) -> None:
    assert [(await page(wire, query))["moreAvailable"] for query in ("limit=1", "limit=1000")] == ["true", "false"]
    still.add_fault(TransactionQuirk(quirk="boolean_more_available"))
    assert [(await page(wire, query))["moreAvailable"] for query in ("limit=1", "limit=1000")] == [True, False]


async def test_window_goes_by_the_posted_date_and_the_order_by_the_other(still: Sandbox, wire: Wire) -> None:
    posted, moment = FIRST + DAY, FIRST - 20 * DAY
    (early,) = still.add_transactions(CUSTOMER, ACCOUNT, [{"transactionDate": moment, "postedDate": posted}])
    (late,) = still.add_transactions(CUSTOMER, ACCOUNT, [{"transactionDate": LAST - DAY, "postedDate": LAST + DAY}])
    assert (early["id"] in {row["id"] for row in await rows(wire)}, late in await rows(wire)) == (False, True)
    still.add_fault(TransactionQuirk(quirk="window_by_posted_date"))
    found = await rows(wire)
    assert (found[0]["id"], late in found) == (early["id"], False)
    assert [date_of(row) for row in found] == sorted(date_of(row) for row in found)
    assert all(FIRST <= (row.get("postedDate") or date_of(row)) <= LAST for row in found)
    drawn = [row for row in still.transactions(CUSTOMER) if FIRST <= (row.get("postedDate") or date_of(row)) <= LAST]
    assert keys(found) == keys(drawn)


async def test_empty_page_has_no_other_member(still: Sandbox, wire: Wire) -> None:
    whole = await page(wire)
    still.add_fault(TransactionQuirk(quirk="bare_empty_page"))
    assert await page(wire) == whole
    assert await page(wire, "start=100000") == {"transactions": []}


@pytest.mark.parametrize(
    ("quirk", "members"),
    [
        ("decimal_taxes", {"taxesAmount": 21.21, "commissionAmount": 4.95}),
        (
            "undeclared_transaction_members",
            {"confirmationNumber": "00042", "tradeDate": 1_700_000_000, "symbol": "ACME"},
        ),
    ],
)
async def test_rows_have_other_members(still: Sandbox, wire: Wire, quirk: str, members: Row) -> None:
    still.add_transactions(CUSTOMER, ACCOUNT, [{"amount": Decimal("12345678901234567.89")}])
    clean = await rows(wire)
    still.add_fault(TransactionQuirk(quirk=quirk))
    assert await rows(wire) == [row | members for row in clean]
    assert b'"amount":12345678901234567.89,' in (await wire("GET", f"{LIST}?{WINDOW}")).body


async def test_all_quirks_at_once_leave_a_page_that_the_client_reads(still: Sandbox) -> None:
    still.add_fault(*(TransactionQuirk(quirk=name) for name in TRANSACTION_QUIRKS))
    async with AsyncSession(still.credentials, base_url=still.url) as session:
        found = await get_all_customer_transactions(session, CUSTOMER, FIRST, LAST, limit=1000)
    assert (len(found), found.more_available) == (1000, True)
    assert not any(row.invalid_values for row in found)


@pytest.mark.parametrize("quirk", TRANSACTION_QUIRKS)
async def test_quirk_leaves_all_other_answers_alone(still: Sandbox, wire: Wire, quirk: str) -> None:
    row = still.transactions(CUSTOMER)[0]
    still.add_customer("7")
    paths = [
        ACCOUNTS,
        f"/aggregation/v2/customers/{CUSTOMER}/transactions/{row['id']}",
        f"{LIST}?fromDate=5",
        f"{LIST}?fromDate=5&toDate=4",
        LIST.replace(CUSTOMER, "1"),
        f"{LIST.replace(CUSTOMER, '1')}?{WINDOW}",
        f"{OF_ACCOUNT.replace(ACCOUNT, '1')}?{WINDOW}",
    ]
    clean = [await wire("GET", path) for path in paths]
    still.add_fault(TransactionQuirk(quirk=quirk))
    assert [await wire("GET", path) for path in paths] == clean
    without_accounts = await wire("GET", f"{LIST.replace(CUSTOMER, '7')}?{WINDOW}")
    assert (without_accounts.status, without_accounts.json["transactions"]) == (200, [])


@pytest.mark.parametrize("quirk", TRANSACTION_QUIRKS)
async def test_quirk_before_malformed_json_leaves_it_malformed(still: Sandbox, wire: Wire, quirk: str) -> None:
    still.add_fault(Malformed(), TransactionQuirk(quirk=quirk))
    with pytest.raises(json.JSONDecodeError):
        assert (await wire("GET", f"{LIST}?{WINDOW}")).json


async def test_customer_with_one_account_or_without_rows_has_no_shared_id(still: Sandbox, wire: Wire) -> None:
    still.add_fault(TransactionQuirk(quirk="shared_id"))
    customer = still.add_customer()
    still.add_account(customer)
    other = still.add_customer()
    for _ in range(2):
        del still.add_account(other)["oldestTransactionDate"]
    for one in (customer, other):
        before = still.transactions(one)
        await wire("GET", f"{LIST.replace(CUSTOMER, one)}?{WINDOW}")
        assert still.transactions(one) == before


async def test_reset_takes_back_what_quirks_have_changed(still: Sandbox, wire: Wire) -> None:
    clean = still.transactions(CUSTOMER)
    still.add_fault(*(TransactionQuirk(quirk=name) for name in TRANSACTION_QUIRKS))
    for _ in range(2):
        await rows(wire)
    assert still.transactions(CUSTOMER) != clean
    still.reset()
    assert still.transactions(CUSTOMER) == clean
    assert still.transactions(SECOND_CUSTOMER) != []
