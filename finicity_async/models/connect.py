"""Connect on the wire: links, what they are made from, and experiences."""

import re
from datetime import datetime, timedelta
from typing import Any, NoReturn

import msgspec

from finicity_async.models._masked import Masked
from finicity_async.models._record import Record
from finicity_async.models._values import EPOCH, Instant

_TTL = re.compile(r"[?&]ttl=(\d{12,14})(?!\d)", re.ASCII)
"""Expiry of a link in Unix milliseconds; a number with more or fewer digits is none."""


class _Secret(Record, frozen=True, kw_only=True, rename="camel"):
    """A record whose ``link`` is a secret: whoever has it acts for the customer."""

    _hidden = frozenset({"link"})

    @property
    def expires_at(self) -> datetime | None:
        """When the link expires, from its own ``ttl``: two hours after it was made. None if it has none."""
        found = _TTL.search(getattr(self, "link", None) or "")
        return EPOCH + timedelta(milliseconds=int(found[1])) if found else None

    def __reduce_ex__(self, _: object) -> NoReturn:
        """Refuse to be pickled: a pickle would carry the link in the clear."""
        raise TypeError(
            f"A {type(self).__name__} is a secret and cannot be pickled; hand over .link where that is meant"
        )


class _Link(_Secret, frozen=True, kw_only=True, rename="camel"):
    """A link to Connect that is sure to come."""

    link: str
    """The link itself, with a signature in it; masked in ``repr``."""


class OptionalLink(_Secret, frozen=True, kw_only=True, rename="camel"):
    """A link to Connect that the vendor does not promise, though nothing else comes."""

    link: str | None = None
    """The link itself, with a signature in it; masked in ``repr``."""


class ConnectUrl(_Link, frozen=True, kw_only=True, rename="camel"):
    """
    A link to Connect; open it in the customer's browser.

    Source: schema ConnectUrl, spec 1.42.0.
    """


class EmailOptions(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    An email with a link to Connect, sent and read; ``repr`` shows none of it.

    Source: schema EmailOptions, spec 1.42.0.
    """

    to: str
    """Address of the person who gets it."""
    from_: str | None = None
    """Name or address of the sender."""
    support_phone: str | None = None
    """Telephone number for questions."""
    subject: str | None = None
    """Subject; None leaves the wording to the vendor."""
    first_name: str | None = None
    """How the person is addressed; both names for joint borrowers."""
    institution_name: str | None = None
    """Name of the partner's company."""
    institution_address: str | None = None
    """Address of the company, at the foot of the message."""
    signature: tuple[str, ...] = ()
    """Lines of the signature."""

    def __repr__(self) -> str:
        """Show none of the message."""
        return "EmailOptions(***)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show none of the message in rich's tracebacks and logs either."""
        return []


class ConnectEmailUrl(_Link, frozen=True, kw_only=True, rename="camel"):
    """
    A link to Connect that was sent by email.

    Source: schema ConnectEmailUrl, spec 1.42.0.
    """

    email_config: EmailOptions | None = None
    """The message as it was sent."""


class ConsumerInfo(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Who a consumer is; masked in ``repr``.

    Source: schema ConsumerInfo, spec 1.42.0.
    """

    ssn: str
    """Social security number, nine digits without hyphens."""
    dob: Instant | None = None
    """Day of birth, as the start of that day."""


class ReportCustomField(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    A field of the partner's in a report, sent and read.

    Source: schema ReportCustomField, spec 1.42.0.
    """

    label: str | None = None
    """Its name, for example ``"loanID"``."""
    value: str | None = None
    """Its value."""
    shown: bool | None = None
    """Whether the PDF shows it; None is yes."""


class Borrower(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    One of two borrowers who use a link together.

    Source: schema Borrower, spec 1.42.0.
    """

    customer_id: str
    """The customer."""
    consumer_id: str
    """The customer's consumer record."""
    type: str
    """``"primary"`` or ``"jointBorrower"``."""
    optional_consumer_info: ConsumerInfo | None = None
    """Pre-fills the payroll search."""


class ConnectParameters(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a link to Connect is made from.

    Source: schema ConnectParameters, spec 1.42.0.
    """

    language: str | None = None
    """Language of the pages: ``"es"``, ``"fr"``; None is English."""
    partner_id: str
    """The partner's ID."""
    customer_id: str
    """The customer who is to connect accounts."""
    consumer_id: str | None = None
    """The customer's consumer record, for experiences that end in a report."""
    redirect_uri: str | None = None
    """Where the browser is sent after the session."""
    webhook: str | None = None
    """URL on the partner's server that events are posted to."""
    webhook_content_type: str | None = None
    """Media type of the events; None is JSON."""
    webhook_data: dict[str, Any] | None = None
    """Members that come back in every event."""
    webhook_headers: dict[str, Any] | None = None
    """Headers that come with every event."""
    optional_consumer_info: ConsumerInfo | None = None
    """Pre-fills the payroll search."""
    single_use_url: bool | None = None
    """True expires the link after the first successful session."""
    experience: str | None = None
    """ID of an experience, or ``"default"``."""
    institution_settings: dict[str, Any] | None = None
    """Which institutions are shown."""
    from_date: Instant | None = None
    """Start of the transactions in a report."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields in a report, five at most."""
    is_hosted_in_mobile_app: bool | None = None
    """Whether a mobile app hosts the pages without the SDK."""
    is_web_view: bool | None = None
    """Whether a mobile app shows the pages in a web view."""


class LiteConnectParameters(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a link to one institution is made from.

    Source: schema LiteConnectParameters, spec 1.42.0.
    """

    language: str | None = None
    """Language of the pages: ``"es"``, ``"fr"``; None is English."""
    partner_id: str
    """The partner's ID."""
    customer_id: str
    """The customer who is to connect accounts."""
    institution_id: int
    """The institution, a number in this body."""
    redirect_uri: str | None = None
    """Where the browser is sent after the session."""
    webhook: str | None = None
    """URL on the partner's server that events are posted to."""
    webhook_content_type: str | None = None
    """Media type of the events; None is JSON."""
    webhook_data: dict[str, Any] | None = None
    """Members that come back in every event."""
    webhook_headers: dict[str, Any] | None = None
    """Headers that come with every event."""
    experience: str | None = None
    """ID of an experience, or ``"default"``."""
    single_use_url: bool | None = None
    """True expires the link after the first successful session."""
    is_hosted_in_mobile_app: bool | None = None
    """Whether a mobile app hosts the pages without the SDK."""
    is_web_view: bool | None = None
    """Whether a mobile app shows the pages in a web view."""


class FixConnectParameters(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a link that repairs a login is made from.

    Source: schema FixConnectParameters, spec 1.42.0.
    """

    language: str | None = None
    """Language of the pages: ``"es"``, ``"fr"``; None is English."""
    partner_id: str
    """The partner's ID."""
    customer_id: str
    """The customer who is to connect accounts."""
    institution_login_id: str
    """The login to repair."""
    redirect_uri: str | None = None
    """Where the browser is sent after the session."""
    webhook: str | None = None
    """URL on the partner's server that events are posted to."""
    webhook_content_type: str | None = None
    """Media type of the events; None is JSON."""
    webhook_data: dict[str, Any] | None = None
    """Members that come back in every event."""
    webhook_headers: dict[str, Any] | None = None
    """Headers that come with every event."""
    experience: str | None = None
    """ID of an experience, or ``"default"``."""
    single_use_url: bool | None = None
    """True expires the link after the first successful session."""
    is_hosted_in_mobile_app: bool | None = None
    """Whether a mobile app hosts the pages without the SDK."""
    is_web_view: bool | None = None
    """Whether a mobile app shows the pages in a web view."""


class ConnectEmailParameters(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a link sent by email is made from.

    Source: schema ConnectEmailParameters, spec 1.42.0.
    """

    language: str | None = None
    """Language of the pages: ``"es"``, ``"fr"``; None is English."""
    partner_id: str
    """The partner's ID."""
    customer_id: str
    """The customer who is to connect accounts."""
    consumer_id: str
    """The customer's consumer record."""
    redirect_uri: str | None = None
    """Where the browser is sent after the session."""
    webhook: str | None = None
    """URL on the partner's server that events are posted to."""
    webhook_content_type: str | None = None
    """Media type of the events; None is JSON."""
    webhook_data: dict[str, Any] | None = None
    """Members that come back in every event."""
    webhook_headers: dict[str, Any] | None = None
    """Headers that come with every event."""
    institution_settings: dict[str, Any] | None = None
    """Which institutions are shown."""
    email: EmailOptions
    """The message."""
    experience: str | None = None
    """ID of an experience, or ``"default"``."""
    single_use_url: bool | None = None
    """True expires the link after the first successful session."""
    from_date: Instant | None = None
    """Start of the transactions in a report."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields in a report, five at most."""
    optional_consumer_info: ConsumerInfo | None = None
    """Pre-fills the payroll search."""


class ConnectJointBorrowerParameters(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a link for two borrowers is made from.

    Source: schema ConnectJointBorrowerParameters, spec 1.42.0.
    """

    language: str | None = None
    """Language of the pages: ``"es"``, ``"fr"``; None is English."""
    partner_id: str
    """The partner's ID."""
    borrowers: tuple[Borrower, ...]
    """The primary borrower and the joint one."""
    redirect_uri: str | None = None
    """Where the browser is sent after the session."""
    webhook: str | None = None
    """URL on the partner's server that events are posted to."""
    webhook_content_type: str | None = None
    """Media type of the events; None is JSON."""
    webhook_data: dict[str, Any] | None = None
    """Members that come back in every event."""
    webhook_headers: dict[str, Any] | None = None
    """Headers that come with every event."""
    institution_settings: dict[str, Any] | None = None
    """Which institutions are shown."""
    experience: str | None = None
    """ID of an experience, or ``"default"``."""
    from_date: Instant | None = None
    """Start of the transactions in a report."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields in a report, five at most."""
    single_use_url: bool | None = None
    """True expires the link after the first successful session."""


class ConnectJointBorrowerEmailParameters(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a link for two borrowers, sent by email, is made from.

    Source: schema ConnectJointBorrowerEmailParameters, spec 1.42.0.
    """

    language: str | None = None
    """Language of the pages: ``"es"``, ``"fr"``; None is English."""
    partner_id: str
    """The partner's ID."""
    borrowers: tuple[Borrower, ...]
    """The primary borrower and the joint one."""
    redirect_uri: str | None = None
    """Where the browser is sent after the session."""
    webhook: str | None = None
    """URL on the partner's server that events are posted to."""
    webhook_content_type: str | None = None
    """Media type of the events; None is JSON."""
    webhook_data: dict[str, Any] | None = None
    """Members that come back in every event."""
    webhook_headers: dict[str, Any] | None = None
    """Headers that come with every event."""
    institution_settings: dict[str, Any] | None = None
    """Which institutions are shown."""
    email: EmailOptions
    """The message."""
    experience: str
    """ID of an experience, or ``"default"``."""
    from_date: Instant | None = None
    """Start of the transactions in a report."""
    report_custom_fields: tuple[ReportCustomField, ...] = ()
    """The partner's own fields in a report, five at most."""
    single_use_url: bool | None = None
    """True expires the link after the first successful session."""


class Experiences(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One experience: how Connect looks and what it asks for.

    Source: schema Experiences, spec 1.42.0.
    """

    id: str | None = None
    """The experience's ID, a UUID; what ``experience`` takes."""
    app_name: str | None = None
    """The registered application that it belongs to."""
    product_code: tuple[str, ...] = ()
    """Codes of the products that it uses, for example ``"AO"``."""


class IndirectPartnerRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    For whom an experience is copied.

    Source: schema IndirectPartnerRequest, spec 1.42.0.
    """

    indirect_partner_id: int
    """The partner who works through this one."""


class CreateExperience(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An experience that was copied.

    Source: schema CreateExperience, spec 1.42.0.
    """

    experience_id: str | None = None
    """The copy's ID, a UUID."""


class MicroEntryVerifyRequestParameter(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a link to the page that asks for the amounts of micro deposits is made from.

    Source: schema MicroEntryVerifyRequestParameter, spec 1.42.0.
    """

    partner_id: str | None = None
    """The partner's ID."""
    customer_id: str | None = None
    """The customer who got the deposits."""
    redirect_uri: str | None = None
    """Where the browser is sent after the session."""
    webhook: str | None = None
    """URL on the partner's server that events are posted to."""
    webhook_content_type: str | None = None
    """Media type of the events; None is JSON."""
    webhook_data: dict[str, Any] | None = None
    """Members that come back in every event."""
    webhook_headers: dict[str, Any] | None = None
    """Headers that come with every event."""
    experience: str | None = None
    """ID of an experience, or ``"default"``."""
    account_id: str | None = None
    """The account that the deposits went to."""
