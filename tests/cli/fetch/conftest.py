"""What the tests of ``fetch`` share: a folder of their own, a vendor and a standard input."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.fetch.raw_vendor import Stdin, Vendor


@pytest.fixture(autouse=True)
def workplace(no_credentials: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in an empty folder, and wait next to nothing before a retry."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("finicity_async._pipeline.retrying._BASE", 0.001)
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def vendor(workplace: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    """Return a server that the command finds through the environment."""
    vendor = Vendor()
    with vendor.served():
        monkeypatch.setenv("FINICITY_APP_KEY", "test-app-key")
        monkeypatch.setenv("FINICITY_APP_TOKEN", "test-app-token")
        monkeypatch.setenv("FINICITY_BASE_URL", vendor.url)
        yield vendor


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stdin]:
    """Return a stdin for the command, which says nothing yet."""
    stdin = Stdin()
    monkeypatch.setattr(sys, "stdin", stdin)
    yield stdin
    stdin.close()


@pytest.fixture
def type_in(stdin: Stdin) -> Callable[[bytes], None]:
    """Return what puts bytes into stdin and ends it."""

    def give(content: bytes) -> None:
        stdin.give(content)
        stdin.end()

    return give
