"""A GET that is billed is sent once under each failure after which any other GET is sent again."""

from typing import Any

import pytest

from finicity_async import Operation, RateLimitError, TransportError
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNT
from finicity_async.operation import Request
from tests.support.clock import MovedClock
from tests.support.kinds import MAX_TRIES, assert_usable, fails, pair
from tests.support.servers import WITH_SECRET, Answer, Close, Hang, RawServer, http
from tests.vendor.rows import rows

BILLED = [row.operation for row in rows() if row.operation.method == "GET" and not row.operation.idempotent]
_POSTING = {"testWebhookSubscription", "testWebhookSubscriptionBasedOnEventId"}
each_billed = pytest.mark.parametrize("row", BILLED, ids=lambda row: row.operation_id)

FAILURES: dict[str, Answer] = {
    "closed before the first byte": Close(),
    "reset": Close(reset=True),
    "closed within the head": Close(after=b"HTTP/1.1 200 OK\r\nContent-Le"),
    "truncated": Close(after=http(200, b"{", {"Content-Length": "15"})),
    "reset within the body": Close(after=http(200, b"{", {"Content-Length": "15"}), reset=True),
    "no answer in time": Hang(),
    "no end of the body in time": http(200, b"{", {"Content-Length": "15"}),
    "408": http(408),
    "500 without a code": http(500, {"message": "oops"}),
    "502": http(502, "<html>Bad Gateway</html>"),
    "503": http(503),
    "503 that asks to wait": http(503, headers={"Retry-After": "1"}),
    "504": http(504),
    "429": http(429),
    "429 that asks to wait": http(429, headers={"Retry-After": "1"}),
}
_LATE = (FAILURES["no answer in time"], FAILURES["no end of the body in time"])
"""Only these need a timeout that passes; under the others a pause of the machine must not pass it."""
each_failure = pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES)


def filled(row: Operation[Any]) -> Request[Any]:
    return row.request(**dict.fromkeys(row.placeholders, 1))


def test_the_reads_that_are_sent_once_are_billed_or_make_the_vendor_post() -> None:
    assert {row.operation_id for row in BILLED} - _POSTING == {
        "GetAccountACHDetails",
        "GetAccountDetailsByAccountId",
        "GetAccountDetailsByInstitutionLoginId",
        "GetAccountOwner",
        "GetAccountOwnerDetails",
        "GetAccountPaymentInstructionDetails",
        "GetAssetByCustomerID",
        "GetAvailableBalance",
        "GetAvailableBalanceLive",
        "GetCustomerAccountStatement",
        "GetFCRAPaymentSuccessIndicator",
        "GetLoanPaymentDetails",
        "GetPaymentSuccessIndicator",
    }


@each_failure
@each_billed
async def test_a_billed_read_is_sent_once(
    row: Operation[Any], answer: Answer, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    if answer in _LATE:
        monkeypatch.setattr(row, "timeout", 0.5)
    server = RawServer(answer)
    async with pair(server, clock) as session:
        error = await fails(session.send(filled(row)))
        assert len(server.calls) == session.stats.sent == 1
        assert error.retryable is isinstance(error, RateLimitError), "the caller alone may decide to pay twice"
        await assert_usable(session)


@each_failure
async def test_a_read_that_costs_nothing_is_sent_again_after_the_same_failure(
    answer: Answer, clock: MovedClock
) -> None:
    server = RawServer(answer, default=http(200, {"id": "1"}))
    async with pair(server, clock, timeout=0.5 if answer in _LATE else 20.0) as session:
        await session.send_raw(filled(GET_CUSTOMER_ACCOUNT))
        assert len(server.calls) == session.stats.sent == 2
        await assert_usable(session)


@each_billed
async def test_a_billed_read_that_was_never_sent_is_tried_again(row: Operation[Any], clock: MovedClock) -> None:
    server = RawServer(listening=False)
    async with pair(server, clock) as session:
        error = await fails(session.send(filled(row)))
        assert isinstance(error, TransportError)
        assert (error.sent, session.stats.sent) == (False, MAX_TRIES)
        await server.listen()
        await assert_usable(session)


@each_billed
async def test_a_billed_read_that_was_refused_for_its_token_is_sent_again_with_a_new_one(
    row: Operation[Any], clock: MovedClock
) -> None:
    server = RawServer(http(401, {"code": "10023"}), default=http(200, {"holders": []}))
    async with pair(server, clock, WITH_SECRET) as session:
        await session.send_raw(filled(row))
        assert (len(server.calls), len(server.logins)) == (2, 2)
