"""No secret and no ID stands in an error of any class, whatever the network does."""

import inspect
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Literal

import aiohttp
import aiohttp.abc
import msgspec
import pytest
import trustme

from finicity_async import (
    AggregationError,
    AsyncSession,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    Credentials,
    FinicityError,
    NotFoundError,
    PayloadError,
    PermissionDeniedError,
    RateLimitError,
    RefreshTimeoutError,
    ReportFailedError,
    ReportTimeoutError,
    Request,
    RequestTimeoutError,
    ServerError,
    StatusError,
    TransportError,
    UntrustedCertificateError,
    WebhookError,
    errors,
    get_customer_account,
    get_customer_accounts,
    get_customer_accounts_by_institution_login,
    modify_partner_secret,
    read_connect_event,
    refresh_and_wait,
    refresh_customer_accounts_by_institution_login,
    wait_for_report,
)
from finicity_async.endpoints.accounts import GET_CUSTOMER_ACCOUNTS
from tests.secrecy.secrets import (
    ACCOUNT,
    APP_KEY,
    ASKED,
    CREDENTIALS,
    CUSTOMER,
    LOGIN,
    NAME,
    NEW_SECRET,
    NOTE,
    PARTNER_ID,
    QUERY,
    SECRET,
    TELL,
    TOKEN,
    TOLD,
    VALUES,
    Person,
    assert_tells_nothing,
    failure,
    list_accounts,
    server_with,
    session_on,
    status,
)
from tests.support.clock import MovedClock
from tests.support.servers import EMPTY, Answer, Close, Hang, http

pytestmark = pytest.mark.usefixtures("no_task_is_left")

LIST = GET_CUSTOMER_ACCOUNTS.request(customerId=CUSTOMER)


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
    "long header": Close(f"HTTP/1.1 200 OK\r\nX: {CUSTOMER * 20_000}\r\n\r\n".encode()),
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


def untrusted() -> ssl.SSLContext:
    """Return the settings of a server whose certificate nobody trusts."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    return tls


@pytest.mark.parametrize("kind", ["refused", "no name", "untrusted", "no TLS"])
@pytest.mark.parametrize("request_", [ASKED, TOLD], ids=["GET", "POST"])
async def test_connection_that_is_not_made_shows_nothing(
    kind: str, request_: Request[bytes], log: pytest.LogCaptureFixture
) -> None:
    tls = untrusted()
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


async def refresh_that_never_ends(session: AsyncSession) -> object:
    return await refresh_and_wait(session, CUSTOMER, LOGIN, wait=60)


async def report_that_fails(session: AsyncSession) -> object:
    return await wait_for_report(session, CUSTOMER, NOTE)


async def report_that_never_ends(session: AsyncSession) -> object:
    return await wait_for_report(session, CUSTOMER, NOTE, wait=60)


async def ask(session: AsyncSession) -> object:
    return await session.send(ASKED)


async def ask_badly(session: AsyncSession) -> object:
    return await get_customer_accounts(session, f"{CUSTOMER} ")


async def read_a_forged_event(_: AsyncSession) -> object:
    body = f'{{"customerId": "{CUSTOMER}", "eventType": "added", "eventId": "{NOTE}"}}'.encode()
    return read_connect_event(body, SECRET, SECRET, NEW_SECRET)


ACCOUNTS = http(200, {"accounts": [{"id": ACCOUNT, "customerId": CUSTOMER, "aggregationAttemptDate": 1_700_000_000}]})
RAISED: dict[type[FinicityError], tuple[Answer, Callable[[AsyncSession], Awaitable[object]]]] = {
    ConfigurationError: (EMPTY, ask_badly),
    TransportError: (Close(), ask),
    RequestTimeoutError: (Hang(), ask),
    UntrustedCertificateError: (EMPTY, ask),
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
    ReportFailedError: (http(200, {"id": NOTE, "status": "failure", "errors": [{"message": NOTE}]}), report_that_fails),
    ReportTimeoutError: (http(200, {"id": NOTE, "consumerSsn": NOTE}), report_that_never_ends),
    WebhookError: (EMPTY, read_a_forged_event),
}


@pytest.mark.parametrize("cls", RAISED, ids=lambda cls: cls.__name__)
async def test_error_of_each_class_shows_nothing(
    cls: type[FinicityError], clock: MovedClock, log: pytest.LogCaptureFixture
) -> None:
    answer, call = RAISED[cls]
    options: dict[str, Any] = {"max_tries": 1, "timeout": 0.5 if cls is RequestTimeoutError else 5.0}
    is_untrusted = cls is UntrustedCertificateError
    server = server_with(default=answer, tls=untrusted() if is_untrusted else None)
    async with server, session_on(server, clock=clock, sleep=clock.sleep, **options) as session:
        error = await failure(call(session))
        assert type(error) is cls
        assert str(error)
        assert_tells_nothing(error, log)
        if is_untrusted:
            return
        server._default = EMPTY
        if cls is not RequestTimeoutError:
            await list_accounts(session)


def test_each_class_of_error_is_raised_above() -> None:
    public = {one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, FinicityError)}
    assert public - set(RAISED) == {FinicityError}
