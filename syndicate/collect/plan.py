"""Decides what becomes of candidates: new, changed or known (decision 8, requirements N2 and C7). Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syndicate.model.catalogue import Catalogue
from syndicate.model.item import Candidate, Content, Item, ItemKind, ItemState, Timestamp
from syndicate.model.source import Backlog, Source

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

    `unchanged` counts candidates that were known as they are.
    """

    new: tuple[Saving, ...] = ()
    revised: tuple[Saving, ...] = ()
    restated: tuple[Saving, ...] = ()
    unchanged: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def touched(self) -> tuple[Item, ...]:
        """Every item whose outputs may change."""
        return tuple(saving.item for saving in (*self.new, *self.revised, *self.restated))


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What a plan is made for: the source, whether this is its first run, the time, how ids are made, and
    what is configured besides.
    """

    source: Source
    first_run: bool
    now: datetime
    mint: Callable[[], str]
    catalogue: Catalogue


def make_plan(candidates: Iterable[Candidate], known: Known, *, occasion: Occasion) -> Plan:
    """Decide for each candidate; within one call the first of several with a common key stands for all."""
    keys = dict(known.keys)
    savings: dict[str, tuple[str, Saving]] = {}
    unchanged, warnings = 0, []
    for candidate in candidates:
        candidate, said = _dated(candidate)
        warnings += [*_told(candidate, *candidate.warnings), *said]
        item_id = next((keys[key] for key in candidate.keys if key in keys), None)
        fresh = tuple(key for key in candidate.keys if key not in keys)
        if item_id in savings:
            what, saving = savings[item_id]
            savings[item_id] = what, replace(saving, keys=(*saving.keys, *fresh))
        elif item_id is None or item_id not in known.items:
            item = _new(candidate, occasion)
            item_id = item.id
            savings[item_id] = "new", Saving(item=item, keys=fresh)
        else:
            moved = any(key.startswith("url:") for key in fresh)
            candidate, said = _first_dated(candidate, known.items[item_id])
            warnings += said
            what, item = _again(known.items[item_id], candidate, moved=moved, occasion=occasion)
            savings[item_id] = what, Saving(item=item, keys=fresh)
            unchanged += what == "unchanged"
        keys |= dict.fromkeys(fresh, item_id)
    return _sorted_out(savings, unchanged=unchanged, warnings=warnings)


def _sorted_out(
    savings: Mapping[str, tuple[str, Saving]], *, unchanged: int, warnings: Iterable[str]
) -> Plan:
    def those(*wanted: str) -> tuple[Saving, ...]:
        return tuple(saving for what, saving in savings.values() if what in wanted)

    known_with_new_keys = tuple(saving for saving in those("unchanged") if saving.keys)
    return Plan(
        new=those("new"),
        revised=those("revised"),
        restated=those("restated") + known_with_new_keys,
        unchanged=unchanged,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _is_archived(candidate: Candidate, catalogue: Catalogue) -> bool:
    stated = candidate.archived or candidate.page_notice is not None
    return catalogue.is_archived(candidate.provenance, stated=stated)


def _new(candidate: Candidate, occasion: Occasion) -> Item:
    return Item(
        id=occasion.mint(),
        kind=candidate.kind,
        content=candidate.content,
        provenance=candidate.provenance,
        collected=occasion.now,
        archived=_is_archived(candidate, occasion.catalogue),
        backlog=occasion.first_run and occasion.source.backlog_policy is not Backlog.NONE,
        page_notice=candidate.page_notice,
    )


def _again(item: Item, candidate: Candidate, *, moved: bool, occasion: Occasion) -> tuple[str, Item]:
    archived = _is_archived(candidate, occasion.catalogue)
    if item.state is ItemState.WITHDRAWN:
        return "unchanged", item
    if item.provenance.source != candidate.provenance.source:
        was_archived = occasion.catalogue.is_archived(item.provenance, stated=item.archived)
        if archived or not was_archived:
            return "unchanged", item
        # A live source's story is no archived one any more, and from now on that source speaks for it.
        stated = replace(item, archived=False, page_notice=None)
        content = _last_changed(candidate.content, item.content)
        return "revised", _revised(stated, candidate, content=content, now=occasion.now)
    stated = item
    if item.kind is ItemKind.ARTICLE or _same_page(item, candidate):
        stated = replace(item, archived=archived, page_notice=candidate.page_notice)
    revised = _content(item, candidate, moved=moved)
    if revised is None:
        return ("unchanged" if stated == item else "restated"), stated
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
    return item.provenance.original_url == candidate.provenance.original_url


def _dated(candidate: Candidate) -> tuple[Candidate, list[str]]:
    """The candidate without dates later than its capture (requirement C7), and a warning for each."""
    captured, content = candidate.provenance.captured, candidate.content
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
