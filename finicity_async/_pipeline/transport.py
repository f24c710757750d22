"""One send: a request goes out through aiohttp, and its response comes back whole before its deadline."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import aiohttp
from yarl import URL

from finicity_async._pipeline.call import Call
from finicity_async._pipeline.failures import transport_error
from finicity_async._pipeline.stats import Counters
from finicity_async._pipeline.status_errors import raise_for_status
from finicity_async._pipeline.unpacking import BodyTooLargeError, UndecodableBodyError
from finicity_async._pipeline.wire import Deadlines, GuardedResponse, client_on
from finicity_async._version import __version__
from finicity_async.errors import ConfigurationError, FinicityError, PayloadError
from finicity_async.events import Answered, Notifier, Sent
from finicity_async.operation import Operation, Response

if TYPE_CHECKING:
    from finicity_async.auth import Token

_CONNECT_TIMEOUT = 10.0
"""Seconds for a connection; longer than a handshake around the world takes, shorter than any useful timeout."""
_PLAIN_SUCCESS = (200, 204)
_NO_DEFAULT_TYPE = ("Content-Type",)
"""Suppress the default Content-Type on requests without a body; aiohttp sets none on a GET, where this costs time."""


class Transport:
    """
    The innermost layer: sends a call once, on a pooled connection or on one of its own.

    Args:
        base_url: Where the service is, without a slash at the end.
        app_key: Sent with every request.
        connector: A connector of the user's, which is not closed; None for one of our own.
        max_connections: Connections of a connector of our own.
        proxy: The proxy to go through, or None.
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
        proxy: URL | None,
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
        self._proxy = proxy
        self._trace_configs = list(trace_configs)
        self._max_body = max_body
        self._secrets = secrets
        self._counters = counters
        self._notifier = notifier
        self._client: aiohttp.ClientSession
        self._isolated_client: aiohttp.ClientSession
        self._bare_client: aiohttp.ClientSession
        self._deadlines: Deadlines
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client_token: Token | None = None

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """
        Make the pool; on it two clients that send the token with every request, and one that never does.

        Raises:
            ConfigurationError: The user's connector belongs to another event loop.
        """
        try:
            connector = self._connector or aiohttp.TCPConnector(limit=self._max_connections)
            self._client = self._client_on(connector, loop, owner=self._connector is None)
            self._isolated_client = self._client_on(connector, loop, isolated=True)
            self._bare_client = self._client_on(connector, loop)
        except RuntimeError:
            raise ConfigurationError("The connector belongs to another event loop. Nothing was sent.") from None
        self._deadlines = Deadlines(loop)
        self._loop = loop

    async def close(self) -> None:
        """Close the pool and wait until its connections are closed."""
        if self._loop is not None:
            self._deadlines.close()
            await self._bare_client.close()
            await self._isolated_client.close()
            await self._client.close()

    async def send(self, call: Call) -> Response:
        """
        Send a request, read its response before the deadline, and raise the error that it stands for, if it is one.

        Raises:
            FinicityError: See ``finicity_async.errors``.
        """
        if self._connector is not None and self._connector.closed:
            raise ConfigurationError("The connector that the session was given is closed. Nothing was sent.")
        loop, counters = self._deadlines.loop, self._counters
        call.attempts += 1
        counters.sent += 1
        if call.attempts > 1:
            counters.retries += 1
        if call.request.operation.login:
            counters.logins += 1
        if call.context is not None:
            call.context.sent += 1
        sent_at = 0.0
        if call.is_observed:
            sent_at = loop.time()
            self._notifier.notify(_sent(call))
        status, headers, body = await self._transmit(call)
        now = loop.time()
        response = Response(status, headers, body, call.attempts, now - call.started)
        counters.received += len(body)
        if call.is_observed:
            operation_id = call.request.operation.operation_id
            self._notifier.notify(Answered(call.number, operation_id, call.attempts, status, now - sent_at))
        if status not in _PLAIN_SUCCESS:
            counters.rate_limited += status == 429
            raise_for_status(call.request, response, self._secrets())
        return response

    async def _transmit(self, call: Call) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body, or raise what kept them from coming."""
        timeout = call.timeout
        response = None
        sending = self._request(call, timeout)
        self._deadlines.set(call, timeout)
        try:
            response = await sending
            call.transport = response.transport
            return response.status, response.headers, await response.body(self._max_body)
        except asyncio.CancelledError as cancelled:
            is_ours, call.timed_out = call.timed_out, False
            if not (is_ours and call.take_back_cancellation()):
                _strip(cancelled)
                if response is not None:
                    response.release()
                    response = None  # Its repr shows the URL.
                raise
            error = self._failure(call, TimeoutError(), None)
        except (aiohttp.ClientError, OSError, BodyTooLargeError, UndecodableBodyError) as raised:
            error = self._failure(call, raised, response)
        finally:
            self._deadlines.cancel(call, timeout)
            if call.timed_out:  # The deadline passed in the same turn of the loop as the end of the send.
                call.timed_out = False
                call.take_back_cancellation()
            if response is not None and not response.closed:
                response.release()
        if response is not None and _is_decided_by_status(call.request.operation, response.status):
            return response.status, response.headers, b""
        try:
            raise error
        finally:
            del error  # It would keep this frame, and the frame the request, until the garbage collector comes.

    def _failure(self, call: Call, error: Exception, response: aiohttp.ClientResponse | None) -> FinicityError:
        """Return the error of ours for one of aiohttp's, which hold the URL and the headers."""
        operation = call.request.operation
        if response is not None and isinstance(error, BodyTooLargeError):
            advice = "If that is right, raise max_body."
            return _payload_error(operation, response.status, "is longer than the session reads", advice)
        if response is not None and isinstance(error, UndecodableBodyError):
            return _payload_error(operation, response.status, str(error))
        failure = transport_error(operation, error, has_proxy=self._proxy is not None)
        if call.context is not None and not failure.sent:
            call.context.unconnected += 1
        return failure

    def _request(self, call: Call, timeout: float) -> Awaitable[GuardedResponse]:
        """Return what sends a request, on the client that has its token among the headers."""
        request, client = call.request, self._bare_client
        operation = request.operation
        if call.token is not None:
            client = self._isolated_client if operation.isolated else self._client
            if call.token is not self._client_token:
                self._note_token(call.token)
        target = request.target  # It is quoted already.
        if "?" in target:
            url = URL(f"{self._base_url}{target}", encoded=True)
        else:
            url = self._base.with_path(self._base_path + target, encoded=True)
        return client.request(  # type: ignore[return-value]  # -- the response class of our clients
            operation.method,
            url,
            data=request.body,
            headers=request.headers,
            skip_auto_headers=None if operation.method == "GET" else _NO_DEFAULT_TYPE,
            allow_redirects=False,
            timeout=_client_timeout(timeout),
            trace_request_ctx=_sent(call) if self._trace_configs else None,
        )

    def _note_token(self, token: "Token") -> None:
        for client in (self._client, self._isolated_client):
            client.headers["Finicity-App-Token"] = token.value
        self._client_token = token

    def _client_on(
        self,
        connector: aiohttp.BaseConnector,
        loop: asyncio.AbstractEventLoop,
        *,
        owner: bool = False,
        isolated: bool = False,
    ) -> aiohttp.ClientSession:
        headers = {
            "Finicity-App-Key": self._app_key,
            "Accept": "application/json",
            "User-Agent": f"finicity-async/{__version__}",
        }
        return client_on(
            connector,
            loop,
            owner=owner,
            isolated=isolated,
            headers=headers,
            proxy=self._proxy,
            trace_configs=self._trace_configs,
        )


def _sent(call: Call) -> Sent:
    operation = call.request.operation
    return Sent(call.number, operation.operation_id, call.attempts, operation.refresh)


def _strip(cancelled: asyncio.CancelledError) -> None:
    """Take aiohttp's frames out of a cancellation: tools show the locals of each, among them headers and body."""
    cancelled.__traceback__ = cancelled.__context__ = None


def _is_decided_by_status(operation: Operation[Any], status: int) -> bool:
    """
    Return whether the status line is enough though the body was lost: a 429, or a refusal that may not be repeated.

    A refused login counts towards the lock of the partner whether its body comes or not, so it is one of these, too.
    """
    return status == 429 or (400 <= status < 500 and (operation.login or not operation.idempotent))


def _payload_error(operation: Operation[Any], status: int, fault: str, advice: str = "") -> PayloadError:
    name = operation.operation_id
    text = f"{name} was answered {status}, but the body {fault}."
    return PayloadError(text, operation=name, status=status, advice=advice)


@lru_cache
def _client_timeout(seconds: float) -> aiohttp.ClientTimeout:
    """Bound the connection alone, so that it is known whether a request was sent; `Deadlines` bounds the whole."""
    connect = min(_CONNECT_TIMEOUT, seconds / 2)
    return aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect)
