"""Fan-out over many machines with Dask; its package comes with the extra ``dask``."""

try:
    import distributed as _distributed
except ModuleNotFoundError as _error:
    if _error.name != "distributed":
        raise
    raise ImportError("finicity_async.integrations.dask needs its extra: pip install 'finicity-async[dask]'") from None
del _distributed

from finicity_async.integrations.dask.map import map_customers_distributed  # noqa: E402 -- after the advice

__all__ = ["map_customers_distributed"]
