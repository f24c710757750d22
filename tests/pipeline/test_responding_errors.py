"""Error bodies of every shape, and the class of error that follows from status and code."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import finicity_async as api
from finicity_async import Response
from finicity_async._pipeline.status_errors import error_for
from finicity_async.auth import CREATE_TOKEN
from finicity_async.endpoints import accounts
from finicity_async.errors import REQUEST_CODES
from finicity_async.models import PartnerCredentials
from finicity_async.operation import Request
from tests.support.requests import BILLED, CLASSES, DEEP, DELETE, LIST, REFRESH, REFRESH_V2, connected, failure
from tests.support.servers import http

LOGIN = CREATE_TOKEN.request(body=PartnerCredentials(partner_id="2445580001", partner_secret="OldSecret0001"))

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
        assert (caught.value.status, caught.value.body) == (status, body[:65_536])
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
    assert error_for(request_, Response(status, {}, body)) is None


@pytest.mark.parametrize("status", [202, 500, 503])
def test_an_aggregation_error_says_what_its_code_means(status: int) -> None:
    error = failure(REFRESH, status, 185)
    assert error.aggregation == api.describe_status(185)
    assert api.describe_status(185).meaning in str(error)
    assert api.describe_status(185).remedy in str(error)


@pytest.mark.parametrize("status", [202, 400, 500, 503])
def test_the_refusal_of_a_request_is_explained_without_the_institution(status: int) -> None:
    refusals = [failure(request, status, code) for code in REQUEST_CODES for request in (LIST, DELETE)]
    assert {type(error) for error in refusals} == {api.BadRequestError}
    assert {(error.aggregation, error.retryable) for error in refusals} == {(None, False)}
    assert {str(error).partition("It says no. ")[2] for error in refusals} == {
        "The request as it stands is refused. The whole answer is in .body."
    }


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (403, "10405", "only the consumer can lift the freeze"),
        (403, 10405, "only the consumer can lift the freeze"),
        (403, "10406", "disputes the data"),
        (403, None, "outside the allowed countries"),
        (404, "10100", "reports need a consumer of the customer"),
        (409, "18001", "Another report of the customer is being made"),
        (400, "18001", "The request as it stands is refused"),
    ],
)
def test_a_refusal_of_a_report_says_whether_the_consumer_or_another_report_is_the_reason(
    status: int, code: object, remedy: str
) -> None:
    assert remedy in str(failure(LIST, status, code))


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


@pytest.mark.parametrize("echo", ["M\u00fcller", "M%C3%BCller", "M%c3%bcller"])
def test_a_text_with_letters_outside_ascii_is_masked_in_its_quoted_form_too(echo: str) -> None:
    search = api.Operation("Search", "GET", "/search", bytes, query=("search",)).request(search="M\u00fcller")
    body = json.dumps({"code": 10005, "message": f"Bad URL /search?search={echo}"}).encode()
    error = error_for(search, Response(400, {}, body))
    assert error is not None
    assert echo not in str(error)
    assert "search=***" in str(error)
