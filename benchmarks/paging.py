"""
What is read of a list of transactions that changes, by date and by index: ``python -m benchmarks.paging --seeds 200``.

Each run reads one list with ``iter_transactions``, and a twin of it as most clients do: page after page by index. The
list is served over a socket by a server that follows the vendor's document and no more, or by the sandbox with its
quirks (``--server sandbox``). A row counts as lost when it was there from the first request to the last and did not
come, and as doubled when it came twice; after an error, when it is dated before the last one that came, which the error
says is complete. The exit code is 1 when ``iter_transactions`` lost or doubled a row, or had errors in more than one
run of twenty; errors are not counted where a second with more rows than a page changes with each request.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from statistics import mean
from time import perf_counter
from typing import Any

from benchmarks._changing_list import ACCOUNTS, CUSTOMER, ChangingList, Row, row, served
from finicity_async import AsyncSession, Credentials, PayloadError, Sandbox, iter_transactions
from finicity_async.endpoints.transactions import get_all_customer_transactions
from finicity_async.sandbox import TransactionQuirk

DAY = 86_400
NOON = 1_767_268_800 + DAY // 2
"""Midday of the first day; the vendor's dates are midday as a rule, so that all rows of a day share one second."""
DAYS = 180
FIRST, LAST = NOON - DAY // 2, NOON + DAYS * DAY
MOST_CHANGES = 3
"""Rows that appear or vanish between two requests; none to three, drawn anew each time."""
CROWD = 2_400
"""Rows of the second that holds more than a page."""

Key = tuple[int, int]


def _day(random: Random) -> int:
    return NOON + random.randrange(DAYS) * DAY


def _rows(count: int, random: Random) -> list[Row]:
    return [row(random.choice(ACCOUNTS), number, _day(random)) for number in range(count)]


def _crowded(count: int, random: Random) -> list[Row]:
    crowd = min(CROWD, count * 24 // 25)
    second = _day(random)
    return [row(random.choice(ACCOUNTS), number, second if number < crowd else _day(random)) for number in range(count)]


def _posted_later(count: int, random: Random) -> list[Row]:
    """Return rows of which the window compares the day of posting, up to five days after the one they are sorted by."""
    days = ((number, _day(random)) for number in range(count))
    return [
        row(random.choice(ACCOUNTS), number, day, posted=min(LAST, day + random.randrange(6) * DAY))
        for number, day in days
    ]


def _posted_before(count: int, random: Random) -> list[Row]:
    """Return rows of which the window compares the day of posting, for one in ten the day before its own."""
    days = ((number, _day(random)) for number in range(count))
    return [
        row(random.choice(ACCOUNTS), number, day, posted=max(FIRST, day - (random.random() < 0.1) * DAY))
        for number, day in days
    ]


def _appear(one: ChangingList) -> None:
    for _ in range(one.random.randint(0, MOST_CHANGES)):
        one.add(row(one.random.choice(ACCOUNTS), one.random.randrange(10**9, 10**12), _day(one.random)))


def _vanish(one: ChangingList) -> None:
    for _ in range(one.random.randint(0, MOST_CHANGES)):
        one.remove(one.random.randrange(len(one.rows)))


def _come_and_go(one: ChangingList) -> None:
    _appear(one)
    _vanish(one)


@dataclass(frozen=True)
class Adversity:
    """
    What a list does that a reader may stumble on; in every list, rows of one second come in any order.

    Attributes:
        quirks: What the sandbox does of the kind.
        rows: The rows of the list on the server of our own.
        change: What happens there between two requests.
    """

    quirks: tuple[str, ...] = ()
    rows: Callable[[int, Random], list[Row]] = _rows
    change: Callable[[ChangingList], None] | None = None


ADVERSITIES = {
    "ties": Adversity(),
    "appear": Adversity(("rows_appear",), change=_appear),
    "vanish": Adversity(("rows_vanish",), change=_vanish),
    "both": Adversity(("rows_appear", "rows_vanish"), change=_come_and_go),
    "crowded second": Adversity(("crowded_second",), _crowded),
    "other date": Adversity(("window_by_posted_date",), _posted_later),
    "other date, both": Adversity(
        ("window_by_posted_date", "rows_appear", "rows_vanish"), _posted_before, _come_and_go
    ),
    "crowded, both": Adversity(("crowded_second", "rows_appear", "rows_vanish"), _crowded, _come_and_go),
}
HOPELESS = "crowded, both"
"""Nothing can tell when such a list was read whole, so an error is what is asked for."""


@dataclass(frozen=True)
class Truth:
    """
    What a list really holds.

    Attributes:
        at_first: Rows before the first request, with the second by which each is sorted.
        gone: Returns those that have vanished.
        calls: Returns the number of requests.
    """

    at_first: Mapping[Key, int]
    gone: Callable[[], AbstractSet[Key]]
    calls: Callable[[], int]


@asynccontextmanager
async def on_our_server(adversity: Adversity, count: int, seed: int) -> AsyncIterator[tuple[AsyncSession, Truth]]:
    """Serve a list on the server that follows the document, and yield a session on it."""
    random = Random(seed)
    served_list = ChangingList(adversity.rows(count, random), random, adversity.change)
    at_first = {one.key: one.second for one in served_list.rows}
    credentials = Credentials("test-app-key", app_token="test-app-token")  # noqa: S106 -- of a server of our own
    async with served(served_list) as url, AsyncSession(credentials, base_url=url) as session:
        yield session, Truth(at_first, lambda: served_list.vanished, lambda: len(served_list.requests))


@asynccontextmanager
async def on_sandbox(adversity: Adversity, count: int, seed: int) -> AsyncIterator[tuple[AsyncSession, Truth]]:
    """Serve a list in the sandbox, whose clock stands still, and yield a session on it."""
    random = Random(seed)
    async with Sandbox(customers=1, seed=seed, clock=lambda: float(LAST)) as sandbox:
        drawn = _in_period(sandbox)
        accounts = sorted({account for account, _ in drawn})
        days = [(number % len(accounts), _day(random)) for number in range(count - len(drawn))]
        for place, account in enumerate(accounts):
            rows = [_sandbox_row(day, random) for number, day in days if number == place]
            sandbox.add_transactions(CUSTOMER, account, rows)
        for quirk in ("ties_in_any_order", *adversity.quirks):
            sandbox.add_fault(TransactionQuirk(quirk=quirk))
        at_first = _in_period(sandbox)
        async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
            yield (
                session,
                Truth(
                    at_first,
                    lambda: at_first.keys() - _in_period(sandbox).keys(),
                    lambda: len(sandbox.calls("GetAllCustomerTransactions")),
                ),
            )


def _sandbox_row(day: int, random: Random) -> dict[str, int]:
    return {"transactionDate": day, "postedDate": min(LAST, day + random.randrange(6) * DAY)}


def _in_period(sandbox: Sandbox) -> dict[Key, int]:
    """Return the rows of the period that are not pending, with the second by which each is sorted."""
    found: dict[Key, int] = {}
    for one in sandbox.transactions(CUSTOMER):
        second = one.get("transactionDate") or one.get("postedDate") or 0
        if one["status"] != "pending" and FIRST <= second <= LAST:
            found[one["accountId"], one["id"]] = second
    return found


SERVERS = {"ours": on_our_server, "sandbox": on_sandbox}


@dataclass(frozen=True)
class Outcome:
    """
    What came of one list.

    Attributes:
        calls: Requests.
        doubled: Rows that came twice.
        lost: Rows that were there all the time and did not come.
        failed: There was an error, and ``lost`` is about the dates that it says are complete.
    """

    calls: int
    doubled: int
    lost: int
    failed: bool


async def by_date(session: AsyncSession, keys: list[Key]) -> None:
    """Read all rows with `iter_transactions`."""
    async for one in iter_transactions(session, CUSTOMER, FIRST, LAST):
        keys.append(_key_of(one))  # noqa: PERF401 -- an error would take a whole list with it


async def by_index(session: AsyncSession, keys: list[Key]) -> None:
    """Read all rows as most clients do, page after page from the newest row on."""
    more: bool | None = True
    while more:
        page = await get_all_customer_transactions(session, CUSTOMER, FIRST, LAST, start=len(keys) + 1, limit=1000)
        keys += map(_key_of, page)
        more = page.more_available


def _key_of(one: Any) -> Key:
    return one.account_id, one.id


async def run(
    name: str,
    count: int,
    seed: int,
    read: Callable[[AsyncSession, list[Key]], Awaitable[None]] = by_date,
    server: str = "ours",
) -> Outcome:
    """Read one list, and compare what came with what was there."""
    keys: list[Key] = []
    failed = False
    async with SERVERS[server](ADVERSITIES[name], count, seed) as (session, truth):
        try:
            await read(session, keys)
        except PayloadError:
            failed = True
        lost = truth.at_first.keys() - truth.gone() - set(keys)
        if failed:
            complete = max((truth.at_first.get(key, 0) for key in keys), default=0)
            lost = {key for key in lost if truth.at_first[key] < complete}
        return Outcome(truth.calls(), len(keys) - len(set(keys)), len(lost), failed)


async def compare(name: str, count: int, seeds: range, server: str) -> dict[str, Any]:
    """Return the figures of one adversity."""
    began = perf_counter()
    ours = [await run(name, count, seed, by_date, server) for seed in seeds]
    theirs = [await run(name, count, seed, by_index, server) for seed in seeds]
    return {
        "adversity": name,
        "rows": count,
        "runs": len(seeds),
        "lost": sum(one.lost > 0 for one in ours),
        "doubled": sum(one.doubled > 0 for one in ours),
        "errors": sum(one.failed for one in ours),
        "calls": round(mean(one.calls for one in ours), 1),
        "index_lost": sum(one.lost > 0 for one in theirs),
        "index_doubled": sum(one.doubled > 0 for one in theirs),
        "index_calls": round(mean(one.calls for one in theirs), 1),
        "seconds": round(perf_counter() - began, 1),
    }


def keeps_the_promise(figures: dict[str, Any]) -> bool:
    """Return whether no row was lost or came twice, and errors were rare."""
    is_rare = figures["adversity"] == HOPELESS or figures["errors"] * 20 <= figures["runs"]
    return is_rare and not figures["lost"] and not figures["doubled"]


async def _compare_all(options: Any) -> bool:
    kept = True
    for count, seeds in ((options.rows, options.seeds), (options.many_rows, options.many_seeds)):
        for name in ADVERSITIES:
            if seeds and (options.only is None or name in options.only.split(";")):
                figures = await compare(name, count, range(seeds), options.server)
                kept &= keeps_the_promise(figures)
                print(json.dumps(figures), flush=True)
    return kept


def main() -> None:
    """Read many lists, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="lists of each kind")
    parser.add_argument("--rows", type=int, default=2_500, help="rows of each list")
    parser.add_argument("--many-seeds", type=int, default=1, help="long lists of each kind")
    parser.add_argument("--many-rows", type=int, default=60_000, help="rows of each long list")
    parser.add_argument("--server", choices=SERVERS, default="ours", help="who serves the lists")
    parser.add_argument("--only", help="kinds of lists, separated by semicolons")
    sys.exit(not asyncio.run(_compare_all(parser.parse_args())))


if __name__ == "__main__":
    main()
