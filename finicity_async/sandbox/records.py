"""The customers of the sandbox, drawn from the seed when they are first read."""

from collections.abc import Callable, Iterator, MutableMapping
from copy import deepcopy
from typing import Any

from finicity_async.sandbox.refreshes import Account

Records = dict[str, Account]
"""Account ID -> account as on the wire."""


class Customers(MutableMapping[str, Records]):
    """
    Customer ID -> the customer's accounts, in the order in which the customers were added.

    Args:
        draw: Returns the accounts of a customer that has not been read yet.
    """

    def __init__(self, draw: Callable[[str], Records]) -> None:
        self._draw = draw
        self._records: dict[str, Records | None] = {}

    def add(self, customer_id: str) -> None:
        """Add a customer whose accounts are drawn when they are first read."""
        self._records[customer_id] = None

    def drawn(self) -> Iterator[Records]:
        """Return the accounts of the customers that have been drawn."""
        return (records for records in self._records.values() if records is not None)

    def peek(self, customer_id: str) -> Records:
        """Return the accounts of a customer without storing freshly drawn ones."""
        records = self._records[customer_id]
        return self._draw(customer_id) if records is None else records

    def copy(self, memo: dict[int, Any]) -> "Customers":
        """Return a copy with its own records; the memo is that of ``deepcopy``."""
        other = Customers(self._draw)
        # dict() is atomic; a test on another thread may add a customer meanwhile.
        other._records = deepcopy(dict(self._records), memo)
        return other

    def __getitem__(self, customer_id: str | int) -> Records:
        """Return the accounts of a customer."""
        customer_id = str(customer_id)
        records = self._records[customer_id]
        if records is None:
            records = self._records[customer_id] = self._draw(customer_id)
        return records

    def __setitem__(self, customer_id: str | int, records: Records) -> None:
        """Replace the accounts of a customer."""
        self._records[str(customer_id)] = records

    def __delitem__(self, customer_id: str | int) -> None:
        """Remove a customer."""
        del self._records[str(customer_id)]

    def __contains__(self, customer_id: object) -> bool:
        """Return whether there is such a customer."""
        return str(customer_id) in self._records

    def __iter__(self) -> Iterator[str]:
        """Return the IDs."""
        return iter(tuple(self._records))  # a request may list them while a test adds one

    def __len__(self) -> int:
        """Return how many customers there are."""
        return len(self._records)

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"<{len(self)} customers>"
