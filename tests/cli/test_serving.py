"""The command ``finicity-async sandbox``: a server for clients in any language."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from finicity_async import AsyncSession, ServerError, get_customer_accounts
from finicity_async.cli.commands import UNUSABLE, run

COMMAND = [sys.executable, "-m", "finicity_async", "sandbox"]


@contextmanager
def serving(*options: str, end: signal.Signals = signal.SIGINT) -> Iterator[dict[str, str]]:
    """Run the command, give the variables that it prints, and end it by a signal."""
    with subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 -- ours
        assert process.stdout is not None
        try:
            yield dict(process.stdout.readline().rstrip().split("=", 1) for _ in range(4))
        finally:
            process.send_signal(end)
            out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (0, ""), err
        assert err.startswith("Serving ")


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
async def test_it_prints_the_variables_that_reach_it_and_nothing_else(end: signal.Signals) -> None:
    with serving("--customers", "3", "--seed", "7", end=end) as variables:
        async with AsyncSession.from_env(variables) as session:
            assert len(await get_customer_accounts(session, 1005061236)) == 4


async def test_same_seed_has_the_same_secrets_and_another_one_others() -> None:
    secrets = []
    for seed in ("1", "1", "2"):
        with serving("--seed", seed) as variables:
            secrets.append(variables["FINICITY_PARTNER_SECRET"])
    assert secrets[0] == secrets[1] != secrets[2]


async def test_requests_over_the_rate_limit_are_told_to_wait() -> None:
    with serving("--rate-limit", "1", "--latency", "0.01") as variables:
        async with AsyncSession.from_env(variables) as session, asyncio.TaskGroup() as group:
            for _ in range(2):
                group.create_task(get_customer_accounts(session, 1005061234))
        assert session.stats.rate_limited >= 1


async def test_faults_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps([{"fault": "status", "status": 503, "first": 1}]))
    with serving("--faults", str(file)) as variables:
        async with AsyncSession.from_env(variables, max_tries=1) as session:
            with pytest.raises(ServerError):
                await get_customer_accounts(session, 1005061234)
            assert len(await get_customer_accounts(session, 1005061234)) == 4


async def test_sandbox_without_customers_is_served() -> None:
    with serving("--customers", "0") as variables:
        assert variables["FINICITY_BASE_URL"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "No such file"),
        ("[", "truncated"),
        ('[{"fault": "status", "status": 503, "body": ' + "[" * 100_000, "nested too deeply"),
        ('[{"fault": "stats"}]', "Invalid value 'stats'"),
        ('[{"fault": "status", "status": "x"}]', "$[0].status"),
        ('[{"fault": "status", "status": 503, "operation": "Nothing"}]', "Nothing"),
    ],
)
def test_file_of_faults_that_does_not_fit_is_refused_with_its_place(
    text: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "faults.json"
    if text is not None:
        file.write_text(text)
    assert run(["sandbox", "--faults", str(file)]) == UNUSABLE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert "--faults" in printed.err


@pytest.mark.parametrize(
    "option",
    [
        *("--latency=-1", "--latency=nan", "--rate-limit=0", "--rate-limit=-5", "--rate-limit=inf"),
        *("--port=-1", "--port=65536", "--customers=-1"),
    ],
)
def test_option_that_cannot_be_is_refused_by_its_name(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sandbox", option]) == UNUSABLE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f" for {option.partition('=')[0]}. Must be " in printed.err


async def test_port_that_is_taken_is_said() -> None:
    with serving() as variables:
        port = variables["FINICITY_BASE_URL"].rpartition(":")[2]
        command = [*COMMAND, "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603, ASYNC221 -- ours
        assert done.returncode == UNUSABLE
        assert port in done.stderr
