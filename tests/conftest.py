"""What most tests share: the sandbox, a session on it, and a clock that a test moves."""

import asyncio
import importlib
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

import pytest

from finicity_async import AsyncSession, Sandbox
from finicity_async.sandbox.journal import Call, Journal
from tests.support.clock import MovedClock
from tests.support.journals import AllCalls, set_credentials
from tests.support.wire import Wire

collect_ignore = ["support/sample_service"]
"""A project of its own, which test_pytest_plugin.py runs."""

VARIABLES = (
    "FINICITY_APP_KEY",
    "FINICITY_PARTNER_ID",
    "FINICITY_PARTNER_SECRET",
    "FINICITY_APP_TOKEN",
    "FINICITY_BASE_URL",
    "FINICITY_PROFILE",
    "FINICITY_PROXY",
)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line each what a machine lacks, or why else tests were skipped."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    terminalreporter.write("".join(f"{number} skipped: {reason}\n" for reason, number in sorted(reasons.items())))


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Give each test its event loop: asyncio's, or that of the module FINICITY_TEST_LOOP names, such as uvloop."""
    name = os.environ.get("FINICITY_TEST_LOOP", "asyncio")
    return {name: importlib.import_module(name).new_event_loop}


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(refresh_seconds=0.02) as sandbox:
        yield sandbox


@pytest.fixture
async def session(sandbox: Sandbox) -> AsyncIterator[AsyncSession]:
    async with AsyncSession(sandbox.credentials, base_url=sandbox.url, random=lambda: 0.0) as session:
        yield session


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> AllCalls:
    """Collect what all sandboxes receive from now on."""
    received = AllCalls()
    note = Journal.note

    def note_here_too(self: Journal, call: Call) -> None:
        note(self, call)
        received.append(call)

    monkeypatch.setattr(Journal, "note", note_here_too)
    return received


@pytest.fixture
async def wire(still: Sandbox) -> AsyncIterator[Wire]:
    """Yield a bare connection, logged in, to the sandbox of a module's fixture ``still``."""
    async with Wire(still) as wire:
        await wire.log_in()
        yield wire


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def served(no_credentials: None, journal: AllCalls, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Return a sandbox that a command finds through the environment."""
    with Sandbox(refresh_seconds=0.02) as sandbox:
        set_credentials(monkeypatch, sandbox)
        yield sandbox


@pytest.fixture
async def no_task_is_left() -> AsyncIterator[None]:
    yield
    assert asyncio.all_tasks() == {asyncio.current_task()}
