"""Handlers of the App Registration operations: applications that wait for approval, and what belongs to them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import fields

from finicity_async.endpoints import accounts as account_rows
from finicity_async.endpoints import app_registration
from finicity_async.models.app_registration import Application
from finicity_async.operation import Operation
from finicity_async.sandbox import accounts
from finicity_async.sandbox.customers import customer_in_path
from finicity_async.sandbox.pages import from_one, page_of
from finicity_async.sandbox.refreshes import Account
from finicity_async.sandbox.registrations import Registration, registered
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_MEMBERS = [field.encode_name for field in fields(Application)]
_SCOPES = "Account Number, Account Info"
_FILTERS = {"pre_app_id": "preAppId", "application_id": "applicationId", "name": "name", "status": "status"}
_FILTERS_BEFORE = {
    name: name for name in ("preAppId", "applicationId", "status", "appName", "submittedDate", "modifiedDate")
}
"""Those of the operation that the vendor has deprecated."""


def _iso(seconds: float) -> str:
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%SZ}"


def _name(request: IncomingRequest) -> str:
    """Return the name of the application in a body, which must be whole."""
    members = request.members()
    if not all(isinstance(members.get(name), str) for name in _MEMBERS):
        raise RefusalError("10005")
    name: str = members["appName"]
    return name


async def _register_app(state: State, request: IncomingRequest) -> Response:
    number = max(state.applications) + 1
    return _keep(state, registered(number, state.new_uuid(), _name(request), state.clock()), 201)


async def _modify_app_registration(state: State, request: IncomingRequest) -> Response:
    number = request.values["preAppId"]
    found = state.applications.get(int(number) if number.isdecimal() else 0)
    if found is None:
        raise RefusalError("50051")
    return _keep(state, found.changed(_name(request), state.clock()), 200)


def _keep(state: State, one: Registration, status: int) -> Response:
    state.applications[one.number] = one
    return json_response({"preAppId": one.number, "status": one.status(state.clock())}, status)


def _known(state: State, one: Registration) -> dict[str, str]:
    """Return the ID of an application, once it was approved."""
    return {"applicationId": one.application_id} if state.clock() >= one.known else {}


async def _get_applications(state: State, request: IncomingRequest) -> Response:
    found = _wanted(request, _FILTERS, (_app(state, one) for one in state.applications.values()))
    page, members = page_of(request, found, default=50, most=100, codes=("3005", "3006"))
    return json_response({**members, "applications": page})


def _wanted(request: IncomingRequest, filters: Mapping[str, str], records: Iterable[Account]) -> list[Account]:
    """Return the records that have what the query asks for; ``filters`` name the member of each parameter."""
    asked = {filters[name]: value for name, value in request.query.items() if name in filters}
    return [record for record in records if all(str(record.get(name)) == asked[name] for name in asked)]


def _app(state: State, one: Registration) -> Account:
    return {
        "preAppId": one.number,
        **_known(state, one),
        "status": one.status(state.clock()),
        "name": one.name,
        "scopes": _SCOPES,
        "createdDate": _iso(one.submitted),
        "modifiedDate": _iso(one.modified),
        "submittedDate": _iso(one.submitted),
    }


async def _get_app_registration_status(state: State, request: IncomingRequest) -> Response:
    found = _wanted(request, _FILTERS_BEFORE, (_app_status(state, one) for one in state.applications.values()))
    if not found:
        raise RefusalError("50051")
    page, size = from_one(request, "page", 1), from_one(request, "pageSize", 1)
    return json_response(
        {
            "totalRecords": len(found),
            "totalPages": -(-len(found) // size),
            "pageNumber": page,
            "numberOfRecordsPerPage": size,
            "applications": found[(page - 1) * size :][:size],
        }
    )


def _app_status(state: State, one: Registration) -> Account:
    dates = {"createdDate": int(one.known), "lastModifiedDate": int(one.known)}
    has_keys = {"decryptionKeyActivated": True, **dates, "status": True}
    listed = [{"id": number, **has_keys} for number in state.institutions.find()[:2]] if _known(state, one) else []
    return {
        "partnerId": state.partner.credentials.partner_id,
        "preAppId": str(one.number),
        **_known(state, one),
        "appName": one.name,
        "submittedDate": int(one.submitted),
        "modifiedDate": int(one.modified),
        "status": one.status(state.clock()),
        "scopes": _SCOPES,
        "institutionDetails": listed,
    }


async def _get_registered_institutions(state: State, request: IncomingRequest) -> Response:
    """Answer with all institutions: each registers an application when the vendor approves it."""
    one, wanted = _approved(state, request.values["application_id"], "3001"), request.query.get("institution_id")
    if wanted is not None and not wanted.isdecimal():
        raise RefusalError("3007")
    numbers = [number for number in state.institutions.find() if wanted is None or number == int(wanted)]
    if not numbers:
        raise RefusalError("3002")
    dates = {"createdDate": _iso(one.known), "modifiedDate": _iso(one.known)}
    page, members = page_of(request, numbers, codes=("3005", "3006"))
    listed = [
        {"institutionId": number, "institutionName": state.institutions.peek(number).get("name", ""), "status": True}
        for number in page
    ]
    return json_response({**members, "institutions": [{**institution, **dates} for institution in listed]})


def _approved(state: State, application_id: str, code: str) -> Registration:
    """Return the application with an ID, which was approved."""
    for one in state.applications.values():
        if _known(state, one).get("applicationId") == application_id:
            return one
    raise RefusalError(code)


async def _set_customer_app_id(state: State, request: IncomingRequest) -> Response:
    customer_id, application_id = customer_in_path(state, request), request.values["applicationId"]
    _approved(state, application_id, "50051")
    record = state.customer_record(customer_id)
    if record.get("applicationId", application_id) != application_id:
        raise RefusalError("14020")  # It cannot be changed once it is set.
    state.customers.describe(customer_id, {**record, "applicationId": application_id})
    return Response(status=200)


HANDLERS: dict[Operation[Any], Handler] = {
    app_registration.REGISTER_APP: _register_app,
    app_registration.MODIFY_APP_REGISTRATION: _modify_app_registration,
    app_registration.GET_APP_REGISTRATION_STATUS: _get_app_registration_status,
    app_registration.GET_APPLICATIONS: _get_applications,
    app_registration.GET_REGISTERED_INSTITUTIONS: _get_registered_institutions,
    app_registration.SET_CUSTOMER_APP_ID: _set_customer_app_id,
    # The sandbox has no old connections, so all accounts are where they belong.
    app_registration.MIGRATE_INSTITUTION_LOGIN_ACCOUNTS: accounts.HANDLERS[
        account_rows.GET_CUSTOMER_ACCOUNTS_BY_INSTITUTION_LOGIN
    ],
}
