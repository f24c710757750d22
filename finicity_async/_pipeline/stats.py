"""What a session tells of itself, and what it shares with a fan-out that uses it."""

from contextvars import ContextVar
from dataclasses import dataclass

REFRESHES_REFUSED = (
    "the vendor forbids to automate refreshes; say allow_refresh=True where an agreed business need covers this one. "
    "Nothing was sent."
)


@dataclass(slots=True)
class Errand:
    """
    What a fan-out allows to and learns from the calls that it makes for one customer.

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


ERRAND: ContextVar[Errand | None] = ContextVar("finicity_async_errand", default=None)


@dataclass(frozen=True, slots=True)
class SessionStats:
    """
    What a session has done and is doing.

    Attributes:
        calls: Calls made, logins left aside.
        sent: Requests sent, retries and logins included.
        retries: Requests that were sent again.
        logins: Logins sent.
        rate_limited: Responses with status 429.
        failures: Calls that ended in an error, logins left aside.
        received: Bytes of response bodies, decompressed.
        in_flight: Requests on the wire now.
        waiting: Requests that wait for a slot or for their start now.
        paused_for: Seconds until the pause that the vendor asked for ends, 0 when there is none.
        concurrency: Requests that may be on the wire now: ``max_connections``, or fewer after 429s and timeouts.
    """

    calls: int
    sent: int
    retries: int
    logins: int
    rate_limited: int
    failures: int
    received: int
    in_flight: int
    waiting: int
    paused_for: float
    concurrency: int
