"""The line that ``fetch`` writes for a customer, and the one for a failure."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from finicity_async import Sandbox
from finicity_async.cli.commands import UNUSABLE
from finicity_async.cli.fetching import ALL_FETCHED, SOME_FAILED, default_errors_path
from tests.cli.fetch.raw_vendor import (
    BROKEN,
    BUSY,
    ERRORS,
    MISSING,
    OUTPUT,
    Vendor,
    assert_each_once,
    customers_in,
    fetch,
    give,
    line_of,
    numbered,
    reply_of,
    rows,
    unpacked,
)
from tests.support.journals import AllCalls
from tests.support.servers import Answer, Close, http

ARRAYS: dict[str, str] = {
    "none": "[]",
    "undeclared members": '[{"id":"5","anew":{"deep":[1,null,true]},"zzz":""}]',
    "amounts to the digit": '[{"balance":12345678901234567.890,"b":0.10,"c":-0.0,"d":1E+05,"e":1e400}]',
    "escapes": r'[{"name":"\u00e9\/\"\\\n\ud83d\ude00","\u0061":1}]',
    "not ASCII": '[{"name":"Żółć 😀 \u2028\u0085"}]',
    "blanks inside": '[{ "id" : "5",  "n" : [ 1, 2 ] },{"id":"6"}]',
    "repeated members": '[{"id":"5","id":"6"}]',
    "numbers as IDs": '[{"id":5011648377,"customerId":1}]',
    "nothing decodable": '[{"balance":"n/a","currency":null,"transactions":{}}]',
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_line_holds_the_vendors_own_bytes(array: str, vendor: Vendor) -> None:
    vendor.answer = lambda _: http(200, f' {{"a": "b", "accounts" : {array}, "more": [1]}} ')
    give("1")
    assert fetch() == ALL_FETCHED
    assert Path(OUTPUT).read_bytes() == f'{{"customerId":"1","accounts":{array}}}\n'.encode()


INDENTED = r"""{
  "accounts": [
    {
      "id": "5",
      "balance": 12345678901234567.890,
      "name": "\u00e9\/\n Ż : , [ ]",
      "list": [
        1.0,
        {}
      ]
    },
    {
    }
  ]
}
"""
ON_ONE_LINE = r'[{"id":"5","balance":12345678901234567.890,"name":"\u00e9\/\n Ż : , [ ]","list":[1.0,{}]},{}]'


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_reply_with_line_breaks_makes_one_line(newline: str, vendor: Vendor) -> None:
    vendor.answer = lambda _: http(200, INDENTED.replace("\n", newline))
    give("1")
    assert fetch() == ALL_FETCHED
    assert Path(OUTPUT).read_bytes() == f'{{"customerId":"1","accounts":{ON_ONE_LINE}}}\n'.encode()


@pytest.mark.parametrize("end", [b"\xff", b"\xe2\x82", b"\xed\xa0\x80", b"a\xc0\x80"])
@pytest.mark.parametrize("blank", [b"", b"\n"], ids=["one line", "two lines"])
def test_reply_with_bad_utf_8_makes_valid_json(end: bytes, blank: bytes, vendor: Vendor) -> None:
    vendor.answer = lambda _: http(200, b'{"accounts":[{"name":"caf' + end + b'",' + blank + b'"balance":1.50}]}')
    give("1")
    assert fetch() == ALL_FETCHED
    content = Path(OUTPUT).read_bytes().decode()
    assert content.count("\n") == 1
    assert "\ufffd" in content
    assert '"balance":1.50' in content
    assert json.loads(content)["accounts"][0]["name"].startswith("caf")


def test_reply_without_a_body_is_a_customer_without_accounts(vendor: Vendor) -> None:
    vendor.answer = lambda _: http(204)
    give("1")
    assert fetch() == ALL_FETCHED
    assert Path(OUTPUT).read_bytes() == b'{"customerId":"1","accounts":[]}\n'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"accounts":null}',
        b'{"accounts":{}}',
        b'{"accounts":"x"}',
        b'{"accounts":[1,]}',
        b'{"accounts":[{"a":"x\ty"}]}',
        b'{"accounts":[]',
        b'{"accounts":[]}}',
        b"<html>",
        b"\xff",
    ],
)
def test_reply_without_a_list_of_accounts_is_a_failure(body: bytes, vendor: Vendor) -> None:
    vendor.answer = lambda _: http(200, body)
    give("1")
    assert fetch() == SOME_FAILED
    assert Path(OUTPUT).read_bytes() == b""
    (row,) = rows(ERRORS)
    assert (row["customerId"], row["error"], row["code"]) == ("1", "PayloadError", None)


def test_accounts_of_the_sandbox_are_all_there(served: Sandbox, journal: AllCalls) -> None:
    give(*served.customers)
    assert fetch() == ALL_FETCHED
    fetched = {row["customerId"]: row["accounts"] for row in rows(OUTPUT)}
    assert fetched == {
        customer: [one for one in accounts.values() if one["status"] == "active"]
        for customer, accounts in served.customers.items()
    }
    assert len(journal.looks) == len(fetched)


FAILURES: dict[str, tuple[Answer, dict[str, Any]]] = {
    "missing": (MISSING, {"error": "NotFoundError", "code": "14001", "status": 404, "retryable": False}),
    "busy": (BUSY, {"error": "ServerError", "code": None, "status": 503, "retryable": True}),
    "institution": (
        http(500, {"code": 185, "message": "no"}),
        {"error": "AggregationError", "code": "185", "status": 500, "retryable": False},
    ),
    "broken": (BROKEN, {"error": "PayloadError", "code": None, "retryable": False}),
    "dropped": (Close(), {"error": "TransportError", "code": None, "status": None, "retryable": True}),
}


@pytest.mark.parametrize(("answer", "expected"), FAILURES.values(), ids=FAILURES)
def test_failure_says_what_went_wrong_without_the_id_in_its_text(
    answer: Answer, expected: dict[str, Any], vendor: Vendor
) -> None:
    vendor.answer = lambda _: answer
    give("1005061234")
    assert fetch() == SOME_FAILED
    (row,) = rows(ERRORS)
    assert list(row)[:3] == ["customerId", "error", "code"]
    assert row.items() >= {"customerId": "1005061234", **expected}.items()
    assert row["text"].startswith("GetCustomerAccounts")
    assert "1005061234" not in row["text"]
    assert Path(OUTPUT).read_bytes() == b""


@pytest.mark.parametrize(
    ("output", "errors"),
    [
        ("accounts.ndjson", "accounts.errors.ndjson"),
        ("accounts.ndjson.gz", "accounts.errors.ndjson"),
        ("accounts.json", "accounts.errors.json"),
        ("accounts", "accounts.errors.ndjson"),
        ("accounts.gz", "accounts.errors.ndjson"),
        ("folder.d/accounts.v2.ndjson", "folder.d/accounts.v2.errors.ndjson"),
        ("-", "errors.ndjson"),
    ],
)
def test_failures_stand_beside_the_output_by_default(
    output: str, errors: str, vendor: Vendor, capfd: pytest.CaptureFixture[str]
) -> None:
    assert default_errors_path(output) == errors
    Path("folder.d").mkdir()
    vendor.answer = lambda customer: MISSING if customer == "2" else reply_of(customer)
    give("1", "2")
    assert fetch(output=output) == SOME_FAILED
    assert customers_in(errors) == ["2"]
    out = capfd.readouterr().out.encode()
    assert (out if output == "-" else unpacked(output)) == line_of("1")


@pytest.mark.parametrize("errors", ["failed.ndjson", "failed.ndjson.gz", "accounts.txt"])
def test_failures_stand_where_they_are_told_to(errors: str, vendor: Vendor) -> None:
    vendor.answer = lambda customer: MISSING if customer == "2" else reply_of(customer)
    give("1", "2")
    assert fetch("--errors", errors) == SOME_FAILED
    assert customers_in(errors) == ["2"]
    assert not Path(ERRORS).exists()


@pytest.mark.parametrize("errors", [OUTPUT, f"./{OUTPUT}"])
def test_one_file_for_accounts_and_failures_is_refused(errors: str, vendor: Vendor) -> None:
    vendor.answer = lambda customer: MISSING if customer == "2" else reply_of(customer)
    give("1", "2")
    assert fetch("--errors", errors) == UNUSABLE
    assert vendor.asked == []


class Faults:
    """
    What befalls 7 in 100 customers, spread evenly.

    Their last two digits: 00 is missing, 20 has a broken payload, 40 drops every connection, 50 the first one, 60 is
    answered 503.
    """

    FATAL = ("00", "20", "40", "60")

    def __init__(self) -> None:
        self._dropped: set[str] = set()

    def __call__(self, customer: str) -> Answer:
        kind = customer[-2:]
        if kind == "50" and customer not in self._dropped:
            self._dropped.add(customer)
            return Close(reset=True)
        drop = Close(after=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", reset=int(customer) % 200 < 100)
        faults: dict[str, Answer] = {"00": MISSING, "20": BROKEN, "40": drop, "60": BUSY}
        return faults.get(kind) or reply_of(customer)


def test_with_every_fault_each_customer_is_in_exactly_one_file(
    vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    vendor.answer = Faults()
    ids = give(*map(str, range(10_000, 11_000)))
    assert fetch("--limit", "32") == SOME_FAILED
    assert_each_once(ids)
    assert sorted(customers_in(ERRORS)) == [one for one in ids if one.endswith(Faults.FATAL)]
    assert all(line == line_of(json.loads(line)["customerId"]) for line in unpacked(OUTPUT).splitlines(keepends=True))
    kinds = Counter((row["error"], row["code"]) for row in rows(ERRORS))
    assert kinds == {
        ("NotFoundError", "14001"): 10,
        ("PayloadError", None): 10,
        ("TransportError", None): 10,
        ("ServerError", None): 10,
    }
    err = capsys.readouterr().err
    assert "Fetched 960 customers, 40 failed" in err
    assert "Traceback" not in err


def test_text_that_no_utf_8_can_hold_costs_no_customer(vendor: Vendor) -> None:
    numbered(1)
    vendor.answer = lambda _: http(200, b'{"accounts":[{"id":"1","name":"cut \\ud83d","balance":0.10}]}')
    assert fetch() == ALL_FETCHED
    (account,) = json.loads(Path(OUTPUT).read_text(encoding="utf-8"))["accounts"]
    assert account == {"id": "1", "name": "cut \ufffd", "balance": 0.1}
