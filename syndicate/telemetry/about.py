"""What is being done, as ids: every log line within carries them, and so does the span around it."""

from collections.abc import Iterator
from contextlib import contextmanager

from structlog.contextvars import bound_contextvars


@contextmanager
def about(**ids: str | int) -> Iterator[None]:
    """Give these ids to every log line of the block, also in the tasks that begin in it.

    `job` and `job_id`, `run` (an occurrence), `source`, `feed`, `partner`, `issue`, `batch`: ids and
    configured names, never an address.
    """
    with bound_contextvars(**ids):
        yield
