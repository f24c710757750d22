"""Subscriptions of Webhook Subscription in the sandbox: made, listed, changed and deleted."""

import json
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from finicity_async import AsyncSession, BadRequestError, NotFoundError, Operation, Sandbox
from finicity_async.endpoints.webhook_subscription import (
    CREATE_WEBHOOK_SUBSCRIPTION,
    change_webhook_subscription_event_status,
    change_webhook_subscription_status,
    create_webhook_subscription,
    delete_webhook_subscription,
    delete_webhook_subscription_event,
    get_webhook_subscription_by_id,
    iter_webhook_subscriptions,
    list_available_webhook_subscription_events,
    list_webhook_subscriptions,
    test_webhook_subscription,
    test_webhook_subscription_based_on_event_id,
    update_webhook_subscription,
    update_webhook_subscription_event,
)
from finicity_async.models import ErrorWrapper
from finicity_async.models.webhook_subscription import Condition, Subscription, SubscriptionDetail, WebhookEvent
from tests.support.servers import RawServer, http, session_on

ADDED = WebhookEvent(name="account.added", condition=Condition(subscribe_for="institutionId", includes=("4222",)))
BODY = Subscription(url="https://example.com/hooks", events=(ADDED, WebhookEvent(name="account.removed")))


@pytest.fixture
async def made(session: AsyncSession) -> SubscriptionDetail:
    return await create_webhook_subscription(session, BODY)


async def test_a_subscription_is_listed_changed_and_deleted(session: AsyncSession, made: SubscriptionDetail) -> None:
    assert made.subscription_id is not None
    assert made.events[0].condition == ADDED.condition
    other = await create_webhook_subscription(session, Subscription(events=()))
    assert [one.subscription_id for one in await list_webhook_subscriptions(session)] == [
        made.subscription_id,
        other.subscription_id,
    ]
    page = await list_webhook_subscriptions(session, offset=2, limit=1)
    assert (page.count, page.total, [*page]) == (1, 2, [other])
    changed = await update_webhook_subscription(session, made.subscription_id, Subscription(events=(ADDED,)))
    assert (changed.url, len(changed.events)) == (None, 1)
    assert await get_webhook_subscription_by_id(session, made.subscription_id) == changed
    await delete_webhook_subscription(session, made.subscription_id)
    assert [*await list_webhook_subscriptions(session)] == [other]
    assert await list_available_webhook_subscription_events(session)


async def test_a_page_is_counted_by_its_limit_and_a_wrong_number_is_refused_in_a_wrapper(session: AsyncSession) -> None:
    made = [await create_webhook_subscription(session, Subscription(events=())) for _ in range(5)]
    assert [*await list_webhook_subscriptions(session, offset=2, limit=2)] == made[2:4]
    assert [*await list_webhook_subscriptions(session, offset=3, limit=2)] == made[4:]
    with pytest.raises(BadRequestError) as caught:
        await list_webhook_subscriptions(session, offset=0)
    assert msgspec.json.decode(caught.value.body, type=ErrorWrapper).errors.error[0].reason_code == "400"


async def test_all_subscriptions_are_read_page_by_page(session: AsyncSession) -> None:
    assert [one async for one in iter_webhook_subscriptions(session)] == []
    made = [await create_webhook_subscription(session, Subscription(events=())) for _ in range(201)]
    assert [one async for one in iter_webhook_subscriptions(session)] == made


def page(*numbers: int, **members: int) -> bytes:
    rows = [{"subscriptionId": str(number), "events": []} for number in numbers]
    return http(200, json.dumps({"subscriptions": rows, **members}).encode())


@pytest.mark.parametrize(
    "pages",
    [
        (page(*range(100), total=102), page(*range(1, 101), total=102), page(*range(2, 102), total=102)),
        (page(*range(100), total=102), page(100, 101, total=102)),
        (page(*range(102)), page()),
        (page(*range(102)), page(*range(102))),
        (page(*range(102), total=200), page()),
    ],
    ids=["an offset counts subscriptions", "an offset counts pages", "no total", "no offset", "a wrong total"],
)
async def test_all_subscriptions_are_read_whatever_an_offset_counts(pages: tuple[bytes, ...]) -> None:
    async with RawServer(*pages) as server, session_on(server) as session:
        found = [one.subscription_id async for one in iter_webhook_subscriptions(session)]
        assert found == [str(number) for number in range(102)]


async def test_events_are_changed_paused_and_deleted(session: AsyncSession, made: SubscriptionDetail) -> None:
    whole, event = str(made.subscription_id), str(made.events[0].webhook_event_id)
    renamed = WebhookEvent(name="account.renamed")
    assert await update_webhook_subscription_event(session, whole, event, renamed) == renamed
    await change_webhook_subscription_event_status(session, whole, event, "inactive")
    first, second = (await get_webhook_subscription_by_id(session, whole)).events
    assert (first.name, first.status, second.status) == ("account.renamed", "inactive", "active")
    await change_webhook_subscription_status(session, whole, "inactive")
    found = await get_webhook_subscription_by_id(session, whole)
    assert {found.status, *(one.status for one in found.events)} == {"inactive"}
    await test_webhook_subscription(session, whole)
    await test_webhook_subscription_based_on_event_id(session, whole, event)
    await delete_webhook_subscription_event(session, whole, event)
    assert [one.name for one in (await get_webhook_subscription_by_id(session, whole)).events] == ["account.removed"]


CALLS: list[Callable[[AsyncSession, str], Awaitable[object]]] = [
    get_webhook_subscription_by_id,
    delete_webhook_subscription,
    test_webhook_subscription,
    lambda session, whole: test_webhook_subscription_based_on_event_id(session, whole, "none"),
]


@pytest.mark.parametrize("call", CALLS)
async def test_an_unknown_subscription_is_not_found(
    session: AsyncSession, call: Callable[[AsyncSession, str], Awaitable[object]]
) -> None:
    with pytest.raises(NotFoundError):
        await call(session, "none")


async def test_what_does_not_fit_is_refused(session: AsyncSession, made: SubscriptionDetail) -> None:
    whole, event = str(made.subscription_id), str(made.events[0].webhook_event_id)
    with pytest.raises(NotFoundError):
        await delete_webhook_subscription_event(session, whole, "none")
    with pytest.raises(BadRequestError):
        await change_webhook_subscription_status(session, whole, "gone")
    path = CREATE_WEBHOOK_SUBSCRIPTION.path
    create = Operation("Create", "POST", path, bytes, body_type=dict)
    update = Operation("Update", "PUT", f"{path}/{whole}/events/{event}", bytes, body_type=dict)
    with pytest.raises(BadRequestError):
        await session.send(create.request(body={"events": [7]}))
    with pytest.raises(BadRequestError):
        await session.send(update.request(body={"name": 7}))
    assert (await get_webhook_subscription_by_id(session, whole)) == made


async def test_a_snapshot_holds_the_subscriptions(
    sandbox: Sandbox, session: AsyncSession, made: SubscriptionDetail
) -> None:
    snapshot = sandbox.snapshot()
    await delete_webhook_subscription(session, str(made.subscription_id))
    sandbox.reset(snapshot)
    assert [*await list_webhook_subscriptions(session)] == [made]
