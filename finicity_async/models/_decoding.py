"""Reading of vendor records: in one pass where the body fits, member by member where it does not."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, NamedTuple, Self, TypeVar, get_args, get_origin

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""A point in time, in UTC. Unix seconds on the wire, where 0 stands for "no date" and is read as None."""

DECODE_ERRORS = (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError)
"""What a decoder raises for a body that does not fit: msgspec lets some errors of Python through."""

_EPOCH = datetime.fromtimestamp(0, UTC)
_encode = msgspec.json.Encoder().encode
_NO_DATE = _encode(_EPOCH)
_DATE_IN_LIST = len(_NO_DATE + b",")  # in UTC; the text of a date in another zone is longer
_QUOTE, _UNDERSCORE, _BACKSLASH = b'"_\\'  # numbers, since these are found faster than bytes
_EXPONENTS = frozenset(range(-99, 100))
_FLAGS = {"T": True, "Y": True, "F": False, "N": False}
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
# Texts that Decimal may take for a number, escapes included. It takes underscores and digits outside ASCII, too.
_LIKE_NUMBER = re.compile(r'"[\s\d.+\-_eE\\tnru0-9a-fA-F]*+"')
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u[dD][89a-fA-F]..|.)", re.DOTALL)

_set_members = msgspec.Struct.__rich_repr__  # what is shown of a record: the members that are not at their default
_untyped = msgspec.json.Decoder(float_hook=Decimal)
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_rows = msgspec.json.Decoder(list[msgspec.Raw])

R = TypeVar("R", bound="Record")


class Unfit(Exception):  # noqa: N818 -- a signal to the caller in this package, not an error that a user sees
    """The body is not the record at all; ``path`` is the JSON path of what rules it out."""

    def __init__(self, path: str = "$") -> None:
        super().__init__(path)
        self.path = path


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel", dict=True, repr_omit_defaults=True):
    """A record of the vendor, read so that a member that does not fit never costs its neighbours."""

    @property
    def invalid_values(self) -> Mapping[str, object]:
        """What was set aside because it does not fit: JSON path within this record -> the value as it came."""
        invalid_values: Mapping[str, object] = self.__dict__.get("invalid_values", {})
        return invalid_values

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """
        Read a record from the bytes of a response.

        Raises:
            Unfit: The body is no such record, even with every member that does not fit set aside.
        """
        try:
            return cls._in_one_pass(body)
        except (Unfit, *DECODE_ERRORS):
            return _read_record(cls, mended(body))

    @classmethod
    def _in_one_pass(cls, body: bytes) -> Self:
        """Decode a body all of which fits; one of `DECODE_ERRORS` or `Unfit` when it has to be read with care."""
        record: Self = decoder(cls).decode(body)
        if has_odd_number(body) or not settle(record):
            raise Unfit
        return record

    def __copy__(self) -> Self:
        """Keep the invalid_values through a copy."""
        rebuild, arguments = self.__reduce__()
        copied: Self = rebuild(*arguments)
        return copied

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep the invalid_values through a pickle."""
        invalid_values = dict(self.invalid_values)
        return _rebuild, (type(self), msgspec.structs.astuple(self), invalid_values)


def _rebuild(cls: type[R], values: tuple[Any, ...], invalid_values: dict[str, object]) -> R:
    return _with_invalid_values(cls(**dict(zip(cls.__struct_fields__, values, strict=True))), invalid_values)


def _with_invalid_values(record: R, invalid_values: dict[str, object]) -> R:
    if invalid_values:
        vars(record)["invalid_values"] = invalid_values
    return record


@lru_cache
def decoder(cls: Any) -> msgspec.json.Decoder[Any]:
    """Return the decoder for a type, made once."""
    return msgspec.json.Decoder(cls, strict=False)


def mended(body: bytes) -> bytes:
    """Replace what no UTF-8 text may hold: bad bytes, a byte order mark, half a surrogate pair in an escape."""
    text = body.decode("utf-8-sig", "replace")
    if "\\u" in text:
        text = _ESCAPE.sub(lambda escape: "\\ufffd" if _is_half_a_pair(escape[0]) else escape[0], text)
    return text.encode()


def _is_half_a_pair(escape: str) -> bool:
    return len(escape) == len("\\ud800") and escape[1] == "u"


def has_odd_number(body: bytes) -> bool:
    """Return whether a text may hold a number that only Python takes for one: underscores, digits outside ASCII."""
    if body.isascii() and _UNDERSCORE not in body and _BACKSLASH not in body:
        return False
    texts = _LIKE_NUMBER.findall(body.decode("utf-8", "replace"))
    return any("_" in text or "\\" in text or not text.isascii() for text in texts)


def with_times(cls: type[Record], text: bytes) -> bytes:
    """Give the days in the text of flat records the time that `_read_instant` takes for theirs, which msgspec wants."""
    return _days(cls).sub(rb'\1T00:00:00Z"', text)


@lru_cache
def _days(cls: type[Record]) -> re.Pattern[bytes]:
    """Return what finds the days, but for the first of all: it would be taken for the 0 that stands for no date."""
    names = "|".join(member.name for member in _plan(cls) if member.kind is Instant)
    return re.compile(rb'("(?:%b)"\s*:\s*"(?!1970-01-01)\d{4}-\d\d-\d\d)"' % names.encode())


def settle_all(records: Sequence[Record]) -> bool:
    """Settle flat records of one type, as `settle` does each of them; a glance at all shows that most need nothing."""
    if not records:
        return True
    dates, amounts = _pickers(type(records[0]))
    return _are_plausible(amounts(records)) if _are_settled(dates(records)) else all(map(settle, records))


_Picker = Callable[[Sequence[Record]], list[Any]]


@lru_cache
def _pickers(cls: type[Record]) -> tuple[_Picker, _Picker]:
    """Return what picks the dates, and what picks the amounts, of all records of a type."""
    return _picker(cls, Instant), _picker(cls, Decimal)


def _picker(cls: type[Record], kind: Any) -> _Picker:
    """Return a function made for the members of one kind; looking for them by name costs a third more."""
    members = "".join(f"record.{member.attribute}, " for member in _plan(cls) if member.kind is kind)
    source = f"lambda records: [value for record in records for value in ({members}) if value is not None]"
    picker: _Picker = eval(source)  # noqa: S307 -- names of our own attributes
    return picker


def _are_settled(dates: list[datetime]) -> bool:
    """Return whether all dates are in UTC, and none is the 0 that stands for no date: one text tells of all at once."""
    if not dates:
        return True
    text = _encode(dates)
    return len(text) == len(dates) * _DATE_IN_LIST + 1 and _NO_DATE not in text


def _are_plausible(amounts: list[Decimal]) -> bool:
    return _EXPONENTS.issuperset(map(Decimal.adjusted, amounts)) and all(map(Decimal.is_finite, amounts))


def settle(record: Record) -> bool:
    """Bring the dates into UTC, and 0 to None; False when an amount is among the values that no account can hold."""
    amounts = []
    for name, value in _set_members(record):
        kind = type(value)
        if kind is Decimal:
            amounts.append(value)
        elif kind is datetime:
            if value.tzinfo is not UTC or value == _EPOCH:
                msgspec.structs.force_setattr(record, name, _in_utc(value))
        elif kind is tuple:
            if not all(settle(row) for row in value if isinstance(row, Record)):
                return False
        elif isinstance(value, Record) and not settle(value):
            return False
    return _are_plausible(amounts)


def _in_utc(instant: datetime) -> datetime | None:
    """Return an instant in UTC, None for the 0 that stands for no date."""
    return None if instant == _EPOCH else instant.astimezone(UTC)


class _Member(NamedTuple):
    """How one member of a record is read: the attribute, the name on the wire, its type without None."""

    attribute: str
    name: str
    kind: Any
    required: bool

    @property
    def row_type(self) -> type[Record] | None:
        """The type of the rows when the member is a list of records."""
        row = get_args(self.kind)[:1] if get_origin(self.kind) is tuple else ()
        return row[0] if row and _is_record(row[0]) else None


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Record)


@lru_cache
def _plan(cls: type[Record]) -> tuple[_Member, ...]:
    return tuple(
        _Member(field.name, field.encode_name, _without_none(field.type), field.required)
        for field in msgspec.structs.fields(cls)
    )


def _without_none(kind: Any) -> Any:
    others = [part for part in get_args(kind) if part is not type(None)]
    return others[0] if type(None) in get_args(kind) and len(others) == 1 else kind


def _read_record(cls: type[R], raw: bytes | msgspec.Raw) -> R:
    try:
        members = _members.decode(raw)
    except DECODE_ERRORS:
        raise Unfit from None
    values: dict[str, object] = {}
    invalid_values: dict[str, object] = {}
    for member in _plan(cls):
        value = members.get(member.name)
        path = f"$.{member.name}"
        if value is not None and not _is_null(value, member.kind):
            try:
                values[member.attribute] = _read_member(member, value, path, invalid_values)
            except (Unfit, *DECODE_ERRORS):
                invalid_values[path] = as_it_came(value)
        if member.required and values.get(member.attribute) is None:
            raise Unfit(path)
    return _with_invalid_values(cls(**values), invalid_values)


def _is_null(raw: msgspec.Raw, kind: Any) -> bool:
    """Return whether a value stands for none: null, and for msgspec a text that says so where no text belongs."""
    text = bytes(raw)
    return text == b"null" or (kind is not str and text[0] == _QUOTE and str(as_it_came(text)).lower() == "null")


def _read_member(member: _Member, raw: msgspec.Raw, path: str, invalid_values: dict[str, object]) -> object:
    if member.row_type:
        return _read_rows(member.row_type, raw, path, invalid_values)
    if _is_record(member.kind):
        record = _read_record(member.kind, raw)
        invalid_values.update(moved(record.invalid_values, path))
        return record
    return _READERS.get(member.kind, _read_other)(raw, member.kind)


def _read_rows(cls: type[Record], raw: msgspec.Raw, path: str, invalid_values: dict[str, object]) -> tuple[Record, ...]:
    rows = []
    for index, row in enumerate(_rows.decode(raw)):
        place = f"{path}[{index}]"
        try:
            record = cls.from_json(bytes(row))
        except Unfit:
            invalid_values[place] = as_it_came(row)
        else:
            invalid_values.update(moved(record.invalid_values, place))
            rows.append(record)
    return tuple(rows)


def moved(invalid_values: Mapping[str, object], path: str) -> dict[str, object]:
    """Return invalid_values under the path of the record that holds theirs."""
    return {path + inner[1:]: value for inner, value in invalid_values.items()}


def as_it_came(raw: msgspec.Raw | bytes) -> object:
    """Return a value in the plainest types, its text when even that fails."""
    try:
        return _untyped.decode(raw)
    except DECODE_ERRORS:
        return bytes(raw).decode()


def _read_text(raw: msgspec.Raw, _: Any) -> str:
    value = _untyped.decode(raw)
    if isinstance(value, dict | list):
        raise Unfit
    return value if isinstance(value, str) else bytes(raw).decode()


def _read_flag(raw: msgspec.Raw, _: Any) -> bool:
    value = _untyped.decode(raw)
    if isinstance(value, str) and value.upper() in _FLAGS:
        return _FLAGS[value.upper()]
    flag: bool = decoder(bool).decode(raw)
    return flag


def _read_amount(raw: msgspec.Raw, _: Any) -> Decimal:
    value = _untyped.decode(raw)
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise Unfit
    amount: Decimal = decoder(Decimal).decode(raw)
    if not _are_plausible([amount]):
        raise Unfit
    return amount


def _read_instant(raw: msgspec.Raw, _: Any) -> datetime | None:
    value = _untyped.decode(raw)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        day = date.fromisoformat(value)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    instant: datetime = decoder(Instant).decode(raw)
    return _in_utc(instant)


def _read_other(raw: msgspec.Raw, kind: Any) -> object:
    value: object = decoder(kind).decode(raw)
    return value


_READERS = {str: _read_text, bool: _read_flag, Decimal: _read_amount, Instant: _read_instant}
