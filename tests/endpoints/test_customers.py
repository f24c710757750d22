"""The Customers operations: what is refused before it is sent, and what one customer goes through."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from finicity_async import AsyncSession, ConfigurationError, ConflictError, NotFoundError, Sandbox
from finicity_async.endpoints.customers import (
    add_customer,
    add_testing_customer,
    delete_customer,
    find_or_create_customer,
    get_customer,
    get_customer_with_app_data,
    get_customers,
    modify_customer,
)
from finicity_async.models.customers import Customer, Customers
from tests.support.servers import RawServer, http, session_on

Add = Callable[..., Awaitable[Any]]
both_adds = pytest.mark.parametrize("add", [add_testing_customer, add_customer])


async def test_a_page_of_customers_is_iterable_and_sized(session: AsyncSession, sandbox: Sandbox) -> None:
    page = await get_customers(session, start=2, limit=3)
    assert len(page) == 3
    assert [one.id for one in page] == list(sandbox.customers)[1:4]
    assert (page.found, page.displaying, page.more_available) == (10, 3, True)


def test_the_created_date_is_read_from_digits_in_text() -> None:
    body = b'{"moreAvailable":"true","customers":[{"id":1005061234,"type":"testing","createdDate":"1607450357"}]}'
    (customer,) = Customers.from_json(body)
    assert customer.id == "1005061234"
    assert customer.created_date == datetime.fromtimestamp(1607450357, UTC)


async def test_a_list_without_a_body_is_empty() -> None:
    async with RawServer(http(204)) as server, session_on(server) as session:
        assert len(await get_customers(session)) == 0


@both_adds
async def test_a_customer_is_added_read_renamed_found_and_deleted(session: AsyncSession, add: Add) -> None:
    created = await add(session, "user-7f3a9c", first_name="Ann", email="ann@example.com", application_id="77")
    found = await get_customer(session, created.id)
    assert found == Customer(
        id=created.id,
        username="user-7f3a9c",
        first_name="Ann",
        email="ann@example.com",
        type="testing" if add is add_testing_customer else "active",
        created_date=created.created_date,
        application_id="77",
    )
    await modify_customer(session, created.id, last_name="Newer")
    (listed,) = await get_customers(session, search="ann NEWER")
    assert (listed.id, listed.first_name, listed.last_name) == (created.id, "Ann", "Newer")
    assert listed.last_modified_date is not None
    assert (await get_customer_with_app_data(session, created.id)).application_id == "77"
    with pytest.raises(ConflictError) as caught:
        await add(session, "user-7f3a9c")
    assert (caught.value.status, caught.value.code) == (409, "110002")
    await delete_customer(session, created.id)
    with pytest.raises(NotFoundError):
        await get_customer(session, created.id)
    assert list(await get_customers(session, username="user-7f3a9c")) == []


@both_adds
async def test_members_that_are_none_are_not_sent(add: Add) -> None:
    async with RawServer(http(201, {"id": 1})) as server, session_on(server) as session:
        assert (await add(session, "user-1", phone="5550123")).id == "1"
    assert json.loads(server.calls[0].body) == {"username": "user-1", "phone": "5550123"}


@both_adds
@pytest.mark.parametrize("username", ["abcdef", "A1!@.#$%&*_-+", "x" * 255])
async def test_a_username_within_the_vendors_rules_is_sent_as_it_is(
    session: AsyncSession, add: Add, username: str
) -> None:
    assert (await add(session, username)).username == username


@pytest.mark.parametrize(
    "username",
    ["", "abcde", "x" * 256, "with blank", "m\u00fcller", "a,b;c:", "ending\n", "\u0661\u0662\u0663456", None, 1234567],
)
@pytest.mark.parametrize("add", [add_testing_customer, add_customer, find_or_create_customer])
async def test_a_username_that_the_vendor_would_refuse_is_not_sent_and_not_shown(add: Add, username: Any) -> None:
    more = {"testing": True} if add is find_or_create_customer else {}
    async with RawServer(default=http(200, {"customers": []})) as server, session_on(server) as session:
        with pytest.raises(ConfigurationError, match="Nothing was sent") as caught:
            await add(session, username, **more)
        assert not username or str(username) not in str(caught.value)
        assert server.calls == []
        await get_customers(session)


async def test_a_change_of_nothing_is_not_sent(session: AsyncSession, sandbox: Sandbox) -> None:
    with pytest.raises(ConfigurationError, match="Nothing was sent"):
        await modify_customer(session, 1005061234)
    assert sandbox.calls() == []
    await modify_customer(session, 1005061234, first_name="Ann")
