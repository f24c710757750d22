"""A client that is a bare socket: it sees every byte of an answer, and how the connection ends."""

import asyncio
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

from finicity_async import Sandbox
from tests.support.servers import AUTHENTICATION

CUSTOMER, ACCOUNT, LOGIN, INSTITUTION = "1005061234", "5011648377", "1007302745", "4222"
SECOND_CUSTOMER = "1005061235"
CUSTOMERS = "/aggregation/v1/customers"
ACCOUNTS = f"{CUSTOMERS}/{CUSTOMER}/accounts"
ACCOUNTS_V2 = f"/aggregation/v2/customers/{CUSTOMER}/accounts"

End = Literal["whole", "closed", "reset"]
"""How an answer ended: with its last byte on an open connection, by FIN, or by RST."""


@dataclass(frozen=True)
class Seen:
    """What came over the socket for one request; header names in lower case."""

    raw: bytes
    end: End

    @property
    def head(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def status_line(self) -> str:
        return self.head.split(b"\r\n")[0].decode()

    @property
    def status(self) -> int:
        return int(self.status_line.split()[1])

    @property
    def header_list(self) -> list[tuple[str, str]]:
        lines = (line.partition(":") for line in self.head.decode().split("\r\n")[1:])
        return [(name.lower(), value.strip()) for name, _, value in lines]

    @property
    def headers(self) -> dict[str, str]:
        return dict(self.header_list)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> Any:
        return self.json["code"]


class Wire:
    """One connection to a sandbox; ``token`` is sent once there is one."""

    def __init__(self, sandbox: Sandbox, token: str = "") -> None:
        self._sandbox = sandbox
        self._socket = socket.socket()
        self._held = b""
        self.token = token

    async def __aenter__(self) -> Self:
        self._socket.settimeout(0)
        port = int(self._sandbox.url.rpartition(":")[2])
        try:
            await asyncio.get_running_loop().sock_connect(self._socket, ("127.0.0.1", port))
        except OSError:
            self._socket.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._socket.close()

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """Return the bytes of a request as the vendor wants it."""
        lines = {"Host": "x", "Finicity-App-Key": self._sandbox.credentials.app_key}
        if self.token:
            lines["Finicity-App-Token"] = self.token
        if body is not None or method == "POST":
            lines["Content-Length"] = str(len(body or b""))
        lines |= headers or {}
        written = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"{method} {path} HTTP/1.1\r\n{written}\r\n".encode() + (body or b"")

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._socket, data)

    async def read(self) -> Seen:
        """Read one answer, or what there is of it until the connection ends."""
        while not (size := _size(self._held)) or len(self._held) < size:
            try:
                piece = await asyncio.get_running_loop().sock_recv(self._socket, 2**16)
            except ConnectionResetError:
                return Seen(self._held, "reset")
            if not piece:
                return Seen(self._held, "closed")
            self._held += piece
        raw, self._held = self._held[:size], self._held[size:]
        return Seen(raw, "whole")

    async def __call__(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Seen:
        """Send a request and read the answer."""
        await self.send(self.request(method, path, body, headers))
        return await self.read()

    async def log_in(self, secret: str | None = None) -> Seen:
        """Log in, with the right secret where none is given, and send the token from now on."""
        credentials = self._sandbox.credentials
        given = {"partnerId": credentials.partner_id, "partnerSecret": secret or credentials.partner_secret}
        seen = await self("POST", AUTHENTICATION, json.dumps(given).encode())
        if seen.end == "whole" and seen.status == 200:
            self.token = seen.json["token"]
        return seen


def _size(held: bytes) -> int:
    """Return how long the answer is that begins here, 0 while its head is not whole."""
    head, end, _ = held.partition(b"\r\n\r\n")
    if not end:
        return 0
    lengths = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return len(head) + 4 + (int(lengths[0]) if lengths else 0)


def accounts_of(customer_id: str) -> str:
    """Return the path of a customer's accounts."""
    return f"{CUSTOMERS}/{customer_id}/accounts"


async def get_once(sandbox: Sandbox, token: str, path: str = ACCOUNTS) -> Seen:
    """Get something on a connection of its own."""
    async with Wire(sandbox, token) as wire:
        return await wire("GET", path)


async def token_of(sandbox: Sandbox) -> str:
    """Log in on a connection of its own and return the token."""
    async with Wire(sandbox) as wire:
        await wire.log_in()
        return wire.token
