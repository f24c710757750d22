"""Responses as values, and how they go over the wire: whole, in part, slowly, or never."""

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
_MOST_TEXT = 500
"""Characters of an error that the journal keeps."""
_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """
    One response of the sandbox.

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


def encode_exactly(value: object) -> bytes:
    """Write JSON, a Decimal as a number, and as null where it is not finite."""
    try:
        body = _encoder.encode(value)
    except ValueError:  # msgspec 0.23 refuses such a Decimal, and older ones write it.
        return _encoder.encode(_finite(value))
    return _encoder.encode(_finite(value)) if b"NaN" in body or b"Infinity" in body else body


def json_response(value: object, status: int = 200) -> Response:
    """Return a response whose body is JSON; a Decimal is written as a number."""
    return Response(status=status, body=encode_exactly(value), content_type="application/json")


def decode_exactly(body: bytes) -> Any:
    """
    Read JSON without rounding an amount.

    Raises:
        msgspec.DecodeError: It is none.
        UnicodeDecodeError: It is not UTF-8.
        RecursionError: It is too deep.
    """
    return _decoder.decode(body)


def _finite(value: Any) -> Any:
    """Replace every Decimal that JSON cannot express by None, as msgspec does with floats."""
    if isinstance(value, dict):
        return {name: _finite(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(member) for member in value]
    return None if isinstance(value, Decimal) and not value.is_finite() else value


def error_response(code: int | str, message: str, status: int) -> Response:
    """Return an error as the vendor words it."""
    return json_response({"code": code, "message": message}, status)


class _Error(msgspec.Struct, frozen=True):
    """What the journal keeps of an error."""

    code: Any = None
    message: Any = None


_error_decoder = msgspec.json.Decoder(_Error)


def read_error(response: Response) -> tuple[str | None, str | None]:
    """Return the vendor's code and the text in a response that is an error, None for what it does not have."""
    if response.content_type == "text/plain":
        return None, response.body[:_MOST_TEXT].decode("utf-8", "replace")
    try:
        error = _error_decoder.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None, None
    code, message = (None if one is None else str(one)[:_MOST_TEXT] for one in (error.code, error.message))
    return code, message


async def deliver(
    request: web.BaseRequest, response: Response, now: float, closing: asyncio.Event
) -> web.StreamResponse:
    """Send a response; a hanging one ends when the sandbox closes."""
    headers = _headers(response, int(now))
    if response.sent != "all":
        return await _deliver_part(request, response, headers, closing)
    if response.seconds:
        return await _drip(request, response, headers)
    return web.Response(status=response.status, body=response.body or None, headers=headers)


def _headers(response: Response, now: int) -> CIMultiDict[str]:
    headers = CIMultiDict({"Date": _date(now), "Server": _SERVER})
    headers.update(response.headers)
    if response.content_type is not None:
        headers.setdefault("Content-Type", response.content_type)
    return headers


@lru_cache(maxsize=8)
def _date(now: int) -> str:
    return formatdate(now, usegmt=True)


async def _deliver_part(
    request: web.BaseRequest, response: Response, headers: CIMultiDict[str], closing: asyncio.Event
) -> web.StreamResponse:
    transport: Any = request.transport
    if transport is not None:  # pragma: no branch -- the client may have gone before
        transport.write(_part(response, headers))
        if response.ending == "hang":
            await closing.wait()
        if response.ending == "reset":
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.close()
    return web.Response(status=500)


def _part(response: Response, headers: CIMultiDict[str]) -> bytes:
    if response.sent == "nothing":
        return b""
    headers["Content-Length"] = str(len(response.body))
    written = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {response.status} {_reason(response.status)}\r\n{written}\r\n".encode()
    return head[: len(head) // 2] if response.sent == "headers" else head + response.body[: len(response.body) // 2]


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


async def _drip(request: web.BaseRequest, response: Response, headers: CIMultiDict[str]) -> web.StreamResponse:
    """Send the body in twenty pieces, spread evenly over its seconds."""
    headers["Content-Length"] = str(len(response.body))
    stream = web.StreamResponse(status=response.status, headers=headers)
    await stream.prepare(request)
    size = max(1, -(-len(response.body) // 20))
    pieces = [response.body[start : start + size] for start in range(0, len(response.body), size)]
    try:
        for piece in pieces:
            await asyncio.sleep(response.seconds / len(pieces))
            await stream.write(piece)
    except ConnectionError:
        pass  # The client closed the connection.
    return stream
