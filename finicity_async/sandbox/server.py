"""The sandbox on a socket: requests become what the vendor looks at, answers go over the wire, the journal is kept."""

import asyncio

from aiohttp import web

from finicity_async.sandbox import vendor
from finicity_async.sandbox.answers import deliver
from finicity_async.sandbox.faults import ArmedFaults
from finicity_async.sandbox.journal import Call, Journal
from finicity_async.sandbox.state import State
from finicity_async.sandbox.vendor import Asked


class Server:
    """
    Serves a state on 127.0.0.1.

    Args:
        state: What the sandbox knows.
        faults: What goes wrong.
        journal: Where each request is noted.
    """

    def __init__(self, state: State, faults: ArmedFaults, journal: Journal) -> None:
        self._state = state
        self._faults = faults
        self._journal = journal
        self._runner: web.ServerRunner

    async def start(self, port: int) -> int:
        """Start to listen, on a free port for 0; return the port."""
        self._state.closing = asyncio.Event()
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        bound: int = self._runner.addresses[0][1]
        return bound

    async def stop(self) -> None:
        """Stop listening and close every connection; what hangs ends."""
        self._state.closing.set()
        await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        operation, values, allowed = vendor.recognise(request.method, request.path)
        body = await request.read() if request.can_read_body else b""
        asked = Asked(operation, values, request.method, request.query, request.headers, body, allowed)
        call = Call(
            operation.operation_id if operation else None,
            asked.customer_id,
            request.method,
            request.path_qs,
            self._state.clock(),
            _port(request),
        )
        self._journal.note(call)
        answer = await self._faults.answer(self._state, asked, call)
        if answer.sent != "nothing":
            call.status = answer.status
        return await deliver(request, answer, self._state.clock(), self._state.closing)


def _port(request: web.BaseRequest) -> int:
    peer = request.get_extra_info("peername")
    return int(peer[1]) if peer else 0
