"""What a page's fields are where its source's operator has said where they stand.

Each is read as extraction would read it; one that matches nothing, or nothing that can be read, is left to
extraction and named as unmatched.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from syndicate.extract.body.trim import Around
from syndicate.extract.body.vote import Body, finish_body
from syndicate.extract.briefs.take import Brief, make_brief
from syndicate.extract.language import detect
from syndicate.extract.lexicon.briefs import MORE
from syndicate.extract.lexicon.words import matches
from syndicate.extract.metadata.credit import as_credit
from syndicate.extract.metadata.names import authors_in
from syndicate.extract.metadata.read import Metadata
from syndicate.extract.notice.successor import successor_of
from syndicate.extract.selectors.find import Chosen, Match, take_out
from syndicate.extract.tree import HEADINGS, address, count_words, remove, text_of
from syndicate.formats.dates import read_date
from syndicate.formats.html import absolute, plain
from syndicate.model.item import Image, Notice, Timestamp

OUTER_SIGNS = re.compile(r"^[\s•·*▪►■–—-]+|[\s\[\]|»›>–—-]+$")
IMAGE_SOURCES = ("src", "data-src", "data-original", "content", "href")
SECTION_WORDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the selectors gave. `metadata` are fields of the metadata; `body` the elements that hold it."""

    metadata: Mapping[str, Any] = field(default_factory=dict)
    credit: str = ""
    notice: Notice | None = None
    briefs: tuple[Brief, ...] = ()
    body: tuple[Match, ...] = ()
    unmatched: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()

    def over(self, stated: Metadata) -> Metadata:
        """The metadata with these fields instead of what the page states."""
        if not self.metadata:
            return stated
        found = replace(stated, **self.metadata)
        late = found.updated and found.published and found.updated.utc <= found.published.utc
        return replace(found, updated=None) if late else found

    def read_body(self, *, base: str, around: Around) -> Body:
        """The body, in paragraphs as usual; empty where no selector gave any."""
        if not self.body:
            return Body()
        whole = etree.Element("div")
        for part in self.body:
            whole.append(_paragraph(part) if isinstance(part, str) else _copy(part))
        return finish_body(whole, base=base, around=around)

    def unmatched_beside(self, body: Body) -> tuple[str, ...]:
        """The names of the selectors that gave nothing, when this is the body that theirs gave."""
        return (*self.unmatched, "body") if self.body and not body.text else self.unmatched

    def warnings_beside(self, body: Body) -> tuple[str, ...]:
        """What is told of the selectors: that they took the text away only where no body was found."""
        return self.warnings if body.text else (*self.warnings, *self.emptied)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What reading a field needs to know of its page. `zone` (IANA) is that of times written without one,
    `language` that of dates.
    """

    base: str
    zone: str
    language: str


def read_overrides(chosen: Chosen, place: Place) -> Overrides:
    """Read the fields; what holds credit, notice and briefs leaves the tree, as where extraction finds it."""
    read = {name: READERS[name](found, place) for name, found in chosen.found.items() if name in READERS}
    good = {name: value for name, value in read.items() if value}
    # After all were read: one may stand inside another.
    take_out(match for name in good.keys() & {"credit", "notice", "briefs"} for match in chosen.found[name])
    return Overrides(
        metadata={name: value for name, value in good.items() if name in IN_METADATA},
        credit=good.get("credit", ""),
        notice=good.get("notice"),
        briefs=good.get("briefs", ()),
        body=_outermost(chosen.found.get("body", ())),
        unmatched=(*chosen.unmatched, *(name for name in read if name not in good)),
        warnings=chosen.warnings,
        emptied=chosen.emptied,
    )


def _texts(found: Iterable[Match]) -> list[str]:
    lines = (match if isinstance(match, str) else text_of(match) for match in found)
    return [line for text in lines if (line := plain(" ".join(text.split())))]


def _first(found: Sequence[Match], place: Place) -> str:
    return next(iter(_texts(_with_content(found))), "")


def _with_content(found: Iterable[Match]) -> list[Match]:
    """A meta element is its content: it has no text."""
    return [
        match if isinstance(match, str) or match.tag != "meta" else match.get("content") or ""
        for match in found
    ]


def _credit(found: Sequence[Match], place: Place) -> str:
    text = _first(found, place)
    return as_credit(text) or text


def _authors(found: Sequence[Match], place: Place) -> tuple[str, ...]:
    names = (name for text in _texts(_with_content(found)) for name in authors_in(text))
    return tuple(dict.fromkeys(names))


def _date(found: Sequence[Match], place: Place) -> Timestamp | None:
    """The first date; the time of day may stand in another of the elements."""
    shown = _texts(found)
    told = [value for match in found if not isinstance(match, str) for value in _stated_times(match)]
    read = (read_date(text, zone=place.zone, language=place.language) for text in (*told, *shown))
    dates = [date for date in read if date]
    whole = read_date(" ".join(shown), zone=place.zone, language=place.language)
    if not dates or not dates[0].day_only:
        return dates[0] if dates else whole
    day = dates[0].instant.date()
    timed = (one for one in (*dates, whole) if one and not one.day_only and one.instant.date() == day)
    return next(timed, dates[0])


def _stated_times(element: HtmlElement) -> list[str]:
    within = next(element.iter("time"), element)
    values = [one.get(name) for one in (element, within) for name in ("datetime", "content")]
    return [value for value in values if value]


def _image(found: Sequence[Match], place: Place) -> Image | None:
    for match in found:
        if isinstance(match, str):
            image = Image(url=absolute(match, base_url=place.base))
        else:
            image = _image_of(next(match.iter("img"), match), place.base)
        if image.url:
            return image
    return None


def _image_of(element: HtmlElement, base: str) -> Image:
    addresses = (absolute(element.get(name) or "", base_url=base) for name in IMAGE_SOURCES)
    return Image(
        url=next((url for url in addresses if url), ""),
        alt=" ".join(plain(element.get("alt") or "").split()),
        width=_pixels(element.get("width")),
        height=_pixels(element.get("height")),
    )


def _pixels(value: str | None) -> int:
    number = re.match(r"\s*(\d{1,5})(?!\s*%)", value or "")
    return int(number[1]) if number else 0


def _notice(found: Sequence[Match], place: Place) -> Notice | None:
    text = " ".join(_texts(found))
    if not text:
        return None
    elements = [match for match in found if not isinstance(match, str)]
    successor = successor_of(elements, text, base=place.base)
    return Notice(text=text, successor_url=successor, language=detect(text))


def _briefs(found: Sequence[Match], place: Place) -> tuple[Brief, ...]:
    elements = [match for match in _outermost(found) if not isinstance(match, str)]
    sections = _sections(elements)
    briefs = [_brief(element, place.base, sections.get(element, "")) for element in elements]
    briefs += [make_brief(text) for text in _texts(match for match in found if isinstance(match, str))]
    return tuple({brief.fingerprint: brief for brief in briefs if brief}.values())


def _brief(element: HtmlElement, base: str, section: str) -> Brief | None:
    element = _copy(element)
    anchors = [anchor for anchor in element.iter("a") if address(anchor, base)]
    more = [anchor for anchor in anchors if anchor is not element and matches(MORE, text_of(anchor))]
    url = address((more or anchors)[-1], base) if anchors else ""
    for anchor in more:
        remove(anchor)
    return make_brief(OUTER_SIGNS.sub("", plain(text_of(element))), url=url, section=section)


def _sections(elements: Sequence[HtmlElement]) -> dict[HtmlElement, str]:
    """The heading before each element, where it is not the page's own."""
    wanted, sections, heading = set(elements), {}, ""
    for element in elements[0].getroottree().iter(etree.Element) if elements else ():
        if element.tag in HEADINGS:
            text = text_of(element)
            heading = text if element.tag != "h1" and count_words(text) <= SECTION_WORDS else ""
        elif element in wanted:
            sections[element] = heading
    return sections


def _outermost(found: Iterable[Match]) -> tuple[Match, ...]:
    """Without what stands inside another match."""
    every = list(found)
    elements = {match for match in every if not isinstance(match, str)}
    return tuple(
        match
        for match in every
        if isinstance(match, str) or not any(up in elements for up in match.iterancestors())
    )


def _copy(element: HtmlElement) -> HtmlElement:
    copied = deepcopy(element)
    copied.tail = None
    return copied


def _paragraph(text: str) -> HtmlElement:
    paragraph = etree.Element("p")
    paragraph.text = plain(text)
    return paragraph


READERS: dict[str, Callable[[Sequence[Match], Place], Any]] = {
    "headline": _first,
    "authors": _authors,
    "published": _date,
    "updated": _date,
    "section": _first,
    "summary": _first,
    "image": _image,
    "credit": _credit,
    "notice": _notice,
    "briefs": _briefs,
}
IN_METADATA = frozenset({"headline", "authors", "published", "updated", "section", "summary", "image"})
