"""The session: options, lifecycle and stats, around the layers that a call passes through."""

import asyncio
import copy
import logging
import os
import random as random_module
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

import aiohttp
import msgspec
from yarl import URL

from finicity_async._closing import Closing
from finicity_async._options import check_positive, check_type, checked_base_url, checked_proxy
from finicity_async._pipeline.authorizing import Authorizing, TokenSource
from finicity_async._pipeline.call import CALL_CONTEXT, REFRESHES_REFUSED, Call
from finicity_async._pipeline.limiting import ConcurrencyLimiter, Limiting, Pacer, SharedPacer
from finicity_async._pipeline.logins import Logins
from finicity_async._pipeline.responding import (
    Unfinished,
    raw_compared,
    read_response,
    start_comparing,
    start_reading,
)
from finicity_async._pipeline.retrying import Retrying
from finicity_async._pipeline.stats import Counters, SessionStats
from finicity_async._pipeline.stores import GuardedStore
from finicity_async._pipeline.transport import Transport
from finicity_async.auth import Credentials, MemoryTokenStore, TokenStore
from finicity_async.errors import AuthenticationError, ConfigurationError, PayloadError
from finicity_async.events import Called, Event, Finished, Notifier
from finicity_async.models import AccessToken
from finicity_async.operation import Operation, Request, Response

T = TypeVar("T")

BASE_URL = "https://api.finicity.com"
REFRESH_TIMEOUT = 120.0
"""Seconds for a call that makes the vendor contact the institution; newer documents of the vendor say 180."""
_MAX_BODY = 16 * 2**20


class _Options(msgspec.Struct, frozen=True):
    """What ``with_options`` changes."""

    timeout: float
    refresh_timeout: float
    max_tries: int


class _Lifecycle:
    """What a session and its views have in common: the loop, the calls under way, whether it was closed."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.closed: bool = False
        self.active: set[Call] = set()
        self.closing = Closing("close a session")


class AsyncSession:
    """
    A pool of connections to the vendor with one token for all of them.

    Open it with ``async with``, or use it right away and ``await session.close()`` at the end. One session belongs to
    one event loop and serves any number of tasks.

    Args:
        credentials: The partner's credentials.
        base_url: Where the service is, https://api.finicity.com by default; https, or http to this machine.
        max_connections: Requests at a time; further ones wait in order.
        timeout: Seconds for one send of an ordinary call, from the moment when it may start to the end of the body.
        refresh_timeout: The same for a call that contacts the institution, 120 by default.
        max_tries: Most sends of a call, the first included.
        requests_per_second: Most requests a second, evenly spaced; None for no limit of our own.
        token_store: Where the token and the count of logins are kept; None for this session's memory.
        pacer: Spaces the requests of several processes together; you close it after the session.
        connector: A connector of yours, which the session uses and does not close.
        proxy: A proxy to go through, for example ``"http://user:password@proxy.example:3128"``; HTTPS_PROXY is not
            taken up. For socks, pass a connector of aiohttp-socks.
        on_event: Called with each ``finicity_async.events.Event`` of the session, in the task that it happens in.
        check_customer: False takes a response that names another customer than the one that was asked for; else it is a
            PayloadError.
        trace_configs: aiohttp's hooks, which see tokens and IDs. Their ``trace_request_ctx`` is the ``Sent`` event.
        max_body: Most bytes of a response's body, before and after decompression; 16 MiB by default.
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
        proxy: str | None = None,
        on_event: Callable[[Event], object] | None = None,
        check_customer: bool = True,
        trace_configs: Iterable[aiohttp.TraceConfig] = (),
        max_body: int = _MAX_BODY,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Callable[[], float] = random_module.random,
    ) -> None:
        check_type(Credentials, credentials=credentials)
        if connector is not None:
            check_type(aiohttp.BaseConnector, connector=connector)
        self._base_url = checked_base_url(base_url)
        url_of_proxy = checked_proxy(proxy, self._base_url)
        check_positive(max_connections=max_connections, max_body=max_body)
        if requests_per_second is not None:
            check_positive(requests_per_second=requests_per_second)
        self._options = _checked_options(timeout, refresh_timeout, max_tries)
        self.clock = clock
        self.sleep = sleep
        self._lifecycle = _Lifecycle()
        self._read: Callable[[Request[Any], Response], Any] = start_comparing if check_customer else start_reading
        self._keep = raw_compared if check_customer else _undecoded
        self._counters = Counters()
        self._notifier = Notifier(on_event)
        store = GuardedStore(
            token_store or MemoryTokenStore(clock),
            credentials=credentials,
            base_url=self._base_url,
            patience=timeout,
            clock=clock,
        )
        self._logins = Logins(
            credentials,
            store=store,
            begin=self._begin,
            send=self._perform_login,
            notifier=self._notifier,
        )
        self._tokens = TokenSource(self._logins, store=store, clock=clock, sleep=sleep)
        self._transport = Transport(
            self._base_url,
            credentials.app_key,
            connector=connector,
            max_connections=max_connections,
            proxy=url_of_proxy,
            trace_configs=trace_configs,
            max_body=max_body,
            secrets=partial(_secrets, self._tokens.secrets, url_of_proxy),
            counters=self._counters,
            notifier=self._notifier,
        )
        limits = (max_connections, connector.limit, connector.limit_per_host) if connector else (max_connections,)
        self._limiter = ConcurrencyLimiter(min(filter(None, limits)))
        self._pacer = Pacer(requests_per_second, clock=clock, sleep=sleep, random=random, shared=pacer)
        limiting = Limiting(self._transport, self._limiter, self._pacer, self._notifier)
        self._retrying = Retrying(
            Authorizing(limiting, self._tokens),
            pause=limiting.pause,
            burst=max(10, max_connections),
            sleep=sleep,
            random=random,
            notifier=self._notifier,
        )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ, **options: Any) -> Self:
        """
        Make a session from the FINICITY_* variables, FINICITY_BASE_URL and FINICITY_PROXY among them.

        Args:
            environ: Where the variables are.
            **options: As for the class; they go before the variables.

        Raises:
            ConfigurationError: Variables are missing; the text names them.
        """
        if base_url := environ.get("FINICITY_BASE_URL", "").strip():
            options.setdefault("base_url", base_url)
        if proxy := environ.get("FINICITY_PROXY", "").strip():
            options.setdefault("proxy", proxy)
        return cls(Credentials.from_env(environ), **options)

    @property
    def credentials(self) -> Credentials:
        """The credentials in use, with the present partner secret."""
        return self._logins.credentials

    @property
    def base_url(self) -> str:
        """Where the service is."""
        return self._base_url

    @property
    def max_connections(self) -> int:
        """The most requests at a time."""
        return self._limiter.maximum

    @property
    def login_refusal(self) -> AuthenticationError | None:
        """The error with which every call ends until ``retry_login``; None while logins may be sent."""
        return copy.copy(self._logins.refused)

    @property
    def closed(self) -> bool:
        """Whether the session was closed."""
        return self._lifecycle.closed

    @property
    def stats(self) -> SessionStats:
        """What the session has done so far and is doing now."""
        return SessionStats(
            **vars(self._counters),
            in_flight=self._in_flight,
            waiting=self._waiting,
            paused_for=self._pacer.paused_for,
            concurrency=self._limiter.limit,
            token_age=self._tokens.token_age,
        )

    @property
    def _in_flight(self) -> int:
        return self._limiter.in_use - self._pacer.waiting

    @property
    def _waiting(self) -> int:
        return self._limiter.waiting + self._pacer.waiting

    def __repr__(self) -> str:
        """Show where the session talks to and what it is doing."""
        state = "closed" if self.closed else f"in_flight={self._in_flight}, waiting={self._waiting}"
        return f"AsyncSession({self._base_url!r}, {state})"

    def __reduce_ex__(self, _: object) -> NoReturn:
        """Refuse to be pickled: a session holds secrets and sockets."""
        raise TypeError("An AsyncSession cannot be pickled; make one in the other process")

    async def __aenter__(self) -> Self:
        """Open the pool."""
        self._ensure_open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the session."""
        await self.close()

    async def close(self) -> None:
        """
        Close every connection and wait until they are closed; calls under way fail. A no-op the second time.

        A caller that is cancelled meanwhile waits no longer, but everything is closed.
        """
        lifecycle = self._lifecycle
        if not lifecycle.closed:
            lifecycle.closed = True
            for call in tuple(lifecycle.active):
                call.close()
            self._tokens.cancel()
        await lifecycle.closing.run(self._close)

    async def _close(self) -> None:
        try:
            await self._tokens.wait_closed()
        finally:
            await self._transport.close()

    def with_options(
        self, *, timeout: float | None = None, refresh_timeout: float | None = None, max_tries: int | None = None
    ) -> Self:
        """
        Return a view of this session with other timeouts or tries, for single calls.

        The view shares pool, token, limits, stats and events with the session, and closing either closes both. Logins
        keep the options of the session.

        Args:
            timeout: Seconds for one send of an ordinary call, for example ``5.0``; None for the session's.
            refresh_timeout: Seconds for one send of a call that contacts the institution; None for the session's.
            max_tries: Most sends of a call, the first included; None for the session's.

        Raises:
            ConfigurationError: An option is not a number above 0.
        """
        view = object.__new__(type(self))
        view.__dict__.update(self.__dict__)
        options = self._options
        view._options = _checked_options(
            options.timeout if timeout is None else timeout,
            options.refresh_timeout if refresh_timeout is None else refresh_timeout,
            options.max_tries if max_tries is None else max_tries,
        )
        return view

    async def send(self, request: Request[T]) -> T:
        """
        Send a request and decode the response.

        Args:
            request: What ``Operation.request`` returned.

        Returns:
            The response, decoded into the request's reply type.

        Raises:
            FinicityError: What went wrong; see ``finicity_async.errors``.
        """
        value: T = await self._perform(self._begin(request), self._read)
        return value

    async def send_raw(self, request: Request[Any]) -> Response:
        """
        Send a request and return the response as it came; errors are raised as by ``send``.

        The customer in it is compared as by ``send``, if it is JSON.

        Args:
            request: What ``Operation.request`` returned.

        Raises:
            FinicityError: What went wrong; see ``finicity_async.errors``.
        """
        return await self._perform(self._begin(request), self._keep)

    async def login(self) -> AccessToken:
        """
        Log in once and return the token, which the session itself does not use.

        Raises:
            AuthenticationError: This login was refused, or an earlier one; then nothing was sent.
        """
        self._ensure_open()
        return await self._tokens.login()

    def use_secret(self, new_secret: str) -> None:
        """
        Log in with another partner secret from now on, for example after it was changed elsewhere.

        Nothing is known of it yet, unless the token store is shared and another session was refused with it.
        """
        self._logins.use_secret(new_secret)

    def retry_login(self) -> None:
        """
        Let this session log in again after a refused login or three unanswered ones.

        Call it after the cause was found and repaired, for example when the vendor has unlocked the partner: each call
        of this method permits one more refused login, and the vendor locks a partner after five. It also clears what a
        shared token store knows of this secret. Another session that has met the refusal needs a call of its own.
        """
        self._logins.retry()

    def _ensure_open(self) -> asyncio.AbstractEventLoop:
        """Return the running loop after making sure that the session can be used in it."""
        loop = asyncio.get_running_loop()
        lifecycle = self._lifecycle
        if lifecycle.closed:
            raise ConfigurationError("The session is closed; make a new one. Nothing was sent.")
        if lifecycle.loop is None:
            self._transport.open(loop)
            lifecycle.loop = loop
        if loop is not lifecycle.loop:
            raise ConfigurationError(
                "The session belongs to another event loop; make one for each loop. Nothing was sent."
            )
        return loop

    def _begin(self, request: Request[Any]) -> Call:
        """Return the call that sends a request for the running task."""
        operation, options, notifier = request.operation, self._options, self._notifier
        context = None if operation.login else CALL_CONTEXT.get()  # A login is no part of a map item.
        if context is not None and operation.refresh and not context.allow_refresh:
            raise ConfigurationError(f"{operation.operation_id}: {REFRESHES_REFUSED}")
        loop = self._ensure_open()
        task = asyncio.current_task(loop)
        assert task is not None  # noqa: S101 -- a fact of asyncio: a coroutine runs in a task
        return Call(
            request,
            context,
            operation.timeout or (options.refresh_timeout if operation.refresh else options.timeout),
            options.max_tries,
            loop.time(),
            task,
            task.cancelling(),
            is_observed=notifier.listener is not None or notifier.log.isEnabledFor(logging.DEBUG),
        )

    async def _perform_login(self, call: Call) -> AccessToken:
        token: AccessToken = await self._perform(call, read_response)
        return token

    async def _perform(self, call: Call, read: Callable[[Request[Any], Response], T | Unfinished]) -> T:
        """Send a call through the layers and read its response, and end it when the session closes."""
        active = self._lifecycle.active
        is_counted = not call.request.operation.login
        self._counters.calls += is_counted
        active.add(call)
        if call.is_observed:
            self._notifier.notify(_called(call, self._base_url))
        try:
            response = await self._retrying.send(call)
            begun: Any = read(call.request, response)
            value: T = await begun.finish() if isinstance(begun, Unfinished) else begun
        except asyncio.CancelledError as cancelled:
            if not (call.closed and call.take_back_cancellation()):
                self._finish(call, None, cancelled)
                raise
        except Exception as error:
            if isinstance(error, PayloadError) and error.status in _reply_statuses(call.request.operation):
                call.drop_connection()  # This may be the response to another request, and so may all that follow.
            self._counters.failures += is_counted
            self._finish(call, None, error)
            raise
        except BaseException as error:  # A coroutine that is dropped is closed; its events end, too.
            self._finish(call, None, error)
            raise
        else:
            if call.is_observed:
                self._finish(call, value, None)
            return value
        finally:
            active.discard(call)
        self._counters.failures += is_counted
        closed = call.closed_error()
        self._finish(call, None, closed)
        raise closed

    def _finish(self, call: Call, value: object, error: BaseException | None) -> None:
        if call.is_observed:
            elapsed = call.task.get_loop().time() - call.started
            operation_id = call.request.operation.operation_id
            self._notifier.notify(Finished(call.number, operation_id, call.attempts, elapsed, value, error))


def _checked_options(timeout: float, refresh_timeout: float, max_tries: int) -> _Options:
    check_positive(timeout=timeout, refresh_timeout=refresh_timeout, max_tries=max_tries)
    return _Options(timeout, refresh_timeout, max_tries)


def _reply_statuses(operation: Operation[Any]) -> tuple[int, ...]:
    """Return the statuses that carry a reply; a refresh names its own, since its 202 only says that it goes on."""
    return (200, 201, *(operation.statuses or (202,)))


def _called(call: Call, base_url: str) -> Called:
    operation = call.request.operation
    return Called(call.number, operation.operation_id, operation.method, operation.path, base_url)


def _undecoded(_request: Request[Any], response: Response) -> Response:
    return response


def _secrets(of_tokens: Callable[[], Iterable[str]], proxy: URL | None) -> Iterable[str]:
    """Return what no text may show: the secrets of the partner, and those of the proxy."""
    return (*of_tokens(), *(filter(None, (proxy.user, proxy.password)) if proxy is not None else ()))
