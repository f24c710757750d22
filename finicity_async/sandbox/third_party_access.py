"""Handlers of the Third Party Access operations: keys that are good until they are revoked."""

import hmac
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import fields

from finicity_async.endpoints import third_party_access
from finicity_async.models.third_party_access import ThirdPartyAccessKeyData, ThirdPartyAccessProduct
from finicity_async.operation import Operation
from finicity_async.sandbox.refreshes import Account
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_KIND = "access key"
_WANTED = tuple(field.encode_name for field in fields(ThirdPartyAccessKeyData) if field.required)
_WANTED_OF_PRODUCT = tuple(field.encode_name for field in fields(ThirdPartyAccessProduct) if field.required)


def _given(state: State, request: IncomingRequest) -> Account:
    """Return the members of a body, which name the partner, one of its customers, and accounts of this customer."""
    body = request.members()
    products = body.get("products")
    if not all(body.get(name) for name in _WANTED) or not isinstance(products, list):
        raise RefusalError("10005")
    if body["customerId"] not in state.customers:
        raise RefusalError("14001")
    if body["partnerId"] != state.partner.credentials.partner_id:
        raise RefusalError("14020")
    for one in products:
        if not isinstance(one, dict) or not all(one.get(name) for name in _WANTED_OF_PRODUCT):
            raise RefusalError("10005")
        if one["accountId"] not in state.customers[body["customerId"]]:
            raise RefusalError(38003)
    return body


def _pseudonym(state: State, number: str) -> str:
    """Return what a receipt has in place of an ID: a number from which nobody learns the ID."""
    digest = hmac.digest(state.partner.credentials.app_key.encode(), number.encode(), "sha256")
    return str(int.from_bytes(digest[:8]))


def _keep(state: State, key: str, body: Account) -> Response:
    """Keep what a key opens, and answer with its receipt."""
    state.kept[_KIND, key] = body
    now = f"{datetime.fromtimestamp(int(state.clock()), UTC):%Y-%m-%dT%H:%M:%SZ}"
    receipt = {
        "profile": 3,
        "version": "1",
        "receiptId": key,
        "customerId": _pseudonym(state, body["customerId"]),
        "partnerId": body["partnerId"],
        "products": [{**one, "accountId": _pseudonym(state, one["accountId"])} for one in body["products"]],
        "provenance": body.get("provenance", {}),
        "timestamp": now,
    }
    proof = {"signature": state.new_secret(), "keyId": "1", "timestamp": now}
    return json_response({"data": [{"receipt": receipt, "proof": proof}]})


async def _generate_third_party_access_key(state: State, request: IncomingRequest) -> Response:
    return _keep(state, f"cr_{state.new_secret()}", _given(state, request))


def _key_in_path(state: State, request: IncomingRequest) -> str:
    key = request.values["consentReceiptId"]
    if (_KIND, key) not in state.kept:
        raise RefusalError("10215")
    return key


async def _update_third_party_access_key(state: State, request: IncomingRequest) -> Response:
    return _keep(state, _key_in_path(state, request), _given(state, request))


async def _revoke_third_party_access_key(state: State, request: IncomingRequest) -> Response:
    del state.kept[_KIND, _key_in_path(state, request)]
    return Response(status=204)


HANDLERS: dict[Operation[Any], Handler] = {
    third_party_access.GENERATE_THIRD_PARTY_ACCESS_KEY: _generate_third_party_access_key,
    third_party_access.UPDATE_THIRD_PARTY_ACCESS_KEY: _update_third_party_access_key,
    third_party_access.REVOKE_THIRD_PARTY_ACCESS_KEY: _revoke_third_party_access_key,
}
