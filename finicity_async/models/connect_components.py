"""Connect Components on the wire: logins whose pages are the partner's own, with the vendor's SDK in them."""

import msgspec

from finicity_async.models._masked import Masked
from finicity_async.models._record import Record
from finicity_async.models._values import Identifier, IsoInstant

# Requests


class ServiceAgreement(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    That the customer has accepted the terms and conditions.

    Source: schema ServiceAgreement, spec 1.42.0.
    """

    language: str
    """Language in which they were shown, for example ``"en"``."""
    accepted_date: IsoInstant
    """When the customer accepted them; goes out as ISO text."""


class OAuthUrlParameters(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a link to an institution's own sign-in is made from; masked in ``repr``.

    Source: an inline schema, spec 1.42.0.
    """

    redirect_uri: str = msgspec.field(name="redirectURI")
    """Where the browser is sent after the sign-in, at most 1,024 characters."""
    customer_id: str
    """The customer who signs in."""
    configuration_id: str | None = None
    """A configuration of the partner's."""
    service_agreement: ServiceAgreement
    """That the customer has accepted the terms."""


class LoginFormParameters(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a login form is made from; masked in ``repr``.

    Source: an inline schema, spec 1.42.0.
    """

    language: str
    """Language of the form: ``"en"``, ``"en-us"``, ``"es"``, ``"es-us"``, ``"fr"`` or ``"fr-ca"``."""
    customer_id: str
    """The customer who signs in."""
    configuration_id: str | None = None
    """A configuration of the partner's."""
    service_agreement: ServiceAgreement
    """That the customer has accepted the terms."""


class ConfigurationParameters(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a configuration is made from.

    Source: an inline schema, spec 1.42.0.
    """

    filter_accounts: tuple[str, ...] = ()
    """Types of the accounts that are activated, for example ``"Checking"``; institutions with a login form alone."""
    account_classification_type: tuple[str, ...] = ()
    """``"personal"``, ``"business"`` and ``"unknown"``; institutions with a sign-in of their own (OAuth) alone."""
    ao_required: bool | None = None
    """True refuses a login whose owner does not share the owner's details; OAuth alone."""


# Responses


class OAuthUrl(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A link to an institution's own sign-in; ``repr`` shows neither the link nor the event stream.

    Source: an inline schema, spec 1.42.0.
    """

    id: Identifier
    """ID of the session."""
    url: str | None = None
    """The link; open it in the customer's browser."""
    event_stream_id: str | None = None
    """Through which the SDK hears how the session goes."""

    _hidden = frozenset({"url", "event_stream_id"})


class LoginFormElement(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A field of a login form, which the SDK shows: what is typed into it never reaches the partner.

    Source: an inline schema, spec 1.42.0.
    """

    id: Identifier
    """ID of the field in this session."""
    label: str | None = None
    """Its name for people, for example ``"Username"``."""
    sort_order: int | None = None
    """Its place in the form, from 0."""


class LoginForm(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A form with which a customer signs in at an institution; ``repr`` does not show the event stream.

    Source: an inline schema, spec 1.42.0.
    """

    id: Identifier
    """ID of the session."""
    event_stream_id: str | None = None
    """Through which the SDK hears how the session goes."""
    elements: tuple[LoginFormElement, ...]
    """The fields."""

    _hidden = frozenset({"event_stream_id"})


class MfaChallenge(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A question that the institution asks before it lets a customer in; ``repr`` does not show the event stream.

    Source: an inline schema, spec 1.42.0.
    """

    id: Identifier
    """ID of the question."""
    mfa_type: str | None = None
    """``"TFA_TEXT"``, ``"TFA_CHOICE"``, ``"TFA_MULTI"`` (several images) or ``"TFA_IMAGE"``; an open set."""
    prompt: str | None = None
    """The question."""
    choice_ids: tuple[str, ...] = ()
    """IDs of the possible answers."""
    event_stream_id: str | None = None
    """Through which the SDK hears how the session goes; required by the document without declaring it."""

    _hidden = frozenset({"event_stream_id"})


class MfaChallenges(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The questions that have to be answered before a login goes on.

    Source: an inline schema, spec 1.42.0.
    """

    mfa_challenges: tuple[MfaChallenge, ...] = ()
    """The questions."""


class Configuration(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What changes the course of a login.

    Source: schema Configuration, spec 1.42.0.
    """

    id: str | None = None
    """ID of the configuration, which links and login forms take."""
    filter_accounts: tuple[str, ...] = ()
    """Types of the accounts that are activated; institutions with a login form alone."""
    account_classification_type: tuple[str, ...] = ()
    """``"personal"``, ``"business"`` and ``"unknown"``; institutions with a sign-in of their own (OAuth) alone."""
    ao_required: bool | None = None
    """Whether a login is refused whose owner does not share the owner's details; OAuth alone."""
