"""
The pytest plugin: a sandbox for each test, and a session on it, under pytest-asyncio and under anyio.

Loaded by every pytest run of an environment in which this library is installed, so it imports nothing but pytest
until a test asks for a fixture. The option ``finicity_scope`` in pytest's configuration is ``function`` for a fresh
sandbox for each test, or ``session`` for one for the whole run.
"""

import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from finicity_async.sandbox import Sandbox, WebhookReceiver
    from finicity_async.session import AsyncSession

_Scope = Literal["function", "session"]
_LoopScope = Literal["function", "class", "module", "package", "session"]
_LOOP_SCOPES: tuple[_LoopScope, ...] = ("function", "class", "module", "package", "session")
_ASYNCIO_FIXTURES = "finicity_async_asyncio"
_MOST_LINES = 20
_NO_PLUGIN = (
    "finicity_session needs the event loop of an async test: install pytest-asyncio, or mark the test with"
    ' pytest.mark.anyio (anyio_mode = "auto" does it for all). finicity_sandbox works without a loop.'
)
_OLDEST_ASYNCIO = (1, 1)
"""The first pytest-asyncio that takes fixtures which are registered while the tests run."""
_OLD_ASYNCIO = "finicity_session needs pytest-asyncio 1.1 or later, and {version} is installed."
_NO_ASYNCIO = (
    "finicity_session runs on asyncio only, and this test on {name}: let the suite's fixture anyio_backend"
    " return 'asyncio'."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    text = "how long a finicity_sandbox lives: function (default), a fresh one for each test, or session"
    parser.addini("finicity_scope", text, default="function")


def pytest_configure(config: pytest.Config) -> None:
    """Check the option."""
    if (scope := config.getini("finicity_scope")) not in ("function", "session"):
        raise pytest.UsageError(f"finicity_scope must be 'function' or 'session', not {scope!r}")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show in the report of a failed test what its sandbox received."""
    outcome: Any = yield
    report = outcome.get_result()
    sandbox: Any = getattr(item, "funcargs", {}).get("finicity_sandbox")
    # A suite may have put something of its own in the place of the sandbox.
    if report.failed and hasattr(sandbox, "calls"):
        report.sections.append(("finicity sandbox", sandbox.calls().last(_MOST_LINES)))


def _scope(fixture_name: str, config: pytest.Config) -> _Scope:  # noqa: ARG001 -- pytest calls it by these names
    """Return the scope that the suite chose."""
    scope: _Scope = config.getini("finicity_scope")
    return scope


@pytest.fixture(scope="session")
def finicity_sandbox_options() -> dict[str, Any]:
    """What ``Sandbox`` is made with; override it to give for example ``{"customers": 200, "seed": 7}``."""
    return {}


@pytest.fixture(scope=_scope)
def finicity_sandbox(finicity_sandbox_options: dict[str, Any]) -> "Iterator[Sandbox]":
    """A sandbox that serves on a thread of its own, for clients of any kind, in this process or another."""
    from finicity_async.sandbox import Sandbox  # noqa: PLC0415 -- late on purpose

    with Sandbox(**finicity_sandbox_options) as sandbox:
        yield sandbox


@pytest.fixture
def finicity_webhook(finicity_sandbox: "Sandbox") -> "Iterator[WebhookReceiver]":
    """A server that receives and verifies the events of the sandbox; its ``url`` goes into a link or a subscription."""
    from finicity_async.sandbox import WebhookReceiver  # noqa: PLC0415 -- late on purpose

    with WebhookReceiver(lambda: finicity_sandbox.credentials.partner_secret or "") as receiver:
        yield receiver


@pytest.fixture(scope=_scope)
def finicity_env(request: pytest.FixtureRequest, finicity_sandbox: "Sandbox") -> Iterator[dict[str, str]]:
    """The FINICITY_* variables of the sandbox, set in ``os.environ`` for ``AsyncSession.from_env()``."""
    variables = finicity_sandbox.variables
    # A token of the developer's own would go before the sandbox's partner, and a proxy does not reach the sandbox.
    unwanted = ("FINICITY_APP_TOKEN", "FINICITY_PROXY")
    before = {name: os.environ.get(name) for name in (*unwanted, *variables)}
    # With the test's own patch, which is undone in reverse order: if there were two, the one that is undone last could
    # take the sandbox's variables for those from before and bring them back.
    patch = request.getfixturevalue("monkeypatch") if request.scope == "function" else pytest.MonkeyPatch()
    for name in unwanted:
        patch.delenv(name, raising=False)
    for name, value in variables.items():
        patch.setenv(name, value)
    yield variables
    for name, earlier in before.items():  # The test's patch may be undone much later.
        os.environ.pop(name, None)
        if earlier is not None:
            os.environ[name] = earlier


@pytest.fixture(scope=_scope)
def finicity_session(
    request: pytest.FixtureRequest,
    finicity_sandbox: "Sandbox",  # noqa: ARG001 -- so that pytest knows of it before the test begins
) -> "AsyncSession":
    """
    A session on the sandbox, opened and closed in the event loop of the test; its retries do not wait.

    One for the whole run needs a loop for the whole run: ``asyncio_default_test_loop_scope = "session"`` of
    pytest-asyncio, or a fixture ``anyio_backend`` of session scope.
    """
    session: AsyncSession = request.getfixturevalue(_name_for_the_loop(request))
    return session


def _name_for_the_loop(request: pytest.FixtureRequest) -> str:
    """Return the name of the fixture that the plugin which runs the test can open and close."""
    if "anyio_backend" in request.fixturenames:
        return _name_for_anyio(request)
    # By module: the name under which a plugin is registered depends on how it was loaded.
    plugin = sys.modules.get("pytest_asyncio.plugin")
    if plugin is not None and request.config.pluginmanager.is_registered(plugin):
        return _name_for_asyncio(request)
    pytest.fail(_NO_PLUGIN, pytrace=False)


def _name_for_anyio(request: pytest.FixtureRequest) -> str:
    backend = request.getfixturevalue("anyio_backend")
    if (name := backend if isinstance(backend, str) else backend[0]) != "asyncio":
        pytest.fail(_NO_ASYNCIO.format(name=name), pytrace=False)
    return "_finicity_session_of_anyio"


def _name_for_asyncio(request: pytest.FixtureRequest) -> str:
    version = str(getattr(sys.modules.get("pytest_asyncio"), "__version__", "unknown"))
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < _OLDEST_ASYNCIO:
        pytest.fail(_OLD_ASYNCIO.format(version=version), pytrace=False)
    manager = request.config.pluginmanager
    if not manager.hasplugin(_ASYNCIO_FIXTURES):
        manager.register(_asyncio_fixtures(), _ASYNCIO_FIXTURES)
    return _name_in(_loop_scope(request))


def _name_in(loop_scope: str) -> str:
    return f"_finicity_session_in_{loop_scope}_loop"


def _loop_scope(request: pytest.FixtureRequest) -> str:
    """Return the scope of the loop in which pytest-asyncio runs the test."""
    if request.scope == "session":
        return "session"
    marker = request.node.get_closest_marker("asyncio")
    default = request.config.getini("asyncio_default_test_loop_scope")
    return str(marker.kwargs.get("loop_scope", default) if marker else default)


def _asyncio_fixtures() -> ModuleType:
    """
    Return a plugin with a fixture for each scope that the loop of a test can have.

    Made when the first test asks for it: a run that does not is none of our business, whatever its pytest-asyncio.
    """
    plugin = ModuleType(_ASYNCIO_FIXTURES)
    for loop_scope in _LOOP_SCOPES:
        setattr(plugin, _name_in(loop_scope), _asyncio_fixture(loop_scope))
    return plugin


def _asyncio_fixture(loop_scope: _LoopScope) -> object:
    import pytest_asyncio  # noqa: PLC0415 -- an unrelated run does not pay for it

    @pytest_asyncio.fixture(name=_name_in(loop_scope), scope=_scope, loop_scope=loop_scope)
    async def opened(finicity_sandbox: "Sandbox") -> "AsyncIterator[AsyncSession]":
        async with _session(finicity_sandbox) as session:
            yield session

    return opened


@pytest.fixture(name="_finicity_session_of_anyio", scope=_scope)
async def _opened_by_anyio(
    anyio_backend: object,  # noqa: ARG001 -- anyio opens the fixtures that ask for it
    finicity_sandbox: "Sandbox",
) -> "AsyncIterator[AsyncSession]":
    async with _session(finicity_sandbox) as session:
        yield session


def _session(sandbox: "Sandbox") -> "AsyncSession":
    from finicity_async.session import AsyncSession  # noqa: PLC0415 -- late on purpose

    return AsyncSession(sandbox.credentials, base_url=sandbox.url, random=lambda: 0.0)
