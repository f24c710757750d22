"""
Members of a record that are decoded on first use, because they are what costs most.

A response is decoded into a twin of the record with the same layout, which leaves such a member as JSON text. The text
is copied, so that it holds up nothing of the response, into an `Unread` in the slot of the member; then the twin
becomes the record by a change of its class. `FirstUse` stands before the slot and puts what is read in the place of the
text.

The C code of msgspec reads slots past every attribute. `Unread` is made for that: where ``encode`` and ``to_builtins``
meet one they take it for a dataclass with the members of its record, and where ``asdict`` and ``astuple`` hand one out
it acts as the record.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import GenericAlias
from typing import Any, ClassVar, Self, TypeVar

import msgspec
from msgspec.structs import force_setattr

from finicity_async.models._decoding import (
    DECODE_ERRORS,
    Record,
    Unfit,
    as_it_came,
    decoder,
    has_odd_number,
    mended,
    moved,
    settle,
    settle_all,
    with_times,
)

R = TypeVar("R", bound=Record)

_NULL = b"null"
_OPENING = b"{"[0]


class Unread(bytes):
    """The JSON text of one object, acting as the record that it is read into once something of that is asked for."""

    __slots__ = ()

    record_type: ClassVar[type[Record]]
    attributes: ClassVar[dict[str, str]]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def read(self) -> Record:
        """Decode the record, once for a row of questions: it costs more to keep it than to read it again."""
        text, record = _latest[0]
        if record is None or text is not self:
            record = _read(type(self).record_type, self)
            _latest[0] = self, record
        return record

    @property  # type: ignore[misc]  # -- it cannot be set, and need not be
    def __class__(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]  -- as above
        """Pass `isinstance` and class patterns as the record."""
        return type(self).record_type

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the record; msgspec asks by the names of the wire."""
        return getattr(self.read(), type(self).attributes.get(name, name))

    def __eq__(self, other: object) -> bool:
        """Compare the record."""
        return self.read() == (other.read() if isinstance(other, Unread) else other)

    def __ne__(self, other: object) -> bool:
        """Compare the record."""
        return not self == other

    def __hash__(self) -> int:
        """Hash the record."""
        return hash(self.read())

    def __repr__(self) -> str:
        """Show the record."""
        return repr(self.read())

    __str__ = __repr__

    def __copy__(self) -> Record:
        """Copy the record."""
        return self.read().__copy__()

    def __reduce_ex__(self, _: Any) -> tuple[Any, ...]:
        """Pickle the record."""
        return self.read().__reduce__()


_latest: list[tuple[Unread | None, Record | None]] = [(None, None)]


def _read(cls: type[R], text: bytes) -> R:
    """Read what is known to be a JSON object; where the stack leaves no room for it, all of it is a value."""
    try:
        return cls.from_json(text)
    except (Unfit, *DECODE_ERRORS):  # pragma: no cover -- from Python 3.12 on, C code has a stack of its own
        record = cls()
        vars(record)["invalid_values"] = {"$": as_it_came(mended(text))}
        return record


def _unread_type(cls: type[Record]) -> type[Unread]:
    names = dict(zip(cls.__struct_encode_fields__, cls.__struct_fields__, strict=True))
    body = {"__slots__": (), "record_type": cls, "attributes": names, "__dataclass_fields__": dict.fromkeys(names)}
    return type(f"Unread{cls.__name__}", (Unread,), body)


class FirstUse(ABC):
    """The attribute of a member whose slot may hold an `Unread`, or a tuple of them."""

    on_wire: ClassVar[tuple[Any, Any]]
    """Type and default of the member in the twin."""

    def __init__(self, slot: Any, record_type: type[Record]) -> None:
        self._slot = slot
        self._name = slot.__name__
        self._record_type = record_type
        self._unread_type: Any = _unread_type(record_type)
        self._misfits_name = f"invalid_values of {self._name}"

    def misfits_in(self, record: Record) -> Mapping[str, object]:
        """Return what was set aside when the member was read: JSON path within the record -> the value as it came."""
        invalid_values: Mapping[str, object] = vars(record).get(self._misfits_name, {})
        return invalid_values

    def __get__(self, record: Any, owner: Any = None) -> Any:
        """Return the member, which is read now unless it has been before."""
        if record is None:
            return self._slot
        value = self._slot.__get__(record)
        return self._first(record, value) if self._is_unread(value) else value

    def __set__(self, record: Any, value: object) -> None:
        """Set the slot; records are frozen, so this is for msgspec alone."""
        self._slot.__set__(record, value)

    def take_over(self, record: Any) -> None:
        """Read at once what came from the slot of another record; its invalid_values stay there."""
        self._slot.__set__(record, _as_read(self._slot.__get__(record)))

    @abstractmethod
    def set_aside(self, twins: Sequence[Any]) -> None:
        """
        Put an `Unread` in the place of each text.

        Raises:
            Unfit: A text is no object.
        """

    @abstractmethod
    def _is_unread(self, value: Any) -> bool:
        """Return whether there is something to read."""

    @abstractmethod
    def _in_one_pass(self, value: Any) -> Any:
        """Read what fits; one of `DECODE_ERRORS` or `Unfit` when it has to be read with care."""

    @abstractmethod
    def _with_care(self, value: Any) -> tuple[Any, dict[str, object]]:
        """Read what does not fit, and return what was set aside, too."""

    def _first(self, record: Record, value: Any) -> Any:
        try:
            read = self._in_one_pass(value)
        except (Unfit, *DECODE_ERRORS):
            # Under a name of their own, since another thread may be adding those of another member.
            read, vars(record)[self._misfits_name] = self._with_care(value)
        if threading.active_count() > 1:
            # msgspec borrows what it finds in a slot: another thread may be encoding it, so it is kept.
            vars(record)[f"{self._name} as it came"] = value
        self._slot.__set__(record, read)
        return read


class FirstUseOfOne(FirstUse):
    """The attribute of a member that is one record."""

    on_wire = msgspec.Raw, msgspec.Raw(_NULL)

    def __init__(self, slot: Any, record_type: type[Record]) -> None:
        super().__init__(slot, record_type)
        self._decode = decoder(record_type).decode

    def set_aside(self, twins: Sequence[Any]) -> None:
        """Put an `Unread` in the place of each text, None in that of null."""
        name, unread = self._name, self._unread_type
        for twin in twins:
            text = unread(getattr(twin, name))
            if text[0] != _OPENING:
                if text[0] != _NULL[0]:
                    raise Unfit
                text = None
            force_setattr(twin, name, text)

    def _is_unread(self, value: Any) -> bool:
        return type(value) is self._unread_type

    def _in_one_pass(self, value: bytes) -> Record:
        record: Record = self._decode(value)
        if has_odd_number(value) or not settle(record):
            raise Unfit
        return record

    def _with_care(self, value: bytes) -> tuple[Record, dict[str, object]]:
        read = _read(self._record_type, value)
        return read, moved(read.invalid_values, f"$.{self._name}")


class FirstUseOfMany(FirstUse):
    """The attribute of a member that is a tuple of records."""

    on_wire = tuple[msgspec.Raw, ...] | None, ()

    def __init__(self, slot: Any, record_type: type[Record]) -> None:
        super().__init__(slot, record_type)
        self._decode = decoder(GenericAlias(tuple, (record_type, ...))).decode

    def set_aside(self, twins: Sequence[Any]) -> None:
        """Put an `Unread` in the place of each text."""
        name, unread = self._name, self._unread_type
        for twin in twins:
            rows = getattr(twin, name)
            if rows != ():
                texts = tuple(map(unread, rows or ()))
                if [text for text in texts if text[0] != _OPENING]:
                    raise Unfit
                force_setattr(twin, name, texts)

    def _is_unread(self, value: Any) -> bool:
        return type(value) is tuple and bool(value) and type(value[0]) is self._unread_type

    def _in_one_pass(self, value: tuple[bytes, ...]) -> tuple[Record, ...]:
        text = b"[%b]" % b",".join(value)
        try:
            rows: tuple[Record, ...] = self._decode(text)
        except msgspec.ValidationError:
            rows = self._decode(with_times(self._record_type, text))
        if has_odd_number(text) or not settle_all(rows):
            raise Unfit
        return rows

    def _with_care(self, value: tuple[bytes, ...]) -> tuple[tuple[Record, ...], dict[str, object]]:
        rows = tuple(_read(self._record_type, text) for text in value)
        found = [moved(row.invalid_values, f"$.{self._name}[{index}]") for index, row in enumerate(rows)]
        return rows, {path: value for invalid_values in found for path, value in invalid_values.items()}


def _as_read(value: Any) -> Any:
    if isinstance(value, Unread):
        return value.read()
    return tuple(map(_as_read, value)) if type(value) is tuple else value


def decoded_on_first_use(**members: type[Record]) -> Callable[[type[R]], type[R]]:
    """Have members of a `LateRecord`, each a record or a tuple of records of the given type, decoded on first use."""

    def decorate(cls: type[R]) -> type[R]:
        fields = {field.name: field for field in msgspec.structs.fields(cls)}
        for name, record_type in members.items():
            kind = FirstUseOfMany if fields[name].default == () else FirstUseOfOne
            setattr(cls, name, kind(cls.__dict__[name], record_type))
        return cls

    return decorate


@lru_cache
def _first_uses(cls: type[Record]) -> dict[str, FirstUse]:
    return {name: found for name, found in vars(cls).items() if isinstance(found, FirstUse)}


@lru_cache
def twin_of(cls: Any) -> Any:
    """Make the type that has the layout of a record, and JSON text in the place of what is decoded on first use."""
    late = _first_uses(cls)
    members = []
    for field in msgspec.structs.fields(cls):
        kind, default = late[field.name].on_wire if field.name in late else (field.type, field.default)
        members.append((field.name, kind, msgspec.field(default=default, name=field.encode_name)))
    return msgspec.defstruct(cls.__name__, members, bases=cls.__bases__, frozen=True, kw_only=True)


def from_twins(cls: type[R], twins: tuple[Any, ...], body: bytes) -> tuple[R, ...]:
    """
    Make the records of their twins, in place.

    Raises:
        Unfit: One of them has to be read with care.
    """
    if has_odd_number(body) or not settle_all(twins):
        raise Unfit
    for first_use in _first_uses(cls).values():
        first_use.set_aside(twins)
    for twin in twins:
        force_setattr(twin, "__class__", cls)
    return twins


class LateRecord(Record, frozen=True, kw_only=True, rename="camel"):
    """A record with members that are decoded on first use; what looks at all of the record reads them first."""

    @classmethod
    def _in_one_pass(cls, body: bytes) -> Self:
        if not _first_uses(cls):  # a subclass, of which msgspec makes no twin
            return super()._in_one_pass(body)
        (record,) = from_twins(cls, (decoder(twin_of(cls)).decode(body),), body)
        return record

    @property
    def invalid_values(self) -> Mapping[str, object]:
        """What was set aside because it does not fit: JSON path within this record -> the value as it came."""
        invalid_values = dict(super(LateRecord, self._all_read()).invalid_values)
        for first_use in _first_uses(type(self)).values():
            invalid_values |= first_use.misfits_in(self)
        return invalid_values

    def _all_read(self) -> Self:
        for name in _first_uses(type(self)):
            getattr(self, name)
        return self

    def _take_over(self) -> None:
        for first_use in _first_uses(type(self)).values():
            first_use.take_over(self)

    def __eq__(self, other: object) -> bool:
        """Compare the fields."""
        return Record.__eq__(self._all_read(), other._all_read() if isinstance(other, LateRecord) else other)

    def __hash__(self) -> int:
        """Hash the fields."""
        return Record.__hash__(self._all_read())

    def __repr__(self) -> str:
        """Show the fields that are set."""
        return Record.__repr__(self._all_read())

    def __rich_repr__(self) -> Any:
        """Show the fields that are set, to rich."""
        return Record.__rich_repr__(self._all_read())
