"""One send: a request goes out through aiohttp, and its response comes back whole before its deadline."""

import asyncio
import math
import os
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError
from yarl import URL

from finicity_async._pipeline.call import Call
from finicity_async._pipeline.responding import raise_for_status
from finicity_async._pipeline.stats import Counters
from finicity_async._version import __version__
from finicity_async.errors import ConfigurationError, FinicityError, PayloadError, RequestTimeoutError, TransportError
from finicity_async.events import Answered, Notifier, Sent
from finicity_async.operation import Operation, Response

if TYPE_CHECKING:
    from finicity_async.auth import Token

_CONNECT_TIMEOUT = 10.0
"""Seconds for a connection; longer than a handshake around the world takes, shorter than any useful timeout."""
_CERTIFICATE_ERRORS = (aiohttp.ClientConnectorCertificateError, aiohttp.ServerFingerprintMismatch)
_CONNECT_ERRORS = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, *_CERTIFICATE_ERRORS)
_PLAIN_SUCCESS = (200, 204)
_NO_DEFAULT_TYPE = ("Content-Type",)
"""Suppress the default Content-Type on requests without a body; aiohttp sets none on a GET, where this costs time."""


class UntrustedCertificateError(TransportError):
    """The TLS certificate of the other side is not trusted: nothing was sent, and sending again would not help."""


class _BodyTooLargeError(Exception):
    """The body is over the cap."""


class _DisconnectedError(aiohttp.ClientConnectionError):
    """A disconnect in a form that aiohttp does not answer by sending the request a second time."""


class Transport:
    """
    The innermost layer: sends a call once, on a pooled connection.

    Args:
        base_url: Where the service is, without a slash at the end.
        app_key: Sent with every request.
        connector: A connector of the user's, which is not closed; None for one of our own.
        max_connections: Connections of a connector of our own.
        trace_configs: aiohttp's hooks.
        max_body: Most bytes of a response body, before and after decompression.
        secrets: Returns what no error may show.
        counters: What the session has done so far.
        notifier: Hears of each send and response.
    """

    def __init__(
        self,
        base_url: str,
        app_key: str,
        *,
        connector: aiohttp.BaseConnector | None,
        max_connections: int,
        trace_configs: Iterable[aiohttp.TraceConfig],
        max_body: int,
        secrets: Callable[[], Iterable[str]],
        counters: Counters,
        notifier: Notifier,
    ) -> None:
        self._base_url = base_url
        self._base = URL(base_url, encoded=True)
        self._base_path = self._base.raw_path.rstrip("/")
        self._app_key = app_key
        self._connector = connector
        self._max_connections = max_connections
        self._trace_configs = list(trace_configs)
        self._max_body = max_body
        self._secrets = secrets
        self._counters = counters
        self._notifier = notifier
        self._client: aiohttp.ClientSession
        self._bare_client: aiohttp.ClientSession
        self._deadlines: Deadlines
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client_token: Token | None = None

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """
        Make the pool; on it one client that sends the token with every request, and one that never does.

        Raises:
            ConfigurationError: The user's connector belongs to another event loop.
        """
        try:
            connector = self._connector or aiohttp.TCPConnector(limit=self._max_connections)
            self._client = self._client_on(connector, loop, owner=self._connector is None)
            self._bare_client = self._client_on(connector, loop, owner=False)
        except RuntimeError:
            raise ConfigurationError("The connector belongs to another event loop. Nothing was sent.") from None
        self._deadlines = Deadlines(loop)
        self._loop = loop

    async def close(self) -> None:
        """Close the pool and wait until its connections are closed."""
        if self._loop is not None:
            self._deadlines.close()
            await self._bare_client.close()
            await self._client.close()

    async def send(self, call: Call) -> Response:
        """
        Send a request, read its response before the deadline, and raise the error that it stands for, if it is one.

        Raises:
            FinicityError: See ``finicity_async.errors``.
        """
        if self._client.closed:
            raise ConfigurationError("The connector that the session was given is closed. Nothing was sent.")
        loop = self._deadlines.loop
        self._count(call)
        sent_at = loop.time()
        if call.is_observed:
            self._notifier.notify(_sent(call))
        status, headers, body = await self._transmit(call)
        now = loop.time()
        response = Response(status, headers, body, call.attempts, now - call.started)
        self._counters.received += len(body)
        if call.is_observed:
            operation_id = call.request.operation.operation_id
            self._notifier.notify(Answered(call.number, operation_id, call.attempts, status, now - sent_at))
        if status not in _PLAIN_SUCCESS:
            self._counters.rate_limited += status == 429
            raise_for_status(call.request, response, self._secrets())
        return response

    def _count(self, call: Call) -> None:
        call.attempts += 1
        self._counters.sent += 1
        self._counters.retries += call.attempts > 1
        self._counters.logins += call.request.operation.login
        if call.context is not None:
            call.context.sent += 1

    async def _transmit(self, call: Call) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body, or raise what kept them from coming."""
        operation, timeout = call.request.operation, call.timeout
        response = None
        self._deadlines.set(call, timeout)
        try:
            response = await self._request(call, timeout)
            return response.status, response.headers, await _read_body(response, self._max_body)
        except asyncio.CancelledError:
            if not call.timed_out:
                raise
            call.timed_out = False
            if not call.take_back_cancellation():
                raise
            error = _failure(operation, TimeoutError(), None)
        except (aiohttp.ClientError, OSError, _BodyTooLargeError) as raised:
            error = _failure(operation, raised, response)
            if call.context is not None and not getattr(error, "sent", True):
                call.context.unconnected += 1
        finally:
            self._deadlines.cancel(call, timeout)
            if call.timed_out:  # The deadline passed in the same turn of the loop as the end of the send.
                call.timed_out = False
                call.take_back_cancellation()
            if response is not None and not response.closed:
                response.release()
        if response is not None and _is_decided_by_status(operation, response.status):
            return response.status, response.headers, b""
        try:
            raise error
        finally:
            del error  # It would keep this frame, and the frame the request, until the garbage collector comes.

    def _request(self, call: Call, timeout: float) -> Awaitable[aiohttp.ClientResponse]:
        """Return what sends a request, on the client that has its token among the headers."""
        request, client = call.request, self._bare_client
        if call.token is not None:
            client = self._client
            if call.token is not self._client_token:
                client.headers["Finicity-App-Token"] = call.token.value
                self._client_token = call.token
        return client.request(
            request.operation.method,
            self._url(request.target),
            data=request.body,
            headers=request.headers,
            skip_auto_headers=None if request.operation.method == "GET" else _NO_DEFAULT_TYPE,
            allow_redirects=False,
            timeout=_client_timeout(timeout),
            trace_request_ctx=_sent(call) if self._trace_configs else None,
        )

    def _url(self, target: str) -> URL:
        """Return the URL of a target, which is quoted already."""
        if "?" in target:
            return URL(f"{self._base_url}{target}", encoded=True)
        return self._base.with_path(self._base_path + target, encoded=True)

    def _client_on(
        self, connector: aiohttp.BaseConnector, loop: asyncio.AbstractEventLoop, *, owner: bool
    ) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            loop=loop,
            connector_owner=owner,
            headers={
                "Finicity-App-Key": self._app_key,
                "Accept": "application/json",
                "User-Agent": f"finicity-async/{__version__}",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(send_once,),
            trace_configs=self._trace_configs,
            trust_env=False,
        )


def _sent(call: Call) -> Sent:
    operation = call.request.operation
    return Sent(call.number, operation.operation_id, call.attempts, operation.refresh)


class Timed(Protocol):
    """What has a deadline; compared by identity."""

    def expire(self) -> None:
        """End it, because its deadline has passed."""


class Deadlines:
    """
    The deadlines of all sends on one timer, which costs a send less than a timer of its own.

    Deadlines with the same timeout pass in the order in which they were set, so the first of each timeout is enough to
    know when the next one passes.

    Args:
        loop: The loop whose time counts.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._by_timeout: dict[float, dict[Timed, float]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf

    def set(self, timed: Timed, timeout: float) -> None:
        """Set a deadline, this many seconds from now."""
        deadline = self.loop.time() + timeout
        self._by_timeout.setdefault(timeout, {})[timed] = deadline
        if deadline < self._timer_at:
            self._start_timer(deadline)

    def cancel(self, timed: Timed, timeout: float) -> None:
        """Cancel a deadline. A no-op once it has fired."""
        if (deadlines := self._by_timeout.get(timeout)) is not None:
            deadlines.pop(timed, None)
            if not deadlines:
                del self._by_timeout[timeout]

    def close(self) -> None:
        """Cancel the timer; no deadline fires after this."""
        if self._timer is not None:
            self._timer.cancel()

    def _start_timer(self, deadline: float) -> None:
        self.close()
        self._timer = self.loop.call_at(deadline, self._fire)
        self._timer_at = deadline

    def _fire(self) -> None:
        """Expire what is past its deadline, and start the timer for the next one."""
        now = self.loop.time()
        for deadlines in self._by_timeout.values():
            expired = []
            for timed, deadline in deadlines.items():
                if deadline > now:
                    break
                expired.append(timed)
            for timed in expired:
                del deadlines[timed]
                timed.expire()
        self._timer_at = math.inf
        if firsts := [next(iter(deadlines.values())) for deadlines in self._by_timeout.values() if deadlines]:
            self._start_timer(min(firsts))


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


async def _read_body(response: aiohttp.ClientResponse, cap: int) -> bytes:
    """
    Read a body, decompressed, up to a cap; of an error response, the part that can be decompressed is enough.

    Raises:
        _BodyTooLargeError: The body of a success is longer than the cap, on the wire or decompressed.
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
            raise _BodyTooLargeError
    body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    return body[:cap]


def _is_decided_by_status(operation: Operation[Any], status: int) -> bool:
    """
    Return whether the status line is enough though the body was lost: a 429, or a refusal that may not be repeated.

    A refused login counts towards the lock of the partner whether its body comes or not, so it is one of these, too.
    """
    return status == 429 or (400 <= status < 500 and (operation.login or not operation.idempotent))


def _failure(operation: Operation[Any], error: Exception, response: aiohttp.ClientResponse | None) -> FinicityError:
    """Return the error of ours for one of aiohttp's, which hold the URL and the headers."""
    if response is not None and isinstance(error, _BodyTooLargeError):
        return _payload_error(
            operation, response, "whose body is over the session's max_body; raise it if that is right"
        )
    if response is not None and _is_undecodable(error):
        return _payload_error(operation, response, "whose body cannot be decompressed")
    return transport_error(operation, error)


def _payload_error(operation: Operation[Any], response: aiohttp.ClientResponse, fault: str) -> PayloadError:
    name = operation.operation_id
    return PayloadError(f"{name} was answered {response.status}, {fault}.", operation=name, status=response.status)


def transport_error(operation: Operation[Any], error: Exception) -> TransportError:
    """Return the error of a send without a response: was it sent, may it be made again, what happened."""
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
def _client_timeout(seconds: float) -> aiohttp.ClientTimeout:
    """Bound the connection alone, so that it is known whether a request was sent; `Deadlines` bounds the whole."""
    connect = min(_CONNECT_TIMEOUT, seconds / 2)
    return aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect)
