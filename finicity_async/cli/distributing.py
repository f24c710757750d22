"""The option ``--dask`` of ``fetch``: the workers of a cluster ask the vendor, this process alone writes the files."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from finicity_async import ConfigurationError, TransportError
from finicity_async.cli.raw import Start, Subject
from finicity_async.integrations.dask import map_customers_distributed  # First: names the extra where it is missing.

from distributed import Client  # isort: skip
from distributed.comm.addressing import resolve_address  # isort: skip

_CONNECT_SECONDS = 10.0


@asynccontextmanager
async def on_cluster(address: str, subject: Subject, limit: int | None, rate: float | None) -> AsyncIterator[Start]:
    """
    Give what maps over customers on a cluster; its workers have the credentials in their environment.

    Args:
        address: Of the scheduler, for example ``"tcp://scheduler:8786"``.
        subject: What is fetched.
        limit: Customers at a time on each worker, or None.
        rate: Most requests a second of all workers together, shared out among those that are there now; or None.

    Raises:
        ConfigurationError: The address is none, or the cluster has no workers.
        TransportError: No scheduler answers there.
    """
    # What Dask logs about a scheduler that is gone is a traceback; the error that ends the command says it in a line.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    client, workers = await _connected(address)
    async with client:
        if not workers:
            raise ConfigurationError(f"The Dask scheduler at {address} has no workers. Start some with: dask worker")
        options: dict[str, Any] = {"requests_per_second": None if rate is None else rate / workers}
        if limit is not None:
            options["max_connections"] = limit
        yield lambda customer_ids: map_customers_distributed(
            client, subject.fetch, customer_ids, session_options=options
        )


async def _connected(address: str) -> tuple[Client, int]:
    """Return a client, and how many workers there are."""
    try:
        resolve_address(address)
        client: Client = await Client(address, asynchronous=True, timeout=_CONNECT_SECONDS)
        return client, len(await client.nthreads())
    except OSError:
        raise TransportError(f"No Dask scheduler answers at {address}", sent=False, retryable=True) from None
    except ValueError as error:
        raise ConfigurationError(f"--dask must look like tcp://scheduler:8786: {error}") from None
