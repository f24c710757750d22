"""Whether a response can be decoded into a type: found out before anything is sent, and never at import."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect


def fault_of(kind: Any) -> str | None:
    """Return why msgspec cannot decode into a type, or None when it can; ``bytes`` and None need no decoding."""
    if kind is bytes or kind is None:
        return None
    try:
        return _fault_of(kind)
    except TypeError:  # It has no hash.
        return "msgspec cannot decode into it"


@lru_cache
def _fault_of(kind: Any) -> str | None:
    try:
        msgspec.json.Decoder(kind)
        foreign = sorted({cls.__name__ for cls in _foreign_types(inspect.type_info(kind), set())})
    except NameError as error:
        return f"the name {error.name} in it is not there at run time (is it imported under TYPE_CHECKING?)"
    except Exception:  # noqa: BLE001 -- msgspec raises what the annotations of other libraries raise
        return "msgspec cannot decode into it"
    return f"msgspec cannot decode into {', '.join(foreign)}" if foreign else None


def _foreign_types(info: object, seen: set[int]) -> Iterator[type]:
    """Give the classes within a type that msgspec would need a hook for."""
    if id(info) in seen:
        return
    seen.add(id(info))
    if isinstance(info, inspect.CustomType):
        yield info.cls
    elif isinstance(info, inspect.Type | inspect.Field):
        for name in info.__struct_fields__:
            yield from _foreign_types(getattr(info, name), seen)
    elif isinstance(info, tuple):
        for part in info:
            yield from _foreign_types(part, seen)
