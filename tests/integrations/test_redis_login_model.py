"""
Random processes on one Redis against a vendor that counts: never a fourth login that may have failed.

``FINICITY_TEST_SEEDS=20 python -m pytest -n0 tests/integrations/test_redis_login_model.py`` makes more runs.
"""

import asyncio
import os
import sys
import time
from random import Random

import pytest

from tests.support.login_model import RIGHT_SECRET, CountingServer
from tests.support.redis_server import RedisServer, needs_redis
from tests.support.seeds import seeds

pytestmark = needs_redis

SEEDS = seeds(1)[:20]
"""Twenty at most, whatever other tests make: each takes seconds."""

PROCESS = """
import asyncio, os, random
from finicity_async import AsyncSession, FinicityError, RedisTokenStore, create_token, get_customer_accounts

async def main():
    drawn = random.Random(int(os.environ["SEED"]))
    options = {"patience": float(os.environ["PATIENCE"]), "lock_life": 0.4}
    for _ in range(drawn.choice((1, 2))):
        session = AsyncSession.from_env()
        async with RedisTokenStore(os.environ["REDIS_URL"], credentials=session.credentials, **options) as store:
            store._breaker.probe_interval = 0.05
            async with AsyncSession.from_env(token_store=store, timeout=1.0) as session:
                for _ in range(drawn.choice((2, 4))):
                    calls = [get_customer_accounts(session, 1) for _ in range(drawn.choice((1, 5)))]
                    if drawn.random() < 0.3:
                        calls.append(create_token(session))
                    for outcome in await asyncio.gather(*calls, return_exceptions=True):
                        if isinstance(outcome, BaseException) and not isinstance(outcome, FinicityError):
                            print(repr(outcome))
                    await asyncio.sleep(drawn.random() * 0.05)

asyncio.run(main())
"""


class Run:
    """Some processes of one partner, some of which are killed, on a Redis that stands still at times."""

    def __init__(self, seed: int, server: CountingServer, redis: RedisServer) -> None:
        self._random = Random(seed)
        self._seed, self._server, self._redis = seed, server, redis
        self._secret = self._random.choice((RIGHT_SECRET, "wrong-secret-0001"))

    async def start(self) -> list[str]:
        """Run the processes to their ends; return what they printed, which is nothing unless something is wrong."""
        self._server.begin(self._seed)
        count = self._random.choice((3, 4))
        standstill = asyncio.create_task(self._stand_still())
        printed = await asyncio.gather(*(self._process(number) for number in range(count)))
        await standstill
        printed.append(await self._process(count, is_killed=False, patience=10.0))
        return [text for text in printed if text]

    async def _process(self, number: int, *, is_killed: bool | None = None, patience: float = 0.2) -> str:
        if is_killed is None:
            is_killed = self._random.random() < 0.4
        lifetime = 0.4 + self._random.random()
        await asyncio.sleep(self._random.random() * 0.05)
        variables = {
            "FINICITY_APP_KEY": "test-app-key",
            "FINICITY_PARTNER_ID": f"partner-{self._seed}",
            "FINICITY_PARTNER_SECRET": self._secret,
            "FINICITY_BASE_URL": self._server.url,
            "REDIS_URL": self._redis.url,
            "SEED": f"{self._seed}{number}",
            "PATIENCE": str(patience),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            PROCESS,
            env={**os.environ, **variables},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        killing = asyncio.get_running_loop().call_later(lifetime, process.kill) if is_killed else None
        printed, _ = await process.communicate()
        if killing is not None:
            killing.cancel()
        return self._without_log(printed.decode())

    async def _stand_still(self) -> None:
        for _ in range(self._random.choice((1, 2, 3))):
            await asyncio.sleep(0.3 + self._random.random())
            self._redis.hang()
            await asyncio.sleep(self._random.random() * 0.6)
            self._redis.go_on()

    @staticmethod
    def _without_log(printed: str) -> str:
        """Leave out the lines of the log, which begin with the name of an operation or of Redis."""
        starts = ("CreateToken", "GetCustomerAccounts", "Redis ", "Could not ")
        return "".join(f"{line}\n" for line in printed.splitlines() if not line.startswith(starts))


@pytest.mark.parametrize("seed", SEEDS)
async def test_no_processes_on_one_redis_send_a_fourth_login_that_may_have_failed(
    seed: int, redis: RedisServer
) -> None:
    async with CountingServer(time.monotonic, hangs=False) as server:
        printed = await Run(seed, server, redis).start()
        assert (server.violations, printed) == ([], [])
        assert server.total > 0
