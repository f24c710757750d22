"""What the guide to testing shows works in a project with nothing else in it, under each async plugin."""

import tomllib
from pathlib import Path

import pytest

from tests.support.documents import BLOCKS, Block
from tests.support.processes import PYTEST, run

ASYNCIO, ANYIO = [one for one in BLOCKS if one.page == "docs/guides/testing.md" and one.kind == "suite"][:2]


def ini(section: str, options: str) -> str:
    """Return the options as a file that is not TOML has them: without quotation marks."""
    table = tomllib.loads(options)["tool"]["pytest"]["ini_options"]
    return "\n".join([f"[{section}]", *(f"{name} = {value}" for name, value in table.items()), ""])


@pytest.mark.parametrize(
    ("block", "file", "options", "other"),
    [
        pytest.param(ASYNCIO, "pyproject.toml", ASYNCIO.output, "anyio", id="asyncio"),
        pytest.param(ASYNCIO, "pytest.ini", ini("pytest", ASYNCIO.output), "anyio", id="asyncio-pytest.ini"),
        pytest.param(ASYNCIO, "setup.cfg", ini("tool:pytest", ASYNCIO.output), "anyio", id="asyncio-setup.cfg"),
        pytest.param(ANYIO, "pyproject.toml", ANYIO.output, "asyncio", id="anyio"),
        pytest.param(ANYIO, "pytest.ini", ini("pytest", ANYIO.output), "asyncio", id="anyio-pytest.ini"),
    ],
)
async def test_a_block_that_is_pasted_passes_without_a_warning(
    block: Block, file: str, options: str, other: str, tmp_path: Path
) -> None:
    (tmp_path / file).write_text(options)
    (tmp_path / "test_x.py").write_text(block.code)
    status, out, err = await run(*PYTEST, "-p", f"no:{other}", "-W", "error", folder=tmp_path)
    assert (status, "1 passed in" in out, "warning" in out) == (0, True, False), out + err
    assert f"rootdir: {tmp_path}" in out
    assert f"configfile: {file}" in out
