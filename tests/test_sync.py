"""What ``sync_transactions`` tells, whatever happens between two runs and within one."""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from benchmarks.syncing import Run, process_keeper
from finicity_async import (
    AsyncSession,
    ConfigurationError,
    NotFoundError,
    RemovedTransaction,
    TransactionChanges,
    map_customers,
    sync_transactions,
)
from finicity_async.models.transactions import Transaction
from tests.support.bank import CHECKING, CUSTOMER, DAY, NOW, SAVINGS, Bank, dates
from tests.support.seeds import seeds
from tests.support.servers import RawServer, http, session_on


@pytest.fixture
def bank() -> Bank:
    bank = Bank()
    bank.add_account()
    return bank


@pytest.fixture
async def session(bank: Bank) -> AsyncIterator[AsyncSession]:
    async with RawServer(default=bank.answer) as server, session_on(server) as session:
        yield session


class Copy:
    """Keeps the bookmark between the runs of a test, and what the last one told."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.bookmark: str | None = None

    async def told(self) -> dict[str, list[int]]:
        """Run, and return the IDs in what was told, without what is empty."""
        return told(await self.run())

    async def run(self) -> TransactionChanges:
        changes = await sync_transactions(self._session, CUSTOMER, self.bookmark)
        self.bookmark = changes.bookmark
        return changes


@pytest.fixture
def copy(session: AsyncSession) -> Copy:
    return Copy(session)


def told(changes: TransactionChanges) -> dict[str, list[int]]:
    found = {name: [row.id for row in getattr(changes, name)] for name in ("added", "changed", "removed", "pending")}
    found["vanished"] = [int(account) for account in changes.vanished]
    return {name: ids for name, ids in found.items() if ids}


def days(windows: Iterable[tuple[float, float]]) -> list[tuple[int, int]]:
    """Return windows in whole days around now; they begin with a day, half a day before noon."""
    return [(int(begin), int(end)) for begin, end in windows]


# What is told


async def test_the_first_call_tells_all_transactions_of_180_days(bank: Bank, copy: Copy) -> None:
    for one, age in enumerate([179, 90, 1, 181], 1):
        bank.add(one, age)
    assert await copy.told() == {"added": [1, 2, 3]}
    assert days(bank.windows) == [(-180, 1)]
    assert bank.paths == ["accounts", "transactions"]


async def test_a_later_call_tells_what_is_different_and_nothing_else(bank: Bank, copy: Copy) -> None:
    for one in range(1, 7):
        bank.add(one, 10 - one)
    bank.add(7, status="pending")
    assert await copy.told() == {"added": [1, 2, 3, 4, 5, 6], "pending": [7]}
    bank.pass_days(1)
    bank.rows[1]["amount"] = 9.51
    bank.rows[2]["categorization"] = {"category": "Travel"}
    bank.rows[3]["status"] = "shadow"
    bank.remove(5)
    bank.remove(7)
    bank.add(8)
    bank.add(9, status="pending")
    assert await copy.told() == {"added": [8], "changed": [2, 3], "removed": [4, 5], "pending": [9]}
    assert await copy.told() == {"pending": [9]}


async def test_a_quiet_day_costs_two_requests_and_reads_a_month(bank: Bank, copy: Copy) -> None:
    bank.add(1)
    await copy.run()
    bank.pass_days(1)
    bank.paths.clear()
    assert await copy.told() == {}
    assert bank.paths == ["accounts", "transactions"]
    assert days(bank.windows[1:]) == [(-31, 1)], "15 days, and 15 for what was moved, before the bookmark"


async def test_transactions_are_told_as_records(bank: Bank, copy: Copy) -> None:
    bank.add(1)
    changes = await copy.run()
    assert [type(row) for row in changes.added] == [Transaction]
    bank.rows[0]["status"] = "shadow"
    bank.add(2)
    (removed,) = (await copy.run()).removed
    assert (removed.account_id, removed.id) == (CHECKING, 1)
    assert removed.transaction is not None
    assert removed.transaction.status == "shadow"
    bank.rows.clear()
    assert (await copy.run()).removed == (RemovedTransaction(CHECKING, 2, None),)


async def test_a_shadow_that_was_never_told_is_not_told(bank: Bank, copy: Copy) -> None:
    bank.add(1, status="shadow")
    assert await copy.told() == {}
    bank.rows[0]["status"] = "active"
    assert await copy.told() == {"added": [1]}


async def test_pending_ones_are_told_whole_each_time_and_become_active_under_any_id(bank: Bank, copy: Copy) -> None:
    bank.add(1, status="pending")
    bank.add(2, status="pending")
    assert await copy.told() == {"pending": [1, 2]}
    assert await copy.told() == {"pending": [1, 2]}
    bank.rows[0]["status"] = "active"
    bank.rows[1] |= {"id": 3, "status": "active"}
    assert await copy.told() == {"added": [1, 3]}
    bank.rows[0]["status"] = "pending"
    assert await copy.told() == {"removed": [1], "pending": [1]}


async def test_a_status_that_nobody_knows_is_that_of_a_transaction(bank: Bank, copy: Copy) -> None:
    bank.add(1, status="disputed")
    bank.add(2, status=None)
    assert await copy.told() == {"added": [1, 2]}
    bank.rows[0]["status"] = "active"
    assert await copy.told() == {"changed": [1]}


async def test_one_id_in_two_accounts_is_two_transactions(bank: Bank, copy: Copy) -> None:
    bank.add_account(SAVINGS)
    bank.add(1)
    bank.add(1, account=SAVINGS)
    assert await copy.told() == {"added": [1, 1]}
    del bank.rows[0]
    assert (await copy.run()).removed == (RemovedTransaction(CHECKING, 1, None),)


# Dates


@pytest.mark.parametrize("days", [1, 10, 100, 400])
async def test_a_transaction_that_only_becomes_older_is_not_removed(days: int, bank: Bank, copy: Copy) -> None:
    for age in range(40):
        bank.add(age, age)
    await copy.run()
    for _ in range(3):
        bank.pass_days(days)
        assert await copy.told() == {}


async def test_after_a_long_break_reading_begins_before_the_bookmark(bank: Bank, copy: Copy) -> None:
    bank.add(1, 14)
    await copy.run()
    bank.pass_days(100)
    bank.remove(1)
    bank.add(2, 15)
    bank.add(3, -50)
    assert await copy.told() == {"added": [2, 3], "removed": [1]}


@pytest.mark.parametrize("age", [0, 14, 20, 29, 60, 170])
async def test_a_transaction_that_was_moved_back_is_changed_and_not_removed(age: float, bank: Bank, copy: Copy) -> None:
    row = bank.add(1, 5)
    await copy.run()
    row |= dates(age)
    assert await copy.told() == {"changed": [1]}
    assert len(bank.windows) == 2 + (age > 30)
    bank.pass_days(1)
    assert await copy.told() == {}


async def test_one_that_was_moved_by_more_than_the_history_is_removed(bank: Bank, copy: Copy) -> None:
    row = bank.add(1, 5)
    await copy.run()
    row |= dates(200)
    assert await copy.told() == {"removed": [1]}


async def test_one_that_was_moved_into_the_days_that_are_compared_is_told_again(bank: Bank, copy: Copy) -> None:
    row = bank.add(1, 40)
    await copy.run()
    row |= dates(1)
    assert await copy.told() == {"added": [1]}


async def test_what_appears_in_the_days_before_is_not_seen(bank: Bank, copy: Copy) -> None:
    await copy.run()
    bank.add(1, 20)
    bank.add(2, 14)
    assert await copy.told() == {"added": [2]}


async def test_the_later_date_counts_where_one_was_posted_late(bank: Bank, copy: Copy) -> None:
    await copy.run()
    bank.add(1, 25, postedDate=NOW - 2 * DAY)
    bank.add(2, 25, transactionDate=0, postedDate=NOW - 2 * DAY)
    assert await copy.told() == {"added": [1, 2]}
    bank.pass_days(1)
    assert await copy.told() == {}
    bank.remove(1)
    assert await copy.told() == {"removed": [1]}


async def test_a_transaction_without_a_date_is_compared_as_long_as_it_is_listed(bank: Bank, copy: Copy) -> None:
    nothing = {"transactionDate": 0, "postedDate": 0}
    bank.add(1, **nothing)
    bank.add(2, **nothing, createdDate=NOW)
    assert await copy.told() == {"added": [1, 2]}
    bank.pass_days(60)
    assert await copy.told() == {}
    bank.pass_days(60)
    bank.rows[0]["amount"] = bank.rows[1]["amount"] = 1
    assert await copy.told() == {"changed": [1]}, "the other one has the date of its creation"
    bank.remove(1)
    assert await copy.told() == {"removed": [1]}


async def test_a_transaction_without_an_account_is_kept(bank: Bank, copy: Copy) -> None:
    bank.add(1, account=None)
    assert await copy.told() == {"added": [1]}
    bank.pass_days(1)
    assert await copy.told() == {}
    bank.rows.clear()
    assert await copy.told() == {"removed": [1]}
    assert {*bank.paths} == {"accounts", "transactions"}, "no account is looked for"


# Accounts and their refreshes


async def test_how_far_it_is_complete_follows_from_the_accounts(bank: Bank, copy: Copy) -> None:
    bank.add_account(SAVINGS, success=NOW - 3 * DAY)
    bank.add_account(1, success=None, status="pending")
    changes = await copy.run()
    assert changes.complete_until == datetime.fromtimestamp(NOW - 3 * DAY, UTC)
    assert [account.id for account in changes.accounts] == [str(CHECKING), str(SAVINGS), "1"]
    bank.add_account(2, success=None)
    assert (await copy.run()).complete_until is None
    bank.accounts.clear()
    assert (await copy.run()).complete_until is None


async def test_an_account_that_is_not_refreshed_is_read_from_its_last_success_on(bank: Bank, copy: Copy) -> None:
    bank.add_account(SAVINGS)
    bank.add(1, 3, account=SAVINGS)
    await copy.run()
    for day in range(1, 41):
        bank.pass_days(1)
        bank.accounts[SAVINGS]["aggregationSuccessDate"] = NOW
        bank.add(100 + day, -day)
        assert await copy.told() == {"added": [100 + day]}
    bank.pass_days(1)
    for day in range(1, 41):
        bank.add(day + 1, -day, account=SAVINGS)
    bank.remove(1)
    bank.remove(101)
    changes = await copy.told()
    assert changes == {"added": list(range(2, 42)), "removed": [1]}, "of the other account 15 days are compared"


async def test_an_account_that_is_new_is_told_with_its_history(bank: Bank, copy: Copy) -> None:
    bank.add(1, 100)
    await copy.run()
    bank.pass_days(10)
    bank.add_account(SAVINGS, success=bank.now)
    bank.add(1, 100, account=SAVINGS)
    bank.add(2, 100)
    changes = await copy.run()
    assert [(row.account_id, row.id) for row in changes.added] == [(SAVINGS, 1)]
    bank.pass_days(1)
    assert await copy.told() == {}
    assert days(bank.windows[-1:]) == [(-31, 1)]


async def test_an_account_that_waits_for_its_first_refresh_costs_nothing(bank: Bank, copy: Copy) -> None:
    bank.add_account(SAVINGS, success=None)
    await copy.run()
    bank.pass_days(100)
    bank.accounts[SAVINGS]["aggregationSuccessDate"] = 0
    await copy.run()
    await copy.run()
    assert days(bank.windows[-1:]) == [(-30, 1)]
    bank.pass_days(1)
    bank.add(1, 70, account=SAVINGS)
    assert await copy.told() == {"added": [1]}


async def test_an_account_added_after_the_accounts_were_read_is_told_with_its_history(bank: Bank, copy: Copy) -> None:
    await copy.run()

    def add() -> None:
        bank.add_account(SAVINGS)
        bank.add(1, 100, account=SAVINGS)
        bank.add(2, 1, account=SAVINGS)

    bank.after = [add]
    assert await copy.told() == {"added": [1, 2]}
    assert await copy.told() == {}


async def test_an_account_that_was_deleted_has_vanished_with_its_transactions(bank: Bank, copy: Copy) -> None:
    bank.add_account(SAVINGS)
    for account, age in ((CHECKING, 1), (SAVINGS, 1), (SAVINGS, 30)):
        bank.add(age, age, account=account)
    await copy.run()
    del bank.accounts[SAVINGS], bank.rows[1:]
    changes = await copy.run()
    assert changes.vanished == (str(SAVINGS),)
    assert changes.removed == (RemovedTransaction(SAVINGS, 1, None),)
    assert bank.paths[2:] == ["accounts", str(SAVINGS), "transactions"]
    assert await copy.told() == {}


async def test_an_account_that_the_list_lacks_for_a_moment_has_not_vanished(bank: Bank, copy: Copy) -> None:
    bank.add(1, 1)
    first = await copy.run()
    bank.unlisted = {CHECKING}
    changes = await copy.run()
    assert told(changes) == {}
    assert changes.complete_until == first.complete_until
    assert bank.paths[2:] == ["accounts", str(CHECKING), "transactions"]


async def test_an_account_that_has_transactions_has_not_vanished(bank: Bank, copy: Copy) -> None:
    bank.add(1, 1)
    await copy.run()
    bank.accounts.clear()
    assert await copy.told() == {}
    bank.rows.clear()
    assert await copy.told() == {"removed": [1], "vanished": [CHECKING]}


async def test_an_account_under_another_login_is_the_same(bank: Bank, copy: Copy) -> None:
    bank.add(1)
    await copy.run()
    bank.accounts[CHECKING]["institutionLoginId"] = 1007302746
    assert await copy.told() == {}


async def test_an_account_whose_id_is_no_number_does_no_harm(bank: Bank, copy: Copy) -> None:
    bank.accounts[1] = {"id": "a-1", "aggregationSuccessDate": NOW}
    bank.add(1)
    assert await copy.told() == {"added": [1]}
    assert await copy.told() == {}


# Within one run


async def test_a_transaction_that_moves_past_the_reader_is_not_removed(bank: Bank, copy: Copy) -> None:
    for one in range(1, 1_501):
        bank.add(one, 10 - one / 200)
    await copy.run()
    bank.after = [lambda: None, partial(bank.rows[1_400].update, transactionDate=NOW - 9 * DAY)]
    changes = await copy.run()
    assert told(changes) == {"changed": [1_401]}
    assert bank.paths[-3:] == ["transactions"] * 3, "the second page lacked it, so all was read again"


async def test_a_refresh_between_two_requests_is_not_claimed(bank: Bank, copy: Copy) -> None:
    first = await copy.run()

    def refresh() -> None:
        bank.pass_days(1)
        bank.add(1, 0)

    bank.after = [refresh]
    changes = await copy.run()
    assert told(changes) == {"added": [1]}
    assert changes.complete_until == first.complete_until
    assert await copy.told() == {}


async def test_a_pending_one_that_ends_between_two_readings_is_told_once(bank: Bank, copy: Copy) -> None:
    bank.add(1)
    await copy.run()
    bank.remove(1)
    pending = bank.add(2, status="pending")
    bank.after = [lambda: None, partial(pending.update, id=3, status="active")]
    assert await copy.told() == {"added": [3], "removed": [1]}


async def test_a_run_that_is_lost_changes_nothing(bank: Bank, session: AsyncSession) -> None:
    bank.add(1)
    bookmark = (await sync_transactions(session, CUSTOMER)).bookmark
    bank.add(2)
    runs = [await sync_transactions(session, CUSTOMER, bookmark) for _ in range(2)]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("seed", seeds(3))
async def test_a_copy_equals_the_truth_on_every_day(seed: int) -> None:
    figures = await Run(seed).live(days=60)
    assert figures.days >= 60
    assert figures.added > figures.removed > 0
    assert figures.killed > 0


async def test_a_copy_equals_what_the_sandbox_has_on_every_day() -> None:
    figures = await Run(0, sandbox=True).live(days=10)
    assert figures.added > 0


async def test_a_process_that_keeps_a_copy_may_be_killed() -> None:
    run = Run(0)
    async with run.vendor.running(), process_keeper(run.vendor) as keeper:
        await run.be_killed(keeper, 1)  # between two requests
        await run.be_killed(keeper, 9)  # when all were answered and nothing was stored
        await run.end_day(keeper)


# The clock


async def test_the_clock_is_the_vendors(bank: Bank, copy: Copy) -> None:
    bank.now = 4_000_000_000
    await copy.run()
    assert days(bank.windows) == [(-180, 1)]


async def test_without_a_date_in_the_response_the_local_clock_has_to_do(bank: Bank, copy: Copy) -> None:
    bank.now = None
    await copy.run()
    ((begin, end),) = bank.windows
    assert (round(begin + 0.5), round(end)) == (-180, 1)


async def test_a_clock_that_goes_back_removes_nothing(bank: Bank, copy: Copy) -> None:
    bank.add(1, 0)
    bank.pass_days(2)
    await copy.run()
    bank.pass_days(-2)
    bank.add(2, 14)
    assert await copy.told() == {"added": [2]}
    bank.pass_days(-20)
    bank.add(3, 34)
    bank.add_account(SAVINGS)
    bank.add(4, 190, account=SAVINGS)
    assert await copy.told() == {"added": [4, 3]}


# The bookmark


@pytest.mark.parametrize("stored", [str, str.encode, json.loads], ids=["text", "bytes", "parsed"])
async def test_a_bookmark_comes_back_from_any_store(
    stored: Callable[[str], Any], bank: Bank, session: AsyncSession
) -> None:
    bank.add(1)
    bookmark = (await sync_transactions(session, int(CUSTOMER))).bookmark
    bank.add(2)
    changes = await sync_transactions(session, CUSTOMER, stored(bookmark))
    assert told(changes) == {"added": [2]}
    assert json.loads(bookmark)["customer_id"] == CUSTOMER


async def test_a_bookmark_holds_the_days_that_will_be_compared_and_no_content(bank: Bank, copy: Copy) -> None:
    for one in range(5_000_000_000, 5_000_000_180):
        bank.add(one, one % 1_000, description="secret")
    bookmark = (await copy.run()).bookmark
    assert len(bookmark) < 150 + 16 * 30
    assert set(re.findall(r"\b5000000\d{3}\b", bookmark)) == {str(5_000_000_000 + age) for age in range(16)}
    assert not re.search(r"secret|9\.5", bookmark)


BAD = {
    "cut off": lambda text: text[:-1],
    "empty": lambda text: "",
    "no JSON": lambda text: b"\xff",
    "of another version": lambda text: json.loads(text) | {"version": 2},
    "of a time before 1970": lambda text: json.loads(text) | {"until": -5},
    "that compares from before 1970": lambda text: re.sub(r'"since":\d+', '"since":-9', text),
    "of a time after the last date": lambda text: json.loads(text) | {"until": 10**20},
    "without a member": lambda text: {"version": 1},
    "no bookmark": lambda text: 5,
    "nested without end": lambda text: "[" * 100_000,
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_what_is_no_bookmark_is_refused_before_anything_is_sent(
    bad: Callable[[str], Any], bank: Bank, copy: Copy, session: AsyncSession
) -> None:
    bookmark = (await copy.run()).bookmark
    bank.paths.clear()
    with pytest.raises(
        ConfigurationError, match=r"cannot read it.* or None to begin anew with an empty copy. Nothing was sent\."
    ):
        await sync_transactions(session, CUSTOMER, bad(bookmark))
    assert bank.paths == []
    assert await copy.told() == {}


async def test_the_bookmark_of_another_customer_is_refused(bank: Bank, copy: Copy, session: AsyncSession) -> None:
    bookmark = (await copy.run()).bookmark
    with pytest.raises(ConfigurationError, match="of another customer") as caught:
        await sync_transactions(session, 1005061235, bookmark)
    assert CUSTOMER not in str(caught.value)


# Around it


async def test_a_customer_who_is_not_there_is_an_error() -> None:
    async with RawServer(default=http(404, {"code": 14001, "message": "no"})) as server, session_on(server) as session:
        with pytest.raises(NotFoundError):
            await sync_transactions(session, CUSTOMER)


async def test_it_is_a_function_for_a_map(bank: Bank, session: AsyncSession) -> None:
    bank.add(1)
    async for outcome in map_customers(session, sync_transactions, [CUSTOMER]):
        assert told(outcome.unwrap()) == {"added": [1]}
