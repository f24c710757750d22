"""``fetch --transactions``: the transactions of the last days, in the vendor's own bytes, each of them once."""

import json
import math
import os
import signal
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from random import Random
from time import time
from typing import Any

import msgspec
import pytest

from finicity_async import Sandbox
from finicity_async.cli.commands import UNUSABLE
from finicity_async.cli.fetching import ALL_FETCHED, SOME_FAILED
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
    first_run,
    forks,
    give,
    numbered,
    rows,
    unpacked,
    wait_until,
)
from tests.support.ledger import Ledger, row
from tests.support.servers import Answer, Hang, Later, Received, http

NOW = int(time())
DAY = 86_400


class Line(msgspec.Struct, rename="camel"):
    customer_id: str
    transactions: list[msgspec.Raw]


def texts(path: str = OUTPUT) -> dict[str, list[str]]:
    """Return the texts of the transactions of each customer in a file."""
    lines = [msgspec.json.decode(line, type=Line) for line in unpacked(path).splitlines()]
    assert len({line.customer_id for line in lines}) == len(lines)
    return {line.customer_id: [bytes(one).decode() for one in line.transactions] for line in lines}


def fetch_days(*options: str, output: str = OUTPUT) -> int:
    return fetch("--transactions", "15", *options, output=output)


def test_line_holds_the_vendors_own_bytes_and_the_period(vendor: Vendor) -> None:
    odd = row(1, amount="12345678901234567.890", second=NOW - DAY, anew={"deep": [1, None]}).replace(":", " : ")
    ledger = Ledger([odd, row(2, amount="1e-3", second=NOW - 20 * DAY)])
    vendor.answer = lambda _: ledger
    give("1005061234")
    assert fetch_days() == ALL_FETCHED
    (asked,) = ledger.asked
    first, last = int(asked["fromDate"]), int(asked["toDate"])
    line = f'{{"customerId":"1005061234","transactions":[{odd}],"fromDate":{first},"toDate":{last}}}\n'
    assert Path(OUTPUT).read_text(encoding="utf-8") == line
    assert NOW <= last <= time()
    assert first == (datetime.fromtimestamp(last, UTC).replace(hour=0, minute=0, second=0) - timedelta(15)).timestamp()
    assert (asked["sort"], asked["limit"], asked["includePending"]) == ("asc", "1000", "false")


def test_every_transaction_of_many_pages_is_there_once(vendor: Vendor) -> None:
    many = [row(number // 2, account=number % 2 + 1, second=NOW - DAY + number // 9) for number in range(2_345)]
    ledger = Ledger(many)
    vendor.answer = lambda _: ledger
    give("1005061234")
    assert fetch_days() == ALL_FETCHED
    (found,) = texts().values()
    assert Counter(found) == Counter(many)
    assert len(ledger.asked) == 3


def reply(*texts: str, found: object = None) -> bytes:
    count = len(texts) if found is None else found
    return http(200, f'{{"found":{count},"moreAvailable":"false","transactions":[{",".join(texts)}]}}')


ODD: dict[str, str] = {
    "no ID": '{"transactionDate":1}',
    "an ID that is none": '{"id":"a b","transactionDate":1}',
    "a number": "17",
    "null": "null",
    "a list": '[{"id":1}]',
    "dates that are none": '{"id":1,"transactionDate":"soon","postedDate":{}}',
    "no date": '{"id":1,"accountId":"2"}',
    "repeated members": '{"id":1,"id":2}',
    "not ASCII": '{"id":1,"description":"Żółć 😀 \\u2028 \\u00e9\\/"}',
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_what_is_no_transaction_is_written_as_it_came(odd: str, vendor: Vendor) -> None:
    others = [row(1, account=7), row(2)]
    vendor.answer = lambda _: reply(others[0], odd, others[1])
    give("1005061234")
    assert fetch_days() == ALL_FETCHED
    (found,) = texts().values()
    assert Counter(found) == Counter([*others, odd])


def test_reply_with_line_breaks_and_bad_texts_makes_one_line(vendor: Vendor) -> None:
    body = b'{\n"found": 2, "transactions": [\n{"id": 1,\r\n"a": 1.50},{"id": 2, "b": "\xff"},{"c":"\\ud83d"}]}'
    vendor.answer = lambda _: http(200, body)
    give("1")
    assert fetch_days() == ALL_FETCHED
    (line,) = Path(OUTPUT).read_text(encoding="utf-8").splitlines()
    assert '{"id":1,"a":1.50}' in line
    assert {"b": "\ufffd", "id": 2} in json.loads(line)["transactions"]


def test_reply_without_a_body_is_a_customer_without_transactions(vendor: Vendor) -> None:
    vendor.answer = lambda _: http(204)
    give("1")
    assert fetch_days() == ALL_FETCHED
    (line,) = rows(OUTPUT)
    assert line["transactions"] == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"transactions":null}', b'{"transactions":[1,]}', b"<html>", b'{"transactions":[]}}']
)
def test_reply_without_a_list_of_transactions_is_a_failure(body: bytes, vendor: Vendor) -> None:
    vendor.answer = lambda _: http(200, body)
    give("1")
    assert fetch_days() == SOME_FAILED
    assert Path(OUTPUT).read_bytes() == b""
    assert [(one["customerId"], one["error"]) for one in rows(ERRORS)] == [("1", "PayloadError")]


def test_customer_whose_second_page_fails_is_a_failure_and_no_half_line(vendor: Vendor) -> None:
    ledger = Ledger([row(number, customerId=2, second=NOW - DAY + number) for number in range(1_500)])

    def second_page_fails(received: Received) -> bytes:
        return ledger(received) if "fromDate=" in received.target and not ledger.asked else BUSY

    vendor.answer = lambda customer: second_page_fails if customer == "2" else http(204)
    numbered(3)
    assert fetch_days() == SOME_FAILED
    assert sorted(customers_in(OUTPUT)) == ["1", "3"]
    assert [(one["customerId"], one["error"], one["retryable"]) for one in rows(ERRORS)] == [("2", "ServerError", True)]
    vendor.answer = lambda _: ledger
    assert fetch_days("--retry-errors") == ALL_FETCHED
    assert {len(one["transactions"]) for one in rows(OUTPUT)} == {0, 1_500}


def by_key(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=itemgetter("accountId", "id"))


def test_transactions_of_the_sandbox_are_all_there(served: Sandbox) -> None:
    give(*served.customers)
    assert fetch_days() == ALL_FETCHED
    lines = rows(OUTPUT)
    for line in lines:
        held = [one for one in served.transactions(line["customerId"]) if one["status"] != "pending"]
        dated = [(one.get("transactionDate") or one["postedDate"], one) for one in held]
        inside = [one for date, one in dated if line["fromDate"] <= date <= line["toDate"]]
        assert by_key(line["transactions"]) == by_key(inside)
    assert len(lines) == len(served.customers)
    assert any(line["transactions"] for line in lines)


@pytest.mark.parametrize("output", [OUTPUT, f"{OUTPUT}.gz"])
@pytest.mark.parametrize("option", ["--resume", "--retry-errors"])
def test_file_of_accounts_is_not_gone_on_with_for_transactions(
    output: str, option: str, vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    first_run(vendor, output)
    content = Path(output).read_bytes()
    assert fetch_days(option, output=output) == UNUSABLE
    assert f"{output} has a line without transactions, of another fetch" in " ".join(capsys.readouterr().err.split())
    assert Path(output).read_bytes() == content
    assert vendor.asked == []


def test_file_of_transactions_is_not_gone_on_with_for_accounts(
    vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    vendor.answer = lambda _: http(204)
    numbered(2)
    assert fetch_days() == ALL_FETCHED
    vendor.asked.clear()
    assert fetch("--resume") == UNUSABLE
    assert f"{OUTPUT} has a line without accounts" in capsys.readouterr().err
    assert fetch_days("--resume") == ALL_FETCHED
    assert vendor.asked == []


@pytest.mark.parametrize("days", ["0", "-1", "many", "30000", "9" * 30])
def test_days_that_do_not_fit_end_with_2(days: str, vendor: Vendor, capsys: pytest.CaptureFixture[str]) -> None:
    numbered(1)
    assert fetch("--transactions", days) == UNUSABLE
    out, err = capsys.readouterr()
    assert err
    assert "Traceback" not in out + err
    assert vendor.asked == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
@pytest.mark.parametrize("output", [OUTPUT, f"{OUTPUT}.gz"])
def test_killed_at_some_moments_and_resumed_it_neither_loses_nor_repeats_a_transaction(
    output: str, vendor: Vendor
) -> None:
    random = Random(6)
    ids = numbered(500)
    end = math.inf
    held = {one: [row(place, customerId=int(one), second=NOW - DAY) for place in range(int(one) % 4)] for one in ids}

    def answer(customer: str) -> Answer:
        if len(vendor.asked) > end:
            return Hang()  # pragma: no cover -- reached where the kill comes late
        response = {"7": MISSING, "9": BROKEN}.get(customer[-2:].lstrip("0"), reply(*held[customer]))
        return Later(0.003, response)

    vendor.answer = answer
    line = f"fetch ids.txt -o {output} --transactions 15 --limit 8 --resume"
    with forks() as (start, exit_code):
        for _ in range(6):
            moment = len(vendor.asked) + random.randint(1, 60)
            end = moment + 20
            pid = start(line)
            wait_until(lambda moment=moment: len(vendor.asked) >= moment)  # type: ignore[misc]  # -- bound for the loop
            os.kill(pid, signal.SIGKILL)
            assert exit_code() == -signal.SIGKILL
        end = math.inf
        start(line)
        assert exit_code() == SOME_FAILED
    assert_each_once(ids, output)
    assert Counter(customers_in(ERRORS)) == Counter(one for one in ids if one[-2:] in {"7", "07", "9", "09"})
    assert texts(output) == {one: held[one] for one in customers_in(output)}
