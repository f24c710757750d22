"""The command ``refresh``, run in this process on a sandbox that another thread serves."""

import asyncio
import io
import math
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from finicity_async import (
    BadRequestError,
    ConfigurationError,
    NotFoundError,
    RefreshBaseline,
    Sandbox,
    TransportError,
    describe_status,
)
from finicity_async.cli import refreshing
from finicity_async.cli.commands import FAILED, INTERRUPTED, OK, UNUSABLE, run
from finicity_async.cli.refreshing import (
    SOME_FAILED,
    SOME_PENDING,
    SUCCEEDED,
    RefreshOptions,
    _print_resume_line,
)
from finicity_async.events import Finished, Sent
from finicity_async.sandbox import Call, RefreshScript
from tests.support.journals import AllCalls

CUSTOMER, LOGIN = "1005061234", "1007302745"
IDS = FIRST, SECOND, THIRD, FOURTH = ("5011648377", "5011648378", "5011648379", "5011648380")
NEVER_ENDS = RefreshScript(seconds=math.inf, answer=204)
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often: a command runs by the real clock."""
    monkeypatch.setattr("finicity_async.refresh.polling._FIRST_DELAY", 0.02)
    monkeypatch.setattr("finicity_async.refresh.polling._AMBIGUOUS_FOR", 0.1)


class Terminal(io.StringIO):
    """Stdin that holds what a user types."""

    def isatty(self) -> bool:
        return True


def line_to_go_on_with(out: str) -> list[str]:
    """Return the arguments of the one line that goes on with the refresh."""
    (line,) = [line for line in out.splitlines() if line.startswith("finicity-async refresh")]
    program, *arguments = shlex.split(line)
    assert program == "finicity-async"
    return arguments


def rows(out: str) -> dict[str, str]:
    """Return the last row of each account in what was shown."""
    found = re.findall(r"^\W*(\d{5,})(\W.*)?$", ESCAPES.sub("", out), re.MULTILINE)
    return {account_id: " ".join(rest.split()) for account_id, rest in found}


# Exit codes and what is shown

ENDS: dict[str, tuple[RefreshScript, int]] = {
    "all succeeded": (RefreshScript(seconds=0), SUCCEEDED),
    "all succeeded after a while": (RefreshScript(seconds=0.05, answer=204), SUCCEEDED),
    "some failed": (RefreshScript(seconds=0, codes={SECOND: 185}), SOME_FAILED),
    "all failed": (RefreshScript(seconds=0, codes=dict.fromkeys(IDS, 103)), SOME_FAILED),
    "all pending": (NEVER_ENDS, SOME_PENDING),
    "failed and pending": (RefreshScript(seconds=0, seconds_apart=9, codes={FIRST: 185}, answer=204), SOME_PENDING),
}


@pytest.mark.parametrize(("script", "code"), ENDS.values(), ids=ENDS)
def test_exit_code_tells_how_the_refresh_ended(
    script: RefreshScript, code: int, served: Sandbox, journal: AllCalls, capsys: pytest.CaptureFixture[str]
) -> None:
    served.script_refresh(script)
    assert run(["refresh", CUSTOMER, "--yes", "--wait", "0.2" if code == SOME_PENDING else "5"]) == code
    out, err = capsys.readouterr()
    assert err == ""
    assert set(rows(out)) == set(IDS)
    assert len(journal.refreshes) == 1


@pytest.mark.parametrize("terminal", [False, True])
def test_markup_in_what_the_vendor_says_is_shown_as_it_is(
    terminal: bool, served: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
    served.customers[CUSTOMER][FIRST]["type"] = "[/] :smile:"
    assert run(["refresh", CUSTOMER, "--yes"]) == SUCCEEDED
    assert "[/] :smile:" in ESCAPES.sub("", capsys.readouterr().out)


def test_exit_codes_are_those_of_the_documentation() -> None:
    assert (SUCCEEDED, SOME_FAILED, SOME_PENDING) == (0, 3, 4)


@pytest.mark.parametrize("columns", ["80", "120"])
def test_table_says_in_full_what_to_do_about_each_failure(
    columns: str, served: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    codes = {SECOND: 185, THIRD: 102, FOURTH: 987654}
    served.script_refresh(RefreshScript(seconds=0, codes=codes))
    assert run(["refresh", CUSTOMER, "--yes"]) == SOME_FAILED
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= int(columns)
    shown = rows(out)
    assert "succeeded" in shown[FIRST]
    assert all("failed" in shown[one] for one in codes)
    words = out.split()
    for code in codes.values():
        status = describe_status(code)
        assert f"({code})" in words
        assert set(f"{status.meaning}. {status.remedy}".split()) <= set(words)


@pytest.mark.parametrize("failed", [False, True])
def test_table_shows_every_id_whole_in_80_columns(
    failed: bool, served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    customer = "1005061235"
    ids = list(served.customers[customer])
    served.script_refresh(RefreshScript(seconds=0, codes={ids[0]: 185} if failed else {}))
    assert run(["refresh", customer, "--yes"]) == (SOME_FAILED if failed else SUCCEEDED)
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert list(rows(out)) == sorted(ids, key=lambda one: failed and one == ids[0])


def test_without_a_failure_the_table_has_no_column_of_remedies(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["refresh", CUSTOMER, "--yes"]) == SUCCEEDED
    assert "What to do" not in capsys.readouterr().out


def test_accounts_that_vanish_are_shown(
    served: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def delete_after_the_post(noted: Call) -> None:
        if noted.method == "POST" and "customers" in noted.target:
            del served.customers[CUSTOMER][SECOND]

    at_each_request(monkeypatch, delete_after_the_post)
    monkeypatch.setattr("finicity_async.refresh.polling._GONE_AFTER", 0.0)
    served.script_refresh(RefreshScript(seconds=0.05, answer=204))
    assert run(["refresh", CUSTOMER, "--yes"]) == SUCCEEDED
    out = capsys.readouterr().out
    assert "vanished" in rows(out)[SECOND]
    assert "3 succeeded, 1 vanished" in out


def test_customer_without_accounts_is_said_to_have_none(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    served.customers[CUSTOMER].clear()
    assert run(["refresh", CUSTOMER, "--yes"]) == SUCCEEDED
    assert "no accounts" in capsys.readouterr().out


def at_each_request(monkeypatch: pytest.MonkeyPatch, hook: Callable[[Call], None]) -> None:
    """Call a hook in the sandbox's thread for each request before it is answered."""

    def append(journal: AllCalls, noted: Call) -> None:
        list.append(journal, noted)
        hook(noted)

    monkeypatch.setattr(AllCalls, "append", append)


@pytest.fixture
def one_more_ends_with_each_look(served: Sandbox, journal: AllCalls, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first account fail and the others succeed, one with each look from the second on."""

    def let_time_pass(noted: Call) -> None:
        if journal.refreshes and noted.method == "GET":
            served.clock.advance(10)

    served.script_refresh(RefreshScript(seconds=15, seconds_apart=10, codes={FIRST: 185}, answer=204))
    at_each_request(monkeypatch, let_time_pass)


LOOKS = ["4 pending", "1 failed, 3 pending", "1 succeeded, 1 failed, 2 pending", "2 succeeded, 1 failed, 1 pending"]
END = "3 succeeded, 1 failed"


@pytest.mark.usefixtures("one_more_ends_with_each_look")
def test_where_no_terminal_is_plain_lines_tell_of_each_look(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["refresh", CUSTOMER, "--yes"]) == SOME_FAILED
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert out.splitlines()[:5] == [*LOOKS, END]
    assert set(rows(out)) == set(IDS)


@pytest.mark.usefixtures("one_more_ends_with_each_look")
@pytest.mark.parametrize("variable", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_in_a_terminal_a_live_table_shows_each_account(
    variable: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    monkeypatch.setenv("TERM", "xterm")
    assert run(["refresh", CUSTOMER, "--yes"]) == SOME_FAILED
    out = capsys.readouterr().out
    assert "\x1b[?25l" in out
    assert "\x1b[?25h" in out
    plain = ESCAPES.sub("", out)
    places = [plain.index(shown) for shown in [*LOOKS, END]]
    assert places == sorted(places)
    assert plain.count("What to do") == 1
    assert set(rows(out)) == set(IDS)
    assert "failed (185)" in rows(out)[FIRST]


# Asking first


@pytest.mark.parametrize("typed", ["y\n", "perhaps\ny\n"])
def test_question_answered_with_yes_refreshes_once(
    typed: str, served: Sandbox, journal: AllCalls, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert run(["refresh", CUSTOMER]) == SUCCEEDED
    assert "costs money" in capsys.readouterr().out
    assert len(journal.refreshes) == 1


@pytest.mark.parametrize("typed", ["n\n", "\n"])
def test_question_answered_with_no_sends_nothing_and_says_so(
    typed: str, served: Sandbox, journal: AllCalls, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for option in ("--quiet", "--json"):
        monkeypatch.setattr(sys, "stdin", Terminal(typed))
        assert run(["refresh", CUSTOMER, option]) == OK
        out, err = capsys.readouterr()
        assert err.endswith("Nothing was sent.\n")
        assert ("costs money" in err, "costs money" in out) == (option == "--json", option == "--quiet")
    assert journal == []


def test_end_of_input_at_the_question_sends_nothing_and_shows_no_traceback(
    served: Sandbox, journal: AllCalls, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    assert run(["refresh", CUSTOMER]) in {OK, FAILED, UNUSABLE, INTERRUPTED}
    assert "Traceback" not in "".join(capsys.readouterr())
    assert journal == []


def test_where_nobody_can_be_asked_yes_must_be_said(
    served: Sandbox, journal: AllCalls, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert run(["refresh", CUSTOMER]) == UNUSABLE
    assert "--yes" in capsys.readouterr().err
    assert journal == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_ctrl_c_at_the_question_ends_the_command_at_once(served: Sandbox, journal: AllCalls) -> None:
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "finicity_async", "refresh", CUSTOMER]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)  # noqa: S603 -- ours
    try:
        os.close(theirs)
        shown = b""
        while b"y/n" not in shown:
            shown += os.read(ours, 1024)
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == INTERRUPTED
        assert b"Traceback" not in os.read(ours, 4096)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert journal == []


# Options

SCOPES: dict[str, tuple[list[str], str]] = {
    "customer": ([], "/aggregation/v1/customers/1005061234/accounts"),
    "tiers": (["--tiers"], "/aggregation/v2/customers/1005061234/accounts"),
    "login": (["--login", LOGIN], "/aggregation/v1/customers/1005061234/institutionLogins/1007302745/accounts"),
    "both": (
        ["--login", LOGIN, "--tiers"],
        "/aggregation/v2/customers/1005061234/institutionLogins/1007302745/accounts",
    ),
}


@pytest.mark.parametrize(("options", "path"), SCOPES.values(), ids=SCOPES)
def test_options_choose_the_operation(options: list[str], path: str, served: Sandbox, journal: AllCalls) -> None:
    assert run(["refresh", CUSTOMER, "--yes", *options]) == SUCCEEDED
    assert [one.target for one in journal.refreshes] == [path]


@pytest.mark.parametrize("code", [0, 185, 325])
def test_max_age_refreshes_nothing_when_all_is_fresh_and_tells_by_the_codes(
    code: int, served: Sandbox, journal: AllCalls, capsys: pytest.CaptureFixture[str]
) -> None:
    for record in served.customers[CUSTOMER].values():
        record["aggregationSuccessDate"] = int(time.time()) - 20
    served.customers[CUSTOMER][SECOND]["aggregationStatusCode"] = code
    expected = {0: SUCCEEDED, 185: SOME_FAILED, 325: SOME_PENDING}
    assert run(["refresh", CUSTOMER, "--yes", "--max-age", "100"]) == expected[code]
    assert set(rows(capsys.readouterr().out)) == set(IDS)
    assert journal.refreshes == []


def test_max_age_refreshes_once_when_one_account_is_not_fresh(served: Sandbox, journal: AllCalls) -> None:
    for record in served.customers[CUSTOMER].values():
        record["aggregationSuccessDate"] = int(time.time()) - 20
    served.customers[CUSTOMER][SECOND]["aggregationSuccessDate"] -= 100
    assert run(["refresh", CUSTOMER, "--yes", "--max-age", "100"]) == SUCCEEDED
    assert len(journal.refreshes) == 1


UNFIT: dict[str, list[str]] = {
    "no customer": ["--yes"],
    "bad customer": ["..", "--yes"],
    "bad login": [CUSTOMER, "--yes", "--login", "../1"],
    "wait 0": [CUSTOMER, "--yes", "--wait", "0"],
    "wait nan": [CUSTOMER, "--yes", "--wait", "nan"],
    "wait a word": [CUSTOMER, "--yes", "--wait", "long"],
    "max age a word": [CUSTOMER, "--yes", "--max-age", "young"],
    "max age nan": [CUSTOMER, "--yes", "--max-age", "nan"],
    "no such option": [CUSTOMER, "--yes", "--force"],
}


@pytest.mark.parametrize("arguments", UNFIT.values(), ids=UNFIT)
def test_refresh_that_does_not_fit_ends_with_2(
    arguments: list[str], served: Sandbox, journal: AllCalls, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["refresh", *arguments]) == UNUSABLE
    out, err = capsys.readouterr()
    assert err
    assert "Traceback" not in out + err
    assert journal.refreshes == []


@pytest.mark.parametrize(
    ("status", "code", "told"), [(403, None, "403"), (500, 185, "Connect Fix"), (503, None, "503")], ids=str
)
def test_refused_refresh_ends_with_1_and_advice(
    *,
    status: int,
    code: int | None,
    told: str,
    served: Sandbox,
    journal: AllCalls,
    capsys: pytest.CaptureFixture[str],
) -> None:
    served.script_refresh(RefreshScript(happens=False, answer=status, answer_code=code))
    assert run(["refresh", CUSTOMER, "--yes"]) == FAILED
    out, err = capsys.readouterr()
    assert told in err
    assert "Traceback" not in out + err
    assert CUSTOMER not in err
    assert len(journal.refreshes) == 1


@pytest.mark.parametrize("arguments", [["99"], [CUSTOMER, "--login", "99"]], ids=["customer", "login"])
def test_refresh_of_what_does_not_exist_ends_with_1(
    arguments: list[str], served: Sandbox, journal: AllCalls, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["refresh", *arguments, "--yes"]) == FAILED
    assert capsys.readouterr().err.startswith("NotFoundError")
    assert journal.refreshes == []


# Going on after the end of the wait and after Ctrl-C


def test_a_refresh_without_an_account_to_wait_for_leaves_no_line_to_go_on_with() -> None:
    out = io.StringIO()
    options = RefreshOptions(customer_id=CUSTOMER, login=None, tiers=False, wait=1.0, max_age=None, resume=None)
    _print_resume_line(Console(file=out, width=200), options, RefreshBaseline({}))
    assert out.getvalue() == "The refresh goes on at the vendor; there was no account to wait for.\n"


STOPPED: dict[str, tuple[list[str], float | None]] = {
    "customer": ([], 1_752_580_800),
    "login": (["--login", LOGIN], 1_752_580_800),
    "tiers": (["--tiers"], 1_752_580_800),
    "fraction of a second": ([], 1_752_580_800.5),
    "first ever": ([], None),
}


@pytest.mark.parametrize(("options", "date"), STOPPED.values(), ids=STOPPED)
def test_end_of_the_wait_leaves_a_line_that_goes_on_without_a_post(
    options: list[str], date: float | None, served: Sandbox, journal: AllCalls, capsys: pytest.CaptureFixture[str]
) -> None:
    served.customers[CUSTOMER][FIRST].update(aggregationAttemptDate=date, aggregationSuccessDate=date)
    if date is None:
        del served.customers[CUSTOMER][FIRST]["aggregationAttemptDate"]
    served.script_refresh(RefreshScript(seconds=50, codes={SECOND: 185}, answer=204))
    assert run(["refresh", CUSTOMER, "--yes", "--wait", "0.2", *options]) == SOME_PENDING
    out, err = capsys.readouterr()
    assert err == ""
    assert "goes on at the vendor" in out
    assert set(rows(out)) == set(IDS)
    arguments = line_to_go_on_with(out)
    assert run([*arguments, "--wait", "0.2"]) == SOME_PENDING
    out = capsys.readouterr().out
    assert "4 pending" in out
    assert line_to_go_on_with(out) == arguments
    served.clock.advance(50)
    assert run(arguments) == SOME_FAILED
    assert "failed (185)" in rows(capsys.readouterr().out)[SECOND]
    assert len(journal.refreshes) == 1


def test_line_to_go_on_with_stands_on_one_line_in_a_narrow_terminal(
    served: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "40")
    served.script_refresh(NEVER_ENDS)
    assert run(["refresh", "1005061235", "--yes", "--wait", "0.2"]) == SOME_PENDING
    arguments = line_to_go_on_with(capsys.readouterr().out)
    served.clock.advance(1)
    assert run([*arguments, "--wait", "0.2"]) == SOME_PENDING


@pytest.fixture
def interrupted_main(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Call], bool]], None]:
    """Return what lets Ctrl-C be pressed at a request, which then waits a little for its answer."""

    def interrupt_at(applies: Callable[[Call], bool]) -> None:
        main = threading.main_thread().ident
        assert main is not None

        def interrupt(noted: Call) -> None:
            if applies(noted):
                signal.pthread_kill(main, signal.SIGINT)
                time.sleep(0.05)

        at_each_request(monkeypatch, interrupt)

    return interrupt_at


PLACES: dict[str, tuple[RefreshScript, int]] = {
    "the post": (RefreshScript(seconds=50, answer="hang"), 0),
    "the first look": (RefreshScript(seconds=50, answer=204), 1),
    "the third look": (RefreshScript(seconds=50, answer=204), 3),
}


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals to threads")
@pytest.mark.parametrize("terminal", [False, True], ids=["plain", "live"])
@pytest.mark.parametrize(("script", "looks"), PLACES.values(), ids=PLACES)
def test_ctrl_c_leaves_a_line_that_goes_on_without_a_post(
    *,
    script: RefreshScript,
    looks: int,
    terminal: bool,
    served: Sandbox,
    journal: AllCalls,
    interrupted_main: Callable[[Callable[[Call], bool]], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if terminal:
        monkeypatch.setenv("TTY_COMPATIBLE", "1")
        monkeypatch.setenv("TERM", "xterm")

    def is_the_place(_: Call) -> bool:
        since = [one.method for one in journal[journal.index(journal.refreshes[0]) :]] if journal.refreshes else []
        return len(since) == looks + 1

    served.script_refresh(script)
    interrupted_main(is_the_place)
    assert run(["refresh", CUSTOMER, "--login", LOGIN, "--yes"]) == INTERRUPTED
    out, err = capsys.readouterr()
    assert ESCAPES.sub("", err) == "Stopped.\n"
    assert "Traceback" not in out
    arguments = line_to_go_on_with(ESCAPES.sub("", out))
    monkeypatch.setattr(AllCalls, "append", list.append)
    while not served._state.refreshes._steps:
        time.sleep(0.005)
    served.clock.advance(50)
    assert run(arguments) == SUCCEEDED
    assert len(journal.refreshes) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals to threads")
def test_ctrl_c_while_going_on_leaves_the_same_line(
    *,
    served: Sandbox,
    journal: AllCalls,
    interrupted_main: Callable[[Callable[[Call], bool]], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    served.script_refresh(NEVER_ENDS)
    assert run(["refresh", CUSTOMER, "--yes", "--wait", "0.2"]) == SOME_PENDING
    arguments = line_to_go_on_with(capsys.readouterr().out)
    interrupted_main(lambda noted: noted.method == "GET")
    assert run(arguments) == INTERRUPTED
    assert line_to_go_on_with(capsys.readouterr().out) == arguments


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals to threads")
@pytest.mark.parametrize("looks", [1, 2])
def test_ctrl_c_before_the_post_does_not_say_that_a_refresh_goes_on(
    *,
    looks: int,
    served: Sandbox,
    journal: AllCalls,
    interrupted_main: Callable[[Callable[[Call], bool]], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    interrupted_main(lambda noted: len(journal.looks) == looks)
    assert run(["refresh", CUSTOMER, "--yes"]) == INTERRUPTED
    assert journal.refreshes == []
    assert "goes on at the vendor" not in capsys.readouterr().out


def test_going_on_where_the_vendor_cannot_be_reached_ends_as_pending(
    served: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    served.script_refresh(NEVER_ENDS)
    assert run(["refresh", CUSTOMER, "--yes", "--wait", "0.2"]) == SOME_PENDING
    arguments = line_to_go_on_with(capsys.readouterr().out)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("FINICITY_BASE_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        assert run([*arguments, "--wait", "0.2"]) == SOME_PENDING
    assert line_to_go_on_with(capsys.readouterr().out) == arguments


RUBBISH: dict[str, Any] = {
    "word": "again",
    "empty": "",
    "list": "[]",
    "number": "1",
    "text": '"1"',
    "null": "null",
    "date as text": '{"1":"2025"}',
    "date as list": '{"1":[1]}',
    "nan": '{"1":NaN}',
    "infinite": '{"1":1e999}',
    "too late": '{"1":1e17}',
    "too early": '{"1":-1e17}',
    "endless digits": '{"1":' + "9" * 5000 + "}",
    "deep": "[" * 100_000,
    "half": '{"1":17',
    "no account": "{}",
}


@pytest.mark.parametrize("text", RUBBISH.values(), ids=RUBBISH)
def test_going_on_with_rubbish_is_refused(
    text: str, served: Sandbox, journal: AllCalls, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["refresh", CUSTOMER, "--resume", text]) == UNUSABLE
    out, err = capsys.readouterr()
    assert "--resume" in err
    assert "Traceback" not in out + err
    assert journal == []


@pytest.mark.parametrize(
    ("error", "is_of_refresh", "may_run"),
    [
        (BadRequestError(operation="RefreshCustomerAccounts", status=400), True, False),
        (TransportError(operation="RefreshCustomerAccountsV2", sent=False), True, False),
        (TransportError(operation="RefreshCustomerAccounts"), True, True),
        (NotFoundError(operation="GetCustomerAccounts", status=404), False, True),
        (asyncio.CancelledError(), True, True),
        (ConfigurationError(), False, False),
    ],
)
def test_line_to_go_on_with_is_for_a_refresh_that_may_run(
    error: BaseException, is_of_refresh: bool, may_run: bool
) -> None:
    sent = refreshing._SentRefresh(is_running=False)
    assert not sent.may_run(error)
    sent.note(Sent(6, "GetCustomerAccounts", 1, refresh=False))
    sent.note(Finished(6, "GetCustomerAccounts", 1, 0.1, None, error))
    assert not sent.may_run(error)
    sent.note(Sent(7, "Refresh", 1, refresh=True))
    sent.note(Finished(7, "Refresh", 1, 0.1, None, error if is_of_refresh else TransportError()))
    assert sent.may_run(error) is may_run


def test_call_that_does_not_fit_leaves_no_line_to_go_on_with(
    served: Sandbox, journal: AllCalls, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["refresh", "../x", "--resume", '{"1":1}']) == UNUSABLE
    out, err = capsys.readouterr()
    assert out == ""
    assert "Nothing was sent" in err
    assert journal == []


def test_refused_refresh_leaves_no_line_to_go_on_with(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    served.script_refresh(RefreshScript(happens=False, answer=400))
    assert run(["refresh", CUSTOMER, "--yes"]) == FAILED
    out, err = capsys.readouterr()
    assert "--resume" not in out
    assert err.startswith("BadRequestError")
