"""Partners: sites that ingest our feeds under a contract."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A partner, and the names of the feeds that it may have."""

    name: str
    title: str
    feeds: tuple[str, ...] = ()
