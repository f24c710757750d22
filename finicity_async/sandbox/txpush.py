"""Handlers of the TxPush operations: subscriptions, and a transaction that sets them off."""

from typing import Any

from finicity_async.endpoints import txpush
from finicity_async.operation import Operation
from finicity_async.sandbox.customers import account_in_path, customer_in_path
from finicity_async.sandbox.data.drawing import cents
from finicity_async.sandbox.pushing import note_state
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, error_response, json_response
from finicity_async.sandbox.state import State
from finicity_async.sandbox.subscriptions import Subscription

_JSON = "application/json"
_CODE = "txpush_verification_code"
_NOT_ACCEPTABLE = Response(
    status=406,
    body=b"<error><code>14025</code><message>Not Acceptable.: [application/json]</message></error>",
    content_type="application/xml",
)


async def _subscribe_to_tx_push_notifications(state: State, request: IncomingRequest) -> Response:
    account_in_path(state, request)
    customer_id, url = request.values["customerId"], request.members().get("callbackUrl")
    if not isinstance(url, str) or not url:
        raise RefusalError("10005")
    if not await state.outbox.verify(url, _CODE, state.new_secret()):
        return error_response("14020", "The listener did not answer with the verification code", 400)
    account_id = account_in_path(state, request)["id"]  # It may have been deleted meanwhile.
    key = state.new_secret() + state.new_secret()
    in_json = _JSON in request.headers.get("Accept", "")
    made = state.subscriptions.add(customer_id, account_id, url, key, in_json=in_json)
    note_state(state, customer_id, account_id)
    return json_response({"subscriptions": [_on_the_wire(one) for one in made]}, 201)


def _on_the_wire(one: Subscription) -> dict[str, Any]:
    return {
        "id": one.id,
        "accountId": int(one.account_id) if one.account_id.isdecimal() else 0,
        "type": one.topic,
        "callbackUrl": one.url,
        "signingKey": one.signing_key,
    }


async def _disable_tx_push_notifications(state: State, request: IncomingRequest) -> Response:
    account_id = account_in_path(state, request)["id"]
    subscribed = state.subscriptions.to_account(request.values["customerId"], account_id)
    if not subscribed:
        raise RefusalError("60007")
    for one in subscribed:
        state.subscriptions.remove(one)
    return Response(status=204)


async def _delete_tx_push_subscription(state: State, request: IncomingRequest) -> Response:
    if _JSON in request.headers.get("Accept", ""):
        return _NOT_ACCEPTABLE
    customer_id, wanted = customer_in_path(state, request), request.values["subscriptionId"]
    found = state.subscriptions.get(int(wanted)) if wanted.isdecimal() else None
    if found is None or found.customer_id != customer_id:
        raise RefusalError("60007")
    state.subscriptions.remove(found)
    return Response(status=204)


async def _create_tx_push_test_transaction(state: State, request: IncomingRequest) -> Response:
    account, customer_id = account_in_path(state, request), request.values["customerId"]
    given = request.members()
    if not given.keys() >= {"amount", "description", "transactionDate"}:
        raise RefusalError("10005")
    status = given.get("status", "active")
    is_testing = state.customer_record(customer_id)["type"] == "testing"
    if not is_testing or status not in ("active", "pending") or not isinstance(given["amount"], int | float):
        raise RefusalError("14020")
    (row,) = state.add_transactions(customer_id, account["id"], [given])
    if status == "active":
        account["balance"] = cents(account.get("balance", 0) + given["amount"])
        state.forget_responses()
    return json_response({"id": row["id"], "createdDate": row["createdDate"]}, 201)


HANDLERS: dict[Operation[Any], Handler] = {
    txpush.SUBSCRIBE_TO_TX_PUSH_NOTIFICATIONS: _subscribe_to_tx_push_notifications,
    txpush.DISABLE_TX_PUSH_NOTIFICATIONS: _disable_tx_push_notifications,
    txpush.CREATE_TX_PUSH_TEST_TRANSACTION: _create_tx_push_test_transaction,
    txpush.DELETE_TX_PUSH_SUBSCRIPTION: _delete_tx_push_subscription,
}
