"""Keys for third parties on the wire: what such a key opens, and the receipt that is the key."""

from finicity_async.models._masked import Masked
from finicity_async.models._record import Record
from finicity_async.models._rows import Rows
from finicity_async.models._values import Instant, IsoInstant


class ThirdPartyAccessProvenance(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    From where the customer allowed the access, sent and read; ``repr`` shows none of it.

    Source: schema ThirdPartyAccessProvenance, spec 1.42.0.
    """

    client_fingerprint: str | None = None
    """Fingerprint of the customer's browser."""
    ip_address: str | None = None
    """Its address."""
    token: str | None = None
    """Its cookie."""

    _hidden = frozenset({"client_fingerprint", "ip_address", "token"})


class ThirdPartyAccessPeriod(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    How long an access lasts, sent and read.

    Source: schema ThirdPartyAccessPeriod, spec 1.42.0.
    """

    type: str
    """``"timeframe"``; an open set."""
    start_time: IsoInstant
    """From when; goes out as ISO text."""
    end_time: IsoInstant
    """Until when; goes out as ISO text."""


class ThirdPartyAccessProduct(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    One product for one account that a key opens, sent and read.

    Source: schema ThirdPartyAccessProduct, spec 1.42.0.
    """

    product: str
    """``"moneyTransferDetails"``, ``"availableBalance"``, ``"availableBalanceLive"``, ``"accountOwner"`` or
    ``"paymentIndicator"``; an open set."""
    payor_id: str | None = None
    """The partner who is billed for the calls; None for the one whose customer it is."""
    max_calls: int | None = None
    """Most calls of the product; None for any number."""
    account_id: str
    """The account; in a receipt a pseudonym of it."""
    access_period: ThirdPartyAccessPeriod
    """How long the access lasts."""


class ThirdPartyAccessKeyData(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What a key is made from.

    Source: schema ThirdPartyAccessKeyData, spec 1.42.0.
    """

    customer_id: str
    """The customer whose accounts are read."""
    partner_id: str
    """The partner who makes the key; that of the session's credentials."""
    third_party_partner_id: str
    """The partner who gets the key."""
    provenance: ThirdPartyAccessProvenance | None = None
    """From where the customer allowed it."""
    products: tuple[ThirdPartyAccessProduct, ...]
    """What the key opens."""


class ThirdPartyAccessReceipt(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A key for a third party, with what it opens; ``repr`` does not show the key.

    Source: schema ThirdPartyAccessReceipt, spec 1.42.0.
    """

    profile: int | None = None
    """Kind of the receipt."""
    version: str | None = None
    """Version of its schema."""
    receipt_id: str | None = None
    """The key itself, a secret: who has it reads the accounts. It also updates and revokes the access."""
    customer_id: str | None = None
    """A pseudonym of the customer, not the ID that was sent."""
    partner_id: str | None = None
    """The partner who made the key."""
    products: tuple[ThirdPartyAccessProduct, ...] = ()
    """What the key opens, with pseudonyms of the accounts."""
    provenance: ThirdPartyAccessProvenance | None = None
    """From where the customer allowed it."""
    timestamp: Instant | None = None
    """When the key was made."""

    _hidden = frozenset({"receipt_id"})


class ThirdPartyAccessProof(Record, frozen=True, kw_only=True, rename="camel"):
    """
    The signature of a receipt; ``repr`` does not show it.

    Source: schema ThirdPartyAccessProof, spec 1.42.0.
    """

    signature: str | None = None
    """The signature, which holds the receipt itself."""
    key_id: str | None = None
    """Which key of the vendor signed."""
    timestamp: Instant | None = None
    """When it was signed."""

    _hidden = frozenset({"signature"})


class ThirdPartyAccessReceiptData(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A receipt and its signature.

    Source: schema ThirdPartyAccessReceiptData, spec 1.42.0.
    """

    receipt: ThirdPartyAccessReceipt | None = None
    """The receipt."""
    proof: ThirdPartyAccessProof | None = None
    """Its signature."""


class ThirdPartyAccessKeyReceiptData(
    Record, Rows[ThirdPartyAccessReceiptData], frozen=True, kw_only=True, rename="camel"
):
    """
    The keys that were made, a sequence.

    Source: schema ThirdPartyAccessKeyReceiptData, spec 1.42.0.
    """

    data: tuple[ThirdPartyAccessReceiptData, ...] = ()
    """The keys, each with its signature."""
