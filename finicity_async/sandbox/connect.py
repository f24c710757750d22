"""Handlers of the Connect operations: links, and the experiences of the partner."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from msgspec import Struct
from msgspec.structs import fields

from finicity_async.endpoints import connect
from finicity_async.models.connect_transfer import (
    ConnectGenerateTransferBillPaySwitchParameters,
    TransferDepositSwitchParameters,
)
from finicity_async.operation import Operation
from finicity_async.sandbox.connecting.bank import StateBank
from finicity_async.sandbox.connecting.delivery import is_allowed_header
from finicity_async.sandbox.connecting.links import PATH, Kind, Purpose, Webhook
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_EXPERIENCES = {
    "84fd419a-1add-4bf4-961b-16e8285b3a92": ["AO"],
    "b8a7c1d2-9f0e-4d5b-8c3a-6e5f4a3b2c1d": ["AO", "VOA"],
}
"""The partner's experiences, the same for every application: ID -> codes of the products."""
_REDIRECT = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\x00-\x1f\x7f<>\"]+", re.IGNORECASE | re.ASCII)
_AUTHORITY = re.compile(r"[\w.\-:\[\]]*", re.ASCII)
_NO_PAGES = frozenset({"javascript", "data", "vbscript", "file", "blob"})
_PRIMARY = "primary"
_Members = Mapping[str, Any]


class _InvalidFieldError(RefusalError):
    """A member of the body does not fit; the vendor says so with one code, and which one in the message."""

    def __init__(self, message: str) -> None:
        super().__init__("10010")
        self._message = message

    def answer(self) -> Response:
        """Return the error in the form that Connect has for it."""
        explained = "A field could not be validated; check the data that was sent."
        error = {"code": self.code, "status": "400", "message": self._message, "user_message": explained, "tags": ""}
        return json_response(error, 400)


async def _generate(state: State, request: IncomingRequest, *, kind: Kind) -> Response:
    return json_response({"link": await _link(state, request.members(), kind)})


async def _generate_transfer(state: State, request: IncomingRequest, *, parameters: type[Struct]) -> Response:
    body = request.members()
    for member in fields(parameters):
        if member.required and body.get(member.encode_name) in (None, "", []):
            raise _InvalidFieldError(f'"{member.encode_name}" is required')
    return json_response({"link": await _link(state, body, "transfer")})


async def _generate_joint(state: State, request: IncomingRequest) -> Response:
    return json_response({"link": await _link(state, _as_primary(request.members()), "full")})


async def _send_email(state: State, request: IncomingRequest) -> Response:
    body = request.members()
    _text(body, "consumerId", required=True)
    return await _sent(state, body, body.get("email"))


async def _send_joint_email(state: State, request: IncomingRequest) -> Response:
    body = request.members()
    _text(body, "experience", required=True)
    return await _sent(state, _as_primary(body), body.get("email"))


async def _sent(state: State, body: _Members, email: Any) -> Response:
    if not isinstance(email, dict) or "@" not in str(email.get("to", "")):
        raise _InvalidFieldError('"email" needs an address in "to"')
    return json_response({"link": await _link(state, body, "full"), "emailConfig": email})


def _as_primary(body: _Members) -> _Members:
    """Return a body for two borrowers as one for the primary borrower, whose session it is."""
    borrowers = body.get("borrowers")
    found = [one for one in borrowers if isinstance(one, dict)] if isinstance(borrowers, list) else []
    primary = next((one for one in found if one.get("type") == _PRIMARY), None)
    if primary is None:
        raise _InvalidFieldError('"borrowers" needs one of type "primary"')
    return {**body, **{name: primary[name] for name in ("customerId", "consumerId") if name in primary}}


async def _link(state: State, body: _Members, kind: Kind) -> str:
    """Make a link; the webhook is asked first whether it answers."""
    if body.get("partnerId") != state.partner.credentials.partner_id:
        raise _InvalidFieldError("The partner ID is unknown")
    customer_id = _text(body, "customerId", required=True)
    if customer_id not in state.customers:
        raise _InvalidFieldError("The customer is unknown, or belongs to another partner")
    _check_experience(body)
    webhook = _webhook(body)
    purpose = Purpose(
        kind=kind,
        customer_id=customer_id,
        consumer_id=_text(body, "consumerId") or None,
        redirect_uri=_redirect_uri(body),
        webhook=webhook,
        single_use=body.get("singleUseUrl") is True,
        **_place(state, body, kind, customer_id),
    )
    if webhook is not None:
        ping = await state.outbox.ping(webhook, state.partner.credentials.partner_secret or "")
        if not ping.accepted:
            raise _InvalidFieldError(f'"webhook" did not answer the ping with a 2xx: {ping.error or ping.status}')
    return f"{state.url}{PATH}?{state.links.make(purpose, body['partnerId']).query}"


def _place(state: State, body: _Members, kind: Kind, customer_id: str) -> dict[str, str]:
    """Return the institution of a lite link, and that and the login of a fix link."""
    if kind == "lite":
        institution_id = str(body.get("institutionId"))
        if StateBank(state, customer_id).institution(institution_id) is None:
            raise _InvalidFieldError("The institution is unknown")
        return {"institution_id": institution_id}
    if kind != "fix":
        return {}
    login = _text(body, "institutionLoginId", required=True)
    for account in state.customers[customer_id].values():
        if str(account.get("institutionLoginId")) == login:
            return {"institution_id": str(account.get("institutionId")), "institution_login_id": login}
    raise RefusalError("38007")


def _webhook(body: _Members) -> Webhook | None:
    url = _text(body, "webhook")
    if not url:
        return None
    data, headers = body.get("webhookData"), body.get("webhookHeaders", {})
    if not isinstance(data, dict | None) or not isinstance(headers, dict):
        raise _InvalidFieldError('"webhookData" and "webhookHeaders" are objects')
    headers = {name: str(value) for name, value in headers.items()}
    content_type = _text(body, "webhookContentType") or "application/json"
    sent = {**headers, "Content-Type": content_type}
    if not all(is_allowed_header(name, value) for name, value in sent.items()):
        raise _InvalidFieldError('"webhookHeaders" or "webhookContentType" cannot be sent as headers')
    return Webhook(url=url, content_type=content_type, data=data, headers=headers)


def _redirect_uri(body: _Members) -> str | None:
    """Return where the browser goes in the end."""
    uri = _text(body, "redirectUri")
    if uri and not _leads_to_a_page(uri):
        raise _InvalidFieldError('"redirectUri" is no URL of a page or an app')
    return uri or None


def _leads_to_a_page(uri: str) -> bool:
    """Return whether a URI is the address of a page, or the link of an app, and no script."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return bool(_REDIRECT.fullmatch(uri) and _AUTHORITY.fullmatch(parts.netloc)) and parts.scheme not in _NO_PAGES


def _check_experience(body: _Members) -> None:
    experience = _text(body, "experience")
    if experience not in ("", "default"):
        _check_guid(experience, '"experience" must be a GUID')


def _check_guid(text: str, message: str) -> None:
    try:
        UUID(text)
    except ValueError:
        raise _InvalidFieldError(message) from None


def _text(body: _Members, name: str, *, required: bool = False) -> str:
    """Return a member of type text, empty when it is left out."""
    value = body.get(name, "")
    if not isinstance(value, str) or (required and not value):
        raise _InvalidFieldError(f'"{name}" is required and a text' if required else f'"{name}" is a text')
    return value


async def _get_all_experience(_state: State, request: IncomingRequest) -> Response:
    app_name, wanted = request.query.get("appName"), set(filter(None, request.query.get("productCode", "").split(",")))
    if not app_name:
        raise RefusalError("10005")
    found = [(one, codes) for one, codes in _EXPERIENCES.items() if wanted <= set(codes)]
    return json_response([{"id": one, "appName": app_name, "productCode": codes} for one, codes in found])


async def _create_connect_experience(state: State, request: IncomingRequest) -> Response:
    _check_guid(request.values["experience_id"], "The experience is unknown")
    if not isinstance(request.members().get("indirectPartnerId"), int):
        raise RefusalError("10005")
    return json_response({"experienceId": str(UUID(state.new_secret(), version=4))})


HANDLERS: dict[Operation[Any], Handler] = {
    connect.GENERATE_CONNECT_URL: partial(_generate, kind="full"),
    connect.GENERATE_LITE_CONNECT_URL: partial(_generate, kind="lite"),
    connect.GENERATE_FIX_CONNECT_URL: partial(_generate, kind="fix"),
    connect.VERIFY_MICRO_ENTRY_MICRODEPOSIT: partial(_generate, kind="microentry"),
    connect.GENERATE_TRANSFER_DEPOSIT_SWITCH_URL: partial(
        _generate_transfer, parameters=TransferDepositSwitchParameters
    ),
    connect.GENERATE_TRANSFER_BILL_PAY_SWITCH_URL: partial(
        _generate_transfer, parameters=ConnectGenerateTransferBillPaySwitchParameters
    ),
    connect.SEND_CONNECT_EMAIL: _send_email,
    connect.GENERATE_JOINT_BORROWER_CONNECT_URL: _generate_joint,
    connect.SEND_JOINT_BORROWER_CONNECT_EMAIL: _send_joint_email,
    connect.GET_ALL_EXPERIENCE: _get_all_experience,
    connect.CREATE_CONNECT_EXPERIENCE: _create_connect_experience,
}
