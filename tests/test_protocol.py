"""Requests are checked before anything is sent; a response becomes a value or an error that shows nothing personal."""

import copy
import json
import pickle
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, TypedDict

import msgspec
import pytest
from servers import EMPTY, Answer, RawServer, http, session_on

import finicity_async as api
from finicity_async import AsyncSession, ConfigurationError, CustomerAccounts, Operation, Response
from finicity_async._pipeline.responding import read_failure
from finicity_async.auth import CREATE_TOKEN
from finicity_async.endpoints import accounts, authentication
from finicity_async.models import PartnerCredentials
from finicity_async.operation import Request, read_response

ROWS: list[Operation[Any]] = [
    row
    for module in (accounts, authentication)
    for row in vars(module).values()
    if isinstance(row, Operation) and row.placeholders
]
LIST = accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=1)
ONE = accounts.GET_CUSTOMER_ACCOUNT.request(customerId=1, accountId=2)
REFRESH = accounts.REFRESH_CUSTOMER_ACCOUNTS.request(customerId=1)
REFRESH_LOGIN = accounts.REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN.request(customerId=1, institutionLoginId=2)
REFRESH_V2 = accounts.REFRESH_CUSTOMER_ACCOUNTS_V2.request(customerId=1)
DELETE = accounts.DELETE_CUSTOMER_ACCOUNT.request(customerId=1, accountId=2)
LOGIN = CREATE_TOKEN.request(body=PartnerCredentials(partner_id="2445580001", partner_secret="OldSecret0001"))
BILLED = Operation(
    "GetAvailableBalanceLive",
    "GET",
    "/aggregation/v1/customers/{customerId}/accounts/{accountId}/availableBalance/live",
    bytes,
    idempotent=False,
).request(customerId=1, accountId=2)
DEEP = b"[" * 100_000


@asynccontextmanager
async def connected(*answers: Answer, default: Answer = EMPTY) -> AsyncIterator[tuple[RawServer, AsyncSession]]:
    """Open a server with scripted answers and a session on it that sends nothing again."""
    async with (
        RawServer(*answers, default=default) as server,
        session_on(server, max_tries=1) as session,
    ):
        yield server, session


def failure(
    request: Request[Any], status: int, code: object = None, headers: Mapping[str, str] | None = None
) -> api.StatusError:
    """Return the error that a response with a status and a code stands for."""
    body = b"" if code is None else json.dumps({"code": code, "message": "It says no"}).encode()
    error = read_failure(request, Response(status, headers or {}, body))
    assert error is not None
    return error


# IDs

BAD_IDS: dict[str, Any] = {
    "two dots": "..",
    "slash": "1/2",
    "query": "1?x",
    "fragment": "1#x",
    "quoted dots": "%2E%2E",
    "backslash": "1\\2",
    "empty": "",
    "None": None,
    "bool": True,
    "negative": -1,
    "float": 1.5,
    "arabic digits": "\u0661\u0662\u0663",
    "fullwidth digits": "\uff11\uff12",
    "newline at the end": "123\n",
    "space": "12 3",
    "null byte": "12\x00",
    "bytes": b"123",
    "list": ["123"],
    "endless number": 10**70,
}


@pytest.mark.parametrize("bad", BAD_IDS.values(), ids=BAD_IDS.keys())
@pytest.mark.parametrize(
    ("row", "name"),
    [pytest.param(row, name, id=f"{row.operation_id}-{name}") for row in ROWS for name in row.placeholders],
)
def test_an_id_that_does_not_fit_is_refused_and_not_shown(row: Operation[Any], name: str, bad: Any) -> None:
    values = {**dict.fromkeys(row.placeholders, "7"), name: bad}
    with pytest.raises(ConfigurationError) as caught:
        row.request(**values)
    text = str(caught.value)
    assert text.startswith(f"{row.operation_id}: {name} is ")
    assert text.endswith("Nothing was sent.")
    assert bad in (None, "") or str(bad) not in text


TEN: tuple[Callable[..., Awaitable[object]], ...] = (
    api.get_customer_account,
    api.get_customer_accounts,
    api.get_customer_accounts_by_institution,
    api.get_customer_accounts_by_institution_login,
    api.refresh_customer_accounts,
    api.refresh_customer_accounts_v2,
    api.refresh_customer_accounts_by_institution_login,
    api.refresh_customer_accounts_by_institution_login_v2,
    api.delete_customer_account,
    api.delete_customer_accounts_by_institution_login,
)


@pytest.mark.parametrize("function", TEN)
async def test_no_function_sends_an_id_that_leads_to_another_customer(
    function: Callable[..., Awaitable[object]],
) -> None:
    count = 1 if function in (TEN[1], TEN[4], TEN[5]) else 2
    async with connected() as (server, session):
        for place in range(count):
            for bad in ("..", "%2E%2E", "123/../999", "1?x", ""):
                ids = ["7", "8"][:count]
                ids[place] = bad
                with pytest.raises(ConfigurationError):
                    await function(session, *ids)
        assert (server.calls, server.logins) == ([], [])
        await api.get_customer_accounts(session, "7")


@pytest.mark.parametrize(("good", "text"), [("1005061234", "1005061234"), (0, "0"), (42, "42"), ("a-B_9", "a-B_9")])
def test_an_id_is_a_number_or_text_of_letters_digits_hyphen_and_underscore(good: str | int, text: str) -> None:
    request = accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=good)
    assert request.target == f"/aggregation/v1/customers/{text}/accounts"


class Choice(str, Enum):  # noqa: UP042 -- that str() shows the name is the point
    """Texts that str() shows by their names."""

    PENDING = "pending"
    CUSTOMER = "1005061234"


class Number(int, Enum):
    """Numbers that str() shows by their names."""

    SEVEN = 7


class Disguised(str):
    """A text that str() shows as another one."""

    __slots__ = ()

    def __str__(self) -> str:
        return "7/../8"  # pragma: no cover -- nobody should ask


@pytest.mark.parametrize(
    ("value", "text"), [(Choice.CUSTOMER, "1005061234"), (Number.SEVEN, "7"), (Disguised("7"), "7")]
)
async def test_what_was_looked_at_is_what_is_sent(value: str | int, text: str) -> None:
    async with connected() as (server, session):
        await api.get_customer_accounts(session, value, status=Choice.PENDING)
        await session.send(SEARCH.request(customerId=1, q=value, r=Number.SEVEN))
    assert [call.target for call in server.calls] == [
        f"/aggregation/v1/customers/{text}/accounts?status=pending",
        f"/search/1?q={text}&r=7",
    ]


# Values


def test_an_unknown_value_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match=r"takes no acountId.*customerId.*Nothing was sent"):
        accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=1, acountId="secret")


def test_a_missing_value_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match="accountId is missing"):
        accounts.GET_CUSTOMER_ACCOUNT.request(customerId=1)


def test_a_query_parameter_may_be_left_out() -> None:
    request = accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=1, status=None)
    assert request.target == "/aggregation/v1/customers/1/accounts"


SEARCH: Operation[bytes] = Operation("Search", "get", "/search/{customerId}", bytes, query=("q", "r"))
ZONE = timezone(timedelta(hours=-7))


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("two words", "two+words"),
        ("ann@example.com", "ann%40example.com"),
        ("1+1", "1%2B1"),
        ("a&b=c#d?e/f%", "a%26b%3Dc%23d%3Fe%2Ff%25"),
        ("Zürich", "Z%C3%BCrich"),
        ("line\r\nbreak", "line%0D%0Abreak"),
        ("", ""),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-5, "-5"),
        (25, "25"),
        (datetime(2024, 5, 1, 12, tzinfo=UTC), "1714564800"),
        (datetime(2024, 5, 1, 5, tzinfo=ZONE), "1714564800"),
        (datetime(1969, 12, 31, 23, 59, 58, 500_000, tzinfo=UTC), "-2"),
    ],
)
async def test_a_query_value_is_quoted_as_the_vendor_documents(value: object, sent: str) -> None:
    async with connected(default=http(200, b"x")) as (server, session):
        await session.send(SEARCH.request(customerId=1, q=value))
    assert (server.calls[0].method, server.calls[0].target) == ("GET", f"/search/1?q={sent}")


@pytest.mark.parametrize(
    "value",
    [datetime(2024, 5, 1, 12), 1714564800000, 1.5, b"bytes", ["list"], Decimal(1), "\ud800"],  # noqa: DTZ001 -- naive
    ids=["naive datetime", "milliseconds", "float", "bytes", "list", "Decimal", "half a surrogate pair"],
)
def test_a_query_value_that_does_not_fit_is_refused(value: object) -> None:
    with pytest.raises(ConfigurationError, match="Nothing was sent") as caught:
        SEARCH.request(customerId=1, q=value)
    assert repr(value) not in str(caught.value)


class Wanted(msgspec.Struct, frozen=True):
    """A body."""

    name: str
    count: int = 0


class Other(msgspec.Struct, frozen=True):
    """A body of another type."""

    name: str


POST_WANTED = Operation("AddWanted", "POST", "/wanted/{customerId}", None, body_type=Wanted)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (None, "body is missing"),
        (Other("Secret"), "of type Other"),
        ({"name": "Secret"}, "of type dict"),
        ("Secret", ""),
    ],
)
def test_a_body_of_a_wrong_type_is_refused_and_not_shown(body: object, what: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{what}.*it takes a body of type Wanted") as caught:
        POST_WANTED.request(customerId=1, body=body)
    assert "Secret" not in str(caught.value)


class Loose(TypedDict):
    """A body as a dict."""

    name: str


@pytest.mark.parametrize("kind", [dict[str, str], Loose], ids=["generic", "TypedDict"])
def test_a_body_may_be_of_a_type_that_isinstance_does_not_take(kind: type) -> None:
    row = Operation("AddLoose", "POST", "/loose/{customerId}", None, body_type=kind)
    assert row.request(customerId=1, body={"name": "x"}).body == b'{"name":"x"}'
    with pytest.raises(ConfigurationError, match="it takes a body of type"):
        row.request(customerId=1, body={"name": 1})


def test_a_body_is_refused_where_none_is_taken() -> None:
    with pytest.raises(ConfigurationError, match="it takes no body"):
        accounts.REFRESH_CUSTOMER_ACCOUNTS.request(customerId=1, body=Wanted("x"))


@pytest.mark.parametrize("path", ["", "aggregation/v1", "/a?b=c", "/a#b", "/a%2Fb", "https://example.com/a"])
def test_an_operation_needs_a_path(path: str) -> None:
    with pytest.raises(ConfigurationError):
        Operation("Wrong", "GET", path, bytes)


def test_representations_show_no_value() -> None:
    request = accounts.GET_CUSTOMER_ACCOUNTS.request(customerId="1005061234", status="active")
    assert repr(request) == "Request(GetCustomerAccounts)"
    assert repr(request.operation) == (
        "Operation('GetCustomerAccounts', 'GET', '/aggregation/v1/customers/{customerId}/accounts')"
    )
    response = Response(200, {"Secret": "header"}, b"body", attempts=2)
    assert repr(response) == "Response(status=200, body=4 bytes, attempts=2)"


def test_a_method_stands_in_capitals_and_tells_whether_a_call_may_be_sent_again() -> None:
    assert {method: Operation("One", method, "/a", None).idempotent for method in ("get", "post", "put", "delete")} == {
        "get": True,
        "post": False,
        "put": False,
        "delete": False,
    }
    assert SEARCH.method == "GET"
    assert BILLED.operation.idempotent is False


# Responses


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


@pytest.mark.parametrize("answer", [http(204), http(200), http(201, {}), http(200, {"accounts": []})])
async def test_a_reply_type_of_none_takes_an_empty_or_plain_answer_for_done(answer: bytes) -> None:
    async with connected(answer) as (_, session):
        await session.send(DELETE)


@pytest.mark.parametrize(
    "answer",
    [
        http(200, "<html>maintenance</html>"),
        http(200, {"code": "x", "message": "no"}),
        http(200, {"Errors": {"Error": []}}),
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
    "204 for a plain Struct": (LIST.into(SlimList), 204, b""),
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
        (LIST, b"Secret 1", "$"),
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
    assert f"it does not fit at {path}. Look at .body" in str(caught.value)
    assert "Secret" not in str(caught.value)


async def test_send_raw_gives_the_bytes_of_a_reply_that_send_would_refuse() -> None:
    async with connected(http(200, b"<html></html>", {"X-Trace": "t1"})) as (_, session):
        response = await session.send_raw(LIST)
    assert (response.status, response.body, response.attempts) == (200, b"<html></html>", 1)
    assert response.headers["x-trace"] == "t1"
    assert response.elapsed >= 0


# Error bodies

MESSAGE = "No such thing"
SHAPES: dict[str, tuple[bytes, str | None, str | None]] = {
    "number code": (b'{"code":10005,"message":"No such thing"}', "10005", MESSAGE),
    "text code": (b'{"code":"10005","message":"No such thing"}', "10005", MESSAGE),
    "code with a comma": (b'{"code":"10005,","message":"No such thing"}', "10005", MESSAGE),
    "code null": (b'{"code":null,"message":"No such thing"}', None, MESSAGE),
    "code empty": (b'{"code":"","message":"No such thing"}', None, MESSAGE),
    "code an object": (b'{"code":{"a":1},"message":"No such thing"}', None, MESSAGE),
    "word as code": (b'{"code":"BAD_THING","message":"No such thing"}', "BAD_THING", MESSAGE),
    "message a number": (b'{"code":10005,"message":5}', "10005", "5"),
    "other members broken": (b'{"code":10005,"message":"No such thing","tags":[1],"status":400}', "10005", MESSAGE),
    "undeclared members": (b'{"code":10005,"trackingId":7,"message":"No such thing"}', "10005", MESSAGE),
    "byte order mark": (b'\xef\xbb\xbf{"code":10005,"message":"No such thing"}', "10005", MESSAGE),
    "bad UTF-8": (b'{"code":10005,"message":"caf\xe9"}', "10005", "caf\ufffd"),
    "text that looks like the wrapper": (
        b'{"code":10005,"title":"Errors","message":"No such thing"}',
        "10005",
        MESSAGE,
    ),
    "text that looks like the wrapper, without a code": (
        b'{"title":"Errors","message":"No such thing"}',
        None,
        MESSAGE,
    ),
    "wrapper": (
        b'{"Errors":{"Error":[{"Source":"S","ReasonCode":"10005","Description":"No such thing"}]}}',
        "10005",
        MESSAGE,
    ),
    "wrapper, code with a comma": (
        b'{"Errors":{"Error":[{"ReasonCode":"10005,","Description":"No such thing","Recoverable":false}]}}',
        "10005",
        MESSAGE,
    ),
    "wrapper, number code": (
        b'{"Errors":{"Error":[{"ReasonCode":10005,"Details":"No such thing"},{"ReasonCode":"1"}]}}',
        "10005",
        MESSAGE,
    ),
    "wrapper, empty": (b'{"Errors":{"Error":[]}}', None, None),
    "plain text": (b"No such thing\r\n", None, MESSAGE),
    "XML": (b"<error><code>10005</code><message>No such thing</message></error>", "10005", MESSAGE),
    "XML with a prolog": (
        b'<?xml version="1.0"?>\n<error>\n <code> 10005 </code>\n <message>No such thing</message>\n</error>',
        "10005",
        MESSAGE,
    ),
    "HTML": (b"<!DOCTYPE html><html><body><h1>Incapsula</h1></body></html>", None, None),
    "HTML that shows a code": (b"<html><body><p>Error <code>502</code></p></body></html>", None, None),
    "empty": (b"", None, None),
    "blanks": (b" \n", None, None),
    "bytes": (b"\xff\xfe\x00", None, "\ufffd\ufffd\x00"),
    "an empty object": (b"{}", None, None),
}


@pytest.mark.parametrize(("body", "code", "message"), SHAPES.values(), ids=SHAPES.keys())
async def test_an_error_body_of_any_shape_is_read_into_code_and_message(
    body: bytes, code: str | None, message: str | None
) -> None:
    async with connected(http(400, body, {"Content-Type": "text/plain; charset=nonsense"})) as (_, session):
        with pytest.raises(api.BadRequestError) as caught:
            await session.send(LIST)
        assert (caught.value.code, caught.value.message, caught.value.body) == (code, message, body)
        await session.send(LIST)


@pytest.mark.parametrize(
    "body",
    [
        b'{"code":38003,"message":',
        b'{"code":38003} and more',
        b'{"code":\xff}',
        b"[1,2]",
        b'"text"',
        b"null",
        b"NaN",
        DEEP,
        b'{"code":' + DEEP,
        b'{"Errors":' + DEEP,
        b'{"Errors":null}',
        b'{"Errors":{"Error":{"ReasonCode":"1"}}}',
        b"<" * 100_000,
        b"<error><code>" + b" " * 100_000 + b"x",
        b'{"code":' + b"9" * 5000 + b"}",
        b'{"code":1e999999999}',
    ],
    ids=lambda body: repr(body[:24]),
)
@pytest.mark.parametrize(
    ("status", "kind"), [(400, api.BadRequestError), (404, api.NotFoundError), (503, api.ServerError)]
)
async def test_an_error_body_that_cannot_be_read_leaves_the_error_of_its_status(
    status: int, kind: type[api.StatusError], body: bytes
) -> None:
    async with connected(http(status, body)) as (_, session):
        with pytest.raises(api.StatusError) as caught:
            await session.send(LIST)
        assert type(caught.value) is kind
        assert (caught.value.status, caught.value.body) == (status, body)
        assert len(str(caught.value)) < 1000
        await session.send(LIST)


async def test_a_page_of_an_edge_is_a_fault_of_the_server_and_not_of_the_institution() -> None:
    page = "<html><head><title>Bad gateway</title></head><body>Error <code>502</code></body></html>"
    async with connected(http(502, page, {"Content-Type": "text/html"})) as (_, session):
        with pytest.raises(api.StatusError) as caught:
            await session.send(LIST)
        assert type(caught.value) is api.ServerError
        assert caught.value.retryable
        await session.send(LIST)


async def test_all_that_the_vendor_says_is_on_the_error() -> None:
    body = {
        "code": 185,
        "status": "500",
        "message": "Account 5011648377 of customer 1005061234: MFA for test-app-token",
        "user_message": "Please answer",
        "tags": "AGG",
    }
    request = accounts.GET_CUSTOMER_ACCOUNT.request(customerId="1005061234", accountId="5011648377")
    async with connected(http(500, body, {"Retry-After": "7"})) as (_, session):
        with pytest.raises(api.AggregationError) as caught:
            await session.send(request)
        error = caught.value
        assert (error.operation, error.status, error.code) == ("GetCustomerAccount", 500, "185")
        assert (error.message, error.user_message, error.retry_after) == (body["message"], "Please answer", 7.0)
        assert json.loads(error.body) == body
        assert str(error).startswith(
            "GetCustomerAccount was answered 500 (code 185): Account *** of customer ***: MFA for ***. "
        )
        await session.send(LIST)


@pytest.mark.parametrize(
    "echo", ["two words", "two+words", "TWO WORDS", "1005061234", "test-app-key", "test-app-token"]
)
async def test_the_text_of_an_error_shows_nothing_that_was_sent(echo: str) -> None:
    request = accounts.GET_CUSTOMER_ACCOUNTS.request(customerId="1005061234", status="two words")
    async with connected(http(400, {"code": 18017, "message": f"Wrong: {echo}!"})) as (_, session):
        with pytest.raises(api.BadRequestError, match=r"\(code 18017\): Wrong: \*\*\*!\.") as caught:
            await session.send(request)
        assert echo not in str(caught.value)
        assert caught.value.message == f"Wrong: {echo}!"
        await session.send(LIST)


async def test_the_text_of_an_error_is_one_line_of_readable_length() -> None:
    async with connected(http(400, {"code": 1, "message": "first\r\nsecond\x1b[35m" + "x" * 5000})) as (_, session):
        with pytest.raises(api.BadRequestError) as caught:
            await session.send(LIST)
        text = str(caught.value)
        assert "first second [35mxxx" in text
        assert text.isprintable()
        assert len(text) < 500
        await session.send(LIST)


# Classes of errors

CLASSES: list[tuple[int, object, type[api.StatusError]]] = [
    (400, None, api.BadRequestError),
    (400, 10005, api.BadRequestError),
    (400, 185, api.BadRequestError),
    (401, None, api.AuthenticationError),
    (401, 10001, api.AuthenticationError),
    (403, None, api.PermissionDeniedError),
    (404, None, api.NotFoundError),
    (404, 949, api.NotFoundError),
    (408, None, api.StatusError),
    (408, 331, api.StatusError),
    (409, 110002, api.ConflictError),
    (418, None, api.StatusError),
    (302, None, api.StatusError),
    (429, None, api.RateLimitError),
    (429, 3300001, api.RateLimitError),
    (500, None, api.ServerError),
    (501, None, api.ServerError),
    (502, None, api.ServerError),
    (599, None, api.ServerError),
    (500, "SYSTEM_DOWN", api.ServerError),
    (500, "123456789012", api.ServerError),
    (500, 103, api.AggregationError),
    (500, "103", api.AggregationError),
    (500, 325, api.AggregationError),
    (500, 0, api.AggregationError),
    (503, 945, api.AggregationError),
    (202, 44000, api.AggregationError),
    (202, "44002", api.AggregationError),
]


@pytest.mark.parametrize(("status", "code", "kind"), CLASSES)
def test_the_class_of_an_error_follows_from_status_and_code(
    status: int, code: object, kind: type[api.StatusError]
) -> None:
    assert type(failure(LIST, status, code)) is kind


@pytest.mark.parametrize("code", [14001, "14001", 38003, "38003", 38006, "38006", 38007, "38007", "38007,"])
@pytest.mark.parametrize("status", [202, 400, 401, 403, 404, 409, 429, 500, 503])
def test_a_code_for_something_unknown_is_not_found_under_any_status(status: int, code: object) -> None:
    error = failure(LIST, status, code)
    assert type(error) is api.NotFoundError
    assert error.status == status
    assert error.retryable is False


@pytest.mark.parametrize(
    ("request_", "status", "body"),
    [
        (LIST, 200, b'{"code":38003}'),
        (REFRESH, 204, b""),
        (REFRESH, 202, b""),
        (REFRESH, 202, b'{"code":"ACCEPTED"}'),
        (REFRESH, 203, b""),
        (REFRESH_V2, 202, b"{}"),
        (LIST, 201, b'{"code":185}'),
    ],
)
def test_a_success_without_a_number_for_a_code_is_no_error_reply(
    request_: Request[Any], status: int, body: bytes
) -> None:
    assert read_failure(request_, Response(status, {}, body)) is None


@pytest.mark.parametrize("status", [202, 500, 503])
def test_an_aggregation_error_says_what_its_code_means(status: int) -> None:
    error = failure(REFRESH, status, 185)
    assert error.aggregation == api.describe_status(185)
    assert api.describe_status(185).meaning in str(error)
    assert api.describe_status(185).remedy in str(error)


def test_an_aggregation_error_with_a_code_that_nobody_documents_has_an_unknown_meaning() -> None:
    error = failure(REFRESH, 500, 7654321)
    assert type(error) is api.AggregationError
    assert error.aggregation == api.describe_status(7654321)
    assert error.aggregation is not None
    assert error.aggregation.category == "unknown"


@pytest.mark.parametrize("code", [None, "WORD", 7654321])
def test_another_error_without_a_known_aggregation_code_has_no_aggregation(code: object) -> None:
    assert failure(LIST, 400, code).aggregation is None


NOW = "Wed, 21 Oct 2015 07:28:00 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("7", 7.0),
        (" 120 ", 120.0),
        ("1.5", 1.5),
        ("Wed, 21 Oct 2015 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2015 07:28:30 -0000", 30.0),
        ("Wed, 21 Oct 2015 09:28:30 +0200", 30.0),
        ("Wed, 21 Oct 2015 07:27:00 GMT", 0.0),
        ("", None),
        ("-5", None),
        ("1e3", None),
        ("\u0665", None),
        ("nan", None),
        ("soon", None),
        ("Wed, 99 Foo 2015 07:28:00 GMT", None),
        ("Wed, 21 Oct 99999999999 07:28:00 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 +99999999999999", None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_read_as_seconds_or_as_a_date_by_the_servers_clock(
    status: int, value: str | None, seconds: float | None
) -> None:
    headers = {"Date": NOW, **({} if value is None else {"Retry-After": value})}
    assert failure(LIST, status, headers=headers).retry_after == seconds


def test_retry_after_as_a_date_needs_no_date_of_the_server() -> None:
    until = (datetime.now(UTC) + timedelta(seconds=100)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    for date in ({}, {"Date": "nonsense"}):
        seconds = failure(LIST, 429, headers={"Retry-After": until, **date}).retry_after
        assert seconds is not None
        assert 90 < seconds <= 100


RETRYABLE: list[tuple[Request[Any], int, object, bool]] = [
    (LIST, 408, None, True),
    (LIST, 500, None, True),
    (LIST, 502, None, True),
    (LIST, 503, None, True),
    (LIST, 504, None, True),
    (LIST, 500, "SYSTEM_DOWN", False),
    (LIST, 501, None, False),
    (LIST, 400, None, False),
    (LIST, 401, "10022", False),
    (LIST, 403, None, False),
    (LIST, 404, None, False),
    (LIST, 409, None, False),
    (LIST, 302, None, False),
    (LIST, 503, 38003, False),
    (LIST, 500, 185, False),
    (LIST, 500, 325, True),
    (LIST, 202, 44000, True),
    (LIST, 500, 7654321, False),
    (LOGIN, 503, None, True),
    (REFRESH, 202, 44000, False),
    (REFRESH, 500, 325, False),
    *((request, 429, None, True) for request in (LIST, LOGIN, REFRESH, DELETE, BILLED)),
    *((request, status, None, False) for request in (REFRESH, DELETE, BILLED) for status in (408, 500, 503, 504)),
]


@pytest.mark.parametrize(
    ("request_", "status", "code", "retryable"),
    [
        pytest.param(*row, id=f"{row[0].operation.method} {row[0].operation.operation_id} {row[1]} {row[2]}")
        for row in RETRYABLE
    ],
)
def test_retryable_is_true_where_the_same_call_is_safe_and_may_succeed(
    request_: Request[Any], status: int, code: object, retryable: bool
) -> None:
    assert failure(request_, status, code).retryable is retryable


@pytest.mark.parametrize("request_", [REFRESH, REFRESH_V2, DELETE], ids=repr)
def test_the_text_of_an_ambiguous_error_says_that_the_outcome_is_unknown(request_: Request[Any]) -> None:
    assert "The outcome is not known: read before you repeat the call." in str(failure(request_, 503))


# Errors as values

ERRORS: list[api.FinicityError] = [
    api.ConfigurationError("text"),
    api.TransportError("text", operation="One", sent=False, retryable=True),
    api.RequestTimeoutError("text", operation="One", sent=True, retryable=False),
    api.PayloadError("text", operation="One", status=200, body=b"\xff"),
    api.RefreshTimeoutError("text", result=("some", "result"), baseline={"5011648377": 1}),
    *(failure(LIST, status, code, {"Retry-After": "7"}) for status, code, _ in CLASSES),
    failure(LIST, 500, 38003),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{type(error).__name__} {getattr(error, 'status', '')}")
@pytest.mark.parametrize(
    "twin",
    [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))],  # noqa: S301 -- our own
    ids=["copy", "deepcopy", "pickle"],
)
def test_errors_are_copied_and_pickled_with_their_attributes(
    error: api.FinicityError, twin: Callable[[api.FinicityError], api.FinicityError]
) -> None:
    other = twin(error)
    assert type(other) is type(error)
    assert (str(other), other.args) == (str(error), error.args)
    assert vars(other) == vars(error)
    assert other.retryable == error.retryable


@pytest.mark.parametrize(
    ("kind", "also"),
    [
        (api.ConfigurationError, ValueError),
        (api.RequestTimeoutError, TimeoutError),
        (api.NotFoundError, api.StatusError),
    ],
)
def test_errors_can_be_caught_as_what_python_calls_them(kind: type[Exception], also: type[Exception]) -> None:
    assert issubclass(kind, also)
    assert issubclass(kind, api.FinicityError)
