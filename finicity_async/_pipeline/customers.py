"""Whose response it is: the customer that it names is compared with the one that was asked for."""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Raw

from finicity_async.models import Record
from finicity_async.models._decoding import Member, members_of
from finicity_async.models._values import DECODE_ERRORS

_members = msgspec.json.Decoder(dict[str, Raw])
_list = msgspec.json.Decoder(list[Raw])
_id = msgspec.json.Decoder(str | int | None)
_customer = attrgetter("customer")
_OF_A_ROW = "id"
"""Names the customer in a record of its own; in the row of a list it names the row."""
_FIELD = "customer_id"
"""What the rows of a list have for it."""
_LARGE = 2**18
_MOST_OBJECTS = 20_000
"""Bytes of a body from which its objects are counted, and objects of one that is compared: else it may take seconds."""


@lru_cache
def comparison_of(kind: Any, name: str) -> Callable[[Any, str], bool] | None:
    """
    Return what tells whether a record of a type names no other customer than the one that was asked for.

    None where such a record names no customer, or is no record.
    """
    if not issubclass(kind, Record):
        return None
    members = members_of(kind)
    if (own := _field(members, name)) is not None:
        return lambda record, asked: _is_same(getattr(record, own), asked)
    for member in members if name != _OF_A_ROW else ():
        if member.row_type and not member.is_text and _field(members_of(member.row_type), name) == _FIELD:
            return partial(_are_rows_of, member.field)
    return None


def _are_rows_of(rows: str, record: object, asked: str) -> bool:
    for row in getattr(record, rows):
        # By its name: this is on the path of every call, and getattr takes twice as long. No set of them, either: the
        # hashes of texts that were just decoded cost more than comparing them.
        named = row.customer_id
        if named != asked and not _is_same(named, asked):
            return False
    return True


def _is_same(named: object, asked: str) -> bool:
    """Return whether a customer that is named is the one that was asked for; a number counts as its text."""
    return named is None or str(named) == asked


def _field(members: Iterable[Member], name: str) -> str | None:
    return next((member.field for member in members if member.name == name), None)


def is_asked_for(named: AbstractSet[object], asked: str) -> bool:
    """Return whether no other customer is named than the one that was asked for."""
    return all(_is_same(one, asked) for one in named)


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
        try:
            named.update(map(_customer, _decoder(name, is_list=True).decode(value)))
        except DECODE_ERRORS:
            named.update(_named_in_rows(value, name))
    return named


def _named_in_rows(value: Raw, name: str) -> set[object]:
    """Return the customers that the rows of a list name, where some of the rows are no objects, or it is no list."""
    rows: list[Raw] = []
    with suppress(*DECODE_ERRORS):
        rows = _list.decode(value)
    named = set()
    for row in rows:
        with suppress(*DECODE_ERRORS):  # It is no object, or what it has under the name is no ID.
            named.add(_decoder(name).decode(row).customer)
    return named


@lru_cache
def _decoder(name: str, *, is_list: bool = False) -> msgspec.json.Decoder[Any]:
    """Return what reads an object, or a list of them, and nothing of it but one member."""
    row = msgspec.defstruct("Row", [("customer", str | int | None, msgspec.field(default=None, name=name))])
    return msgspec.json.Decoder(list[row] if is_list else row)  # type: ignore[valid-type]
