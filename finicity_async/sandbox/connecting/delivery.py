"""Events on their way to the user's server: posted once, those of Connect signed, and kept for the test to read."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from finicity_async.sandbox.connecting.links import Webhook
from finicity_async.sandbox.hosts import is_loopback
from finicity_async.sandbox.latest import Latest
from finicity_async.sandbox.responses import encode_exactly

_MOST = 10_000
_TIMEOUT = aiohttp.ClientTimeout(total=10)  # seconds; the vendor's own limit is not known
_PING: dict[str, Any] = {"eventType": "ping", "payload": {}}
_OURS = frozenset({"connection", "content-length", "content-type", "host", "transfer-encoding", "x-finicity-signature"})
"""Headers that the user's own do not replace."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*", re.ASCII)
_NO_ANSWER = (TimeoutError, aiohttp.ClientError, OSError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentEvent:
    """
    One event as it was sent.

    Attributes:
        event_type: What happened: of Connect for example ``"added"``, of TxPush for example ``"transaction.created"``.
        url: Where it went.
        body: The body, as it was signed.
        headers: The headers, the user's own among them.
        signature: The header ``X-Finicity-Signature``: lower-case hex HMAC-SHA256 of the body; empty for TxPush,
            whose signature is not known well enough.
        status: HTTP status of the answer, None when there was none.
        error: Why there was no answer.
    """

    event_type: str
    url: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    signature: str = field(repr=False)
    status: int | None
    error: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the server answered 2xx."""
        return self.status is not None and 200 <= self.status < 300


def is_allowed_header(name: str, value: str) -> bool:
    """Return whether a header of the user's can be sent."""
    return bool(_TOKEN.fullmatch(name) and _HEADER_VALUE.fullmatch(value))


class Outbox:
    """
    Posts events, and keeps the latest 10,000.

    Args:
        anywhere: Post to any address, and not to this machine alone.

    Attributes:
        sent: The events in the order in which they were sent.
    """

    def __init__(self, *, anywhere: bool) -> None:
        self._anywhere = anywhere
        self.sent: Latest[SentEvent] = Latest(_MOST)

    def reaches(self, url: str) -> bool:
        """Return whether events may be posted to a URL."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and bool(host) and (self._anywhere or is_loopback(host))

    async def ping(self, webhook: Webhook, secret: str) -> SentEvent:
        """Try whether a webhook answers; a ping names neither a customer nor itself."""
        return await self.post(webhook, secret, _PING)

    async def post(self, webhook: Webhook, secret: str, event: Mapping[str, Any]) -> SentEvent:
        """
        Sign an event and post it; whatever becomes of it is in the result.

        Args:
            webhook: Where it goes.
            secret: The partner secret.
            event: The event as on the wire.
        """
        body = encode_exactly(event)  # compact, and non-ASCII as it is: the bytes that JavaScript would make
        signature = hmac.digest(secret.encode(), body, "sha256").hex()
        own = {name: value for name, value in webhook.headers.items() if name.lower() not in _OURS}
        headers = {
            "User-Agent": "finicity-sandbox",
            **own,
            "Content-Type": webhook.content_type,
            "X-Finicity-Signature": signature,
        }
        return await self._post(webhook.url, event["eventType"], body, headers, signature)

    async def push(self, url: str, event_type: str, body: bytes, content_type: str) -> SentEvent:
        """
        Post an event of TxPush or of a report; whatever becomes of it is in the result.

        Args:
            url: Where it goes.
            event_type: What happened, for the result.
            body: The event as on the wire.
            content_type: Its type.
        """
        headers = {"User-Agent": "finicity-sandbox", "Content-Type": content_type}
        return await self._post(url, event_type, body, headers, "")

    async def verify(self, url: str, parameter: str, code: str) -> bool:
        """
        Return whether a server answers a GET with the code that is in it.

        Args:
            url: Where the request goes.
            parameter: Name of the code in the query.
            code: The code.
        """
        if not self.reaches(url):
            return False
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar()) as client,
                client.get(url, params={parameter: code}, allow_redirects=False) as answer,
            ):
                is_plain = answer.status == 200 and answer.content_type == "text/plain"
                return is_plain and await answer.read() == code.encode()
        except _NO_ANSWER:
            return False

    async def _post(
        self, url: str, event_type: str, body: bytes, headers: Mapping[str, str], signature: str
    ) -> SentEvent:
        status, error = await self._answer(url, body, headers)
        sent = SentEvent(
            event_type=event_type,
            url=url,
            body=body,
            headers=headers,
            signature=signature,
            status=status,
            error=error,
        )
        self.sent.add(sent)
        return sent

    async def _answer(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int | None, str | None]:
        if not self.reaches(url):
            return None, "The sandbox sends events to this machine only, unless it is started with webhooks_anywhere"
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar()) as client,
                client.post(url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                return answer.status, None
        except _NO_ANSWER as error:
            return None, type(error).__name__
