"""The README has few lines, its first code soon, and commands that set everything up."""

import re
import shlex
import sys

from tests.support.documents import ROOT, blocks_of
from tests.support.processes import run

README = ROOT / "README.md"
COMMANDS = [block.code for block in blocks_of(README) if block.language == "sh"]


async def test_the_demo_command_ends_with_a_table_of_accounts() -> None:
    command = COMMANDS[0].rpartition("&&")[2].strip()
    assert command == ".venv/bin/finicity-async demo"
    status, out, err = await run(sys.executable, "-m", "finicity_async", *shlex.split(command)[1:])
    assert (status, err) == (0, "")
    assert "5011648377" in out
    assert len(re.findall(r"^ 10050612\d\d +50116\d+ ", out, re.MULTILINE)) > 40


def test_each_command_is_one_line_that_sets_everything_up() -> None:
    assert len(COMMANDS) == 2
    for command in COMMANDS:
        assert command.count("\n") == 1
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install -q ")
    assert COMMANDS[1].rstrip().endswith("/nox")


def test_the_first_code_stands_on_line_15_or_sooner() -> None:
    assert README.read_text().splitlines().index("```python") < 15


def test_the_readme_has_200_lines_at_most() -> None:
    """What does not fit belongs on a page of docs/guides."""
    assert len(README.read_text().splitlines()) <= 200
