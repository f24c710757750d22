"""
Handlers of the Account Validation Assistance operations: deposits of 0.12 and 0.15 dollars, which arrive after a day.

The amounts are always the same, so that a test knows what its customer would find in the account.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import fields

from finicity_async.endpoints import account_validation_assistance as rows
from finicity_async.models.account_validation_assistance import Receiver
from finicity_async.operation import Operation
from finicity_async.sandbox.customers import customer_in_path
from finicity_async.sandbox.refreshes import Account
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_AMOUNTS = [Decimal("0.12"), Decimal("0.15")]
_ARRIVAL = 86_400
"""Seconds until the deposits arrive, which no public source says."""
_MOST_ATTEMPTS = 3
"""Wrong answers after which none is compared any more, which no public source says either."""
_DESCRIPTION = "Micro entries are in {} status"
_WANTED = tuple(field.encode_name for field in fields(Receiver) if field.required)
_RAIL = {"railType": "ach"}


class _Amounts(msgspec.Struct, frozen=True):
    """What a customer has found in the account."""

    amounts: list[Decimal]


def _kind(customer_id: str) -> str:
    return f"micro deposits of {customer_id}"


async def _initiate(state: State, request: IncomingRequest) -> Response:
    kind, receiver = _kind(customer_in_path(state, request)), request.members().get("receiver")
    if not isinstance(receiver, dict) or not all(isinstance(receiver.get(name), str) for name in _WANTED):
        raise RefusalError("10005")
    place = {"routingNumber": receiver["routingNumber"], "accountNumber": receiver["accountNumber"]}
    if any(of == kind and place.items() <= one.items() for (of, _), one in state.kept.items()):
        raise RefusalError("3100001")
    account_id = str(state.random.randrange(10**9, 10**10))
    state.kept[kind, account_id] = {**place, "created": state.clock(), "attempts": 0, "isVerified": False}
    begun = {"accountId": account_id, "status": "Pending", "depositCount": len(_AMOUNTS)}
    return json_response(begun | {"statusDescription": _DESCRIPTION.format("Pending")} | _RAIL)


def _deposits_in_path(state: State, request: IncomingRequest) -> tuple[tuple[str, str], Account]:
    key = _kind(customer_in_path(state, request)), request.values["accountId"]
    if key not in state.kept:
        raise RefusalError(38003)
    return key, state.kept[key]


def _status(state: State, deposits: Account) -> str:
    if deposits["isVerified"]:
        return "Verified"
    return "Completed" if state.clock() >= deposits["created"] + _ARRIVAL else "Pending"


async def _verify(state: State, request: IncomingRequest) -> Response:
    key, deposits = _deposits_in_path(state, request)
    try:
        found = sorted(msgspec.json.decode(request.body, type=_Amounts).amounts)
    except msgspec.MsgspecError:
        raise RefusalError("3000003") from None
    if _status(state, deposits) != "Completed":
        raise RefusalError("3200002")
    if deposits["attempts"] >= _MOST_ATTEMPTS:
        raise RefusalError("3200003")
    if found != _AMOUNTS:
        state.kept[key] = {**deposits, "attempts": deposits["attempts"] + 1}
        raise RefusalError("3200004")
    state.kept[key] = {**deposits, "isVerified": True}
    return json_response({"status": "Verified", "statusDescription": _DESCRIPTION.format("Verified")})


async def _get_details(state: State, request: IncomingRequest) -> Response:
    _, deposits = _deposits_in_path(state, request)
    status = _status(state, deposits)
    return json_response(
        {
            "status": status,
            "statusDescription": _DESCRIPTION.format(status),
            "creationDate": f"{datetime.fromtimestamp(int(deposits['created']), UTC):%Y-%m-%dT%H:%M:%S}",
            "routingNumber": deposits["routingNumber"],
            "accountNumberLast4": deposits["accountNumber"][-4:],
            **_RAIL,
        }
    )


HANDLERS: dict[Operation[Any], Handler] = {
    rows.INITIATE_MICRO_AMOUNT_DEPOSITS: _initiate,
    rows.VERIFY_MICRO_AMOUNT_DEPOSITS: _verify,
    rows.GET_MICRO_DEPOSITS_DETAILS: _get_details,
}
