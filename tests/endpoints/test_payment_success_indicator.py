"""The Payment Success Indicator operations: days go out as days, and no text shows who pays."""

import json
from datetime import date
from decimal import Decimal

from finicity_async.endpoints.payment_success_indicator import (
    generate_payment_success_indicators,
    get_payment_success_indicator,
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
