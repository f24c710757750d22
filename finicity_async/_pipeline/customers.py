"""Whose response it is: the customer that it names is compared with the one that was asked for."""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from finicity_async.models import Record
from finicity_async.models._decoding import members_of
from finicity_async.models._values import DECODE_ERRORS

_members = msgspec.json.Decoder(dict[str, Raw])
_id = msgspec.json.Decoder(str | int | None)
_customer = attrgetter("customer")
_OF_A_ROW = "id"
"""Names the customer in a record of its own; in the row of a list it names the row."""
_LARGE = 2**18
_MOST_OBJECTS = 20_000
"""Bytes of a body from which its objects are counted, and objects of one that is compared: else it may take seconds."""


class Place(NamedTuple):
    """
    Where a record names its customer; both are functions in C, which cost a warm call little.

    Attributes:
        rows: Takes the rows out of the record; None where the record itself names the customer.
        customer: Takes the customer out of a row, or out of the record.
    """

    rows: Callable[[Any], Iterable[object]] | None
    customer: Callable[[Any], object]


@lru_cache
def place_in(kind: Any, name: str) -> Place | None:
    """Return where a type of record names its customer; None where it does not, or is no record."""
    if not issubclass(kind, Record):
        return None
    if (own := _attribute(kind, name)) is not None:
        return Place(None, own)
    if name == _OF_A_ROW:
        return None
    for member in members_of(kind):
        if member.row_type and not member.is_text and (of_row := _attribute(member.row_type, name)) is not None:
            return Place(attrgetter(member.field), of_row)
    return None


def is_asked_for(named: AbstractSet[object], asked: str) -> bool:
    """Return whether no other customer is named than the one that was asked for; a number counts as its text."""
    return {str(one) for one in named if one is not None} <= {asked}


def _attribute(kind: Any, name: str) -> Callable[[Any], object] | None:
    return next((attrgetter(member.field) for member in members_of(kind) if member.name == name), None)


def named_in_body(body: bytes, name: str) -> set[object]:
    """
    Return the customers that the JSON of a body names, at the top or in the rows of its lists.

    A body that is no JSON object, or is larger than any list of the vendor's, names nobody.
    """
    if len(body) > _LARGE and body.count(b"{") > _MOST_OBJECTS:
        return set()
    try:
        members = _members.decode(body)
    except DECODE_ERRORS:
        try:
            members = _members.decode(body.decode("utf-8-sig", "replace"))
        except DECODE_ERRORS:
            return set()
    named: set[object] = set()
    with suppress(*DECODE_ERRORS):  # It is no ID.
        if name in members:
            return {_id.decode(members[name])}
    for value in members.values() if name != _OF_A_ROW else ():
        with suppress(*DECODE_ERRORS):  # It is no list of objects.
            named.update(map(_customer, _rows(name).decode(value)))
    return named


@lru_cache
def _rows(name: str) -> msgspec.json.Decoder[Any]:
    """Return what reads a list of objects, and nothing of them but one member."""
    row = msgspec.defstruct("Row", [("customer", str | int | None, msgspec.field(default=None, name=name))])
    return msgspec.json.Decoder(list[row])  # type: ignore[valid-type]
