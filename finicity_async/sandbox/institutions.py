"""Handlers of the Institutions operations: search, read, branding and routing numbers."""

import re
from typing import Any

from finicity_async.endpoints import institutions
from finicity_async.models._decoding import wire_names
from finicity_async.models.certified_institutions import CertifiedInstitution
from finicity_async.operation import Operation
from finicity_async.sandbox.directory import PRODUCTS
from finicity_async.sandbox.pages import page_of
from finicity_async.sandbox.refreshes import Account
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_COUNTRIES = re.compile(r"\*|[a-z]{2}(,[a-z]{2})*")
_ROUTING_NUMBER = re.compile(r"[0-9]{9}", re.ASCII)
_CERTIFIED = wire_names(CertifiedInstitution)
_NO_INSTITUTION = "14006"
_FAMILY = 20
"""Every institution whose ID is a multiple of this has branches."""


def _page(state: State, request: IncomingRequest, *, most_products: int) -> tuple[list[Account], dict[str, Any]]:
    """Return the institutions of a page, and the members that every page has."""
    products = request.query.get("type", "").split(",") if request.query.get("type") else []
    countries = request.query.get("supportedCountries", "*").lower()
    if len(products) > most_products or not {*PRODUCTS}.issuperset(products) or not _COUNTRIES.fullmatch(countries):
        raise RefusalError("14020")
    served = [] if countries == "*" else countries.split(",")
    ids, members = page_of(request, state.institutions.find(request.query.get("search", ""), products, served))
    return [state.institutions.peek(one) for one in ids], members


async def _get_institutions(state: State, request: IncomingRequest) -> Response:
    records, members = _page(state, request, most_products=1)
    return json_response({**members, "createdDate": int(state.clock()), "institutions": records})


async def _get_certified_institutions(state: State, request: IncomingRequest) -> Response:
    records, members = _page(state, request, most_products=len(PRODUCTS))
    certified = [_certified(record) for record in records]
    return json_response({**members, "requestedDate": int(state.clock()), "institutions": certified})


async def _get_certified_institutions_with_rssd(state: State, request: IncomingRequest) -> Response:
    records, members = _page(state, request, most_products=len(PRODUCTS))
    certified = [{**_certified(record), **_at_the_federal_reserve(record)} for record in records]
    return json_response({**members, "requestedDate": int(state.clock()), "institutions": certified})


def _certified(record: Account) -> Account:
    return {name: record[name] for name in _CERTIFIED if name in record}


def _at_the_federal_reserve(record: Account) -> Account:
    number, name = record["id"], record.get("name", "")
    branches = [
        {"rssd": number * 10 + place, "parentRSSD": number * 10, "name": f"{name} {place}", "institutionId": number}
        for place in ((1, 2) if number % _FAMILY == 0 else ())
    ]
    return {"rssd": number * 10, "childInstitutions": branches}


def _institution(state: State, institution_id: str) -> Account:
    if not institution_id.isdecimal():
        raise RefusalError("14020")
    if institution_id not in state.institutions:
        raise RefusalError(_NO_INSTITUTION)
    return state.institutions.peek(int(institution_id))


async def _get_institution(state: State, request: IncomingRequest) -> Response:
    return json_response({"institution": _institution(state, request.values["institutionId"])})


async def _get_institution_branding(state: State, request: IncomingRequest) -> Response:
    record = _institution(state, request.values["institutionId"])
    if "branding" not in record:
        raise RefusalError(_NO_INSTITUTION)
    return json_response({"branding": record["branding"]})


async def _get_institutions_by_routing_number(state: State, request: IncomingRequest) -> Response:
    text = request.values["routing_number"]
    if not _ROUTING_NUMBER.fullmatch(text):
        raise RefusalError("14020")
    number = int(text[:-1])
    if str(number) not in state.institutions or state.institutions.routing_number(number) != text:
        raise RefusalError(_NO_INSTITUTION)
    record = state.institutions.peek(number)
    found = {name: value for name, value in record.items() if name != "productionStatus"}
    found["countryCodes"] = [{"countryCode": record["address"]["country"]}]
    page = {"found": 1, "displaying": 1, "moreAvailable": False, "createdDate": int(state.clock())}
    return json_response({**page, "institutions": [found]})


HANDLERS: dict[Operation[Any], Handler] = {
    institutions.GET_INSTITUTIONS: _get_institutions,
    institutions.GET_CERTIFIED_INSTITUTIONS: _get_certified_institutions,
    institutions.GET_CERTIFIED_INSTITUTIONS_WITH_RSSD: _get_certified_institutions_with_rssd,
    institutions.GET_INSTITUTION: _get_institution,
    institutions.GET_INSTITUTION_BRANDING: _get_institution_branding,
    institutions.GET_INSTITUTIONS_BY_ROUTING_NUMBER: _get_institutions_by_routing_number,
}
