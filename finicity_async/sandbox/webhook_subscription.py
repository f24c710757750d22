"""Handlers of the Webhook Subscription operations: subscriptions are kept, and nothing is posted to them."""

from datetime import UTC, datetime
from typing import Any

from finicity_async.endpoints import webhook_subscription
from finicity_async.operation import Operation
from finicity_async.sandbox.pages import from_one
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_STATUSES = ("active", "inactive")
_OF_EVENT = ("name", "url", "condition")
_DEFAULT = 10
_MOST = 100
_REFUSALS = {"400": "A value does not fit", "404": "No such subscription or event"}
_Members = dict[str, Any]


class _WrappedError(RefusalError):
    """A refusal in a wrapper; ``code`` is the status, because no public source shows the vendor's codes."""

    def answer(self) -> Response:
        """Return the error in the form that these operations have for it."""
        text = _REFUSALS[str(self.code)]
        error = {"Source": "Webhooks", "ReasonCode": self.code, "Description": text, "Recoverable": False}
        return json_response({"Errors": {"Error": [error | {"Details": text}]}}, int(self.code))


async def _create(state: State, request: IncomingRequest) -> Response:
    given, now = _given(request), _now(state)
    made = {"subscriptionId": state.new_uuid()} | _described(state, given) | {"status": "active", "createdDate": now}
    return json_response(_keep(state, made), 201)


async def _list(state: State, request: IncomingRequest) -> Response:
    try:
        offset = from_one(request, "offset", 1)
        limit = min(from_one(request, "limit", _DEFAULT), _MOST)
    except RefusalError:
        raise _WrappedError("400") from None
    page = [*state.webhooks.values()][(offset - 1) * limit :][:limit]
    counts = {"count": len(page), "offset": offset, "limit": limit, "total": len(state.webhooks)}
    return json_response({**counts, "subscriptions": page})


async def _get(state: State, request: IncomingRequest) -> Response:
    return json_response(_found(state, request))


async def _update(state: State, request: IncomingRequest) -> Response:
    found, given = _found(state, request), _given(request)
    kept = {name: found[name] for name in ("subscriptionId", "status", "createdDate")}
    return json_response(_keep(state, kept | _described(state, given)))


async def _delete(state: State, request: IncomingRequest) -> Response:
    del state.webhooks[_found(state, request)["subscriptionId"]]
    return Response(status=204)


async def _change_status(state: State, request: IncomingRequest) -> Response:
    found, status = _found(state, request), _status(request)
    events = [event | {"status": status} for event in found["events"]]
    _keep(state, found | {"status": status, "events": events})
    return json_response({"status": status})


async def _update_event(state: State, request: IncomingRequest) -> Response:
    event, given = _event(state, request), request.members()
    if not _is_event(given):
        raise _WrappedError("400")
    changed = _event_members(given)
    _replace(state, request, {name: event[name] for name in ("webhookEventId", "status")} | changed)
    return json_response(changed)


async def _delete_event(state: State, request: IncomingRequest) -> Response:
    _event(state, request)
    _replace(state, request)
    return Response(status=204)


async def _change_event_status(state: State, request: IncomingRequest) -> Response:
    event, status = _event(state, request), _status(request)
    _replace(state, request, event | {"status": status})
    return json_response({"status": status})


async def _test(state: State, request: IncomingRequest) -> Response:
    _found(state, request)
    return Response(status=200)


async def _test_event(state: State, request: IncomingRequest) -> Response:
    _event(state, request)
    return Response(status=200)


def _given(request: IncomingRequest) -> _Members:
    given = request.members()
    events = given.get("events")
    if not isinstance(events, list) or not all(map(_is_event, events)):
        raise _WrappedError("400")
    return given


def _is_event(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str)


def _status(request: IncomingRequest) -> str:
    status: str = request.members().get("status", "")
    if status not in _STATUSES:
        raise _WrappedError("400")
    return status


def _event_members(given: _Members) -> _Members:
    return {name: given[name] for name in _OF_EVENT if given.get(name) is not None}


def _described(state: State, given: _Members) -> _Members:
    """Return the URL and the events of a body, each with an ID of its own."""
    events = [
        {"webhookEventId": state.new_uuid(), **_event_members(one), "status": "active"} for one in given["events"]
    ]
    return ({} if given.get("url") is None else {"url": given["url"]}) | {"events": events}


def _found(state: State, request: IncomingRequest) -> _Members:
    if (found := state.webhooks.get(request.values["subscription_id"])) is None:
        raise _WrappedError("404")
    return found


def _event(state: State, request: IncomingRequest) -> _Members:
    wanted = request.values["webhook_event_id"]
    for event in _found(state, request)["events"]:
        if event["webhookEventId"] == wanted:
            return dict(event)
    raise _WrappedError("404")


def _replace(state: State, request: IncomingRequest, *new: _Members) -> None:
    """Put an event in the place of the one in the path, or nothing."""
    found, wanted = _found(state, request), request.values["webhook_event_id"]
    events = [one for event in found["events"] for one in ([event] if event["webhookEventId"] != wanted else new)]
    _keep(state, found | {"events": events})


def _keep(state: State, members: _Members) -> _Members:
    """Keep a subscription; what is kept is replaced and never changed, so snapshots may share it."""
    kept = members | {"lastUpdatedDate": _now(state)}
    state.webhooks[members["subscriptionId"]] = kept
    return kept


def _now(state: State) -> str:
    return f"{datetime.fromtimestamp(int(state.clock()), UTC):%Y-%m-%dT%H:%M:%SZ}"


HANDLERS: dict[Operation[Any], Handler] = {
    webhook_subscription.CREATE_WEBHOOK_SUBSCRIPTION: _create,
    webhook_subscription.LIST_WEBHOOK_SUBSCRIPTIONS: _list,
    webhook_subscription.GET_WEBHOOK_SUBSCRIPTION_BY_ID: _get,
    webhook_subscription.UPDATE_WEBHOOK_SUBSCRIPTION: _update,
    webhook_subscription.DELETE_WEBHOOK_SUBSCRIPTION: _delete,
    webhook_subscription.CHANGE_WEBHOOK_SUBSCRIPTION_STATUS: _change_status,
    webhook_subscription.UPDATE_WEBHOOK_SUBSCRIPTION_EVENT: _update_event,
    webhook_subscription.DELETE_WEBHOOK_SUBSCRIPTION_EVENT: _delete_event,
    webhook_subscription.CHANGE_WEBHOOK_SUBSCRIPTION_EVENT_STATUS: _change_event_status,
    webhook_subscription.TEST_WEBHOOK_SUBSCRIPTION: _test,
    webhook_subscription.TEST_WEBHOOK_SUBSCRIPTION_BASED_ON_EVENT_ID: _test_event,
}
