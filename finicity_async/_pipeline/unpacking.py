"""Compressed bodies: read up to a cap and decompressed in small steps, so that none of them blocks the event loop."""

import asyncio
import zlib
from collections.abc import Iterable, Iterator

import aiohttp

_STEP = 2**16
"""Bytes that one call of zlib takes and gives at most, which takes it less than a millisecond."""
_TURN = 0.01
"""Seconds of decompression after which the event loop gets a turn."""
_MOST_MEMBERS = 1_000
"""Members of one gzip body: servers send one, and each costs as much as 10 kB of text."""
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""Encodings that zlib reads, and its ``wbits`` for each."""
_RAW_DEFLATE = -15
_UNREADABLE = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})


class BodyTooLargeError(Exception):
    """The body is over the cap."""


class UndecodableBodyError(Exception):
    """The body cannot be decompressed; the text says why."""


def hidden_by(headers: Iterable[str]) -> list[str]:
    """Return the encodings that hide a text, and no word like ``utf-8``, which some servers put there, too."""
    words = ",".join(headers).lower().split(",")
    return [word for word in map(str.strip, words) if word in _WINDOWS or word in _UNREADABLE]


async def read_packed(response: aiohttp.ClientResponse, encodings: list[str], cap: int, *, is_success: bool) -> bytes:
    """
    Read a compressed body up to a cap; of an error, the part that can be decompressed is enough.

    Raises:
        BodyTooLargeError: The body of a success is longer than the cap, on the wire or decompressed.
        UndecodableBodyError: The body of a success cannot be decompressed.
        aiohttp.ClientPayloadError: The connection broke.
    """
    pieces: list[bytes] = []
    try:
        await _unpack(response, _Unpacker(encodings), cap, pieces)
    except (BodyTooLargeError, UndecodableBodyError):
        response.close()
        if is_success:
            raise
    return b"".join(pieces)[:cap]


async def _unpack(response: aiohttp.ClientResponse, unpacker: "_Unpacker", cap: int, pieces: list[bytes]) -> None:
    """Fill a list with the pieces of a body, and give the loop a turn now and then."""
    loop = asyncio.get_running_loop()
    since = loop.time()
    packed = size = 0
    while piece := await response.content.readany():
        packed += len(piece)
        for text in unpacker.feed(piece):
            pieces.append(text)
            size += len(text)
            if size > cap or packed > cap:
                raise BodyTooLargeError
            if loop.time() - since > _TURN:
                await asyncio.sleep(0)
                since = loop.time()
    unpacker.check_end()


class _Unpacker:
    """
    Decompresses one body, also one of several gzip members, in steps.

    Args:
        encodings: What hides the text; one of those that zlib reads.

    Raises:
        UndecodableBodyError: It is something else, which was not asked for.
    """

    def __init__(self, encodings: list[str]) -> None:
        if len(encodings) > 1 or encodings[0] in _UNREADABLE:
            raise UndecodableBodyError(f"is encoded as {', '.join(encodings)}, which was not asked for")
        self._window = _WINDOWS[encodings[0]]
        self._zlib = zlib.decompressobj(self._window)
        self._members = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """
        Decompress a piece; each item has taken one step, and may be empty.

        Raises:
            UndecodableBodyError: It is not what its encoding says.
        """
        if not self._members:
            self._begin(data)
        for start in range(0, len(data), _STEP):
            yield from self._steps(data[start : start + _STEP])

    def check_end(self) -> None:
        """
        Look whether the end of the body is its end.

        Raises:
            UndecodableBodyError: Something is missing.
        """
        if self._members and not self._zlib.eof:
            raise UndecodableBodyError("breaks off within its compressed data")

    def _begin(self, data: bytes) -> None:
        # Some servers send "deflate" without the header of zlib (RFC 1950), whose first byte has the method 8.
        if self._window == _WINDOWS["deflate"] and data[0] & 0x0F != 8:
            self._window = _RAW_DEFLATE
        self._next_member()

    def _next_member(self) -> None:
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise UndecodableBodyError("has too many compressed parts")
        self._zlib = zlib.decompressobj(self._window)

    def _steps(self, data: bytes) -> Iterator[bytes]:
        text = b""
        while data or len(text) == _STEP:  # A full step may leave text behind though all data was taken.
            if self._zlib.eof:
                if not data:
                    return
                self._next_member()
            try:
                text = self._zlib.decompress(data, _STEP)
            except zlib.error:
                raise UndecodableBodyError("cannot be decompressed") from None
            yield text
            data = self._zlib.unused_data if self._zlib.eof else self._zlib.unconsumed_tail
