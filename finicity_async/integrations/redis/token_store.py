"""The token in Redis: one login for all processes, and one refusal that all of them see."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from random import random
from typing import TYPE_CHECKING, Any

from redis.asyncio.lock import Lock
from redis.exceptions import LockError, ResponseError

from finicity_async._options import check_positive, checked_base_url
from finicity_async.auth import TOKEN_LIFETIME, Credentials, LoginRecord, Token
from finicity_async.integrations.redis.circuit_breaker import (
    CircuitBreaker,
    ForeignDataError,
    RedisBacked,
    RedisUnavailableError,
    partner_key,
    warn_of_foreign_data,
)
from finicity_async.integrations.redis.login_records import REFUSAL_LIFE, LoginRecords, unavailable_error
from finicity_async.session import BASE_URL

if TYPE_CHECKING:
    from redis.asyncio import Redis

_LOCK_LIFE = 10.0
"""Seconds after which the lock of a dead process is free: three prolongations, each of which may be late."""
_POLL_INTERVAL = 0.05
"""Least seconds between two tries to get the lock: a login takes some tenths of a second."""
# A lock of ours has a life, so a key without one belongs to nobody who would ever release it.
_DROP_FOREIGN_LOCK = "if redis.call('PTTL', KEYS[1]) == -1 then redis.call('DEL', KEYS[1]) end"


class RedisTokenStore(RedisBacked):
    """
    Keeps the token of a partner in Redis, for ``AsyncSession(token_store=...)`` in any number of processes.

    The first process that needs a token logs in, while the others wait for it. A refused login is seen by all of them,
    and none sends these credentials again; logins without a clear answer are counted for all together. Each service
    (``base_url``) has a token and a count of its own. The token is stored in plain text: whoever can read Redis can use
    it for two hours. Secrets are not stored.

    While Redis does not answer, every process goes on with the token that it has. When that is too old, the process
    logs in for itself, but only with a secret that a login has succeeded with: the vendor locks a partner after five
    failed logins, and processes that do not hear of each other would send one each. Redis is told what it has missed as
    soon as it answers again.

    Args:
        redis: URL of the server, or a client of ``redis.asyncio``, which stays yours to close.
        credentials: The partner whose token it is; the key is made from a hash of it.
        base_url: The service whose token it is; None for that of the first session.
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
        base_url: str | None = None,
        prefix: str = "finicity-async",
        patience: float = 1.0,
        lock_life: float = _LOCK_LIFE,
        refusal_life: float = REFUSAL_LIFE,
        login_without_redis: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        check_positive(patience=patience, lock_life=lock_life, refusal_life=refusal_life)
        super().__init__(CircuitBreaker(redis, patience))
        self._prefix = prefix
        self._lock_life = lock_life
        self._login_without_redis = login_without_redis
        self._clock = clock
        self._queue = asyncio.Lock()
        self._holds_lock = False
        self._latest: Token | None = None
        self._fingerprint = credentials.fingerprint()
        self._credentials = credentials
        self._records = LoginRecords(self._breaker, refusal_life=refusal_life, clock=clock)
        self._base_url = None if base_url is None else checked_base_url(base_url)
        self._set_keys(self._base_url or BASE_URL)

    def serves(self, credentials: Credentials, base_url: str) -> bool:
        """Return whether the store is for this partner, application and service; the last is the first session's."""
        if self._base_url is None:
            self._base_url = base_url
            self._set_keys(base_url)
        return base_url == self._base_url and self._key_of("token", credentials, base_url) == self._key

    async def load(self) -> tuple[str, float] | None:
        """Return the token and its age in seconds by the clock of Redis, or None."""
        try:
            fields, left = await self._breaker.call(self._read)
            token, fingerprint = map(_text, fields)
        except RedisUnavailableError:
            return None if self._latest is None else (self._latest.value, self._clock() - self._latest.since)
        except ForeignDataError:
            warn_of_foreign_data("token")
            return None
        if not token or left <= 0:
            return None
        age = max(0.0, TOKEN_LIFETIME - left / 1000)
        self._latest = Token(token, self._clock() - age)
        self._records.note_accepted(fingerprint)
        return token, age

    async def save(self, token: str) -> None:
        """Keep a token that was obtained just now; it replaces the earlier one."""
        self._latest = Token(token, self._clock())
        with suppress(RedisUnavailableError):
            await self._breaker.call(lambda: self._write(token))

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        """Hold the lock of all processes, or that of this process alone while Redis does not answer."""
        async with self._queue:
            lock = self._lock = self._breaker.client.lock(self._lock_key, timeout=self._lock_life)
            self._holds_lock = await self._acquire(lock)
            prolonging = asyncio.create_task(self._prolong(lock), name="finicity_async: prolong the lock in Redis")
            try:
                yield
            finally:
                prolonging.cancel()
                await asyncio.wait((prolonging,))
                if self._holds_lock:
                    await self._release(lock)

    async def load_logins(self, fingerprint: str) -> tuple[LoginRecord, float] | None:
        """
        Return what was last saved and its age in seconds, or None.

        Raises:
            TransportError: Redis does not answer, and no login with these credentials has succeeded.
        """
        is_current = await self._records.read(fingerprint) and self._holds_lock
        found = self._records.get(fingerprint)
        record = LoginRecord() if found is None else found[0]
        is_known = record.accepted or record.refusal is not None
        if not (is_current or is_known or self._login_without_redis):
            raise unavailable_error()
        return found

    async def save_logins(self, fingerprint: str, record: LoginRecord) -> None:
        """
        Keep a record in place of an earlier one, here and in Redis; refusals and successes are told later if need be.

        Raises:
            TransportError: The lock was lost, so another process may be logging in, or Redis does not answer.
        """
        if record.accepted:
            self._fingerprint = fingerprint
        lock = self._lock if self._holds_lock else None
        may_wait = record.accepted or record.refusal is not None or self._login_without_redis
        await self._records.write(fingerprint, record, lock, may_wait=may_wait)

    def forget_logins(self, fingerprint: str) -> None:
        """Drop the record here at once, and in Redis as soon as that answers."""
        self._records.forget(fingerprint)

    async def forget_refusal(self, credentials: Credentials) -> None:
        """
        Let a login be sent again with credentials that were refused, for example after the vendor has unlocked them.

        Sessions that have met the refusal still remember it, until they are closed or ``retry_login`` is called.

        Raises:
            TransportError: Redis does not answer.
        """
        self._records.forget(credentials.fingerprint())
        if not await self._records.tell():
            raise unavailable_error()

    async def _close(self) -> None:
        await self._records.aclose()
        await super()._close()

    def _set_keys(self, base_url: str) -> None:
        self._key, self._lock_key, logins_key = (
            self._key_of(kind, self._credentials, base_url) for kind in ("token", "lock", "logins")
        )
        self._records.set_keys(logins_key, self._lock_key)

    def _key_of(self, kind: str, credentials: Credentials, base_url: str) -> str:
        return partner_key(self._prefix, credentials, kind, base_url)

    async def _read(self) -> Any:
        async with self._breaker.client.pipeline() as pipe:
            pipe.hmget(self._key, "token", "fingerprint")
            pipe.pttl(self._key)
            return await pipe.execute()

    async def _write(self, token: str) -> None:
        async with self._breaker.client.pipeline() as pipe:
            pipe.delete(self._key)  # It may hold data of another type.
            pipe.hset(self._key, mapping={"token": token, "fingerprint": self._fingerprint})
            pipe.pexpire(self._key, int(TOKEN_LIFETIME * 1000))
            await pipe.execute()

    async def _acquire(self, lock: Lock) -> bool:
        """Wait for the lock in Redis; False when that does not answer."""
        try:
            while not await self._breaker.call(lambda: lock.acquire(blocking=False)):
                await self._breaker.call(lambda: self._breaker.client.eval(_DROP_FOREIGN_LOCK, 1, self._lock_key))
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


def _text(value: Any) -> str:
    """Return a field as text; a client of the user's may have decoded it."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""


async def _is_ours(act: Callable[[], Any]) -> bool:
    """Return whether a lock was still ours; that it was not does not mean that Redis is unavailable."""
    try:
        await act()
    except (LockError, ResponseError):
        return False
    return True
