"""Registered applications on the wire."""

from finicity_async.models._masked import Masked
from finicity_async.models._record import Record
from finicity_async.models._rows import Rows
from finicity_async.models._values import Instant, NumericId


class Application(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    An application as it is registered, or changed: every member is required, whichever of them changes.

    ``repr`` shows none of it: the owner may be a person, and the logo has up to 50 kB.

    Source: schema Application, spec 1.42.0.
    """

    app_description: str
    """What it does, in a sentence; customers read it at the institution."""
    app_name: str
    """Its name."""
    app_url: str
    """Its home page; customers see it at the institution."""
    owner_address_line1: str
    """Street and number of the company that owns it. The members of the owner are not shown to customers."""
    owner_address_line2: str
    """What does not fit in the first line; ``""`` for nothing."""
    owner_city: str
    """City of the owner."""
    owner_country: str
    """Country of the owner, for example ``"USA"``."""
    owner_name: str
    """Name of the owner."""
    owner_postal_code: str
    """ZIP code of the owner."""
    owner_state: str
    """State of the owner, for example ``"UT"``."""
    image: str
    """Its logo: a square SVG of less than 50 kB, in Base64."""


class RegisteredApplication(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A registration that was handed in.

    Source: schema RegisteredApplication, spec 1.42.0.
    """

    pre_app_id: NumericId
    """Vendor ID of the registration, with which it is found and changed; not the ID of the application."""
    status: str | None = None
    """``"P"`` while it waits for approval, ``"A"`` approved, ``"R"`` rejected, ``"S"`` none is needed; an open set."""


class AppFinancialInstitutionStatus(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Whether an institution has registered an application.

    Source: schema AppFinancialInstitutionStatus, spec 1.42.0.
    """

    id: NumericId
    """Vendor ID of the institution, a number here."""
    abbrv_name: str | None = None
    """Short name of the application."""
    logo_url: str | None = None
    """Link to a logo."""
    decryption_key_activated: bool | None = None
    """Whether the keys of the registration are active."""
    created_date: Instant | None = None
    """When the registration at the institution began."""
    last_modified_date: Instant | None = None
    """When it last changed."""
    status: bool | None = None
    """Whether the institution has registered it; False while it has not yet."""


class AppStatus(Record, frozen=True, kw_only=True, rename="camel"):
    """
    How far the registration of an application is.

    Source: schema AppStatus, spec 1.42.0.
    """

    partner_id: str | None = None
    """The partner."""
    pre_app_id: str | None = None
    """Vendor ID of the registration; text here."""
    note: str | None = None
    """A note of the vendor, for example why it was rejected."""
    application_id: str | None = None
    """Vendor ID of the application, once it is approved; customers are assigned to it."""
    app_name: str | None = None
    """Its name."""
    submitted_date: Instant | None = None
    """When it was handed in."""
    modified_date: Instant | None = None
    """When the registration last changed, by the partner or the vendor."""
    status: str | None = None
    """``"P"`` while it waits for approval, ``"A"`` approved, ``"R"`` rejected, ``"S"`` none is needed; an open set."""
    scopes: str | None = None
    """What data it may read, for example ``"Account Info"``."""
    institution_details: tuple[AppFinancialInstitutionStatus, ...] = ()
    """The institutions that register applications, each with its status."""


class AppStatuses(Record, Rows[AppStatus], frozen=True, kw_only=True, rename="camel"):
    """
    A page of registrations, a sequence.

    Source: schema AppStatuses, spec 1.42.0.
    """

    total_records: int | None = None
    """How many registrations there are on all pages."""
    total_pages: int | None = None
    """How many pages there are."""
    page_number: int | None = None
    """Which page this is, from 1."""
    number_of_records_per_page: int | None = None
    """How many registrations a page has at most."""
    applications: tuple[AppStatus, ...]
    """The registrations of this page."""

    @property
    def found(self) -> int | None:
        """How many registrations there are on all pages, as other pages name it."""
        return self.total_records

    @property
    def more_available(self) -> bool | None:
        """Whether another page follows; None where the vendor does not say which page this is of how many."""
        if self.page_number is None or self.total_pages is None:
            return None
        return self.page_number < self.total_pages


class App(Record, frozen=True, kw_only=True, rename="camel"):
    """
    How far the registration of an application is; every member is optional.

    Source: schema App, spec 1.42.0.
    """

    pre_app_id: NumericId | None = None
    """Vendor ID of the registration; a number here."""
    application_id: str | None = None
    """Vendor ID of the application, once it is approved; customers are assigned to it."""
    status: str | None = None
    """``"P"`` while it waits for approval, ``"A"`` approved, ``"R"`` rejected, ``"D"`` deleted, ``"S"`` none is needed;
    an open set."""
    name: str | None = None
    """Its name."""
    scopes: str | None = None
    """What data it may read, for example ``"Account Number, Account Info"``."""
    note: str | None = None
    """A note of the vendor, for example why it was rejected."""
    created_date: Instant | None = None
    """When the registration was made."""
    modified_date: Instant | None = None
    """When it last changed."""
    submitted_date: Instant | None = None
    """When it was handed in."""


class ApplicationResponse(Record, Rows[App], frozen=True, kw_only=True, rename="camel"):
    """
    A page of registrations, a sequence.

    Source: schema ApplicationResponse, spec 1.42.0.
    """

    found: int | None = None
    """How many registrations there are on all pages."""
    displaying: int | None = None
    """How many the vendor says are on this page; ``len`` counts them."""
    more_available: bool | None = None
    """Whether another page follows."""
    applications: tuple[App, ...] = ()
    """The registrations of this page."""


class FinancialInstitution(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Whether an institution has registered an application; every member is optional.

    Source: schema FinancialInstitution, spec 1.42.0.
    """

    institution_id: NumericId | None = None
    """Vendor ID of the institution, a number here."""
    institution_name: str | None = None
    """Its name."""
    status: bool | None = None
    """Whether it has registered the application; False while it has not yet."""
    created_date: Instant | None = None
    """When the registration at the institution began."""
    modified_date: Instant | None = None
    """When it last changed."""


class InstitutionResponse(Record, Rows[FinancialInstitution], frozen=True, kw_only=True, rename="camel"):
    """
    A page of the institutions that register an application, a sequence.

    Source: schema InstitutionResponse, spec 1.42.0.
    """

    found: int | None = None
    """How many institutions there are on all pages."""
    displaying: int | None = None
    """How many the vendor says are on this page; ``len`` counts them."""
    more_available: bool | None = None
    """Whether another page follows."""
    institutions: tuple[FinancialInstitution, ...] = ()
    """The institutions of this page."""
