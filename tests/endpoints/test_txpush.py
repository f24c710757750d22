"""The TxPush operations: subscriptions, and what the sandbox posts to a server of the user's."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from finicity_async import AsyncSession, BadRequestError, NotFoundError, Sandbox, StatusError, get_customer_accounts
from finicity_async.endpoints.customers import add_customer
from finicity_async.endpoints.transactions import get_customer_account_transactions
from finicity_async.endpoints.txpush import (
    CREATE_TX_PUSH_TEST_TRANSACTION,
    DELETE_TX_PUSH_SUBSCRIPTION,
    SUBSCRIBE_TO_TX_PUSH_NOTIFICATIONS,
    create_tx_push_test_transaction,
    delete_tx_push_subscription,
    disable_tx_push_notifications,
    subscribe_to_tx_push_notifications,
)
from finicity_async.models.txpush import SubscriptionRecord, TxPushSubscriptionParameters, TxPushSubscriptions
from finicity_async.operation import Operation
from finicity_async.webhooks import UnverifiedAccountsEvent, UnverifiedTransactionsEvent, read_txpush_event
from tests.support.listeners import Listener, answer
from tests.support.servers import Answer, Close, Received, http

CUSTOMER, ACCOUNT = 1005061234, 5011648377
DAY = 86_400
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with Listener() as listener:
        yield listener


async def subscribe(session: AsyncSession, listener: Listener) -> TxPushSubscriptions:
    return await subscribe_to_tx_push_notifications(session, CUSTOMER, ACCOUNT, f"{listener.url}/txpush?user=7")


async def put_in(session: AsyncSession, amount: str = "-4.25", **options: Any) -> int:
    created = await create_tx_push_test_transaction(
        session, CUSTOMER, ACCOUNT, amount=Decimal(amount), description="coffee", transaction_date=WHEN, **options
    )
    return created.id


def kinds(listener: Listener) -> list[str]:
    return [f"{event['class']} {event['type']}" for event in listener.events]


# Subscriptions


async def test_a_subscription_is_made_once_the_listener_has_proved_itself(
    session: AsyncSession, listener: Listener
) -> None:
    made = await subscribe(session, listener)
    assert [one.type for one in made] == ["account", "transaction"]
    assert {one.account_id for one in made} == {ACCOUNT}
    (verified,) = listener.calls
    assert verified.method == "GET"
    assert verified.target.startswith("/txpush?user=7&txpush_verification_code=")


@pytest.mark.parametrize(
    "answers",
    [
        [http(200, "wrong", {"Content-Type": "text/plain"})],
        [lambda received: http(200, received.target.rpartition("=")[2])],
        [lambda received: http(201, received.target.rpartition("=")[2], {"Content-Type": "text/plain"})],
        [http(404)],
        [Close(), Close()],  # aiohttp repeats a GET once
    ],
    ids=["another code", "as JSON", "with 201", "not found", "closed"],
)
async def test_a_listener_that_does_not_answer_with_the_code_gets_no_subscription(
    session: AsyncSession, answers: list[Answer]
) -> None:
    async with Listener(*answers) as listener:
        with pytest.raises(BadRequestError):
            await subscribe(session, listener)
        await put_in(session)
        assert {one.method for one in listener.calls} == {"GET"}


@pytest.mark.parametrize("url", ["https://example.com/txpush", "http://10.0.0.1/", "ftp://127.0.0.1/", "no URL", ""])
async def test_no_url_but_this_machine_is_called(session: AsyncSession, url: str) -> None:
    with pytest.raises(BadRequestError):
        await subscribe_to_tx_push_notifications(session, CUSTOMER, ACCOUNT, url)


async def test_no_text_shows_a_signing_key_or_where_events_go(session: AsyncSession, listener: Listener) -> None:
    made = await subscribe(session, listener)
    assert made[0].signing_key
    assert made[0].signing_key not in repr(made)
    assert listener.url not in repr(made) + repr(TxPushSubscriptionParameters(callback_url=listener.url))
    assert "k3y" not in repr(
        TxPushSubscriptions.from_json(b'{"subscriptions": ["k3y", {"id": 1, "signingKey": "k3y"}]}')
    )
    assert "k3y" not in repr(SubscriptionRecord(id=1, signing_key="k3y"))


# Events


async def test_a_test_transaction_is_posted_with_the_new_balance_of_the_account(
    session: AsyncSession, sandbox: Sandbox, listener: Listener
) -> None:
    before = Decimal(str(sandbox.customers[CUSTOMER][str(ACCOUNT)]["balance"]))
    await subscribe(session, listener)
    created = await put_in(session)
    posted = [read_txpush_event(one.body) for one in listener.calls[1:]]
    first, second = posted
    assert isinstance(first, UnverifiedTransactionsEvent)
    assert isinstance(second, UnverifiedAccountsEvent)
    assert (first.type, first.records[0].id, first.records[0].amount) == ("created", created, Decimal("-4.25"))
    assert (second.type, second.records[0].balance) == ("modified", before - Decimal("4.25"))
    page = await get_customer_account_transactions(session, CUSTOMER, ACCOUNT, WHEN, WHEN)
    assert created in [one.id for one in page]
    assert [one.event_type for one in sandbox.sent_events] == ["transaction.created", "account.modified"]
    assert all(one.accepted and one.signature == "" for one in sandbox.sent_events)


async def test_a_pending_test_transaction_leaves_the_balance_as_it_is(
    session: AsyncSession, listener: Listener
) -> None:
    await subscribe(session, listener)
    await put_in(session, status="pending", posted_date=WHEN)
    assert kinds(listener) == ["transaction created"]


async def test_what_a_night_brings_is_posted(session: AsyncSession, sandbox: Sandbox, listener: Listener) -> None:
    await subscribe(session, listener)
    known = {row["id"] for row in sandbox.transactions(CUSTOMER, ACCOUNT)}
    sandbox.clock.advance(30 * DAY)
    sent = await sandbox.push_changes()
    assert (await sandbox.push_changes(), sandbox.sent_events) == ((), sent)
    rows = [row for event in listener.events if event["type"] == "created" for row in event["records"]]
    now = {row["id"] for row in sandbox.transactions(CUSTOMER, ACCOUNT)}
    assert {row["id"] for row in rows} == now - known
    assert len(rows) > 5


async def test_what_has_changed_is_posted_before_the_next_call_is_answered(
    session: AsyncSession, sandbox: Sandbox, listener: Listener
) -> None:
    await subscribe(session, listener)
    (row,) = sandbox.add_transactions(CUSTOMER, ACCOUNT, [{"status": "pending"}])
    await get_customer_accounts(session, CUSTOMER)
    sandbox.add_transactions(CUSTOMER, ACCOUNT, [{**row, "status": "active"}])
    await get_customer_accounts(session, CUSTOMER)
    sandbox.remove_transactions(CUSTOMER, ACCOUNT, [row["id"]])
    sandbox.customers[CUSTOMER][str(ACCOUNT)]["balance"] = 12.34
    await get_customer_accounts(session, CUSTOMER)
    assert kinds(listener) == [
        "transaction created",
        "transaction modified",
        "transaction deleted",
        "account modified",
    ]
    assert [event["records"][0].get("status") for event in listener.events[:3]] == ["pending", "active", "active"]
    assert listener.events[-1]["records"][0]["balance"] == 12.34
    sandbox.customers[CUSTOMER][str(ACCOUNT)]["balance"] = Decimal("NaN")
    await get_customer_accounts(session, CUSTOMER)
    assert listener.events[-1]["records"][0]["balance"] is None


async def test_a_refresh_that_brings_nothing_is_not_told_of(
    session: AsyncSession, sandbox: Sandbox, listener: Listener
) -> None:
    await subscribe(session, listener)
    account = sandbox.customers[CUSTOMER][str(ACCOUNT)]
    account["aggregationAttemptDate"] += 1
    assert await sandbox.push_changes() == ()


async def test_an_account_that_nobody_has_subscribed_to_is_not_told_of(
    session: AsyncSession, sandbox: Sandbox, listener: Listener
) -> None:
    await subscribe(session, listener)
    other = sandbox.add_account(CUSTOMER)
    sandbox.add_transactions(CUSTOMER, other["id"], [{}])
    assert await sandbox.push_changes() == ()


class AskingListener(Listener):
    """A listener that reads the accounts before it answers an event."""

    def __init__(self, session: AsyncSession) -> None:
        super().__init__()
        self._session = session
        self.found: list[int] = []

    async def _answer(self, received: Received, writer: asyncio.StreamWriter) -> bool:
        if received.method == "POST":
            self.found.append(len(await get_customer_accounts(self._session, CUSTOMER)))
        return await super()._answer(received, writer)


async def test_a_listener_may_call_the_api_before_it_answers(session: AsyncSession) -> None:
    async with AskingListener(session) as listener:
        await subscribe(session, listener)
        await put_in(session)
        assert kinds(listener) == ["transaction created", "account modified"]
        assert listener.found == [4, 4]


async def test_a_listener_that_fails_costs_its_event_and_nothing_else(session: AsyncSession, sandbox: Sandbox) -> None:
    async with Listener() as listener:
        await subscribe(session, listener)
        listener._answers += [http(500), Close()]
        await put_in(session)
        assert [(one.status, one.accepted) for one in sandbox.sent_events] == [(500, False), (None, False)]
        await put_in(session)
        assert [one.accepted for one in sandbox.sent_events[2:]] == [True, True]


async def test_events_are_xml_where_the_subscription_did_not_ask_for_json(
    session: AsyncSession, sandbox: Sandbox, listener: Listener
) -> None:
    row = SUBSCRIBE_TO_TX_PUSH_NOTIFICATIONS
    in_xml: Operation[TxPushSubscriptions] = Operation(
        row.operation_id, row.method, row.path, TxPushSubscriptions, accept="application/xml", body_type=row.body_type
    )
    body = TxPushSubscriptionParameters(callback_url=listener.url)
    await session.send(in_xml.request(customerId=CUSTOMER, accountId=ACCOUNT, body=body))
    sandbox.add_transactions(CUSTOMER, ACCOUNT, [{"description": "<A & B>"}])
    await sandbox.push_changes()
    posted = listener.calls[-1]
    assert posted.headers["content-type"] == "application/xml"
    event = ET.fromstring(posted.body)  # noqa: S314 -- the sandbox wrote it
    assert (event.findtext("class"), event.findtext("type")) == ("transaction", "created")
    assert event.findtext("records/record/description") == "<A & B>"


# Endings


async def test_one_subscription_can_be_deleted_and_the_other_goes_on(session: AsyncSession, listener: Listener) -> None:
    account, _ = await subscribe(session, listener)
    await delete_tx_push_subscription(session, CUSTOMER, account.id)
    await put_in(session)
    assert kinds(listener) == ["transaction created"]
    for unknown in (account.id, "one"):
        with pytest.raises(NotFoundError):
            await delete_tx_push_subscription(session, CUSTOMER, unknown)


async def test_the_subscription_of_another_customer_is_not_found(session: AsyncSession, listener: Listener) -> None:
    account, _ = await subscribe(session, listener)
    with pytest.raises(NotFoundError):
        await delete_tx_push_subscription(session, CUSTOMER + 1, account.id)


async def test_deleting_a_subscription_is_refused_where_json_is_asked_for(
    session: AsyncSession, listener: Listener
) -> None:
    account, _ = await subscribe(session, listener)
    row = DELETE_TX_PUSH_SUBSCRIPTION
    in_json = Operation(row.operation_id, row.method, row.path, None)
    with pytest.raises(StatusError) as caught:
        await session.send(in_json.request(customerId=CUSTOMER, subscriptionId=account.id))
    assert (caught.value.status, caught.value.code) == (406, "14025")
    await delete_tx_push_subscription(session, CUSTOMER, account.id)


async def test_all_subscriptions_of_an_account_can_be_deleted_at_once(
    session: AsyncSession, sandbox: Sandbox, listener: Listener
) -> None:
    for _ in range(2):
        await subscribe(session, listener)
    await put_in(session)
    assert len(listener.events) == 4
    await disable_tx_push_notifications(session, CUSTOMER, ACCOUNT)
    await put_in(session)
    assert len(listener.events) == 4
    with pytest.raises(NotFoundError) as caught:
        await disable_tx_push_notifications(session, CUSTOMER, ACCOUNT)
    assert caught.value.code == "60007"
    assert await sandbox.push_changes() == ()


async def test_the_subscriptions_of_an_account_end_with_it_and_with_a_reset(
    session: AsyncSession, sandbox: Sandbox, listener: Listener
) -> None:
    await subscribe(session, listener)
    before = sandbox.snapshot()
    del sandbox.customers[CUSTOMER][str(ACCOUNT)]
    assert await sandbox.push_changes() == ()
    with pytest.raises(NotFoundError):
        await disable_tx_push_notifications(session, CUSTOMER, ACCOUNT)
    sandbox.reset(before)
    await put_in(session)
    assert len(listener.events) == 2
    sandbox.reset()
    await put_in(session)
    assert len(listener.events) == 2


async def test_a_sandbox_on_a_thread_posts_as_well(listener: Listener) -> None:
    with Sandbox() as sandbox:
        async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
            await subscribe(session, listener)
            sandbox.add_transactions(CUSTOMER, ACCOUNT, [{}])
            (sent,) = await sandbox.push_changes()
            assert (sent.accepted, kinds(listener)) == (True, ["transaction created"])


# Test transactions


async def test_only_a_testing_customer_gets_test_transactions(session: AsyncSession, sandbox: Sandbox) -> None:
    customer = await add_customer(session, "user-of-a-test")
    account = sandbox.add_account(customer.id)
    with pytest.raises(BadRequestError):
        await create_tx_push_test_transaction(
            session, customer.id, account["id"], amount=Decimal(1), description="a", transaction_date=WHEN
        )


@pytest.mark.parametrize(
    "body", [{}, {"amount": 1, "description": "a"}, {"amount": "1", "description": "", "transactionDate": 1}]
)
async def test_a_test_transaction_that_lacks_a_member_is_refused(session: AsyncSession, body: dict[str, Any]) -> None:
    row = CREATE_TX_PUSH_TEST_TRANSACTION
    any_body = Operation(row.operation_id, row.method, row.path, bytes, body_type=dict)
    with pytest.raises(BadRequestError):
        await session.send(any_body.request(customerId=CUSTOMER, accountId=ACCOUNT, body=body))


async def test_an_account_that_is_deleted_while_its_listener_is_verified_gets_no_subscription(
    session: AsyncSession, sandbox: Sandbox
) -> None:
    def answer_late(received: Received) -> bytes:
        del sandbox.customers[CUSTOMER][str(ACCOUNT)]
        return answer(received)

    async with Listener(answer_late) as listener:
        with pytest.raises(NotFoundError):
            await subscribe(session, listener)
