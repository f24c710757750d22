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
from finicity_async.integrations.redis.link import Link, Linked, RedisGoneError, digest, key_of

if TYPE_CHECKING:
    from redis.asyncio import Redis

_LOCK_LIFE = 10.0
_LOOK_AGAIN = 0.05
_REFUSAL_LIFE = 24 * 3600.0


class RedisTokenStore(Linked):
    """
    Keeps the token of a partner in Redis, for ``AsyncSession(token_store=...)`` in any number of processes.

    The first process that needs a token logs in, while the others wait for it. A refused login is seen by all of them,
    and none sends these credentials again. The token stands in Redis in the clear: who reads there can use it for two
    hours. Secrets do not stand there.

    While Redis does not answer, every process goes on with the token that it has, and logs in for itself when that is
    too old and the secret is known to be right, because a login with it has succeeded. Where nothing is known about the
    secret, no login is sent: the vendor locks a partner after five failed ones, and processes that cannot hear of each
    other would send one each.

    Args:
        redis: URL of the server, or a client of ``redis.asyncio``, which stays yours to close.
        credentials: The partner whose token it is; the key is made from a hash of it.
        prefix: What the keys in Redis begin with.
        patience: Seconds that Redis may take for an answer.
        lock_life: Seconds after which the lock of a process that died is free; one that lives prolongs it.
        refusal_life: Seconds for which a refused login is remembered in Redis.
        login_without_redis: True lets a process log in with a secret about which nothing is known, too.
        clock: Seconds of a clock that never goes back.

    Raises:
        ConfigurationError: The URL is none of Redis, or a number is not above 0.
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
        super().__init__(Link(redis, patience))
        self._prefix = prefix
        self._key = key_of(prefix, credentials, "token")
        self._lock_key = key_of(prefix, credentials, "lock")
        self._refusal_key = key_of(prefix, credentials, "refusal")
        self._proof = _proof(credentials)
        self._lock_life = lock_life
        self._refusal_life = refusal_life
        self._login_without_redis = login_without_redis
        self._clock = clock
        self._queue = asyncio.Lock()
        self._holds_lock = False
        self._latest: Token | None = None
        self._proven: set[str] = set()
        self._refusals: dict[str, bytes] = {}

    def serves(self, credentials: Credentials) -> bool:
        """Return whether the store was made for this partner and application."""
        return key_of(self._prefix, credentials, "token") == self._key

    async def load(self) -> tuple[str, float] | None:
        """Return the token and its age in seconds by the clock of Redis, or None."""
        with suppress(RedisGoneError):
            fields, left = await self._link.ask(self._read)
            token, proof = map(_text, fields)
            if not token or left <= 0:
                return None
            age = max(0.0, TOKEN_LIFETIME - left / 1000)
            self._latest = Token(token, self._clock() - age)
            self._proven.add(proof)
        return None if self._latest is None else (self._latest.value, self._clock() - self._latest.since)

    async def save(self, token: str) -> None:
        """Keep a token that was obtained just now, in place of an earlier one."""
        self._latest = Token(token, self._clock())
        with suppress(RedisGoneError):
            await self._link.ask(lambda: self._write(token))

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        """Hold the lock of all processes, or that of this process alone while Redis does not answer."""
        async with self._queue:
            lock = self._link.client.lock(self._lock_key, timeout=self._lock_life)
            self._holds_lock = await self._acquire(lock)
            keeper = asyncio.create_task(self._prolong(lock), name="finicity_async: prolong the lock in Redis")
            try:
                yield
            finally:
                keeper.cancel()
                await asyncio.wait((keeper,))
                if self._holds_lock:
                    await self._release(lock)

    async def before_login(self, credentials: Credentials) -> None:
        """
        Look whether a login may be sent.

        Raises:
            AuthenticationError: A process was refused with these credentials.
            TransportError: Redis does not answer, and nothing is known about these credentials.
        """
        proof = _proof(credentials)
        refusal: bytes | str | None = self._refusals.get(proof)
        with suppress(RedisGoneError):
            refusal = refusal or await self._link.ask(lambda: self._link.client.get(f"{self._refusal_key}:{proof}"))
            if refusal is None and self._holds_lock:
                return
        if refusal is not None:
            raise _refusal(refusal)
        if proof not in self._proven and not self._login_without_redis:
            raise _unknown()

    async def after_login(self, credentials: Credentials, refusal: AuthenticationError | None) -> None:
        """Tell the other processes that these credentials were refused, or taken when ``refusal`` is None."""
        proof = _proof(credentials)
        if refusal is None:
            self._proof = proof
            self._proven.add(proof)
            return
        self._proven.discard(proof)
        self._refusals[proof] = msgspec.json.encode(_Refusal(str(refusal), refusal.status, refusal.code))
        life = int(self._refusal_life * 1000)
        with suppress(RedisGoneError):
            await self._link.ask(
                lambda: self._link.client.set(f"{self._refusal_key}:{proof}", self._refusals[proof], px=life)
            )

    async def forget_refusal(self, credentials: Credentials) -> None:
        """
        Let a login be sent again with credentials that were refused, for example after the vendor has unlocked them.

        Sessions that have met the refusal remember it all the same until they are closed.

        Raises:
            TransportError: Redis does not answer.
        """
        proof = _proof(credentials)
        self._refusals.pop(proof, None)
        try:
            await self._link.ask(lambda: self._link.client.delete(f"{self._refusal_key}:{proof}"))
        except RedisGoneError:
            raise _unknown() from None

    async def _read(self) -> Any:
        async with self._link.client.pipeline() as pipe:
            pipe.hmget(self._key, "token", "proof")
            pipe.pttl(self._key)
            return await pipe.execute()

    async def _write(self, token: str) -> None:
        async with self._link.client.pipeline() as pipe:
            pipe.hset(self._key, mapping={"token": token, "proof": self._proof})
            pipe.pexpire(self._key, int(TOKEN_LIFETIME * 1000))
            await pipe.execute()

    async def _acquire(self, lock: Lock) -> bool:
        """Wait for the lock in Redis; False when that does not answer."""
        try:
            while not await self._link.ask(lambda: lock.acquire(blocking=False)):  # noqa: ASYNC110 -- no event between processes
                await asyncio.sleep(_LOOK_AGAIN * (1 + random()))
        except RedisGoneError:
            return False
        return True

    async def _prolong(self, lock: Lock) -> None:
        """Keep a lock for as long as it is in use: a login may take longer than a dead process may hold it."""
        while self._holds_lock:
            await asyncio.sleep(self._lock_life / 3)
            with suppress(RedisGoneError):
                self._holds_lock = await self._link.ask(lambda: _is_ours(lock.reacquire))

    async def _release(self, lock: Lock) -> None:
        with suppress(RedisGoneError):
            await self._link.ask(lambda: _is_ours(lock.release))


class _Refusal(msgspec.Struct, frozen=True, array_like=True):
    """A refused login as it stands in Redis: nothing of what the vendor's message may repeat."""

    text: str
    status: int
    code: str | None


def _refusal(kept: bytes | str) -> AuthenticationError:
    found = msgspec.json.decode(kept, type=_Refusal)
    text = f"{found.text} The refusal stands in Redis; RedisTokenStore.forget_refusal takes it away."
    return AuthenticationError(text, operation=CREATE_TOKEN.operation_id, status=found.status, code=found.code)


def _unknown() -> TransportError:
    name = CREATE_TOKEN.operation_id
    text = (
        f"{name}: Redis does not answer, so whether these credentials were refused is not known. Nothing was sent, "
        "because the vendor locks a partner after five failed logins; try again when Redis is back."
    )
    return TransportError(text, operation=name, sent=False, retryable=True)


def _proof(credentials: Credentials) -> str:
    """Return what stands for the credentials that a login was sent with."""
    return digest(credentials.app_key, credentials.partner_id, credentials.partner_secret)


def _text(value: Any) -> str:
    """Return a field as text; a client of the user's may decode by itself."""
    return value.decode() if isinstance(value, bytes) else value or ""


async def _is_ours(act: Callable[[], Any]) -> bool:
    """Return whether a lock was still ours to act on; one that is not is no sign of a lost Redis."""
    try:
        await act()
    except LockError:
        return False
    return True
