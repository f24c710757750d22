"""The server of the plugin that receives the events of the sandbox."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from aiohttp import ClientSession

from finicity_async import AsyncSession, BadRequestError, Sandbox
from finicity_async.endpoints.connect import generate_connect_url
from finicity_async.endpoints.txpush import create_tx_push_test_transaction, subscribe_to_tx_push_notifications
from finicity_async.endpoints.verify_assets import generate_voa_report
from finicity_async.models.verify_assets import VOAReportConstraints
from finicity_async.sandbox import WebhookReceiver
from finicity_async.webhooks import Added, Done, Ping, UnverifiedReportEvent, UnverifiedTransactionsEvent

CUSTOMER, ACCOUNT = 1005061234, 5011648377


async def test_events_of_connect_are_verified_and_there_when_the_session_is_over(
    finicity_sandbox: Sandbox, finicity_session: AsyncSession, finicity_webhook: WebhookReceiver
) -> None:
    link = await generate_connect_url(
        finicity_session, CUSTOMER, webhook=f"{finicity_webhook.url}/any", webhook_data={"user": "ava"}
    )
    played = await finicity_sandbox.connect(link.link, accounts=["checking"])
    assert len(finicity_webhook.events) == 1 + len(played.events)
    assert isinstance(finicity_webhook.events[0], Ping)
    (added,) = (event for event in finicity_webhook.events if isinstance(event, Added))
    assert [account.type for account in added.accounts] == ["checking"]
    done = finicity_webhook.events[-1]
    assert isinstance(done, Done)
    assert done.webhook_data == {"user": "ava"}


def test_no_name_server_is_asked_for_the_address_of_the_receiver(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("socket.getfqdn", asked.append)
    with WebhookReceiver(str):
        assert asked == []


async def test_a_webhook_that_is_away_gets_no_link(
    finicity_session: AsyncSession, finicity_webhook: WebhookReceiver
) -> None:
    finicity_webhook.status = 503
    with pytest.raises(BadRequestError):
        await generate_connect_url(finicity_session, CUSTOMER, webhook=finicity_webhook.url)
    finicity_webhook.status = 204
    await generate_connect_url(finicity_session, CUSTOMER, webhook=finicity_webhook.url)
    assert [type(event) for event in finicity_webhook.events] == [Ping, Ping]


async def test_a_subscription_to_txpush_is_verified_and_its_events_arrive(
    finicity_session: AsyncSession, finicity_webhook: WebhookReceiver
) -> None:
    await subscribe_to_tx_push_notifications(finicity_session, CUSTOMER, ACCOUNT, callback_url=finicity_webhook.url)
    await create_tx_push_test_transaction(
        finicity_session,
        CUSTOMER,
        ACCOUNT,
        amount=Decimal("-4.25"),
        description="coffee",
        transaction_date=datetime.now(UTC),
    )
    (event,) = (event for event in finicity_webhook.events if isinstance(event, UnverifiedTransactionsEvent))
    assert [one.amount for one in event.records] == [Decimal("-4.25")]


async def test_news_of_a_report_arrive_when_it_has_ended(
    finicity_sandbox: Sandbox, finicity_session: AsyncSession, finicity_webhook: WebhookReceiver
) -> None:
    finicity_sandbox.reports.seconds = 30
    body, url = VOAReportConstraints(), f"{finicity_webhook.url}/reports"
    report = await generate_voa_report(finicity_session, CUSTOMER, body, callback_url=url)
    finicity_sandbox.clock.advance(30)
    await finicity_sandbox.push_changes()
    events = [event for event in finicity_webhook.events if isinstance(event, UnverifiedReportEvent)]
    assert [(event.id, event.event_name) for event in events] == [(report.id, "inProgress"), (report.id, "done")]


async def test_what_is_not_the_vendors_is_refused_and_left_out(finicity_webhook: WebhookReceiver) -> None:
    async with ClientSession() as stranger:
        for headers in ({"X-Finicity-Signature": "0" * 64}, {}):
            async with stranger.post(finicity_webhook.url, data=b'{"eventType": "done"}', headers=headers) as response:
                assert response.status == 401
        async with stranger.get(finicity_webhook.url) as response:
            assert response.status == 404
    assert finicity_webhook.events == ()
