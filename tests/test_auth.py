"""Credentials: from the environment, from a partner, or a token that was obtained elsewhere."""

import dataclasses
import json
from typing import Any

import pytest

from finicity_async import AsyncSession, AuthenticationError, ConfigurationError, Credentials, create_token
from tests.support.clock import MovedClock
from tests.support.logins import (
    CREDENTIALS,
    FIRST,
    MINUTE,
    SECOND,
    SECRET,
    THIRD,
    Call,
    change_secret,
    list_accounts,
    session_on,
    token_reply,
    tokens_sent,
)
from tests.support.servers import RawServer, http

pytestmark = pytest.mark.usefixtures("no_task_is_left")

EXPIRED = http(401, {"code": "10023", "message": "Expired token"})

APP_TOKEN_ALONE = Credentials("key-0123456789", app_token=THIRD)
WITH_PARTNER = dataclasses.replace(CREDENTIALS, app_token=THIRD)


@pytest.mark.parametrize("credentials", [APP_TOKEN_ALONE, WITH_PARTNER], ids=["alone", "with partner"])
async def test_app_token_is_used_without_a_login_and_never_renewed(clock: MovedClock, credentials: Credentials) -> None:
    async with RawServer() as server, session_on(server, credentials, clock=clock) as session:
        await list_accounts(session)
        clock.advance(1000 * MINUTE)
        await list_accounts(session)
        assert tokens_sent(server) == [THIRD, THIRD]
        assert server.logins == []


@pytest.mark.parametrize("credentials", [APP_TOKEN_ALONE, WITH_PARTNER], ids=["alone", "with partner"])
async def test_refused_app_token_is_raised_and_not_renewed(credentials: Credentials) -> None:
    async with RawServer(EXPIRED) as server, session_on(server, credentials) as session:
        with pytest.raises(AuthenticationError) as caught:
            await list_accounts(session)
        assert caught.value.code == "10023"
        assert (len(server.logins), len(server.calls)) == (0, 1)
        await list_accounts(session)


@pytest.mark.parametrize("call", [create_token, change_secret])
@pytest.mark.parametrize(
    "credentials",
    [
        APP_TOKEN_ALONE,
        Credentials("key-0123456789", "2445581234567", None, THIRD),
        Credentials("key-0123456789", None, SECRET, THIRD),
    ],
    ids=["token alone", "no secret", "no partner ID"],
)
async def test_app_token_without_a_whole_partner_logs_in_nowhere(call: Call, credentials: Credentials) -> None:
    async with RawServer() as server, session_on(server, credentials) as session:
        with pytest.raises(ConfigurationError):
            await call(session)
        assert (server.logins, server.calls) == ([], [])
        await list_accounts(session)


async def test_app_token_with_a_partner_can_make_tokens_for_others() -> None:
    async with RawServer(logins=token_reply(FIRST)) as server, session_on(server, WITH_PARTNER) as session:
        assert (await create_token(session)).token == FIRST
        await list_accounts(session)
        assert tokens_sent(server) == [THIRD]


async def test_created_token_does_not_replace_that_of_the_session() -> None:
    async with RawServer(logins=token_reply(FIRST, SECOND, THIRD)) as server, session_on(server) as session:
        await list_accounts(session)
        assert {(await create_token(session)).token, (await create_token(session)).token} == {SECOND, THIRD}
        await list_accounts(session)
        assert tokens_sent(server) == [FIRST, FIRST]
        assert session.stats.logins == 3


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"app_key": ""}, "app_key"),
        ({"app_key": None}, "app_key"),
        ({"app_key": "two words"}, "app_key"),
        ({"app_key": "line\n"}, "app_key"),
        ({"app_key": "cl\u00e9"}, "app_key"),
        ({"partner_id": ""}, "partner_id"),
        ({"partner_id": None}, "partner_id"),
        ({"partner_id": 2445581234567}, "partner_id"),
        ({"partner_secret": None}, "partner_secret"),
        ({"partner_secret": "tabbed\t"}, "partner_secret"),
        ({"app_token": ""}, "app_token"),
        ({"app_token": "a\r\nb"}, "app_token"),
    ],
)
def test_credentials_that_could_not_work_are_refused_by_name(values: dict[str, Any], named: str) -> None:
    given = {"app_key": "key", "partner_id": "1", "partner_secret": "secret", **values}
    with pytest.raises(ConfigurationError, match=named) as caught:
        Credentials(**given)
    assert not any(str(value).strip() in str(caught.value) for value in values.values() if value)


ENVIRONMENT = {"FINICITY_APP_KEY": "key", "FINICITY_PARTNER_ID": "1", "FINICITY_PARTNER_SECRET": "secret"}


def test_credentials_come_from_the_environment_without_whitespace_around_them() -> None:
    environ = {name: f" {value}\n" for name, value in ENVIRONMENT.items()}
    assert Credentials.from_env(environ) == Credentials("key", "1", "secret")
    assert Credentials.from_env({"FINICITY_APP_KEY": "key", "FINICITY_APP_TOKEN": "t\n"}) == Credentials(
        "key", app_token="t"
    )


def test_credentials_come_from_the_variables_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FINICITY_APP_TOKEN", raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    assert Credentials.from_env() == Credentials("key", "1", "secret")


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({}, {"FINICITY_APP_KEY", "FINICITY_PARTNER_ID", "FINICITY_PARTNER_SECRET"}),
        ({**ENVIRONMENT, "FINICITY_APP_KEY": ""}, {"FINICITY_APP_KEY"}),
        ({**ENVIRONMENT, "FINICITY_PARTNER_SECRET": " "}, {"FINICITY_PARTNER_SECRET"}),
        ({"FINICITY_APP_KEY": "key"}, {"FINICITY_PARTNER_ID", "FINICITY_PARTNER_SECRET"}),
        ({"FINICITY_APP_TOKEN": "token"}, {"FINICITY_APP_KEY"}),
    ],
)
def test_missing_variables_are_named_and_the_others_are_not(environ: dict[str, str], named: set[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Credentials.from_env(environ)
    to_set, _, _ = str(caught.value).partition(" in the environment")
    assert set(to_set.removeprefix("Set ").split(", ")) == named


async def test_session_comes_from_the_environment() -> None:
    async with RawServer() as server:
        environ = {**ENVIRONMENT, "FINICITY_BASE_URL": f" {server.url}/\n"}
        async with AsyncSession.from_env(environ, max_tries=1) as session:
            await list_accounts(session)
        assert json.loads(server.logins[0].body) == {"partnerId": "1", "partnerSecret": "secret"}


def test_session_from_the_environment_goes_to_the_vendor_unless_told_otherwise() -> None:
    assert AsyncSession.from_env(ENVIRONMENT).base_url == "https://api.finicity.com"
    blank = {**ENVIRONMENT, "FINICITY_BASE_URL": " "}
    assert AsyncSession.from_env(blank).base_url == "https://api.finicity.com"
    set_ = {**ENVIRONMENT, "FINICITY_BASE_URL": "https://one.example"}
    assert AsyncSession.from_env(set_, base_url="https://two.example").base_url == "https://two.example"


def test_session_refuses_a_base_url_from_the_environment_that_shows_the_secrets() -> None:
    with pytest.raises(ConfigurationError):
        AsyncSession.from_env({**ENVIRONMENT, "FINICITY_BASE_URL": "http://api.finicity.com"})
