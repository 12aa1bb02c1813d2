"""What tests of collecting start from: a Collecting over a real database and a real client."""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from syndicate.collect.collecting import Collecting
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Feed, Selection
from syndicate.model.item import Item
from syndicate.model.site import FetchSettings
from syndicate.model.source import OldSite, Source
from syndicate.net.client import Client
from syndicate.store import items, jobs, sources
from syndicate.store.database import Database
from syndicate.store.schema import jobs as jobs_table
from tests.builders import NOON

SAMPLES = Path(__file__).parents[2] / "config" / "samples" / "site"
EVERYTHING = Selection(take=10_000)


def ids() -> Callable[[], str]:
    """Item ids in order, so that a test can tell which came first."""
    numbers = count(1)
    return lambda: str(UUID(int=next(numbers)))


async def no_sleep(seconds: float) -> None:
    """Stands in for waiting between two requests."""


def a_collecting(
    db: Database,
    folder: Path,
    *configured: Source,
    allow: Iterable[str] = (),
    now: Callable[[], datetime] = lambda: NOON,
    **change: Any,
) -> Collecting:
    """Collecting with these sources; `feeds` and `old_sites` go into the catalogue."""
    feeds: tuple[Feed, ...] = change.pop("feeds", ())
    old_sites: tuple[OldSite, ...] = change.pop("old_sites", ())
    db.write_now(sources.upsert_sources, configured, now=NOON)
    base: dict[str, Any] = {
        "db": db,
        "client": Client(FetchSettings(allow_hosts=tuple(allow), timeout=5.0)),
        "catalogue": Catalogue(
            sources={source.name: source for source in configured},
            feeds={feed.name: feed for feed in feeds},
            old_sites={site.key: site for site in old_sites},
        ),
        "media_dir": folder / "media",
        "raw_dir": folder / "raw",
        "now": now,
        "mint": ids(),
        "enqueue": lambda conn, job: jobs.enqueue(conn, job, now=NOON),
        "sleep": no_sleep,
    }
    return Collecting(**base | change)


def stored(db: Database) -> list[Item]:
    """Every live item, by headline and text."""
    found = db.read_now(items.list_items, EVERYTHING, catalogue=Catalogue())
    return sorted(found, key=lambda item: (item.content.headline, item.content.body_text))


def waiting_jobs(db: Database) -> list[str]:
    """The keys of the jobs that were made due."""
    return db.read_now(lambda conn: sorted(conn.scalars(select(jobs_table.c.key))))


def a_text(name: str) -> str:
    """Paragraphs that share no words with those of another name, so that they are another story."""
    rows = (" ".join(f"{name}{number}{name}" for number in range(row, row + 12)) for row in range(0, 96, 12))
    return "".join(f"<p>The {row} sailed at dawn.</p>" for row in rows)
