"""Handlers of reports: any type is made on the sandbox's clock, with contents drawn from the Struct of its type."""

from collections.abc import Mapping
from random import Random
from typing import Any, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import fields

from finicity_async.endpoints import consumer_foresight, reports
from finicity_async.models.reports import report_body
from finicity_async.operation import Operation
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
_NAMES_OF_A_CUSTOMER = ("customerId", "externalCustomerId")
_NOBODY = {"id": "", "type": ""}
_FORESIGHT = consumer_foresight.GENERATE_FORESIGHT_ANALYTICS_NON_CRA_REPORT.report_types[0]


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


async def start_report(state: State, request: IncomingRequest, constraints: Mapping[str, Any]) -> Response:
    """
    Start a report about the customer in the path, and return the answer: it is being made.

    Args:
        state: The state of the sandbox.
        request: The request.
        constraints: What the report is about, as on the wire.

    Raises:
        RefusalError: There is no such customer, the consumer that the report needs is missing, the data are frozen, or
            another report is being made.
    """
    consumer, customer_id = _consumer(state, request), request.values["customerId"]
    kind = _row_of(request).report_types[0]
    customer = state.customer_record(customer_id)
    record = acknowledgement(state.new_secret(), kind, customer, consumer, int(state.clock()))
    return await _start(state, request, customer_id, {**record, "constraints": constraints})


async def _start(state: State, request: IncomingRequest, customer_id: str, record: dict[str, Any]) -> Response:
    _check_freeze(state, customer_id)
    if customer_id and state.reports.is_running(customer_id):
        raise RefusalError("18001")
    reply_type = _row_of(request).reply_type
    record |= _known({"constraints": record["constraints"]}, reply_type)
    made = state.reports.start(customer_id, record, request.query.get("callbackUrl"))
    if made.callback_url is not None:
        await push_report(state, made)
    answer = {**record, "status": "inProgress", "reportPin": record["requestId"][:6]}
    return json_response(_known(answer, reply_type), 202)


async def _generate_foresight_of_sent_data(state: State, request: IncomingRequest) -> Response:
    """Start a report about the customer whom the body names by the vendor's ID, by the partner's own, or by both."""
    constraints = request.members()
    named = {name: constraints[name] for name in _NAMES_OF_A_CUSTOMER if name in constraints}
    customer_id = str(named.get("customerId", ""))
    if not named:
        raise RefusalError(10100)
    if customer_id and customer_id not in state.customers:
        raise RefusalError("14001")
    customer = state.customer_record(customer_id) if customer_id else _NOBODY
    record = acknowledgement(state.new_secret(), _FORESIGHT, customer, {}, int(state.clock())) | named
    if not customer_id:
        del record["customerId"], record["customerType"]
    return await _start(state, request, customer_id, {**record, "constraints": constraints})


async def generate_report(state: State, request: IncomingRequest) -> Response:
    """Start a report of any type, by its row."""
    constraints = request.members() if request.body else {}
    named = constraints.get("accountIds")
    if isinstance(named, str) and _lists_accounts(_row_of(request).reply_type):
        constraints["accountIds"] = named.split()
    return await start_report(state, request, constraints)


def _consumer(state: State, request: IncomingRequest) -> Mapping[str, Any]:
    """Return the consumer of the customer in the path; nothing where the report needs none and there is none."""
    subject, customer_id = _row_of(request).report_subject, customer_in_path(state, request)
    if subject == "customer" or (subject == "business" and customer_id in state.businesses):
        return state.consumers.of(customer_id) or {}
    return consumer_in_path(state, request)


def _known(value: Any, kind: Any) -> Any:
    """Return a value of a Struct without the members that the Struct does not have, such as what is only sent."""
    for struct in (kind, *get_args(kind)):
        if isinstance(value, dict) and isinstance(struct, type) and issubclass(struct, Struct):
            hints, names = get_type_hints(struct), {one.name: one.encode_name for one in fields(struct)}
            return {name: _known(value[name], hints[field]) for field, name in names.items() if name in value}
    return value


def _row_of(request: IncomingRequest) -> Operation[Any]:
    assert request.operation is not None  # noqa: S101 -- the router found it
    return request.operation


def _lists_accounts(reply_type: Any) -> bool:
    """Return whether a report lists the accounts that were asked for; some repeat the text that was sent."""
    constraints, _ = get_args(get_type_hints(reply_type)["constraints"])
    return get_origin(get_type_hints(constraints).get("account_ids")) is tuple


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
    return json_response({"reports": [{name: one[name] for name in _SUMMARY if name in one} for one in made]})


def _check_freeze(state: State, customer_id: str) -> None:
    if customer_id in state.reports.frozen:
        raise RefusalError("10405")


HANDLERS: dict[Operation[Any], Handler] = {
    consumer_foresight.GENERATE_FORESIGHT_ANALYTICS_FIRST_THIRD_PARTY_NON_CRA_REPORT: _generate_foresight_of_sent_data,
    reports.REPORT_REISSUE: _get_report,
    reports.GET_REPORT_BY_ID: _get_report,
    reports.GET_REPORT_BY_CUSTOMER: _get_report,
    reports.GET_REPORT_BY_CONSUMER: _get_report,
    reports.GET_REPORTS_BY_CUSTOMER_ID: _get_reports,
    reports.GET_REPORTS_BY_CONSUMER_ID: _get_reports,
}
