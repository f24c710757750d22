"""
What a session tells a listener and the log.

``AsyncSession(on_event=...)`` is called with one frozen event at a time, in the task that the event happens in. The
events of one call share a number, ``call``. The log ``finicity_async`` has the same in words. Their texts name the
operation, never an ID, a URL or a secret; ``value`` and ``error`` hold what the caller gets.
"""

import logging
from collections.abc import Callable
from typing import Any, ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True):
    """
    Something that happened to a call; the base of all events.

    Attributes:
        call: Number of the call, unique within the process. A login has a number of its own.
        operation: The vendor's operationId, for example ``"GetCustomerAccounts"``.
    """

    log_level: ClassVar[int | None] = None
    _hidden: ClassVar[str | None] = None

    call: int
    operation: str

    def describe(self) -> str:
        """Return the line for the log."""
        return f"{self.operation}: {type(self).__name__}"

    def __repr__(self) -> str:
        """Show what rich shows."""
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show every field but the hidden one, whose value may be personal."""
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name != self._hidden]


class Called(Event, frozen=True):
    """
    A call was made; nothing has been sent yet.

    Attributes:
        method: HTTP method, for example ``"GET"``.
        path: The vendor's path with its placeholders, for example ``"/aggregation/v1/customers/{customerId}"``.
        base_url: Where the service is.
    """

    _hidden: ClassVar[str | None] = "base_url"

    method: str
    path: str
    base_url: str


class Sent(Event, frozen=True):
    """
    A request goes out. aiohttp's trace hooks find this event in ``trace_config_ctx.trace_request_ctx``.

    Attributes:
        attempt: 1 for the first send of the call, then 2, 3, ...
        refresh: Whether the request makes the vendor contact the institution.
    """

    attempt: int
    refresh: bool


class Answered(Event, frozen=True):
    """
    A response came, whatever its status.

    Attributes:
        attempt: The send that it answers, 1 for the first.
        status: HTTP status.
        elapsed: Seconds from the send to the end of the body.
    """

    log_level: ClassVar[int | None] = logging.DEBUG

    attempt: int
    status: int
    elapsed: float

    def describe(self) -> str:
        """Return the line for the log."""
        return f"{self.operation}: {self.status} in answer to attempt {self.attempt} after {self.elapsed:.3f} s"


class WillRetry(Event, frozen=True):
    """
    A send failed, and the request will be sent again.

    Attributes:
        attempt: The send that failed, 1 for the first.
        delay: Seconds until the next send, a pause of the session not counted.
        error: Why it failed.
    """

    log_level: ClassVar[int | None] = logging.INFO

    attempt: int
    delay: float
    error: Exception

    def describe(self) -> str:
        """Return the line for the log."""
        return f"{self.operation}: attempt {self.attempt} failed, next in {self.delay:.2f} s: {self.error}"


class Paused(Event, frozen=True):
    """
    The vendor asked for a pause; no request of the session starts until it is over.

    Attributes:
        seconds: How long it lasts from now.
    """

    log_level: ClassVar[int | None] = logging.WARNING

    seconds: float

    def describe(self) -> str:
        """Return the line for the log."""
        return f"{self.operation}: the vendor asks for a pause; nothing is sent for {self.seconds:.2f} s"


class SlowedDown(Event, frozen=True):
    """
    A 429 or a timeout halved the number of requests at a time.

    Attributes:
        concurrency: Requests that may be on the wire from now on.
    """

    log_level: ClassVar[int | None] = logging.WARNING

    concurrency: int

    def describe(self) -> str:
        """Return the line for the log."""
        return f"{self.operation}: the vendor cannot keep up; at most {self.concurrency} requests at a time from now on"


class LoggedIn(Event, frozen=True):
    """A login succeeded."""

    log_level: ClassVar[int | None] = logging.INFO

    def describe(self) -> str:
        """Return the line for the log."""
        return f"{self.operation}: logged in"


class LoginRefused(Event, frozen=True):
    """
    A login was refused, or was the last of several without a clear answer: nothing more is sent with these credentials.

    Attributes:
        error: What every call raises until ``AsyncSession.retry_login``.
    """

    log_level: ClassVar[int | None] = logging.ERROR

    error: Exception

    def describe(self) -> str:
        """Return the line for the log."""
        return str(self.error)


class Finished(Event, frozen=True):
    """
    A call ended.

    Attributes:
        attempts: How often it was sent.
        elapsed: Seconds from the call to its end, waits included.
        value: What the caller gets, None after an error.
        error: What the caller gets raised, ``asyncio.CancelledError`` included; ``GeneratorExit`` when the coroutine
            was dropped; None after a success.
    """

    _hidden: ClassVar[str | None] = "value"

    attempts: int
    elapsed: float
    value: Any
    error: BaseException | None


Listener = Callable[[Event], object]


class Notifier:
    """
    Tells events to a listener and to the log.

    Args:
        listener: Called with each event; what it raises is logged and dropped. None for the log alone.
    """

    def __init__(self, listener: Listener | None) -> None:
        self.log: logging.Logger = logging.getLogger("finicity_async")
        self.listener = listener

    def notify(self, event: Event) -> None:
        """Tell one event."""
        if event.log_level is not None and self.log.isEnabledFor(event.log_level):
            self.log.log(event.log_level, "%s", event.describe())
        if self.listener is not None:
            try:
                self.listener(event)
            except Exception as error:  # noqa: BLE001 -- a listener must not decide over calls
                self.log.error("on_event raised %s for %s", type(error).__name__, type(event).__name__)  # noqa: TRY400 -- its text may be personal
