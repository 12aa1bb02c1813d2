"""Spans as OpenTelemetry has them, sent by OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/).

The library's own variables count too: OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS and their like.
"""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, StatusCode, Tracer, format_trace_id
from structlog.contextvars import bound_contextvars

from syndicate import __version__
from syndicate.telemetry.tracing import Begin, Value

# What is left at the end of a process may hold up its end for so long (seconds).
PATIENCE = 3.0
WELL = ("done", "closed", "open", "later", "2xx", "3xx", "304")


@contextmanager
def exporting(endpoint: str) -> Iterator[Begin]:
    """What begins spans that go to `endpoint`, a receiver's address without a path."""
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=PATIENCE)
    with recording(exporter) as begin:
        yield begin


@contextmanager
def recording(exporter: SpanExporter) -> Iterator[Begin]:
    """What begins spans that go to an exporter; at the end it gets those that wait."""
    provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("syndicate", __version__)
    try:
        yield lambda name, attributes: _span(tracer, name, attributes)
    finally:
        provider.shutdown()


class Traced:
    """A span that is being recorded."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def note(self, **attributes: Value) -> None:
        """Add what came of it; an `outcome` other than well marks it as an error."""
        self._span.set_attributes(_named(attributes))
        outcome = attributes.get("outcome", "done")
        if outcome not in WELL:
            self._span.set_status(StatusCode.ERROR, str(outcome))


@contextmanager
def _span(tracer: Tracer, name: str, attributes: Mapping[str, Value]) -> Iterator[Traced]:
    # An exception's text may hold an address, and its stack what not: only its kind is told.
    told: dict[str, Any] = {"record_exception": False, "set_status_on_exception": False}
    with tracer.start_as_current_span(name, attributes=_named(attributes), **told) as span:
        trace = format_trace_id(span.get_span_context().trace_id)
        try:
            with bound_contextvars(trace=trace):
                yield Traced(span)
        except BaseException as error:
            span.set_status(StatusCode.ERROR, type(error).__name__)
            raise


def _named(attributes: Mapping[str, Value]) -> dict[str, Value]:
    return {f"syndicate.{key}": value for key, value in attributes.items()}


def _resource() -> Resource:
    return Resource.create({
        "service.name": "syndicate",
        "service.version": __version__,
        "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
    })  # fmt: skip
