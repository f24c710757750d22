"""
A raw server in a process of its own: canned bytes, so that what is measured is the client.

It answers logins with a token and every GET with one of 32 responses in turns, 401 without the token. Lines on its
stdin: ``arm 503 5000`` lets the 5,000th GET from then on fail once, ``count`` tells what came. It ends when stdin does.
"""

import argparse
import asyncio
import ssl
import sys
import tempfile
from pathlib import Path

from benchmarks._children import Child, response
from benchmarks._data import responses
from benchmarks._machine import pin

TOKEN = "RawServerToken0000001"  # noqa: S105 -- of a play server
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


def _http(status: str, body: bytes, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\nContent-Type: application/json\r\n{more}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


_LOGIN = _http("200 OK", f'{{"token":"{TOKEN}"}}'.encode())
_REFUSED = _http("401 Unauthorized", b'{"code":10022,"message":"no token"}')
FAULTS = {
    "401": _http("401 Unauthorized", b'{"code":10023,"message":"token expired"}'),
    "429": _http("429 Too Many Requests", b"", "Retry-After: 1\r\n"),
    "503": _http("503 Service Unavailable", b""),
}


class _Answers:
    """What is answered next, the same for all connections."""

    def __init__(self, seed: int) -> None:
        self._replies = [_http("200 OK", body) for body in responses(seed)]
        self._fault = ("", 0)
        self.gets = self.logins = 0

    def arm(self, fault: str, place: int) -> None:
        """Let the GET at a place from now on, the first one being 1, fail once."""
        self._fault = (fault, self.gets + place)

    def next(self, head: bytes) -> bytes:
        if head.startswith(b"POST"):
            self.logins += 1
            return _LOGIN
        if TOKEN.encode() not in head:
            return _REFUSED
        self.gets += 1
        fault, place = self._fault
        return FAULTS[fault] if self.gets == place else self._replies[self.gets % len(self._replies)]


class _Connection(asyncio.Protocol):
    """Reads just enough of HTTP/1.1 to know where a request ends."""

    def __init__(self, answers: _Answers) -> None:
        self._answers = answers
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(_END)) >= 0:
            head = self._received[: end + len(_END)]
            whole = len(head) + _body_length(head)
            if len(self._received) < whole:
                return
            self._received = self._received[whole:]
            self._transport.write(self._answers.next(head))


def _body_length(head: bytes) -> int:
    if head.startswith(b"GET"):
        return 0
    found = head.lower().partition(_LENGTH)[2]
    return int(found.partition(b"\r\n")[0] or 0)


def _certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """Return the server's side of TLS and the path of the authority that clients are to trust."""
    import trustme  # noqa: PLC0415 -- only TLS needs it

    authority, path = trustme.CA(), folder / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context, str(path)


def _stay_awake(loop: asyncio.AbstractEventLoop) -> None:
    """Never sleep: on a virtual machine a client pays dearly for every send that wakes a core of its slumber."""
    loop.call_soon(_stay_awake, loop)


async def _serve(seed: int, context: ssl.SSLContext | None, authority: str | None, *, awake: bool) -> None:
    loop = asyncio.get_running_loop()
    answers = _Answers(seed)
    if awake:
        _stay_awake(loop)
    server = await loop.create_server(lambda: _Connection(answers), "127.0.0.1", 0, ssl=context, backlog=512)
    port = server.sockets[0].getsockname()[1]
    response(url=f"{'https' if context else 'http'}://127.0.0.1:{port}", authority=authority)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        if line.startswith("arm"):
            _, fault, place = line.split()
            answers.arm(fault, int(place))
        response(gets=answers.gets, logins=answers.logins)


def served(seed: int, *, tls: bool = False) -> Child:
    """Return the server as a child to be entered; its greeting holds ``url`` and ``authority``."""
    return Child("benchmarks._server", "--seed", str(seed), *(["--tls"] if tls else []))


def main() -> None:
    """Serve until stdin ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tls", action="store_true")
    options = parser.parse_args()
    awake = pin("server").startswith("pinned")
    with tempfile.TemporaryDirectory() as folder:
        context, authority = _certificate(Path(folder)) if options.tls else (None, None)
        asyncio.run(_serve(options.seed, context, authority, awake=awake))


if __name__ == "__main__":
    main()
