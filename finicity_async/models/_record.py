"""What every record of the vendor can do."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from itertools import count
from typing import Any, ClassVar, NoReturn, Self

import msgspec
from msgspec import UNSET, Raw

from finicity_async.errors import PayloadError
from finicity_async.models._decoding import (
    INVALID,
    JsonText,
    Member,
    SetAside,
    decode,
    members_of,
    read_many,
    read_one,
    texts_set_aside,
)
from finicity_async.models._values import EPOCH, ShapeError, as_it_came

_encode = msgspec.json.Encoder(decimal_format="number").encode


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, repr_omit_defaults=True):
    """
    A record of the vendor, read so that a member that does not fit never costs its neighbours.

    Records are equal when their members are. An account keeps its detail and position as JSON text and compares that
    text, so ``1.50`` and ``1.5`` differ there. What was set aside does not count.

    ``repr``, ``copy``, ``pickle``, ``match`` and ``msgspec.json.encode`` see the whole record. The JSON has the
    vendor's names, a kept text as the vendor sent it, what was set aside under ``$invalid``, and nothing for None.
    Everything that does not know msgspec gets `to_dict`: json and orjson (with ``default=str``), pydantic, pandas,
    polars, and FastAPI, where a handler that returns a record itself fails. A record has no ``__dict__`` and refuses
    ``dict(record)``, because code that falls back to either would lose everything without an error.

    Not supported, because a kept text is a `msgspec.Raw`: ``msgspec.structs.asdict`` and ``astuple``, which return that
    Raw (use `to_dict`), ``msgspec.structs.replace`` of a detail or position (use `from_dict`), and ``msgspec.msgpack``,
    whose output cannot be read. ``msgspec.to_builtins`` raises.
    """

    _invalid: JsonText = msgspec.field(default=UNSET, name=INVALID)
    """What was set aside on this record itself, as JSON: path -> value."""
    _hidden: ClassVar[frozenset[str]] = frozenset()
    """
    Members that ``repr`` shows as ``***``.

    What was set aside may be one of them, so it is hidden too, here and in every record that holds this one.
    """

    @property
    def invalid_values(self) -> Mapping[str, object]:
        """
        What was set aside because it does not fit: JSON path within this record -> the value as it came.

        Includes the records within this one; details and positions are decoded for it.
        """
        if self._invalid is UNSET and not _nesting(type(self)):
            return {}
        set_aside, within = self._parts()
        found = {path: as_it_came(text) for path, text in set_aside.items()}
        for place, record in within:
            found |= {place + path[1:]: value for path, value in record.invalid_values.items()}
        return found

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """
        Read a record from the bytes of a response.

        Args:
            body: JSON as the vendor sends it, or as ``msgspec.json.encode`` writes a record.

        Raises:
            PayloadError: The JSON is no such record, even with every member that does not fit set aside.
        """
        try:
            return decode(cls, body)
        except ShapeError as error:
            path = error.path
        raise PayloadError(f"The body is no {cls.__name__}: it does not fit at {path}.", body=body)

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> Self:
        """
        Build a record, for example for a test.

        Args:
            values: Members by attribute or by the vendor's name, for example
                ``{"id": "1", "balance": Decimal("0.10"), "detail": {"interestRate": "4.50"}}``; what `to_dict` returns
                and a parsed response both do. Details and positions may be dicts or records. As in a response, unknown
                members are ignored and what does not fit is set aside.

        Raises:
            PayloadError: A required member is missing, or an amount is not finite.
            TypeError: A value cannot be written as JSON.
        """
        try:
            body = _encode(on_the_wire(cls, values))
        except ValueError:
            pass
        else:
            return cls.from_json(body)
        raise PayloadError(f"The values are no {cls.__name__}: an amount is not finite, or a text is not Unicode.")

    def to_dict(self) -> dict[str, Any]:
        """
        Return the whole record in plain values.

        Returns:
            Every attribute by its name: amounts as Decimal, instants as datetime, a detail as a dict, positions as a
            list of dicts, None for what did not come; and ``invalid_values`` if there are any.
        """
        values = {member.attribute: _plain(getattr(self, member.attribute)) for member in members_of(type(self))}
        if invalid_values := self.invalid_values:
            values["invalid_values"] = invalid_values
        return values

    def keys(self) -> NoReturn:
        """Refuse ``dict(record)``, which would turn an empty list of accounts into an empty dict."""
        raise TypeError(f"{type(self).__name__} is not a mapping; use to_dict() or msgspec.json.encode()")

    def __eq__(self, other: object) -> bool:
        """Compare the members, a kept text as text; what was set aside does not count."""
        return self._compared() == other._compared() if isinstance(other, Record) else NotImplemented

    def __hash__(self) -> int:
        """Hash what is compared."""
        return hash(self._compared())

    def _compared(self) -> tuple[Any, ...]:
        _, *values = msgspec.structs.astuple(self)  # The first field is what was set aside.
        return (type(self), *(bytes(value) if isinstance(value, Raw) else value for value in values))

    def __repr__(self) -> str:
        """Show the members that came, and what was set aside on this record."""
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return what ``repr`` shows, for rich."""
        values = [(member, getattr(self, member.attribute)) for member in members_of(type(self))]
        shown = [
            (member.attribute, value)
            for member, value in values
            if member.required or (value is not None and value != ())
        ]
        set_aside, _ = self._parts()
        own = {path: as_it_came(text) for path, text in set_aside.items()}
        shown = [*shown, ("invalid_values", own)] if own else shown
        if not _hides(type(self)):
            return shown
        return [(name, "***" if name in self._hidden or name == "invalid_values" else value) for name, value in shown]

    def _parts(self) -> tuple[SetAside, list[tuple[str, "Record"]]]:
        """Return what was set aside on this record itself, and the records within it with their JSON paths."""
        set_aside = texts_set_aside(self._invalid)
        within: list[tuple[str, Record]] = []
        for member in _nesting(type(self)):
            path = f"$.{member.name}"
            value: Any = getattr(self, member.field)
            if member.is_text:
                read: Any = read_many if member.row_type else read_one
                value = read(self._record_type(member), value, set_aside, path)
            if member.row_type:
                # A row that was set aside keeps its place in the response.
                places = (place for place in (f"{path}[{index}]" for index in count()) if place not in set_aside)
                within += zip(places, value, strict=False)
            elif value is not None:
                within.append((path, value))
        return set_aside, within

    def _record_type(self, member: Member) -> Any:
        """Return what the kept text of a member is decoded into."""
        return member.record_type


@cache
def _nesting(cls: type[Record]) -> tuple[Member, ...]:
    """Return the members that hold records."""
    return tuple(member for member in members_of(cls) if member.record_type)


@cache
def _hides(cls: type[Record]) -> bool:
    """Return whether ``repr`` hides members of a record, or of a record that it may hold."""
    return bool(cls._hidden) or any(_hides(member.record_type) for member in _nesting(cls))


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_dict()
    return [_plain(row) for row in value] if isinstance(value, tuple) else value


def on_the_wire(cls: Any, values: Mapping[str, object]) -> dict[str, object]:
    """Return the members of a record under the vendor's names, without those that are None."""
    members = {name: member for member in members_of(cls) for name in (member.attribute, member.name)}
    wire: dict[str, object] = {}
    for name, value in values.items():
        member = members.get(name)
        if value is not None and name == "invalid_values":
            wire[INVALID] = value
        elif value is not None:
            wire[member.name if member else name] = _wire_value(member.record_type if member else None, value)
    return wire


def _wire_value(record_type: Any, value: object) -> object:
    if isinstance(value, Record):
        value = value.to_dict()
    if isinstance(value, Mapping):
        return on_the_wire(record_type, value) if record_type else value
    if isinstance(value, list | tuple):
        return [_wire_value(record_type, row) for row in value]
    if isinstance(value, datetime) and value.tzinfo is not None:
        seconds = (value - EPOCH).total_seconds()
        return int(seconds) if seconds.is_integer() else seconds
    return value
