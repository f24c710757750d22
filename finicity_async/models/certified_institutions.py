"""Institutions on the wire, with the products for which they are certified."""

import msgspec

from finicity_async.models._record import Record
from finicity_async.models._rows import Rows
from finicity_async.models._values import Instant, NumericId
from finicity_async.models.institutions import InstitutionProductionStatus


class CertifiedInstitution(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An institution, and for which products it is certified.

    Only ``id`` is sure to come.

    Source: schema CertifiedInstitution, spec 1.42.0.
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
    liability_data: bool | None = None
    """Certified for liabilities."""
    bill_pay_data: bool | None = None
    """Certified for bill payments."""
    oauth_enabled: bool | None = None
    """Whether customers sign in on the institution's own pages (OAuth)."""
    production_status: InstitutionProductionStatus | None = None
    """State of each product; beta data."""


class CertifiedInstitutions(Record, Rows[CertifiedInstitution], frozen=True, kw_only=True, rename="camel"):
    """
    A page of institutions with their certifications, a sequence.

    Source: schema CertifiedInstitutions, spec 1.42.0.
    """

    found: int | None = None
    """How many institutions there are on all pages."""
    displaying: int | None = None
    """How many the vendor says are on this page; ``len`` counts them."""
    more_available: bool | None = None
    """Whether another page follows."""
    requested_date: Instant | None = None
    """When the vendor made this page."""
    institutions: tuple[CertifiedInstitution, ...]
    """The institutions of this page."""


class ChildInstitution(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A branch or brand of an institution, in the register of the Federal Reserve.

    Source: schema ChildInstitution, spec 1.42.0.
    """

    rssd: NumericId | None = None
    """Identifier at the Federal Reserve, ten digits at most."""
    parent_rssd: NumericId | None = msgspec.field(default=None, name="parentRSSD")
    """Identifier of the institution above it."""
    name: str | None = None
    """Name."""
    institution_id: NumericId | None = None
    """Vendor ID of the institution."""


class CertifiedInstitutionWithRssd(CertifiedInstitution, frozen=True, kw_only=True, rename="camel"):
    """
    An institution with its certifications and its identifier at the Federal Reserve.

    Source: an inline schema, spec 1.42.0.
    """

    rssd: NumericId | None = None
    """Identifier at the Federal Reserve, ten digits at most."""
    child_institutions: tuple[ChildInstitution, ...] = ()
    """Its branches and brands."""


class CertifiedInstitutionsWithRssd(
    Record, Rows[CertifiedInstitutionWithRssd], frozen=True, kw_only=True, rename="camel"
):
    """
    A page of institutions with their identifiers at the Federal Reserve, a sequence.

    Source: schema CertifiedInstitutionsWithRssd, spec 1.42.0.
    """

    found: int | None = None
    """How many institutions there are on all pages."""
    displaying: int | None = None
    """How many the vendor says are on this page; ``len`` counts them."""
    more_available: bool | None = None
    """Whether another page follows."""
    requested_date: Instant | None = None
    """When the vendor made this page."""
    institutions: tuple[CertifiedInstitutionWithRssd, ...]
    """The institutions of this page."""
