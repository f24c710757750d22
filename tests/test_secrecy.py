"""No secret and no ID stands in an error or a log line, whatever the vendor answers and the network does."""

import asyncio
import dataclasses
import html
import inspect
import json
import logging
import pickle
import pprint
import socket
import ssl
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any, Literal
from urllib.parse import quote, quote_plus

import aiohttp
import aiohttp.abc
import msgspec
import pytest
import trustme
from conftest import MovedClock
from servers import EMPTY, Answer, Close, Hang, RawServer, Received, http

from finicity_async import (
    AccessToken,
    AggregationError,
    AsyncSession,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    Credentials,
    FinicityError,
    NotFoundError,
    Operation,
    PayloadError,
    PermissionDeniedError,
    RateLimitError,
    RefreshTimeoutError,
    Request,
    RequestTimeoutError,
    Response,
    Sandbox,
    ServerError,
    StatusError,
    TransportError,
    create_token,
    errors,
    get_customer_account,
    get_customer_accounts,
    get_customer_accounts_by_institution_login,
    modify_partner_secret,
    refresh_and_wait,
    refresh_customer_accounts_by_institution_login,
)
from finicity_async.auth import CREATE_TOKEN, MemoryTokenStore, Token
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from finicity_async.endpoints.authentication import MODIFY_PARTNER_SECRET
from finicity_async.models.authentication import PartnerCredentials, PartnerCredentialsWithNewSecret

APP_KEY = "aPpKeY-4f0c91d7e2"
PARTNER_ID = "2445581234567"
SECRET = "0lD!@#$%&*_-+sEcReT"
NEW_SECRET = "n3W!@#$%&*_-+sEcReT"
TOKEN = "tOkEn+/=7Qz1Wx9YbK"
CUSTOMER, ACCOUNT, LOGIN, INSTITUTION = "1005061234", "5011648377", "1007302745", "102105"
QUERY = "Ava Q. Value/55%"
NAME, NOTE, NUMBER = 'Jörg "Joe" O\'Hara & Söhne', "Note-of-77", "990011223344"
IDS = (CUSTOMER, ACCOUNT, LOGIN, INSTITUTION)
SECRETS = (APP_KEY, PARTNER_ID, SECRET, TOKEN)

CREDENTIALS = Credentials(APP_KEY, PARTNER_ID, SECRET)
LIST = GET_CUSTOMER_ACCOUNTS.request(customerId=CUSTOMER)
TOKEN_REPLY = http(200, {"token": TOKEN})


class Person(msgspec.Struct):
    """A body of a caller's own."""

    name: str
    notes: list[str]
    number: int


PATH = "/v1/customers/{customerId}/accounts/{accountId}/logins/{institutionLoginId}/institutions/{institutionId}"
ASK = Operation("Ask", "GET", PATH, bytes, query=("search",))
TELL = Operation("Tell", "POST", PATH, bytes, query=("search",), body_type=Person)
VALUES = {
    "customerId": CUSTOMER, "accountId": int(ACCOUNT), "institutionLoginId": LOGIN, "institutionId": int(INSTITUTION),
    "search": QUERY,
}  # fmt: skip
ASKED = ASK.request(**VALUES)
TOLD = TELL.request(**VALUES, body=Person(NAME, [NOTE], int(NUMBER)))
IN_ASKED = (*IDS, *SECRETS, QUERY)
IN_TOLD = (*IN_ASKED, NAME, NOTE, NUMBER)
EVERYTHING = (*IN_TOLD, NEW_SECRET)

FORMS: dict[str, Callable[[str], str]] = {
    "as sent": str,
    "upper": str.upper,
    "lower": str.lower,
    "quoted": lambda text: quote(text, safe=""),
    "quoted for a form": quote_plus,
    "quoted in lower case": lambda text: quote_plus(text).lower(),
    "in HTML": html.escape,
    "in JSON": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "in ASCII JSON": lambda text: json.dumps(text)[1:-1],
}


def session_on(server: RawServer | Sandbox, credentials: Credentials = CREDENTIALS, **options: Any) -> AsyncSession:
    defaults: dict[str, Any] = {"base_url": server.url, "random": lambda: 0.0, "max_tries": 2}
    return AsyncSession(credentials, **{**defaults, **options})


def server_with(*answers: Answer, **options: Any) -> RawServer:
    return RawServer(*answers, **{"default_login": TOKEN_REPLY, **options})


async def list_accounts(session: AsyncSession) -> object:
    return await get_customer_accounts(session, CUSTOMER)


async def failure(call: Awaitable[object]) -> FinicityError:
    with pytest.raises(FinicityError) as caught:
        await call
    return caught.value


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that led to it."""
    todo: list[BaseException | None] = [error]
    seen: set[int] = set()
    while todo:
        one = todo.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            todo += [one.__cause__, one.__context__]


def texts_of(error: BaseException) -> Iterator[str]:
    for one in chain(error):
        yield from (str(one), repr(one), repr(one.args), *getattr(one, "__notes__", ()))
        yield "".join(traceback.format_exception(one))


def shown_in(text: str, hidden: tuple[str, ...] = EVERYTHING) -> list[str]:
    """Return what a text shows of what must not be shown, in any form."""
    folded = text.casefold()
    return sorted({part for part in hidden for form in FORMS.values() if form(part).casefold() in folded})


def assert_tells_nothing(error: BaseException, log: pytest.LogCaptureFixture) -> None:
    for text in (*texts_of(error), *(record.getMessage() for record in log.records), log.text):
        assert shown_in(text) == []
    for line in (str(error), *(record.getMessage() for record in log.records)):
        assert "\n" not in line
        assert line.isprintable()


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Record every logger from DEBUG on."""
    caplog.set_level(logging.DEBUG)
    for name in ("finicity_async", "aiohttp", "asyncio", "backoff"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


# What the vendor says


def echo(hidden: tuple[str, ...], form: Callable[[str], str]) -> str:
    return "You sent " + ", ".join(form(part) for part in hidden) + ". Bye"


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


# What the library says by itself


class Rough(msgspec.Struct):
    """A response type of a caller's own, whose decoder likes to quote values."""

    status: Literal["active"]


class Strict(msgspec.Struct, forbid_unknown_fields=True):
    """A response type of a caller's own, whose decoder likes to quote names."""

    id: str


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (None, f'{{"accounts": "{CUSTOMER} {TOKEN}"}}'),
        (None, f'{{"accounts": {{"{CUSTOMER}": 1}}}}'),
        (None, f"not JSON: {CUSTOMER}"),
        (None, f'"{SECRET}"'),
        (Rough, f'{{"status": "{ACCOUNT}"}}'),
        (Rough, f'{{"status": "at `$.{ACCOUNT}`"}}'),
        (Strict, f'{{"id": "1", "{ACCOUNT}": 1}}'),
        (Strict, f'{{"id": "1", "at `$.{ACCOUNT}`": 1}}'),
        (Strict, f'{{"id": "1", "x - at `$.{ACCOUNT}": 1}}'),
        (dict[str, int], f'{{"{ACCOUNT}": "{TOKEN}"}}'),
        (list[Rough], f'[{{"status": "{SECRET}"}}]'),
    ],
)
async def test_payload_error_holds_the_path_and_never_a_value(
    kind: Any, body: str, log: pytest.LogCaptureFixture
) -> None:
    request: Request[Any] = LIST if kind is None else LIST.into(kind)
    async with server_with(http(200, body)) as server, session_on(server) as session:
        error = await failure(session.send(request))
        assert isinstance(error, PayloadError)
        assert "$" in str(error)
        assert_tells_nothing(error, log)
        assert error.body == body.encode()
        await list_accounts(session)


async def test_unusable_token_is_not_shown(log: pytest.LogCaptureFixture) -> None:
    answer = http(200, {"token": f"{TOKEN}\n{SECRET}"})
    async with server_with(logins=(answer,)) as server, session_on(server) as session:
        error = await failure(list_accounts(session))
        assert isinstance(error, PayloadError)
        assert_tells_nothing(error, log)
        await list_accounts(session)


REFUSED: dict[str, Callable[[AsyncSession, Any], Awaitable[object]]] = {
    "two IDs": lambda session, _: get_customer_accounts(session, f"{CUSTOMER}/../{ACCOUNT}"),
    "blank": lambda session, _: get_customer_accounts(session, f" {CUSTOMER}"),
    "negative": lambda session, _: get_customer_accounts(session, -int(CUSTOMER)),
    "long": lambda session, _: get_customer_accounts(session, int(CUSTOMER * 10)),
    "float": lambda session, cast: get_customer_accounts(session, cast(float(CUSTOMER))),
    "list": lambda session, cast: get_customer_accounts(session, cast([CUSTOMER])),
    "query": lambda session, _: get_customer_accounts(session, f"{ACCOUNT}?a={QUERY}"),
    "account": lambda session, _: get_customer_account(session, CUSTOMER, f"{ACCOUNT}#"),
    "login": lambda session, _: get_customer_accounts_by_institution_login(session, CUSTOMER, f"{LOGIN}\n"),
    "bytes": lambda session, cast: get_customer_accounts(session, CUSTOMER, status=cast(CUSTOMER.encode())),
    "surrogate": lambda session, _: get_customer_accounts(session, CUSTOMER, status=f"{SECRET}\ud800"),
    "date": lambda session, cast: refresh_customer_accounts_by_institution_login(
        session, CUSTOMER, LOGIN, from_date=cast([CUSTOMER])
    ),
    "dates": lambda session, _: refresh_customer_accounts_by_institution_login(
        session, CUSTOMER, LOGIN, from_date=int(CUSTOMER), to_date=int(CUSTOMER)
    ),
    "body": lambda session, _: session.send(TELL.request(**VALUES, body={"name": NAME, "secret": SECRET})),
    "body text": lambda session, _: session.send(TELL.request(**VALUES, body=NOTE)),
    "body surrogate": lambda session, _: session.send(TELL.request(**VALUES, body=Person(f"{NAME}\ud800", [], 1))),
    "secret": lambda session, _: modify_partner_secret(session, f"{SECRET} "),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_refused_argument_is_not_shown(name: str, log: pytest.LogCaptureFixture) -> None:
    async def called() -> None:
        await REFUSED[name](session, lambda value: value)

    async with server_with() as server, session_on(server) as session:
        error = await failure(called())
        assert isinstance(error, ConfigurationError)
        assert_tells_nothing(error, log)
        assert (server.logins, server.calls) == ([], [])
        await list_accounts(session)


@pytest.mark.parametrize("field", ["app_key", "partner_id", "partner_secret", "app_token"])
def test_refused_credentials_are_not_shown(field: str, log: pytest.LogCaptureFixture) -> None:
    given = {"app_key": APP_KEY, "partner_id": PARTNER_ID, "partner_secret": SECRET, "app_token": TOKEN}
    with pytest.raises(ConfigurationError) as caught:
        Credentials(**{**given, field: f"{given[field]}\n"})
    assert_tells_nothing(caught.value, log)
    with pytest.raises(ConfigurationError) as caught:
        Credentials.from_env({"FINICITY_PARTNER_SECRET": SECRET, "FINICITY_APP_KEY": APP_KEY})
    assert_tells_nothing(caught.value, log)
    with pytest.raises(ConfigurationError) as caught:
        AsyncSession(CREDENTIALS, base_url=f"https://{PARTNER_ID}:{NOTE}@example.com")
    assert_tells_nothing(caught.value, log)


# What the network does


class NoNames(aiohttp.abc.AbstractResolver):
    """A resolver that knows no name."""

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> Any:
        raise OSError(None, f"no address for {host}, asked for {CUSTOMER}")

    async def close(self) -> None:
        """Close nothing."""


HALF = http(200, f"{CUSTOMER} {TOKEN}" * 9)[:-5]
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LOST: dict[str, Answer] = {
    "closed": Close(),
    "reset": Close(reset=True),
    "truncated": Close(HALF),
    "no HTTP": Close(f"{CUSTOMER} {TOKEN}\r\n\r\n".encode()),
    "bad length": Close(f"HTTP/1.1 200 OK\r\nContent-Length: {CUSTOMER}x\r\n\r\n".encode()),
    "bad header": Close(f"HTTP/1.1 200 OK\r\n{CUSTOMER}\x01{TOKEN}\r\n\r\n".encode()),
    "long header": Close(f"HTTP/1.1 200 OK\r\nX: {CUSTOMER * 2000}\r\n\r\n".encode()),
    "bad chunk": Close(CHUNKED + f"{TOKEN}\r\n".encode()),
    "half a chunk": Close(CHUNKED + f"ff\r\n{CUSTOMER}".encode()),
    "timeout": Hang(),
    "timeout in the body": HALF,
}


@pytest.mark.parametrize("request_", [ASKED, TOLD], ids=["GET", "POST"])
@pytest.mark.parametrize("name", LOST)
async def test_lost_reply_shows_nothing(name: str, request_: Request[bytes], log: pytest.LogCaptureFixture) -> None:
    tries = 2 if request_ is ASKED else 1
    timeout = 0.05 if "timeout" in name else 5.0
    async with server_with(*[LOST[name]] * tries) as server, session_on(server, timeout=timeout) as session:
        error = await failure(session.send(request_))
        assert isinstance(error, RequestTimeoutError if "timeout" in name else TransportError)
        assert_tells_nothing(error, log)
        if "timeout" in name:
            return
        assert (error.sent, len(server.calls)) == (True, tries)
        assert await session.send(request_)


@pytest.mark.parametrize("name", LOST)
async def test_lost_reply_to_a_login_shows_nothing(name: str, log: pytest.LogCaptureFixture) -> None:
    lost, timeout = LOST[name], 0.05 if "timeout" in name else 5.0
    async with server_with(logins=(lost, lost)) as server, session_on(server, timeout=timeout) as session:
        error = await failure(list_accounts(session))
        assert isinstance(error, TransportError)
        assert error.operation == "CreateToken"
        assert_tells_nothing(error, log)
        if "timeout" not in name:
            await list_accounts(session)


@pytest.mark.parametrize("kind", ["refused", "no name", "untrusted", "no TLS"])
@pytest.mark.parametrize("request_", [ASKED, TOLD], ids=["GET", "POST"])
async def test_connection_that_is_not_made_shows_nothing(
    kind: str, request_: Request[bytes], log: pytest.LogCaptureFixture
) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    token_alone = Credentials(APP_KEY, app_token=TOKEN)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(server_with(tls=tls if kind == "untrusted" else None))
        options: dict[str, Any] = {}
        if kind == "refused":
            async with server_with() as gone:
                options["base_url"] = gone.url
        elif kind == "no name":
            options["base_url"] = "https://name.invalid"
            options["connector"] = aiohttp.TCPConnector(resolver=NoNames())
            stack.push_async_callback(options["connector"].close)
        elif kind == "no TLS":
            options |= {"base_url": f"https://127.0.0.1:{server.port}", "timeout": 0.4}
        session = await stack.enter_async_context(session_on(server, token_alone, **options))
        error = await failure(session.send(request_))
        assert isinstance(error, TransportError)
        assert error.sent is False
        assert not [part for part in ("127.0.0.1", str(server.port), "name.invalid", "://") if part in str(error)]
        assert_tells_nothing(error, log)
        assert server.calls == []


# Every class of error, raised for real


async def refresh_that_never_ends(session: AsyncSession) -> object:
    return await refresh_and_wait(session, CUSTOMER, LOGIN, wait=60)


async def ask(session: AsyncSession) -> object:
    return await session.send(ASKED)


async def ask_badly(session: AsyncSession) -> object:
    return await get_customer_accounts(session, f"{CUSTOMER} ")


def status(number: int, code: object = None) -> bytes:
    return http(number, {"code": code, "message": echo(IN_ASKED, str)})


ACCOUNTS = http(200, {"accounts": [{"id": ACCOUNT, "customerId": CUSTOMER, "aggregationAttemptDate": 1_700_000_000}]})
RAISED: dict[type[FinicityError], tuple[Answer, Callable[[AsyncSession], Awaitable[object]]]] = {
    ConfigurationError: (EMPTY, ask_badly),
    TransportError: (Close(), ask),
    RequestTimeoutError: (Hang(), ask),
    StatusError: (status(418), ask),
    BadRequestError: (status(400), ask),
    AuthenticationError: (status(401), ask),
    PermissionDeniedError: (status(403), ask),
    NotFoundError: (status(404, 14001), ask),
    ConflictError: (status(409), ask),
    RateLimitError: (http(429, b"", {"Retry-After": "61"}), ask),
    ServerError: (status(500), ask),
    AggregationError: (status(202, 44000), ask),
    PayloadError: (http(200, f"no gzip: {CUSTOMER}", {"Content-Encoding": "gzip"}), ask),
    RefreshTimeoutError: (ACCOUNTS, refresh_that_never_ends),
}


@pytest.mark.parametrize("cls", RAISED, ids=lambda cls: cls.__name__)
async def test_error_of_each_class_shows_nothing(
    cls: type[FinicityError], clock: MovedClock, log: pytest.LogCaptureFixture
) -> None:
    answer, call = RAISED[cls]
    options: dict[str, Any] = {"max_tries": 1, "timeout": 0.05 if cls is RequestTimeoutError else 5.0}
    server = server_with(default=answer)
    async with server, session_on(server, clock=clock, sleep=clock.sleep, **options) as session:
        error = await failure(call(session))
        assert type(error) is cls
        assert str(error)
        assert_tells_nothing(error, log)
        server._default = EMPTY
        if cls is not RequestTimeoutError:
            await list_accounts(session)


def test_each_class_of_error_is_raised_above() -> None:
    public = {one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, FinicityError)}
    assert public - set(RAISED) == {FinicityError}


# What a repr shows


def credential_values() -> list[object]:
    login = PartnerCredentials(partner_id=PARTNER_ID, partner_secret=SECRET)
    change = PartnerCredentialsWithNewSecret(
        partner_id=PARTNER_ID, partner_secret=SECRET, new_partner_secret=NEW_SECRET
    )
    session = AsyncSession(dataclasses.replace(CREDENTIALS, app_token=TOKEN))
    return [
        session.credentials,
        session,
        session.stats,
        session._tokens,
        AccessToken(token=TOKEN),
        Token(TOKEN, 0.0),
        login,
        change,
        CREATE_TOKEN,
        MODIFY_PARTNER_SECRET,
        CREATE_TOKEN.request(body=login),
        MODIFY_PARTNER_SECRET.request(body=change),
        ASK,
        ASKED,
        TOLD,
        Response(200, {"Finicity-App-Token": TOKEN, "X-Id": CUSTOMER}, f'{{"token": "{TOKEN}"}}'.encode()),
    ]


VALUES_WITH_SECRETS = credential_values()


@pytest.mark.parametrize("value", VALUES_WITH_SECRETS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("show", [repr, str, "{}".format, pprint.pformat, ascii])
def test_repr_shows_no_secret(show: Callable[[object], str], value: object) -> None:
    assert shown_in(show(value)) == []
    assert shown_in(show([value])) == []


@pytest.mark.parametrize("value", VALUES_WITH_SECRETS, ids=lambda value: type(value).__name__)
def test_rich_shows_no_secret(value: object) -> None:
    """The command line brings rich along, which asks a Struct for its fields and not for its repr."""
    pretty = pytest.importorskip("rich.pretty")
    assert shown_in(pretty.pretty_repr(value)) == []


async def test_repr_of_objects_in_use_shows_no_secret() -> None:
    async with Sandbox(customers=1) as sandbox, session_on(sandbox, sandbox.credentials) as session:
        token = (await create_token(session)).token
        await list_accounts(session)
        text = repr([sandbox, sandbox.credentials, session, session.stats, session._tokens, session._tokens._current])
        assert not [part for part in (*sandbox.credentials.secrets(), token, CUSTOMER) if part in text]


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    yield
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize(
    "secret",
    [
        AccessToken(token=TOKEN),
        PartnerCredentials(partner_id="2445581234567", partner_secret="0lD-sEcReT-1"),
        Token(TOKEN, 0.0),
    ],
    ids=lambda secret: type(secret).__name__,
)
def test_secret_is_not_to_be_pickled(secret: object) -> None:
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(secret)
