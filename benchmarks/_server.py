"""
A raw server in its own process: it sends canned bytes, so that only the client is measured.

It answers a login with a token, a GET with the token with one of 32 responses in rotation, in which it puts the
customer that is asked for, and a GET without it with 401, each after --delay milliseconds. Lines on stdin:
``fail 503 5000`` answers the 5,000th GET from then on with 503, ``count`` changes nothing. Each is answered with the
numbers of GETs and logins so far. It exits at the end of stdin.
"""

import argparse
import asyncio
import ssl
import sys
import tempfile
from pathlib import Path
from typing import Protocol

from benchmarks._children import Child, answer
from benchmarks._data import CUSTOMER, responses
from benchmarks._machine import pin

TOKEN = "RawServerToken0000001"  # noqa: S105 -- of a test server
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_CUSTOMER = b'"customerId":"%b"' % CUSTOMER.encode()


def http(status: str, body: bytes, more: str = "") -> bytes:
    """Return a response as it stands on the wire."""
    head = f"HTTP/1.1 {status}\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\nContent-Type: application/json\r\n{more}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


LOGIN = http("200 OK", f'{{"token":"{TOKEN}"}}'.encode())
_REFUSED = http("401 Unauthorized", b'{"code":10022,"message":"no token"}')
FAULTS = {
    "401": http("401 Unauthorized", b'{"code":10023,"message":"token expired"}'),
    "429": http("429 Too Many Requests", b"", "Retry-After: 1\r\n"),
    "503": http("503 Service Unavailable", b""),
}


class _Answers:
    """Chooses the next answer, over all connections."""

    def __init__(self, seed: int) -> None:
        self._responses = [http("200 OK", body) for body in responses(seed)]
        self._fault = ("", 0)
        self.gets = self.logins = 0

    def fail(self, fault: str, position: int) -> None:
        """Fail one GET, by its position from now on; 1 is the next one."""
        self._fault = (fault, self.gets + position)

    def next(self, head: bytes) -> bytes:
        """Return the response to a request."""
        if head.startswith(b"POST"):
            self.logins += 1
            return LOGIN
        if TOKEN.encode() not in head:
            return _REFUSED
        self.gets += 1
        fault, position = self._fault
        if self.gets == position:
            return FAULTS[fault]
        return self._responses[self.gets % len(self._responses)].replace(_CUSTOMER, _customer_in(head))


def _customer_in(head: bytes) -> bytes:
    """Return the customer in the target of a request; as long as the one it replaces, so that the length stays."""
    customer = head.partition(b"/customers/")[2].partition(b"/")[0]
    return b'"customerId":"%b"' % customer if len(customer) == len(CUSTOMER) else _CUSTOMER


class Answers(Protocol):
    """What chooses the response to each request."""

    def next(self, head: bytes) -> bytes:
        """Return the response to a request, as it stands on the wire."""
        ...


class Connection(asyncio.Protocol):
    """
    Parses just enough of HTTP/1.1 to find where a request ends.

    Args:
        answers: What chooses the responses.
        delay: Seconds from a request to its response.
    """

    def __init__(self, answers: Answers, delay: float = 0) -> None:
        self._answers = answers
        self._delay = delay
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
            self._write(self._answers.next(head))

    def _write(self, response: bytes) -> None:
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, response)
        else:
            self._transport.write(response)


def _body_length(head: bytes) -> int:
    if head.startswith(b"GET"):
        return 0
    found = head.lower().partition(_LENGTH)[2]
    return int(found.partition(b"\r\n")[0] or 0)


def _certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """Return the server's TLS context and the path of the CA certificate that clients must trust."""
    import trustme  # noqa: PLC0415 -- only TLS needs it

    authority, path = trustme.CA(), folder / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context, str(path)


def stay_awake(loop: asyncio.AbstractEventLoop) -> None:
    """Keep the core busy: on a virtual machine each send that wakes an idle core costs the client CPU time."""
    loop.call_soon(stay_awake, loop)


async def _serve(
    seed: int, delay: float, context: ssl.SSLContext | None, authority: str | None, *, awake: bool
) -> None:
    loop = asyncio.get_running_loop()
    answers = _Answers(seed)
    if awake:
        stay_awake(loop)
    server = await loop.create_server(lambda: Connection(answers, delay), "127.0.0.1", 0, ssl=context, backlog=512)
    port = server.sockets[0].getsockname()[1]
    answer(url=f"{'https' if context else 'http'}://127.0.0.1:{port}", authority=authority)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        if line.startswith("fail"):
            _, fault, position = line.split()
            answers.fail(fault, int(position))
        answer(gets=answers.gets, logins=answers.logins)


def served(seed: int, *, tls: bool = False, delay: float = 0) -> Child:
    """Return the server as a child process, to be entered; its greeting holds ``url`` and ``authority``."""
    options = ["--seed", str(seed), "--delay", str(delay), *(["--tls"] if tls else [])]
    return Child("benchmarks._server", *options)


def main() -> None:
    """Serve until the end of stdin."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--delay", type=float, default=0, help="milliseconds")
    options = parser.parse_args()
    awake = pin("server").startswith("pinned")
    with tempfile.TemporaryDirectory() as folder:
        context, authority = _certificate(Path(folder)) if options.tls else (None, None)
        asyncio.run(_serve(options.seed, options.delay / 1_000, context, authority, awake=awake))


if __name__ == "__main__":
    main()
