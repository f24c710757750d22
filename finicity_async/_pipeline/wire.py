"""One request on the wire: which connection it goes out on, how long it may take, how much is read."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Any, Protocol

import aiohttp
from aiohttp import hdrs
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection
from yarl import URL

from finicity_async._pipeline.failures import CONNECT_ERRORS, NoResponseError, reason_of
from finicity_async._pipeline.unpacking import BodyTooLargeError, hidden_by, read_packed

_MOST_STALE = 100
"""Connections that are tried in place of stale ones: as many as a pool holds by default, so that this ends."""
_MAX_HEADER = 2**16
_MAX_HEADERS = 1_000
"""Bytes of a header and number of headers: eight times what aiohttp takes, and less than a body may have in all."""
_ERROR_CAP = 2**16
"""Most bytes of an error's body: code and message stand at its beginning, and nobody reads more."""


class StaleConnectionError(aiohttp.ClientConnectionError):
    """Something came on a connection while nothing was asked on it; it would be taken for the next response."""


class GuardedResponse(aiohttp.ClientResponse):
    """
    A response that knows its transport even when its connection is back in the pool.

    Attributes:
        transport: What it came through, to be closed when it turns out to be the response to another request.
    """

    transport: asyncio.Transport | None = None

    async def body(self, cap: int) -> bytes:
        """
        Read the body, decompressed, up to a cap; of an error, what can be read of its first 64 KiB is enough.

        Raises:
            BodyTooLargeError: The body of a success is longer than the cap, on the wire or decompressed.
            UndecodableBodyError: The body of a success cannot be decompressed.
            aiohttp.ClientPayloadError: The connection broke.
        """
        is_success = 200 <= self.status < 300
        if not is_success:
            cap = min(cap, _ERROR_CAP)
        if "Content-Encoding" in self.headers and (hidden := hidden_by(self.headers.getall("Content-Encoding"))):
            return await read_packed(self, hidden, cap, is_success=is_success)
        if self.content.is_eof():  # All of it has come, as is usual.
            body = self.content.read_nowait()
        else:
            body = await self._rest_of_body(cap, is_success=is_success)
        if len(body) > cap:
            self.close()
            if is_success:
                raise BodyTooLargeError
            body = body[:cap]
        return body

    async def _rest_of_body(self, cap: int, *, is_success: bool) -> bytes:
        """Read a body piece by piece, to its end or until it is over the cap."""
        content = self.content
        if is_success and (self.content_length or 0) > cap:
            self.close()
            raise BodyTooLargeError
        pieces: list[bytes] = []
        size = 0
        while size <= cap and (piece := await content.readany()):
            pieces.append(piece)
            size += len(piece)
            if content.at_eof() and content.exception() is None:
                break  # Saves a turn. Not is_eof(): reading refills the buffer, and the end may come with that.
        return b"".join(pieces)


class GuardedRequest(aiohttp.ClientRequest):
    """
    A request that is not sent on a connection on which something came while it was idle.

    The check is made here and not in a connector, so that it covers a connector of the user's as well.

    Attributes:
        transport: What it was sent through; None while no connection was made, so that it surely never arrived.
    """

    DEFAULT_HEADERS = {hdrs.ACCEPT_ENCODING: "gzip, deflate"}  # noqa: RUF012 -- as aiohttp has it; what we decompress
    transport: asyncio.Transport | None = None

    def send(  # pyright: ignore[reportIncompatibleMethodOverride]  -- as above
        self, conn: Connection
    ) -> Coroutine[Any, Any, aiohttp.ClientResponse]:
        """
        Send it.

        Raises:
            StaleConnectionError: The connection must not be used.
        """
        protocol = conn.protocol
        if protocol is not None:  # pragma: no branch -- aiohttp sends on connections that are open
            if protocol.should_close:
                raise StaleConnectionError
            self.transport = protocol.transport
        return super().send(conn)


class IsolatedRequest(GuardedRequest):
    """A request on a connection of its own, where nothing can come but its response."""

    @property
    def connection_key(self) -> ConnectionKey:
        """A key that no connection in the pool has."""
        return super().connection_key._replace(proxy_headers_hash=id(self))

    def send(self, conn: Connection) -> Coroutine[Any, Any, aiohttp.ClientResponse]:
        """Send it, and keep the connection out of the pool."""
        sending = super().send(conn)
        if conn.protocol is not None:  # pragma: no branch -- a connection that was just made has one
            conn.protocol.force_close()
        return sending


class _NoProxyHeaders(aiohttp.ClientRequest):
    def update_proxy(self, proxy: URL | None, proxy_auth: aiohttp.BasicAuth | None, proxy_headers: object) -> None:  # noqa: ARG002 -- aiohttp's signature
        """Keep the default headers of the client, the token among them, out of what the proxy reads."""
        super().update_proxy(proxy, proxy_auth, None)


class ProxiedRequest(_NoProxyHeaders, GuardedRequest):
    """A request that goes through a proxy."""


class ProxiedIsolatedRequest(_NoProxyHeaders, IsolatedRequest):
    """A request that goes through a proxy, on a connection of its own."""


async def send_once(request: Any, handler: Callable[[aiohttp.ClientRequest], Awaitable[Any]]) -> aiohttp.ClientResponse:
    """
    Pass over stale connections, and keep aiohttp from sending GET, PUT and DELETE again: every send is ours.

    Args:
        request: One of the requests above.
        handler: Sends it, and returns a `GuardedResponse`.
    """
    for _ in range(_MOST_STALE):
        try:
            response: GuardedResponse = await handler(request)
        except StaleConnectionError:
            continue
        except (TimeoutError, *CONNECT_ERRORS):
            raise
        except aiohttp.ClientError as error:
            ended = NoResponseError(reason_of(error), sent=request.transport is not None)
        else:
            response.transport = request.transport
            return response
        raise ended
    # Only a server that is quicker than this process a hundred times in a row comes here.
    raise NoResponseError("the other side talks before it is asked", sent=False)  # pragma: no cover


_REQUEST_CLASSES = {
    (False, False): GuardedRequest,
    (True, False): IsolatedRequest,
    (False, True): ProxiedRequest,
    (True, True): ProxiedIsolatedRequest,
}
"""(isolated, through a proxy) -> class."""


def client_on(
    connector: aiohttp.BaseConnector,
    loop: asyncio.AbstractEventLoop,
    *,
    owner: bool,
    isolated: bool,
    headers: Mapping[str, str],
    proxy: URL | None,
    trace_configs: Iterable[aiohttp.TraceConfig],
) -> aiohttp.ClientSession:
    """Return a client of aiohttp whose defaults are ours: no cookies, no environment, no decompression."""
    return aiohttp.ClientSession(
        connector=connector,
        loop=loop,
        connector_owner=owner,
        headers=headers,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        max_field_size=_MAX_HEADER,
        max_headers=_MAX_HEADERS,
        max_line_size=_MAX_HEADER,
        middlewares=(send_once,),
        proxy=proxy,
        request_class=_REQUEST_CLASSES[isolated, proxy is not None],
        response_class=GuardedResponse,
        trace_configs=list(trace_configs),
        trust_env=False,
    )


class Timed(Protocol):
    """What has a deadline; compared by identity."""

    def expire(self) -> None:
        """End it, because its deadline has passed."""


class Deadlines:
    """
    The deadlines of all sends on one timer, which costs a send less than a timer of its own.

    Deadlines with the same timeout pass in the order in which they were set, so the first of each timeout is enough to
    know when the next one passes.

    Args:
        loop: The loop whose time counts.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._by_timeout: dict[float, dict[Timed, float]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf

    def set(self, timed: Timed, timeout: float) -> None:
        """Set a deadline, this many seconds from now."""
        deadline = self.loop.time() + timeout
        self._by_timeout.setdefault(timeout, {})[timed] = deadline
        if deadline < self._timer_at:
            self._start_timer(deadline)

    def cancel(self, timed: Timed, timeout: float) -> None:
        """Cancel a deadline. A no-op once it has fired."""
        if (deadlines := self._by_timeout.get(timeout)) is not None:
            deadlines.pop(timed, None)
            if not deadlines:
                del self._by_timeout[timeout]

    def close(self) -> None:
        """Cancel the timer; no deadline fires after this."""
        if self._timer is not None:
            self._timer.cancel()

    def _start_timer(self, deadline: float) -> None:
        self.close()
        self._timer = self.loop.call_at(deadline, self._fire)
        self._timer_at = deadline

    def _fire(self) -> None:
        """Expire what is past its deadline, and start the timer for the next one."""
        now = self.loop.time()
        for deadlines in self._by_timeout.values():
            expired = []
            for timed, deadline in deadlines.items():
                if deadline > now:
                    break
                expired.append(timed)
            for timed in expired:
                del deadlines[timed]
                timed.expire()
        self._timer_at = math.inf
        if firsts := [next(iter(deadlines.values())) for deadlines in self._by_timeout.values() if deadlines]:
            self._start_timer(min(firsts))
