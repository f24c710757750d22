"""The admin interface over HTTP: who may ask, what is asked, and how a refusal reads."""

from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import msgspec

from finicity_async.sandbox.admin import PREFIX
from finicity_async.sandbox.admin.control import Control, ProblemError
from finicity_async.sandbox.admin.page import AdminPage
from finicity_async.sandbox.admin.rows import Row
from finicity_async.sandbox.admin.table import ROWS
from finicity_async.sandbox.hosts import is_own_host
from finicity_async.sandbox.responses import Response, json_response

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class AdminService:
    """
    Answers what is asked below the prefix; neither faults nor a refused token reach it.

    Args:
        control: The sandbox.
    """

    def __init__(self, control: Control) -> None:
        self._control = control
        self._page = AdminPage(control)

    @staticmethod
    def serves(path: str) -> bool:
        """Return whether a path is one of the admin interface."""
        return path.startswith(PREFIX)

    async def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
        """
        Answer a request.

        Args:
            method: HTTP method.
            target: Quoted path and query.
            headers: Headers, found in any case.
            body: JSON.
        """
        parts = urlsplit(target)
        try:
            check_host(headers)
            check_origin(headers)
            if self._page.serves(parts.path):
                return await self._page.answer(method, target, headers, body)
            row, values = _find(method, parts.path.removeprefix(PREFIX))
            _check_body(row, headers, body)
            return await self._run(row, values, _query(row, parts.query), body)
        except ProblemError as error:
            return json_response({"error": str(error)}, error.status)

    async def _run(self, row: Row, values: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Response:
        try:
            reply = await row.run(self._control, values, query, body)
        except RecursionError:  # Its text differs between Pythons.
            raise ProblemError(400, "The body is nested too deeply") from None
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
            raise ProblemError(400, str(error)) from None
        if reply is None:
            return Response(status=row.status, headers=_HEADERS)
        return json_response(msgspec.to_builtins(reply, builtin_types=(Decimal,)), row.status)


def check_host(headers: Mapping[str, str]) -> None:
    """
    Check that the host is this machine.

    Raises:
        ProblemError: It is another one.
    """
    if not is_own_host(headers.get("Host", "")):
        raise ProblemError(403, "The sandbox answers to 127.0.0.1, localhost and [::1] only, and Host is another name")


def check_origin(headers: Mapping[str, str]) -> None:
    """
    Check that no page of another site or of another port asks.

    Raises:
        ProblemError: One asks.
    """
    own = f"http://{headers.get('Host', '')}"
    if headers.get("Origin", own) != own or headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        raise ProblemError(403, "The sandbox answers no page of another origin")


def _find(method: str, path: str) -> tuple[Row, Mapping[str, str]]:
    fitting = [(row, values) for row in ROWS if (values := row.match(path)) is not None]
    for row, values in fitting:
        if row.method == method:
            return row, values
    if fitting:
        raise ProblemError(405, f"{path} has {', '.join(row.method for row, _ in fitting)}, and no {method}")
    raise ProblemError(404, f"There is no {path}; {PREFIX}/openapi.json lists what there is")


def _check_body(row: Row, headers: Mapping[str, str], body: bytes) -> None:
    """Check that a body is announced as JSON, which a form of a page elsewhere cannot do."""
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if "body" in row.types and kind != "application/json":
        raise ProblemError(415, "The body is JSON, and Content-Type has to be application/json")
    if "body" not in row.types and body:
        raise ProblemError(400, f"{row.method} {row.path} takes no body")


def _query(row: Row, text: str) -> dict[str, str]:
    pairs = parse_qsl(text, keep_blank_values=True)
    query = dict(pairs)
    if query and "query" not in row.types:
        raise ProblemError(400, f"{row.method} {row.path} takes no query, and {text!r} is one")
    if len(query) < len(pairs):
        raise ProblemError(400, "A parameter of the query is there twice")
    return query
