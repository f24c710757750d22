"""Institutions on the wire."""

import msgspec

from finicity_async.models._record import Record
from finicity_async.models._rows import Rows
from finicity_async.models._values import Instant, NumericId


class InstitutionAddress(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Where an institution is.

    Source: schema InstitutionAddress, spec 1.42.0.
    """

    city: str | None = None
    """City."""
    state: str | None = None
    """State, as a code of two letters."""
    country: str | None = None
    """Country, as a code of two or three letters."""
    postal_code: str | None = None
    """ZIP code."""
    address_line1: str | None = None
    """Street and number."""
    address_line2: str | None = None
    """What does not fit in the first line."""


class Branding(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Logos of an institution, as links to SVG files, and its color.

    Source: schema Branding, spec 1.42.0.
    """

    logo: str | None = None
    """Logo for a white background, 375 x 72."""
    alternate_logo: str | None = None
    """Logo for a colored background, 375 x 72."""
    icon: str | None = None
    """Icon for search results, 40 x 40."""
    primary_color: str | None = None
    """Main color in hexadecimal, for example ``"#0167AE"``."""
    tile: str | None = None
    """Logo with the name, 160 x 72; popular banks have one."""


class BrandingWrapper(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The branding of one institution.

    Source: schema BrandingWrapper, spec 1.42.0.
    """

    branding: Branding
    """Logos and color."""


class InstitutionProductionStatus(Record, frozen=True, kw_only=True, rename="camel"):
    """
    How the products work at an institution: beta data that the vendor says to ignore; go by ``status``.

    Source: schema InstitutionProductionStatus, spec 1.42.0.
    """

    overall_status: str | None = None
    """``"online"``, ``"offline"``, ``"maintenance"``, ``"testing"`` or ``"investigating"``; an open set."""
    trans_agg: str | None = None
    """State of transactions."""
    state_agg: str | None = None
    """State of statements."""
    voa: str | None = None
    """State of verification of assets."""
    voi: str | None = None
    """State of verification of income."""
    ach: str | None = None
    """State of account and routing numbers."""
    aha: str | None = None
    """State of account history."""


class Institution(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An institution that customers can connect, with all that is needed to show and to choose it.

    Only ``id`` is sure to come.

    Source: schema Institution, spec 1.42.0.
    """

    id: NumericId
    """Vendor ID, a number here and text in the records of accounts."""
    name: str | None = None
    """Name."""
    trans_agg: bool | None = None
    """Certified for transactions."""
    ach: bool | None = None
    """Certified for account and routing numbers (ACH)."""
    state_agg: bool | None = None
    """Certified for statements."""
    voi: bool | None = None
    """Certified for verification of income."""
    voa: bool | None = None
    """Certified for verification of assets."""
    aha: bool | None = None
    """Certified for account history."""
    avail_balance: bool | None = None
    """Certified for balance checks."""
    account_owner: bool | None = None
    """Certified for account owners."""
    student_loan_data: bool | None = None
    """Certified for student loans."""
    loan_payment_details: bool | None = None
    """Certified for loan payment details."""
    display_name: str | None = None
    """Name to show to customers."""
    liability_data: bool | None = None
    """Certified for liabilities."""
    bill_pay_data: bool | None = None
    """Certified for bill payments."""
    account_type_description: str | None = None
    """What it offers, for example ``"Banking"`` or ``"Workplace Retirement"``."""
    phone: str | None = None
    """Telephone number."""
    url_home_app: str | None = None
    """Home page."""
    url_logon_app: str | None = None
    """Page where customers sign in."""
    oauth_enabled: bool | None = None
    """Whether customers sign in on the institution's own pages (OAuth)."""
    url_forgot_password: str | None = None
    """Page for forgotten passwords."""
    url_online_registration: str | None = None
    """Page where customers sign up for online access."""
    class_: str | None = None
    """Kind of institution, for example ``"retirement"``; an open set."""
    special_text: str | None = None
    """What to tell customers before they sign in."""
    time_zone: str | None = None
    """Time zone, for example ``"America/Denver"``."""
    special_instructions: tuple[str, ...] = ()
    """What customers have to permit on the institution's pages (OAuth)."""
    special_instructions_title: str | None = None
    """Heading of the instructions."""
    address: InstitutionAddress | None = None
    """Where it is."""
    currency: str | None = None
    """Currency code, for example ``"USD"``."""
    email: str | None = None
    """Address for questions."""
    status: str | None = None
    """One of ``"online"``, ``"offline"``, ``"maintenance"``, ``"testing"``, ``"beta"``, ``"validated"`` and
    ``"migrating"``; an open set."""
    new_institution_id: NumericId | None = None
    """Institution that this one moves to; connect new customers there."""
    branding: Branding | None = None
    """Logos and color."""
    production_status: InstitutionProductionStatus | None = None
    """State of each product; beta data."""
    oauth_institution_id: NumericId | None = None
    """The OAuth institution that replaces this one."""


class Institutions(Record, Rows[Institution], frozen=True, kw_only=True, rename="camel"):
    """
    A page of institutions, a sequence.

    Source: schema Institutions, spec 1.42.0.
    """

    found: int | None = None
    """How many institutions there are on all pages."""
    displaying: int | None = None
    """How many the vendor says are on this page; ``len`` counts them."""
    more_available: bool | None = None
    """Whether another page follows."""
    created_date: Instant | None = None
    """When the vendor made this page."""
    institutions: tuple[Institution, ...]
    """The institutions of this page."""


class InstitutionWrapper(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One institution.

    Source: schema InstitutionWrapper, spec 1.42.0.
    """

    institution: Institution
    """The institution."""


class InstitutionCountryCode(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A country that an institution serves.

    Source: an inline schema, spec 1.42.0.
    """

    country_code: str | None = None
    """Code of two or three letters."""


class InstitutionsWithRoutingNumber(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An institution that a routing number belongs to; every member is optional.

    Source: schema InstitutionsWithRoutingNumber, spec 1.42.0.
    """

    id: NumericId | None = None
    """Vendor ID, a number here and text in the records of accounts."""
    name: str | None = None
    """Name."""
    trans_agg: bool | None = None
    """Certified for transactions."""
    ach: bool | None = None
    """Certified for account and routing numbers (ACH)."""
    state_agg: bool | None = None
    """Certified for statements."""
    voi: bool | None = None
    """Certified for verification of income."""
    voa: bool | None = None
    """Certified for verification of assets."""
    aha: bool | None = None
    """Certified for account history."""
    avail_balance: bool | None = None
    """Certified for balance checks."""
    account_owner: bool | None = None
    """Certified for account owners."""
    student_loan_data: bool | None = None
    """Certified for student loans."""
    loan_payment_details: bool | None = None
    """Certified for loan payment details."""
    payment_initiation: bool | None = None
    """Certified for payments."""
    bill_pay_data: bool | None = None
    """Certified for bill payments."""
    liability_data: bool | None = None
    """Certified for liabilities."""
    account_type_description: str | None = None
    """What it offers, for example ``"Banking"`` or ``"Workplace Retirement"``."""
    phone: str | None = None
    """Telephone number."""
    url_home_app: str | None = None
    """Home page."""
    url_logon_app: str | None = None
    """Page where customers sign in."""
    oauth_enabled: bool | None = None
    """Whether customers sign in on the institution's own pages (OAuth)."""
    url_forgot_password: str | None = None
    """Page for forgotten passwords."""
    url_online_registration: str | None = None
    """Page where customers sign up for online access."""
    class_: str | None = None
    """Kind of institution, for example ``"retirement"``; an open set."""
    special_text: str | None = None
    """What to tell customers before they sign in."""
    time_zone: str | None = None
    """Time zone, for example ``"America/Denver"``."""
    special_instructions: tuple[str, ...] = ()
    """What customers have to permit on the institution's pages (OAuth)."""
    special_instructions_title: str | None = None
    """Heading of the instructions."""
    address: InstitutionAddress | None = None
    """Where it is."""
    currency: str | None = None
    """Currency code, for example ``"USD"``."""
    email: str | None = None
    """Address for questions."""
    status: str | None = None
    """One of ``"online"``, ``"offline"``, ``"maintenance"``, ``"testing"``, ``"beta"``, ``"validated"`` and
    ``"migrating"``; an open set."""
    new_institution_id: NumericId | None = None
    """Institution that this one moves to; connect new customers there."""
    branding: Branding | None = None
    """Logos and color."""
    display_name: str | None = None
    """Name to show to customers."""
    oauth_institution_id: NumericId | None = None
    """The OAuth institution that replaces this one."""
    country_codes: tuple[InstitutionCountryCode, ...] = ()
    """The countries that it serves."""
    overall_status_temp: str | None = None
    """State of the institution for now; beta data."""
    trans_agg_status: str | None = msgspec.field(default=None, name="transAgg_status")
    """State of transactions; beta data."""
    voa_status: str | None = msgspec.field(default=None, name="voa_status")
    """State of verification of assets; beta data."""
    voi_status: str | None = msgspec.field(default=None, name="voi_status")
    """State of verification of income; beta data."""
    state_agg_status: str | None = msgspec.field(default=None, name="stateAgg_status")
    """State of statements; beta data."""
    ach_status: str | None = msgspec.field(default=None, name="ach_status")
    """State of account and routing numbers; beta data."""
    aha_status: str | None = msgspec.field(default=None, name="aha_status")
    """State of account history; beta data."""


class InstitutionsByRoutingNumber(
    Record, Rows[InstitutionsWithRoutingNumber], frozen=True, kw_only=True, rename="camel"
):
    """
    The institutions that a routing number belongs to, a sequence.

    Source: an inline schema, spec 1.42.0.
    """

    found: int | None = None
    """How many institutions there are on all pages."""
    displaying: int | None = None
    """How many the vendor says are on this page; ``len`` counts them."""
    more_available: bool | None = None
    """Whether another page follows."""
    created_date: Instant | None = None
    """When the vendor made this page."""
    institutions: tuple[InstitutionsWithRoutingNumber, ...] = ()
    """The institutions of this page."""
