"""
A service with traces and metrics, with FastAPI: spans go to stdout, and Prometheus reads each worker by itself.

    METRICS_PORTS=9464,9465 uvicorn observed_service:app --workers 2

It takes the credentials from the environment, and PUBLIC_URL: where the vendor reaches the service.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, HTTPException, Request
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import start_http_server

from finicity_async import (
    AsyncSession,
    OpenTelemetryListener,
    WebhookError,
    find_or_create_customer,
    get_customer_accounts,
    iter_customers,
    map_customers,
    read_connect_event,
    refresh_and_wait,
)
from finicity_async.endpoints.connect import generate_connect_url
from finicity_async.webhooks import Done


def line_of(span: ReadableSpan) -> str:
    """Return a span as one line of JSON; a line of less than 4 kB is not mixed with those of the other workers."""
    return f"{span.to_json(indent=None)}\n"


sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # -- stdout of a service is a text file
tracers = TracerProvider()
# In production, a BatchSpanProcessor and the OTLP exporter of your collector.
tracers.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(formatter=line_of)))
meters = MeterProvider([PrometheusMetricReader()])
tracer = tracers.get_tracer("observed_service")
listener = OpenTelemetryListener(tracers, meters)
tasks: set[asyncio.Task[None]] = set()


def serve_metrics() -> None:
    """Serve the metrics of this worker on the first port that no other worker has."""
    for port in os.environ.get("METRICS_PORTS", "9464,9465").split(","):
        try:
            start_http_server(int(port), "127.0.0.1")
        except OSError:
            continue
        return
    raise RuntimeError("METRICS_PORTS has fewer ports than there are workers")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the session when a worker starts, and close it when the worker stops."""
    serve_metrics()
    async with listener.observe(AsyncSession.from_env(on_event=listener)) as app.state.finicity:
        yield


async def traced(request: Request) -> AsyncIterator[None]:
    """Make a span for each request, named by its route and not by its path, which may hold IDs."""
    name = f"{request.method} {request.scope['route'].path}"
    # The text of an error may hold what the vendor said, so the span gets its class alone.
    with tracer.start_as_current_span(
        name, kind=SpanKind.SERVER, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield
        except Exception as error:
            span.set_status(StatusCode.ERROR, type(error).__name__)
            raise


app = FastAPI(lifespan=lifespan, dependencies=[Depends(traced)])


@app.post("/users/{user}/link")
async def make_link(user: str, request: Request) -> dict[str, str]:
    """Return a link to the vendor's pages, on which the user adds accounts."""
    session = request.app.state.finicity
    customer = await find_or_create_customer(session, f"user-{user}", testing=True)
    url = await generate_connect_url(session, customer.id, webhook=f"{os.environ['PUBLIC_URL']}/finicity")
    return {"link": url.link}


@app.post("/finicity", status_code=204)
async def take_event(request: Request) -> None:
    """Take an event of a Connect session; the task that reads the accounts has its spans below that of the event."""
    body, signature = await request.body(), request.headers.get("x-finicity-signature")
    try:
        event = read_connect_event(body, signature, os.environ["FINICITY_PARTNER_SECRET"])
    except WebhookError:
        raise HTTPException(401) from None
    if isinstance(event, Done) and event.customer_id is not None:
        task = asyncio.create_task(read_accounts(request.app.state.finicity, event.customer_id))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def read_accounts(session: AsyncSession, customer_id: str) -> None:
    """Read the accounts of a customer who has added some."""
    await get_customer_accounts(session, customer_id)


@app.get("/customers/{customer_id}/balances")
async def balances(customer_id: str, request: Request) -> dict[str, str]:
    """Return the balances as the vendor has them now."""
    accounts = await get_customer_accounts(request.app.state.finicity, customer_id)
    return {account.id: f"{account.balance} {account.currency}" for account in accounts}


@app.post("/customers/{customer_id}/refresh")
async def refresh(customer_id: str, request: Request) -> dict[str, int]:
    """Refresh the accounts because their owner has asked for it."""
    result = await refresh_and_wait(request.app.state.finicity, customer_id)
    return {"succeeded": len(result.succeeded), "failed": len(result.failed)}


@app.get("/count")
async def count(request: Request) -> dict[str, int]:
    """Count the accounts of all customers."""
    session = request.app.state.finicity
    customers = [customer.id async for customer in iter_customers(session)]
    found = 0
    async with map_customers(session, get_customer_accounts, customers, limit=4) as outcomes:
        async for outcome in outcomes:
            found += len(outcome.unwrap())
    return {"customers": len(customers), "accounts": found}
