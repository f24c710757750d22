"""What is special about Connect: the partner in the body, links that are secrets, and advice about refusals."""

import json
import pickle
import pprint
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from finicity_async import (
    AsyncSession,
    BadRequestError,
    ConfigurationError,
    NotFoundError,
    PayloadError,
    Sandbox,
    StatusError,
    read_connect_event,
)
from finicity_async.endpoints.connect import (
    create_connect_experience,
    generate_connect_url,
    generate_fix_connect_url,
    generate_joint_borrower_connect_url,
    generate_lite_connect_url,
    generate_transfer_bill_pay_switch_url,
    generate_transfer_deposit_switch_url,
    get_all_experience,
    send_connect_email,
    send_joint_borrower_connect_email,
    verify_micro_entry_microdeposit,
)
from finicity_async.events import Event, Finished
from finicity_async.models.connect import (
    Borrower,
    ConnectEmailUrl,
    ConnectUrl,
    ConsumerInfo,
    EmailOptions,
    ReportCustomField,
)
from finicity_async.models.connect_components import ServiceAgreement
from finicity_async.models.connect_transfer import BankAccount, BillPaySwitchIdentity, Card
from tests.support.servers import WITH_SECRET, WITH_TOKEN, Close, RawServer, http, session_on

LINK = (
    "https://connect2.finicity.com?customerId=1005061234&origin=url&partnerId=test-partner-id"
    "&signature=5e0f1d9c0ab7&timestamp=1648050761908&ttl=1648057961908"
)
ANSWER = http(200, {"link": LINK})
WITH_PARTNER = replace(WITH_TOKEN, partner_id="test-partner-id")
EMAIL = EmailOptions(to="ava@example.com", from_="Acme Lending")
PAIR = (
    Borrower(customer_id="1", consumer_id="c1", type="primary", optional_consumer_info=ConsumerInfo(ssn="999601234")),
    Borrower(customer_id="2", consumer_id="c2", type="jointBorrower"),
)
ON_THE_WIRE = [
    {"customerId": "1", "consumerId": "c1", "type": "primary", "optionalConsumerInfo": {"ssn": "999601234"}},
    {"customerId": "2", "consumerId": "c2", "type": "jointBorrower"},
]
CUSTOMER = 1005061234
BIRTHDAY = datetime(1969, 7, 20, tzinfo=UTC)

ACCOUNT = BankAccount(account_number="7526894126", bank_identifier="110000000", type="checking")
CARD = Card(title="A card", number="4242424242424242", expiry="12/27", cvv="123")
AVA = BillPaySwitchIdentity(
    first_name="Ava", last_name="Other", zip_code="84401", address="12 Any Street", city="Ogden", state="UT"
)

Call = Callable[[AsyncSession], Awaitable[Any]]
CALLS: tuple[tuple[Call, str, dict[str, object]], ...] = (
    (lambda session: generate_connect_url(session, 1005061234), "generate", {"customerId": "1005061234"}),
    (
        lambda session: generate_lite_connect_url(session, "1", "102105"),
        "generate/lite",
        {"customerId": "1", "institutionId": 102105},
    ),
    (
        lambda session: generate_fix_connect_url(session, 1, 1007302745),
        "generate/fix",
        {"customerId": "1", "institutionLoginId": "1007302745"},
    ),
    (
        lambda session: generate_transfer_deposit_switch_url(
            session, 1, [ACCOUNT], service_agreement=ServiceAgreement(language="en", accepted_date=BIRTHDAY)
        ),
        "generate/transfer/deposit-switch",
        {
            "customerId": "1",
            "accounts": [{"accountNumber": "7526894126", "bankIdentifier": "110000000", "type": "checking"}],
            "serviceAgreement": {"language": "en", "acceptedDate": "1969-07-20T00:00:00Z"},
        },
    ),
    (
        lambda session: generate_transfer_bill_pay_switch_url(session, 1, [CARD], AVA, single_use_url=True),
        "generate/transfer/bill-pay-switch",
        {
            "customerId": "1",
            "singleUseUrl": True,
            "cards": [{"title": "A card", "number": "4242424242424242", "expiry": "12/27", "cvv": "123"}],
            "identity": msgspec.to_builtins(AVA),
        },
    ),
    (
        lambda session: send_connect_email(session, 1, "c1", EMAIL),
        "send/email",
        {"customerId": "1", "consumerId": "c1", "email": {"to": "ava@example.com", "from": "Acme Lending"}},
    ),
    (
        lambda session: generate_joint_borrower_connect_url(session, PAIR),
        "generate/jointBorrower",
        {"borrowers": ON_THE_WIRE},
    ),
    (
        lambda session: send_joint_borrower_connect_email(session, list(PAIR), EMAIL, "default"),
        "send/email/jointBorrower",
        {
            "borrowers": ON_THE_WIRE,
            "email": {"to": "ava@example.com", "from": "Acme Lending"},
            "experience": "default",
        },
    ),
)
every_call = pytest.mark.parametrize(("call", "path", "body"), CALLS, ids=[path for _, path, _ in CALLS])
every_making_call = pytest.mark.parametrize("call", [call for call, path, _ in CALLS if path.startswith("generate")])
every_sending_call = pytest.mark.parametrize("call", [call for call, path, _ in CALLS if path.startswith("send")])


def body_of(server: RawServer) -> Any:
    return json.loads(server.calls[-1].body)


# Bodies


@every_call
async def test_a_body_has_the_partner_of_the_session_and_nothing_that_was_not_given(
    call: Call, path: str, body: dict[str, object]
) -> None:
    async with RawServer(default=ANSWER) as server, session_on(server, WITH_PARTNER) as session:
        link = await call(session)
        assert link.link == LINK
        assert server.calls[0].target == f"/connect/{'' if 'transfer' in path else 'v2/'}{path}"
        assert body_of(server) == {"partnerId": "test-partner-id", **body}


@every_call
async def test_a_session_without_a_partner_id_sends_nothing(call: Call, path: str, body: dict[str, object]) -> None:
    async with RawServer(default=ANSWER) as server, session_on(server, WITH_TOKEN) as session:
        with pytest.raises(ConfigurationError, match=r"partner_id.*Nothing was sent"):
            await call(session)
        assert server.calls == []


async def test_every_option_is_sent_in_the_vendors_form() -> None:
    async with RawServer(default=ANSWER) as server, session_on(server, WITH_SECRET) as session:
        await generate_connect_url(
            session,
            "1",
            consumer_id="c1",
            redirect_uri="https://example.com/connected",
            webhook="https://example.com/finicity",
            webhook_content_type="application/json",
            webhook_data={"user": "7"},
            webhook_headers={"X-Tenant": "7"},
            experience="default",
            language="es",
            single_use_url=False,
            institution_settings={"oauthOnly": True},
            optional_consumer_info=ConsumerInfo(ssn="999601234", dob=BIRTHDAY),
            from_date=datetime(2026, 1, 1, tzinfo=UTC),
            report_custom_fields=[ReportCustomField(label="loanID", value="1", shown=False)],
            is_hosted_in_mobile_app=True,
            is_web_view=True,
        )
        assert body_of(server) == {
            "language": "es",
            "partnerId": "test-partner-id",
            "customerId": "1",
            "consumerId": "c1",
            "redirectUri": "https://example.com/connected",
            "webhook": "https://example.com/finicity",
            "webhookContentType": "application/json",
            "webhookData": {"user": "7"},
            "webhookHeaders": {"X-Tenant": "7"},
            "optionalConsumerInfo": {"ssn": "999601234", "dob": -14256000},
            "singleUseUrl": False,
            "experience": "default",
            "institutionSettings": {"oauthOnly": True},
            "fromDate": 1767225600,
            "reportCustomFields": [{"label": "loanID", "value": "1", "shown": False}],
            "isHostedInMobileApp": True,
            "isWebView": True,
        }


@pytest.mark.parametrize(
    "call",
    [
        lambda session: generate_connect_url(session, "1/../2"),
        lambda session: generate_connect_url(session, 1, consumer_id=""),
        lambda session: generate_connect_url(session, 1, from_date=datetime(2026, 1, 1)),  # noqa: DTZ001 -- refused
        lambda session: generate_lite_connect_url(session, 1, "bank"),
        lambda session: generate_fix_connect_url(session, 1, True),  # noqa: FBT003 -- refused
        lambda session: create_connect_experience(session, "84fd419a", "bank"),
    ],
)
async def test_what_the_vendor_could_not_read_is_refused_before_it_is_sent(call: Call) -> None:
    async with RawServer(default=ANSWER) as server, session_on(server, WITH_SECRET) as session:
        with pytest.raises(ConfigurationError, match="Nothing was sent"):
            await call(session)
        assert server.calls == []
        await generate_connect_url(session, 1)


# Answers that are lost or refused


@every_making_call
async def test_a_link_whose_response_was_lost_is_made_again(call: Call) -> None:
    async with RawServer(Close(), default=ANSWER) as server, session_on(server, WITH_PARTNER) as session:
        assert (await call(session)).link == LINK
        assert len(server.calls) == 2


@every_sending_call
async def test_an_email_whose_response_was_lost_is_not_sent_again(call: Call) -> None:
    async with RawServer(Close(), default=ANSWER) as server, session_on(server, WITH_PARTNER) as session:
        with pytest.raises(Exception, match="not known"):
            await call(session)
        assert len(server.calls) == 1
        await generate_connect_url(session, 1)


@pytest.mark.parametrize(
    ("status", "code", "kind", "advice"),
    [
        (400, "10010", BadRequestError, "does not know the customer, or refuses another value"),
        (400, 10010, BadRequestError, "The partner ID is that of the session's credentials"),
        (404, "38007", NotFoundError, "read now: it changes when accounts move"),
        (400, "14020", BadRequestError, "must answer the vendor's ping with a 2xx"),
        (400, None, BadRequestError, "must answer the vendor's ping with a 2xx"),
        (403, None, StatusError, "outside the allowed countries"),
    ],
)
async def test_a_refusal_says_what_to_do_about_it(
    status: int, code: object, kind: type[StatusError], advice: str
) -> None:
    refusal = http(status, {"code": code, "message": "Customer ID does not exist"})
    async with RawServer(refusal, default=ANSWER) as server, session_on(server, WITH_PARTNER) as session:
        with pytest.raises(kind, match=advice) as caught:
            await generate_fix_connect_url(session, 1005061234, 1007302745)
        assert "1005061234" not in str(caught.value)
        await generate_fix_connect_url(session, 1005061234, 1007302745)


async def test_advice_about_a_login_belongs_to_the_operation_that_takes_one() -> None:
    unknown = http(404, {"code": "38007", "message": "?"})
    async with RawServer(unknown, default=ANSWER) as server, session_on(server, WITH_PARTNER) as session:
        with pytest.raises(NotFoundError, match="Compare the stored customer"):
            await generate_connect_url(session, 1)
        await generate_connect_url(session, 1)


# Links


SWITCHES: tuple[Call, ...] = (
    lambda session: generate_transfer_deposit_switch_url(session, CUSTOMER, [ACCOUNT]),
    lambda session: generate_transfer_bill_pay_switch_url(session, CUSTOMER, [CARD], AVA, single_use_url=True),
    lambda session: verify_micro_entry_microdeposit(session, CUSTOMER, 5011648377),
)


@pytest.mark.parametrize("call", SWITCHES)
async def test_every_link_of_the_sandbox_says_when_it_ends(call: Call, session: AsyncSession, sandbox: Sandbox) -> None:
    made = await call(session)
    assert made.expires_at.timestamp() == pytest.approx(sandbox.clock() + 7200, abs=60)
    with pytest.raises(ValueError, match="no pages for a link of type"):
        await sandbox.connect(made.link)


async def test_a_switch_needs_an_account_or_a_card_and_a_customer(session: AsyncSession) -> None:
    for call in (
        generate_transfer_deposit_switch_url(session, CUSTOMER, []),
        generate_transfer_bill_pay_switch_url(session, CUSTOMER, [], AVA, single_use_url=True),
        generate_transfer_deposit_switch_url(session, 1, [ACCOUNT]),
    ):
        with pytest.raises(BadRequestError) as caught:
            await call
        assert caught.value.code == "10010"
    await generate_transfer_deposit_switch_url(session, CUSTOMER, [ACCOUNT])


async def test_advice_speaks_of_a_webhook_only_where_there_is_one(session: AsyncSession) -> None:
    with pytest.raises(BadRequestError) as caught:
        await generate_transfer_bill_pay_switch_url(session, 1, [CARD], AVA, single_use_url=True)
    assert "partner ID" in str(caught.value)
    assert "webhook" not in str(caught.value)
    with pytest.raises(BadRequestError, match="webhook"):
        await generate_transfer_deposit_switch_url(session, 1, [ACCOUNT])


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (LINK, datetime(2022, 3, 23, 17, 52, 41, 908000, tzinfo=UTC)),
        ("https://example.com/?ttl=1660171460516type=transfer", datetime(2022, 8, 10, 22, 44, 20, 516000, tzinfo=UTC)),
        ("https://example.com/?timestamp=1648050761908", None),
        ("https://example.com/?myttl=1648057961908", None),
        ("https://example.com/?ttl=1648057961", None),
        ("https://example.com/?ttl=164805796190800000", None),
        ("https://example.com/?ttl=soon", None),
        ("", None),
    ],
)
def test_a_link_ends_when_its_ttl_says(link: str, expected: datetime | None) -> None:
    assert ConnectUrl(link=link).expires_at == expected


@pytest.mark.parametrize("url", [ConnectUrl(link=LINK), ConnectEmailUrl(link=LINK, email_config=EMAIL)])
@pytest.mark.parametrize("show", [repr, str, "{}".format, pprint.pformat, ascii])
def test_no_representation_shows_a_link(url: ConnectUrl, show: Callable[[object], str]) -> None:
    for text in (show(url), show([url])):
        assert "link='***'" in text
        assert "signature" not in text


def test_a_link_that_was_sent_shows_nothing_of_the_message() -> None:
    url = ConnectEmailUrl.from_json(json.dumps({"link": LINK, "emailConfig": {"to": "ava@example.com"}}).encode())
    assert repr(url) == "ConnectEmailUrl(link='***', email_config=EmailOptions(***))"


def test_rich_shows_no_link() -> None:
    pretty = pytest.importorskip("rich.pretty")
    assert "signature" not in pretty.pretty_repr([ConnectUrl(link=LINK)])


def test_a_link_is_not_to_be_pickled() -> None:
    with pytest.raises(TypeError, match=r"hand over \.link"):
        pickle.dumps(ConnectUrl(link=LINK))


def test_no_representation_of_a_body_shows_what_is_in_it() -> None:
    pretty = pytest.importorskip("rich.pretty")
    for value in (PAIR[0], ConsumerInfo(ssn="999601234")):
        assert "999601234" not in f"{value}{pretty.pretty_repr([value])}"
    assert repr(PAIR[1]) == "Borrower(***)"


async def test_neither_log_nor_events_show_a_link(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    events: list[Event] = []
    async with RawServer(default=ANSWER) as server, session_on(server, WITH_PARTNER, on_event=events.append) as session:
        url = await generate_connect_url(session, 1005061234)
    assert any(isinstance(event, Finished) and event.value == url for event in events)
    assert "5e0f1d9c0ab7" not in f"{events}{caplog.text}"


async def test_an_answer_without_a_link_is_a_payload_error() -> None:
    async with (
        RawServer(http(200, {"url": "?"}), default=ANSWER) as server,
        session_on(server, WITH_PARTNER) as session,
    ):
        with pytest.raises(PayloadError, match=r"\$\.link"):
            await generate_connect_url(session, 1)
        await generate_connect_url(session, 1)


async def test_the_answer_to_a_body_has_a_connection_of_its_own_because_it_names_nobody_to_compare() -> None:
    async with RawServer(default=ANSWER) as server, session_on(server, WITH_PARTNER) as session:
        await generate_connect_url(session, 1)
        await generate_connect_url(session, 2)
        assert server.connections == 2


# Experiences


@pytest.mark.parametrize(
    ("codes", "query"),
    [(None, ""), ("AO", "productCode=AO&"), (["AO", "VOA"], "productCode=AO,VOA&")],
)
async def test_product_codes_go_into_one_parameter(codes: str | list[str] | None, query: str) -> None:
    answer = http(200, [{"id": "84fd419a", "appName": "test app", "productCode": ["AO"]}])
    async with RawServer(answer) as server, session_on(server) as session:
        (experience,) = await get_all_experience(session, "test app", product_code=codes)
        assert (experience.id, experience.app_name, experience.product_code) == ("84fd419a", "test app", ("AO",))
        assert server.calls[0].target == f"/connect/experiences?{query}appName=test+app"


async def test_an_experience_is_copied_for_another_partner() -> None:
    async with RawServer(http(200, {"experienceId": "b0"})) as server, session_on(server) as session:
        assert (await create_connect_experience(session, "84fd419a", "423456789")).experience_id == "b0"
        assert server.calls[0].target == "/connect/experiences/84fd419a/duplicate"
        assert body_of(server) == {"indirectPartnerId": 423456789}


async def test_a_member_that_does_not_fit_costs_neither_the_row_nor_the_array() -> None:
    rows = [{"id": "a", "appName": {}, "productCode": None}, {"id": "b"}]
    async with RawServer(http(200, rows)) as server, session_on(server) as session:
        first, second = await get_all_experience(session, "test app")
        assert (first.id, first.app_name, first.product_code) == ("a", None, ())
        assert first.invalid_values == {"$.appName": {}}
        assert (second.id, second.invalid_values) == ("b", {})


@pytest.mark.parametrize(("body", "path"), [([{"id": "a"}, 7], r"\$\[1\]"), ({"id": "a"}, "no tuple")])
async def test_a_row_that_is_no_record_is_a_payload_error_because_an_array_cannot_keep_it(body: Any, path: str) -> None:
    async with RawServer(http(200, body), default=http(200, [])) as server, session_on(server) as session:
        with pytest.raises(PayloadError, match=path):
            await get_all_experience(session, "test app")
        assert await get_all_experience(session, "test app") == ()


async def test_a_large_array_is_read_in_turns_with_other_tasks() -> None:
    rows = [{"id": str(number), "appName": {}, "productCode": ["x" * 500]} for number in range(1_000)]
    async with RawServer(http(200, rows)) as server, session_on(server) as session:
        experiences = await get_all_experience(session, "test app")
        assert [one.id for one in experiences] == [str(number) for number in range(1_000)]
        assert all(one.invalid_values for one in experiences)


# On the sandbox


async def test_a_link_of_the_sandbox_lives_two_hours(sandbox: Sandbox, session: AsyncSession) -> None:
    before = sandbox.clock()
    url = await generate_connect_url(session, next(iter(sandbox.customers)))
    assert url.expires_at is not None
    made_at = url.expires_at.timestamp() - 2 * 60 * 60
    assert before - 1 <= made_at <= sandbox.clock() + 1


async def test_an_unknown_customer_is_refused_with_advice(sandbox: Sandbox, session: AsyncSession) -> None:
    with pytest.raises(BadRequestError, match="does not know the customer") as caught:
        await generate_connect_url(session, 990011)
    assert caught.value.code == "10010"
    assert "990011" not in str(caught.value)
    await generate_connect_url(session, next(iter(sandbox.customers)))


async def test_a_webhook_that_does_not_answer_the_ping_is_refused_with_advice(
    sandbox: Sandbox, session: AsyncSession
) -> None:
    customer = next(iter(sandbox.customers))
    async with RawServer(http(500, "down"), default=http(204)) as hook:
        with pytest.raises(BadRequestError, match="webhook must answer the vendor's ping with a 2xx"):
            await generate_connect_url(session, customer, webhook=hook.url)
        await generate_connect_url(session, customer, webhook=hook.url)
    ping = read_connect_event(
        hook.calls[-1].body, hook.calls[-1].headers["x-finicity-signature"], sandbox.credentials.partner_secret or ""
    )
    assert ping.event_type == "ping"


async def test_a_login_that_the_customer_does_not_have_is_refused_with_advice(
    sandbox: Sandbox, session: AsyncSession
) -> None:
    with pytest.raises(NotFoundError, match="Take institution_login_id from an account"):
        await generate_fix_connect_url(session, next(iter(sandbox.customers)), 1)
