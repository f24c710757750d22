"""Subscriptions to events of the vendor on the wire."""

from finicity_async.models._masked import Masked
from finicity_async.models._record import Record
from finicity_async.models._rows import Rows
from finicity_async.models._values import Instant


class Condition(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    Which events of a kind are posted; without a condition all of them are.

    Source: schema Condition, spec 1.42.0.
    """

    subscribe_for: str
    """What the lists hold, for example ``"institutionId"``."""
    includes: tuple[str, ...] = ()
    """Only events of these are posted."""
    excludes: tuple[str, ...] = ()
    """Events of these are not posted."""


class WebhookEvent(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    A kind of event that is subscribed to; ``repr`` does not show the URL, which may have an unguessable part.

    Source: schema WebhookEvent, spec 1.42.0.
    """

    name: str
    """Name of the event, see `list_available_webhook_subscription_events`."""
    url: str | None = None
    """Where these events go; None for the URL of the subscription."""
    condition: Condition | None = None
    """Which of them are posted; None for all."""

    _hidden = frozenset({"url"})


class Subscription(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    What making or changing a subscription sends; ``repr`` does not show the URLs.

    Source: schema Subscription, spec 1.42.0.
    """

    url: str | None = None
    """URL on the partner's server that events are posted to, unless an event has its own."""
    events: tuple[WebhookEvent, ...]
    """What is subscribed to."""


class Event(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A kind of event in a subscription; ``repr`` does not show the URL.

    Source: schema Event, spec 1.42.0.
    """

    webhook_event_id: str | None = None
    """Vendor ID of this part of the subscription, a UUID."""
    name: str | None = None
    """Name of the event, for example ``"manage.txpush.account.created"``."""
    url: str | None = None
    """Where these events go; None for the URL of the subscription."""
    status: str | None = None
    """``"active"``, ``"inactive"``, ``"pending"`` or ``"removed"``."""
    condition: Condition | None = None
    """Which of them are posted; None for all."""

    _hidden = frozenset({"url"})


class SubscriptionDetail(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A subscription as the vendor keeps it; ``repr`` does not show the URL.

    Source: schema SubscriptionDetail, spec 1.42.0.
    """

    subscription_id: str | None = None
    """Vendor ID of the subscription, a UUID."""
    url: str | None = None
    """Where events go that have no URL of their own."""
    events: tuple[Event, ...] = ()
    """What is subscribed to."""
    status: str | None = None
    """``"active"``, ``"inactive"``, ``"pending"`` or ``"removed"``."""
    created_date: Instant | None = None
    """When it was made."""
    last_updated_date: Instant | None = None
    """When it last changed."""

    _hidden = frozenset({"url"})


class Subscriptions(Record, Rows[SubscriptionDetail], frozen=True, kw_only=True, rename="camel"):
    """
    One page of the partner's subscriptions, a sequence.

    Source: schema Subscriptions, spec 1.42.0.
    """

    count: int | None = None
    """How many are on this page."""
    offset: int | None = None
    """The offset that was asked for; 0 in the document's example, though the least that can be asked for is 1."""
    limit: int | None = None
    """How many were asked for at most."""
    total: int | None = None
    """How many there are on all pages."""
    subscriptions: tuple[SubscriptionDetail, ...]
    """The subscriptions."""


class EventStatusUpdate(Record, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """
    A status that is set, in the request and in the response.

    Source: schema EventStatusUpdate, spec 1.42.0.
    """

    status: str
    """``"active"`` or ``"inactive"``; a response may also have ``"pending"`` or ``"removed"``."""


class AvailableEventConditionalSubscription(Record, frozen=True, kw_only=True, rename="camel"):
    """
    Whether a kind of event takes a condition.

    Source: an inline schema, spec 1.42.0.
    """

    applicable: bool | None = None
    """Whether it takes one."""
    fields: str | None = None
    """What a condition may name in `Condition.subscribe_for`."""
    mandatory: bool | None = None
    """Whether it needs one."""


class AvailableEvent(Record, frozen=True, kw_only=True, rename="camel"):
    """
    A kind of event that can be subscribed to.

    Source: schema AvailableEvent, spec 1.42.0.
    """

    name: str | None = None
    """Its name, for example ``"manage.txpush.account.created"``."""
    description: str | None = None
    """When it is posted, in the vendor's words."""
    conditional_subscription: AvailableEventConditionalSubscription | None = None
    """Whether it takes a condition."""


class ListAvailableWebhookSubscriptionEventsResponse(
    Record, Rows[AvailableEvent], frozen=True, kw_only=True, rename="camel"
):
    """
    The kinds of events that can be subscribed to, a sequence.

    Source: an inline schema, spec 1.42.0.
    """

    events: tuple[AvailableEvent, ...]
    """The kinds."""

    _hidden = frozenset({"invalid_values"})
