"""How values go out: an amount as a number, an instant as Unix seconds, in a body and in a query alike."""

import math
from datetime import datetime
from decimal import Decimal
from operator import index

import msgspec
from msgspec import Raw

_KEPT = (datetime, Decimal, Raw)
_LATEST = 253_402_300_799  # 9999-12-31T23:59:59Z, the last instant of a datetime

_encode = msgspec.json.Encoder(decimal_format="number").encode


class EncodingError(ValueError):
    """A value has no form on the wire; the text says what it is, and does not show it."""


def json_of(body: object) -> bytes:
    """
    Return a body as JSON. What is neither amount nor instant has the form that msgspec gives it.

    Raises:
        EncodingError: Some value in it cannot be sent.
    """
    try:
        return _encode(_sendable(msgspec.to_builtins(body, builtin_types=_KEPT, str_keys=True)))
    except EncodingError:
        raise
    except (TypeError, ValueError, ArithmeticError, RecursionError, msgspec.MsgspecError):
        pass
    raise EncodingError("something that cannot be written as JSON")


def text_of(value: object) -> str:
    """
    Return a query parameter as text; a number is not negative.

    Raises:
        EncodingError: The value cannot be sent.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _encodable(str.__str__(value))
    if isinstance(value, datetime | Decimal | float):
        return _encode(_sendable(value)).decode()
    return str(_number(value))


def id_of(value: object) -> str:
    """
    Return an ID given as a number as text; numbers of other libraries, as numpy's, are numbers, too.

    Raises:
        EncodingError: It is none.
    """
    if isinstance(value, bool):
        raise EncodingError("of type bool")
    return str(_number(value, below=10**64))


def unix_seconds(instant: datetime) -> int:
    """
    Return an instant as the vendor takes it.

    Raises:
        EncodingError: It has no zone.
    """
    if instant.tzinfo is None:
        raise EncodingError("a datetime without a zone")
    return int(instant.timestamp() // 1)


def _sendable(value: object) -> object:
    """Return plain values with Unix seconds for instants; refuse numbers that JSON does not have."""
    if isinstance(value, dict):
        return {key: _sendable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_sendable(part) for part in value]
    if isinstance(value, datetime):
        return unix_seconds(value)
    if (isinstance(value, float) and not math.isfinite(value)) or (
        isinstance(value, Decimal) and not value.is_finite()
    ):
        raise EncodingError("a number that is not finite")
    return value


def _number(value: object, below: int = _LATEST + 1) -> int:
    try:
        number = index(value)  # type: ignore[arg-type]  # -- the type is what is tried
    except TypeError:
        raise EncodingError(f"of type {type(value).__name__}") from None
    if 0 <= number < below:
        return number
    raise EncodingError("a negative number" if number < 0 else "too large a number")


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise EncodingError(f"a text of {len(text)} characters that UTF-8 cannot hold") from None
    return text
