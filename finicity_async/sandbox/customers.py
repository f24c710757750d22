"""Handlers of the Customers operations, and the lookup of a customer that handlers of other tags share."""

import re
from collections.abc import Mapping
from typing import Any

from finicity_async.endpoints.customers import GET_CUSTOMERS
from finicity_async.operation import Operation
from finicity_async.sandbox.records import Records
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State, username

_TYPES = ("testing", "active")
_DEFAULT_LIMIT = 25
_MOST = 1000


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


async def _get_customers(state: State, request: IncomingRequest) -> Response:
    start, limit = _at_least_one(request, "start", "41003"), _at_least_one(request, "limit", "41004")
    first, most = (start or 1) - 1, min(limit or _DEFAULT_LIMIT, _MOST)
    if request.query.get("type", "") not in ("", *_TYPES):
        raise RefusalError("14016")
    found = list(state.customers)
    if request.query.keys() & {"username", "search", "type"}:
        found = [customer for customer in found if _is_wanted(customer, request.query)]
    page = [state.customer_record(customer) for customer in found[first:][:most]]
    more = first + len(page) < len(found)
    return json_response({"found": len(found), "displaying": len(page), "moreAvailable": more, "customers": page})


def _is_wanted(customer_id: str, query: Mapping[str, str]) -> bool:
    """Return whether a customer matches the query; the sandbox's are of type testing and have no first or last name."""
    name = username(customer_id)
    is_named = query.get("username", name) == name and query.get("search", "").lower() in name
    return is_named and query.get("type", "") in ("", "testing")


def _at_least_one(request: IncomingRequest, name: str, code: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"0*[1-9][0-9]{0,17}", text, re.ASCII):
        raise RefusalError(code)
    return int(text)


HANDLERS: dict[Operation[Any], Handler] = {GET_CUSTOMERS: _get_customers}
