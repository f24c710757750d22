"""
Answers drawn from the reply type of an operation, for the rows that have no handler.

The members have the wire's names and forms. All that the vendor declares are there, within the declared bounds. A
member that the path names has its value, so an account of customer 42 says ``"customerId": "42"``. The same seed,
operation and path give the same answer, but for dates, which go by the sandbox's clock.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from math import ceil, floor
from random import Random
from typing import Any
from uuid import UUID

from msgspec import inspect, json

from finicity_async._encoding import iso_text
from finicity_async.sandbox import data
from finicity_async.sandbox.customers import customer_in_path
from finicity_async.sandbox.data.pdf import make_pdf
from finicity_async.sandbox.requests import IncomingRequest
from finicity_async.sandbox.responses import Response, json_response
from finicity_async.sandbox.state import State

_Declared = Mapping[str, Any]
"""What the vendor declares of a member, in the words of JSON Schema: ``{"type": "string", "maxLength": 36}``."""

_NOTHING: _Declared = {}
_ROWS = 2  # in a list, unless the vendor declares another number
_LARGEST = 10**6
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
    if request.customer_id is not None:
        customer_in_path(state, request)
    status = operation.statuses[0] if operation.statuses else 200
    if operation.reply_type is None:
        return Response(status=status if operation.statuses else 204)
    if operation.reply_type is bytes:
        return Response(status=status, body=_FILE, content_type=operation.accept)
    return json_response(drawn_reply(state, request), status)


def drawn_reply(state: State, request: IncomingRequest) -> Any:
    """Draw the reply to a request, ready for JSON."""
    operation = request.operation
    assert operation is not None  # noqa: S101 -- the router found it
    random = Random(f"{state.seed}/{operation.operation_id}/{sorted(request.values.items())}")
    owner = {} if request.customer_id is None else {"customerId": request.customer_id}
    return draw(operation.reply_type, random, {**request.values, **owner}, int(state.started))


def draw(reply_type: Any, random: Random, values: Mapping[str, str], now: int) -> Any:
    """
    Draw a value of a type, ready for JSON.

    Left out, or null where required, are members of type ``msgspec.Raw``, whose text may be anything, Structs within
    Structs of the same type, and what has no usual form in JSON. Constraints (``msgspec.Meta(ge=1)``) are ignored;
    those that the vendor declares for the members of our Structs are kept.

    Args:
        reply_type: A Struct, or any type that msgspec decodes.
        random: What everything is drawn from.
        values: Member name on the wire -> text, for members of text or numbers that are not drawn.
        now: Unix seconds; dates lie in the year before.
    """
    drawn = _Drawing(random, values, now).value("", _info(reply_type), (), _NOTHING)
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

    def value(self, name: str, kind: inspect.Type, within: tuple[type, ...], declared: _Declared) -> Any:
        """Draw a value for the member of a name; ``within`` are the Structs around it."""
        match kind:
            case inspect.StructType():
                return _LEFT_OUT if kind.cls in within else self._struct(kind, within)
            case inspect.UnionType():
                kinds = (one for one in kind.types if not isinstance(one, inspect.NoneType))
                return next(iter(_kept(self.value(name, one, within, declared) for one in kinds)), _LEFT_OUT)
            case inspect.CollectionType() | inspect.TupleType():
                items = kind.item_types if isinstance(kind, inspect.TupleType) else _rows(kind.item_type, declared)
                return _kept(self.value(name, item, within, _NOTHING) for item in items)
            case inspect.LiteralType():
                return self.random.choice(kind.values)
            case inspect.EnumType():
                return self.random.choice(list(kind.cls)).value
            case _:
                return self._scalar(name, kind, declared)

    def _struct(self, kind: inspect.StructType, within: tuple[type, ...]) -> dict[str, Any]:
        within = (*within, kind.cls)
        declared = _declared_of(kind.cls)
        drawn = {} if kind.tag_field is None else {kind.tag_field: kind.tag}
        for field in kind.fields:
            if declared.get(field.encode_name) is False:
                continue
            value = self.value(field.encode_name, field.type, within, declared.get(field.encode_name, _NOTHING))
            if value is not _LEFT_OUT:
                drawn[field.encode_name] = value
            elif field.required:
                drawn[field.encode_name] = None
        return drawn | {name: value for name, value in _LAST_PAGE.items() if name in drawn}

    def _scalar(self, name: str, kind: inspect.Type, declared: _Declared) -> Any:
        text = self.values.get(name)
        if text is not None and isinstance(kind, inspect.StrType):
            return text
        if text is not None and isinstance(kind, inspect.IntType) and text.isdecimal() and len(text) < _LONGEST_INT:
            return int(text)
        number = self.random.randint(1, _LARGEST)
        draw_one = _SCALARS.get(type(kind))
        if draw_one is None:
            return _LEFT_OUT
        value = draw_one(_Member(name, number, self.now - number * _SECONDS, declared))
        return str(value) if declared.get("type") == "string" else value


@dataclass(frozen=True, slots=True)
class _Member:
    """
    What the value of one member is made of.

    Attributes:
        name: Its name on the wire.
        number: From 1 to a million.
        seconds: Unix seconds, in the year before.
        declared: What the vendor declares of it.
    """

    name: str
    number: int
    seconds: int
    declared: _Declared


def _text(member: _Member) -> str:
    if member.declared.get("format") in _FORMATS:
        return _FORMATS[member.declared["format"]](member)
    text = str(member.number) if member.name.lower().endswith("id") else f"{member.name} {member.number}"
    return text.zfill(member.declared.get("minLength", 0))[: member.declared.get("maxLength")]


def _number(member: _Member, places: int = 0) -> Decimal:
    """Bring the number within the declared bounds; it counts cents where it has two decimal places."""
    unit: int = 10**places
    least = ceil(max(1, member.declared.get("minimum", 1) * unit))
    most = floor(min(_LARGEST, member.declared.get("maximum", _LARGEST) * unit))
    return Decimal(least + (member.number - least) % (most - least + 1)) / unit


def _instant(member: _Member) -> int | str:
    is_text = "format" in member.declared or member.declared.get("type") == "string"
    return _text_of_instant(member) if is_text else member.seconds


def _text_of_instant(member: _Member) -> str:
    return _day(member) if member.declared.get("format") == "date" else iso_text(_datetime(member))


def _day(member: _Member) -> str:
    return _datetime(member).date().isoformat()


def _datetime(member: _Member) -> datetime:
    return datetime.fromtimestamp(member.seconds, UTC)


_FORMATS: dict[str, Callable[[_Member], str]] = {
    "date": _day,
    "date-time": _text_of_instant,
    "uuid": lambda member: str(UUID(int=member.number, version=4)),
    "uri": lambda member: f"https://example.com/{member.number}",
}
"""Format of a text -> what draws it; other formats are drawn as any text."""

_SCALARS: dict[type[inspect.Type], Callable[[_Member], Any]] = {
    inspect.StrType: _text,
    inspect.AnyType: _text,
    inspect.IntType: lambda member: int(_number(member)),
    inspect.DecimalType: lambda member: _number(member, places=2),
    inspect.FloatType: lambda member: float(_number(member, places=2)),
    inspect.BoolType: lambda member: member.number % 2 == 0,
    inspect.DateTimeType: _instant,
    inspect.DateType: _day,
    inspect.DictType: lambda _member: {},
    inspect.NoneType: lambda _member: None,
}
"""Type -> what draws a value of it."""


def _rows(item: inspect.Type, declared: _Declared) -> list[inspect.Type]:
    """Return the item type of a list as often as the list has items."""
    return [item] * max(declared.get("minItems", 0), min(_ROWS, declared.get("maxItems", _ROWS)))


def _declared_of(cls: type) -> Mapping[str, Any]:
    """
    Return what the vendor declares of the members of a Struct; nothing of those of a user's own.

    It is false for a member that is read although the vendor does not declare it.
    """
    return _declared_members().get(cls.__name__, {}) if cls.__module__.startswith("finicity_async.") else {}


@cache
def _declared_members() -> Mapping[str, Mapping[str, Any]]:
    """Return what the vendor declares, by Struct and member; ``tests/vendor/declared_members.py`` writes the file."""
    found: Mapping[str, Mapping[str, Any]] = json.decode(files(data).joinpath("declared.json").read_bytes())
    return found


def _kept(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if value is not _LEFT_OUT]
