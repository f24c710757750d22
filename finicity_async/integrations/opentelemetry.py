"""
Traces and metrics with OpenTelemetry, made from the events of a session; its API comes with the extra ``otel``.

What is exported names operations and servers, never an ID, a URL, a text of the vendor's or a secret.
"""

import time
import weakref
from collections.abc import Callable, Iterable
from contextvars import Token
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from yarl import URL

try:
    from opentelemetry import context, metrics, trace
except ModuleNotFoundError as _error:
    if _error.name != "opentelemetry":
        raise
    raise ImportError(
        "finicity_async.integrations.opentelemetry needs its extra: pip install 'finicity-async[otel]'"
    ) from None

from finicity_async._pipeline.stats import SessionStats
from finicity_async._version import __version__
from finicity_async.events import (
    Answered,
    Called,
    Event,
    Finished,
    LoggedIn,
    LoginRefused,
    Paused,
    Sent,
    WillRetry,
)
from finicity_async.session import AsyncSession

__all__ = ["OpenTelemetryListener"]

S = TypeVar("S", bound=AsyncSession)
_Attributes = dict[str, str | int]

_OPERATION = "finicity.operation"
_ERROR = "error.type"
_STATUS = "http.response.status_code"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""Seconds; what the semantic conventions advise for ``http.client.request.duration``."""
_SUPPRESS_HTTP = getattr(context, "_SUPPRESS_HTTP_INSTRUMENTATION_KEY", "suppress_http_instrumentation")
"""By this key an instrumentation keeps those below it from telling of the same requests; it has no public name yet."""


class _Target(NamedTuple):
    """What spans and measurements of one operation on one server have in common."""

    name: str
    attributes: _Attributes


@lru_cache(maxsize=1024)
def _target(operation: str, method: str, path: str, base_url: str) -> _Target:
    template = URL(base_url).path.rstrip("/") + path
    attributes = {
        _OPERATION: operation,
        "http.request.method": method,
        "url.template": template,
        "url.scheme": URL(base_url).scheme,
        **_server(base_url),
    }
    return _Target(f"{method} {template}", attributes)


@lru_cache(maxsize=1024)
def _server(base_url: str) -> _Attributes:
    url = URL(base_url)
    return {"server.address": url.host or "", "server.port": url.port or 0}


@dataclass(slots=True)
class _Call:
    """
    A call under way.

    Attributes:
        span: Its span.
        inside: The context in which its sends are, with that span.
        token: Takes that context back.
        target: What its spans have in common.
        send: The span of the latest send.
        sent_at: When that send began, in seconds of ``time.perf_counter``.
        is_sending: Whether it is under way. Its span cannot tell: without traces, every span is the same invalid one.
        status: The status of the latest response.
    """

    span: trace.Span
    inside: context.Context
    token: Token[context.Context]
    target: _Target
    send: trace.Span = trace.INVALID_SPAN
    sent_at: float = 0.0
    is_sending: bool = False
    status: int | None = None


class OpenTelemetryListener:
    """
    Turns the events of sessions into spans and metrics: ``AsyncSession(on_event=OpenTelemetryListener())``.

    A call is a client span named by its operation, below the span that is current where the call is made. Each send is
    a client span below it, with the attributes of the semantic conventions for HTTP clients. A login that a call causes
    is a call of its own, below the one that caused it. General instrumentations of HTTP clients keep quiet about these
    requests: the URL in their spans would hold IDs.

    One listener serves any number of sessions. Make one for a process, because each registers instruments of its own.

    Args:
        tracer_provider: Where spans go; None for the global provider.
        meter_provider: Where metrics go; None for the global provider.
    """

    def __init__(
        self,
        tracer_provider: trace.TracerProvider | None = None,
        meter_provider: metrics.MeterProvider | None = None,
    ) -> None:
        self._tracer = trace.get_tracer("finicity_async", __version__, tracer_provider)
        self._calls: dict[int, _Call] = {}
        self._sessions: tuple[weakref.ref[AsyncSession], ...] = ()
        self._handlers: dict[type[Event], Callable[[Any], None]] = {
            Called: self._on_called,
            Sent: self._on_sent,
            Answered: self._on_answered,
            WillRetry: self._on_will_retry,
            Paused: self._on_paused,
            LoggedIn: self._on_logged_in,
            LoginRefused: self._on_login_refused,
            Finished: self._on_finished,
        }
        meter = metrics.get_meter("finicity_async", __version__, meter_provider)
        self._make_counters(meter)
        self._make_gauges(meter)

    def __call__(self, event: Event) -> None:
        """Take one event of a session."""
        handle = self._handlers.get(type(event))
        if handle is not None:
            handle(event)

    def observe(self, session: S) -> S:
        """
        Measure the concurrency and the token of a session, too, until it is closed; it is not kept alive.

        Several sessions on one server are measured together: the sum of their requests, the age of their oldest token.

        Args:
            session: A session, not a view of one.

        Returns:
            The session, for use in an ``async with``.
        """
        others = (known for known in self._sessions if known() not in (None, session))
        self._sessions = (*others, weakref.ref(session))
        return session

    def _make_counters(self, meter: metrics.Meter) -> None:
        self._duration = meter.create_histogram(
            "http.client.request.duration",
            "s",
            "Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=_BUCKETS,
        )
        self._retries = meter.create_counter("finicity.retries", "{retry}", "Requests that were sent again.")
        self._pauses = meter.create_counter("finicity.pauses", "{pause}", "Pauses that the vendor asked for.")
        self._pause_time = meter.create_counter("finicity.pause.time", "s", "Length of these pauses in all.")
        self._logins = meter.create_counter("finicity.logins", "{login}", "Logins that were answered.")

    def _make_gauges(self, meter: metrics.Meter) -> None:
        meter.create_observable_up_down_counter(
            "http.client.active_requests",
            [self._observer(lambda stats: stats.in_flight)],
            "{request}",
            "Number of active HTTP requests.",
        )
        meter.create_observable_up_down_counter(
            "finicity.requests.waiting",
            [self._observer(lambda stats: stats.waiting)],
            "{request}",
            "Requests that wait for their start.",
        )
        meter.create_observable_up_down_counter(
            "finicity.concurrency.limit",
            [self._observer(lambda stats: stats.concurrency)],
            "{request}",
            "Requests that may be on the wire.",
        )
        meter.create_observable_gauge(
            "finicity.token.age",
            [self._observer(lambda stats: stats.token_age, max)],
            "s",
            "Time since the token in use was issued.",
        )

    def _observer(
        self, read: Callable[[SessionStats], float | None], combine: Callable[[list[float]], float] = sum
    ) -> Callable[[metrics.CallbackOptions], Iterable[metrics.Observation]]:
        """Return what measures a figure of the open sessions on each server."""

        def observe(_: metrics.CallbackOptions) -> Iterable[metrics.Observation]:
            found: dict[tuple[tuple[str, str | int], ...], list[float]] = {}
            for session in (known() for known in self._sessions):
                value = None if session is None or session.closed else read(session.stats)
                if session is not None and value is not None:
                    found.setdefault(tuple(_server(session.base_url).items()), []).append(value)
            return [metrics.Observation(combine(values), dict(server)) for server, values in found.items()]

        return observe

    def _on_called(self, event: Called) -> None:
        target = _target(event.operation, event.method, event.path, event.base_url)
        span = self._tracer.start_span(event.operation, kind=trace.SpanKind.CLIENT, attributes=target.attributes)
        inside = context.set_value(_SUPPRESS_HTTP, True, trace.set_span_in_context(span))  # noqa: FBT003 -- the value
        # A task that the call starts, such as a login, copies this context; so its spans are below the call.
        self._calls[event.call] = _Call(span, inside, context.attach(inside), target)

    def _on_sent(self, event: Sent) -> None:
        call = self._calls[event.call]
        attributes = call.target.attributes
        if event.attempt > 1:
            attributes = {**attributes, "http.request.resend_count": event.attempt - 1}
        call.send = self._tracer.start_span(
            call.target.name, call.inside, kind=trace.SpanKind.CLIENT, attributes=attributes
        )
        call.sent_at, call.is_sending = time.perf_counter(), True

    def _on_answered(self, event: Answered) -> None:
        call = self._calls[event.call]
        call.status = event.status
        result: _Attributes = {_STATUS: event.status}
        if event.status >= 400:
            result[_ERROR] = str(event.status)
        self._end_send(call, result)

    def _on_will_retry(self, event: WillRetry) -> None:
        call = self._calls[event.call]
        kind = type(event.error).__qualname__
        self._end_lost_send(call, kind)
        self._retries.add(1, {_OPERATION: event.operation, _ERROR: kind})

    def _on_paused(self, event: Paused) -> None:
        attributes = {_OPERATION: event.operation}
        self._pauses.add(1, attributes)
        self._pause_time.add(event.seconds, attributes)

    def _on_logged_in(self, _: LoggedIn) -> None:
        self._logins.add(1, {"finicity.login.outcome": "success"})

    def _on_login_refused(self, _: LoginRefused) -> None:
        self._logins.add(1, {"finicity.login.outcome": "refused"})

    def _on_finished(self, event: Finished) -> None:
        call = self._calls.pop(event.call)
        result: _Attributes = {} if call.status is None else {_STATUS: call.status}
        kind = None
        if event.error is not None:
            kind = type(event.error).__qualname__
            result[_ERROR] = kind
            self._end_lost_send(call, kind)
        _end(call.span, result, kind)
        # A coroutine that was dropped may be closed in another context, that of the garbage collector.
        if not isinstance(event.error, GeneratorExit) or context.get_current() is call.inside:
            context.detach(call.token)

    def _end_lost_send(self, call: _Call, kind: str) -> None:
        """End a send that got no answer; a no-op when the failure came with one, or before the first send."""
        if call.is_sending:
            call.status = None
            self._end_send(call, {_ERROR: kind}, kind)

    def _end_send(self, call: _Call, result: _Attributes, kind: str | None = None) -> None:
        self._duration.record(time.perf_counter() - call.sent_at, {**call.target.attributes, **result})
        _end(call.send, result, kind)
        call.is_sending = False


def _end(span: trace.Span, result: _Attributes, description: str | None) -> None:
    """End a span. An error is described by its class and never by its text, which may hold what the vendor said."""
    span.set_attributes(result)
    if _ERROR in result:
        span.set_status(trace.StatusCode.ERROR, description)
    span.end()
