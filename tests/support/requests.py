"""Requests of every kind, and what a session makes of one answer to them."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import finicity_async as api
from finicity_async import AsyncSession, Operation, Response
from finicity_async._pipeline.status_errors import error_for
from finicity_async.endpoints import accounts
from finicity_async.operation import Request
from tests.support.servers import EMPTY, Answer, RawServer, session_on

LIST = accounts.GET_CUSTOMER_ACCOUNTS.request(customerId=1)

REFRESH = accounts.REFRESH_CUSTOMER_ACCOUNTS.request(customerId=1)

REFRESH_V2 = accounts.REFRESH_CUSTOMER_ACCOUNTS_V2.request(customerId=1)
DELETE = accounts.DELETE_CUSTOMER_ACCOUNT.request(customerId=1, accountId=2)

BILLED = Operation(
    "GetAvailableBalanceLive",
    "GET",
    "/aggregation/v1/customers/{customerId}/accounts/{accountId}/availableBalance/live",
    bytes,
    idempotent=False,
).request(customerId=1, accountId=2)
DEEP = b"[" * 100_000


@asynccontextmanager
async def connected(*answers: Answer, default: Answer = EMPTY) -> AsyncIterator[tuple[RawServer, AsyncSession]]:
    """Open a server with scripted answers and a session on it that sends nothing again."""
    async with (
        RawServer(*answers, default=default) as server,
        session_on(server, max_tries=1) as session,
    ):
        yield server, session


def failure(
    request: Request[Any], status: int, code: object = None, headers: Mapping[str, str] | None = None
) -> api.StatusError:
    """Return the error that a response with a status and a code stands for."""
    body = b"" if code is None else json.dumps({"code": code, "message": "It says no"}).encode()
    error = error_for(request, Response(status, headers or {}, body))
    assert error is not None
    return error


SEARCH: Operation[bytes] = Operation("Search", "get", "/search/{customerId}", bytes, query=("q", "r"))

CLASSES: list[tuple[int, object, type[api.StatusError]]] = [
    (400, None, api.BadRequestError),
    (400, 10005, api.BadRequestError),
    (400, 185, api.BadRequestError),
    (401, None, api.AuthenticationError),
    (401, 10001, api.AuthenticationError),
    (403, None, api.PermissionDeniedError),
    (404, None, api.NotFoundError),
    (404, 949, api.NotFoundError),
    (408, None, api.StatusError),
    (408, 331, api.StatusError),
    (409, 110002, api.ConflictError),
    (418, None, api.StatusError),
    (302, None, api.StatusError),
    (429, None, api.RateLimitError),
    (429, 3300001, api.RateLimitError),
    (500, None, api.ServerError),
    (501, None, api.ServerError),
    (502, None, api.ServerError),
    (599, None, api.ServerError),
    (500, "SYSTEM_DOWN", api.ServerError),
    (500, "123456789012", api.ServerError),
    (500, 103, api.AggregationError),
    (500, "103", api.AggregationError),
    (500, 325, api.AggregationError),
    (500, 0, api.AggregationError),
    (503, 945, api.AggregationError),
    (202, 44000, api.AggregationError),
    (202, "44002", api.AggregationError),
    (500, 110039, api.BadRequestError),
    (500, "10010", api.BadRequestError),
    (500, 24302, api.BadRequestError),
    (202, "10005,", api.BadRequestError),
    (409, 11000, api.ConflictError),
]
