"""The command, run in this process on a sandbox that another thread serves."""

import json
import os
import re
import subprocess
import sys
from typing import TextIO

import pytest

from finicity_async import Sandbox
from finicity_async.cli import demo, main
from finicity_async.cli.commands import FAILED, INTERRUPTED, OK, UNUSABLE, run

pytestmark = pytest.mark.usefixtures("no_credentials")


def test_the_demo_without_credentials_runs_on_a_sandbox_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--customers", "3"]) == OK
    out, err = capsys.readouterr()
    assert err == ""
    assert "Refreshed 4 of 4 accounts of the first customer" in out
    assert "Fetched 44 accounts of 3 customers" in out
    assert out.count("10050612") == 44


def test_the_demo_with_credentials_talks_to_the_service_and_refreshes_nothing_by_itself(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    attempt = served.customers["1005061234"]["5011648377"]["aggregationAttemptDate"]
    assert run(["demo", "--customers", "2"]) == OK
    out = capsys.readouterr().out
    assert f"Service: {served.url}" in out
    assert "Refreshed" not in out
    assert "Fetched 40 accounts of 2 customers" in out
    assert served.customers["1005061234"]["5011648377"]["aggregationAttemptDate"] == attempt


def test_the_demo_with_credentials_refreshes_when_told_to(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    attempt = served.customers["1005061234"]["5011648377"]["aggregationAttemptDate"]
    assert run(["demo", "--refresh"]) == OK
    assert "Refreshed 4 of 4 accounts" in capsys.readouterr().out
    assert served.customers["1005061234"]["5011648377"]["aggregationAttemptDate"] > attempt


def test_the_demo_with_half_the_credentials_says_which_are_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FINICITY_APP_KEY", "some-key")
    assert run(["demo"]) == UNUSABLE
    assert "Set FINICITY_PARTNER_ID, FINICITY_PARTNER_SECRET in the environment" in capsys.readouterr().err


def test_accounts_shows_a_table_that_fits_80_columns(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["accounts", "1005061235"]) == OK
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith(" 1005061235  50116484") for line in lines) > 20
    assert any("checking" in line and "USD" in line and "active" in line for line in lines)


def test_accounts_keeps_each_account_on_one_line_and_cuts_no_figure_off(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    served.customers["1005061234"]["5011648377"].update(
        type="investmentTaxDeferred",
        balance=-123456789012.34,
        aggregationStatusCode=44002,
        aggregationSuccessDate=1700000000,
    )
    assert run(["accounts", "1005061234"]) == OK
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    (shown,) = (line.split() for line in lines if "5011648377" in line)
    assert shown[2:] == ["investmentT\u2026", "-123,456,789,012.34", "USD", "active", "(44002)"]


def test_accounts_shows_names_where_there_is_room(
    served: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    served.customers["1005061234"]["5011648377"].update(name="Rainy day", aggregationStatusCode=185)
    assert run(["accounts", "1005061234", "--status", "pending"]) == OK
    out = capsys.readouterr().out
    assert "Rainy day" in out
    assert "active (185)" in out
    assert "pending" in out


@pytest.mark.parametrize("name", ["Savings [/b]", "Checking [closed]", "[bold]x", ":smile:", "a\x1b[2Jb\r\n"])
def test_accounts_shows_a_name_as_it_is_but_for_what_a_terminal_would_obey(
    name: str, served: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    served.customers["1005061234"]["5011648377"].update(name=name, currency=None)
    assert run(["accounts", "1005061234"]) == OK
    out = capsys.readouterr().out
    assert re.sub(r"[\x1b\r\n]", "\ufffd", name) in out
    assert "\x1b" not in out


def test_accounts_shows_what_was_set_aside(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    served.customers["1005061234"]["5011648377"].update(balance="n/a", currency=None, status=None)
    del served.customers["1005061234"]["5011648378"]["aggregationSuccessDate"]
    assert run(["accounts", "1005061234", "--status", "pending"]) == OK
    assert "Set aside: $.accounts[0].balance = 'n/a'" in capsys.readouterr().out


def test_accounts_json_is_the_reply_as_it_came(served: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    served.customers["1005061234"]["5011648377"].update(undeclared="kept", name="Zürich")
    assert run(["accounts", "1005061234", "--json"]) == OK
    out = capfd.readouterr().out
    assert out.endswith("}\n")
    assert json.loads(out)["accounts"] == [
        one for one in served.customers["1005061234"].values() if one["status"] == "active"
    ]


def test_accounts_json_to_a_reader_that_has_gone_ends_with_1_and_a_message(served: Sandbox) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    command = [sys.executable, "-m", "finicity_async", "accounts", "1005061234", "--json"]
    done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603 -- ours
    os.close(theirs)
    assert done.returncode == FAILED
    assert done.stderr.startswith("stdout: Broken pipe")
    assert len(done.stderr.splitlines()) == 1


def test_a_stdout_that_knows_few_characters_shows_the_others_as_question_marks(served: Sandbox) -> None:
    served.customers["1005061234"]["5011648377"]["name"] = "Zürich"
    done = subprocess.run(
        [sys.executable, "-m", "finicity_async", "accounts", "1005061234"],
        env={**os.environ, "COLUMNS": "140", "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (OK, "")
    assert "Z?rich" in done.stdout


def test_an_error_of_the_vendor_becomes_advice_without_the_id(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["accounts", "99"]) == FAILED
    err = capsys.readouterr().err
    assert err.startswith("NotFoundError: GetCustomerAccounts was answered 404 (code 14001)")
    assert "Traceback" not in err
    assert "99" not in err


@pytest.mark.parametrize(
    "arguments",
    [["accounts"], ["nothing"], ["accounts", "1", "--nothing"], ["accounts", ".."], ["demo", "--customers", "0"]],
)
def test_a_call_that_does_not_fit_ends_with_2(
    arguments: list[str], served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == UNUSABLE
    out, err = capsys.readouterr()
    assert err
    assert "Traceback" not in out + err


def test_without_credentials_accounts_names_the_variables(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["accounts", "1"]) == UNUSABLE
    assert "FINICITY_APP_KEY, FINICITY_PARTNER_ID, FINICITY_PARTNER_SECRET" in capsys.readouterr().err


def test_ctrl_c_ends_without_a_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    async def interrupted(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "_fetched", interrupted)
    assert run(["demo"]) == INTERRUPTED
    assert capsys.readouterr().err == "Stopped.\n"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["accounts", "--help"]])
def test_help_and_version_end_with_0(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == OK
    assert capsys.readouterr().out


@pytest.mark.parametrize("stdout", [sys.__stdout__, None], ids=["a stdout", "none"])
def test_main_ends_the_process_with_the_exit_code(stdout: TextIO | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setattr(sys, "argv", ["finicity-async", "accounts", ".."])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == UNUSABLE


def main_without(module: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own where a module is missing."""
    code = f"import sys; sys.modules[{module!r}] = None; from finicity_async.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 -- ours


@pytest.mark.parametrize("module", ["cyclopts", "rich.console"])
def test_without_the_extra_the_command_says_how_to_get_it(module: str) -> None:
    done = main_without(module)
    assert done.returncode == 1
    assert done.stderr == "finicity-async needs its extra: pip install 'finicity-async[cli]'\n"


def test_a_missing_module_of_another_kind_is_not_hidden() -> None:
    done = main_without("finicity_async.sandbox")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("ModuleNotFoundError: import of finicity_async.sandbox halted")


def test_python_m_is_the_command() -> None:
    command = [sys.executable, "-m", "finicity_async", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 -- ours
    assert done.stdout.startswith("0.")
