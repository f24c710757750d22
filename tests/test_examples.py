"""The programs in docs/examples run: a user copies them as they are."""

import asyncio
import csv
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from finicity_async import Sandbox
from finicity_async.sandbox import VendorError
from tests.support.documents import ROOT
from tests.support.processes import PYTEST, run

EXAMPLES = ROOT / "docs" / "examples"
OPTIONS = """\
[tool.pytest.ini_options]
pythonpath = ["."]
asyncio_default_fixture_loop_scope = "function"
"""


async def fed(text: str, *command: str, **variables: str) -> tuple[int | None, str]:
    """Run a command with a text on its stdin; return its exit code and stderr."""
    pipe = asyncio.subprocess.PIPE
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FINICITY_")} | variables
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stderr=pipe, env=environ)
    _, err = await process.communicate(text.encode())
    return process.returncode, err.decode()


async def test_the_tests_of_the_service_pass(tmp_path: Path) -> None:
    for name in ("sign_up_service.py", "test_sign_up_service.py"):
        shutil.copy(EXAMPLES / name, tmp_path)
    (tmp_path / "pyproject.toml").write_text(OPTIONS)
    options = ("-q", "-p", "no:cacheprovider", "-W", "error")
    status, out, err = await run(*PYTEST, *options, str(tmp_path), folder=tmp_path)
    passed = (EXAMPLES / "test_sign_up_service.py").read_text().count("def test_")
    assert (status, out.splitlines()[-1].partition(" in ")[0]) == (0, f"{passed} passed"), out + err


async def test_the_nightly_copy_goes_on_with_the_customers_that_are_missing(sandbox: Sandbox, tmp_path: Path) -> None:
    customers = [*sandbox.customers][:4]
    fault = VendorError(operation="GetAllCustomerTransactions", code=103, customer_id=customers[1], first=1)
    sandbox.add_fault(fault)
    program = (sys.executable, "-W", "error", str(EXAMPLES / "nightly_sync.py"), str(tmp_path / "copy.db"))
    status, err = await fed("\n".join(customers), *program, "2026-11-29", **sandbox.variables)
    assert (status, err.split()[0]) == (1, customers[1]), err

    read = len(sandbox.calls("GetAllCustomerTransactions"))
    assert await fed("\n".join(customers), *program, "2026-11-29", **sandbox.variables) == (0, "")
    assert {call.customer_id for call in sandbox.calls("GetAllCustomerTransactions")[read:]} == {customers[1]}
    with closing(sqlite3.connect(tmp_path / "copy.db")) as database:
        copied = {customer for (customer,) in database.execute("select distinct customer from booked")}
    assert copied == set(customers)


async def test_the_notebook_prints_totals_and_writes_a_csv(sandbox: Sandbox, tmp_path: Path) -> None:
    pytest.importorskip("polars")
    program = (sys.executable, "-W", "error", str(EXAMPLES / "to_dataframe.py"))
    status, out, err = await run(*program, folder=tmp_path, **sandbox.variables)
    assert (status, err) == (0, "")
    assert "checking" in out
    with (tmp_path / "transactions.csv").open(newline="") as file:
        assert next(csv.reader(file)) == ["account", "posted", "amount", "description"]
        assert len(list(file)) > 10
