"""Refreshes of transactions that go on in another process, by their ID or without one."""

import asyncio
import base64
import copy
import math
import pickle
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    RefreshBaseline,
    RefreshResult,
    RefreshTimeoutError,
    Sandbox,
    refresh_baseline,
    refresh_transactions_and_wait,
    wait_for_refresh,
)
from finicity_async.endpoints.transactions import refresh_transactions
from finicity_async.sandbox import RefreshScript, VendorError
from tests.support.clock import MovedClock
from tests.support.journals import AllCalls
from tests.support.refreshes import (
    CUSTOMER,
    FIRST,
    FOURTH,
    IDS,
    NOW,
    SECOND,
    THIRD,
    on_clock,
    split,
)
from tests.support.servers import RawServer, session_on, until
from tests.support.transaction_refreshes import (
    ID,
    STATUS,
    UNKNOWN,
    Vendor,
    status,
)


async def test_baseline_is_told_with_the_id_before_the_first_look_and_goes_on(
    session: AsyncSession, sandbox: Sandbox, clock: MovedClock, journal: AllCalls
) -> None:
    """A process that ends at any moment after the answer to the POST can go on by the ID."""
    sandbox.script_refresh(RefreshScript(seconds=100, codes={FIRST: 185}))
    stored: list[RefreshBaseline] = []

    def store(result: RefreshResult) -> None:
        assert result.baseline is not None
        stored.append(result.baseline)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await refresh_transactions_and_wait(session, CUSTOMER, account_ids=[FIRST], on_progress=store)
    sandbox.assert_called(STATUS, times=0)
    clock.advance(100)
    (baseline,) = stored
    assert baseline.refresh_id is not None
    assert split(await wait_for_refresh(session, CUSTOMER, baseline)) == {"failed": (FIRST,)}
    assert len(journal.refreshes) == 1


async def test_baseline_of_some_accounts_that_is_stored_before_the_post_resumes_without_an_id(
    session: AsyncSession, sandbox: Sandbox, clock: MovedClock, journal: AllCalls
) -> None:
    """A process that ends while it waits for the answer to the POST never learns the ID."""
    sandbox.script_refresh(RefreshScript(seconds=100, answer="hang"))
    baseline = await refresh_baseline(session, CUSTOMER, account_ids=[SECOND, SECOND])
    assert (tuple(baseline.attempts), baseline.refresh_id, baseline.selected) == ((SECOND,), None, True)
    refreshing = asyncio.ensure_future(refresh_transactions_and_wait(session, CUSTOMER, account_ids=[SECOND]))
    await until(lambda: journal.refreshes)
    refreshing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await refreshing
    clock.advance(100)
    assert split(await wait_for_refresh(session, CUSTOMER, baseline)) == {"succeeded": (SECOND,)}
    assert len(journal.refreshes) == 1


async def test_resumed_wait_for_an_id_that_the_vendor_forgot_goes_by_the_dates(
    session: AsyncSession, sandbox: Sandbox, clock: MovedClock, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=100, codes={FIRST: 185}))
    with pytest.raises(RefreshTimeoutError) as ended:
        await refresh_transactions_and_wait(session, CUSTOMER, account_ids=[FIRST, SECOND], wait=10)
    sandbox.add_fault(VendorError(code=10008, status=404, operation=STATUS))
    result = await wait_for_refresh(session, CUSTOMER, ended.value.baseline)
    assert split(result) == {"succeeded": (SECOND,), "failed": (FIRST,)}
    assert len(journal.refreshes) == 1


async def test_baseline_of_another_customer_is_refused(session: AsyncSession, sandbox: Sandbox) -> None:
    other = sandbox.add_customer()
    sandbox.add_account(other)
    sandbox.script_refresh(RefreshScript(seconds=100))
    with pytest.raises(RefreshTimeoutError) as ended:
        await refresh_transactions_and_wait(session, CUSTOMER, wait=10)
    with pytest.raises(ConfigurationError, match="of another customer or login"):
        await wait_for_refresh(session, other, ended.value.baseline)


@pytest.mark.parametrize("refresh_id", [ID, None])
async def test_account_that_was_deleted_meanwhile_has_vanished_and_is_not_of_another_customer(
    refresh_id: str | None, clock: MovedClock
) -> None:
    baseline = RefreshBaseline({"3": None}, refresh_id, selected=True)
    server = RawServer(default=Vendor(status("COMPLETED")))
    async with server, session_on(server, **on_clock(clock)) as session:
        result = await wait_for_refresh(session, CUSTOMER, baseline)
        assert (split(result), result.complete) == ({"vanished": ("3",)}, True)


async def test_id_that_the_vendor_forgot_after_a_look_is_still_of_this_customer(clock: MovedClock) -> None:
    baseline = RefreshBaseline({"3": None}, ID, selected=True)
    server = RawServer(default=Vendor(status("NEW"), UNKNOWN))
    async with server, session_on(server, **on_clock(clock)) as session:
        assert split(await wait_for_refresh(session, CUSTOMER, baseline)) == {"vanished": ("3",)}


async def test_resumed_wait_starts_to_look_at_once(
    session: AsyncSession, sandbox: Sandbox, clock: MovedClock, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=5))
    started = await refresh_transactions(session, CUSTOMER, account_ids=[FIRST])
    baseline = replace(await refresh_baseline(session, CUSTOMER), refresh_id=started.refresh_id)
    journal.clear()
    assert split(await wait_for_refresh(session, CUSTOMER, replace(baseline, selected=True))) == {
        "succeeded": (FIRST,),
        "pending": (SECOND, THIRD, FOURTH),
    }
    delays = [later.time - sooner.time for sooner, later in pairwise(journal) if later.operation == STATUS]
    assert journal[0].time == NOW
    assert [journal[0].operation, journal[1].operation] == [STATUS, "GetCustomerAccounts"]
    assert 1.6 <= delays[0] <= 2.4


async def test_lost_answer_about_some_accounts_leaves_a_baseline_of_these_accounts(
    session: AsyncSession, sandbox: Sandbox, clock: MovedClock, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=500, answer="disconnect"))
    with pytest.raises(RefreshTimeoutError) as ended:
        await refresh_transactions_and_wait(session, CUSTOMER, account_ids=[FIRST])
    clock.advance(500)
    assert ended.value.baseline.refresh_id is None
    assert split(await wait_for_refresh(session, CUSTOMER, ended.value.baseline)) == {"succeeded": (FIRST,)}
    assert len(journal.refreshes) == 1


@pytest.mark.parametrize("refresh_id", ["../1", "", 7])
async def test_stored_id_that_is_none_is_refused_and_nothing_sent(
    refresh_id: Any, session: AsyncSession, journal: AllCalls
) -> None:
    with pytest.raises(ConfigurationError, match=r"(refreshId|refresh_id).*Nothing was sent"):
        await wait_for_refresh(session, CUSTOMER, RefreshBaseline({FIRST: None}, refresh_id))
    assert journal == []


async def test_session_that_is_closed_while_it_waits_leaves_the_baseline(clock: MovedClock) -> None:
    server = RawServer(default=Vendor(status("NEW")))
    async with server:
        session = session_on(server, sleep=clock.sleep)
        refreshing = asyncio.ensure_future(refresh_transactions_and_wait(session, CUSTOMER, wait=math.inf))
        await until(lambda: len(server.calls) > 3)
        await session.close()
        with pytest.raises(RefreshTimeoutError, match="when the session was closed") as ended:
            await refreshing
        assert ended.value.baseline.refresh_id == ID


RESUME = """
import asyncio, sys
import msgspec
from finicity_async import AsyncSession, RefreshBaseline, wait_for_refresh

async def main():
    baseline = msgspec.json.decode(sys.stdin.read(), type=RefreshBaseline)
    async with AsyncSession.from_env() as session:
        result = await wait_for_refresh(session, sys.argv[1], baseline, wait=60)
    print(*(account.id for account in result.succeeded), "failed", *(account.id for account in result.failed))

asyncio.run(main())
"""


@pytest.mark.parametrize("answer", ["end", "disconnect"], ids=["by its ID", "by the dates"])
async def test_stored_baseline_resumes_in_a_second_process_without_a_post(
    answer: Any, session: AsyncSession, sandbox: Sandbox, clock: MovedClock, journal: AllCalls
) -> None:
    sandbox.script_refresh(RefreshScript(seconds=1000, codes={SECOND: 185}, answer=answer))
    with pytest.raises(RefreshTimeoutError) as ended:
        await refresh_transactions_and_wait(session, CUSTOMER, account_ids=IDS[:3], wait=60)
    clock.advance(1000)
    looks = len(sandbox.calls(STATUS))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RESUME, CUSTOMER),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=sandbox.variables,
    )
    out, _ = await process.communicate(msgspec.json.encode(ended.value.baseline))
    assert out.decode().split() == [FIRST, THIRD, "failed", SECOND]
    assert len(journal.refreshes) == 1
    assert len(sandbox.calls(STATUS)) - looks == (answer == "end")


PICKLED = (
    "gASVsQAAAAAAAACMHWZpbmljaXR5X2FzeW5jLnJlZnJlc2gucmVzdWx0lIwPUmVmcmVzaEJhc2VsaW5llJOUKYGUXZR9lCiMCjUw"
    "MTE2NDgzNzeUjAhkYXRldGltZZSMCGRhdGV0aW1llJOUQwoH6gkKAAAAAAAAlGgHjAh0aW1lem9uZZSTlGgHjAl0aW1lZGVsdGGU"
    "k5RLAEsASwCHlFKUhZRSlIaUUpSMCjUwMTE2NDgzNziUTnVhYi4="
)
"""A baseline as it was pickled when its class had slots and one attribute."""


def test_baselines_that_older_versions_stored_can_be_read() -> None:
    old = RefreshBaseline({FIRST: datetime(2026, 9, 10, tzinfo=UTC), SECOND: None})
    assert pickle.loads(base64.b64decode(PICKLED)) == old  # noqa: S301 -- ours
    stored = b'{"attempts":{"5011648377":"2026-09-10T00:00:00Z","5011648378":null}}'
    assert msgspec.json.decode(stored, type=RefreshBaseline) == old


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301 -- ours
def test_baseline_is_copied_whole(copied: Callable[[RefreshBaseline], RefreshBaseline]) -> None:
    baseline = RefreshBaseline({FIRST: datetime(2026, 9, 10, tzinfo=UTC)}, ID, selected=True)
    assert copied(baseline) == baseline
    assert msgspec.json.decode(msgspec.json.encode(baseline), type=RefreshBaseline) == baseline
