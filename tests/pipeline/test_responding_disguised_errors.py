"""An error that comes with a status of success is no value, for any operation."""

import json
from typing import Any

import msgspec
import pytest

from finicity_async import Operation, PayloadError, Response
from finicity_async._pipeline.responding import read_response
from finicity_async.models.common import ErrorMessage
from finicity_async.models.payment_success_indicator import PaymentSuccessIndicator
from finicity_async.operation import Request
from tests.vendor.rows import Row, rows

ERRORS = {
    "an error": {"code": 10010, "message": "No such customer: 1005061234"},
    "an error of reports": {
        "code": "18001",
        "status": "409",
        "message": "1005061234",
        "user_message": "",
        "assetId": "",
    },
    "the wrapper": {"Errors": {"Error": [{"ReasonCode": "10010", "Description": "1005061234"}]}},
}
DECLARED = frozenset({"GetPaymentSuccessIndicator", "GetFCRAPaymentSuccessIndicator"})
"""Operations of which a reply may be a code and a message."""
each_row = pytest.mark.parametrize("row", rows(), ids=repr)


def request_of(row: Operation[Any], reply_type: Any = None) -> Request[Any]:
    return Request(row, "/", None, reply_type or row.reply_type, (), None)


def refusal(row: Operation[Any], body: bytes) -> str:
    """Return the text of the error that a body with a status of success ends with."""
    status = row.statuses[0] if row.statuses else 200
    with pytest.raises(PayloadError) as caught:
        read_response(request_of(row), Response(status, {}, body))
    assert caught.value.body == body
    return str(caught.value)


@pytest.mark.parametrize("name", ERRORS)
@each_row
def test_an_error_with_a_status_of_success_is_no_reply(row: Row, name: str) -> None:
    if row.operation.operation_id in DECLARED and name != "the wrapper":
        return
    assert "1005061234" not in refusal(row.operation, json.dumps(ERRORS[name]).encode())


def test_a_code_that_belongs_to_the_reply_is_part_of_it() -> None:
    row = Operation("Get", "GET", "/indicator", PaymentSuccessIndicator)
    value = read_response(request_of(row), Response(200, {}, b'{"code":10010,"message":"No transactions"}'))
    assert (value.code, value.message) == ("10010", "No transactions")


@pytest.mark.parametrize("body", [b'{"a":"b","code":1}', b'{"a":"code"}', b'{"a":{"code":1}}', b"{}"])
def test_a_record_with_anything_else_is_a_record(body: bytes) -> None:
    row = Operation("Get", "GET", "/indicator", ErrorMessage)
    assert read_response(request_of(row), Response(200, {}, body)) is not None


class Mine(msgspec.Struct):
    """What a user reads with a type of their own."""

    code: int


def test_a_type_of_the_users_own_is_not_judged() -> None:
    row = Operation("Get", "GET", "/mine", Mine)
    assert read_response(request_of(row), Response(200, {}, b'{"code":1}')) == Mine(1)


FILES = [row for row in rows() if row.operation.reply_type is bytes]
NO_FILES = [b"", b" \r\n", b'{"code":1}']


@pytest.mark.parametrize("body", NO_FILES, ids=repr)
@pytest.mark.parametrize("row", FILES, ids=repr)
def test_what_cannot_be_a_file_is_not_returned_as_one(row: Row, body: bytes) -> None:
    refusal(row.operation, body)


@pytest.mark.parametrize("body", [b"%PDF-1.7", b"\x89PNG\r\n", b"\xff\xd8\xff", b'{"code"', b"code" * 2_000], ids=repr)
@pytest.mark.parametrize("row", FILES, ids=repr)
def test_a_file_of_any_kind_is_returned_as_it_is(row: Row, body: bytes) -> None:
    assert read_response(request_of(row.operation), Response(200, {}, body)) == body


def test_the_bytes_of_a_reply_in_json_are_not_judged() -> None:
    row = Operation("Get", "GET", "/json", ErrorMessage)
    assert read_response(request_of(row, bytes), Response(200, {}, b'{"code":1}')) == b'{"code":1}'
