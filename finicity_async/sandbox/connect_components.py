"""Handlers of the Connect Components operations: configurations; whatever else there is, is drawn."""

from typing import Any
from uuid import UUID

from finicity_async.endpoints import connect_components
from finicity_async.operation import Operation
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_MEMBERS = ("filterAccounts", "accountClassificationType", "aoRequired")


class _NotFoundError(RefusalError):
    """There is no such entity; Connect Components say so in a wrapper, with a comma at the end of the code."""

    def __init__(self) -> None:
        super().__init__("4041,")

    def answer(self) -> Response:
        """Return the error in the form that Connect Components have for it."""
        text = "No such entity was found"
        error = {"Source": "Connect-Components,", "ReasonCode": self.code, "Description": text, "Recoverable": False}
        return json_response({"Errors": {"Error": [error | {"Details": text}]}}, 404)


async def _post_configurations(state: State, request: IncomingRequest) -> Response:
    given = request.members()
    made = {"id": str(UUID(state.new_secret(), version=4))} | {name: given[name] for name in _MEMBERS if name in given}
    state.configurations[made["id"]] = made
    return json_response(made, 201)


async def _get_configurations(state: State, _request: IncomingRequest) -> Response:
    return json_response([*state.configurations.values()])


async def _get_configuration(state: State, request: IncomingRequest) -> Response:
    return json_response(state.configurations[_id_in_path(state, request)])


async def _delete_configuration(state: State, request: IncomingRequest) -> Response:
    del state.configurations[_id_in_path(state, request)]
    return Response(status=204)


def _id_in_path(state: State, request: IncomingRequest) -> str:
    configuration_id = request.values["configuration_id"]
    if configuration_id not in state.configurations:
        raise _NotFoundError
    return configuration_id


HANDLERS: dict[Operation[Any], Handler] = {
    connect_components.POST_CONFIGURATIONS: _post_configurations,
    connect_components.GET_CONFIGURATIONS: _get_configurations,
    connect_components.GET_CONFIGURATIONS_CONFIGURATION_ID: _get_configuration,
    connect_components.DELETE_CONFIGURATIONS_CONFIGURATION_ID: _delete_configuration,
}
