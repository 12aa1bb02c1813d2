"""A feed in memory: every format of it, within its size, with unpublishable items set apart."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from syndicate.formats import atom, jsonfeed, ninjs, rss
from syndicate.formats.entry import is_url
from syndicate.formats.finish import check
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import EntryView, Feed, FeedView, Format
from syndicate.model.item import Item
from syndicate.publish import twin
from syndicate.publish.views import entry_view, feed_view
from syndicate.templating import Templates

Writer = Callable[[FeedView], bytes]
WRITERS: dict[Format, Writer] = {
    Format.RSS: rss.write,
    Format.ATOM: atom.write,
    Format.JSON: jsonfeed.write,
    Format.NINJS: ninjs.write,
}
# What a value that no writer can say makes them raise; anything else is a bug of ours and should be seen.
UNWRITABLE = (ValueError, TypeError, OverflowError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """An item that stayed out of a feed because it cannot be published, and why."""

    item_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """A feed's documents by file name; what had to stay out; the rules that a document breaks."""

    view: FeedView
    documents: dict[str, bytes]
    quarantined: tuple[Quarantined, ...] = ()
    left_out: int = 0
    faults: tuple[str, ...] = ()


def render_feed(
    feed: Feed, items: Iterable[Item], *, catalogue: Catalogue, templates: Templates, feed_id: str
) -> Rendering:
    """Render the items that the feed's selection took, in their order. Raises TemplateFault."""
    entries, quarantined = _entries(items, catalogue)
    view = feed_view(feed, entries, catalogue=catalogue, feed_id=feed_id)
    documents, faults = _attempt(view)
    if faults:
        good, bad = _divided(view)
        quarantined += bad
        view = feed_view(feed, good, catalogue=catalogue, feed_id=feed_id)
        documents, faults = _attempt(view)
    whole = len(view.entries)
    if any(len(data) > feed.max_bytes for data in documents.values()):
        view = feed_view(feed, fit(view, feed.max_bytes), catalogue=catalogue, feed_id=feed_id)
        documents, faults = _attempt(view)
    files = {f"{feed.name}.{form}": data for form, data in documents.items()}
    files[f"{feed.name}.{Format.HTML}"] = twin.write(view, catalogue=catalogue, templates=templates)
    return Rendering(
        view=view,
        documents=files,
        quarantined=tuple(quarantined),
        left_out=whole - len(view.entries),
        faults=faults,
    )


def fault_of(entry: EntryView) -> str:
    """Why an entry cannot be published; empty when it can."""
    if not is_url(entry.url):
        return f"its URL {entry.url[:200]!r} is not http or https"
    if not entry.title.strip():
        return "it has neither a headline nor a text"
    return ""


def fit(view: FeedView, max_bytes: int) -> tuple[EntryView, ...]:
    """The newest entries that stay within `max_bytes` in every format; one too large by itself is skipped."""
    frame = _sizes(replace(view, entries=()))
    room = {form: max_bytes - size for form, size in frame.items()}
    left, kept = dict(room), []
    for entry in view.entries:
        alone = _sizes(replace(view, entries=(entry,)))
        # Two bytes for what joins an entry to the one before it.
        size = {form: alone[form] - frame[form] + 2 for form in frame}
        if any(size[form] > room[form] for form in room):
            continue
        left = {form: left[form] - size[form] for form in left}
        if min(left.values()) < 0:
            break
        kept.append(entry)
    return tuple(kept)


def _written(view: FeedView) -> dict[Format, bytes]:
    return {form: write(view) for form, write in WRITERS.items()}


def _sizes(view: FeedView) -> dict[Format, int]:
    return {form: len(data) for form, data in _written(view).items()}


def _entries(items: Iterable[Item], catalogue: Catalogue) -> tuple[list[EntryView], list[Quarantined]]:
    entries: list[EntryView] = []
    quarantined: list[Quarantined] = []
    for item in items:
        try:
            entry = entry_view(item, catalogue)
            reason = fault_of(entry)
        except UNWRITABLE as error:
            reason = f"{type(error).__name__}: {error}"
        if reason:
            quarantined.append(Quarantined(item_id=item.id, reason=reason))
        else:
            entries.append(entry)
    return entries, quarantined


def _divided(view: FeedView) -> tuple[list[EntryView], list[Quarantined]]:
    good: list[EntryView] = []
    bad: list[Quarantined] = []
    for entry in view.entries:
        _, faults = _attempt(replace(view, entries=(entry,)))
        if faults:
            bad.append(Quarantined(item_id=entry.id.removeprefix("urn:uuid:"), reason=faults[0]))
        else:
            good.append(entry)
    return good, bad


def _attempt(view: FeedView) -> tuple[dict[Format, bytes], tuple[str, ...]]:
    try:
        documents = _written(view)
    except UNWRITABLE as error:
        return {}, (f"{view.name}: {type(error).__name__}: {error}",)
    return documents, tuple(
        f"{view.name}.{form}: {finding.rule}: {finding.message} ({finding.spec})"
        for form, data in documents.items()
        for finding in check(data, form, url=view.urls[form])
    )
