"""requests in as many threads as there are requests at once, with a Session for each thread, and dicts."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from threading import local

import requests

from benchmarks._contenders import HEADERS, PATH, Fetch, Target


@asynccontextmanager
async def opened(target: Target) -> AsyncIterator[Fetch]:
    """Fetch dicts."""
    kept = local()
    verify = target.authority or True  # for each call: in a Session it gives way to REQUESTS_CA_BUNDLE
    with ExitStack() as stack:

        def enter() -> None:
            kept.session = stack.enter_context(requests.Session())
            kept.session.headers.update(HEADERS)

        def one(customer_id: str) -> int:
            response = kept.session.get(target.url + PATH.format(customer_id), verify=verify)
            return len(response.json()["accounts"])

        pool = stack.enter_context(ThreadPoolExecutor(target.at_once, initializer=enter))

        def fetch_all(customer_ids: Iterable[str]) -> int:
            return sum(pool.map(one, customer_ids))

        yield lambda customer_ids: asyncio.to_thread(fetch_all, customer_ids)
