"""
Answers drawn from the reply type of an operation, for the rows that have no handler.

The members have the wire's names and forms, and all are there. A member that the path names has its value, so an
account of customer 42 says ``"customerId": "42"``. The same seed, operation and path give the same answer, but for
dates, which go by the sandbox's clock.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from msgspec import inspect

from finicity_async._encoding import iso_members, iso_text
from finicity_async.sandbox.customers import customer_in_path
from finicity_async.sandbox.data.pdf import make_pdf
from finicity_async.sandbox.requests import IncomingRequest
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_ROWS = 2  # in every list
_SECONDS = 31  # a million times this is a year
_LONGEST_INT = 20  # digits; Python refuses to read thousands
_FILE = make_pdf(["A file of the sandbox"])
_LAST_PAGE = {"found": _ROWS, "displaying": _ROWS, "moreAvailable": False}
"""Members of the vendor's pages, so that a client that reads all pages comes to an end."""
_LEFT_OUT: Any = object()
"""In place of a value that cannot be drawn."""


async def drawn_response(state: State, request: IncomingRequest) -> Response:
    """Answer an operation that has no handler of its own."""
    operation = request.operation
    assert operation is not None  # noqa: S101 -- the router found it
    values = dict(request.values)
    if request.customer_id is not None:
        values["customerId"] = request.customer_id
        customer_in_path(state, request)
    status = operation.statuses[0] if operation.statuses else 200
    if operation.reply_type is None:
        return Response(status=status if operation.statuses else 204)
    if operation.reply_type is bytes:
        return Response(status=status, body=_FILE, content_type=operation.accept)
    random = Random(f"{state.seed}/{operation.operation_id}/{sorted(request.values.items())}")
    return json_response(draw(operation.reply_type, random, values, int(state.started)), status)


def draw(reply_type: Any, random: Random, values: Mapping[str, str], now: int) -> Any:
    """
    Draw a value of a type, ready for JSON.

    Left out, or null where required, are members of type ``msgspec.Raw``, whose text may be anything, Structs within
    Structs of the same type, and what has no usual form in JSON. Constraints (``msgspec.Meta(ge=1)``) are ignored.

    Args:
        reply_type: A Struct, or any type that msgspec decodes.
        random: What everything is drawn from.
        values: Member name on the wire -> text, for members of text or numbers that are not drawn.
        now: Unix seconds; dates lie in the year before.
    """
    drawn = _Drawing(random, values, now).value("", _info(reply_type), ())
    return None if drawn is _LEFT_OUT else drawn


@cache
def _info(reply_type: Any) -> inspect.Type:
    return inspect.type_info(reply_type)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What one response is drawn from; the members are the arguments of ``draw``."""

    random: Random
    values: Mapping[str, str]
    now: int

    def value(self, name: str, kind: inspect.Type, within: tuple[type, ...]) -> Any:
        """Draw a value for the member of a name; ``within`` are the Structs around it."""
        match kind:
            case inspect.StructType():
                return _LEFT_OUT if kind.cls in within else self._struct(kind, within)
            case inspect.UnionType():
                kinds = (one for one in kind.types if not isinstance(one, inspect.NoneType))
                return next(iter(_drawn(self.value(name, one, within) for one in kinds)), _LEFT_OUT)
            case inspect.CollectionType() | inspect.TupleType():
                items = kind.item_types if isinstance(kind, inspect.TupleType) else (kind.item_type,) * _ROWS
                return _drawn(self.value(name, item, within) for item in items)
            case inspect.LiteralType():
                return self.random.choice(kind.values)
            case inspect.EnumType():
                return self.random.choice(list(kind.cls)).value
            case _:
                return self._scalar(name, kind)

    def _struct(self, kind: inspect.StructType, within: tuple[type, ...]) -> dict[str, Any]:
        within = (*within, kind.cls)
        drawn = {} if kind.tag_field is None else {kind.tag_field: kind.tag}
        for field in kind.fields:
            value = self.value(field.encode_name, field.type, within)
            if isinstance(value, int) and field.name in iso_members(kind.cls):
                value = iso_text(datetime.fromtimestamp(value, UTC))
            if value is not _LEFT_OUT:
                drawn[field.encode_name] = value
            elif field.required:
                drawn[field.encode_name] = None
        return drawn | {name: value for name, value in _LAST_PAGE.items() if name in drawn}

    def _scalar(self, name: str, kind: inspect.Type) -> Any:
        text = self.values.get(name)
        if text is not None and isinstance(kind, inspect.StrType):
            return text
        if text is not None and isinstance(kind, inspect.IntType) and text.isdecimal() and len(text) < _LONGEST_INT:
            return int(text)
        number = self.random.randint(1, 10**6)
        draw_one = _SCALARS.get(type(kind))
        return _LEFT_OUT if draw_one is None else draw_one(name, number, self.now - number * _SECONDS)


def _text(name: str, number: int, _date: int) -> str:
    return str(number) if name.lower().endswith("id") else f"{name} {number}"


_SCALARS: dict[type[inspect.Type], Callable[[str, int, int], Any]] = {
    inspect.StrType: _text,
    inspect.AnyType: _text,
    inspect.IntType: lambda _name, number, _date: number,
    inspect.DecimalType: lambda _name, number, _date: Decimal(number) / 100,
    inspect.FloatType: lambda _name, number, _date: number / 100,
    inspect.BoolType: lambda _name, number, _date: number % 2 == 0,
    inspect.DateTimeType: lambda _name, _number, date: date,
    inspect.DateType: lambda _name, _number, date: datetime.fromtimestamp(date, UTC).date().isoformat(),
    inspect.DictType: lambda _name, _number, _date: {},
    inspect.NoneType: lambda _name, _number, _date: None,
}
"""Type -> what draws it from the name of the member, a number from 1 to a million, and Unix seconds."""


def _drawn(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if value is not _LEFT_OUT]
