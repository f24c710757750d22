"""Handlers of the Customers operations, and the lookup of a customer that handlers of other tags share."""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import islice
from typing import Any

from finicity_async.endpoints import customers
from finicity_async.operation import Operation
from finicity_async.sandbox.records import Records
from finicity_async.sandbox.refreshes import Account
from finicity_async.sandbox.registrations import FIRST_APPLICATION
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_TYPES = ("testing", "active")
_DEFAULT_LIMIT = 25
_MOST = 1000
_NAMES = ("firstName", "lastName")
_DETAILS = (*_NAMES, "phone", "email", "applicationId")
_ODD_NAME = re.compile(r"[<>{}\[\]|\\^~`]")
"""The vendor refuses names with some characters and does not say which; these stand for them."""


def customer_accounts(state: State, request: IncomingRequest) -> Records:
    """
    Return the accounts of the customer in the path.

    Raises:
        RefusalError: There is no such customer.
    """
    try:
        return state.customers[request.values["customerId"]]
    except KeyError:
        raise RefusalError("14001") from None


def account_in_path(state: State, request: IncomingRequest) -> Account:
    """
    Return the account in the path.

    Raises:
        RefusalError: There is no such customer, or the customer has no such account.
    """
    account = customer_accounts(state, request).get(request.values["accountId"])
    if account is None:
        raise RefusalError(38003)
    return account


def customer_in_path(state: State, request: IncomingRequest) -> str:
    """
    Return the ID of the customer in the path, whose accounts are not drawn for it.

    Raises:
        RefusalError: There is no such customer.
    """
    customer_id = request.customer_id
    if customer_id is None or customer_id not in state.customers:
        raise RefusalError("14001")
    return customer_id


async def _add_customer(state: State, request: IncomingRequest, *, type_: str) -> Response:
    if type_ == "active" and state.test_plan:
        raise RefusalError(10021)
    given = request.members()
    username = given.get("username")
    if username is None:
        raise RefusalError("10005")
    if not isinstance(username, str) or not customers.USERNAME_FORM.fullmatch(username):
        raise RefusalError(110039)
    _check_names(given)
    if state.customers.named(username) is not None:
        raise RefusalError("110002")
    customer_id, now = state.add_customer(None), int(state.clock())
    details = {name: given[name] for name in _DETAILS if name in given}
    record = {"id": customer_id, "username": username, "type": type_, "createdDate": str(now), **details}
    state.customers.describe(customer_id, record)
    return json_response({"id": customer_id, "username": username, "createdDate": now}, 201)


def _check_names(given: Mapping[str, Any]) -> None:
    if any(not isinstance(given[name], str) or _ODD_NAME.search(given[name]) for name in _NAMES if name in given):
        raise RefusalError("45003")


async def _get_customers(state: State, request: IncomingRequest) -> Response:
    start, limit = _at_least_one(request, "start", "41003"), _at_least_one(request, "limit", "41004")
    first, most = (start or 1) - 1, min(limit or _DEFAULT_LIMIT, _MOST)
    if request.query.get("type", "") not in ("", *_TYPES):
        raise RefusalError("14016")
    if _lists_everyone(state, request.query):
        ids = islice(state.customers.from_place(first), most)
        return _page(map(state.customer_record, ids), first, len(state.customers))
    found = [record for record in _candidates(state, request.query) if _is_wanted(record, request.query)]
    return _page(found[first:][:most], first, len(found))


def _lists_everyone(state: State, query: Mapping[str, str]) -> bool:
    """Return whether a query leaves nobody out, so that a page of many customers costs no more than one of a few."""
    if query.get("username") is not None or query.get("search"):
        return False
    described = map(state.customer_record, state.customers.described()) if query.get("type") == "testing" else ()
    return query.get("type") != "active" and all(record["type"] == "testing" for record in described)


def _page(records: Iterable[Account], first: int, found: int) -> Response:
    """Return a page of customers; in a list the vendor does not say to which application they belong."""
    page = [{name: record[name] for name in record if name != "applicationId"} for record in records]
    more = first + len(page) < found
    return json_response({"found": found, "displaying": len(page), "moreAvailable": more, "customers": page})


def _candidates(state: State, query: Mapping[str, str]) -> Iterable[Account]:
    """Return the customers among which all that match a query are: one by its username, or the described, or all."""
    name = query.get("username")
    if name is not None:
        ids: Iterable[str] = [one for one in (state.customers.named(name),) if one is not None]
    else:
        ids = state.customers.described() if query.get("type") == "active" else state.customers
    return map(state.customer_record, ids)


def _is_wanted(record: Account, query: Mapping[str, str]) -> bool:
    text = " ".join(record[name] for name in ("username", *_NAMES) if name in record)
    return query.get("search", "").lower() in text.lower() and query.get("type", "") in ("", record["type"])


def _at_least_one(request: IncomingRequest, name: str, code: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"0*[1-9][0-9]{0,17}", text, re.ASCII):
        raise RefusalError(code)
    return int(text)


async def _get_customer(state: State, request: IncomingRequest) -> Response:
    return json_response(state.customer_record(customer_in_path(state, request)))


async def _get_customer_with_app_data(state: State, request: IncomingRequest) -> Response:
    record = state.customer_record(customer_in_path(state, request))
    names = {name: record.get(name, "") for name in _NAMES}
    record = {**names, "applicationId": FIRST_APPLICATION, **record}
    return json_response({**record, "applicationName": _application_name(state, record["applicationId"])})


def _application_name(state: State, application_id: str) -> str:
    """Return the name of an application, ``""`` for one that a customer was added with and nobody registered."""
    return next((one.name for one in state.applications.values() if one.application_id == application_id), "")


async def _modify_customer(state: State, request: IncomingRequest) -> Response:
    customer_id, given = customer_in_path(state, request), request.members()
    changes = {name: given[name] for name in _NAMES if name in given}
    if not changes:
        raise RefusalError("10025")
    _check_names(changes)
    now = str(int(state.clock()))
    state.customers.describe(customer_id, {**state.customer_record(customer_id), **changes, "lastModifiedDate": now})
    return Response(status=204)


async def _delete_customer(state: State, request: IncomingRequest) -> Response:
    state.delete_customer(customer_in_path(state, request))
    return Response(status=204)


HANDLERS: dict[Operation[Any], Handler] = {
    customers.ADD_TESTING_CUSTOMER: partial(_add_customer, type_="testing"),
    customers.ADD_CUSTOMER: partial(_add_customer, type_="active"),
    customers.GET_CUSTOMERS: _get_customers,
    customers.GET_CUSTOMER: _get_customer,
    customers.GET_CUSTOMER_WITH_APP_DATA: _get_customer_with_app_data,
    customers.MODIFY_CUSTOMER: _modify_customer,
    customers.DELETE_CUSTOMER: _delete_customer,
}
