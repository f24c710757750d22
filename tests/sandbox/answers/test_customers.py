"""Customers of the sandbox that requests create, and how all of them are listed."""

import tracemalloc
from typing import Any

import pytest

from finicity_async import Sandbox
from finicity_async.sandbox.records import Customers
from tests.sandbox.answers.plain_client import CUSTOMER, CUSTOMERS, SECOND_CUSTOMER, Client

TESTING, ACTIVE = "/aggregation/v2/customers/testing", "/aggregation/v2/customers/active"
CONSUMER = f"/decisioning/v1/customers/{SECOND_CUSTOMER}/consumer"
PERSON = {"firstName": "Ann", "lastName": "Other", "state": "UT", "ssn": "999-99-1234", "email": "ann@example.com"}


async def create(client: Client, path: str = TESTING, **members: Any) -> str:
    answer = await client("POST", path, json={"username": "user-of-a-test", **members})
    assert answer.status == 201
    customer_id: str = answer.json["id"]
    return customer_id


async def ids_of(client: Client, query: str = "limit=1000") -> list[str]:
    return [one["id"] for one in (await client("GET", f"{CUSTOMERS}?{query}")).json["customers"]]


async def test_created_customer_comes_last_in_the_list_and_has_no_accounts(client: Client, sandbox: Sandbox) -> None:
    before = await ids_of(client)
    created = await create(client)
    assert await ids_of(client) == [*before, created] == list(sandbox.customers)
    assert (await client("GET", f"{CUSTOMERS}/{created}/accounts")).accounts == []
    sandbox.add_account(created)
    assert len((await client("GET", f"{CUSTOMERS}/{created}/accounts")).accounts) == 1


async def test_id_is_never_given_twice(client: Client, sandbox: Sandbox) -> None:
    given = list(sandbox.customers)
    for _ in range(3):
        given.append(await create(client))
        assert (await client("DELETE", f"{CUSTOMERS}/{given[-1]}")).status == 204
        given.append(sandbox.add_customer())
        del sandbox.customers[given[-1]]
    assert len(set(given)) == len(given)


async def test_username_is_free_again_when_its_customer_is_gone(client: Client, sandbox: Sandbox) -> None:
    first = await create(client)
    assert (await client("POST", ACTIVE, json={"username": "user-of-a-test"})).code == "110002"
    del sandbox.customers[first]
    assert await ids_of(client, "username=user-of-a-test") == []
    second = await create(client, ACTIVE)
    assert await ids_of(client, "username=user-of-a-test") == [second]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("username=user-of-a-test", True),
        ("username=USER-of-a-test", False),
        ("username=user-of-a-tes", False),
        ("username=user-of-a-test&type=active", True),
        ("username=user-of-a-test&type=testing", False),
        ("type=active", True),
        ("type=testing&search=ann", False),
        ("search=of-a", True),
        ("search=ANN%20o", True),
        ("search=Annie", False),
    ],
)
async def test_created_customer_is_found_by_exact_username_by_type_and_by_a_part_of_its_names(
    client: Client, query: str, found: bool
) -> None:
    created = await create(client, ACTIVE, firstName="Ann", lastName="Other")
    assert await ids_of(client, query) == ([created] if found else [])


async def test_customer_that_a_test_added_has_a_username_by_its_id(client: Client, sandbox: Sandbox) -> None:
    sandbox.add_customer("text-id_1")
    assert await ids_of(client, "username=customertext-id_1") == ["text-id_1"]
    assert await ids_of(client, "username=text-id_1") == []
    assert (await client("POST", TESTING, json={"username": "customertext-id_1"})).code == "110002"


async def test_type_lists_the_drawn_customers_as_testing(client: Client, sandbox: Sandbox) -> None:
    active, testing = await create(client, ACTIVE), await create(client, username="another-user")
    assert await ids_of(client, "type=testing") == [one for one in sandbox.customers if one != active]
    assert testing in sandbox.customers


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"\xff", b"[" * 100_000])
async def test_body_that_is_no_object_is_refused(client: Client, body: bytes) -> None:
    answer = await client("POST", TESTING, data=body)
    assert (answer.status, answer.code) == (400, "10005")


async def test_snapshot_keeps_created_customers_and_consumers(client: Client, sandbox: Sandbox) -> None:
    await create(client)
    await client("PUT", f"{CUSTOMERS}/{CUSTOMER}", json={"firstName": "Ann"})
    await client("POST", CONSUMER, json=PERSON)
    before = [(await client("GET", path)).json for path in (CUSTOMERS, CONSUMER)]
    snapshot = sandbox.snapshot()
    await create(client, username="another-user")
    await client("DELETE", f"{CUSTOMERS}/{CUSTOMER}")
    consumer = before[1]["id"]
    await client("PUT", f"/decisioning/v1/consumers/{consumer}", json={"city": "Ogden"})
    for _ in range(2):
        sandbox.reset(snapshot)
        assert [(await client("GET", path)).json for path in (CUSTOMERS, CONSUMER)] == before
    await client("PUT", f"/decisioning/v1/consumers/{consumer}", json={"city": "Ogden"})
    assert (await client("GET", CONSUMER)).json["city"] == "Ogden", "both ways lead to one record"
    sandbox.reset()
    assert (await client("GET", CONSUMER)).code == "10100"


async def test_customer_whose_id_is_text_can_have_a_consumer(client: Client, sandbox: Sandbox) -> None:
    sandbox.add_customer("text-id_1")
    path = "/decisioning/v1/customers/text-id_1/consumer"
    assert (await client("POST", path, json=PERSON)).status == 201
    assert (await client("GET", path)).json["customerId"] == 0


def test_ids_from_a_place_on_are_those_of_the_whole_list() -> None:
    customers = Customers(lambda _: {}, range(100, 140))
    customers["7"] = {}
    for removed in (100, 139, 105, 106, 107, 120):
        del customers[removed]
        whole = list(customers)
        assert len(whole) == len(customers) == len(set(whole))
        assert [list(customers.from_place(place)) for place in range(50)] == [whole[place:] for place in range(50)]
    customers["105"] = {}
    assert list(customers)[-2:] == ["7", "105"], "who comes back comes last"
    assert customers.new_id() == "140"


@pytest.mark.parametrize("customer_id", ["99", "140", "0100", "\u0661\u0660\u0660", "text", "", "105"])
def test_no_other_customer_is_in_the_range(customer_id: str) -> None:
    customers = Customers(lambda _: {}, range(100, 140))
    del customers["105"]
    assert customer_id not in customers
    with pytest.raises(KeyError):
        customers[customer_id]
    with pytest.raises(KeyError):
        del customers[customer_id]
    assert customers["100"] == {}


async def test_drawn_customers_take_no_memory_until_their_accounts_are_read() -> None:
    tracemalloc.start()
    try:
        sandbox = Sandbox(customers=200_000)
        assert len(sandbox.customers) == sum(1 for _ in sandbox.customers) == 200_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20


async def test_last_page_of_many_customers_is_found_by_the_index_of_its_first_record(client: Client) -> None:
    async with Sandbox(customers=200_000) as sandbox:
        client = Client(client._http, sandbox)
        await client.log_in()
        await create(client)
        page = (await client("GET", f"{CUSTOMERS}?start=199999&limit=1000")).json
    assert [one["id"] for one in page["customers"]] == ["1005261232", "1005261233", "1005261234"]
    assert (page["found"], page["displaying"], page["moreAvailable"]) == (200_001, 3, False)


async def test_sandbox_without_customers_gives_the_first_one_the_first_id(client: Client) -> None:
    async with Sandbox(customers=0) as sandbox:
        client = Client(client._http, sandbox)
        await client.log_in()
        assert await ids_of(client) == []
        assert await create(client) == CUSTOMER
        assert (await client("GET", f"/decisioning/v1/customers/{CUSTOMER}/consumer")).code == "10100"
