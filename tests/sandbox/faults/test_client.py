"""What our own client makes of each fault."""

from typing import Any

import msgspec
import pytest

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
    Drip,
    EdgePage,
    ExpiredToken,
    Fault,
    Hang,
    Latency,
    LockedPartner,
    Malformed,
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
from tests.support.clock import MovedClock
from tests.support.wire import ACCOUNT, CUSTOMER, token_of


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
