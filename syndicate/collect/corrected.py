"""What the operator corrected stays, until the page itself says something else there. Pure.

A page is compared with what it said last, never with the operator's words; see docs/design/corrections.md.
"""

from dataclasses import replace
from typing import Any

from syndicate.collect.identity import url_key
from syndicate.model.item import Candidate, Content, Item, ItemKind, PageWords

# Of the shorter brief's words, as many stand in the other; and fewer words than this tell nothing.
ALIKE = 0.7
FEWEST_WORDS = 3


def page_content(item: Item) -> Content:
    """The item's content as its page says it, without the operator's corrections."""
    return replace(item.content, **_said(item.page_words))


def respecting(item: Item, content: Content) -> tuple[Content, PageWords | None]:
    """A newly collected content with the corrections that hold on, and what the page says in their place.

    A correction holds on while the page's own value for that field is what it was.
    """
    said = _said(item.page_words)
    stay = {name for name, value in said.items() if _same(value, getattr(content, name))} - {"body_html"}
    if "body_text" in stay:
        # Other markup around the same words is no other body.
        stay.add("body_html")
    return _overridden(item, content, stay)


def keeping(item: Item, content: Content) -> tuple[Content, PageWords | None]:
    """The same for a page that is read again and has not changed: every correction holds on."""
    return _overridden(item, content, set(_said(item.page_words)))


def corrected_brief(item: Item, candidate: Candidate) -> Content | None:
    """The new words of a brief whose correction the page has overtaken; None where there are none.

    Any other brief's words are its identity, so that it never changes.
    """
    said = item.page_words
    if item.kind is not ItemKind.BRIEF or said is None or said.body_text is None:
        return None
    text = candidate.content.body_text
    if _same(said.body_text, text) or _same(item.content.body_text, text):
        return None
    return replace(item.content, body_text=text, body_html=candidate.content.body_html)


def is_same_brief(item: Item, candidate: Candidate) -> bool:
    """Whether a brief is one that the operator spoke of, in other words: the same link, and words alike."""
    if url_key(item.content.url) != url_key(candidate.content.url):
        return False
    wanted = candidate.content.body_text
    return any(_alike(text, wanted) for text in (item.content.body_text, page_content(item).body_text))


def _overridden(item: Item, content: Content, stay: set[str]) -> tuple[Content, PageWords | None]:
    if not stay:
        return content, None
    page = PageWords(**{name: getattr(content, name) for name in stay})
    return replace(content, **{name: getattr(item.content, name) for name in stay}), page


def _said(said: PageWords | None) -> dict[str, Any]:
    if said is None:
        return {}
    found = {name: getattr(said, name) for name in PageWords.__dataclass_fields__}
    return {name: value for name, value in found.items() if value is not None}


def _same(one: str, other: str) -> bool:
    return one.split() == other.split()


def _alike(first: str, second: str) -> bool:
    words, others = (set(text.casefold().split()) for text in (first, second))
    fewer = min(len(words), len(others))
    return fewer >= FEWEST_WORDS and len(words & others) / fewer >= ALIKE
