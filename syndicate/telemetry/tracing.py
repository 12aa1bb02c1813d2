"""Spans of OpenTelemetry, where an endpoint is configured; otherwise nothing, and no import either."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from syndicate.errors import OwnFault

Value = str | int
REMEDY = "telemetry.endpoint needs the extra: pip install 'syndicate[otel]'"


class Span(Protocol):
    """What is being done, while it is."""

    def note(self, **attributes: Value) -> None:
        """Add what came of it; an `outcome` other than well marks it as an error."""
        ...


Begin = Callable[[str, Mapping[str, Value]], AbstractContextManager[Span]]


class Untraced:
    """Stands for a span where there are none."""

    def note(self, **attributes: Value) -> None:
        """Nothing is kept."""


UNTRACED: AbstractContextManager[Span] = nullcontext(Untraced())
# Of this process, like the log; set while it traces.
_begins: list[Begin] = []


def span(name: str, **attributes: Value) -> AbstractContextManager[Span]:
    """A span around a block: for a job or a request, never for a message. No address may be in it."""
    return _begins[-1](name, attributes) if _begins else UNTRACED


@contextmanager
def traced(endpoint: str) -> Iterator[None]:
    """Send spans to an OTLP receiver over HTTP while the block runs; an empty `endpoint` sends none.

    Raises OwnFault where the extra is not installed.
    """
    if not endpoint:
        yield
        return
    try:
        from syndicate.telemetry.spans import exporting
    except ImportError as error:
        raise OwnFault(REMEDY) from error
    with exporting(endpoint) as begin:
        _begins.append(begin)
        try:
            yield
        finally:
            _begins.remove(begin)
