"""Businesses of customers on the wire."""

from finicity_async.models._masked import Masked
from finicity_async.models._record import Record


class NewAddress(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Where a business is, sent and read.

    Source: schema NewAddress, spec 1.42.0.
    """

    address_line1: str | None = None
    """Street and number."""
    address_line2: str | None = None
    """What does not fit in the first line."""
    city: str | None = None
    """City."""
    state: str | None = None
    """State, as a code of two letters."""
    country: str | None = None
    """Country, as a code of two letters."""
    postal_code: str | None = None
    """ZIP code."""


class PhoneNumberFormat(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    A telephone number, sent and read.

    Source: schema PhoneNumberFormat, spec 1.42.0.
    """

    country_code: str | None = None
    """Calling code of the country, for example ``"1"``."""
    phone_no: str | None = None
    """The number without it, seven digits or more, for example ``"8042221111"``."""


class NewBusiness(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    A business as it is added, or replaced.

    Source: schema NewBusiness, spec 1.42.0.
    """

    name: str
    """Legal name, 150 characters at most."""
    personally_liable: bool
    """Whether an owner is liable for a loan in person."""
    address: NewAddress
    """Where it is."""
    phone_number: PhoneNumberFormat
    """Telephone number."""
    url: str | None = None
    """Home page."""
    email: str | None = None
    """Address for mail."""
    type: str | None = None
    """Legal form, for example ``"LLC"``, ``"Sole Proprietorship"`` or ``"Nonprofit"``."""
    tax_id: str | None = None
    """Tax ID, 9 to 15 characters; of a sole proprietor it may be the social security number."""


class Business(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The business of a customer; ``repr`` does not show the tax ID.

    Source: schema Business, spec 1.42.0.
    """

    name: str | None = None
    """Legal name."""
    personally_liable: bool | None = None
    """Whether an owner is liable for a loan in person."""
    address: NewAddress | None = None
    """Where it is."""
    phone_number: PhoneNumberFormat | None = None
    """Telephone number."""
    url: str | None = None
    """Home page."""
    email: str | None = None
    """Address for mail."""
    type: str | None = None
    """Legal form, for example ``"LLC"``; an open set."""
    tax_id: str | None = None
    """Tax ID."""
    business_id: str | None = None
    """Vendor ID of the business."""
    created_date: str | None = None
    """When it was added: text without a zone, for example ``"2022-04-12T11:51:23"``."""
    modified_date: str | None = None
    """When it last changed: text without a zone."""

    _hidden = frozenset({"tax_id"})
