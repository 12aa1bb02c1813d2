"""Which of a run's candidates are stories that we have: by their keys, else by words (requirement C8)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from syndicate.collect.plan import SAME, Known
from syndicate.collect.story import PROPOSING, is_other_story, is_same_story, sample
from syndicate.model.item import Candidate, Item, ItemKind
from syndicate.store import grams, items
from syndicate.store.connection import Connection

# Who shares most grams comes first; the story itself is among the first few or not there.
PROPOSALS = 4


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
    return (
        [
            replace(candidate, keys=(*candidate.keys, same[position])) if position in same else candidate
            for position, candidate in enumerate(candidates)
        ],
        Known(keys={**known.keys, **{SAME + item_id: item_id for item_id in stories}}, items=stories),
    )


def without_reused(candidate: Candidate, known: Known) -> Candidate:
    """The candidate without its address where the archive has quite another story under that. Pure.

    Pages such as "latest.html" hold a story until the next one.
    """
    items = {key: known.items.get(known.keys.get(key, "")) for key in candidate.keys}
    own_words = any(item and key.startswith("text:") for key, item in items.items())
    if not candidate.dated_capture or own_words or candidate.kind is not ItemKind.ARTICLE:
        return candidate
    taken = {key for key, item in items.items() if item and is_other_story(item.content, candidate.content)}
    return replace(candidate, keys=tuple(key for key in candidate.keys if key not in taken))


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
        story = next((each for each in ids if is_same_story(stories[each].content, content)), None)
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
