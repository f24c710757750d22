"""What the vendor answers: a handler for each operation, on the sandbox's state; no sockets here."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import msgspec

from finicity_async.endpoints import accounts, authentication, customers
from finicity_async.operation import Operation
from finicity_async.sandbox.answers import Answer, error_answer, json_answer
from finicity_async.sandbox.refreshes import Account, refresh_answer
from finicity_async.sandbox.state import State, username

_CUSTOMER_TYPES = ("testing", "active")
_SECRET = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9!@#$%&*_+-]{12,255}")

# Status and message for each code. The account services send their codes as numbers, the gateway in front as text.
ERRORS: dict[int | str, tuple[int, str]] = {
    10001: (401, "Invalid partner id or partner secret"),
    10021: (401, "Partner is not authorized"),
    "10005": (400, "A required parameter is missing"),
    "10022": (401, "Invalid token in Finicity-App-Token header"),
    "10023": (401, "Expired token in Finicity-App-Token header"),
    "10024": (401, "Missing Finicity-App-Token header"),
    "10026": (401, "Missing Finicity-App-Key header"),
    "14001": (404, "Customer not found"),
    "14016": (400, "Customer type is invalid"),
    "14020": (400, "Bad request"),
    "18017": (400, "Status must be active or pending"),
    "24437": (400, "New partner secret does not meet the password policy"),
    "41003": (400, "Start must be at least one"),
    "41004": (400, "Limit must be at least one"),
    325: (500, "A refresh is already running for this account"),
    38003: (404, "Customer does not have the specified account"),
    38006: (404, "Customer has no accounts at the specified institution"),
    38007: (404, "Customer has no accounts for the specified institution login"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """
    One request, as the vendor looks at it.

    Attributes:
        operation: Which operation it is, None for none of the vendor's.
        values: The placeholders of the path.
        method: HTTP method.
        query: Query parameters.
        headers: Headers, found in any case.
        body: The body.
        allowed: Methods that the path has.
    """

    operation: Operation[Any] | None
    values: Mapping[str, str]
    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    allowed: tuple[str, ...] = ()

    @property
    def customer_id(self) -> str | None:
        """The customer in the path."""
        return self.values.get("customerId")


class RefusalError(Exception):
    """The vendor answers with an error."""

    def __init__(self, code: int | str) -> None:
        super().__init__(code)
        self.code = code

    def answer(self) -> Answer:
        """Return the answer for the code."""
        status, message = ERRORS[self.code]
        return error_answer(self.code, message, status)


def recognise(method: str, path: str) -> tuple[Operation[Any] | None, Mapping[str, str], tuple[str, ...]]:
    """Return the operation of a method and path, the values in the path, and the methods that the path has."""
    for operation, pattern in _PATTERNS.get(method, ()):
        if found := pattern.fullmatch(path):
            return operation, {name: unquote(value) for name, value in found.groupdict().items()}, ()
    allowed = (other for other, rows in _PATTERNS.items() if any(pattern.fullmatch(path) for _, pattern in rows))
    return None, {}, tuple(allowed)


async def answer(state: State, asked: Asked) -> Answer:
    """Do what a request asks for and return the answer."""
    try:
        if (refusal := _refusal(state, asked)) is not None:
            return refusal
        state.settle()
        assert asked.operation is not None  # noqa: S101 -- _refusal() saw to it
        return await _HANDLERS[asked.operation](state, asked)
    except RefusalError as error:
        return error.answer()


def _refusal(state: State, asked: Asked) -> Answer | None:
    """Check a request as the vendor does: first the key, then the path, then the token, which a login does not need."""
    app_key = asked.headers.get("Finicity-App-Key")
    if not app_key:
        raise RefusalError("10026")
    if app_key != state.partner.credentials.app_key:
        if asked.operation is not None and not asked.operation.token:
            raise RefusalError(
                10001
            )  # The vendor's document has no text/plain for these; it counts as no failed login.
        return Answer(status=401, body=b"Invalid (Finicity-App-Key)", content_type="text/plain")
    if asked.operation is None:
        return _unknown(asked)
    if asked.method == "POST" and not ("Content-Length" in asked.headers or "Transfer-Encoding" in asked.headers):
        return Answer(status=411)
    if asked.operation.token:
        _check_token(state, asked.headers.get("Finicity-App-Token"))
    return None


def _unknown(asked: Asked) -> Answer:
    """Answer what is none of the operations; no public source says how, so the form of the other errors is taken."""
    if asked.allowed:
        refused = error_answer("14020", "Method not allowed", 405)
        return replace(refused, headers={"Allow": ", ".join(sorted(asked.allowed))})
    return error_answer("14001", "Resource not found", 404)


def _check_token(state: State, token: str | None) -> None:
    if not token:
        raise RefusalError("10024")
    if token not in state.partner.tokens:
        raise RefusalError("10022")
    if state.token_is_expired(token):
        raise RefusalError("10023")


async def _create_token(state: State, asked: Asked) -> Answer:
    _check_partner(state, asked)
    return json_answer({"token": state.new_token()})


async def _modify_partner_secret(state: State, asked: Asked) -> Answer:
    body = _check_partner(state, asked)
    new_secret = body.get("newPartnerSecret")
    if new_secret is None:
        raise RefusalError("10005")
    if not isinstance(new_secret, str) or not _SECRET.fullmatch(new_secret):
        raise RefusalError("24437")
    state.change_secret(new_secret, immediate=body.get("immediate") is not False)
    return Answer(status=204)


def _check_partner(state: State, asked: Asked) -> dict[str, Any]:
    """Return the body of a call that proves the partner; five failures in a row lock the partner."""
    try:
        body = msgspec.json.decode(asked.body, type=dict[str, Any])
        given = body["partnerId"], body["partnerSecret"]
    except (msgspec.MsgspecError, ValueError, KeyError, RecursionError):
        raise RefusalError("10005") from None
    partner = state.partner
    if partner.locked:
        raise RefusalError(10021)
    if not state.is_partner(*given):
        partner.failed_logins += 1
        raise RefusalError(10001)
    partner.failed_logins = 0
    return body


async def _get_customers(state: State, asked: Asked) -> Answer:
    start, limit = (_at_least_one(asked, name, code) for name, code in (("start", "41003"), ("limit", "41004")))
    first, most = (start or 1) - 1, min(limit or 25, 1000)
    if asked.query.get("type", "") not in ("", *_CUSTOMER_TYPES):
        raise RefusalError("14016")
    found = list(state.customers)
    if asked.query.keys() & {"username", "search", "type"}:
        found = [customer for customer in found if _is_wanted(customer, asked.query)]
    page = [state.customer_record(customer) for customer in found[first:][:most]]
    more = first + len(page) < len(found)
    return json_answer({"found": len(found), "displaying": len(page), "moreAvailable": more, "customers": page})


def _is_wanted(customer_id: str, query: Mapping[str, str]) -> bool:
    """Return whether a customer is asked for; those of the sandbox are for testing and have no names."""
    name = username(customer_id)
    is_named = query.get("username", name) == name and query.get("search", "").lower() in name
    return is_named and query.get("type", "") in ("", "testing")


def _at_least_one(asked: Asked, name: str, code: str) -> int | None:
    text = asked.query.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"0*[1-9][0-9]{0,17}", text, re.ASCII):
        raise RefusalError(code)
    return int(text)


def _customer(state: State, asked: Asked) -> dict[str, Account]:
    try:
        return state.customers[asked.values["customerId"]]
    except KeyError:
        raise RefusalError("14001") from None


def _active(state: State, asked: Asked) -> list[Account]:
    try:
        records = state.records(asked.values["customerId"])
    except KeyError:
        raise RefusalError("14001") from None
    return [account for account in records.values() if account.get("status") == "active"]


def _at_login(state: State, asked: Asked) -> list[Account]:
    login = asked.values["institutionLoginId"]
    return [one for one in _customer(state, asked).values() if str(one.get("institutionLoginId")) == login]


def _found(records: list[Account], code: int) -> list[Account]:
    if not records:
        raise RefusalError(code)
    return records


def _listed(records: list[Account]) -> Answer:
    return json_answer({"accounts": records})


async def _get_customer_accounts(state: State, asked: Asked) -> Answer:
    if not asked.query:
        return state.kept_answer(asked.values["customerId"], lambda: _listed(_active(state, asked)))
    status = asked.query.get("status", "active")
    if status not in ("active", "pending"):
        raise RefusalError("18017")
    records = list(_customer(state, asked).values()) if status == "pending" else _active(state, asked)
    if "account_type" in asked.query:
        records = [account for account in records if account.get("type") == asked.query["account_type"]]
    return _listed(records)


async def _get_customer_accounts_by_institution(state: State, asked: Asked) -> Answer:
    institution = asked.values["institutionId"]
    if not re.fullmatch(r"[0-9]+", institution):
        raise RefusalError("14020")
    return _listed(_found([one for one in _active(state, asked) if one.get("institutionId") == institution], 38006))


async def _get_customer_accounts_by_institution_login(state: State, asked: Asked) -> Answer:
    return _listed(_found(_at_login(state, asked), 38007))


async def _get_customer_account(state: State, asked: Asked) -> Answer:
    account = _customer(state, asked).get(asked.values["accountId"])
    if account is None:
        raise RefusalError(38003)
    return json_answer(account)


async def _refresh_customer_accounts(state: State, asked: Asked) -> Answer:
    """Start a refresh of the login in the path, or of all accounts; version 1 answers when it has ended."""
    _check_span(asked)
    assert asked.operation is not None  # noqa: S101 -- it brought us here
    blocks = asked.operation.reply_type is not None
    by_login = "institutionLoginId" in asked.values
    records = _found(_at_login(state, asked), 38007) if by_login else list(_customer(state, asked).values())
    script = state.start_refresh(asked.values["customerId"], records)
    if script is None:
        raise RefusalError(325)
    while script.answer == "end" and blocks and state.is_refreshing(records):
        if state.closing.is_set():
            return Answer(sent="nothing")
        await asyncio.sleep(0.01)
    held = _held(state, asked)
    active = [one for one in records if one.get("status") == "active" and any(one is other for other in held.values())]
    return refresh_answer(script, _listed(active), blocks=blocks)


def _check_span(asked: Asked) -> None:
    dates = [asked.query[name] for name in ("fromDate", "toDate") if name in asked.query]
    if not all(re.fullmatch(r"[0-9]{1,18}", date) for date in dates) or dates != sorted(dates, key=int):
        raise RefusalError("14020")


def _held(state: State, asked: Asked) -> dict[str, Account]:
    return state.customers.get(asked.values["customerId"], {})


async def _delete_customer_account(state: State, asked: Asked) -> Answer:
    if _held(state, asked).pop(asked.values["accountId"], None) is None:
        raise RefusalError(38003)
    state.forget_answers()
    return Answer(status=204)


async def _delete_customer_accounts_by_institution_login(state: State, asked: Asked) -> Answer:
    held, login = _held(state, asked), asked.values["institutionLoginId"]
    gone = [key for key, account in held.items() if str(account.get("institutionLoginId")) == login]
    if not gone:
        raise RefusalError(38007)
    for key in gone:
        del held[key]
    state.forget_answers()
    return Answer(status=204)


_HANDLERS: dict[Operation[Any], Callable[[State, Asked], Awaitable[Answer]]] = {
    accounts.GET_CUSTOMER_ACCOUNTS: _get_customer_accounts,
    accounts.GET_CUSTOMER_ACCOUNT: _get_customer_account,
    accounts.GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION: _get_customer_accounts_by_institution,
    accounts.GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN: _get_customer_accounts_by_institution_login,
    customers.GET_CUSTOMERS: _get_customers,
    authentication.CREATE_TOKEN: _create_token,
    authentication.MODIFY_PARTNER_SECRET: _modify_partner_secret,
    accounts.REFRESH_CUSTOMER_ACCOUNTS: _refresh_customer_accounts,
    accounts.REFRESH_CUSTOMER_ACCOUNTS_V2: _refresh_customer_accounts,
    accounts.REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN: _refresh_customer_accounts,
    accounts.REFRESH_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN_V2: _refresh_customer_accounts,
    accounts.DELETE_CUSTOMER_ACCOUNT: _delete_customer_account,
    accounts.DELETE_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN: _delete_customer_accounts_by_institution_login,
}


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


_PATTERNS: dict[str, list[tuple[Operation[Any], re.Pattern[str]]]] = {}
for _operation in _HANDLERS:
    _PATTERNS.setdefault(_operation.method, []).append((_operation, _pattern(_operation.path)))

OPERATIONS = frozenset(operation.operation_id for operation in _HANDLERS)
"""The operations that the sandbox has, by operationId."""
