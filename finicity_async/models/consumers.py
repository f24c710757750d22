"""Consumers on the wire: the people that reports are about."""

from typing import Any

from finicity_async.models._masked import Masked
from finicity_async.models._record import Record
from finicity_async.models._values import Instant, NumericId


class Birthday(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A date of birth, sent and read; ``repr`` shows none of it.

    Source: schema Birthday, spec 1.42.0.
    """

    year: int | None = None
    """The year in four digits, for example ``1989``."""
    month: int | None = None
    """The month, 1 for January."""
    day_of_month: int | None = None
    """The day of the month, from 1."""

    def __repr__(self) -> str:
        """Show none of the date."""
        return "Birthday(***)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show none of the date in rich's tracebacks and logs either."""
        return []


class ConsumerEndUser(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The company that uses a consumer's reports, where that is not the partner itself; sent and read.

    Source: schema ConsumerEndUser, spec 1.42.0.
    """

    name: str
    """The company's name."""
    address: str
    """Street and number."""
    city: str
    """City."""
    state: str
    """State, two letters, for example ``"UT"``."""
    zip: str
    """ZIP code, five digits."""
    phone: str
    """Telephone number."""
    email: str | None = None
    """E-mail address."""
    url: str | None = None
    """Website."""


class NewConsumer(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What creating a consumer sends; ``repr`` shows none of it.

    Beside the required members the vendor wants ``ssn`` or ``birthday``, and ``phone`` or ``email``.

    Source: schema NewConsumer, spec 1.42.0.
    """

    first_name: str
    """The person's first name."""
    last_name: str
    """The person's last name."""
    address: str | None = None
    """Street and number."""
    city: str | None = None
    """City."""
    state: str
    """State, two letters, for example ``"UT"``."""
    zip: str | None = None
    """ZIP code, five digits."""
    phone: str | None = None
    """Telephone number; may be left out where there is an ``email``."""
    ssn: str | None = None
    """The whole Social Security number, with or without hyphens; may be left out where there is a ``birthday``."""
    birthday: Birthday | None = None
    """Date of birth; may be left out where there is an ``ssn``."""
    email: str | None = None
    """E-mail address; may be left out where there is a ``phone``."""
    suffix: str | None = None
    """What follows the name, for example ``"Jr."``."""
    end_user: ConsumerEndUser | None = None
    """The company that uses the reports; None where that is the partner itself."""


class CreatedConsumer(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A consumer that was just created.

    Source: schema CreatedConsumer, spec 1.42.0.
    """

    id: str | None = None
    """The consumer's ID, 32 hexadecimal digits."""
    created_date: Instant | None = None
    """When the consumer was created."""
    customer_id: NumericId | None = None
    """The customer of this consumer; a number here."""


class Consumer(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A person that reports are about; ``repr`` shows neither ``ssn`` nor ``birthday``.

    Source: schema Consumer, spec 1.42.0.
    """

    id: str
    """The consumer's ID, 32 hexadecimal digits; it outlives the customer."""
    first_name: str | None = None
    """The person's first name."""
    middle_name: str | None = None
    """The person's middle name; undeclared, in the vendor's example of a portfolio only."""
    last_name: str | None = None
    """The person's last name."""
    customer_id: NumericId | None = None
    """The customer of this consumer; a number here."""
    address: str | None = None
    """Street and number."""
    city: str | None = None
    """City."""
    state: str | None = None
    """State, two letters, for example ``"UT"``."""
    zip: str | None = None
    """ZIP code."""
    phone: str | None = None
    """Telephone number."""
    ssn: str | None = None
    """The last four digits of the Social Security number; the vendor never returns the others."""
    birthday: Birthday | None = None
    """Date of birth."""
    email: str | None = None
    """E-mail address."""
    created_date: Instant | None = None
    """When the consumer was created."""
    suffix: str | None = None
    """What follows the name, for example ``"Jr."``."""
    end_user: ConsumerEndUser | None = None
    """The company that uses the reports, where it was given."""

    _hidden = frozenset({"ssn"})


class ConsumerUpdate(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What changing a consumer sends: None leaves a member as it is. ``repr`` shows none of it.

    Source: schema ConsumerUpdate, spec 1.42.0.
    """

    first_name: str | None = None
    """The person's first name."""
    last_name: str | None = None
    """The person's last name."""
    address: str | None = None
    """Street and number."""
    city: str | None = None
    """City."""
    state: str | None = None
    """State, two letters, for example ``"UT"``."""
    zip: str | None = None
    """ZIP code, five digits."""
    phone: str | None = None
    """Telephone number."""
    ssn: str | None = None
    """The whole Social Security number, with or without hyphens."""
    birthday: Birthday | None = None
    """Date of birth."""
    email: str | None = None
    """E-mail address."""
    suffix: str | None = None
    """What follows the name, for example ``"Jr."``."""
    end_user: ConsumerEndUser | None = None
    """The company that uses the reports."""


class ConsumerDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The person whom a report is about; ``repr`` does not show ``ssn``.

    Source: schema ConsumerDetails, spec 1.42.0.
    """

    id: str | None = None
    """The consumer's ID, 32 hexadecimal digits."""
    first_name: str | None = None
    """First name."""
    middle_name: str | None = None
    """Middle name or initial."""
    last_name: str | None = None
    """Last name."""
    address: str | None = None
    """Street and number."""
    city: str | None = None
    """City."""
    state: str | None = None
    """State, two letters, for example ``"UT"``."""
    zip: str | None = None
    """ZIP code."""
    phone: str | None = None
    """Telephone number."""
    ssn: str | None = None
    """Last four digits of the Social Security number."""
    email: str | None = None
    """E-mail address."""

    _hidden = frozenset({"ssn"})
