"""Code that is written at run time, for the fields of one type: what goes through many records at once."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import UNSET, Raw
from msgspec.structs import force_setattr

_NULL = Raw(b"null")


def collector(*, tuples: Sequence[str], lists: Sequence[Sequence[str]]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """
    Return what collects values of rows, in one go.

    Its code is written for the fields, because `operator.attrgetter` takes twice as long, and a page of transactions
    takes a quarter longer.

    Args:
        tuples: The first value: for each row, a tuple of these fields.
        lists: The other values: for each group of fields, what all rows have in them, without None.
    """
    code = [f"[({_each('row.{}, ', tuples)}) for row in rows]" if tuples else "()"]
    code += [f"[{_each('*[row.{0} for row in rows if row.{0} is not None], ', fields)}]" for fields in lists]
    collect: Callable[[Sequence[Any]], Sequence[Any]] = eval(  # noqa: S307 -- nothing but the names of fields
        f"lambda rows: ({', '.join(code)})"
    )
    return collect


def text_copier(fields: Sequence[str]) -> Callable[[Sequence[Any]], None]:
    """Return what copies the JSON texts that rows keep in some fields, and makes null UNSET."""
    copy_each = """
        if (text := row.{0}) is not UNSET:
            force_setattr(row, "{0}", UNSET if text == _NULL else text.copy())"""
    names: dict[str, Any] = {}
    code = f"def copy_texts(rows):\n    for row in rows:{_each(copy_each, fields)}"
    exec(code, {"UNSET": UNSET, "_NULL": _NULL, "force_setattr": force_setattr}, names)  # noqa: S102 -- as above
    copy_texts: Callable[[Sequence[Any]], None] = names["copy_texts"]
    return copy_texts


def _each(code: str, fields: Sequence[str]) -> str:
    return "".join(map(code.format, fields))
