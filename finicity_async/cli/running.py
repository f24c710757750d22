"""A command that runs with the variables of a sandbox: ``finicity-async sandbox -- COMMAND``."""

import asyncio
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from rich.console import Console

NOT_EXECUTABLE, NOT_FOUND = 126, 127
"""Exit codes of a command that could not be started, as those of ``env`` and of shells."""

_PASSED_ON = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
)
_FROM_KEYBOARD = {signal.SIGINT, getattr(signal, "SIGQUIT", signal.SIGINT)}


@dataclass(slots=True)
class _Relay:
    """Passes signals on to a process; those that come before it has started wait for it."""

    process: asyncio.subprocess.Process | None = None
    waiting: list[signal.Signals] = field(default_factory=list)

    def start(self, process: asyncio.subprocess.Process) -> None:
        """Pass on what waits."""
        self.process = process
        for number in self.waiting:
            _send(process, number)

    def take(self, number: signal.Signals) -> None:
        """Pass a signal on, unless the terminal has sent it to the process, too."""
        if self.process is None:
            self.waiting.append(number)
        elif number not in _FROM_KEYBOARD or not _has_the_keyboard():
            _send(self.process, number)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Take the signals that ask to end or to do something, but for those that this process is to ignore."""
        loop = asyncio.get_running_loop()
        numbers = [one for one in _PASSED_ON if signal.getsignal(one) != signal.SIG_IGN]
        try:
            for number in numbers:
                loop.add_signal_handler(number, self.take, number)
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)


def _send(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # It may have ended by itself, and its exit code counts.
        process.send_signal(number)


def _has_the_keyboard() -> bool:
    """Return whether this process is in the foreground of a terminal, whose Ctrl-C reaches the command by itself."""
    try:
        terminal = os.open(os.ctermid(), os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)


async def run_command(console: Console, command: Sequence[str], variables: Mapping[str, str]) -> int:
    """
    Run a command with the variables of a sandbox, and none that leads elsewhere; pass signals on.

    Args:
        console: Where to say that the command cannot be started.
        command: The program and its arguments. It inherits stdin, stdout and stderr.
        variables: FINICITY_* variables for it; all others of that name are taken out of its environment.

    Returns:
        Its exit code; 128 and the number of the signal that ended it; 126 or 127 when it cannot be started.
    """
    others = {name: value for name, value in os.environ.items() if not name.startswith("FINICITY_")}
    relay = _Relay()
    with relay.installed():
        try:
            process = await asyncio.create_subprocess_exec(*command, env={**others, **variables})
        except OSError as error:
            console.print(f"{command[0]}: {error.strerror}", markup=False, highlight=False, soft_wrap=True)
            return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
        relay.start(process)
        code = await process.wait()
    return code if code >= 0 else 128 - code
