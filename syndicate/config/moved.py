"""Feeds that moved: their former names and paths, and where they lead."""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from syndicate.config.spelling import shown
from syndicate.errors import Fault
from syndicate.model.catalogue import Catalogue

# Of these pages of ours, none is a former address of a feed.
OURS = {
    *(
        "confirm",
        "healthz",
        "hub",
        "items",
        "mailbox",
        "media",
        "metrics",
        "newsletters",
        "partners",
        "preferences",
        "readyz",
    ),
    *("robots.txt", "static", "unsubscribe"),
}


def moved_faults(catalogue: Catalogue) -> Iterator[Fault]:
    """What cannot be: a former name that is in use, two feeds with one, a feed that moved to itself."""
    every = {**catalogue.feeds, **catalogue.moved}
    counted = Counter(former for feed in every.values() for former in feed.moved_from)
    for feed in every.values():
        for place, former in enumerate(feed.moved_from, start=1):
            right = _former_fault(former, every.keys() & {former}, counted[former])
            if right:
                yield Fault(
                    key=f"feeds.{feed.name}.moved_from[{place}]", value=shown("", former), right=right
                )
    base = f"{catalogue.site.base_url.rstrip('/')}/feeds/"
    for feed in catalogue.moved.values():
        target = feed.moved_to.removeprefix(base).partition(".")[0].strip("/")
        if feed.moved_to.startswith(base) and (target == feed.name or target in feed.moved_from):
            right = "leads back to the feed itself; name the address where it is published now"
            yield Fault(key=f"feeds.{feed.name}.moved_to", value=shown("", feed.moved_to), right=right)


def _former_fault(former: str, used: set[str], times: int) -> str:
    if used:
        return "is a feed of its own; take one of the two out"
    if times > 1:
        return "stands in two places; an address leads to one feed"
    first, _, rest = urlsplit(former).path.strip("/").partition("/")
    if former.startswith("/") and (first in OURS or (first == "feeds" and not rest)):
        return f"is a page of ours; nothing can be moved from /{first}"
    return ""
