"""The options that every command has: --format, --quiet, --verbose, --no-color."""

import csv
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from finicity_async import Sandbox
from finicity_async.cli.commands import FAILED, OK, UNUSABLE, run
from finicity_async.cli.listing import write_records
from finicity_async.cli.terminal import Form, chosen_form, say
from finicity_async.errors import ConfigurationError
from finicity_async.models.transactions import Transaction
from finicity_async.sandbox import LockedPartner, RefreshScript, Status, TooManyRequests
from tests.support.journals import AllCalls

CUSTOMER = "1005061234"
ACTIVE = ["5011648377", "5011648378", "5011648379", "5011648380"]
LISTS = {
    "accounts": ["accounts", CUSTOMER],
    "customers": ["customers"],
    "institutions": ["institutions", "finbank"],
    "transactions": ["transactions", CUSTOMER],
}


@pytest.mark.parametrize("command", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("form", ["json", "csv"])
def test_the_short_form_is_the_same_as_format(
    command: list[str], form: str, served: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--format", form]) == OK
    long = capfd.readouterr().out
    assert long
    for arguments in ([*command, f"--{form}"], [f"--{form}", *command], [*command, "--format", form, f"--{form}"]):
        assert run(arguments) == OK
        assert capfd.readouterr().out == long


@pytest.mark.parametrize("command", LISTS.values(), ids=LISTS)
def test_format_table_is_what_comes_without_it(
    command: list[str], served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command) == OK
    table = capsys.readouterr().out
    assert run([*command, "--format", "table"]) == OK
    assert capsys.readouterr().out == table


def test_accounts_csv_has_every_amount_to_the_digit_and_dates_as_iso(
    served: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    served.customers[CUSTOMER]["5011648377"].update(
        balance=-1462.5, aggregationSuccessDate=1763985600, name='Rainy "day", second'
    )
    assert run(["accounts", CUSTOMER, "--csv"]) == OK
    rows = list(csv.DictReader(io.StringIO(capfd.readouterr().out)))
    assert [row["id"] for row in rows] == ACTIVE
    assert rows[0]["balance"] == "-1462.5"
    assert rows[0]["aggregation_success_date"] == "2025-11-24T12:00:00+00:00"
    assert rows[0]["name"] == 'Rainy "day", second'
    assert not {"detail", "position"} & set(rows[0])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["connect", CUSTOMER, "--csv"], "connect gives table or json, not csv."),
        (["refresh", CUSTOMER, "--yes", "--csv"], "refresh gives table or json, not csv."),
        (["demo", "--format", "csv"], "demo gives table or json, not csv."),
        (["demo", "--sign-up", "--json"], "demo --sign-up gives table, not json."),
        (["fetch", "ids.txt", "-o", "out.ndjson", "--format", "table"], "fetch gives json, not table."),
        (["sandbox", "--json"], "sandbox gives table, not json."),
        (["accounts", CUSTOMER, "--json", "--csv"], "Say --json or --csv, not both."),
        (["accounts", CUSTOMER, "--format", "table", "--csv"], "Say --csv or --format table, not both."),
        (["accounts", CUSTOMER, "--quiet", "--verbose"], "Say --quiet or --verbose, not both."),
    ],
)
def test_what_a_command_cannot_give_is_refused_before_anything_is_sent(
    arguments: list[str], sentence: str, served: Sandbox, journal: AllCalls, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == UNUSABLE
    assert sentence in capsys.readouterr().err
    assert journal == []


@pytest.mark.parametrize(
    ("form", "json", "csv", "found"),
    [
        (None, False, False, None),
        ("csv", False, False, "csv"),
        (None, True, False, "json"),
        ("json", True, False, "json"),
    ],
)
def test_forms_that_agree(form: Form | None, json: bool, csv: bool, found: Form | None) -> None:
    assert chosen_form(form, json=json, csv=csv) == found


def test_three_forms_are_two_too_many() -> None:
    with pytest.raises(ConfigurationError, match="Say --json or --csv or --format table, not both"):
        chosen_form("table", json=True, csv=True)


def test_a_form_that_there_is_not_is_named(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["accounts", CUSTOMER, "--format", "xml"]) == UNUSABLE
    err = capsys.readouterr().err
    assert "xml" in err
    assert "csv" in err


def test_refresh_json_is_one_object_with_the_accounts_by_outcome(
    served: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["refresh", CUSTOMER, "--yes", "--json"]) == OK
    out, err = capfd.readouterr()
    result = json.loads(out, parse_float=Decimal)
    assert [one["id"] for one in result["succeeded"]] == ACTIVE
    assert (result["failed"], result["pending"], result["vanished"], result["complete"]) == ([], [], [], True)
    assert result["succeeded"][0]["balance"] == Decimal(str(served.customers[CUSTOMER]["5011648377"]["balance"]))
    assert err == ""


def test_refresh_json_that_does_not_end_says_how_to_go_on_beside_it(
    served: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    served.script_refresh(RefreshScript(seconds=50, answer=204))
    assert run(["refresh", CUSTOMER, "--yes", "--json", "--quiet", "--wait", "0.2"]) == 4
    out, err = capfd.readouterr()
    assert len(json.loads(out)["pending"]) == 4
    assert f"finicity-async refresh {CUSTOMER} --resume" in err


def test_demo_json_is_one_object(no_credentials: None, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--json", "--customers", "2"]) == OK
    out, err = capfd.readouterr()
    summary = json.loads(out)
    assert (summary["customers"], summary["accounts"], summary["logins"]) == (2, 40, 1)
    assert summary["refresh"]["succeeded"] == summary["refresh"]["accounts"] == 4
    assert "no real accounts" in summary["service"]
    assert err == ""


def test_demo_json_without_a_refresh_says_so(served: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--json", "--customers", "1"]) == OK
    summary = json.loads(capfd.readouterr().out)
    assert (summary["refresh"], summary["service"]) == (None, served.url)


def test_the_demo_ends_with_its_summary(no_credentials: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo"]) == OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Service: an embedded sandbox, no real accounts (http://127.0.0.1:")
    assert lines[-3].startswith("Refreshed 4 of 4 accounts of the first customer in ")
    assert lines[-2].startswith("Fetched ")
    assert lines[-1].startswith("All of it is invented")


def test_quiet_leaves_the_result_alone(served: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    for command in (["customers", "--limit", "3"], ["connect", CUSTOMER], ["demo", "--customers", "1"]):
        assert run([*command, "--quiet"]) == OK
    out, err = capfd.readouterr()
    assert "narrows" not in out
    assert "Service" not in out
    assert "Fetched 4 accounts" in out
    assert err == ""


def test_quiet_does_not_silence_an_error(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--quiet", "accounts", "99"]) == FAILED
    assert capsys.readouterr().err.startswith("NotFoundError")


def test_a_quiet_refresh_prints_its_table_once(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["refresh", CUSTOMER, "--yes", "--quiet"]) == OK
    out, err = capsys.readouterr()
    assert out.count("4 succeeded") == 1
    assert err == ""


def test_a_quiet_fetch_says_something_only_where_some_failed(
    served: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("one.txt").write_text(CUSTOMER, encoding="utf-8")
    Path("two.txt").write_text(f"{CUSTOMER}\n99", encoding="utf-8")
    assert run(["fetch", "one.txt", "-o", "good.ndjson", "--quiet"]) == OK
    assert capsys.readouterr().err == ""
    assert run(["fetch", "two.txt", "-o", "some.ndjson", "--quiet"]) == 3
    assert "Fetched 1 customers, 1 failed" in capsys.readouterr().err


def test_verbose_shows_logins_and_retries_and_no_secret(
    served: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finicity_async._pipeline.retrying._BASE", 0.001)
    served.add_fault(Status(status=503, first=1, operation="GetCustomerAccounts"))
    level = logging.getLogger("finicity_async").level
    assert run(["accounts", CUSTOMER, "--verbose"]) == OK
    out, err = capsys.readouterr()
    assert "INFO" in err
    assert "CreateToken" in err
    assert "GetCustomerAccounts" in err
    assert CUSTOMER in out
    secrets = (served.credentials.app_key, served.credentials.partner_secret or "-", CUSTOMER)
    assert not [one for one in secrets if one in err]
    assert logging.getLogger("finicity_async").level == level
    assert logging.getLogger("finicity_async").handlers == []


def test_without_verbose_the_log_is_silent(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["accounts", CUSTOMER]) == OK
    assert capsys.readouterr().err == ""


def test_a_verbose_refresh_prints_lines_amid_those_of_the_log(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["refresh", CUSTOMER, "--yes", "--verbose"]) == OK
    out, err = capsys.readouterr()
    assert out.count("4 succeeded") >= 2
    assert "INFO" in err


def in_a_terminal(*arguments: str, **variables: str) -> bytes:
    """Return what the command shows in a terminal of its own."""
    import pty

    ours, theirs = pty.openpty()
    environ = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "FORCE_COLOR")}
    process = subprocess.Popen(  # noqa: S603 -- ours
        [sys.executable, "-m", "finicity_async", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={**environ, "TERM": "xterm-256color", "COLUMNS": "80", **variables},
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65_536):  # pragma: no branch -- ends by the error on Linux
            shown += piece
    except OSError:  # The other end has been closed: Linux says so by an error.
        pass
    finally:
        assert process.wait(timeout=60) == OK
        os.close(ours)
    return shown


COLOR = b"\x1b[33m"


def test_a_terminal_gets_colors_unless_told_otherwise(served: Sandbox) -> None:
    served.customers[CUSTOMER]["5011648377"].update(balance="n/a")
    assert COLOR in in_a_terminal("accounts", CUSTOMER)
    for shown in (
        in_a_terminal("accounts", CUSTOMER, "--no-color"),
        in_a_terminal("--no-color", "accounts", CUSTOMER),
        in_a_terminal("accounts", CUSTOMER, NO_COLOR="1"),
    ):
        assert b"Set aside: $.accounts[0].balance" in shown
        assert COLOR not in shown


@pytest.mark.parametrize("place", [["--no-color", "--help"], ["help", "accounts", "--no-color"]])
def test_help_has_no_color_either(place: list[str]) -> None:
    shown = in_a_terminal(*place)
    assert b"Usage" in shown
    assert b"\x1b[3" not in shown.replace(b"\x1b[3m", b"")  # Italics are no color.


def test_a_pipe_gets_no_escape_sequence(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    served.customers[CUSTOMER]["5011648377"].update(balance="n/a")
    assert run(["accounts", CUSTOMER]) == OK
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize("columns", ["20", "40", "60", "200"])
def test_an_unknown_command_is_told_whole_at_any_width(
    columns: str, no_credentials: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert run(["acounts"]) == UNUSABLE
    err = capsys.readouterr().err
    assert 'Unknown command "acounts". Did you mean "accounts"?' in err
    assert "transactions" in err
    assert "\u2500" not in err


def test_a_terminal_breaks_a_sentence_between_words_and_a_pipe_does_not() -> None:
    sentence = "The newest 3 of 52 transactions. --json and --csv write all of the period."
    for is_terminal in (True, False):
        out = io.StringIO()
        say(Console(file=out, width=40, force_terminal=is_terminal), sentence)
        lines = out.getvalue().splitlines()
        assert " ".join(line.strip() for line in lines) == sentence
        assert len(lines) == 1 + is_terminal


ERRORS = {
    "a locked partner": (LockedPartner(), "Then run the command again."),
    "a limit": (TooManyRequests(retry_after=900), "fetch has --limit and --rate"),
    "a refusal": (Status(status=400), "The request as it stands is refused."),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_speaks_of_the_terminal(name: str, served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    fault, said = ERRORS[name]
    served.add_fault(fault)
    assert run(["accounts", CUSTOMER]) == FAILED
    err = capsys.readouterr().err
    assert said in err
    assert not [one for one in (".body", "retry_login", "requests_per_second", "send_raw", "session.") if one in err]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", [["customers"], ["help"], ["completion", "bash"]], ids=lambda command: command[0])
def test_a_full_disk_behind_stdout_is_told_without_a_traceback(
    command: list[str], served: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with io.TextIOWrapper(Path("/dev/full").open("wb", buffering=0), write_through=True) as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert run(command) == FAILED
        monkeypatch.undo()
    assert capsys.readouterr().err == "stdout: No space left on device.\n"


async def test_line_breaks_in_a_value_stay_within_a_cell_of_the_csv(capfd: pytest.CaptureFixture[str]) -> None:
    async def found() -> AsyncIterator[Transaction]:
        yield Transaction.from_json(b'{"id": 1, "description": "Coffee\\n2,99", "memo": "a\\rb"}')

    await write_records(found(), ("id", "description", "memo"), as_csv=True)
    assert capfd.readouterr().out == 'id,description,memo\n1,"Coffee\n2,99","a\rb"\n'


TEXTS = {
    '=HYPERLINK("http://evil.example","Statement")': True,
    "@SUM(1+1)": True,
    "+cmd|' /C calc'!A0": True,
    "-1\n+A1": True,
    "\t=1": True,
    "\r=1": True,
    "- Transfer": True,
    "+1 (801) 555-0100": False,
    "-12.50": False,
    "Coffee = 2.99": False,
    "": False,
}


@pytest.mark.parametrize(("text", "is_told"), TEXTS.items())
async def test_csv_has_a_formula_unchanged_and_stderr_says_so(
    text: str, is_told: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    async def found() -> AsyncIterator[Transaction]:
        yield Transaction(id=1, amount=Decimal("-2.50"), description=text)
        yield Transaction(id=2, amount=Decimal("-2.50"), description="Coffee")

    await write_records(found(), ("id", "amount", "description"), as_csv=True)
    out, err = capfd.readouterr()
    rows = list(csv.reader(io.StringIO(out, newline="")))
    assert rows == [["id", "amount", "description"], ["1", "-2.50", text], ["2", "-2.50", "Coffee"]]
    assert err == ("Rows with text that a spreadsheet runs as a formula: 1. Import the columns as text.\n" * is_told)
