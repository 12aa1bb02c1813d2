"""Counting requests by how they ended, without a word of where they went."""

from collections.abc import Awaitable, Callable
from functools import wraps
from time import perf_counter
from typing import ParamSpec, TypeVar

from syndicate.errors import AddressForbidden, FetchFailed, FetchRefused
from syndicate.telemetry import metrics

P = ParamSpec("P")
T = TypeVar("T")


def counted(ask: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """The same request, counted with the time that it took."""

    @wraps(ask)
    async def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        began, outcome = perf_counter(), "interrupted"
        try:
            found = await ask(*args, **kwargs)
            outcome = _class(getattr(found, "status", 300))
            return found
        except AddressForbidden:
            outcome = "forbidden"
            raise
        except (FetchFailed, FetchRefused) as error:
            outcome = _class(error.status) if error.status else "failed"
            raise
        except TimeoutError:
            outcome = "failed"
            raise
        finally:
            metrics.FETCHES.add(1, outcome)
            metrics.FETCH_SECONDS.observe(perf_counter() - began)

    return asked


def _class(status: int) -> str:
    return "304" if status == 304 else f"{status // 100}xx"
