"""Decides what reading a kept page again makes of the items that are from it. Pure.

The page has not changed, our reading of it has. So content is replaced, and the public date of change stays:
no story jumps up as updated because we read better. Dates that were read from this page are corrected, since
a wrong one would be false news. Nothing is withdrawn.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from syndicate.collect.corrected import keeping, page_content
from syndicate.collect.plan import SAME, Known, Occasion, Plan, Saving, dated, new_item
from syndicate.model.item import Candidate, Content, Image, Item, ItemKind, ItemState

# Of the shorter brief's words, as many stand in the other: it was cut otherwise.
ALIKE = 0.7
FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A kept page and what there is of it: items whose content is `mine`, that is from its bytes.

    `first` holds the ids of those whose very first revision was. Of a page that was replaced (not `newest`)
    no new article is taken. `each_one` says that every candidate is an article of its own, as in a feed.
    """

    mine: Sequence[Item]
    first: frozenset[str] = frozenset()
    newest: bool = True
    each_one: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What to save of a page. `before` has its items as they were, by id, `met` the ids found again;
    `missing` are live items that today's reading does not find in their page.
    """

    plan: Plan = field(default_factory=Plan)
    before: Mapping[str, Item] = field(default_factory=dict)
    met: frozenset[str] = frozenset()
    missing: tuple[Item, ...] = ()


def renew(candidates: Sequence[Candidate], shelf: Shelf, known: Known, *, occasion: Occasion) -> Renewal:
    """Match what was read now with what was read then, and decide for each."""
    warned: list[str] = []
    read = []
    for candidate in candidates:
        candidate, said = dated(candidate, occasion)
        read.append(candidate)
        warned += said
    matched = _match(read, shelf, known)
    savings: dict[str, list[Saving]] = {"new": [], "revised": [], "restated": [], "unchanged": []}
    taken = set(known.keys)
    for position, candidate in enumerate(read):
        fresh = tuple(key for key in candidate.keys if key not in taken and not key.startswith(SAME))
        if position in matched:
            item = matched[position]
            what, after = _again(item, candidate, occasion, alone=item.id in shelf.first)
            # An address that it does not have was contested when the page was collected.
            words = tuple(key for key in fresh if key.startswith("text:"))
            savings[what].append(Saving(item=after, keys=words))
        elif taken.isdisjoint(candidate.keys) and (shelf.newest or candidate.kind is ItemKind.BRIEF):
            savings["new"].append(Saving(item=new_item(candidate, occasion), keys=fresh))
        taken.update(candidate.keys)
    met = {item.id for item in matched.values()} | _elsewhere(read, known)
    return Renewal(
        plan=Plan(
            new=tuple(savings["new"]),
            revised=tuple(savings["revised"]),
            restated=tuple(savings["restated"]) + tuple(one for one in savings["unchanged"] if one.keys),
            unchanged=len(savings["unchanged"]),
            warnings=tuple(warned),
        ),
        before={item.id: item for item in matched.values()},
        met=frozenset(met),
        missing=tuple(item for item in shelf.mine if item.id not in met and item.state is ItemState.LIVE),
    )


def _match(read: Sequence[Candidate], shelf: Shelf, known: Known) -> dict[int, Item]:
    """By the place of each candidate, the item of this page that it is."""
    left = {item.id: item for item in shelf.mine}
    matched: dict[int, Item] = {}
    for position, candidate in enumerate(read):
        ids = [known.keys[key] for key in candidate.keys if key in known.keys]
        item_id = next((one for one in ids if one in left and left[one].kind is candidate.kind), None)
        if item_id is not None:
            matched[position] = left.pop(item_id)
    if not shelf.each_one:
        matched |= _the_article(read, matched, left)
    return matched | _alike_briefs(read, matched, left, known)


def _the_article(
    read: Sequence[Candidate], matched: Mapping[int, Item], left: dict[str, Item]
) -> dict[int, Item]:
    """A page has one article: it is the same, by whatever keys it goes now."""
    places = [at for at, one in enumerate(read) if one.kind is ItemKind.ARTICLE]
    items = [item for item in left.values() if item.kind is ItemKind.ARTICLE]
    if len(places) != 1 or len(items) != 1 or places[0] in matched:
        return {}
    return {places[0]: left.pop(items[0].id)}


def _alike_briefs(
    read: Sequence[Candidate], matched: Mapping[int, Item], left: dict[str, Item], known: Known
) -> dict[int, Item]:
    """A brief that is cut otherwise keeps its id: of those left over, the most alike belong together."""
    places = [
        at
        for at, one in enumerate(read)
        if one.kind is ItemKind.BRIEF and at not in matched and not known.keys.keys() & set(one.keys)
    ]
    briefs = [item for item in left.values() if item.kind is ItemKind.BRIEF]
    pairs = [
        (score, at, item.id)
        for item in briefs
        for at in places
        if (score := _likeness(page_content(item), read[at].content)) >= ALIKE
    ]
    found: dict[int, Item] = {}
    for _, at, item_id in sorted(pairs, key=lambda pair: (-pair[0], pair[1])):
        if at not in found and item_id in left:
            found[at] = left.pop(item_id)
    return found


def _likeness(first: Content, second: Content) -> float:
    words, others = (set(one.body_text.casefold().split()) for one in (first, second))
    fewer = min(len(words), len(others))
    return len(words & others) / fewer if fewer >= FEWEST_WORDS else 0.0


def _elsewhere(read: Iterable[Candidate], known: Known) -> set[str]:
    """Items of other pages that stand on this one too."""
    return {known.keys[key] for one in read for key in one.keys if key in known.keys}


def _again(item: Item, candidate: Candidate, occasion: Occasion, *, alone: bool) -> tuple[str, Item]:
    if item.state is ItemState.WITHDRAWN:
        return "unchanged", item
    stated = candidate.archived or candidate.page_notice is not None
    after = replace(
        item,
        archived=occasion.catalogue.is_archived(candidate.provenance, stated=stated),
        page_notice=candidate.page_notice,
    )
    content, page_words = keeping(item, _content(item.content, candidate.content, alone=alone))
    after = replace(after, page_words=page_words)
    if content == item.content:
        return ("unchanged" if after == item else "restated"), after
    provenance = replace(item.provenance, original_url=candidate.provenance.original_url)
    return "revised", replace(after, content=content, provenance=provenance, revision=item.revision + 1)


def _content(old: Content, new: Content, *, alone: bool) -> Content:
    """Today's reading. What an earlier capture said first stays where the story began with another one."""
    new = replace(new, image=_image(old.image, new.image))
    if alone:
        return new
    return replace(new, url=old.url or new.url, published=old.published or new.published)


def _image(old: Image | None, new: Image | None) -> Image | None:
    """Images are as they are stored: one that was never fetched cannot take the place of one that was."""
    if old is None or new is None or not old.media:
        return new
    if new.url == old.url:
        return replace(old, alt=new.alt)
    return new if new.media else old
