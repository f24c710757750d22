"""
Reading of records: in one pass where the JSON fits, member by member where it does not.

A member whose annotation is ``Annotated[JsonText, ...]`` keeps its JSON text, because decoding it is what costs most. A
property of the record decodes it, with `read_one` or `read_many`, and the field has its name with an underscore before.
"""

import re
from collections.abc import Callable, Generator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from types import GenericAlias
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_origin

import msgspec
from msgspec import UNSET, Raw
from msgspec.structs import force_setattr

from finicity_async.models._collecting import collector, text_copier
from finicity_async.models._values import (
    DECODE_ERRORS,
    EPOCH,
    EXPONENTS,
    Identifier,
    Instant,
    NumericId,
    ShapeError,
    are_ids,
    are_plausible,
    decoder,
    has_odd_number,
    in_utc,
    is_null,
    read_value,
    repaired,
)

JsonText = Raw | msgspec.UnsetType
"""JSON text of a member that is decoded when it is read; UNSET when it did not come or was null."""

SetAside = dict[str, Raw]
"""JSON path -> JSON text of what does not fit there."""

S = TypeVar("S", bound=msgspec.Struct)
T = TypeVar("T")

Steps = Generator[None, None, T]
"""Work in small steps, whose result comes at the end."""

_LARGE_ROW = 2**18
"""Bytes of a row that is not copied to be tried in one pass first: with more, memory is worth more than time."""

INVALID = "$invalid"
"""Name on the wire of what a record has set aside."""

_NULL_TEXT = b"null"
_NULL = Raw(_NULL_TEXT)
# Types whose values are normal; asked first, since `issubclass` is slow here.
_SCALARS = frozenset({str, int, bool, date})

_set_members = msgspec.Struct.__rich_repr__  # Members that are not at their default; in C, unlike a loop over all.
_members = msgspec.json.Decoder(dict[str, Raw])
_rows = msgspec.json.Decoder(list[Raw])
_encode = msgspec.json.Encoder().encode
_NO_DATE = _encode(EPOCH)


class Member(NamedTuple):
    """
    How one member of a record is read.

    Attributes:
        attribute: Public name, for example ``"detail"``.
        field: Name in the Struct, ``"_detail"`` where the JSON text is kept.
        name: Name on the wire.
        kind: Type without None; of a kept text, the type that the attribute has.
        is_text: The JSON text is kept.
        required: The record cannot do without it.
    """

    attribute: str
    field: str
    name: str
    kind: Any
    is_text: bool
    required: bool

    @property
    def row_type(self) -> Any:
        """The type of the rows when the member is a list of records, else None."""
        return row_type_in(self.kind)

    @property
    def record_type(self) -> Any:
        """The type of the record, or of each row; None for a plain value."""
        return self.kind if _is_record(self.kind) else self.row_type


@cache
def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _is_record(kind: Any) -> bool:
    return _is_struct(kind) and INVALID in kind.__struct_encode_fields__


def row_type_in(kind: Any) -> Any:
    """Return the type of the rows when a type is a tuple of records, else None."""
    row = get_args(kind)[:1] if get_origin(kind) is tuple else ()
    return row[0] if row and _is_record(row[0]) else None


@cache
def members_of(cls: Any) -> tuple[Member, ...]:
    """Return how the members of a record are read, but for what it has set aside."""
    return tuple(_member(field) for field in msgspec.structs.fields(cls) if field.encode_name != INVALID)


def _member(field: msgspec.structs.FieldInfo) -> Member:
    kind = _without_none(field.type)
    is_text = get_origin(kind) is Annotated and get_args(kind)[0] == JsonText
    return Member(
        attribute=field.name.removeprefix("_") if is_text else field.name,
        field=field.name,
        name=field.encode_name,
        kind=_without_none(get_args(kind)[1]) if is_text else kind,
        is_text=is_text,
        required=field.required,
    )


def _without_none(kind: Any) -> Any:
    others = [part for part in get_args(kind) if part is not type(None)]
    return others[0] if type(None) in get_args(kind) and len(others) == 1 else kind


def wire_names(cls: Any) -> tuple[str, ...]:
    """Return the vendor's names of the members of a record, in the order of its fields."""
    return tuple(member.name for member in members_of(cls))


def decode(cls: type[S], body: bytes) -> S:
    """
    Read a record from JSON.

    Raises:
        ShapeError: The JSON is no such record, even with every member that does not fit set aside.
    """
    try:
        return decode_in_one_pass(cls, body)
    except (ShapeError, *DECODE_ERRORS):
        return finished(read_with_care(cls, body))


def read_one(cls: type[S], text: JsonText, set_aside: SetAside | None = None, path: str = "$") -> S | None:
    """Decode the record in a kept text; never raises. None when there is none, or when the text is no such record."""
    if isinstance(text, Raw):
        try:
            return decode(cls, bytes(text))
        except (ShapeError, *DECODE_ERRORS):
            if set_aside is not None and not is_null(text, cls):
                set_aside[path] = Raw(repaired(bytes(text)))
    return None


def read_many(cls: type[S], text: JsonText, set_aside: SetAside | None = None, path: str = "$") -> tuple[S, ...]:
    """Decode the records in a kept text; never raises. Empty when there are none, or when the text is no array."""
    if not isinstance(text, Raw):
        return ()
    try:
        return rows_in_one_pass(cls, bytes(text))
    except (ShapeError, *DECODE_ERRORS):
        set_aside = {} if set_aside is None else set_aside
    try:
        return finished(_read_rows(cls, repaired(bytes(text)), path, set_aside))
    except (ShapeError, *DECODE_ERRORS):
        if not is_null(text, tuple):
            set_aside[path] = Raw(repaired(bytes(text)))
    return ()


def decode_in_one_pass(cls: type[S], body: bytes) -> S:
    """Decode a body that fits as a whole; raise `ShapeError` or one of `DECODE_ERRORS` for one that does not."""
    decode_record, has_id = _reader(cls)
    record: S = decode_record(body)
    if has_odd_number(body) or not _normalize(record):
        raise ShapeError
    if has_id and not are_ids([record.id]):  # type: ignore[attr-defined]  # -- it has one
        raise ShapeError
    return record


@cache
def _reader(cls: Any) -> tuple[Callable[[bytes], Any], bool]:
    """Return what decodes a record, and whether it is none without its ``id``."""
    decode_record, fold = decoder(cls).decode, _fold_of(cls)
    if fold:
        return lambda body: decode_record(_encode(fold(_members.decode(body)))), _has_id(cls)
    return decode_record, _has_id(cls)


@cache
def _fold_of(cls: Any) -> Callable[[SetAside], SetAside] | None:
    """Return what moves members of an object into a kept text, for a record that is flat on the wire; None for most."""
    return getattr(cls, "_fold", None)


def _has_id(cls: Any) -> bool:
    return any(member.kind is Identifier for member in members_of(cls))


def rows_in_one_pass(cls: type[S], text: bytes) -> tuple[S, ...]:
    """Decode an array of records that fit; raise `ShapeError` or one of `DECODE_ERRORS` for one that does not."""
    decode_rows = decoder(_tuple_of(cls)).decode
    try:
        rows: tuple[S, ...] = decode_rows(text)
    except msgspec.ValidationError:
        rows = decode_rows(_days(cls).sub(rb'\1T00:00:00Z"', text))
    if has_odd_number(text) or not _normalize_rows(rows):
        raise ShapeError
    return rows


@cache
def _tuple_of(cls: Any) -> Any:
    return GenericAlias(tuple, (cls, ...))


@cache
def _days(cls: Any) -> re.Pattern[bytes]:
    """
    Return what finds the days in the text of flat records: msgspec wants a time, which the caller adds.

    The first day of all is left out: with a time it would be taken for the 0 that means "no date".
    """
    names = "|".join(member.name for member in members_of(cls) if member.kind is Instant)
    return re.compile(rb'("(?:%b)"\s*:\s*"(?!1970-01-01)\d{4}-\d\d-\d\d)"' % names.encode())


def _normalize(record: msgspec.Struct) -> bool:
    """Convert dates to UTC and 0 to None, copy the kept texts; False when an amount is not plausible."""
    for name, value in _set_members(record):
        kind: Any = type(value)
        if kind is Decimal:
            if value.adjusted() not in EXPONENTS or not value.is_finite():  # Inline: most members are amounts.
                return False
        elif kind is datetime:
            if value.tzinfo is not UTC or value == EPOCH:
                force_setattr(record, name, in_utc(value))
        elif kind is Raw:
            force_setattr(record, name, UNSET if value == _NULL else value.copy())
        elif kind is tuple:
            if not _normalize_rows(value):
                return False
        elif kind not in _SCALARS and _is_struct(kind) and not _normalize(value):
            return False
    return True


def _normalize_rows(rows: Sequence[Any]) -> bool:
    """Normalize records of one type as `_normalize` does, but kind by kind rather than row by row, which is faster."""
    kind: Any = type(rows[0]) if rows else None
    plan = _plan(kind)
    if plan is not None and [*map(type, rows)].count(kind) == len(rows):
        return _normalize_alike(plan, rows)
    if not _is_struct(kind):
        return True
    return all(map(_normalize, rows)) and (not _has_id(kind) or are_ids([row.id for row in rows]))


def _normalize_alike(plan: "_Plan", rows: Sequence[Any]) -> bool:
    """Normalize records that are all of the type for which the plan is."""
    dates, ids, amounts, *records = plan.values(rows)
    if dates and not _are_normal(dates):
        _normalize_dates(rows, plan.dates)
    plan.copy_texts(rows)
    if not are_plausible(amounts) or (plan.has_id and not are_ids(ids)):
        return False
    return all(map(_normalize_alike, plan.records, records))


def _are_normal(dates: list[tuple[datetime | None, ...]]) -> bool:
    """Return whether all dates are in UTC and not 0; one text of all, whose length tells the zones, is the fastest."""
    text = _encode(dates)
    rows, columns = len(dates), len(dates[0])
    nulls = text.count(_NULL_TEXT)
    brackets_and_commas = rows * (columns + 2) + 1
    # Any zone but UTC, and a fraction of a second, makes the text longer than it should be.
    usual = brackets_and_commas + nulls * len(_NULL_TEXT) + (rows * columns - nulls) * len(_NO_DATE)
    return len(text) == usual and _NO_DATE not in text


def _normalize_dates(rows: Sequence[Any], fields: Sequence[str]) -> None:
    for field in fields:
        for row in rows:
            date = getattr(row, field)
            if date is not None and (date.tzinfo is not UTC or date == EPOCH):
                force_setattr(row, field, in_utc(date))


class _Plan(NamedTuple):
    """
    How rows of one type are normalized together.

    Attributes:
        values: Returns for each row a tuple of its instants, then the IDs of all rows, the amounts, and for each member
            that is a record all of these.
        copy_texts: Copies the JSON texts that the rows keep, what was set aside among them.
        dates: Fields that are instants.
        has_id: A row is none without its ``id``.
        records: Plans of the members that are records.
    """

    values: Callable[[Sequence[Any]], Sequence[Any]]
    copy_texts: Callable[[Sequence[Any]], None]
    dates: Sequence[str]
    has_id: bool
    records: "Sequence[_Plan]"


@cache
def _plan(cls: Any) -> _Plan | None:
    """Return the plan of records that hold plain values, kept texts and records of these; None for anything else."""
    is_simple = _is_record(cls) and all(
        member.is_text or _is_plain(member.kind) or _is_flat(member.kind) for member in members_of(cls)
    )
    return _plan_of(cls) if is_simple else None


def _plan_of(cls: Any) -> _Plan:
    texts = [member.field for member in members_of(cls) if member.is_text]
    others = {member.field: member.kind for member in members_of(cls) if not member.is_text}
    dates = [field for field, kind in others.items() if kind is Instant]
    amounts = [field for field, kind in others.items() if kind is Decimal]
    records = {field: kind for field, kind in others.items() if _is_flat(kind)}
    has_id = _has_id(cls)
    return _Plan(
        values=collector(tuples=dates, lists=[["id"] if has_id else [], amounts, *[[field] for field in records]]),
        copy_texts=text_copier([*texts, "_invalid"]),
        dates=dates,
        has_id=has_id,
        records=[_plan_of(kind) for kind in records.values()],
    )


def _is_flat(kind: Any) -> bool:
    return _is_record(kind) and all(member.is_text or _is_plain(member.kind) for member in members_of(kind))


def _is_plain(kind: Any) -> bool:
    return kind in (Identifier, Instant, NumericId, Decimal, *_SCALARS)


def read_with_care(cls: type[S], body: bytes) -> Steps[S]:
    """
    Read a record from JSON of which something may not fit, a row of it at a time.

    Yields:
        None after each row, so that the caller can do something else meanwhile.

    Returns:
        The record.

    Raises:
        ShapeError: The JSON is no such record, even with every member that does not fit set aside.
    """
    return _read_record(cls, repaired(body))


def read_rows_with_care(cls: type[S], body: bytes) -> Steps[tuple[S, ...]]:
    """
    Read an array of records, of which something may not fit, as `read_with_care` reads one record.

    Raises:
        ShapeError: The JSON is no such array, or a row of it no such record: an array cannot keep what is set aside.
    """
    set_aside: SetAside = {}
    try:
        rows = yield from _read_rows(cls, repaired(body), "$", set_aside)
    except DECODE_ERRORS:
        raise ShapeError from None
    for path in set_aside:
        raise ShapeError(path)
    return rows


def finished(steps: Steps[T]) -> T:
    """Take every step at once, and return what comes of them."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            value: T = end.value
            return value


def _read_record(cls: type[S], raw: bytes | Raw) -> Steps[S]:
    try:
        members = _members.decode(raw)
    except DECODE_ERRORS:
        raise ShapeError from None
    if fold := _fold_of(cls):
        members = fold(members)
    values: dict[str, Any] = {}
    set_aside = texts_set_aside(members.get(INVALID, UNSET))
    for member in members_of(cls):
        value = members.get(member.name)
        path = f"$.{member.name}"
        if value is not None and not is_null(value, str if member.is_text else member.kind):
            try:
                values[member.field] = yield from _read_member(member, value, path, set_aside)
            except (ShapeError, *DECODE_ERRORS):
                set_aside[path] = value
        if member.required and values.get(member.field) is None:
            raise ShapeError(path)
    if set_aside:
        values["_invalid"] = Raw(_encode(set_aside))
    return cls(**values)


def texts_set_aside(text: JsonText) -> SetAside:
    """Return what the member ``$invalid`` of a record holds; nothing when it is not ours."""
    try:
        return {} if text is UNSET else _members.decode(text)
    except DECODE_ERRORS:
        return {}


def _read_member(member: Member, raw: Raw, path: str, set_aside: SetAside) -> Steps[object]:
    if member.is_text:
        return raw.copy()
    if member.row_type:
        return (yield from _read_rows(member.row_type, raw, path, set_aside))
    if member.record_type:
        return decode(member.record_type, bytes(raw))
    return read_value(raw, member.kind)


def _read_rows(cls: type[S], raw: bytes | Raw, path: str, set_aside: SetAside) -> Steps[tuple[S, ...]]:
    rows = []
    for index, row in enumerate(_rows.decode(raw)):
        try:
            rows.append(
                (yield from _read_record(cls, row)) if memoryview(row).nbytes > _LARGE_ROW else decode(cls, bytes(row))
            )
        except (ShapeError, *DECODE_ERRORS):
            set_aside[f"{path}[{index}]"] = row
        yield
    return tuple(rows)
