"""Consents to share data, on the wire."""

from finicity_async.models._record import Record
from finicity_async.models._rows import Rows
from finicity_async.models._values import Identifier, Instant


class DisclosureDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A third party to whom data was disclosed.

    Source: schema DisclosureDetails, spec 1.42.0.
    """

    type: str | None = None
    """What kind of third party."""
    name: str | None = None
    """Name of the third party."""


class ConsentStatusDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Whether a consent holds.

    Source: schema ConsentStatusDetails, spec 1.42.0.
    """

    status: str | None = None
    """``"ACTIVE"`` while one institution is, ``"INACTIVE"`` afterwards; an open set."""
    status_date: Instant | None = None
    """When the status last changed."""


class ConsentAccountDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An account that a consent covers.

    Source: schema ConsentAccountDetails, spec 1.42.0.
    """

    id: Identifier
    """Vendor ID of the account."""
    real_account_number_last4: str | None = None
    """The last four digits of the account number."""
    type: str | None = None
    """Account type, for example ``"mortgage"``; an open set."""
    name: str | None = None
    """Name that the institution gives the account."""
    status: str | None = None
    """``"ACTIVE"``, or ``"INACTIVE"`` once the account is removed; an open set."""


class DataHandling(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What happens to the data after the end of the access.

    Source: schema DataHandling, spec 1.42.0.
    """

    post_usage_storage: str | None = None
    """What is done with the data, for example ``"deIdentification"``."""
    statement: str | None = None
    """What the partner uses such data for."""


class InstitutionArrangementStatusDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Whether the access to one institution holds.

    Source: schema InstitutionArrangementStatusDetails, spec 1.42.0.
    """

    status: str | None = None
    """``"ACTIVE"``, ``"REVOKED"`` or ``"EXPIRED"``; an open set."""
    status_date: Instant | None = None
    """When the status last changed."""


class InstitutionArrangementAccessPeriod(Record, frozen=True, kw_only=True, rename="camel"):
    """
    From when until when the data of one institution may be read.

    Source: schema InstitutionArrangementAccessPeriod, spec 1.42.0.
    """

    start_date: Instant | None = None
    """Beginning."""
    end_date: Instant | None = None
    """End."""


class DataScope(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A kind of data that a consent covers.

    Source: an inline schema, spec 1.42.0.
    """

    id: str | None = None
    """Name of the kind, for example ``"ACCOUNT_BASIC"``."""
    name: str | None = None
    """What it holds."""


class InstitutionInfo(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The access to one institution under a consent.

    Source: schema InstitutionInfo, spec 1.42.0.
    """

    institution_id: str | None = None
    """Vendor ID of the institution, as text."""
    institution_login_id: str | None = None
    """Vendor ID of the customer's login there, as text."""
    institution_name: str | None = None
    """Name of the institution."""
    accounts: tuple[ConsentAccountDetails, ...] = ()
    """The accounts."""
    created_date: Instant | None = None
    """When the institution was added to the consent."""
    data_handling: DataHandling | None = None
    """What happens to the data afterwards."""
    last_updated_by: str | None = None
    """Who last changed the status: ``"CUSTOMER"``, ``"PARTNER"``, ``"INSTITUTION"``, ``"SYSTEM"`` (it expired) or
    ``"INTERNAL"``; an open set."""
    status_details: InstitutionArrangementStatusDetails | None = None
    """Whether it holds, and since when."""
    access_period: InstitutionArrangementAccessPeriod | None = None
    """From when until when."""
    is_business_consumer_statement: str | None = None
    """``"true"`` if the customer declared to act for a business; text on the wire."""
    account_owner_category: str | None = None
    """``"INDIVIDUAL"`` or ``"BUSINESS"``; an open set."""
    data_scopes: tuple[DataScope, ...] = ()
    """The kinds of data."""


class ConsentAccessPeriod(Record, frozen=True, kw_only=True, rename="camel"):
    """
    From when until when data may be read under a consent: the longest period of its institutions.

    Source: schema ConsentAccessPeriod, spec 1.42.0.
    """

    start_date: Instant | None = None
    """Beginning."""
    end_date: Instant | None = None
    """End."""


class DataSharingConsentReceipt(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A consent: which institutions a customer lets the partner read, for what, and how long.

    Source: schema DataSharingConsentReceipt, spec 1.42.0.
    """

    consent_receipt_id: str
    """ID of the consent, a UUID."""
    receipt_version: int | None = None
    """Number of the latest version, from 1."""
    customer_id: str | None = None
    """Vendor ID of the customer."""
    customer_category: str | None = None
    """``"INDIVIDUAL"`` or ``"BUSINESS"``; an open set."""
    purpose: str | None = None
    """What the data is for, for example ``"Lending"``."""
    purpose_statement: str | None = None
    """The purpose in a sentence."""
    application_id: str | None = None
    """ID of the registered application."""
    application_name: str | None = None
    """Name of the application."""
    context: str | None = None
    """``"partner"``, or ``"crossPartner"`` for data shared with another partner."""
    allowed_trnx_history_in_days: int | None = None
    """How many days before its beginning the consent reaches back, 0 to 365."""
    created_date: Instant | None = None
    """When the consent was given."""
    disclosures: tuple[DisclosureDetails, ...] = ()
    """Third parties to whom data was disclosed; empty in the US."""
    status_details: ConsentStatusDetails | None = None
    """Whether it holds, and since when."""
    institutions: tuple[InstitutionInfo, ...] = ()
    """The institutions."""
    access_period: ConsentAccessPeriod | None = None
    """From when until when."""


class DataSharingConsentReceipts(Record, Rows[DataSharingConsentReceipt], frozen=True, kw_only=True, rename="camel"):
    """
    A page of consents, a sequence.

    Source: schema DataSharingConsentReceipts, spec 1.42.0.
    """

    found: int | None = None
    """How many consents there are on all pages."""
    displaying: int | None = None
    """How many the vendor says are on this page; ``len`` counts them."""
    more_available: bool | None = None
    """Whether another page follows."""
    consents: tuple[DataSharingConsentReceipt, ...]
    """The consents of this page."""
