"""Faults that answer in the vendor's place: errors, limits, pages of an edge."""

import math
import re
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Annotated, Any, Self

import msgspec

from finicity_async.sandbox.faults._base import Count, Fault, HeaderName, HeaderValue, Match, Seconds
from finicity_async.sandbox.requests import ERRORS
from finicity_async.sandbox.responses import Response, error_response, json_response
from finicity_async.status_codes import describe_status

# HTTP statuses of aggregation status codes in an error; 500 for all others. Source: the vendor's page for each code.
_STATUSES = {331: 408, 949: 404, 3003: 404, 3004: 404, 4034: 400, 10027: 400, 44000: 202, 44002: 202}
_PAGE = b"<html><head><title>Request unsuccessful</title></head><body>Incident ID: 0-0</body></html>"

_TOLERANCE = 1e-9  # Seconds by which sums of floats may be off.

if TYPE_CHECKING:
    _Body = str | bytes | dict[str, Any] | list[Any]
else:
    _Body = (
        str | dict[str, Any] | list[Any]
    )  # In JSON there are no bytes, and msgspec takes no union of text and bytes.

HttpStatus = Annotated[int, msgspec.Meta(ge=200, le=599)]


class Status(Fault, frozen=True, kw_only=True, tag="status"):
    """An HTTP status with any body and headers."""

    status: HttpStatus
    """The status."""
    body: _Body = ""
    """The body; an object or a list is sent as JSON, bytes as they are."""
    headers: dict[HeaderName, HeaderValue] = msgspec.field(default_factory=dict)
    """Further headers; ``Content-Type`` replaces the one derived from the body."""

    def replacement(self, match: Match) -> Response:
        """Return the response."""
        if isinstance(self.body, dict | list):
            return replace(json_response(self.body, self.status), headers=self.headers)
        body = self.body.encode() if isinstance(self.body, str) else self.body
        content_type = "text/plain" if isinstance(self.body, str) else "application/octet-stream"
        return Response(
            status=self.status, body=body, content_type=content_type if body else None, headers=self.headers
        )

    def in_json(self) -> Self:
        """Return the same with a body that can be in JSON."""
        return msgspec.structs.replace(self, body="") if isinstance(self.body, bytes) else self


class VendorError(Fault, frozen=True, kw_only=True, tag="vendor_error"):
    """One of the vendor's errors by its code, or an aggregation status code as a live call reports it."""

    code: int | str
    """The vendor's code, for example ``38007``, ``185`` (500) or ``44000`` (202 with an error body)."""
    status: HttpStatus | None = None
    """The HTTP status; None for the one that the vendor uses with the code."""
    message: str | None = None
    """The text; None for the vendor's meaning of the code."""

    def replacement(self, match: Match) -> Response:
        """Return the response."""
        code = next((known for known in ERRORS if str(known) == str(self.code)), self.code)
        status, message = ERRORS.get(code) or _aggregation_error(code)
        return error_response(code, self.message or message, self.status or status)


def _aggregation_error(code: int | str) -> tuple[int, str]:
    if not re.fullmatch(r"[0-9]{1,9}", str(code)):
        return 400, "Error"
    return _STATUSES.get(int(code), 500), describe_status(int(code)).meaning


class EdgePage(Fault, frozen=True, kw_only=True, tag="edge_page"):
    """An HTML page of the network's edge in place of the vendor's JSON."""

    status: HttpStatus = 200
    """The status; an edge uses 200, 403 and 503."""

    def replacement(self, match: Match) -> Response:
        """Return the page."""
        return Response(status=self.status, body=_PAGE, content_type="text/html")


class TooManyRequests(Fault, frozen=True, kw_only=True, tag="too_many_requests"):
    """A 429, without a body as the vendor declares it."""

    retry_after: Seconds | None = 1.0
    """Seconds in the Retry-After header, rounded up; None for no such header."""
    as_date: bool = False
    """True: the header holds a date."""

    def replacement(self, match: Match) -> Response:
        """Return the response."""
        return _too_many(self.retry_after, match.state.clock() if self.as_date else None)


class RateLimit(Fault, frozen=True, kw_only=True, tag="rate_limit"):
    """A limit of requests per second, by a token bucket on the sandbox's clock; what is over it gets a 429."""

    requests_per_second: Annotated[float, msgspec.Meta(gt=0)]
    """How many requests a second go through in the long run."""
    burst: Count = 1
    """How many pass at once after a pause."""
    retry_after: bool = True
    """Whether the 429 says in whole seconds when the next request would go through."""

    def applies(self, match: Match) -> bool:
        """Return whether a request comes too soon; one that does not takes its token out of the bucket."""
        now, interval = match.state.clock(), 1 / self.requests_per_second
        due = max(now, match.memory.get("due", now))
        early: float = due - now - (self.burst - 1) * interval
        if early <= _TOLERANCE:
            match.memory["due"] = due + interval
        match.memory["early"] = early
        return early > _TOLERANCE

    def replacement(self, match: Match) -> Response:
        """Return a 429."""
        return _too_many(match.memory["early"] if self.retry_after else None, None)


def _too_many(seconds: float | None, now: float | None) -> Response:
    if seconds is None:
        return Response(status=429)
    text = str(math.ceil(seconds)) if now is None else formatdate(math.ceil(now + seconds), usegmt=True)
    return Response(status=429, headers={"Retry-After": text})
