"""A proxy on 127.0.0.1 that opens tunnels, as the proxies of companies do."""

import asyncio
import base64
from types import TracebackType
from typing import Self

from tests.support.servers import EMPTY


class Proxy:
    """
    Opens a tunnel for each CONNECT, and answers any other request itself with an empty list.

    Args:
        login: User and password that it asks for, for example ``"ann:word"``, or None.
        refusal: What it answers to a CONNECT in place of a tunnel; empty bytes close the connection.
    """

    def __init__(self, login: str | None = None, refusal: bytes | None = None) -> None:
        self._login = login
        self.refusal = refusal
        self.heads: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def url(self, login: str = "") -> str:
        """Return its URL, with a login in it or none."""
        return f"http://{login}{'@' if login else ''}127.0.0.1:{self.port}"

    @property
    def targets(self) -> list[str]:
        """Method and target of each request."""
        return [head.rpartition(" HTTP/1.1")[0] for head in (head.partition("\r\n")[0] for head in self.heads)]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head)
            await self._answer(head, reader, writer)
        except (OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        refusal = self.refusal
        if self._login is not None and base64.b64encode(self._login.encode()).decode() not in head:
            refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
        if refusal is not None:
            writer.write(refusal)
        elif not head.startswith("CONNECT "):
            writer.write(EMPTY)
        else:
            await self._tunnel(head, reader, writer)
        await writer.drain()

    async def _tunnel(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = head.split()[1].rpartition(":")
        inner, outer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            await asyncio.gather(_pump(reader, outer), _pump(inner, writer))
        finally:
            outer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()
