"""What ``fetch`` tells while it runs and at its end, and the limits that it keeps."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from finicity_async import AsyncSession
from finicity_async.cli.fetching import ALL_FETCHED, SOME_FAILED
from tests.cli.fetch.raw_vendor import (
    BROKEN,
    BUSY,
    ERRORS,
    MISSING,
    OUTPUT,
    Vendor,
    assert_each_once,
    command,
    fetch,
    first_run,
    give,
    numbered,
    reply_of,
    rows,
)
from tests.support.servers import Answer, Later, http

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


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
        f"The failures are in {ERRORS}; --retry-errors takes them again.",
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
