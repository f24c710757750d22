"""The guide is complete, and its example in another language prints what stands there."""

import asyncio
import os
import re
from pathlib import Path

from finicity_async.sandbox import Sandbox
from finicity_async.sandbox.admin.table import ROWS
from tests.support.tools import needs

DOCS = Path(__file__).parents[3] / "docs"
GUIDE = (DOCS / "guides" / "sandbox-for-any-language.md").read_text(encoding="utf-8")


def test_the_guide_lists_every_operation() -> None:
    listed = {
        (method, path)
        for methods, path in re.findall(r"((?:[A-Z]+, )*[A-Z]+) (/[\w./{}-]+)", GUIDE[GUIDE.index("\n|---|") :])
        for method in methods.split(", ")
    }
    assert {(row.method, row.path) for row in ROWS} <= listed


@needs("node", "apt-get install nodejs")
async def test_the_example_in_node_prints_what_the_guide_shows(sandbox: Sandbox) -> None:
    command = ("node", str(DOCS / "examples" / "sandbox.mjs"))
    pipe = asyncio.subprocess.PIPE
    environ = {**os.environ, **sandbox.variables}
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=environ)
    out, err = await process.communicate()
    (shown,) = re.findall(r"^```text\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert (err.decode(), out.decode(), process.returncode) == ("", shown, 0)
