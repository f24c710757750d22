"""The way to Redis: bounded waits, and no further ones while it does not answer."""

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
_HOLD = 5.0


class RedisGoneError(Exception):
    """Redis does not answer, so what the processes share is not known now."""


class Link:
    """
    Asks Redis for as long as it answers; after a failure only a probe asks, and nobody waits for it.

    Args:
        server: URL of the server, or a client of the user's, which is not closed here.
        patience: Seconds that an answer may take.
        hold: Seconds between two probes while Redis does not answer.
    """

    def __init__(self, server: str | Redis, patience: float, hold: float = _HOLD) -> None:
        self._owns_client = isinstance(server, str)
        self.client = _connected(server, patience) if isinstance(server, str) else server
        self._patience = patience
        self._hold = hold
        self._probe: asyncio.Task[None] | None = None

    @property
    def gone(self) -> bool:
        """Whether Redis did not answer the last question."""
        return self._probe is not None

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T:
        """
        Return the answer to a question.

        Raises:
            RedisGoneError: There is none, or there was none to an earlier question.
        """
        if self._probe is None:
            try:
                async with asyncio.timeout(self._patience):
                    return await question()
            except _FAILURES as error:
                self._note_gone(error)
        raise RedisGoneError

    def _note_gone(self, error: Exception) -> None:
        if self._probe is None:
            self._probe = asyncio.create_task(self._wait_until_back(), name="finicity_async: look for Redis")
            _log.warning("Redis does not answer (%s); this process goes on with what it has", type(error).__name__)

    async def _wait_until_back(self) -> None:
        while True:
            await asyncio.sleep(self._hold)
            try:
                async with asyncio.timeout(self._patience):
                    await self.client.ping()
            except _FAILURES:
                continue
            self._probe = None
            _log.warning("Redis answers again")
            return

    async def close(self) -> None:
        """End the probe, and close a connection of our own."""
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.wait((self._probe,))
        if self._owns_client:
            await self.client.aclose()


class Linked:
    """What keeps something in Redis: opened by ``async with``, silent about where that is."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def __repr__(self) -> str:
        """Show whether Redis answers, and not where it is: a URL may hold a password."""
        return f"{type(self).__name__}({'gone' if self._link.gone else 'linked'})"

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
        await self._link.close()


def key_of(prefix: str, credentials: Credentials, *kind: str) -> str:
    """Return a key that one partner has for itself, and that tells nothing about it."""
    return f"{prefix}:{{{digest(credentials.app_key, credentials.partner_id)}}}:{':'.join(kind)}"


def digest(*parts: str | None) -> str:
    """Return a text that stands for others without showing them."""
    return sha256("\0".join(part or "" for part in parts).encode()).hexdigest()[:32]


def _connected(url: str, patience: float) -> Redis:
    try:
        # A connection that a restart of Redis has cut is made anew at once, and once only.
        return Redis.from_url(
            url, socket_timeout=patience, socket_connect_timeout=patience, retry=Retry(NoBackoff(), 1)
        )
    except (ValueError, TypeError, AttributeError):
        raise ConfigurationError("The URL of Redis must look like redis://[user:password@]host:6379/0") from None
