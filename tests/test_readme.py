"""Every block of the README runs, and prints what stands below it."""

import asyncio
import os
import re
import shlex
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import ClientConnectionError, ClientSession

from finicity_async import Sandbox
from tests.support.journals import AllCalls
from tests.support.redis_server import RedisServer, free_port, needs_redis

README = (Path(__file__).parents[1] / "README.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REDIS_URL = "REDIS_URL"
BLOCKS = [(match[1], match[2]) for match in BLOCK.finditer(README)]
PYTHON = [
    pytest.param(code, BLOCKS[index + 1][1], id=f"block-{index}", marks=[needs_redis] if REDIS_URL in code else [])
    for index, (language, code) in enumerate(BLOCKS)
    if language == "python" and "def test_" not in code
]
SUITES = [
    pytest.param(code, BLOCKS[index + 1][1], id=f"block-{index}")
    for index, (language, code) in enumerate(BLOCKS)
    if language == "python" and "def test_" in code
]
COMMANDS = [code for language, code in BLOCKS if language == "sh"]


DRIVERS = {
    "from fastapi": """
from fastapi.testclient import TestClient

with TestClient(app) as client:
    print(client.get("/customers/1005061234/balances").text)
""",
    "from litestar": """
from litestar.testing import TestClient

with TestClient(app) as client:
    print(client.get("/customers/1005061234/accounts/5011648377").text)
""",
}
"""What asks the services of the README, by their first import."""


async def run(*command: str, **variables: str) -> tuple[int | None, str, str]:
    """Run a command with no credentials but those given; return its exit code, stdout and stderr."""
    pipe = asyncio.subprocess.PIPE
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FINICITY_")}
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=environ | variables)
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


def variables_of(sandbox: Sandbox) -> dict[str, str]:
    """Return the variables that lead to a sandbox."""
    return {
        "FINICITY_APP_KEY": sandbox.credentials.app_key,
        "FINICITY_PARTNER_ID": sandbox.credentials.partner_id or "",
        "FINICITY_PARTNER_SECRET": sandbox.credentials.partner_secret or "",
        "FINICITY_BASE_URL": sandbox.url,
    }


@pytest.mark.parametrize(("code", "output"), PYTHON)
async def test_a_python_block_prints_what_stands_below_it(code: str, output: str, sandbox: Sandbox) -> None:
    driver = "".join(driver for name, driver in DRIVERS.items() if name in code)
    async with AsyncExitStack() as stack:
        variables = variables_of(sandbox)
        if REDIS_URL in code:
            variables[REDIS_URL] = (await stack.enter_async_context(RedisServer())).url
        status, out, err = await run(sys.executable, "-W", "error", "-c", code + driver, **variables)
    if output.startswith("Traceback"):
        assert status == 1
        assert err.splitlines()[-1] == output.splitlines()[-1]
    elif output.endswith("...\n"):
        assert (status, out[: len(output) - 4]) == (0, output[:-4]), err
    else:
        assert (status, out) == (0, output), err


@pytest.mark.parametrize(("code", "options"), SUITES)
async def test_a_suite_passes_with_the_options_below_it(code: str, options: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(options)
    (tmp_path / "test_block.py").write_text(code)
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", str(tmp_path))
    status, out, err = await run(*command)
    assert (status, out.splitlines()[-1].partition(" in ")[0]) == (0, f"{code.count('def test_')} passed"), out + err


async def balances_from(url: str) -> str:
    """Ask a service until it is up."""
    async with asyncio.timeout(30), ClientSession() as caller:
        while True:
            try:
                async with caller.get(f"{url}/customers/1005061234/balances") as response:
                    return await response.text()
            except ClientConnectionError:
                await asyncio.sleep(0.05)


@needs_redis
async def test_the_service_with_four_processes_logs_in_once(journal: AllCalls, tmp_path: Path) -> None:
    ((code, output),) = (
        (param.values[0], param.values[1]) for param in PYTHON if "RedisPacer(" in str(param.values[0])
    )
    (tmp_path / "service.py").write_text(str(code), encoding="utf-8")
    command = ("-m", "uvicorn", "service:app", "--workers", "4", "--log-level", "critical", "--port", str(free_port()))
    async with Sandbox() as sandbox, RedisServer() as redis:
        environ = {**os.environ, **variables_of(sandbox), REDIS_URL: redis.url}
        service = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=tmp_path, env=environ)
        try:
            url = f"http://127.0.0.1:{command[-1]}"
            await balances_from(url)
            answers = await asyncio.gather(*(balances_from(url) for _ in range(60)))
        finally:
            service.terminate()
            await service.wait()
    assert {f"{answer}\n" for answer in answers} == {output}
    assert len([one for one in journal if one.target.endswith("/authentication")]) == 1


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
    assert README.splitlines().index("```python") < 15
