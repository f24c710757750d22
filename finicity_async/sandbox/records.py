"""The customers of the sandbox, drawn from the seed when they are first read."""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterator, MutableMapping
from copy import deepcopy
from typing import Any

from finicity_async.sandbox.refreshes import Account

Records = dict[str, Account]
"""Account ID -> account as on the wire."""
_USERNAME = "customer"
"""What the username of a customer without a profile begins with; the ID follows."""


class Customers(MutableMapping[str, Records]):
    """
    Customer ID -> the customer's accounts: first the drawn customers, then the added ones as they were added.

    A drawn customer is a number in a range and takes no memory until its accounts are read.

    Args:
        draw: Returns the accounts of a customer that has not been read yet.
        drawn: The IDs of the drawn customers.
    """

    def __init__(self, draw: Callable[[str], Records], drawn: range) -> None:
        self._draw = draw
        self._drawn = drawn
        self._removed: list[int] = []  # places in the range, sorted; replaced and never changed, as threads read it
        self._added: dict[str, None] = {}
        self._records: dict[str, Records] = {}
        self._profiles: dict[str, Account] = {}
        self._by_username: dict[str, str] = {}
        self._next = drawn.stop

    def new_id(self) -> str:
        """Return an ID above all that a customer has had."""
        return str(self._next)

    def drawn(self) -> Iterator[Records]:
        """Return the accounts of the customers that have been read or added."""
        return iter(tuple(self._records.values()))

    def peek(self, customer_id: str) -> Records:
        """Return the accounts of a customer without storing freshly drawn ones."""
        records = self._records.get(customer_id)
        if records is not None:
            return records
        if not self._is_drawn(customer_id):
            raise KeyError(customer_id)
        return self._draw(customer_id)

    def profile(self, customer_id: str) -> Account | None:
        """Return the record of a customer that was created or changed by a request, None for any other."""
        return self._profiles.get(customer_id)

    def described(self) -> tuple[str, ...]:
        """Return the IDs of the customers that have a profile."""
        return tuple(self._profiles)

    def describe(self, customer_id: str, profile: Account) -> None:
        """Give a customer a profile: the record as on the wire."""
        self._profiles[customer_id] = profile
        self._by_username[profile["username"]] = customer_id

    def named(self, username: str) -> str | None:
        """Return the ID of the customer with a username, None when there is none."""
        if (found := self._by_username.get(username)) is not None:
            return found
        customer_id = username.removeprefix(_USERNAME)
        is_free = customer_id in self and customer_id not in self._profiles
        return customer_id if is_free and username == default_username(customer_id) else None

    def from_place(self, place: int) -> Iterator[str]:
        """Return the IDs from a place on, 0 for all; it takes no longer for a late place."""
        removed = self._removed
        kept = len(self._drawn) - len(removed)
        if place < kept:
            places = range(len(self._drawn))
            # The first place up to which more than that many are kept.
            first = bisect_right(places, place, key=lambda one: one + 1 - bisect_right(removed, one))
            gone = frozenset(removed)
            yield from (str(self._drawn[one]) for one in places[first:] if one not in gone)
        yield from tuple(self._added)[max(0, place - kept) :]

    def copy(self, memo: dict[int, Any]) -> "Customers":
        """Return a copy with its own records; the memo is that of ``deepcopy``."""
        other = Customers(self._draw, self._drawn)
        other._removed = self._removed
        # dict() is atomic; a test on another thread may add a customer meanwhile.
        other._added = dict(self._added)
        other._records = deepcopy(dict(self._records), memo)
        other._profiles = deepcopy(dict(self._profiles), memo)
        other._by_username = dict(self._by_username)
        other._next = self._next
        return other

    def _is_drawn(self, customer_id: str) -> bool:
        """Return whether a customer is one of the range that was not removed."""
        if not customer_id.isdecimal() or (number := int(customer_id)) not in self._drawn:
            return False
        place, removed = self._drawn.index(number), self._removed
        found = bisect_right(removed, place)
        return str(number) == customer_id and not (found and removed[found - 1] == place)

    def __getitem__(self, customer_id: str | int) -> Records:
        """Return the accounts of a customer."""
        customer_id = str(customer_id)
        if customer_id not in self._records:
            self._records[customer_id] = self.peek(customer_id)
        return self._records[customer_id]

    def __setitem__(self, customer_id: str | int, records: Records) -> None:
        """Replace the accounts of a customer, or add one."""
        customer_id = str(customer_id)
        if not self._is_drawn(customer_id):
            self._added[customer_id] = None
        if customer_id.isdecimal():
            self._next = max(self._next, int(customer_id) + 1)
        self._records[customer_id] = records

    def __delitem__(self, customer_id: str | int) -> None:
        """Remove a customer."""
        customer_id = str(customer_id)
        if self._is_drawn(customer_id):
            removed = [*self._removed]
            insort(removed, self._drawn.index(int(customer_id)))
            self._removed = removed
        else:
            del self._added[customer_id]
        self._records.pop(customer_id, None)
        profile = self._profiles.pop(customer_id, None)
        if profile is not None:
            del self._by_username[profile["username"]]

    def __contains__(self, customer_id: object) -> bool:
        """Return whether there is such a customer."""
        customer_id = str(customer_id)
        return customer_id in self._added or self._is_drawn(customer_id)

    def __iter__(self) -> Iterator[str]:
        """Return the IDs; customers may be added and removed meanwhile."""
        return self.from_place(0)

    def __len__(self) -> int:
        """Return how many customers there are."""
        return len(self._drawn) - len(self._removed) + len(self._added)

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"<{len(self)} customers>"


class Consumers:
    """The people that reports are about: found by their own ID, and by the customer's as long as there is one."""

    def __init__(self) -> None:
        self._by_id: dict[str, Account] = {}
        self._by_customer: dict[str, Account] = {}

    def get(self, consumer_id: str) -> Account | None:
        """Return the record of a consumer."""
        return self._by_id.get(consumer_id)

    def of(self, customer_id: str) -> Account | None:
        """Return the record of the consumer of a customer."""
        return self._by_customer.get(customer_id)

    def add(self, customer_id: str, record: Account) -> None:
        """Add the consumer of a customer."""
        self._by_id[record["id"]] = self._by_customer[customer_id] = record

    def leave(self, customer_id: str) -> None:
        """Forget which consumer a removed customer had; the consumer stays."""
        self._by_customer.pop(customer_id, None)

    def copy(self, memo: dict[int, Any]) -> "Consumers":
        """Return a copy with its own records; the memo is that of ``deepcopy``."""
        other = Consumers()
        other._by_id = deepcopy(self._by_id, memo)
        other._by_customer = deepcopy(self._by_customer, memo)
        return other


def an_invented_consumer(customer_id: int, created: int) -> Account:
    """Return the record of a consumer who does not exist; its ID is that of the vendor's examples."""
    return {
        "id": "0bf46322c167b562e6cbed9d40e19a4c",
        "firstName": "Maria",
        "lastName": "Sample",
        "customerId": customer_id,
        "address": "12 Any Street",
        "city": "Ogden",
        "state": "UT",
        "zip": "84401",
        "phone": "801-555-0123",
        "ssn": "9999",
        "birthday": {"year": 1980, "month": 1, "dayOfMonth": 31},
        "email": "maria.sample@example.com",
        "createdDate": created,
    }


def default_username(customer_id: str) -> str:
    """Return the username of a customer without a profile."""
    return f"{_USERNAME}{customer_id}"
