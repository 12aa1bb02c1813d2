"""Segments: readers of a newsletter who get one rendering, by their language and the sections they chose."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """`language` is empty for the newsletter's own, `sections` (by title) for all that there are."""

    language: str = ""
    sections: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What names the rendering in the store; empty for the issue's own."""
        if not self.sections:
            return self.language
        digest = hashlib.sha256(written(self.sections).encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self.language}.{digest[:24]}"


def written(sections: Iterable[str]) -> str:
    """Chosen sections as they are kept: equal choices are equal texts, and no choice is the empty one."""
    titles = sorted(set(sections))
    return json.dumps(titles, ensure_ascii=False, separators=(",", ":")) if titles else ""


def read_sections(text: str) -> tuple[str, ...]:
    """The titles of a kept choice."""
    return tuple(json.loads(text)) if text else ()
