"""
Random calls, sessions and stores against a vendor that counts: never a fourth login that may have failed.

``FINICITY_TEST_SEEDS=10000 python -m pytest -n0 tests/pipeline/test_login_model.py`` makes more runs.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from random import Random
from typing import Any

from finicity_async import (
    AsyncSession,
    Credentials,
    FinicityError,
    MemoryTokenStore,
    TokenStore,
    create_token,
    get_customer_accounts,
    map_customers,
)
from finicity_async.endpoints.authentication import CREATE_TOKEN
from finicity_async.models import PartnerCredentials
from tests.support.clock import MovedClock
from tests.support.login_model import RIGHT_SECRET, CountingServer
from tests.support.logins import WrittenStore, list_accounts, session_on
from tests.support.seeds import seeds

SECRETS = (RIGHT_SECRET, "wrong-secret-0001")
PAUSES = (1.0, 10.0, 31.0, 1000.0, 5500.0, 7300.0)


class Group:
    """Sessions of one partner that share a store, or one session with a store that shares no count."""

    def __init__(self, number: int, random: Random, server: CountingServer, clock: MovedClock) -> None:
        self._random, self._server, self._clock = random, server, clock
        self._partner = f"partner-{number}"
        kind = random.choice(("default", "written", "memory", "memory"))
        self._is_shared = kind == "memory"
        stores: dict[str, TokenStore] = {"memory": MemoryTokenStore(clock), "written": WrittenStore()}
        self._store = stores.get(kind)
        size = random.choice((1, 2, 4)) if self._is_shared else 1
        self._secret = random.choice(SECRETS)
        self.sessions = [self._open() for _ in range(size)]

    def _open(self) -> AsyncSession:
        clock = self._clock
        credentials = Credentials("test-app-key", self._partner, self._secret)
        options = {"clock": clock, "sleep": clock.sleep, "max_tries": 4, "timeout": 0.05}
        return session_on(self._server, credentials, token_store=self._store, **options)

    async def step(self) -> None:
        session = self._random.choice(self.sessions)
        match self._random.randrange(14):
            case 0 | 1 | 2 | 3:
                await self._run([list_accounts(session) for _ in range(self._random.choice((1, 5)))])
            case 4 | 5:
                await self._run([list_accounts(one) for one in self.sessions])
            case 6:
                await self._run([create_token(session), list_accounts(session), create_token(session)])
            case 7:
                await self._run([self._send_row(session), list_accounts(session), self._send_row(session)])
            case 8:
                await self._run([self._map(session)])
            case 9:
                await self._cancel_some(session)
            case 10:
                await self._reopen(session)
            case 11 if self._random.random() < 0.3:
                await self._retry(session)
            case 12 if self._random.random() < 0.5:
                self._change_secret(session)
            case _:
                self._clock.advance(self._random.choice(PAUSES))

    async def _run(self, calls: list[Coroutine[Any, Any, object]]) -> None:
        for outcome in await asyncio.gather(*calls, return_exceptions=True):
            assert not isinstance(outcome, BaseException) or isinstance(outcome, FinicityError), repr(outcome)

    async def _send_row(self, session: AsyncSession) -> object:
        secret = session.credentials.partner_secret or ""
        body = PartnerCredentials(partner_id=self._partner, partner_secret=secret)
        return await session.send(CREATE_TOKEN.request(body=body))

    async def _map(self, session: AsyncSession) -> None:
        async with map_customers(session, get_customer_accounts, range(10), limit=5) as mapped:
            async for outcome in mapped:
                assert outcome.error is None or isinstance(outcome.error, FinicityError)

    async def _cancel_some(self, session: AsyncSession) -> None:
        tasks = [asyncio.create_task(list_accounts(session)) for _ in range(3)]
        for _ in range(self._random.randrange(12)):
            await asyncio.sleep(0)
        tasks[0].cancel()
        tasks[1].cancel()
        await asyncio.wait(tasks)
        with suppress(FinicityError):
            await tasks[2]
        for task in tasks[:2]:
            task.cancelled() or task.exception()

    async def _reopen(self, session: AsyncSession) -> None:
        """Close a session, in the middle of a call or not; a store that shares no count begins anew after that."""
        task = asyncio.create_task(list_accounts(session))
        for _ in range(self._random.randrange(12)):
            await asyncio.sleep(0)
        await session.close()
        await asyncio.wait([task])
        task.cancelled() or task.exception()
        await turns()
        if not self._is_shared:
            self._server.tallies.clear()
        self.sessions[self.sessions.index(session)] = self._open()

    async def _retry(self, session: AsyncSession) -> None:
        await turns()
        session.retry_login()
        self._server.tallies.pop((self._partner, session.credentials.partner_secret or ""), None)

    def _change_secret(self, session: AsyncSession) -> None:
        """Use the other secret, of which others may know more."""
        old = session.credentials.partner_secret
        session.use_secret(SECRETS[old == SECRETS[0]])


async def turns() -> None:
    """Let arrive what was sent."""
    for _ in range(20):
        await asyncio.sleep(0)


async def run(seed: int, server: CountingServer, clock: MovedClock) -> None:
    random = Random(seed)
    server.begin(seed)
    group = Group(seed, random, server, clock)
    try:
        for _ in range(random.choice((4, 8, 16))):
            await group.step()
            assert not server.violations, f"seed {seed}: {server.violations}"
    finally:
        for session in group.sessions:
            await session.close()


async def test_no_sequence_sends_a_fourth_login_that_may_have_failed_before_a_success(clock: MovedClock) -> None:
    async with CountingServer(clock) as server:
        for seed in seeds(150):
            await run(seed, server, clock)
        assert not server.violations
        assert server.total > seeds(150).stop, "the runs must have logged in"


async def test_vendor_that_counts_sees_the_fourth_login_of_sessions_that_share_nothing(clock: MovedClock) -> None:
    credentials = Credentials("test-app-key", "partner", "wrong-secret-0001")
    async with CountingServer(clock, hangs=False) as server:
        server.clear_answers = 1.0
        for number in range(1, 5):
            assert not server.violations
            async with session_on(server, credentials) as session:
                with suppress(FinicityError):
                    await create_token(session)
            assert server.total == number
        assert len(server.violations) == 1
