"""How values go out: an amount as a number, an instant as Unix seconds or ISO text, a list joined with commas."""

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from operator import index
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
from msgspec import Raw
from msgspec.structs import fields

from finicity_async.models._values import IsoInstant

_KEPT = (datetime, Decimal, Raw)
_LATEST = 253_402_300_799  # 9999-12-31T23:59:59Z, the last instant of a datetime

_ALLOWED: dict[Any, tuple[type, ...]] = {
    str: (str,),
    bool: (bool,),
    int: (int,),
    float: (float, int, Decimal),
    Decimal: (Decimal, int),
    datetime: (datetime, int),  # Unix seconds
    IsoInstant: (datetime, str),
    date: (date, str),
    type(None): (type(None),),
}
"""Declared type -> types of its values. A float is no amount: 0.1 + 0.2 would be sent as 0.30000000000000004."""

_encode = msgspec.json.Encoder(decimal_format="number").encode


class EncodingError(ValueError):
    """A value has no form on the wire; the text says what it is, and does not show it."""


def json_of(body: object) -> bytes:
    """
    Return a body as JSON. What is neither amount nor instant has the form that msgspec gives it.

    An instant is Unix seconds, or ISO text where the member of its Struct is an `IsoInstant`.

    Raises:
        EncodingError: Some value in it cannot be sent.
    """
    try:
        if isinstance(body, msgspec.Struct):
            _check_types(body)
            if iso_members(type(body)):
                body = _with_iso_text(body)
        return _encode(_sendable(msgspec.to_builtins(body, builtin_types=_KEPT, str_keys=True)))
    except EncodingError:
        raise
    except (TypeError, ValueError, ArithmeticError, RecursionError, msgspec.MsgspecError):
        pass
    raise EncodingError("something that cannot be written as JSON")


def text_of(value: object) -> str:
    """
    Return a query parameter as text; a number is not negative, and a list is joined with commas.

    Raises:
        EncodingError: The value cannot be sent.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _encodable(str.__str__(value))
    if isinstance(value, datetime | Decimal | float):
        return _encode(_sendable(value)).decode()
    if isinstance(value, list | tuple):
        return _joined(value)
    return str(_number(value))


def _joined(values: Iterable[object]) -> str:
    """Return a list as the vendor's document declares it: style "form" without "explode"."""
    texts = [text_of(value) for value in values]
    if not all(texts) or not texts:
        raise EncodingError("a list without entries, or with an empty one")
    if any("," in text for text in texts):
        raise EncodingError("a list with a comma in an entry, which would be two entries")
    return ",".join(texts)


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
    return int(_with_zone(instant).timestamp() // 1)


def _with_zone(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise EncodingError("a datetime without a zone")
    return instant


def iso_text(instant: datetime) -> str:
    """Return an instant as text, in whole seconds as `unix_seconds` does."""
    return f"{_with_zone(instant).astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"


def _with_iso_text(value: Any) -> Any:
    """Return the value of a member that is or holds an `IsoInstant`, with text for each."""
    if isinstance(value, datetime):
        return iso_text(value)
    if isinstance(value, list | tuple):
        return [_with_iso_text(part) for part in value]
    if isinstance(value, msgspec.Struct):
        given = {name: part for name in iso_members(type(value)) if (part := getattr(value, name))}
        return msgspec.structs.replace(value, **{name: _with_iso_text(part) for name, part in given.items()})
    return value


@cache
def iso_members(cls: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the members that are or hold an `IsoInstant`. Most bodies have none, so this is all that they cost."""
    return tuple(field.name for field in fields(cls) if IsoInstant in _types_in(field.type, set()))


def _types_in(kind: Any, seen: set[type]) -> Iterator[Any]:
    yield kind
    parts = get_args(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in seen:
        seen.add(kind)
        parts = tuple(field.type for field in fields(kind))
    for part in parts:
        yield from _types_in(part, seen)


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


def _check_types(body: msgspec.Struct) -> None:
    """
    Compare the values in a body with the types that its Struct declares, since a Struct does not do it.

    Types that are not in ``_ALLOWED`` are not judged.

    Raises:
        EncodingError: A type is another one, for example ``"float instead of Decimal in transactions[0].amount"``.
    """
    for misfit in _in_struct(body, ""):
        raise EncodingError(misfit)


def _in_struct(value: msgspec.Struct, path: str) -> Iterator[str]:
    for name, encoded, kinds in _members(type(value)):
        yield from _in_value(getattr(value, name), kinds, f"{path}.{encoded}")


@cache
def _members(cls: type[msgspec.Struct]) -> tuple[tuple[str, str, tuple[Any, ...]], ...]:
    """Return name, name on the wire and declared types of each member."""
    return tuple((one.name, one.encode_name, _alternatives(one.type)) for one in fields(cls))


def _alternatives(kind: Any) -> tuple[Any, ...]:
    """Return the types of a union; of annotations, only that of an `IsoInstant` is kept."""
    kinds = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return tuple(one.__origin__ if hasattr(one, "__metadata__") and one != IsoInstant else one for one in kinds)


def _in_value(value: object, kinds: tuple[Any, ...], path: str) -> Iterator[str]:
    for kind in kinds:
        if _is_of(value, kind):
            yield from _in_parts(value, kind, path)
            return
    expected = " or ".join(_name(kind) for kind in kinds if kind is not type(None))
    yield f"{type(value).__name__} instead of {expected} in {path.removeprefix('.')}"


def _is_of(value: object, kind: Any) -> bool:
    outer = kind if kind == IsoInstant else get_origin(kind) or kind
    if outer in (tuple, list):
        return isinstance(value, tuple | list)
    if outer is dict or (isinstance(outer, type) and issubclass(outer, msgspec.Struct)):
        return isinstance(value, outer)
    allowed = _ALLOWED.get(outer)
    if isinstance(value, bool) or (outer is date and isinstance(value, datetime)):
        return allowed is None or type(value) in allowed
    return allowed is None or isinstance(value, allowed)


def _in_parts(value: object, kind: Any, path: str) -> Iterator[str]:
    """Look at what a value consists of."""
    if isinstance(value, msgspec.Struct):
        yield from _in_struct(value, path)
        return
    parts = get_args(kind)
    if isinstance(value, tuple | list) and (len(parts) == 1 or parts[1:] == (...,)):
        kinds = _alternatives(parts[0])
        for number, part in enumerate(value):
            yield from _in_value(part, kinds, f"{path}[{number}]")


def _name(kind: Any) -> str:
    return "datetime" if kind == IsoInstant else str(getattr(get_origin(kind) or kind, "__name__", kind))


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


def outline(value: object) -> str:
    """Describe a refused argument without showing it: it may be personal."""
    if value is None:
        return "missing"
    if isinstance(value, str):
        return f"a text of {len(value)} characters that does not fit" if value else "empty"
    return f"{'a negative or too large ' if type(value) is int else 'of type '}{type(value).__name__}"
