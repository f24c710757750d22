"""Handlers of the Businesses operations: one business for each customer."""

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import fields

from finicity_async.endpoints import businesses_api
from finicity_async.models.businesses_api import NewBusiness
from finicity_async.operation import Operation
from finicity_async.sandbox.refreshes import Account
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_MEMBERS = {field.encode_name: field.required for field in fields(NewBusiness)}


def _customer_in_path(state: State, request: IncomingRequest) -> str:
    customer_id = request.values["customer_id"]
    if customer_id not in state.customers:
        raise RefusalError("10002")
    return customer_id


def _given(request: IncomingRequest) -> Account:
    """Return the members of a business in a body, which must have those that are required."""
    members = request.members()
    if not all(name in members for name, required in _MEMBERS.items() if required):
        raise RefusalError("10005")
    return {name: members[name] for name in _MEMBERS if name in members}


def _now(state: State) -> str:
    """Return the time without a zone, as the vendor does here."""
    return f"{datetime.fromtimestamp(int(state.clock()), UTC):%Y-%m-%dT%H:%M:%S}"


async def _add_business_details(state: State, request: IncomingRequest) -> Response:
    customer_id, given, now = _customer_in_path(state, request), _given(request), _now(state)
    if customer_id in state.businesses:
        raise RefusalError("11000")
    created = {"businessId": state.new_secret(), "createdDate": now, "modifiedDate": now}
    state.businesses[customer_id] = {**given, **created}
    return json_response(state.businesses[customer_id])


async def _get_business_by_customer(state: State, request: IncomingRequest) -> Response:
    customer_id = _customer_in_path(state, request)
    if customer_id not in state.businesses:
        raise RefusalError("10002")
    return json_response([state.businesses[customer_id]])


def _in_path(state: State, request: IncomingRequest) -> tuple[str, Account]:
    """Return the business in the path, and whose it is."""
    for customer_id, business in state.businesses.items():
        if business["businessId"] == request.values["business_id"]:
            return customer_id, business
    raise RefusalError("10003")


async def _update_business(state: State, request: IncomingRequest) -> Response:
    customer_id, business = _in_path(state, request)
    kept = {name: business[name] for name in ("businessId", "createdDate")}
    state.businesses[customer_id] = {**_given(request), **kept, "modifiedDate": _now(state)}
    return json_response(state.businesses[customer_id])


async def _get_business_by_id(state: State, request: IncomingRequest) -> Response:
    _, business = _in_path(state, request)
    return json_response([business])


HANDLERS: dict[Operation[Any], Handler] = {
    businesses_api.ADD_BUSINESS_DETAILS: _add_business_details,
    businesses_api.GET_BUSINESS_BY_CUSTOMER: _get_business_by_customer,
    businesses_api.UPDATE_BUSINESS: _update_business,
    businesses_api.GET_BUSINESS_BY_ID: _get_business_by_id,
}
