"""Whose the files of ``fetch`` are: another output's, another run's, or a helper's of this one."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finicity_async.cli import fetching, resuming
from finicity_async.cli.commands import UNUSABLE
from finicity_async.cli.fetching import ALL_FETCHED
from finicity_async.cli.lines import LineFile
from finicity_async.errors import ConfigurationError
from tests.cli.fetch.raw_vendor import (
    ERRORS,
    OUTPUT,
    Vendor,
    assert_each_once,
    customers_in,
    fetch,
    first_run,
    give,
    line_of,
    reply_of,
    rows,
    unpacked,
)

GZIP = f"{OUTPUT}.gz"

# Two outputs, one file of errors


@pytest.mark.parametrize("option", ["--resume", "--retry-errors"])
@pytest.mark.parametrize(("first", "second"), [(OUTPUT, GZIP), (GZIP, OUTPUT), (OUTPUT, "accounts")])
def test_failures_of_another_output_are_neither_taken_for_done_nor_taken_away(
    option: str, first: str, second: str, vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = first_run(vendor, first)
    failures = Path(ERRORS).read_bytes()
    vendor.answer = reply_of
    assert fetch(option, output=second) == UNUSABLE
    err = " ".join(capsys.readouterr().err.split())
    assert f"{ERRORS} has the failures of {first}, not of {second}: give another file with --errors." in err
    assert Path(ERRORS).read_bytes() == failures
    assert vendor.asked == []
    assert fetch(option, "--errors", "others.ndjson", output=second) == ALL_FETCHED
    assert_each_once(ids, second, "others.ndjson")
    assert fetch("--retry-errors", output=first) == ALL_FETCHED
    assert_each_once(ids, first)


@pytest.mark.parametrize("option", ["--resume", "--retry-errors"])
def test_what_a_killed_retry_of_another_output_has_yet_to_take_stays_with_that_output(
    option: str, vendor: Vendor
) -> None:
    ids = first_run(vendor)
    vendor.answer = reply_of
    Path(ERRORS).write_bytes(b"")
    kept = Path(f"{ERRORS}.again")
    kept.write_text(f'{{"customerId":"3","output":"{OUTPUT}"}}\n{{"customerId":"7","output":"{OUTPUT}"}}\n')
    assert fetch(option, output=GZIP) == UNUSABLE
    assert kept.read_bytes().count(b"\n") == 2
    assert vendor.asked == []
    assert fetch("--resume") == ALL_FETCHED
    assert_each_once(ids)


def test_what_a_killed_retry_has_yet_to_take_is_not_dropped_by_a_first_run(
    vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    """The output was moved away between the two runs, and the retry had emptied the file of errors."""
    kept = Path(f"{ERRORS}.again")
    kept.write_text('{"customerId":"3"}\n')
    give("1")
    assert fetch() == UNUSABLE
    assert f"{kept} has customers" in capsys.readouterr().err
    assert fetch("--resume") == ALL_FETCHED
    assert_each_once(["1", "3"])


def test_failures_written_before_outputs_were_named_in_them_are_gone_on_with(vendor: Vendor) -> None:
    ids = first_run(vendor)
    vendor.answer = reply_of
    old = Path(ERRORS).read_bytes().replace(f',"output":"{OUTPUT}"'.encode(), b"")
    assert old.count(b"output") == 0
    Path(ERRORS).write_bytes(old)
    assert fetch("--retry-errors") == ALL_FETCHED
    assert_each_once(ids)


# Two runs at a time


@pytest.mark.parametrize("option", ["--resume", "--retry-errors"])
def test_failures_that_another_run_is_writing_are_not_taken_away(
    option: str, vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    first_run(vendor)
    failures = Path(ERRORS).read_bytes()
    with LineFile(ERRORS, resume=True, failures_of=OUTPUT):
        assert fetch(option, "--errors", ERRORS, output="others.ndjson") == UNUSABLE
        assert "another run" in capsys.readouterr().err
        assert Path(ERRORS).read_bytes() == failures
        assert not Path(f"{ERRORS}.again").exists()


@pytest.mark.parametrize("output", [OUTPUT, GZIP])
def test_no_other_run_gets_a_file_between_its_reading_and_the_first_line(
    output: str, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_run(vendor, output)
    read = resuming._customer
    refused = []

    def read_while_another_run_tries(*line: Any) -> str:
        with pytest.raises(ConfigurationError, match="another run"):
            LineFile(output, resume=True)
        refused.append(line)
        return read(*line)

    monkeypatch.setattr(resuming, "_customer", read_while_another_run_tries)
    with LineFile(output, resume=True), pytest.raises(ConfigurationError, match="another run"):
        LineFile(output, resume=True)
    assert len(refused) == 8


def test_gzip_file_that_another_run_replaced_before_it_was_locked_loses_no_line_of_either(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock holds a file and not a name: the file that was opened first has lost its name when it is locked."""
    first_run(vendor, GZIP)
    lock = resuming._lock
    overtaken: list[str] = []

    def lock_after_another_run(file: Any) -> None:
        monkeypatch.setattr(resuming, "_lock", lock)
        with LineFile(GZIP, resume=True) as other:
            other.queue(line_of("11").rstrip())
        overtaken.append(file.name)
        lock(file)

    monkeypatch.setattr(resuming, "_lock", lock_after_another_run)
    with LineFile(GZIP, resume=True) as slow:
        assert "11" in slow.done
        slow.queue(line_of("12").rstrip())
    assert overtaken
    assert set(customers_in(GZIP)) == {"1", "2", "4", "5", "6", "8", "9", "10", "11", "12"}


def test_file_that_was_moved_away_before_it_was_locked_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = resuming._lock

    def lock_after_a_move(file: Any) -> None:
        monkeypatch.setattr(resuming, "_lock", lock)
        Path(OUTPUT).rename("moved.ndjson")
        lock(file)

    monkeypatch.setattr(resuming, "_lock", lock_after_a_move)
    with LineFile(OUTPUT, resume=False) as file:
        file.queue(b"{}")
    assert Path(OUTPUT).read_bytes() == b"{}\n"
    assert Path("moved.ndjson").read_bytes() == b""


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_retry_is_over_when_its_lines_are_written_and_before_another_run_may_begin(
    ending: str, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, errors = f"{OUTPUT}{ending}", f"{ERRORS}{ending}"
    ids = first_run(vendor, output, errors)
    seen: list[list[str]] = []

    def forget(path: str) -> None:
        for name in (output, errors):
            with pytest.raises(ConfigurationError, match="another run"):
                LineFile(name, resume=True)
        seen.append([row["customerId"] for name in (output, errors) for row in rows(name)])
        resuming.forget_again(path)

    monkeypatch.setattr(fetching, "forget_again", forget)
    fetch("--retry-errors", "--errors", errors, output=output)
    assert [sorted(one) for one in seen] == [sorted(ids)]


# Names that collide

COLLISIONS: dict[str, tuple[str, str, str]] = {
    "the retry's": ("ids.txt", "y.again", "y"),
    "the retry's, from elsewhere": ("ids.txt", "../{folder}/y.again", "y"),
    "the retry's before it is whole": ("ids.txt", "y.again.new", "y"),
    "the repaired output": ("ids.txt", "y.gz", "y.gz.new"),
    "the repaired errors": ("ids.txt", "y.gz.new", "y.gz"),
    "IDs and output": ("ids.txt", "ids.txt", "y"),
    "IDs and errors": ("ids.txt", "x", "ids.txt"),
    "IDs and the retry's": ("y.again", "x", "y"),
    "a hard link": ("ids.txt", "hard.ndjson", "errors.ndjson"),
    "a symbolic link": ("ids.txt", "soft.ndjson", "errors.ndjson"),
    "stdout twice": ("ids.txt", "-", "-"),
}


@pytest.mark.parametrize(("ids", "output", "errors"), COLLISIONS.values(), ids=COLLISIONS)
@pytest.mark.parametrize("option", ["--limit=1", "--resume"])
def test_name_that_a_run_would_use_twice_is_refused_and_nothing_is_touched(
    *, ids: str, output: str, errors: str, option: str, vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    give("1", "2")
    Path("y.again").write_text("1\n2\n", encoding="utf-8")
    Path("errors.ndjson").touch()
    Path("hard.ndjson").hardlink_to("errors.ndjson")
    Path("soft.ndjson").symlink_to("errors.ndjson")
    before = {path.name: path.read_bytes() for path in Path().iterdir()}
    output = output.format(folder=Path.cwd().name)
    assert fetch(option, "--errors", errors, ids=ids, output=output) == UNUSABLE
    assert capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before
    assert vendor.asked == []


def test_helper_of_a_plain_file_is_free_for_an_output(vendor: Vendor) -> None:
    give("1")
    assert fetch("--errors", "y.new", output="y") == ALL_FETCHED
    assert unpacked("y") == line_of("1")


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_refused_file_is_free_for_the_next_run(
    pack: Callable[[bytes], bytes], vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    output = OUTPUT if pack is bytes else GZIP
    give("1")
    Path(output).write_bytes(pack(b"notes\n"))
    assert fetch("--resume", output=output) == UNUSABLE
    Path(output).write_bytes(b"")
    assert fetch("--resume", output=output) == ALL_FETCHED
    assert unpacked(output) == line_of("1")
