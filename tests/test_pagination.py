"""What the iterators promise while records come and go between two pages."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from random import Random
from typing import Any

import msgspec
import pytest

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    Operation,
    PayloadError,
    Sandbox,
    iter_customers,
    iter_institutions,
    map_customers,
)
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from finicity_async.endpoints.customers import GET_CUSTOMERS, get_customer
from finicity_async.endpoints.data_sharing_consent import GET_DATA_SHARING_CONSENTS_BY_CUSTOMER_ID
from finicity_async.endpoints.institutions import GET_INSTITUTIONS
from finicity_async.models import Record
from finicity_async.models.customers import Customer
from finicity_async.pagination import iter_records
from tests.support.seeds import seeds
from tests.support.servers import RawServer, http, session_on

Change = Callable[[], object]


@pytest.fixture
async def big() -> AsyncIterator[Sandbox]:
    async with Sandbox(customers=2_500, institutions=10_050) as sandbox:
        yield sandbox


async def taken(records: AsyncIterator[Any], changes: dict[int, Change]) -> list[str]:
    """Return the IDs of all records; after a number of them, something changes on the server."""
    ids: list[str] = []
    async for record in records:
        ids.append(str(record.id))
        changes.get(len(ids), lambda: None)()
    return ids


def without(records: Any, ids: Iterable[str]) -> Change:
    """Return what removes some records, as far as they are there."""
    gone = tuple(ids)

    def remove() -> None:
        for one in gone:
            records.pop(one, None)

    return remove


def doubled(ids: list[str]) -> list[str]:
    return [one for one, times in Counter(ids).items() if times > 1]


# Institutions: start counts pages


async def test_all_institutions_come_in_order_with_hardly_more_requests_than_pages(big: Sandbox) -> None:
    async with AsyncSession(big.credentials, base_url=big.url) as session:
        assert await taken(iter_institutions(session), {}) == list(big.institutions)
    assert len(big.institutions) == 10_050
    assert len(big.calls("GetInstitutions")) == 11


async def test_institutions_that_stay_come_once_while_others_appear_and_vanish(big: Sandbox) -> None:
    ids = list(big.institutions)
    added = {300: "5", 900: "4223", 2_000: "200005", 9_000: "999999"}  # front, behind the first, read part, end
    gone = {500: ids[:3], 1_500: ids[100:1_400], 4_000: ids[3_990:4_010], 6_000: [ids[-1]], 9_500: ids[9_400:9_450]}
    changes = {count: without(big.institutions, some) for count, some in gone.items()}
    changes |= {count: partial(big.institutions.update, {one: {}}) for count, one in added.items()}
    async with AsyncSession(big.credentials, base_url=big.url) as session:
        found = await taken(iter_institutions(session), changes)
    assert doubled(found) == []
    stayed = set(ids).difference(*gone.values())
    assert stayed <= set(found)
    assert len(stayed) == 10_050 - (3 + 1_300 + 20 + 1 + 50)
    assert {"999999"} <= set(found) - set(ids) <= {*added.values()}, "one behind what was read comes, too"
    assert ids[-1] not in found


async def test_a_search_comes_whole(big: Sandbox) -> None:
    async with AsyncSession(big.credentials, base_url=big.url) as session:
        names = [one.name or "" async for one in iter_institutions(session, search="first credit")]
    assert len(names) > 100
    assert all("First" in name and "Credit" in name for name in names)


# Customers: start counts customers


async def test_customers_that_stay_come_once_while_others_appear_and_vanish(big: Sandbox) -> None:
    ids = list(big.customers)
    gone = {10: ids[:3], 990: ids[900:985], 1_200: ids[:1], 1_500: ids[1_490:1_510], 1_900: ids[100:1_300]}
    changes = {count: without(big.customers, some) for count, some in gone.items()}
    changes |= dict.fromkeys((5, 1_000, 1_700), big.add_customer)
    async with AsyncSession(big.credentials, base_url=big.url) as session:
        found = await taken(iter_customers(session), changes)
    assert doubled(found) == []
    stayed = set(ids).difference(*gone.values())
    assert stayed <= set(found)
    assert len(stayed) == 2_500 - len(set().union(*map(set, gone.values())))
    assert len(set(found) - set(ids)) == 3, "what is added at the end comes, too"


async def test_the_parameters_of_the_list_are_those_of_the_iterator(big: Sandbox) -> None:
    async with AsyncSession(big.credentials, base_url=big.url) as session:
        assert await taken(iter_customers(session, username="customer1005062000"), {}) == ["1005062000"]
        assert len(await taken(iter_customers(session, search="100506200"), {})) == 10
        assert await taken(iter_customers(session, type="active"), {}) == []
        assert len(await taken(iter_customers(session, type="testing"), {})) == 2_500


async def test_it_is_a_source_for_a_map(big: Sandbox) -> None:
    async with AsyncSession(big.credentials, base_url=big.url) as session:
        ids = (customer.id async for customer in iter_customers(session, search="10050612"))
        outcomes = [outcome async for outcome in map_customers(session, get_customer, ids)]
    assert sorted(outcome.unwrap().id for outcome in outcomes) == [str(one) for one in range(1005061234, 1005061300)]


async def test_one_that_is_left_early_reads_no_further_page(big: Sandbox) -> None:
    async with AsyncSession(big.credentials, base_url=big.url) as session:
        assert (await anext(iter_customers(session))).id == "1005061234"
        assert len(big.calls("GetCustomers")) == 1
        assert (await get_customer(session, 1005061234)).id == "1005061234"


# Any order of changes, in small pages


@pytest.mark.parametrize("seed", seeds(8))
@pytest.mark.parametrize("row", [GET_CUSTOMERS, GET_INSTITUTIONS])
async def test_whatever_changes_a_record_that_stays_comes_once(row: Operation[Any], seed: int) -> None:
    random = Random(seed)
    limit = random.choice([25, 30, 40, 60])
    async with Sandbox(customers=150, institutions=150, seed=seed) as sandbox:
        records: Any = sandbox.customers if row is GET_CUSTOMERS else sandbox.institutions
        at_first: list[str] = list(records)
        added: list[str] = []
        ids: list[str] = []
        async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
            async for record in iter_records(session, row, limit=limit):
                ids.append(str(record.id))
                for _ in range(random.choice([0, 0, 0, 1, 2]) if random.random() < 0.5 else 0):
                    if len(added) < 50 and random.random() < 0.4:
                        added.append(str(random.randrange(1, 400_000)))
                        records[added[-1]] = {}
                    else:
                        without(records, random.sample(list(records), len(records) > 60))()
    stayed = {one for one in at_first if one in records}
    assert doubled(ids) == []
    assert stayed <= set(ids)
    assert set(ids) <= {*at_first, *added}


@pytest.mark.parametrize("row", [GET_CUSTOMERS, GET_INSTITUTIONS])
@pytest.mark.parametrize("left", [0, 1, 30])
async def test_a_list_of_which_almost_all_vanishes_comes_to_its_end(row: Operation[Any], left: int) -> None:
    async with Sandbox(customers=100, institutions=100) as sandbox:
        records: Any = sandbox.customers if row is GET_CUSTOMERS else sandbox.institutions
        stay = list(records)[100 - left :]
        gone = without(records, list(records)[: 100 - left])
        async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
            found = await taken(iter_records(session, row, limit=25), {45: gone})
    assert doubled(found) == []
    assert set(stay) <= set(found)


# What other services may say of their pages


def page(first: int, count: int, **members: Any) -> dict[str, Any]:
    return {**members, "customers": [{"id": str(one)} for one in range(first, first + count)]}


@pytest.mark.parametrize(
    ("pages", "count", "requests"),
    [
        ([page(0, 25, found=25, moreAvailable="false")], 25, 1),
        ([page(0, 25, moreAvailable=True), page(20, 5, moreAvailable=True)], 25, 2),
        ([page(0, 25), page(20, 7), page(22, 5)], 27, 3),
        ([page(0, 25, found=25), page(20, 5, found=25)], 25, 2),
        ([page(0, 0, moreAvailable=True)], 0, 1),
        ([page(0, 25, found=26, moreAvailable=True), page(20, 6, found=26, moreAvailable=False)], 26, 2),
        # Every page is the first one.
        ([page(0, 25, found=30, moreAvailable=True)] * 3, 25, 2),
    ],
    ids=str,
)
async def test_it_ends_whatever_a_page_says_of_others(pages: list[Any], count: int, requests: int) -> None:
    async with RawServer(*(http(200, one) for one in pages)) as server, session_on(server) as session:
        assert len(await taken(iter_records(session, GET_CUSTOMERS, limit=25), {})) == count
        assert len(server.calls) == requests


async def test_pages_of_which_none_adjoins_another_are_an_error_and_not_read_for_ever() -> None:
    pages = (page(first, 20, found=10_000, moreAvailable=True) for first in range(0, 10**9, 1_000))
    async with (
        RawServer(*(http(200, next(pages)) for _ in range(80))) as server,
        session_on(server) as session,
    ):
        with pytest.raises(PayloadError, match="GetCustomers: no page adjoins") as caught:
            await taken(iter_records(session, GET_CUSTOMERS, limit=25), {})
        assert caught.value.operation == "GetCustomers"
        assert len(server.calls) < 80
        assert (await session.send(GET_CUSTOMERS.request())).found == 10_000


async def test_a_record_that_is_none_is_left_out_without_leaving_out_its_neighbours() -> None:
    first = page(0, 25, found=30, moreAvailable=True)
    first["customers"][7] = {"username": "no ID"}
    async with (
        RawServer(http(200, first), http(200, page(19, 11, found=30, moreAvailable=False))) as server,
        session_on(server) as session,
    ):
        found = await taken(iter_records(session, GET_CUSTOMERS, limit=25), {})
        assert found == [str(one) for one in range(30) if one != 7]
        assert server.calls[1].target.endswith("?start=20&limit=25")


# Other rows


async def test_any_row_that_pages_can_be_read_with_a_key_of_its_own(big: Sandbox) -> None:
    row = GET_DATA_SHARING_CONSENTS_BY_CUSTOMER_ID
    async with AsyncSession(big.credentials, base_url=big.url) as session:
        consents = iter_records(session, row, key=lambda one: one.consent_receipt_id, customer_id="1005061234")
        assert [one.customer_id async for one in consents] == ["1005061234"]


async def test_a_reply_type_of_the_callers_own_may_be_read() -> None:
    class Names(Record, frozen=True, kw_only=True, rename="camel"):
        found: int | None = None
        more_available: bool | None = None
        customers: tuple[Customer, ...]

        def __iter__(self) -> Any:
            return iter(self.customers)

        def __len__(self) -> int:
            return len(self.customers)

    row = Operation("Mine", "GET", "/mine", Names, query=("start", "limit"), start="record")
    async with RawServer(http(200, page(0, 2, moreAvailable=False))) as server, session_on(server) as session:
        assert await taken(iter_records(session, row), {}) == ["0", "1"]


@pytest.mark.parametrize(("row", "limit"), [(GET_CUSTOMER_ACCOUNTS, 20), (GET_CUSTOMERS, 24), (GET_CUSTOMERS, 1_001)])
async def test_what_cannot_be_read_in_pages_is_refused_before_anything_is_sent(
    row: Operation[Any], limit: int, session: AsyncSession, sandbox: Sandbox
) -> None:
    with pytest.raises(ConfigurationError, match="needs pages, of 25 to 1000 records"):
        await taken(iter_records(session, row, limit=limit), {})
    assert list(sandbox.calls()) == []


def test_a_start_that_counts_nothing_known_is_refused_when_the_row_is_made() -> None:
    with pytest.raises(ConfigurationError, match="start counts"):
        Operation("Odd", "GET", "/a", msgspec.Raw, query=("start",), start="byte")  # type: ignore[call-overload]  # -- tested
