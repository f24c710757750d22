"""The session: the pool, the token, and the only place that opens a socket."""

import asyncio
import logging
import os
import random as random_module
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

import aiohttp
from yarl import URL

from finicity_async._options import check_positive, checked_base_url
from finicity_async._pipeline.authorizing import TokenSource
from finicity_async._pipeline.call import CALL_CONTEXT, REFRESHES_REFUSED, Call
from finicity_async._pipeline.deadlines import Deadlines
from finicity_async._pipeline.limiting import Pacer, RetryBudget, SharedPacer
from finicity_async._pipeline.responding import read_failure
from finicity_async._pipeline.retrying import RetryPolicy
from finicity_async._pipeline.stats import SessionStats
from finicity_async._pipeline.transport import (
    BodyTooLargeError,
    client_timeout,
    is_told_by_status,
    read_body,
    send_once,
    transport_failure,
)
from finicity_async._version import __version__
from finicity_async.auth import CREATE_TOKEN, Credentials, MemoryTokenStore, Token, TokenStore
from finicity_async.errors import (
    AuthenticationError,
    ConfigurationError,
    FinicityError,
    PayloadError,
    RateLimitError,
)
from finicity_async.models import AccessToken, PartnerCredentials
from finicity_async.operation import Operation, Request, Response, read_response

T = TypeVar("T")
_log = logging.getLogger("finicity_async")

BASE_URL = "https://api.finicity.com"
REFRESH_TIMEOUT = 120.0
"""Seconds for a call that makes the vendor contact the institution; newer documents of the vendor say 180."""
_MOST_BODY = 64 * 2**20
_PLAIN_SUCCESS = (200, 204)
_JSON_BODY = {"Content-Type": "application/json"}
_NO_MADE_UP_TYPE = ("Content-Type",)
"""Keeps aiohttp from giving a type to a body that is not there; it never does with GET, where this costs time."""


class AsyncSession:
    """
    A pool of connections to the vendor with one token for all of them.

    Open it with ``async with``, or use it right away and ``await session.close()`` at the end. One session belongs to
    one event loop and serves any number of tasks.

    Args:
        credentials: What the partner proves itself with.
        base_url: Where the service is; https, or http to this machine.
        max_connections: Requests at a time; further ones wait in order.
        timeout: Seconds for one try of an ordinary call, from the moment when it holds a slot to the end of the body.
        refresh_timeout: The same for a call that contacts the institution.
        max_tries: Most times that a call is sent, the first counted.
        requests_per_second: Most requests a second, evenly spaced; None for no limit of our own.
        token_store: Where the token is kept; None for this session's memory.
        pacer: Spaces the requests of several processes together; you close it after the session.
        connector: A connector of yours, which the session uses and does not close.
        trace_configs: aiohttp's hooks; they see tokens and IDs.
        max_body: Most bytes of a response's body, before and after decompression.
        clock: Seconds of a clock that never goes back, by which the token ages and pauses end.
        sleep: Waits until a pause or a request's start by that clock.
        random: Returns a float from 0 to 1, which spreads retries.

    Raises:
        ConfigurationError: An option does not fit, or the base URL would send secrets in the clear.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        base_url: str = BASE_URL,
        max_connections: int = 100,
        timeout: float = 20.0,
        refresh_timeout: float = REFRESH_TIMEOUT,
        max_tries: int = 4,
        requests_per_second: float | None = None,
        token_store: TokenStore | None = None,
        pacer: SharedPacer | None = None,
        connector: aiohttp.BaseConnector | None = None,
        trace_configs: Iterable[aiohttp.TraceConfig] = (),
        max_body: int = _MOST_BODY,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Callable[[], float] = random_module.random,
    ) -> None:
        self._base_url = checked_base_url(base_url)
        self._base = URL(self._base_url, encoded=True)
        self._base_path = self._base.raw_path.rstrip("/")
        self.clock = clock
        self.sleep = sleep
        check_positive(timeout=timeout, refresh_timeout=refresh_timeout, max_tries=max_tries, max_body=max_body)
        check_positive(max_connections=max_connections)
        if requests_per_second is not None:
            check_positive(requests_per_second=requests_per_second)
        limits = (max_connections, connector.limit, connector.limit_per_host) if connector else (max_connections,)
        self._max_connections = max_connections
        self._timeout = timeout
        self._refresh_timeout = refresh_timeout
        self._connector = connector
        self._trace_configs = tuple(trace_configs)
        self._max_body = max_body
        self._tokens = TokenSource(credentials, self._send_login, token_store or MemoryTokenStore(clock), clock)
        self._pacer = Pacer(
            min(filter(None, limits)), requests_per_second, clock=clock, sleep=sleep, random=random, shared=pacer
        )
        self._budget = RetryBudget(max(10, max_connections))
        self._policy = RetryPolicy(
            max_tries, pacer=self._pacer, tokens=self._tokens, budget=self._budget, random=random
        )
        self._client: aiohttp.ClientSession
        self._bare_client: aiohttp.ClientSession
        self._deadlines: Deadlines
        self._sent_token: Token | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._active: set[Call] = set()
        self._calls = self._sent = self._logins = self._retries = self._rate_limited = self._failures = (
            self._received
        ) = 0

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ, **options: Any) -> Self:
        """
        Make a session from the FINICITY_* variables, FINICITY_BASE_URL among them.

        Args:
            environ: Where the variables are.
            **options: As for the class; they go before the variables.

        Raises:
            ConfigurationError: Variables are missing; the text names them.
        """
        if base_url := environ.get("FINICITY_BASE_URL", "").strip():
            options.setdefault("base_url", base_url)
        return cls(Credentials.from_env(environ), **options)

    @property
    def credentials(self) -> Credentials:
        """The credentials in use, with the present partner secret."""
        return self._tokens.credentials

    @property
    def base_url(self) -> str:
        """Where the service is."""
        return self._base_url

    @property
    def max_connections(self) -> int:
        """The most requests at a time."""
        return self._pacer.limiter.maximum

    @property
    def login_refusal(self) -> AuthenticationError | None:
        """The refusal of a login, after which this session sends nothing more; None while there was none."""
        return self._tokens.refusal

    @property
    def closed(self) -> bool:
        """Whether the session was closed."""
        return self._closed

    @property
    def stats(self) -> SessionStats:
        """What the session has done so far and is doing now."""
        return SessionStats(
            calls=self._calls,
            sent=self._sent,
            retries=self._retries,
            logins=self._logins,
            rate_limited=self._rate_limited,
            failures=self._failures,
            received=self._received,
            in_flight=self._pacer.in_flight,
            waiting=self._pacer.waiting,
            paused_for=self._pacer.paused_for,
            concurrency=self._pacer.limiter.limit,
        )

    def __repr__(self) -> str:
        """Show where the session talks to and what it is doing."""
        state = "closed" if self._closed else f"in_flight={self._pacer.in_flight}, waiting={self._pacer.waiting}"
        return f"AsyncSession({self._base_url!r}, {state})"

    def __reduce_ex__(self, _: object) -> NoReturn:
        """Refuse to be pickled: a session holds secrets and sockets."""
        raise TypeError("An AsyncSession cannot be pickled; make one in the other process")

    async def __aenter__(self) -> Self:
        """Open the pool."""
        self._opened()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the session."""
        await self.close()

    async def close(self) -> None:
        """Close every connection and wait until they are closed; calls under way fail. Doing it twice is fine."""
        self._closed = True
        for call in self._active:
            call.interrupt()
        await self._tokens.close()
        if self._loop is not None:
            self._deadlines.close()
            await self._bare_client.close()
            await self._client.close()

    async def send(self, request: Request[T]) -> T:
        """
        Send a request and decode the response.

        Args:
            request: What ``Operation.request`` returned.

        Returns:
            The response, decoded into the request's response type.

        Raises:
            FinicityError: What went wrong; see ``finicity_async.errors``.
        """
        response = await self.send_raw(request)
        try:
            return read_response(request, response)
        except PayloadError:
            self._failures += request.operation is not CREATE_TOKEN
            raise

    async def send_raw(self, request: Request[Any]) -> Response:
        """
        Send a request and return the response as it came, errors raised all the same.

        Args:
            request: What ``Operation.request`` returned.

        Raises:
            FinicityError: What went wrong; see ``finicity_async.errors``.
        """
        loop = self._opened()
        self._tokens.check()
        if request.operation.refresh and (context := CALL_CONTEXT.get()) is not None and not context.allow_refresh:
            raise ConfigurationError(f"{request.operation.operation_id}: {REFRESHES_REFUSED}")
        counted = request.operation is not CREATE_TOKEN
        self._calls += counted
        self._budget.earn()
        call = Call.begin(request, loop)
        self._active.add(call)
        try:
            try:
                return await self._try(call)
            except FinicityError as error:
                failure = error
            return await self._policy.resend(call, failure, self._try)
        except FinicityError:
            self._failures += counted
            raise
        except asyncio.CancelledError:
            if not call.interrupted or call.task.uncancel() > call.cancelled_before:
                raise
        finally:
            self._active.discard(call)
        self._failures += counted
        raise call.closed_error()

    async def login(self) -> AccessToken:
        """
        Log in once and return the token, which the session itself does not use.

        Raises:
            AuthenticationError: This login was refused, or an earlier one; then nothing was sent.
        """
        self._opened()
        return await self._tokens.login()

    def use_secret(self, new_secret: str) -> None:
        """Log in with another partner secret from now on, for example after it was changed elsewhere."""
        self._tokens.use_secret(new_secret)

    async def _send_login(self, credentials: Credentials) -> AccessToken:
        body = PartnerCredentials(
            partner_id=credentials.partner_id or "", partner_secret=credentials.partner_secret or ""
        )
        return await self.send(CREATE_TOKEN.request(body=body))

    def _opened(self) -> asyncio.AbstractEventLoop:
        """Return the running loop after making sure that the session can be used in it."""
        loop = asyncio.get_running_loop()
        if self._closed:
            raise ConfigurationError("The session is closed; make a new one. Nothing was sent.")
        if self._loop is None:
            self._open(loop)
        if self._client.closed:
            raise ConfigurationError("The connector that the session was given is closed. Nothing was sent.")
        if loop is not self._loop:
            raise ConfigurationError(
                "The session belongs to another event loop; make one for each loop. Nothing was sent."
            )
        return loop

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make the pool; on it one client that sends the token with every request, and one that never does."""
        try:
            connector = self._connector or aiohttp.TCPConnector(limit=self._max_connections)
            self._client = self._client_on(connector, loop, owner=self._connector is None)
            self._bare_client = self._client_on(connector, loop, owner=False)
        except RuntimeError:
            raise ConfigurationError("The connector belongs to another event loop. Nothing was sent.") from None
        self._deadlines = Deadlines(loop)
        self._loop = loop

    def _client_on(
        self, connector: aiohttp.BaseConnector, loop: asyncio.AbstractEventLoop, *, owner: bool
    ) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            loop=loop,
            connector_owner=owner,
            headers={
                "Finicity-App-Key": self._tokens.credentials.app_key,
                "Accept": "application/json",
                "User-Agent": f"finicity-async/{__version__}",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(send_once,),
            trace_configs=list(self._trace_configs),
            trust_env=False,
        )

    async def _try(self, call: Call) -> Response:
        """Send a call once, and raise what the response stands for when it is an error."""
        operation = call.request.operation
        if operation.token:
            call.token = self._tokens.fresh() or await self._tokens.get()
        if not self._pacer.start_at_once():
            await self._pacer.start()
        try:
            loop = self._opened()
            self._count_try(call)
            status, headers, body = await self._transmit(call)
        finally:
            self._pacer.end()
        response = Response(status, headers, body, call.attempts, loop.time() - call.started)
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("%s: %d, try %d", operation.operation_id, status, call.attempts)
        self._received += len(body)
        if status not in _PLAIN_SUCCESS and (failure := read_failure(call.request, response, self._tokens.secrets())):
            self._rate_limited += isinstance(failure, RateLimitError)
            raise failure
        self._pacer.limiter.on_success(call.decreases)
        return response

    def _count_try(self, call: Call) -> None:
        call.decreases = self._pacer.limiter.decreases
        call.attempts += 1
        self._sent += 1
        self._retries += call.attempts > 1
        if call.request.operation is CREATE_TOKEN:
            self._logins += 1
        elif (context := CALL_CONTEXT.get()) is not None:
            context.sent += 1

    async def _transmit(self, call: Call) -> tuple[int, Mapping[str, str], bytes]:
        """Send a request and read its response, before its deadline."""
        operation = call.request.operation
        timeout = operation.timeout or (self._refresh_timeout if operation.refresh else self._timeout)
        response = None
        self._deadlines.set(call, timeout)
        try:
            response = await self._request(call, timeout)
            return response.status, response.headers, await read_body(response, self._max_body)
        except asyncio.CancelledError:
            if not call.late or call.task.cancelling() > call.cancelled_before + 1:
                raise
            failure = transport_failure(operation, TimeoutError(), None)
        except (aiohttp.ClientError, OSError, BodyTooLargeError) as error:
            failure = transport_failure(operation, error, response)
            if not getattr(failure, "sent", True):
                _count_unconnected(operation)
        finally:
            self._deadlines.lift(call, timeout)
            if call.late:
                call.late = False
                call.task.uncancel()
            if response is not None and not response.closed:
                response.release()
        if response is not None and is_told_by_status(operation, response.status):
            return response.status, response.headers, b""
        raise failure

    def _request(self, call: Call, timeout: float) -> Awaitable[aiohttp.ClientResponse]:
        """Return what sends a request, on the client that has its token among the headers."""
        request, client = call.request, self._bare_client
        if call.token is not None:
            client = self._client
            if call.token is not self._sent_token:
                client.headers["Finicity-App-Token"] = call.token.value
                self._sent_token = call.token
        return client.request(
            request.operation.method,
            self._url(request.target),
            data=request.body,
            headers=_JSON_BODY if request.body is not None else None,
            skip_auto_headers=None if request.operation.method == "GET" else _NO_MADE_UP_TYPE,
            allow_redirects=False,
            timeout=client_timeout(timeout),
        )

    def _url(self, target: str) -> URL:
        """Return the URL of a target, which is quoted already."""
        if "?" in target:
            return URL(f"{self._base_url}{target}", encoded=True)
        return self._base.with_path(self._base_path + target, encoded=True)


def _count_unconnected(operation: Operation[Any]) -> None:
    """Note for a fan-out that a request surely never reached the vendor."""
    context = None if operation is CREATE_TOKEN else CALL_CONTEXT.get()
    if context is not None:
        context.unconnected += 1
