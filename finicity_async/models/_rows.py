"""Records that are a list, or one page of it."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Generic, TypeVar, overload

from finicity_async.models._decoding import members_of

T = TypeVar("T")


class Rows(Generic[T]):
    """A sequence of the records in the first member that holds any; a second base of such a record."""

    __slots__ = ()

    def _rows(self) -> tuple[T, ...]:
        cls: Any = type(self)
        rows: tuple[T, ...] = getattr(self, _field_of(cls))
        return rows

    def __iter__(self) -> Iterator[T]:
        """Iterate over the records, in the vendor's order."""
        return iter(self._rows())

    def __len__(self) -> int:
        """Return how many records there are; of a page, how many are on it."""
        return len(self._rows())

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        """Return the record at an index, or the records of a slice."""
        return self._rows()[index]


@cache
def _field_of(cls: Any) -> str:
    return next(member.field for member in members_of(cls) if member.row_type)
