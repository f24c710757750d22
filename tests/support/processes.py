"""Commands that are run to their end."""

import asyncio
import os
import sys
from pathlib import Path

PYTEST = (sys.executable, "-m", "pytest", "-p", "no:faker")
"""Pytest, without a plugin that a dependency of the tests brings along: to import it takes longer than most suites."""


async def run(*command: str, folder: Path | None = None, **variables: str) -> tuple[int | None, str, str]:
    """Run a command with no credentials but those given; return its exit code, stdout and stderr."""
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FINICITY_")} | variables
    process = await asyncio.create_subprocess_exec(
        *command, stdin=nothing, stdout=pipe, stderr=pipe, env=environ, cwd=folder
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()
