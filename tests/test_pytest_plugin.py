"""The pytest plugin, in suites of their own under each of the plugins that run async tests."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from types import MappingProxyType
from typing import Any

import pytest

from finicity_async import AsyncSession, Sandbox, get_customer_accounts
from tests.support.processes import PYTEST

SAMPLE = Path(__file__).parent / "support" / "sample_service"
STRICT = ("-o", "asyncio_mode=strict", "-o", "asyncio_default_fixture_loop_scope=function")
AUTO = ("-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function")
ANYIO = ("-p", "no:asyncio")
SESSION = ("-o", "finicity_scope=session")
ONE_LOOP = ("-o", "asyncio_default_test_loop_scope=session")
ONE_BACKEND = """
import pytest

@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"
"""


def pytest_in(folder: Path, *options: str, environ: Mapping[str, str] = MappingProxyType({})) -> tuple[int, str]:
    """Run pytest with warnings as errors and no credentials; return its exit code and what it printed."""
    ours = ("FINICITY_", "PYTEST_")
    environ = {**{name: value for name, value in os.environ.items() if not name.startswith(ours)}, **environ}
    command = (*PYTEST, "-q", "-p", "no:cacheprovider", "-W", "error", *options)
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)  # noqa: S603
    return done.returncode, done.stdout + done.stderr


def suite(folder: Path, code: str) -> Path:
    """Write a suite of one file."""
    (folder / "test_suite.py").write_text(dedent(code))
    return folder


def marked_sample(folder: Path, mark: str, conftest: str = "") -> Path:
    """Copy the sample with another mark on its async tests, and no options of pytest-asyncio."""
    sample = shutil.copytree(SAMPLE, folder / "sample")
    units = sample / "suite" / "test_units.py"
    units.write_text(units.read_text().replace("pytestmark = pytest.mark.asyncio", mark))
    (sample / "pytest.ini").write_text("[pytest]\npythonpath = .\ntestpaths = suite\n")
    (sample / "conftest.py").write_text(conftest)
    return sample


def test_the_sample_passes_as_it_stands() -> None:
    status, out = pytest_in(SAMPLE)
    assert (status, out.splitlines()[-1][:9]) == (0, "10 passed"), out


@pytest.mark.parametrize(
    ("mark", "options", "conftest"),
    [
        pytest.param("pytestmark = pytest.mark.asyncio", (*STRICT, *SESSION, *ONE_LOOP), "", id="strict-session"),
        pytest.param("", AUTO, "", id="auto-function"),
        pytest.param("", (*AUTO, *SESSION, *ONE_LOOP), "", id="auto-session"),
        pytest.param("pytestmark = pytest.mark.anyio", ANYIO, "", id="anyio-function"),
        pytest.param("pytestmark = pytest.mark.anyio", (*ANYIO, *SESSION), ONE_BACKEND, id="anyio-session"),
        pytest.param("pytestmark = pytest.mark.anyio", STRICT, "", id="anyio-beside-pytest-asyncio"),
        pytest.param("", (*AUTO, "-n", "2"), "", id="two-workers"),
    ],
)
def test_the_sample_passes_under_every_plugin_and_scope(
    mark: str, options: tuple[str, ...], conftest: str, tmp_path: Path
) -> None:
    status, out = pytest_in(marked_sample(tmp_path, mark, conftest), *options)
    assert (status, out.splitlines()[-1][:9]) == (0, "10 passed"), out


def test_the_sample_with_a_mistake_fails_and_shows_what_the_service_asked_for(tmp_path: Path) -> None:
    sample = marked_sample(tmp_path, "")
    service = sample / "service.py"
    service.write_text(service.read_text().replace("{account.currency}", "EUR"))
    status, out = pytest_in(sample, *AUTO)
    assert (status, out.splitlines()[-1][:19]) == (1, "2 failed, 8 passed "), out
    assert "AssertionError" in out
    assert re.search(r"- finicity sandbox -.*\n.*CreateToken.*\n.*GetCustomerAccounts.*1005061234", out)


def test_a_failed_test_shows_what_its_sandbox_received_last(tmp_path: Path) -> None:
    code = """
        import pytest
        from finicity_async import get_customer_accounts

        @pytest.mark.asyncio
        async def test_many_calls(finicity_session):
            for _ in range(30):
                await get_customer_accounts(finicity_session, 1005061234)
            assert False

        def test_no_call(finicity_sandbox):
            assert False

        def test_no_sandbox():
            assert False

        class TestOther:
            @pytest.fixture
            def finicity_sandbox(self):
                return "one of the suite's own"

            def test_other_sandbox(self, finicity_sandbox):
                assert False
        """
    status, out = pytest_in(suite(tmp_path, code), *STRICT)
    _, many, none, *others = out.partition("short test summary")[0].split("____ ")
    shown = many.partition(" finicity sandbox ")[2].splitlines()[1:]
    assert status == 1
    assert re.fullmatch(r"\.\.\. \d+ earlier", shown[0])
    assert [line for line in shown if "GetCustomerAccounts" in line and "1005061234" in line] == shown[1:21]
    assert "No request was received." in none
    assert len(others) == 2
    assert "finicity sandbox" not in "".join(others)


def test_without_an_async_plugin_the_sandbox_works_and_the_session_says_what_to_install(tmp_path: Path) -> None:
    code = """
        import asyncio
        from finicity_async import AsyncSession, get_customer_accounts

        def test_the_sandbox(finicity_env):
            async def main():
                async with AsyncSession.from_env() as session:
                    assert len(await get_customer_accounts(session, 1005061234)) == 4
            asyncio.run(main())

        def test_the_session(finicity_session):
            pass
        """
    status, out = pytest_in(suite(tmp_path, code), "-p", "no:asyncio", "-p", "no:anyio")
    assert status == 1
    assert out.splitlines()[-1].startswith("1 passed, 1 error"), out
    assert "install pytest-asyncio, or mark the test with pytest.mark.anyio" in out


def test_plugins_that_are_named_one_by_one_find_each_other(tmp_path: Path) -> None:
    code = """
        import pytest

        @pytest.mark.asyncio
        async def test_the_session(finicity_session):
            pass
        """
    named = ("--disable-plugin-autoload", "-p", "pytest_asyncio.plugin", "-p", "finicity_async.pytest_plugin")
    status, out = pytest_in(suite(tmp_path, code), *STRICT, *named)
    assert status == 0, out


def test_a_test_on_trio_is_told_that_the_session_runs_on_asyncio(tmp_path: Path) -> None:
    code = """
        import pytest

        @pytest.fixture(params=["trio", ("trio", {}), ("asyncio", {"debug": True})])
        def anyio_backend(request):
            return request.param

        @pytest.mark.anyio
        async def test_the_session(finicity_session):
            pass
        """
    status, out = pytest_in(suite(tmp_path, code), *ANYIO)
    assert status == 1
    assert out.splitlines()[-1].startswith("1 passed, 2 errors"), out
    assert out.count("finicity_session runs on asyncio only, and this test on trio") >= 2


@pytest.mark.parametrize("default", ["function", "module"])
def test_the_session_belongs_to_the_loop_of_the_test_whatever_its_scope(default: str, tmp_path: Path) -> None:
    code = """
        import pytest
        from finicity_async import get_customer_accounts

        sessions = []

        async def check(session):
            assert len(await get_customer_accounts(session, 1005061234)) == 4
            assert all(earlier.closed and earlier is not session for earlier in sessions)
            sessions.append(session)

        @pytest.mark.asyncio
        async def test_by_default(finicity_session):
            await check(finicity_session)

        @pytest.mark.asyncio(loop_scope="session")
        async def test_in_the_loop_of_the_run(finicity_session):
            await check(finicity_session)

        @pytest.mark.asyncio(loop_scope="class")
        class TestInOneLoop:
            async def test_first(self, finicity_session):
                await check(finicity_session)

            async def test_second(self, finicity_session):
                await check(finicity_session)

        def test_without_a_loop(finicity_session):
            assert not finicity_session.closed
        """
    options = (*STRICT, "-o", f"asyncio_default_test_loop_scope={default}")
    status, out = pytest_in(suite(tmp_path, code), *options)
    assert (status, out.splitlines()[-1][:8]) == (0, "5 passed"), out


def test_a_sandbox_for_the_whole_run_keeps_what_a_test_did(tmp_path: Path) -> None:
    code = """
        from finicity_async import get_customer_accounts

        sandboxes, sessions = set(), set()

        async def test_first(finicity_sandbox, finicity_session):
            finicity_sandbox.customers["1005061234"].clear()
            sandboxes.add(finicity_sandbox), sessions.add(finicity_session)

        async def test_second(finicity_sandbox, finicity_session):
            assert len(await get_customer_accounts(finicity_session, 1005061234)) == 0
            assert (sandboxes, sessions) == ({finicity_sandbox}, {finicity_session})
        """
    status, out = pytest_in(suite(tmp_path, code), *AUTO, *SESSION, *ONE_LOOP)
    assert (status, out.splitlines()[-1][:8]) == (0, "2 passed"), out


def test_a_scope_that_is_none_is_refused_before_the_first_test(tmp_path: Path) -> None:
    status, out = pytest_in(tmp_path, "-o", "finicity_scope=modul")
    assert status == pytest.ExitCode.USAGE_ERROR
    assert "finicity_scope must be 'function' or 'session', not 'modul'" in out


def test_an_unrelated_run_loads_the_plugin_and_nothing_else_of_the_library(tmp_path: Path) -> None:
    code = """
        import sys

        def test_nothing_of_it():
            loaded = {name for name in sys.modules if name.startswith("finicity_async")}
            assert loaded == {"finicity_async", "finicity_async._version", "finicity_async.pytest_plugin"}
            assert not {"aiohttp", "msgspec", "backoff"} & {*sys.modules}
        """
    status, out = pytest_in(suite(tmp_path, code), *STRICT)
    assert status == 0, out


def test_each_test_has_a_sandbox_of_its_own_that_is_gone_after_it(tmp_path: Path) -> None:
    code = """
        import urllib.error
        import urllib.request

        import pytest

        from finicity_async import get_customer_accounts

        seen = []

        @pytest.mark.parametrize("time", ["first", "second"])
        async def test_all_accounts_are_there(time, finicity_sandbox, finicity_session):
            assert finicity_sandbox not in seen
            assert len(await get_customer_accounts(finicity_session, 1005061234)) == 4
            finicity_sandbox.customers["1005061234"].clear()
            seen.append(finicity_sandbox)

        def test_none_is_left():
            assert len(seen) == 2
            for sandbox in seen:
                with pytest.raises(urllib.error.URLError):
                    urllib.request.urlopen(sandbox.url)
        """
    status, out = pytest_in(suite(tmp_path, code), *AUTO)
    assert (status, "3 passed" in out) == (0, True), out


class TestOptions:
    @pytest.fixture
    def finicity_sandbox_options(self) -> dict[str, Any]:
        return {"customers": 3}

    def test_a_suite_says_what_its_sandbox_is_made_with(self, finicity_sandbox: Sandbox) -> None:
        assert len(finicity_sandbox.customers) == 3


@pytest.fixture
def developer(no_credentials: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have a token in the environment, and look afterwards whether it is as it was."""
    monkeypatch.setenv("FINICITY_APP_TOKEN", "of-their-own")
    before = dict(os.environ)
    yield
    assert {**os.environ, "PYTEST_CURRENT_TEST": ""} == {**before, "PYTEST_CURRENT_TEST": ""}


async def test_a_session_of_the_environment_is_on_the_sandbox_until_the_test_ends(
    developer: None, finicity_env: dict[str, str], finicity_sandbox: Sandbox
) -> None:
    assert finicity_env.items() <= os.environ.items()
    async with AsyncSession.from_env() as session:
        assert session.credentials == finicity_sandbox.credentials
        assert len(await get_customer_accounts(session, 1005061234)) == 4


LEFT = """
import os

def pytest_unconfigure():
    left = {name: value for name, value in os.environ.items() if name.startswith("FINICITY_")}
    print("left:", left)
"""


@pytest.mark.parametrize("options", [STRICT, (*STRICT, *SESSION)], ids=["function", "session"])
def test_variables_are_as_they_were_whoever_patches_them_and_in_whatever_order(
    options: tuple[str, ...], tmp_path: Path
) -> None:
    """The patch of a test noted the sandbox's key as the one from before, and brought it back after the sandbox."""
    code = """
        import os
        import pytest

        @pytest.fixture
        def mine(monkeypatch):
            monkeypatch.setenv("FINICITY_PARTNER_ID", "mine")

        @pytest.fixture
        def patched_before(monkeypatch):
            pass

        def test_patch_before(monkeypatch, finicity_env):
            monkeypatch.setenv("FINICITY_APP_KEY", "mine")

        def test_patch_after(finicity_env, monkeypatch):
            monkeypatch.delenv("FINICITY_APP_KEY")
            assert os.environ["FINICITY_PARTNER_ID"] == finicity_env["FINICITY_PARTNER_ID"]

        def test_patch_of_a_fixture(patched_before, finicity_env, mine):
            assert os.environ["FINICITY_PARTNER_ID"] == "mine"

        def test_late_variables(request, monkeypatch):
            environ = request.getfixturevalue("finicity_env")
            monkeypatch.setenv("FINICITY_BASE_URL", "https://mine.example")
            assert os.environ["FINICITY_APP_KEY"] == environ["FINICITY_APP_KEY"]

        def test_no_proxy(finicity_env):
            assert "FINICITY_PROXY" not in os.environ
        """
    (tmp_path / "conftest.py").write_text(LEFT)
    status, out = pytest_in(suite(tmp_path, code), *options, environ={"FINICITY_PROXY": "http://127.0.0.1:1"})
    assert status == 0, out
    assert "left: {'FINICITY_PROXY': 'http://127.0.0.1:1'}" in out


OTHER_VERSION = """
import pytest_asyncio
pytest_asyncio.__version__ = {!r}
"""
BOTH_KINDS = """
    import pytest

    @pytest.mark.asyncio
    async def test_with_the_session(finicity_session):
        pass

    @pytest.mark.asyncio
    async def test_with_the_sandbox(finicity_sandbox, finicity_env):
        pass
    """


@pytest.mark.parametrize("version", ["0.23.8", "0.26.0", "1.0.0", "1.0.1a1", "unknown"])
def test_pytest_asyncio_that_is_too_old_is_told_in_one_line_by_the_session_alone(version: str, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(OTHER_VERSION.format(version))
    status, out = pytest_in(suite(tmp_path, BOTH_KINDS), *STRICT)
    assert status == 1
    told = f"finicity_session needs pytest-asyncio 1.1 or later, and {version} is installed."
    assert out.splitlines().count(told) == 1
    assert "Traceback" not in out
    assert out.splitlines()[-1].startswith("1 passed, 1 error"), out


@pytest.mark.parametrize("version", ["1.1.0", "1.1.0a1", "1.10", "2"])
def test_pytest_asyncio_that_is_new_enough_is_taken(version: str, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(OTHER_VERSION.format(version))
    status, out = pytest_in(suite(tmp_path, BOTH_KINDS), *STRICT)
    assert (status, out.splitlines()[-1][:8]) == (0, "2 passed"), out
