"""Cards that lead to other stories: no part of the article, but worth knowing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A card of another story: its text on one line, and where it leads, absolute."""

    text: str
    url: str
