"""How long what a source says may be: a page of megabytes in its title is a mistake, and would be ours."""

from dataclasses import replace

from syndicate.formats.html import cut
from syndicate.model.item import Candidate, Content

HEADLINE, SECTION, AUTHOR, CREDIT, SUMMARY = 300, 200, 200, 500, 4_000
AUTHORS = 50


def within_bounds(candidate: Candidate) -> Candidate:
    """The candidate with its short fields cut to a sane length, and a warning that names those."""
    old = candidate.content
    new = replace(
        old,
        headline=cut(old.headline, HEADLINE),
        section=cut(old.section, SECTION),
        authors=tuple(cut(author, AUTHOR) for author in old.authors[:AUTHORS]),
        credit=cut(old.credit, CREDIT),
        summary=cut(old.summary, SUMMARY),
    )
    changed = _changed(old, new)
    if not changed:
        return candidate
    said = f"{', '.join(changed)}: far too long, and cut"
    return replace(candidate, content=new, warnings=(*candidate.warnings, said))


def _changed(old: Content, new: Content) -> list[str]:
    pairs = {
        "headline": (old.headline, new.headline),
        "section": (old.section, new.section),
        "authors": (old.authors, new.authors),
        "credit": (old.credit, new.credit),
        "summary": (old.summary, new.summary),
    }
    return [name for name, (before, after) in pairs.items() if before != after]
