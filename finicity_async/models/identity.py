"""The owners of accounts on the wire, and how well given details match them."""

from decimal import Decimal

from finicity_async.models._masked import Masked
from finicity_async.models._record import Record
from finicity_async.models._rows import Rows
from finicity_async.models._values import Instant


class AccountOwner(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Name and address of the owner of an account, as the institution has them.

    Source: schema AccountOwner, spec 1.42.0.
    """

    owner_name: str | None = None
    """Name of the owner; several owners share one text, in the institution's own form."""
    owner_address: str | None = None
    """The whole address in one line."""
    as_of_date: Instant | None = None
    """When the institution was read."""


class AccountOwnerAddress(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An address of an owner.

    Source: schema AccountOwnerAddress, spec 1.42.0.
    """

    owner_address: str | None = None
    """The whole address in one line."""
    type: str | None = None
    """``"Home"``, ``"Business"`` or ``"Mailing"``; an open set."""
    line1: str | None = None
    """Street and number."""
    line2: str | None = None
    """Second line, for example a suite."""
    line3: str | None = None
    """Third line."""
    city: str | None = None
    """City."""
    state: str | None = None
    """State, two letters, for example ``"UT"``."""
    postal_code: str | None = None
    """ZIP code."""
    country: str | None = None
    """Country, two or three letters (ISO 3166-1)."""


class AccountOwnerEmail(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An e-mail address of an owner.

    Source: schema AccountOwnerEmail, spec 1.42.0.
    """

    is_primary: bool | None = None
    """Whether it is the owner's main one."""
    email: str | None = None
    """The address."""
    email_type: str | None = None
    """``"Personal"`` or ``"Business"``; an open set."""


class AccountOwnerPhone(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A telephone number of an owner.

    Source: schema AccountOwnerPhone, spec 1.42.0.
    """

    type: str | None = None
    """``"HOME"``, ``"BUSINESS"``, ``"CELL"`` or ``"FAX"``; an open set."""
    country: str | None = None
    """Country calling code, for example ``"1"``."""
    phone: str | None = None
    """The number, in the institution's form."""


class AccountOwnerDocumentation(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Numbers of an owner's documents, which institutions in the US do not give; ``repr`` shows none of them.

    Source: schema AccountOwnerDocumentation, spec 1.42.0.
    """

    tax_id: str | None = None
    """Tax ID, for example a Canadian social insurance number."""
    tax_id_country: str | None = None
    """Country of ``tax_id``, two or three letters (ISO 3166-1)."""
    government_id: str | None = None
    """Number of a passport or driver's license."""

    _hidden = frozenset({"tax_id", "government_id"})


class DeviceScores(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Scores of the device with which the owner gave access.

    Source: schema DeviceScores, spec 1.42.0.
    """

    device_risk_factor: int | None = None
    """Risk of the request, from 1 (none or low) to 5 (high)."""
    device_insight_factor: int | None = None
    """Risk of the device, from 1 (none or low) to 5 (high)."""
    device_trust_factor: int | None = None
    """Trust in the device, the other way round: from 1 (none) to 5 (high)."""


class DeviceID(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Identifies a device.

    Source: schema DeviceID, spec 1.42.0.
    """

    u_device_id: str | None = None
    """The ID that was made for the device, for example ``"UDID-9284e12b"`` and more digits."""


class DeviceInfo(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What kind of device it is.

    Source: schema DeviceInfo, spec 1.42.0.
    """

    browser: str | None = None
    """Name of the browser, for example ``"Safari"``."""
    platform: str | None = None
    """Operating system, for example ``"iOS"``."""
    device_type: str | None = None
    """Kind of device, for example ``"iPhone"``."""


class DeviceDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Which device it is.

    Source: schema DeviceDetails, spec 1.42.0.
    """

    id: DeviceID | None = None
    """Its ID."""
    device_info: DeviceInfo | None = None
    """Its kind."""


class DeviceInsights(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What is known of the device with which the owner gave access.

    Source: schema DeviceInsights, spec 1.42.0.
    """

    scores: DeviceScores | None = None
    """Scores of the device."""
    details: DeviceDetails | None = None
    """The device itself."""


class AccountOwnerIdentityInsights(Record, frozen=True, kw_only=True, rename="camel"):
    """
    What a network of identity data knows of an owner's e-mail address, telephone, address and IP address.

    A count of days is 0 where the network has not seen what it counts from. What says how two things match is
    ``"match"``, ``"no-match"``, ``"not-found"`` or finer; the sets are open.

    Source: schema AccountOwnerIdentityInsights, spec 1.42.0.
    """

    request_ref_id: str | None = None
    """ID of this query, a UUID."""
    is_email_valid: bool | None = None
    """Whether the e-mail address is valid."""
    email_first_seen_days: Decimal | None = None
    """Days since the e-mail address was first seen."""
    email_domain_creation_date: str | None = None
    """When the domain of the e-mail address was made, in ISO form."""
    email_to_name: str | None = None
    """How the e-mail address matches the name."""
    ip_risk: bool | None = None
    """Whether the IP address is a risk."""
    ip_risk_score: Decimal | None = None
    """Risk of the IP address, from 0 to 1."""
    ip_last_seen_days: Decimal | None = None
    """Days since the IP address was last seen."""
    ip_geolocation_country_code: str | None = None
    """Country of the IP address, two letters."""
    ip_geolocation_subdivision: str | None = None
    """State or region of the IP address, for example ``"Oregon"``."""
    ip_phone_distance: Decimal | None = None
    """Miles from the IP address to the address of the telephone."""
    ip_address_distance: Decimal | None = None
    """Miles from the IP address to the address."""
    is_phone_valid: bool | None = None
    """Whether the telephone number is valid."""
    phone_line_type: str | None = None
    """Kind of line, for example ``"mobile"`` or ``"landline"``."""
    phone_carrier: str | None = None
    """Company that provides the line."""
    phone_country_code: str | None = None
    """Country of the telephone number, two letters."""
    phone_last_seen_days: Decimal | None = None
    """Days since the telephone number was last seen."""
    phone_email_first_seen_days: Decimal | None = None
    """Days since telephone number and e-mail address were first seen together."""
    phone_to_name: str | None = None
    """How the telephone number matches the name."""
    phone_to_address: str | None = None
    """How the telephone number matches the address."""
    address_validity_level: str | None = None
    """How far the address could be validated, for example ``"valid_to_city"``."""
    address_to_name: str | None = None
    """How the address matches the name."""
    email_risk: Decimal | None = None
    """Risk of the e-mail address."""
    identity_risk_score: Decimal | None = None
    """Risk of the whole identity; the higher, the riskier, for example 275."""
    device: DeviceInsights | None = None
    """What is known of the device."""
    warnings: tuple[str, ...] = ()
    """What could not be checked, in words."""
    alerts: tuple[str, ...] = ()
    """What is suspicious, in words."""


class AccountOwnerDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One owner of an account; institutions differ in how much of it they give.

    Source: schema AccountOwnerDetails, spec 1.42.0.
    """

    relationship: str | None = None
    """Relation to the account, for example ``"SOLE_OWNER"``, ``"PRIMARY_JOINT"`` or ``"AUTHORIZED_USER"``; open."""
    owner_name: str | None = None
    """The whole name; an institution may put several owners into it."""
    first_name: str | None = None
    """First name."""
    middle_name: str | None = None
    """Middle name or initial."""
    last_name: str | None = None
    """Last name."""
    suffix: str | None = None
    """What follows the name, for example ``"PhD"``."""
    name_classification: str | None = None
    """``"person"`` (also ``"personal"`` and ``"home"``), ``"business"`` or ``"other"``."""
    name_classificationconfidencescore: Decimal | None = None
    """Confidence in ``name_classification``, from 0 to 1; the odd spelling is the vendor's."""
    name_classification_confidence_score: Decimal | None = None
    """The same in the spelling of the document's list of required members; undeclared in this one."""
    addresses: tuple[AccountOwnerAddress, ...] = ()
    """The owner's addresses."""
    emails: tuple[AccountOwnerEmail, ...] = ()
    """The owner's e-mail addresses."""
    phones: tuple[AccountOwnerPhone, ...] = ()
    """The owner's telephone numbers."""
    documentations: tuple[AccountOwnerDocumentation, ...] = ()
    """Numbers of the owner's documents; none in the US."""
    identity_insights: AccountOwnerIdentityInsights | None = None
    """What a network of identity data knows; when it was asked for."""


class AccountOwnerHolders(Record, Rows[AccountOwnerDetails], frozen=True, kw_only=True, rename="camel"):
    """
    The owners of an account, a sequence.

    Source: schema AccountOwnerHolders, spec 1.42.0.
    """

    holders: tuple[AccountOwnerDetails, ...]
    """The owners, in the vendor's order."""


class AccountOwnerVerificationMatchingRequestName(
    Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """
    A name that is compared with the owners'; ``repr`` shows none of it.

    Source: schema AccountOwnerVerificationMatchingRequestName, spec 1.42.0.
    """

    first_name: str
    """First name."""
    middle_name: str | None = None
    """Middle name or initial."""
    last_name: str
    """Last name."""
    suffix: str | None = None
    """What follows the name, for example ``"PhD"``."""


class AccountOwnerVerificationMatchingRequestAddress(
    Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """
    An address that is compared with the owners'; ``repr`` shows none of it.

    Source: schema AccountOwnerVerificationMatchingRequestAddress, spec 1.42.0.
    """

    line1: str | None = None
    """Street and number."""
    line2: str | None = None
    """Second line, for example a suite."""
    line3: str | None = None
    """Third line."""
    city: str | None = None
    """City."""
    state: str | None = None
    """State, two letters, for example ``"UT"``."""
    country: str | None = None
    """Country, two letters (ISO 3166-1), for example ``"US"``."""
    postal_code: str | None = None
    """ZIP code."""
    type: str | None = None
    """Kind of address, for example ``"Home"`` or ``"Business"``."""


class AccountOwnerVerificationMatchingRequest(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What is compared with the owners of an account; ``repr`` shows none of it.

    Source: schema AccountOwnerVerificationMatchingRequest, spec 1.42.0.
    """

    owner_name: str | None = None
    """The whole name."""
    name: AccountOwnerVerificationMatchingRequestName
    """The name in its parts."""
    address: AccountOwnerVerificationMatchingRequestAddress | None = None
    """The address."""
    phone: str | None = None
    """The telephone number, digits alone, for example ``"8005551234"``."""
    email: str | None = None
    """The e-mail address."""


class NameScore(Record, frozen=True, kw_only=True, rename="camel"):
    """
    How well the parts of a name match, each from 0 to 100; None where there was nothing to compare.

    Source: schema NameScore, spec 1.42.0.
    """

    owner_name: int | None = None
    """The whole name."""
    first_name: int | None = None
    """First name."""
    middle_name: int | None = None
    """Middle name."""
    last_name: int | None = None
    """Last name."""
    suffix: int | None = None
    """Suffix."""


class AddressScore(Record, frozen=True, kw_only=True, rename="camel"):
    """
    How well the parts of an address match, each from 0 to 100; None where there was nothing to compare.

    Source: schema AddressScore, spec 1.42.0.
    """

    owner_address: int | None = None
    """The whole address."""
    type: int | None = None
    """Kind of address."""
    line1: int | None = None
    """First line."""
    line2: int | None = None
    """Second line."""
    line3: int | None = None
    """Third line."""
    city: int | None = None
    """City."""
    country: int | None = None
    """Country."""
    postal_code: int | None = None
    """ZIP code."""
    state: int | None = None
    """State."""


class AccountOwnerVerificationMatchingAddress(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An address of an owner, and how well the given one matches it.

    Source: schema AccountOwnerVerificationMatchingAddress, spec 1.42.0.
    """

    owner_address: str | None = None
    """The whole address in one line."""
    line1: str | None = None
    """Street and number."""
    line2: str | None = None
    """Second line, for example a suite."""
    line3: str | None = None
    """Third line."""
    city: str | None = None
    """City."""
    state: str | None = None
    """State, two letters."""
    country: str | None = None
    """Country, two letters (ISO 3166-1)."""
    postal_code: str | None = None
    """ZIP code."""
    type: str | None = None
    """Kind of address, for example ``"Home"``."""
    address_scores: AddressScore | None = None
    """How well the given address matches."""


class EmailScores(Record, frozen=True, kw_only=True, rename="camel"):
    """
    How well an e-mail address matches.

    Source: schema EmailScores, spec 1.42.0.
    """

    email: int | None = None
    """From 0 to 100; None where there was nothing to compare."""


class AccountOwnerVerificationMatchingEmail(Record, frozen=True, kw_only=True, rename="camel"):
    """
    An e-mail address of an owner, and how well the given one matches it.

    Source: schema AccountOwnerVerificationMatchingEmail, spec 1.42.0.
    """

    is_primary: bool | None = None
    """Whether it is the owner's main one."""
    email: str | None = None
    """The address."""
    email_type: str | None = None
    """``"Personal"`` or ``"Business"``; an open set."""
    email_scores: EmailScores | None = None
    """How well the given address matches."""


class PhoneScores(Record, frozen=True, kw_only=True, rename="camel"):
    """
    How well a telephone number matches.

    Source: schema PhoneScores, spec 1.42.0.
    """

    phone: int | None = None
    """From 0 to 100; None where there was nothing to compare."""


class AccountOwnerVerificationPhone(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A telephone number of an owner, and how well the given one matches it.

    Source: schema AccountOwnerVerificationPhone, spec 1.42.0.
    """

    type: str | None = None
    """``"HOME"``, ``"BUSINESS"``, ``"CELL"`` or ``"FAX"``; an open set."""
    country: str | None = None
    """Country calling code, for example ``"1"``."""
    phone: str | None = None
    """The number, in the institution's form."""
    phone_scores: PhoneScores | None = None
    """How well the given number matches."""


class AccountOwnerVerificationMatchingDetails(Record, frozen=True, kw_only=True, rename="camel"):
    """
    One owner of an account, and how well the given details match.

    Source: schema AccountOwnerVerificationMatchingDetails, spec 1.42.0.
    """

    relationship: str | None = None
    """Relation to the account, for example ``"SOLE_OWNER"``; an open set."""
    owner_name: str | None = None
    """The whole name; an institution may put several owners into it."""
    first_name: str | None = None
    """First name."""
    middle_name: str | None = None
    """Middle name or initial."""
    last_name: str | None = None
    """Last name."""
    suffix: str | None = None
    """What follows the name, for example ``"PhD"``."""
    name_scores: NameScore | None = None
    """How well the given name matches."""
    name_classification: str | None = None
    """``"person"`` (also ``"personal"`` and ``"home"``), ``"business"`` or ``"other"``."""
    name_classificationconfidencescore: Decimal | None = None
    """Confidence in ``name_classification``, from 0 to 1; the odd spelling is the vendor's."""
    name_classification_confidence_score: Decimal | None = None
    """The same in the spelling of the document's list of required members; undeclared in this one."""
    addresses: tuple[AccountOwnerVerificationMatchingAddress, ...] = ()
    """The owner's addresses."""
    emails: tuple[AccountOwnerVerificationMatchingEmail, ...] = ()
    """The owner's e-mail addresses."""
    phones: tuple[AccountOwnerVerificationPhone, ...] = ()
    """The owner's telephone numbers."""
    documentations: tuple[AccountOwnerDocumentation, ...] = ()
    """Numbers of the owner's documents; none in the US."""
    identity_insights: AccountOwnerIdentityInsights | None = None
    """What a network of identity data knows; when it was asked for."""


class AccountOwnerVerificationMatchResults(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The owners of an account, each with how well the given details match.

    Source: schema AccountOwnerVerificationMatchResults, spec 1.42.0.
    """

    holders: tuple[AccountOwnerVerificationMatchingDetails, ...] = ()
    """The owners, in the vendor's order."""
    encrypted_value: str | None = None
    """The result in encrypted form, for partners with whom the vendor has agreed on it."""

    _hidden = frozenset({"encrypted_value"})
