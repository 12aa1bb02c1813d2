"""A document's frame: what stands around its entries. It is kept, since it changes much less than they do."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, fields
from functools import lru_cache
from operator import attrgetter
from typing import TypeVar

from syndicate.formats.entry import tidy_frame
from syndicate.model.feed import FeedView

Frame = TypeVar("Frame")
# A few hundred feeds, each with a subscription document and the archive documents just rewritten.
KEPT = 1_024
# What a frame leaves open, or does not hold.
OPEN = frozenset({"entries", "tombstones", "updated"})
MAPPED = frozenset({"urls", "archive"})
STEADY = attrgetter(*(each.name for each in fields(FeedView) if each.name not in OPEN | MAPPED))


@dataclass(frozen=True, slots=True)
class Framed:
    """A view, equal to another when their frames are."""

    key: Hashable
    view: FeedView = field(compare=False)


def kept(build: Callable[[FeedView], Frame]) -> Callable[[FeedView], Frame]:
    """Make a function of a clean frame one of any view that remembers what it built for equal frames."""

    @lru_cache(maxsize=KEPT)
    def built(framed: Framed) -> Frame:
        return build(tidy_frame(framed.view))

    return lambda view: built(Framed(frame_key(view), view))


def frame_key(view: FeedView) -> Hashable:
    """Everything that a frame shows, to compare: documents with equal keys differ in entries alone."""
    archive = view.archive
    addresses = (view.urls, archive.current, archive.older, archive.newer)
    return STEADY(view), archive.number, tuple([tuple(each.items()) for each in addresses])
