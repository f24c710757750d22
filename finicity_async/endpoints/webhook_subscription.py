"""
The Webhook Subscription operations: have events of the vendor posted to your server; all deprecated by the vendor.

The vendor will replace them with a separate service during 2026, and names no date. TxPush, which posts what changes in
accounts and transactions (`finicity_async.endpoints.txpush`), is not affected.
"""

from collections.abc import AsyncIterator

from finicity_async.models.webhook_subscription import (
    EventStatusUpdate,
    ListAvailableWebhookSubscriptionEventsResponse,
    Subscription,
    SubscriptionDetail,
    Subscriptions,
    WebhookEvent,
)
from finicity_async.operation import Id, Operation
from finicity_async.session import AsyncSession

_REQUEST_ID = "X-External-Request-Id"
_MOST = 100
"""Subscriptions on a page, the most that the vendor gives."""


CREATE_WEBHOOK_SUBSCRIPTION = Operation(
    "createWebhookSubscription",
    "POST",
    "/notification-subscriptions/webhooks",
    SubscriptionDetail,
    headers=(_REQUEST_ID,),
    body_type=Subscription,
    deprecated=True,
)


async def create_webhook_subscription(
    session: AsyncSession, body: Subscription, *, x_external_request_id: str | None = None
) -> SubscriptionDetail:
    """
    Subscribe to events of the vendor, which it then posts to your server; deprecated by the vendor.

    It is sent once; when the response is lost, look at `list_webhook_subscriptions` before you repeat the call, or
    events may come twice.

    Args:
        body: The events, each with a condition or a URL of its own if need be, and the URL for all others.
        x_external_request_id: An ID of yours for this request, for example a UUID, which the vendor logs.

    Returns:
        The subscription with its ID, and an ID for each of its events.

    Raises:
        BadRequestError: A value does not fit.
        TransportError: The response was lost; ``sent`` says whether there may be a subscription.

    Source: POST /notification-subscriptions/webhooks, createWebhookSubscription, spec 1.42.0.
    """
    request = CREATE_WEBHOOK_SUBSCRIPTION.request(body=body, **{_REQUEST_ID: x_external_request_id})
    return await session.send(request)


LIST_WEBHOOK_SUBSCRIPTIONS = Operation(
    "listWebhookSubscriptions",
    "GET",
    "/notification-subscriptions/webhooks",
    Subscriptions,
    query=("offset", "limit"),
    headers=(_REQUEST_ID,),
    deprecated=True,
)


async def list_webhook_subscriptions(
    session: AsyncSession,
    *,
    x_external_request_id: str | None = None,
    offset: int | None = None,
    limit: int | None = None,
) -> Subscriptions:
    """
    Return one page of the partner's subscriptions, active or not; deprecated by the vendor.

    Args:
        x_external_request_id: An ID of yours for this request, for example a UUID, which the vendor logs.
        offset: Number of the page, from 1, which None means as well. The vendor's document contradicts itself: for the
            response it has the same number count subscriptions. `iter_webhook_subscriptions` reads all either way.
        limit: Most subscriptions on the page, at most 100; 10 where None.

    Returns:
        The subscriptions, whose ``total`` says how many there are on all pages.

    Raises:
        BadRequestError: A value does not fit.

    Source: GET /notification-subscriptions/webhooks, listWebhookSubscriptions, spec 1.42.0.
    """
    request = LIST_WEBHOOK_SUBSCRIPTIONS.request(offset=offset, limit=limit, **{_REQUEST_ID: x_external_request_id})
    return await session.send(request)


async def iter_webhook_subscriptions(session: AsyncSession) -> AsyncIterator[SubscriptionDetail]:
    """
    Iterate over the partner's subscriptions, active or not, each once; deprecated by the vendor.

    It reads them by the hundred as they are taken. The vendor's document says both that ``offset`` counts pages and
    that it counts subscriptions, so it grows by one, and those that came before are left out: none is missing either
    way, unless some are deleted meanwhile.

    Source: GET /notification-subscriptions/webhooks, listWebhookSubscriptions, spec 1.42.0.
    """
    seen: set[str | None] = set()
    offset = 0
    while True:
        offset += 1
        page = await session.send(LIST_WEBHOOK_SUBSCRIPTIONS.request(offset=offset, limit=_MOST))
        known = len(seen)
        for one in page:
            if one.subscription_id not in seen:
                seen.add(one.subscription_id)
                yield one
        if len(seen) == known or len(seen) == page.total:
            return


GET_WEBHOOK_SUBSCRIPTION_BY_ID = Operation(
    "getWebhookSubscriptionById",
    "GET",
    "/notification-subscriptions/webhooks/{subscription_id}",
    SubscriptionDetail,
    headers=(_REQUEST_ID,),
    deprecated=True,
)


async def get_webhook_subscription_by_id(
    session: AsyncSession, subscription_id: Id, *, x_external_request_id: str | None = None
) -> SubscriptionDetail:
    """
    Return one subscription; deprecated by the vendor.

    Args:
        subscription_id: `SubscriptionDetail.subscription_id`, a UUID.
        x_external_request_id: An ID of yours for this request, for example a UUID, which the vendor logs.

    Returns:
        The subscription with its events.

    Raises:
        NotFoundError: No such subscription.

    Source: GET /notification-subscriptions/webhooks/{subscription_id}, getWebhookSubscriptionById, spec 1.42.0.
    """
    request = GET_WEBHOOK_SUBSCRIPTION_BY_ID.request(
        subscription_id=subscription_id, **{_REQUEST_ID: x_external_request_id}
    )
    return await session.send(request)


UPDATE_WEBHOOK_SUBSCRIPTION = Operation(
    "updateWebhookSubscription",
    "PUT",
    "/notification-subscriptions/webhooks/{subscription_id}",
    SubscriptionDetail,
    headers=(_REQUEST_ID,),
    body_type=Subscription,
    deprecated=True,
)


async def update_webhook_subscription(
    session: AsyncSession, subscription_id: Id, body: Subscription, *, x_external_request_id: str | None = None
) -> SubscriptionDetail:
    """
    Replace the URL and the events of a subscription; deprecated by the vendor.

    It is sent once; when the response is lost, read the subscription: its events may have other IDs.

    Args:
        subscription_id: `SubscriptionDetail.subscription_id`, a UUID.
        body: The whole subscription, with what stays the same, too.
        x_external_request_id: An ID of yours for this request, for example a UUID, which the vendor logs.

    Returns:
        The subscription as it is now.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such subscription.
        TransportError: The response was lost; ``sent`` says whether the change may have been made.

    Source: PUT /notification-subscriptions/webhooks/{subscription_id}, updateWebhookSubscription, spec 1.42.0.
    """
    request = UPDATE_WEBHOOK_SUBSCRIPTION.request(
        subscription_id=subscription_id, body=body, **{_REQUEST_ID: x_external_request_id}
    )
    return await session.send(request)


DELETE_WEBHOOK_SUBSCRIPTION = Operation(
    "deleteWebhookSubscription",
    "DELETE",
    "/notification-subscriptions/webhooks/{subscription_id}",
    None,
    headers=(_REQUEST_ID,),
    deprecated=True,
)


async def delete_webhook_subscription(
    session: AsyncSession, subscription_id: Id, *, x_external_request_id: str | None = None
) -> None:
    """
    Delete a subscription with all of its events; deprecated by the vendor.

    It is sent once; when the response is lost, call again: a NotFoundError then says that it was done.

    Args:
        subscription_id: `SubscriptionDetail.subscription_id`, a UUID.
        x_external_request_id: An ID of yours for this request, for example a UUID, which the vendor logs.

    Raises:
        NotFoundError: No such subscription.
        TransportError: The response was lost; ``sent`` says whether the subscription may be gone.

    Source: DELETE /notification-subscriptions/webhooks/{subscription_id}, deleteWebhookSubscription, spec 1.42.0.
    """
    request = DELETE_WEBHOOK_SUBSCRIPTION.request(
        subscription_id=subscription_id, **{_REQUEST_ID: x_external_request_id}
    )
    await session.send(request)


UPDATE_WEBHOOK_SUBSCRIPTION_EVENT = Operation(
    "updateWebhookSubscriptionEvent",
    "PUT",
    "/notification-subscriptions/webhooks/{subscription_id}/events/{webhook_event_id}",
    WebhookEvent,
    headers=(_REQUEST_ID,),
    body_type=WebhookEvent,
    deprecated=True,
)


async def update_webhook_subscription_event(
    session: AsyncSession,
    subscription_id: Id,
    webhook_event_id: Id,
    body: WebhookEvent,
    *,
    x_external_request_id: str | None = None,
) -> WebhookEvent:
    """
    Replace one event of a subscription; deprecated by the vendor.

    It is sent once; when the response is lost, repeating the call does no harm.

    Args:
        subscription_id: `SubscriptionDetail.subscription_id`, a UUID.
        webhook_event_id: `Event.webhook_event_id`, a UUID.
        body: The whole event, with what stays the same, too.
        x_external_request_id: An ID of yours for this request, for example a UUID, which the vendor logs.

    Returns:
        The event as it is now.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such subscription, or it has no such event.
        TransportError: The response was lost; ``sent`` says whether the change may have been made.

    Source: PUT /notification-subscriptions/webhooks/{subscription_id}/events/{webhook_event_id},
    updateWebhookSubscriptionEvent, spec 1.42.0.
    """
    request = UPDATE_WEBHOOK_SUBSCRIPTION_EVENT.request(
        subscription_id=subscription_id,
        webhook_event_id=webhook_event_id,
        body=body,
        **{_REQUEST_ID: x_external_request_id},
    )
    return await session.send(request)


DELETE_WEBHOOK_SUBSCRIPTION_EVENT = Operation(
    "deleteWebhookSubscriptionEvent",
    "DELETE",
    "/notification-subscriptions/webhooks/{subscription_id}/events/{webhook_event_id}",
    None,
    headers=(_REQUEST_ID,),
    deprecated=True,
)


async def delete_webhook_subscription_event(
    session: AsyncSession, subscription_id: Id, webhook_event_id: Id, *, x_external_request_id: str | None = None
) -> None:
    """
    Delete one event of a subscription; deprecated by the vendor.

    It is sent once; when the response is lost, call again: a NotFoundError then says that it was done.

    Args:
        subscription_id: `SubscriptionDetail.subscription_id`, a UUID.
        webhook_event_id: `Event.webhook_event_id`, a UUID.
        x_external_request_id: An ID of yours for this request, for example a UUID, which the vendor logs.

    Raises:
        NotFoundError: No such subscription, or it has no such event.
        TransportError: The response was lost; ``sent`` says whether the event may be gone.

    Source: DELETE /notification-subscriptions/webhooks/{subscription_id}/events/{webhook_event_id},
    deleteWebhookSubscriptionEvent, spec 1.42.0.
    """
    request = DELETE_WEBHOOK_SUBSCRIPTION_EVENT.request(
        subscription_id=subscription_id, webhook_event_id=webhook_event_id, **{_REQUEST_ID: x_external_request_id}
    )
    await session.send(request)


CHANGE_WEBHOOK_SUBSCRIPTION_EVENT_STATUS = Operation(
    "changeWebhookSubscriptionEventStatus",
    "PUT",
    "/notification-subscriptions/webhooks/{subscription_id}/events/{webhook_event_id}/status",
    EventStatusUpdate,
    headers=(_REQUEST_ID,),
    body_type=EventStatusUpdate,
    deprecated=True,
)


async def change_webhook_subscription_event_status(
    session: AsyncSession,
    subscription_id: Id,
    webhook_event_id: Id,
    status: str,
    *,
    x_external_request_id: str | None = None,
) -> EventStatusUpdate:
    """
    Pause one event of a subscription, or go on with it; deprecated by the vendor.

    It is sent once; when the response is lost, repeating the call does no harm.

    Args:
        subscription_id: `SubscriptionDetail.subscription_id`, a UUID.
        webhook_event_id: `Event.webhook_event_id`, a UUID.
        status: ``"inactive"`` to pause, ``"active"`` to go on.
        x_external_request_id: An ID of yours for this request, for example a UUID, which the vendor logs.

    Returns:
        The status as it is now.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such subscription, or it has no such event.
        TransportError: The response was lost; ``sent`` says whether the change may have been made.

    Source: PUT /notification-subscriptions/webhooks/{subscription_id}/events/{webhook_event_id}/status,
    changeWebhookSubscriptionEventStatus, spec 1.42.0.
    """
    request = CHANGE_WEBHOOK_SUBSCRIPTION_EVENT_STATUS.request(
        subscription_id=subscription_id,
        webhook_event_id=webhook_event_id,
        body=EventStatusUpdate(status=status),
        **{_REQUEST_ID: x_external_request_id},
    )
    return await session.send(request)


LIST_AVAILABLE_WEBHOOK_SUBSCRIPTION_EVENTS = Operation(
    "listAvailableWebhookSubscriptionEvents",
    "GET",
    "/notification-subscriptions/webhooks/events",
    ListAvailableWebhookSubscriptionEventsResponse,
    headers=(_REQUEST_ID,),
    deprecated=True,
)


async def list_available_webhook_subscription_events(
    session: AsyncSession, *, x_external_request_id: str | None = None
) -> ListAvailableWebhookSubscriptionEventsResponse:
    """
    Return the kinds of events that can be subscribed to; deprecated by the vendor.

    Args:
        x_external_request_id: An ID of yours for this request, for example a UUID, which the vendor logs.

    Returns:
        The kinds, each with the conditions that it takes.

    Source: GET /notification-subscriptions/webhooks/events, listAvailableWebhookSubscriptionEvents, spec 1.42.0.
    """
    request = LIST_AVAILABLE_WEBHOOK_SUBSCRIPTION_EVENTS.request(**{_REQUEST_ID: x_external_request_id})
    return await session.send(request)


CHANGE_WEBHOOK_SUBSCRIPTION_STATUS = Operation(
    "changeWebhookSubscriptionStatus",
    "PUT",
    "/notification-subscriptions/webhooks/{subscription_id}/status",
    EventStatusUpdate,
    headers=(_REQUEST_ID,),
    body_type=EventStatusUpdate,
    deprecated=True,
)


async def change_webhook_subscription_status(
    session: AsyncSession, subscription_id: Id, status: str, *, x_external_request_id: str | None = None
) -> EventStatusUpdate:
    """
    Pause all events of a subscription, or go on with them; deprecated by the vendor.

    It is sent once; when the response is lost, repeating the call does no harm.

    Args:
        subscription_id: `SubscriptionDetail.subscription_id`, a UUID.
        status: ``"inactive"`` to pause, ``"active"`` to go on.
        x_external_request_id: An ID of yours for this request, for example a UUID, which the vendor logs.

    Returns:
        The status as it is now.

    Raises:
        BadRequestError: A value does not fit.
        NotFoundError: No such subscription.
        TransportError: The response was lost; ``sent`` says whether the change may have been made.

    Source: PUT /notification-subscriptions/webhooks/{subscription_id}/status,
    changeWebhookSubscriptionStatus, spec 1.42.0.
    """
    request = CHANGE_WEBHOOK_SUBSCRIPTION_STATUS.request(
        subscription_id=subscription_id, body=EventStatusUpdate(status=status), **{_REQUEST_ID: x_external_request_id}
    )
    return await session.send(request)


TEST_WEBHOOK_SUBSCRIPTION = Operation(
    "testWebhookSubscription",
    "GET",
    "/notification-subscriptions/webhooks/{subscription_id}/test-subscriptions",
    None,
    headers=(_REQUEST_ID,),
    idempotent=False,  # Each one posts to the server.
    deprecated=True,
)


async def test_webhook_subscription(
    session: AsyncSession, subscription_id: Id, *, x_external_request_id: str | None = None
) -> None:
    """
    Have a test of every event of a subscription posted to your server; deprecated by the vendor.

    It is sent once; when the response is lost, repeating the call only posts the tests again.

    Args:
        subscription_id: `SubscriptionDetail.subscription_id`, a UUID.
        x_external_request_id: An ID of yours for this request, for example a UUID, which the vendor logs.

    Raises:
        NotFoundError: No such subscription.
        TransportError: The response was lost; ``sent`` says whether the tests may be posted.

    Source: GET /notification-subscriptions/webhooks/{subscription_id}/test-subscriptions,
    testWebhookSubscription, spec 1.42.0.
    """
    request = TEST_WEBHOOK_SUBSCRIPTION.request(subscription_id=subscription_id, **{_REQUEST_ID: x_external_request_id})
    await session.send(request)


# Its name would have pytest collect it.
test_webhook_subscription.__test__ = False  # type: ignore[attr-defined]  # -- a function declares no such attribute


TEST_WEBHOOK_SUBSCRIPTION_BASED_ON_EVENT_ID = Operation(
    "testWebhookSubscriptionBasedOnEventId",
    "GET",
    "/notification-subscriptions/webhooks/{subscription_id}/events/{webhook_event_id}/test-subscriptions",
    None,
    headers=(_REQUEST_ID,),
    idempotent=False,  # Each one posts to the server.
    deprecated=True,
)


async def test_webhook_subscription_based_on_event_id(
    session: AsyncSession, subscription_id: Id, webhook_event_id: Id, *, x_external_request_id: str | None = None
) -> None:
    """
    Have a test of one event of a subscription posted to your server; deprecated by the vendor.

    It is sent once; when the response is lost, repeating the call only posts the test again.

    Args:
        subscription_id: `SubscriptionDetail.subscription_id`, a UUID.
        webhook_event_id: `Event.webhook_event_id`, a UUID.
        x_external_request_id: An ID of yours for this request, for example a UUID, which the vendor logs.

    Raises:
        NotFoundError: No such subscription, or it has no such event.
        TransportError: The response was lost; ``sent`` says whether the test may be posted.

    Source: GET /notification-subscriptions/webhooks/{subscription_id}/events/{webhook_event_id}/test-subscriptions,
    testWebhookSubscriptionBasedOnEventId, spec 1.42.0.
    """
    request = TEST_WEBHOOK_SUBSCRIPTION_BASED_ON_EVENT_ID.request(
        subscription_id=subscription_id, webhook_event_id=webhook_event_id, **{_REQUEST_ID: x_external_request_id}
    )
    await session.send(request)


# Its name would have pytest collect it.
test_webhook_subscription_based_on_event_id.__test__ = False  # type: ignore[attr-defined]  # -- a function declares no such attribute
