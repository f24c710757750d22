"""A circuit breaker before Redis: bounded waits, and no further ones while it does not answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

import redis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from finicity_async._closing import Closing
from finicity_async.auth import Credentials, digest
from finicity_async.errors import ConfigurationError

T = TypeVar("T")
_log = logging.getLogger("finicity_async")
_FAILURES = (redis.RedisError, OSError)
_PROBE_INTERVAL = 5.0
"""Seconds between two probes: a restart of Redis is noticed soon, and a dead one costs next to nothing."""


class RedisUnavailableError(Exception):
    """Redis does not answer, so the state that the processes share is not known."""


class ForeignDataError(Exception):
    """Redis holds something under a key of ours that this library did not write."""


class CircuitBreaker:
    """
    Calls Redis while it answers; after a failure every call fails at once, until a probe in the background succeeds.

    Args:
        server: URL of the server, or a client of the user's, which is not closed here.
        timeout: Seconds that an answer may take.
    """

    def __init__(self, server: str | Redis, timeout: float) -> None:
        self._owns_client = isinstance(server, str)
        self.client: Redis = _client(server, timeout) if isinstance(server, str) else server
        self.probe_interval = _PROBE_INTERVAL
        self.on_back: Callable[[], Awaitable[None]] | None = None
        self.is_open: bool = False
        self.is_closed: bool = False
        self._timeout = timeout
        self._probe: asyncio.Task[None] | None = None

    async def call(self, command: Callable[[], Awaitable[T]]) -> T:
        """
        Return the answer to a command.

        Raises:
            RedisUnavailableError: There is none, or there was none to an earlier command.
            ForeignDataError: It met data that this library did not write.
        """
        if not (self.is_open or self.is_closed):
            try:
                async with asyncio.timeout(self._timeout):
                    return await command()
            except UnicodeDecodeError:  # A client of the user's that decodes responses.
                raise ForeignDataError from None
            except _FAILURES as error:
                if _is_about_data(error):
                    raise ForeignDataError from None
                self._open(error)
        raise RedisUnavailableError

    def _open(self, error: Exception) -> None:
        if not (self.is_open or self.is_closed):  # Several calls may have been under way when Redis went away.
            self.is_open = True
            self._probe = asyncio.create_task(self._close_when_back(), name="finicity_async: probe Redis")
            _log.warning("Redis does not answer (%s); this process goes on with what it has", type(error).__name__)

    async def _close_when_back(self) -> None:
        while self.is_open:
            await asyncio.sleep(self.probe_interval)
            with suppress(*_FAILURES):
                async with asyncio.timeout(self._timeout):
                    await self.client.ping()
                self.is_open = False
        _log.warning("Redis answers again")
        if self.on_back is not None:
            await self.on_back()

    async def aclose(self) -> None:
        """End the probe, and close a connection of our own; every later call finds Redis unavailable."""
        self.is_closed = True
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.wait((self._probe,))
        if self._owns_client:
            await self.client.aclose()


class RedisBacked:
    """Base of what keeps its state in Redis: opened by ``async with``, silent about the server's address."""

    def __init__(self, breaker: CircuitBreaker) -> None:
        self._breaker = breaker
        self._closing = Closing("close what is kept in Redis")

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
        """Close the connections, but not those of a client that was given; cancelling a caller does not stop that."""
        await self._closing.run(self._close)

    async def _close(self) -> None:
        await self._breaker.aclose()


def partner_key(prefix: str, credentials: Credentials, kind: str, base_url: str | None = None) -> str:
    """Return a key that is one partner's own, at one service where that matters, and that tells nothing of both."""
    return f"{prefix}:{{{digest(credentials.app_key, credentials.partner_id, base_url)}}}:{kind}"


def warn_of_foreign_data(kind: str) -> None:
    """Log that something else is in the place of our data."""
    _log.warning("Redis holds something else under the key for the %s; it is replaced", kind)


def _is_about_data(error: Exception) -> bool:
    """Return whether a command failed because of what it found: another type of data, or no number in a script."""
    return isinstance(error, redis.ResponseError) and any(sign in str(error) for sign in ("WRONGTYPE", "attempt to"))


def _client(url: str, timeout: float) -> Redis:
    try:
        # One retry at once, and no more: it replaces a pooled connection that a restart of Redis has cut.
        return Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=Retry(NoBackoff(), 1))
    except (ValueError, TypeError, AttributeError):
        raise ConfigurationError("The URL of Redis must look like redis://[user:password@]host:6379/0") from None
