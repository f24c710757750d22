"""A response as a value: what came back over the wire."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec


class Response(msgspec.Struct, frozen=True, eq=False):
    """
    What came back over the wire.

    Attributes:
        status: HTTP status.
        headers: The headers, found in any case.
        body: The body, decompressed.
        attempts: How often the request was sent, the first time counted.
        elapsed: Seconds from the call to the response, waits included.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    attempts: int = 1
    elapsed: float = 0.0

    def __repr__(self) -> str:
        """Show the figures; headers and body may hold secrets."""
        return f"Response(status={self.status}, body={len(self.body)} bytes, attempts={self.attempts})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show the same to rich."""
        return [("status", self.status), ("body", f"{len(self.body)} bytes"), ("attempts", self.attempts)]


def http_date(text: str) -> datetime | None:
    """Read a date of an HTTP header, None when it is none."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
