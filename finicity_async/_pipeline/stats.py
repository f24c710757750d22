"""What a session has done so far: counted by the layers, shown by ``AsyncSession.stats``."""

from dataclasses import dataclass


class Counters:
    """
    What the layers of one session count; all start at 0.

    Attributes:
        calls: Calls made, logins not counted.
        sent: Requests sent, retries and logins included.
        retries: Requests that were sent again.
        logins: Logins sent.
        rate_limited: Responses with status 429.
        failures: Calls that ended in an error, logins not counted.
        received: Bytes of response bodies, decompressed.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.sent = 0
        self.retries = 0
        self.logins = 0
        self.rate_limited = 0
        self.failures = 0
        self.received = 0


@dataclass(frozen=True, slots=True)
class SessionStats:
    """
    What a session has done and is doing.

    Attributes:
        calls: Calls made, logins not counted.
        sent: Requests sent, retries and logins included.
        retries: Requests that were sent again.
        logins: Logins sent.
        rate_limited: Responses with status 429.
        failures: Calls that ended in an error, logins not counted.
        received: Bytes of response bodies, decompressed.
        in_flight: Requests on the wire now.
        waiting: Requests that wait for their start now.
        paused_for: Seconds until the pause that the vendor asked for ends, 0 when there is none.
        concurrency: Requests that may be on the wire now: ``max_connections``, or fewer after 429s and timeouts.
        token_age: Seconds since the token in use was issued, None while there is none and for a given ``app_token``.
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
    token_age: float | None
