"""What work for partners needs, and the contract and the feed that a name stands for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from syndicate.errors import NotFound
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Feed
from syndicate.model.job import Enqueue, nobody_waits
from syndicate.model.partner import Partner
from syndicate.publish.turns import Turns
from syndicate.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Partnering:
    """`partners_dir` is private: only those that hold a token are served from it."""

    db: Database
    catalogue: Catalogue
    partners_dir: Path
    now: Callable[[], datetime]
    mint: Callable[[], str]
    enqueue: Enqueue = nobody_waits
    turns: Turns = field(default_factory=Turns)


def find_partner(catalogue: Catalogue, name: str) -> Partner:
    """The partner of that name. Raises NotFound, which names those that exist."""
    if name not in catalogue.partners:
        known = ", ".join(sorted(catalogue.partners)) or "none"
        raise NotFound(f"there is no partner {name!r}; the configuration has: {known}")
    return catalogue.partners[name]


def chosen_feeds(catalogue: Catalogue, partner: str, feed: str = "") -> tuple[str, ...]:
    """That feed of the partner's contract, or all of them. Raises NotFound."""
    if feed:
        return (find_contract(catalogue, partner, feed)[1].name,)
    return find_partner(catalogue, partner).feeds


def find_contract(catalogue: Catalogue, partner: str, feed: str) -> tuple[Partner, Feed]:
    """The contract, and one of its feeds. Raises NotFound, which names those that exist."""
    contract = find_partner(catalogue, partner)
    if feed not in contract.feeds:
        known = ", ".join(contract.feeds)
        raise NotFound(f"the contract of {partner} has no feed {feed!r}; it has: {known}")
    return contract, catalogue.feeds[feed]
