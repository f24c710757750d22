"""Refusals and counts of logins that many processes share, and what else may stand in Redis."""

import asyncio
import logging
from functools import partial
from typing import Any

import pytest
from redis.asyncio import Redis

from finicity_async import (
    AsyncSession,
    AuthenticationError,
    ConfigurationError,
    LoginRecord,
    RedisTokenStore,
    TransportError,
)
from tests.integrations.redis_sessions import BAD_SECRET, CREDENTIALS, Processes, all_of, list_accounts
from tests.support.held import HeldServer, is_login
from tests.support.logins import FIRST, SECOND, token_reply, tokens_sent
from tests.support.redis_server import RedisServer, needs_redis
from tests.support.servers import EMPTY, TOKEN, RawServer, Received, http, until

pytestmark = needs_redis

FINGERPRINT = CREDENTIALS.fingerprint()


def kinds(outcomes: list[object]) -> set[str]:
    return {type(outcome).__name__ for outcome in outcomes}


async def test_unanswered_logins_of_all_processes_are_counted_together(redis: RedisServer) -> None:
    async with RawServer(default_login=http(504)) as server, Processes(redis, server) as processes:
        assert kinds(await all_of(await processes.start_many())) == {"AuthenticationError"}
        late = await processes.start()
        with pytest.raises(AuthenticationError, match="3 logins had no clear answer") as caught:
            await list_accounts(late)
        assert (caught.value.status, len(server.logins)) == (504, 3)
        server._default_login = TOKEN
        late.retry_login()
        await list_accounts(late)
        assert kinds(await all_of(await processes.start_many(3))) == {"CustomerAccounts"}
        assert len(server.logins) == 4


def has_arrived(server: HeldServer, number: int) -> bool:
    return len(server.arrived) == number


async def test_process_that_dies_during_a_login_has_counted_it(redis: RedisServer) -> None:
    held = HeldServer(holds=is_login, default_login=TOKEN)
    async with held as server, Processes(redis, server) as processes:
        for number in (1, 2, 3):
            call = asyncio.create_task(list_accounts(await processes.start()))
            await until(partial(has_arrived, server, number))
            call.cancel()
            await processes.sessions[-1].close()
        server.release()
        with pytest.raises(AuthenticationError):
            await list_accounts(await processes.start())
        assert len(server.arrived) == 3


async def test_secret_that_worked_is_known_to_later_processes_when_its_token_is_gone(redis: RedisServer) -> None:
    server = RawServer(logins=token_reply(FIRST), default_login=http(504))
    async with server, Processes(redis, server) as processes, redis.client() as client:
        await list_accounts(await processes.start())
        await client.delete(processes.stores[0]._key)
        assert kinds(await all_of(await processes.start_many(3))) == {"ServerError", "TransportError"}
        assert len(server.logins) == 5, "one call with four tries, then the next login has to wait"
        assert [session.login_refusal for session in processes.sessions] == [None] * 4


async def test_refusal_while_redis_is_away_is_told_when_it_is_back(redis: RedisServer) -> None:
    held = HeldServer(holds=is_login, default_login=BAD_SECRET)
    async with held as server, Processes(redis, server) as processes:
        call = asyncio.create_task(list_accounts(await processes.start()))
        await until(lambda: server.arrived)
        redis.kill()
        server.release()
        with pytest.raises(AuthenticationError):
            await call
        await redis.start()
        await until(lambda: not processes.stores[0]._breaker.is_open)
        await until(lambda: not processes.stores[0]._records._untold)
        assert kinds(await all_of(await processes.start_many(4))) == {"AuthenticationError"}
        assert len(server.logins) == 1


async def test_count_made_while_redis_was_away_is_told_with_the_next_login(redis: RedisServer) -> None:
    redis.kill()
    async with RawServer(default_login=http(504)) as server, Processes(redis, server) as processes:
        session = await processes.start(login_without_redis=True)
        other = await processes.start(login_without_redis=True)
        view = session.with_options()
        session._options = session._options.__class__(20.0, 120.0, 1)
        assert kinds(await all_of([view])) == {"ServerError"}
        await redis.start()
        await until(lambda: not processes.stores[0]._breaker.is_open)
        assert kinds(await all_of([view])) == {"ServerError"}
        assert kinds(await all_of([other])) == {"AuthenticationError"}
        assert len(server.logins) == 3


async def test_retry_while_redis_is_away_is_told_when_it_is_back(redis: RedisServer) -> None:
    async with RawServer(logins=(BAD_SECRET,)) as server, Processes(redis, server) as processes:
        session = await processes.start(patience=0.04)
        assert kinds(await all_of([session])) == {"AuthenticationError"}
        redis.hang()
        session.retry_login()
        assert kinds(await all_of([session])) == {"TransportError"}
        redis.go_on()
        await until(lambda: not processes.stores[0]._breaker.is_open)
        assert kinds(await all_of([session])) == {"CustomerAccounts"}
        assert len(server.logins) == 2


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "untold"])
async def test_refusal_that_is_forgotten_while_redis_is_asked_does_not_come_back(
    redis: RedisServer, is_told: bool
) -> None:
    refused = LoginRecord(refusal="no", status=401)
    async with RedisTokenStore(redis.url, credentials=CREDENTIALS) as store:
        async with store.lock():
            await store.save_logins(FINGERPRINT, refused)
            if not is_told:
                store._records._untold.add(FINGERPRINT)
            asked = asyncio.create_task(store.load_logins(FINGERPRINT))
            await asyncio.sleep(0)
            store.forget_logins(FINGERPRINT)
            await asked
            assert await store.load_logins(FINGERPRINT) is None
        assert not store._records._untold


async def test_retry_right_before_the_end_of_a_process_is_told(redis: RedisServer) -> None:
    async with RawServer(logins=(BAD_SECRET,)) as server:
        async with Processes(redis, server) as processes:
            session = await processes.start()
            assert kinds(await all_of([session])) == {"AuthenticationError"}
            session.retry_login()
        async with Processes(redis, server) as processes:
            assert kinds(await all_of([await processes.start()])) == {"CustomerAccounts"}


def test_retry_outside_of_an_event_loop_is_told_with_the_next_login() -> None:
    store = RedisTokenStore("redis://127.0.0.1:1", credentials=CREDENTIALS)
    store.forget_logins(FINGERPRINT)
    assert store._records._forgotten == {FINGERPRINT}


async def test_two_hosts_with_the_same_credentials_never_share_a_token(redis: RedisServer) -> None:
    async with RawServer(logins=token_reply(FIRST)) as one, RawServer(logins=token_reply(SECOND)) as other:
        for server in (one, other, one):
            async with Processes(redis, server) as processes:
                await list_accounts(await processes.start())
        assert (tokens_sent(one), tokens_sent(other)) == ([FIRST, FIRST], [SECOND])
        assert (len(one.logins), len(other.logins)) == (1, 1)


async def test_refusal_by_one_host_says_nothing_about_another(redis: RedisServer) -> None:
    async with RawServer(default_login=BAD_SECRET) as one, RawServer() as other:
        for server, kind in ((one, "AuthenticationError"), (other, "CustomerAccounts"), (one, "AuthenticationError")):
            async with Processes(redis, server) as processes:
                assert kinds(await all_of([await processes.start()])) == {kind}
        assert (len(one.logins), len(other.logins)) == (1, 1)


@pytest.mark.parametrize("given", [True, False])
async def test_store_of_one_host_is_refused_by_a_session_on_another(redis: RedisServer, given: bool) -> None:
    async with RawServer() as server, RawServer() as other:
        base_url = f"{server.url}/" if given else None
        async with (
            RedisTokenStore(redis.url, credentials=CREDENTIALS, base_url=base_url) as store,
            AsyncSession(CREDENTIALS, base_url=server.url, token_store=store) as session,
        ):
            with pytest.raises(ConfigurationError, match="another base_url"):
                AsyncSession(CREDENTIALS, base_url=other.url, token_store=store)
            await list_accounts(session)


NONSENSE: dict[str, Any] = {
    "no UTF-8": b"\xff\xfe\x00",
    "no JSON": b"}{",
    "another shape": b'{"a": 1}',
    "short": b"[1]",
    "negative": b"[-1,false,null,null,null]",
    "number too large": b"[1e400,false,null,null,null]",
    "nested deeply": b"[" * 100_000,
    "empty": b"",
}


@pytest.mark.parametrize("is_decoding", [False, True], ids=["bytes", "a client that decodes"])
@pytest.mark.parametrize("value", [*NONSENSE.values(), None], ids=[*NONSENSE, "another type"])
@pytest.mark.parametrize("kind", ["token", "field", "logins", "lock"])
async def test_garbage_in_redis_reaches_no_caller_and_is_replaced(
    redis: RedisServer, kind: str, value: bytes | None, is_decoding: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        RawServer(logins=token_reply(FIRST, SECOND), default=refuse_all_but_the_first) as server,
        Redis.from_url(redis.url, decode_responses=is_decoding) as client,
        redis.client() as other,
        RedisTokenStore(client, credentials=CREDENTIALS, base_url=server.url) as store,
        AsyncSession(CREDENTIALS, base_url=server.url, token_store=store) as session,
    ):
        await put_garbage(other, store, kind, value)
        await list_accounts(session)
        async with (
            RedisTokenStore(redis.url, credentials=CREDENTIALS) as second,
            AsyncSession(CREDENTIALS, base_url=server.url, token_store=second) as late,
        ):
            await list_accounts(late)
        assert (len(server.logins), tokens_sent(server)[-2:]) == (1, [FIRST, FIRST])
        assert not store._breaker.is_open
        assert await other.exists(store._lock_key) == 0
    assert "Redis does not answer" not in caplog.text


def refuse_all_but_the_first(received: Received) -> bytes:
    """Answer as the vendor does: printable garbage can be told from a token by it alone."""
    return EMPTY if received.headers["finicity-app-token"] == FIRST else http(401, {"code": 10022})


async def put_garbage(client: Redis, store: RedisTokenStore, kind: str, value: bytes | None) -> None:
    key = {"lock": store._lock_key, "logins": f"{store._records._key}:{FINGERPRINT}"}.get(kind, store._key)
    if value is None:
        await client.lpush(key, "of another type")
    elif kind == "field":
        await client.hset(key, mapping={"token": value, "fingerprint": value})
        await client.pexpire(key, 7_000_000)
    else:
        await client.set(key, value)


async def test_lock_that_something_else_took_the_place_of_ends_the_login_without_a_send(redis: RedisServer) -> None:
    held = HeldServer(holds=is_login, default_login=http(504))
    async with held as server, Processes(redis, server) as processes, redis.client() as client:
        call = asyncio.create_task(list_accounts(await processes.start(lock_life=60)))
        await until(lambda: server.arrived)
        await client.delete(processes.stores[0]._lock_key)
        await client.lpush(processes.stores[0]._lock_key, "of another type")
        server.release()
        with pytest.raises(TransportError, match="the lock in Redis was lost"):
            await call
        assert len(server.logins) == 1


async def test_process_that_has_lost_the_lock_sends_no_further_login(redis: RedisServer) -> None:
    """As after a pause of the process that was longer than the life of its lock."""
    held = HeldServer(holds=is_login, default_login=http(504))
    async with held as server, Processes(redis, server) as processes, redis.client() as client:
        call = asyncio.create_task(list_accounts(await processes.start(lock_life=60)))
        await until(lambda: server.arrived)
        await client.set(processes.stores[0]._lock_key, "of another process", px=50)
        server.release()
        with pytest.raises(TransportError, match="the lock in Redis was lost"):
            await call
        assert len(server.logins) == 1
        assert kinds(await all_of(await processes.start_many(3))) == {"AuthenticationError"}
        assert len(server.logins) == 3


async def test_login_that_redis_can_no_longer_count_may_not_be_sent(redis: RedisServer) -> None:
    async with RedisTokenStore(redis.url, credentials=CREDENTIALS) as store:
        async with store.lock():
            assert await store.load_logins(FINGERPRINT) is None
            redis.kill()
            with pytest.raises(TransportError, match="Redis does not answer"):
                await store.save_logins(FINGERPRINT, LoginRecord(unanswered=1))
            await store.save_logins(FINGERPRINT, LoginRecord(unanswered=1, accepted=True))
            found = await store.load_logins(FINGERPRINT)
        assert found is not None
        assert found[0] == LoginRecord(unanswered=1, accepted=True)


async def test_store_that_was_closed_before_its_session_is_like_a_redis_that_is_away(redis: RedisServer) -> None:
    async with RawServer() as server, Processes(redis, server) as processes:
        session = await processes.start()
        await processes.stores[0].aclose()
        with pytest.raises(TransportError, match="Redis does not answer"):
            await list_accounts(session)
        assert server.logins == []


async def test_redis_that_goes_away_again_while_it_is_told_a_refusal_hears_it_later(redis: RedisServer) -> None:
    async with RedisTokenStore(redis.url, credentials=CREDENTIALS, patience=0.2) as store:
        store._breaker.probe_interval = 0.02
        redis.kill()
        assert await store.load() is None
        await store.save_logins(FINGERPRINT, LoginRecord(refusal="no", status=401))
        tell, failures = store._breaker.on_back, []

        async def tell_once_in_vain() -> None:
            redis.kill()
            failures.append(1)
            store._breaker.on_back = tell
            assert tell is not None
            await tell()

        store._breaker.on_back = tell_once_in_vain
        await redis.start()
        await until(lambda: failures)
        await until(lambda: store._breaker.is_open)
        await redis.start()
        await until(lambda: not store._records._untold)


async def test_distances_between_logins_hold_for_all_processes_by_the_clock_of_redis(redis: RedisServer) -> None:
    server = RawServer(logins=token_reply(FIRST), default_login=http(504))
    async with server, Processes(redis, server) as processes, redis.client() as client:
        await list_accounts(await processes.start())
        await client.delete(processes.stores[0]._key)
        await all_of(await processes.start_many(3))
        assert len(server.logins) == 5
        key = f"{processes.stores[0]._records._key}:{FINGERPRINT}"
        for seconds, kind in ((59, "TransportError"), (2, "ServerError")):
            await client.pexpire(key, await client.pttl(key) - seconds * 1000)
            assert kinds(await all_of([await processes.start()])) == {kind}
        assert len(server.logins) == 9


@pytest.fixture(autouse=True)
def logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "finicity_async")
