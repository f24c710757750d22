"""Handlers of the Payment Success Indicator operations that answer later: scores that come by the clock."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from msgspec.structs import fields

from finicity_async.endpoints import payment_success_indicator as rows
from finicity_async.models._decoding import INVALID
from finicity_async.models.payment_success_indicator import NsfReasonItem
from finicity_async.operation import Operation
from finicity_async.sandbox.customers import customer_accounts
from finicity_async.sandbox.refreshes import Account
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_SECONDS = 5
"""Until the scores are there, which no public source says."""
_LEAST_DAYS, _MOST_DAYS = 3, 10
_REASONS = tuple(field.encode_name for field in fields(NsfReasonItem) if field.encode_name != INVALID)


def _account_in_path(state: State, request: IncomingRequest) -> Account:
    try:
        return customer_accounts(state, request)[request.values["accountId"]]
    except KeyError:
        raise RefusalError(38003) from None


def _transaction(request: IncomingRequest) -> Mapping[str, Any]:
    """Return the payment in a body: an amount and the day on which it is to arrive."""
    given: Any = request.members().get("transaction")
    try:
        date.fromisoformat(given["settleByDate"])
        if given["amount"] > 0:
            return {name: given[name] for name in ("settleByDate", "amount")}
    except (KeyError, TypeError, ValueError):
        pass  # It is refused like an amount of nothing.
    raise RefusalError("10005")


async def _generate(state: State, request: IncomingRequest, *, kind: str) -> Response:
    _account_in_path(state, request)
    asked: Account = {
        "payRequestId": str(state.random.randrange(10**17, 10**18)),
        "customerId": request.values["customerId"],
        "accountId": request.values["accountId"],
        "requestDate": datetime.fromtimestamp(state.clock(), UTC).date().isoformat(),
        "transaction": _transaction(request),
    }
    state.kept[kind, asked["payRequestId"]] = {**asked, "ready": state.clock() + _SECONDS}
    return json_response({"status": "IN PROGRESS", **asked}, 202)


async def _get(state: State, request: IncomingRequest, *, kind: str) -> Response:
    account, kept = _account_in_path(state, request), state.kept.get((kind, request.values["payRequestId"]), {})
    asked = {name: value for name, value in kept.items() if name != "ready"}
    if any(asked.get(name) != request.values[name] for name in ("customerId", "accountId")):
        raise RefusalError(10008)
    if state.clock() < kept["ready"]:
        return json_response({"status": "IN PROGRESS", **asked})
    random = Random(f"{state.seed}/{asked['payRequestId']}")
    days = _days(asked, random, with_reasons=request.query.get("include_reasons") == "true")
    nsf = {"availableBalance": account.get("balance", 0), "dailyResults": days}
    return json_response(
        {
            "status": "SUCCESS",
            **asked,
            "nsfReturnRisk": {"result": nsf},
            "unauthorizedReturnRisk": {"result": _judged(random)},
        }
    )


def _days(asked: Account, random: Random, *, with_reasons: bool) -> list[Account]:
    """Return the scores of each day up to that of the payment, of 3 to 10 days."""
    first = date.fromisoformat(asked["requestDate"])
    count = (date.fromisoformat(asked["transaction"]["settleByDate"]) - first).days + 1
    found = []
    for number in range(max(_LEAST_DAYS, min(count, _MOST_DAYS))):
        day = {"potentialSettlementDate": (first + timedelta(number)).isoformat(), **_judged(random)}
        reasons = {name: random.randint(0, 100) for name in _REASONS}
        found.append(day | ({"reasons": reasons} if with_reasons else {}))
    return found


def _judged(random: Random) -> Account:
    score = random.randint(0, 100)
    return {"score": score, "indicator": ("High Risk", "Medium Risk", "Low Risk")[min(score // 34, 2)]}


_FCRA, _OTHER = "FCRA indicators", "indicators"
HANDLERS: dict[Operation[Any], Handler] = {
    rows.GENERATE_FCRA_PAYMENT_SUCCESS_INDICATORS: partial(_generate, kind=_FCRA),
    rows.GET_FCRA_PAYMENT_SUCCESS_INDICATORS: partial(_get, kind=_FCRA),
    rows.GENERATE_PAYMENT_SUCCESS_INDICATORS: partial(_generate, kind=_OTHER),
    rows.GET_PAYMENT_SUCCESS_INDICATORS: partial(_get, kind=_OTHER),
}
