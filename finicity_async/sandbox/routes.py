"""The sandbox as a web application: a handler for each operation, answers and errors as the vendor gives them."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from finicity_async.endpoints import accounts, authentication, customers
from finicity_async.protocol import Operation
from finicity_async.sandbox.answers import CLOSING, disconnect, refresh_answer
from finicity_async.sandbox.refreshes import Account
from finicity_async.sandbox.state import State

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
STATE = web.AppKey("state", State)
_SECRET = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9!@#$%&*_+-]{12,255}")

# Status and message for each code. The account services send their codes as numbers, the gateway in front as text.
_FAULTS: dict[int | str, tuple[int, str]] = {
    10001: (401, "Invalid partner id or partner secret"),
    10021: (401, "Partner is not authorized"),
    "10005": (400, "A required parameter is missing"),
    "10022": (401, "Invalid token in Finicity-App-Token header"),
    "10023": (401, "Expired token in Finicity-App-Token header"),
    "10024": (401, "Missing Finicity-App-Token header"),
    "10026": (401, "Missing Finicity-App-Key header"),
    "14001": (404, "Customer not found"),
    "18017": (400, "Status must be active or pending"),
    "24437": (400, "New partner secret does not meet the password policy"),
    "41003": (400, "Start must be at least one"),
    "41004": (400, "Limit must be at least one"),
    325: (500, "A refresh is already running for this account"),
    38003: (404, "Customer does not have the specified account"),
    38006: (404, "Customer has no accounts at the specified institution"),
    38007: (404, "Customer has no accounts for the specified institution login"),
}


class FaultError(Exception):
    """The vendor answers with an error."""

    def __init__(self, code: int | str) -> None:
        super().__init__(code)
        self.code = code

    def response(self) -> web.Response:
        """Return the answer for the code."""
        status, message = _FAULTS[self.code]
        return web.json_response({"code": self.code, "message": message}, status=status)


def application(state: State) -> web.Application:
    """Return the application that serves a state."""
    app = web.Application(middlewares=[_answer_faults, _authenticate])
    app[STATE] = state
    app[CLOSING] = asyncio.Event()
    app.on_shutdown.append(_close)
    for operation, handler in _HANDLERS.items():
        app.router.add_route(operation.method, operation.path, handler)
    return app


async def _close(app: web.Application) -> None:
    app[CLOSING].set()


@web.middleware
async def _answer_faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except FaultError as fault:
        return fault.response()


@web.middleware
async def _authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check the headers as the vendor does: first the key, then the token, which a login does not need."""
    state = request.app[STATE]
    app_key = request.headers.get("Finicity-App-Key")
    if not app_key:
        raise FaultError("10026")
    if app_key != state.partner.credentials.app_key:
        return web.Response(status=401, text="Invalid (Finicity-App-Key)")
    if request.path != authentication.CREATE_TOKEN.path:
        token = request.headers.get("Finicity-App-Token")
        if not token:
            raise FaultError("10024")
        if token not in state.partner.tokens:
            raise FaultError("10022")
        if state.token_is_expired(token):
            raise FaultError("10023")
    state.refreshes.settle()
    return await handler(request)


async def _create_token(request: web.Request) -> web.Response:
    state = request.app[STATE]
    await _check_partner(request, state)
    return web.json_response({"token": state.new_token()})


async def _modify_partner_secret(request: web.Request) -> web.Response:
    state = request.app[STATE]
    body = await _check_partner(request, state)
    new_secret = body.get("newPartnerSecret")
    if not isinstance(new_secret, str) or not _SECRET.fullmatch(new_secret):
        raise FaultError("24437")
    state.change_secret(new_secret)
    return web.Response(status=204)


async def _check_partner(request: web.Request, state: State) -> dict[str, Any]:
    """Return the body of a call that proves the partner; five failures in a row lock the partner."""
    try:
        body = await request.json()
        given = body["partnerId"], body["partnerSecret"]
    except (ValueError, KeyError, TypeError):
        raise FaultError("10005") from None
    partner = state.partner
    if partner.locked:
        raise FaultError(10021)
    if given != (partner.credentials.partner_id, partner.credentials.partner_secret):
        partner.failed_logins += 1
        raise FaultError(10001)
    partner.failed_logins = 0
    return dict(body)


async def _get_customers(request: web.Request) -> web.Response:
    state = request.app[STATE]
    start, limit = (_at_least_one(request, name, code) for name, code in (("start", "41003"), ("limit", "41004")))
    limit = min(limit or 25, 1000)
    found = list(state.customers)
    page = found[(start or 1) - 1 :][:limit]
    created = str(int(state.started))
    records = [{"id": one, "username": f"customer{one}", "type": "testing", "createdDate": created} for one in page]
    more = (start or 1) - 1 + len(page) < len(found)
    return web.json_response(
        {"found": len(found), "displaying": len(page), "moreAvailable": more, "customers": records}
    )


def _at_least_one(request: web.Request, name: str, code: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise FaultError(code)
    return int(text)


def _customer(request: web.Request) -> dict[str, Account]:
    try:
        return request.app[STATE].customers[request.match_info["customerId"]]
    except KeyError:
        raise FaultError("14001") from None


def _active(request: web.Request) -> list[Account]:
    return [account for account in _customer(request).values() if account.get("status") == "active"]


def _at_login(request: web.Request) -> list[Account]:
    login = request.match_info["institutionLoginId"]
    return [account for account in _customer(request).values() if str(account.get("institutionLoginId")) == login]


def _found(records: list[Account], code: int) -> list[Account]:
    if not records:
        raise FaultError(code)
    return records


def _listed(records: list[Account]) -> web.Response:
    return web.json_response({"accounts": records})


async def _get_customer_accounts(request: web.Request) -> web.Response:
    status = request.query.get("status", "active")
    if status not in ("active", "pending"):
        raise FaultError("18017")
    records = list(_customer(request).values()) if status == "pending" else _active(request)
    if "account_type" in request.query:
        records = [account for account in records if account.get("type") == request.query["account_type"]]
    return _listed(records)


async def _get_customer_accounts_by_institution(request: web.Request) -> web.Response:
    institution = request.match_info["institutionId"]
    return _listed(_found([one for one in _active(request) if one.get("institutionId") == institution], 38006))


async def _get_customer_accounts_by_institution_login(request: web.Request) -> web.Response:
    return _listed(_found(_at_login(request), 38007))


async def _get_customer_account(request: web.Request) -> web.Response:
    account = _customer(request).get(request.match_info["accountId"])
    if account is None:
        raise FaultError(38003)
    return web.json_response(account)


async def _refresh_customer_accounts(request: web.Request) -> web.StreamResponse:
    """Start a refresh of the login in the path, or of all accounts; version 1 answers when it has ended."""
    state = request.app[STATE]
    by_login = "institutionLoginId" in request.match_info
    records = _found(_at_login(request), 38007) if by_login else list(_customer(request).values())
    script = state.start_refresh(request.match_info["customerId"], records)
    if script is None:
        raise FaultError(325)
    if script.answer == "end" and "/v2/" not in request.path:
        while state.refreshes.is_running(records):
            if request.app[CLOSING].is_set():
                return await disconnect(request)
            await asyncio.sleep(0.01)
    active = [account for account in records if account.get("status") == "active"]
    return await refresh_answer(request, script, active)


async def _delete_customer_account(request: web.Request) -> web.Response:
    customer = request.app[STATE].customers.get(request.match_info["customerId"], {})
    if customer.pop(request.match_info["accountId"], None) is None:
        raise FaultError(38003)
    return web.Response(status=204)


async def _delete_customer_accounts_by_institution_login(request: web.Request) -> web.Response:
    customer = request.app[STATE].customers.get(request.match_info["customerId"], {})
    login = request.match_info["institutionLoginId"]
    for account in _found([one for one in customer.values() if str(one.get("institutionLoginId")) == login], 38007):
        del customer[account["id"]]
    return web.Response(status=204)


_HANDLERS: dict[Operation[Any], Handler] = {
    authentication.CREATE_TOKEN: _create_token,
    authentication.MODIFY_PARTNER_SECRET: _modify_partner_secret,
    customers.GET_CUSTOMERS: _get_customers,
    accounts.GET_CUSTOMER_ACCOUNT: _get_customer_account,
    accounts.GET_CUSTOMER_ACCOUNTS: _get_customer_accounts,
    accounts.GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION: _get_customer_accounts_by_institution,
    accounts.GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN: _get_customer_accounts_by_institution_login,
    accounts.REFRESH_CUSTOMER_ACCOUNTS: _refresh_customer_accounts,
    accounts.REFRESH_CUSTOMER_ACCOUNTS_V2: _refresh_customer_accounts,
    accounts.REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN: _refresh_customer_accounts,
    accounts.REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN_V2: _refresh_customer_accounts,
    accounts.DELETE_CUSTOMER_ACCOUNT: _delete_customer_account,
    accounts.DELETE_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN: _delete_customer_accounts_by_institution_login,
}
