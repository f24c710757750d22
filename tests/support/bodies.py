"""Raw requests, chunked answers, and a check that a session still works."""

import pytest

from finicity_async import AsyncSession, FinicityError, Operation

RAW = Operation("GetBytes", "GET", "/bytes", bytes).request()
GOOD = Operation("Good", "GET", "/good", bytes, timeout=20.0).request()
CAP = 1000

GZIP = {"Content-Encoding": "gzip"}


async def fails(session: AsyncSession) -> FinicityError:
    """Return the error that reading some bytes ends with."""
    with pytest.raises(FinicityError) as caught:
        await session.send(RAW)
    return caught.value


async def assert_usable(session: AsyncSession) -> None:
    """Make one good call, which a short timeout of the session does not concern."""
    await session.send(GOOD)


GARBAGE = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "text": b"220 mail.example.com ESMTP\r\n\r\n",
    "status in words": b"HTTP/1.1 okay fine\r\n\r\n",
    "HTTP/2": b"HTTP/2 200 OK\r\n\r\n",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "no chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n",
    "broken second chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nZZ\r\n",
    "zero byte in a header": b"HTTP/1.1 200 OK\r\n\0: x\r\n\r\n",
    "endless header": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 10_000 + b"\r\n",
}
