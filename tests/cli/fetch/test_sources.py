"""Where the command ``fetch`` takes its IDs from: files, columns, pipes and standard input."""

import asyncio
import csv
import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from finicity_async.cli.commands import FAILED, UNUSABLE
from finicity_async.cli.fetching import ALL_FETCHED, SOME_FAILED, Fetch
from finicity_async.cli.lines import LineFile
from tests.cli.fetch.raw_vendor import (
    ERRORS,
    OUTPUT,
    Stdin,
    Vendor,
    assert_each_once,
    command,
    fetch,
    give,
    line_of,
    needs_signals,
    numbered,
    rows,
    wait_until,
)

LISTS: dict[str, tuple[bytes, list[str]]] = {
    "plain": (b"1\n2\n3\n", ["1", "2", "3"]),
    "no last newline": (b"1\n2", ["1", "2"]),
    "CRLF": (b"1\r\n2\r\n", ["1", "2"]),
    "blank lines": (b"\n1\n\n  \n2\n\n", ["1", "2"]),
    "spaces around": (b" 1 \n\t2\n", ["1", "2"]),
    "BOM": (b"\xef\xbb\xbf1\n2\n", ["1", "2"]),
    "duplicates": (b"1\n2\n1\n1\n", ["1", "2"]),
    "letters": (b"a-B_9\n", ["a-B_9"]),
    "words": (b"Ann\nBob\n1\n", ["1", "Ann", "Bob"]),
    "one word": (b"Ann\n", ["Ann"]),
    "quoted": (b'"1"\r\n"2"\r\n', ["1", "2"]),
    "some quoted": (b'\xef\xbb\xbf""\n"Ann"\n Bob\n" 1 "\n', ["1", "Ann", "Bob"]),
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


@pytest.mark.parametrize("line", ['"1', '1"', '"1"2"', "'1'", '"1","Ann"', "1,Ann"])
def test_a_line_that_is_no_id_is_a_failure_and_nothing_is_sent_for_it(line: str, vendor: Vendor) -> None:
    Path("ids.txt").write_text(f'"7"\n{line}\n')
    assert fetch() == SOME_FAILED
    assert vendor.asked == ["7"]
    (failure,) = rows(ERRORS)
    assert (failure["customerId"], failure["error"]) == (line, "ConfigurationError")
    assert "an ID is a number or text of ASCII letters" in failure["text"]


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


def test_customers_in_the_first_line_are_not_told_as_headings(
    vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("ids.csv").write_bytes(b"1005061234,Ann Smith\n")
    assert fetch("--column", "id", ids="ids.csv") == UNUSABLE
    err = capsys.readouterr().err
    assert "there is no column 'id': the first line is no heading" in err
    assert "Ann" not in err
    assert not vendor.asked
    assert vendor.asked == []


HEADINGS = {
    "columns": (
        b"id,username\n1,Ann\n",
        "is a CSV: name the column of the IDs with --column. The columns are: id, username",
    ),
    "BOM, CRLF, quotes": (b'\xef\xbb\xbf"id","name, full"\r\n1,Ann\r\n', "The columns are: id, name, full"),
    "a heading and no row": (b"name,id\n", "The columns are: name, id"),
    "no heading": (b"1,Ann\n2,Bob\n", "has several columns and no heading. Give one ID on each line"),
    "semicolons": (b"id;name\n1;Ann\n", "has columns that no comma separates. Give one ID on each line"),
    "tabs": (b"id\tname\n1\tAnn\n", "has columns that no comma separates. Give one ID on each line"),
    "one column": (b"\nid\n1\n2\n", "begins with the heading 'id': say --column 'id'"),
    "one column, quoted": (
        b'"Customer ID"\n"1"\n',
        "begins with the heading 'Customer ID': say --column 'Customer ID'",
    ),
}


@pytest.mark.parametrize("source", ["ids.csv", "-"], ids=["file", "stdin"])
@pytest.mark.parametrize(("content", "told"), HEADINGS.values(), ids=HEADINGS)
def test_csv_without_a_column_asks_for_it_and_fetches_nothing(
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
    assert fetch(ids=source) == UNUSABLE
    err = capsys.readouterr().err
    assert f"IDs: {source} " in err
    assert told in err
    assert "Ann" not in err
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
        assert process.wait(timeout=60) == 128 + number
        assert process.stderr is not None
        assert b"Fatal" not in process.stderr.read()


def test_memory_grows_by_the_customers_and_by_nothing_else() -> None:
    """A resumed run of millions: whom to leave out is known once, and not once for each file."""
    old = give(*map(str, range(1_000_000_000, 1_000_020_000)))
    Path(OUTPUT).write_bytes(b"".join(map(line_of, old)))
    ids = give(*old, *map(str, range(2_000_000_000, 2_000_020_000)))
    with LineFile(OUTPUT, resume=True) as output, LineFile(ERRORS, resume=True, failures_of=OUTPUT) as errors:
        run = Fetch("ids.txt", None, len(ids), output, errors, ())
        tracemalloc.start()
        try:
            given = asyncio.run(_count(run._todo()))
            grown, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert given == 20_000
    assert grown / given < 140


async def _count(given: AsyncIterator[str]) -> int:
    return len([None async for _ in given])
