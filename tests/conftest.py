"""What most tests share: the sandbox, a session on it, and a clock that a test moves."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from wire import Wire

from finicity_async import AsyncSession, Sandbox
from finicity_async.sandbox.journal import Call, Journal

collect_ignore = ["sample_service"]
"""A project of its own, which test_pytest_plugin.py runs."""

VARIABLES = (
    "FINICITY_APP_KEY",
    "FINICITY_PARTNER_ID",
    "FINICITY_PARTNER_SECRET",
    "FINICITY_APP_TOKEN",
    "FINICITY_BASE_URL",
)


class MovedClock:
    """A clock in seconds that stands still until it is moved; ``sleep`` moves it and notes for how long."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


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


class AllCalls(list[Call]):
    """Every request that the sandboxes of a test received."""

    @property
    def refreshes(self) -> list[Call]:
        return [call for call in self if call.operation and call.operation.startswith("Refresh")]

    @property
    def looks(self) -> list[Call]:
        return [call for call in self if call.method == "GET"]


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


def set_credentials(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    """Put into the environment what a session on a sandbox needs."""
    for name, value in sandbox.variables.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def served(no_credentials: None, journal: AllCalls, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Return a sandbox that a command finds through the environment."""
    with Sandbox(refresh_seconds=0.02) as sandbox:
        set_credentials(monkeypatch, sandbox)
        yield sandbox
