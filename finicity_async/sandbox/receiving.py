"""A server for the events of the sandbox, for tests without an application of their own."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from finicity_async.errors import WebhookError
from finicity_async.webhooks import (
    SIGNATURE_HEADER,
    ConnectEvent,
    UnverifiedReportEvent,
    UnverifiedTxPushEvent,
    answer_txpush_verification,
    read_connect_event,
    read_report_event,
    read_txpush_event,
)

Event = ConnectEvent | UnverifiedTxPushEvent | UnverifiedReportEvent


class WebhookReceiver:
    """
    Receives events on a port of 127.0.0.1, on a thread of its own, while the ``with`` block runs.

    It answers the vendor's pings and verifications, so its URL does for ``webhook`` of a Connect link and for the
    callback of a TxPush subscription or of a report. The sandbox posts events before it answers the call that leads to
    them, so they are there as soon as ``Sandbox.connect`` or the call has returned.

    Args:
        secret: Returns the partner secret with which events are signed now.

    Attributes:
        status: What events are answered with, 200 until you set it: with 503 no link can be made.
    """

    def __init__(self, secret: Callable[[], str]) -> None:
        self.status: int = 200
        self._secret = secret
        self._events: list[Event] = []

    @property
    def url(self) -> str:
        """Where it listens; any path below it does, too."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def events(self) -> tuple[Event, ...]:
        """
        The events in the order in which they came, pings included.

        Those of Connect are verified; an event with another signature is answered with a 401 and left out. Those of
        TxPush and of reports cannot be.
        """
        return tuple(self._events)

    def __enter__(self) -> Self:
        """Start to listen."""
        self._server = _Server(("127.0.0.1", 0), _handler_of(self._take))
        # The interval is how long __exit__ waits, in seconds.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop to listen."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _take(self, body: bytes, signature: str | None) -> int:
        try:
            if signature is None:
                self._events.append(_unsigned(body))
            else:
                self._events.append(read_connect_event(body, signature, self._secret()))
        except WebhookError:
            return 401
        return self.status


def _unsigned(body: bytes) -> Event:
    try:
        return read_report_event(body)
    except WebhookError:
        return read_txpush_event(body)


class _Server(ThreadingHTTPServer):
    def server_bind(self) -> None:
        """Bind, without a name server: ``HTTPServer`` asks for the name of the address, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]


def _handler_of(take: Callable[[bytes, str | None], int]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer(take(body, self.headers.get(SIGNATURE_HEADER)), b"")

        def do_GET(self) -> None:
            try:
                self._answer(200, answer_txpush_verification(urlsplit(self.path).query).encode())
            except WebhookError:
                self._answer(404, b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name in the base class
            """Write nothing: the base class would write to stderr."""

    return Handler
