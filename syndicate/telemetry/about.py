"""What is being done, as ids: every log line within carries them, and so does the span around it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from structlog.contextvars import bound_contextvars

# Of a job's arguments, those that say what it is about; a job's occurrence is a run.
IDS = {
    "occurrence": "run",
    **{name: name for name in ("source", "feed", "partner", "newsletter", "issue", "batch", "number")},
}


def ids_of(args: Mapping[str, str | int]) -> dict[str, str | int]:
    """The ids among a job's arguments."""
    return {IDS[name]: value for name, value in args.items() if name in IDS and value}


@contextmanager
def about(**ids: str | int) -> Iterator[None]:
    """Give these ids to every log line of the block, also in the tasks that begin in it.

    `job` and `job_id`, `run` (an occurrence), `source`, `feed`, `partner`, `issue`, `batch`: ids and
    configured names, never an address.
    """
    with bound_contextvars(**ids):
        yield
