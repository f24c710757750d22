"""Which requests a fault matches: tokens, operations, customers, counts, probability and rate limits."""

import asyncio
import json
from collections.abc import Callable, Iterable

import pytest

from finicity_async.sandbox import (
    ExpiredToken,
    Fault,
    LockedPartner,
    RateLimit,
    RevokedToken,
    Sandbox,
    Status,
    WrongContentType,
)
from tests.sandbox.faults.faulty import DELETE_ACCOUNT, ONE_ACCOUNT, matched, whole
from tests.support.clock import MovedClock
from tests.support.servers import AUTHENTICATION
from tests.support.wire import (
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

THIRD_CUSTOMER = "1005061236"


async def statuses(wire: Wire, customers: Iterable[str]) -> list[int]:
    return [(await wire("GET", accounts_of(one))).status for one in customers]


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


async def test_fault_without_an_operation_matches_every_one_but_the_logins(still: Sandbox) -> None:
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
async def test_login_is_matched_when_it_is_named(still: Sandbox, operation: str) -> None:
    still.add_fault(Status(status=418, operation=operation))
    async with Wire(still) as wire:
        assert (await wire.log_in()).status == (418 if operation == "CreateToken" else 200)
        seen = await wire("PUT", AUTHENTICATION, b"{}")
        assert seen.status == (418 if operation == "ModifyPartnerSecret" else 400)
    assert still.failed_logins == 0


async def test_path_or_method_that_the_vendor_does_not_have_is_never_matched(still: Sandbox, wire: Wire) -> None:
    still.add_fault(Status(status=418))
    assert (await wire("GET", "/aggregation/v9")).status == 404
    assert (await wire("PATCH", ACCOUNTS)).status == 405
    assert {call.faults for call in still.calls()} == {()}


async def test_first_matches_that_many_requests_of_all_that_fit(still: Sandbox, wire: Wire) -> None:
    still.add_fault(Status(status=418, first=3, operation="GetCustomerAccounts"))
    assert (await wire("GET", ONE_ACCOUNT)).status == 200
    asked = [CUSTOMER, SECOND_CUSTOMER, CUSTOMER, CUSTOMER, SECOND_CUSTOMER]
    assert await statuses(wire, asked) == [418, 418, 418, 200, 200]


async def test_every_matches_each_nth_request_that_fits(still: Sandbox, wire: Wire) -> None:
    still.add_fault(Status(status=418, every=3, customer_id=CUSTOMER))
    assert (await wire("GET", accounts_of(SECOND_CUSTOMER))).status == 200
    assert await matched(wire, ACCOUNTS, 9) == [3, 6, 9]


async def test_conditions_hold_together(still: Sandbox, wire: Wire) -> None:
    still.add_fault(Status(status=418, first=7, every=3))
    assert await matched(wire, ACCOUNTS, 12) == [3, 6]
    still.clear_faults()
    still.add_fault(Status(status=418, first=40, probability=0.5))
    some = await matched(wire, ACCOUNTS, 80)
    assert 8 < len(some) < 32
    assert max(some) <= 40
    still.clear_faults()
    still.add_fault(Status(status=418, every=2, probability=0.5))
    some = await matched(wire, ACCOUNTS, 80)
    assert 8 < len(some) < 32
    assert {place % 2 for place in some} == {0}


@pytest.mark.parametrize(("probability", "count"), [(0.0, 0), (1.0, 50)])
async def test_probability_of_0_never_matches_and_of_1_always(
    still: Sandbox, wire: Wire, probability: float, count: int
) -> None:
    still.add_fault(Status(status=418, probability=probability))
    assert len(await matched(wire, ACCOUNTS, 50)) == count


async def places_matched(seed: int, order: Callable[[list[str]], list[str]]) -> dict[str, list[bool]]:
    """Ask for three customers thirty times each, in some order; return which request of each was matched."""
    async with Sandbox(customers=3, accounts=0, seed=seed) as sandbox, Wire(sandbox) as wire:
        await wire.log_in()
        sandbox.add_fault(Status(status=418, probability=0.4))
        asked = order([CUSTOMER, SECOND_CUSTOMER, THIRD_CUSTOMER] * 30)
        found: dict[str, list[bool]] = {one: [] for one in sorted(asked)}
        for customer, status in zip(asked, await statuses(wire, asked), strict=True):
            found[customer].append(status == 418)
    return found


async def test_probability_depends_on_the_seed_and_not_on_the_order_among_customers() -> None:
    in_turn = await places_matched(7, lambda asked: asked)
    one_by_one = await places_matched(7, sorted)
    backwards = await places_matched(7, lambda asked: asked[::-1])
    assert in_turn == one_by_one == backwards
    assert len({tuple(places) for places in in_turn.values()}) == 3, "each customer has draws of its own"
    assert await places_matched(8, sorted) != in_turn


async def test_each_fault_has_draws_of_its_own(still: Sandbox, wire: Wire) -> None:
    still.add_fault(*(WrongContentType(probability=0.5) for _ in range(2)))
    for _ in range(60):
        await wire("GET", ACCOUNTS)
    assert {len(call.faults) for call in still.calls("GetCustomerAccounts")} == {0, 1, 2}


async def test_cleared_faults_match_no_more_and_declared_again_they_count_from_the_start(
    still: Sandbox, wire: Wire
) -> None:
    fault = Status(status=418, first=1)
    for _ in range(2):
        still.add_fault(fault)
        assert still.faults == (fault,)
        assert await matched(wire, ACCOUNTS, 2) == [1]
        still.clear_faults()
        assert not still.faults


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


async def test_request_that_the_rate_limit_lets_through_was_not_matched(still: Sandbox, wire: Wire) -> None:
    still.add_fault(RateLimit(requests_per_second=1))
    assert await statuses(wire, [CUSTOMER] * 2) == [200, 429]
    assert [call.faults for call in still.calls("GetCustomerAccounts")] == [(), ("rate_limit",)]
