"""What publishing needs, what one publication of a feed is, and what is told of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Feed
from syndicate.model.job import Enqueue, nobody_waits
from syndicate.publish.fingerprints import Fingerprints, Prints
from syndicate.publish.pieces import Pieces
from syndicate.publish.recent import Recent
from syndicate.publish.rendering import Frame, Press, Quarantined, new_frames
from syndicate.publish.turns import Turns
from syndicate.store.database import Database
from syndicate.store.feed_entries import Member
from syndicate.store.feeds import FeedStatus
from syndicate.templating import Templates

# Told of long work: how many are done, of how many.
Tell = Callable[[int, int], Awaitable[None]]


class Standings:
    """Who stands in the subscription documents that this process published last. For all threads.

    It holds as long as nobody else changed who is in the feed; items that changed since are marked.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, int, int, tuple[Member, ...]]] = {}

    def knows(self, name: str) -> bool:
        """Whether this process published the feed."""
        return name in self._known

    def find(self, print_: str, status: FeedStatus) -> tuple[Member, ...] | None:
        """The members, oldest first; None when they have to be read."""
        known = self._known.get(status.name)
        if known is None or known[:3] != (print_, status.turn, status.last_position):
            return None
        return known[3]

    def keep(
        self, print_: str, name: str, members: tuple[Member, ...], *, turn: int, last_position: int
    ) -> None:
        """Remember the members as of that turn."""
        self._known[name] = print_, turn, last_position, members


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """What publishing needs; `public_dir` is the folder that is served, `mint` makes a new feed's id.

    `pieces`, `prints`, `turns`, `standings` and `frames` are shared by all publications of a process.
    """

    db: Database
    catalogue: Catalogue
    public_dir: Path
    now: Callable[[], datetime]
    mint: Callable[[], str]
    enqueue: Enqueue = nobody_waits
    templates: Templates = field(default_factory=Templates)
    pieces: Pieces = field(default_factory=Pieces)
    prints: Fingerprints = field(default_factory=Fingerprints)
    turns: Turns = field(default_factory=Turns)
    standings: Standings = field(default_factory=Standings)
    frames: Recent[Frame] = field(default_factory=new_frames)

    @property
    def folder(self) -> Path:
        """Where feeds are put."""
        return self.public_dir / "feeds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One publication of a feed, whose id is `feed_id`. With `accept` the operator lets losses through.

    `held` tells why the feed is held already: then withdrawals alone are seen to.
    """

    publishing: Publishing
    feed: Feed
    feed_id: str
    prints: Prints
    accept: bool = False
    held: str = ""
    tell: Tell | None = None

    @property
    def name(self) -> str:
        """The feed's name, under which its entries stand in the store."""
        return self.feed.name

    @property
    def filling(self) -> str:
        """The name under which stands what the feed is being filled with anew."""
        return f"{self.feed.name}+"

    @property
    def press(self) -> Press:
        """What rendering it takes."""
        publishing = self.publishing
        return Press(
            feed=self.feed,
            feed_id=self.feed_id,
            catalogue=publishing.catalogue,
            templates=publishing.templates,
            rendered=self.prints.rendered,
            frames=publishing.frames,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishReport:
    """What became of one feed: its files by their names in `feeds/`.

    `entries` stand in the subscription document, `documents` counts the archive documents that were written.
    `held` tells why the former files stay, and `gone` what would go from them, entry id → title, of as many
    as are named. `shut_out` counts items that match a frozen feed and stay out.
    """

    feed: str
    entries: int = 0
    documents: int = 0
    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    held: str = ""
    gone: Mapping[str, str] = field(default_factory=dict)
    quarantined: tuple[Quarantined, ...] = ()
    shut_out: int = 0
    warnings: tuple[str, ...] = ()
