"""Subscriptions to TxPush on the wire."""

from decimal import Decimal

import msgspec

from finicity_async.models._masked import Masked
from finicity_async.models._record import Record
from finicity_async.models._rows import Rows
from finicity_async.models._values import Instant, NumericId


class TxPushSubscriptionParameters(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What subscribing sends; ``repr`` does not show the URL, which may have an unguessable part.

    Source: schema TxPushSubscriptionParameters, spec 1.42.0.
    """

    callback_url: str
    """URL on the partner's server that events are posted to."""


class SubscriptionRecord(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A subscription to one class of events of one account; ``repr`` shows neither the key nor the URL.

    Source: schema SubscriptionRecord, spec 1.42.0.
    """

    id: NumericId
    """Vendor ID of the subscription, with which it is deleted."""
    account_id: NumericId | None = None
    """The account; a number here."""
    type: str | None = None
    """The class of the events: ``"account"`` or ``"transaction"``."""
    callback_url: str | None = None
    """Where they go."""
    signing_key: str | None = None
    """Key of their signature, a secret; it comes this once."""

    _hidden = frozenset({"signing_key", "callback_url"})


class TxPushSubscriptions(Record, Rows[SubscriptionRecord], frozen=True, kw_only=True, rename="camel"):
    """
    The subscriptions that were made, a sequence: one for each class of events.

    Source: schema TxPushSubscriptions, spec 1.42.0.
    """

    subscriptions: tuple[SubscriptionRecord, ...]
    """The subscriptions."""


class TestTxPushTransaction(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    A transaction that never happened.

    Source: schema TestTxPushTransaction, spec 1.42.0.
    """

    __test__ = False  # Its name would have pytest collect it.

    amount: Decimal
    """Amount; negative out of a deposit account."""
    description: str
    """What it is for."""
    status: str | None = None
    """``"active"`` or ``"pending"``."""
    posted_date: Instant | None = None
    """When it was posted."""
    transaction_date: Instant
    """When it happened."""


class CreatedTestTxPushTransaction(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A transaction that was put into an account.

    Source: schema CreatedTestTxPushTransaction, spec 1.42.0.
    """

    id: NumericId
    """Vendor ID of the transaction."""
    created_date: Instant | None = None
    """When it was put in."""
