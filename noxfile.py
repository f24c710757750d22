"""
The checks of the project; ``nox`` runs them all but the benchmarks.

The minutes of each session stand at its end, and the slowest tests at the end of a run. A machine may lack
redis-server, zsh, fish, Java or Chromium: what was skipped for that is said in one line each, and full coverage is
asked for only where nothing is lacking. With ``CI=true`` a lack is a failure. With ``FINICITY_TEST_SEEDS=200`` every
randomized test runs with at least 200 seeds, where it has a few by default.
"""

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import nox
from nox.command import CommandFailed

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = True
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "cover", "generated", "browser", "python_backoff", "package", "docs"]


def _runs(python: str) -> bool:
    """Return whether an interpreter is there and starts; a pyenv shim may stand on the PATH and refuse."""
    path = shutil.which(python)
    if path is None:
        return False
    probe = [path, "-c", "import venv"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0  # noqa: S603 -- found on the PATH


_MINORS = range(11, 16)
PYTHONS = [f"3.{minor}" for minor in _MINORS if _runs(f"python3.{minor}")] or [sys.executable]
# Every Python once: the newest in ``cover``, the oldest in ``lowest``, those between in ``pythons``.
nox.options.sessions += ["lowest", *(f"pythons-{python}" for python in PYTHONS[1:-1])]

_WITH_EXTRAS = ".[cli,dask,otel,redis]"
_PRERELEASES = {"aiohttp": "aiohttp>=3.14.3a0,<4", "msgspec": "msgspec>=0.21a0"}
"""Ranges that admit pre-releases; aiohttp 4.0.0a1 is a branch that was abandoned in 2019."""

_IN_CI = os.environ.get("CI") == "true"
_TOOLS = ("redis-server", "bash", "zsh", "fish")
_SLOWEST = ("-q", "--durations=20")
_CLIENT = "tests/vendor/test_generated_client.py"
_BROWSER = ("tests/sandbox/connecting/test_browser.py", "tests/sandbox/test_admin_browser.py")
_BROWSER_HELPER = "tests/support/browser.py"

_SHORT = """\
fanout --rounds 3 --requests 300
fanout --rounds 3 --requests 300 --tls
decode --rounds 5 --loops 10
memory --customers 5000 --simulated 20000
overhead --rounds 2 --requests 2000 --timer-requests 300
imports --rounds 5
latency --rounds 3 --calls 300 --syscalls
calls
sandbox --rounds 5 --requests 500
transactions --rounds 15 --read 20000
instructions --many 448"""


def _group(name: str) -> tuple[str, ...]:
    """Return a dependency group of pyproject.toml; the pip of Python 3.11 does not read them."""
    return nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), name)


def _lacking() -> list[str]:
    """Return why this machine cannot run every line, one sentence for each reason."""
    tools = [f"{tool} is not installed" for tool in _TOOLS if shutil.which(tool) is None]
    # Python 3.11 traces no line of a coroutine after an exception that it caught was thrown into it.
    return tools + (["the newest Python is 3.11, which traces too few lines"] if PYTHONS[-1] == "3.11" else [])


@nox.session(python=PYTHONS[-1])
def tests(session: nox.Session) -> None:
    """Run the tests on the newest Python, as ``cover`` does, without its measuring."""
    _run_tests(session)


@nox.session(python=PYTHONS)
def pythons(session: nox.Session) -> None:
    """Run the tests on every installed Python from 3.11 on."""
    _run_tests(session)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the tests on the oldest Python with the lowest versions that pyproject.toml allows."""
    project = nox.project.load_toml("pyproject.toml")["project"]
    ranges = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    _run_tests(session, *(requirement.replace(">=", "==") for requirement in ranges))


@nox.session(python=PYTHONS[-1])
@nox.parametrize("dependency", sorted(_PRERELEASES))
def prereleases(session: nox.Session, dependency: str) -> None:
    """Run the tests with the newest pre-release of one dependency; not in CI, because a red one is not our change."""
    _run_tests(session, _PRERELEASES[dependency])


def _run_tests(session: nox.Session, *requirements: str) -> None:
    """Run the tests with dependencies that also fit the requirements; the error names their versions."""
    session.install("--upgrade", *_group("test"), "-e", _WITH_EXTRAS, *requirements)
    try:
        session.run("python", "-m", "pytest", *_SLOWEST, *session.posargs)
    except CommandFailed:
        session.error(f"the tests fail on Python {session.python} with {_versions(session)}")


def _versions(session: nox.Session) -> str:
    """Return what is installed of the dependencies, for example ``aiohttp 3.14.3, backoff 2.2.1``."""
    names = "aiohttp", "backoff", "cyclopts", "distributed", "msgspec", "opentelemetry-api", "redis", "rich"
    code = f"from importlib.metadata import version; print(*(f'{{one}} {{version(one)}}' for one in {names}), sep=', ')"
    return str(session.run("python", "-c", code, silent=True)).strip()


@nox.session(python=PYTHONS[-1])
def uvloop(session: nox.Session) -> None:
    """Run the tests of sessions, fan-outs and refreshes on the event loop of uvloop."""
    session.install(*_group("test"), "-e", _WITH_EXTRAS, "uvloop")
    folders = ("tests/session", "tests/fanout", "tests/pipeline", "tests/refresh")
    session.run("python", "-m", "pytest", "-q", *folders, *session.posargs, env={"FINICITY_TEST_LOOP": "uvloop"})


@nox.session(python=PYTHONS[-1])
def python_backoff(session: nox.Session) -> None:
    """Run the tests of retries with python-backoff, the fork with the same import name, in place of backoff."""
    session.install(*_group("runner"), "-e", ".")
    session.run("python", "-m", "pip", "uninstall", "-q", "-y", "backoff")
    session.install("--force-reinstall", "--no-deps", "python-backoff")  # both have the same files
    session.run("python", "-m", "pytest", "tests/pipeline", *session.posargs)


@nox.session(python=PYTHONS[-1])
def cover(session: nox.Session) -> None:
    """Run the tests on the newest Python, and measure the coverage of package and tests, by branch: all of it."""
    session.install(*_group("test"), "-e", _WITH_EXTRAS)
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *_SLOWEST, *session.posargs)
    session.run("coverage", "combine", "-q")
    lacking = [] if _IN_CI else _lacking()
    session.run("coverage", "report", *(["--fail-under=0"] if lacking else []))
    for lack in lacking:
        session.warn(f"{lack}; so full coverage is not asked for")


@nox.session(python=PYTHONS[-1])
def generated(session: nox.Session) -> None:
    """Run a client generated from the vendor's document on the sandbox; the generator needs Java."""
    if shutil.which("java") is None and not _IN_CI:
        session.skip("java is not installed: no client was generated from the vendor's document")
    session.install(*_group("client"), "-e", ".")
    _run_alone(session, "java", _CLIENT)


@nox.session(python=PYTHONS[-1])
def browser(session: nox.Session) -> None:
    """Click through the pages of the sandbox in Chromium."""
    lacking = [tool for tool in ("chromium", "chromedriver") if shutil.which(tool) is None]
    if lacking and not _IN_CI:
        session.skip(f"{' and '.join(lacking)} not installed: the pages of the sandbox were tried in no browser")
    session.install(*_group("browser"), "-e", ".")
    _run_alone(session, "browser", *_BROWSER, helpers=(_BROWSER_HELPER,))


def _run_alone(session: nox.Session, mark: str, *files: str, helpers: Sequence[str] = ()) -> None:
    """Run files of tests that the other sessions leave out, and measure the coverage of them and their helpers."""
    session.env["COVERAGE_FILE"] = str(Path(session.create_tmp()).resolve() / "coverage")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *files, "-m", mark, *session.posargs)
    session.run("coverage", "combine", "-q")
    # An empty --omit would leave that of pyproject.toml, which names these files.
    session.run("coverage", "report", f"--include={','.join((*files, *helpers))}", "--omit=tests/typing/*")


@nox.session
def bench(session: nox.Session) -> None:
    """Run every benchmark with short settings, too short for figures to publish, or one: ``-- module options``."""
    session.install(*_group("bench"), "-e", ".")
    for command in [session.posargs] if session.posargs else map(str.split, _SHORT.splitlines()):
        session.run("python", "-m", f"benchmarks.{command[0]}", *command[1:])


@nox.session
def types(session: nox.Session) -> None:
    """Check the types with mypy and pyright, and that a user's type checker has to infer none of them."""
    session.install(*_group("types"), "-e", _WITH_EXTRAS)
    session.run("mypy")
    session.run("pyright")
    session.run("pyright", "--verifytypes", "finicity_async", "--ignoreexternal")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    session.install(*_group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def package(session: nox.Session) -> None:
    """Build the wheel, install it alone, and run the README and the pages of the site on it."""
    session.install(*_group("package"))
    out = Path(session.create_tmp()).resolve()
    shutil.rmtree(out / "dist", ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(out / "dist"))
    session.run("twine", "check", "--strict", *map(str, (out / "dist").iterdir()))
    wheel = next((out / "dist").glob("*.whl"))
    python = _clean_environment(session)
    session.run(python, "-m", "pip", "install", "-q", str(wheel), external=True)
    session.run(python, "tests/plain_install.py", external=True)
    session.run(python, "-m", "pip", "install", "-q", f"{wheel}{_WITH_EXTRAS[1:]}", *_group("test"), external=True)
    # Away from the sources, which would be imported in place of the wheel.
    shutil.rmtree(out / "alone", ignore_errors=True)
    for name in ("docs", "tests"):
        shutil.copytree(name, out / "alone" / name)
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(name, out / "alone")
    session.chdir(out / "alone")
    session.run(python, "-m", "pytest", "-q", "tests/test_readme.py", "tests/test_blocks.py", external=True)


def _clean_environment(session: nox.Session) -> str:
    """Make an environment with nothing in it but pip, and return its Python."""
    folder = Path(session.create_tmp()).resolve() / "clean"
    session.run("python", "-m", "venv", "--clear", str(folder))
    return str(folder / ("Scripts" if sys.platform == "win32" else "bin") / "python")


@nox.session(python=PYTHONS[-1])
def docs(session: nox.Session) -> None:
    """Build the site; a warning, such as a link that leads nowhere, is an error. Nothing is fetched for it."""
    session.install(*_group("docs"), "-e", _WITH_EXTRAS)
    out = Path(session.create_tmp()).resolve() / "html"
    session.run("sphinx-build", "-W", "--keep-going", "-q", "-E", "-b", "html", "docs", str(out))
    session.log(f"open {out / 'index.html'}")


@nox.session(python=PYTHONS[-1])
def sbom(session: nox.Session) -> None:
    """Write what a full installation consists of to dist/sbom.json, in CycloneDX; the last step before a release."""
    session.install("cyclonedx-bom>=7")
    python = _clean_environment(session)
    session.run(python, "-m", "pip", "install", "-q", _WITH_EXTRAS, external=True)
    Path("dist").mkdir(exist_ok=True)
    session.run("cyclonedx-py", "environment", python, "-o", str(Path("dist", "sbom.json")))


@nox.session(python=PYTHONS[-1])
def audit(session: nox.Session) -> None:
    """Look every dependency up in the vulnerability database of PyPI; needs the network, so it is not in CI."""
    session.install("pip-audit>=2.9", "-e", _WITH_EXTRAS)
    session.run("pip-audit", "--skip-editable", "--strict")
