"""A circuit breaker before Redis: bounded waits, and no further ones while it does not answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from hashlib import sha256
from types import TracebackType
from typing import Self, TypeVar

import redis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from finicity_async.auth import Credentials
from finicity_async.errors import ConfigurationError

T = TypeVar("T")
_log = logging.getLogger("finicity_async")
_FAILURES = (redis.RedisError, OSError)
_PROBE_INTERVAL = 5.0
"""Seconds between two probes: a restart of Redis is noticed soon, and a dead one costs next to nothing."""


class RedisUnavailableError(Exception):
    """Redis does not answer, so the state that the processes share is not known."""


class CircuitBreaker:
    """
    Calls Redis while it answers; after a failure every call fails at once, until a probe in the background succeeds.

    Args:
        server: URL of the server, or a client of the user's, which is not closed here.
        timeout: Seconds that an answer may take.
    """

    def __init__(self, server: str | Redis, timeout: float) -> None:
        self._owns_client = isinstance(server, str)
        self.client = _client(server, timeout) if isinstance(server, str) else server
        self.probe_interval = _PROBE_INTERVAL
        self._timeout = timeout
        self._probe: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether Redis did not answer the last call."""
        return self._probe is not None

    async def call(self, command: Callable[[], Awaitable[T]]) -> T:
        """
        Return the answer to a command.

        Raises:
            RedisUnavailableError: There is none, or there was none to an earlier command.
        """
        if self._probe is None:
            try:
                async with asyncio.timeout(self._timeout):
                    return await command()
            except _FAILURES as error:
                self._open(error)
        raise RedisUnavailableError

    def _open(self, error: Exception) -> None:
        if self._probe is None:  # Several calls may have been under way when Redis went away.
            self._probe = asyncio.create_task(self._close_when_back(), name="finicity_async: probe Redis")
            _log.warning("Redis does not answer (%s); this process goes on with what it has", type(error).__name__)

    async def _close_when_back(self) -> None:
        while True:
            await asyncio.sleep(self.probe_interval)
            try:
                async with asyncio.timeout(self._timeout):
                    await self.client.ping()
            except _FAILURES:
                continue
            self._probe = None
            _log.warning("Redis answers again")
            return

    async def aclose(self) -> None:
        """End the probe, and close a connection of our own."""
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.wait((self._probe,))
        if self._owns_client:
            await self.client.aclose()


class RedisBacked:
    """Base of what keeps its state in Redis: opened by ``async with``, silent about the server's address."""

    def __init__(self, breaker: CircuitBreaker) -> None:
        self._breaker = breaker

    def __repr__(self) -> str:
        """Show whether Redis answers, and not where it is: a URL may hold a password."""
        return f"{type(self).__name__}({'unavailable' if self._breaker.is_open else 'available'})"

    async def __aenter__(self) -> Self:
        """Return itself; a connection is made when one is needed."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close what was opened here."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections, but not those of a client that was given."""
        await self._breaker.aclose()


def partner_key(prefix: str, credentials: Credentials, *kind: str) -> str:
    """Return a key that is one partner's own, and that tells nothing about the partner."""
    return f"{prefix}:{{{digest(credentials.app_key, credentials.partner_id)}}}:{':'.join(kind)}"


def digest(*parts: str | None) -> str:
    """Return a hash of some texts, as a name for them that does not show them."""
    return sha256("\0".join(part or "" for part in parts).encode()).hexdigest()[:32]


def _client(url: str, timeout: float) -> Redis:
    try:
        # One retry at once, and no more: it replaces a pooled connection that a restart of Redis has cut.
        return Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=Retry(NoBackoff(), 1))
    except (ValueError, TypeError, AttributeError):
        raise ConfigurationError("The URL of Redis must look like redis://[user:password@]host:6379/0") from None
