"""A response too many: no customer gets the data of another, and nothing is reported done that was not."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from random import Random
from typing import Any

import aiohttp
import msgspec
import pytest

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    CustomerAccounts,
    FinicityError,
    Operation,
    PayloadError,
    RefreshTimeoutError,
    Response,
    ServerError,
    TransportError,
    delete_customer_account,
    get_customer_account,
    get_customer_accounts,
    map_customers,
    refresh_and_wait,
    refresh_customer_accounts,
    refresh_customer_accounts_v2,
)
from finicity_async._pipeline.customers import comparison_of
from finicity_async.cli.raw import fetch_raw_accounts
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNT, GET_CUSTOMER_ACCOUNTS
from finicity_async.endpoints.accounts_simple import get_customer_accounts_simple
from finicity_async.endpoints.consumers import get_consumer
from finicity_async.endpoints.customer_authorization_details import get_customer_authorization_details
from finicity_async.endpoints.customers import get_customers, modify_customer
from finicity_async.endpoints.data_sharing_consent import (
    get_data_sharing_consents_by_customer_id,
    get_data_sharing_consents_by_id,
)
from finicity_async.endpoints.transactions import load_historic_transactions_for_customer_account
from finicity_async.endpoints.transfer import GET_ALL_DEPOSIT_SWITCHES
from finicity_async.endpoints.verify_assets import generate_voa_report
from finicity_async.models.authentication import AccessToken
from finicity_async.models.customers import Customer, Customers
from finicity_async.models.verify_assets import VOAReportConstraints
from finicity_async.operation import Request
from tests.support.clock import MovedClock
from tests.support.desynchronized import HALF_A_HEAD, Desynchronized, Strays, account_of, customer_in, list_of, usual
from tests.support.seeds import seeds
from tests.support.servers import RawServer, Received, http, session_on, until
from tests.vendor.rows import rows

OWNERS = Operation("GetOwners", "GET", "/v1/customers/{customerId}/accounts/{accountId}/owners", bytes)


def customers_in(accounts: CustomerAccounts) -> set[str | None]:
    return {account.customer_id for account in accounts}


async def foreign(call: Awaitable[object]) -> PayloadError:
    """Return the error of a call whose response was another customer's."""
    with pytest.raises(PayloadError, match="another customer") as caught:
        await call
    return caught.value


async def test_a_response_sent_twice_is_not_the_response_to_the_next_request() -> None:
    """The second copy comes on the idle connection."""
    async with Strays(("after", list_of("111"))) as server, session_on(server) as session:
        assert customers_in(await get_customer_accounts(session, 111)) == {"111"}
        await asyncio.sleep(0.02)
        for customer in ("222", "333", "444"):
            assert customers_in(await get_customer_accounts(session, customer)) == {customer}
        assert (len(server.calls), server.connections, session.stats.retries) == (4, 2, 0)


async def test_a_response_sent_twice_at_once_is_not_the_response_to_the_next_request() -> None:
    async with RawServer(list_of("111") * 2, default=usual) as server, session_on(server) as session:
        assert customers_in(await get_customer_accounts(session, 111)) == {"111"}
        assert customers_in(await get_customer_accounts(session, 222)) == {"222"}
        assert server.connections == 2


@pytest.mark.parametrize("stray", [b"\r\n", HALF_A_HEAD, b"220 mail.example.com ESMTP\r\n\r\n", http(408), http(204)])
async def test_no_byte_that_comes_on_an_idle_connection_reaches_a_response(stray: bytes) -> None:
    async with Strays(("after", stray)) as server, session_on(server) as session:
        await get_customer_accounts(session, 111)
        await asyncio.sleep(0.02)
        for customer in ("222", "333"):
            assert customers_in(await get_customer_accounts(session, customer)) == {customer}


async def test_a_late_stray_is_one_error_and_costs_the_connection() -> None:
    """Without that, every later response on the connection would be that to the request before."""
    async with Strays(("", b""), ("before", list_of("111"))) as server, session_on(server) as session:
        await get_customer_accounts(session, 111)
        error = await foreign(get_customer_accounts(session, 222))
        assert (error.status, error.body, error.retryable) == (200, b"", True)
        assert "111" not in str(error)
        for customer in map(str, range(300, 310)):
            assert customers_in(await get_customer_accounts(session, customer)) == {customer}
        assert server.connections == 2


async def test_an_acknowledgement_of_another_customers_report_costs_the_connection() -> None:
    foreign_ack = http(202, {"id": "r-voa", "customerId": 222})
    async with RawServer(foreign_ack, default=usual) as server, session_on(server) as session:
        error = await foreign(generate_voa_report(session, 111, VOAReportConstraints()))
        assert (error.status, error.retryable) == (202, False)
        assert customers_in(await get_customer_accounts(session, 333)) == {"333"}
        assert server.connections == 2


READS: dict[str, Callable[[AsyncSession], Awaitable[object]]] = {
    "a list": lambda session: get_customer_accounts(session, 222),
    "an account": lambda session: get_customer_account(session, 222, 1),
    "a simple list": lambda session: get_customer_accounts_simple(session, 222),
    "raw": lambda session: session.send_raw(GET_CUSTOMER_ACCOUNTS.request(customerId=222)),
    "bytes": lambda session: session.send(GET_CUSTOMER_ACCOUNTS.request(customerId=222).into(bytes)),
    "a dict": lambda session: session.send(GET_CUSTOMER_ACCOUNTS.request(customerId=222).into(dict[str, Any])),
    "the command fetch": lambda session: fetch_raw_accounts(session, "222"),
    "a refresh": lambda session: refresh_customer_accounts(session, 222),
    "a refresh of version 2": lambda session: refresh_customer_accounts_v2(session, 222),
}


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("stray", [list_of("111"), http(200, account_of("111"))], ids=["list", "account"])
async def test_a_late_stray_reaches_nobody(name: str, stray: bytes) -> None:
    async with Strays(("before", stray)) as server, session_on(server) as session:
        with pytest.raises(PayloadError) as caught:
            await READS[name](session)
        assert "111" not in f"{caught.value} {caught.value.body!r}"
        assert caught.value.__context__ is None
        assert customers_in(await get_customer_accounts(session, 333)) == {"333"}
        assert server.connections == 2


async def test_a_call_that_has_the_connection_by_then_is_sent_again() -> None:
    """A connection is back in the pool before its response is compared."""
    async with Strays(("before", list_of("111"))) as server, session_on(server, max_connections=1) as session:
        first, second = await asyncio.gather(
            get_customer_accounts(session, 222), get_customer_accounts(session, 333), return_exceptions=True
        )
        assert isinstance(first, PayloadError)
        assert isinstance(second, CustomerAccounts)
        assert customers_in(second) == {"333"}


async def test_check_customer_takes_another_customers_data_for_what_was_asked() -> None:
    async with RawServer(default=list_of("111")) as server, session_on(server, check_customer=False) as session:
        assert customers_in(await get_customer_accounts(session, 222)) == {"111"}
        assert (await session.send_raw(GET_CUSTOMER_ACCOUNTS.request(customerId=222))).status == 200
        assert server.connections == 1


async def test_a_connector_of_the_users_is_guarded_too() -> None:
    server = Strays(("after", list_of("111")), ("before", list_of("222")))
    async with server, aiohttp.TCPConnector() as connector, session_on(server, connector=connector) as session:
        await get_customer_accounts(session, 111)
        await asyncio.sleep(0.02)
        await foreign(get_customer_accounts(session, 333))
        assert customers_in(await get_customer_accounts(session, 333)) == {"333"}
        before = server.connections
        for _ in range(2):
            await session.send(OWNERS.request(customerId=1, accountId=2))
        await get_customer_accounts(session, 4)
        assert server.connections == before + 2


async def test_a_delete_is_not_done_because_a_stray_says_so() -> None:
    server = Strays(("after", http(204)), default=lambda it: http(503) if it.method == "DELETE" else usual(it))
    async with server, session_on(server) as session:
        await get_customer_accounts(session, 111)
        with pytest.raises(ServerError):
            await delete_customer_account(session, 111, 1)
        server._strays = [("", b""), ("before", http(204))]
        await get_customer_accounts(session, 111)
        with pytest.raises(TransportError):
            await asyncio.wait_for(_delete_late(server, session), 2)
        assert customers_in(await get_customer_accounts(session, 111)) == {"111"}


async def _delete_late(server: Strays, session: AsyncSession) -> None:
    """Delete on the connection of its own, on which nothing can come but its response, here none."""
    server._strays = []
    server._default = lambda it: b"" if it.method == "DELETE" else usual(it)
    await delete_customer_account(session.with_options(timeout=0.5), 111, 1)


async def test_what_names_no_customer_and_a_delete_have_connections_of_their_own() -> None:
    async with RawServer(default=usual) as server, session_on(server) as session:
        for customer in (111, 222):
            assert await session.send(OWNERS.request(customerId=customer, accountId=1)) == (
                json.dumps({"owner": f"Owner of {customer}"}).encode()
            )
        assert server.connections == 2
        await get_customer_accounts(session, 1)
        server._default = http(204)
        await delete_customer_account(session, 1, 2)
        await get_customer_accounts(session, 1)
        assert server.connections == 4
        await until(lambda: server.open_connections == 1)


async def test_a_call_that_is_done_with_an_empty_answer_has_a_connection_of_its_own() -> None:
    async with RawServer(default=usual) as server, session_on(server) as session:
        await get_customer_accounts(session, 1)
        server._default = http(204)
        await load_historic_transactions_for_customer_account(session, 1, 2)
        await modify_customer(session, 1, first_name="Ann")
        assert server.connections == 3


async def test_a_consumer_is_read_on_a_connection_of_its_own() -> None:
    async with RawServer(default=http(200, {"id": "7"})) as server, session_on(server) as session:
        for consumer in ("7", "8"):
            await get_consumer(session, consumer)
        assert server.connections == 2
        server._default = http(200, {"customers": []})
        assert len(await get_customers(session)) == 0
        assert server.connections == 3


async def test_what_is_read_of_a_login_or_a_consent_has_a_connection_of_its_own() -> None:
    async with RawServer(default=http(200, {"consents": [], "consentReceiptId": "a"})) as server:
        async with session_on(server) as session:
            await get_customer_authorization_details(session, 7)
            await get_data_sharing_consents_by_customer_id(session, 7)
            await get_data_sharing_consents_by_id(session, "a")
        assert server.connections == 3


async def test_a_map_with_a_stray_writes_no_line_of_another_customer() -> None:
    strays = (("", b""), ("after", list_of("1")), ("", b""), ("before", list_of("3")))
    async with Strays(*strays) as server, session_on(server) as session:
        lines = {}
        async for outcome in map_customers(session, fetch_raw_accounts, map(str, range(1, 11)), limit=1):
            lines[outcome.customer_id] = outcome.value
            await asyncio.sleep(0.01)
        found = {key: {row["customerId"] for row in json.loads(line)} for key, line in lines.items() if line}
        assert all(owners == {customer} for customer, owners in found.items())
        assert len(found) == 9


async def test_a_refresh_does_not_succeed_with_the_accounts_of_another_customer(clock: MovedClock) -> None:
    def dated(customer: str, date: int) -> bytes:
        dates = {"aggregationAttemptDate": date, "aggregationSuccessDate": date, "aggregationStatusCode": 0}
        return http(200, {"accounts": [account_of(customer) | dates]})

    other = dated("111", 1_700_000_900)
    server = RawServer(dated("222", 1_700_000_000), default=other)
    async with server, session_on(server, clock=clock, sleep=clock.sleep) as session:
        with pytest.raises(RefreshTimeoutError) as caught:
            await refresh_and_wait(session, 222, wait=30)
        assert [account.customer_id for account in caught.value.result.accounts] == ["222"]
        server._default = usual
        await get_customer_accounts(session, 1)


async def test_a_server_that_talks_first_is_never_asked() -> None:
    connections: list[bool] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(connections)
        connections.append(True)
        with suppress(ConnectionError):
            writer.write(list_of("111"))
            await reader.read()
        writer.close()
        connections[number] = False

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with RawServer() as unused, session_on(unused, base_url=url, max_tries=1) as session:
            with pytest.raises(FinicityError) as caught:
                await get_customer_accounts(session, 222)
        await until(lambda: not any(connections))
        assert isinstance(caught.value, TransportError | PayloadError)


class Slim(msgspec.Struct):
    """An account without its customer."""

    id: str


class SlimList(msgspec.Struct):
    """A list of them."""

    accounts: list[Slim]


LIST = GET_CUSTOMER_ACCOUNTS.request(customerId=222)
ONE = GET_CUSTOMER_ACCOUNT.request(customerId=222, accountId=1)
SWITCHES = GET_ALL_DEPOSIT_SWITCHES.request(customer_id=222)
WHO = Operation("GetCustomer", "GET", "/aggregation/v1/customers/{customerId}", Customer, customer="id")
BODIES: list[tuple[Request[Any], object, bool]] = [
    (LIST, {"accounts": []}, True),
    (LIST, {"accounts": [{"id": "1"}]}, True),
    (LIST, {"accounts": [{"id": "1", "customerId": None}]}, True),
    (LIST, {"accounts": [{"id": "1", "customerId": 222}]}, True),
    (LIST, {"accounts": [{"id": "1", "customerId": "222"}, {"id": "2"}]}, True),
    (LIST, {"accounts": [{"id": "1", "customerId": "222"}, {"id": "2", "customerId": 111}]}, False),
    (LIST, {"accounts": [{"id": "1", "customerId": 111, "balance": "odd"}]}, False),
    (LIST.into(SlimList), {"accounts": [{"id": "1", "customerId": "111"}]}, False),
    (LIST.into(SlimList), {"accounts": [{"id": "1", "customerId": 222}]}, True),
    (LIST.into(AccessToken), {"token": "RawServerToken0000001", "more": [{"customerId": "111"}]}, False),
    (LIST.into(bytes), {"customerId": "111"}, False),
    (LIST.into(bytes), {"customerId": {"a": 1}, "accounts": [1, 2]}, True),
    (LIST.into(bytes), [1, 2], True),
    (ONE, {"id": "1", "customerId": 222}, True),
    (ONE, {"id": "1", "customerId": "111"}, False),
    (SWITCHES, {"customerId": "222", "switches": [{"id": "1"}]}, True),
    (SWITCHES, {"customerId": "111", "switches": [{"id": "1"}]}, False),
    (WHO.request(customerId=222), {"id": "222"}, True),
    (WHO.request(customerId=222), {"id": 111}, False),
    (WHO.request(customerId=222).into(Customers), {"id": 111, "customers": []}, False),
]


@pytest.mark.parametrize(("request_", "body", "is_ours"), BODIES)
async def test_the_customer_in_a_response_is_compared_as_text_where_there_is_one(
    request_: Request[Any], body: Any, is_ours: bool
) -> None:
    async with RawServer(http(200, body), http(200, body), default=usual) as server, session_on(server) as session:
        if is_ours:
            await session.send(request_)
            response = await session.send_raw(request_)
            assert isinstance(response, Response)
        else:
            await foreign(session.send(request_))
            await foreign(session.send_raw(request_))
        await get_customer_accounts(session, 1)


@pytest.mark.parametrize("odd", [b"\xff", b"\xef\xbb\xbf"], ids=["bad UTF-8", "BOM"])
async def test_the_customer_is_found_in_a_raw_response_that_is_no_utf_8(odd: bytes) -> None:
    name, mark = (odd, b"") if odd == b"\xff" else (b"", odd)
    body = mark + b'{"accounts":[{"id":"1","customerId":"111","name":"%b"}]}' % name
    async with RawServer(http(200, body), default=usual) as server, session_on(server) as session:
        await foreign(session.send_raw(LIST))
        await get_customer_accounts(session, 1)


@pytest.mark.parametrize("odd", ["null", '"x"', '{"customerId":1.5}', '{"customerId":[1]}', "[]"])
async def test_a_row_that_names_nobody_does_not_hide_whom_its_neighbour_names(odd: str) -> None:
    body = f'{{"accounts":[{{"id":"1","customerId":"111"}},{odd}]}}'.encode()
    async with RawServer(http(200, body), default=usual) as server, session_on(server) as session:
        await foreign(session.send_raw(LIST))
        await get_customer_accounts(session, 1)


async def test_a_raw_response_with_more_objects_than_any_list_is_not_compared() -> None:
    """It might take seconds, and who asks for the bytes wants them as they came."""
    body = b'{"accounts":[' + b'{"customerId":"111"},' * 20_000 + b"{}]}"
    async with RawServer(http(200, body), default=usual) as server, session_on(server) as session:
        assert (await session.send_raw(LIST)).body == body
        await get_customer_accounts(session, 1)


def test_a_row_that_names_a_customer_has_one_in_its_path() -> None:
    with pytest.raises(ConfigurationError, match="customerId"):
        Operation("Ask", "GET", "/customers/{id}", bytes, customer="customerId")


def test_every_row_whose_path_and_response_name_a_customer_compares_them() -> None:
    for row in (one.operation for one in rows() if "customer" in " ".join(one.operation.placeholders)):
        kind: Any = row.reply_type
        names = isinstance(kind, type) and comparison_of(kind, "customerId") is not None
        assert row.customer == "customerId" or not names, row


@pytest.mark.parametrize("seed", seeds(4))
async def test_however_responses_are_doubled_delayed_and_swapped_nobody_gets_another_customers_data(seed: int) -> None:
    """
    Where responses name no customer, a swap between connections cannot be seen.

    That is so for errors, empty lists, a 204 to a DELETE, and owners. The last two would matter: they are not swapped.
    """
    random = Random(seed)
    async with Desynchronized(random) as server, session_on(server, max_connections=3, max_tries=2) as session:
        todo = [random.choice(CALLS) for _ in range(40)]
        customers = [str(random.randrange(100, 110)) for _ in todo]
        numbers = iter(range(len(todo)))

        async def work() -> None:
            for number in numbers:
                await todo[number](server, session, customers[number], str(number))
                await asyncio.sleep(random.choice([0, 0, 0.002]))

        await asyncio.gather(*(work() for _ in range(4)))


async def _list(_: Desynchronized, session: AsyncSession, customer: str, __: str) -> None:
    with _silent_errors(customer):
        assert customers_in(await get_customer_accounts(session, customer)) <= {customer}


async def _one(_: Desynchronized, session: AsyncSession, customer: str, account: str) -> None:
    with _silent_errors(customer):
        found = await get_customer_account(session, customer, account)
        assert (found.customer_id, found.name) == (customer, f"of {customer}")


async def _refresh(_: Desynchronized, session: AsyncSession, customer: str, __: str) -> None:
    with _silent_errors(customer):
        assert customers_in(await refresh_customer_accounts(session, customer)) == {customer}


async def _fetch(_: Desynchronized, session: AsyncSession, customer: str, __: str) -> None:
    with _silent_errors(customer):
        line = await fetch_raw_accounts(session, customer)
        assert {row["customerId"] for row in json.loads(line)} <= {customer}


async def _owner(_: Desynchronized, session: AsyncSession, customer: str, account: str) -> None:
    with _silent_errors(customer):
        body = await session.send(OWNERS.request(customerId=customer, accountId=account))
        assert json.loads(body) == {"owner": f"Owner of {customer}"}


async def _delete(server: Desynchronized, session: AsyncSession, customer: str, account: str) -> None:
    with _silent_errors(customer):
        await delete_customer_account(session, customer, account)
        assert (customer, account) in server.deleted


@contextmanager
def _silent_errors(customer: str) -> Iterator[None]:
    """Take an error for an answer, if it shows nothing of other customers."""
    try:
        yield
    except FinicityError as error:
        shown = f"{error} {getattr(error, 'body', '')!r}"
        assert set(re.findall(r"of (1\d\d)", shown)) <= {customer}


CALLS = [_list, _list, _list, _one, _refresh, _fetch, _owner, _delete]


def test_a_request_for_a_customer_tells_the_test_server_which() -> None:
    assert customer_in(Received("GET", "/v1/customers/12/accounts", {}, b"")) == "12"
