"""Servers and clients as child processes: a line goes in, a line of JSON comes out."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

TOP = Path(__file__).resolve().parent.parent


class Child:
    """
    A module of this package as a child process, which ends when this one does.

    Args:
        module: Its dotted name, for example ``"benchmarks._server"``.
        *arguments: Its command-line arguments.
        before: A command to run the interpreter under, for example ``("valgrind",)``.
        environ: Environment variables to add.
        errors: Its stderr, as for ``subprocess.Popen``; None inherits ours.
    """

    def __init__(
        self,
        module: str,
        *arguments: str,
        before: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        errors: int | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [*before, sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=TOP,
            env={**os.environ, **(environ or {})},
            text=True,
        )
        self.greeting: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Wait until the program reports that it is ready."""
        try:
            self.greeting = self._answer()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the program."""
        self.end()

    def ask(self, line: object) -> dict[str, Any]:
        """Send a line and return the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self._answer()

    def end(self) -> None:
        """Close the program's stdin, which ends it, and wait; kill it after a minute."""
        try:
            self.process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args!r} ended without an answer, with code {self.process.wait()}")
        members: dict[str, Any] = json.loads(line)
        return members


def answer(**members: object) -> None:
    """Answer the parent from within a child."""
    print(json.dumps(members), flush=True)
