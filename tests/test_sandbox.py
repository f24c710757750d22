"""The sandbox as a client sees it that has never heard of this library."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from conftest import MovedClock
from held import loop_turned, until

from finicity_async import Sandbox

CUSTOMER, ACCOUNT, LOGIN, INSTITUTION = "1005061234", "5011648377", "1007302745", "4222"
SECOND_CUSTOMER = "1005061235"
PARTNERS = "/aggregation/v2/partners/authentication"
CUSTOMERS = "/aggregation/v1/customers"
ACCOUNTS = f"{CUSTOMERS}/{CUSTOMER}/accounts"
ACCOUNTS_V2 = f"/aggregation/v2/customers/{CUSTOMER}/accounts"
LOGINS = f"{CUSTOMERS}/{CUSTOMER}/institutionLogins"
LOGINS_V2 = f"/aggregation/v2/customers/{CUSTOMER}/institutionLogins"
NEW_SECRET = "n3wSecret-123456"
# Typed from the text of schema AccountType, spec 1.42.0; 529plan and 457plan are 529 and 457 on the wire, as it says.
_TYPES = """checking savings cd moneyMarket creditCard lineOfCredit investment investmentTaxDeferred
    employeeStockPurchasePlan ira 401k roth 403b 529 rollover ugma utma keogh 457 401a brokerageAccount
    educationSavings healthSavingsAccount pension profitSharingPlan roth401k sepIRA simpleIRA thriftSavingsPlan
    variableAnnuity cryptocurrency mortgage loan studentLoan studentLoanGroup studentLoanAccount"""
TYPES = _TYPES.split()


@dataclass(frozen=True)
class Answer:
    """What came back; ``json`` is None where the body is no JSON."""

    status: int
    kind: str
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text) if self.kind == "application/json" else None

    @property
    def code(self) -> Any:
        return self.json["code"]

    @property
    def accounts(self) -> list[dict[str, Any]]:
        assert self.status == 200
        accounts: list[dict[str, Any]] = self.json["accounts"]
        return accounts


class Client:
    """Sends plain requests with the headers that are set."""

    def __init__(self, http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
        self._http = http
        self._sandbox = sandbox
        self.headers = {"Finicity-App-Key": sandbox.credentials.app_key}

    async def __call__(self, method: str, path: str, **options: Any) -> Answer:
        url = self._sandbox.url + path
        async with self._http.request(method, url, headers=self.headers, **options) as response:
            return Answer(response.status, response.content_type, await response.text())

    async def log_in(self, partner_id: str | None = None, partner_secret: str | None = None) -> Answer:
        """Log in, with the right values where none are given, and send the token from now on."""
        credentials = self._sandbox.credentials
        body = {
            "partnerId": partner_id or credentials.partner_id,
            "partnerSecret": partner_secret or credentials.partner_secret,
        }
        answer = await self("POST", PARTNERS, json=body)
        if answer.status == 200:
            self.headers["Finicity-App-Token"] = answer.json["token"]
        return answer


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as http:
        yield http


@pytest.fixture
async def client(http: aiohttp.ClientSession, sandbox: Sandbox) -> Client:
    client = Client(http, sandbox)
    await client.log_in()
    return client


@pytest.fixture
async def slow(clock: MovedClock) -> AsyncIterator[Sandbox]:
    """Yield a sandbox whose refreshes take a minute of the clock that the test moves."""
    async with Sandbox(customers=2, refresh_seconds=60, clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
async def slow_client(http: aiohttp.ClientSession, slow: Sandbox) -> Client:
    client = Client(http, slow)
    await client.log_in()
    return client


# Authentication


async def test_login_gives_a_token_and_earlier_ones_stay_good(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    client = Client(http, sandbox)
    tokens = [(await client.log_in()).json["token"] for _ in range(3)]
    assert len(set(tokens)) == 3
    for token in tokens:
        client.headers["Finicity-App-Token"] = token
        assert (await client("GET", ACCOUNTS)).status == 200


async def test_token_expires_after_two_hours_of_the_clock(slow_client: Client, clock: MovedClock) -> None:
    clock.advance(2 * 3600 - 1)
    assert (await slow_client("GET", ACCOUNTS)).status == 200
    clock.advance(1)
    answer = await slow_client("GET", ACCOUNTS)
    assert (answer.status, answer.code) == (401, "10023")
    await slow_client.log_in()
    assert (await slow_client("GET", ACCOUNTS)).status == 200


async def test_five_failed_logins_lock_the_partner_for_good(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    client = Client(http, sandbox)
    for failed in range(1, 6):
        answer = await client.log_in(partner_secret="wrong")
        assert (answer.status, answer.code) == (401, 10001)
        assert sandbox.failed_logins == failed
    for _ in range(2):
        answer = await client.log_in()
        assert (answer.status, answer.code) == (401, 10021)
    assert sandbox.failed_logins == 5


async def test_token_of_a_partner_that_is_locked_stays_good(client: Client) -> None:
    for _ in range(6):
        await client.log_in(partner_id="1")
    assert (await client("GET", ACCOUNTS)).status == 200


async def test_good_login_sets_the_count_of_failed_ones_back(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    client = Client(http, sandbox)
    for _ in range(2):
        for _ in range(4):
            assert (await client.log_in(partner_secret="wrong")).code == 10001
        assert (await client.log_in()).status == 200
        assert sandbox.failed_logins == 0


@pytest.mark.parametrize(
    "body", [b"", b"no JSON", b"[]", b'"text"', b"\xff", b'{"partnerId": "1"}', b'{"partnerSecret": "1"}']
)
async def test_login_without_both_values_is_refused_and_no_failed_login(
    http: aiohttp.ClientSession, sandbox: Sandbox, body: bytes
) -> None:
    client = Client(http, sandbox)
    answer = await client("POST", PARTNERS, data=body)
    assert (answer.status, answer.code) == (400, "10005")
    assert sandbox.failed_logins == 0


async def test_missing_app_key_is_refused_before_the_token_is_looked_at(client: Client) -> None:
    del client.headers["Finicity-App-Key"]
    for method, path in (("GET", ACCOUNTS), ("POST", PARTNERS)):
        answer = await client(method, path)
        assert (answer.status, answer.code) == (401, "10026")


async def test_wrong_app_key_is_answered_as_plain_text(client: Client) -> None:
    client.headers["Finicity-App-Key"] = "wrong"
    answer = await client("GET", ACCOUNTS)
    assert (answer.status, answer.kind) == (401, "text/plain")
    assert "Finicity-App-Key" in answer.text


async def test_login_with_a_wrong_app_key_is_an_error_with_a_code_and_no_failed_login(
    client: Client, sandbox: Sandbox
) -> None:
    client.headers["Finicity-App-Key"] = "wrong"
    answer = await client.log_in()
    assert (answer.status, answer.code) == (401, 10001)
    assert sandbox.failed_logins == 0


@pytest.mark.parametrize(("token", "code"), [(None, "10024"), ("", "10024"), ("wrong", "10022")])
async def test_token_that_is_missing_or_invalid_has_a_code_of_its_own(
    client: Client, token: str | None, code: str
) -> None:
    del client.headers["Finicity-App-Token"]
    if token is not None:
        client.headers["Finicity-App-Token"] = token
    answer = await client("GET", ACCOUNTS)
    assert (answer.status, answer.code) == (401, code)


async def change_secret(
    client: Client, sandbox: Sandbox, new: object, present: str | None = None, **more: object
) -> Answer:
    credentials = sandbox.credentials
    body = more | {
        "partnerId": credentials.partner_id,
        "partnerSecret": present or credentials.partner_secret,
        "newPartnerSecret": new,
    }
    return await client("PUT", PARTNERS, json=body)


async def test_new_secret_is_valid_at_once_and_the_old_one_is_not(client: Client, sandbox: Sandbox) -> None:
    old = sandbox.credentials
    answer = await change_secret(client, sandbox, NEW_SECRET)
    assert (answer.status, answer.text) == (204, "")
    assert sandbox.credentials.partner_secret == NEW_SECRET
    assert (await client("GET", ACCOUNTS)).status == 200, "the token stays good"
    assert (await client.log_in(partner_secret=old.partner_secret)).code == 10001
    assert (await client.log_in()).status == 200


async def test_change_that_is_not_immediate_leaves_the_old_secret_good_for_30_days(
    slow_client: Client, slow: Sandbox
) -> None:
    old = slow.credentials.partner_secret
    assert (await change_secret(slow_client, slow, NEW_SECRET, immediate=False)).status == 204
    slow.clock.advance(30 * 86_400 - 1)
    assert (await slow_client.log_in(partner_secret=old)).status == 200
    slow.clock.advance(1)
    assert (await slow_client.log_in(partner_secret=old)).code == 10001
    assert (await slow_client.log_in()).status == 200


async def test_change_without_a_new_secret_lacks_a_parameter(client: Client, sandbox: Sandbox) -> None:
    answer = await change_secret(client, sandbox, None)
    assert (answer.status, answer.code) == (400, "10005")


@pytest.mark.parametrize("new", ["short1", "a" * 12, "1" * 12, "a1" + "!" * 254, "a1 456789012", 123456789012])
async def test_new_secret_that_breaks_the_rules_is_refused(client: Client, sandbox: Sandbox, new: object) -> None:
    old = sandbox.credentials
    answer = await change_secret(client, sandbox, new)
    assert (answer.status, answer.code) == (400, "24437")
    assert sandbox.credentials == old


async def test_change_with_a_wrong_secret_counts_as_a_failed_login(client: Client, sandbox: Sandbox) -> None:
    answer = await change_secret(client, sandbox, NEW_SECRET, "wrong")
    assert (answer.status, answer.code) == (401, 10001)
    assert sandbox.failed_logins == 1


# The operations


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


# The list of customers


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


# Refreshes


def dates(account: dict[str, Any]) -> tuple[int, int]:
    return account["aggregationAttemptDate"], account["aggregationSuccessDate"]


async def dates_of(client: Client, path: str = ACCOUNTS) -> dict[str, tuple[int, int]]:
    return {one["id"]: dates(one) for one in (await client("GET", path)).accounts}


def assert_all_moved(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> None:
    assert before.keys() == after.keys()
    for one, (attempt, success) in after.items():
        assert attempt >= before[one][0] + 1
        assert success >= before[one][1] + 1
        assert success >= attempt


@pytest.mark.parametrize("path", [ACCOUNTS, f"{LOGINS}/{LOGIN}/accounts"])
async def test_version_1_blocks_until_the_refresh_has_ended(slow_client: Client, clock: MovedClock, path: str) -> None:
    before = await dates_of(slow_client)
    refresh = asyncio.create_task(slow_client("POST", path))
    await loop_turned()
    clock.advance(59)
    await loop_turned()
    assert not refresh.done()
    assert await dates_of(slow_client) == before
    clock.advance(1)
    answer = await refresh
    after = {one["id"]: dates(one) for one in answer.accounts}
    assert_all_moved(before, after)
    assert after == await dates_of(slow_client)


async def test_refresh_takes_the_time_it_was_given(client: Client) -> None:
    before = await dates_of(client)
    started = time.monotonic()
    answer = await client("POST", ACCOUNTS)
    assert 0.02 <= time.monotonic() - started < 5
    assert_all_moved(before, {one["id"]: dates(one) for one in answer.accounts})


@pytest.mark.parametrize("path", [ACCOUNTS_V2, f"{LOGINS_V2}/{LOGIN}/accounts"])
async def test_version_2_answers_at_once_and_the_refresh_goes_on(
    slow_client: Client, clock: MovedClock, path: str
) -> None:
    before = await dates_of(slow_client)
    assert (await slow_client("POST", path)).status == 204
    assert await dates_of(slow_client) == before
    clock.advance(59)
    assert await dates_of(slow_client) == before
    clock.advance(1)
    assert_all_moved(before, await dates_of(slow_client))


async def test_refresh_ends_even_when_the_caller_leaves(slow_client: Client, clock: MovedClock) -> None:
    before = await dates_of(slow_client)
    refresh = asyncio.create_task(slow_client("POST", ACCOUNTS))
    await loop_turned()
    refresh.cancel()
    with pytest.raises(asyncio.CancelledError):
        await refresh
    assert await dates_of(slow_client) == before
    clock.advance(60)
    assert_all_moved(before, await dates_of(slow_client))


async def test_dates_move_by_a_second_at_least_however_fast_refreshes_follow(http: aiohttp.ClientSession) -> None:
    async with Sandbox(customers=1, refresh_seconds=0) as sandbox:
        client = Client(http, sandbox)
        await client.log_in()
        before = await dates_of(client)
        for _ in range(3):
            answer = await client("POST", ACCOUNTS)
            after = {one["id"]: dates(one) for one in answer.accounts}
            assert_all_moved(before, after)
            before = after


@pytest.mark.parametrize("path", [ACCOUNTS, ACCOUNTS_V2, f"{LOGINS}/{LOGIN}/accounts", f"{LOGINS_V2}/{LOGIN}/accounts"])
async def test_refresh_of_what_is_being_refreshed_is_325(slow_client: Client, clock: MovedClock, path: str) -> None:
    before = await dates_of(slow_client)
    await slow_client("POST", ACCOUNTS_V2)
    answer = await slow_client("POST", path)
    assert (answer.status, answer.code) == (500, 325)
    clock.advance(60)
    after = await dates_of(slow_client)
    assert_all_moved(before, after)
    assert (await slow_client("POST", ACCOUNTS_V2)).status == 204


async def test_refresh_touches_no_other_customer_and_no_pending_account(slow_client: Client, clock: MovedClock) -> None:
    others = f"{CUSTOMERS}/{SECOND_CUSTOMER}/accounts"
    before = await dates_of(slow_client, others)
    await slow_client("POST", ACCOUNTS_V2)
    assert (await slow_client("POST", f"/aggregation/v2/customers/{SECOND_CUSTOMER}/institutionLogins/1/accounts")).code
    clock.advance(60)
    assert await dates_of(slow_client, others) == before
    pending = (await slow_client("GET", f"{ACCOUNTS}?status=pending")).accounts[-1]
    assert (pending["status"], "aggregationAttemptDate" in pending) == ("pending", False)


async def test_refresh_of_a_login_leaves_the_other_logins_alone(
    slow_client: Client, slow: Sandbox, clock: MovedClock
) -> None:
    slow.customers[CUSTOMER][ACCOUNT]["institutionLoginId"] = 77
    before = await dates_of(slow_client)
    await slow_client("POST", f"{LOGINS_V2}/77/accounts")
    clock.advance(60)
    after = await dates_of(slow_client)
    assert [one for one in after if after[one] != before[one]] == [ACCOUNT]


# The sandbox as an object


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
    assert time.monotonic() - started < 5
    await until(refresh.done)
    assert isinstance(refresh.exception(), aiohttp.ClientError)


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/", 404), ("GET", "/aggregation/v9", 404), ("PATCH", ACCOUNTS, 405)]
)
async def test_what_the_sandbox_does_not_have_is_no_crash(client: Client, method: str, path: str, status: int) -> None:
    assert (await client(method, path)).status == status
