"""How much a run found of what its pages can tell (requirement C9). Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from syndicate.model.item import Candidate, ItemKind
from syndicate.store.coverage import Coverage

# What an article has where it was found. The order is that of tables.
ARTICLE: Mapping[str, Callable[[Candidate], bool]] = {
    "headline": lambda one: bool(one.content.headline.strip()),
    "body": lambda one: bool(one.content.body_text.strip()),
    "date": lambda one: one.content.published is not None,
    "author": lambda one: bool(one.content.authors),
    "image": lambda one: one.content.image is not None,
    "language": lambda one: bool(one.content.language),
    "notice": lambda one: one.page_notice is not None,
}
FIELDS = (*ARTICLE, "briefs")


def measure(candidates: Iterable[Candidate], *, at: datetime, barren: int = 0) -> Coverage:
    """What was found on the pages of these candidates, and on `barren` ones more that hold nothing.

    A page is what gives one article, its briefs, or both: for a feed, each entry.
    """
    pages: set[tuple[str, ...]] = set()
    with_briefs: set[tuple[str, ...]] = set()
    counts = dict.fromkeys(FIELDS, 0)
    for one in candidates:
        page = one.provenance.raw_hash, one.provenance.original_url
        if one.kind is ItemKind.BRIEF:
            with_briefs.add(page)
            pages.add(page)
            continue
        # Two entries of a feed may have no address to tell them apart.
        pages.add(page if page[1] else (*page, *one.keys[:1]))
        for name, found in ARTICLE.items():
            counts[name] += found(one)
    counts["briefs"] = len(with_briefs)
    return Coverage(at=at, pages=len(pages) + barren, counts=counts)


def joined(first: Coverage | None, then: Coverage) -> Coverage:
    """Two parts of one run."""
    if first is None:
        return then
    names = dict.fromkeys([*first.counts, *then.counts])
    return Coverage(
        at=then.at,
        pages=first.pages + then.pages,
        new=first.new + then.new,
        counts={name: first.counts.get(name, 0) + then.counts.get(name, 0) for name in names},
        unmatched=tuple(dict.fromkeys((*first.unmatched, *then.unmatched))),
    )
