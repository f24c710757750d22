"""Sessions that a test plays: which events come in which order, and what becomes of the accounts."""

import asyncio
import json
from typing import Any

import pytest

from finicity_async import AsyncSession, Sandbox, get_customer_accounts, modify_partner_secret
from finicity_async.endpoints.connect import generate_connect_url, generate_fix_connect_url, generate_lite_connect_url
from finicity_async.sandbox import LinkRefusedError, PlayedSession
from finicity_async.sandbox.connecting.playing import Outcome, RunningSession
from finicity_async.webhooks import Added, Done, read_connect_event
from tests.sandbox.connecting.conftest import CUSTOMER, MakeLink
from tests.support.servers import RawServer, http

STARTED = ["started", "institutionSupported"]
FOUND = [*STARTED, "discovered"]
LOGIN = "1007302745"


def types_of(played: PlayedSession) -> list[str]:
    return [event.event_type for event in played.events]


async def all_accounts(session: AsyncSession, customer: str = CUSTOMER, **options: Any) -> dict[str, Any]:
    return {one.id: one for one in await get_customer_accounts(session, customer, **options)}


# Events


@pytest.mark.parametrize(
    ("outcome", "types", "ending"),
    [
        ("added", [*FOUND, "adding", "added", "done"], (200, "complete")),
        ("mfa", [*FOUND, "adding", "added", "done"], (200, "complete")),
        ("cancelled", [*FOUND, "done"], (100, "exit")),
        ("failed", [*STARTED, "unableToConnect", "done"], (500, "error")),
        ("invalid_credentials", [*STARTED, "invalidCredentials", "done"], (100, "exit")),
    ],
)
async def test_each_outcome_has_its_events_in_the_vendors_order(
    make_link: MakeLink, sandbox: Sandbox, outcome: Outcome, types: list[str], ending: tuple[int, str]
) -> None:
    played = await sandbox.connect(await make_link(), outcome=outcome)
    assert types_of(played) == types
    assert (played.code, played.reason) == ending
    assert all(event.accepted for event in played.events)
    assert bool(played.accounts) == (outcome in ("added", "mfa"))


async def test_every_event_is_signed_and_carries_what_the_user_asked_for(
    sandbox: Sandbox, make_link: MakeLink, hook: RawServer
) -> None:
    asked = {"webhook_data": {"user": "Zoë"}, "webhook_headers": {"X-Tenant": "7", "X-Finicity-Signature": "mine"}}
    await sandbox.connect(await make_link(consumer_id="c1", webhook_content_type="text/json", **asked))
    secret = sandbox.credentials.partner_secret or ""
    events = [read_connect_event(call.body, call.headers["x-finicity-signature"], secret) for call in hook.calls[1:]]
    assert {(event.customer_id, event.consumer_id) for event in events} == {(CUSTOMER, "c1")}
    assert all(event.webhook_data == {"user": "Zoë"} for event in events)
    assert len({event.event_id for event in events}) == len(events)
    assert {call.headers["x-tenant"] for call in hook.calls} == {"7"}
    assert {call.headers["content-type"] for call in hook.calls} == {"text/json"}
    added, done = events[-2:]
    assert isinstance(added, Added)
    assert isinstance(done, Done)
    assert added.institution_id == "102105"
    assert (len(added.accounts), done.reason) == (3, "complete")
    body = hook.calls[1].body
    assert json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode() == body
    assert "Zoë".encode() in body


async def test_what_was_sent_can_be_read_afterwards(sandbox: Sandbox, make_link: MakeLink, hook: RawServer) -> None:
    played = await sandbox.connect(await make_link())
    assert sandbox.sent_events[1:] == played.events
    assert [json.loads(call.body)["eventType"] for call in hook.calls] == ["ping", *types_of(played)]
    for event, call in zip(sandbox.sent_events, hook.calls, strict=True):
        assert (event.body, event.signature) == (call.body, call.headers["x-finicity-signature"])
        assert event.url == f"{hook.url}/finicity"
        assert event.headers["Content-Type"] == "application/json"


async def test_an_event_that_the_server_refuses_does_not_stop_the_session(
    sandbox: Sandbox, session: AsyncSession
) -> None:
    async with RawServer(http(200), default=http(503)) as hook:
        link = (await generate_connect_url(session, CUSTOMER, webhook=hook.url)).link
        played = await sandbox.connect(link)
    assert {event.status for event in played.events} == {503}
    assert len(played.accounts) == 3
    assert not (await sandbox.connect(link)).events[0].accepted


async def test_a_changed_partner_secret_signs_from_then_on(
    sandbox: Sandbox, session: AsyncSession, make_link: MakeLink
) -> None:
    link = await make_link()
    await modify_partner_secret(session, "n3wSecret-123456", immediate=False)
    (event, *_) = (await sandbox.connect(link)).events
    assert read_connect_event(event.body, event.signature, "n3wSecret-123456").event_type == "started"


async def test_a_link_without_a_webhook_sends_nothing(sandbox: Sandbox, session: AsyncSession) -> None:
    played = await sandbox.connect((await generate_connect_url(session, CUSTOMER)).link)
    assert (played.events, sandbox.sent_events, len(played.accounts)) == ((), (), 3)


# Accounts


async def test_added_accounts_are_listed_with_their_login(
    sandbox: Sandbox, session: AsyncSession, make_link: MakeLink
) -> None:
    before = await all_accounts(session)
    sandbox.clock.advance(1000)
    begun = int(sandbox.clock())
    played = await sandbox.connect(await make_link(), accounts=["checking", "ira"], institution=101732)
    after = await all_accounts(session)
    new = [after[account["id"]] for account in played.accounts]
    assert after.keys() - before.keys() == {account["id"] for account in played.accounts}
    assert [account.type for account in new] == ["checking", "ira"]
    assert {account.institution_id for account in new} == {"101732"}
    (login,) = {account.institution_login_id for account in new}
    assert login not in {account.institution_login_id for account in before.values()}
    assert {account.status for account in new} == {"active"}
    for account in new:
        assert account.created_date is not None
        assert begun <= account.created_date.timestamp() <= sandbox.clock()
        assert account.last_transaction_date is None


async def test_accounts_of_a_cancelled_session_stay_pending(
    sandbox: Sandbox, session: AsyncSession, make_link: MakeLink
) -> None:
    before = await all_accounts(session, status="pending")
    await sandbox.connect(await make_link(), outcome="cancelled")
    after = await all_accounts(session, status="pending")
    assert {after[one].status for one in after.keys() - before.keys()} == {"pending"}
    assert len(after) == len(before) + 3
    await sandbox.connect(await make_link())
    assert {one.status for one in (await all_accounts(session)).values()} == {"active"}


async def test_the_event_tells_less_than_the_record(sandbox: Sandbox, make_link: MakeLink, hook: RawServer) -> None:
    await sandbox.connect(await make_link())
    (account, *_) = json.loads(hook.calls[-2].body)["payload"]["accounts"]
    record = sandbox.customers[CUSTOMER][account["id"]]
    assert account.keys() == record.keys() - {"detail", "position"}
    assert (account["lastUpdatedDate"], account["balance"]) == (0, record["balance"])


async def test_a_second_session_finds_the_same_accounts(
    sandbox: Sandbox, session: AsyncSession, make_link: MakeLink
) -> None:
    link = await make_link()
    first, second = await sandbox.connect(link), await sandbox.connect(link)
    assert first.accounts == second.accounts
    elsewhere = await sandbox.connect(link, institution="101732")
    assert not {one["id"] for one in elsewhere.accounts} & {one["id"] for one in first.accounts}
    assert first.accounts[0]["institutionLoginId"] != elsewhere.accounts[0]["institutionLoginId"]


async def test_an_account_deleted_meanwhile_is_found_anew(sandbox: Sandbox, make_link: MakeLink) -> None:
    link = await make_link()
    first = await sandbox.connect(link)
    del sandbox.customers[CUSTOMER][first.accounts[0]["id"]]
    second = await sandbox.connect(link)
    assert len(second.accounts) == 3
    assert first.accounts[0]["id"] not in {one["id"] for one in second.accounts}


async def test_an_account_deleted_while_the_customer_chooses_is_not_added(
    sandbox: Sandbox, make_link: MakeLink
) -> None:
    running = RunningSession(sandbox._state, sandbox._state.links.open(await make_link()))
    await running.do(lambda session: session.start())
    await running.do(lambda session: session.choose("102105"))
    await running.do(lambda session: session.sign_in("profile_03", "profile_03"))
    gone, *kept = [account["id"] for account in running.session.accounts]
    del sandbox.customers[CUSTOMER][gone]
    await running.do(lambda session: session.add([gone, *kept]))
    assert [account["id"] for account in running.session.added] == kept


async def test_every_institution_that_the_sandbox_has_can_be_connected(
    sandbox: Sandbox, session: AsyncSession, make_link: MakeLink
) -> None:
    sandbox.institutions["77"] = {"name": "New Bank", "status": "online", "transAgg": True}
    played = await sandbox.connect(await make_link(), institution=77)
    assert {account["institutionId"] for account in played.accounts} == {"77"}
    lite = (await generate_lite_connect_url(session, CUSTOMER, 77)).link
    del sandbox.institutions["77"]
    with pytest.raises(ValueError, match="no institution 77"):
        await sandbox.connect(await make_link(), institution=77)
    assert (await sandbox.connect(lite)).code == 200


@pytest.mark.parametrize(
    ("members", "types"),
    [
        ({"status": "offline"}, [*STARTED, "unableToConnect", "done"]),
        ({"status": "maintenance"}, [*STARTED, "unableToConnect", "done"]),
        ({"transAgg": False}, ["started", "institutionNotSupported", "done"]),
    ],
)
async def test_an_institution_that_is_changed_behaves_so(
    sandbox: Sandbox, make_link: MakeLink, members: dict[str, Any], types: list[str]
) -> None:
    sandbox.institutions["102105"].update(members)
    assert types_of(await sandbox.connect(await make_link())) == types


# Lite and fix


async def test_a_lite_session_has_no_search(sandbox: Sandbox, session: AsyncSession, hook: RawServer) -> None:
    link = (await generate_lite_connect_url(session, CUSTOMER, 101732, webhook=hook.url)).link
    played = await sandbox.connect(link)
    assert types_of(played) == ["started", "discovered", "adding", "added", "done"]
    assert {one["institutionId"] for one in played.accounts} == {"101732"}
    assert types_of(await sandbox.connect(link, outcome="failed")) == ["started", "unableToConnect", "done"]


async def test_a_fix_session_repairs_the_accounts_of_a_login(
    sandbox: Sandbox, session: AsyncSession, hook: RawServer
) -> None:
    records = sandbox.customers[CUSTOMER]
    records["5011648377"]["aggregationStatusCode"] = 103
    link = (await generate_fix_connect_url(session, CUSTOMER, LOGIN, webhook=hook.url)).link
    played = await sandbox.connect(link, outcome="mfa")
    assert (types_of(played), played.code) == (["started", "done"], 200)
    account = (await all_accounts(session))["5011648377"]
    assert account.aggregation_status_code == 0
    assert account.aggregation_success_date == account.aggregation_attempt_date


async def test_a_fix_session_with_nothing_to_fix_is_over_at_once(sandbox: Sandbox, session: AsyncSession) -> None:
    played = await sandbox.connect((await generate_fix_connect_url(session, CUSTOMER, LOGIN)).link)
    assert (played.code, played.reason) == (201, "error")


# Arguments and threads


@pytest.mark.parametrize(
    "options",
    [{"outcome": "added twice"}, {"institution": 1}, {"accounts": []}, {"accounts": ["piggyBank"]}],
)
async def test_an_argument_that_fits_nothing_is_refused_before_anything_is_sent(
    sandbox: Sandbox, make_link: MakeLink, options: dict[str, Any]
) -> None:
    link = await make_link()
    with pytest.raises(ValueError, match=r"none of|no institution|one or more"):
        await sandbox.connect(link, **options)
    assert len(sandbox.sent_events) == 1
    await sandbox.connect(link)


async def test_a_sandbox_on_a_thread_plays_sessions_for_any_loop(hook: RawServer) -> None:
    with Sandbox() as sandbox:
        async with AsyncSession(sandbox.credentials, base_url=sandbox.url) as session:
            link = (await generate_connect_url(session, CUSTOMER, webhook=hook.url)).link
            played = await sandbox.connect(link)
            assert (len(played.events), len(hook.calls)) == (6, 7)
            with pytest.raises(LinkRefusedError):
                await sandbox.connect("http://127.0.0.1/connect")


async def test_sessions_of_many_customers_run_side_by_side(sandbox: Sandbox, make_link: MakeLink) -> None:
    links = [await make_link(customer) for customer in sandbox.customers]
    played = await asyncio.gather(*map(sandbox.connect, links))
    assert {one.code for one in played} == {200}
    assert len({account["id"] for one in played for account in one.accounts}) == 30
