"""Answers as values, and how they go over the wire: whole, in part, slowly, or never."""

import asyncio
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Literal

import msgspec
from aiohttp import web
from multidict import CIMultiDict

Part = Literal["nothing", "headers", "body", "all"]
"""How much is sent: nothing, half of the headers, the headers and half of the body, or all of it."""

_SERVER = "finicity-sandbox"
_NO_LINGER = struct.pack("ii", 1, 0)  # closing then sends RST in place of FIN
_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    One answer of the sandbox.

    Attributes:
        status: HTTP status.
        body: The body.
        content_type: Its type, None for none.
        headers: Further headers.
        sent: How much of it is sent.
        ending: What follows when not all is sent: the connection is reset, closed, or left hanging.
        seconds: Seconds over which the body is sent in small pieces.
    """

    status: int = 200
    body: bytes = b""
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: Part = "all"
    ending: Literal["reset", "close", "hang"] = "close"
    seconds: float = 0.0


def json_answer(value: object, status: int = 200) -> Answer:
    """Return an answer whose body is JSON; a Decimal is written as a number."""
    body = _encoder.encode(value)
    if b"NaN" in body or b"Infinity" in body:
        body = _encoder.encode(_finite(value))
    return Answer(status=status, body=body, content_type="application/json")


def _finite(value: Any) -> Any:
    """Replace every Decimal that JSON cannot express by None, as msgspec does with floats."""
    if isinstance(value, dict):
        return {name: _finite(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(member) for member in value]
    return None if isinstance(value, Decimal) and not value.is_finite() else value


def error_answer(code: int | str, message: str, status: int) -> Answer:
    """Return an error as the vendor words it."""
    return json_answer({"code": code, "message": message}, status)


async def deliver(request: web.BaseRequest, answer: Answer, now: float, closing: asyncio.Event) -> web.StreamResponse:
    """Send an answer; a hanging one ends when the sandbox closes."""
    headers = _headers(answer, int(now))
    if answer.sent != "all":
        return await _deliver_part(request, answer, headers, closing)
    if answer.seconds:
        return await _drip(request, answer, headers)
    return web.Response(status=answer.status, body=answer.body or None, headers=headers)


def _headers(answer: Answer, now: int) -> CIMultiDict[str]:
    headers = CIMultiDict({"Date": _date(now), "Server": _SERVER})
    headers.update(answer.headers)
    if answer.content_type is not None:
        headers.setdefault("Content-Type", answer.content_type)
    return headers


@lru_cache(maxsize=8)
def _date(now: int) -> str:
    return formatdate(now, usegmt=True)


async def _deliver_part(
    request: web.BaseRequest, answer: Answer, headers: CIMultiDict[str], closing: asyncio.Event
) -> web.StreamResponse:
    transport: Any = request.transport
    if transport is not None:  # pragma: no branch -- the client may have gone before
        transport.write(_part(answer, headers))
        if answer.ending == "hang":
            await closing.wait()
        if answer.ending == "reset":
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.close()
    return web.Response(status=500)


def _part(answer: Answer, headers: CIMultiDict[str]) -> bytes:
    if answer.sent == "nothing":
        return b""
    headers["Content-Length"] = str(len(answer.body))
    written = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {answer.status} {_reason(answer.status)}\r\n{written}\r\n".encode()
    return head[: len(head) // 2] if answer.sent == "headers" else head + answer.body[: len(answer.body) // 2]


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


async def _drip(request: web.BaseRequest, answer: Answer, headers: CIMultiDict[str]) -> web.StreamResponse:
    """Send the body in twenty pieces, spread evenly over its seconds."""
    headers["Content-Length"] = str(len(answer.body))
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(request)
    size = max(1, -(-len(answer.body) // 20))
    pieces = [answer.body[start : start + size] for start in range(0, len(answer.body), size)]
    try:
        for piece in pieces:
            await asyncio.sleep(answer.seconds / len(pieces))
            await response.write(piece)
    except ConnectionError:
        pass  # The client closed the connection.
    return response
