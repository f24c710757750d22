"""One pace for all processes: GCRA in Redis, leased in blocks of starts."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from finicity_async._options import check_positive
from finicity_async.auth import Credentials
from finicity_async.integrations.redis.link import Link, Linked, RedisGoneError, key_of

if TYPE_CHECKING:
    from redis.asyncio import Redis

_BLOCK_SECONDS = 0.1
_AHEAD = 0.15
_TICK = 0.001

# All times are microseconds of the clock of Redis. KEYS[1] has when the pace is free again, KEYS[2] the processes that
# wait for it, by the moment when each is to come back; one that does not come loses its place. A schedule further ahead
# than any lease leads can only come from a clock that was set back.
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


class RedisPacer(Linked):
    """
    Spaces the requests of any number of processes together, for ``AsyncSession(pacer=...)``.

    A process leases a block of starts at a time, as many as it has lately used and a tenth of a second's worth at most,
    so that Redis is asked once for many requests, or twice when there is not enough for all: then the processes take
    turns. The starts of a block are evenly spaced; one that is not used in its time is lost, and never saved up: no
    tenth of a second sees more than two blocks. A pause that the vendor asks one process for holds for all, which learn
    of it with their next lease, a quarter of a second later at most.

    While Redis does not answer, every process keeps to its own part of the pace. For the seconds in which some have
    found it again and others have not, all together may exceed the pace by the parts of the latter.

    Args:
        redis: URL of the server, or a client of ``redis.asyncio``, which stays yours to close.
        credentials: The partner whose pace it is; the key is made from a hash of it.
        requests_per_second: Most starts a second of all processes together; the same in every process.
        processes: How many processes share the pace, for the time when Redis does not answer.
        block: Most starts in a lease; None for a tenth of a second's worth.
        prefix: What the key in Redis begins with.
        patience: Seconds that Redis may take for an answer.
        clock: Seconds of a clock that never goes back.
        sleep: Waits for so many seconds of that clock.

    Raises:
        ConfigurationError: The URL is none of Redis, or a number is not above 0.
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
        super().__init__(Link(redis, patience))
        self._script = self._link.client.register_script(_LEASE)
        self._key = key_of(prefix, credentials, "pace")
        self._queue_key = key_of(prefix, credentials, "queue")
        self._name = uuid4().hex
        self._interval = 1.0 / requests_per_second
        self._own_interval = processes / requests_per_second
        self._grace = self._block * self._interval
        self._clock = clock
        self._sleep = sleep
        self._starts: deque[float] = deque()
        self._resume_at = self._own_next = self._leased_until = clock()
        self._waiting = self._leased = self._lost = 0
        self._offset: float | None = None
        self._leasing: asyncio.Task[None] | None = None
        self._telling: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Wait until one request may start."""
        while True:
            moment = self._take()
            if moment is None:
                await self._lease()
                continue
            delay = moment - self._clock()
            if delay > 0:
                await self._sleep(delay)
            if self._clock() >= self._resume_at:
                return

    def pause(self, seconds: float) -> None:
        """Let nothing start in any process for so many seconds; never shortens a pause."""
        resume_at = self._clock() + seconds
        if resume_at > self._resume_at:
            self._resume_at = resume_at
            telling = asyncio.create_task(self._tell(seconds), name="finicity_async: pause all processes")
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)

    async def aclose(self) -> None:
        """Close the connections, but not those of a client that was given; a pause is told to the end."""
        if self._leasing is not None:
            self._leasing.cancel()
        if under_way := {*self._telling, *filter(None, (self._leasing,))}:
            await asyncio.wait(under_way)
        await super().aclose()

    def _take(self) -> float | None:
        """Return the next start that was leased, and drop those that were missed or fall into a pause."""
        oldest = max(self._clock() - self._grace, self._resume_at)
        while self._starts and self._starts[0] < oldest:
            self._starts.popleft()
            self._lost += 1
        return self._starts.popleft() if self._starts else None

    async def _lease(self) -> None:
        """Wait for more starts; all who wait cause one question to Redis."""
        leasing = self._leasing
        if leasing is None or leasing.done():
            leasing = self._leasing = asyncio.create_task(self._ask(), name="finicity_async: lease starts")
        self._waiting += 1
        try:
            await asyncio.wait((leasing,))
        finally:
            self._waiting -= 1
        leasing.result()

    async def _ask(self) -> None:
        # Not sooner than needed: who asks with a lease in hand finds the others' leases in front, and asks in vain.
        await self._sleep(max(0.0, self._leased_until - self._grace / 2 - self._clock()))
        try:
            if self._offset is None:
                await self._link.ask(lambda: self._call(0, 0.0))
            count, start = await self._link.ask(lambda: self._call(self._wanted(), 0.0))
        except RedisGoneError:
            self._lease_alone()
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

    def _lease_alone(self) -> None:
        """Take the next start of this process's own part of the pace."""
        start = max(self._clock(), self._own_next, self._resume_at)
        self._own_next = start + self._own_interval
        self._starts.append(start)

    async def _tell(self, seconds: float) -> None:
        with suppress(RedisGoneError):
            await self._link.ask(lambda: self._call(0, seconds))

    async def _call(self, count: int, pause: float) -> tuple[int, float]:
        """Run the script; return how many starts were leased and when the first is, or 0 and when to ask again."""
        interval, ahead, length = (round(seconds * 1e6) for seconds in (self._interval, _AHEAD, pause))
        asked = self._clock()
        response = await self._script(
            keys=[self._key, self._queue_key], args=[interval, count, ahead, length, self._name]
        )
        granted, *moments = map(int, response)
        now, start, resume = (moment / 1e6 for moment in moments)
        offset = self._compared(now - self._clock(), now - asked)
        self._resume_at = max(self._resume_at, resume - offset)
        return granted, start - offset

    def _compared(self, least: float, most: float) -> float:
        """Return how far the clock of Redis is ahead of ours; every exchange narrows it down."""
        known = (least + most) / 2 if self._offset is None else self._offset
        self._offset = min(max(known, least), most)
        return self._offset
