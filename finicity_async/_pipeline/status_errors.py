"""A response becomes an error: which class, what its text says, and whether the same call may be made again."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from finicity_async._pipeline.redaction import masked, masked_code, sent_texts
from finicity_async.errors import (
    NOT_FOUND_CODES,
    REQUEST_CODES,
    AggregationError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    StatusError,
    is_vendor_number,
)
from finicity_async.models.common import ErrorMessage, read_error
from finicity_async.operation import Operation, Request, Response, http_date
from finicity_async.status_codes import AggregationStatus, describe_status

TRANSIENT_STATUSES = frozenset({408, 500, 502, 503, 504})
"""Statuses of a fault that passes; a 500 only without a code of the vendor."""
_BY_STATUS: dict[int, type[StatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitError,
}


def error_for(request: Request[Any], response: Response, secrets: Iterable[str] = ()) -> StatusError | None:
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
    cls = _error_class(response.status, found.code)
    if 200 <= response.status < 300 and cls is StatusError:
        return None
    return _status_error(cls, request, response, found, (*secrets, *sent_texts(request)))


def _error_class(status: int, code: str | None) -> type[StatusError]:
    """Return the class of the error that a response with this status and vendor code stands for."""
    if code in NOT_FOUND_CODES:
        return NotFoundError
    server_fault = status >= 500
    if is_vendor_number(code) and (status == 202 or server_fault):
        return BadRequestError if code in REQUEST_CODES else AggregationError
    return _BY_STATUS.get(status, ServerError if server_fault else StatusError)


def raise_for_status(request: Request[Any], response: Response, secrets: Iterable[str]) -> None:
    """
    Raise the error that a response stands for, if it is one.

    Raises:
        StatusError: See ``finicity_async.errors``.
    """
    error = error_for(request, response, secrets)
    if error is not None:
        try:
            raise error
        finally:
            del error  # It would keep this frame, and the frame the request, until the garbage collector comes.


def _status_error(
    cls: type[StatusError], request: Request[Any], response: Response, found: ErrorMessage, hidden: Iterable[str]
) -> StatusError:
    operation = request.operation
    aggregation = _aggregation(cls, found.code)
    code = f" (code {masked_code(found.code, hidden)})" if found.code else ""
    message = f": {masked(found.message, hidden)}" if found.message else ""
    text = f"{operation.operation_id} was answered {response.status}{code}{message}"
    remedy, advice = _remedy(cls, operation, response.status, found.code, aggregation)
    return cls(
        " ".join(filter(None, (f"{text.rstrip('.')}.", remedy))),
        advice=advice,
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
    if code is None or not is_vendor_number(code) or code in REQUEST_CODES:
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
    if cls in (NotFoundError, BadRequestError) or (status == 500 and code is not None):
        return False
    return operation.idempotent and status in TRANSIENT_STATUSES


_REFUSED = ("The request as it stands is refused.", "The whole answer is in .body.")

_REMEDIES: dict[type[StatusError], tuple[str, str]] = {
    BadRequestError: _REFUSED,
    AuthenticationError: ("Check the app key and where the token comes from.", ""),
    PermissionDeniedError: (
        "The vendor refuses callers outside the allowed countries and calls not in the contract.",
        "",
    ),
    NotFoundError: ("The ID is unknown to the vendor, belongs to another partner, or is gone.", ""),
    RateLimitError: ("", "Send fewer requests at a time, or set requests_per_second."),
}
"""What to do, and what to do in terms of this library."""

_REMEDIES_OF_CODES: dict[tuple[type[StatusError], str | None], tuple[str, str]] = {
    (PermissionDeniedError, "10405"): (
        "The consumer has frozen the data, and only the consumer can lift the freeze.",
        "",
    ),
    (PermissionDeniedError, "10406"): ("The consumer disputes the data.", ""),
    (NotFoundError, "10100"): (
        "There is no such consumer or report; reports need a consumer of the customer.",
        "Create one with create_consumer.",
    ),
    (ConflictError, "18001"): ("Another report of the customer is being made; call again when it is done.", ""),
}
"""What to do about what the vendor says of reports."""


def _remedy(
    cls: type[StatusError],
    operation: Operation[Any],
    status: int,
    code: str | None,
    aggregation: AggregationStatus | None,
) -> tuple[str, str]:
    """Return what to do: in the words of anybody, and in terms of this library."""
    if own := operation.advice.get(code or "") or operation.advice.get(status):
        return own, _REFUSED[1] if cls is BadRequestError else ""
    if aggregation is not None and cls is not AuthenticationError:
        return f"{aggregation.meaning}. {aggregation.remedy}", ""
    if found := _REMEDIES_OF_CODES.get((cls, code)) or _REMEDIES.get(cls):
        return found
    if (status in TRANSIENT_STATUSES or cls is ServerError) and not operation.idempotent:
        return "The outcome is not known: read before you repeat the call.", ""
    if status in TRANSIENT_STATUSES or cls is ServerError:
        return "The service or an edge in front of it failed; try again later.", ""
    return _REFUSED


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
