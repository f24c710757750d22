"""The Payment Success Indicator operations: days go out as days, and no text shows who pays."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from finicity_async import AsyncSession, BadRequestError, NotFoundError, Operation, Sandbox
from finicity_async.endpoints.payment_success_indicator import (
    GENERATE_FCRA_PAYMENT_SUCCESS_INDICATORS,
    GENERATE_PAYMENT_SUCCESS_INDICATORS,
    GET_FCRA_PAYMENT_SUCCESS_INDICATORS,
    GET_PAYMENT_SUCCESS_INDICATORS,
    generate_fcra_payment_success_indicators,
    generate_payment_success_indicators,
    get_fcra_payment_success_indicators,
    get_payment_success_indicator,
    get_payment_success_indicators,
)
from finicity_async.models.payment_success_indicator import (
    FcraPaymentSuccessIndicators,
    PaymentSuccessIndicatorsPhone,
    PaymentSuccessIndicatorsProperties,
    PaymentSuccessIndicatorsTransaction,
    PaymentSuccessIndicatorsUser,
)
from tests.secrecy.secrets import server_with, session_on
from tests.support.servers import http
from tests.vendor.document import document
from tests.vendor.response_validator import RawResponse, ResponseValidator

DAY = date(2026, 12, 1)
BODY = PaymentSuccessIndicatorsProperties(
    transaction=PaymentSuccessIndicatorsTransaction(settle_by_date=DAY, amount=Decimal("12.40")),
    user=PaymentSuccessIndicatorsUser(name="Jane Doe", phone=PaymentSuccessIndicatorsPhone(number="7785732875")),
)
BEGUN = http(202, {"payRequestId": "476412776235977427", "status": "IN PROGRESS", "customerId": "1"})
SCORE = http(200, {"customerId": "1", "payReqId": "453752752892280957", "settleByDate": "2026-12-01"})


async def test_a_payment_goes_out_with_its_exact_amount_and_its_day() -> None:
    async with server_with(BEGUN) as server, session_on(server) as session:
        begun = await generate_payment_success_indicators(session, 1, 2, BODY)
    assert begun.status == "IN PROGRESS"
    assert b'"amount":12.40' in server.calls[0].body
    assert json.loads(server.calls[0].body) == {
        "transaction": {"settleByDate": "2026-12-01", "amount": 12.4},
        "user": {"name": "Jane Doe", "phone": {"number": "7785732875"}},
    }


async def test_a_payment_in_a_query_goes_out_with_its_exact_amount_and_its_day() -> None:
    async with server_with(SCORE) as server, session_on(server) as session:
        score = await get_payment_success_indicator(session, 1, 2, Decimal("12.40"), DAY)
    assert score.settle_by_date == DAY
    assert server.calls[0].target.partition("?")[2] == "settlementAmount=12.40&settleByDate=2026-12-01"


def test_no_text_shows_who_pays() -> None:
    assert "Jane" not in repr(BODY) + repr(BODY.user)
    assert "7785732875" not in repr([BODY.user and BODY.user.phone])


def test_scores_that_cannot_be_had_leave_the_others() -> None:
    found = FcraPaymentSuccessIndicators.from_json(
        b'{"payRequestId":"1","nsfReturnRisk":{"error":{"code":10001,"message":"use another account"}},'
        b'"unauthorizedReturnRisk":{"result":{"score":6,"indicator":"Low Risk"}}}'
    )
    assert found.nsf_return_risk is not None
    assert found.nsf_return_risk.error is not None
    assert (found.nsf_return_risk.result, found.nsf_return_risk.error.code) == (None, "10001")
    assert found.unauthorized_return_risk is not None
    assert found.unauthorized_return_risk.result is not None
    assert found.unauthorized_return_risk.result.score == 6


# In the sandbox


CUSTOMER, ACCOUNT = 1005061234, 5011648377


def day_of(sandbox: Sandbox, ahead: int) -> date:
    return datetime.fromtimestamp(sandbox.clock(), UTC).date() + timedelta(ahead)


def payment(day: date) -> PaymentSuccessIndicatorsProperties:
    return PaymentSuccessIndicatorsProperties(
        transaction=PaymentSuccessIndicatorsTransaction(settle_by_date=day, amount=Decimal("12.40"))
    )


async def test_scores_come_by_the_clock_and_are_found_by_their_id(session: AsyncSession, sandbox: Sandbox) -> None:
    settled = day_of(sandbox, 4)
    begun = await generate_fcra_payment_success_indicators(session, CUSTOMER, ACCOUNT, payment(settled), purpose="3F")
    asked = CUSTOMER, ACCOUNT, begun.pay_request_id
    assert begun.status == (await get_fcra_payment_success_indicators(session, *asked)).status == "IN PROGRESS"
    before = sandbox.snapshot()
    sandbox.clock.advance(5)
    found = await get_fcra_payment_success_indicators(session, *asked, include_reasons=True)
    assert found.transaction == begun.transaction
    assert (found.status, found.pay_request_id) == ("SUCCESS", begun.pay_request_id)
    assert found.nsf_return_risk is not None
    assert found.nsf_return_risk.result is not None
    days = found.nsf_return_risk.result.daily_results
    assert [one.potential_settlement_date for one in days] == [day_of(sandbox, number) for number in range(5)]
    assert all(one.reasons is not None and one.reasons.recent_balance is not None for one in days)
    assert await get_fcra_payment_success_indicators(session, *asked, include_reasons=True) == found
    sandbox.reset(before)
    assert (await get_fcra_payment_success_indicators(session, *asked)).status == "IN PROGRESS"


@pytest.mark.parametrize(("ahead", "count"), [(0, 3), (2, 3), (9, 10), (30, 10)])
async def test_three_to_ten_days_are_judged(session: AsyncSession, sandbox: Sandbox, ahead: int, count: int) -> None:
    begun = await generate_payment_success_indicators(session, CUSTOMER, ACCOUNT, payment(day_of(sandbox, ahead)))
    sandbox.clock.advance(5)
    found = await get_payment_success_indicators(session, CUSTOMER, ACCOUNT, begun.pay_request_id)
    assert found.nsf_return_risk is not None
    assert found.nsf_return_risk.result is not None
    assert [one.reasons for one in found.nsf_return_risk.result.daily_results] == [None] * count


async def test_scores_that_nobody_asked_for_are_not_found(session: AsyncSession, sandbox: Sandbox) -> None:
    begun = await generate_payment_success_indicators(session, CUSTOMER, ACCOUNT, payment(DAY))
    for call in (
        get_payment_success_indicators(session, CUSTOMER, ACCOUNT, 1),
        get_payment_success_indicators(session, CUSTOMER, ACCOUNT + 1, begun.pay_request_id),
        get_payment_success_indicators(session, CUSTOMER, 1, begun.pay_request_id),
        get_fcra_payment_success_indicators(session, CUSTOMER, ACCOUNT, begun.pay_request_id),
        generate_payment_success_indicators(session, 1, ACCOUNT, payment(DAY)),
    ):
        with pytest.raises(NotFoundError):
            await call
    row = Operation("Generate", "POST", GENERATE_PAYMENT_SUCCESS_INDICATORS.path, bytes, body_type=dict)
    for transaction in (
        {},
        "12.40",
        {"settleByDate": "soon", "amount": 1},
        {"settleByDate": "2026-12-01", "amount": 0},
    ):
        with pytest.raises(BadRequestError):
            await session.send(row.request(customerId=CUSTOMER, accountId=ACCOUNT, body={"transaction": transaction}))
    assert (await get_payment_success_indicators(session, CUSTOMER, ACCOUNT, begun.pay_request_id)).status


async def test_every_reply_is_as_declared(session: AsyncSession, sandbox: Sandbox) -> None:
    pairs = (
        (GENERATE_PAYMENT_SUCCESS_INDICATORS, GET_PAYMENT_SUCCESS_INDICATORS),
        (GENERATE_FCRA_PAYMENT_SUCCESS_INDICATORS, GET_FCRA_PAYMENT_SUCCESS_INDICATORS),
    )
    ids = {row.operation_id for pair in pairs for row in pair}
    validator = ResponseValidator(document(ids))
    for generate, read in pairs:
        place: dict[str, Any] = {"customerId": CUSTOMER, "accountId": ACCOUNT}
        begun = await session.send_raw(generate.request(**place, body=payment(DAY)))
        place["payRequestId"] = json.loads(begun.body)["payRequestId"]
        waiting = await session.send_raw(read.request(**place))
        sandbox.clock.advance(5)
        ready = await session.send_raw(read.request(**place, include_reasons=True))
        for row, response in ((generate, begun), (read, waiting), (read, ready)):
            found = RawResponse(response.status, response.body, response.headers.get("Content-Type", ""))
            assert validator.problems(row.operation_id, found) == [], row
