"""Accounts and customers, as a client sees them that has never heard of this library."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from finicity_async import Sandbox
from tests.sandbox.answers.plain_client import (
    ACCOUNT,
    ACCOUNTS,
    ACCOUNTS_V2,
    CUSTOMER,
    CUSTOMERS,
    INSTITUTION,
    LOGIN,
    LOGINS,
    LOGINS_V2,
    SECOND_CUSTOMER,
    Client,
)
from tests.support.clock import MovedClock
from tests.support.held import loop_turned, until

# Typed from the text of schema AccountType, spec 1.42.0; 529plan and 457plan are 529 and 457 on the wire, as it says.
_TYPES = """checking savings cd moneyMarket creditCard lineOfCredit investment investmentTaxDeferred
    employeeStockPurchasePlan ira 401k roth 403b 529 rollover ugma utma keogh 457 401a brokerageAccount
    educationSavings healthSavingsAccount pension profitSharingPlan roth401k sepIRA simpleIRA thriftSavingsPlan
    variableAnnuity cryptocurrency mortgage loan studentLoan studentLoanGroup studentLoanAccount"""
TYPES = _TYPES.split()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"{ACCOUNTS_V2}/1", 404, 38003),
        ("GET", f"/aggregation/v2/customers/1/accounts/{ACCOUNT}", 404, "14001"),
        ("GET", f"{CUSTOMERS}/1/accounts", 404, "14001"),
        ("GET", f"{ACCOUNTS}?status=closed", 400, "18017"),
        ("GET", f"{CUSTOMERS}/{CUSTOMER}/institutions/1/accounts", 404, 38006),
        ("GET", f"{CUSTOMERS}/1/institutions/{INSTITUTION}/accounts", 404, "14001"),
        ("GET", f"{LOGINS}/1/accounts", 404, 38007),
        ("GET", f"{CUSTOMERS}/1/institutionLogins/{LOGIN}/accounts", 404, "14001"),
        ("POST", f"{CUSTOMERS}/1/accounts", 404, "14001"),
        ("POST", "/aggregation/v2/customers/1/accounts", 404, "14001"),
        ("POST", f"{LOGINS}/1/accounts", 404, 38007),
        ("POST", f"{LOGINS_V2}/1/accounts", 404, 38007),
        ("DELETE", f"{ACCOUNTS}/1", 404, 38003),
        ("DELETE", f"{CUSTOMERS}/1/accounts/{ACCOUNT}", 404, 38003),
        ("DELETE", f"{LOGINS}/1", 404, 38007),
        ("DELETE", f"{CUSTOMERS}/1/institutionLogins/{LOGIN}", 404, 38007),
    ],
)
async def test_operation_on_what_does_not_exist_has_the_code_of_the_vendor(
    client: Client, method: str, path: str, status: int, code: object
) -> None:
    answer = await client(method, path)
    assert (answer.status, answer.code) == (status, code)
    assert isinstance(answer.json["message"], str)


@pytest.mark.parametrize(
    ("method", "path", "status", "count"),
    [
        ("GET", ACCOUNTS, 200, 4),
        ("GET", f"{CUSTOMERS}/{CUSTOMER}/institutions/{INSTITUTION}/accounts", 200, 4),
        ("POST", ACCOUNTS, 200, 4),
        ("POST", f"{LOGINS}/{LOGIN}/accounts", 200, 4),
        ("POST", ACCOUNTS_V2, 204, None),
        ("POST", f"{LOGINS_V2}/{LOGIN}/accounts", 204, None),
        ("DELETE", f"{ACCOUNTS}/{ACCOUNT}", 204, None),
        ("DELETE", f"{LOGINS}/{LOGIN}", 204, None),
    ],
)
async def test_operation_answers_accounts_or_nothing(
    client: Client, method: str, path: str, status: int, count: int | None
) -> None:
    answer = await client(method, path)
    assert answer.status == status
    if count is None:
        assert answer.text == ""
    else:
        assert len(answer.accounts) == count
        assert {account["customerId"] for account in answer.accounts} == {CUSTOMER}


async def test_ids_of_the_vendors_examples_exist(client: Client) -> None:
    account = (await client("GET", f"{ACCOUNTS_V2}/{ACCOUNT}")).json
    assert (account["id"], account["customerId"]) == (ACCOUNT, CUSTOMER)
    assert (account["institutionId"], account["institutionLoginId"]) == (INSTITUTION, int(LOGIN))
    assert ACCOUNT in {one["id"] for one in (await client("GET", f"{LOGINS}/{LOGIN}/accounts")).accounts}


async def test_record_has_the_types_of_the_wire(client: Client) -> None:
    for account in (await client("GET", ACCOUNTS)).accounts:
        for name in ("aggregationSuccessDate", "aggregationAttemptDate", "balanceDate", "createdDate"):
            assert type(account[name]) is int
            assert 0 < account[name] <= time.time()
        assert type(account["balance"]) in (int, float)
        assert account["aggregationStatusCode"] == 0
        assert None not in account.values()


async def test_pending_accounts_appear_in_the_list_only_when_they_are_asked_for(client: Client) -> None:
    for query in ("", "?status=active"):
        assert {one["status"] for one in (await client("GET", ACCOUNTS + query)).accounts} == {"active"}
    everything = (await client("GET", f"{ACCOUNTS}?status=pending")).accounts
    assert sorted(one["status"] for one in everything) == ["active"] * 4 + ["pending"]
    (pending,) = (one for one in everything if one["status"] == "pending")
    assert "aggregationAttemptDate" not in pending
    by_institution = await client("GET", f"{CUSTOMERS}/{CUSTOMER}/institutions/{INSTITUTION}/accounts")
    assert pending["id"] not in {one["id"] for one in by_institution.accounts}


async def test_every_type_of_account_is_there(client: Client) -> None:
    accounts = (await client("GET", f"{CUSTOMERS}/{SECOND_CUSTOMER}/accounts")).accounts
    assert sorted(one["type"] for one in accounts) == sorted(TYPES)


async def test_list_can_be_limited_to_one_type(client: Client) -> None:
    path = f"{CUSTOMERS}/{SECOND_CUSTOMER}/accounts?account_type="
    assert [one["type"] for one in (await client("GET", path + "mortgage")).accounts] == ["mortgage"]


async def test_account_that_was_deleted_is_gone(client: Client) -> None:
    assert (await client("DELETE", f"{ACCOUNTS}/{ACCOUNT}")).status == 204
    assert (await client("DELETE", f"{ACCOUNTS}/{ACCOUNT}")).code == 38003
    assert (await client("GET", f"{ACCOUNTS_V2}/{ACCOUNT}")).code == 38003
    assert len((await client("GET", ACCOUNTS)).accounts) == 3
    assert len((await client("GET", f"{CUSTOMERS}/{SECOND_CUSTOMER}/accounts")).accounts) == len(TYPES)


async def test_login_that_was_deleted_is_gone_with_its_accounts(client: Client) -> None:
    assert (await client("DELETE", f"{LOGINS}/{LOGIN}")).status == 204
    assert (await client("DELETE", f"{LOGINS}/{LOGIN}")).code == 38007
    assert (await client("GET", f"{LOGINS}/{LOGIN}/accounts")).code == 38007
    assert (await client("GET", f"{CUSTOMERS}/{CUSTOMER}/institutions/{INSTITUTION}/accounts")).code == 38006
    assert (await client("GET", f"{ACCOUNTS}?status=pending")).accounts == []


@pytest.mark.parametrize(
    ("query", "first", "displaying", "more"),
    [
        ("", 0, 25, True),
        ("?start=1", 0, 25, True),
        ("?start=2&limit=3", 1, 3, True),
        ("?start=26", 25, 5, False),
        ("?limit=30", 0, 30, False),
        ("?limit=1000", 0, 30, False),
        ("?limit=5000", 0, 30, False),
        ("?start=30&limit=1", 29, 1, False),
        ("?start=31", 30, 0, False),
        ("?start=99", 98, 0, False),
    ],
)
async def test_customers_come_in_pages(
    http: aiohttp.ClientSession, query: str, first: int, displaying: int, more: bool
) -> None:
    async with Sandbox(customers=30, accounts=1) as sandbox:
        client = Client(http, sandbox)
        await client.log_in()
        page = (await client("GET", CUSTOMERS + query)).json
    assert (page["found"], page["displaying"], page["moreAvailable"]) == (30, displaying, more)
    ids = [one["id"] for one in page["customers"]]
    assert ids == [str(int(CUSTOMER) + place) for place in range(first, first + displaying)]


async def test_page_holds_a_thousand_customers_at_most(http: aiohttp.ClientSession) -> None:
    async with Sandbox(customers=1001, accounts=0) as sandbox:
        client = Client(http, sandbox)
        await client.log_in()
        page = (await client("GET", f"{CUSTOMERS}?limit=1001")).json
    assert (page["displaying"], len(page["customers"]), page["moreAvailable"]) == (1000, 1000, True)


@pytest.mark.parametrize(
    ("query", "code"),
    [("?start=0", "41003"), ("?start=-1", "41003"), ("?start=x", "41003"), ("?limit=0", "41004"), ("?limit=", "41004")],
)
async def test_page_below_one_is_refused(client: Client, query: str, code: str) -> None:
    answer = await client("GET", CUSTOMERS + query)
    assert (answer.status, answer.code) == (400, code)


async def test_customer_has_text_where_the_vendor_has_text(client: Client) -> None:
    customer = (await client("GET", CUSTOMERS)).json["customers"][0]
    assert (customer["id"], customer["createdDate"].isdecimal()) == (CUSTOMER, True)


async def test_records_can_be_edited(client: Client, sandbox: Sandbox) -> None:
    records = sandbox.customers[CUSTOMER]
    records[ACCOUNT].update(balance=12.34, aggregationStatusCode=103)
    records["7"] = {**records[ACCOUNT], "id": "7", "unknown": [1]}
    sandbox.customers["42"] = {}
    del sandbox.customers[SECOND_CUSTOMER]
    account = (await client("GET", f"{ACCOUNTS_V2}/{ACCOUNT}")).json
    assert (account["balance"], account["aggregationStatusCode"]) == (12.34, 103)
    assert (await client("GET", f"{ACCOUNTS_V2}/7")).json["unknown"] == [1]
    assert (await client("GET", f"{CUSTOMERS}/42/accounts")).accounts == []
    assert (await client("GET", f"{CUSTOMERS}/{SECOND_CUSTOMER}/accounts")).code == "14001"


@pytest.mark.parametrize(
    "record",
    [
        {"id": ACCOUNT},
        {"id": ACCOUNT, "status": "active", "institutionLoginId": int(LOGIN), "aggregationAttemptDate": None},
    ],
    ids=["ID alone", "no date"],
)
async def test_record_edited_down_to_what_the_vendor_promises_is_served_and_refreshed(
    client: Client, sandbox: Sandbox, record: dict[str, Any]
) -> None:
    """The vendor promises an account's ID and nothing else, and writes null for absent."""
    sandbox.customers[CUSTOMER][ACCOUNT] = record
    assert (await client("GET", f"{ACCOUNTS_V2}/{ACCOUNT}")).status == 200
    assert (await client("GET", f"{ACCOUNTS}?status=pending")).status == 200
    assert (await client("GET", ACCOUNTS)).status == 200
    assert (await client("GET", f"{LOGINS}/{LOGIN}/accounts")).status == 200
    assert (await client("POST", ACCOUNTS)).status == 200


async def records_of(http: aiohttp.ClientSession, clock: MovedClock, seed: int) -> list[str]:
    async with Sandbox(customers=3, seed=seed, clock=clock) as sandbox:
        client = Client(http, sandbox)
        secrets = [repr(sandbox.credentials.secrets()), (await client.log_in()).text]
        return secrets + [
            (await client("GET", f"{CUSTOMERS}/{one}/accounts?status=pending")).text for one in sandbox.customers
        ]


async def test_same_seed_gives_the_same_records_and_another_one_others(
    http: aiohttp.ClientSession, clock: MovedClock
) -> None:
    first, again, other = [await records_of(http, clock, seed) for seed in (5, 5, 6)]
    assert first == again
    assert not [one for one in first if one in other]


async def test_numbers_of_customers_and_accounts_are_as_asked_for(http: aiohttp.ClientSession) -> None:
    async with Sandbox(customers=4, accounts=7) as sandbox:
        client = Client(http, sandbox)
        await client.log_in()
        counts = [len((await client("GET", f"{CUSTOMERS}/{one}/accounts")).accounts) for one in sandbox.customers]
        assert counts == [7, len(TYPES), 7, 7]
        ids = [one for accounts in sandbox.customers.values() for one in accounts]
        assert len(set(ids)) == len(ids)


async def test_several_sandboxes_run_at_a_time_and_share_nothing(http: aiohttp.ClientSession) -> None:
    async with Sandbox(customers=1) as one, Sandbox(customers=1, seed=1) as other:
        assert one.url != other.url
        clients = Client(http, one), Client(http, other)
        for client in clients:
            await client.log_in()
        await clients[0]("DELETE", f"{ACCOUNTS}/{ACCOUNT}")
        assert (await clients[1]("GET", f"{ACCOUNTS_V2}/{ACCOUNT}")).status == 200
        clients[1].headers["Finicity-App-Token"] = clients[0].headers["Finicity-App-Token"]
        assert (await clients[1]("GET", ACCOUNTS)).code == "10022"
        assert (await Client(http, other)("GET", ACCOUNTS)).code == "10024"


async def test_url_is_where_it_listens_while_the_block_runs(http: aiohttp.ClientSession) -> None:
    async with Sandbox(customers=1) as sandbox:
        url = sandbox.url
        assert url.startswith("http://127.0.0.1:")
        assert (await Client(http, sandbox)("GET", ACCOUNTS)).status == 401
    with pytest.raises(aiohttp.ClientConnectorError):
        await http.get(url)
    port = int(url.rpartition(":")[2])
    async with Sandbox(customers=1, port=port) as sandbox:
        assert sandbox.url == url


async def test_credentials_have_readable_parts_and_a_masked_repr(sandbox: Sandbox) -> None:
    credentials = sandbox.credentials
    assert credentials.app_key
    assert credentials.partner_id
    assert credentials.partner_secret
    assert credentials.app_token is None
    assert not [part for part in credentials.secrets() if part in repr(credentials) + repr(sandbox)]


async def test_leaving_the_block_does_not_wait_for_a_refresh_under_way(
    http: aiohttp.ClientSession, clock: MovedClock
) -> None:
    async with Sandbox(customers=1, refresh_seconds=60, clock=clock) as sandbox:
        client = Client(http, sandbox)
        await client.log_in()
        refresh = asyncio.create_task(client("POST", ACCOUNTS))
        await loop_turned()
        started = time.monotonic()
    assert time.monotonic() - started < 30
    await until(refresh.done)
    assert isinstance(refresh.exception(), aiohttp.ClientError)


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/", 404), ("GET", "/aggregation/v9", 404), ("PATCH", ACCOUNTS, 405)]
)
async def test_what_the_sandbox_does_not_have_is_no_crash(client: Client, method: str, path: str, status: int) -> None:
    assert (await client(method, path)).status == status
