"""What the sandboxes of a test received, and the environment in which a session finds one."""

import pytest

from finicity_async import Sandbox
from finicity_async.sandbox.journal import Call


class AllCalls(list[Call]):
    """Every request that the sandboxes of a test received."""

    @property
    def refreshes(self) -> list[Call]:
        return [call for call in self if call.operation and call.operation.lower().startswith("refresh")]

    @property
    def looks(self) -> list[Call]:
        return [call for call in self if call.method == "GET"]


def set_credentials(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    """Put into the environment what a session on a sandbox needs."""
    for name, value in sandbox.variables.items():
        monkeypatch.setenv(name, value)
