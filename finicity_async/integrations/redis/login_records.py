"""What the processes know of the logins with each secret: a copy here, the count in Redis, and what is told later."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import msgspec
from redis.asyncio.lock import Lock

from finicity_async.auth import CREATE_TOKEN, LoginRecord
from finicity_async.errors import TransportError
from finicity_async.integrations.redis.circuit_breaker import (
    CircuitBreaker,
    ForeignDataError,
    RedisUnavailableError,
    warn_of_foreign_data,
)
from finicity_async.models._values import DECODE_ERRORS

REFUSAL_LIFE = 24 * 3600.0
"""Seconds for which a refused login is remembered: until somebody has had a working day to see it."""
_COUNT_LIFE = 30 * 24 * 3600.0
"""Seconds for which the count of unanswered logins is remembered, and that a secret has worked: it outlives any outage,
and secrets are changed more seldom."""

# KEYS[2] is the lock: a process that has lost it must not count, because another one counts now.
_WRITE = """
if ARGV[3] ~= '' and redis.call('GET', KEYS[2]) ~= ARGV[3] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    """A record as it is stored; without the vendor's message, which may repeat secrets."""

    unanswered: Annotated[int, msgspec.Meta(ge=0)]
    accepted: bool
    refusal: str | None
    status: int | None
    code: str | None


class LoginRecords:
    """
    The records by fingerprint, in Redis and in a copy for the time when that does not answer.

    Args:
        breaker: The way to Redis.
        refusal_life: Seconds for which a refused login is remembered.
        clock: Monotonic clock, in seconds.
    """

    def __init__(self, breaker: CircuitBreaker, *, refusal_life: float, clock: Callable[[], float]) -> None:
        self._breaker = breaker
        self._script = breaker.client.register_script(_WRITE)
        self._refusal_life = refusal_life
        self._clock = clock
        self._here: dict[str, tuple[LoginRecord, float]] = {}
        self._untold: set[str] = set()
        self._forgotten: set[str] = set()
        self._telling = asyncio.Lock()
        self._tasks: set[asyncio.Task[bool]] = set()
        breaker.on_back = self._tell_refusals

    def set_keys(self, key: str, lock_key: str) -> None:
        """Set what the keys of the records begin with, and the key of the lock."""
        self._key, self._lock_key = key, lock_key

    def get(self, fingerprint: str) -> tuple[LoginRecord, float] | None:
        """Return the copy of a record and its age in seconds, or None."""
        if (kept := self._here.get(fingerprint)) is None:
            return None
        return kept[0], self._clock() - kept[1]

    def note_accepted(self, fingerprint: str) -> None:
        """Note that a login with this secret has succeeded, because its token is there."""
        if fingerprint not in self._here:
            self._keep(fingerprint, LoginRecord(accepted=True))

    async def read(self, fingerprint: str) -> bool:
        """Bring the copy of a record up to date; False when Redis does not answer."""
        if not await self.tell():
            return False
        try:
            await self._read(fingerprint)
        except RedisUnavailableError:
            return False
        return True

    async def write(self, fingerprint: str, record: LoginRecord, lock: Lock | None, *, may_wait: bool) -> None:
        """
        Keep a record here and in Redis, under the lock unless it is a refusal, which holds whoever has the lock.

        Args:
            fingerprint: Of the secret.
            record: What is known of the logins with it.
            lock: The lock that this process holds, or None.
            may_wait: Whether Redis may be told later: not of a login with a secret that may be wrong.

        Raises:
            TransportError: The lock was lost, or Redis does not answer.
        """
        if may_wait:
            self._keep(fingerprint, record)
            self._untold.add(fingerprint)
        try:
            is_kept = await self._write(fingerprint, record, None if record.refusal is not None else lock)
        except RedisUnavailableError:
            if may_wait:
                return
            raise unavailable_error() from None
        self._untold.discard(fingerprint)
        if not is_kept:
            raise _lost_lock_error()
        self._keep(fingerprint, record)

    def forget(self, fingerprint: str) -> None:
        """Drop a record here at once, and in Redis as soon as that answers."""
        self._here.pop(fingerprint, None)
        self._untold.discard(fingerprint)
        self._forgotten.add(fingerprint)
        try:
            task = asyncio.get_running_loop().create_task(self.tell(), name="finicity_async: forget a refusal")
        except RuntimeError:  # No loop is running: the next login tells it.
            return
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def tell(self) -> bool:
        """Tell Redis what it was not told yet, inside the lock; False when it does not answer."""
        try:
            async with self._telling:
                await self._tell(self._untold)
        except RedisUnavailableError:
            return False
        return True

    async def aclose(self) -> None:
        """Wait until what is under way was told."""
        await asyncio.gather(*self._tasks)

    async def _tell_refusals(self) -> None:
        """Tell what needs no lock as soon as Redis is back: it does not depend on what others did meanwhile."""
        try:
            async with self._telling:
                await self._tell({one for one in self._untold if self._here[one][0].refusal is not None})
        except RedisUnavailableError:
            return

    def _keep(self, fingerprint: str, record: LoginRecord) -> None:
        self._here[fingerprint] = (record, self._clock())

    async def _tell(self, fingerprints: set[str]) -> None:
        for fingerprint in tuple(self._forgotten):
            await self._breaker.call(partial(self._breaker.client.delete, self._key_of(fingerprint)))
            self._forgotten.discard(fingerprint)
        for fingerprint in tuple(fingerprints):
            mine = self._here.get(fingerprint)
            await self._read(fingerprint)
            if mine is not None and fingerprint in self._untold:  # Else it was forgotten meanwhile.
                more = self._here[fingerprint] = max(mine, self._here[fingerprint], key=_weight)
                await self._write(fingerprint, more[0], None)
                self._untold.discard(fingerprint)

    async def _read(self, fingerprint: str) -> None:
        key = self._key_of(fingerprint)
        try:
            found, left = await self._breaker.call(lambda: self._get(key))
            if found is None:
                return
            stored = msgspec.json.decode(found, type=_Stored)
        except (ForeignDataError, *DECODE_ERRORS):
            warn_of_foreign_data("logins")
            return
        record = LoginRecord(**msgspec.structs.asdict(stored))
        if fingerprint not in self._forgotten:  # It may have been forgotten while Redis answered.
            self._here[fingerprint] = (record, self._clock() - max(0.0, self._life(record) - left / 1000))

    async def _get(self, key: str) -> Any:
        async with self._breaker.client.pipeline() as pipe:
            pipe.get(key)
            pipe.pttl(key)
            return await pipe.execute()

    async def _write(self, fingerprint: str, record: LoginRecord, lock: Lock | None) -> bool:
        stored = _Stored(record.unanswered, record.accepted, record.refusal, record.status, record.code)
        args = [msgspec.json.encode(stored), int(self._life(record) * 1000), lock.local.token if lock else ""]
        try:
            return bool(
                await self._breaker.call(
                    lambda: self._script(keys=[self._key_of(fingerprint), self._lock_key], args=args)
                )
            )
        except ForeignDataError:  # Under the key of the lock.
            return False

    def _life(self, record: LoginRecord) -> float:
        return self._refusal_life if record.refusal is not None else _COUNT_LIFE

    def _key_of(self, fingerprint: str) -> str:
        return f"{self._key}:{fingerprint}"


def _weight(kept: tuple[LoginRecord, float]) -> tuple[bool, bool, int]:
    """Return by what one of two records goes before another: a refusal, then a success, then the higher count."""
    record, _ = kept
    return record.refusal is not None, record.accepted, record.unanswered


def _lost_lock_error() -> TransportError:
    name = CREATE_TOKEN.operation_id
    text = f"{name}: the lock in Redis was lost, so another process may be logging in. Try again later."
    return TransportError(text, operation=name, sent=False, retryable=True)


def unavailable_error() -> TransportError:
    """Return the error of a login that is not sent because Redis does not answer."""
    name = CREATE_TOKEN.operation_id
    text = (
        f"{name}: Redis does not answer, so whether these credentials were refused is not known. Nothing was sent, "
        "because the vendor locks a partner after five failed logins; try again when Redis is back."
    )
    return TransportError(text, operation=name, sent=False, retryable=True)
