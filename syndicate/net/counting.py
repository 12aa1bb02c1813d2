"""Counting requests by how they ended, without a word of where they went."""

from collections.abc import Awaitable, Callable
from functools import wraps
from time import perf_counter
from typing import ParamSpec, TypeVar

from syndicate.errors import AddressForbidden, FetchFailed, FetchRefused
from syndicate.telemetry import metrics
from syndicate.telemetry.tracing import span

P = ParamSpec("P")
T = TypeVar("T")


def counted(ask: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """The same request, counted with the time that it took."""

    @wraps(ask)
    async def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        began, outcome = perf_counter(), "interrupted"
        with span("fetch") as told:
            try:
                found = await ask(*args, **kwargs)
                outcome = _class(getattr(found, "status", 300))
                return found
            except (FetchFailed, FetchRefused, TimeoutError) as error:
                outcome = _fault(error)
                raise
            finally:
                told.note(outcome=outcome)
                metrics.FETCHES.add(1, outcome)
                metrics.FETCH_SECONDS.observe(perf_counter() - began)

    return asked


def _fault(error: Exception) -> str:
    if isinstance(error, AddressForbidden):
        return "forbidden"
    status = getattr(error, "status", None)
    return _class(status) if status else "failed"


def _class(status: int) -> str:
    return "304" if status == 304 else f"{status // 100}xx"
