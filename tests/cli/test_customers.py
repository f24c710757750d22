"""The command ``customers``, run in this process on a sandbox that another thread serves."""

import csv
import io
import json
import os
import subprocess
import sys

import pytest

from finicity_async import Sandbox
from finicity_async.cli.commands import FAILED, OK, UNUSABLE, run
from finicity_async.sandbox import Status

FIRST = "1005061234"


def profile(sandbox: Sandbox, customer_id: str = FIRST, **members: str) -> None:
    """Give a customer of the sandbox other members than the drawn ones."""
    record = sandbox._state.customer_record(customer_id)
    sandbox._state.customers.describe(customer_id, {**record, **members})


def test_customers_shows_a_table_that_fits_80_columns(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["customers"]) == OK
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == ""
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines if "testing" in line] == list(served.customers)
    assert "more" not in out.casefold()
    assert "customers." not in out


def test_customers_says_how_many_there_are_where_the_table_does_not_show_all(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["customers", "--limit", "3"]) == OK
    out = capsys.readouterr().out
    assert out.count("testing") == 3
    assert "3 of 10 customers. --search narrows them" in out


def test_customers_shows_names_where_there_is_room(
    served: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    profile(served, firstName="Ann", lastName="[bold]Other\x1b[2J")
    monkeypatch.setenv("COLUMNS", "140")
    assert run(["customers", "--search", "ann [bold]"]) == OK
    out = capsys.readouterr().out
    assert "Ann [bold]Other\ufffd[2J" in out
    assert "\x1b" not in out
    assert out.count("testing") == 1


def test_customers_finds_nobody(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["customers", "--search", "nobody"]) == OK
    assert "testing" not in capsys.readouterr().out


def test_customers_json_is_every_customer_on_a_line_under_the_vendors_names(
    served: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    profile(served, firstName="Zo\u00eb")
    assert run(["customers", "--json"]) == OK
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [row["id"] for row in rows] == list(served.customers)
    assert (rows[0]["firstName"], rows[0]["username"], rows[0]["type"]) == ("Zo\u00eb", f"customer{FIRST}", "testing")


def test_customers_csv_has_a_heading_and_quotes_what_needs_it(
    served: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    profile(served, firstName='Ann, "A"', lastName="Other")
    assert run(["customers", "--csv", "--search", "other"]) == OK
    (row,) = csv.DictReader(io.StringIO(capfd.readouterr().out))
    assert (row["id"], row["first_name"], row["last_name"], row["phone"]) == (FIRST, 'Ann, "A"', "Other", "")
    assert row["created_date"].endswith("+00:00")


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_all_pages_are_written(
    form: str, no_credentials: None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with Sandbox(customers=2_345) as sandbox:
        for name, value in sandbox.variables.items():
            monkeypatch.setenv(name, value)
        assert run(["customers", form]) == OK
        lines = capfd.readouterr().out.splitlines()
        assert len(set(lines)) == len(lines) == 2_345 + (form == "--csv")
        sandbox.assert_called("GetCustomers", times=3)


def test_the_csv_is_what_fetch_reads(
    served: Sandbox, capfd: pytest.CaptureFixture[str], tmp_path: "os.PathLike[str]"
) -> None:
    assert run(["customers", "--csv"]) == OK
    done = subprocess.run(
        [sys.executable, "-m", "finicity_async", "fetch", "-", "--column", "id", "--output", "-"],
        input=capfd.readouterr().out,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == OK
    assert {json.loads(line)["customerId"] for line in done.stdout.splitlines()} == set(served.customers)


def test_a_reader_that_has_gone_ends_the_list_with_1_and_a_message(served: Sandbox) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    command = [sys.executable, "-m", "finicity_async", "customers", "--json"]
    done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603 -- ours
    os.close(theirs)
    assert done.returncode == FAILED
    assert done.stderr.startswith("stdout: Broken pipe")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["--json", "--csv"], ["--limit", "0"], ["--limit", "1001"], ["1005061234"]])
def test_customers_with_arguments_that_do_not_fit_ends_with_2(
    arguments: list[str], served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["customers", *arguments]) == UNUSABLE
    out, err = capsys.readouterr()
    assert err
    assert "Traceback" not in out + err


@pytest.mark.parametrize("arguments", [[], ["--json"], ["--csv"]])
def test_an_error_of_the_vendor_ends_the_list_with_1(
    arguments: list[str], served: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    served.add_fault(Status(status=403))
    assert run(["customers", *arguments]) == FAILED
    assert capfd.readouterr().err.startswith("PermissionDeniedError: GetCustomers was answered 403")
