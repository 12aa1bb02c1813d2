"""Decides what becomes of candidates: new, changed or known (decision 8, requirements N2 and C7). Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syndicate.collect.corrected import corrected_brief, respecting
from syndicate.collect.identity import url_key
from syndicate.model.catalogue import Catalogue
from syndicate.model.item import Candidate, Content, Item, ItemKind, ItemState, Timestamp
from syndicate.model.source import Backlog, Source, SourceKind

# The beginning of a key that joins two candidates of one call, and is not stored.
SAME = "same:"
# A day is named after the place where it was written, and the sun is up to 14 h ahead of UTC there.
_AHEAD = timedelta(hours=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows of the candidates' keys: key → item id, and those items by id."""

    keys: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """An item as it shall be, and the keys it gains."""

    item: Item
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to save: `new` items, `revised` ones, and `restated` ones, whose content stays as it is.

    `unchanged` counts candidates that were known as they are, `alike` further articles that are known or
    stand twice in one call, and of which the content stays, too.
    """

    new: tuple[Saving, ...] = ()
    revised: tuple[Saving, ...] = ()
    restated: tuple[Saving, ...] = ()
    unchanged: int = 0
    alike: int = field(default=0, compare=False)
    warnings: tuple[str, ...] = ()

    @property
    def touched(self) -> tuple[Item, ...]:
        """Every item whose outputs may change."""
        return tuple(saving.item for saving in (*self.new, *self.revised, *self.restated))


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What a plan is made for: the source, whether this is its first run, the time, how ids are made, and
    what is configured besides. `started` is when the run began, of which this may be one part of many.
    """

    source: Source
    first_run: bool
    now: datetime
    mint: Callable[[], str]
    catalogue: Catalogue
    started: datetime | None = None


def make_plan(candidates: Iterable[Candidate], known: Known, *, occasion: Occasion) -> Plan:
    """Decide for each candidate; within one call the first of several with a common key stands for all.

    Captures whose time an archive vouches for are no such doubles: each that differs is a revision, oldest
    first. Of several saved files the latest stands for all.
    """
    draft = _Draft(known, occasion)
    for candidate in _in_order(candidates, occasion.source):
        draft.take(candidate)
    return draft.plan()


class _Draft:
    """What is decided so far: keys and items as they would be then, and the savings that lead there."""

    def __init__(self, known: Known, occasion: Occasion) -> None:
        self._occasion = occasion
        self._keys = dict(known.keys)
        self._items = dict(known.items)
        self._savings: list[tuple[str, Saving]] = []
        # Item id → where its latest saving stands.
        self._latest: dict[str, int] = {}
        self._unchanged = 0
        self._alike = 0
        self._warnings: list[str] = []

    def take(self, candidate: Candidate) -> None:
        """Decide for one more."""
        candidate, said = dated(candidate, self._occasion)
        self._warnings += [*_told(candidate, *candidate.warnings), *said]
        item_id = next((self._keys[key] for key in candidate.keys if key in self._keys), None)
        unknown = [key for key in candidate.keys if key not in self._keys]
        fresh = tuple(key for key in unknown if not key.startswith(SAME))
        if item_id is None or item_id not in self._items:
            item = new_item(candidate, self._occasion)
            self._add("new", Saving(item=item, keys=fresh))
        elif item_id in self._latest and not candidate.dated_capture:
            item = _earlier_known(self._items[item_id], candidate)
            self._alike += candidate.kind is ItemKind.ARTICLE
            self._merge(Saving(item=item, keys=fresh))
        else:
            item = self._again(self._items[item_id], candidate, fresh)
        self._items[item.id] = item
        self._keys |= dict.fromkeys(unknown, item.id)

    def _again(self, item: Item, candidate: Candidate, fresh: tuple[str, ...]) -> Item:
        moved = any(key.startswith("url:") for key in fresh)
        candidate, said = _first_dated(candidate, item)
        self._warnings += said
        before = item
        what, item = _again(item, candidate, moved=moved, occasion=self._occasion)
        if item.changed != before.changed:
            item = replace(item, changed=_changed(before, candidate, self._occasion))
        saving = Saving(item=item, keys=fresh)
        self._unchanged += what == "unchanged"
        self._alike += what == "restated"
        if what == "revised" or item.id not in self._latest:
            self._add(what, saving)
        else:
            self._merge(saving)
        return item

    def _add(self, what: str, saving: Saving) -> None:
        self._latest[saving.item.id] = len(self._savings)
        self._savings.append((what, saving))

    def _merge(self, saving: Saving) -> None:
        at = self._latest[saving.item.id]
        what, before = self._savings[at]
        if what == "unchanged" and saving.item != before.item:
            what = "restated"
        self._savings[at] = what, replace(saving, keys=before.keys + saving.keys)

    def plan(self) -> Plan:
        """What was decided."""

        def those(*wanted: str) -> tuple[Saving, ...]:
            return tuple(saving for what, saving in self._savings if what in wanted)

        known_with_new_keys = tuple(saving for saving in those("unchanged") if saving.keys)
        return Plan(
            new=those("new"),
            revised=those("revised"),
            restated=those("restated") + known_with_new_keys,
            unchanged=self._unchanged,
            alike=self._alike,
            warnings=tuple(dict.fromkeys(self._warnings)),
        )


def _in_order(candidates: Iterable[Candidate], source: Source) -> list[Candidate]:
    """Captures that an archive dates last, oldest first; files before them, newest first; what else there is
    keeps its order, which is the page's own.
    """

    def place(candidate: Candidate) -> tuple[bool, float]:
        at = candidate.provenance.captured.timestamp()
        if candidate.dated_capture:
            return True, at
        return False, -at if source.kind is SourceKind.FILES else 0.0

    return sorted(candidates, key=place)


def _changed(item: Item, candidate: Candidate, occasion: Occasion) -> datetime | None:
    """When an item's words changed, wherever a part of the run ended.

    No reader has seen what one run or an archive's first one replaces: what changed long ago has not changed
    today, and which of several files is the latest is no change.
    """
    own = item.provenance.source == occasion.source.name
    if candidate.dated_capture and own and (occasion.first_run or _is_young(item, occasion)):
        return candidate.provenance.captured
    return item.changed if _is_young(item, occasion) else occasion.now


def _is_young(item: Item, occasion: Occasion) -> bool:
    """Whether this run brought the item."""
    return item.collected >= (occasion.started or occasion.now)


def _is_archived(candidate: Candidate, catalogue: Catalogue) -> bool:
    stated = candidate.archived or candidate.page_notice is not None
    return catalogue.is_archived(candidate.provenance, stated=stated)


def new_item(candidate: Candidate, occasion: Occasion) -> Item:
    """The item that a story nobody knew becomes."""
    return Item(
        id=occasion.mint(),
        kind=candidate.kind,
        content=candidate.content,
        provenance=candidate.provenance,
        collected=occasion.now,
        archived=_is_archived(candidate, occasion.catalogue),
        backlog=occasion.first_run and occasion.source.backlog_policy is not Backlog.NONE,
        page_notice=candidate.page_notice,
        not_after=candidate.not_after,
    )


def _again(item: Item, candidate: Candidate, *, moved: bool, occasion: Occasion) -> tuple[str, Item]:
    what, after = _decided(item, candidate, moved=moved, occasion=occasion)
    if item.state is ItemState.WITHDRAWN and what == "restated":
        return "unchanged", item
    return what, after


def _decided(item: Item, candidate: Candidate, *, moved: bool, occasion: Occasion) -> tuple[str, Item]:
    archived = _is_archived(candidate, occasion.catalogue)
    known, item = item, _earlier_known(item, candidate)
    if _is_older(candidate, item, occasion):
        dated = _dated_by(item, candidate)
        if dated is not None:
            return "revised", dated
        return ("unchanged" if item == known else "restated"), item
    if item.provenance.source != candidate.provenance.source:
        was_archived = occasion.catalogue.is_archived(item.provenance, stated=item.archived)
        if archived or not was_archived:
            return ("unchanged" if item == known else "restated"), item
        # A live source's story is no archived one any more, and from now on that source speaks for it.
        own, page_words = respecting(item, candidate.content)
        stated = replace(item, archived=False, page_notice=None, page_words=page_words)
        content = _last_changed(own, item.content)
        return "revised", _revised(stated, candidate, content=content, now=occasion.now)
    stated = item
    if item.kind is ItemKind.ARTICLE or _same_page(item, candidate):
        stated = replace(item, archived=archived, page_notice=candidate.page_notice)
    own, page_words = respecting(item, candidate.content)
    revised = _content(item, replace(candidate, content=own), moved=moved)
    if revised is None:
        return ("unchanged" if stated == known else "restated"), stated
    stated = replace(stated, page_words=page_words)
    return "revised", _revised(stated, candidate, content=revised, now=occasion.now)


def _revised(item: Item, candidate: Candidate, *, content: Content, now: datetime) -> Item:
    says_more = _words(content) != _words(item.content)
    return replace(
        item,
        content=content,
        provenance=candidate.provenance,
        revision=item.revision + 1,
        changed=now if says_more else item.changed,
    )


def _content(item: Item, candidate: Candidate, *, moved: bool) -> Content | None:
    """The content of a revision, None where the item needs none."""
    if item.kind is ItemKind.BRIEF:
        # Its words are its identity, and the same brief stands on many pages.
        return corrected_brief(item, candidate)
    if candidate.dated_capture and not moved and not _same_page(item, candidate):
        # Two addresses of one story, captured in turns, would rewrite it each time.
        return None
    old, new = item.content, candidate.content
    if old.url and not moved:
        # An address known for long is an alias; taking it up would turn back and forth.
        new = replace(new, url=old.url)
    if new.image is not None and old.image is not None and new.image.url == old.image.url:
        new = replace(new, image=replace(old.image, alt=new.image.alt) if old.image.media else new.image)
    new = _last_changed(new, old)
    return None if new == old else new


def _last_changed(new: Content, old: Content) -> Content:
    """The content with a stated date of change only where words changed (requirement F2)."""
    # Some sites restate it at every build.
    return replace(new, updated=old.updated) if _words(new) == _words(old) else new


def _words(content: Content) -> tuple[object, ...]:
    """What `changed` goes by: not the address, the section, a date or how the HTML is written."""
    image = content.image.url if content.image else ""
    return content.headline, content.body_text, content.authors, content.credit, image


def _same_page(item: Item, candidate: Candidate) -> bool:
    first, second = item.provenance.original_url, candidate.provenance.original_url
    return first == second or (bool(url_key(first)) and url_key(first) == url_key(second))


def _earlier_known(item: Item, candidate: Candidate) -> Item:
    """The item with the earliest capture that there is of it."""
    seen = [at for at in (item.not_after, candidate.not_after) if at is not None]
    return replace(item, not_after=min(seen, default=None))


def _is_older(candidate: Candidate, item: Item, occasion: Occasion) -> bool:
    """Whether it shows the story as it was before what the item holds; that stays then.

    Of two files in a folder, the one last modified is the later.
    """
    captured, held = candidate.provenance.captured, item.provenance.captured
    if candidate.dated_capture:
        return captured < held
    source = occasion.source
    if source.kind is not SourceKind.FILES or item.provenance.source != source.name:
        return False
    return captured < held or (captured == held and _is_young(item, occasion))


def _dated_by(item: Item, older: Candidate) -> Item | None:
    """The undated item with the date of publication that an older capture of it states."""
    published = older.content.published
    if item.content.published is not None or published is None:
        return None
    content = replace(item.content, published=published)
    return replace(item, content=content, revision=item.revision + 1)


def dated(candidate: Candidate, occasion: Occasion) -> tuple[Candidate, list[str]]:
    """The candidate without dates later than its capture (requirement C7), and a warning for each.

    The time of a file bounds nothing: a copy may have an older one than the page has.
    """
    copied = occasion.source.kind is SourceKind.FILES and not candidate.dated_capture
    captured = occasion.now if copied else candidate.provenance.captured
    content = candidate.content
    stated = {"published": content.published, "updated": content.updated}
    late = {name: when for name, when in stated.items() if when and _later(when, captured)}
    said = [
        f"its {name} date {when} is later than its capture {captured:%Y-%m-%d %H:%M} UTC; left out"
        for name, when in late.items()
    ]
    without = replace(
        content,
        published=None if "published" in late else content.published,
        updated=None if "updated" in late else content.updated,
    )
    return (replace(candidate, content=without) if late else candidate), _told(candidate, *said)


def _first_dated(candidate: Candidate, item: Item) -> tuple[Candidate, list[str]]:
    """The candidate with the item's date of publication, which never moves (requirement F2).

    A warning tells where the item's own source has come to state another.
    """
    first, stated = item.content.published, candidate.content.published
    if first is None or stated == first:
        return candidate, []
    moved = stated is not None and stated.utc != first.utc
    said = f"it says now that it was published {stated}; the first date {first} stays"
    own = item.provenance.source == candidate.provenance.source
    dated = replace(candidate, content=replace(candidate.content, published=first))
    return dated, _told(candidate, said) if moved and own else []


def _told(candidate: Candidate, *said: str) -> list[str]:
    return [f"{candidate.provenance.original_url}: {text}" for text in said]


def _later(when: Timestamp, captured: datetime) -> bool:
    return when.utc > captured + (_AHEAD if when.day_only else timedelta())
