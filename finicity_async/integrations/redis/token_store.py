"""The token in Redis: one login for all processes, and one refusal that all of them see."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from random import random
from typing import TYPE_CHECKING, Any

import msgspec
from redis.asyncio.lock import Lock
from redis.exceptions import LockError

from finicity_async._options import check_positive
from finicity_async.auth import CREATE_TOKEN, TOKEN_LIFETIME, Credentials, Token
from finicity_async.errors import AuthenticationError, TransportError
from finicity_async.integrations.redis.circuit_breaker import (
    CircuitBreaker,
    RedisBacked,
    RedisUnavailableError,
    digest,
    partner_key,
)

if TYPE_CHECKING:
    from redis.asyncio import Redis

_LOCK_LIFE = 10.0
"""Seconds after which the lock of a dead process is free: three prolongations, each of which may be late."""
_POLL_INTERVAL = 0.05
"""Least seconds between two tries to get the lock: a login takes some tenths of a second."""
_REFUSAL_LIFE = 24 * 3600.0
"""Seconds for which a refused login is remembered: until somebody has had a working day to see it."""


class RedisTokenStore(RedisBacked):
    """
    Keeps the token of a partner in Redis, for ``AsyncSession(token_store=...)`` in any number of processes.

    The first process that needs a token logs in, while the others wait for it. A refused login is seen by all of them,
    and none sends these credentials again. The token is stored in plain text: whoever can read Redis can use it for two
    hours. Secrets are not stored.

    While Redis does not answer, every process goes on with the token that it has. When that is too old, the process
    logs in for itself, but only with a secret that a login has succeeded with: the vendor locks a partner after five
    failed logins, and processes that do not hear of each other would send one each.

    Args:
        redis: URL of the server, or a client of ``redis.asyncio``, which stays yours to close.
        credentials: The partner whose token it is; the key is made from a hash of it.
        prefix: What the keys in Redis begin with.
        patience: Seconds that Redis may take for an answer.
        lock_life: Seconds after which the lock of a process that died is free; a running process prolongs it.
        refusal_life: Seconds for which a refused login is remembered in Redis.
        login_without_redis: True lets a process log in with an untried secret, too.
        clock: Monotonic clock, in seconds.

    Raises:
        ConfigurationError: The URL is not one of Redis, or a number is not above 0.
    """

    def __init__(
        self,
        redis: "str | Redis",
        *,
        credentials: Credentials,
        prefix: str = "finicity-async",
        patience: float = 1.0,
        lock_life: float = _LOCK_LIFE,
        refusal_life: float = _REFUSAL_LIFE,
        login_without_redis: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        check_positive(patience=patience, lock_life=lock_life, refusal_life=refusal_life)
        super().__init__(CircuitBreaker(redis, patience))
        self._prefix = prefix
        self._key = partner_key(prefix, credentials, "token")
        self._lock_key = partner_key(prefix, credentials, "lock")
        self._refusal_key = partner_key(prefix, credentials, "refusal")
        self._fingerprint = _fingerprint(credentials)
        self._lock_life = lock_life
        self._refusal_life = refusal_life
        self._login_without_redis = login_without_redis
        self._clock = clock
        self._queue = asyncio.Lock()
        self._holds_lock = False
        self._latest: Token | None = None
        self._accepted: set[str] = set()
        self._refusals: dict[str, bytes] = {}

    def serves(self, credentials: Credentials) -> bool:
        """Return whether the store was made for this partner and application."""
        return partner_key(self._prefix, credentials, "token") == self._key

    async def load(self) -> tuple[str, float] | None:
        """Return the token and its age in seconds by the clock of Redis, or None."""
        with suppress(RedisUnavailableError):
            fields, left = await self._breaker.call(self._read)
            token, fingerprint = map(_text, fields)
            if not token or left <= 0:
                return None
            age = max(0.0, TOKEN_LIFETIME - left / 1000)
            self._latest = Token(token, self._clock() - age)
            self._accepted.add(fingerprint)
        return None if self._latest is None else (self._latest.value, self._clock() - self._latest.since)

    async def save(self, token: str) -> None:
        """Keep a token that was obtained just now; it replaces the earlier one."""
        self._latest = Token(token, self._clock())
        with suppress(RedisUnavailableError):
            await self._breaker.call(lambda: self._write(token))

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        """Hold the lock of all processes, or that of this process alone while Redis does not answer."""
        async with self._queue:
            lock = self._breaker.client.lock(self._lock_key, timeout=self._lock_life)
            self._holds_lock = await self._acquire(lock)
            prolonging = asyncio.create_task(self._prolong(lock), name="finicity_async: prolong the lock in Redis")
            try:
                yield
            finally:
                prolonging.cancel()
                await asyncio.wait((prolonging,))
                if self._holds_lock:
                    await self._release(lock)

    async def before_login(self, credentials: Credentials) -> None:
        """
        Check whether a login may be sent.

        Raises:
            AuthenticationError: A process was refused with these credentials.
            TransportError: Redis does not answer, and no login with these credentials has succeeded.
        """
        fingerprint = _fingerprint(credentials)
        refusal: bytes | str | None = self._refusals.get(fingerprint)
        with suppress(RedisUnavailableError):
            refusal = refusal or await self._breaker.call(
                lambda: self._breaker.client.get(f"{self._refusal_key}:{fingerprint}")
            )
            if refusal is None and self._holds_lock:
                return
        if refusal is not None:
            raise _refusal_error(refusal)
        if fingerprint not in self._accepted and not self._login_without_redis:
            raise _unavailable_error()

    async def after_login(self, credentials: Credentials, refusal: AuthenticationError | None) -> None:
        """Tell the other processes that these credentials were refused, or taken when ``refusal`` is None."""
        fingerprint = _fingerprint(credentials)
        if refusal is None:
            self._fingerprint = fingerprint
            self._accepted.add(fingerprint)
            return
        self._accepted.discard(fingerprint)
        self._refusals[fingerprint] = msgspec.json.encode(_Refusal(str(refusal), refusal.status, refusal.code))
        life = int(self._refusal_life * 1000)
        with suppress(RedisUnavailableError):
            await self._breaker.call(
                lambda: self._breaker.client.set(
                    f"{self._refusal_key}:{fingerprint}", self._refusals[fingerprint], px=life
                )
            )

    async def forget_refusal(self, credentials: Credentials) -> None:
        """
        Let a login be sent again with credentials that were refused, for example after the vendor has unlocked them.

        Sessions that have met the refusal still remember it until they are closed.

        Raises:
            TransportError: Redis does not answer.
        """
        fingerprint = _fingerprint(credentials)
        self._refusals.pop(fingerprint, None)
        try:
            await self._breaker.call(lambda: self._breaker.client.delete(f"{self._refusal_key}:{fingerprint}"))
        except RedisUnavailableError:
            raise _unavailable_error() from None

    async def _read(self) -> Any:
        async with self._breaker.client.pipeline() as pipe:
            pipe.hmget(self._key, "token", "fingerprint")
            pipe.pttl(self._key)
            return await pipe.execute()

    async def _write(self, token: str) -> None:
        async with self._breaker.client.pipeline() as pipe:
            pipe.hset(self._key, mapping={"token": token, "fingerprint": self._fingerprint})
            pipe.pexpire(self._key, int(TOKEN_LIFETIME * 1000))
            await pipe.execute()

    async def _acquire(self, lock: Lock) -> bool:
        """Wait for the lock in Redis; False when that does not answer."""
        try:
            while not await self._breaker.call(lambda: lock.acquire(blocking=False)):  # noqa: ASYNC110 -- no event between processes
                await asyncio.sleep(_POLL_INTERVAL * (1 + random()))
        except RedisUnavailableError:
            return False
        return True

    async def _prolong(self, lock: Lock) -> None:
        """Prolong a lock while it is in use: a login may take longer than ``lock_life``."""
        while self._holds_lock:
            await asyncio.sleep(self._lock_life / 3)
            with suppress(RedisUnavailableError):
                self._holds_lock = await self._breaker.call(lambda: _is_ours(lock.reacquire))

    async def _release(self, lock: Lock) -> None:
        with suppress(RedisUnavailableError):
            await self._breaker.call(lambda: _is_ours(lock.release))


class _Refusal(msgspec.Struct, frozen=True, array_like=True):
    """A refused login as it is stored; without the vendor's message, which may repeat secrets."""

    text: str
    status: int
    code: str | None


def _refusal_error(kept: bytes | str) -> AuthenticationError:
    found = msgspec.json.decode(kept, type=_Refusal)
    text = f"{found.text} The refusal is kept in Redis; RedisTokenStore.forget_refusal removes it."
    return AuthenticationError(text, operation=CREATE_TOKEN.operation_id, status=found.status, code=found.code)


def _unavailable_error() -> TransportError:
    name = CREATE_TOKEN.operation_id
    text = (
        f"{name}: Redis does not answer, so whether these credentials were refused is not known. Nothing was sent, "
        "because the vendor locks a partner after five failed logins; try again when Redis is back."
    )
    return TransportError(text, operation=name, sent=False, retryable=True)


def _fingerprint(credentials: Credentials) -> str:
    """Return a hash of credentials by which processes recognize them."""
    return digest(credentials.app_key, credentials.partner_id, credentials.partner_secret)


def _text(value: Any) -> str:
    """Return a field as text; a client of the user's may have decoded it."""
    return value.decode() if isinstance(value, bytes) else value or ""


async def _is_ours(act: Callable[[], Any]) -> bool:
    """Return whether a lock was still ours; that it was not does not mean that Redis is unavailable."""
    try:
        await act()
    except LockError:
        return False
    return True
