"""
Handlers of the Data Sharing Consent operations, and of the authorization details, which tell of the same logins.

Each customer with accounts has one consent, whose ID ends in the customer's, and which covers all of the customer's
logins. What is stored is only which logins were revoked.
"""

import re
from datetime import UTC, datetime
from typing import Any

from finicity_async.endpoints import customer_authorization_details, data_sharing_consent
from finicity_async.operation import Operation
from finicity_async.sandbox.pages import page_of
from finicity_async.sandbox.refreshes import Account
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_ID = re.compile(r"123e4567-e89b-42d3-a456-0*([1-9][0-9]*)", re.ASCII)
_NO_CONSENT = "10215"
_DAY = 86_400
_GIVEN_BEFORE, _GIVEN_FOR = 30 * _DAY, 365 * _DAY
_SORTING = {
    "startDate": lambda consent: consent["accessPeriod"]["startDate"],
    "endDate": lambda consent: consent["accessPeriod"]["endDate"],
    "status": lambda consent: consent["statusDetails"]["status"],
}
_SCOPES = [
    {"id": "ACCOUNT_BASIC", "name": "Names, types and masked numbers of accounts"},
    {"id": "ACCOUNT_DETAILED", "name": "Balances, limits and rates"},
]


def _iso(seconds: float) -> str:
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%SZ}"


def _consent(state: State, customer_id: str) -> Account:
    """
    Return the consent of a customer.

    Raises:
        RefusalError: No such customer, or one without accounts or whose ID no consent can carry.
    """
    records = state.customers.peek(customer_id) if customer_id in state.customers else {}
    if not records or not re.fullmatch(r"[1-9][0-9]{0,11}", customer_id, re.ASCII):
        raise RefusalError(_NO_CONSENT)
    given = state.started - _GIVEN_BEFORE
    logins = dict.fromkeys(str(record["institutionLoginId"]) for record in records.values())
    period = {"startDate": _iso(given), "endDate": _iso(given + _GIVEN_FOR)}
    institutions = [_institution(state, customer_id, login, period) for login in logins]
    is_active = any(one["statusDetails"]["status"] == "ACTIVE" for one in institutions)
    changed = max(one["statusDetails"]["statusDate"] for one in institutions)
    return {
        "consentReceiptId": f"123e4567-e89b-42d3-a456-{int(customer_id):012d}",
        "receiptVersion": 1,
        "customerId": customer_id,
        "customerCategory": "INDIVIDUAL",
        "purpose": "Lending",
        "purposeStatement": "to try the sandbox",
        "partnerId": state.partner.credentials.partner_id,
        "context": "partner",
        "allowedTrnxHistoryInDays": 365,
        "createdDate": period["startDate"],
        "disclosures": [],
        "statusDetails": {"status": "ACTIVE" if is_active else "INACTIVE", "statusDate": changed},
        "institutions": institutions,
        "accessPeriod": period,
    }


def _institution(state: State, customer_id: str, login: str, period: dict[str, str]) -> Account:
    records = [one for one in state.customers.peek(customer_id).values() if str(one.get("institutionLoginId")) == login]
    revoked, by = state.revoked.get((customer_id, login), (None, None))
    is_over = state.clock() >= state.started - _GIVEN_BEFORE + _GIVEN_FOR
    status = "REVOKED" if revoked is not None else "EXPIRED" if is_over else "ACTIVE"
    since = _iso(revoked) if revoked is not None else period["endDate" if is_over else "startDate"]
    institution_id = records[0]["institutionId"]
    name = state.institutions.peek(int(institution_id)).get("name", "")
    return {
        "institutionId": institution_id,
        "institutionLoginId": login,
        "institutionName": name,
        "accounts": [_account(record) for record in records],
        "createdDate": period["startDate"],
        **({"lastUpdatedBy": by} if by else {}),
        "statusDetails": {"status": status, "statusDate": since},
        "accessPeriod": period,
        "isBusinessConsumerStatement": "false",
        "accountOwnerCategory": "INDIVIDUAL",
        "dataScopes": _SCOPES,
    }


def _account(record: Account) -> Account:
    last4 = {"realAccountNumberLast4": record["realAccountNumberLast4"]} if "realAccountNumberLast4" in record else {}
    return {"id": record["id"], **last4, "type": record["type"], "name": record.get("name", ""), "status": "ACTIVE"}


async def _get_data_sharing_consents_by_customer_id(state: State, request: IncomingRequest) -> Response:
    query = request.query
    sort_by, order = query.get("sort_by", "startDate"), query.get("sort_order", "Desc")
    if "customer_id" not in query or sort_by not in _SORTING or order not in ("Asc", "Desc"):
        raise RefusalError("14020")
    wanted = query.get("status", ""), query.get("context", "")
    consents = [
        one
        for one in (_consent(state, query["customer_id"]),)
        if wanted[0] in ("", one["statusDetails"]["status"]) and wanted[1] in ("", one["context"])
    ]
    page, members = page_of(request, sorted(consents, key=_SORTING[sort_by], reverse=order == "Desc"))
    return json_response({**members, "consents": page})


def _consent_in_path(state: State, request: IncomingRequest) -> Account:
    found = _ID.fullmatch(request.values["consent_receipt_id"])
    if not found:
        raise RefusalError(_NO_CONSENT)
    return _consent(state, found[1])


async def _get_data_sharing_consents_by_id(state: State, request: IncomingRequest) -> Response:
    return json_response(_consent_in_path(state, request))


async def _revoke(state: State, request: IncomingRequest) -> Response:
    """Revoke the consent in the path, or what it says of the login in the path; once more changes nothing."""
    consent = _consent_in_path(state, request)
    logins = [one["institutionLoginId"] for one in consent["institutions"]]
    wanted = request.values.get("institution_login_id")
    if wanted is not None and wanted not in logins:
        raise RefusalError(_NO_CONSENT)
    change = (state.clock(), request.headers.get("Update-By", "PARTNER"))
    for login in logins if wanted is None else [wanted]:
        state.revoked.setdefault((consent["customerId"], login), change)
    return Response(status=204)


async def _get_customer_authorization_details(state: State, request: IncomingRequest) -> Response:
    login = request.values["institution_login_id"]
    records = state.at_login(login)
    if not records:
        raise RefusalError("3003")
    dates = [(one["authorizationStartDate"], one["authorizationEndDate"]) for one in records if _is_authorized(one)]
    if not dates:
        raise RefusalError("3004")
    start, end = (_iso(date) for date in dates[0])
    return json_response(
        {"institutionLoginId": int(login), "authorizationStartDate": start, "authorizationEndDate": end}
    )


def _is_authorized(record: Account) -> bool:
    return "authorizationStartDate" in record and "authorizationEndDate" in record


HANDLERS: dict[Operation[Any], Handler] = {
    customer_authorization_details.GET_CUSTOMER_AUTHORIZATION_DETAILS: _get_customer_authorization_details,
    data_sharing_consent.GET_DATA_SHARING_CONSENTS_BY_CUSTOMER_ID: _get_data_sharing_consents_by_customer_id,
    data_sharing_consent.GET_DATA_SHARING_CONSENTS_BY_ID: _get_data_sharing_consents_by_id,
    data_sharing_consent.REVOKE_DATA_SHARING_CONSENT_BY_ID: _revoke,
    data_sharing_consent.REVOKE_DATA_SHARING_CONSENT_BY_INSTITUTION_LOGIN_ID: _revoke,
}
