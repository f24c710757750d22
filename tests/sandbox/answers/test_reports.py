"""Reports of the sandbox run on its clock, fail with reasons, are refused, and come as files."""

from collections.abc import AsyncIterator
from functools import partial

import msgspec
import pytest

from finicity_async import (
    AsyncSession,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    ReportFailedError,
    Sandbox,
    generate_and_wait,
    read_report_event,
    wait_for_report,
)
from finicity_async.endpoints.businesses_api import add_business_details
from finicity_async.endpoints.cash_flow import generate_cash_flow_business_report
from finicity_async.endpoints.consumer_foresight import (
    generate_foresight_analytics_first_third_party_non_cra_report,
    generate_payment_risk_insights_report,
)
from finicity_async.endpoints.payment_history_report import generate_payment_history_report
from finicity_async.endpoints.reports import (
    get_report_by_consumer,
    get_report_by_customer,
    get_report_by_customer_pdf,
    get_report_by_id,
    get_reports_by_consumer_id,
    get_reports_by_customer_id,
)
from finicity_async.endpoints.verify_assets import generate_voa_report
from finicity_async.models.analytics import AnalyticsReportConstraints
from finicity_async.models.analytics_reports import ForesightAnalyticsReport
from finicity_async.models.asset_reports import VOAReport
from finicity_async.models.businesses_api import NewAddress, NewBusiness, PhoneNumberFormat
from finicity_async.models.cash_flow import CashFlowReportConstraints
from finicity_async.models.consumer_foresight import (
    ForesightAnalyticsReportFirstThirdPartyConstraints,
    PaymentRiskInsightsReportConstraints,
)
from finicity_async.models.reports import Lender
from finicity_async.models.verify_assets import VOAReportConstraints
from finicity_async.sandbox.receiving import WebhookReceiver
from finicity_async.webhooks import UnverifiedReportEvent

CUSTOMER = 1005061234
CONSUMER = "0bf46322c167b562e6cbed9d40e19a4c"
BODY = VOAReportConstraints(account_ids="5011648377 5011648378")
VOA = partial(generate_voa_report, body=BODY)
BUSINESS = NewBusiness(
    name="Tires Inc",
    personally_liable=True,
    address=NewAddress(address_line1="12 Any Street", city="Ogden", state="UT", country="US", postal_code="84401"),
    phone_number=PhoneNumberFormat(country_code="1", phone_no="8015550123"),
)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(customers=2) as sandbox:
        yield sandbox


@pytest.fixture
async def session(sandbox: Sandbox) -> AsyncIterator[AsyncSession]:
    async def sleep(seconds: float) -> None:
        sandbox.clock.advance(seconds)

    async with AsyncSession(sandbox.credentials, base_url=sandbox.url, clock=sandbox.clock, sleep=sleep) as session:
        yield session


async def test_a_report_runs_on_the_clock(sandbox: Sandbox, session: AsyncSession) -> None:
    sandbox.reports.seconds = 30
    statuses: list[str | None] = []
    made = await generate_and_wait(session, CUSTOMER, VOA, on_progress=lambda one: statuses.append(one.status))
    assert statuses == ["inProgress", "inProgress", "inProgress", "success"]
    assert isinstance(made.body, VOAReport)
    assert made.body.institutions
    assert made.constraints is not None
    assert made.constraints.account_ids == ("5011648377", "5011648378")
    assert made.invalid_values == {}
    assert (await get_report_by_consumer(session, CONSUMER, made.id)).body == made.body


async def test_one_report_at_a_time(sandbox: Sandbox, session: AsyncSession) -> None:
    sandbox.reports.seconds = 60
    first = await generate_voa_report(session, CUSTOMER, BODY)
    with pytest.raises(ConflictError) as busy:
        await generate_voa_report(session, CUSTOMER, BODY)
    assert busy.value.code == "18001"
    snapshot = sandbox.snapshot()
    assert (await generate_and_wait(session, CUSTOMER, VOA)).id == first.id
    sandbox.reset(snapshot)
    assert (await wait_for_report(session, CUSTOMER, first.id)).status == "success"


async def test_a_report_that_fails_says_why(sandbox: Sandbox, session: AsyncSession) -> None:
    sandbox.reports.reasons[str(CUSTOMER)] = ("No transactions",)
    with pytest.raises(ReportFailedError) as failed:
        await generate_and_wait(session, CUSTOMER, VOA)
    assert failed.value.reasons == ("No transactions",)
    assert failed.value.report.body is None


async def test_a_frozen_consumer_is_a_refusal(sandbox: Sandbox, session: AsyncSession) -> None:
    made = await generate_and_wait(session, CUSTOMER, VOA)
    sandbox.reports.frozen.add(str(CUSTOMER))
    for call in (
        generate_voa_report(session, CUSTOMER, BODY),
        get_report_by_customer(session, CUSTOMER, made.id),
        get_reports_by_customer_id(session, CUSTOMER),
    ):
        with pytest.raises(PermissionDeniedError, match="frozen"):
            await call


async def test_a_report_is_listed_and_comes_as_a_file(session: AsyncSession) -> None:
    made = await generate_and_wait(session, CUSTOMER, VOA)
    listed = [(one.id, one.type, one.status) for one in await get_reports_by_customer_id(session, CUSTOMER)]
    assert listed == [("e8bc3a5cddee-voi", "voi", "success"), (made.id, "voa", "success")]
    assert [one.id for one in await get_reports_by_consumer_id(session, CONSUMER)] == [one for one, *_ in listed]
    assert (await get_report_by_customer_pdf(session, CUSTOMER, made.id)).startswith(b"%PDF-")
    for call in (
        get_report_by_customer(session, CUSTOMER + 1, made.id),
        get_report_by_customer(session, CUSTOMER, "unknown"),
        get_reports_by_consumer_id(session, "unknown"),
    ):
        with pytest.raises(NotFoundError):
            await call


async def test_a_customer_without_a_consumer_has_no_report(session: AsyncSession) -> None:
    with pytest.raises(NotFoundError) as refused:
        await generate_voa_report(session, CUSTOMER + 1, BODY)
    assert refused.value.code == "10100"
    assert len(await get_reports_by_customer_id(session, CUSTOMER + 1)) == 0


async def test_a_report_that_is_no_consumer_report_needs_no_consumer(sandbox: Sandbox, session: AsyncSession) -> None:
    cash_flow = partial(generate_cash_flow_business_report, body=CashFlowReportConstraints())
    with WebhookReceiver(str) as receiver:
        made = await generate_and_wait(session, CUSTOMER + 1, partial(cash_flow, callback_url=receiver.url))
        assert {event.id for event in receiver.events if isinstance(event, UnverifiedReportEvent)} == {made.id}
    assert (made.type, made.consumer_id, made.consumer_ssn) == ("cfrb", None, None)
    (listed,) = await get_reports_by_customer_id(session, CUSTOMER + 1)
    assert (listed.id, listed.consumer_id) == (made.id, None)
    with pytest.raises(NotFoundError):
        await get_report_by_consumer(session, CONSUMER, made.id)


async def test_a_foresight_report_on_data_that_was_sent_is_read_by_its_id(session: AsyncSession) -> None:
    generate = partial(generate_foresight_analytics_first_third_party_non_cra_report, session, "personal")
    sent = ForesightAnalyticsReportFirstThirdPartyConstraints(external_customer_id="mine-1")
    ack = await generate(sent)
    assert (ack.status, ack.customer_id, ack.external_customer_id) == ("inProgress", None, "mine-1")
    made = await get_report_by_id(session, ack.id, Lender())
    assert (made.status, made.type, isinstance(made.body, ForesightAnalyticsReport)) == (
        "success",
        "farpbfnoncra",
        True,
    )
    both = await generate(msgspec.structs.replace(sent, customer_id=CUSTOMER))
    assert (await get_report_by_customer(session, CUSTOMER, both.id)).status == "success"
    with pytest.raises(BadRequestError):
        await generate(ForesightAnalyticsReportFirstThirdPartyConstraints())
    with pytest.raises(NotFoundError):
        await generate(ForesightAnalyticsReportFirstThirdPartyConstraints(customer_id=42))


async def test_for_a_report_of_a_business_its_record_does(session: AsyncSession) -> None:
    body = AnalyticsReportConstraints()
    with pytest.raises(NotFoundError):
        await generate_payment_history_report(session, CUSTOMER + 1, body)
    await add_business_details(session, CUSTOMER + 1, BUSINESS)
    assert (await generate_payment_history_report(session, CUSTOMER + 1, body)).status == "inProgress"


async def test_a_report_without_accounts_and_one_with_a_text_of_them(session: AsyncSession) -> None:
    body = PaymentRiskInsightsReportConstraints(account_ids="5011648377")
    risk = partial(generate_payment_risk_insights_report, user_type="personal", body=body)
    made = await generate_and_wait(session, CUSTOMER, risk)
    assert made.constraints is not None
    assert made.constraints.account_ids == ("5011648377",)
    made = await generate_and_wait(session, CUSTOMER, partial(generate_voa_report, body=VOAReportConstraints()))
    assert made.body is not None


async def test_news_of_a_report_are_posted_once_and_unsigned(sandbox: Sandbox, session: AsyncSession) -> None:
    sandbox.reports.seconds = 30
    with WebhookReceiver(lambda: "") as receiver:
        made = await generate_and_wait(session, CUSTOMER, partial(VOA, callback_url=receiver.url))
        await get_report_by_customer(session, CUSTOMER, made.id)
    events = [read_report_event(one.body) for one in sandbox.sent_events]
    assert [(one.event_name, one.status, one.id) for one in events] == [
        ("inProgress", "inProgress", made.id),
        ("done", "success", made.id),
    ]
    assert {(one.signature, one.url) for one in sandbox.sent_events} == {("", receiver.url)}


async def test_the_end_of_a_report_is_posted_when_time_has_brought_it(sandbox: Sandbox, session: AsyncSession) -> None:
    sandbox.reports.seconds = 30
    with WebhookReceiver(lambda: "") as receiver:
        made = await VOA(session, CUSTOMER, callback_url=receiver.url)
        assert await sandbox.push_changes() == ()
        sandbox.clock.advance(30)
        (sent,) = await sandbox.push_changes()
        assert await sandbox.push_changes() == ()
    assert (read_report_event(sent.body).event_name, read_report_event(sent.body).id) == ("done", made.id)
