"""Token and pace that many processes share, on a redis-server of the test's own."""

import asyncio
import bisect
import copy
import dataclasses
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Self

import pytest
from held import HeldServer, is_login
from redis.asyncio import Redis
from redis_server import RedisServer, needs_redis
from servers import EMPTY, RawServer, Received, http, until

from finicity_async import (
    AsyncSession,
    AuthenticationError,
    ConfigurationError,
    Credentials,
    RedisPacer,
    RedisTokenStore,
    Sandbox,
    TransportError,
    create_token,
    get_customer_accounts,
)

CREDENTIALS = Credentials("key-0123456789", "2445581234567", "0ldSecret-123456")
OTHER_SECRET = dataclasses.replace(CREDENTIALS, partner_secret="n3wSecret-123456")
FIRST, SECOND, THIRD = "FirstToken0000000001", "SecondToken000000002", "ThirdToken0000000003"
BAD_SECRET = http(401, {"code": 10001, "message": "Invalid partner id or partner secret"})
EXPIRED = http(401, {"code": "10023", "message": "Expired token"})
MINUTE_MS = 60_000

pytestmark = needs_redis


def token_reply(*tokens: str) -> tuple[bytes, ...]:
    return tuple(http(200, {"token": token}) for token in tokens)


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    async with RedisServer() as server:
        yield server


class Processes:
    """Sessions that share nothing but Redis, as processes do."""

    def __init__(self, redis: RedisServer, server: RawServer) -> None:
        self._redis = redis
        self._server = server
        self._stack = AsyncExitStack()
        self.stores: list[RedisTokenStore] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def start(self, credentials: Credentials = CREDENTIALS, **options: Any) -> AsyncSession:
        store = await self._stack.enter_async_context(
            RedisTokenStore(self._redis.url, credentials=credentials, **options)
        )
        store._link._hold = 0.02
        self.stores.append(store)
        return await self._stack.enter_async_context(
            AsyncSession(credentials, base_url=self._server.url, token_store=store, random=lambda: 0.0)
        )

    async def start_many(self, count: int = 8, **options: Any) -> list[AsyncSession]:
        return [await self.start(**options) for _ in range(count)]


async def all_of(
    sessions: list[AsyncSession], call: Callable[[AsyncSession], Awaitable[object]] | None = None
) -> list[object]:
    """Make one call on each session, all at a time, and return what became of them."""
    calls = ((call or list_accounts)(session) for session in sessions)
    return await asyncio.gather(*calls, return_exceptions=True)


async def list_accounts(session: AsyncSession) -> object:
    return await get_customer_accounts(session, 1)


def kinds(outcomes: list[object]) -> set[str]:
    return {type(outcome).__name__ for outcome in outcomes}


# One login


PROCESS = """
import asyncio, os
from finicity_async import AsyncSession, RedisTokenStore, get_customer_accounts

async def main():
    session = AsyncSession.from_env()
    async with RedisTokenStore(os.environ["REDIS_URL"], credentials=session.credentials) as store:
        async with AsyncSession.from_env(token_store=store) as session:
            calls = (get_customer_accounts(session, 1005061234) for _ in range(5))
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
            print(session.stats.logins, *{type(outcome).__name__ for outcome in outcomes})

asyncio.run(main())
"""


async def run_processes(sandbox: Sandbox, redis: RedisServer, secret: str, count: int = 8) -> list[list[str]]:
    variables = {
        "FINICITY_APP_KEY": sandbox.credentials.app_key,
        "FINICITY_PARTNER_ID": sandbox.credentials.partner_id or "",
        "FINICITY_PARTNER_SECRET": secret,
        "FINICITY_BASE_URL": sandbox.url,
        "REDIS_URL": redis.url,
    }
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROCESS, env={**os.environ, **variables}, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(count)
    ]
    outputs = await asyncio.gather(*(process.communicate() for process in processes))
    return sorted(out.decode().split() for out, _ in outputs)


async def test_eight_processes_that_start_together_log_in_once(sandbox: Sandbox, redis: RedisServer) -> None:
    found = await run_processes(sandbox, redis, sandbox.credentials.partner_secret or "")
    assert found == [["0", "CustomerAccounts"]] * 7 + [["1", "CustomerAccounts"]]


async def test_eight_processes_with_a_wrong_secret_send_one_login(sandbox: Sandbox, redis: RedisServer) -> None:
    found = await run_processes(sandbox, redis, "wrongSecret12")
    assert found == [["0", "AuthenticationError"]] * 7 + [["1", "AuthenticationError"]]
    assert sandbox.failed_logins == 1


async def test_processes_that_start_later_use_the_token_that_is_there(redis: RedisServer) -> None:
    async with RawServer(logins=token_reply(FIRST)) as server, Processes(redis, server) as processes:
        assert kinds(await all_of(await processes.start_many())) == {"CustomerAccounts"}
        assert kinds(await all_of(await processes.start_many())) == {"CustomerAccounts"}
        assert len(server.logins) == 1
        assert {call.headers["finicity-app-token"] for call in server.calls} == {FIRST}


async def test_a_token_that_the_vendor_let_expire_is_renewed_once(redis: RedisServer) -> None:
    refused = {""}

    def judge(received: Received) -> bytes:
        return EXPIRED if received.headers["finicity-app-token"] in refused else EMPTY

    server = RawServer(logins=token_reply(FIRST, SECOND, THIRD), default=judge)
    async with server, Processes(redis, server) as processes:
        sessions = await processes.start_many()
        await all_of(sessions)
        refused.add(FIRST)
        assert kinds(await all_of(sessions)) == {"CustomerAccounts"}
        assert len(server.logins) == 2


async def test_the_age_of_a_token_comes_from_redis(redis: RedisServer) -> None:
    async with RawServer(logins=token_reply(FIRST, SECOND, THIRD)) as server, Processes(redis, server) as processes:
        await list_accounts(await processes.start())
        async with redis.client() as client:
            await client.pexpire(processes.stores[0]._key, 31 * MINUTE_MS)
            await list_accounts(await processes.start())
            assert len(server.logins) == 1
            await client.pexpire(processes.stores[0]._key, 29 * MINUTE_MS)
            await list_accounts(await processes.start())
            assert len(server.logins) == 2
            await client.persist(processes.stores[0]._key)
            await list_accounts(await processes.start())
            assert len(server.logins) == 3


# One refusal


@pytest.mark.parametrize("call", [list_accounts, create_token])
async def test_a_refusal_is_seen_by_every_session_and_no_second_login_is_sent(
    redis: RedisServer, call: Callable[[AsyncSession], Awaitable[object]]
) -> None:
    async with RawServer(default_login=BAD_SECRET) as server, Processes(redis, server) as processes:
        assert kinds(await all_of(await processes.start_many(), call)) == {"AuthenticationError"}
        late = await processes.start()
        for _ in range(2):
            with pytest.raises(AuthenticationError, match="forget_refusal") as caught:
                await call(late)
        assert (caught.value.status, caught.value.code, caught.value.retryable) == (401, "10001", False)
        assert len(server.logins) == 1


async def test_a_corrected_secret_is_not_held_up_by_the_refusal_of_the_wrong_one(redis: RedisServer) -> None:
    async with RawServer(logins=(BAD_SECRET, *token_reply(FIRST))) as server, Processes(redis, server) as processes:
        assert kinds(await all_of([await processes.start()])) == {"AuthenticationError"}
        assert kinds(await all_of([await processes.start(OTHER_SECRET)])) == {"CustomerAccounts"}
        assert len(server.logins) == 2


async def test_a_refusal_can_be_taken_away(redis: RedisServer) -> None:
    async with RawServer(logins=(BAD_SECRET, *token_reply(FIRST))) as server, Processes(redis, server) as processes:
        assert kinds(await all_of([await processes.start()])) == {"AuthenticationError"}
        await processes.stores[0].forget_refusal(CREDENTIALS)
        assert kinds(await all_of([await processes.start()])) == {"CustomerAccounts"}
        redis.kill()
        with pytest.raises(TransportError, match="Redis does not answer"):
            await processes.stores[0].forget_refusal(CREDENTIALS)


async def test_sessions_of_one_store_share_a_refusal_without_redis_too(redis: RedisServer) -> None:
    held = HeldServer(holds=is_login, default_login=BAD_SECRET)
    async with held as server, Processes(redis, server) as processes:
        session = await processes.start()
        call = asyncio.create_task(list_accounts(session))
        await until(lambda: server.arrived)
        redis.kill()
        server.release()
        with pytest.raises(AuthenticationError):
            await call
        other = AsyncSession(CREDENTIALS, base_url=server.url, token_store=processes.stores[0])
        async with other:
            with pytest.raises(AuthenticationError):
                await list_accounts(other)
        assert len(server.logins) == 1


# The lock


async def test_the_lock_of_a_process_that_died_is_free_after_its_life(redis: RedisServer) -> None:
    async with RawServer() as server, Processes(redis, server) as processes, redis.client() as client:
        session = await processes.start()
        await client.set(processes.stores[0]._lock_key, "of a dead process", px=150)
        started = time.monotonic()
        await list_accounts(session)
        assert time.monotonic() - started > 0.1
        assert len(server.logins) == 1


async def test_a_login_that_takes_longer_than_the_life_of_the_lock_keeps_it(redis: RedisServer) -> None:
    held = HeldServer(holds=is_login, logins=token_reply(FIRST, SECOND))
    async with held as server, Processes(redis, server) as processes:
        sessions = await processes.start_many(2, lock_life=0.1)
        calls = asyncio.create_task(all_of(sessions))
        await until(lambda: server.arrived)
        await asyncio.sleep(0.3)
        server.release()
        assert kinds(await calls) == {"CustomerAccounts"}
        assert len(server.logins) == 1


async def test_a_lock_that_was_lost_on_the_way_hurts_nobody(redis: RedisServer) -> None:
    held = HeldServer(holds=is_login)
    async with held as server, Processes(redis, server) as processes, redis.client() as client:
        calls = asyncio.create_task(all_of([await processes.start(lock_life=0.03)]))
        await until(lambda: server.arrived)
        await client.flushall()
        await until(lambda: not processes.stores[0]._holds_lock)
        calls_of_another = asyncio.create_task(all_of([await processes.start()]))
        await until(lambda: len(server.arrived) == 2)
        await client.flushall()
        server.release()
        assert kinds(await calls + await calls_of_another) == {"CustomerAccounts"}
        assert not any(store._link.gone for store in processes.stores)


# Redis away


async def test_redis_killed_midway_every_call_goes_on_and_the_log_says_it_once(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with RawServer(logins=token_reply(FIRST)) as server, Processes(redis, server) as processes:
        sessions = await processes.start_many(3)
        await all_of(sessions)
        redis.kill()
        for _ in range(3):
            assert kinds(await all_of(sessions)) == {"CustomerAccounts"}
        assert (await processes.stores[0].load() or ("",))[0] == FIRST
        await processes.stores[0].save(SECOND)
        assert (await processes.stores[0].load() or ("",))[0] == SECOND
        await asyncio.sleep(0.05)
        await asyncio.gather(*(processes.stores[1].load() for _ in range(3)))
        gone = [record.getMessage() for record in caplog.records]
        assert [text.partition(" (")[0] for text in gone] == ["Redis does not answer"] * 2
        await redis.start()
        await until(lambda: not processes.stores[0]._link.gone)
        assert caplog.records[-1].getMessage() == "Redis answers again"
        assert kinds(await all_of(await processes.start_many(2))) == {"CustomerAccounts"}


async def test_with_redis_gone_each_process_renews_for_itself_with_a_secret_known_to_be_right(
    redis: RedisServer,
) -> None:
    refused = {""}

    def judge(received: Received) -> bytes:
        return EXPIRED if received.headers["finicity-app-token"] in refused else EMPTY

    server = RawServer(logins=token_reply(FIRST, SECOND, THIRD), default=judge)
    async with server, Processes(redis, server) as processes:
        sessions = await processes.start_many(2)
        await all_of(sessions)
        redis.kill()
        refused.add(FIRST)
        for _ in range(2):
            assert kinds(await all_of(sessions)) == {"CustomerAccounts"}
        assert len(server.logins) == 3


async def test_with_redis_gone_a_secret_that_nobody_knows_is_not_sent(redis: RedisServer) -> None:
    redis.kill()
    async with RawServer() as server, Processes(redis, server) as processes:
        sessions = await processes.start_many()
        outcomes = await all_of(sessions)
        assert kinds(outcomes) == {"TransportError"}
        error = outcomes[0]
        assert isinstance(error, TransportError)
        assert (error.sent, error.retryable, error.operation) == (False, True, "CreateToken")
        assert not server.logins
        await redis.start()
        await until(lambda: not any(store._link.gone for store in processes.stores))
        assert kinds(await all_of(sessions)) == {"CustomerAccounts"}
        assert len(server.logins) == 1


async def test_with_redis_gone_a_login_is_sent_where_that_is_allowed(redis: RedisServer) -> None:
    redis.kill()
    async with RawServer() as server, Processes(redis, server) as processes:
        session = await processes.start(login_without_redis=True)
        assert kinds([await list_accounts(session), await list_accounts(session)]) == {"CustomerAccounts"}
        assert len(server.logins) == 1


async def test_without_the_lock_an_unknown_secret_is_not_sent_though_redis_answers(redis: RedisServer) -> None:
    async with RedisTokenStore(redis.url, credentials=CREDENTIALS) as store:
        with pytest.raises(TransportError):
            await store.before_login(CREDENTIALS)
        await store.after_login(CREDENTIALS, None)
        await store.before_login(CREDENTIALS)


async def test_a_redis_that_hangs_holds_up_one_question_and_no_further_one(redis: RedisServer) -> None:
    async with RawServer(logins=token_reply(FIRST)) as server, Processes(redis, server) as processes:
        await list_accounts(await processes.start())
        session = await processes.start(patience=0.1, login_without_redis=True)
        redis.hang()
        started = time.monotonic()
        await list_accounts(session)
        assert 0.1 <= time.monotonic() - started < 1.0
        store = processes.stores[-1]
        await asyncio.sleep(0.2)
        started = time.monotonic()
        await store.load()
        assert time.monotonic() - started < 0.05


# What is kept, and what is shown


async def test_neither_the_secret_nor_the_partner_stands_in_redis_and_the_url_nowhere(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    url = redis.url.replace("redis://", "redis://:pass-word@")
    async with RawServer(logins=(BAD_SECRET,)) as server, Processes(redis, server) as processes:
        await all_of([await processes.start(), await processes.start(OTHER_SECRET)])
        async with redis.client() as client:
            keys = [str(key) for key in await client.keys("*")]
            texts = " ".join([*keys, *[str(await client.dump(key)) for key in keys]])
            await client.config_set("requirepass", "another")
        assert len(keys) == 2
        for secret in (*CREDENTIALS.secrets(), OTHER_SECRET.partner_secret or ""):
            assert secret not in texts
    async with RedisTokenStore(url, credentials=CREDENTIALS) as store:
        assert repr(store) == "RedisTokenStore(linked)"
        assert await store.load() is None
        assert repr(store) == "RedisTokenStore(gone)"
    assert "pass-word" not in caplog.text


@pytest.mark.parametrize("url", ["https://:pass-word@127.0.0.1", "redis://:x@127.0.0.1:pass-word", "pass-word"])
def test_a_url_that_is_none_of_redis_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match="redis://") as caught:
        RedisTokenStore(url, credentials=CREDENTIALS)
    assert "pass-word" not in str(caught.value)


async def test_a_client_of_the_users_is_used_and_stays_open(redis: RedisServer) -> None:
    async with (
        RawServer(logins=token_reply(FIRST)) as server,
        Redis.from_url(redis.url, decode_responses=True) as client,
    ):
        for _ in range(2):
            async with (
                RedisTokenStore(client, credentials=CREDENTIALS) as store,
                AsyncSession(CREDENTIALS, base_url=server.url, token_store=store) as session,
            ):
                await list_accounts(session)
        assert await client.ping()
        assert len(server.logins) == 1


class LonelyStore(RedisTokenStore):
    """A store whose others cannot be told."""

    async def after_login(self, credentials: Credentials, refusal: AuthenticationError | None) -> None:
        raise OSError


@pytest.mark.parametrize(
    ("login", "kind"), [(token_reply(FIRST)[0], "CustomerAccounts"), (BAD_SECRET, "AuthenticationError")]
)
async def test_a_login_ends_as_it_does_though_the_others_cannot_be_told(
    redis: RedisServer, caplog: pytest.LogCaptureFixture, login: bytes, kind: str
) -> None:
    async with (
        RawServer(logins=(login,)) as server,
        LonelyStore(redis.url, credentials=CREDENTIALS) as store,
        AsyncSession(CREDENTIALS, base_url=server.url, token_store=store) as session,
    ):
        assert kinds(await all_of([session, session])) == {kind}
        assert len(server.logins) == 1
    assert "could not be told" in caplog.text


WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, *_):
        if name == "{name}":
            raise ModuleNotFoundError("No module", name="{missing}")

sys.meta_path.insert(0, Missing())
import finicity_async.integrations.{module}
"""


def test_an_import_without_the_extra_says_what_to_install() -> None:
    import subprocess

    for module, name in (("redis", "redis"), ("dask", "distributed")):
        for missing in (name, "a_part_of_it"):
            code = WITHOUT.format(name=name, missing=missing, module=module)
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 -- ours
            advice = f"pip install 'finicity-async[{module}]'" in done.stderr.splitlines()[-1]
            assert advice is (missing == name)


# The pace


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
        await until(lambda: not pacer._telling)
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
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert int(await client.hget(pacer._key, "resume") or 0) > (time.time() + 4) * 1e6
        unused = RedisPacer(client, credentials=CREDENTIALS, requests_per_second=1, block=1)
        await unused.aclose()


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


async def test_a_store_of_another_partner_is_refused_before_its_token_is_sent(redis: RedisServer) -> None:
    other = Credentials("another", partner_id="partner", partner_secret="secret")
    async with RedisTokenStore(redis.url, credentials=CREDENTIALS) as store:
        with pytest.raises(ConfigurationError, match="other credentials"):
            AsyncSession(other, token_store=store)
