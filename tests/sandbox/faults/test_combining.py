"""Several faults on one request, and whether the vendor carried out what was asked."""

import json

import pytest

from finicity_async.sandbox import (
    Drip,
    EdgePage,
    ExpiredToken,
    Fault,
    Hang,
    Malformed,
    Quirk,
    RateLimit,
    Reset,
    Sandbox,
    Status,
    TooManyRequests,
    Truncated,
    VendorError,
    WrongContentType,
)
from tests.sandbox.faults.faulty import DELETE_ACCOUNT
from tests.support.held import until
from tests.support.wire import ACCOUNT, ACCOUNTS, CUSTOMER, Wire


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
