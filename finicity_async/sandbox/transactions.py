"""Handlers of the Transactions operations."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from finicity_async.endpoints import transactions
from finicity_async.operation import Operation
from finicity_async.sandbox.accounts import has_ended
from finicity_async.sandbox.customers import account_in_path
from finicity_async.sandbox.data.transactions import Row, incoming_sign
from finicity_async.sandbox.histories import History, Listing
from finicity_async.sandbox.pages import start_and_limit
from finicity_async.sandbox.records import Records
from finicity_async.sandbox.recurring import recurring_transactions
from finicity_async.sandbox.refreshes import Account, refresh_response, seconds_of
from finicity_async.sandbox.reports import consumer_in_path, start_report
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, error_response, json_response
from finicity_async.sandbox.state import State
from finicity_async.status_codes import SUCCESS, describe_status

_DATE = re.compile(r"[0-9]{1,18}", re.ASCII)
_DAY = 86_400
_BY_POSTED_DATE = "window_by_posted_date"
_LATEST_POSTING = 31 * _DAY
_HISTORY = 730 * _DAY
"""How far before its creation the transactions of an account reach once older ones were loaded."""


def _records(state: State, request: IncomingRequest) -> Records:
    try:
        return state.records(request.values["customerId"])
    except KeyError:
        raise RefusalError("14001") from None


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What a request for a list asks for.

    Attributes:
        first: The first second of the window, which is in it.
        last: The last second of the window, which is in it.
        start: Place of the first row of the page, from 1.
        limit: Most rows on the page.
        sort: ``"asc"`` or ``"desc"``.
        pending: Whether pending rows are wanted, too.
    """

    first: int
    last: int
    start: int
    limit: int
    sort: str
    pending: bool


async def _get_all_customer_transactions(state: State, request: IncomingRequest) -> Response:
    asked = asked_for(request)
    history = _history(state, request, _records(state, request), asked)
    return json_response(_page(request, asked, history.listing(pending=asked.pending)))


async def _get_customer_account_transactions(state: State, request: IncomingRequest) -> Response:
    asked, records, account_id = asked_for(request), _records(state, request), request.values["accountId"]
    if account_id not in records:
        raise RefusalError(38003)
    history = _history(state, request, records, asked)
    page = _page(request, asked, history.listing(account_id, pending=asked.pending))
    if _flag(request, "showDailyBalance"):
        page["dailyBalances"] = _daily_balances(records[account_id], history.listing(account_id, pending=False), asked)
    return json_response(page)


def asked_for(request: IncomingRequest) -> Asked:
    """
    Read what a request for a list asks for.

    Raises:
        RefusalError: Something is missing, or not what it has to be.
    """
    dates = [request.query.get(name, "") for name in ("fromDate", "toDate")]
    if "" in dates:
        raise RefusalError("10005")
    sort = request.query.get("sort", "desc")
    if not all(map(_DATE.fullmatch, dates)) or sort not in ("asc", "desc"):
        raise RefusalError("14020")
    first, last = map(int, dates)
    if first > last:
        raise RefusalError("14020")
    return Asked(first, last, *start_and_limit(request), sort, _flag(request, "includePending"))


def _flag(request: IncomingRequest, name: str) -> bool:
    text = request.query.get(name, "false")
    if text not in ("true", "false"):
        raise RefusalError("14020")
    return text == "true"


def _history(state: State, request: IncomingRequest, records: Records, asked: Asked) -> History:
    """Return the customer's history from the window on, and from what may have been posted in it."""
    since = asked.first - (_LATEST_POSTING if _BY_POSTED_DATE in request.quirks else 0)
    return state.transactions.history(request.values["customerId"], records, max(0, since))


def _page(request: IncomingRequest, asked: Asked, listing: Listing) -> dict[str, Any]:
    begin, end = listing.within(asked.first, asked.last)
    if _BY_POSTED_DATE in request.quirks:
        listing = listing.posted_within(asked.first, asked.last)
        begin, end = 0, len(listing.rows)
    found, place = end - begin, asked.start - 1
    if asked.sort == "asc":
        first = min(end, begin + place)
        rows = listing.between(first, min(end, first + asked.limit), request.quirks.get("ties_in_any_order"))
    else:
        last = max(begin, end - place)
        rows = listing.between(max(begin, last - asked.limit), last, request.quirks.get("ties_in_any_order"))[::-1]
    return {
        "found": found,
        "displaying": len(rows),
        "moreAvailable": "true" if place + len(rows) < found else "false",
        "fromDate": request.query["fromDate"],
        "toDate": request.query["toDate"],
        "sort": asked.sort,
        "transactions": rows,
    }


def _daily_balances(account: Account, listing: Listing, asked: Asked) -> list[dict[str, Any]]:
    """Return the balances of the days in a window, counted back from the balance that the account has now."""
    sign, ending = _sign(account), _exact(account.get("balance"))
    first_day = asked.first // _DAY
    changes: defaultdict[int, Decimal] = defaultdict(Decimal)
    for date, row in zip(listing.dates, listing.rows, strict=True):
        if date // _DAY >= first_day and row.get("status") == "active":
            changes[date // _DAY] += sign * _exact(row.get("amount"))
    found: list[dict[str, Any]] = []
    for day in sorted(changes, reverse=True):
        found.append({"date": day * _DAY, "beginning": ending - changes[day], "ending": ending})
        ending -= changes[day]
    return [one for one in reversed(found) if one["date"] <= asked.last]


def _exact(amount: Any) -> Decimal:
    return Decimal(str(amount or 0))


async def _get_customer_transaction(state: State, request: IncomingRequest) -> Response:
    return _only(state, request, lambda row: str(row["id"]) == request.values["transactionId"])


async def _get_transaction_by_unique_transaction_id(state: State, request: IncomingRequest) -> Response:
    wanted = request.values["uniqueTransactionId"]
    return _only(state, request, lambda row: f"{row['accountId']}-{row['id']}" == wanted)


def _only(state: State, request: IncomingRequest, is_wanted: Callable[[Row], bool]) -> Response:
    records = _records(state, request)
    rows = state.transactions.history(request.values["customerId"], records).listing().rows
    found = next(filter(is_wanted, rows), None)
    if found is None:
        raise RefusalError(24553)
    return json_response(found)


async def _load_historic_transactions(state: State, request: IncomingRequest) -> Response:
    """Refresh an account, with the transactions of 24 months before its creation; a second load does nothing."""
    account = account_in_path(state, request)
    since = seconds_of(account.get("createdDate")) - _HISTORY
    is_forced = bool(request.body) and request.members().get("force") in (True, "true")
    if 0 < seconds_of(account.get("oldestTransactionDate")) <= since and not is_forced:
        return Response(status=204)
    script = state.start_refresh(request.values["customerId"], [account], since)
    if script is None:
        raise RefusalError(325)
    if script.answer == "end" and not await has_ended(state, [account]):
        return Response(sent="nothing")
    code = account.get("aggregationStatusCode", SUCCESS)
    if script.answer == "end" and code != SUCCESS:
        return error_response(code, describe_status(code).meaning, 500)
    return refresh_response(script, Response(status=204), blocks=True)


async def _get_recurring_transactions(state: State, request: IncomingRequest) -> Response:
    records = _records(state, request)
    history = state.transactions.history(request.values["customerId"], records)
    of_accounts = [
        {"accountId": one, **recurring_transactions(history.listing(one).rows, _sign(records[one]), state.clock())}
        for one in _named_accounts(request, records)
    ]
    names = ("recurringOutflows", "recurringInflows")
    of_customer = {name: [stream for one in of_accounts for stream in one[name]] for name in names}
    return json_response(
        {"customerRecurringTransactions": of_customer, "accountRecurringTransactions": of_accounts},
    )


def _named_accounts(request: IncomingRequest, records: Records) -> list[str]:
    """Return the accounts that are asked for, which without a word are all active ones."""
    named = request.members().get("accountIds", []) if request.body else []
    if not isinstance(named, list):
        raise RefusalError("14020")
    if not all(str(one) in records for one in named):
        raise RefusalError(38003)
    return [str(one) for one in named] or [key for key, one in records.items() if one.get("status") == "active"]


def _sign(account: Account) -> int:
    return incoming_sign(str(account.get("type")))


async def _generate_transactions_report(state: State, request: IncomingRequest) -> Response:
    consumer_in_path(state, request)
    records, constraints = _records(state, request), request.members() if request.body else {}
    named = str(constraints.get("accountIds", "")).split()
    dates = {name: request.query[name] for name in ("fromDate", "toDate") if name in request.query}
    if not all(one in records for one in named) or not all(map(_DATE.fullmatch, dates.values())):
        raise RefusalError("14020")
    constraints |= {"accountIds": named or list(records), "includePending": _flag(request, "includePending")}
    constraints |= {name: int(date) for name, date in dates.items()}
    return await start_report(state, request, constraints)


HANDLERS: dict[Operation[Any], Handler] = {
    transactions.GET_ALL_CUSTOMER_TRANSACTIONS: _get_all_customer_transactions,
    transactions.GET_CUSTOMER_ACCOUNT_TRANSACTIONS: _get_customer_account_transactions,
    transactions.GET_CUSTOMER_TRANSACTION: _get_customer_transaction,
    transactions.GET_TRANSACTION_BY_UNIQUE_TRANSACTION_ID: _get_transaction_by_unique_transaction_id,
    transactions.LOAD_HISTORIC_TRANSACTIONS_FOR_CUSTOMER_ACCOUNT: _load_historic_transactions,
    transactions.GET_RECURRING_TRANSACTIONS: _get_recurring_transactions,
    transactions.GENERATE_TRANSACTIONS_REPORT: _generate_transactions_report,
}
