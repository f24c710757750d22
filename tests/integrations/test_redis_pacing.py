"""A pace that many processes share, on a redis-server of the test's own."""

import asyncio
import bisect
import copy
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest

from finicity_async import AsyncSession, ConfigurationError, Credentials, RedisPacer, RedisTokenStore
from tests.integrations.redis_sessions import BAD_SECRET, CREDENTIALS, Processes, all_of, list_accounts
from tests.support.redis_server import RedisServer, needs_redis
from tests.support.servers import RawServer, http, until

pytestmark = needs_redis

RATE = 200.0
BLOCK = 20


def most_within(moments: list[float], window: float) -> int:
    return max(place - bisect.bisect_left(moments, moment - window) + 1 for place, moment in enumerate(moments))


async def take(pacer: RedisPacer, count: int, moments: list[float]) -> None:
    for _ in range(count):
        await pacer.start()
        moments.append(time.monotonic())


async def test_four_pacers_together_keep_the_pace_and_ask_redis_for_blocks(redis: RedisServer) -> None:
    moments: list[float] = []
    async with AsyncExitStack() as stack:
        pacers = [
            await stack.enter_async_context(RedisPacer(redis.url, credentials=CREDENTIALS, requests_per_second=RATE))
            for _ in range(4)
        ]
        await asyncio.gather(*(take(pacer, 5, moments) for pacer in pacers for _ in range(6)))
    moments.sort()
    assert len(moments) == 120
    for window in (BLOCK / RATE, 0.25, 0.5):
        assert most_within(moments, window) <= RATE * window + 2 * BLOCK
    async with redis.client() as client:
        assert (await client.info("commandstats"))["cmdstat_evalsha"]["calls"] < 60


async def test_processes_that_want_more_than_there_is_take_turns(redis: RedisServer) -> None:
    shares: list[list[float]] = [[] for _ in range(4)]
    async with AsyncExitStack() as stack:
        pacers = [
            await stack.enter_async_context(RedisPacer(redis.url, credentials=CREDENTIALS, requests_per_second=RATE))
            for _ in shares
        ]
        takers = [
            asyncio.create_task(take(pacer, 1000, share))
            for pacer, share in zip(pacers, shares, strict=True)
            for _ in range(30)
        ]
        while sum(map(len, shares)) < 240:  # noqa: ASYNC110 -- the pacers set no event
            await asyncio.sleep(0.01)
        for taker in takers:
            taker.cancel()
        await asyncio.wait(takers)
    assert min(map(len, shares)) >= 240 / 4 - 2 * BLOCK


async def test_a_session_starts_its_requests_when_the_shared_pacer_lets_it(redis: RedisServer) -> None:
    async with (
        RawServer(http(429, headers={"Retry-After": "1"})) as server,
        RedisPacer(redis.url, credentials=CREDENTIALS, requests_per_second=RATE) as pacer,
        RedisPacer(redis.url, credentials=CREDENTIALS, requests_per_second=RATE) as other,
        AsyncSession(Credentials("key", app_token="token"), base_url=server.url, pacer=pacer) as session,
    ):
        started = time.monotonic()
        call = asyncio.create_task(list_accounts(session))
        await until(lambda: session.stats.rate_limited)
        await until(lambda: not pacer._sending_pauses)
        await other.start()
        assert time.monotonic() - started >= 0.9
        await call
        assert len(server.calls) == 2


async def test_a_pause_drops_the_starts_that_were_leased_and_is_never_shortened(redis: RedisServer) -> None:
    async with RedisPacer(redis.url, credentials=CREDENTIALS, requests_per_second=20.0) as pacer:
        await pacer.start()
        waiting = [asyncio.create_task(pacer.start()) for _ in range(3)]
        await until(lambda: pacer._starts or pacer._waiting == 0)
        await asyncio.sleep(0.01)
        started = time.monotonic()
        pacer.pause(0.3)
        pacer.pause(0.1)
        await asyncio.gather(*waiting)
        assert time.monotonic() - started >= 0.3


async def test_callers_that_are_cancelled_leave_the_starts_that_were_leased_to_others(redis: RedisServer) -> None:
    """Of a block of starts, a fifth of a second apart, all but the last one were taken by callers that gave up."""
    options: dict[str, Any] = {"credentials": CREDENTIALS, "requests_per_second": 5, "block": 64}
    async with RedisPacer(redis.url, **options) as pacer:
        tasks = [asyncio.create_task(pacer.start()) for _ in range(63)]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(6):  # The last start of the block is twice as far away.
            await pacer.start()


async def test_a_process_that_needs_little_leases_little(redis: RedisServer) -> None:
    async with RedisPacer(redis.url, credentials=CREDENTIALS, requests_per_second=1000.0) as pacer:
        for _ in range(8):
            await pacer.start()
            await asyncio.sleep(0.03)
        assert pacer._wanted() < 20
        await asyncio.sleep(0.15)
        await pacer.start()
        assert pacer._wanted() <= 2 * pacer._leased


async def test_a_clock_of_redis_that_was_set_back_stops_nobody(redis: RedisServer) -> None:
    async with (
        RedisPacer(redis.url, credentials=CREDENTIALS, requests_per_second=RATE) as pacer,
        redis.client() as client,
        asyncio.timeout(2),
    ):
        await pacer.start()
        await client.hset(pacer._key, "free", str(int((time.time() + 3600) * 1e6)))
        pacer._starts.clear()
        await pacer.start()


async def test_with_redis_gone_every_process_keeps_to_its_part_of_the_pace(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with RedisPacer(redis.url, credentials=CREDENTIALS, requests_per_second=RATE, processes=4) as pacer:
        await pacer.start()
        redis.kill()
        moments: list[float] = []
        await take(pacer, BLOCK + 5, moments)
        assert moments[-1] - moments[-5] >= 4 * 4 / RATE - 0.01
        pacer.pause(0.01)
        await pacer.start()
    assert caplog.text.count("Redis does not answer") == 1


async def test_closing_ends_a_lease_under_way_and_tells_a_pause_to_the_end(redis: RedisServer) -> None:
    async with redis.client() as client:
        pacer = RedisPacer(redis.url, credentials=CREDENTIALS, requests_per_second=0.5)
        await pacer.start()
        waiting = asyncio.create_task(pacer.start())
        await until(lambda: pacer._waiting)
        pacer.pause(5)
        await pacer.aclose()
        with pytest.raises(ConfigurationError, match="RedisPacer is closed"):
            await waiting
        assert int(await client.hget(pacer._key, "resume") or 0) > (time.time() + 4) * 1e6
        unused = RedisPacer(client, credentials=CREDENTIALS, requests_per_second=1, block=1)
        await unused.aclose()


async def test_pacer_closed_before_its_session_is_an_error_and_no_cancellation(redis: RedisServer) -> None:
    async with RawServer() as server:
        pacer = RedisPacer(redis.url, credentials=CREDENTIALS, requests_per_second=0.5)
        async with AsyncSession(CREDENTIALS, base_url=server.url, pacer=pacer) as session:
            first, second = (asyncio.create_task(list_accounts(session)) for _ in range(2))
            await until(lambda: pacer._waiting or len(server.logins))
            await pacer.aclose()
            outcomes = await asyncio.gather(first, second, return_exceptions=True)
            assert {type(outcome) for outcome in outcomes} == {ConfigurationError}
            pacer.pause(1)
            with pytest.raises(ConfigurationError, match="close it after its sessions"):
                await list_accounts(session)


async def test_pace_is_shared_again_when_redis_is_back(redis: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    async with RedisPacer(redis.url, credentials=CREDENTIALS, requests_per_second=1000) as pacer:
        pacer._breaker.probe_interval = 0.01
        redis.kill()
        await pacer.start()
        await redis.start()
        await until(lambda: "Redis answers again" in caplog.text)
        await pacer.start()
        async with redis.client() as client:
            assert await client.exists(pacer._key) == 1


@pytest.mark.parametrize("garbage", ["free", "type of the schedule", "type of the queue"])
async def test_garbage_in_redis_costs_one_lease_and_not_the_shared_pace(
    redis: RedisServer, garbage: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        RedisPacer(redis.url, credentials=CREDENTIALS, requests_per_second=1000) as pacer,
        redis.client() as client,
    ):
        if garbage == "free":
            await client.hset(pacer._key, "free", "soon")
        else:
            await client.set(pacer._key if garbage == "type of the schedule" else pacer._queue_key, b"\xff")
        for _ in range(20):
            await pacer.start()
        assert not pacer._breaker.is_open
        assert await client.type(pacer._key) == b"hash"
        assert caplog.text.count("Redis holds something else under the key for the pace") == 1
        await client.set(pacer._key, "again")
        pacer.pause(0.02)
        await pacer.start()
        assert not pacer._breaker.is_open


async def test_numbers_that_are_none_are_refused() -> None:
    wrong: tuple[dict[str, Any], ...] = ({"requests_per_second": 0}, {"requests_per_second": 1, "processes": 0})
    for options in wrong:
        with pytest.raises(ConfigurationError):
            RedisPacer("redis://127.0.0.1", credentials=CREDENTIALS, **options)


async def test_a_refusal_from_redis_is_an_error_of_its_own_for_each_task(redis: RedisServer) -> None:
    async with RawServer(default_login=BAD_SECRET) as server, Processes(redis, server) as processes:
        await all_of([await processes.start()])
        session = await processes.start()
        first, second = await all_of([session, session])
        assert first is not second
        assert str(copy.copy(first)) == str(second)


@needs_redis
async def test_a_pause_outlives_a_clock_of_redis_that_was_set_back_by_its_own_length_alone() -> None:
    credentials = Credentials("key", partner_id="partner", partner_secret="secret")
    async with (
        RedisServer() as redis,
        RedisPacer(redis.url, credentials=credentials, requests_per_second=100) as pacer,
        redis.client() as client,
        asyncio.timeout(2),
    ):
        await pacer.start()
        then = int((time.time() + 3600) * 1e6)
        await client.hset(pacer._key, mapping={"seen": then, "free": then, "resume": then + 300_000})
        pacer._starts.clear()
        await pacer.start()


async def test_what_is_kept_in_redis_is_closed_though_the_close_is_cancelled_while_redis_is_away(
    redis: RedisServer,
) -> None:
    store = RedisTokenStore(redis.url, credentials=CREDENTIALS)
    pacer = RedisPacer(redis.url, credentials=CREDENTIALS, requests_per_second=100.0)
    await asyncio.gather(store.load(), pacer.start())
    redis.hang()
    pacer.pause(0.01)
    for one in (store, pacer):
        closing = asyncio.create_task(one.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait((closing,))
        assert closing.cancelled()
    redis.go_on()
    async with redis.client() as client, asyncio.timeout(5):
        while len(await client.client_list()) > 1:  # noqa: ASYNC110 -- Redis sets no event
            await asyncio.sleep(0.001)  # pragma: no cover -- where Redis is slower than this test
