"""A raw socket server that answers as it is told, and fixtures' small parts."""

import asyncio
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from finicity_async import AsyncSession, Credentials

AUTHENTICATION = "/aggregation/v2/partners/authentication"


@dataclass(frozen=True)
class Received:
    """One request as it stood on the wire; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Close:
    """Send some bytes, which may be none, and close the connection; with ``reset`` as hard as a crash does."""

    after: bytes = b""
    reset: bool = False


class Hang:
    """Never answer."""


@dataclass(frozen=True)
class Later:
    """Send a response after some seconds."""

    seconds: float
    response: bytes


def http(
    status: int = 200, body: bytes | str | dict[str, Any] | list[Any] = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """Return a whole HTTP response; a dict or list becomes JSON."""
    kind = "application/json"
    if isinstance(body, dict | list):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode()
    lines = {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}
    if status == 204:
        del lines["Content-Length"], lines["Content-Type"]
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + body


EMPTY = http(200, {"accounts": []})
TOKEN = http(200, {"token": "RawServerToken0000001"})
Answer = bytes | Close | Hang | Later | Callable[[Received], bytes | Close | Hang | Later]


class RawServer:
    """
    Answer each request with the next of the given answers, and every further one with the default.

    Logins have a script of their own. ``calls`` holds the requests but the logins, ``logins`` the logins. A DELETE is
    answered 204 where others get an empty list.
    One that is not ``listening`` holds its port and refuses connections until ``listen``.
    """

    def __init__(
        self,
        *answers: Answer,
        logins: tuple[Answer, ...] = (),
        default: Answer = EMPTY,
        default_login: Answer = TOKEN,
        tls: ssl.SSLContext | None = None,
        listening: bool = True,
    ) -> None:
        self._answers = list(answers)
        self._login_answers = list(logins)
        self._default = default
        self._default_login = default_login
        self._tls = tls
        self._listening = listening
        self.calls: list[Received] = []
        self.logins: list[Received] = []
        self.connections = 0
        self.open_connections = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=self._tls, start_serving=self._listening
        )
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

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve on a thread and loop of its own, for a command that has a loop itself."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        asyncio.run_coroutine_threadsafe(self.__aenter__(), loop).result()
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(self.__aexit__(None, None, None), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    async def listen(self) -> None:
        await self._server.start_serving()

    def hold(self) -> None:
        """Let the kernel take connections that nobody looks at before ``listen``."""
        with self._server.sockets[0].dup() as twin:
            twin.listen()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        self.open_connections += 1
        try:
            while (received := await _read(reader)) is not None:
                if not await self._answer(received, writer):
                    break
        except (ConnectionError, asyncio.CancelledError, ssl.SSLError):
            pass
        finally:
            self.open_connections -= 1
            writer.close()

    async def _answer(self, received: Received, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False when the connection is to be closed."""
        is_login = received.target == AUTHENTICATION and received.method == "POST"
        (self.logins if is_login else self.calls).append(received)
        script = self._login_answers if is_login else self._answers
        answer = script.pop(0) if script else (self._default_login if is_login else self._default)
        if callable(answer):
            answer = answer(received)
        if isinstance(answer, Hang):
            await asyncio.sleep(60)
        elif isinstance(answer, Close):
            writer.write(answer.after)
            await writer.drain()
            if answer.reset:
                no_farewell = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_farewell)
                writer.transport.abort()
            return False
        elif isinstance(answer, Later):
            await asyncio.sleep(answer.seconds)
            writer.write(answer.response)
            await writer.drain()
        else:
            writer.write(http(204) if answer is EMPTY and received.method == "DELETE" else answer)
            await writer.drain()
        return True


WITH_TOKEN = Credentials("test-app-key", app_token="test-app-token")
WITH_SECRET = Credentials("test-app-key", partner_id="test-partner-id", partner_secret="test-partner-secret")


def session_on(server: RawServer, credentials: Credentials = WITH_TOKEN, **options: Any) -> AsyncSession:
    """Return a session on a server that waits for nothing between tries."""
    return AsyncSession(credentials, **{"base_url": server.url, "random": lambda: 0.0, **options})


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds, at most some seconds."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("what was waited for did not come")  # pragma: no cover -- only where a test fails


async def _read(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(method, target, headers, body)
