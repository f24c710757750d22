"""What the handlers of the admin interface act on, and how they refuse a request."""

from collections.abc import Callable
from dataclasses import dataclass, field

from finicity_async.sandbox.faults import InstalledFaults
from finicity_async.sandbox.journal import Journal
from finicity_async.sandbox.state import Snapshot, State


class ProblemError(Exception):
    """A request is refused with a status and a sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status: int = status


@dataclass(frozen=True, slots=True)
class Control:
    """
    A running sandbox, seen from the inside.

    Handlers run on the loop that serves. One that does not wait is alone with the state, as the methods of ``Sandbox``
    are.

    Attributes:
        state: Its state.
        faults: Its faults.
        journal: What it received.
        reset: Restores a snapshot, None for the initial state.
        snapshots: The snapshots that clients have taken, by name; they stay when the sandbox is reset.
    """

    state: State
    faults: InstalledFaults
    journal: Journal
    reset: Callable[[Snapshot | None], None]
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
