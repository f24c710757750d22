"""The command ``finicity-async sandbox -- COMMAND``."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from finicity_async.cli.commands import UNUSABLE, run
from finicity_async.cli.running import NOT_EXECUTABLE, NOT_FOUND, _Relay

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs the signals of Unix")
SANDBOX = [sys.executable, "-m", "finicity_async", "sandbox"]

TALKER = """
import signal, sys

numbers = {signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGTERM}
signal.pthread_sigmask(signal.SIG_BLOCK, numbers)  # A handler beside signal.pause() misses what comes just before it.
print("ready", flush=True)
while True:
    number = signal.Signals(signal.sigwait(numbers))
    print(number.name, flush=True)
    if number == signal.SIGTERM:
        sys.exit(5)
"""
"""A command that says which signals come, and ends with 5 after SIGTERM."""


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def done(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **variables}
    return subprocess.run([*SANDBOX, *arguments], env=environ, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 -- ours


@contextmanager
def talking(before: Sequence[str] = ()) -> Iterator[subprocess.Popen[str]]:
    """Run the command with one that says which signals come; no terminal is theirs."""
    command = [*before, *SANDBOX, "--", *python(TALKER)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:  # noqa: S603 -- ours
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.terminate()


def test_command_has_the_variables_of_the_sandbox_and_no_other_and_stdout_for_itself() -> None:
    show = "import json, os; print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('FINICITY_')}))"
    ended = done(
        "--customers",
        "3",
        "--",
        *python(show),
        FINICITY_PROXY="http://p:1",
        FINICITY_APP_TOKEN="t",
        FINICITY_PROFILE="x",
    )
    found = json.loads(ended.stdout)
    assert sorted(found) == [
        "FINICITY_APP_KEY",
        "FINICITY_BASE_URL",
        "FINICITY_PARTNER_ID",
        "FINICITY_PARTNER_SECRET",
    ]
    assert found["FINICITY_BASE_URL"].startswith("http://127.0.0.1:")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_command_reaches_the_sandbox_whose_options_stand_before_it() -> None:
    ended = done("--customers", "2", "--", sys.executable, "-m", "finicity_async", "customers", "--csv")
    assert [line.partition(",")[0] for line in ended.stdout.splitlines()] == ["id", "1005061234", "1005061235"]
    assert (ended.returncode, ended.stderr) == (0, "")


def test_arguments_of_the_command_are_its_own_and_its_exit_code_is_ours() -> None:
    arguments = ("-x", "--port", "--", "--help", "--version", "--json", "")
    ended = done("--", *python("import sys; print(sys.argv[1:]); sys.exit(7)", *arguments))
    assert (ended.stdout, ended.stderr, ended.returncode) == (f"{list(arguments)}\n", "", 7)


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [("no-such-command", NOT_FOUND, "No such file or directory"), ("/", NOT_EXECUTABLE, "Permission denied")],
)
def test_command_that_cannot_be_started_ends_with_the_code_of_a_shell(
    command: str, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sandbox", "--", command]) == code
    assert capsys.readouterr() == ("", f"{command}: {told}\n")


def test_fault_that_cannot_be_starts_no_command(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["sandbox", "--latency=-1", "--", "echo", "started"]) == UNUSABLE
    out, err = capfd.readouterr()
    assert out == ""
    assert "--latency" in err


def test_command_that_a_signal_ends_is_told_as_a_shell_does() -> None:
    assert run(["sandbox", "--", *python("import os; os.kill(os.getpid(), 9)")]) == 128 + 9


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1])
def test_signals_are_passed_on(number: signal.Signals) -> None:
    with talking() as process:
        assert process.stdout is not None
        process.send_signal(number)
        assert process.stdout.readline() == f"{number.name}\n"
        process.terminate()
        assert process.stdout.read() == "SIGTERM\n"
        assert process.wait(timeout=60) == 5


def test_signal_that_is_ignored_is_not_passed_on() -> None:
    with talking(before=["/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh"]) as process:
        assert process.stdout is not None
        process.send_signal(signal.SIGHUP)
        process.terminate()
        assert process.stdout.read() == "SIGTERM\n"
        assert process.wait(timeout=60) == 5


def test_ctrl_c_of_a_terminal_comes_once() -> None:
    ours, theirs = os.openpty()
    # The leader of a session that opens a terminal has it as its own.
    before = ["/bin/sh", "-c", 'exec 0<>"$0"; exec "$@"', os.ttyname(theirs)]
    with talking(before) as process:
        assert process.stdout is not None
        os.write(ours, b"\x03")
        assert process.stdout.readline() == "SIGINT\n"
        process.terminate()
        assert process.stdout.read() == "SIGTERM\n"
        assert process.wait(timeout=60) == 5
    os.close(ours)
    os.close(theirs)


async def test_signal_that_comes_before_the_command_has_started_waits_for_it() -> None:
    relay = _Relay()
    relay.take(signal.SIGTERM)
    process = await asyncio.create_subprocess_exec("sleep", "60")
    relay.start(process)
    assert await process.wait() == -signal.SIGTERM


async def test_a_signal_that_comes_after_the_end_of_the_command_is_lost_without_an_error() -> None:
    process = await asyncio.create_subprocess_exec(*python("import sys; sys.exit(7)"))
    await process.wait()
    await asyncio.sleep(0)  # The transport lets go of the process.
    relay = _Relay(waiting=[signal.SIGTERM])
    relay.start(process)
    relay.take(signal.SIGTERM)
    assert process.returncode == 7
