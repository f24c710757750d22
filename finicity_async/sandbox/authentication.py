"""Handlers of the Authentication operations: tokens, and a new partner secret."""

from typing import Any

import msgspec

from finicity_async.endpoints.authentication import CREATE_TOKEN, MODIFY_PARTNER_SECRET, PARTNER_SECRET_FORM
from finicity_async.operation import Operation
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State


def check_token(state: State, token: str | None) -> None:
    """
    Check the token of a request.

    Raises:
        RefusalError: It is missing, unknown or expired.
    """
    if not token:
        raise RefusalError("10024")
    if token not in state.partner.tokens:
        raise RefusalError("10022")
    if state.token_is_expired(token):
        raise RefusalError("10023")


async def _create_token(state: State, request: IncomingRequest) -> Response:
    _check_partner(state, request)
    return json_response({"token": state.new_token()})


async def _modify_partner_secret(state: State, request: IncomingRequest) -> Response:
    body = _check_partner(state, request)
    new_secret = body.get("newPartnerSecret")
    if new_secret is None:
        raise RefusalError("10005")
    if not isinstance(new_secret, str) or not PARTNER_SECRET_FORM.fullmatch(new_secret):
        raise RefusalError("24437")
    state.change_secret(new_secret, immediate=body.get("immediate") is not False)
    return Response(status=204)


def _check_partner(state: State, request: IncomingRequest) -> dict[str, Any]:
    """Return the body of a request with partner credentials; five failures in a row lock the partner."""
    try:
        body = msgspec.json.decode(request.body, type=dict[str, Any])
        given = body["partnerId"], body["partnerSecret"]
    except (msgspec.MsgspecError, ValueError, KeyError, RecursionError):
        raise RefusalError("10005") from None
    partner = state.partner
    if partner.locked:
        raise RefusalError(10021)
    if not state.is_partner(*given):
        partner.failed_logins += 1
        raise RefusalError(10001)
    partner.failed_logins = 0
    return body


HANDLERS: dict[Operation[Any], Handler] = {
    CREATE_TOKEN: _create_token,
    MODIFY_PARTNER_SECRET: _modify_partner_secret,
}
