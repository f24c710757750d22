"""What a failure of aiohttp means, in our own words: its errors and their texts hold the URL and the headers."""

import os
import re
import ssl
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp.http_exceptions import BadStatusLine, LineTooLong

from finicity_async.errors import RequestTimeoutError, TransportError, UntrustedCertificateError
from finicity_async.operation import Operation

_CERTIFICATE_ERRORS = (aiohttp.ClientConnectorCertificateError, aiohttp.ServerFingerprintMismatch)
CONNECT_ERRORS = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, *_CERTIFICATE_ERRORS)
"""What aiohttp raises when no connection was made."""
_ERRNO = re.compile(r"\[Errno (\d+)\]")
_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


class NoResponseError(aiohttp.ClientConnectionError):
    """
    No response came: an error in a form that aiohttp does not answer by sending the request a second time.

    Attributes:
        sent: Whether the request may have arrived.
    """

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


def transport_error(operation: Operation[Any], error: BaseException, *, has_proxy: bool = False) -> TransportError:
    """Return the error of a send without a response: was it sent, may it be made again, what happened."""
    name = operation.operation_id
    reason = reason_of(error)
    if isinstance(error, _CERTIFICATE_ERRORS):
        text = f"{name}: the TLS certificate is not trusted ({reason}). Nothing was sent."
        return UntrustedCertificateError(text, operation=name, sent=False, advice="Check base_url and the clock.")
    sent = error.sent if isinstance(error, NoResponseError) else not isinstance(error, CONNECT_ERRORS)
    advice = ""
    if not sent:
        hint = "" if has_proxy else _unused_proxy()
        what = f"no connection was made ({reason}). Nothing was sent.{hint}"
        advice = "Check the network and base_url, or pass proxy=." if hint else "Check the network and base_url."
    elif operation.idempotent:
        what = f"the response was lost ({reason}); try again later."
    else:
        what = f"the response was lost ({reason}), so the outcome is not known: read before you repeat the call."
    cls = RequestTimeoutError if isinstance(error, TimeoutError) else TransportError
    is_retryable = operation.idempotent or not sent
    return cls(f"{name}: {what}", operation=name, sent=sent, retryable=is_retryable, advice=advice)


def _unused_proxy() -> str:
    """Say that the environment names a proxy, which is not taken up: a variable must not reroute the secrets."""
    found = next((name for name in _PROXY_VARIABLES if os.environ.get(name)), None)
    return "" if found is None else f" {found} is set but not used: set FINICITY_PROXY."


def reason_of(error: BaseException) -> str:
    """Say what happened in words of our own."""
    return next((say(error) for kind, say in _REASONS.items() if isinstance(error, kind)), None) or _system_reason(
        error
    )


def _head_reason(error: aiohttp.ClientResponseError) -> str:
    """Say what is wrong with a head; ``error.status`` is invented by aiohttp, and its text quotes the head."""
    cause = error.__cause__ and error.__cause__.__cause__
    if isinstance(cause, LineTooLong):
        return "a line of its head is too long"
    return "it is no HTTP" if isinstance(cause, BadStatusLine) else "its head is not valid HTTP"


def _system_reason(error: BaseException) -> str:
    """Say what the system or the TLS library found, without the addresses in its text."""
    cause = getattr(error, "os_error", error)
    if isinstance(cause, ssl.SSLError):
        return f"TLS handshake refused: {(cause.reason or 'no reason given').replace('_', ' ').lower()}"
    number = getattr(cause, "errno", None)
    if not number and (found := _ERRNO.search(str(cause))):  # Several addresses failed, each in its own way.
        number = int(found[1])
    if number and number > 0:
        return os.strerror(number)
    is_handshake = isinstance(error, aiohttp.ClientConnectorError) and isinstance(cause, ConnectionError)
    return "the connection was closed during the TLS handshake" if is_handshake else "the connection failed"


_REASONS: dict[type[BaseException], Callable[[Any], str]] = {
    NoResponseError: str,
    TimeoutError: lambda _: "timeout",
    aiohttp.ClientConnectorCertificateError: lambda error: (
        getattr(error.certificate_error, "verify_message", "") or "verification failed"
    ),
    aiohttp.ServerFingerprintMismatch: lambda _: "it is not the pinned one",
    aiohttp.ClientConnectorDNSError: lambda _: "name not resolved",
    aiohttp.ClientProxyConnectionError: lambda error: f"the proxy cannot be reached: {_system_reason(error)}",
    aiohttp.ClientHttpProxyError: lambda error: f"the proxy answered {error.status}",
    aiohttp.ClientResponseError: _head_reason,
    aiohttp.ServerDisconnectedError: lambda _: "the connection was closed",
    aiohttp.ClientPayloadError: lambda _: "the body broke off",
}
"""The first that fits says it, so a class stands before its base."""
