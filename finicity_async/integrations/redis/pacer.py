"""One pace for all processes: GCRA in Redis, leased in blocks of starts."""

import asyncio
import time
from bisect import insort
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from finicity_async._options import check_positive
from finicity_async.auth import Credentials
from finicity_async.errors import ConfigurationError
from finicity_async.integrations.redis.circuit_breaker import (
    CircuitBreaker,
    ForeignDataError,
    RedisBacked,
    RedisUnavailableError,
    partner_key,
    warn_of_foreign_data,
)

if TYPE_CHECKING:
    from redis.asyncio import Redis

_BLOCK_SECONDS = 0.1
"""Seconds' worth of starts in a lease: ten leases a second at most, of all processes together, whatever the pace."""
_AHEAD = 0.15
"""Seconds before its first start that a block may be leased: time for the answer, and no claim on the far future."""
_TICK = 0.001
"""Seconds added to a wait for one's turn, so that it does not end just before the moment that Redis named."""

# All times are microseconds of the clock of Redis. KEYS[1] holds when the next start is free; KEYS[2] the waiting
# processes, sorted by the moment when each is to ask again; one that does not ask loses its place. A schedule further
# ahead than any lease reaches means that the clock was set back.
_LEASE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, count, ahead, pause = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('HMGET', KEYS[1], 'free', 'resume', 'seen')
local free, resume, back = tonumber(kept[1] or 0), tonumber(kept[2] or 0), tonumber(kept[3] or 0) - now
if back > 0 then
  free, resume = free - back, resume - back
  redis.call('DEL', KEYS[2])
end
if free > now + ahead + 10000000 + 2 * interval then
  free = now
  redis.call('DEL', KEYS[2])
end
if pause > 0 then resume = math.max(resume, now + pause) end
local start = math.max(now, free, resume)
local moment = start
if count > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now - 100000))
  local first = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if start - now <= ahead and (not first or first == ARGV[5]) then
    free = start + count * interval
    redis.call('ZREM', KEYS[2], ARGV[5])
  else
    local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2]
    moment = math.max(start - ahead, last and last + count * interval or now)
    redis.call('ZADD', KEYS[2], 'NX', string.format('%.0f', moment), ARGV[5])
    moment = math.max(tonumber(redis.call('ZSCORE', KEYS[2], ARGV[5])), start - ahead, now + 5000)
    redis.call('PEXPIRE', KEYS[2], math.ceil((moment - now) / 1000) + 60000)
    count = 0
  end
end
if count > 0 or pause > 0 or back > 0 then
  redis.call('HSET', KEYS[1], 'free', string.format('%.0f', free), 'resume', string.format('%.0f', resume),
    'seen', string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[1], math.ceil((math.max(free, resume) - now) / 1000) + 60000)
end
return {count, now, math.ceil(moment), math.ceil(resume)}
"""


class RedisPacer(RedisBacked):
    """
    Spaces the requests of any number of processes together, for ``AsyncSession(pacer=...)``.

    A process leases a block of starts at a time, as many as it has lately used and a tenth of a second's worth at most,
    so that Redis is asked once for many requests, or twice when there is not enough for all: then the processes take
    turns. The starts of a block are evenly spaced. A start that is not used in time is lost, never saved up: no tenth
    of a second sees more than two blocks. A pause that the vendor asks of one process holds for all; the others learn
    of it with their next lease, a quarter of a second later at most.

    While Redis does not answer, every process keeps to its own share of the pace. When it answers again, some
    processes notice seconds before others; until all have, the total may exceed the pace by the shares of the others.

    Args:
        redis: URL of the server, or a client of ``redis.asyncio``, which stays yours to close.
        credentials: The partner whose pace it is; the key is made from a hash of it.
        requests_per_second: Most starts a second of all processes together; the same in every process.
        processes: How many processes share the pace; used while Redis does not answer.
        block: Most starts in a lease; None for a tenth of a second's worth.
        prefix: What the keys in Redis begin with.
        patience: Seconds that Redis may take for an answer.
        clock: Monotonic clock, in seconds.
        sleep: Coroutine function that waits for a number of seconds of that clock.

    Raises:
        ConfigurationError: The URL is not one of Redis, or a number is not above 0.
    """

    def __init__(
        self,
        redis: "str | Redis",
        *,
        credentials: Credentials,
        requests_per_second: float,
        processes: int = 4,
        block: int | None = None,
        prefix: str = "finicity-async",
        patience: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        check_positive(requests_per_second=requests_per_second, processes=processes, patience=patience)
        self._block = block or max(1, int(requests_per_second * _BLOCK_SECONDS))
        check_positive(block=self._block)
        super().__init__(CircuitBreaker(redis, patience))
        self._script = self._breaker.client.register_script(_LEASE)
        self._key = partner_key(prefix, credentials, "pace")
        self._queue_key = partner_key(prefix, credentials, "queue")
        self._name = uuid4().hex
        self._interval = 1.0 / requests_per_second
        self._share_interval = processes / requests_per_second
        self._grace = self._block * self._interval
        self._clock = clock
        self._sleep = sleep
        self._starts: deque[float] = deque()
        self._resume_at = self._share_next = self._leased_until = clock()
        self._waiting = self._leased = self._lost = 0
        self._is_closed = False
        self._clock_offset: float | None = None
        self._leasing: asyncio.Task[None] | None = None
        self._sending_pauses: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """
        Wait until one request may start.

        Raises:
            ConfigurationError: The pacer was closed before its session.
        """
        while True:
            if self._is_closed:
                raise ConfigurationError("The RedisPacer is closed; close it after its sessions. Nothing was sent.")
            moment = self._take()
            if moment is None:
                await self._lease()
                continue
            delay = moment - self._clock()
            if delay > 0:
                await self._wait_for(moment, delay)
            if self._clock() >= self._resume_at:
                return

    def pause(self, seconds: float) -> None:
        """Let nothing start in any process for a number of seconds; never shortens a pause."""
        resume_at = self._clock() + seconds
        if resume_at > self._resume_at:
            self._resume_at = resume_at
            if self._is_closed:
                return
            sending = asyncio.create_task(self._send_pause(seconds), name="finicity_async: pause all processes")
            self._sending_pauses.add(sending)
            sending.add_done_callback(self._sending_pauses.discard)

    async def _close(self) -> None:
        """Close the connections after the pauses under way were sent."""
        self._is_closed = True
        if self._leasing is not None:
            self._leasing.cancel()
        if under_way := {*self._sending_pauses, *filter(None, (self._leasing,))}:
            await asyncio.wait(under_way)
        await super()._close()

    async def _wait_for(self, moment: float, delay: float) -> None:
        """Wait for a start that was leased; a caller that is cancelled leaves it to the next one."""
        try:
            await self._sleep(delay)
        except BaseException:
            insort(self._starts, moment)
            raise

    def _take(self) -> float | None:
        """Return the next start that was leased, and drop those that were missed or fall into a pause."""
        oldest = max(self._clock() - self._grace, self._resume_at)
        while self._starts and self._starts[0] < oldest:
            self._starts.popleft()
            self._lost += 1
        return self._starts.popleft() if self._starts else None

    async def _lease(self) -> None:
        """Wait for more starts; all waiting requests share one call to Redis."""
        leasing = self._leasing
        if leasing is None or leasing.done():
            leasing = self._leasing = asyncio.create_task(self._request_lease(), name="finicity_async: lease starts")
        self._waiting += 1
        try:
            await asyncio.wait((leasing,))
        finally:
            self._waiting -= 1
        if not leasing.cancelled():  # It is when the pacer is closed, and then `start` says so.
            leasing.result()

    async def _request_lease(self) -> None:
        # Not while half a lease is left: the others' leases come first then, and the call would be in vain.
        await self._sleep(max(0.0, self._leased_until - self._grace / 2 - self._clock()))
        try:
            if self._clock_offset is None:
                await self._breaker.call(lambda: self._call(0, 0.0))
            count, start = await self._breaker.call(lambda: self._call(self._wanted(), 0.0))
        except RedisUnavailableError:
            self._lease_own_share()
            return
        except ForeignDataError:
            await self._drop_foreign_data()
            self._lease_own_share()
            return
        if not count:
            await self._sleep(max(0.0, start - self._clock()) + _TICK)
            return
        self._leased, self._lost = count, 0
        self._leased_until = start + count * self._interval
        self._starts.extend(start + place * self._interval for place in range(count))

    def _wanted(self) -> int:
        """Return how many starts to lease: twice as many as the last time, or as many as were used of those."""
        wanted = self._leased - self._lost if self._lost else 2 * self._leased
        return min(self._block, max(1, wanted, self._waiting))

    def _lease_own_share(self) -> None:
        """Take the next start of this process's own share of the pace."""
        start = max(self._clock(), self._share_next, self._resume_at)
        self._share_next = start + self._share_interval
        self._starts.append(start)

    async def _send_pause(self, seconds: float) -> None:
        with suppress(RedisUnavailableError, ForeignDataError):
            await self._breaker.call(lambda: self._call(0, seconds))

    async def _drop_foreign_data(self) -> None:
        """Delete what is not ours, so that the next lease finds an empty schedule; no pace is kept in it."""
        warn_of_foreign_data("pace")
        with suppress(RedisUnavailableError):
            await self._breaker.call(lambda: self._breaker.client.delete(self._key, self._queue_key))

    async def _call(self, count: int, pause: float) -> tuple[int, float]:
        """Run the script; return how many starts were leased and when the first is, or 0 and when to ask again."""
        interval, ahead, length = (round(seconds * 1e6) for seconds in (self._interval, _AHEAD, pause))
        asked = self._clock()
        response = await self._script(
            keys=[self._key, self._queue_key], args=[interval, count, ahead, length, self._name]
        )
        granted, *moments = map(int, response)
        now, start, resume = (moment / 1e6 for moment in moments)
        offset = self._learn_offset(now - self._clock(), now - asked)
        self._resume_at = max(self._resume_at, resume - offset)
        return granted, start - offset

    def _learn_offset(self, least: float, most: float) -> float:
        """Return how far the clock of Redis is ahead of ours; every exchange narrows it down."""
        known = (least + most) / 2 if self._clock_offset is None else self._clock_offset
        self._clock_offset = min(max(known, least), most)
        return self._clock_offset
