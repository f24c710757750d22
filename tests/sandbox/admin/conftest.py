"""A client of the admin interface whose every request and answer is judged by the OpenAPI document."""

import json
from collections.abc import AsyncIterator
from functools import cache
from typing import Any

import aiohttp
import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from finicity_async.sandbox import Sandbox
from finicity_async.sandbox.admin import PREFIX
from finicity_async.sandbox.admin.document import make_document
from finicity_async.sandbox.admin.table import ROWS

HOST = "http://127.0.0.1"


@cache
def judge() -> OpenAPI:
    return OpenAPI.from_dict(make_document(ROWS, HOST))


class Admin:
    """Calls the admin interface."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def __call__(self, method: str, path: str, body: Any = None, **query: str | int) -> Any:
        """Return the body of a success."""
        status, reply = await self.ask(method, path, body, **query)
        assert status in (200, 201, 204), reply
        return reply

    async def ask(self, method: str, path: str, body: Any = None, **query: str | int) -> tuple[int, Any]:
        """Return status and body; what the document does not allow is an error, but for a request that is refused."""
        query = {name.rstrip("_"): value for name, value in query.items()}
        data = None if body is None else json.dumps(body).encode()
        async with self._http.request(method, f"{self._url}{PREFIX}{path}", json=body, params=query) as answer:
            raw = await answer.read()
        kind = "application/json"
        args = {name: str(value) for name, value in query.items()}
        asked = MockRequest(HOST, method, f"{PREFIX}{path}", args=args, data=data, content_type=kind)
        if answer.status not in (404, 405):
            judge().validate_response(asked, MockResponse(raw, answer.status, content_type=kind))
        if answer.ok:
            judge().validate_request(asked)
        return answer.status, json.loads(raw) if raw else None


@pytest.fixture
async def admin(sandbox: Sandbox) -> AsyncIterator[Admin]:
    async with aiohttp.ClientSession() as http:
        yield Admin(http, sandbox.url)
