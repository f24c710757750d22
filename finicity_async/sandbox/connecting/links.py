"""Links to Connect: signed, good for two hours, and for one success where that was asked for."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from finicity_async.sandbox.clock import Clock

PATH = "/connect"
"""Where a link leads on the sandbox."""
_LIFETIME = 7_200_000  # milliseconds
Kind = Literal["full", "lite", "fix", "transfer", "microentry"]
_WITHOUT_PAGES = ("transfer", "microentry")


class LinkRefusedError(ValueError):
    """A link opens no session; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """
    Where the events of a session go, and what the user wants to have with them.

    Attributes:
        url: The user's server.
        content_type: Content-Type of the events.
        data: Members that come back in every event, None for none.
        headers: Headers that come with every event.
    """

    url: str
    content_type: str = "application/json"
    data: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """
    What a link is for.

    Attributes:
        kind: Full, lite with one institution, fix for one login, or one for which the sandbox has no pages.
        customer_id: The customer who is to connect accounts.
        consumer_id: The customer's consumer record, if there is one.
        institution_id: The only institution of a lite or fix link.
        institution_login_id: The login that a fix link repairs.
        redirect_uri: Where the browser goes in the end.
        webhook: Where the events go.
        single_use: Whether the link ends with the first session that succeeds.
    """

    kind: Kind
    customer_id: str
    consumer_id: str | None = None
    institution_id: str | None = None
    institution_login_id: str | None = None
    redirect_uri: str | None = None
    webhook: Webhook | None = None
    single_use: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """
    A link that was made.

    Attributes:
        purpose: What it is for.
        query: Its query, signature and all.
        timestamp: When it was made, in milliseconds.
    """

    purpose: Purpose
    query: str = field(repr=False)
    timestamp: int

    @property
    def expires(self) -> int:
        """When it ends, in milliseconds."""
        return self.timestamp + _LIFETIME


class Links:
    """
    The links that were made.

    Args:
        clock: The sandbox's clock.
        key: What they are signed with.
    """

    def __init__(self, clock: Clock, key: str) -> None:
        self._clock = clock
        self._key = key.encode()
        self._links: dict[str, Link] = {}
        self._spent: set[str] = set()

    def make(self, purpose: Purpose, partner_id: str) -> Link:
        """Make a link."""
        timestamp = self._now()
        while str(timestamp) in self._links:  # a clock that stands still would make the same link twice
            timestamp += 1
        members = {
            "customerId": purpose.customer_id,
            "institutionId": purpose.institution_id,
            "origin": "url",
            "partnerId": partner_id,
            "timestamp": str(timestamp),
            "ttl": str(timestamp + _LIFETIME),
            "type": None if purpose.kind == "full" else purpose.kind,
        }
        if purpose.webhook is not None:
            members["webhookContentType"] = purpose.webhook.content_type
        given = {name: value for name, value in members.items() if value is not None}
        given["signature"] = hmac.digest(self._key, urlencode(given).encode(), "sha256").hex()
        link = self._links[str(timestamp)] = Link(purpose, urlencode(sorted(given.items())), timestamp)
        return link

    def open(self, url: str) -> Link:
        """
        Return the link of a URL, if it may be used now.

        Raises:
            LinkRefusedError: It was changed or made elsewhere, has expired, was used up, or opens no pages here.
        """
        members = sorted(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        link = self._links.get(dict(members).get("timestamp", ""))
        if link is None or members != parse_qsl(link.query):
            raise LinkRefusedError("The signature does not fit: this link is not as the sandbox made it")
        self.check(link)
        if link.purpose.kind in _WITHOUT_PAGES:
            raise LinkRefusedError(f"The sandbox has no pages for a link of type {link.purpose.kind}")
        return link

    def check(self, link: Link) -> None:
        """
        Check that a link may still be used.

        Raises:
            LinkRefusedError: It has expired, or was used up.
        """
        if self._now() >= link.expires:
            raise LinkRefusedError("The link has expired: it was good for two hours")
        if link.query in self._spent:
            raise LinkRefusedError("The link was good for one success, which it has had")

    def spend(self, link: Link) -> None:
        """Note that a session of a link has succeeded."""
        if link.purpose.single_use:
            self._spent.add(link.query)

    def copy(self) -> "Links":
        """Return a copy with the same clock and key."""
        other = Links(self._clock, "")
        other._key = self._key
        other._links, other._spent = dict(self._links), set(self._spent)
        return other

    def _now(self) -> int:
        return int(self._clock() * 1000)
