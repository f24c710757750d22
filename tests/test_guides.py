"""The programs of docs/transactions.md run, and print what stands below them."""

import asyncio
import re
import sys
from itertools import pairwise
from pathlib import Path

import pytest

GUIDE = (Path(__file__).parents[1] / "docs" / "transactions.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ("code", "output"), [(code, output) for (_, code), (_, output) in pairwise(BLOCKS) if "asyncio.run(" in code]
)
async def test_a_block_that_is_a_program_prints_what_stands_below_it(code: str, output: str) -> None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-W", "error", "-c", code, stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    assert (err.decode(), out.decode(), process.returncode) == ("", output, 0)
