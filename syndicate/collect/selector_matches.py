"""How a source's selectors fared over a check: what matches nothing on any page is an error of it (C9)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from syndicate.extract.page import Page
from syndicate.model.source import Source, SourceKind

MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """`pages` were asked; `missed` says of a selector by name on which of them it matched nothing."""

    pages: int = 0
    missed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def joined(self, later: "Matching") -> "Matching":
        """This part of a check and the one after it."""
        names = [*self.missed, *(name for name in later.missed if name not in self.missed)]
        missed = {name: self.missed.get(name, ()) + later.missed.get(name, ()) for name in names}
        return Matching(pages=self.pages + later.pages, missed=missed)

    @property
    def unmatched(self) -> tuple[str, ...]:
        """The names of the selectors that matched nothing at all."""
        return tuple(name for name, on in self.missed.items() if len(on) == self.pages)

    def errors(self, source: Source) -> tuple[str, ...]:
        """What is told of them."""
        where = "the page" if self.pages == 1 else f"any of the {self.pages} pages"
        return tuple(
            f"{_named(name, source)} matched nothing on {where} of this check; "
            f"to find a better one: syndicate probe {_place(self.missed[name][0], source)}"
            for name in self.unmatched
        )

    def warnings(self) -> tuple[str, ...]:
        """The fields' selectors that matched nothing on some pages; what is removed may well be on few."""
        return tuple(
            f"selectors.{name} matched nothing on {len(on)} of {self.pages} pages, which keep what was "
            f"extracted: {_listed(on)}"
            for name, on in self.missed.items()
            if len(on) < self.pages and not name.startswith("remove")
        )


def match_of(pages: Iterable[tuple[str, Page]], *, source: Source) -> Matching:
    """How the source's selectors fared on these pages, each with its address, or its path in the folder.

    Plain text has no elements to select.
    """
    if not source.selectors.stated and not source.selectors.remove:
        return Matching()
    asked = [(where, page) for where, page in pages if page.kind == "html"]
    missed: dict[str, tuple[str, ...]] = {}
    for where, page in asked:
        for name in page.unmatched:
            missed[name] = (*missed.get(name, ()), where)
    return Matching(pages=len(asked), missed=missed)


def still_true(complaint: str, source: Source) -> str:
    """What was told of selectors that the source still has: no page was asked since."""
    texts = [*source.selectors.stated.values(), *source.selectors.remove]
    return "\n".join(line for line in complaint.splitlines() if any(f' "{text}" ' in line for text in texts))


def _named(name: str, source: Source) -> str:
    field_name, _, place = name.rstrip("]").partition("[")
    text = source.selectors.remove[int(place) - 1] if place else source.selectors.stated[field_name]
    return f'sources.{source.name}.selectors.{name} "{text}"'


def _place(where: str, source: Source) -> str:
    """Where the page can be looked at: one of a folder lies there, whatever address it once had."""
    return str(Path(source.folder) / where) if source.kind is SourceKind.FILES else where


def _listed(pages: tuple[str, ...]) -> str:
    more = f" and {len(pages) - MOST_NAMED} more" if len(pages) > MOST_NAMED else ""
    return ", ".join(pages[:MOST_NAMED]) + more
