"""No secret and no ID stands in an error or a log line, whatever the vendor answers."""

import asyncio
import json
import logging
from collections.abc import Callable
from urllib.parse import quote

import pytest

from finicity_async import (
    AuthenticationError,
    BadRequestError,
    Request,
    StatusError,
    create_token,
    modify_partner_secret,
)
from finicity_async.auth import MemoryTokenStore
from tests.secrecy.secrets import (
    ACCOUNT,
    APP_KEY,
    ASKED,
    CUSTOMER,
    FORMS,
    IDS,
    IN_ASKED,
    IN_TOLD,
    NAME,
    NEW_SECRET,
    NOTE,
    NUMBER,
    PARTNER_ID,
    QUERY,
    SECRET,
    SECRETS,
    TOKEN,
    TOKEN_REPLY,
    TOLD,
    assert_tells_nothing,
    echo,
    failure,
    list_accounts,
    server_with,
    session_on,
)
from tests.support.clock import MovedClock
from tests.support.servers import Received, http

pytestmark = pytest.mark.usefixtures("no_task_is_left")

BODIES: dict[str, Callable[[str], bytes]] = {
    "json": lambda text: json.dumps({"code": "AB47", "message": text, "user_message": text, "title": text}).encode(),
    "wrapper": lambda text: json.dumps(
        {"Errors": {"Error": [{"ReasonCode": "AB", "Description": text, "Details": text}]}}
    ).encode(),
    "plain": str.encode,
    "xml": lambda text: f"<error><code>AB47</code><message>{text.replace('<', '&lt;')}</message></error>".encode(),
    "html": lambda text: f"<html><body><h1>Error</h1><p>{text}</p></body></html>".encode(),
    "code": lambda text: json.dumps({"code": text, "message": "no"}).encode(),
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("status", [400, 503])
@pytest.mark.parametrize("request_", [ASKED, TOLD], ids=["GET", "POST"])
async def test_echo_in_a_body_of_any_kind_is_masked(
    request_: Request[bytes], status: int, body: str, log: pytest.LogCaptureFixture
) -> None:
    hidden = IN_ASKED if request_ is ASKED else IN_TOLD
    text = echo(hidden, str)
    answer = http(status, BODIES[body](text), {"X-Echo": quote(text)})
    tries = 2 if request_ is ASKED and status == 503 else 1
    async with server_with(*[answer] * tries) as server, session_on(server) as session:
        error = await failure(session.send(request_))
        assert isinstance(error, StatusError)
        assert error.status == status
        assert_tells_nothing(error, log)
        assert str(error).count("***") == (0 if body == "html" else len(hidden))
        if body not in ("html", "code"):
            assert error.message == text, "the attribute holds what the vendor said"
        assert error.body == BODIES[body](text)
        assert await session.send(request_)
        assert len(server.calls) == tries + 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["IDs", "query", "body", "secrets"])
async def test_echo_in_any_form_is_masked(kind: str, form: str, log: pytest.LogCaptureFixture) -> None:
    hidden = {"IDs": IDS, "query": (QUERY,), "body": (NAME, NOTE, NUMBER), "secrets": SECRETS}[kind]
    async with server_with(http(400, {"message": echo(hidden, FORMS[form])})) as server, session_on(server) as session:
        error = await failure(session.send(TOLD))
        assert_tells_nothing(error, log)
        assert str(error).count("***") == len(hidden)
        assert await session.send(TOLD)


@pytest.mark.parametrize("hundred", [300, 400, 500])
async def test_error_of_any_status_shows_nothing(hundred: int, log: pytest.LogCaptureFixture) -> None:
    headers = {"Location": f"/customers/{CUSTOMER}", "Retry-After": "61", "WWW-Authenticate": SECRET}
    statuses = [status for status in range(hundred, hundred + 100) if status != 304]
    answers = [http(status, BODIES["json"](echo(IN_TOLD, str)), headers) for status in statuses]
    async with server_with(*answers) as server, session_on(server) as session:
        for status in statuses:
            error = await failure(session.send(TOLD))
            assert isinstance(error, StatusError)
            assert (error.status, str(error).count("***")) == (status, len(IN_TOLD))
            assert_tells_nothing(error, log)
            log.clear()
        assert await session.send(TOLD)


async def test_whole_body_echoed_by_the_vendor_is_masked(log: pytest.LogCaptureFixture) -> None:
    def answer(received: Received) -> bytes:
        return http(400, {"code": 1, "message": f"Cannot read {received.body.decode()} of {received.target}"})

    async with server_with(answer) as server, session_on(server) as session:
        error = await failure(session.send(TOLD))
        assert_tells_nothing(error, log)
        assert "***" in str(error)
        assert await session.send(TOLD)


async def test_earlier_token_is_masked_too(log: pytest.LogCaptureFixture) -> None:
    later = http(400, {"message": f"{TOKEN} was replaced by AnotherToken000001"})
    expired = http(401, {"code": 10023, "message": f"{TOKEN} has expired"})
    server = server_with(
        expired, later, default_login=http(200, {"token": "AnotherToken000001"}), logins=(TOKEN_REPLY,)
    )
    async with server, session_on(server) as session:
        error = await failure(session.send(ASKED))
        assert_tells_nothing(error, log)
        assert "AnotherToken000001" not in str(error)


@pytest.mark.parametrize("body", BODIES)
async def test_refused_login_shows_nothing(body: str, log: pytest.LogCaptureFixture) -> None:
    answer = http(401, BODIES[body](echo((APP_KEY, PARTNER_ID, SECRET), str)))
    async with server_with(logins=(answer,)) as server, session_on(server) as session:
        for call in (create_token, list_accounts, create_token):
            error = await failure(call(session))
            assert isinstance(error, AuthenticationError)
            assert_tells_nothing(error, log)
        session.use_secret(NEW_SECRET)
        await list_accounts(session)


@pytest.mark.parametrize("body", BODIES)
async def test_refused_change_of_the_secret_shows_nothing(body: str, log: pytest.LogCaptureFixture) -> None:
    answer = http(400, BODIES[body](echo((APP_KEY, PARTNER_ID, SECRET, NEW_SECRET), str)))
    async with server_with(answer) as server, session_on(server) as session:
        error = await failure(modify_partner_secret(session, NEW_SECRET))
        assert isinstance(error, BadRequestError)
        assert_tells_nothing(error, log)
        await list_accounts(session)


@pytest.mark.parametrize("form", FORMS)
async def test_refused_login_that_echoes_in_any_form_shows_nothing(form: str, log: pytest.LogCaptureFixture) -> None:
    answer = http(401, {"code": 10001, "message": echo((APP_KEY, PARTNER_ID, SECRET), FORMS[form])})
    async with server_with(logins=(answer,)) as server, session_on(server) as session:
        assert_tells_nothing(await failure(create_token(session)), log)
        session.use_secret(NEW_SECRET)
        await list_accounts(session)


@pytest.mark.parametrize("form", FORMS)
async def test_refused_change_of_the_secret_that_echoes_in_any_form_shows_nothing(
    form: str, log: pytest.LogCaptureFixture
) -> None:
    answer = http(400, {"code": 24437, "message": echo((SECRET, NEW_SECRET), FORMS[form])})
    async with server_with(answer) as server, session_on(server) as session:
        assert_tells_nothing(await failure(modify_partner_secret(session, NEW_SECRET)), log)
        await list_accounts(session)


async def test_failed_renewal_is_logged_on_one_line_that_shows_nothing(
    clock: MovedClock, log: pytest.LogCaptureFixture
) -> None:
    text = "no\r\n2031-01-01 CRITICAL forged " + echo((APP_KEY, PARTNER_ID, SECRET, TOKEN), str)
    server = server_with(logins=(TOKEN_REPLY, http(500, {"message": text})))
    async with server, session_on(server, clock=clock, max_tries=1) as session:
        await list_accounts(session)
        clock.advance(100 * 60)
        await list_accounts(session)
        await warned(log)
        assert_tells_nothing(Exception("nothing"), log)
        await list_accounts(session)


class ForgetfulStore(MemoryTokenStore):
    """A store whose error tells what it could not keep, as those of caches do."""

    async def save(self, token: str) -> None:
        if (await self.load()) is not None:
            raise OSError(f"cannot save\r\n{token}")
        await super().save(token)


async def test_error_of_a_token_store_is_logged_without_the_token(
    clock: MovedClock, log: pytest.LogCaptureFixture
) -> None:
    server = server_with()
    async with server, session_on(server, clock=clock, token_store=ForgetfulStore(clock)) as session:
        await list_accounts(session)
        clock.advance(100 * 60)
        await list_accounts(session)
        await warned(log)
        assert_tells_nothing(Exception("nothing"), log)
        await list_accounts(session)


async def warned(log: pytest.LogCaptureFixture) -> None:
    async with asyncio.timeout(2):
        while not any(record.levelno == logging.WARNING for record in log.records):  # noqa: ASYNC110 -- no event
            await asyncio.sleep(0.001)


INJECTIONS = ["a\r\nb", "a\nb", "a\x1b[31mb", "a\x00b", "a\u2028b", "a\x85b", "a\u202eb", "\r\n\r\n", "a\tb"]


@pytest.mark.parametrize("injected", INJECTIONS, ids=repr)
@pytest.mark.parametrize("member", ["message", "code", "user_message"])
async def test_vendor_cannot_break_a_line_of_the_log(member: str, injected: str, log: pytest.LogCaptureFixture) -> None:
    body = {"code": "x", "message": "no", member: injected}
    async with server_with(http(400, body)) as server, session_on(server) as session:
        error = await failure(session.send(ASKED))
        logging.getLogger("application").error("It failed: %s", error)
        assert_tells_nothing(error, log)
        if member != "code":
            assert getattr(error, member) == injected
        assert await session.send(ASKED)


async def test_good_calls_log_nothing_personal(log: pytest.LogCaptureFixture) -> None:
    answer = http(200, {"accounts": [{"id": ACCOUNT, "name": NAME}]}, {"Set-Cookie": f"v={CUSTOMER}"})
    async with server_with(answer, http(503), http(429, headers={"Retry-After": "0.01"})) as server:
        async with session_on(server) as session:
            await list_accounts(session)
            await list_accounts(session)
        assert len(server.calls) == 4
    assert any("GetCustomerAccounts" in record.getMessage() for record in log.records)
    assert_tells_nothing(Exception("nothing"), log)
