"""The commands ``help`` and ``completion``, whose scripts real shells run."""

import os
import select
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from finicity_async.cli.commands import OK, UNUSABLE, run
from tests.support.tools import needs

COMMAND = "finicity-async"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with files whose names need quotes."""
    (tmp_path / "new ids").mkdir()
    (tmp_path / "my ids.csv").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["completion", shell]) == OK
    out, err = capsys.readouterr()
    assert err == ""
    return out


def answer(*command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 -- ours
    assert done.stderr == ""
    return done.stdout.splitlines()


def bash(written: str, *words: str) -> list[str]:
    """Return what bash is told to offer for the last of some words."""
    array = shlex.join((COMMAND, *words))
    ask = f'COMP_WORDS=({array}); COMP_CWORD={len(words)}; _finicity_async; printf "%s\\n" "${{COMPREPLY[@]}}"'
    return sorted(answer("bash", "--norc", "-c", f"{written}\n{ask}"))


def fish(written: str, *words: str) -> list[str]:
    """Return what fish offers for the last of some words, without the descriptions."""
    ask = f"complete --do-complete {shlex.quote(' '.join((COMMAND, *words)))}"
    return sorted(line.partition("\t")[0] for line in answer("fish", "--no-config", "-c", f"{written}\n{ask}"))


@contextmanager
def zsh(*lines: str) -> Iterator[int]:
    """Run zsh in a terminal, after some lines."""
    ours, theirs = os.openpty()
    command = ["zsh", "-f", "-i"]
    environ = {**os.environ, "TERM": "dumb", "PS1": "> "}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ) as process:  # noqa: S603 -- ours
        os.close(theirs)
        try:
            for line in (*lines, "print re''ady"):
                os.write(ours, f"{line}\n".encode())
            read_until(ours, "ready\r\n")
            yield ours
        finally:
            process.kill()
            process.wait()
            os.close(ours)


def read_until(terminal: int, text: str) -> None:
    """Read what a terminal shows until a text comes."""
    shown = ""
    while text not in shown:
        assert select.select([terminal], [], [], 60)[0], shown
        shown += os.read(terminal, 4096).decode(errors="replace")


CASES = [
    (["fet"], ["fetch"]),
    (["completion", "z"], ["zsh"]),
    (["fetch", "--re"], ["--resume", "--retry-errors"]),
]


@pytest.mark.parametrize(("words", "offered"), CASES)
@needs("bash", "apt-get install bash")
def test_bash_offers_commands_options_and_values(
    words: list[str], offered: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bash(script("bash", capsys), *words) == offered


@pytest.mark.parametrize(("words", "offered"), CASES)
@needs("fish", "apt-get install fish")
def test_fish_offers_commands_options_and_values(
    words: list[str], offered: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert fish(script("fish", capsys), *words) == offered


@needs("bash", "apt-get install bash")
def test_bash_offers_files_where_a_file_is_meant(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = script("bash", capsys)
    assert bash(written, "fetch", "") == bash(written, "fetch", "-", "-o", "") == ["my ids.csv", "new ids"]
    assert bash(written, "sandbox", "--faults", "my") == ["my ids.csv"]
    assert bash(written, "accounts", "my") == [""]


@needs("fish", "apt-get install fish")
def test_fish_offers_files_where_a_file_is_meant(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = script("fish", capsys)
    assert fish(written, "fetch", "my") == ["my ids.csv"]
    assert fish(written, "sandbox", "--faults", "my") == fish(written, "fetch", "-", "-o", "my") == ["my ids.csv"]
    assert fish(written, "accounts", "my") == fish(written, "my") == []


@needs("zsh", "apt-get install zsh")
@pytest.mark.parametrize("form", ["eval", "a file of fpath"])
def test_zsh_completes_commands_and_files(form: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "functions").mkdir()
    (folder / "functions" / "_finicity-async").write_text(script("zsh", capsys))
    start = "autoload -Uz compinit && compinit -u -D"
    load = {
        "eval": [start, 'eval "$(<functions/_finicity-async)"'],
        "a file of fpath": ["fpath=($PWD/functions $fpath)", start],
    }
    with zsh(*load[form]) as terminal:
        os.write(terminal, b"finicity-async fet\t")
        read_until(terminal, "fetch")
        os.write(terminal, b"my\t")
        read_until(terminal, r"my\ ids.csv")


@pytest.mark.parametrize("command", [[], ["fetch"]])
def test_help_is_what_the_option_shows(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["help", *command]) == OK
    shown = capsys.readouterr()
    assert run([*command, "--help"]) == OK
    assert shown == capsys.readouterr()
    assert shown.out.startswith(f"Usage: {' '.join([COMMAND, *command])}")


def test_help_for_no_command_of_ours_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["help", "nothing"]) == UNUSABLE
    assert "There is no command 'nothing'" in capsys.readouterr().err


def test_shell_that_is_not_known_is_refused_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "tcsh"]) == UNUSABLE
    err = capsys.readouterr().err
    assert all(shell in err for shell in ("bash", "zsh", "fish"))
