"""The checks of the project; ``nox`` runs them all but the benchmarks."""

import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = True
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "tests", "tests_python_backoff", "cover", "package"]


def _runs(python: str) -> bool:
    """Return whether an interpreter is there and starts; a pyenv shim may stand on the PATH and refuse."""
    path = shutil.which(python)
    if path is None:
        return False
    probe = [path, "-c", "import venv"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0  # noqa: S603 -- found on the PATH


_MINORS = range(11, 16)
PYTHONS = [f"3.{minor}" for minor in _MINORS if _runs(f"python3.{minor}")] or [sys.executable]


_SHORT = """\
fanout --rounds 3 --requests 300
fanout --rounds 3 --requests 300 --tls
decode --rounds 5 --loops 10
memory --customers 5000 --simulated 20000
overhead --rounds 2 --requests 2000 --timer-requests 300
imports --rounds 5
calls
sandbox --rounds 5 --requests 500
instructions --many 448"""


def _group(name: str) -> tuple[str, ...]:
    """Return a dependency group of pyproject.toml; the pip of Python 3.11 does not read them."""
    return nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), name)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests on every Python from 3.11 on that is installed."""
    session.install(*_group("test"), "-e", ".[cli,redis,dask]")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def tests_python_backoff(session: nox.Session) -> None:
    """Run the tests with python-backoff, the fork with the same import name, in place of backoff."""
    session.install(*_group("test"), "-e", ".[cli,redis,dask]")
    session.run("python", "-m", "pip", "uninstall", "-q", "-y", "backoff")
    session.install("python-backoff")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(python=PYTHONS[-1])
def cover(session: nox.Session) -> None:
    """Measure the coverage of package and tests, by branch; all of it is expected."""
    session.install(*_group("test"), "-e", ".[cli,redis,dask]")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-q", *session.posargs)
    session.run("coverage", "combine", "-q")
    unread = ["tests/typing/*", "tests/plain_install.py"]
    if shutil.which("java") is None:
        # The generator of the client needs it; in a CI the test fails instead.
        unread.append("tests/vendor/test_generated_client.py")
    session.run("coverage", "report", f"--omit={','.join(unread)}")


@nox.session
def bench(session: nox.Session) -> None:
    """Run every benchmark with short settings, too short for figures to publish, or one: ``-- module options``."""
    session.install(*_group("bench"), "-e", ".")
    for command in [session.posargs] if session.posargs else map(str.split, _SHORT.splitlines()):
        session.run("python", "-m", f"benchmarks.{command[0]}", *command[1:])


@nox.session
def types(session: nox.Session) -> None:
    """Check the types with mypy and pyright."""
    session.install(*_group("types"), "-e", ".[cli,redis,dask]")
    session.run("mypy")
    session.run("pyright")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    session.install(*_group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def package(session: nox.Session) -> None:
    """Build the wheel, install it alone, and run the README on it."""
    session.install(*_group("package"))
    out = Path(session.create_tmp()).resolve()
    shutil.rmtree(out / "dist", ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(out / "dist"))
    wheel = next((out / "dist").glob("*.whl"))
    session.run("python", "-m", "venv", "--clear", str(out / "clean"))
    python = str(out / "clean" / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    session.run(python, "-m", "pip", "install", "-q", str(wheel), external=True)
    session.run(python, "tests/plain_install.py", external=True)
    session.run(python, "-m", "pip", "install", "-q", f"{wheel}[cli,redis,dask]", *_group("test"), external=True)
    session.run(python, "-m", "pytest", "-q", "tests/test_readme.py", external=True)
