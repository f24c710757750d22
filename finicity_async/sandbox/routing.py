"""From a method and path to an operation, and from an operation to its handler; no sockets here."""

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import unquote

import finicity_async.endpoints
from finicity_async.operation import Operation
from finicity_async.sandbox import (
    account_validation_assistance,
    accounts,
    accounts_simple,
    app_registration,
    authentication,
    bank_statements,
    businesses_api,
    connect,
    connect_components,
    consumers,
    customers,
    data_sharing_consent,
    identity,
    institutions,
    pay_statements,
    payment_success_indicator,
    payments,
    reports,
    small_business_credit_analytics,
    third_party_access,
    transaction_refreshes,
    transactions,
    txpush,
    webhook_subscription,
)
from finicity_async.sandbox.drawn import drawn_response
from finicity_async.sandbox.pushing import push_changes
from finicity_async.sandbox.requests import Handler, IncomingRequest, RefusalError, Route
from finicity_async.sandbox.responses import Response, error_response
from finicity_async.sandbox.state import State

_MODULES = (
    account_validation_assistance,
    accounts,
    accounts_simple,
    app_registration,
    authentication,
    bank_statements,
    businesses_api,
    connect,
    connect_components,
    consumers,
    customers,
    data_sharing_consent,
    identity,
    institutions,
    pay_statements,
    payment_success_indicator,
    payments,
    reports,
    small_business_credit_analytics,
    third_party_access,
    transaction_refreshes,
    transactions,
    txpush,
    webhook_subscription,
)
_CONSENTS = "/data-sharing-consents"
"""The service behind these paths answers in JSON alone."""


def _package_rows() -> Iterator[Operation[Any]]:
    """Return every row of every module in ``finicity_async.endpoints``."""
    package = finicity_async.endpoints
    for module in pkgutil.iter_modules(package.__path__):
        members = vars(importlib.import_module(f"{package.__name__}.{module.name}"))
        yield from (member for member in members.values() if isinstance(member, Operation))


ROWS = tuple(dict.fromkeys(_package_rows()))
"""The operations of the package; a row that two modules export is there once."""
_OF_REPORTS: dict[Operation[Any], Handler] = {row: reports.generate_report for row in ROWS if row.report_types}
HANDLERS = _OF_REPORTS | {row: handler for module in _MODULES for row, handler in module.HANDLERS.items()}
OPERATIONS = frozenset(row.operation_id for row in ROWS)
"""The operations that the sandbox has, by operationId."""


class Router:
    """
    Finds the operation of a request and answers it.

    Args:
        rows: The operations to serve.
        handlers: What answers them; an operation without a handler gets a response drawn from its reply type.
    """

    def __init__(
        self, rows: Iterable[Operation[Any]] = ROWS, handlers: Mapping[Operation[Any], Handler] = HANDLERS
    ) -> None:
        self._handlers = handlers
        # Number of segments -> method -> rows; the key keeps the search short with 156 operations.
        self._patterns: dict[int, dict[str, list[tuple[Operation[Any], re.Pattern[str]]]]] = {}
        for row in sorted(rows, key=_literals_first):
            methods = self._patterns.setdefault(row.path.count("/"), {})
            methods.setdefault(row.method, []).append((row, _pattern(row.path)))

    def find(self, method: str, path: str) -> Route:
        """Find the operation of a method and a quoted path without its query."""
        methods = self._patterns.get(path.count("/"), {})
        for operation, pattern in methods.get(method, ()):
            if found := pattern.fullmatch(path):
                return Route(operation, {name: unquote(value) for name, value in found.groupdict().items()})
        allowed = (one for one, rows in methods.items() if any(pattern.fullmatch(path) for _, pattern in rows))
        return Route(None, {}, tuple(allowed))

    async def answer(self, state: State, request: IncomingRequest) -> Response:
        """Carry out a request and return the response."""
        try:
            if (refusal := _refusal(state, request)) is not None:
                return refusal
            state.apply_due()
            assert request.operation is not None  # noqa: S101 -- _refusal() saw to it
            handler = self._handlers.get(request.operation, drawn_response)
            if state.subscriptions or state.reports.has_listeners:
                handler = partial(_between_pushes, handler)
            return await handler(state, request)
        except RefusalError as error:
            return error.answer()


async def _between_pushes(handler: Handler, state: State, request: IncomingRequest) -> Response:
    """Tell the subscribers what time has brought, then what the request has changed."""
    await push_changes(state)
    response = await handler(state, request)
    await push_changes(state)
    return response


def _literals_first(row: Operation[Any]) -> list[bool]:
    """Sort ``/customers/active`` before ``/customers/{customerId}``, which would match it, too."""
    return [segment.startswith("{") for segment in row.path.split("/")]


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def _refusal(state: State, request: IncomingRequest) -> Response | None:
    """Check a request as the vendor does: first the key, then the path, then the token, which a login does not need."""
    operation = request.operation
    app_key = request.headers.get("Finicity-App-Key")
    if not app_key:
        raise RefusalError("10026")
    if app_key != state.partner.credentials.app_key:
        if operation is not None and not operation.token:
            # The vendor's document has no text/plain for these; it does not count as a failed login.
            raise RefusalError(10001)
        if operation is not None and operation.path.startswith(_CONSENTS):
            raise RefusalError("10026")
        return Response(status=401, body=b"Invalid (Finicity-App-Key)", content_type="text/plain")
    if operation is None:
        return _no_operation(request.route)
    if request.method == "POST" and not ("Content-Length" in request.headers or "Transfer-Encoding" in request.headers):
        return Response(status=411)
    if operation.token:
        authentication.check_token(state, request.headers.get("Finicity-App-Token"))
    return None


def _no_operation(route: Route) -> Response:
    """Answer 405 or 404 in the form of the vendor's other errors; no public source shows the vendor's own."""
    if route.allowed:
        refused = error_response("14020", "Method not allowed", 405)
        return replace(refused, headers={"Allow": ", ".join(sorted(route.allowed))})
    return error_response("14001", "Resource not found", 404)
