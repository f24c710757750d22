"""Bodies that are small on the wire: none of them blocks the event loop or takes memory out of proportion."""

import asyncio
import gzip
import json
import zlib
from collections.abc import Awaitable, Callable
from functools import cache

import pytest

from finicity_async import BadRequestError, PayloadError, ServerError, get_customer_accounts
from tests.support.bodies import GZIP, RAW, assert_usable, fails
from tests.support.servers import WITH_SECRET, RawServer, http, session_on

LONGEST_BLOCK = 1.0
"""Seconds for which a body may keep other tasks from running; a hundredth of it is usual."""


async def longest_block(call: Awaitable[object]) -> float:
    """Return for how long a call keeps the event loop busy at a stretch."""
    loop, longest = asyncio.get_running_loop(), 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = loop.time()
            await asyncio.sleep(0)
            longest = max(longest, loop.time() - before)

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    await call
    watching.cancel()
    return longest


LARGE = 2**26


@cache
def packed_message() -> bytes:
    """Return an error of 60 MB in 61 kB."""
    return gzip.compress(b'{"code":10022,"message":"' + b"x" * 60_000_000 + b'"}')


@cache
def packed_blanks() -> bytes:
    return gzip.compress(b" " * 60_000_000)


def empty_blocks() -> bytes:
    """Return 8 MB of deflate blocks that hold nothing."""
    packer = zlib.compressobj(wbits=31)
    return packer.compress(b"{}") + packer.flush(zlib.Z_FULL_FLUSH) + b"\0\0\0\xff\xff" * 1_600_000 + packer.flush()


@pytest.mark.parametrize("status", [400, 503, 200])
async def test_a_message_of_60_mb_in_61_kb_blocks_nobody(status: int) -> None:
    packed = http(status, packed_message(), GZIP)
    async with RawServer(packed) as server, session_on(server, max_body=LARGE) as session:
        block = await longest_block(fails(session) if status != 200 else session.send(RAW))
        assert block < LONGEST_BLOCK
        await assert_usable(session)


SHAPES: dict[str, Callable[[], bytes]] = {
    "blanks": packed_blanks,
    "empty blocks": empty_blocks,
    "many members": lambda: gzip.compress(b"  ") * 900,
}


@pytest.mark.parametrize("name", SHAPES)
async def test_no_compressed_body_blocks_the_loop(name: str) -> None:
    async with RawServer(http(200, SHAPES[name](), GZIP)) as server, session_on(server, max_body=LARGE) as session:
        assert await longest_block(session.send(RAW)) < LONGEST_BLOCK
        await assert_usable(session)


async def test_a_body_of_too_many_members_is_refused() -> None:
    async with RawServer(http(200, gzip.compress(b"") * 2_000, GZIP)) as server, session_on(server) as session:
        error = await fails(session)
        assert isinstance(error, PayloadError)
        assert "too many compressed parts" in str(error)
        await assert_usable(session)


async def test_others_have_a_turn_while_a_large_body_is_decompressed() -> None:
    async with RawServer(http(200, packed_blanks(), GZIP)) as server, session_on(server, max_body=LARGE) as session:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count())
        await session.send(RAW)
        counting.cancel()
        assert turns > 3
        await assert_usable(session)


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 131_072, 1_000_000])
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_compressed_body_is_read_to_its_last_byte_whatever_its_length(size: int, encoding: str) -> None:
    text = b"a" * size
    packed = gzip.compress(text) if encoding == "gzip" else zlib.compress(text)
    answer = http(200, packed, {"Content-Encoding": encoding})
    async with RawServer(answer) as server, session_on(server) as session:
        assert await session.send(RAW) == text
        await assert_usable(session)


@pytest.mark.parametrize("packed", [True, False])
async def test_of_an_error_64_kib_are_read_and_the_code_is_taken_from_them(packed: bool) -> None:
    body = b'{"code": "10005", "message": "' + b"x" * 1_000_000 + b'"}'
    answer = http(400, gzip.compress(body) if packed else body, GZIP if packed else {})
    async with RawServer(answer) as server, session_on(server) as session:
        error = await fails(session)
        assert isinstance(error, BadRequestError)
        assert (error.code, error.body) == ("10005", body[:65_536])
        await assert_usable(session)


async def test_the_first_code_of_the_wrapper_is_found_in_an_error_that_is_cut_off() -> None:
    body = json.dumps({"Errors": {"Error": [{"ReasonCode": 23000, "Description": "x" * 100_000}]}})
    async with RawServer(http(400, body)) as server, session_on(server) as session:
        error = await fails(session)
        assert isinstance(error, BadRequestError)
        assert error.code == "23000"
        await assert_usable(session)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"message": "' + b"x" * 100_000, b"{" + b" " * 100_000])
async def test_an_error_that_is_cut_off_before_its_code_has_none(body: bytes) -> None:
    async with RawServer(http(400, body)) as server, session_on(server) as session:
        error = await fails(session)
        assert isinstance(error, BadRequestError)
        assert error.code is None
        await assert_usable(session)


async def test_a_token_that_was_refused_with_a_long_message_is_known_for_refused() -> None:
    """Else the call would not be sent again with another token."""
    refusal = http(401, gzip.compress(b'{"code":10022,"message":"' + b"x" * 100_000 + b'"}'), GZIP)
    async with RawServer(refusal) as server, session_on(server, WITH_SECRET) as session:
        await get_customer_accounts(session, 1)
        assert (len(server.logins), len(server.calls)) == (2, 2)


async def test_an_error_whose_body_breaks_off_within_its_compressed_data_keeps_what_came() -> None:
    packed = gzip.compress(b"maintenance " + bytes(range(256)) * 8)
    async with RawServer(http(503, packed[:-40], GZIP)) as server, session_on(server, max_tries=1) as session:
        error = await fails(session)
        assert isinstance(error, ServerError)
        assert error.body.startswith(b"maintenance ")
        await assert_usable(session)
