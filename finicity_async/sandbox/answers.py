"""Answers that leave a client in doubt: none, half of one, or one that is no answer."""

import asyncio
import json

from aiohttp import web

from finicity_async.sandbox.refreshes import Account, RefreshScript

_PAGE = "<html><head><title>Please wait</title></head><body>Please wait</body></html>"


CLOSING = web.AppKey("closing", asyncio.Event)
"""Set when the sandbox closes: what hangs then ends."""


async def hang(request: web.Request) -> web.StreamResponse:
    """Never answer; the connection is closed when the sandbox closes."""
    await request.app[CLOSING].wait()
    return await disconnect(request)


async def disconnect(request: web.Request) -> web.StreamResponse:
    """Close the connection before the first byte."""
    _drop(request)
    return web.Response(status=500)


def _drop(request: web.Request) -> None:
    if (transport := request.transport) is not None:  # pragma: no branch -- the client may have gone before
        transport.close()


async def truncated(request: web.Request, body: bytes) -> web.StreamResponse:
    """Send the first half of a body and close the connection."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    _drop(request)
    return response


async def refresh_answer(request: web.Request, script: RefreshScript, accounts: list[Account]) -> web.StreamResponse:
    """Answer a refresh as its script says."""
    listed = json.dumps({"accounts": accounts}).encode()
    match script.answer:
        case "hang":
            return await hang(request)
        case "disconnect":
            return await disconnect(request)
        case "truncated":
            return await truncated(request, listed)
        case _:
            return _whole_answer(request, script, listed)


def _whole_answer(request: web.Request, script: RefreshScript, listed: bytes) -> web.Response:
    if isinstance(script.answer, int):
        code = script.answer_code
        body = None if code is None else json.dumps({"code": code, "message": "As the script says"}).encode()
        return web.Response(status=script.answer, body=body, content_type="application/json")
    if script.answer == "page":
        return web.Response(text=_PAGE, content_type="text/html")
    if "/v2/" in request.path:
        return web.Response(status=204)
    return web.Response(body=listed, content_type="application/json")
