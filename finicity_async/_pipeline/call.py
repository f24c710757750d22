"""One call: what is sent, which task waits for it, and how far it has come."""

import asyncio
import functools
import itertools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

import msgspec

from finicity_async.auth import Token
from finicity_async.errors import ConfigurationError, FinicityError, TransportError
from finicity_async.operation import Request, Response

F = TypeVar("F", bound=Callable[..., Any])

REFRESHES_REFUSED = (
    "the vendor forbids automated refreshes; pass allow_refresh=True where an agreed business need covers this one. "
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


class CallContext:
    """
    Context of one map item, shared with the session: may it refresh, how many requests did it send.

    Attributes:
        allow_refresh: Whether a refresh may be sent.
        sent: Requests sent so far, logins not counted.
        unconnected: How many of them had no connection, so that they surely never reached the vendor.
    """

    __slots__ = ("allow_refresh", "sent", "unconnected")

    def __init__(self, *, allow_refresh: bool) -> None:
        self.allow_refresh = allow_refresh
        self.sent = 0
        self.unconnected = 0

    @property
    def reached(self) -> int:
        """How many requests may have reached the vendor."""
        return self.sent - self.unconnected


CALL_CONTEXT: ContextVar[CallContext | None] = ContextVar("finicity_async_call_context", default=None)


class Call(msgspec.Struct, eq=False):
    """
    One call on its way through the layers.

    Attributes:
        request: What is sent.
        context: The map item that it is made for, if any.
        timeout: Seconds for one send.
        max_tries: Most sends that fail, a 429 and a refused token not counted.
        started: The loop's time when the call was made.
        task: The task that waits for it.
        cancelled_before: Pending cancellations of that task when the call was made.
        is_observed: Whether anybody wants to hear of a send that goes well.
        timed_out: Whether the present send is past its deadline.
        closed: Whether the session was closed during the call.
        attempts: How often it was sent.
        token: The token that goes with the next send, None for none.
        replays: How often it was sent again because its token was refused.
        replay_until: Seconds of the session's clock until which it may wait for another token.
        decreases: Decreases of the concurrency limit when the present send began.
        transport: What the latest response came through.
        number: What the events of this call have in common.
    """

    request: Request[Any]
    context: CallContext | None
    timeout: float
    max_tries: int
    started: float
    task: asyncio.Task[Any]
    cancelled_before: int
    is_observed: bool
    timed_out: bool = False
    closed: bool = False
    attempts: int = 0
    token: Token | None = None
    replays: int = 0
    replay_until: float = 0.0
    decreases: int = 0
    transport: asyncio.Transport | None = None
    number: int = msgspec.field(default_factory=itertools.count(1).__next__)

    def expire(self) -> None:
        """Cancel the present send, whose deadline has passed."""
        self.timed_out = True
        self.task.cancel()

    def close(self) -> None:
        """Cancel the call because its session closes."""
        self.closed = True
        self.task.cancel()

    def drop_connection(self) -> None:
        """Close the connection of the latest response, which may be back in the pool or even in use again."""
        if self.transport is not None:
            self.transport.abort()

    def take_back_cancellation(self) -> bool:
        """
        Take back one cancellation of ours; True when no other is pending, so that the CancelledError was ours.

        This is the one place that decides who a CancelledError came from. A task that is cancelled several times before
        it runs gets a single CancelledError, so the exception cannot tell, but the count of pending cancellations can:
        ours are taken back here, once each. What is left above the count at the start of the call belongs to someone
        else (a caller, ``asyncio.timeout``, a close on top of a deadline), so the error has to propagate.
        """
        return self.task.uncancel() <= self.cancelled_before

    def closed_error(self) -> FinicityError:
        """Return the error of a call that was under way when its session was closed."""
        operation = self.request.operation
        text = f"{operation.operation_id}: the session was closed during the call."
        if not self.attempts:
            return ConfigurationError(f"{text} Nothing was sent.")
        outcome = "" if operation.idempotent else " The outcome is not known: read before you repeat the call."
        return TransportError(f"{text}{outcome}", operation=operation.operation_id, retryable=operation.idempotent)


class Layer(Protocol):
    """One layer of the pipeline; it knows the layer below and no other."""

    async def send(self, call: Call) -> Response:
        """
        Send a call and return its response.

        Raises:
            FinicityError: See ``finicity_async.errors``.
        """
        ...
