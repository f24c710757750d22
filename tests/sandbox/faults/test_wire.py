"""Faults as bytes on a bare socket: answers, broken connections, slow and damaged bodies."""

import asyncio
import json
from typing import Any

import msgspec
import pytest

from finicity_async.sandbox import (
    Drip,
    EdgePage,
    Fault,
    Hang,
    Latency,
    Malformed,
    Reset,
    Sandbox,
    Status,
    TooManyRequests,
    Truncated,
    VendorError,
    WrongContentType,
)
from tests.sandbox.faults.faulty import DATE, DELETE_ACCOUNT, ONE_ACCOUNT, matched, whole
from tests.support.held import loop_turned, until
from tests.support.wire import ACCOUNT, ACCOUNTS, CUSTOMER, Wire, get_once, token_of

PAGE = b"<html><head><title>Request unsuccessful</title></head><body>Incident ID: 0-0</body></html>"
NO_LOGIN = "Customer has no accounts for the specified institution login"


def error_body(code: int | str, message: str) -> bytes:
    return json.dumps({"code": code, "message": message}, separators=(",", ":")).encode()


JSON, TEXT, HTML = (f"Content-Type: {kind}" for kind in ("application/json", "text/plain", "text/html"))
REPLACED: list[tuple[Fault, bytes]] = [
    (Status(status=418), whole("418 I'm a Teapot")),
    (Status(status=500, body="oops"), whole("500 Internal Server Error", TEXT, body=b"oops")),
    (
        Status(status=500, body={"a": [1.5, None]}),
        whole("500 Internal Server Error", JSON, body=b'{"a":[1.5,null]}'),
    ),
    (Status(status=200, body=[]), whole("200 OK", JSON, body=b"[]")),
    (
        Status(status=200, body=b'{"accounts":\xff\x00'),
        whole("200 OK", "Content-Type: application/octet-stream", body=b'{"accounts":\xff\x00'),
    ),
    (Status(status=200, body=b""), whole("200 OK")),
    (
        Status(status=200, body=b"\x1f\x8b", headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}),
        whole("200 OK", JSON, "Content-Encoding: gzip", body=b"\x1f\x8b"),
    ),
    (Status(status=503, headers={"X-Edge": "7"}), whole("503 Service Unavailable", "X-Edge: 7")),
    (
        Status(status=400, body="<e/>", headers={"Content-Type": "application/xml"}),
        whole("400 Bad Request", "Content-Type: application/xml", body=b"<e/>"),
    ),
    (Status(status=404, body="Grüße"), whole("404 Not Found", TEXT, body="Grüße".encode())),
    (VendorError(code=38007), whole("404 Not Found", JSON, body=error_body(38007, NO_LOGIN))),
    (VendorError(code="38007"), whole("404 Not Found", JSON, body=error_body(38007, NO_LOGIN))),
    (VendorError(code=14001), whole("404 Not Found", JSON, body=error_body("14001", "Customer not found"))),
    (VendorError(code=185, message="Ask"), whole("500 Internal Server Error", JSON, body=error_body(185, "Ask"))),
    (
        VendorError(code="103", message="No", status=503),
        whole("503 Service Unavailable", JSON, body=error_body("103", "No")),
    ),
    (VendorError(code=44000, message="Later"), whole("202 Accepted", JSON, body=error_body(44000, "Later"))),
    (VendorError(code=44002, message="Later"), whole("202 Accepted", JSON, body=error_body(44002, "Later"))),
    (VendorError(code=331, message="Late"), whole("408 Request Timeout", JSON, body=error_body(331, "Late"))),
    (VendorError(code="INVALID", message="No"), whole("400 Bad Request", JSON, body=error_body("INVALID", "No"))),
    (EdgePage(), whole("200 OK", HTML, body=PAGE)),
    (EdgePage(status=403), whole("403 Forbidden", HTML, body=PAGE)),
    (TooManyRequests(), whole("429 Too Many Requests", "Retry-After: 1")),
    (TooManyRequests(retry_after=1.2), whole("429 Too Many Requests", "Retry-After: 2")),
    (TooManyRequests(retry_after=0), whole("429 Too Many Requests", "Retry-After: 0")),
    (TooManyRequests(retry_after=None), whole("429 Too Many Requests")),
    (TooManyRequests(retry_after=None, as_date=True), whole("429 Too Many Requests")),
    (
        TooManyRequests(retry_after=10, as_date=True),
        whole("429 Too Many Requests", "Retry-After: Tue, 14 Nov 2023 22:13:30 GMT"),
    ),
]


@pytest.mark.parametrize(("fault", "expected"), REPLACED, ids=[repr(fault) for fault, _ in REPLACED])
async def test_answer_in_the_vendors_place_is_exact_and_the_connection_goes_on(
    still: Sandbox, wire: Wire, fault: Fault, expected: bytes
) -> None:
    clean = await wire("GET", ACCOUNTS)
    still.add_fault(msgspec.structs.replace(fault, first=1))
    seen = await wire("GET", ACCOUNTS)
    assert (seen.raw, seen.end) == (expected, "whole")
    assert await wire("GET", ACCOUNTS) == clean
    assert [call.status for call in still.calls("GetCustomerAccounts")] == [200, seen.status, 200]
    assert still.calls("GetCustomerAccounts")[1].faults == (fault.name,)


@pytest.mark.parametrize("name", ["content-type", "CONTENT-TYPE", "Content-Type"])
async def test_header_that_is_given_takes_the_place_of_the_sandboxs_own_in_any_case(
    still: Sandbox, wire: Wire, name: str
) -> None:
    still.add_fault(Status(status=500, body={"a": 1}, headers={name: "text/html", "date": DATE, "SERVER": "edge"}))
    names = [name for name, _ in (await wire("GET", ACCOUNTS)).header_list]
    assert sorted(names) == ["content-length", "content-type", "date", "server"]


@pytest.mark.parametrize("status", [204, 304])
async def test_status_without_a_body_by_its_nature_leaves_the_connection_in_order(
    still: Sandbox, wire: Wire, status: int
) -> None:
    still.add_fault(Status(status=status, body="never seen", first=1))
    seen = await wire("GET", ACCOUNTS)
    assert (seen.status, seen.body, seen.end) == (status, b"", "whole")
    assert (await wire("GET", ACCOUNTS)).status == 200


@pytest.mark.parametrize(
    ("fault", "end"),
    [(Reset(), "reset"), (Reset(at="headers"), "reset"), (Reset(at="body"), "reset"), (Truncated(), "closed")],
    ids=repr,
)
async def test_connection_breaks_where_the_fault_says_and_a_new_one_is_served(
    still: Sandbox, wire: Wire, fault: Fault, end: str
) -> None:
    clean = await wire("GET", ACCOUNTS)
    still.add_fault(msgspec.structs.replace(fault, first=1))
    seen = await wire("GET", ACCOUNTS)
    assert seen.end == end
    assert clean.raw.startswith(seen.raw)
    at = getattr(fault, "at", "body")
    if at == "start":
        assert seen.raw == b""
    elif at == "headers":
        assert seen.raw.startswith(b"HTTP/1.1 200 OK\r\nDate: ")
        assert b"\r\n\r\n" not in seen.raw
    else:
        assert seen.head == clean.head
        assert 0 < len(seen.body) < int(seen.headers["content-length"])
    assert still.calls()[-1].status == (None if at == "start" else 200)
    assert await get_once(still, wire.token) == clean


async def test_large_answer_is_reset_in_its_midst_too(still: Sandbox, wire: Wire) -> None:
    still.customers[CUSTOMER][ACCOUNT]["name"] = "x" * 3_000_000
    still.add_fault(Reset(at="body"))
    seen = await wire("GET", ACCOUNTS)
    assert seen.end == "reset"
    assert 0 < len(seen.body) < int(seen.headers["content-length"])


async def test_request_that_hangs_gets_no_byte_until_the_sandbox_ends() -> None:
    async with Sandbox(customers=1) as sandbox:
        token = await token_of(sandbox)
        sandbox.add_fault(Hang(first=1))
        wire = await Wire(sandbox, token).__aenter__()
        await wire.send(wire.request("GET", ACCOUNTS))
        answer = asyncio.create_task(wire.read())
        await until(lambda: sandbox.calls("GetCustomerAccounts"))
        await loop_turned()
        assert not answer.done()
        assert sandbox.calls()[-1].status is None
        assert (await get_once(sandbox, token)).status == 200
    assert (await answer).raw == b""
    await wire.__aexit__(None, None, None)


async def test_client_that_leaves_a_request_that_hangs_is_no_trouble(still: Sandbox) -> None:
    token = await token_of(still)
    still.add_fault(Hang(first=5))
    for count in range(1, 6):
        async with Wire(still, token) as wire:
            await wire.send(wire.request("GET", ACCOUNTS))
            await until(lambda count=count: len(still.calls("GetCustomerAccounts")) == count)  # type: ignore[misc]  # -- the default is a number
    assert (await get_once(still, token)).status == 200


async def test_malformed_json_is_half_of_the_body_under_a_length_that_fits(still: Sandbox, wire: Wire) -> None:
    clean = await wire("GET", ACCOUNTS)
    still.add_fault(Malformed(first=1))
    seen = await wire("GET", ACCOUNTS)
    assert seen.body == clean.body[: len(clean.body) // 2]
    assert (seen.end, seen.status_line) == ("whole", "HTTP/1.1 200 OK")
    assert seen.headers == {**clean.headers, "content-length": str(len(seen.body))}
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(seen.body)
    assert await wire("GET", ACCOUNTS) == clean


async def test_wrong_content_type_changes_the_label_alone(still: Sandbox, wire: Wire) -> None:
    clean = await wire("GET", ACCOUNTS)
    label = "text/html; charset=x"
    still.add_fault(WrongContentType(content_type=label, first=1))
    seen = await wire("GET", ACCOUNTS)
    assert seen.header_list == [(name, label if name == "content-type" else text) for name, text in clean.header_list]
    assert seen.body == clean.body
    assert await wire("GET", ACCOUNTS) == clean


async def test_dripped_answer_is_the_same_answer(still: Sandbox, wire: Wire) -> None:
    clean = await wire("GET", ACCOUNTS)
    still.add_fault(Drip(seconds=0.04, first=1))
    seen = await wire("GET", ACCOUNTS)
    assert (seen.status_line, seen.body, seen.end) == (clean.status_line, clean.body, "whole")
    assert sorted(seen.header_list) == sorted(clean.header_list)
    assert await wire("GET", ACCOUNTS) == clean


class Sleeps(list[float]):
    """How long the sandbox slept, without doing so."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> Sleeps:
    """Let a sandbox sleep no longer; what else of asyncio it uses is as it was."""
    sleeps = Sleeps()

    class Asyncio:
        sleep = staticmethod(sleeps)

        def __getattr__(self, name: str) -> Any:  # pragma: no cover -- only where a module uses more than sleep
            return getattr(asyncio, name)

    monkeypatch.setattr("finicity_async.sandbox.responses.asyncio", Asyncio())
    monkeypatch.setattr("finicity_async.sandbox.faults._installed.asyncio", Asyncio())
    return sleeps


async def test_drip_spreads_twenty_pieces_evenly_over_its_time(still: Sandbox, wire: Wire, sleeps: Sleeps) -> None:
    still.add_fault(Drip(seconds=10, first=1))
    assert (await wire("GET", ACCOUNTS)).status == 200
    assert [seconds for seconds in sleeps if seconds] == [0.5] * 20


async def test_client_that_leaves_a_drip_is_no_trouble(still: Sandbox, sleeps: Sleeps) -> None:
    token = await token_of(still)
    still.customers[CUSTOMER][ACCOUNT]["name"] = "x" * 20_000_000
    still.add_fault(Drip(seconds=1, first=1))
    async with Wire(still, token) as wire:
        await wire.send(wire.request("GET", ACCOUNTS))
        await until(lambda: sleeps[1:])
    await loop_turned()
    still.reset()
    assert (await get_once(still, token)).status == 200


@pytest.mark.parametrize(
    "fault", [Drip(seconds=0), Drip(seconds=0.01), Truncated(), Malformed(), Reset(at="body"), WrongContentType()]
)
async def test_answer_without_a_body_stays_one(still: Sandbox, fault: Fault) -> None:
    token = await token_of(still)
    still.add_fault(fault)
    async with Wire(still, token) as wire:
        seen = await wire("DELETE", DELETE_ACCOUNT)
        assert (seen.status, seen.body) == (204, b"")
    still.clear_faults()
    assert (await get_once(still, token, ONE_ACCOUNT)).code == 38003


@pytest.mark.parametrize("distribution", ["fixed", "uniform", "exponential", "lognormal"])
async def test_latency_is_drawn_from_the_seed_around_what_was_asked_for(distribution: Any, sleeps: Sleeps) -> None:
    runs = []
    for seed in (1, 1, 2):
        async with Sandbox(customers=1, accounts=0, seed=seed) as sandbox, Wire(sandbox) as wire:
            await wire.log_in()
            sandbox.add_fault(Latency(seconds=0.2, distribution=distribution))
            sleeps.clear()
            await matched(wire, ACCOUNTS, 200)
            runs.append(list(sleeps))
    first, again, other = runs
    assert first == again
    if distribution == "fixed":
        assert first == other == [0.2] * 200
    else:
        assert not set(first) & set(other)
        assert len(set(first)) == 200
        assert 0.15 < sum(first) / 200 < 0.3
        assert min(first) >= 0
        assert distribution != "uniform" or max(first) <= 0.4


async def test_latencies_add_up(still: Sandbox, wire: Wire, sleeps: Sleeps) -> None:
    still.add_fault(Latency(seconds=1), Latency(seconds=2.5), Status(status=418))
    assert (await wire("GET", ACCOUNTS)).status == 418
    assert sleeps[-1] == 3.5
