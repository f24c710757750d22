"""Every block of code in the README and on the pages of the site runs, and prints what stands below it."""

import ast
import os
import re
import shlex
import sys
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from finicity_async import Sandbox
from finicity_async.cli.commands import app
from tests.support.documents import BLOCKS, ROOT, Block, service_of
from tests.support.processes import PYTEST, run
from tests.support.redis_server import RedisServer, needs_redis

REDIS_URL = "REDIS_URL"
QUIET = {"DASK_LOGGING__DISTRIBUTED": "warning"}
"""For Dask, which logs a traceback at INFO when one side of a connection is closed before the other."""


def each(*kinds: str) -> pytest.MarkDecorator:
    """Run a test with each block of some kinds."""
    marked = [(one, [needs_redis] if REDIS_URL in one.code else []) for one in BLOCKS if one.kind in kinds]
    return pytest.mark.parametrize("block", [pytest.param(one, id=one.place, marks=marks) for one, marks in marked])


def driver_of(code: str) -> str:
    """Return what asks a service for the first of its pages; nothing for a program that ends by itself."""
    framework = re.search(r"^from (fastapi|litestar) import", code, re.MULTILINE)
    path = re.search(r'^@(?:app\.)?get\("(.+?)"', code, re.MULTILINE)
    if framework is None or path is None:
        return ""
    url = path[1].replace(":str", "").format(customer_id=1005061234, account_id=5011648377)
    return f"""
from {framework[1]}.testing import TestClient as Client

with Client(app) as client:
    print(client.get({url!r}).text)
""".replace("fastapi.testing", "fastapi.testclient")


def is_as_shown(printed: str, output: str) -> bool:
    """Compare what was printed with what a page shows, which may end in an ellipsis."""
    return printed.startswith(output[:-4]) if output.endswith("...\n") else printed == output


@each("program")
async def test_a_program_prints_what_stands_below_it(block: Block, sandbox: Sandbox, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        variables = {**QUIET, **sandbox.variables}
        if REDIS_URL in block.code:
            variables[REDIS_URL] = (await stack.enter_async_context(RedisServer())).url
        command = (sys.executable, "-W", "error", "-c", block.code + driver_of(block.code))
        status, out, err = await run(*command, folder=tmp_path, **variables)
    if block.output.startswith("Traceback"):
        assert (status, err.splitlines()[-1]) == (1, block.output.splitlines()[-1])
    else:
        assert (status, "Traceback" in err, "Warning:" in err) == (0, False, False), out + err
        assert is_as_shown(out, block.output), out


@each("suite")
async def test_a_suite_passes_with_the_options_below_it(block: Block, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(block.output)
    (tmp_path / "test_block.py").write_text(block.code)
    one_plugin = ("-p", "no:asyncio") if "anyio_mode" in block.output else ()
    options = ("-q", "-p", "no:cacheprovider", "-W", "error", *one_plugin)
    status, out, err = await run(*PYTEST, *options, str(tmp_path), folder=tmp_path)
    assert (status, out.splitlines()[-1].partition(" in ")[0]) == (0, f"{block.code.count('def test_')} passed"), (
        out + err
    )


def calls_of(function: str, folder: Path) -> Iterable[tuple[str, ...]]:
    """Yield the texts with which the tests call a function."""
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("test_*.py")]
    for text in [text for text in texts if f"{function}(" in text]:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function:
                yield tuple(str(one.value) for one in node.args if isinstance(one, ast.Constant))


def test_every_service_is_run_by_a_test_that_asks_for_it() -> None:
    asked_for = {service_of(*arguments) for arguments in calls_of("service_of", ROOT / "tests") if arguments}
    assert [one.place for one in BLOCKS if one.kind == "service" and one.code not in asked_for] == []


def test_every_python_block_is_a_program_with_its_output_a_suite_with_its_options_or_a_service() -> None:
    assert [one.place for one in BLOCKS if one.kind == "unknown"] == []


@pytest.mark.parametrize(("code", "below"), [("print(1)", ""), ("print(1)", "sh"), ("def test_a(): ...", "")])
def test_a_python_block_that_no_test_would_run_is_found(code: str, below: str) -> None:
    assert Block("page.md", 1, "python", code, below, "").kind == "unknown"


# Commands


def words_of(block: Block) -> list[list[str]]:
    """Return the words of each call of ``finicity-async`` in a block."""
    lines = block.code.replace("\\\n", " ").splitlines()
    parts = [part for line in lines for part in re.split(r"[|>]|&&", line)]
    return [words[1:] for words in map(shlex.split, parts) if words[:1] == ["finicity-async"]]


@each("command", "endless command")
def test_a_command_and_its_options_exist(block: Block) -> None:
    for words in words_of(block):
        _, shared, _ = app.meta.parse_args(words, exit_on_error=False, print_error=False)
        app.parse_args(shared.args, exit_on_error=False, print_error=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the files that the pages speak of, and the command."""
    command = tmp_path / "finicity-async"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m finicity_async "$@"\n')
    command.chmod(0o755)
    (tmp_path / "ids.txt").write_text("1005061234\n1005061235\n")
    return tmp_path


@each("command")
async def test_a_command_that_ends_by_itself_succeeds(block: Block, folder: Path, sandbox: Sandbox) -> None:
    variables = {**sandbox.variables, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "100"}
    variables["XDG_CONFIG_HOME"] = str(folder / "config")
    status, out, err = await run("sh", "-euc", block.code, folder=folder, **variables)
    assert status == 0, err
    assert block.below != "text" or is_as_shown(out, block.output), out
