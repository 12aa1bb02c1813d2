"""Publishing a feed: select, render every format, check the bytes, put the files in place."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog

from syndicate.errors import NotFound
from syndicate.formats import opml
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Feed
from syndicate.model.item import Item
from syndicate.model.job import Enqueue, nobody_waits
from syndicate.publish.files import publish_files
from syndicate.publish.notice import notice_warnings
from syndicate.publish.rendering import Quarantined, Rendering, render_feed
from syndicate.publish.views import feed_view
from syndicate.store import feeds as feed_store
from syndicate.store.database import Database
from syndicate.store.feeds import FeedStatus
from syndicate.store.items import list_items
from syndicate.templating import Templates

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """What publishing needs; `public_dir` is the folder that is served, `mint` makes a new feed's id."""

    db: Database
    catalogue: Catalogue
    public_dir: Path
    now: Callable[[], datetime]
    mint: Callable[[], str]
    enqueue: Enqueue = nobody_waits
    templates: Templates = field(default_factory=Templates)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishReport:
    """What became of one feed. `held` tells why the former files stay; `left_out` counts the overflow."""

    feed: str
    entries: int
    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    held: str = ""
    quarantined: tuple[Quarantined, ...] = ()
    left_out: int = 0
    warnings: tuple[str, ...] = ()


async def publish_feed(publishing: Publishing, name: str, *, even_empty: bool = False) -> PublishReport:
    """Publish one feed in all its formats, and the list of feeds; equal bytes are not rewritten.

    Holds the feed, so that the last good files stay, when nothing is left of a feed that had entries
    (unless the operator says `even_empty`) or when a document breaks a rule. Raises NotFound, StorageFull,
    TemplateFault.
    """
    feed = find(publishing.catalogue, name)
    items = await publishing.db.read(list_items, feed.selection, catalogue=publishing.catalogue)
    status = await _status(publishing, name)
    rendering = await asyncio.to_thread(
        render_feed,
        feed,
        items,
        catalogue=publishing.catalogue,
        templates=publishing.templates,
        feed_id=status.id,
    )
    folder = publishing.public_dir / "feeds"
    before = max(status.entries, _entries_in(folder / f"{name}.json"))
    held = hold_reason(rendering, before=before, even_empty=even_empty)
    if held:
        await publishing.db.write(feed_store.record_held, name, reason=held)
        written: tuple[str, ...] = ()
    else:
        written = await asyncio.to_thread(publish_files, folder, rendering.documents)
        await asyncio.to_thread(publish_list, publishing)
        entries = len(rendering.view.entries)
        await publishing.db.write(feed_store.record_published, name, entries=entries, now=publishing.now())
    report = _report(rendering, items, catalogue=publishing.catalogue, written=written, held=held)
    _tell(report)
    return report


def publish_list(publishing: Publishing) -> tuple[str, ...]:
    """Put the OPML list of all feeds in place; the names of the files that changed. Raises StorageFull."""
    catalogue = publishing.catalogue
    # The list names addresses alone.
    views = (feed_view(feed, (), catalogue=catalogue, feed_id="") for feed in catalogue.feeds.values())
    return publish_files(publishing.public_dir, {"feeds.opml": opml.write_list(catalogue.site.name, views)})


async def is_retired(db: Database, name: str) -> bool:
    """Whether a feed of that name was once configured, and is no more."""
    status = await db.read(feed_store.find_feed, name)
    return status is not None and status.retired is not None


def find(catalogue: Catalogue, name: str) -> Feed:
    """The feed of that name. Raises NotFound, which names those that exist."""
    if name not in catalogue.feeds:
        known = ", ".join(sorted(catalogue.feeds)) or "none"
        raise NotFound(f"there is no feed {name!r}; the configuration has: {known}")
    return catalogue.feeds[name]


def hold_reason(rendering: Rendering, *, before: int, even_empty: bool) -> str:
    """Why a rendering must not replace the last good one (requirement F10); empty when it may."""
    if rendering.faults:
        return "; ".join(rendering.faults[:3])
    if before and not rendering.view.entries and not even_empty:
        return f"nothing is left to publish where {before} entries stand; they stay until you say otherwise"
    return ""


async def _status(publishing: Publishing, name: str) -> FeedStatus:
    found = await publishing.db.read(feed_store.find_feed, name)
    if found is not None:
        return found
    return await publishing.db.write(feed_store.make_known, name, mint=publishing.mint)


def _entries_in(path: Path) -> int:
    # The files may be older than the database, after a restore or a fresh start.
    try:
        return len(json.loads(path.read_bytes())["items"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _report(
    rendering: Rendering, items: Sequence[Item], *, catalogue: Catalogue, written: tuple[str, ...], held: str
) -> PublishReport:
    unchanged = () if held else tuple(name for name in rendering.documents if name not in written)
    return PublishReport(
        feed=rendering.view.name,
        entries=len(rendering.view.entries),
        written=written,
        unchanged=unchanged,
        held=held,
        quarantined=rendering.quarantined,
        left_out=rendering.left_out,
        warnings=tuple(warning for item in items for warning in notice_warnings(item, catalogue)),
    )


def _tell(report: PublishReport) -> None:
    for each in report.quarantined:
        log.warning("item.quarantined", feed=report.feed, item=each.item_id, reason=each.reason)
    if report.held:
        log.warning("feed.held", feed=report.feed, reason=report.held)
    else:
        log.info("feed.published", feed=report.feed, entries=report.entries, written=len(report.written))
