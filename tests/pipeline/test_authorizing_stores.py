"""Token stores: what sessions that share one do, and what a store that fails does to them."""

import asyncio
import contextlib
import re

import pytest

from finicity_async import ConfigurationError, FinicityError, TokenStore
from finicity_async.auth import MemoryTokenStore
from tests.support.clock import MovedClock
from tests.support.held import HeldServer, is_login, until
from tests.support.logins import (
    FIRST,
    MINUTE,
    SECOND,
    THIRD,
    ExpiringServer,
    list_accounts,
    outcomes,
    session_on,
    token_reply,
    tokens_sent,
)
from tests.support.servers import RawServer

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


class WrittenStore:
    """A store as a user writes it."""

    def __init__(self, token: str | None = None, age: float = 0.0) -> None:
        self.token = token
        self.age = age
        self.saved: list[str] = []
        self._lock = asyncio.Lock()

    async def load(self) -> tuple[str, float] | None:
        await asyncio.sleep(0)
        return None if self.token is None else (self.token, self.age)

    async def save(self, token: str) -> None:
        await asyncio.sleep(0)
        self.token, self.age = token, 0.0
        self.saved.append(token)

    def lock(self) -> contextlib.AbstractAsyncContextManager[object]:
        return self._lock


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
        assert tokens_sent(server) == [THIRD] * 10 + [FIRST] * 10


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


class StoreError(Exception):
    """An error with a constructor of its own, as client libraries have them."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")


class BrokenStore(WrittenStore):
    """A store that is out of reach as long as ``broken`` says so."""

    broken = True

    async def load(self) -> tuple[str, float] | None:
        if self.broken:
            raise StoreError("cache", "out of reach")
        return await super().load()


async def test_error_of_a_store_reaches_every_waiting_task_as_it_is() -> None:
    store = BrokenStore()
    async with RawServer() as server, session_on(server, token_store=store) as session:
        errors = await outcomes(session, list_accounts, 5)
        assert [(type(error), str(error)) for error in errors] == [(StoreError, "cache: out of reach")] * 5
        assert server.logins == []
        store.broken = False
        await list_accounts(session)


class ForgetfulStore(MemoryTokenStore):
    """A store that cannot keep anything."""

    async def save(self, token: str) -> None:
        raise ConnectionError(f"no place for {token}")


async def test_token_that_cannot_be_stored_is_used_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    async with RawServer() as server, session_on(server, token_store=ForgetfulStore()) as session:
        await asyncio.gather(*(list_accounts(session) for _ in range(5)))
        await list_accounts(session)
    assert len(server.logins) == 1
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "Could not store the token; only this session uses it: ConnectionError"
    ]
