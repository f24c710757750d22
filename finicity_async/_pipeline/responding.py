"""A response becomes a value or an error."""

import asyncio
import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from functools import lru_cache, partial
from types import UnionType
from typing import Any, TypeVar, get_args

import msgspec

from finicity_async._pipeline.customers import comparison_of, is_asked_for, named_in_body
from finicity_async._pipeline.recognizing import fault_in, in_utf_8
from finicity_async.errors import (
    PayloadError,
)
from finicity_async.models import Record
from finicity_async.models._decoding import (
    Steps,
    decode_in_one_pass,
    finished,
    members_of,
    read_rows_with_care,
    read_with_care,
    row_type_in,
    rows_in_one_pass,
)
from finicity_async.models._values import DECODE_ERRORS, ShapeError
from finicity_async.models.common import ErrorMessage
from finicity_async.operation import Operation, Request, Response

T = TypeVar("T")

_LARGE = 2**18
"""Bytes of a body that can be read whole, whatever is in it, before another task has to wait."""
_MOST_VALUES = 500_000
"""Values that are gone through one by one: each costs 100 bytes, and more than all accounts of a customer have."""
_ROWS_PER_TURN = 500
_MOST_ERROR = 4_096
"""Bytes of an error: a longer body with an answer of 2xx is taken for what was asked for."""
_SIGNS_OF_ERRORS = frozenset({"code", "Errors"})
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

_DONE_STATUSES = (200, 201, 204)
_JSON = "application/json"
_NO_FILES = frozenset({_JSON, "text/html"})
"""Media types of answers in place of a file: a report in progress, an error with status 200, the page of a proxy."""
_ANY_BUT_MFA = frozenset({*range(200, 300)} - {203})
_UNFINISHED = {203: "the institution asks a question (MFA); the call did not run to its end"}
_JSON_PATH = re.compile(r" - at `(\$[^`]*)`$")


class Unfinished:
    """
    Reading of a large body that takes so long that other tasks have to have their turns meanwhile.

    Args:
        request: What was sent.
        response: What came.
        steps: What is left to do.
    """

    def __init__(self, request: Request[Any], response: Response, steps: Steps[Any]) -> None:
        self._request = request
        self._response = response
        self._steps = steps
        self._value: Any = None

    async def finish(self) -> Any:
        """
        Do what is left, and return the value.

        Raises:
            PayloadError: The body is not what was asked for.
        """
        while not self._take_steps(_ROWS_PER_TURN):  # noqa: ASYNC110 -- it is the loop that does the work
            await asyncio.sleep(0)
        return self._value

    def finish_now(self) -> Any:
        """Do the same without a turn for anybody else."""
        while not self._take_steps(_ROWS_PER_TURN):
            pass
        return self._value

    def _take_steps(self, count: int) -> bool:
        """Take some steps; return whether the value is there."""
        try:
            for _ in range(count):
                next(self._steps)
        except StopIteration as end:
            self._value = end.value
            return True
        except ShapeError as error:
            path = error.path
        else:
            return False
        raise _misfit(self._request, self._response, path)


def read_response(request: Request[T], response: Response) -> T:
    """
    Decode a response that is no error into the request's reply type, however long that takes.

    Raises:
        PayloadError: The body is not what was asked for.
    """
    begun: Any = start_reading(request, response)
    value: T = begun.finish_now() if isinstance(begun, Unfinished) else begun
    return value


async def read_in_turns(request: Request[T], response: Response) -> T:
    """Do the same, and let other tasks have their turns meanwhile."""
    begun: Any = start_reading(request, response)
    value: T = await begun.finish() if isinstance(begun, Unfinished) else begun
    return value


def start_reading(request: Request[T], response: Response) -> T | Unfinished:
    """
    Decode a response that is no error into the request's reply type.

    Returns:
        The value, or what is left to do for it where the body is large and something in it does not fit.

    Raises:
        PayloadError: The body is not what was asked for.
    """
    operation: Operation[Any] = request.operation
    kind: Any = request.reply_type
    if response.status not in (operation.statuses or _ANY_BUT_MFA):
        raise _payload_error(request, response, _UNFINISHED.get(response.status, "that is before its end"))
    if kind is bytes:
        if operation.accept != _JSON and not _is_file(response):
            raise _payload_error(request, response, "the body is no file")
        return response.body  # type: ignore[return-value]  # -- T is what was just compared
    if kind is None:
        return _read_nothing(request, response)  # type: ignore[func-returns-value,return-value]  # -- T is None
    body = response.body
    if response.status == 204 and operation.empty is not None:
        body = operation.empty
    if len(body) > _LARGE and body.count(b"{") > operation.max_records:
        raise _payload_error(request, response, f"the body holds more than {operation.max_records:,} JSON objects")
    if _is_record(kind) and _is_error(body, _names_in(kind)):
        raise _payload_error(request, response, "the body is an error")
    try:
        value: T = _reader(kind)(body)
    except (ShapeError, *DECODE_ERRORS):
        pass  # What follows is not raised while this error is handled, because it would then hold it.
    else:
        return value
    return _read_again(request, response, kind, body)


def _is_error(body: bytes, own: AbstractSet[str] = frozenset()) -> bool:
    """Return whether a body is one of the vendor's errors, which a record without required members would take."""
    if len(body) > _MOST_ERROR or not (b'"code"' in body or b'"Errors"' in body):
        return False
    try:
        names = _members(body).keys()
    except DECODE_ERRORS:
        return False
    signs = names & _SIGNS_OF_ERRORS
    return bool(signs - own) and names <= _names_in(ErrorMessage) | signs


@lru_cache
def _names_in(kind: type[Record]) -> frozenset[str]:
    return frozenset(member.name for member in members_of(kind))


def _read_again(request: Request[T], response: Response, kind: Any, body: bytes) -> T | Unfinished:
    """Read a body of which something does not fit, or raise an error that says what."""
    if not body.strip():
        raise _payload_error(request, response, "the body is empty")
    body = in_utf_8(body, response.headers)
    kind = _one_of(kind, body)
    read_carefully = _careful_reader(kind)
    if read_carefully and len(body) > _LARGE:
        _check_work(request, response, body)
        return Unfinished(request, response, read_carefully(body))
    try:
        value: T = finished(read_carefully(body)) if read_carefully else _reader(kind)(body)
    except ShapeError as error:
        path = error.path
    except DECODE_ERRORS as error:
        path = _path_in(str(error))
    else:
        return value
    raise _misfit(request, response, path)


def _misfit(request: Request[Any], response: Response, path: str) -> PayloadError:
    """Return the error of a body that does not fit at a JSON path."""
    kind = request.reply_type
    what = (fault_in(response.body) if path == "$" else None) or f"it does not fit at {path}"
    return _payload_error(request, response, f"the body is no {getattr(kind, '__name__', kind)}: {what}")


def _check_work(request: Request[Any], response: Response, body: bytes) -> None:
    what = None
    if body.count(b",") > _MOST_VALUES:
        what = "values to go through"
    elif body.count(b"\\ud") + body.count(b"\\uD") > _MOST_VALUES or _bad_bytes(body) > _MOST_VALUES:
        what = "parts that UTF-8 cannot hold"
    if what is not None:
        text = f"something in the body does not fit, and it holds more than {_MOST_VALUES:,} {what}"
        raise _payload_error(request, response, text)


def start_comparing(request: Request[T], response: Response) -> T | Unfinished:
    """
    Do what `start_reading` does, and compare the customer in the response with the one that was asked for.

    Raises:
        PayloadError: The body is not what was asked for, or is another customer's.
    """
    name = request.operation.customer
    if name is None:
        return start_reading(request, response)
    try:
        value = start_reading(request, response)
    except PayloadError as error:
        failure = _foreign(request, response) if _is_foreign(request, response) else error
    else:
        asked = request.sent[request.operation.customer_place]
        kind: Any = type(value)
        is_of = comparison_of(kind, name)
        if is_of is None:
            raw_compared(request, response)
            return value
        if is_of(value, asked):
            return value
        failure = _foreign(request, response)
    try:
        raise failure
    finally:
        del failure  # As in `raise_for_status`.


def raw_compared(request: Request[Any], response: Response) -> Response:
    """
    Compare the customer in a response that is not decoded; a body that is no JSON object cannot be compared.

    Raises:
        PayloadError: The body is another customer's.
    """
    if request.operation.customer is not None and _is_foreign(request, response):
        raise _foreign(request, response)
    return response


def _is_foreign(request: Request[Any], response: Response) -> bool:
    operation = request.operation
    named = named_in_body(response.body, operation.customer or "")
    return not is_asked_for(named, request.sent[operation.customer_place])


def _foreign(request: Request[Any], response: Response) -> PayloadError:
    """Return the error of a response with another customer's data, which it does not hold."""
    operation = request.operation
    return PayloadError(
        f"{operation.operation_id} was answered {response.status}, but with the data of another customer: responses "
        "on this connection are out of step, so it was closed.",
        advice="If the vendor means it, set check_customer=False.",
        operation=operation.operation_id,
        status=response.status,
        retryable=operation.idempotent,
    )


def _bad_bytes(body: bytes) -> int:
    """Return how many bytes of a body are not UTF-8."""
    return 0 if body.isascii() else len(body) - len(body.decode(errors="ignore").encode())


def _is_file(response: Response) -> bool:
    """Return whether a body can be a file: one that is labelled as JSON has to look like it, too, to be none."""
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    is_text = media_type in _NO_FILES and response.body[:100].lstrip().startswith((b"{", b"[", b"<"))
    return bool(response.body.strip()) and not is_text and not _is_error(response.body)


def _read_nothing(request: Request[Any], response: Response) -> None:
    """
    Take an empty or plain JSON answer for done; an HTML page, or an error with status 200, proves nothing.

    For a DELETE only an empty answer will do, because it cannot be undone and cannot be tried again.
    """
    is_accepted = response.status == 202 and request.operation.method == "POST"
    is_done = _is_empty if request.operation.method == "DELETE" else _is_done
    if not (response.status in _DONE_STATUSES or is_accepted) or not is_done(response.body):
        raise _payload_error(request, response, "that does not say that it was carried out")


def _is_empty(body: bytes) -> bool:
    return body.strip() in (b"", b"{}")


def _is_done(body: bytes) -> bool:
    if not body.strip():
        return True
    try:
        return not _members(body).keys() & {"code", "Errors"}
    except msgspec.ValidationError:
        return fault_in(body) is None
    except DECODE_ERRORS:
        return False


def _payload_error(request: Request[Any], response: Response, what: str) -> PayloadError:
    text = f"{request.operation.operation_id} was answered {response.status}, but {what}."
    advice = ""
    if own := request.operation.advice.get(response.status):
        text = f"{text} {own}"
    elif request.operation.refresh:
        text = f"{text} The refresh may be running."
        advice = "Poll the accounts until their attempt date moves, as wait_for_refresh does."
    else:
        advice = "See .body, or use session.send_raw for the bytes as they come."
    return PayloadError(
        text,
        advice=advice,
        operation=request.operation.operation_id,
        status=response.status,
        body=response.body,
    )


def _path_in(text: str) -> str:
    """Return the JSON path at the end of an error of msgspec; one about an unknown member ends with its name."""
    found = None if text.startswith("Object contains unknown field") else _JSON_PATH.search(text)
    return found[1] if found else "$"


def _one_of(kind: Any, body: bytes) -> Any:
    """Return the record or the list of records in a union, whichever a body looks like, or the type itself."""
    if isinstance(kind, UnionType):
        is_wanted = {b"{": _is_record, b"[": row_type_in}.get(body.lstrip()[:1], bool)
        kind = next(filter(is_wanted, get_args(kind)), kind)
    return kind


@lru_cache
def _reader(kind: Any) -> Callable[[bytes], Any]:
    if isinstance(kind, UnionType):
        return lambda body: _reader_of_one(_one_of(kind, body))(body)
    return _reader_of_one(kind)


@lru_cache
def _reader_of_one(kind: Any) -> Callable[[bytes], Any]:
    if _is_record(kind):
        return partial(decode_in_one_pass, kind)
    row = row_type_in(kind)
    return partial(rows_in_one_pass, row) if row else msgspec.json.Decoder(kind, strict=False).decode


@lru_cache
def _careful_reader(kind: Any) -> Callable[[bytes], Steps[Any]] | None:
    """Return what reads a record, or an array of records, member by member; None for any other type."""
    if _is_record(kind):
        return partial(read_with_care, kind)
    row = row_type_in(kind)
    return partial(read_rows_with_care, row) if row else None


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Record)
