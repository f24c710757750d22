"""The connection is never made: every call is sent again, unless the other side is not who it should be."""

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult

from finicity_async import AsyncSession, RequestTimeoutError, TransportError
from tests.support.clock import MovedClock
from tests.support.kinds import MAX_TRIES, Kind, assert_usable, every_kind, fails, pair
from tests.support.servers import session_on


@every_kind
async def test_a_refused_connection_is_tried_again_for_every_call(kind: Kind, clock: MovedClock) -> None:
    server = kind.server(listening=False)
    async with pair(server, clock, kind.credentials) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, TransportError)
        assert (error.sent, error.retryable) == (False, True)
        assert session.stats.sent == MAX_TRIES
        await server.listen()
        await assert_usable(session)


@every_kind
async def test_a_call_goes_through_once_the_server_takes_connections(kind: Kind, clock: MovedClock) -> None:
    server = kind.server(listening=False)
    waits: list[asyncio.Future[None] | None] = []

    def listen_at_the_second_wait() -> float:
        waits.append(asyncio.ensure_future(server.listen()) if len(waits) == 1 else None)
        return 1.0

    async with pair(server, clock, kind.credentials, random=listen_at_the_second_wait) as session:
        await kind.call(session)
        assert kind.sent(server) == 1
        assert session.stats.retries == 2
        await assert_usable(session)


class CountingContext(ssl.SSLContext):
    """A server's TLS settings that count the handshakes."""

    handshakes = 0

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        """Count one handshake."""
        self.handshakes += 1
        return super().wrap_bio(*args, **options)


class Names(AbstractResolver):
    """Resolves every name to 127.0.0.1, or fails, or waits until it may."""

    def __init__(self) -> None:
        self.asked = 0
        self.fail = False
        self.may_answer = asyncio.Event()

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        """Return the address of this machine."""
        self.asked += 1
        if self.fail:
            raise OSError(None, "no such name")
        await self.may_answer.wait()
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=2, proto=0, flags=0)]

    async def close(self) -> None:
        """Hold nothing."""


def tls(name: str) -> tuple[trustme.CA, CountingContext, ssl.SSLContext]:
    """Return an authority, a server's settings with its certificate, and a client's that do not trust it yet."""
    authority, certificate = trustme.CA(), CountingContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(certificate)
    return authority, certificate, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@asynccontextmanager
async def named_pair(names: Names, kind: Kind, clock: MovedClock, **options: Any) -> AsyncIterator[AsyncSession]:
    """Open a TLS server and a session that reaches it by name."""
    authority, certificate, trust = tls("api.test")
    authority.configure_trust(trust)
    server = kind.server(tls=certificate)
    async with server, aiohttp.TCPConnector(resolver=names, ssl=trust) as connector:
        options |= {"base_url": f"https://api.test:{server.port}", "connector": connector}
        async with session_on(server, kind.credentials, clock=clock, sleep=clock.sleep, **options) as session:
            yield session


@every_kind
async def test_a_name_that_is_not_resolved_is_a_connection_never_made(kind: Kind, clock: MovedClock) -> None:
    names = Names()
    names.fail = True
    async with named_pair(names, kind, clock) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, TransportError)
        assert (error.sent, error.retryable) == (False, True)
        assert names.asked == MAX_TRIES
        names.fail = False
        names.may_answer.set()
        await assert_usable(session)


@every_kind
async def test_a_name_lookup_that_hangs_is_a_connection_never_made(kind: Kind, clock: MovedClock) -> None:
    names = Names()
    async with named_pair(names, kind, clock, timeout=1.0, refresh_timeout=1.0, max_tries=2) as session:
        error = await fails(kind.call(session))
        sent = session.stats.sent
        names.may_answer.set()
        await assert_usable(session)
    assert isinstance(error, RequestTimeoutError)
    assert (error.sent, error.retryable, sent) == (False, True, 2)


@every_kind
async def test_a_tls_handshake_that_hangs_is_a_connection_never_made(kind: Kind, clock: MovedClock) -> None:
    authority, certificate, trust = tls("127.0.0.1")
    authority.configure_trust(trust)
    server = kind.server(tls=certificate, listening=False)
    connector = aiohttp.TCPConnector(ssl=trust)
    options: dict[str, Any] = {"timeout": 1.0, "refresh_timeout": 1.0, "max_tries": 2, "connector": connector}
    async with connector, pair(server, clock, kind.credentials, **options) as session:
        server.hold()
        error = await fails(kind.call(session))
        assert isinstance(error, RequestTimeoutError)
        assert (error.sent, error.retryable, session.stats.sent) == (False, True, 2)
        await server.listen()
        await assert_usable(session)
        assert certificate.handshakes >= 3  # more where a loaded machine takes longer than the timeout for one


@every_kind
async def test_a_tls_handshake_that_breaks_off_is_a_connection_never_made(kind: Kind, clock: MovedClock) -> None:
    """Client and server have no TLS version in common."""
    authority, certificate, trust = tls("127.0.0.1")
    authority.configure_trust(trust)
    trust.minimum_version = ssl.TLSVersion.TLSv1_3
    certificate.maximum_version = ssl.TLSVersion.TLSv1_2
    server = kind.server(tls=certificate)
    connector = aiohttp.TCPConnector(ssl=trust)
    async with connector, pair(server, clock, kind.credentials, connector=connector) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, TransportError)
        assert (error.sent, error.retryable, certificate.handshakes) == (False, True, MAX_TRIES)
        certificate.maximum_version = ssl.TLSVersion.TLSv1_3
        await assert_usable(session)


@every_kind
async def test_an_untrusted_certificate_is_raised_at_once_for_every_call(kind: Kind, clock: MovedClock) -> None:
    authority, certificate, trust = tls("127.0.0.1")
    server = kind.server(tls=certificate)
    connector = aiohttp.TCPConnector(ssl=trust)
    async with connector, pair(server, clock, kind.credentials, connector=connector) as session:
        error = await fails(kind.call(session))
        assert isinstance(error, TransportError)
        assert (error.sent, error.retryable) == (False, False)
        assert (certificate.handshakes, session.stats.sent) == (1, 1)
        assert (server.calls, server.logins) == ([], [])
        authority.configure_trust(trust)
        await assert_usable(session)


@every_kind
async def test_a_certificate_other_than_the_pinned_one_is_raised_at_once_too(kind: Kind, clock: MovedClock) -> None:
    authority, certificate, _ = tls("127.0.0.1")
    pinned = authority.issue_cert("127.0.0.1")
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pinned.cert_chain_pems[0].bytes().decode())).digest()
    server = kind.server(tls=certificate)
    connector = aiohttp.TCPConnector(ssl=aiohttp.Fingerprint(digest))
    async with connector, pair(server, clock, kind.credentials, connector=connector) as session:
        error = await fails(kind.call(session))
        handshakes = certificate.handshakes
        assert (server.calls, server.logins) == ([], [])
        pinned.configure_cert(certificate)
        await assert_usable(session)
    assert isinstance(error, TransportError)
    assert (error.sent, error.retryable, handshakes) == (False, False, 1)
