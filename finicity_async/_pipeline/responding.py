"""What a response that is an error stands for, in words that show nothing secret or personal."""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from finicity_async.errors import (
    AggregationError,
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    StatusError,
    is_vendor_number,
    status_error_class,
)
from finicity_async.models.common import ErrorMessage, read_error
from finicity_async.operation import Operation, Request, Response, http_date
from finicity_async.status_codes import AggregationStatus, describe_status

_PASSING_STATUSES = frozenset({408, 500, 502, 503, 504})
_MOST_TEXT = 300


def read_failure(request: Request[Any], response: Response, secrets: Iterable[str] = ()) -> StatusError | None:
    """
    Return the error that a response stands for, or None when it is none.

    Args:
        request: What was sent.
        response: What came.
        secrets: Texts that no error may show, beside what the request itself sent.
    """
    if response.status in (200, 204):
        return None
    found = read_error(response.body)
    cls = status_error_class(response.status, found.code)
    if 200 <= response.status < 300 and cls is StatusError:
        return None
    return _status_error(cls, request, response, found, (*secrets, *_sent_texts(request)))


def _status_error(
    cls: type[StatusError], request: Request[Any], response: Response, found: ErrorMessage, hidden: Iterable[str]
) -> StatusError:
    operation = request.operation
    aggregation = _aggregation(cls, found.code)
    code = f" (code {_masked_code(found.code, hidden)})" if found.code else ""
    message = f": {masked(found.message, hidden)}" if found.message else ""
    text = f"{operation.operation_id} was answered {response.status}{code}{message}"
    return cls(
        f"{text.rstrip('.')}. {_advice(cls, operation, response.status, aggregation)}",
        operation=operation.operation_id,
        status=response.status,
        code=found.code,
        message=found.message,
        user_message=found.user_message,
        retry_after=_retry_after(response.headers),
        body=response.body,
        aggregation=aggregation,
        retryable=_is_retryable(cls, operation, response.status, aggregation, found.code),
    )


def _aggregation(cls: type[StatusError], code: str | None) -> AggregationStatus | None:
    if code is None or not is_vendor_number(code):
        return None
    status = describe_status(code)
    return status if cls is AggregationError or status.category != "unknown" else None


def _is_retryable(
    cls: type[StatusError],
    operation: Operation[Any],
    status: int,
    aggregation: AggregationStatus | None,
    code: str | None,
) -> bool:
    if cls is RateLimitError:
        return True
    if cls is AggregationError:
        return operation.idempotent and aggregation is not None and aggregation.retriable is True
    if cls is NotFoundError or (status == 500 and code is not None):
        return False
    return operation.idempotent and status in _PASSING_STATUSES


_ADVICE: dict[type[StatusError], str] = {
    AuthenticationError: "Check the app key and where the token comes from.",
    PermissionDeniedError: "The vendor answers so outside the allowed countries and beyond the contract.",
    NotFoundError: "The ID is unknown to the vendor, belongs to another partner, or is gone.",
    RateLimitError: "Send fewer requests at a time, or set requests_per_second.",
}


def _advice(
    cls: type[StatusError], operation: Operation[Any], status: int, aggregation: AggregationStatus | None
) -> str:
    if aggregation is not None and cls is not AuthenticationError:
        return f"{aggregation.meaning}. {aggregation.remedy}"
    if cls in _ADVICE:
        return _ADVICE[cls]
    if (status in _PASSING_STATUSES or cls is ServerError) and not operation.idempotent:
        return "The outcome is not known: read before you repeat the call."
    if status in _PASSING_STATUSES or cls is ServerError:
        return "The service or an edge in front of it failed; try again later."
    return "The request as it stands is refused; .body has the whole answer."


def _sent_texts(request: Request[Any]) -> Iterator[str]:
    yield from request.sent
    if request.body is not None:
        yield from _texts_within(msgspec.json.decode(request.body))


def _texts_within(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts_within(part)
    elif isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        yield str(value)


def masked(text: str, hidden: Iterable[str]) -> str:
    """Return a text of the vendor on one line, cut to a readable length, with every hidden part as ``***``."""
    forms = {form for part in hidden if part for form in _forms(part)}
    for part in sorted(forms, key=len, reverse=True):
        text = re.sub(re.escape(part), "***", text, flags=re.IGNORECASE)
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}..."


def _forms(part: str) -> Iterator[str]:
    """Give the forms in which a vendor may echo a text: as it is, and quoted for a URL, a form, HTML or JSON."""
    yield part
    if not part.isalnum():
        yield from (quote(part), quote(part, safe=""), quote_plus(part), html.escape(part))
        yield from (json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1])


def _masked_code(code: str, hidden: Iterable[str]) -> str:
    return code if is_vendor_number(code) and code not in hidden else masked(code, hidden)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After as seconds, a date by the server's own clock where the response tells it."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", value, re.ASCII):
        return float(value)
    until = http_date(value)
    if until is None:
        return None
    now = http_date(headers.get("Date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())
