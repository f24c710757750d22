"""A response becomes a value, or an error that shows nothing personal."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

import finicity_async as api
from finicity_async import CustomerAccounts, Operation, Response
from finicity_async._pipeline.responding import read_response
from finicity_async.endpoints import accounts
from finicity_async.operation import Request
from tests.support.requests import DEEP, DELETE, LIST, REFRESH, REFRESH_V2, SEARCH, connected
from tests.support.servers import http

ONE = accounts.GET_CUSTOMER_ACCOUNT.request(customerId=1, accountId=2)

REFRESH_LOGIN = accounts.REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN.request(customerId=1, institutionLoginId=2)


class Slim(msgspec.Struct):
    """An account as a user may want it."""

    id: str
    balance: Decimal | None = None


class SlimList(msgspec.Struct):
    """A list of them."""

    accounts: list[Slim]


async def test_a_request_can_be_read_into_a_struct_of_the_users() -> None:
    body = b'{"accounts":[{"id":"5","balance":12345678901234567.89,"name":"ignored"}]}'
    async with connected(http(200, body)) as (_, session):
        found = await session.send(LIST.into(SlimList))
    assert found == SlimList([Slim("5", Decimal("12345678901234567.89"))])


async def test_into_leaves_the_request_itself_as_it_was() -> None:
    async with connected() as (_, session):
        assert await session.send(LIST.into(bytes)) == b'{"accounts": []}'
        assert await session.send(LIST) == CustomerAccounts(accounts=())
    assert LIST.into(bytes).target == LIST.target


async def test_a_reply_type_of_bytes_gives_the_body_as_it_came() -> None:
    async with connected(http(200, b"\x00\xff"), http(204)) as (_, session):
        assert await session.send(SEARCH.request(customerId=1)) == b"\x00\xff"
        assert await session.send(SEARCH.request(customerId=1)) == b""


DONE = [http(204), http(200), http(201, {}), http(200, {"accounts": []}), http(200, "[1]"), http(200, '"OK"')]


@pytest.mark.parametrize("answer", DONE)
async def test_a_reply_type_of_none_takes_an_empty_or_plain_answer_for_done(answer: bytes) -> None:
    async with connected(answer) as (_, session):
        await session.send(REFRESH_V2)


@pytest.mark.parametrize("answer", [http(204), http(200), http(200, b" \r\n"), http(201, {})])
async def test_an_empty_answer_says_that_a_delete_was_done(answer: bytes) -> None:
    async with connected(answer) as (_, session):
        await session.send(DELETE)


@pytest.mark.parametrize(
    "answer",
    [
        http(200, "<html>maintenance</html>"),
        http(200, {"code": "x", "message": "no"}),
        http(200, {"Errors": {"Error": []}}),
        http(200, {"accounts": []}),
        http(200, {"accounts": [{"id": "2", "customerId": "1"}]}),
        http(202),
        http(206),
    ],
)
async def test_an_answer_that_does_not_say_that_it_was_done_is_a_payload_error(answer: bytes) -> None:
    async with connected(answer) as (_, session):
        with pytest.raises(api.PayloadError, match="carried out"):
            await session.send(DELETE)


class Customer(msgspec.Struct, rename="camel", kw_only=True):
    """What another of the vendor's operations answers."""

    id: str
    created_date: int


class NewCustomer(msgspec.Struct, rename="camel"):
    """What another of the vendor's operations takes."""

    username: str
    first_name: str


ADD_TESTING_CUSTOMER = Operation(
    "AddTestingCustomer", "POST", "/aggregation/v2/customers/testing", Customer, body_type=NewCustomer
)


async def test_one_row_reaches_another_operation_of_the_vendors() -> None:
    async with connected(http(201, {"id": "1005061234", "createdDate": "1607450357"})) as (server, session):
        customer = await session.send(ADD_TESTING_CUSTOMER.request(body=NewCustomer("customer1", "Ann")))
    assert customer == Customer(id="1005061234", created_date=1607450357)
    (received,) = server.calls
    assert (received.method, received.target) == ("POST", "/aggregation/v2/customers/testing")
    assert json.loads(received.body) == {"username": "customer1", "firstName": "Ann"}
    assert received.headers["content-type"] == "application/json"
    assert received.headers["finicity-app-token"] == "test-app-token"


class RefreshStarted(msgspec.Struct, rename="camel"):
    """What the vendor's asynchronous refresh answers under 202."""

    refresh_id: str
    status: str


ASYNCHRONOUS_REFRESH = Operation(
    "refreshTransactions",
    "POST",
    "/aggregation/customers/{customerId}/transactions/refreshes",
    RefreshStarted,
    refresh=True,
)


async def test_a_row_for_the_asynchronous_refresh_takes_the_202_that_is_its_success() -> None:
    async with connected(http(202, {"refreshId": "5a6b", "status": "NEW"})) as (_, session):
        started = await session.send(ASYNCHRONOUS_REFRESH.request(customerId=1))
    assert started == RefreshStarted(refresh_id="5a6b", status="NEW")


async def test_a_created_reply_that_names_an_error_code_is_that_error() -> None:
    async with connected(http(202, {"code": 44000, "message": "cap"})) as (_, session):
        with pytest.raises(api.AggregationError):
            await session.send(ADD_TESTING_CUSTOMER.request(body=NewCustomer("customer1", "Ann")))
        await session.send(LIST)


async def test_204_to_a_list_is_an_empty_list() -> None:
    async with connected(http(204)) as (_, session):
        found = await session.send(LIST)
    assert found == CustomerAccounts(accounts=())
    assert not found


PAYLOAD_FAULTS = {
    "200 with an empty body to a list": (LIST, 200, b""),
    "200 with blanks to a list": (LIST, 200, b" \r\n"),
    "202 without a body to a list": (LIST, 202, b""),
    "203 to a list": (LIST, 203, b'{"accounts":[]}'),
    "203 to a delete": (DELETE, 203, b""),
    "203 to a refresh of version 2": (REFRESH_V2, 203, b'{"questions":[]}'),
    "204 to one account": (ONE, 204, b""),
    "200 with an empty body to one account": (ONE, 200, b""),
    "an error body under 200": (LIST, 200, b'{"code":38003,"message":"no"}'),
    "one account without id": (ONE, 200, b'{"name":"x"}'),
    "JSON null": (LIST, 200, b"null"),
    "a list": (LIST, 200, b"[]"),
    "text": (LIST, 200, b"OK"),
    "HTML": (LIST, 200, b"<html></html>"),
    "broken JSON": (LIST, 200, b'{"accounts":[{"id":"1"'),
    "two values": (LIST, 200, b'{"accounts":[]} {}'),
    "deep nesting": (LIST, 200, DEEP),
    "deep nesting in a member": (LIST, 200, b'{"accounts":[],"x":' + DEEP),
    "deep nesting for a plain Struct": (LIST.into(SlimList), 200, DEEP),
    "bad UTF-8 for a plain Struct": (LIST.into(SlimList), 200, b'{"accounts":[{"id":"\xff"}]}'),
}


@pytest.mark.parametrize(("request_", "status", "body"), PAYLOAD_FAULTS.values(), ids=PAYLOAD_FAULTS.keys())
async def test_a_success_that_is_not_what_was_asked_for_is_a_payload_error(
    request_: Request[Any], status: int, body: bytes
) -> None:
    async with connected(http(status, body)) as (_, session):
        with pytest.raises(api.PayloadError) as caught:
            await session.send(request_)
        error = caught.value
        assert (error.operation, error.status, error.body) == (request_.operation.operation_id, status, body)
        assert error.retryable is False
        assert (error.__cause__, error.__context__) == (None, None)
        await session.send(LIST)


@pytest.mark.parametrize("request_", [REFRESH, REFRESH_LOGIN], ids=["all", "login"])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (202, b""),
        (202, b'{"accounts":[]}'),
        (202, b'{"message":"accepted"}'),
        (203, b""),
        (203, b'{"accounts":[]}'),
        (204, b""),
        (200, b""),
        (200, b"<html></html>"),
    ],
)
async def test_a_refresh_that_is_still_running_is_a_payload_error_that_names_wait_for_refresh(
    request_: Request[CustomerAccounts], status: int, body: bytes
) -> None:
    async with connected(http(status, body)) as (server, session):
        with pytest.raises(api.PayloadError, match=rf"answered {status}.*wait_for_refresh"):
            await session.send(request_)
        assert len(server.calls) == 1
        await session.send(LIST)


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_a_refresh_of_version_2_takes_any_answer_without_an_error(status: int) -> None:
    async with connected(http(status)) as (_, session):
        await session.send(REFRESH_V2)


@pytest.mark.parametrize(
    ("request_", "body", "path"),
    [
        (LIST, b'{"accounts":"Secret 1"}', "$.accounts"),
        (LIST, b'{"secret":"Secret 1"}', "$.accounts"),
        (LIST, b'["Secret 1"]', "$"),
        (ONE, b'{"id":["Secret 1"]}', "$.id"),
        (LIST.into(SlimList), b'{"accounts":[{"id":"1"},{"id":"2","balance":"Secret 1"}]}', "$.accounts[1].balance"),
        (LIST.into(SlimList), b'{"accounts":[{"id":"1"},{"Secret 1":2}]}', "$.accounts[1]"),
        (LIST.into(dict[str, int]), b'{"Secret 1":"Secret 1"}', "$[...]"),
        (LIST.into(SlimList), b'{"accounts":[{"id":"Secret 1\xff"}]}', "$"),
    ],
)
def test_the_text_of_a_payload_error_holds_the_path_and_no_value(
    request_: Request[Any], body: bytes, path: str
) -> None:
    with pytest.raises(api.PayloadError) as caught:
        read_response(request_, Response(200, {}, body))
    assert f"it does not fit at {path}. See .body" in str(caught.value)
    assert "Secret" not in str(caught.value)


async def test_send_raw_gives_the_bytes_of_a_reply_that_send_would_refuse() -> None:
    async with connected(http(200, b"<html></html>", {"X-Trace": "t1"})) as (_, session):
        response = await session.send_raw(LIST)
    assert (response.status, response.body, response.attempts) == (200, b"<html></html>", 1)
    assert response.headers["x-trace"] == "t1"
    assert response.elapsed >= 0
