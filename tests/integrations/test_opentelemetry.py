"""Spans and metrics of sessions, made with the real SDK: names, attributes, parents, ends, and no ID or secret."""

import asyncio
import gc
import sys
from collections.abc import Iterator
from contextvars import copy_context
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import INVALID_SPAN, NoOpTracerProvider, SpanKind, StatusCode, get_current_span

from finicity_async import (
    AsyncSession,
    AuthenticationError,
    Credentials,
    NotFoundError,
    OpenTelemetryListener,
    Sandbox,
    get_customer_account,
    get_customer_accounts,
    map_customers,
    refresh_and_wait,
)
from finicity_async.sandbox import ExpiredToken, Hang, Reset, Status, TooManyRequests
from tests.support.servers import until

CUSTOMER = 1005061234
PATH = "/aggregation/v1/customers/{customerId}/accounts"
READ = f"GET {PATH}"


async def no_sleep(_: float) -> None:
    await asyncio.sleep(0)


class Telemetry:
    """A listener with the SDK behind it, and what the SDK would export."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        tracers = TracerProvider(shutdown_on_exit=False)
        tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.meters = MeterProvider([self._reader], shutdown_on_exit=False)
        self.listener = OpenTelemetryListener(tracers, self.meters)
        self.tracer = tracers.get_tracer("service")

    def session(self, sandbox: Sandbox, **options: Any) -> AsyncSession:
        options = {"credentials": sandbox.credentials, "sleep": no_sleep, **options}
        return self.listener.observe(AsyncSession(base_url=sandbox.url, on_event=self.listener, **options))

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self._exporter.get_finished_spans())

    def named(self, name: str) -> list[ReadableSpan]:
        return sorted((span for span in self.spans if span.name == name), key=lambda span: span.start_time or 0)

    def one(self, name: str) -> ReadableSpan:
        (span,) = self.named(name)
        return span

    def points(self) -> dict[str, list[Any]]:
        data = self._reader.get_metrics_data()
        resources = data.resource_metrics if data is not None else []
        return {
            metric.name: list(metric.data.data_points)
            for resource in resources
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def value(self, name: str, **attributes: str) -> Any:
        """Return the value of the one point that has these attributes, written with ``_`` for their dots."""
        wanted = {(key.replace("_", "."), value) for key, value in attributes.items()}
        (point,) = (point for point in self.points()[name] if wanted <= {*point.attributes.items()})
        return point.value

    def exported(self) -> str:
        return "".join(span.to_json() for span in self.spans) + repr(self.points())


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    telemetry = Telemetry()
    yield telemetry
    telemetry.meters.shutdown()


def parent(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent is not None else None


def number(span: ReadableSpan) -> int:
    assert span.context is not None
    found: int = span.context.span_id
    return found


def is_read(point: Any) -> bool:
    return bool(point.attributes["finicity.operation"] == "GetCustomerAccounts")


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


async def test_a_call_is_a_client_span_with_a_child_for_its_send(sandbox: Sandbox, telemetry: Telemetry) -> None:
    async with telemetry.session(sandbox) as session:
        with telemetry.tracer.start_as_current_span("caller") as caller:
            await get_customer_accounts(session, CUSTOMER)
            assert get_current_span() is caller
    call, send = telemetry.one("GetCustomerAccounts"), telemetry.one(READ)
    assert (call.kind, send.kind) == (SpanKind.CLIENT, SpanKind.CLIENT)
    assert parent(call) == caller.get_span_context().span_id
    assert parent(send) == number(call)
    assert attributes(send) == {
        "finicity.operation": "GetCustomerAccounts",
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": int(sandbox.url.rpartition(":")[2]),
        "url.scheme": "http",
        "url.template": PATH,
    }
    assert attributes(call) == attributes(send)
    assert (call.status.status_code, send.status.status_code) == (StatusCode.UNSET, StatusCode.UNSET)


async def test_the_login_of_a_call_is_below_the_call(sandbox: Sandbox, telemetry: Telemetry) -> None:
    async with telemetry.session(sandbox) as session:
        await get_customer_accounts(session, CUSTOMER)
        await get_customer_accounts(session, CUSTOMER)
    login = telemetry.one("CreateToken")
    assert parent(login) == number(telemetry.named("GetCustomerAccounts")[0])
    assert telemetry.value("finicity.logins", finicity_login_outcome="success") == 1


async def test_a_retry_and_a_replay_are_further_sends(sandbox: Sandbox, telemetry: Telemetry) -> None:
    sandbox.add_fault(Status(operation="GetCustomerAccounts", status=503, first=1))
    sandbox.add_fault(ExpiredToken(operation="GetCustomerAccount", first=1))
    async with telemetry.session(sandbox) as session:
        await get_customer_accounts(session, CUSTOMER)
        await get_customer_account(session, CUSTOMER, 5011648377)
    failed, good = telemetry.named(READ)
    assert (failed.status.status_code, failed.status.description) == (StatusCode.ERROR, None)
    assert attributes(failed)["error.type"] == "503"
    assert "http.request.resend_count" not in attributes(failed)
    assert attributes(good)["http.request.resend_count"] == 1
    assert telemetry.one("GetCustomerAccounts").status.status_code is StatusCode.UNSET
    assert telemetry.value("finicity.retries", error_type="ServerError") == 1
    replayed = telemetry.one("GetCustomerAccount")
    sends = [span for span in telemetry.spans if parent(span) == number(replayed) and span.name.startswith("GET ")]
    assert [attributes(span)["http.response.status_code"] for span in sends] == [401, 200]


async def test_a_send_without_an_answer_has_the_class_of_its_error(sandbox: Sandbox, telemetry: Telemetry) -> None:
    sandbox.add_fault(Reset(operation="GetCustomerAccounts", first=1))
    async with telemetry.session(sandbox) as session:
        await get_customer_accounts(session, CUSTOMER)
        sandbox.add_fault(Hang(operation="GetCustomerAccount"))
        task = asyncio.create_task(get_customer_account(session, CUSTOMER, 5011648377))
        await until(lambda: bool(sandbox.calls("GetCustomerAccount")))
        task.cancel()
        await asyncio.wait([task])
    lost, _ = telemetry.named(READ)
    assert attributes(lost)["error.type"] == lost.status.description == "TransportError"
    assert "http.response.status_code" not in attributes(lost)
    cancelled = telemetry.one("GetCustomerAccount")
    assert attributes(cancelled)["error.type"] == cancelled.status.description == "CancelledError"
    assert len([span for span in telemetry.spans if parent(span) == number(cancelled)]) == 1


async def test_an_error_is_named_by_its_class(sandbox: Sandbox, telemetry: Telemetry) -> None:
    async with telemetry.session(sandbox) as session:
        with pytest.raises(NotFoundError):
            await get_customer_account(session, CUSTOMER, 1)
    call = telemetry.one("GetCustomerAccount")
    assert attributes(call)["error.type"] == call.status.description == "NotFoundError"
    assert attributes(call)["http.response.status_code"] == 404


async def test_calls_side_by_side_hang_below_their_callers(sandbox: Sandbox, telemetry: Telemetry) -> None:
    async def read(session: AsyncSession, customer_id: int) -> None:
        with telemetry.tracer.start_as_current_span(f"item {customer_id}"):
            await get_customer_accounts(session, customer_id)

    customers = [CUSTOMER, CUSTOMER + 1, CUSTOMER + 2]
    async with telemetry.session(sandbox) as session:
        with telemetry.tracer.start_as_current_span("fan-out") as fan_out:
            async with map_customers(session, read, customers) as outcomes:
                assert {outcome.error async for outcome in outcomes} == {None}
        await asyncio.gather(*(read(session, customer) for customer in customers))
    items = [span for span in telemetry.spans if span.name.startswith("item ")]
    assert [parent(span) for span in items].count(fan_out.get_span_context().span_id) == 3
    assert sorted(map(number, items)) == sorted(parent(span) or 0 for span in telemetry.named("GetCustomerAccounts"))


async def test_a_coroutine_that_is_dropped_ends_its_spans(sandbox: Sandbox, telemetry: Telemetry) -> None:
    async with telemetry.session(sandbox) as session:
        await get_customer_accounts(session, CUSTOMER)
        sandbox.add_fault(Hang(operation="GetCustomerAccount"))
        coroutine = get_customer_account(session, CUSTOMER, 5011648377)
        coroutine.send(None)
        coroutine.close()
        gc.collect()
        assert attributes(telemetry.one("GetCustomerAccount"))["error.type"] == "GeneratorExit"
        assert not telemetry.listener._calls
        assert get_current_span() is INVALID_SPAN


async def test_a_coroutine_that_is_dropped_in_another_context_leaves_that_context_alone(
    sandbox: Sandbox, telemetry: Telemetry
) -> None:
    async with telemetry.session(sandbox) as session:
        await get_customer_accounts(session, CUSTOMER)
        sandbox.add_fault(Hang(operation="GetCustomerAccount"))
        coroutine = get_customer_account(session, CUSTOMER, 5011648377)
        copy_context().run(coroutine.send, None)
        with telemetry.tracer.start_as_current_span("caller") as caller:
            coroutine.close()
            assert get_current_span() is caller
    assert attributes(telemetry.one("GetCustomerAccount"))["error.type"] == "GeneratorExit"


async def test_pauses_and_refused_logins_are_counted(sandbox: Sandbox, telemetry: Telemetry) -> None:
    sandbox.add_fault(TooManyRequests(operation="GetCustomerAccounts", first=1, retry_after=3))
    async with telemetry.session(sandbox) as session:
        await get_customer_accounts(session, CUSTOMER)
    assert telemetry.value("finicity.pauses") == 1
    assert telemetry.value("finicity.pause.time") == 3
    wrong = Credentials(sandbox.credentials.app_key, sandbox.credentials.partner_id, "wrong-secret-1")
    async with telemetry.session(sandbox, credentials=wrong) as session:
        with pytest.raises(AuthenticationError):
            await get_customer_accounts(session, CUSTOMER)
    assert telemetry.value("finicity.logins", finicity_login_outcome="refused") == 1


async def test_the_duration_of_each_send_is_measured(sandbox: Sandbox, telemetry: Telemetry) -> None:
    async with telemetry.session(sandbox) as session:
        await get_customer_accounts(session, CUSTOMER)
    points = telemetry.points()["http.client.request.duration"]
    (point,) = filter(is_read, points)
    assert (point.count, point.explicit_bounds[0], point.explicit_bounds[-1]) == (1, 0.005, 10.0)
    assert point.sum > 0
    assert dict(point.attributes) == attributes(telemetry.one(READ))


async def test_a_lost_send_is_measured_where_only_metrics_are_exported(sandbox: Sandbox, telemetry: Telemetry) -> None:
    sandbox.add_fault(Reset(operation="GetCustomerAccounts", first=1))
    listener = OpenTelemetryListener(NoOpTracerProvider(), telemetry.meters)
    async with AsyncSession(sandbox.credentials, base_url=sandbox.url, on_event=listener, sleep=no_sleep) as session:
        await get_customer_accounts(session, CUSTOMER)
    points = telemetry.points()["http.client.request.duration"]
    assert [(point.attributes.get("error.type"), point.count) for point in points if is_read(point)] == [
        ("TransportError", 1),
        (None, 1),
    ]


async def test_open_sessions_are_measured_together_until_they_are_closed_or_gone(
    sandbox: Sandbox, telemetry: Telemetry
) -> None:
    first = telemetry.session(sandbox, max_connections=10)
    telemetry.listener.observe(first)
    assert telemetry.value("finicity.concurrency.limit") == 10
    assert "finicity.token.age" not in {name for name, points in telemetry.points().items() if points}
    async with telemetry.session(sandbox, max_connections=5) as second:
        await get_customer_accounts(second, CUSTOMER)
        assert telemetry.value("finicity.concurrency.limit") == 15
        assert telemetry.value("finicity.token.age") >= 0
        assert telemetry.value("http.client.active_requests") == telemetry.value("finicity.requests.waiting") == 0
        del first
        gc.collect()
        assert telemetry.value("finicity.concurrency.limit") == 5
    assert not telemetry.points().get("finicity.concurrency.limit")


async def test_nothing_that_is_exported_holds_an_id_a_secret_or_a_token(sandbox: Sandbox, telemetry: Telemetry) -> None:
    sandbox.add_fault(Status(operation="GetCustomerAccounts", status=503, first=1, body=f"customer {CUSTOMER}"))
    async with telemetry.session(sandbox) as session:
        await get_customer_accounts(session, CUSTOMER)
        await refresh_and_wait(session, CUSTOMER)
        with pytest.raises(NotFoundError):
            await get_customer_account(session, CUSTOMER, 77777777)
        token = (await session.login()).token
    exported = telemetry.exported()
    assert PATH in exported
    for secret in (str(CUSTOMER), "5011648377", "77777777", token, *sandbox.credentials.secrets()):
        assert secret not in exported


async def test_general_instrumentations_of_http_are_told_to_keep_quiet(sandbox: Sandbox, telemetry: Telemetry) -> None:
    from opentelemetry import context

    seen: list[object] = []

    def listen(event: Any) -> None:
        telemetry.listener(event)
        seen.append(context.get_value(context._SUPPRESS_HTTP_INSTRUMENTATION_KEY))

    async with AsyncSession(sandbox.credentials, base_url=sandbox.url, on_event=listen) as session:
        await session.login()
        await get_customer_accounts(session, CUSTOMER)
    assert seen[:3] == [True, True, True]
    assert context.get_value(context._SUPPRESS_HTTP_INSTRUMENTATION_KEY) is None


async def test_events_that_make_no_span_are_ignored(sandbox: Sandbox, telemetry: Telemetry) -> None:
    sandbox.add_fault(TooManyRequests(operation="GetCustomerAccounts", first=1))
    async with telemetry.session(sandbox, max_connections=2) as session:
        await get_customer_accounts(session, CUSTOMER)
        assert session.stats.concurrency == 1
    assert telemetry.named("GetCustomerAccounts")


@pytest.mark.parametrize(("missing", "text"), [("opentelemetry", "finicity-async[otel]"), ("yarl", "yarl")])
def test_the_advice_names_the_extra_when_it_is_missing(
    missing: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins
    import importlib

    real = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name == "opentelemetry":
            raise ModuleNotFoundError(f"No module named {missing}", name=missing)
        return real(name, *rest)

    module = "finicity_async.integrations.opentelemetry"
    monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ImportError, match=r"otel|yarl") as caught:
        importlib.import_module(module)
    assert text in str(caught.value)
