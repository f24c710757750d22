"""aiohttp used directly, as a first script would."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sized
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
from yarl import URL

from benchmarks._contenders import HEADERS, PATH, Fetch, Target, Workers
from benchmarks._shapes import exact_decoder, raw_decoder

One = Callable[[str], Awaitable[Sized]]


@asynccontextmanager
async def _session_on(target: Target, **options: Any) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=target.at_once, ssl=target.context() or True)
    async with aiohttp.ClientSession(connector=connector, **options) as session:
        yield session


def _fetching(session: aiohttp.ClientSession, target: Target) -> One:
    """Return the naive call: text to dicts."""
    path = target.url + PATH

    async def one(customer_id: str) -> Sized:
        async with session.get(path.format(customer_id), headers=HEADERS) as response:
            accounts: Sized = (await response.json())["accounts"]
            return accounts

    return one


def _reading(session: aiohttp.ClientSession, target: Target) -> Callable[[str], Awaitable[bytes]]:
    """Return a call that reads the body and leaves it at that."""
    path = target.url + PATH

    async def one(customer_id: str) -> bytes:
        async with session.get(path.format(customer_id), headers=HEADERS) as response:
            return await response.read()

    return one


@asynccontextmanager
async def naive(target: Target) -> AsyncIterator[Fetch]:
    """Fetch dicts with workers."""
    async with _session_on(target) as session:
        one = _fetching(session, target)
        yield Workers(one, target.at_once)


@asynccontextmanager
async def naive_gather(target: Target) -> AsyncIterator[Fetch]:
    """Fetch dicts with one gather over all; the connector bounds what is on the wire."""
    async with _session_on(target) as session:
        one = _fetching(session, target)

        async def fetch(customer_ids: Iterable[str]) -> int:
            return sum(map(len, await asyncio.gather(*map(one, customer_ids))))

        yield fetch


@asynccontextmanager
async def naive_msgspec(target: Target) -> AsyncIterator[Fetch]:
    """Fetch Structs with Decimal and datetime, details and all."""
    decode = exact_decoder().decode
    async with _session_on(target) as session:
        read = _reading(session, target)

        async def one(customer_id: str) -> Sized:
            accounts: Sized = decode(await read(customer_id)).accounts
            return accounts

        yield Workers(one, target.at_once)


@asynccontextmanager
async def tuned(target: Target) -> AsyncIterator[Fetch]:
    """Fetch Structs with Decimal and datetime and leave details as they came, by every shortcut and no feature."""
    decode = raw_decoder().decode
    base = URL(target.url)
    timeout = aiohttp.ClientTimeout(total=None)
    options: dict[str, Any] = {"headers": HEADERS, "cookie_jar": aiohttp.DummyCookieJar(), "timeout": timeout}
    async with _session_on(target, **options) as session:

        async def one(customer_id: str) -> Sized:
            url = base.with_path(PATH.format(customer_id), encoded=True)
            response = await session.get(url, allow_redirects=False)
            accounts: Sized = decode(await response.read()).accounts
            return accounts

        yield Workers(one, target.at_once)


@asynccontextmanager
async def _timed(target: Target, timers: aiohttp.ClientTimeout) -> AsyncIterator[Fetch]:
    async with _session_on(target, timeout=timers) as session:
        one = _reading(session, target)
        yield Workers(one, target.at_once)


def default_timeout(target: Target) -> AbstractAsyncContextManager[Fetch]:
    """Read bodies with aiohttp's own timeout: 300 seconds in all."""
    return _timed(target, aiohttp.ClientTimeout(total=300, sock_connect=30))


def no_timeout(target: Target) -> AbstractAsyncContextManager[Fetch]:
    """Read bodies without any timer."""
    return _timed(target, aiohttp.ClientTimeout(total=None))


def total_timeout(target: Target) -> AbstractAsyncContextManager[Fetch]:
    """Read bodies with aiohttp's timer for the whole."""
    return _timed(target, aiohttp.ClientTimeout(total=20))


def connect_timeout(target: Target) -> AbstractAsyncContextManager[Fetch]:
    """Read bodies with the timers that our session sets."""
    return _timed(target, aiohttp.ClientTimeout(total=20, connect=10, sock_connect=10))


@asynccontextmanager
async def asyncio_timeout(target: Target) -> AsyncIterator[Fetch]:
    """Read bodies with asyncio's timer around aiohttp without one."""
    async with _session_on(target, timeout=aiohttp.ClientTimeout(total=None)) as session:
        read = _reading(session, target)

        async def one(customer_id: str) -> bytes:
            async with asyncio.timeout(20):
                return await read(customer_id)

        yield Workers(one, target.at_once)
