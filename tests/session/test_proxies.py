"""A way through a proxy: given, never taken up from the environment, and its password shown nowhere."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import trustme

from finicity_async import (
    AsyncSession,
    ConfigurationError,
    FinicityError,
    TransportError,
    UntrustedCertificateError,
    delete_customer_account,
    get_customer_accounts,
    refresh_customer_accounts,
)
from tests.secrecy.secrets import texts_of
from tests.support.proxies import Proxy
from tests.support.servers import WITH_SECRET, WITH_TOKEN, RawServer, http, session_on

LOGIN = "proxy-user:p%40ss-w0rd"
"""User and password as in a URL."""
PASSWORD = "p@ss-w0rd"
VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


@pytest.fixture(autouse=True)
def no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


@asynccontextmanager
async def secure(proxy: str | None, *answers: Any, **options: Any) -> AsyncIterator[tuple[RawServer, AsyncSession]]:
    """Open a TLS server and a session that trusts it, through a proxy."""
    authority, certificate, trust = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(certificate)
    if options.pop("trusted", True):
        authority.configure_trust(trust)
    async with (
        RawServer(*answers, tls=certificate) as server,
        aiohttp.TCPConnector(ssl=trust) as connector,
        session_on(server, **{"connector": connector, "proxy": proxy, "max_tries": 1, **options}) as session,
    ):
        yield server, session


async def fails(session: AsyncSession) -> TransportError:
    with pytest.raises(TransportError) as caught:
        await get_customer_accounts(session, 1005061234)
    assert not [text for text in texts_of(caught.value) if PASSWORD in text or LOGIN in text or "127.0.0.1" in text]
    return caught.value


async def test_every_request_goes_through_the_tunnel_and_the_proxy_sees_none_of_it() -> None:
    async with Proxy() as proxy, secure(proxy.url(), credentials=WITH_SECRET) as (server, session):
        for _ in range(3):
            await get_customer_accounts(session, 1005061234)
        await delete_customer_account(session, 1005061234, 2)
        assert (len(server.calls), len(server.logins)) == (4, 1)
        assert set(proxy.targets) == {f"CONNECT 127.0.0.1:{server.port}"}
        sent = ("1005061234", "inicity", *WITH_SECRET.secrets(), server.calls[-1].headers["finicity-app-token"])
        assert not [text for text in sent for head in proxy.heads if text in head]


async def test_the_proxy_gets_the_login_that_its_url_holds() -> None:
    async with Proxy(f"proxy-user:{PASSWORD}") as proxy, secure(proxy.url(LOGIN)) as (server, session):
        await get_customer_accounts(session, 1)
        assert len(server.calls) == 1
        assert "authorization" not in server.calls[0].headers
        assert "proxy-authorization" not in server.calls[0].headers


REFUSALS: dict[str, tuple[bytes, str]] = {
    "refused": (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "the proxy answered 403"),
    "bad gateway": (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "the proxy answered 502"),
    "closed": (b"", "the connection was closed"),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "it is no HTTP"),
    "no TLS": (b"HTTP/1.1 200 OK\r\n\r\nnothing secure\r\n", "TLS handshake"),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_proxy_that_opens_no_tunnel_is_a_connection_never_made(name: str) -> None:
    """So a refresh may be sent again, which it may not after a response that was lost."""
    refusal, why = REFUSALS[name]
    async with Proxy(refusal=refusal) as proxy, secure(proxy.url(LOGIN)) as (server, session):
        error = await fails(session)
        with pytest.raises(TransportError) as caught:
            await refresh_customer_accounts(session, 1)
        assert (error.sent, error.retryable, caught.value.sent, caught.value.retryable) == (False, True, False, True)
        assert (why in str(error), len(server.calls)) == (True, 0)
        proxy.refusal = None
        await get_customer_accounts(session, 1)


async def test_a_proxy_that_wants_another_login_says_407() -> None:
    async with Proxy("proxy-user:other") as proxy, secure(proxy.url(LOGIN)) as (_, session):
        error = await fails(session)
        assert "the proxy answered 407" in str(error)


async def test_a_proxy_that_is_not_there_is_told_from_a_service_that_is_not_there() -> None:
    async with Proxy() as gone:
        url = gone.url(LOGIN)
    async with secure(url) as (_, session):
        error = await fails(session)
        assert "the proxy cannot be reached: Connection refused" in str(error)
        assert error.sent is False


async def test_the_certificate_behind_the_tunnel_is_verified() -> None:
    async with Proxy() as proxy, secure(proxy.url(), trusted=False) as (server, session):
        error = await fails(session)
        assert isinstance(error, UntrustedCertificateError)
        assert server.calls == []


async def test_from_env_takes_the_proxy_of_its_own_variable() -> None:
    async with Proxy(f"proxy-user:{PASSWORD}") as proxy, RawServer() as server:
        environ = {
            "FINICITY_APP_KEY": "test-app-key",
            "FINICITY_APP_TOKEN": "test-app-token",
            "FINICITY_BASE_URL": server.url,
            "FINICITY_PROXY": f" {proxy.url(LOGIN)} ",
        }
        async with AsyncSession.from_env(environ) as session:
            await get_customer_accounts(session, 1)
        async with AsyncSession.from_env(environ, proxy=None) as session:
            await get_customer_accounts(session, 1)
        assert (len(proxy.heads), len(server.calls)) == (1, 1)


@pytest.mark.parametrize("variable", VARIABLES)
async def test_a_proxy_in_the_environment_is_not_used_and_named_when_no_connection_is_made(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Proxy() as proxy, RawServer(listening=False) as server, session_on(server, max_tries=1) as session:
        assert "FINICITY_PROXY" not in str(await fails(session))
        monkeypatch.setenv(variable, proxy.url(LOGIN))
        error = str(await fails(session))
        assert f"{variable} is set but not used: set FINICITY_PROXY." in error
        assert error.endswith("or pass proxy=.")
        await server.listen()
        await get_customer_accounts(session, 1)
        assert proxy.heads == []


async def test_a_variable_is_not_named_where_a_proxy_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Proxy(refusal=b"") as proxy, secure(proxy.url()) as (_, session):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url(LOGIN))
        assert "HTTPS_PROXY" not in str(await fails(session))


@pytest.mark.parametrize(
    "proxy",
    [
        "",
        "proxy.example:3128",
        f"socks5://{LOGIN}@proxy.example:1080",
        f"ftp://{LOGIN}@proxy.example",
        f"http://{LOGIN}@",
        f"http://{LOGIN}@proxy.example:99999",
        f"http://{LOGIN}@proxy.example/path",
        f"http://{LOGIN}@proxy.example?a=1",
        7,
    ],
)
def test_a_proxy_that_is_none_is_refused_and_not_shown(proxy: Any) -> None:
    with pytest.raises(ConfigurationError, match="aiohttp-socks") as caught:
        AsyncSession(WITH_TOKEN, proxy=proxy)
    assert not [text for text in texts_of(caught.value) if PASSWORD in text or LOGIN in text]


def test_plain_http_does_not_go_through_a_proxy_on_another_machine() -> None:
    """What is safe to this machine is read by the proxy, and by everyone on the way to it."""
    with pytest.raises(ConfigurationError, match="https"):
        AsyncSession(WITH_TOKEN, base_url="http://127.0.0.1:8080", proxy="http://proxy.example:3128")


async def test_user_and_password_of_the_proxy_are_masked_in_what_comes_back() -> None:
    page = http(400, f"cannot reach the origin for proxy-user with {PASSWORD} ({LOGIN})")
    async with (
        Proxy(refusal=page) as proxy,
        RawServer() as server,
        session_on(server, proxy=proxy.url(LOGIN)) as session,
    ):
        with pytest.raises(FinicityError) as caught:
            await get_customer_accounts(session, 1)
        assert "for *** with *** (***:***)" in str(caught.value)
        assert PASSWORD not in repr(session)
        proxy.refusal = None
        await get_customer_accounts(session, 1)
