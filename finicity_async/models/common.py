"""The error bodies of the vendor, all shapes read into one."""

import re
from contextlib import suppress
from typing import Any

import msgspec

from finicity_async.models._decoding import decode
from finicity_async.models._record import Record
from finicity_async.models._values import ShapeError

_XML_MEMBER = re.compile(r"<(code|message)>([^<]*)</", re.IGNORECASE)
_XML_ERROR = re.compile(r"(<\?xml[^>]*>)?\s*<error\b", re.IGNORECASE)
_CUT_CODE = re.compile(r'"(?:code|ReasonCode)"\s*:\s*(?:"([^"\\]{1,64})"|(\d{1,20}))')
_MOST_TEXT = 65_536
"""Bytes of an error that are read; a body of this length was cut off."""


class ErrorMessage(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The usual error body of the vendor, and what the other shapes are read into.

    Source: schema ErrorMessage, spec 1.42.0.
    """

    code: str | None = None
    """The vendor's code as text; a number on the wire from some services."""
    status: str | None = None
    """The HTTP status as text."""
    title: str | None = None
    """A heading."""
    level: str | None = None
    """The severity, for example ``"error"``."""
    message: str | None = None
    """What happened, for the developer; it may echo IDs."""
    user_message: str | None = msgspec.field(default=None, name="user_message")
    """What happened, for the end user."""
    asset_id: str | None = None
    """The asset concerned."""
    account_id: str | None = None
    """The account concerned."""
    external_transaction_id: str | None = None
    """The vendor's trace ID."""
    tags: str | None = None
    """The service that failed, for example ``"AGG"``."""


class Error(Record, frozen=True, kw_only=True, rename="pascal"):
    """
    One error in the wrapper of Connect and of the webhook subscriptions.

    Source: schema Error, spec 1.42.0.
    """

    source: str | None = None
    """The service that failed."""
    reason_code: str | None = None
    """The vendor's code as text."""
    description: str | None = None
    """What happened."""
    recoverable: bool | None = None
    """Whether the service takes the failure for a passing one."""
    details: str | None = None
    """More about it."""


class Errors(Record, frozen=True, kw_only=True, rename="pascal"):
    """
    The list in the wrapper.

    Source: schema Errors, spec 1.42.0.
    """

    error: tuple[Error, ...]
    """The errors, the first one the reason."""


class ErrorWrapper(Record, frozen=True, kw_only=True, rename="pascal"):
    """
    The wrapper of Connect and of the webhook subscriptions.

    Source: schema ErrorWrapper, spec 1.42.0.
    """

    errors: Errors
    """The errors."""


def read_error(body: bytes) -> ErrorMessage:
    """Read an error body of any shape: object, wrapper, XML, plain text, HTML or nothing. Never raises."""
    try:
        message = decode(ErrorMessage, body)
    except ShapeError:
        message = _from_text(body[:_MOST_TEXT].decode("utf-8", "replace").strip(), is_cut=len(body) >= _MOST_TEXT)
    if message.code is None and b'"Errors"' in body:
        with suppress(ShapeError):
            message = _from_wrapper(body)
    code = (message.code or "").strip(" ,")
    return msgspec.structs.replace(message, code=code or None)


def _from_wrapper(body: bytes) -> ErrorMessage:
    first = next(iter(decode(ErrorWrapper, body).errors.error), Error())
    return ErrorMessage(code=first.reason_code, message=first.description or first.details)


def _from_text(text: str, *, is_cut: bool) -> ErrorMessage:
    if not text.startswith("<"):
        found = _CUT_CODE.search(text) if is_cut and text.startswith("{") else None
        return ErrorMessage(code=found and (found[1] or found[2]), message=text or None)
    if not _XML_ERROR.match(text):
        return ErrorMessage()
    members: dict[str, Any] = {name.lower(): value.strip() for name, value in reversed(_XML_MEMBER.findall(text))}
    return ErrorMessage(**members)
