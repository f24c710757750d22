"""What aiohttp does and fails with, brought into the terms of this library."""

import ipaddress
import os
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError
from yarl import URL

from finicity_async.errors import ConfigurationError, FinicityError, PayloadError, RequestTimeoutError, TransportError
from finicity_async.protocol import Operation

_CONNECT_ERRORS = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class BodyTooLargeError(Exception):
    """The body is over the cap."""


class UntrustedCertificateError(TransportError):
    """The TLS certificate of the other side is not trusted: nothing was sent, and sending again would not help."""


class _DisconnectedError(aiohttp.ClientConnectionError):
    """A disconnect in a form that aiohttp does not answer by sending the request a second time."""


async def send_once(
    request: aiohttp.ClientRequest, handler: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]]
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending GET, PUT and DELETE a second time after a disconnect: every send is ours."""
    try:
        return await handler(request)
    except _CONNECT_ERRORS:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        reason = _reason(error)
    raise _DisconnectedError(reason)


async def read_body(response: aiohttp.ClientResponse, cap: int) -> bytes:
    """
    Read a body, decompressed, up to a cap; of an error reply, the part that can be read is enough.

    Raises:
        BodyTooLargeError: The body of a success is longer than the cap, on the wire or decompressed.
        aiohttp.ClientPayloadError: The connection broke, or the body of a success cannot be decompressed.
    """
    body = bytearray()
    too_large = (response.content_length or 0) > cap
    try:
        while not too_large and (chunk := await response.content.readany()):
            body += chunk
            too_large = len(body) > cap
    except aiohttp.ClientPayloadError as error:
        if response.ok or not _is_undecodable(error):
            raise
    if too_large:
        response.close()
        if response.ok:
            raise BodyTooLargeError
    return bytes(body[:cap])


def transport_failure(
    operation: Operation[Any], error: Exception, response: aiohttp.ClientResponse | None
) -> FinicityError:
    """Return the error of ours for one of aiohttp's, which hold the URL and the headers."""
    if response is not None and isinstance(error, BodyTooLargeError):
        return _payload_error(
            operation, response, "whose body is over the session's max_body; raise it if that is right"
        )
    if response is not None and _is_undecodable(error):
        return _payload_error(operation, response, "whose body cannot be decompressed")
    return _transport_error(operation, error)


def _payload_error(operation: Operation[Any], response: aiohttp.ClientResponse, fault: str) -> PayloadError:
    name = operation.operation_id
    return PayloadError(f"{name} was answered {response.status}, {fault}.", operation=name, status=response.status)


def _transport_error(operation: Operation[Any], error: Exception) -> TransportError:
    name = operation.operation_id
    reason = _reason(error)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        text = f"{name}: the TLS certificate is not trusted ({reason}). Nothing was sent; check base_url and the clock."
        return UntrustedCertificateError(text, operation=name, sent=False)
    sent = not isinstance(error, _CONNECT_ERRORS)
    if not sent:
        what = f"no connection was made ({reason}). Nothing was sent; check the network and base_url."
    elif operation.resend:
        what = f"the reply was lost ({reason}); try again later."
    else:
        what = f"the reply was lost ({reason}), so the outcome is not known: read before you repeat the call."
    cls = RequestTimeoutError if isinstance(error, TimeoutError) else TransportError
    return cls(f"{name}: {what}", operation=name, sent=sent, retryable=operation.resend or not sent)


def _reason(error: BaseException) -> str:
    """Say what happened without the URL and the headers that aiohttp puts into its texts."""
    if isinstance(error, _DisconnectedError):
        return str(error)
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return getattr(error.certificate_error, "verify_message", "") or "verification failed"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "name not resolved"
    if isinstance(error, OSError) and error.errno and error.errno > 0 and not isinstance(error, ssl.SSLError):
        return os.strerror(error.errno)
    return type(error).__name__.removesuffix("Error")


def _is_undecodable(error: BaseException) -> bool:
    return isinstance(error.__cause__, ContentEncodingError)


def checked_base_url(base_url: str) -> str:
    """
    Return a base URL without its last slash.

    Raises:
        ConfigurationError: It is no URL of a service, or would send secrets in the clear.
    """
    try:
        url = URL(base_url)
    except (TypeError, ValueError):
        url = URL()
    if url.scheme not in ("https", "http") or not url.host or url.user or url.query_string or url.fragment:
        raise ConfigurationError("base_url must look like https://api.finicity.com, without user, query and fragment")
    if url.scheme == "http" and not _is_loopback(url.host):
        raise ConfigurationError(
            "base_url must be https: plain http, which shows the secrets to the network, is for this machine alone"
        )
    return str(url).rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
