"""One call: what is sent, who waits for it, and what has been tried for it so far."""

import asyncio
import functools
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from finicity_async.auth import Token
from finicity_async.errors import ConfigurationError, FinicityError, TransportError
from finicity_async.operation import Request

F = TypeVar("F", bound=Callable[..., Any])

REFRESHES_REFUSED = (
    "the vendor forbids to automate refreshes; say allow_refresh=True where an agreed business need covers this one. "
    "Nothing was sent."
)


def sends_refresh(function: F) -> F:
    """Mark a function that sends a refresh, so that ``map_customers`` refuses it before the first customer."""
    vars(function)["sends_refresh"] = True
    return function


def is_refresh(function: Any) -> bool:
    """
    Return whether a function carries the mark of ``sends_refresh``.

    Partial objects, methods and wrappers are unwrapped. A refresh inside a lambda is refused when it is sent.
    """
    while getattr(function, "sends_refresh", False) is not True:  # A mock has every attribute, but not this value.
        is_partial = isinstance(function, functools.partial)
        inner = function.func if is_partial else getattr(function, "__wrapped__", getattr(function, "__func__", None))
        if inner is None:
            return False
        function = inner
    return True


@dataclass(slots=True)
class CallContext:
    """
    Context of one map item, shared with the session: may it refresh, how many requests did it send.

    Attributes:
        allow_refresh: Whether a refresh may be sent.
        sent: Requests sent so far, logins left aside.
        unconnected: How many of them had no connection, so that they surely never reached the vendor.
    """

    allow_refresh: bool
    sent: int = 0
    unconnected: int = 0

    @property
    def reached(self) -> int:
        """How many requests may have reached the vendor."""
        return self.sent - self.unconnected


CALL_CONTEXT: ContextVar[CallContext | None] = ContextVar("finicity_async_context", default=None)


@dataclass(slots=True, eq=False)
class Call:
    """
    One call and what has been tried for it so far.

    Attributes:
        request: What is sent.
        started: The loop's time when the call was made.
        task: Who waits for it.
        cancelled_before: How often that task had been asked to end when the call was made.
        interrupted: Whether closing the session has cancelled it.
        late: Whether its present try has passed its deadline and was cancelled for that.
        attempts: How often it was sent.
        free: Sends that do not count as a try: after a 429, and once after a refused token.
        token: The token that was sent last.
        renewed: Whether it was sent again with another token.
        lost: How many responses were lost.
        waits: How many waits were drawn, each from a longer window.
        waited: Seconds waited because the vendor asked for it.
        decreases: How often the session had slowed down when the last try began.
    """

    request: Request[Any]
    started: float
    task: asyncio.Task[Any]
    cancelled_before: int
    interrupted: bool = False
    late: bool = False
    attempts: int = 0
    free: int = 0
    token: Token | None = None
    renewed: bool = False
    lost: int = 0
    waits: int = 0
    waited: float = 0.0
    decreases: int = 0

    @classmethod
    def begin(cls, request: Request[Any], loop: asyncio.AbstractEventLoop) -> Self:
        """Return a call that the running task makes now."""
        task = asyncio.current_task(loop)
        assert task is not None  # noqa: S101 -- a fact of asyncio: a coroutine runs in a task
        return cls(request, loop.time(), task, task.cancelling())

    def end_in_time(self) -> None:
        """Cancel the present try, whose deadline has passed."""
        self.late = True
        self.task.cancel()

    def interrupt(self) -> None:
        """Cancel the call, because its session closes; once, however often that is said."""
        if not self.interrupted:
            self.interrupted = True
            self.task.cancel()

    def closed_error(self) -> FinicityError:
        """Return the error of a call that its session's end has interrupted."""
        operation = self.request.operation
        text = f"{operation.operation_id}: the session was closed during the call."
        if not self.attempts:
            return ConfigurationError(f"{text} Nothing was sent.")
        outcome = "" if operation.idempotent else " The outcome is not known: read before you repeat the call."
        return TransportError(f"{text}{outcome}", operation=operation.operation_id, retryable=operation.idempotent)
