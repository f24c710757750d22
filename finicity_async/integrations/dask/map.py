"""``map_customers`` over the workers of a Dask cluster."""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, TypeVar

from distributed import Client
from distributed.protocol.pickle import dumps

from finicity_async._options import check_positive
from finicity_async._pipeline.call import REFRESHES_REFUSED, is_refresh
from finicity_async.errors import ConfigurationError
from finicity_async.fanout import CustomerMap
from finicity_async.integrations.dask.scheduler import ChunkScheduler
from finicity_async.integrations.dask.worker import Job
from finicity_async.session import AsyncSession

C = TypeVar("C")
T = TypeVar("T")


def map_customers_distributed(
    client: Client,
    function: Callable[[AsyncSession, C], Awaitable[T]],
    customer_ids: Iterable[C] | AsyncIterable[C],
    *,
    session_options: Mapping[str, Any] | None = None,
    make_session: Callable[[], AbstractAsyncContextManager[AsyncSession]] | None = None,
    limit: int | None = None,
    ordered: bool = False,
    chunk_size: int | None = None,
) -> CustomerMap[C, T]:
    """
    Call a coroutine function for many customers on the workers of a Dask cluster, and give the outcomes as they come.

    Every worker has one session, on its own event loop. The customers go out in chunks whose size follows from what a
    worker does in a second and a half. When a worker dies, its unfinished chunks are done again elsewhere, so the
    function must be one that may be called twice for a customer; each customer has one outcome all the same. Refreshes,
    which must go out once, are refused.

    The first customer goes out alone. When its login is refused, the map ends before another worker logs in; sessions
    with a ``RedisTokenStore`` share one login.

    Args:
        client: A client opened with ``asynchronous=True`` on this event loop.
        function: A coroutine function that takes a session and a customer ID, and can be pickled; what it returns and
            raises is pickled, too.
        customer_ids: An iterable or async iterable of IDs, pulled a few chunks for each worker ahead.
        session_options: Options for ``AsyncSession.from_env``, with which a worker makes its session; the credentials
            stand in the environment of the workers, because they cannot be pickled.
        make_session: Called on each worker in place of that; returns a session, or an async context manager of one.
        limit: Calls at a time in a chunk; None for the session's ``max_connections``.
        ordered: True gives the outcomes in the order of the customers.
        chunk_size: Customers in a chunk; None to let it follow from the speed.

    Returns:
        An async iterator of outcomes for one consumer, best used with ``async with``: leaving it stops the workers. A
        ``break`` without ``async with`` stops them, too.

    Raises:
        ConfigurationError: The function is a refresh, something cannot be pickled, or a number is below 1.
        AuthenticationError: While iterating: the credentials were refused, so every further call would fail.
        Exception: While iterating: what the iterable, the session's options or Dask itself raised.
    """
    if is_refresh(function):
        raise ConfigurationError(f"map_customers_distributed: a chunk may be done again. {REFRESHES_REFUSED}")
    if isinstance(customer_ids, str | bytes):
        raise ConfigurationError("map_customers_distributed: customer_ids is one text; give a list of IDs.")
    if session_options is not None and make_session is not None:
        raise ConfigurationError("map_customers_distributed: give session_options or make_session, not both.")
    check_positive(limit=1 if limit is None else limit, chunk_size=1 if chunk_size is None else chunk_size)
    job = Job(function, make_session or partial(AsyncSession.from_env, **(session_options or {})), limit, ordered)
    return CustomerMap[C, T](ChunkScheduler(client, _packed(job), customer_ids, chunk_size, ordered=ordered))


def _packed(job: Job) -> bytes:
    try:
        return bytes(dumps(job))
    except Exception as error:  # noqa: BLE001 -- anything may go wrong in a __reduce__ of the user's
        text = f"map_customers_distributed: function and options must be such as can be pickled: {error}"
        raise ConfigurationError(text) from None
