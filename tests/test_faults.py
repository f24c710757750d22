"""Every fault of the sandbox, once as bytes on a bare socket and once as our own client meets it."""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import MovedClock
from held import loop_turned, until
from servers import AUTHENTICATION
from wire import (
    ACCOUNT,
    ACCOUNTS,
    ACCOUNTS_V2,
    CUSTOMER,
    CUSTOMERS,
    SECOND_CUSTOMER,
    Wire,
    accounts_of,
    get_once,
    token_of,
)

from finicity_async import (
    AggregationError,
    AsyncSession,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    Credentials,
    FinicityError,
    NotFoundError,
    PayloadError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    StatusError,
    TransportError,
    delete_customer_account,
    get_customer_accounts,
)
from finicity_async.sandbox import (
    QUIRKS,
    Drip,
    EdgePage,
    ExpiredToken,
    Fault,
    Hang,
    Latency,
    LockedPartner,
    Malformed,
    Quirk,
    RateLimit,
    Reset,
    RevokedToken,
    Sandbox,
    Status,
    TooManyRequests,
    Truncated,
    VendorError,
    WrongContentType,
)
from finicity_async.sandbox.faults import read_faults

NOW = 1_700_000_000.0
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
THIRD_CUSTOMER = "1005061236"
ONE_ACCOUNT = f"{ACCOUNTS_V2}/{ACCOUNT}"
DELETE_ACCOUNT = f"{ACCOUNTS}/{ACCOUNT}"
PAGE = b"<html><head><title>Request unsuccessful</title></head><body>Incident ID: 0-0</body></html>"
NO_LOGIN = "Customer has no accounts for the specified institution login"


@pytest.fixture
async def still(clock: MovedClock) -> AsyncIterator[Sandbox]:
    """Yield a sandbox on a clock that only a test moves."""
    clock.now = NOW
    async with Sandbox(customers=3, refresh_seconds=0, clock=clock) as sandbox:
        yield sandbox


def whole(status: str, *lines: str, body: bytes = b"") -> bytes:
    """Return an answer as the sandbox writes it: its own headers first, the length last."""
    head = [f"HTTP/1.1 {status}", f"Date: {DATE}", "Server: finicity-sandbox", *lines, f"Content-Length: {len(body)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def error_body(code: int | str, message: str) -> bytes:
    return json.dumps({"code": code, "message": message}, separators=(",", ":")).encode()


async def statuses(wire: Wire, customers: Iterable[str]) -> list[int]:
    return [(await wire("GET", accounts_of(one))).status for one in customers]


async def struck(wire: Wire, path: str, count: int) -> list[int]:
    """Ask so many times and return the places, from 1, at which a fault answered."""
    return [place for place in range(1, count + 1) if (await wire("GET", path)).status == 418]


# Faults that answer in the vendor's place, byte for byte

JSON, TEXT, HTML = (f"Content-Type: {kind}" for kind in ("application/json", "text/plain", "text/html"))
REPLACED: list[tuple[Fault, bytes]] = [
    (Status(status=418), whole("418 I'm a Teapot")),
    (Status(status=500, body="oops"), whole("500 Internal Server Error", TEXT, body=b"oops")),
    (
        Status(status=500, body={"a": [1.5, None]}),
        whole("500 Internal Server Error", JSON, body=b'{"a":[1.5,null]}'),
    ),
    (Status(status=200, body=[]), whole("200 OK", JSON, body=b"[]")),
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


# Faults of the network


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

    monkeypatch.setattr("finicity_async.sandbox.answers.asyncio", Asyncio())
    monkeypatch.setattr("finicity_async.sandbox.faults._armed.asyncio", Asyncio())
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
            await struck(wire, ACCOUNTS, 200)
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


# Tokens and the partner


@pytest.mark.parametrize(("fault", "code"), [(ExpiredToken(first=1), "10023"), (RevokedToken(first=1), "10022")])
async def test_token_is_good_no_more_until_the_next_login(still: Sandbox, wire: Wire, fault: Fault, code: str) -> None:
    other = await token_of(still)
    still.add_fault(fault)
    for _ in range(2):
        seen = await wire("GET", ACCOUNTS)
        assert (seen.status, seen.code) == (401, code)
    assert [call.faults for call in still.calls("GetCustomerAccounts")] == [(fault.name,), ()]
    assert (await get_once(still, other)).status == 200, "another token stays good"
    await wire.log_in()
    assert (await wire("GET", ACCOUNTS)).status == 200


@pytest.mark.parametrize("faults", [(ExpiredToken(), RevokedToken()), (RevokedToken(), ExpiredToken())])
async def test_token_can_expire_and_be_revoked_at_once(still: Sandbox, wire: Wire, faults: tuple[Fault, Fault]) -> None:
    still.add_fault(*faults)
    assert (await wire("GET", ACCOUNTS)).code == "10022"


@pytest.mark.parametrize("token", ["", "unknown"])
@pytest.mark.parametrize("fault", [ExpiredToken(), RevokedToken()])
async def test_fault_of_a_token_leaves_a_request_without_a_good_one_as_it_is(
    still: Sandbox, fault: Fault, token: str
) -> None:
    still.add_fault(fault)
    assert (await get_once(still, token)).code == ("10022" if token else "10024")


async def test_locked_partner_stays_locked_and_its_tokens_stay_good(still: Sandbox, wire: Wire) -> None:
    still.add_fault(LockedPartner(first=1))
    for _ in range(2):
        seen = await wire.log_in()
        assert (seen.status, seen.code) == (401, 10021)
    assert still.failed_logins == 5
    assert (await wire("GET", ACCOUNTS)).status == 200
    still.reset()
    assert (await wire.log_in()).status == 200


async def test_change_of_the_secret_can_find_the_partner_locked(still: Sandbox, wire: Wire) -> None:
    still.add_fault(LockedPartner(operation="ModifyPartnerSecret"))
    assert (await wire.log_in()).status == 200
    credentials = still.credentials
    body = {"partnerId": credentials.partner_id, "partnerSecret": credentials.partner_secret}
    seen = await wire("PUT", AUTHENTICATION, json.dumps({**body, "newPartnerSecret": "n3wSecret-123456"}).encode())
    assert (seen.status, seen.code) == (401, 10021)
    assert still.credentials == credentials


# Which requests are struck


@pytest.mark.parametrize("customer_id", [int(SECOND_CUSTOMER), SECOND_CUSTOMER])
async def test_customer_is_matched_as_number_and_as_text(still: Sandbox, wire: Wire, customer_id: str | int) -> None:
    still.add_fault(Status(status=418, customer_id=customer_id))
    assert await statuses(wire, [CUSTOMER, SECOND_CUSTOMER, THIRD_CUSTOMER]) == [200, 418, 200]
    assert (await wire("GET", CUSTOMERS)).status == 200, "an operation without a customer is none of theirs"


async def test_operation_is_matched_by_the_vendors_name(still: Sandbox, wire: Wire) -> None:
    still.add_fault(Status(status=418, operation="GetCustomerAccount"))
    assert (await wire("GET", ACCOUNTS)).status == 200
    assert (await wire("GET", ONE_ACCOUNT)).status == 418
    assert (await wire("POST", ACCOUNTS_V2)).status == 204


async def test_fault_without_an_operation_strikes_every_one_but_the_logins(still: Sandbox) -> None:
    still.add_fault(Status(status=418))
    async with Wire(still) as wire:
        assert (await wire.log_in()).status == 200
        assert (await wire("PUT", AUTHENTICATION, b"{}")).status == 400
        for path in (CUSTOMERS, ACCOUNTS, ONE_ACCOUNT):
            assert (await wire("GET", path)).status == 418
        for path in (ACCOUNTS, ACCOUNTS_V2):
            assert (await wire("POST", path)).status == 418
        assert (await wire("DELETE", DELETE_ACCOUNT)).status == 418


@pytest.mark.parametrize("operation", ["CreateToken", "ModifyPartnerSecret"])
async def test_login_is_struck_when_it_is_named(still: Sandbox, operation: str) -> None:
    still.add_fault(Status(status=418, operation=operation))
    async with Wire(still) as wire:
        assert (await wire.log_in()).status == (418 if operation == "CreateToken" else 200)
        seen = await wire("PUT", AUTHENTICATION, b"{}")
        assert seen.status == (418 if operation == "ModifyPartnerSecret" else 400)
    assert still.failed_logins == 0


async def test_path_or_method_that_the_vendor_does_not_have_is_never_struck(still: Sandbox, wire: Wire) -> None:
    still.add_fault(Status(status=418))
    assert (await wire("GET", "/aggregation/v9")).status == 404
    assert (await wire("PATCH", ACCOUNTS)).status == 405
    assert {call.faults for call in still.calls()} == {()}


async def test_first_strikes_so_many_requests_of_all_that_fit(still: Sandbox, wire: Wire) -> None:
    still.add_fault(Status(status=418, first=3, operation="GetCustomerAccounts"))
    assert (await wire("GET", ONE_ACCOUNT)).status == 200
    asked = [CUSTOMER, SECOND_CUSTOMER, CUSTOMER, CUSTOMER, SECOND_CUSTOMER]
    assert await statuses(wire, asked) == [418, 418, 418, 200, 200]


async def test_every_strikes_each_so_manieth_request_that_fits(still: Sandbox, wire: Wire) -> None:
    still.add_fault(Status(status=418, every=3, customer_id=CUSTOMER))
    assert (await wire("GET", accounts_of(SECOND_CUSTOMER))).status == 200
    assert await struck(wire, ACCOUNTS, 9) == [3, 6, 9]


async def test_conditions_hold_together(still: Sandbox, wire: Wire) -> None:
    still.add_fault(Status(status=418, first=7, every=3))
    assert await struck(wire, ACCOUNTS, 12) == [3, 6]
    still.clear_faults()
    still.add_fault(Status(status=418, first=40, probability=0.5))
    some = await struck(wire, ACCOUNTS, 80)
    assert 8 < len(some) < 32
    assert max(some) <= 40
    still.clear_faults()
    still.add_fault(Status(status=418, every=2, probability=0.5))
    some = await struck(wire, ACCOUNTS, 80)
    assert 8 < len(some) < 32
    assert {place % 2 for place in some} == {0}


@pytest.mark.parametrize(("probability", "count"), [(0.0, 0), (1.0, 50)])
async def test_probability_of_0_never_strikes_and_of_1_always(
    still: Sandbox, wire: Wire, probability: float, count: int
) -> None:
    still.add_fault(Status(status=418, probability=probability))
    assert len(await struck(wire, ACCOUNTS, 50)) == count


async def places_struck(seed: int, order: Callable[[list[str]], list[str]]) -> dict[str, list[bool]]:
    """Ask for three customers thirty times each, in some order; return which request of each was struck."""
    async with Sandbox(customers=3, accounts=0, seed=seed) as sandbox, Wire(sandbox) as wire:
        await wire.log_in()
        sandbox.add_fault(Status(status=418, probability=0.4))
        asked = order([CUSTOMER, SECOND_CUSTOMER, THIRD_CUSTOMER] * 30)
        found: dict[str, list[bool]] = {one: [] for one in sorted(asked)}
        for customer, status in zip(asked, await statuses(wire, asked), strict=True):
            found[customer].append(status == 418)
    return found


async def test_probability_depends_on_the_seed_and_not_on_the_order_among_customers() -> None:
    in_turn = await places_struck(7, lambda asked: asked)
    one_by_one = await places_struck(7, sorted)
    backwards = await places_struck(7, lambda asked: asked[::-1])
    assert in_turn == one_by_one == backwards
    assert len({tuple(places) for places in in_turn.values()}) == 3, "each customer has draws of its own"
    assert await places_struck(8, sorted) != in_turn


async def test_each_fault_has_draws_of_its_own(still: Sandbox, wire: Wire) -> None:
    still.add_fault(*(WrongContentType(probability=0.5) for _ in range(2)))
    for _ in range(60):
        await wire("GET", ACCOUNTS)
    assert {len(call.faults) for call in still.calls("GetCustomerAccounts")} == {0, 1, 2}


async def test_cleared_faults_strike_no_more_and_declared_again_they_count_from_the_start(
    still: Sandbox, wire: Wire
) -> None:
    fault = Status(status=418, first=1)
    for _ in range(2):
        still.add_fault(fault)
        assert still.faults == (fault,)
        assert await struck(wire, ACCOUNTS, 2) == [1]
        still.clear_faults()
        assert not still.faults


# Several faults on one request


async def test_first_fault_that_answers_in_the_vendors_place_does_so(still: Sandbox, wire: Wire) -> None:
    still.add_fault(Status(status=418, first=1), EdgePage(status=503, first=2), Status(status=409))
    assert [(await wire("GET", ACCOUNTS)).status for _ in range(3)] == [418, 503, 409]


@pytest.mark.parametrize("reverse", [False, True], ids=["as named", "reversed"])
@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ((Truncated(), WrongContentType()), ("closed", "text/plain", False)),
        ((Truncated(), Quirk(quirk="no_balance")), ("closed", "application/json", False)),
        ((Reset(at="body"), Quirk(quirk="no_balance")), ("reset", "application/json", False)),
        ((WrongContentType(), Quirk(quirk="no_balance")), ("whole", "text/plain", True)),
        ((Malformed(), WrongContentType()), ("whole", "text/plain", False)),
        ((Drip(seconds=0.01), WrongContentType()), ("whole", "text/plain", True)),
        ((Drip(seconds=0.01), Truncated()), ("closed", "application/json", False)),
        ((Quirk(quirk="no_balance"), Quirk(quirk="no_currency")), ("whole", "application/json", True)),
        ((Malformed(), Quirk(quirk="no_balance")), ("whole", "application/json", False)),
    ],
    ids=str,
)
async def test_faults_on_one_request_add_up_in_any_order(
    still: Sandbox, wire: Wire, faults: tuple[Fault, ...], expected: tuple[str, str, bool], reverse: bool
) -> None:
    end, kind, readable = expected
    still.add_fault(*reversed(faults) if reverse else faults)
    seen = await wire("GET", ACCOUNTS)
    assert (seen.status, seen.end, seen.headers["content-type"]) == (200, end, kind)
    if readable:
        assert len(seen.json["accounts"]) == 4
    else:
        with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
            json.loads(seen.body)


@pytest.mark.parametrize(
    ("fault", "end"), [(Truncated(), "closed"), (Reset(at="body"), "reset"), (Reset(at="headers"), "reset")], ids=repr
)
async def test_answer_in_the_vendors_place_is_altered_by_the_faults_beside_it(
    still: Sandbox, wire: Wire, fault: Fault, end: str
) -> None:
    still.add_fault(fault, Status(status=500, body="a body that is long enough to be cut"))
    seen = await wire("GET", ACCOUNTS)
    assert (seen.end, seen.raw.startswith(b"HTTP/1.1 500 ")) == (end, True)
    assert not seen.body.endswith(b"cut")


async def test_status_without_a_name_can_be_cut_off_too(still: Sandbox, wire: Wire) -> None:
    still.add_fault(Status(status=599, body="long enough"), Truncated())
    seen = await wire("GET", ACCOUNTS)
    assert (seen.status_line, seen.body, seen.end) == ("HTTP/1.1 599 Unknown", b"long ", "closed")


# Carried out or not


@pytest.mark.parametrize(
    ("fault", "gone"),
    [
        (Reset(), False),
        (Reset(carried_out=True), True),
        (Reset(at="headers"), True),
        (Reset(at="body"), True),
        (Truncated(), True),
        (Status(status=503), False),
        (Status(status=503, carried_out=True), True),
        (VendorError(code=185), False),
        (VendorError(code=185, carried_out=True), True),
        (EdgePage(carried_out=True), True),
        (TooManyRequests(carried_out=True), True),
        (ExpiredToken(carried_out=True), False),
        (Drip(seconds=0), True),
        (RateLimit(requests_per_second=1), True),
    ],
    ids=repr,
)
async def test_vendor_does_what_was_asked_only_when_the_fault_says_so(
    still: Sandbox, wire: Wire, fault: Fault, gone: bool
) -> None:
    still.add_fault(fault)
    await wire("DELETE", DELETE_ACCOUNT)
    assert (ACCOUNT not in still.customers[CUSTOMER]) == gone


async def test_request_that_hangs_may_have_been_carried_out(still: Sandbox, wire: Wire) -> None:
    still.add_fault(Hang(carried_out=True))
    await wire.send(wire.request("DELETE", DELETE_ACCOUNT))
    await until(lambda: ACCOUNT not in still.customers[CUSTOMER])
    assert still.calls("DeleteCustomerAccount")[0].status is None


async def test_request_that_the_vendor_refuses_is_not_carried_out(still: Sandbox) -> None:
    still.add_fault(Status(status=503, carried_out=True))
    async with Wire(still, "unknown") as wire:
        assert (await wire("DELETE", DELETE_ACCOUNT)).status == 503
    assert ACCOUNT in still.customers[CUSTOMER]


# Rate limits


async def test_rate_limit_lets_a_burst_through_and_then_so_many_a_second(
    still: Sandbox, wire: Wire, clock: MovedClock
) -> None:
    still.add_fault(RateLimit(requests_per_second=2, burst=3))
    assert await statuses(wire, [CUSTOMER] * 5) == [200, 200, 200, 429, 429]
    clock.advance(0.5)
    assert await statuses(wire, [CUSTOMER] * 2) == [200, 429]
    clock.advance(1.0)
    assert await statuses(wire, [CUSTOMER] * 3) == [200, 200, 429]
    clock.advance(3600)
    assert await statuses(wire, [CUSTOMER] * 4) == [200, 200, 200, 429], "a rest fills the bucket, no more"


async def test_rate_limit_says_in_whole_seconds_when_the_next_request_goes_through(
    still: Sandbox, wire: Wire, clock: MovedClock
) -> None:
    still.add_fault(RateLimit(requests_per_second=0.125))
    assert (await wire("GET", ACCOUNTS)).status == 200
    assert (await wire("GET", ACCOUNTS)).raw == whole("429 Too Many Requests", "Retry-After: 8")
    clock.advance(2.5)
    assert (await wire("GET", ACCOUNTS)).headers["retry-after"] == "6"
    clock.advance(5.25)
    assert (await wire("GET", ACCOUNTS)).headers["retry-after"] == "1"
    clock.advance(0.25)
    assert (await wire("GET", ACCOUNTS)).status == 200
    still.clear_faults()
    still.add_fault(RateLimit(requests_per_second=0.125, retry_after=False))
    assert [(await wire("GET", ACCOUNTS)).headers.get("retry-after") for _ in range(2)] == [None, None]
    assert still.calls()[-1].status == 429


async def test_rate_limit_follows_the_clock_of_the_sandbox(still: Sandbox, wire: Wire) -> None:
    still.add_fault(RateLimit(requests_per_second=1))
    assert await statuses(wire, [CUSTOMER] * 2) == [200, 429]
    still.clock.advance(1)
    assert await statuses(wire, [CUSTOMER] * 2) == [200, 429]


async def test_rate_limit_may_be_for_one_customer(still: Sandbox, wire: Wire) -> None:
    still.add_fault(RateLimit(requests_per_second=1, customer_id=CUSTOMER))
    asked = [CUSTOMER, SECOND_CUSTOMER, CUSTOMER, SECOND_CUSTOMER]
    assert await statuses(wire, asked) == [200, 200, 429, 200]


async def test_rate_limit_is_kept_under_simultaneous_requests(still: Sandbox) -> None:
    token = await token_of(still)
    still.add_fault(RateLimit(requests_per_second=1, burst=7))
    seen = await asyncio.gather(*(get_once(still, token) for _ in range(20)))
    assert sorted(one.status for one in seen) == [200] * 7 + [429] * 13


async def test_request_that_the_rate_limit_lets_through_was_not_struck(still: Sandbox, wire: Wire) -> None:
    still.add_fault(RateLimit(requests_per_second=1))
    assert await statuses(wire, [CUSTOMER] * 2) == [200, 429]
    assert [call.faults for call in still.calls("GetCustomerAccounts")] == [(), ("rate_limit",)]


# Our own client


def session_of(sandbox: Sandbox, clock: MovedClock, **options: Any) -> AsyncSession:
    options = {"base_url": sandbox.url, "random": lambda: 0.0, "clock": clock, "sleep": clock.sleep, **options}
    return AsyncSession(sandbox.credentials, **options)


# Fault, the error class, and whether a session that tries more than once overcomes it.
CLIENT: list[tuple[Fault, type[FinicityError], bool]] = [
    (Status(status=400), BadRequestError, False),
    (Status(status=401, body="no"), AuthenticationError, False),
    (Status(status=403), PermissionDeniedError, False),
    (Status(status=404), NotFoundError, False),
    (Status(status=408), StatusError, True),
    (Status(status=409), ConflictError, False),
    (Status(status=418), StatusError, False),
    (Status(status=500), ServerError, True),
    (Status(status=502), ServerError, True),
    (Status(status=503, headers={"Retry-After": "2"}), ServerError, True),
    (Status(status=200), PayloadError, False),
    (Status(status=200, body="oops"), PayloadError, False),
    (Status(status=302, headers={"Location": "/elsewhere"}), StatusError, False),
    (VendorError(code=38007), NotFoundError, False),
    (VendorError(code=14001, status=400), NotFoundError, False),
    (VendorError(code=103), AggregationError, False),
    (VendorError(code=185), AggregationError, False),
    (VendorError(code=325), AggregationError, False),
    (VendorError(code=44000), AggregationError, False),
    (VendorError(code=44002), AggregationError, False),
    (VendorError(code="INVALID"), BadRequestError, False),
    (EdgePage(), PayloadError, False),
    (EdgePage(status=403), PermissionDeniedError, False),
    (EdgePage(status=503), ServerError, True),
    (TooManyRequests(retry_after=61), RateLimitError, False),
    (Reset(), TransportError, True),
    (Reset(at="headers"), TransportError, True),
    (Reset(at="body"), TransportError, True),
    (Truncated(), TransportError, True),
    (Malformed(), PayloadError, False),
]


@pytest.mark.parametrize(("fault", "kind"), [row[:2] for row in CLIENT], ids=[repr(row[0]) for row in CLIENT])
async def test_session_that_tries_once_raises_the_fault_and_goes_on(
    still: Sandbox, clock: MovedClock, fault: Fault, kind: type[FinicityError]
) -> None:
    async with session_of(still, clock, max_tries=1) as session:
        still.add_fault(msgspec.structs.replace(fault, first=1))
        with pytest.raises(kind) as caught:
            await get_customer_accounts(session, CUSTOMER)
        assert type(caught.value) is kind
        assert len(await get_customer_accounts(session, CUSTOMER)) == 4
        assert session.stats.retries == 0


@pytest.mark.parametrize(("fault", "kind", "passes"), CLIENT, ids=[repr(row[0]) for row in CLIENT])
async def test_session_that_tries_more_often_overcomes_what_passes(
    still: Sandbox, clock: MovedClock, fault: Fault, kind: type[FinicityError], passes: bool
) -> None:
    async with session_of(still, clock) as session:
        still.add_fault(msgspec.structs.replace(fault, first=1))
        if not passes:
            with pytest.raises(kind):
                await get_customer_accounts(session, CUSTOMER)
        assert len(await get_customer_accounts(session, CUSTOMER)) == 4
        assert session.stats.retries == passes
    still.assert_called("CreateToken", times=1)
    still.assert_called("GetCustomerAccounts", times=2)


@pytest.mark.parametrize(
    "fault",
    [WrongContentType(), Drip(seconds=0.01), Latency(seconds=0.001), RateLimit(requests_per_second=1)],
    ids=repr,
)
@pytest.mark.parametrize("max_tries", [1, 4])
async def test_fault_that_leaves_the_answer_readable_is_no_error(
    still: Sandbox, clock: MovedClock, fault: Fault, max_tries: int
) -> None:
    async with session_of(still, clock, max_tries=max_tries) as session:
        expected = await get_customer_accounts(session, CUSTOMER)
        still.add_fault(fault)
        for _ in range(3):
            assert await get_customer_accounts(session, CUSTOMER) == expected


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
@pytest.mark.parametrize("max_tries", [1, 4])
async def test_session_waits_as_long_as_a_429_asks_for(
    still: Sandbox, clock: MovedClock, as_date: bool, max_tries: int
) -> None:
    async with session_of(still, clock, max_tries=max_tries) as session:
        await get_customer_accounts(session, CUSTOMER)
        still.add_fault(TooManyRequests(retry_after=30, as_date=as_date, first=1))
        before = clock.now
        assert len(await get_customer_accounts(session, CUSTOMER)) == 4
        assert 30 <= clock.now - before < 32
        assert session.stats.rate_limited == 1


@pytest.mark.parametrize("max_tries", [1, 4])
@pytest.mark.parametrize("fault", [Hang(), Latency(seconds=60)], ids=repr)
async def test_session_gives_up_on_what_does_not_come(
    still: Sandbox, clock: MovedClock, fault: Fault, max_tries: int
) -> None:
    async with session_of(still, clock, max_tries=max_tries, timeout=0.25) as session:
        await get_customer_accounts(session, CUSTOMER)
        still.add_fault(msgspec.structs.replace(fault, first=1))
        if max_tries == 1:
            with pytest.raises(RequestTimeoutError):
                await get_customer_accounts(session, CUSTOMER)
        assert len(await get_customer_accounts(session, CUSTOMER)) == 4
    assert [call.status for call in still.calls("GetCustomerAccounts")] == [200, None, 200]


@pytest.mark.parametrize("max_tries", [1, 4])
@pytest.mark.parametrize("fault", [ExpiredToken(first=1), RevokedToken(first=1)], ids=repr)
async def test_session_logs_in_again_when_its_token_is_good_no_more(
    still: Sandbox, clock: MovedClock, fault: Fault, max_tries: int
) -> None:
    async with session_of(still, clock, max_tries=max_tries) as session:
        await get_customer_accounts(session, CUSTOMER)
        still.add_fault(fault)
        for _ in range(2):
            assert len(await get_customer_accounts(session, CUSTOMER)) == 4
    still.assert_called("CreateToken", times=2)


@pytest.mark.parametrize(("fault", "code"), [(ExpiredToken(), "10023"), (RevokedToken(), "10022")])
async def test_session_with_a_token_from_elsewhere_raises_when_it_is_good_no_more(
    still: Sandbox, fault: Fault, code: str
) -> None:
    credentials = Credentials(still.credentials.app_key, app_token=await token_of(still))
    async with AsyncSession(credentials, base_url=still.url) as session:
        assert len(await get_customer_accounts(session, CUSTOMER)) == 4
        still.add_fault(fault)
        with pytest.raises(AuthenticationError) as caught:
            await get_customer_accounts(session, CUSTOMER)
        assert caught.value.code == code
    still.assert_called("CreateToken", times=1)


@pytest.mark.parametrize("max_tries", [1, 4])
async def test_session_finds_the_partner_locked_once_and_asks_no_more(
    still: Sandbox, clock: MovedClock, max_tries: int
) -> None:
    still.add_fault(LockedPartner())
    async with session_of(still, clock, max_tries=max_tries) as session:
        for _ in range(2):
            with pytest.raises(AuthenticationError) as caught:
                await get_customer_accounts(session, CUSTOMER)
            assert caught.value.code == "10021"
    still.assert_called(times=1)


@pytest.mark.parametrize("fault", [Reset(), Status(status=503), EdgePage(status=503)], ids=repr)
async def test_login_that_fails_for_a_while_is_made_again(still: Sandbox, clock: MovedClock, fault: Fault) -> None:
    still.add_fault(msgspec.structs.replace(fault, first=1, operation="CreateToken"))
    async with session_of(still, clock) as session:
        assert len(await get_customer_accounts(session, CUSTOMER)) == 4
    still.assert_called("CreateToken", times=2)


@pytest.mark.parametrize("carried_out", [False, True])
async def test_deletion_whose_answer_was_lost_may_have_happened(
    still: Sandbox, clock: MovedClock, carried_out: bool
) -> None:
    async with session_of(still, clock, max_tries=1) as session:
        await get_customer_accounts(session, CUSTOMER)
        still.add_fault(Reset(carried_out=carried_out, first=1))
        with pytest.raises(TransportError) as caught:
            await delete_customer_account(session, CUSTOMER, ACCOUNT)
        assert caught.value.sent
        assert (ACCOUNT not in still.customers[CUSTOMER]) is carried_out
        await delete_customer_account(session, CUSTOMER, ACCOUNT, missing_ok=True)
        assert ACCOUNT not in still.customers[CUSTOMER]


# Faults that do not fit


@pytest.mark.parametrize(
    ("kind", "members", "says"),
    [
        (Status, {"status": 199}, r"Status: .*200.*\$\.status"),
        (Status, {"status": 600}, r"Status: .*599.*\$\.status"),
        (Status, {"status": "500"}, r"Status: .*int.*\$\.status"),
        (Status, {"status": 500, "headers": {"a": 1}}, r"Status: .*str.*\$\.headers"),
        (Status, {"status": 500, "headers": {"a": "b\r\nc: d"}}, "header"),
        (Status, {"status": 500, "headers": {"a\nb": "c"}}, "header"),
        (Status, {"status": 500, "body": "\ud800"}, "body|surrogate"),
        (WrongContentType, {"content_type": "a\r\nb: c"}, "content_type|header"),
        (Latency, {"seconds": -1}, "Latency: .*>= 0"),
        (Latency, {"seconds": math.nan}, "Latency: .*>= 0"),
        (Latency, {"seconds": 1, "distribution": "normal"}, "Latency: .*normal"),
        (Drip, {"seconds": -0.1}, "Drip: .*>= 0"),
        (TooManyRequests, {"retry_after": -1}, "TooManyRequests: .*>= 0"),
        (TooManyRequests, {"retry_after": math.inf}, "TooManyRequests"),
        (TooManyRequests, {"retry_after": 1e300, "as_date": True}, "TooManyRequests"),
        (RateLimit, {"requests_per_second": 0}, "RateLimit: .*> 0"),
        (RateLimit, {"requests_per_second": math.nan}, "RateLimit: .*> 0"),
        (RateLimit, {"requests_per_second": 1, "burst": 0}, "RateLimit: .*>= 1"),
        (Hang, {"first": 0}, "Hang: .*>= 1"),
        (Hang, {"every": True}, "Hang: .*int"),
        (Hang, {"probability": 1.5}, "Hang: .*<= 1"),
        (Hang, {"probability": -0.5}, "Hang: .*>= 0"),
        (Hang, {"customer_id": 1.5}, "Hang: .*int"),
        (Hang, {"operation": "GetEverything"}, "'GetEverything' is none of .*GetCustomerAccounts"),
        (Quirk, {"quirk": "none_such"}, "'none_such' is none of .*zero_dates"),
        (Reset, {"at": "middle"}, "Reset: .*middle"),
        (LockedPartner, {"operation": "GetCustomers"}, "GetCustomers"),
        (LockedPartner, {"operation": None}, "operation"),
    ],
)
async def test_member_that_does_not_fit_is_refused_when_the_fault_is_declared(
    kind: Any, members: dict[str, Any], says: str
) -> None:
    sandbox = Sandbox(customers=1)
    with pytest.raises(ValueError, match=says):
        sandbox.add_fault(kind(**members))
    assert sandbox.faults == ()


@pytest.mark.parametrize("thing", ["hang", {"fault": "hang"}, Hang, None, [Hang()]], ids=repr)
async def test_what_is_no_fault_is_refused_when_it_is_declared(thing: Any) -> None:
    sandbox = Sandbox(customers=1)
    with pytest.raises((TypeError, ValueError)):
        sandbox.add_fault(thing)
    assert sandbox.faults == ()


async def test_when_one_of_several_faults_is_refused_none_is_declared() -> None:
    sandbox = Sandbox(customers=1)
    with pytest.raises(ValueError, match="Latency"):
        sandbox.add_fault(Hang(), Latency(seconds=-1))
    assert sandbox.faults == ()


def test_fault_is_a_value_that_shows_what_was_declared_and_no_more() -> None:
    fault: Any = Status(status=503, first=2)
    assert repr(fault) == "Status(first=2, status=503)"
    assert (repr(Hang()), Hang()) == ("Hang()", Hang())
    with pytest.raises(AttributeError):
        fault.first = 3


# Faults from a file

EVERY_FAULT: list[Fault] = [
    Status(status=503, body={"a": 1}, headers={"b": "c"}, first=2),
    Status(status=500, body="text", every=3),
    VendorError(code="INVALID", status=409, message="No"),
    VendorError(code=185, probability=0.25),
    EdgePage(status=403, customer_id=7),
    TooManyRequests(retry_after=None),
    TooManyRequests(retry_after=1.5, as_date=True, customer_id="7"),
    RateLimit(requests_per_second=2.5, burst=4, retry_after=False),
    ExpiredToken(operation="GetCustomers"),
    RevokedToken(),
    LockedPartner(),
    LockedPartner(operation="ModifyPartnerSecret"),
    Latency(seconds=1, distribution="lognormal"),
    Hang(carried_out=True),
    Reset(at="headers"),
    Truncated(),
    Malformed(),
    WrongContentType(content_type="text/xml"),
    Drip(seconds=0.5),
    *(Quirk(quirk=name) for name in QUIRKS),
]


def test_every_kind_of_fault_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_bytes(msgspec.json.encode(EVERY_FAULT))
    read = read_faults(path)
    assert read == EVERY_FAULT
    sandbox = Sandbox(customers=1)
    sandbox.add_fault(*read)
    assert list(sandbox.faults) == EVERY_FAULT


def test_fault_in_a_file_needs_its_name_and_what_has_no_default(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text('[{"fault": "hang"}, {"fault": "reset", "at": "body"}, {"fault": "latency", "seconds": 2}]')
    assert read_faults(path) == [Hang(), Reset(at="body"), Latency(seconds=2)]
    path.write_text("[]")
    assert read_faults(path) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "truncated"),
        (b"[", "truncated"),
        (b"{}", "array"),
        (b'{"fault": "hang"}', "array"),
        (b"[1]", r"\$\[0\]"),
        (b'[{"fault": "hang"}, {}]', r"fault.*\$\[1\]"),
        (b'[{"fault": "bang"}]', r"bang.*\$\[0\]"),
        (b'[{"fault": "hang", "fisrt": 1}]', r"fisrt.*\$\[0\]"),
        (b'[{"fault": "status"}]', r"status.*\$\[0\]"),
        (b'[{"fault": "status", "status": 600}]', r"\$\[0\]\.status"),
        (b'[{"fault": "hang", "first": 0}]', r"\$\[0\]\.first"),
        (b'[{"fault": "hang", "operation": "getCustomers"}]', r"getCustomers.*\$\[0\]"),
        (b'[{"fault": "quirk", "quirk": "none"}]', r"none.*\$\[0\]"),
        (b'[{"fault": "hang", "customer_id": "\xff"}]', ""),
        (b"[" * 100_000, ""),
    ],
)
def test_file_that_holds_something_else_is_refused_with_its_name_and_the_place(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "faults.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"faults.json: .*{says}"):
        read_faults(path)


def test_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_faults(tmp_path / "none.json")
    with pytest.raises(IsADirectoryError):
        read_faults(tmp_path)
