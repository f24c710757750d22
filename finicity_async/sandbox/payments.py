"""Handlers of the Payments operations: account numbers, payment instructions, and balances with their cache."""

from datetime import UTC, datetime
from random import Random
from typing import Any

from finicity_async.endpoints import payments
from finicity_async.operation import Operation
from finicity_async.sandbox.customers import account_in_path, customer_accounts
from finicity_async.sandbox.refreshes import Account
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_DEPOSITS = ("checking", "savings", "moneyMarket", "cd")
_INSTANT = _DEPOSITS[:3]
_TREE = ("studentLoan", "studentLoanGroup", "studentLoanAccount")
_LOANS = ("loan", "mortgage", *_TREE)
_PAYMENT_ADDRESS = "P.O. Box 100 Ogden, UT 84401"
_CACHED_MINUTES = 30
_MOST_MINUTES = 1440
_DAY = 86_400


def _account(state: State, request: IncomingRequest, types: tuple[str, ...]) -> Account:
    """Return the account in the path, which must be of one of the types."""
    account = account_in_path(state, request)
    if account.get("type") not in types:
        raise RefusalError("14020")
    return account


# Account numbers


async def _get_account_ach_details(state: State, request: IncomingRequest) -> Response:
    account = _account(state, request, _DEPOSITS)
    return json_response({"routingNumber": _routing_number(state, account), "realAccountNumber": _number(account)})


async def _get_account_payment_instruction_details(state: State, request: IncomingRequest) -> Response:
    account = _account(state, request, _INSTANT)
    shared = {
        "accountNumber": _number(account),
        "tanEnabled": False,
        "descriptors": [{"type": "routingNumber", "value": _routing_number(state, account)}],
    }
    can = {"transferInEnabled": True, "transferOutEnabled": account["type"] == "checking"}
    instant = [{"type": one, **shared, **can} for one in ("rtp", "fednow")]
    return json_response({"paymentInstruction": [{"type": "ach", **shared}, *instant]})


def _number(account: Account) -> str:
    """Return the whole number of an account, also where the record has it masked."""
    number = str(account.get("number", ""))
    if number.isdecimal():
        return number
    return f"{Random(account['id']).randrange(10**5, 10**6)}{number[-4:]:0>4}"


def _routing_number(state: State, account: Account) -> str:
    return state.institutions.routing_number(account["institutionId"])


# Loans


async def _get_loan_payment_details(state: State, request: IncomingRequest) -> Response:
    account = _account(state, request, _LOANS)
    details = _payment(account, "loan")
    if account["type"] in _TREE:
        details["accountDetail"] = _tree(_top(account, customer_accounts(state, request)), state, request)
    return json_response(details)


def _payment(account: Account, prefix: str) -> Account:
    number = _number(account)
    return {
        f"{prefix}Number": number,
        f"{prefix}PaymentNumber": f"0000{number}",
        f"{prefix}PaymentAddress": _PAYMENT_ADDRESS,
    }


def _top(account: Account, records: dict[str, Account]) -> Account:
    while (above := records.get(account.get("parentAccount", ""))) is not None:
        account = above
    return account


def _tree(account: Account, state: State, request: IncomingRequest) -> Account:
    """Return a student loan as the vendor tells of it: an account, its groups, and the loans of each."""
    records = customer_accounts(state, request).values()

    def below(parent: Account) -> list[Account]:
        return [one for one in records if one.get("parentAccount") == parent["id"]]

    groups = [
        {**_level(group, "group"), "groupLoanDetail": [_level(loan, "loan") for loan in below(group)]}
        for group in below(account)
    ]
    return {**_level(account, "account"), "groupDetail": groups}


def _level(account: Account, prefix: str) -> Account:
    day = datetime.fromtimestamp(account.get("balanceDate", 0) // _DAY * _DAY, UTC)
    return {
        "accountId": account["id"],
        **_payment(account, prefix),
        f"{prefix}FuturePayoffAmount": abs(account.get("balance", 0)),
        f"{prefix}FuturePayoffDate": day.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


# Balances


async def _get_available_balance_live(state: State, request: IncomingRequest) -> Response:
    minutes = request.query.get("balance_cache_interval", str(_CACHED_MINUTES))
    if not minutes.isdecimal() or int(minutes) > _MOST_MINUTES:
        raise RefusalError("14020")
    account = _account(state, request, _DEPOSITS)
    key = (request.values["customerId"], account["id"])
    held = state.balances.get(key)
    if held is None or int(minutes) == 0 or state.clock() - held["availableBalanceDate"] > int(minutes) * 60:
        held = state.balances[key] = _balance(account, int(state.clock()))
    return json_response(held)


async def _get_available_balance(state: State, request: IncomingRequest) -> Response:
    """Answer with the balance that was read last, by the call for a live one or by an aggregation."""
    account = _account(state, request, _DEPOSITS)
    aggregated = _balance(account, account.get("balanceDate", 0))
    held = state.balances.get((request.values["customerId"], account["id"]), aggregated)
    return json_response(max(held, aggregated, key=lambda one: one["availableBalanceDate"]))


def _balance(account: Account, now: int) -> Account:
    cleared = account.get("balance", 0)
    available = account.get("detail", {}).get("availableBalanceAmount", cleared)
    customer_id = str(account["customerId"])
    return {
        "id": int(customer_id) if customer_id.isdecimal() else 0,
        "realAccountNumberLast4": _number(account)[-4:],
        "availableBalance": available,
        "availableBalanceDate": now,
        "clearedBalance": cleared,
        "clearedBalanceDate": now,
        "aggregationStatusCode": account.get("aggregationStatusCode", 0),
        "currency": account.get("currency", "USD"),
    }


HANDLERS: dict[Operation[Any], Handler] = {
    payments.GET_LOAN_PAYMENT_DETAILS: _get_loan_payment_details,
    payments.GET_ACCOUNT_ACH_DETAILS: _get_account_ach_details,
    payments.GET_AVAILABLE_BALANCE_LIVE: _get_available_balance_live,
    payments.GET_AVAILABLE_BALANCE: _get_available_balance,
    payments.GET_ACCOUNT_PAYMENT_INSTRUCTION_DETAILS: _get_account_payment_instruction_details,
}
