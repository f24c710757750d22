"""
All records of an operation that pages, one by one, while records may come and go between two pages.

Each page begins a few records before the end of the one before it. When it holds one of the records that were read, it
adjoins them. When it holds none, records before it have vanished and the others moved up, so that some would be left
out: then reading goes back until a page adjoins. This needs no more than that the vendor keeps the order of records
that stay. Where ``start`` counts pages, the overlap comes from a smaller ``limit``: page 2 of 990 begins with record
991.
"""

from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from operator import attrgetter
from typing import Any, Protocol, TypeVar

from finicity_async.endpoints.customers import GET_CUSTOMERS
from finicity_async.endpoints.institutions import GET_INSTITUTIONS
from finicity_async.errors import ConfigurationError, PayloadError
from finicity_async.models.customers import Customer
from finicity_async.models.institutions import Institution
from finicity_async.operation import Operation
from finicity_async.session import AsyncSession

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

MOST = 1000
"""Records on a page, the most that the vendor gives."""

LEAST = 25
"""Records on a page, the least with which pages of other sizes overlap wherever one ends."""

_OVERLAP = 10
"""Records that a page shares with the one before: as many may vanish, but one, before a page has to be read again. It
costs one percent."""

_MOST_RETURNS = 30
"""Times to go back without finding a new record. The way is doubled each time, so ten reach a million records back;
more mean that the pages of the vendor contradict each other."""


class Page(Protocol[R_co]):
    """What the reply of an operation that pages has."""

    @property
    def found(self) -> int | None:
        """How many records there are on all pages."""
        ...

    @property
    def more_available(self) -> bool | None:
        """Whether another page follows."""
        ...

    def __iter__(self) -> Iterator[R_co]:
        """Iterate over the records of the page."""
        ...

    def __len__(self) -> int:
        """Return how many records are on the page."""
        ...


def iter_customers(
    session: AsyncSession,
    *,
    search: str | None = None,
    username: str | None = None,
    type: str | None = None,  # noqa: A002 -- the vendor's name
) -> AsyncIterator[Customer]:
    """
    Return an iterator over all customers of the partner, which reads them by the thousand as they are taken.

    It is a source for `map_customers`: ``(customer.id async for customer in iter_customers(session))``. It holds one
    page, and remembers the ID of each customer, some 100 bytes.

    No customer comes twice. One that is there from the first request to the last comes once, whichever others are
    added or deleted meanwhile, as long as the vendor keeps the order of those that stay; its document promises no
    order, and nothing could be promised without. One that is added meanwhile comes if it is placed behind what was
    read, and one that is deleted meanwhile may have come. Each is as it was when its page was read.

    Args:
        search: Only customers in whose username or names this text occurs.
        username: Only the customer with exactly this username, so none or one.
        type: ``"testing"`` or ``"active"``; None for both.

    Raises:
        PayloadError: The vendor's pages contradict each other, so that none of them adjoins what was read.

    Source: GET /aggregation/v1/customers, GetCustomers, spec 1.42.0.
    """
    return iter_records(session, GET_CUSTOMERS, search=search, username=username, type=type)


def iter_institutions(session: AsyncSession, *, search: str | None = None) -> AsyncIterator[Institution]:
    """
    Return an iterator over all institutions, some ten thousand, which reads them by the thousand as they are taken.

    Free of charge. It holds one page, and remembers the ID of each institution.

    No institution comes twice. One that is there from the first request to the last comes once, whichever others are
    added or removed meanwhile, as long as the vendor keeps the order of those that stay and counts pages by the
    ``limit`` of each request; its document promises neither, and nothing could be promised without. One that is added
    meanwhile comes if it is placed behind what was read, and one that is removed meanwhile may have come.

    Args:
        search: A name, for example ``"finbank"``; it need not fit exactly. None for all.

    Raises:
        PayloadError: The vendor's pages contradict each other, so that none of them adjoins what was read.

    Source: GET /institution/v2/institutions, GetInstitutions, spec 1.42.0.
    """
    return iter_records(session, GET_INSTITUTIONS, search=search)


async def iter_records(
    session: AsyncSession,
    operation: Operation[Page[R]],
    *,
    key: Callable[[R], Hashable] = attrgetter("id"),
    limit: int = MOST,
    **values: Any,
) -> AsyncIterator[R]:
    """
    Iterate over all records of an operation that pages; what `iter_customers` promises holds for each.

    Args:
        session: An open session.
        operation: A row that says what its ``start`` counts, for example
            ``endpoints.data_sharing_consent.GET_DATA_SHARING_CONSENTS_BY_CUSTOMER_ID``.
        key: What tells a record from all others, its ``id`` as a rule.
        limit: Records on a page, from 25 to 1000; fewer where the vendor gives fewer.
        **values: Other parameters of the operation, under the vendor's names.

    Raises:
        ConfigurationError: The operation does not page, or the limit is out of range.
        PayloadError: The vendor's pages contradict each other.
    """
    if operation.start is None or not LEAST <= limit <= MOST:
        raise ConfigurationError(
            f"{operation.operation_id}: needs pages, of {LEAST} to {MOST} records. Nothing was sent."
        )
    seen: set[Hashable] = set()
    wanted, back, returns = 0, limit, 0
    while True:
        start, size, first = _window(operation, wanted, limit)
        place = dict(zip(operation.pages, (start, size), strict=True))
        page = await session.send(operation.request(**place, **values))
        if first and not any(key(record) in seen for record in page):
            wanted, back, returns = max(0, wanted - back), back * 2, returns + 1
            if returns > _MOST_RETURNS:
                raise PayloadError(
                    f"{operation.operation_id}: no page adjoins the records that were read.",
                    operation=operation.operation_id,
                )
            continue
        if first == 0 and page.more_available and LEAST <= len(page) < size:
            limit = len(page)  # The vendor gives fewer than were asked for, as of applications, and counts such pages.
        known = len(seen)
        for record in page:
            if (one := key(record)) not in seen:
                seen.add(one)
                yield record
        end, has_new = first + len(page), len(seen) > known
        if _is_last(page, size, end, has_new=has_new):
            return
        returns = 0 if first and has_new else returns  # The first page always adjoins, which says nothing.
        wanted, back = max(end - min(_OVERLAP, limit // 5), wanted + 1), limit


def _window(operation: Operation[Any], wanted: int, limit: int) -> tuple[int, int, int]:
    """
    Return ``start`` and ``limit`` of a request whose page holds a record, and the place of the first one on it, from 0.

    Pages begin at multiples of their limit. Of all limits the one is taken whose page reaches furthest.
    """
    if operation.start == "record":
        return wanted + 1, limit, wanted
    limit = max(range(limit, 0, -1), key=lambda size: size - wanted % size)
    return wanted // limit + 1, limit, wanted - wanted % limit


def _is_last(page: Page[Any], size: int, end: int, *, has_new: bool) -> bool:
    """
    Return whether nothing comes after a page that adjoins.

    A page without a new record that is short, or at the end of all that were found, is the last whatever it says of
    others, so that an iteration ends.
    """
    return page.more_available is False or (not has_new and (len(page) < size or end >= (page.found or 0)))
