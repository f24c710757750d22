"""What most tests share: the sandbox, a session on it, and a clock that a test moves."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass

import pytest
from aiohttp import web

from finicity_async import AsyncSession, Sandbox
from finicity_async.sandbox.routes import STATE, application
from finicity_async.sandbox.state import State

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


@dataclass(frozen=True)
class Noted:
    """A request that a sandbox received, at which second of its clock, and from which port of the client."""

    method: str
    path: str
    moment: float
    port: int


class Journal(list[Noted]):
    """Every request that the sandboxes of a test received."""

    @property
    def refreshes(self) -> list[Noted]:
        return [one for one in self if one.method == "POST" and one.path.endswith("/accounts")]

    @property
    def looks(self) -> list[Noted]:
        return [one for one in self if one.method == "GET"]


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch) -> Journal:
    """Note what the sandboxes receive that are made after this."""
    journal = Journal()

    @web.middleware
    async def note(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        assert request.transport is not None
        port = request.transport.get_extra_info("peername")[1]
        journal.append(Noted(request.method, request.path, request.app[STATE].clock(), port))
        return await handler(request)

    def application_with_journal(state: State) -> web.Application:
        app = application(state)
        app.middlewares.insert(0, note)
        return app

    monkeypatch.setattr("finicity_async.sandbox.application", application_with_journal)
    return journal


class ServedSandbox:
    """A sandbox on a thread and loop of its own, because a command runs a loop itself."""

    def __enter__(self) -> Sandbox:
        self.sandbox = Sandbox(refresh_seconds=0.02)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.sandbox.__aenter__(), self._loop).result()
        return self.sandbox

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.sandbox.__aexit__(None, None, None), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")


def set_credentials(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    """Put into the environment what a session on a sandbox needs."""
    credentials = sandbox.credentials
    monkeypatch.setenv("FINICITY_APP_KEY", credentials.app_key)
    monkeypatch.setenv("FINICITY_PARTNER_ID", credentials.partner_id or "")
    monkeypatch.setenv("FINICITY_PARTNER_SECRET", credentials.partner_secret or "")
    monkeypatch.setenv("FINICITY_BASE_URL", sandbox.url)


@pytest.fixture
def served(no_credentials: None, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Return a sandbox that a command finds through the environment."""
    with ServedSandbox() as sandbox:
        set_credentials(monkeypatch, sandbox)
        yield sandbox
