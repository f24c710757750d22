"""Handlers of the Accounts operations: list, read, refresh and delete a customer's accounts."""

import asyncio
import re
from functools import partial
from typing import Any

from finicity_async.endpoints import accounts
from finicity_async.operation import Operation
from finicity_async.sandbox.customers import account_in_path, customer_accounts
from finicity_async.sandbox.refreshes import Account, refresh_response
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State


def _active(state: State, request: IncomingRequest) -> list[Account]:
    try:
        records = state.records(request.values["customerId"])
    except KeyError:
        raise RefusalError("14001") from None
    return [account for account in records.values() if account.get("status") == "active"]


def _at_login(state: State, request: IncomingRequest) -> list[Account]:
    login = request.values["institutionLoginId"]
    return [one for one in customer_accounts(state, request).values() if str(one.get("institutionLoginId")) == login]


def _found(records: list[Account], code: int) -> list[Account]:
    if not records:
        raise RefusalError(code)
    return records


def _listed(records: list[Account]) -> Response:
    return json_response({"accounts": records})


async def _get_customer_accounts(state: State, request: IncomingRequest) -> Response:
    if not request.query:
        return state.kept_response(request.values["customerId"], lambda: _listed(_active(state, request)))
    status = request.query.get("status", "active")
    if status not in ("active", "pending"):
        raise RefusalError("18017")
    records = list(customer_accounts(state, request).values()) if status == "pending" else _active(state, request)
    if "account_type" in request.query:
        records = [account for account in records if account.get("type") == request.query["account_type"]]
    return _listed(records)


async def _get_customer_accounts_by_institution(state: State, request: IncomingRequest) -> Response:
    institution = request.values["institutionId"]
    if not re.fullmatch(r"[0-9]+", institution):
        raise RefusalError("14020")
    return _listed(_found([one for one in _active(state, request) if one.get("institutionId") == institution], 38006))


async def _get_customer_accounts_by_institution_login(state: State, request: IncomingRequest) -> Response:
    return _listed(_found(_at_login(state, request), 38007))


async def _get_customer_account(state: State, request: IncomingRequest) -> Response:
    return json_response(account_in_path(state, request))


async def _refresh(state: State, request: IncomingRequest, *, blocks: bool) -> Response:
    """Start a refresh of the login in the path, or of all accounts; version 1 blocks until it has ended."""
    _check_span(request)
    by_login = "institutionLoginId" in request.values
    records = _found(_at_login(state, request), 38007) if by_login else list(customer_accounts(state, request).values())
    script = state.start_refresh(request.values["customerId"], records)
    if script is None:
        raise RefusalError(325)
    if blocks and script.answer == "end" and not await has_ended(state, records):
        return Response(sent="nothing")
    held = _held(state, request)
    active = [one for one in records if one.get("status") == "active" and any(one is other for other in held.values())]
    return refresh_response(script, _listed(active), blocks=blocks)


async def has_ended(state: State, records: list[Account]) -> bool:
    """Wait for the end of a refresh; False when the sandbox closes before."""
    while state.is_refreshing(records):
        if state.closing.is_set():
            return False
        await asyncio.sleep(0.01)
    return True


def _check_span(request: IncomingRequest) -> None:
    dates = [request.query[name] for name in ("fromDate", "toDate") if name in request.query]
    if not all(re.fullmatch(r"[0-9]{1,18}", date) for date in dates) or dates != sorted(dates, key=int):
        raise RefusalError("14020")


def _held(state: State, request: IncomingRequest) -> dict[str, Account]:
    return state.customers.get(request.values["customerId"], {})


_refresh_v1 = partial(_refresh, blocks=True)
_refresh_v2 = partial(_refresh, blocks=False)


async def _delete_customer_account(state: State, request: IncomingRequest) -> Response:
    if _held(state, request).pop(request.values["accountId"], None) is None:
        raise RefusalError(38003)
    state.forget_responses()
    return Response(status=204)


async def _delete_customer_accounts_by_institution_login(state: State, request: IncomingRequest) -> Response:
    held, login = _held(state, request), request.values["institutionLoginId"]
    gone = [key for key, account in held.items() if str(account.get("institutionLoginId")) == login]
    if not gone:
        raise RefusalError(38007)
    for key in gone:
        del held[key]
    state.forget_responses()
    return Response(status=204)


HANDLERS: dict[Operation[Any], Handler] = {
    accounts.GET_CUSTOMER_ACCOUNTS: _get_customer_accounts,
    accounts.GET_CUSTOMER_ACCOUNT: _get_customer_account,
    accounts.GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION: _get_customer_accounts_by_institution,
    accounts.GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN: _get_customer_accounts_by_institution_login,
    accounts.REFRESH_CUSTOMER_ACCOUNTS: _refresh_v1,
    accounts.REFRESH_CUSTOMER_ACCOUNTS_V2: _refresh_v2,
    accounts.REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN: _refresh_v1,
    accounts.REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN_V2: _refresh_v2,
    accounts.DELETE_CUSTOMER_ACCOUNT: _delete_customer_account,
    accounts.DELETE_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN: _delete_customer_accounts_by_institution_login,
}
