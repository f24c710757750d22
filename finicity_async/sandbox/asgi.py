"""An ASGI application on a port of this machine, for events that the sandbox posts to it; no other server is needed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiohttp import web

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]
"""An application of any framework: FastAPI, Starlette, Litestar, Quart, Django."""
_ASGI = {"version": "3.0", "spec_version": "2.3"}


@asynccontextmanager
async def serve_asgi(app: AsgiApp) -> AsyncIterator[str]:
    """
    Serve an application on a free port of 127.0.0.1, in the running event loop, while the block runs.

    Its lifespan begins and ends with the block. The block ends when every request is over, work after the response
    (background tasks) included, so what the application did is there to be checked.

    Args:
        app: The application, for example a ``FastAPI``.

    Yields:
        The URL, for example ``"http://127.0.0.1:50123"``.

    Raises:
        Exception: What the application raised in a request or in its lifespan; the first of several.
    """
    lifespan = _Lifespan(app)
    await lifespan.start()
    requests = _Requests(app, lifespan.state)
    runner = web.ServerRunner(
        web.Server(requests.answer, access_log=None, handler_cancellation=True), shutdown_timeout=0.1
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        requests.address = runner.addresses[0]
        try:
            yield f"http://127.0.0.1:{requests.address[1]}"
        except BaseException:
            requests.cancel()  # The test has failed or timed out, perhaps because one of them never ends.
            raise
        await asyncio.gather(*requests.running)
    finally:
        await asyncio.gather(*requests.running, return_exceptions=True)
        await runner.cleanup()
        await lifespan.stop()


class _Lifespan:
    """Start and end of an application; one that knows neither raises or returns at once, which ASGI allows."""

    def __init__(self, app: AsgiApp) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._to_app: asyncio.Queue[_Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[_Message] = asyncio.Queue()
        self._is_over = False

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())
        await self._tell("startup")

    async def stop(self) -> None:
        if not self._is_over:
            await self._tell("shutdown")
        await self._task

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": _ASGI, "state": self.state}
        try:
            with suppress(Exception):  # What the application says of its failures comes as messages.
                await self._app(scope, self._to_app.get, self._from_app.put)
        finally:
            self._is_over = True
            self._from_app.put_nowait({"type": "over"})

    async def _tell(self, step: str) -> None:
        await self._to_app.put({"type": f"lifespan.{step}"})
        answer = await self._from_app.get()
        if answer["type"] == f"lifespan.{step}.failed":
            self._task.cancel()
            raise RuntimeError(f"The application failed at its {step}: {answer.get('message', '')}")


class _Requests:
    """
    The requests to an application.

    Attributes:
        running: A task for each request, those that are over included.
        address: Host and port of the server.
    """

    def __init__(self, app: AsgiApp, state: dict[str, Any]) -> None:
        self.running: list[asyncio.Task[None]] = []
        self.address: Any = None
        self._app = app
        self._state = state

    def cancel(self) -> None:
        """Cancel those that are not over."""
        for task in self.running:
            task.cancel()

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        exchange = _Exchange(await request.read())
        task = asyncio.create_task(self._run(self._scope(request), exchange))
        self.running.append(task)
        return await exchange.response

    async def _run(self, scope: _Message, exchange: "_Exchange") -> None:
        try:
            await self._app(scope, exchange.receive, exchange.send)
        finally:
            if not exchange.response.done():
                exchange.response.set_result(web.Response(status=500))

    def _scope(self, request: web.BaseRequest) -> _Message:
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": request.rel_url.path,
            "raw_path": request.rel_url.raw_path.encode(),
            "query_string": request.rel_url.raw_query_string.encode(),
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.raw_headers],
            "client": request.get_extra_info("peername"),
            "server": self.address,
            "state": self._state.copy(),
        }


class _Exchange:
    """One request and its response, as the messages of ASGI have them."""

    def __init__(self, body: bytes) -> None:
        self.response: asyncio.Future[web.Response] = asyncio.get_running_loop().create_future()
        self._body: bytes | None = body
        self._start: _Message = {}
        self._sent = b""

    async def receive(self) -> _Message:
        body, self._body = self._body, None
        if body is not None:
            return {"type": "http.request", "body": body, "more_body": False}
        # An application that streams asks whether its client is still there: until it has its response, or leaves.
        await asyncio.wait([self.response])
        return {"type": "http.disconnect"}

    async def send(self, message: _Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._sent += message.get("body", b"")
        if not message.get("more_body", False) and not self.response.done():
            headers = [
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in self._start.get("headers", ())
            ]
            self.response.set_result(web.Response(status=self._start["status"], headers=headers, body=self._sent))
