"""Spans of OpenTelemetry, where an endpoint is configured; nothing otherwise."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

NOTHING: AbstractContextManager[None] = nullcontext()

# Set once, at the start of a process.
_begin: Callable[[str, dict[str, str | int]], AbstractContextManager[object]] | None = None


def span(name: str, **attributes: str | int) -> AbstractContextManager[object]:
    """A span around a block: one for a job, a batch, a visit; never for a message."""
    return NOTHING if _begin is None else _begin(name, attributes)
