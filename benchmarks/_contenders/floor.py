"""
The hand-written floor: sockets that are kept, a parser that knows this server, Structs with details left as they came.

No pool, no timeouts, no errors, no retries: what any client on asyncio's transports must cost at the least.
"""

import asyncio
from collections.abc import AsyncIterator, Sized
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from benchmarks._contenders import HEADERS, PATH, Fetch, Target, Workers
from benchmarks._shapes import raw_decoder

_END = b"\r\n\r\n"
_LENGTH = b"Content-Length: "


class _Line(asyncio.Protocol):
    """One connection, which has one request on the wire at most."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        self.response: asyncio.Future[bytes] = self._loop.create_future()
        self._transport.write(request)
        return self.response

    def close(self) -> None:
        self._transport.close()


class _HandLine(_Line):
    """Finds the end of a response by the one header that this server is known to send."""

    _received = b""
    _whole = 0

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        if not self._whole:
            self._begin = self._received.find(_END) + len(_END)
            start = self._received.find(_LENGTH) + len(_LENGTH)
            self._whole = self._begin + int(self._received[start : self._received.find(b"\r", start)])
        if len(self._received) >= self._whole:
            body, self._received, self._whole = self._received[self._begin :], b"", 0
            self.response.set_result(body)


class _ParsedLine(_Line):
    """Reads any response, with the parser of llhttp."""

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        import httptools  # noqa: PLC0415 -- optional

        self._parts: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)
        return super().ask(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        self.response.set_result(b"".join(self._parts))


@asynccontextmanager
async def _lines(kind: type[_Line], target: Target) -> AsyncIterator[list[_Line]]:
    loop, url = asyncio.get_running_loop(), urlsplit(target.url)
    place = url.hostname or "", url.port or 0
    context = target.context()
    made = [await loop.create_connection(kind, *place, ssl=context) for _ in range(target.at_once)]
    lines = [line for _, line in made]
    try:
        yield lines
    finally:
        for line in lines:
            line.close()
        await asyncio.sleep(0.01)


@asynccontextmanager
async def _opened(kind: type[_Line], target: Target) -> AsyncIterator[Fetch]:
    head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    request = f"GET {PATH} HTTP/1.1\r\nHost: {urlsplit(target.url).netloc}\r\n{head}\r\n"
    decode = raw_decoder().decode
    async with _lines(kind, target) as free:

        async def one(customer_id: str) -> Sized:
            line = free.pop()
            body = await line.ask(request.format(customer_id).encode())
            free.append(line)
            accounts: Sized = decode(body).accounts
            return accounts

        yield Workers(one, target.at_once)


def by_hand(target: Target) -> Any:
    """Fetch with the parser that knows this server."""
    return _opened(_HandLine, target)


def by_httptools(target: Target) -> Any:
    """Fetch with httptools."""
    return _opened(_ParsedLine, target)
