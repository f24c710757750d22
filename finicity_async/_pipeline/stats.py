"""What a session tells of itself."""

from dataclasses import dataclass


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
