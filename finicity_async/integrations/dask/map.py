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
    Call a coroutine function for many customers on the workers of a Dask cluster, and yield the outcomes as they come.

    Every worker has one session, on its own event loop. The customers go out in chunks that take a worker about 1.5 s.
    When a worker dies, its unfinished chunks are run again elsewhere, so the function must be safe to call twice for a
    customer; each customer still has exactly one outcome. Refreshes are refused, because they must be sent once. A
    function that exits (``sys.exit``) has a RuntimeError as its outcome.

    The first customer goes out alone: when its login is refused, the map ends before another worker logs in. Sessions
    with a ``RedisTokenStore`` share one login.

    Args:
        client: A client opened with ``asynchronous=True`` on this event loop.
        function: A coroutine function that takes a session and a customer ID. It is pickled, and so is what it returns
            and raises.
        customer_ids: An iterable or async iterable of IDs; a few chunks for each worker are pulled ahead.
        session_options: Options for ``AsyncSession.from_env``, with which a worker makes its session. It takes the
            credentials from its environment, because they cannot be pickled.
        make_session: Called on each worker instead; returns a session, or an async context manager of one.
        limit: Calls at a time in a chunk; None for the session's ``max_connections``.
        ordered: True yields the outcomes in the order of the customers.
        chunk_size: Customers in a chunk; None derives it from the speed of the chunks before.

    Returns:
        An async iterator of outcomes for one consumer, best used with ``async with``, which waits until the workers
        have closed their sessions. A ``break`` without ``async with`` stops them, too.

    Raises:
        ConfigurationError: The function is a refresh, something cannot be pickled, or a number is below 1.
        AuthenticationError: While iterating: the credentials were refused, so every further call would fail.
        TransportError: While iterating: the scheduler is gone.
        Exception: While iterating: what the iterable, the session's options or Dask itself raised.
    """
    if is_refresh(function):
        raise ConfigurationError(f"map_customers_distributed: a chunk may run twice. {REFRESHES_REFUSED}")
    if isinstance(customer_ids, str | bytes):
        raise ConfigurationError("map_customers_distributed: customer_ids is one text; give a list of IDs.")
    if session_options is not None and make_session is not None:
        raise ConfigurationError("map_customers_distributed: give session_options or make_session, not both.")
    check_positive(limit=1 if limit is None else limit, chunk_size=1 if chunk_size is None else chunk_size)
    job = Job(function, make_session or partial(AsyncSession.from_env, **(session_options or {})), limit, ordered)
    return CustomerMap[C, T](ChunkScheduler(client, _pickled(job), customer_ids, chunk_size, ordered=ordered))


def _pickled(job: Job) -> bytes:
    try:
        return bytes(dumps(job))
    except Exception as error:  # noqa: BLE001 -- a __reduce__ of the user's may raise anything
        text = f"map_customers_distributed: the function and the options must be picklable: {error}"
        raise ConfigurationError(text) from None
