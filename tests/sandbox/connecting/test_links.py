"""Links to Connect: what they carry, when they are refused, and the ping before there is one."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from finicity_async import AsyncSession, BadRequestError, NotFoundError, Sandbox
from finicity_async.endpoints.connect import (
    create_connect_experience,
    generate_connect_url,
    generate_fix_connect_url,
    generate_joint_borrower_connect_url,
    generate_lite_connect_url,
    get_all_experience,
    send_connect_email,
    send_joint_borrower_connect_email,
)
from finicity_async.models.connect import Borrower, EmailOptions
from finicity_async.operation import Operation
from finicity_async.sandbox import LinkRefusedError
from finicity_async.sandbox.clock import Clock
from finicity_async.sandbox.connecting.links import Links, Purpose
from finicity_async.webhooks import Ping, read_connect_event
from tests.sandbox.connecting.conftest import CUSTOMER, MakeLink
from tests.support.clock import MovedClock
from tests.support.servers import Close, RawServer, http

EMAIL = EmailOptions(to="ava@example.com")
PRIMARY = Borrower(customer_id=CUSTOMER, consumer_id="c1", type="primary")


def query_of(link: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query, strict_parsing=True).items()}


async def test_a_link_leads_to_the_sandbox_and_lives_two_hours(sandbox: Sandbox, session: AsyncSession) -> None:
    url = await generate_connect_url(session, CUSTOMER)
    query = query_of(url.link)
    assert url.link.startswith(f"{sandbox.url}/connect?")
    assert (query["customerId"], query["partnerId"]) == (CUSTOMER, sandbox.credentials.partner_id)
    assert int(query["ttl"]) - int(query["timestamp"]) == 7_200_000
    assert re.fullmatch("[0-9a-f]{64}", query["signature"])
    assert url.expires_at is not None
    assert abs(url.expires_at.timestamp() - sandbox.clock() - timedelta(hours=2).total_seconds()) < 60


async def test_a_lite_link_names_its_institution_and_a_fix_link_does_so_too(session: AsyncSession) -> None:
    lite = query_of((await generate_lite_connect_url(session, CUSTOMER, 102105)).link)
    fix = query_of((await generate_fix_connect_url(session, CUSTOMER, 1007302745)).link)
    assert (lite["type"], lite["institutionId"]) == ("lite", "102105")
    assert (fix["type"], fix["institutionId"]) == ("fix", "4222")


async def test_links_sent_by_email_come_back_with_the_message(session: AsyncSession) -> None:
    for sent in (
        await send_connect_email(session, CUSTOMER, "c1", EMAIL),
        await send_joint_borrower_connect_email(session, [PRIMARY], EMAIL, "default"),
    ):
        assert query_of(sent.link)["customerId"] == CUSTOMER
        assert sent.email_config == EMAIL


def test_two_links_of_one_moment_differ() -> None:
    links = Links(Clock(MovedClock()), "key")
    queries = {links.make(Purpose(kind="full", customer_id="1"), "2").query for _ in range(3)}
    assert len(queries) == 3


# The ping


async def test_a_signed_ping_comes_before_the_link(sandbox: Sandbox, make_link: MakeLink, hook: RawServer) -> None:
    await make_link(webhook_headers={"X-Tenant": "7"}, webhook_data={"user": "7"})
    (call,) = hook.calls
    event = read_connect_event(
        call.body, call.headers["x-finicity-signature"], sandbox.credentials.partner_secret or ""
    )
    assert event == Ping(event_type="ping", payload={})
    assert (call.method, call.target, call.headers["x-tenant"]) == ("POST", "/finicity", "7")
    assert call.headers["content-type"] == "application/json"


@pytest.mark.parametrize("answer", [http(500), http(302, headers={"Location": "/elsewhere"}), Close()])
async def test_a_hook_that_does_not_answer_2xx_prevents_the_link(session: AsyncSession, answer: Any) -> None:
    async with RawServer(default=answer) as hook:
        with pytest.raises(BadRequestError, match="ping") as caught:
            await generate_connect_url(session, CUSTOMER, webhook=hook.url)
        assert (caught.value.code, len(hook.calls)) == ("10010", 1)
        await generate_connect_url(session, CUSTOMER)


@pytest.mark.parametrize(
    "webhook",
    [
        "http://192.0.2.1/hook",
        "http://example.com/hook",
        "http://localhost.example.com/",
        "ftp://127.0.0.1/",
        "http://[",
    ],
)
async def test_a_hook_on_another_machine_is_not_asked(session: AsyncSession, sandbox: Sandbox, webhook: str) -> None:
    with pytest.raises(BadRequestError, match="this machine only"):
        await generate_connect_url(session, CUSTOMER, webhook=webhook)
    assert [event.status for event in sandbox.sent_events] == [None]


async def test_a_hook_on_another_machine_is_asked_when_that_is_allowed() -> None:
    async with (
        Sandbox(webhooks_anywhere=True) as sandbox,
        AsyncSession(sandbox.credentials, base_url=sandbox.url) as session,
    ):
        with pytest.raises(BadRequestError, match="Error"):
            await generate_connect_url(session, CUSTOMER, webhook="http://nobody.invalid/hook")


# Refusals of the operations


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"redirect_uri": "connected"}, "redirectUri"),
        ({"redirect_uri": "http://[1"}, "redirectUri"),
        ({"redirect_uri": "JavaScript://example.com/%0aalert(1)"}, "redirectUri"),
        ({"redirect_uri": "https://example.com; script-src */"}, "redirectUri"),
        ({"experience": "my experience"}, "GUID"),
        ({"webhook": "http://127.0.0.1/", "webhook_headers": {"X A": "7"}}, "webhookHeaders"),
        ({"webhook": "http://127.0.0.1/", "webhook_headers": {"X-A": "7\r\nX-B: 8"}}, "webhookHeaders"),
        ({"webhook": "http://127.0.0.1/", "webhook_content_type": "a\nb"}, "webhookContentType"),
    ],
)
async def test_an_option_that_does_not_fit_is_refused(
    session: AsyncSession, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BadRequestError, match=reason) as caught:
        await generate_connect_url(session, CUSTOMER, **options)
    assert caught.value.code == "10010"


@pytest.mark.parametrize("uri", ["https://example.com/connected?tenant=7", "com.example.app://connected"])
async def test_the_browser_may_go_to_a_page_or_to_an_app(session: AsyncSession, uri: str) -> None:
    assert (await generate_connect_url(session, CUSTOMER, redirect_uri=uri)).link


@pytest.mark.parametrize("customer", ["1", "no-such-customer"])
async def test_an_unknown_customer_is_refused_in_the_form_of_connect(session: AsyncSession, customer: str) -> None:
    with pytest.raises(BadRequestError, match="unknown") as caught:
        await generate_connect_url(session, customer)
    assert (caught.value.status, caught.value.code) == (400, "10010")
    assert caught.value.user_message


async def test_an_unknown_login_is_not_found(session: AsyncSession) -> None:
    with pytest.raises(NotFoundError) as caught:
        await generate_fix_connect_url(session, CUSTOMER, 1)
    assert caught.value.code == "38007"


async def test_an_unknown_institution_is_refused(session: AsyncSession) -> None:
    with pytest.raises(BadRequestError, match="institution"):
        await generate_lite_connect_url(session, CUSTOMER, 1)


async def test_borrowers_without_a_primary_one_are_refused(session: AsyncSession) -> None:
    other = Borrower(customer_id=CUSTOMER, consumer_id="c1", type="jointBorrower")
    with pytest.raises(BadRequestError, match="primary"):
        await generate_joint_borrower_connect_url(session, [other])


GENERATE: Operation[bytes] = Operation("GenerateConnectUrl", "POST", "/connect/v2/generate", bytes, body_type=dict)
SEND: Operation[bytes] = Operation("SendConnectEmail", "POST", "/connect/v2/send/email", bytes, body_type=dict)


@pytest.mark.parametrize(
    ("row", "body"),
    [
        (GENERATE, {"partnerId": "1", "customerId": CUSTOMER}),
        (GENERATE, {"customerId": CUSTOMER}),
        (GENERATE, {"partnerId": "2445581234567"}),
        (GENERATE, {"partnerId": "2445581234567", "customerId": 1005061234}),
        (GENERATE, {"partnerId": "2445581234567", "customerId": CUSTOMER, "webhook": 7}),
        (
            GENERATE,
            {"partnerId": "2445581234567", "customerId": CUSTOMER, "webhook": "http://127.0.0.1/", "webhookData": "7"},
        ),
        (SEND, {"partnerId": "2445581234567", "customerId": CUSTOMER, "consumerId": "c1"}),
        (SEND, {"partnerId": "2445581234567", "customerId": CUSTOMER, "consumerId": "c1", "email": {"to": "Ava"}}),
    ],
)
async def test_a_body_that_the_library_would_not_send_is_refused(
    session: AsyncSession, row: Operation[bytes], body: dict[str, Any]
) -> None:
    with pytest.raises(BadRequestError) as caught:
        await session.send(row.request(body=body))
    assert caught.value.code == "10010"


# Experiences


async def test_experiences_are_found_by_their_products(session: AsyncSession) -> None:
    both = await get_all_experience(session, "my app")
    (one,) = await get_all_experience(session, "my app", product_code=["AO", "VOA"])
    assert one in both
    assert {found.app_name for found in both} == {"my app"}
    await generate_connect_url(session, CUSTOMER, experience=one.id)
    copy = await create_connect_experience(session, one.id or "", 423456789)
    assert copy.experience_id not in {None, one.id}


async def test_experiences_without_an_application_or_an_id_are_refused(session: AsyncSession) -> None:
    with pytest.raises(BadRequestError):
        await get_all_experience(session, "")
    with pytest.raises(BadRequestError):
        await create_connect_experience(session, "none", 423456789)
    row: Operation[bytes] = Operation(
        "CreateConnectExperience", "POST", "/connect/experiences/{experience_id}/duplicate", bytes, body_type=dict
    )
    with pytest.raises(BadRequestError):
        await session.send(row.request(experience_id="84fd419a-1add-4bf4-961b-16e8285b3a92", body={}))


# Refusals of a link


@pytest.mark.parametrize(
    ("old", "new"),
    [("signature=", "signature=0"), (f"customerId={CUSTOMER}", "customerId=1005061235"), ("origin=url", "origin=")],
)
async def test_a_changed_link_is_refused(sandbox: Sandbox, make_link: MakeLink, old: str, new: str) -> None:
    link = await make_link()
    with pytest.raises(LinkRefusedError, match="signature"):
        await sandbox.connect(link.replace(old, new))
    assert [event.event_type for event in sandbox.sent_events] == ["ping"]
    await sandbox.connect(link)


async def test_a_link_of_another_sandbox_is_refused(sandbox: Sandbox, make_link: MakeLink) -> None:
    async with Sandbox(seed=1) as other:
        with pytest.raises(LinkRefusedError, match="signature"):
            await other.connect(await make_link())


async def test_a_link_ends_after_two_hours_of_the_sandboxs_clock(sandbox: Sandbox, make_link: MakeLink) -> None:
    link = await make_link()
    sandbox.clock.advance(7190)
    await sandbox.connect(link)
    sandbox.clock.advance(10)
    with pytest.raises(LinkRefusedError, match="expired"):
        await sandbox.connect(link)


async def test_a_single_use_link_ends_with_the_first_success(sandbox: Sandbox, make_link: MakeLink) -> None:
    link = await make_link(single_use_url=True)
    for outcome in ("cancelled", "failed", "added"):
        await sandbox.connect(link, outcome=outcome)
    with pytest.raises(LinkRefusedError, match="one success"):
        await sandbox.connect(link)


async def test_a_reset_forgets_links_and_a_snapshot_keeps_them(sandbox: Sandbox, make_link: MakeLink) -> None:
    link = await make_link(single_use_url=True)
    snapshot = sandbox.snapshot()
    await sandbox.connect(link)
    sandbox.reset(snapshot)
    assert (sandbox.sent_events, len((await sandbox.connect(link)).accounts)) == ((), 3)
    sandbox.reset()
    with pytest.raises(LinkRefusedError):
        await sandbox.connect(link)


async def test_a_link_of_a_deleted_customer_is_refused(sandbox: Sandbox, make_link: MakeLink) -> None:
    link = await make_link()
    del sandbox.customers[CUSTOMER]
    with pytest.raises(LinkRefusedError, match="deleted"):
        await sandbox.connect(link)
