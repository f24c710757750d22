"""Customers on the wire."""

from collections.abc import Iterator
from typing import overload

from finicity_async.models._masked import Masked
from finicity_async.models._record import Record
from finicity_async.models._values import Identifier, Instant


class Customer(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One customer of the partner.

    Source: schema Customer, spec 1.42.0.
    """

    id: Identifier
    """The customer's ID, text here and a number in some other records."""
    username: str | None = None
    """The name that the partner gave; unique for the partner."""
    first_name: str | None = None
    """The person's first name."""
    last_name: str | None = None
    """The person's last name."""
    phone: str | None = None
    """The person's telephone number."""
    email: str | None = None
    """The person's address."""
    type: str | None = None
    """``"active"``, or ``"testing"`` for a customer of test institutions; an open set."""
    created_date: Instant | None = None
    """When the customer was added; digits in text on the wire."""
    last_modified_date: Instant | None = None
    """When the record last changed; digits in text on the wire."""
    application_id: str | None = None
    """The registered application that the customer was assigned to; undeclared in lists."""


class Customers(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A page of customers, a sequence.

    Source: schema Customers, spec 1.42.0.
    """

    found: int | None = None
    """How many customers there are on all pages."""
    displaying: int | None = None
    """How many customers there are on this page."""
    more_available: bool | None = None
    """Whether another page follows."""
    customers: tuple[Customer, ...]
    """The customers of this page."""

    def __iter__(self) -> Iterator[Customer]:
        """Iterate over the customers of this page."""
        return iter(self.customers)

    def __len__(self) -> int:
        """Return how many customers there are on this page."""
        return len(self.customers)

    @overload
    def __getitem__(self, index: int) -> Customer: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Customer, ...]: ...
    def __getitem__(self, index: int | slice) -> Customer | tuple[Customer, ...]:
        """Return the customer at a place of this page, or the customers of a slice."""
        return self.customers[index]


class CustomerWithAppData(Customer, frozen=True, kw_only=True, rename="camel"):
    """
    A customer with the registered application that institutions see when the customer signs in over OAuth.

    Source: schema CustomerWithAppData, spec 1.42.0.
    """

    application_name: str | None = None
    """The application's name, which the institution shows to the customer."""


class NewCustomer(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What adding a customer sends; ``repr`` shows none of it.

    Source: schema NewCustomer, spec 1.42.0.
    """

    username: str
    """The partner's own name for the customer, unique for the partner; better an ID or a hash than an address."""
    first_name: str | None = None
    """The person's first name."""
    last_name: str | None = None
    """The person's last name."""
    application_id: str | None = None
    """The registered application to assign the customer to, for partners that have several; it cannot be changed."""
    phone: str | None = None
    """The person's telephone number."""
    email: str | None = None
    """The person's address."""


class CreatedCustomer(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A customer that was just added.

    Source: schema CreatedCustomer, spec 1.42.0.
    """

    id: Identifier
    """The customer's ID, which every call for this customer takes."""
    username: str | None = None
    """The username as it was sent."""
    created_date: Instant | None = None
    """When the customer was added; a number on the wire, unlike in `Customer`."""


class CustomerUpdate(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What changing a customer sends; ``repr`` shows none of it.

    Source: schema CustomerUpdate, spec 1.42.0.
    """

    first_name: str | None = None
    """The new first name; None leaves it as it is."""
    last_name: str | None = None
    """The new last name; None leaves it as it is."""
