"""Handlers of the Consumers operations: the people that reports are about."""

from typing import Any

from finicity_async.endpoints import consumers
from finicity_async.operation import Operation
from finicity_async.sandbox.customers import customer_in_path
from finicity_async.sandbox.refreshes import Account
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_REQUIRED = ("firstName", "lastName", "state")
_MEMBERS = (*_REQUIRED, "address", "city", "zip", "phone", "ssn", "birthday", "email", "suffix", "endUser")
_TEXTS = ("address", "city", "zip", "phone", "ssn", "email")
_ALWAYS_ANSWERED: Account = {**dict.fromkeys(_TEXTS, ""), "birthday": {}}
"""Members that the vendor declares as required in a response and not in a request."""


async def _create_consumer(state: State, request: IncomingRequest) -> Response:
    customer_id, given = customer_in_path(state, request), _given(request)
    is_whole = all(name in given for name in _REQUIRED)
    if not is_whole or not given.keys() & {"ssn", "birthday"} or not given.keys() & {"phone", "email"}:
        raise RefusalError("10005")
    if state.consumers.of(customer_id) is not None:
        raise RefusalError("11000")
    number = int(customer_id) if customer_id.isdecimal() else 0
    created = {"id": state.new_secret(), "createdDate": int(state.clock()), "customerId": number}
    state.consumers.add(customer_id, {**_ALWAYS_ANSWERED, **given, **created})
    return json_response(created, 201)


def _given(request: IncomingRequest) -> Account:
    """Return the members of a consumer in a body; of an SSN the last four digits are kept, as with the vendor."""
    members = request.members()
    given = {name: members[name] for name in _MEMBERS if name in members}
    return given | ({"ssn": str(given["ssn"])[-4:]} if "ssn" in given else {})


async def _get_consumer_for_customer(state: State, request: IncomingRequest) -> Response:
    return _answer(state.consumers.of(customer_in_path(state, request)))


async def _get_consumer(state: State, request: IncomingRequest) -> Response:
    return _answer(state.consumers.get(request.values["consumerId"]))


def _answer(consumer: Account | None) -> Response:
    if consumer is None:
        raise RefusalError("10100")
    return json_response(consumer)


async def _modify_consumer(state: State, request: IncomingRequest) -> Response:
    consumer = state.consumers.get(request.values["consumerId"])
    if consumer is None:
        raise RefusalError("10100")
    consumer.update(_given(request))
    return Response(status=204)


HANDLERS: dict[Operation[Any], Handler] = {
    consumers.CREATE_CONSUMER: _create_consumer,
    consumers.GET_CONSUMER_FOR_CUSTOMER: _get_consumer_for_customer,
    consumers.GET_CONSUMER: _get_consumer,
    consumers.MODIFY_CONSUMER: _modify_consumer,
}
