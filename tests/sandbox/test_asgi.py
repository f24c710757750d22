"""Applications that are served for the events of the sandbox, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession
from fastapi import BackgroundTasks, FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse
from litestar import Litestar, get

from finicity_async import AsyncSession, Sandbox, WebhookError, get_customer_accounts, read_connect_event
from finicity_async.endpoints.connect import generate_connect_url
from finicity_async.sandbox import serve_asgi
from finicity_async.webhooks import Done


async def body_of(url: str, **headers: str) -> tuple[int, str]:
    """Send a GET; return the status and the body of the response."""
    async with ClientSession() as client, client.get(url, headers=headers) as response:
        return response.status, await response.text()


async def test_a_fastapi_service_receives_signed_events_and_ends_its_work_with_the_block(
    sandbox: Sandbox, session: AsyncSession
) -> None:
    app = FastAPI()
    read: list[str | None] = []

    async def follow(customer_id: str) -> None:
        read.extend(account.type for account in await get_customer_accounts(session, customer_id))

    @app.post("/finicity", status_code=204)
    async def take_event(request: Request, tasks: BackgroundTasks) -> None:
        signature = request.headers.get("x-finicity-signature")
        try:
            event = read_connect_event(await request.body(), signature, sandbox.credentials.partner_secret or "")
        except WebhookError:
            raise HTTPException(401) from None
        if isinstance(event, Done) and event.customer_id is not None:
            tasks.add_task(follow, event.customer_id)

    customer = sandbox.add_customer()
    async with serve_asgi(app) as url, ClientSession() as stranger:
        link = await generate_connect_url(session, customer, webhook=f"{url}/finicity")
        played = await sandbox.connect(link.link, accounts=["checking", "savings"])
        async with stranger.post(f"{url}/finicity", data=played.events[-1].body) as refused:
            assert refused.status == 401
    assert {event.status for event in played.events} == {204}
    assert read == ["checking", "savings"]


async def test_an_application_sees_its_lifespan_and_the_whole_request() -> None:
    seen: list[Any] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
        seen.append("start")
        yield {"opened": "yes"}
        seen.append("stop")

    app = FastAPI(lifespan=lifespan)

    @app.get("/a b/{name}")
    async def show(name: str, request: Request) -> StreamingResponse:
        seen.append((name, request.query_params["q"], request.headers["x-tenant"], request.state.opened))

        async def parts() -> AsyncIterator[str]:
            yield str(request.base_url)
            yield "äö"

        return StreamingResponse(parts(), 202, {"X-Answer": "é".encode().decode("latin-1")})

    async with serve_asgi(app) as url:
        assert await body_of(f"{url}/a%20b/%C3%A4?q=1%2B1", **{"X-Tenant": "7"}) == (202, f"{url}/äö")
        assert (await body_of(f"{url}/nothing"))[0] == 404
    assert seen == ["start", ("ä", "1+1", "7", "yes"), "stop"]


async def test_litestar_is_served_as_well() -> None:
    @get("/")
    async def hello() -> str:
        return "hello"

    async with serve_asgi(Litestar([hello])) as url:
        assert await body_of(url) == (200, "hello")


async def plain(scope: Any, receive: Any, send: Any) -> None:
    """Answer every request with 200, and know no lifespan."""
    if scope["type"] == "lifespan":
        return
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body"})
    assert await receive() == {"type": "http.disconnect"}


async def refusing(scope: Any, receive: Any, send: Any) -> None:
    """Refuse a lifespan, as ASGI allows."""
    if scope["type"] == "lifespan":
        raise NotImplementedError
    await plain(scope, receive, send)


@pytest.mark.parametrize("app", [plain, refusing])
async def test_an_application_without_a_lifespan_is_served(app: Any) -> None:
    async with serve_asgi(app) as url:
        assert await body_of(url) == (200, "")


async def test_an_application_that_cannot_start_says_why() -> None:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
        yield await connect()

    async def connect() -> dict[str, str]:
        raise OSError("no database")

    async with AsyncExitStack() as stack:
        with pytest.raises(RuntimeError, match=r"(?s)failed at its startup.*no database"):
            await stack.enter_async_context(serve_asgi(FastAPI(lifespan=lifespan)))


async def test_an_error_of_the_application_is_a_500_and_fails_the_test() -> None:
    app = FastAPI()

    @app.get("/")
    async def fail() -> None:
        raise LookupError("the service is wrong")

    async def ask() -> None:
        async with serve_asgi(app) as url:
            assert (await body_of(url))[0] == 500

    with pytest.raises(LookupError, match="the service is wrong"):
        await ask()


async def test_an_application_that_answers_nothing_is_a_500() -> None:
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        """End without a response."""

    async with serve_asgi(silent) as url:
        assert await body_of(url) == (500, "")


async def test_a_response_may_leave_out_its_headers() -> None:
    async def bare(scope: Any, receive: Any, send: Any) -> None:
        """Say nothing of headers, which ASGI allows."""
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 201})
            await send({"type": "http.response.body", "body": b"made"})

    async with serve_asgi(bare) as url:
        assert await body_of(url) == (201, "made")


async def test_a_stream_ends_when_its_client_leaves() -> None:
    app = FastAPI()
    begun, ended = asyncio.Event(), asyncio.Event()

    @app.get("/")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            try:
                while True:
                    begun.set()
                    yield "x"
                    await asyncio.sleep(0)
            finally:
                ended.set()

        return StreamingResponse(parts())

    async with serve_asgi(app) as url:
        client = asyncio.create_task(body_of(url))
        await begun.wait()
        client.cancel()
        await ended.wait()


async def test_a_test_that_fails_does_not_wait_for_a_request_that_never_ends() -> None:
    begun = asyncio.Event()

    async def hanging(scope: Any, receive: Any, send: Any) -> None:
        """Answer no request."""
        if scope["type"] == "http":
            begun.set()
            await asyncio.Event().wait()

    async def test() -> None:
        async with serve_asgi(hanging) as url:
            client = asyncio.create_task(body_of(url))
            await begun.wait()
            client.cancel()
            raise LookupError("the test failed")

    with pytest.raises(LookupError, match="the test failed"):
        await test()


async def test_a_failed_test_keeps_its_own_error() -> None:
    app = FastAPI()

    @app.get("/")
    async def fail() -> None:
        raise LookupError

    async def test() -> None:
        async with serve_asgi(app) as url:
            assert (await body_of(url))[0] == 200

    with pytest.raises(AssertionError, match="500"):
        await test()
