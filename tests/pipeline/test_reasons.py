"""Why no response came, in words of ours: no name of a class, no address, nothing of what was sent."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult

from finicity_async import AsyncSession, TransportError
from finicity_async._pipeline.failures import reason_of
from tests.support.bodies import RAW, assert_usable
from tests.support.servers import Answer, Close, RawServer, http, session_on

WORDS = re.compile(r"\(([^()]*)\)")


async def reason(session: AsyncSession) -> str:
    """Return what the error of a call gives as the reason."""
    with pytest.raises(TransportError) as caught:
        await session.send(RAW)
    text = str(caught.value)
    assert not re.search(r"Client[A-Z]|Server[A-Z]|127\.0\.0\.", text)
    found = WORDS.search(text)
    assert found is not None
    return found[1]


ENDINGS: dict[str, tuple[Answer, str]] = {
    "closed": (Close(), "the connection was closed"),
    "reset": (Close(reset=True), "Connection reset by peer"),
    "cut": (Close(http(200, b"{", {"Content-Length": "15"})), "the body broke off"),
    "a bad chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", "the body broke off"),
    "no HTTP": (Close(b"220 mail.example.com ESMTP\r\n\r\n"), "it is no HTTP"),
    "a bad name": (b"HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n", "its head is not valid HTTP"),
    "a long line": (f"HTTP/1.1 200 OK\r\nX: {'a' * 200_000}\r\n\r\n".encode(), "a line of its head is too long"),
}


@pytest.mark.parametrize("name", ENDINGS)
async def test_a_response_that_was_lost_says_how(name: str) -> None:
    answer, expected = ENDINGS[name]
    async with RawServer(answer) as server, session_on(server, max_tries=1) as session:
        found = await reason(session)
        assert found == expected or (name == "a bad chunk" and found == "its head is not valid HTTP")
        await assert_usable(session)


class TwoAddresses(AbstractResolver):
    """Resolves every name to two addresses of this machine."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=f"127.0.0.{last}", port=port, family=2, proto=0, flags=0)
            for last in (1, 2)
        ]

    async def close(self) -> None:
        """Hold nothing."""


async def test_a_name_whose_addresses_all_refuse_is_refused_and_not_a_class() -> None:
    async with RawServer(listening=False) as server, aiohttp.TCPConnector(resolver=TwoAddresses()) as connector:
        url = f"https://api.test:{server.port}"
        async with session_on(server, base_url=url, connector=connector, max_tries=1) as session:
            assert await reason(session) == "Connection refused"
        async with session_on(server, max_tries=1) as session:
            assert await reason(session) == "Connection refused"
            await server.listen()
            await assert_usable(session)


def test_several_addresses_that_fail_in_their_own_ways_are_told_by_the_first() -> None:
    failures = OSError("Multiple exceptions: [Errno 101] Connect call failed ('10.0.0.1', 443), [Errno 111] ...")
    assert reason_of(failures) == "Network is unreachable"


@asynccontextmanager
async def handshake(server: ssl.SSLContext, client: ssl.SSLContext) -> AsyncIterator[AsyncSession]:
    async with (
        RawServer(tls=server) as raw,
        aiohttp.TCPConnector(ssl=client) as connector,
        session_on(raw, connector=connector, max_tries=1) as session,
    ):
        yield session


def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    authority, server, client = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    return server, client


async def test_a_tls_handshake_without_a_common_version_is_closed() -> None:
    server, client = contexts()
    server.maximum_version, client.minimum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
    async with handshake(server, client) as session:
        assert await reason(session) == "the connection was closed during the TLS handshake"
        server.maximum_version = ssl.TLSVersion.TLSv1_3
        await assert_usable(session)


HANDSHAKES = {
    "refused by an alert": (b"\x15\x03\x03\x00\x02\x02\x46", r"TLS handshake refused: [a-z0-9 ]*protocol version"),
    "answered in plain text": (b"HTTP/1.1 400 Bad Request\r\n\r\n", r"TLS handshake refused: [a-z ]+"),
    "closed": (b"", r"the connection was closed during the TLS handshake|Connection reset by peer"),
}


@pytest.mark.parametrize("name", HANDSHAKES)
async def test_a_tls_handshake_that_is_refused_says_why(name: str) -> None:
    answer, expected = HANDSHAKES[name]

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as listening, RawServer() as unused:
        url = f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        async with session_on(unused, base_url=url, max_tries=1) as session:
            assert re.fullmatch(expected, await reason(session))


async def test_a_certificate_that_is_not_trusted_says_why() -> None:
    server, _ = contexts()
    async with handshake(server, ssl.create_default_context()) as session:
        assert await reason(session) == "unable to get local issuer certificate"


async def test_a_certificate_other_than_the_pinned_one_says_so() -> None:
    server, _ = contexts()
    pin: Any = aiohttp.Fingerprint(bytes(32))
    async with handshake(server, pin) as session:
        assert await reason(session) == "it is not the pinned one"
