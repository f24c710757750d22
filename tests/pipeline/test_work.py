"""The work that one response makes is bounded, and large work is done in turns with that of other tasks."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from finicity_async import CustomerAccounts, Operation, PayloadError, get_customer_accounts, refresh_baseline
from finicity_async._pipeline.responding import read_response
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from finicity_async.operation import Response
from tests.support.servers import RawServer, http, session_on

REQUEST = GET_CUSTOMER_ACCOUNTS.request(customerId=1)
ROW = b'{"id":"1","name":"Checking of the household"}'


def accounts(*rows: bytes) -> bytes:
    """Return a list of accounts in JSON."""
    return b'{"accounts":[' + b",".join(rows) + b"]}"


async def turns_during(call: Any) -> tuple[Any, int]:
    """Await a call; return its value and how many turns of the loop another task had meanwhile."""
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(take_turns())
    value = await call
    other.cancel()
    with suppress(asyncio.CancelledError):
        await other
    return value, turns


@pytest.mark.parametrize("row", [b'{"id":"1"}', b"{}", b'{"id":"1","detail":{}}'], ids=bytes.decode)
async def test_a_response_with_more_records_than_any_customer_has_is_one_payload_error(row: bytes) -> None:
    async with RawServer(http(200, accounts(*[row] * 100_000))) as server, session_on(server) as session:
        with pytest.raises(PayloadError, match="the body holds more than 20,000 JSON objects"):
            await get_customer_accounts(session, 1)


async def test_the_bound_on_records_is_the_rows() -> None:
    body = accounts(*[ROW] * 7_000)
    assert len(read_response(REQUEST, Response(200, {}, body))) == 7_000
    narrow = Operation("GetFew", "GET", "/few", CustomerAccounts, max_records=1_000)
    with pytest.raises(PayloadError, match="more than 1,000 JSON objects"):
        read_response(narrow.request(), Response(200, {}, body))


@pytest.mark.parametrize("values", [b"1", b"null", b"[]", b'""'], ids=bytes.decode)
async def test_values_in_place_of_records_are_not_gone_through_by_the_million(values: bytes) -> None:
    async with RawServer(http(200, accounts(*[values] * 600_000))) as server, session_on(server) as session:
        with pytest.raises(PayloadError, match="does not fit, and it holds more than 500,000 values"):
            await get_customer_accounts(session, 1)


async def test_a_large_list_with_an_odd_account_is_read_while_other_tasks_have_their_turns() -> None:
    body = accounts(*[ROW] * 6_000, b"{}", *[ROW] * 999)
    async with RawServer(http(200, body), http(200, body)) as server, session_on(server) as session:
        found, turns = await turns_during(get_customer_accounts(session, 1))
        assert (len(found), list(found.invalid_values)) == (6_999, ["$.accounts[6000]"])
        assert turns >= 14
        baseline, turns = await turns_during(refresh_baseline(session, 1))
        assert list(baseline.attempts) == ["1"]
        assert turns >= 14


@pytest.mark.parametrize("text", [b"\\ud800", b"\\uDFFF", b"\xff"], ids=repr)
async def test_text_that_utf_8_cannot_hold_is_not_replaced_by_the_million(text: bytes) -> None:
    for times, is_too_much in ((100_000, False), (600_000, True)):
        body = accounts(b'{"id":"1","name":"%b"}' % (text * times))
        async with RawServer(http(200, body)) as server, session_on(server) as session:
            if is_too_much:
                with pytest.raises(PayloadError, match="more than 500,000 parts that UTF-8 cannot hold"):
                    await get_customer_accounts(session, 1)
            else:
                assert (await get_customer_accounts(session, 1))[0].name == "\ufffd" * times


def test_a_large_list_with_an_odd_account_is_read_without_a_loop_as_well() -> None:
    body = accounts(*[ROW] * 6_000, b"{}")
    assert len(read_response(REQUEST, Response(200, {}, body))) == 6_000


async def test_a_large_body_that_is_no_list_of_accounts_is_a_payload_error() -> None:
    body = b'{"accounts":5,"padding":"' + b"x" * 300_000 + b'"}'
    async with RawServer(http(200, body)) as server, session_on(server) as session:
        with pytest.raises(PayloadError, match=r"does not fit at \$\.accounts"):
            await get_customer_accounts(session, 1)


async def test_an_amount_of_a_million_digits_is_set_aside_at_once() -> None:
    digits = b"1" * 1_000_000
    body = accounts(b'{"id":"1","balance":"%b_"}' % digits)
    async with RawServer(http(200, body)) as server, session_on(server) as session:
        (account,) = await get_customer_accounts(session, 1)
    assert account.balance is None
    assert account.invalid_values == {"$.balance": f"{digits.decode()}_"}
