"""Run by the package session, outside pytest: what the plain install can do, and what it must not import."""

import importlib.metadata
import importlib.resources
import sys

import finicity_async

EXTRAS = {"cyclopts", "dask", "distributed", "opentelemetry", "redis", "rich"}

names = {name for name in finicity_async.__all__ if getattr(finicity_async, name) is None}
assert not names, names
assert finicity_async.__version__ == importlib.metadata.version("finicity-async")
assert not EXTRAS & sys.modules.keys(), EXTRAS & sys.modules.keys()
assert not EXTRAS & {dist.name for dist in importlib.metadata.distributions()}
OF_EXTRAS = {
    "OpenTelemetryListener": "otel",
    "RedisPacer": "redis",
    "RedisTokenStore": "redis",
    "map_customers_distributed": "dask",
}
for name, extra in OF_EXTRAS.items():
    try:
        advice = str(getattr(finicity_async, name))
    except ImportError as error:
        advice = str(error)
    assert f"pip install 'finicity-async[{extra}]'" in advice, advice
assert importlib.resources.files("finicity_async.sandbox.connecting").joinpath("page.css").is_file()
for name in ("page.css", "page.js"):
    assert importlib.resources.files("finicity_async.sandbox.admin").joinpath(name).is_file()
