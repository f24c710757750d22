"""The command ``institutions``, run in this process on a sandbox that another thread serves."""

import csv
import io
import json

import pytest

from finicity_async import Sandbox
from finicity_async.cli.commands import FAILED, OK, UNUSABLE, run
from finicity_async.sandbox import Status


def test_institutions_shows_a_table_that_fits_80_columns(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["institutions", "finbnak"]) == OK
    out, err = capsys.readouterr()
    assert err == ""
    assert max(map(len, out.splitlines())) <= 80
    assert "102105       FinBank Profiles - A  online" in out
    assert "found" not in out


def test_institutions_says_how_many_there_are_where_the_table_does_not_show_all(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["institutions", "--limit", "3"]) == OK
    assert "3 of 10000 found. More of a name narrows them" in capsys.readouterr().out


def test_institutions_shows_where_one_moves_to_and_the_home_page_where_there_is_room(
    served: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    moving = {"name": "Old [bold]\x1b[2J", "status": "migrating", "newInstitutionId": 102105, "oauthEnabled": True}
    served.institutions["7"] = {**moving, "displayName": None, "urlHomeApp": "https://old.example.com"}
    assert run(["institutions", "old bold"]) == OK
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "migrating" in line)
    assert line.split() == [
        "7",
        "Old",
        "[bold]\ufffd[2J",
        "migrating",
        "to",
        "102105",
        "yes",
        "https://old.example.com",
    ]


def test_institutions_json_is_every_institution_on_a_line(served: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["institutions", "first credit", "--json"]) == OK
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert len(rows) > 100
    assert all("First" in row["name"] and row["urlLogonApp"] for row in rows)


def test_institutions_csv_has_a_heading_and_all_pages(served: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    served.institutions["4222"]["name"] = 'Bank, "A"'
    assert run(["institutions", "--csv"]) == OK
    rows = list(csv.DictReader(io.StringIO(capfd.readouterr().out)))
    assert [row["id"] for row in rows] == list(served.institutions)
    (row,) = (row for row in rows if row["id"] == "4222")
    assert (row["name"], row["status"], row["new_institution_id"], row["voa"]) == ('Bank, "A"', "online", "", "true")


@pytest.mark.parametrize("arguments", [["--json", "--csv"], ["--limit", "0"], ["fin", "bank"]])
def test_institutions_with_arguments_that_do_not_fit_ends_with_2(
    arguments: list[str], served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["institutions", *arguments]) == UNUSABLE
    assert capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_an_error_of_the_vendor_ends_the_list_with_1(
    arguments: list[str], served: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    served.add_fault(Status(status=403))
    assert run(["institutions", *arguments]) == FAILED
    assert capfd.readouterr().err.startswith("PermissionDeniedError: GetInstitutions was answered 403")
