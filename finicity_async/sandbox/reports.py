"""What the sandbox answers when a report is asked for."""

from collections.abc import Mapping
from typing import Any

from finicity_async.sandbox.customers import customer_in_path
from finicity_async.sandbox.requests import IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State


def consumer_in_path(state: State, request: IncomingRequest) -> Mapping[str, Any]:
    """
    Return the consumer of the customer in the path, without whom there is no report.

    Raises:
        RefusalError: There is no such customer, or no consumer.
    """
    consumer = state.consumers.of(customer_in_path(state, request))
    if consumer is None:
        raise RefusalError("10100")
    return consumer


def report_acknowledgement(
    state: State, request: IncomingRequest, kind: str, constraints: Mapping[str, Any]
) -> Response:
    """
    Return the answer to a request for a report: it is being made.

    Args:
        state: The state of the sandbox.
        request: The request.
        kind: The vendor's type of the report, for example ``"statement"``.
        constraints: What the report is about, as on the wire.
    """
    consumer, customer_id, report = consumer_in_path(state, request), request.values["customerId"], state.new_secret()
    return json_response(
        {
            "id": f"{report[:12]}-{kind}",
            "portfolioId": f"{report[:12]}-1-port",
            "customerType": state.customer_record(customer_id)["type"],
            "customerId": int(customer_id) if customer_id.isdecimal() else 0,
            "requestId": report[12:22],
            "requesterName": "Sandbox",
            "createdDate": int(state.clock()),
            "title": f"{kind.title()} Report",
            "consumerId": consumer["id"],
            "consumerSsn": consumer["ssn"],
            "constraints": constraints,
            "type": kind,
            "status": "inProgress",
        },
        202,
    )
