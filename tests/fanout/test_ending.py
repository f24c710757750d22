"""map_customers: what ends a map, and what never begins one."""

import asyncio
import gc
import subprocess
import sys
import threading
from itertools import count
from typing import Any

import pytest

from finicity_async import AsyncSession, ConfigurationError, CustomerMap, get_customer_accounts, map_customers
from tests.fanout.cursors import Cursor, Gate, both_orders, collect, ours, same, settled, take
from tests.support.servers import EMPTY, WITH_TOKEN, Later, RawServer, session_on, until


async def test_a_map_that_was_never_iterated_is_dropped_without_a_trace(offline: AsyncSession) -> None:
    others = asyncio.all_tasks()
    cursor = Cursor(range(10))
    outcomes = map_customers(offline, same, cursor)
    del outcomes
    gc.collect()
    await settled()
    assert (cursor.pulled, asyncio.all_tasks()) == (0, others)


async def test_a_map_that_nobody_keeps_lives_until_its_outcome_has_come(offline: AsyncSession) -> None:
    assert (await anext(map_customers(offline, Gate(), [7]))).unwrap() == 7
    await settled()
    assert not ours()


@both_orders
async def test_a_worker_that_somebody_cancels_ends_the_map_with_an_error(offline: AsyncSession, ordered: bool) -> None:
    gate = Gate(3, 4)
    taken: list[int] = []
    taking = asyncio.create_task(take(map_customers(offline, gate, range(100), limit=2, ordered=ordered), taken))
    await until(lambda: len(taken) == 3 and gate.running == 2)
    ours()[0].cancel()
    with pytest.raises(asyncio.CancelledError, match="worker"):
        await taking
    assert (taken, ours()) == ([0, 1, 2], [])


def test_a_loop_that_ends_while_a_map_is_open_does_not_hang() -> None:
    kept: list[CustomerMap[int, int]] = []

    async def main() -> None:
        kept.append(map_customers(AsyncSession(WITH_TOKEN), Gate(0, 1, 2), count(), limit=4))
        await anext(kept[0])

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    thread.join(timeout=5)
    assert not thread.is_alive()
    kept.clear()


_AT_EXIT = """
import asyncio
from finicity_async import AsyncSession, Credentials, map_customers

async def waits(session, customer_id):
    await asyncio.sleep(customer_id)

outcomes = map_customers(AsyncSession(Credentials("key", app_token="token")), waits, [0, 3600])
loop = asyncio.new_event_loop()
loop.run_until_complete(anext(outcomes))
loop.call_soon_threadsafe = lambda *_: print("the finalizer ran")
print("the end")
"""


def test_the_finalizer_does_not_run_at_exit() -> None:
    run = subprocess.run(  # noqa: S603 -- a constant script
        [sys.executable, "-W", "ignore", "-c", _AT_EXIT], capture_output=True, text=True, timeout=20, check=True
    )
    assert run.stdout == "the end\n"


@pytest.mark.parametrize("text", ["1005061234", b"1005061234"])
async def test_one_text_is_no_list_of_customers(offline: AsyncSession, text: Any) -> None:
    with pytest.raises(ConfigurationError, match="give a list"):
        map_customers(offline, same, text)


async def test_closing_the_session_ends_an_endless_map() -> None:
    async with RawServer() as server, session_on(server) as session:
        outcomes = map_customers(session, get_customer_accounts, iter(int, 1), limit=3)
        assert (await anext(outcomes)).error is None
        await session.close()
        with pytest.raises(ConfigurationError, match="closed"):
            await collect(outcomes)


async def test_what_a_customer_leaves_running_is_not_counted_for_the_next_one() -> None:
    """gather() leaves its other calls running when one fails."""
    async with RawServer(default=Later(0.02, EMPTY)) as server, session_on(server) as session:

        async def function(session: AsyncSession, customer_id: int) -> None:
            async def fail() -> None:
                await asyncio.sleep(0.005)
                raise ValueError

            async def go_on() -> None:
                for _ in range(3):
                    await get_customer_accounts(session, customer_id)

            if customer_id == 1:
                await asyncio.gather(fail(), go_on())
            else:
                await get_customer_accounts(session, customer_id)

        outcomes = [outcome async for outcome in map_customers(session, function, [1, 2, 3], limit=1)]
        assert [outcome.attempts for outcome in outcomes[1:]] == [1, 1]
        await until(lambda: session.stats.in_flight == 0)
