"""The command ``fetch``, run on raw servers and on a sandbox that other threads serve."""

import asyncio
import csv
import gzip
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import AllCalls
from servers import Answer, Close, Hang, Later, RawServer, Received, http

from finicity_async import AsyncSession, Sandbox
from finicity_async.cli.commands import FAILED, UNUSABLE, run
from finicity_async.cli.fetching import ALL_FETCHED, SOME_FAILED, default_errors_path
from finicity_async.cli.lines import LineFile

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
MISSING = http(404, {"code": 14001, "message": "Customer not found"})
BROKEN = http(200, b'{"accounts": [{"id": "1"')
BUSY = http(503, b"<html>busy</html>")
REFUSED = http(401, {"code": 10001, "message": "Invalid token"})
OUTPUT, ERRORS = "accounts.ndjson", "accounts.errors.ndjson"

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="needs signals to threads")
needs_full_disk = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


def array_of(customer: str) -> str:
    return f'[{{"id":"5{customer}","balance":12345678901234567.890}}]'


def line_of(customer: str) -> bytes:
    return f'{{"customerId":"{customer}","accounts":{array_of(customer)}}}\n'.encode()


def reply_of(customer: str) -> bytes:
    return http(200, f'{{"accounts":{array_of(customer)}}}')


class Vendor(RawServer):
    """
    A raw server on a thread and loop of its own, which answers by the customer who is asked for.

    ``asked`` holds the customers in the order of their requests, ``most`` the most requests at a time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answer: Callable[[str], Answer] = reply_of
        self.asked: list[str] = []
        self.most = self._now = 0

    async def _answer(self, received: Received, writer: asyncio.StreamWriter) -> bool:
        customer = received.target.split("/")[4]
        self.asked.append(customer)
        self._now += 1
        self.most = max(self.most, self._now)
        self._answers = [self.answer(customer)]
        try:
            return await super()._answer(received, writer)
        finally:
            self._now -= 1

    @contextmanager
    def served(self) -> Iterator[None]:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        asyncio.run_coroutine_threadsafe(self.__aenter__(), loop).result()
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(self.__aexit__(None, None, None), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


@pytest.fixture(autouse=True)
def workplace(no_credentials: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in an empty folder, and wait next to nothing before a retry."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("finicity_async._pipeline.retrying._BASE", 0.001)
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def vendor(workplace: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    """Return a server that the command finds through the environment."""
    vendor = Vendor()
    with vendor.served():
        monkeypatch.setenv("FINICITY_APP_KEY", "test-app-key")
        monkeypatch.setenv("FINICITY_APP_TOKEN", "test-app-token")
        monkeypatch.setenv("FINICITY_BASE_URL", vendor.url)
        yield vendor


def give(*customers: str) -> list[str]:
    """Write the file of IDs and return them."""
    Path("ids.txt").write_text("".join(f"{one}\n" for one in customers), encoding="utf-8")
    return list(customers)


def numbered(last: int) -> list[str]:
    return give(*map(str, range(1, last + 1)))


def fetch(*options: str, ids: str = "ids.txt", output: str = OUTPUT) -> int:
    return run(["fetch", ids, "-o", output, *options])


def unpacked(path: str) -> bytes:
    content = Path(path).read_bytes()
    return gzip.decompress(content) if path.endswith(".gz") else content


def rows(path: str) -> list[dict[str, Any]]:
    """Return the objects of a file that holds nothing but whole lines of JSON."""
    content = unpacked(path)
    assert content == b"" or content.endswith(b"\n")
    return [json.loads(line) for line in content.splitlines()]


def customers_in(path: str) -> list[str]:
    return [row["customerId"] for row in rows(path)]


def assert_each_once(ids: Iterable[str], output: str = OUTPUT, errors: str = ERRORS) -> None:
    """Every customer is in exactly one of the two files, and there once."""
    assert sorted(customers_in(output) + customers_in(errors)) == sorted(ids)


def files() -> set[str]:
    return {path.name for path in Path().iterdir()}


class Stdin:
    """A stdin that is a pipe."""

    def __init__(self) -> None:
        self._ours, self._theirs = os.pipe()

    def fileno(self) -> int:
        return self._ours

    def give(self, content: bytes) -> None:
        """Write what fits in a pipe."""
        assert os.write(self._theirs, content) == len(content)

    def end(self) -> None:
        """Close the pipe to whoever reads."""
        os.close(self._theirs)

    def close(self) -> None:
        """Close the pipe, which the test may have ended."""
        with suppress(OSError):
            self.end()
        os.close(self._ours)


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stdin]:
    """Return a stdin for the command, which says nothing yet."""
    stdin = Stdin()
    monkeypatch.setattr(sys, "stdin", stdin)
    yield stdin
    stdin.close()


@pytest.fixture
def type_in(stdin: Stdin) -> Callable[[bytes], None]:
    """Return what puts bytes into stdin and ends it."""

    def give(content: bytes) -> None:
        stdin.give(content)
        stdin.end()

    return give


def wait_until(condition: Callable[[], object], seconds: int = 60) -> None:
    left = iter(range(200 * seconds, 0, -1))
    while not condition():
        assert next(left, 0), "what was waited for did not come"
        time.sleep(0.005)


def main_thread() -> int:
    main = threading.main_thread().ident
    assert main is not None
    return main


# Where the IDs come from

LISTS: dict[str, tuple[bytes, list[str]]] = {
    "plain": (b"1\n2\n3\n", ["1", "2", "3"]),
    "no last newline": (b"1\n2", ["1", "2"]),
    "CRLF": (b"1\r\n2\r\n", ["1", "2"]),
    "blank lines": (b"\n1\n\n  \n2\n\n", ["1", "2"]),
    "spaces around": (b" 1 \n\t2\n", ["1", "2"]),
    "BOM": (b"\xef\xbb\xbf1\n2\n", ["1", "2"]),
    "duplicates": (b"1\n2\n1\n1\n", ["1", "2"]),
    "letters": (b"a-B_9\n", ["a-B_9"]),
    "nothing": (b"", []),
    "BOM and nothing": (b"\xef\xbb\xbf", []),
}
TABLES: dict[str, tuple[bytes, list[str]]] = {
    "plain": (b"name,id\nAnn,1\nBob,2\n", ["1", "2"]),
    "quoted": (b'id,name\n"1","Smith, ""Al""\nand Co"\n"2",x\n', ["1", "2"]),
    "quoted heading": (b'"name","id"\r\n"Ann","1"\r\n', ["1"]),
    "empty cells and short rows": (b"name,id\nAnn,\nBob\nCy, \n\nDee,4\n", ["4"]),
    "long rows": (b"id,name\n1,Ann,more\n", ["1"]),
    "BOM": (b"\xef\xbb\xbfid,name\n1,Ann\n", ["1"]),
    "duplicates": (b"id\n1\n1\n", ["1"]),
    "headings alone": (b"name,id\n", []),
}


@pytest.mark.parametrize("source", ["ids.txt", "-"], ids=["file", "stdin"])
@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        *(pytest.param(content, [], ids, id=f"list, {name}") for name, (content, ids) in LISTS.items()),
        *(pytest.param(content, ["--column", "id"], ids, id=f"CSV, {name}") for name, (content, ids) in TABLES.items()),
    ],
)
def test_each_id_of_a_source_is_fetched_once(
    *,
    source: str,
    content: bytes,
    options: list[str],
    expected: list[str],
    vendor: Vendor,
    type_in: Callable[[bytes], None],
) -> None:
    Path("ids.txt").write_bytes(content)
    type_in(content)
    assert fetch(*options, ids=source) == ALL_FETCHED
    assert sorted(vendor.asked) == expected
    assert sorted(Path(OUTPUT).read_bytes().splitlines(keepends=True)) == [line_of(one) for one in expected]
    assert Path(ERRORS).read_bytes() == b""


@pytest.mark.parametrize("source", ["ids.csv", "-"])
@pytest.mark.parametrize(
    ("content", "told"), [(b"name,customer\nAnn,1\n", "name, customer"), (b"", "none")], ids=["others", "empty"]
)
def test_missing_column_is_named_beside_those_that_are_there(
    *,
    source: str,
    content: bytes,
    told: str,
    vendor: Vendor,
    capsys: pytest.CaptureFixture[str],
    type_in: Callable[[bytes], None],
) -> None:
    Path("ids.csv").write_bytes(content)
    type_in(content)
    assert fetch("--column", "id", ids=source) == UNUSABLE
    assert f"there is no column 'id'; the columns are: {told}" in capsys.readouterr().err
    assert vendor.asked == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("nowhere.txt", "nowhere.txt cannot be read: No such file or directory"),
        ("folder", "folder cannot be read: Is a directory"),
        ("latin.txt", "latin.txt cannot be read: not UTF-8"),
        ("-", "- cannot be read: not UTF-8"),
    ],
)
@pytest.mark.parametrize("options", [[], ["--column", "id"]], ids=["list", "CSV"])
def test_source_that_cannot_be_read_is_named(
    *,
    source: str,
    told: str,
    options: list[str],
    vendor: Vendor,
    capsys: pytest.CaptureFixture[str],
    type_in: Callable[[bytes], None],
) -> None:
    Path("folder").mkdir()
    Path("latin.txt").write_bytes(b"id\n1\nM\xfcller\n")
    type_in(b"id\n1\nM\xfcller\n")
    assert fetch(*options, ids=source) == UNUSABLE
    out, err = capsys.readouterr()
    assert told in err
    assert "Traceback" not in out + err
    assert vendor.asked == []


def test_csv_with_a_quote_that_never_ends_is_refused(vendor: Vendor, capsys: pytest.CaptureFixture[str]) -> None:
    Path("ids.txt").write_text('id,name\n1,"Ann\n' + "2,Bob\n" * (csv.field_size_limit() // 5), encoding="utf-8")
    assert fetch("--column", "id") == UNUSABLE
    assert "ids.txt cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(("stream", "ids", "output"), [("stdin", "-", OUTPUT), ("stdout", "ids.txt", "-")])
def test_closed_stream_is_refused_with_a_message(
    *,
    stream: str,
    ids: str,
    output: str,
    vendor: Vendor,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbered(1)
    monkeypatch.setattr(sys, stream, None)
    assert fetch(ids=ids, output=output) in {FAILED, UNUSABLE}
    assert stream in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="needs a named pipe")
@pytest.mark.parametrize(("content", "options"), [(b"1\n2\n", []), (b"id\n1\n2\n", ["--column", "id"])])
def test_named_pipe_is_read_once(content: bytes, options: list[str], vendor: Vendor) -> None:
    os.mkfifo("ids.fifo")
    writer = threading.Thread(target=Path("ids.fifo").write_bytes, args=(content,))
    writer.start()
    assert fetch(*options, ids="ids.fifo") == ALL_FETCHED
    writer.join()
    assert_each_once(["1", "2"])


@pytest.mark.parametrize("odd", ["../1", "1 2", "1/accounts", "{1}", 'a"b', "a\\b", "Ł", "\x00"])
def test_id_that_the_vendor_does_not_take_is_a_failure_of_its_own(odd: str, vendor: Vendor) -> None:
    ids = give("1", odd, "2")
    assert fetch() == SOME_FAILED
    (row,) = rows(ERRORS)
    assert (row["customerId"], row["error"], row["code"]) == (odd, "ConfigurationError", None)
    assert sorted(vendor.asked) == ["1", "2"]
    assert fetch("--resume") in {ALL_FETCHED, SOME_FAILED}
    assert_each_once(ids)


def test_customers_are_fetched_while_stdin_says_nothing(vendor: Vendor, stdin: Stdin) -> None:
    seen: list[int] = []

    def look() -> None:
        with suppress(AssertionError):
            wait_until(lambda: len(vendor.asked) == 3 and Path(OUTPUT).read_bytes().count(b"\n") == 3, seconds=5)
        seen.append(len(vendor.asked))
        stdin.end()

    stdin.give(b"1\n2\n3\n")
    thread = threading.Thread(target=look)
    thread.start()
    assert fetch(ids="-") == ALL_FETCHED
    thread.join()
    assert seen == [3]


@needs_signals
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_while_stdin_says_nothing_ends_the_command_and_its_process(
    number: signal.Signals, vendor: Vendor
) -> None:
    with subprocess.Popen(command("-", "-o", OUTPUT), stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603 -- ours
        assert process.stdin is not None
        process.stdin.write(b"1\n2\n3\n")
        process.stdin.flush()
        wait_until(lambda: len(vendor.asked) == 3 and Path(OUTPUT).read_bytes().count(b"\n") == 3)
        process.send_signal(number)
        assert process.wait(timeout=30) == 128 + number
        assert process.stderr is not None
        assert b"Fatal" not in process.stderr.read()


# The line of a customer

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


# Failures

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


# Exit codes

UNFIT: dict[str, list[str]] = {
    "no output": ["fetch", "ids.txt"],
    "no IDs": ["fetch", "-o", OUTPUT],
    "no such option": ["fetch", "ids.txt", "-o", OUTPUT, "--force"],
    "limit 0": ["fetch", "ids.txt", "-o", OUTPUT, "--limit", "0"],
    "limit below 0": ["fetch", "ids.txt", "-o", OUTPUT, "--limit", "-1"],
    "limit a word": ["fetch", "ids.txt", "-o", OUTPUT, "--limit", "many"],
    "rate 0": ["fetch", "ids.txt", "-o", OUTPUT, "--rate", "0"],
    "rate nan": ["fetch", "ids.txt", "-o", OUTPUT, "--rate", "nan"],
    "a pipe resumed": ["fetch", "ids.txt", "-o", "-", "--resume"],
    "a pipe retried": ["fetch", "ids.txt", "-o", "-", "--retry-errors"],
    "output a folder": ["fetch", "ids.txt", "-o", "folder"],
    "output a folder, resumed": ["fetch", "ids.txt", "-o", "folder", "--resume"],
    "errors a folder": ["fetch", "ids.txt", "-o", OUTPUT, "--errors", "folder"],
    "errors a folder, retried": ["fetch", "ids.txt", "-o", OUTPUT, "--errors", "folder", "--retry-errors"],
    "output in no folder": ["fetch", "ids.txt", "-o", "nowhere/accounts.ndjson"],
    "gzip output in no folder": ["fetch", "ids.txt", "-o", "nowhere/accounts.ndjson.gz"],
    "errors in no folder": ["fetch", "ids.txt", "-o", OUTPUT, "--errors", "nowhere/errors.ndjson"],
}


@pytest.mark.parametrize("arguments", UNFIT.values(), ids=UNFIT)
def test_fetch_that_does_not_fit_ends_with_2(
    arguments: list[str], vendor: Vendor, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("folder").mkdir()
    give("1")
    assert run(arguments) == UNUSABLE
    out, err = capfd.readouterr()
    assert err
    assert "Traceback" not in out + err
    assert vendor.asked == []


@pytest.mark.parametrize("output", [OUTPUT, f"{OUTPUT}.gz"])
def test_without_credentials_the_variables_are_named_and_the_next_run_may_write(
    output: str, vendor: Vendor, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    give("1")
    with monkeypatch.context() as without:
        without.delenv("FINICITY_APP_KEY")
        assert fetch(output=output) == UNUSABLE
    assert "FINICITY_APP_KEY" in capsys.readouterr().err
    assert fetch(output=output) == ALL_FETCHED
    assert unpacked(output) == line_of("1")


def test_refused_credentials_end_with_1_and_what_was_written_stays(
    vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    vendor.answer = lambda customer: REFUSED if customer == "6" else reply_of(customer)
    ids = numbered(20)
    assert fetch("--limit", "1") == FAILED
    err = capsys.readouterr().err
    assert "AuthenticationError: GetCustomerAccounts was answered 401" in err
    assert "Traceback" not in err
    assert customers_in(OUTPUT) == ids[:5]
    assert vendor.asked == ids[:6]
    vendor.answer = reply_of
    assert fetch("--resume") == ALL_FETCHED
    assert_each_once(ids)


def test_refused_login_ends_with_1_after_one_login(
    served: Sandbox, journal: AllCalls, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINICITY_PARTNER_SECRET", "wrong")
    give(*served.customers)
    assert fetch() == FAILED
    assert "AuthenticationError" in capsys.readouterr().err
    assert len(journal) == 1


# Going on


def first_run(vendor: Vendor, output: str = OUTPUT, errors: str = ERRORS) -> list[str]:
    """Fetch ten customers, of whom 3 and 7 are missing, and forget the requests."""
    vendor.answer = lambda customer: MISSING if customer in {"3", "7"} else reply_of(customer)
    ids = numbered(10)
    assert fetch("--limit", "1", "--errors", errors, output=output) == SOME_FAILED
    assert_each_once(ids, output, errors)
    vendor.asked.clear()
    return ids


@pytest.mark.parametrize("output", [OUTPUT, f"{OUTPUT}.gz"])
@pytest.mark.parametrize("errors", ["errors.ndjson", "errors.ndjson.gz"])
def test_nothing_is_fetched_twice_when_resumed(output: str, errors: str, vendor: Vendor) -> None:
    first_run(vendor, output, errors)
    ids = numbered(15)
    assert fetch("--resume", "--errors", errors, output=output) in {ALL_FETCHED, SOME_FAILED}
    assert sorted(vendor.asked) == sorted(ids[10:])
    assert_each_once(ids, output, errors)
    assert customers_in(errors) == ["3", "7"]


def test_resumed_run_ends_with_3_while_customers_stand_in_the_file_of_errors(vendor: Vendor) -> None:
    first_run(vendor)
    numbered(15)
    assert fetch("--resume") == SOME_FAILED


@pytest.mark.parametrize("option", ["--resume", "--retry-errors"])
def test_going_on_with_nothing_is_a_first_run(option: str, vendor: Vendor) -> None:
    ids = numbered(3)
    assert fetch(option) == ALL_FETCHED
    assert_each_once(ids)


@pytest.mark.parametrize("torn", [OUTPUT, ERRORS])
@pytest.mark.parametrize("left", [1, 12, 16, 30, -1], ids=lambda left: f"{left} bytes left")
def test_half_written_last_line_is_mended(torn: str, left: int, vendor: Vendor) -> None:
    ids = first_run(vendor)
    *whole, last = Path(torn).read_bytes().splitlines(keepends=True)
    Path(torn).write_bytes(b"".join(whole) + last[:left])
    assert fetch("--resume") in {ALL_FETCHED, SOME_FAILED}
    assert vendor.asked == [json.loads(last)["customerId"]]
    assert_each_once(ids)


def test_half_written_error_is_taken_again_with_the_other_failures(vendor: Vendor) -> None:
    ids = first_run(vendor)
    Path(ERRORS).write_bytes(Path(ERRORS).read_bytes()[:-20])
    assert fetch("--retry-errors") == SOME_FAILED
    assert sorted(vendor.asked) == ["3", "7"]
    assert_each_once(ids)


@pytest.mark.parametrize("cut", [1, 8, 9, 20, 60, -1, -5, -11], ids=lambda cut: f"cut {cut}")
@pytest.mark.parametrize("option", ["--resume", "--retry-errors"])
def test_gzip_file_with_a_torn_end_is_mended(cut: int, option: str, vendor: Vendor) -> None:
    output = f"{OUTPUT}.gz"
    ids = first_run(vendor, output)
    Path(output).write_bytes(Path(output).read_bytes()[:-cut])
    assert fetch(option, output=output) in {ALL_FETCHED, SOME_FAILED}
    assert_each_once(ids, output)
    assert files() == {"ids.txt", output, ERRORS}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such modes")
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_going_on_shows_the_files_to_nobody_else_and_keeps_links(ending: str, vendor: Vendor) -> None:
    output, errors = f"{OUTPUT}{ending}", f"{ERRORS}{ending}"
    first_run(vendor, output, errors)
    Path("kept").mkdir()
    for name in (output, errors):
        Path(name).rename(f"kept/{name}")
        Path(f"kept/{name}").chmod(0o600)
        Path(name).symlink_to(f"kept/{name}")
    seen: list[int] = []

    def answer(customer: str) -> Answer:
        seen.append(Path(f"{errors}.again").stat().st_mode & 0o777)
        return reply_of(customer)

    vendor.answer = answer
    assert fetch("--retry-errors", "--errors", errors, output=output) == ALL_FETCHED
    assert seen == [0o600, 0o600]
    for name in (output, errors):
        assert Path(name).is_symlink()
        assert Path(f"kept/{name}").stat().st_mode & 0o777 == 0o600
    assert len(customers_in(f"kept/{output}")) == 10
    assert {path.name for path in Path("kept").iterdir()} == {output, errors}


@pytest.mark.parametrize("output", [OUTPUT, f"{OUTPUT}.gz"])
def test_file_resumed_again_and_again_stays_whole(output: str, vendor: Vendor) -> None:
    for last in range(1, 6):
        ids = numbered(last)
        assert fetch("--resume", output=output) == ALL_FETCHED
    assert vendor.asked == ids
    assert unpacked(output) == b"".join(map(line_of, ids))


FOREIGN: dict[str, bytes] = {
    "text": b"notes\nmore notes\n",
    "text without a line's end": b"all my notes",
    "other JSON": b'{"id":"1"}\n',
    "other JSON without a line's end": b'{"id":"1"}',
    "a number": b"17\n",
    "a list": b'["customerId"]\n',
    "not UTF-8": b"\xff\xfe\n",
    "ours, then text": line_of("1") + b"notes\n" + line_of("2"),
    "ours, then text without a line's end": line_of("1") + b"notes",
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("foreign", [OUTPUT, ERRORS])
@pytest.mark.parametrize("option", ["--resume", "--retry-errors"])
def test_file_with_foreign_content_is_refused_and_untouched(
    content: bytes, foreign: str, option: str, vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    numbered(3)
    Path(foreign).write_bytes(content)
    assert fetch(option) == UNUSABLE
    assert foreign in capsys.readouterr().err
    assert Path(foreign).read_bytes() == content
    assert vendor.asked == []


@pytest.mark.parametrize(
    "content",
    [b"notes\n", b"notes", line_of("1"), gzip.compress(b"notes\n"), gzip.compress(line_of("1") + b"notes\n")],
    ids=["text", "text without a line's end", "ours, not gzip", "gzip of text", "gzip of ours, then text"],
)
def test_gzip_file_with_foreign_content_is_refused_and_untouched(
    content: bytes, vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    output = f"{OUTPUT}.gz"
    numbered(3)
    Path(output).write_bytes(content)
    assert fetch("--resume", output=output) == UNUSABLE
    assert output in capsys.readouterr().err
    assert Path(output).read_bytes() == content
    assert files() <= {"ids.txt", output, ERRORS}
    assert vendor.asked == []


@pytest.mark.parametrize("output", [OUTPUT, f"{OUTPUT}.gz"])
@pytest.mark.parametrize("kept", ["output", "errors"])
def test_existing_file_is_refused_and_untouched_without_resume(
    output: str, kept: str, vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    first_run(vendor, output)
    capsys.readouterr()
    path = Path(output if kept == "output" else ERRORS)
    Path(ERRORS if kept == "output" else output).unlink()
    content = path.read_bytes()
    assert fetch(output=output) == UNUSABLE
    err = " ".join(capsys.readouterr().err.split())
    assert f"{path} exists" in err
    assert "--resume" in err
    assert path.read_bytes() == content
    assert vendor.asked == []


def test_existing_empty_file_is_written_to(vendor: Vendor) -> None:
    Path(OUTPUT).touch()
    numbered(1)
    assert fetch() == ALL_FETCHED
    assert Path(OUTPUT).read_bytes() == line_of("1")


@pytest.mark.parametrize("output", [OUTPUT, f"{OUTPUT}.gz"])
@pytest.mark.parametrize("errors", ["errors.ndjson", "errors.ndjson.gz"])
def test_failed_customers_are_taken_again_and_leave_the_errors_when_they_succeed(
    output: str, errors: str, vendor: Vendor
) -> None:
    ids = first_run(vendor, output, errors)
    vendor.answer = lambda customer: BUSY if customer == "7" else reply_of(customer)
    assert fetch("--retry-errors", "--errors", errors, output=output) == SOME_FAILED
    assert set(vendor.asked) == {"3", "7"}
    assert [(row["customerId"], row["error"]) for row in rows(errors)] == [("7", "ServerError")]
    assert_each_once(ids, output, errors)
    vendor.answer = reply_of
    vendor.asked.clear()
    assert fetch("--retry-errors", "--errors", errors, output=output) == ALL_FETCHED
    assert vendor.asked == ["7"]
    assert rows(errors) == []
    assert_each_once(ids, output, errors)


def test_failed_customers_that_the_ids_lack_are_not_forgotten_by_a_retry(vendor: Vendor) -> None:
    ids = first_run(vendor)
    give("1", "3")
    assert fetch("--retry-errors") in {ALL_FETCHED, SOME_FAILED}
    assert_each_once(ids)


RETRIES_THAT_DO_NOT_FIT: dict[str, tuple[str, ...]] = {
    "limit 0": ("--limit", "0"),
    "missing column": ("--column", "id"),
}


@pytest.mark.parametrize("options", RETRIES_THAT_DO_NOT_FIT.values(), ids=RETRIES_THAT_DO_NOT_FIT)
def test_retry_that_does_not_fit_leaves_the_errors_untouched(options: tuple[str, ...], vendor: Vendor) -> None:
    first_run(vendor)
    content = Path(ERRORS).read_bytes()
    assert fetch("--retry-errors", *options) == UNUSABLE
    assert Path(ERRORS).read_bytes() == content


# A pipe


def test_lines_go_to_stdout_and_words_to_stderr(vendor: Vendor, capfd: pytest.CaptureFixture[str]) -> None:
    vendor.answer = lambda customer: MISSING if customer == "2" else reply_of(customer)
    numbered(3)
    assert fetch("--limit", "1", output="-") == SOME_FAILED
    out, err = capfd.readouterr()
    assert out.encode() == line_of("1") + line_of("3")
    assert "Fetched 2 customers, 1 failed" in err
    assert customers_in("errors.ndjson") == ["2"]
    assert files() == {"errors.ndjson", "ids.txt"}


def test_pipe_is_not_advised_what_is_refused_for_pipes(vendor: Vendor, capfd: pytest.CaptureFixture[str]) -> None:
    vendor.answer = lambda _: MISSING
    numbered(1)
    assert fetch(output="-") == SOME_FAILED
    assert fetch(output="-") == UNUSABLE
    assert "--re" not in capfd.readouterr().err


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "finicity_async", "fetch", *arguments]


def test_reader_that_has_seen_enough_ends_the_command_with_a_message(vendor: Vendor) -> None:
    ids = numbered(3000)
    process = subprocess.Popen(command("ids.txt", "-o", "-"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603 -- ours
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["customerId"] in ids
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        err = process.stderr.read().decode()
    assert process.wait() == FAILED
    assert err.startswith("stdout: Broken pipe")
    assert len(err.splitlines()) == 1
    assert "--resume" not in err


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_head_takes_one_line_and_bash_sees_1(vendor: Vendor) -> None:
    numbered(3000)
    line = f"'{sys.executable}' -m finicity_async fetch - -o - < ids.txt | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=False)  # noqa: S603, S607 -- ours
    assert done.returncode == FAILED
    assert done.stdout.count(b"\n") == 1
    json.loads(done.stdout)
    assert b"Broken pipe" in done.stderr
    assert b"Traceback" not in done.stderr


# A full disk


@needs_full_disk
@pytest.mark.parametrize("full", ["output", "errors"])
def test_full_disk_ends_with_1_and_a_message(full: str, vendor: Vendor, capsys: pytest.CaptureFixture[str]) -> None:
    vendor.answer = lambda customer: MISSING if full == "errors" else reply_of(customer)
    numbered(5)
    output, errors = ("/dev/full", ERRORS) if full == "output" else (OUTPUT, "/dev/full")
    assert fetch("--errors", errors, output=output) == FAILED
    err = capsys.readouterr().err
    assert err.startswith("/dev/full: No space left on device")
    assert "--resume" in err
    assert "Traceback" not in err


@needs_full_disk
@pytest.mark.parametrize("accounts", [1, 4000], ids=["at the end", "on the way"])
def test_disk_that_is_full_for_a_gzip_file_ends_with_1_and_a_message(
    accounts: int, vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    random = Random(4)
    array = json.dumps([random.getrandbits(256) for _ in range(accounts)])
    vendor.answer = lambda _: http(200, f'{{"accounts":{array}}}')
    numbered(5)
    Path("full.ndjson.gz").symlink_to("/dev/full")
    assert fetch(output="full.ndjson.gz") == FAILED
    err = capsys.readouterr().err
    assert "full.ndjson.gz: No space left on device" in err
    assert "Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit of file sizes")
@pytest.mark.parametrize("output", [OUTPUT, f"{OUTPUT}.gz"])
def test_disk_that_fills_in_the_middle_of_a_line_is_gone_on_with(
    output: str, vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    import resource

    random = Random(4)
    vendor.answer = lambda _: http(200, f'{{"accounts":[{random.getrandbits(4096)}]}}')
    ids = numbered(100)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_001, limits[1]))
    try:
        assert fetch("--limit", "4", output=output) == FAILED
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert capsys.readouterr().err.startswith(f"{output}: File too large")
    assert fetch("--resume", output=output) == ALL_FETCHED
    assert_each_once(ids, output)


# kill -9

FORKS = """
import os, sys
from finicity_async.cli.commands import run
for line in sys.stdin:
    pid = os.fork()
    if not pid:
        os._exit(run(line.split()))
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
"""A process that has imported everything and forks for each command line, because a start takes a second."""


@contextmanager
def forks() -> Iterator[tuple[Callable[[str], int], Callable[[], int]]]:
    """Give what starts a command and returns its process ID, and what waits for its exit code."""
    process = subprocess.Popen(  # noqa: S603 -- ours
        [sys.executable, "-c", FORKS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        lines, written = process.stdout, process.stdin

        def start(line: str) -> int:
            written.write(f"{line}\n")
            return int(lines.readline())

        try:
            yield start, lambda: int(lines.readline())
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
@pytest.mark.parametrize("output", [OUTPUT, f"{OUTPUT}.gz"])
def test_killed_at_twenty_moments_and_resumed_it_neither_loses_nor_repeats_a_customer(
    output: str, vendor: Vendor
) -> None:
    random = Random(4)
    ids = numbered(2000)
    end = math.inf

    def answer(customer: str) -> Answer:
        if len(vendor.asked) > end:
            return Hang()  # pragma: no cover -- reached where the kill comes late
        response = MISSING if customer.endswith("50") else reply_of(customer)
        return Later(0.003, response)

    vendor.answer = answer
    line = f"fetch ids.txt -o {output} --limit 8 --resume"
    with forks() as (start, exit_code):
        for turn in range(20):
            moment = len(vendor.asked) + (random.randint(1, 60) if turn % 5 else 0)
            end = moment + 30
            pid = start(line)
            wait_until(lambda moment=moment: len(vendor.asked) >= moment)  # type: ignore[misc]  # -- bound for the loop
            time.sleep(random.uniform(0, 0.005))
            os.kill(pid, signal.SIGKILL)
            assert exit_code() == -signal.SIGKILL
        end = math.inf
        start(line)
        assert exit_code() == SOME_FAILED
    assert_each_once(ids, output)
    assert sorted(customers_in(ERRORS)) == sorted(one for one in ids if one.endswith("50"))
    expected = {line_of(one) for one in ids if not one.endswith("50")}
    assert set(unpacked(output).splitlines(keepends=True)) == expected
    assert files() == {"ids.txt", output, ERRORS}


# SIGINT and SIGTERM

BOTH_SIGNALS = pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])


@needs_signals
@BOTH_SIGNALS
@pytest.mark.parametrize("output", [OUTPUT, f"{OUTPUT}.gz"])
def test_signal_finishes_what_is_in_flight_and_stops(
    name: signal.Signals, output: str, vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    main = main_thread()

    def answer(customer: str) -> Answer:
        if len(vendor.asked) == 10:
            signal.pthread_kill(main, name)
        response = MISSING if customer == "10" else reply_of(customer)
        return Later(0.02, response)

    vendor.answer = answer
    ids = numbered(300)
    assert fetch("--limit", "4", output=output) == 128 + name
    err = capsys.readouterr().err
    assert f"Stopped by {name.name}; --resume goes on." in err
    assert "Traceback" not in err
    assert 10 <= len(vendor.asked) < 300
    assert_each_once(vendor.asked, output)
    vendor.answer = reply_of
    assert fetch("--resume", "--limit", "4", output=output) in {ALL_FETCHED, SOME_FAILED}
    assert Counter(vendor.asked) == Counter(ids)
    assert_each_once(ids, output)


@needs_signals
@pytest.mark.parametrize("names", [(signal.SIGINT, signal.SIGTERM), (signal.SIGTERM, signal.SIGINT)])
@pytest.mark.parametrize("terminal", [False, True])
def test_second_signal_ends_at_once_without_a_traceback(
    *,
    names: tuple[signal.Signals, signal.Signals],
    terminal: bool,
    vendor: Vendor,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    main = main_thread()
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm")

    def answer(customer: str) -> Answer:
        if len(vendor.asked) < 10:
            return reply_of(customer)
        if len(vendor.asked) == 10:
            for name in names:
                signal.pthread_kill(main, name)
        return Hang()

    vendor.answer = answer
    ids = numbered(300)
    assert fetch("--limit", "4") in {128 + name for name in names}
    out, err = capsys.readouterr()
    assert "Stopped" in err
    assert "Traceback" not in out + err
    assert err.count("\x1b[?25l") == err.count("\x1b[?25h") == terminal
    vendor.answer = reply_of
    assert fetch("--resume") == ALL_FETCHED
    assert_each_once(ids)


@needs_signals
@BOTH_SIGNALS
def test_signal_to_a_process_of_its_own_stops_it_with_128_and_the_number(name: signal.Signals, vendor: Vendor) -> None:
    started: list[int] = []

    def answer(customer: str) -> Answer:
        if len(vendor.asked) == 10:
            wait_until(lambda: started)
            os.kill(started[0], name)
        return reply_of(customer)

    vendor.answer = answer
    numbered(2000)
    process = subprocess.Popen(command("ids.txt", "-o", OUTPUT, "--limit", "4"), stderr=subprocess.PIPE, text=True)  # noqa: S603 -- ours
    started.append(process.pid)
    _, err = process.communicate()
    assert process.returncode == 128 + name
    assert "--resume" in err
    assert "Traceback" not in err
    assert_each_once(vendor.asked)


# Progress


def test_log_has_a_line_every_ten_seconds(
    vendor: Vendor, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = count(100.0, 0.5)
    monkeypatch.setattr("finicity_async.cli.progress.time", SimpleNamespace(perf_counter=lambda: next(seconds)))
    vendor.answer = lambda customer: MISSING if customer == "2" else reply_of(customer)
    numbered(50)
    assert fetch("--limit", "1") == SOME_FAILED
    out, err = capsys.readouterr()
    assert out == ""
    assert "\x1b" not in err
    assert err.splitlines()[:2] == ["20 of 50 customers, 2/s, 1 failed", "40 of 50 customers, 2/s, 1 failed"]
    assert err.splitlines()[2].startswith("Fetched 49 customers, 1 failed")


def test_short_run_has_no_line_but_the_summary(vendor: Vendor, capsys: pytest.CaptureFixture[str]) -> None:
    numbered(3)
    assert fetch() == ALL_FETCHED
    assert re.fullmatch(r"Fetched 3 customers, 0 failed, in [0-9.]+ s, [0-9]+/s\n", capsys.readouterr().err)


@pytest.fixture
def chatty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the log have a line for each customer."""
    monkeypatch.setattr("finicity_async.cli.progress._SECONDS_BETWEEN_LINES", 0.0)


@pytest.mark.usefixtures("chatty")
def test_log_counts_what_was_done_before(vendor: Vendor, capsys: pytest.CaptureFixture[str]) -> None:
    first_run(vendor)
    numbered(12)
    capsys.readouterr()
    fetch("--resume", "--limit", "1")
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(",")[0] for line in lines[:2]] == ["11 of 12 customers", "12 of 12 customers"]


@pytest.mark.usefixtures("chatty")
def test_log_counts_without_a_total_where_ids_come_from_stdin(
    vendor: Vendor, capsys: pytest.CaptureFixture[str], type_in: Callable[[bytes], None]
) -> None:
    type_in(b"1\n2\n")
    assert fetch("--limit", "1", ids="-") == ALL_FETCHED
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(",")[0] for line in lines[:2]] == ["1 customers", "2 customers"]


@pytest.mark.usefixtures("chatty")
def test_log_ends_with_all_of_all_where_ids_are_repeated(vendor: Vendor, capsys: pytest.CaptureFixture[str]) -> None:
    give("1", "2", "1", "2", "3")
    assert fetch("--limit", "1") == ALL_FETCHED
    assert capsys.readouterr().err.splitlines()[2].startswith("3 of 3 customers")


def frames(shown: str) -> list[str]:
    """Return every line that a terminal showed, without colours."""
    return [line.rstrip() for line in re.split(r"[\r\n]+", ESCAPES.sub("", shown)) if line.strip()]


def assert_bar(shown: str, columns: int, ids: int) -> None:
    """The last frame tells all: customers, rate, failures, time left; none is wider than the terminal."""
    assert "\x1b[?25l" in shown
    assert "\x1b[?25h" in shown
    bars = [line for line in frames(shown) if f"/{ids} " in line]
    assert max(map(len, bars)) <= columns
    assert re.fullmatch(rf"\s*{ids}/{ids} \S+ +[0-9]+/s 1 failed +(-:--:--|--:--|[0-9:]+)", bars[-1]), bars[-1]


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "TTY_COMPATIBLE"])
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_in_a_terminal_a_bar_tells_rate_failures_and_time_left(
    variable: str, columns: int, vendor: Vendor, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    vendor.answer = lambda customer: MISSING if customer == "2" else reply_of(customer)
    numbered(150)
    assert fetch() == SOME_FAILED
    out, err = capsys.readouterr()
    assert out == ""
    assert_bar(err, columns, 150)
    plain = " ".join(ESCAPES.sub("", err).split())
    assert "Fetched 149 customers, 1 failed" in plain
    assert "1 NotFoundError (14001)" in plain


@pytest.mark.parametrize(
    ("ids", "done", "told"), [("ids.txt", 10, "12/12 "), ("-", 10, "12/? "), ("-", 0, "12/? ")], ids=str
)
def test_bar_counts_what_was_done_before_and_does_without_a_total(
    *,
    ids: str,
    done: int,
    told: str,
    vendor: Vendor,
    capsys: pytest.CaptureFixture[str],
    type_in: Callable[[bytes], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if done:
        first_run(vendor)
    numbered(12)
    type_in(Path("ids.txt").read_bytes())
    monkeypatch.setenv("FORCE_COLOR", "1")
    capsys.readouterr()
    assert fetch("--resume", ids=ids) in {ALL_FETCHED, SOME_FAILED}
    assert any(line.strip().startswith(told) for line in frames(capsys.readouterr().err))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
@pytest.mark.parametrize("columns", [40, 132])
def test_bar_fits_a_real_terminal(columns: int, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    import pty
    import termios

    monkeypatch.delenv("COLUMNS")
    monkeypatch.setenv("TERM", "xterm")
    vendor.answer = lambda customer: MISSING if customer == "2" else reply_of(customer)
    numbered(150)
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    process = subprocess.Popen(command("ids.txt", "-o", OUTPUT), stdin=theirs, stderr=theirs)  # noqa: S603 -- ours
    os.close(theirs)
    shown = b""
    with suppress(OSError):
        while part := os.read(ours, 4096):
            shown += part
    os.close(ours)
    assert process.wait() == SOME_FAILED
    assert_bar(shown.decode(), columns, 150)


# The summary


def test_summary_counts_the_failures_by_kind_the_most_common_first(
    vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    answers: dict[str, Answer] = {"1": BUSY, "2": MISSING, "3": MISSING, "4": MISSING, "5": BROKEN, "6": BROKEN}
    vendor.answer = lambda customer: answers.get(customer) or reply_of(customer)
    numbered(8)
    assert fetch() == SOME_FAILED
    assert capsys.readouterr().err.splitlines()[1:] == [
        "  3 NotFoundError (14001)",
        "  2 PayloadError",
        "  1 ServerError",
        f"The failures stand in {ERRORS}; --retry-errors takes them again.",
    ]


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("name", ["a" * 100 + ".ndjson", "x [bold]y.ndjson", "[link=z].ndjson"])
def test_summary_names_the_errors_as_they_are_called(
    *,
    terminal: bool,
    name: str,
    vendor: Vendor,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm")
    vendor.answer = lambda _: MISSING
    numbered(1)
    assert fetch("--errors", name) == SOME_FAILED
    assert name in ESCAPES.sub("", capsys.readouterr().err)


@pytest.mark.parametrize("code", ["[/]", "[red]X", "[/nothing]"])
def test_code_with_brackets_is_shown_as_it_came(code: str, vendor: Vendor, capsys: pytest.CaptureFixture[str]) -> None:
    vendor.answer = lambda _: http(404, {"code": code, "message": "no"})
    numbered(1)
    assert fetch() == SOME_FAILED
    (row,) = rows(ERRORS)
    assert row["code"] == code
    assert f"1 NotFoundError ({code})" in capsys.readouterr().err


# Limits


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Note the options of every session that is made from the environment."""
    noted: list[dict[str, Any]] = []
    original = AsyncSession.from_env

    def from_env(**options: Any) -> AsyncSession:
        noted.append(options)
        return original(**options)

    monkeypatch.setattr(AsyncSession, "from_env", staticmethod(from_env))
    return noted


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], {"requests_per_second": None}),
        (["--rate", "500"], {"requests_per_second": 500.0}),
        (["--rate", "250.5", "--limit", "7"], {"requests_per_second": 250.5, "max_connections": 7}),
    ],
    ids=["none", "rate", "both"],
)
def test_rate_and_limit_reach_the_session(
    options: list[str], expected: dict[str, Any], vendor: Vendor, sessions: list[dict[str, Any]]
) -> None:
    numbered(2)
    assert fetch(*options) == ALL_FETCHED
    assert [{"requests_per_second": None, **one} for one in sessions] == [expected]


@pytest.mark.parametrize("limit", [1, 3, 150])
def test_no_more_customers_at_a_time_than_the_limit(limit: int, vendor: Vendor) -> None:
    vendor.answer = lambda customer: Later(0.01, reply_of(customer))
    ids = numbered(limit * 3)
    assert fetch("--limit", str(limit)) == ALL_FETCHED
    assert 1 <= vendor.most <= limit
    assert_each_once(ids)


def test_a_retry_that_was_killed_is_gone_on_with_by_the_next_run(vendor: Vendor) -> None:
    """What a retry has yet to take stands beside the file of errors; 3 was fetched before the kill, 7 was not."""
    ids = first_run(vendor)
    vendor.answer = reply_of
    line = Path(OUTPUT).read_bytes().splitlines(keepends=True)[0]
    with Path(OUTPUT).open("ab") as fetched:
        fetched.write(line.replace(b'{"customerId":"1"', b'{"customerId":"3"'))
    Path(ERRORS).write_bytes(b"")
    kept = Path(f"{ERRORS}.again")
    kept.write_text('{"customerId":"3"}\n{"customerId":"7"}\n', encoding="utf-8")
    assert fetch("--resume") == ALL_FETCHED
    assert vendor.asked == ["7"]
    assert_each_once(ids)
    assert not kept.exists()


@pytest.mark.parametrize("output", [OUTPUT, f"{OUTPUT}.gz"])
def test_second_run_on_the_same_files_is_refused_while_the_first_goes_on(
    output: str, vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    numbered(3)
    with LineFile(output, resume=True):
        assert fetch("--resume", output=output) == UNUSABLE
    assert "another run" in capsys.readouterr().err
    assert fetch("--resume", output=output) == ALL_FETCHED
    assert sorted(vendor.asked) == ["1", "2", "3"]


def test_retry_that_cannot_be_noted_leaves_the_errors_untouched(
    vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    first_run(vendor)
    content = Path(ERRORS).read_bytes()
    Path(f"{ERRORS}.again.new").mkdir()
    assert fetch("--retry-errors") == UNUSABLE
    assert "cannot be written" in capsys.readouterr().err
    assert Path(ERRORS).read_bytes() == content


def test_text_that_no_utf_8_can_hold_costs_no_customer(vendor: Vendor) -> None:
    numbered(1)
    vendor.answer = lambda _: http(200, b'{"accounts":[{"id":"1","name":"cut \\ud83d","balance":0.10}]}')
    assert fetch() == ALL_FETCHED
    (account,) = json.loads(Path(OUTPUT).read_text(encoding="utf-8"))["accounts"]
    assert account == {"id": "1", "name": "cut \ufffd", "balance": 0.1}
