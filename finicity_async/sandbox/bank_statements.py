"""Handlers of the Bank Statements operations: a PDF file for each month, made when it is read."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from finicity_async.endpoints import bank_statements
from finicity_async.operation import Operation
from finicity_async.sandbox.customers import account_in_path, customer_accounts
from finicity_async.sandbox.data.pdf import make_pdf
from finicity_async.sandbox.refreshes import Account
from finicity_async.sandbox.reports import consumer_in_path, start_report
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_MOST = 24
_FILE = "application/octet-stream"
_MONTHS_PER_YEAR = 12
_NO_STATEMENT: Account = {"code": "14001", "message": "The institution has no statement of that month"}


async def _get_customer_account_statement(state: State, request: IncomingRequest) -> Response:
    account = account_in_path(state, request)
    month = _month(state, _index(request.query.get("index", "1")))
    if not _has_statement(account, month):
        raise RefusalError("14001")
    return Response(body=_statement(account, month), content_type=_FILE)


async def _get_customer_account_multiple_statement(state: State, request: IncomingRequest) -> Response:
    account = account_in_path(state, request)
    indexes = [_index(one.strip()) for one in request.query.get("index", "1").split(",")]
    return json_response({"statements": [_listed(state, account, index) for index in indexes]})


async def _get_asset_by_customer_id(state: State, request: IncomingRequest) -> Response:
    """Find a pay statement, or a bank statement by its asset ID, which ends with the month and the account."""
    records = customer_accounts(state, request)
    asset_id = request.values["assetId"]
    if (stored := state.pay_statements.get((request.values["customerId"], asset_id))) is not None:
        return Response(body=stored, content_type=_FILE)
    for account in records.values():
        month = asset_id.removesuffix(f"-{account['id']}")[-6:]
        if month.isdecimal() and _asset_id(state, account, int(month)) == asset_id:
            return Response(body=_statement(account, int(month)), content_type=_FILE)
    raise RefusalError("13002")


async def _generate_statement_report(state: State, request: IncomingRequest) -> Response:
    consumer_in_path(state, request)
    body = request.members()
    wanted = body.get("statementReportData")
    if not isinstance(wanted, dict) or str(wanted.get("accountId")) not in customer_accounts(state, request):
        raise RefusalError("14020")
    return await start_report(state, request, body)


def _index(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise RefusalError("14020")
    return int(text)


def _month(state: State, index: int) -> int:
    """Return the month of a statement, for example 202601: the one before this month has index 1."""
    now = datetime.fromtimestamp(state.clock(), UTC)
    months = now.year * _MONTHS_PER_YEAR + now.month - 1 - index
    return months // _MONTHS_PER_YEAR * 100 + months % _MONTHS_PER_YEAR + 1


def _days(month: int) -> tuple[date, date]:
    """Return the first and the last day of a month."""
    first = date(month // 100, month % 100, 1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _has_statement(account: Account, month: int) -> bool:
    """Return whether the account had been opened by the end of a month, as far as its oldest transaction tells."""
    _, last = _days(month)
    opened = account.get("oldestTransactionDate", 0)
    return datetime.fromtimestamp(opened, UTC).date() <= last


def _listed(state: State, account: Account, index: int) -> Account:
    month = _month(state, index)
    listed = {"asOfDate": int(state.clock()), "index": str(index)}
    if not _has_statement(account, month):
        return {**listed, **_NO_STATEMENT}
    first, last = _days(month)
    return {
        "id": _asset_id(state, account, month),
        "description": f"{first} - {last}",
        "documentDate": str(last),
        **listed,
    }


def _asset_id(state: State, account: Account, month: int) -> str:
    drawn = Random(f"{state.seed}/asset/{account['id']}/{month}").getrandbits(128)
    return f"{UUID(int=drawn, version=4)}-{month}-{account['id']}"


def _statement(account: Account, month: int) -> bytes:
    first, last = _days(month)
    return make_pdf(
        [
            "STATEMENT OF AN INVENTED ACCOUNT",
            f"{account.get('name', 'Account')}, number ending in {account.get('accountNumberDisplay', '0000')}",
            f"{first} to {last}",
            f"Balance: {account.get('balance', 0)} {account.get('currency', 'USD')}",
        ]
    )


HANDLERS: dict[Operation[Any], Handler] = {
    bank_statements.GET_CUSTOMER_ACCOUNT_STATEMENT: _get_customer_account_statement,
    bank_statements.GENERATE_STATEMENT_REPORT: _generate_statement_report,
    bank_statements.GET_CUSTOMER_ACCOUNT_MULTIPLE_STATEMENT: _get_customer_account_multiple_statement,
    bank_statements.GET_ASSET_BY_CUSTOMER_ID: _get_asset_by_customer_id,
}
