"""What a publication leads to: who is told of it, and who gets it."""

from collections.abc import Sequence

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Feed
from syndicate.model.job import Job


def follow_ups(catalogue: Catalogue, feed: Feed, *, changed: Sequence[str]) -> list[Job]:
    """The jobs that follow when files of the feed, named relative to `feeds/`, have `changed`.

    They are enqueued in the transaction that records the publication.
    """
    return []
