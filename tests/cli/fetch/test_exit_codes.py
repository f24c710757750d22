"""How ``fetch`` ends: exit codes, pipes that close and disks that are full."""

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from finicity_async import Sandbox
from finicity_async.cli.commands import FAILED, UNUSABLE, run
from finicity_async.cli.fetching import ALL_FETCHED, SOME_FAILED
from tests.cli.fetch.raw_vendor import (
    ERRORS,
    MISSING,
    OUTPUT,
    Vendor,
    assert_each_once,
    command,
    customers_in,
    fetch,
    files,
    give,
    line_of,
    numbered,
    reply_of,
    unpacked,
)
from tests.support.journals import AllCalls
from tests.support.servers import http
from tests.support.tools import needs

REFUSED = http(401, {"code": 10001, "message": "Invalid token"})

needs_full_disk = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")

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


@needs("bash", "apt-get install bash")
def test_head_takes_one_line_and_bash_sees_1(vendor: Vendor) -> None:
    numbered(3000)
    line = f"'{sys.executable}' -m finicity_async fetch - -o - < ids.txt | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=False)  # noqa: S603, S607 -- ours
    assert done.returncode == FAILED
    assert done.stdout.count(b"\n") == 1
    json.loads(done.stdout)
    assert b"Broken pipe" in done.stderr
    assert b"Traceback" not in done.stderr


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
    ids = numbered(900)  # more than the two buffers of 128 KiB that Python 3.14 has between a line and the disk
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_001, limits[1]))
    try:
        assert fetch("--limit", "4", output=output) == FAILED
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert capsys.readouterr().err.startswith(f"{output}: File too large")
    assert fetch("--resume", output=output) == ALL_FETCHED
    assert_each_once(ids, output)
