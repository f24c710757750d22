"""A new partner secret: sent once, used at once, and the old one never again."""

import asyncio
import dataclasses
import json

import aiohttp
import pytest

from finicity_async import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    FinicityError,
    Sandbox,
    StatusError,
    TransportError,
    create_token,
    get_customer_accounts,
    modify_partner_secret,
)
from tests.support.held import HeldServer, is_login, until
from tests.support.logins import BAD_SECRET, CREDENTIALS, NEW_SECRET, SECRET, list_accounts, session_on
from tests.support.servers import TOKEN, Close, RawServer, http

pytestmark = pytest.mark.usefixtures("no_task_is_left")


@pytest.mark.parametrize("immediate", [True, False])
async def test_change_of_the_secret_sends_both_secrets_once_and_no_token(immediate: bool) -> None:
    async with RawServer(http(204)) as server, session_on(server) as session:
        await modify_partner_secret(session, NEW_SECRET, immediate=immediate)
        (call,) = server.calls
        assert (call.method, call.target) == ("PUT", "/aggregation/v2/partners/authentication")
        assert json.loads(call.body) == {
            "partnerId": "2445581234567",
            "partnerSecret": SECRET,
            "newPartnerSecret": NEW_SECRET,
            "immediate": immediate,
        }
        assert "finicity-app-token" not in call.headers
        assert session.credentials.partner_secret == NEW_SECRET


async def test_session_goes_on_with_the_new_secret_and_the_old_one_is_refused(sandbox: Sandbox) -> None:
    old = sandbox.credentials
    async with session_on(sandbox, old) as session:
        await get_customer_accounts(session, 1005061234)
        await modify_partner_secret(session, NEW_SECRET)
        await get_customer_accounts(session, 1005061234)
        assert (await create_token(session)).token
        assert session.credentials == sandbox.credentials == dataclasses.replace(old, partner_secret=NEW_SECRET)
    async with session_on(sandbox, old) as session:
        with pytest.raises(AuthenticationError) as caught:
            await create_token(session)
        assert caught.value.code == "10001"


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "a2345678901",
        "a" * 12,
        "1" * 12,
        "a1" + "!" * 254,
        "a1 456789012",
        "a1^456789012",
        "a12345678901\n",
        "\u00e912345678901",
        "a\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660\u0661",
    ],
)
async def test_secret_that_breaks_the_rules_is_refused_before_anything_is_sent(secret: str) -> None:
    async with RawServer() as server, session_on(server) as session:
        with pytest.raises(ConfigurationError):
            await modify_partner_secret(session, secret)
        assert (server.logins, server.calls) == ([], [])
        assert session.credentials == CREDENTIALS
        await list_accounts(session)


@pytest.mark.parametrize("secret", ["a23456789012", "1!@#$%&*_-+Z", "a1" + "!" * 253], ids=["12", "signs", "255"])
async def test_secret_that_keeps_the_rules_is_taken(sandbox: Sandbox, secret: str) -> None:
    async with session_on(sandbox, sandbox.credentials) as session:
        await modify_partner_secret(session, secret)
        assert sandbox.credentials.partner_secret == secret
        await get_customer_accounts(session, 1005061234)


@pytest.mark.parametrize(
    ("answer", "error", "sent"),
    [
        (Close(), TransportError, None),
        (Close(http(204)[:12]), TransportError, None),
        (http(503), StatusError, 503),
        (http(400, {"code": "24437", "message": "policy"}), BadRequestError, 400),
        (BAD_SECRET, AuthenticationError, 401),
    ],
    ids=["lost", "truncated", "503", "400", "401"],
)
async def test_failed_change_is_sent_once_and_leaves_the_old_secret_in_place(
    answer: bytes | Close, error: type[FinicityError], sent: int | None
) -> None:
    async with RawServer(answer) as server, session_on(server) as session:
        with pytest.raises(error) as caught:
            await modify_partner_secret(session, NEW_SECRET)
        assert getattr(caught.value, "status", None) == sent
        assert caught.value.retryable is False
        assert len(server.calls) == 1
        assert session.credentials == CREDENTIALS
        await list_accounts(session)
        assert json.loads(server.logins[0].body)["partnerSecret"] == SECRET


async def test_login_in_flight_with_the_old_secret_does_not_poison_the_session() -> None:
    held = HeldServer(
        http(204), holds=lambda received: is_login(received) and not server.arrived, logins=(BAD_SECRET, TOKEN)
    )
    async with held as server, session_on(server) as session:
        task = asyncio.create_task(list_accounts(session))
        await until(lambda: server.arrived)
        await modify_partner_secret(session, NEW_SECRET)
        server.release()
        await asyncio.wait([task])
        task.exception()
        await list_accounts(session)
        assert [json.loads(login.body)["partnerSecret"] for login in server.logins] == [SECRET, NEW_SECRET]


async def test_another_secret_lifts_a_remembered_refusal() -> None:
    async with RawServer(logins=(BAD_SECRET,)) as server, session_on(server) as session:
        with pytest.raises(AuthenticationError):
            await list_accounts(session)
        session.use_secret(NEW_SECRET)
        await list_accounts(session)
        assert [json.loads(login.body)["partnerSecret"] for login in server.logins] == [SECRET, NEW_SECRET]


async def test_refused_login_of_another_program_does_not_touch_the_session(sandbox: Sandbox) -> None:
    async with session_on(sandbox, sandbox.credentials) as session, aiohttp.ClientSession() as other:
        await get_customer_accounts(session, 1005061234)
        for _ in range(6):
            async with other.post(
                f"{sandbox.url}/aggregation/v2/partners/authentication",
                json={"partnerId": "1", "partnerSecret": "wrong"},
                headers={"Finicity-App-Key": sandbox.credentials.app_key},
            ) as response:
                assert response.status == 401
        await get_customer_accounts(session, 1005061234)
