"""Handlers of the asynchronous refreshes of transactions."""

from collections.abc import Iterable
from typing import Any

import msgspec

from finicity_async.endpoints import transactions
from finicity_async.models._values import Instant
from finicity_async.operation import Operation
from finicity_async.sandbox.asynchronous_refreshes import iso
from finicity_async.sandbox.customers import customer_accounts
from finicity_async.sandbox.refreshes import Account, refresh_response
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_DAY = 86_400
_DAYS = {"standard": 180, "historic": 730}
"""How far back a refresh goes by its mode; one that is custom says it itself."""


async def _refresh_transactions(state: State, request: IncomingRequest) -> Response:
    """Start a refresh of some accounts, or of a login; the answer is a 202, unless the script has another one."""
    members = request.members()
    chosen = _chosen(customer_accounts(state, request).values(), members)
    mode, first, last = _span(state, members)
    asked = {
        "customerId": request.values["customerId"],
        **{name: members[name] for name in ("institutionLoginId",) if name in members},
        "accountIds": [str(one["id"]) for one in chosen],
        "mode": mode,
        "fromDate": iso(first),
        "toDate": iso(last),
    }
    initiated = state.start_transaction_refresh(chosen, asked, first)
    return refresh_response(state.script_of(asked["customerId"]), json_response(initiated, 202), blocks=True)


def _chosen(accounts: Iterable[Account], members: dict[str, Any]) -> list[Account]:
    """Return the accounts that are to be refreshed: those that are named, or else those of the login."""
    if "accountIds" in members:
        held = {str(one.get("id")): one for one in accounts}
        named = members["accountIds"]
        if not isinstance(named, list) or not named:
            raise RefusalError(10100)
        if not held.keys() >= set(map(str, named)):
            raise RefusalError(10005)
        return [held[str(one)] for one in named]
    if "institutionLoginId" not in members:
        raise RefusalError("10005")
    found = [one for one in accounts if str(one.get("institutionLoginId")) == str(members["institutionLoginId"])]
    if not found:
        raise RefusalError(38007)
    return found


def _span(state: State, members: dict[str, Any]) -> tuple[str, float, float]:
    """Return the mode, and the moments between which transactions are fetched."""
    mode, now = members.get("mode", "standard"), state.clock()
    if mode in _DAYS:
        return mode, now - _DAYS[mode] * _DAY, now
    if mode != "custom":
        raise RefusalError(10100)
    if "fromDate" not in members:
        raise RefusalError("10005")
    first, last = _seconds(members["fromDate"]), _seconds(members.get("toDate", iso(now)))
    if first > last:
        raise RefusalError(41002)
    return mode, first, last


def _seconds(date: Any) -> float:
    try:
        return msgspec.convert(date, Instant).timestamp()
    except msgspec.ValidationError:
        raise RefusalError(10100) from None


async def _get_transaction_refresh_status(state: State, request: IncomingRequest) -> Response:
    customer_accounts(state, request)
    found = state.transaction_refreshes.find(request.values["customerId"], request.values["refreshId"])
    if found is None:
        raise RefusalError(10008)
    return json_response(found)


HANDLERS: dict[Operation[Any], Handler] = {
    transactions.REFRESH_TRANSACTIONS: _refresh_transactions,
    transactions.GET_TRANSACTION_REFRESH_STATUS: _get_transaction_refresh_status,
}
