"""``fetch --resume`` and ``--retry-errors``: nothing is lost and nothing fetched twice."""

import gzip
import json
import sys
from pathlib import Path

import pytest

from finicity_async.cli.commands import UNUSABLE
from finicity_async.cli.fetching import ALL_FETCHED, SOME_FAILED
from finicity_async.cli.lines import LineFile
from tests.cli.fetch.raw_vendor import (
    BUSY,
    ERRORS,
    OUTPUT,
    Vendor,
    assert_each_once,
    customers_in,
    fetch,
    files,
    first_run,
    give,
    line_of,
    numbered,
    reply_of,
    rows,
    unpacked,
)
from tests.support.servers import Answer


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
def test_half_written_last_line_is_repaired(torn: str, left: int, vendor: Vendor) -> None:
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
def test_gzip_file_with_a_torn_end_is_repaired(cut: int, option: str, vendor: Vendor) -> None:
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
