"""Known stories that a site answers all at once with one and the same text stay as they were. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from syndicate.collect.corrected import page_content
from syndicate.collect.plan import Known
from syndicate.collect.story import words_of
from syndicate.model.item import Candidate, Item, ItemKind

# Enough addresses to see what is wrong.
TOLD = 3


def withheld(candidates: Sequence[Candidate], known: Known) -> list[Candidate]:
    """The articles with a text that two known stories turn into which had different ones before, and what
    else their pages hold: a message to readers, a wall, an error that is not known as one.
    """
    groups: defaultdict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        if candidate.kind is ItemKind.ARTICLE:
            groups[_words(candidate.content.body_text)].append(candidate)
    articles = [
        candidate
        for text, group in groups.items()
        if text and len(_texts_before(group, known) - {text, ""}) > 1
        for candidate in group
    ]
    bytes_of = {candidate.provenance.raw_hash for candidate in articles}
    held = {id(candidate) for candidate in articles}
    return [
        candidate
        for candidate in candidates
        if id(candidate) in held
        or (candidate.kind is ItemKind.BRIEF and candidate.provenance.raw_hash in bytes_of)
    ]


def told_of(held: Iterable[Candidate]) -> tuple[str, ...]:
    """What there is to say of those."""
    addresses = [one.provenance.original_url for one in held if one.kind is ItemKind.ARTICLE]
    if not addresses:
        return ()
    some = ", ".join(addresses[:TOLD]) + (", …" if len(addresses) > TOLD else "")
    return (
        f"{len(addresses)} stories came with one and the same text, where known ones differed; they are left "
        f"as they were and looked at again: {some}",
    )


def _texts_before(candidates: Iterable[Candidate], known: Known) -> set[str]:
    found = (_known_as(candidate, known) for candidate in candidates)
    return {_words(page_content(item).body_text) for item in found if item}


def _known_as(candidate: Candidate, known: Known) -> Item | None:
    """What the candidate is known as by where it stands; not by its words, which are in doubt."""
    placed = (key for key in candidate.keys if not key.startswith("text:"))
    return next((item for key in placed if (item := known.items.get(known.keys.get(key, "")))), None)


def _words(text: str) -> str:
    return " ".join(words_of(text))
