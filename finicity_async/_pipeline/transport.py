"""What aiohttp does and fails with, brought into the terms of this library."""

import os
import ssl
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError

from finicity_async.errors import FinicityError, PayloadError, RequestTimeoutError, TransportError
from finicity_async.operation import Operation

_CONNECT_TIMEOUT = 10.0
_CERTIFICATE_ERRORS = (aiohttp.ClientConnectorCertificateError, aiohttp.ServerFingerprintMismatch)
_CONNECT_ERRORS = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, *_CERTIFICATE_ERRORS)


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
    Read a body, decompressed, up to a cap; of an error response, the part that can be decompressed is enough.

    Raises:
        BodyTooLargeError: The body of a success is longer than the cap, on the wire or decompressed.
        aiohttp.ClientPayloadError: The connection broke, or the body of a success cannot be decompressed.
    """
    content = response.content
    pieces: list[bytes] = []
    size = 0
    is_success = 200 <= response.status < 300
    too_large = is_success and (response.content_length or 0) > cap
    try:
        while not too_large and (piece := await content.readany()):
            pieces.append(piece)
            size += len(piece)
            too_large = size > cap or content.total_raw_bytes > cap
            if content.at_eof() and content.exception() is None:
                break  # Saves a turn. Not is_eof(): reading refills the buffer, and the end may come with that.
    except aiohttp.ClientPayloadError as error:
        if is_success or not _is_undecodable(error):
            raise
    if too_large:
        response.close()
        if is_success:
            raise BodyTooLargeError
    body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    return body[:cap]


def is_told_by_status(operation: Operation[Any], status: int) -> bool:
    """
    Return whether a response says enough though its body was lost: a 429, or a refusal of what should not be repeated.

    That is what may not be sent again, and what goes out without a token: a login, which counts towards the lock
    whether the body of its refusal comes or not.
    """
    return status == 429 or (400 <= status < 500 and not (operation.idempotent and operation.token))


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
    if isinstance(error, _CERTIFICATE_ERRORS):
        text = f"{name}: the TLS certificate is not trusted ({reason}). Nothing was sent; check base_url and the clock."
        return UntrustedCertificateError(text, operation=name, sent=False)
    sent = not isinstance(error, _CONNECT_ERRORS)
    if not sent:
        what = f"no connection was made ({reason}). Nothing was sent; check the network and base_url."
    elif operation.idempotent:
        what = f"the response was lost ({reason}); try again later."
    else:
        what = f"the response was lost ({reason}), so the outcome is not known: read before you repeat the call."
    cls = RequestTimeoutError if isinstance(error, TimeoutError) else TransportError
    return cls(f"{name}: {what}", operation=name, sent=sent, retryable=operation.idempotent or not sent)


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


@lru_cache
def client_timeout(seconds: float) -> aiohttp.ClientTimeout:
    """Bound the connection alone, so that it is known whether a request was sent; `Deadlines` bounds the whole."""
    connect = min(_CONNECT_TIMEOUT, seconds / 2)
    return aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect)
