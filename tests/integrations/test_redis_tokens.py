"""A token that many processes share, on a redis-server of the test's own."""

import asyncio
import dataclasses
import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from finicity_async import (
    AsyncSession,
    AuthenticationError,
    ConfigurationError,
    Credentials,
    LoginRecord,
    RedisTokenStore,
    Sandbox,
    TransportError,
    create_token,
)
from tests.integrations.redis_sessions import BAD_SECRET, CREDENTIALS, Processes, all_of, list_accounts
from tests.support.held import HeldServer, is_login
from tests.support.redis_server import RedisServer, needs_redis
from tests.support.servers import EMPTY, RawServer, Received, http, until

pytestmark = needs_redis

OTHER_SECRET = dataclasses.replace(CREDENTIALS, partner_secret="n3wSecret-123456")
FIRST, SECOND, THIRD = "FirstToken0000000001", "SecondToken000000002", "ThirdToken0000000003"

EXPIRED = http(401, {"code": "10023", "message": "Expired token"})
MINUTE_MS = 60_000


def token_reply(*tokens: str) -> tuple[bytes, ...]:
    return tuple(http(200, {"token": token}) for token in tokens)


def kinds(outcomes: list[object]) -> set[str]:
    return {type(outcome).__name__ for outcome in outcomes}


PROCESS = """
import asyncio, os
from finicity_async import AsyncSession, RedisTokenStore, get_customer_accounts

async def main():
    session = AsyncSession.from_env()
    async with RedisTokenStore(os.environ["REDIS_URL"], credentials=session.credentials, patience=10.0) as store:
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


@pytest.mark.parametrize("call", [list_accounts, create_token])
async def test_a_refusal_is_seen_by_every_session_and_no_second_login_is_sent(
    redis: RedisServer, call: Callable[[AsyncSession], Awaitable[object]]
) -> None:
    async with RawServer(default_login=BAD_SECRET) as server, Processes(redis, server) as processes:
        assert kinds(await all_of(await processes.start_many(), call)) == {"AuthenticationError"}
        late = await processes.start()
        for _ in range(2):
            with pytest.raises(AuthenticationError, match="retry_login") as caught:
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
    async with held as server, Processes(redis, server) as processes, redis.client() as client:
        sessions = await processes.start_many(2, lock_life=0.4)
        calls = asyncio.create_task(all_of(sessions))
        await until(lambda: server.arrived)
        await prolonged(client, processes.stores[0]._lock_key, times=4)
        server.release()
        assert kinds(await calls) == {"CustomerAccounts"}
        assert len(server.logins) == 1


async def prolonged(client: Redis, key: str, *, times: int) -> None:
    """Wait until a key was prolonged several times: each time after a third of its life."""
    left = 0
    while times:
        before, left = left, await client.pttl(key)
        times -= left > before
        await asyncio.sleep(0.005)


async def test_a_lock_that_was_lost_on_the_way_hurts_nobody(redis: RedisServer) -> None:
    held = HeldServer(holds=is_login)
    async with held as server, Processes(redis, server) as processes, redis.client() as client:
        calls = asyncio.create_task(all_of([await processes.start(lock_life=0.3)]))
        await until(lambda: server.arrived)
        await client.flushall()
        await until(lambda: not processes.stores[0]._holds_lock)
        calls_of_another = asyncio.create_task(all_of([await processes.start()]))
        await until(lambda: len(server.arrived) == 2)
        await client.flushall()
        server.release()
        assert kinds(await calls + await calls_of_another) == {"CustomerAccounts"}
        assert not any(store._breaker.is_open for store in processes.stores)


async def test_redis_killed_midway_every_call_goes_on_and_the_log_says_it_once(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "finicity_async")
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
        await until(lambda: not processes.stores[0]._breaker.is_open)
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
        await until(lambda: not any(store._breaker.is_open for store in processes.stores))
        assert kinds(await all_of(sessions)) == {"CustomerAccounts"}
        assert len(server.logins) == 1


async def test_with_redis_gone_a_login_is_sent_where_that_is_allowed(redis: RedisServer) -> None:
    redis.kill()
    async with RawServer() as server, Processes(redis, server) as processes:
        session = await processes.start(login_without_redis=True)
        assert kinds([await list_accounts(session), await list_accounts(session)]) == {"CustomerAccounts"}
        assert len(server.logins) == 1


async def test_without_the_lock_an_unknown_secret_is_not_sent_though_redis_answers(redis: RedisServer) -> None:
    fingerprint = CREDENTIALS.fingerprint()
    async with RedisTokenStore(redis.url, credentials=CREDENTIALS) as store:
        with pytest.raises(TransportError):
            await store.load_logins(fingerprint)
        await store.save_logins(fingerprint, LoginRecord(accepted=True))
        found = await store.load_logins(fingerprint)
        assert found is not None
        assert found[0].accepted


async def test_a_redis_that_hangs_holds_up_one_question_and_no_further_one(redis: RedisServer) -> None:
    async with RawServer(logins=token_reply(FIRST)) as server, Processes(redis, server) as processes:
        await list_accounts(await processes.start())
        session = await processes.start(patience=0.1, login_without_redis=True)
        redis.hang()
        started = time.monotonic()
        await list_accounts(session)
        assert time.monotonic() - started >= 0.1
        store = processes.stores[-1]
        await asyncio.sleep(0.2)
        loading = asyncio.ensure_future(store.load())
        for _ in range(5):
            await asyncio.sleep(0)
        assert loading.done()


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
        assert len(keys) == 3, "a token, and a record for each secret"
        for secret in (*CREDENTIALS.secrets(), OTHER_SECRET.partner_secret or ""):
            assert secret not in texts
    async with RedisTokenStore(url, credentials=CREDENTIALS) as store:
        assert repr(store) == "RedisTokenStore(available)"
        assert await store.load() is None
        assert repr(store) == "RedisTokenStore(unavailable)"
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

    async def save_logins(self, fingerprint: str, record: LoginRecord) -> None:
        if record.accepted or record.refusal:
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
    assert "Could not tell other processes" in caplog.text


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


async def test_a_store_of_another_partner_is_refused_before_its_token_is_sent(redis: RedisServer) -> None:
    other = Credentials("another", partner_id="partner", partner_secret="secret")
    async with RedisTokenStore(redis.url, credentials=CREDENTIALS) as store:
        with pytest.raises(ConfigurationError, match="other credentials"):
            AsyncSession(other, token_store=store)
