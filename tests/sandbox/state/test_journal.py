"""The journal, and requests that are no ordinary ones."""

import asyncio
import threading

import pytest

from finicity_async.sandbox import Call, Hang, Reset, Sandbox, Status
from finicity_async.sandbox.journal import Journal
from tests.sandbox.state.times import NOW, ONE_ACCOUNT
from tests.support.held import loop_turned, until
from tests.support.servers import AUTHENTICATION
from tests.support.wire import ACCOUNTS, ACCOUNTS_V2, CUSTOMER, CUSTOMERS, Wire, accounts_of, get_once


async def test_journal_holds_every_request_with_operation_customer_status_and_time(still: Sandbox) -> None:
    async with Wire(still) as wire:
        await wire.log_in()
        still.clock.advance(1.25)
        await wire("GET", f"{ACCOUNTS}?status=pending")
        await wire("POST", accounts_of("1"))
        await wire("GET", f"{ONE_ACCOUNT}?a=%20b")
    rows = [(call.operation, call.customer_id, call.method, call.target, call.status) for call in still.calls()]
    assert rows == [
        ("CreateToken", None, "POST", AUTHENTICATION, 200),
        ("GetCustomerAccounts", CUSTOMER, "GET", f"{ACCOUNTS}?status=pending", 200),
        ("RefreshCustomerAccounts", "1", "POST", accounts_of("1"), 404),
        ("GetCustomerAccount", CUSTOMER, "GET", f"{ONE_ACCOUNT}?a=%20b", 200),
    ]
    assert [call.time - NOW for call in still.calls()] == [0, 1.25, 1.25, 1.25]
    assert len({call.port for call in still.calls()}) == 1, "one connection"
    assert [call.status for call in still.calls(customer_id=int(CUSTOMER))] == [200, 200]
    assert still.calls("GetCustomerAccount", customer_id="1") == []


async def test_journal_holds_what_got_no_answer(still: Sandbox, wire: Wire) -> None:
    still.add_fault(Hang(first=1), Reset(first=2))
    async with Wire(still, wire.token) as other:
        await other.send(other.request("GET", ACCOUNTS))
        await until(lambda: still.calls("GetCustomerAccounts"))
    assert (await get_once(still, wire.token)).end == "reset"
    assert [(call.status, call.faults) for call in still.calls("GetCustomerAccounts")] == [
        (None, ("hang", "reset")),
        (None, ("reset",)),
    ]
    assert "no answer" in str(still.calls())


async def test_journal_holds_what_the_vendor_does_not_have(still: Sandbox, wire: Wire) -> None:
    expected = [("GET", "/", 404), ("PATCH", ACCOUNTS, 405), ("OPTIONS", ACCOUNTS, 405), ("GET", "/a%2Fb?c=d", 404)]
    for method, path, status in expected:
        async with Wire(still, wire.token) as other:
            seen = await other(method, path)
            assert seen.status == status
            assert seen.headers.get("allow") == ("GET, POST" if status == 405 else None)
    assert [(call.operation, call.status) for call in still.calls()[1:]] == [(None, row[2]) for row in expected]


async def test_post_without_a_length_is_411_and_in_the_journal(still: Sandbox, wire: Wire) -> None:
    request = wire.request("POST", ACCOUNTS_V2).replace(b"Content-Length: 0\r\n", b"")
    await wire.send(request)
    assert (await wire.read()).status == 411
    assert still.calls()[-1].status == 411
    for line in (b"content-length: 0\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"):
        still.reset()
        await wire.send(request.removesuffix(b"\r\n") + line)
        assert (await wire.read()).status == 204


async def test_body_over_a_megabyte_is_413_and_in_the_journal(still: Sandbox, wire: Wire) -> None:
    seen = await wire("POST", AUTHENTICATION, b" " * 1_100_000)
    assert seen.status == 413
    assert (still.calls()[-1].operation, still.calls()[-1].status) == ("CreateToken", 413)
    assert (await get_once(still, wire.token)).status == 200


async def test_body_that_cannot_be_unpacked_is_a_400_in_the_journal(still: Sandbox, wire: Wire) -> None:
    lines = b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"
    await wire.send(wire.request("POST", ACCOUNTS_V2).replace(b"Content-Length: 0\r\n\r\n", lines))
    assert (await wire.read()).status == 400
    assert still.calls("RefreshCustomerAccountsV2")[-1].status == 400
    assert (await get_once(still, wire.token)).status == 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"NOT HTTP\r\n\r\n",
        b"FOO / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 9000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_a_400_and_no_trouble(still: Sandbox, wire: Wire, request_bytes: bytes) -> None:
    async with Wire(still) as other:
        await other.send(request_bytes)
        assert (await other.read()).status == 400
    assert (await wire("GET", ACCOUNTS)).status == 200


async def test_client_that_leaves_in_the_midst_of_its_body_is_no_trouble(still: Sandbox, wire: Wire) -> None:
    async with Wire(still, wire.token) as other:
        await other.send(other.request("POST", ACCOUNTS_V2, headers={"Content-Length": "10"}) + b"{")
        await loop_turned()
    assert (await wire("POST", ACCOUNTS_V2)).status == 204, "the half request started nothing"


async def test_client_that_waits_for_100_before_it_sends_its_body_is_served(still: Sandbox, wire: Wire) -> None:
    async with Wire(still, wire.token) as other:
        head = other.request("POST", ACCOUNTS_V2, headers={"Content-Length": "2", "Expect": "100-continue"})
        await other.send(head)
        async with asyncio.timeout(1):
            assert (await other.read()).raw.startswith(b"HTTP/1.1 100 ")


@pytest.mark.parametrize("query", ["start=" + "9" * 5000, "limit=" + "9" * 5000])
async def test_page_far_beyond_the_end_is_no_crash(still: Sandbox, wire: Wire, query: str) -> None:
    assert (await wire("GET", f"{CUSTOMERS}?{query}")).status in (200, 400)


async def test_digits_of_other_scripts_are_no_number(still: Sandbox, wire: Wire) -> None:
    assert (await wire("GET", f"{CUSTOMERS}?start=%D9%A1")).code == "41003"


async def test_slash_that_is_quoted_divides_no_path(still: Sandbox, wire: Wire) -> None:
    assert (await wire("GET", f"{CUSTOMERS}%2F{CUSTOMER}/accounts")).status == 404


async def test_requests_sent_at_once_on_one_connection_are_answered_in_turn(still: Sandbox, wire: Wire) -> None:
    paths = [ACCOUNTS, ONE_ACCOUNT, accounts_of("1"), "/", CUSTOMERS]
    await wire.send(b"".join(wire.request("GET", path) for path in paths))
    assert [(await wire.read()).status for _ in paths] == [200, 200, 404, 404, 200]
    assert [call.target for call in still.calls()[1:]] == paths


async def test_calls_read_well_as_text(still: Sandbox, wire: Wire) -> None:
    still.reset()
    assert (str(still.calls()), repr(still.calls())) == ("No request was received.", "Calls()")
    still.add_fault(Status(status=503, operation="GetCustomerAccounts"))
    await wire("GET", ACCOUNTS)
    await wire("GET", "/x")
    assert str(still.calls()).split("\n") == [
        f"22:13:20.000  503        GetCustomerAccounts  GET {ACCOUNTS}  [status]",
        "22:13:20.000  404        -  GET /x",
    ]
    assert repr(still.calls()) == f"Calls(GetCustomerAccounts {CUSTOMER} 503, /x 404)"


async def test_failed_assertion_says_what_was_wanted_and_lists_what_came(still: Sandbox, wire: Wire) -> None:
    await wire("GET", ACCOUNTS)
    still.assert_called()
    still.assert_called("GetCustomerAccounts", customer_id=int(CUSTOMER), times=1)
    still.assert_called("GetCustomerAccount", times=0)
    with pytest.raises(AssertionError) as caught:
        still.assert_called("GetCustomerAccounts", customer_id=CUSTOMER, times=2)
    first, *lines = str(caught.value).split("\n")
    assert first == f"2 expected and 1 received: GetCustomerAccounts of customer {CUSTOMER}. Received in all:"
    assert lines == str(still.calls()).split("\n")
    with pytest.raises(AssertionError, match="at least 1 expected and 0 received: DeleteCustomerAccount"):
        still.assert_called("DeleteCustomerAccount")
    with pytest.raises(AssertionError, match="0 expected and 2 received: any operation"):
        still.assert_called(times=0)


async def test_operation_that_does_not_exist_is_a_mistake_and_not_uncalled(still: Sandbox) -> None:
    with pytest.raises(ValueError, match="GetAccounts"):
        still.assert_called("GetAccounts", times=0)
    with pytest.raises(ValueError, match="GetAccounts"):
        still.calls("GetAccounts")


def test_journal_can_be_read_while_it_is_written() -> None:
    journal, done = Journal(), threading.Event()

    def write() -> None:
        while not done.is_set():
            journal.note(Call("GetCustomers", None, "GET", "/", 0.0, 0))

    for _ in range(50_000):
        journal.note(Call("GetCustomers", None, "GET", "/", 0.0, 0))
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(20):
            assert journal.find("GetCustomers", None)
    finally:
        done.set()
        writer.join()
