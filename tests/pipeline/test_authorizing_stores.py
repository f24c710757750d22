"""Token stores: what sessions that share one do."""

import asyncio
import contextlib
import re

import pytest

from finicity_async import (
    AuthenticationError,
    ConfigurationError,
    Credentials,
    FinicityError,
    MemoryTokenStore,
    TokenStore,
    create_token,
)
from tests.support.clock import MovedClock
from tests.support.held import HeldServer, is_login, until
from tests.support.logins import (
    BAD_SECRET,
    CREDENTIALS,
    FIRST,
    MINUTE,
    NEW_SECRET,
    SECOND,
    SECRET,
    THIRD,
    Call,
    ExpiringServer,
    WrittenStore,
    list_accounts,
    session_on,
    token_reply,
    tokens_sent,
)
from tests.support.servers import TOKEN, RawServer, http

pytestmark = pytest.mark.usefixtures("no_task_is_left")


async def test_closing_during_a_login_leaves_the_shared_store_to_the_other_session(clock: MovedClock) -> None:
    store = MemoryTokenStore(clock)
    async with (
        HeldServer(holds=lambda received: is_login(received) and not server.arrived) as server,
        session_on(server, token_store=store) as other,
    ):
        one = session_on(server, token_store=store)
        tasks = [asyncio.create_task(list_accounts(one))]
        await until(lambda: server.arrived)
        tasks.append(asyncio.create_task(list_accounts(other)))
        await one.close()
        await asyncio.wait(tasks)
        assert isinstance(tasks[0].exception(), ConfigurationError)
        assert (tasks[1].exception(), len(server.logins), len(server.calls)) == (None, 1, 1)


@pytest.fixture(params=["memory", "written"])
def store(request: pytest.FixtureRequest, clock: MovedClock) -> TokenStore:
    return MemoryTokenStore(clock) if request.param == "memory" else WrittenStore()


async def test_two_sessions_sharing_a_store_cause_one_login(clock: MovedClock, store: TokenStore) -> None:
    async with RawServer(logins=token_reply(FIRST, SECOND)) as server:
        for _ in range(2):
            async with session_on(server, clock=clock, token_store=store) as session:
                await list_accounts(session)
        assert (len(server.logins), tokens_sent(server)) == (1, [FIRST, FIRST])


async def test_sessions_sharing_a_store_cause_one_login_when_they_start_at_once(
    clock: MovedClock, store: TokenStore
) -> None:
    async with (
        RawServer(logins=token_reply(FIRST, SECOND)) as server,
        session_on(server, clock=clock, token_store=store) as one,
        session_on(server, clock=clock, token_store=store) as other,
    ):
        await asyncio.gather(*(list_accounts(session) for session in (one, other) for _ in range(10)))
        assert (len(server.logins), tokens_sent(server)) == (1, [FIRST] * 20)
        assert one.stats.logins + other.stats.logins == 1


async def test_sessions_sharing_a_store_cause_one_login_when_their_token_expired(
    clock: MovedClock, store: TokenStore
) -> None:
    async with (
        ExpiringServer(FIRST, SECOND, THIRD) as server,
        session_on(server, clock=clock, token_store=store) as one,
        session_on(server, clock=clock, token_store=store) as other,
    ):
        await asyncio.gather(list_accounts(one), list_accounts(other))
        server.refused = {FIRST}
        await asyncio.gather(*(list_accounts(session) for session in (one, other) for _ in range(10)))
        assert len(server.logins) == 2
        assert tokens_sent(server).count(SECOND) == 20


async def test_token_in_the_store_is_used_without_a_login() -> None:
    async with RawServer() as server, session_on(server, token_store=WrittenStore(THIRD, 10 * MINUTE)) as session:
        await list_accounts(session)
        assert (server.logins, tokens_sent(server)) == ([], [THIRD])


@pytest.mark.parametrize("age", [90, 119, 121, 10_000])
async def test_old_token_in_the_store_is_replaced(age: int) -> None:
    store = WrittenStore(THIRD, age * MINUTE)
    async with RawServer(logins=token_reply(FIRST)) as server, session_on(server, token_store=store) as session:
        await list_accounts(session)
        assert (len(server.logins), tokens_sent(server), store.saved) == (1, [FIRST], [FIRST])


async def test_token_from_the_store_goes_on_ageing(clock: MovedClock) -> None:
    store = WrittenStore(THIRD, 80 * MINUTE)
    server = RawServer(logins=token_reply(FIRST))
    async with server, session_on(server, token_store=store, clock=clock) as session:
        await list_accounts(session)
        assert server.logins == []
        store.age += 10 * MINUTE
        clock.advance(10 * MINUTE)
        await list_accounts(session)
        await until(lambda: store.saved == [FIRST])
        await list_accounts(session)
        assert tokens_sent(server) == [THIRD, THIRD, FIRST]


async def test_token_in_the_store_that_the_vendor_refuses_is_replaced() -> None:
    store = WrittenStore(THIRD, 10 * MINUTE)
    async with ExpiringServer(FIRST) as server, session_on(server, token_store=store) as session:
        server.refused = {THIRD}
        await asyncio.gather(*(list_accounts(session) for _ in range(10)))
        assert (len(server.logins), store.saved) == (1, [FIRST])
        assert sorted(tokens_sent(server)) == [FIRST] * 10 + [THIRD] * 10


@pytest.mark.parametrize("token", ["", "read from a file\n", "caf\u00e9"])
async def test_token_in_the_store_that_no_header_can_carry_is_never_sent(token: str) -> None:
    store = WrittenStore(token, 0.0)
    async with RawServer() as server, session_on(server, token_store=store) as session:
        with contextlib.suppress(FinicityError):
            await list_accounts(session)
        assert [sent for sent in tokens_sent(server) if not re.fullmatch("[!-~]+", sent or "")] == []


class LeakyStore(WrittenStore):
    """A store that keeps nothing and locks nobody out."""

    async def load(self) -> None:
        await asyncio.sleep(0)

    def lock(self) -> contextlib.AbstractAsyncContextManager[object]:
        return contextlib.nullcontext()


async def test_tasks_of_one_session_cause_one_login_though_the_store_is_of_no_help(clock: MovedClock) -> None:
    server = ExpiringServer(FIRST, SECOND, THIRD)
    async with server, session_on(server, token_store=LeakyStore(), clock=clock) as session:
        await asyncio.gather(*(list_accounts(session) for _ in range(20)))
        server.refused = {FIRST}
        await asyncio.gather(*(list_accounts(session) for _ in range(20)))
        clock.advance(121 * MINUTE)
        await asyncio.gather(*(list_accounts(session) for _ in range(20)))
        assert len(server.logins) == 3


@pytest.mark.parametrize("call", [list_accounts, create_token])
async def test_refusal_reaches_every_session_that_shares_the_default_store(call: Call) -> None:
    store = MemoryTokenStore()
    async with RawServer(default_login=BAD_SECRET) as server, contextlib.AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(session_on(server, token_store=store)) for _ in range(6)]
        errors = await asyncio.gather(*(call(session) for session in sessions), return_exceptions=True)
        assert {type(error) for error in errors} == {AuthenticationError}
        assert {session.login_refusal is None for session in sessions} == {False}
        assert (len(server.logins), server.calls) == (1, [])


async def test_unanswered_logins_of_all_sessions_that_share_a_store_are_counted_together() -> None:
    store = MemoryTokenStore()
    async with RawServer(default_login=http(504)) as server, contextlib.AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(session_on(server, token_store=store)) for _ in range(6)]
        errors = await asyncio.gather(*(list_accounts(session) for session in sessions), return_exceptions=True)
        assert {type(error) for error in errors} == {AuthenticationError}
        assert len(server.logins) == 3


async def test_retrying_after_a_refusal_in_every_session_of_a_store_sends_one_login() -> None:
    store = MemoryTokenStore()
    async with RawServer(default_login=BAD_SECRET) as server, contextlib.AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(session_on(server, token_store=store)) for _ in range(6)]
        for _ in range(2):
            await asyncio.gather(*(list_accounts(session) for session in sessions), return_exceptions=True)
            for session in sessions:
                session.retry_login()
        assert len(server.logins) == 2
        server._default_login = TOKEN
        await asyncio.gather(*(list_accounts(session) for session in sessions))
        assert len(server.logins) == 3


async def test_retry_of_one_session_leaves_the_token_of_the_others_in_use() -> None:
    store = MemoryTokenStore()
    async with (
        RawServer(logins=token_reply(FIRST, SECOND)) as server,
        session_on(server, token_store=store) as one,
        session_on(server, token_store=store) as other,
    ):
        await list_accounts(one)
        one.retry_login()
        await list_accounts(other)
        assert tokens_sent(server) == [FIRST, FIRST]


@pytest.mark.parametrize(
    "other",
    [Credentials("another-app", "2445581234567", SECRET), Credentials("key-0123456789", "another-partner", SECRET)],
    ids=["application", "partner"],
)
async def test_store_of_another_partner_or_application_is_refused(other: Credentials) -> None:
    store = MemoryTokenStore()
    async with RawServer() as server, session_on(server, token_store=store) as session:
        with pytest.raises(ConfigurationError, match="other credentials"):
            session_on(server, other, token_store=store)
        await list_accounts(session)


async def test_token_of_one_host_never_goes_to_another_that_shares_the_store() -> None:
    store = MemoryTokenStore()
    async with RawServer() as server, RawServer() as other, session_on(server, token_store=store) as session:
        await list_accounts(session)
        with pytest.raises(ConfigurationError, match="another base_url"):
            session_on(other, token_store=store)
        await list_accounts(session)


async def test_changed_secret_keeps_its_store() -> None:
    store = MemoryTokenStore()
    changed = Credentials(CREDENTIALS.app_key, CREDENTIALS.partner_id, NEW_SECRET)
    async with (
        RawServer(logins=(BAD_SECRET, *token_reply(FIRST))) as server,
        session_on(server, token_store=store) as session,
        session_on(server, changed, token_store=store) as other,
    ):
        with pytest.raises(AuthenticationError):
            await list_accounts(session)
        await list_accounts(other)
        session.use_secret(NEW_SECRET)
        await list_accounts(session)
        assert tokens_sent(server) == [FIRST, FIRST]
