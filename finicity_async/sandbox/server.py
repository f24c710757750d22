"""The HTTP server of the sandbox: it parses requests, keeps the journal and sends responses."""

import asyncio
import logging

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage, HttpProcessingError

from finicity_async._closing import Closing
from finicity_async.sandbox.admin.control import Control
from finicity_async.sandbox.admin.service import AdminService
from finicity_async.sandbox.connecting.pages import ConnectPages
from finicity_async.sandbox.faults import InstalledFaults
from finicity_async.sandbox.journal import Call, Journal
from finicity_async.sandbox.requests import IncomingRequest
from finicity_async.sandbox.responses import Response, deliver, read_error
from finicity_async.sandbox.routing import Router
from finicity_async.sandbox.state import Snapshot, State


def _tells_of_the_sandbox(record: logging.LogRecord) -> bool:
    """Leave out requests that are no HTTP: the client reads so in the 400, and a traceback would blame the sandbox."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError | web.RequestPayloadError)


_logger = logging.getLogger("aiohttp.server.finicity_sandbox")
_logger.addFilter(_tells_of_the_sandbox)


class Server:
    """
    Serves a state on 127.0.0.1.

    Args:
        state: The state of the sandbox.
        faults: The installed faults.
        journal: Records each request.
        router: Finds the operation of each request.

    Neither the journal nor the faults know of the pages of Connect and of the admin interface: they are no part of the
    vendor's API.
    """

    def __init__(self, state: State, faults: InstalledFaults, journal: Journal, router: Router) -> None:
        self._state = state
        self._faults = faults
        self._journal = journal
        self._router = router
        self._pages = ConnectPages(state)
        self._initial = state.snapshot()
        self._admin = AdminService(Control(state, faults, journal, self.reset))
        self._runner: web.ServerRunner | None = None

    async def start(self, port: int) -> int:
        """Start to listen, on a free port for 0; return the port."""
        self.refuse_to_run_twice()
        self._state.closing = asyncio.Event()
        runner = web.ServerRunner(web.Server(self._handle, access_log=None, logger=_logger), shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        bound: int = runner.addresses[0][1]
        self._state.url = f"http://127.0.0.1:{bound}"
        return bound

    def refuse_to_run_twice(self) -> None:
        """
        Check that it is not running.

        Raises:
            RuntimeError: It is running.
        """
        if self._runner is not None:
            raise RuntimeError("The sandbox runs already; make another one")

    def reset(self, snapshot: Snapshot | None) -> None:
        """Restore a snapshot, None for the initial state, without faults, and with an empty journal."""
        self._state.restore(self._initial if snapshot is None else snapshot)
        self._faults.clear()
        self._journal.clear()
        self._state.outbox.sent.clear()
        self._pages.clear()

    async def stop(self) -> None:
        """Stop listening and close every connection, hanging ones too."""
        self._state.closing.set()
        runner, self._runner = self._runner, None
        if runner is not None:  # pragma: no branch -- doing it twice is fine
            await Closing("stop a sandbox").run(runner.cleanup)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if self._pages.serves(path):
            return await self._show(request, self._pages)
        if self._admin.serves(path):
            return await self._show(request, self._admin)
        route = self._router.find(request.method, path)
        call = Call(
            route.operation.operation_id if route.operation else None,
            route.values.get("customerId"),
            request.method,
            request.path_qs,
            self._state.clock(),
            _port(request),
        )
        self._journal.note(call)
        try:
            incoming = IncomingRequest(route, request.method, request.query, request.headers, await _body(request))
            response = await self._faults.answer(self._state, incoming, call)
        except ConnectionError:
            return web.Response(status=400)  # The client disconnected before the end of its body.
        except web.HTTPException as error:
            call.status = error.status
            raise
        except (web.RequestPayloadError, BadHttpMessage):
            response = Response(status=400, headers={"Connection": "close"})
        except Exception:
            call.status = 500  # aiohttp logs it and answers so.
            raise
        if response.sent != "nothing":
            call.status = response.status
            if response.status != 200:
                call.code, call.message = read_error(response)
        return await deliver(request, response, self._state.clock(), self._state.closing)

    async def _show(self, request: web.BaseRequest, pages: ConnectPages | AdminService) -> web.StreamResponse:
        url = request.rel_url
        target = f"{url.raw_path}?{url.raw_query_string}" if url.raw_query_string else url.raw_path
        try:
            page = await pages.answer(request.method, target, request.headers, await _body(request))
        # The browser disconnected before the end of its form, or garbled it.
        except (ConnectionError, web.RequestPayloadError):  # pragma: no cover -- aiohttp may be quicker to answer
            return web.Response(status=400)
        except web.HTTPRequestEntityTooLarge as error:
            return web.json_response({"error": error.text}, status=error.status)
        return await deliver(request, page, self._state.clock(), self._state.closing)


async def _body(request: web.BaseRequest) -> bytes:
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return await request.read() if request.can_read_body else b""


def _port(request: web.BaseRequest) -> int:
    peer = request.get_extra_info("peername")
    return int(peer[1]) if peer else 0
