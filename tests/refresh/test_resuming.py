"""Baselines stored and resumed, also in another process."""

import asyncio
import math
import pickle
import sys

import msgspec
import pytest

from finicity_async import (
    AsyncSession,
    RefreshBaseline,
    RefreshTimeoutError,
    Sandbox,
    refresh_and_wait,
    refresh_baseline,
    wait_for_refresh,
)
from finicity_async.sandbox import RefreshScript
from tests.support.clock import MovedClock
from tests.support.journals import AllCalls
from tests.support.refreshes import CUSTOMER, FIRST, IDS, LOGIN, NOW, split


@pytest.mark.parametrize("first_ever", [False, True])
async def test_baseline_is_plain_data(first_ever: bool, session: AsyncSession, sandbox: Sandbox) -> None:
    if first_ever:
        del sandbox.customers[CUSTOMER][FIRST]["aggregationAttemptDate"]
    baseline = await refresh_baseline(session, CUSTOMER, LOGIN)
    assert tuple(baseline.attempts) == IDS
    assert (baseline.attempts[FIRST] is None) is first_ever
    assert pickle.loads(pickle.dumps(baseline)) == baseline  # noqa: S301 -- ours
    assert msgspec.json.decode(msgspec.json.encode(baseline), type=RefreshBaseline) == baseline


async def test_baseline_that_went_through_json_resumes(session: AsyncSession, sandbox: Sandbox) -> None:
    baseline = msgspec.json.decode(msgspec.json.encode(await refresh_baseline(session, CUSTOMER)), type=RefreshBaseline)
    sandbox.script_refresh(RefreshScript(seconds=5, answer=204))
    await refresh_and_wait(session, CUSTOMER)
    assert split(await wait_for_refresh(session, CUSTOMER, baseline)) == {"succeeded": IDS}


async def test_timeout_of_a_refresh_can_be_pickled_with_all_it_knows(session: AsyncSession, sandbox: Sandbox) -> None:
    sandbox.script_refresh(RefreshScript(seconds=math.inf, answer=204))
    with pytest.raises(RefreshTimeoutError) as ended:
        await refresh_and_wait(session, CUSTOMER, wait=3)
    copy = pickle.loads(pickle.dumps(ended.value))  # noqa: S301 -- ours
    assert (str(copy), copy.result, copy.baseline) == (str(ended.value), ended.value.result, ended.value.baseline)


RESUME = """
import asyncio, pickle, sys
from finicity_async import AsyncSession, wait_for_refresh

async def main():
    customer_id, baseline = pickle.load(sys.stdin.buffer)
    async with AsyncSession.from_env() as session:
        result = await wait_for_refresh(session, customer_id, baseline, wait=10)
    print(*(account.id for account in result.succeeded))

asyncio.run(main())
"""


async def test_pickled_baseline_resumes_in_a_second_process_without_a_post(
    session: AsyncSession, sandbox: Sandbox, clock: MovedClock, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=1000, answer=504))
    with pytest.raises(RefreshTimeoutError) as ended:
        await refresh_and_wait(session, CUSTOMER, wait=60)
    clock.advance(1000)
    environment = {
        "FINICITY_APP_KEY": sandbox.credentials.app_key,
        "FINICITY_PARTNER_ID": sandbox.credentials.partner_id or "",
        "FINICITY_PARTNER_SECRET": sandbox.credentials.partner_secret or "",
        "FINICITY_BASE_URL": sandbox.url,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RESUME, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment
    )
    out, _ = await process.communicate(pickle.dumps((CUSTOMER, ended.value.baseline)))
    assert out.decode().split() == list(IDS)
    assert len(journal.refreshes) == 1


async def test_resumed_wait_starts_to_look_at_once(
    session: AsyncSession, sandbox: Sandbox, clock: MovedClock, journal: AllCalls
) -> None:
    baseline = RefreshBaseline(dict.fromkeys(IDS))
    assert split(await wait_for_refresh(session, CUSTOMER, baseline)) == {"succeeded": IDS}
    assert [look.time for look in journal.looks] == [NOW]
    assert sum(clock.slept) == 0
    assert journal.refreshes == []
