"""Which of a run's candidates are stories that we have: by their keys, else by words (requirement C8)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from syndicate.collect.corrected import is_same_brief, page_content
from syndicate.collect.identity import own_key, without_keys
from syndicate.collect.plan import SAME, Known
from syndicate.collect.story import (
    PROPOSING,
    do_words_tell,
    is_other_story,
    is_same_story,
    is_under_one_address,
    sample,
)
from syndicate.model.item import Candidate, Item, ItemKind, ItemState
from syndicate.store import grams, items
from syndicate.store.connection import Connection
from syndicate.store.item_notes import list_briefs_spoken_of

# Who shares most grams comes first; the story itself is among the first few or not there.
PROPOSALS = 4
# So many briefs that the operator spoke of lately are compared with those that nobody knows.
SPOKEN_OF = 500


def recognise(conn: Connection, candidates: Sequence[Candidate]) -> tuple[list[Candidate], Known]:
    """The candidates, versions of one story joined by a key, and what the store knows of them."""
    known = _by_keys(conn, candidates)
    candidates = [without_reused(candidate, known) for candidate in candidates]
    proposed = {
        position: grams.list_similar(conn, sampled, least=PROPOSING, most=PROPOSALS)
        for position, candidate in enumerate(candidates)
        if (sampled := _sample(candidate)) and not known.keys.keys() & set(candidate.keys)
    }
    ids = {item_id for proposals in proposed.values() for item_id in proposals} - known.items.keys()
    found = {item.id: item for item in items.list_by_ids(conn, sorted(ids))}
    stories = {**known.items, **found}
    same = join(candidates, proposed, stories)
    spoken = _briefs_spoken_of(conn, candidates, known)
    stories |= {item.id: item for item in spoken.values()}
    same |= {position: SAME + item.id for position, item in spoken.items()}
    return (
        [
            replace(candidate, keys=(*candidate.keys, same[position])) if position in same else candidate
            for position, candidate in enumerate(candidates)
        ],
        Known(keys={**known.keys, **{SAME + item_id: item_id for item_id in stories}}, items=stories),
    )


def without_reused(candidate: Candidate, known: Known) -> Candidate:
    """The candidate without keys under which the archive has quite another story, and a warning. Pure.

    Some sites give every page one canonical link, pages such as "latest.html" hold a story until the next
    one, and a paywall's text is that of many.
    """
    if candidate.kind is not ItemKind.ARTICLE:
        return candidate
    found = {key: item for key in candidate.keys if (item := known.items.get(known.keys.get(key, "")))}
    worded = {key: item for key, item in found.items() if key.startswith("text:")}
    told = {item.id for item in worded.values() if do_words_tell(page_content(item), candidate.content)}
    placed = {key: item for key, item in found.items() if key not in worded and item.id not in told}
    lost = {key for key, item in placed.items() if _is_another_s(key, item, candidate, found)}
    known_otherwise = {item.id for key, item in placed.items() if key not in lost}
    lost |= {key for key, item in worded.items() if item.id not in told | known_otherwise}
    names = ", ".join(
        "its short text" if key.startswith("text:") else key.partition(":")[2] for key in sorted(lost)
    )
    return without_keys(candidate, lost, said=f"{names} is another story's; this one is not known by it")


def _is_another_s(key: str, item: Item, candidate: Candidate, found: Mapping[str, Item]) -> bool:
    """Whether a key that is known does not make the candidate that item."""
    own = own_key(candidate)
    if candidate.dated_capture and is_other_story(page_content(item), candidate.content):
        return True
    if candidate.address is None or key == own or not key.startswith("url:"):
        return False
    # The page itself is known, by its own address, as that item.
    if own in found and found[own].id == item.id:
        return False
    return not is_under_one_address(page_content(item), candidate.content)


def join(
    candidates: Sequence[Candidate], proposed: Mapping[int, Sequence[str]], stories: Mapping[str, Item]
) -> dict[int, str]:
    """By position, the key that joins a candidate to a stored story, or to another candidate. Pure.

    `proposed` maps the positions of those that no key knows to the ids of items that might be them.
    """
    joined: dict[int, str] = {}
    holders: dict[int, list[int]] = {}
    for position, ids in proposed.items():
        content = candidates[position].content
        story = next((each for each in ids if is_same_story(page_content(stories[each]), content)), None)
        if story is not None:
            joined[position] = SAME + story
        for other in _neighbours(candidates[position], holders):
            if position in joined:
                break
            if is_same_story(candidates[other].content, content):
                joined[position] = joined.setdefault(other, f"{SAME}{other}")
        for gram in _sample(candidates[position]):
            holders.setdefault(gram, []).append(position)
    return joined


def _briefs_spoken_of(conn: Connection, candidates: Sequence[Candidate], known: Known) -> dict[int, Item]:
    """By position, the brief that the operator corrected or withdrew, and that comes in other words now."""
    unknown = {
        position: candidate
        for position, candidate in enumerate(candidates)
        if candidate.kind is ItemKind.BRIEF and not known.keys.keys() & set(candidate.keys)
    }
    sources = {candidate.provenance.source for candidate in unknown.values()}
    if not sources:
        return {}
    spoken = items.list_by_ids(conn, list_briefs_spoken_of(conn, sources, take=SPOKEN_OF))
    # One that was restored, and not corrected, is a brief like any other.
    meant = [item for item in spoken if item.page_words or item.state is ItemState.WITHDRAWN]
    found = {
        position: next((item for item in meant if is_same_brief(item, candidate)), None)
        for position, candidate in unknown.items()
    }
    return {position: item for position, item in found.items() if item}


def _neighbours(candidate: Candidate, holders: Mapping[int, list[int]]) -> list[int]:
    """The positions of earlier candidates that share enough grams, those that share most first."""
    shared = Counter(position for gram in _sample(candidate) for position in holders.get(gram, ()))
    return [position for position, count in shared.most_common(PROPOSALS) if count >= PROPOSING]


def _sample(candidate: Candidate) -> tuple[int, ...]:
    return sample(candidate.content.body_text) if candidate.kind is ItemKind.ARTICLE else ()


def _by_keys(conn: Connection, candidates: Sequence[Candidate]) -> Known:
    keys = items.find_by_keys(conn, list(dict.fromkeys(key for c in candidates for key in c.keys)))
    found = items.list_by_ids(conn, sorted(set(keys.values())))
    return Known(keys=keys, items={item.id: item for item in found})
