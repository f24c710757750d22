"""What `iter_transactions` promises while rows come and go, and what it says where it cannot keep that."""

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest

from benchmarks._changing_list import ACCOUNTS, CUSTOMER, ChangingList, Row, row, served
from benchmarks.paging import ADVERSITIES, DAY, FIRST, HOPELESS, LAST, NOON, by_index, run
from finicity_async import AsyncSession, ConfigurationError, NotFoundError, PayloadError, Sandbox, iter_transactions
from finicity_async.models.transactions import Transaction
from finicity_async.sandbox import TRANSACTION_QUIRKS, TransactionQuirk
from tests.support.seeds import seeds
from tests.support.servers import WITH_TOKEN, RawServer, Received, http, session_on

CERTAIN = "has come, and none twice; others of its date may be missing, and all later ones are. Begin again"


async def taken(rows: AsyncIterator[Transaction]) -> list[tuple[Any, Any]]:
    return [(one.account_id, one.id) async for one in rows]


async def read_to_the_error(session: AsyncSession) -> tuple[list[int], PayloadError]:
    """Return the IDs of all rows that come, and the error after them."""
    ids: list[int] = []
    with pytest.raises(PayloadError) as caught:
        await note(iter_transactions(session, CUSTOMER, FIRST, LAST), ids)
    return ids, caught.value


async def note(rows: AsyncIterator[Transaction], ids: list[int]) -> None:
    """Note the IDs of all rows, also of those that come before an error."""
    async for one in rows:
        ids.append(one.id)  # noqa: PERF401 -- an error would take a whole list with it


async def read(transactions: ChangingList, first: int = FIRST, last: int = LAST) -> list[tuple[Any, Any]]:
    """Return the keys of all rows of a list, in the order in which they come."""
    async with served(transactions) as url, AsyncSession(WITH_TOKEN, base_url=url) as session:
        return await taken(iter_transactions(session, CUSTOMER, first, last))


def days(count: int, per_day: int) -> list[Row]:
    """Return some rows on each of some days."""
    return [row(ACCOUNTS[0], number, NOON + number // per_day * DAY) for number in range(count * per_day)]


def posted_later(count: int) -> list[Row]:
    """Return rows of which the window compares another day than the one by which they are sorted."""
    return [
        row(ACCOUNTS[0], number, NOON + number // 9 * DAY, posted=NOON + (number // 9 + number % 4) * DAY)
        for number in range(count)
    ]


def keys_of(rows: Iterable[Row]) -> list[tuple[int, int]]:
    return [one.key for one in rows]


def wire_keys(rows: Iterable[dict[str, Any]]) -> set[tuple[int, int]]:
    return {(int(one["accountId"]), int(one["id"])) for one in rows}


# Lists that change


@pytest.mark.parametrize("seed", seeds(2))
@pytest.mark.parametrize("name", [name for name in ADVERSITIES if name != HOPELESS])
async def test_a_row_that_stays_comes_once_whatever_the_list_does(name: str, seed: int) -> None:
    outcome = await run(name, 2_500, seed)
    assert (outcome.doubled, outcome.lost, outcome.failed) == (0, 0, False)


@pytest.mark.parametrize("name", [name for name in ADVERSITIES if name != HOPELESS])
async def test_a_row_that_stays_comes_once_whatever_the_sandbox_does(name: str) -> None:
    outcome = await run(name, 1_500, 0, server="sandbox")
    assert (outcome.doubled, outcome.lost, outcome.failed) == (0, 0, False)


async def test_a_crowded_second_that_changes_with_each_request_is_an_error_and_no_gap() -> None:
    outcome = await run(HOPELESS, 2_500, 0)
    assert (outcome.doubled, outcome.lost) == (0, 0)
    assert outcome.failed


async def test_reading_by_index_loses_and_doubles_rows_of_such_a_list() -> None:
    outcome = await run("both", 2_500, 0, by_index)
    assert outcome.lost > 0
    assert outcome.doubled > 0


async def test_a_list_at_rest_takes_few_more_requests_than_it_has_pages() -> None:
    rows = days(180, 30)
    transactions = ChangingList([*rows], Random(0))
    assert sorted(await read(transactions)) == sorted(keys_of(rows))
    assert len(transactions.requests) == 6


async def test_rows_come_in_the_order_of_their_dates() -> None:
    transactions = ChangingList(days(50, 30), Random(0))
    ids = [number for _, number in await read(transactions)]
    assert [number // 30 for number in ids] == sorted(number // 30 for number in ids)


async def test_each_page_begins_with_the_last_second_of_the_page_before_and_all_have_one_end() -> None:
    transactions = ChangingList(days(50, 30), Random(0))
    await read(transactions)
    assert [one["start"] for one in transactions.requests] == ["1", "1"]
    assert [one["fromDate"] for one in transactions.requests] == [str(FIRST), str(NOON + 33 * DAY)]
    assert {one["toDate"] for one in transactions.requests} == {str(LAST)}
    assert {(one["limit"], one["sort"], one["includePending"]) for one in transactions.requests} == {
        ("1000", "asc", "false")
    }


async def test_a_row_with_a_posted_date_alone_is_placed_by_it() -> None:
    rows = [row(ACCOUNTS[0], number, NOON + number // 7 * DAY, dated=number % 2 == 0) for number in range(200)]
    assert sorted(await read(ChangingList([*rows], Random(0), most=40))) == keys_of(rows)


async def test_one_id_in_two_accounts_is_two_rows() -> None:
    rows = [row(account, number % 60, NOON) for account in ACCOUNTS[:2] for number in range(60)]
    assert sorted(await read(ChangingList([*rows], Random(0), most=50))) == sorted(keys_of(rows))


@pytest.mark.parametrize("most", [25, 33, 64])
@pytest.mark.parametrize("seed", seeds(3))
async def test_pages_of_any_size_and_crowded_seconds_one_after_another(most: int, seed: int) -> None:
    random = Random(seed)
    rows = [row(ACCOUNTS[0], number, NOON + random.choice([0, 0, 1, 1, 2, 50, 90, 91])) for number in range(400)]
    assert sorted(await read(ChangingList([*rows], random, most=most))) == sorted(keys_of(rows))


async def test_a_window_that_goes_by_another_date_is_read_by_row_number_from_the_first_contradiction_on() -> None:
    rows = posted_later(900)
    transactions = ChangingList([*rows], Random(0), most=100)
    assert sorted(await read(transactions, FIRST, LAST)) == keys_of(rows)
    assert [one["fromDate"] == str(FIRST) for one in transactions.requests].count(False) == 1
    assert len(transactions.requests) < 14


async def test_a_window_that_leaves_its_first_second_out_is_read_by_row_number() -> None:
    rows = days(40, 10)

    class Excluding(ChangingList):
        def page(self, query: dict[str, str]) -> bytes:
            return super().page({**query, "fromDate": str(int(query["fromDate"]) + 1)})

    assert sorted(await read(Excluding([*rows], Random(0), most=50))) == keys_of(rows)


@pytest.mark.parametrize("gone", [5, 35, 300])
async def test_where_many_rows_vanish_reading_by_row_number_goes_back(gone: int) -> None:
    rows = posted_later(900)

    def change(one: ChangingList) -> None:
        if len(one.requests) == 6:
            for _ in range(gone):
                one.remove(0)

    keys = await read(ChangingList([*rows], Random(0), change, most=100))
    assert len(keys) == len(set(keys))
    assert set(keys_of(rows)[gone:]) <= set(keys)


async def test_where_many_rows_appear_reading_by_row_number_goes_on() -> None:
    rows = days(90, 10)

    def change(one: ChangingList) -> None:
        if len(one.requests) == 2:
            for number in range(300):
                one.add(row(ACCOUNTS[1], number, NOON))

    keys = await read(ChangingList([*rows], Random(0), change, most=100))
    assert len(keys) == len(set(keys))
    assert set(keys_of(rows)) <= set(keys)


# In the sandbox


@pytest.mark.parametrize("account", [None, "first"])
async def test_the_sandbox_is_read_whole(account: str | None, sandbox: Sandbox, session: AsyncSession) -> None:
    known = sandbox.transactions(CUSTOMER)
    account_id = known[0]["accountId"] if account else None
    keys = await taken(iter_transactions(session, CUSTOMER, 0, LAST * 2, account_id=account_id, include_pending=True))
    assert sorted(keys) == sorted(wire_keys(sandbox.transactions(CUSTOMER, account_id)))
    assert len(keys) > 100


@pytest.mark.parametrize("quirk", TRANSACTION_QUIRKS)
async def test_a_row_that_stays_comes_once_under_each_quirk_of_the_sandbox(
    quirk: str, sandbox: Sandbox, session: AsyncSession
) -> None:
    at_first = wire_keys(sandbox.transactions(CUSTOMER))
    sandbox.add_fault(TransactionQuirk(quirk=quirk))
    keys = await taken(iter_transactions(session, CUSTOMER, 0, LAST * 2, include_pending=True))
    assert len(keys) == len(set(keys))
    assert at_first & wire_keys(sandbox.transactions(CUSTOMER)) <= set(keys)


@pytest.mark.parametrize("seed", seeds(2))
async def test_a_row_of_the_sandbox_that_stays_comes_once_while_others_come_and_go(
    seed: int, sandbox: Sandbox, session: AsyncSession
) -> None:
    random = Random(seed)
    at_first = sandbox.transactions(CUSTOMER)
    leaving = random.sample(at_first, 20)
    keys: list[tuple[Any, Any]] = []
    async for one in iter_transactions(session, CUSTOMER, 0, LAST * 2, include_pending=True):
        keys.append((one.account_id, one.id))
        if len(keys) % 150 == 0:
            gone = leaving.pop()
            sandbox.remove_transactions(CUSTOMER, gone["accountId"], [gone["id"]])
            date = random.randrange(at_first[0]["createdDate"], at_first[-1]["createdDate"])
            sandbox.add_transactions(CUSTOMER, gone["accountId"], [{"transactionDate": date, "postedDate": date}])
    stayed = wire_keys(at_first) & wire_keys(sandbox.transactions(CUSTOMER))
    assert len(keys) == len(set(keys))
    assert stayed <= set(keys)
    assert len(at_first) > len(stayed) > 1_000


# Rows that have no place


def plain(number: int, second: int | None, **members: Any) -> dict[str, Any]:
    dates = {} if second is None else {"transactionDate": second}
    return {"id": number, "accountId": 1, "customerId": CUSTOMER, **dates, **members}


def listed(rows: list[dict[str, Any]], *, most: int, windows: bool) -> Callable[[Received], bytes]:
    """
    Return what answers with pages of some rows as they are given.

    Args:
        rows: The rows, of which some may have no date.
        most: Rows on a page.
        windows: Rows without a date are in every window; otherwise in those whose end they are behind.
    """

    def answer(request: Received) -> bytes:
        query = dict(part.split("=") for part in request.target.partition("?")[2].split("&"))
        lower, start = int(query["fromDate"]), int(query["start"]) - 1
        window = [one for one in rows if one.get("transactionDate", lower if windows else NOON) >= lower]
        shown = window[start : start + most]
        more = str(start + most < len(window)).lower()
        page = {"found": len(window), "displaying": len(shown), "contradicts": more, "transactions": shown}
        return http(200, page if shown else {"transactions": []})

    return answer


@pytest.mark.parametrize("windows", [True, False])
@pytest.mark.parametrize("where", [0, 50, 120])
@pytest.mark.parametrize("count", [1, 15, 25])
async def test_rows_without_any_date_come_once_wherever_the_vendor_puts_them(
    count: int, where: int, windows: bool
) -> None:
    rows = [plain(number, NOON + number // 5 * DAY) for number in range(120)]
    rows[where:where] = [plain(1000 + number, None) for number in range(count)]
    async with (
        RawServer(default=listed(rows, most=40, windows=windows)) as server,
        session_on(server) as session,
    ):
        ids = [one.id async for one in iter_transactions(session, CUSTOMER, FIRST, LAST)]
    assert sorted(ids) == sorted(one["id"] for one in rows)


@pytest.mark.parametrize("place", [0, 12, 39, 40, 77])
async def test_a_row_without_an_id_is_an_error_after_all_others_have_come(place: int) -> None:
    rows = [plain(number, NOON + number // 5 * DAY) for number in range(120)]
    del rows[place]["id"]
    rows[60]["amount"] = "much"
    async with RawServer(default=listed(rows, most=40, windows=False)) as server, session_on(server) as session:
        ids, error = await read_to_the_error(session)
    assert ids == [number for number in range(120) if number != place]
    assert "rows without an ID that can be read: 1." in str(error)


async def test_a_row_without_an_id_in_a_crowded_second_is_counted() -> None:
    rows = [plain(number, NOON) for number in range(120)]
    del rows[50]["id"]
    async with RawServer(default=listed(rows, most=40, windows=False)) as server, session_on(server) as session:
        ids, _ = await read_to_the_error(session)
    assert ids == [number for number in range(120) if number != 50]


async def test_rows_of_a_single_page_in_another_order_come_all() -> None:
    rows = [plain(number, NOON + day * DAY, posted=NOON) for number, day in enumerate((2, -3, 3, -1))]
    page = http(200, {"found": 4, "transactions": rows})
    async with RawServer(default=page) as server, session_on(server) as session:
        keys = await taken(iter_transactions(session, CUSTOMER, NOON - DAY, LAST))
        assert [number for _, number in keys] == [0, 1, 2, 3]


async def test_rows_that_vanished_at_the_bank_come_as_the_vendor_sends_them() -> None:
    rows = [plain(1, NOON, status="shadow"), plain(2, NOON, status="pending")]
    async with RawServer(default=listed(rows, most=40, windows=False)) as server, session_on(server) as session:
        found = [one.status async for one in iter_transactions(session, CUSTOMER, FIRST, LAST, include_pending=True)]
        assert server.calls[0].target.endswith("&includePending=true")
    assert found == ["shadow", "pending"]


# What is not there


@pytest.mark.parametrize("nothing", [http(204), http(200, {"transactions": []})])
async def test_where_there_is_nothing_nothing_comes(nothing: bytes) -> None:
    async with RawServer(nothing) as server, session_on(server) as session:
        assert await taken(iter_transactions(session, CUSTOMER, FIRST, LAST)) == []
        assert len(server.calls) == 1


async def test_an_unknown_customer_is_an_error(session: AsyncSession) -> None:
    with pytest.raises(NotFoundError):
        await taken(iter_transactions(session, 1, FIRST, LAST))


async def test_one_account_is_read_by_its_own_operation() -> None:
    async with RawServer(http(200, {"transactions": []})) as server, session_on(server) as session:
        assert await taken(iter_transactions(session, CUSTOMER, FIRST, LAST, account_id=ACCOUNTS[0])) == []
        path = f"/aggregation/v4/customers/{CUSTOMER}/accounts/{ACCOUNTS[0]}/transactions"
        assert server.calls[0].target.partition("?")[0] == path


# Pages that contradict themselves or each other


def page(*seconds: int | None, found: int | None = None, more: bool | None = None) -> bytes:
    rows = [plain(second or 0, second) for second in seconds]
    members = {"found": found, "moreAvailable": more, "transactions": rows}
    return http(200, {name: value for name, value in members.items() if value is not None})


CONTRADICTIONS = {
    "an end that is not there": ([page(1, 2, found=3), page(2, found=2), page(found=2)], [1, 2], "row 1 says that 2"),
    "nothing but a number": ([page(found=7)], [], "row 0 says that 7 were found"),
    "no more but more": ([page(1, 2, found=2, more=True)], [], "row 2 says that 2 were found"),
    "more than were found": ([page(1, 2, found=1, more=True)], [], "row 2 says that 1 were found"),
    "another order": ([page(1, 3, 2, found=9)], [], "not in the order of their dates"),
    "another order later": ([page(1, 2, found=9), page(2, 4, 3, found=8)], [1], "not in the order of their dates"),
    "no dates": ([page(None, None, found=9)], [], "no row of a page has a date"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
async def test_a_page_that_contradicts_itself_is_an_error_that_says_what_is_certain(name: str) -> None:
    pages, come, match = CONTRADICTIONS[name]
    found: list[int] = []
    async with RawServer(*pages, default=page(1, found=1)) as server, session_on(server) as session:
        with pytest.raises(PayloadError, match=match) as caught:
            await note(iter_transactions(session, CUSTOMER, 0, 100), found)
        assert found == come
        assert CERTAIN in str(caught.value)
        assert caught.value.operation == "GetAllCustomerTransactions"
        assert len(await taken(iter_transactions(session, CUSTOMER, 0, 100))) == 1


@pytest.mark.parametrize(
    ("start", "match"),
    [("counts pages", "no page adjoins the rows that came"), ("counts nothing", "row 989 says that 900 were found")],
)
async def test_where_neither_dates_nor_row_numbers_lead_on_it_is_an_error(start: str, match: str) -> None:
    class Odd(ChangingList):
        def page(self, query: dict[str, str]) -> bytes:
            number = (int(query["start"]) - 1) * 100 if start == "counts pages" else 0
            return super().page({**query, "start": str(number + 1)})

    transactions = Odd(posted_later(900), Random(0), most=100)
    with pytest.raises(PayloadError, match=match) as caught:
        await read(transactions)
    assert CERTAIN in str(caught.value)


async def test_a_crowded_second_of_which_one_row_hides_is_given_up_after_ten_passes() -> None:
    class Hiding(ChangingList):
        def _shown(self, window: list[Row], start: int, end: int) -> list[Row]:
            return (window[:-1] + window[:1])[start:end]

    transactions = Hiding([row(1, number, NOON) for number in range(100)], Random(0), most=40)
    with pytest.raises(PayloadError, match=r"100 rows share one second, .* no other than the 99 ") as caught:
        await read(transactions)
    assert CERTAIN in str(caught.value)
    assert caught.value.retryable
    assert len(transactions.requests) == 1 + 3 * 11


@pytest.mark.parametrize("more", [None, False, True])
async def test_a_page_that_does_not_say_how_many_were_found_is_believed_what_it_says_of_others(
    more: bool | None,
) -> None:
    pages = [page(1, 2, more=more), page(2, 3, 4), page(1, 2, 3, 4)]
    async with RawServer(*pages) as server, session_on(server) as session:
        ids = [one.id async for one in iter_transactions(session, CUSTOMER, 0, 100)]
    assert ids == ([1, 2, 3, 4] if more else [1, 2])


# Arguments


@pytest.mark.parametrize(
    ("arguments", "account"),
    [
        ((CUSTOMER, datetime(2026, 1, 1), LAST), None),  # noqa: DTZ001 -- what is refused
        ((CUSTOMER, FIRST, datetime(2027, 1, 1)), None),  # noqa: DTZ001 -- what is refused
        ((CUSTOMER, LAST, FIRST), None),
        ((CUSTOMER, -1, LAST), None),
        ((CUSTOMER, True, LAST), None),
        ((CUSTOMER, "2026-01-01", LAST), None),
        (("1/../2", FIRST, LAST), None),
        ((CUSTOMER, FIRST, LAST), "1/../2"),
    ],
)
async def test_what_cannot_be_asked_for_is_refused_at_once_and_nothing_is_sent(
    arguments: tuple[Any, Any, Any], account: str | None, sandbox: Sandbox, session: AsyncSession
) -> None:
    with pytest.raises(ConfigurationError, match="Nothing was sent"):
        iter_transactions(session, *arguments, account_id=account)
    assert list(sandbox.calls()) == []


async def test_dates_are_whole_seconds_in_any_zone() -> None:
    zone = timezone(timedelta(hours=-5))
    first = datetime(2026, 1, 1, tzinfo=zone).replace(microsecond=900_000)
    async with RawServer(page()) as server, session_on(server) as session:
        assert await taken(iter_transactions(session, CUSTOMER, first, first.astimezone(UTC))) == []
        assert "fromDate=1767243600&toDate=1767243600&" in server.calls[0].target
