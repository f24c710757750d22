"""Reading of single values with care: what msgspec would refuse, or take although no bank means it."""

import codecs
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, get_args, get_origin

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""A point in time, in UTC. Unix seconds on the wire, where 0 means "no date" and is read as None."""

IsoInstant = Annotated[datetime, msgspec.Meta(tz=True), "ISO"]
"""A point in time that goes out as ISO text, for example ``"2024-05-01T12:00:00Z"``; read like an `Instant`."""

Identifier = Annotated[str, msgspec.Meta(min_length=1)]
"""An ID without which a record is none: ASCII letters, digits, ``-`` and ``_``, so that it can be sent back."""

NumericId = Annotated[int, msgspec.Meta(lt=2**53)]
"""An ID that is a number. One beyond this bound is read with care, because msgspec rounds 9007199254740993.0."""

DECODE_ERRORS = (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError)
"""What a decoder raises for a body that does not fit: msgspec lets some errors of Python through."""

EPOCH = datetime.fromtimestamp(0, UTC)

EXPONENTS = frozenset(range(-99, 100))
"""Exponents of plausible amounts, by `Decimal.adjusted`."""

_LONGEST_NULL = len(r'"\u006e\u0075\u006c\u006c"')
_MOST_TEXT = 1_000
"""Bytes of a value that is no text: more than any number or date has."""

_QUOTE, _UNDERSCORE, _BACKSLASH = b'"_\\'  # Numbers: ``in`` finds them faster than bytes of length one.
_FLAGS = {"T": True, "Y": True, "F": False, "N": False}
# Possessive, so that a long text which is no number is not tried in every way that it can be split.
_NUMBER = re.compile(r"\s*+[+-]?(\d++(\.\d*+)?|\.\d++)([eE][+-]?\d++)?\s*+", re.ASCII)
# Texts that Decimal may read as a number, escapes included. It accepts underscores and digits outside ASCII, too.
_LIKE_NUMBER = re.compile(r'"[\s\d.+\-_eE\\tnru0-9a-fA-F]*+"')
# Where such a text may be: before and after an underscore, and after an escape, stands what a number has. It is looked
# at for a few characters only, so that a long text takes time in proportion to its length.
_IN_NUMBER = rb"\s\d.+\-_eE\\tnru0-9a-fA-F\x80-\xff"
_MAY_BE_GROUPED = re.compile(rb'_(?<=["%b]_)(?=[%b]{0,30}+["%b])' % ((_IN_NUMBER,) * 3))
_MAY_BE_ESCAPED = re.compile(rb'\\(?=[tnrfu][%b]{0,30}+["%b])' % ((_IN_NUMBER,) * 2))
_MAY_BE_FOREIGN = re.compile(r"[\d\s]")
_ASCII = bytes(range(128))
_PART = 4_096
"""Bytes of a body that are looked at together: some transactions, of which few hold anything outside ASCII."""
_Utf8 = codecs.getincrementaldecoder("utf-8")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u[dD][89a-fA-F]..|.)", re.DOTALL)
_ID = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,40}(\.0{1,40})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_untyped = msgspec.json.Decoder(float_hook=Decimal)
_list = msgspec.json.Decoder(list[msgspec.Raw])


class ShapeError(Exception):
    """
    The JSON is not what was asked for at all; caught within the package, which raises a `PayloadError` instead.

    Attributes:
        path: JSON path of what rules it out.
    """

    def __init__(self, path: str = "$") -> None:
        super().__init__(path)
        self.path = path


@cache
def decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    """Return the decoder for a type, made once."""
    return msgspec.json.Decoder(kind, strict=False)


def repaired(body: bytes) -> bytes:
    """Replace what UTF-8 text cannot hold: bad bytes, a byte order mark, half a surrogate pair in an escape."""
    has_surrogate = _SURROGATE.search(body) is not None
    if body.isascii() and not has_surrogate:
        return body
    text = body.decode("utf-8-sig", "replace")
    if has_surrogate:
        text = _ESCAPE.sub(lambda escape: "\\ufffd" if _is_half_a_pair(escape[0]) else escape[0], text)
    return text.encode()


def _is_half_a_pair(escape: str) -> bool:
    return len(escape) == len("\\ud800") and escape[1] == "u"


def has_odd_number(body: bytes) -> bool:
    """
    Return whether a text may hold a number that only Python accepts: with underscores or digits outside ASCII.

    Raises:
        UnicodeDecodeError: It is not UTF-8.
    """
    may_be_odd = (
        (not body.isascii() and _has_foreign_digit(body))
        or (_UNDERSCORE in body and _MAY_BE_GROUPED.search(body))
        or (_BACKSLASH in body and _MAY_BE_ESCAPED.search(body))
    )
    return bool(may_be_odd) and any(map(_is_odd, _LIKE_NUMBER.finditer(body.decode())))


def _has_foreign_digit(body: bytes) -> bool:
    """Return whether there is a digit or a blank outside ASCII; in small parts, because large copies are slow."""
    check = _Utf8()  # Of all bytes: what is not UTF-8 may become so without the ASCII in between.
    others = []
    for start in range(0, len(body), _PART):
        part = body[start : start + _PART]
        check.decode(part)
        if not part.isascii():
            others.append(part.translate(None, _ASCII))
    check.decode(b"", final=True)
    return _MAY_BE_FOREIGN.search(b"".join(others).decode()) is not None


def _is_odd(found: re.Match[str]) -> bool:
    """Return whether a text like a number has what only Python accepts; one that is too long for any is not copied."""
    if found.end() - found.start() > _MOST_TEXT:
        return True
    text = found[0]
    return "_" in text or "\\" in text or not text.isascii()


def are_plausible(amounts: list[Decimal]) -> bool:
    """Return whether an account can hold these amounts: finite, with an exponent of two digits at most."""
    for amount in amounts:  # noqa: SIM110 -- a generator takes half as long again
        if amount.adjusted() not in EXPONENTS or not amount.is_finite():
            return False
    return True


def are_ids(ids: list[str]) -> bool:
    """Return whether all texts are IDs; digits and letters alone, the usual case, are recognized at once."""
    text = "".join(ids)
    # Of bytes, because the same question to a text looks up each character in the tables of Unicode.
    return (text.isascii() and text.encode().isalnum()) or all(map(_ID.fullmatch, ids))


def in_utc(instant: datetime) -> datetime | None:
    """Return an instant in UTC, None for the 0 that means "no date"."""
    return None if instant == EPOCH else instant.astimezone(UTC)


def is_null(raw: msgspec.Raw, kind: Any) -> bool:
    """Return whether a value is null; like msgspec, accept the text "null" where text does not belong."""
    if memoryview(raw).nbytes > _LONGEST_NULL:
        return False
    text = bytes(raw)
    return text == b"null" or (kind is not str and text[0] == _QUOTE and str(as_it_came(text)).lower() == "null")


def as_it_came(raw: msgspec.Raw | bytes) -> object:
    """Return a value in the plainest types, or its JSON text when even that fails."""
    try:
        return _untyped.decode(raw)
    except DECODE_ERRORS:
        return bytes(raw).decode()


def read_value(raw: msgspec.Raw, kind: Any) -> object:
    """
    Read one value of the given type.

    Raises:
        ShapeError: It does not fit; so does one of `DECODE_ERRORS`.
    """
    if get_origin(kind) is tuple:
        item = get_args(kind)[0]
        return tuple([read_value(one, item) for one in _list.decode(raw) if not is_null(one, item)])
    if kind is not str and memoryview(raw).nbytes > _MOST_TEXT:
        raise ShapeError
    return _READERS.get(kind, _read_other)(raw, kind)


def _read_text(raw: msgspec.Raw, _: Any) -> str:
    value = _untyped.decode(raw)
    if isinstance(value, dict | list):
        raise ShapeError
    return value if isinstance(value, str) else bytes(raw).decode()


def _read_id(raw: msgspec.Raw, kind: Any) -> str:
    text = _read_text(raw, kind)
    if not _ID.fullmatch(text) or (bytes(raw) == text.encode() and not text.isdigit()):
        raise ShapeError  # A number that is not whole, or true or false.
    return text


def _read_numeric_id(raw: msgspec.Raw, kind: Any) -> int:
    text = _read_text(raw, kind)
    if not _WHOLE.fullmatch(text):
        raise ShapeError
    return int(text.partition(".")[0])


def _read_flag(raw: msgspec.Raw, _: Any) -> bool:
    value = _untyped.decode(raw)
    if isinstance(value, str) and value.upper() in _FLAGS:
        return _FLAGS[value.upper()]
    flag: bool = decoder(bool).decode(raw)
    return flag


def _read_amount(raw: msgspec.Raw, _: Any) -> Decimal:
    value = _untyped.decode(raw)
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ShapeError
    amount: Decimal = decoder(Decimal).decode(raw)
    if not are_plausible([amount]):
        raise ShapeError
    return amount


def _read_instant(raw: msgspec.Raw, _: Any) -> datetime | None:
    value = _untyped.decode(raw)
    if isinstance(value, str) and _DAY.fullmatch(value):
        day = date.fromisoformat(value)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    instant: datetime = decoder(Instant).decode(raw)
    return in_utc(instant)


def _read_day(raw: msgspec.Raw, _: Any) -> date | None:
    value = _untyped.decode(raw)
    if isinstance(value, str) and not value.isdigit():
        return datetime.fromisoformat(value).date()  # A time of that day may follow, with or without a zone.
    instant = _read_instant(raw, Instant)
    return instant and instant.date()


def _read_other(raw: msgspec.Raw, kind: Any) -> object:
    value: object = decoder(kind).decode(raw)
    return value


_READERS = {
    str: _read_text,
    Identifier: _read_id,
    NumericId: _read_numeric_id,
    bool: _read_flag,
    Decimal: _read_amount,
    Instant: _read_instant,
    IsoInstant: _read_instant,
    date: _read_day,
}
