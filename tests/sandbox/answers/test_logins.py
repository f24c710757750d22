"""Logins, tokens and secrets, as a client sees them that has never heard of this library."""

import aiohttp
import pytest

from finicity_async import Sandbox
from tests.sandbox.answers.plain_client import ACCOUNTS, PARTNERS, Answer, Client
from tests.support.clock import MovedClock

NEW_SECRET = "n3wSecret-123456"


async def test_login_gives_a_token_and_earlier_ones_stay_good(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    client = Client(http, sandbox)
    tokens = [(await client.log_in()).json["token"] for _ in range(3)]
    assert len(set(tokens)) == 3
    for token in tokens:
        client.headers["Finicity-App-Token"] = token
        assert (await client("GET", ACCOUNTS)).status == 200


async def test_token_expires_after_two_hours_of_the_clock(slow_client: Client, clock: MovedClock) -> None:
    clock.advance(2 * 3600 - 1)
    assert (await slow_client("GET", ACCOUNTS)).status == 200
    clock.advance(1)
    answer = await slow_client("GET", ACCOUNTS)
    assert (answer.status, answer.code) == (401, "10023")
    await slow_client.log_in()
    assert (await slow_client("GET", ACCOUNTS)).status == 200


async def test_five_failed_logins_lock_the_partner_for_good(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    client = Client(http, sandbox)
    for failed in range(1, 6):
        answer = await client.log_in(partner_secret="wrong")
        assert (answer.status, answer.code) == (401, 10001)
        assert sandbox.failed_logins == failed
    for _ in range(2):
        answer = await client.log_in()
        assert (answer.status, answer.code) == (401, 10021)
    assert sandbox.failed_logins == 5


async def test_token_of_a_partner_that_is_locked_stays_good(client: Client) -> None:
    for _ in range(6):
        await client.log_in(partner_id="1")
    assert (await client("GET", ACCOUNTS)).status == 200


async def test_good_login_sets_the_count_of_failed_ones_back(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    client = Client(http, sandbox)
    for _ in range(2):
        for _ in range(4):
            assert (await client.log_in(partner_secret="wrong")).code == 10001
        assert (await client.log_in()).status == 200
        assert sandbox.failed_logins == 0


@pytest.mark.parametrize(
    "body", [b"", b"no JSON", b"[]", b'"text"', b"\xff", b'{"partnerId": "1"}', b'{"partnerSecret": "1"}']
)
async def test_login_without_both_values_is_refused_and_no_failed_login(
    http: aiohttp.ClientSession, sandbox: Sandbox, body: bytes
) -> None:
    client = Client(http, sandbox)
    answer = await client("POST", PARTNERS, data=body)
    assert (answer.status, answer.code) == (400, "10005")
    assert sandbox.failed_logins == 0


async def test_missing_app_key_is_refused_before_the_token_is_looked_at(client: Client) -> None:
    del client.headers["Finicity-App-Key"]
    for method, path in (("GET", ACCOUNTS), ("POST", PARTNERS)):
        answer = await client(method, path)
        assert (answer.status, answer.code) == (401, "10026")


async def test_wrong_app_key_is_answered_as_plain_text(client: Client) -> None:
    client.headers["Finicity-App-Key"] = "wrong"
    answer = await client("GET", ACCOUNTS)
    assert (answer.status, answer.kind) == (401, "text/plain")
    assert "Finicity-App-Key" in answer.text


async def test_login_with_a_wrong_app_key_is_an_error_with_a_code_and_no_failed_login(
    client: Client, sandbox: Sandbox
) -> None:
    client.headers["Finicity-App-Key"] = "wrong"
    answer = await client.log_in()
    assert (answer.status, answer.code) == (401, 10001)
    assert sandbox.failed_logins == 0


@pytest.mark.parametrize(("token", "code"), [(None, "10024"), ("", "10024"), ("wrong", "10022")])
async def test_token_that_is_missing_or_invalid_has_a_code_of_its_own(
    client: Client, token: str | None, code: str
) -> None:
    del client.headers["Finicity-App-Token"]
    if token is not None:
        client.headers["Finicity-App-Token"] = token
    answer = await client("GET", ACCOUNTS)
    assert (answer.status, answer.code) == (401, code)


async def change_secret(
    client: Client, sandbox: Sandbox, new: object, present: str | None = None, **more: object
) -> Answer:
    credentials = sandbox.credentials
    body = more | {
        "partnerId": credentials.partner_id,
        "partnerSecret": present or credentials.partner_secret,
        "newPartnerSecret": new,
    }
    return await client("PUT", PARTNERS, json=body)


async def test_new_secret_is_valid_at_once_and_the_old_one_is_not(client: Client, sandbox: Sandbox) -> None:
    old = sandbox.credentials
    answer = await change_secret(client, sandbox, NEW_SECRET)
    assert (answer.status, answer.text) == (204, "")
    assert sandbox.credentials.partner_secret == NEW_SECRET
    assert (await client("GET", ACCOUNTS)).status == 200, "the token stays good"
    assert (await client.log_in(partner_secret=old.partner_secret)).code == 10001
    assert (await client.log_in()).status == 200


async def test_change_that_is_not_immediate_leaves_the_old_secret_good_for_30_days(
    slow_client: Client, slow: Sandbox
) -> None:
    old = slow.credentials.partner_secret
    assert (await change_secret(slow_client, slow, NEW_SECRET, immediate=False)).status == 204
    slow.clock.advance(30 * 86_400 - 1)
    assert (await slow_client.log_in(partner_secret=old)).status == 200
    slow.clock.advance(1)
    assert (await slow_client.log_in(partner_secret=old)).code == 10001
    assert (await slow_client.log_in()).status == 200


async def test_change_without_a_new_secret_lacks_a_parameter(client: Client, sandbox: Sandbox) -> None:
    answer = await change_secret(client, sandbox, None)
    assert (answer.status, answer.code) == (400, "10005")


@pytest.mark.parametrize("new", ["short1", "a" * 12, "1" * 12, "a1" + "!" * 254, "a1 456789012", 123456789012])
async def test_new_secret_that_breaks_the_rules_is_refused(client: Client, sandbox: Sandbox, new: object) -> None:
    old = sandbox.credentials
    answer = await change_secret(client, sandbox, new)
    assert (answer.status, answer.code) == (400, "24437")
    assert sandbox.credentials == old


async def test_change_with_a_wrong_secret_counts_as_a_failed_login(client: Client, sandbox: Sandbox) -> None:
    answer = await change_secret(client, sandbox, NEW_SECRET, "wrong")
    assert (answer.status, answer.code) == (401, 10001)
    assert sandbox.failed_logins == 1
