"""Handlers of reports: any type is made on the sandbox's clock, with contents drawn from the Struct of its type."""

from collections.abc import Mapping
from random import Random
from typing import Any

from finicity_async.endpoints import (
    balance_analytics,
    cash_flow,
    cash_flow_analytics,
    consumer_foresight,
    payment_history_report,
    reports,
    verify_assets,
    verify_income_and_employment,
)
from finicity_async.models.reports import report_body
from finicity_async.operation import Operation
from finicity_async.reporting import REPORT_TYPES
from finicity_async.sandbox.customers import customer_in_path
from finicity_async.sandbox.data.pdf import make_pdf
from finicity_async.sandbox.drawn import draw
from finicity_async.sandbox.made_reports import MadeReport, acknowledgement
from finicity_async.sandbox.pushing import push_report
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_PDF = "application/pdf"
_SUMMARY = ("id", "requestId", "requesterName", "createdDate", "consumerId", "consumerSsn", "type", "status")
_OWNERS = ("customerId", "consumerId")


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


async def start_report(state: State, request: IncomingRequest, kind: str, constraints: Mapping[str, Any]) -> Response:
    """
    Start a report about the customer in the path, and return the answer: it is being made.

    Args:
        state: The state of the sandbox.
        request: The request.
        kind: The vendor's type of the report, for example ``"statement"``.
        constraints: What the report is about, as on the wire.

    Raises:
        RefusalError: There is no such customer or no consumer, the data are frozen, or another report is being made.
    """
    consumer, customer_id = consumer_in_path(state, request), request.values["customerId"]
    _check_freeze(state, customer_id)
    if state.reports.is_running(customer_id):
        raise RefusalError("18001")
    customer = state.customer_record(customer_id)
    record = acknowledgement(state.new_secret(), kind, customer, consumer, int(state.clock())) | {
        "constraints": constraints
    }
    made = state.reports.start(customer_id, record, request.query.get("callbackUrl"))
    if made.callback_url is not None:
        await push_report(state, made)
    return json_response({**record, "status": "inProgress"}, 202)


async def _generate(state: State, request: IncomingRequest) -> Response:
    """Start a report of any type, by its row."""
    assert request.operation is not None  # noqa: S101 -- the router found it
    constraints = request.members() if request.body else {}
    named = constraints.get("accountIds")
    if isinstance(named, str) and request.operation not in _WITH_TEXT:
        constraints["accountIds"] = named.split()
    return await start_report(state, request, REPORT_TYPES[request.operation.operation_id][0], constraints)


async def _get_report(state: State, request: IncomingRequest) -> Response:
    """Return a report by its ID, and by its customer or consumer where the path names one."""
    made = state.reports.get(request.values["reportId"])
    owners = {name: request.values[name] for name in _OWNERS if name in request.values}
    if made is None or not all(made.belongs_to(*owner) for owner in owners.items()):
        raise RefusalError("14001")
    _check_freeze(state, made.customer_id)
    status = made.status_at(state.clock())
    if status == "success" and request.headers.get("Accept") == _PDF:
        return Response(body=make_pdf([made.record["title"], made.record["id"]]), content_type=_PDF)
    contents = _contents(state, made) if status == "success" else {}
    failed = {"errors": made.errors()} if status == "failure" else {}
    return json_response({**contents, **made.record, "status": status, **failed})


def _contents(state: State, made: MadeReport) -> dict[str, Any]:
    """Draw the contents of a report from the Struct of its type."""
    kind, report_id = made.record["type"], made.record["id"]
    drawn: dict[str, Any] = draw(report_body(kind), Random(f"{state.seed}/{report_id}"), {}, int(made.ends))
    return drawn


async def _get_reports(state: State, request: IncomingRequest) -> Response:
    """Return a line for each report of the customer or consumer in the path."""
    ((member, value),) = request.values.items()
    if member == "customerId":
        _check_freeze(state, customer_in_path(state, request))
    elif state.consumers.get(value) is None:
        raise RefusalError("10100")
    now = state.clock()
    made = [{**one.record, "status": one.status_at(now)} for one in state.reports.listing(member, value)]
    return json_response({"reports": [{name: one[name] for name in _SUMMARY} for one in made]})


def _check_freeze(state: State, customer_id: str) -> None:
    if customer_id in state.reports.frozen:
        raise RefusalError("10405")


_WITH_TEXT = frozenset(
    {
        consumer_foresight.GENERATE_FORESIGHT_ANALYTICS_NON_CRA_REPORT,
        consumer_foresight.GENERATE_PAYMENT_RISK_INSIGHTS_REPORT,
    }
)
"""Their reports repeat the accounts as the text that was sent; all others as a list."""
_OF_THEIR_OWN = ("GenerateStatementReport", "GenerateTransactionsReport")
"""What they ask for is checked elsewhere."""
_MODULES = (
    balance_analytics,
    cash_flow,
    cash_flow_analytics,
    consumer_foresight,
    payment_history_report,
    verify_assets,
    verify_income_and_employment,
)
_STARTING = [
    row
    for module in _MODULES
    for row in vars(module).values()
    if isinstance(row, Operation) and row.operation_id in REPORT_TYPES and row.operation_id not in _OF_THEIR_OWN
]
HANDLERS: dict[Operation[Any], Handler] = {
    **dict.fromkeys(_STARTING, _generate),
    reports.REPORT_REISSUE: _get_report,
    reports.GET_REPORT_BY_ID: _get_report,
    reports.GET_REPORT_BY_CUSTOMER: _get_report,
    reports.GET_REPORT_BY_CONSUMER: _get_report,
    reports.GET_REPORTS_BY_CUSTOMER_ID: _get_reports,
    reports.GET_REPORTS_BY_CONSUMER_ID: _get_reports,
}
