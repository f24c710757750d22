"""The Connect Components operations: two kinds of answers to a repair, and configurations that are found again."""

import json
from datetime import UTC, datetime

import pytest

from finicity_async import AsyncSession, NotFoundError, PayloadError, Sandbox
from finicity_async.endpoints.connect_components import (
    POST_RECONNECTIONS,
    delete_configurations_configuration_id,
    get_configurations,
    get_configurations_configuration_id,
    post_configurations,
    post_institutions_institution_id_login_forms,
    post_institutions_institution_id_oauth_urls,
    post_reconnections,
)
from finicity_async.models.connect_components import (
    LoginForm,
    LoginFormParameters,
    MfaChallenges,
    OAuthUrl,
    OAuthUrlParameters,
    ServiceAgreement,
)
from tests.secrecy.secrets import server_with, session_on
from tests.support.servers import Close, http

SESSION, STREAM = "8d9d8f5e-2c5f-4f49-bf9b-276a7df0367f", "208a1170-875e-4656-85d0-27dfc3ee7137"
AGREEMENT = ServiceAgreement(language="en", accepted_date=datetime(2026, 11, 28, 18, 25, 32, tzinfo=UTC))
FORM = http(201, {"id": SESSION, "eventStreamId": STREAM, "elements": [{"id": "1", "label": "Username"}]})
CHALLENGE = {"id": "2", "prompt": "Which school?", "mfaType": "TFA_TEXT", "choiceIds": [], "eventStreamId": STREAM}
ASKED = http(203, [{"mfaChallenges": [CHALLENGE]}])
LINK = http(201, {"id": SESSION, "url": "https://bank.example.com/?state=77", "eventStreamId": STREAM})


# Logins


async def test_a_repair_begins_with_a_form() -> None:
    async with server_with(FORM) as server, session_on(server) as session:
        form = await post_reconnections(session, 1, 2)
    assert isinstance(form, LoginForm)
    assert [one.label for one in form.elements] == ["Username"]


async def test_a_repair_begins_with_the_questions_of_the_institution() -> None:
    async with server_with(ASKED) as server, session_on(server) as session:
        asked = await post_reconnections(session, 1, 2)
    assert isinstance(asked, tuple)
    (question,) = asked[0].mfa_challenges
    assert (question.prompt, question.mfa_type, question.event_stream_id) == ("Which school?", "TFA_TEXT", STREAM)


@pytest.mark.parametrize("answer", [FORM, ASKED], ids=["form", "questions"])
async def test_a_row_that_is_sent_gives_what_its_function_gives(answer: bytes) -> None:
    async with server_with(answer, answer) as server, session_on(server) as session:
        sent = await session.send(POST_RECONNECTIONS.request(customer_id=1, institution_login_id=2))
        assert sent == await post_reconnections(session, 1, 2)


async def test_a_question_with_an_odd_member_is_asked() -> None:
    odd = http(203, [{"mfaChallenges": [CHALLENGE | {"choiceIds": 7}]}])
    async with server_with(odd) as server, session_on(server) as session:
        asked = await post_reconnections(session, 1, 2)
    assert isinstance(asked, tuple)
    assert asked[0].mfa_challenges[0].prompt == "Which school?"
    assert asked[0].invalid_values == {"$.mfaChallenges[0].choiceIds": 7}


async def test_a_repair_that_is_answered_otherwise_is_an_error() -> None:
    async with server_with(http(201, "7"), FORM) as server, session_on(server) as session:
        with pytest.raises(PayloadError, match="does not fit"):
            await post_reconnections(session, 1, 2)
        assert await post_reconnections(session, 1, 2)


async def test_a_203_without_questions_is_no_answer() -> None:
    async with server_with(http(203), FORM) as server, session_on(server) as session:
        with pytest.raises(PayloadError, match="the body is empty"):
            await post_reconnections(session, 1, 2)
        assert await post_reconnections(session, 1, 2)


async def test_a_link_is_made_again_when_the_answer_is_lost() -> None:
    async with server_with(Close(), LINK) as server, session_on(server) as session:
        made = await post_institutions_institution_id_oauth_urls(
            session, 170716, "https://example.com/connected", 1005061234, AGREEMENT
        )
    assert (made.url, len(server.calls)) == ("https://bank.example.com/?state=77", 2)
    assert json.loads(server.calls[1].body) == {
        "redirectURI": "https://example.com/connected",
        "customerId": "1005061234",
        "serviceAgreement": {"language": "en", "acceptedDate": "2026-11-28T18:25:32Z"},
    }


async def test_a_form_is_made_in_a_language_and_with_a_configuration() -> None:
    async with server_with(FORM) as server, session_on(server) as session:
        await post_institutions_institution_id_login_forms(
            session, 102105, "es", 1005061234, AGREEMENT, configuration_id=SESSION
        )
    sent = json.loads(server.calls[0].body)
    assert (sent["language"], sent["configurationId"]) == ("es", SESSION)


def test_no_text_shows_a_link_a_stream_or_a_customer() -> None:
    shown = repr(
        [
            OAuthUrl(id="1", url="https://bank.example.com/?state=77", event_stream_id=STREAM),
            LoginForm(id="1", event_stream_id=STREAM, elements=()),
            MfaChallenges.from_dict({"mfa_challenges": [CHALLENGE]}),
            OAuthUrlParameters(redirect_uri="https://example.com", customer_id="77", service_agreement=AGREEMENT),
            LoginFormParameters(language="en", customer_id="77", service_agreement=AGREEMENT),
        ]
    )
    assert [part for part in ("77", STREAM, "example.com") if part in shown] == []


# Configurations in the sandbox


async def test_a_configuration_is_found_again_until_it_is_deleted(session: AsyncSession, sandbox: Sandbox) -> None:
    made = await post_configurations(session, filter_accounts=["Checking"], account_classification_type=["personal"])
    other = await post_configurations(session, ao_required=True)
    assert (made.filter_accounts, made.account_classification_type, made.ao_required) == (
        ("Checking",),
        ("personal",),
        None,
    )
    assert await get_configurations(session) == (made, other)
    assert await get_configurations_configuration_id(session, made.id or "") == made
    snapshot = sandbox.snapshot()
    await delete_configurations_configuration_id(session, made.id or "")
    assert await get_configurations(session) == (other,)
    sandbox.reset(snapshot)
    assert await get_configurations(session) == (made, other)


async def test_a_configuration_that_is_not_there_is_an_error_with_a_code(session: AsyncSession) -> None:
    for call in (get_configurations_configuration_id, delete_configurations_configuration_id):
        with pytest.raises(NotFoundError) as caught:
            await call(session, SESSION)
        assert caught.value.code == "4041"
    assert await get_configurations(session) == ()
