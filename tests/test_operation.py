"""Requests are checked before anything is sent."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, TypedDict
from uuid import UUID

import msgspec
import pydantic
import pytest

import finicity_async as api
from finicity_async import ConfigurationError, Operation, Response
from finicity_async.endpoints import accounts, authentication
from tests.support.requests import BILLED, SEARCH, connected
from tests.support.servers import http

ROWS: list[Operation[Any]] = [
    row
    for module in (accounts, authentication)
    for row in vars(module).values()
    if isinstance(row, Operation) and row.placeholders
]

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
    "datetime": datetime(2024, 5, 1, tzinfo=UTC),
}


class Counted:
    """A number of another library, as numpy's are."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __index__(self) -> int:
        return self._number


def refusal(row: Operation[Any], name: str, bad: Any) -> str:
    """Return what an operation says to a bad ID in one place, and good ones in the others."""
    values = {**dict.fromkeys(row.placeholders, "7"), name: bad}
    with pytest.raises(ConfigurationError) as caught:
        row.request(**values)
    return str(caught.value)


@pytest.mark.parametrize("bad", BAD_IDS.values(), ids=BAD_IDS.keys())
def test_an_id_that_does_not_fit_is_refused_and_not_shown(bad: Any) -> None:
    for row in ROWS:
        for name in row.placeholders:
            text = refusal(row, name, bad)
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


@pytest.mark.parametrize(
    ("good", "text"),
    [("1005061234", "1005061234"), (0, "0"), (42, "42"), ("a-B_9", "a-B_9"), (Counted(7), "7")],
    ids=["text", "zero", "number", "all characters", "number of another library"],
)
def test_an_id_is_a_number_or_text_of_letters_digits_hyphen_and_underscore(good: Any, text: str) -> None:
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


def test_an_unknown_value_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match=r"takes no acountId.*customerId.*Nothing was sent"):
        accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=1, acountId="secret")


def test_a_missing_value_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match="accountId is missing"):
        accounts.GET_CUSTOMER_ACCOUNT.request(customerId=1)


def test_a_query_parameter_may_be_left_out() -> None:
    request = accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=1, status=None)
    assert request.target == "/aggregation/v1/customers/1/accounts"


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
        pytest.param(Counted(7), "7", id="number of another library"),
        (Decimal("12.50"), "12.50"),
        (0.25, "0.25"),
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
    [
        datetime(2024, 5, 1, 12),  # noqa: DTZ001 -- naive
        date(2024, 5, 1),
        1714564800000,
        -5,
        float("inf"),
        Decimal("NaN"),
        b"bytes",
        {"set"},
        "\ud800",
    ],
    ids=str,
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


class Amounts(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A body with whatever a test puts in."""

    first_value: object
    left_out: str | None = None


ADD_AMOUNTS = Operation("AddAmounts", "POST", "/amounts/{customerId}", None, body_type=Amounts)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (Decimal("1234.50"), "1234.50"),
        ([Decimal("0.10"), {"a": Decimal("1E+2")}], '[0.10,{"a":1E+2}]'),
        (datetime(2024, 5, 1, 12, tzinfo=UTC), "1714564800"),
        ((datetime(2024, 5, 1, 5, 0, 0, 999_999, tzinfo=ZONE),), "[1714564800]"),
        (Amounts(datetime(2024, 5, 1, 12, tzinfo=UTC)), '{"firstValue":1714564800}'),
        (date(2024, 5, 1), '"2024-05-01"'),
        (0.25, "0.25"),
        pytest.param(msgspec.Raw(b'{"asIs":1.0}'), '{"asIs":1.0}', id="JSON text"),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        ({1: "one"}, '{"1":"one"}'),
    ],
    ids=str,
)
def test_amounts_and_instants_in_a_body_have_the_form_that_they_have_in_a_query(value: object, sent: str) -> None:
    assert ADD_AMOUNTS.request(customerId=1, body=Amounts(value)).body == b'{"firstValue":%b}' % sent.encode()


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (datetime(2024, 5, 1, 12), "a datetime without a zone"),  # noqa: DTZ001 -- naive
        ({"deep": [datetime(2024, 5, 1, 12)]}, "a datetime without a zone"),  # noqa: DTZ001 -- naive
        (float("inf"), "a number that is not finite"),
        (float("nan"), "a number that is not finite"),
        (Decimal("-Infinity"), "a number that is not finite"),
        (str, "something that cannot be written as JSON"),
        ("\ud800", "something that cannot be written as JSON"),
    ],
    ids=str,
)
def test_a_body_that_would_go_out_as_something_else_is_refused(value: object, what: str) -> None:
    with pytest.raises(ConfigurationError, match=f"AddAmounts: body holds {what}.*Nothing was sent"):
        ADD_AMOUNTS.request(customerId=1, body=Amounts(value))


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


if TYPE_CHECKING:
    from decimal import Decimal as Elsewhere


class Absent(msgspec.Struct):
    """A reply type with a name that only a type checker knows."""

    amount: "Elsewhere"


class Tree(msgspec.Struct):
    """A reply type that refers to itself."""

    name: str
    branches: list["Tree"] = []


class Model:
    """Stands for a class of another library, as pydantic's are."""

    name: str


class Nested(msgspec.Struct):
    """A reply type that is one of ours but for one member."""

    rows: dict[str, list[Model]]


UNUSABLE = {
    "foreign class": (Model, "msgspec cannot decode into Model"),
    "pydantic model": (pydantic.create_model("Account", id=(str, ...)), "msgspec cannot decode into Account"),
    "foreign class within": (Nested, "msgspec cannot decode into Model"),
    "name under TYPE_CHECKING": (Absent, "the name Elsewhere in it is not there at run time"),
    "two kinds of objects": (Tree | Wanted, "msgspec cannot decode into it"),
    "no type": ([str], "msgspec cannot decode into it"),
}


@pytest.mark.parametrize(("kind", "why"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_reply_type_that_msgspec_cannot_use_is_refused_before_anything_is_sent(kind: Any, why: str) -> None:
    row = Operation("GetReport", "GET", "/reports/{customerId}", kind)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match=f"GetReport: the reply type .*{why}.*Nothing was sent"):
            row.request(customerId=1)
    with pytest.raises(ConfigurationError, match=why):
        SEARCH.request(customerId=1).into(kind)


USABLE: tuple[Any, ...] = (Tree, list[Tree], dict[str, Any], Tree | None, bytes, None, msgspec.Raw)


@pytest.mark.parametrize("kind", USABLE, ids=str)
def test_a_reply_type_that_msgspec_can_use_is_taken(kind: Any) -> None:
    assert Operation("GetReport", "GET", "/reports", kind).request().reply_type == kind
    assert SEARCH.request(customerId=1).into(kind).reply_type is kind


@pytest.mark.parametrize("method", ["", "GE T", "FETCH", "GET\r\nX: 1", "GET "], ids=repr)
def test_a_method_that_is_none_is_refused_when_the_row_is_made(method: str) -> None:
    with pytest.raises(ConfigurationError, match="a method is one of GET, POST"):
        Operation("Wrong", method, "/a", bytes)


@pytest.mark.parametrize(
    "options",
    [
        {"headers": ["X-Id\r\nX"]},
        {"headers": [""]},
        {"headers": ["X Id"]},
        {"query": ["a\ud800"]},
        {"accept": "text/html\r\nX: 1"},
        {"accept": ""},
    ],
    ids=str,
)
def test_a_name_or_media_type_that_no_request_can_carry_is_refused_when_the_row_is_made(options: Any) -> None:
    with pytest.raises(ConfigurationError, match="Wrong: "):
        Operation("Wrong", "GET", "/a", bytes, **options)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "aggregation/v1",
        "/a?b=c",
        "/a#b",
        "/a%2Fb",
        "https://example.com/a",
        "/a\r\nX: 1",
        "/a\n",
        "/a b",
        "/\xe9",
        "/a/../b",
        "/.",
        "/a\\b",
        "/{a",
        "/{a b}",
    ],
)
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
