"""Learns selectors from pages that extraction has read: each gives exactly what was found, on every page."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from lxml.html import HtmlElement

from syndicate.extract.body.agreement import agreement, grams
from syndicate.extract.charset import decode
from syndicate.extract.page import Page, extract
from syndicate.extract.prior import Prior
from syndicate.extract.probe.naming import selectors_for
from syndicate.extract.selectors.find import Match, find_all
from syndicate.extract.selectors.overrides import READERS, Place
from syndicate.extract.tree import address, base_of, parse, text_of
from syndicate.model.source import Selectors

FIELDS = ("headline", "authors", "credit", "published", "updated", "section", "image", "summary", "notice")
OTHERWISE = {
    "published": re.compile(r"modif|updat|last|edited", re.IGNORECASE),
    "updated": re.compile(r"publi[sc]|creat|issue", re.IGNORECASE),
}
MOST_ELEMENTS = 5_000
MOST_CANDIDATES = 150
LONGEST_LINE = 400
# A container whose text is this close to the body holds it, but for a line at its ends.
SAME_BODY = 0.97
BODY_HOLDERS = 6
MOST_OF_A_GROUP = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """A page, and what extraction found on it."""

    data: bytes
    url: str
    content_type: str
    page: Page
    tree: HtmlElement
    place: Place


def specimen(data: bytes, *, url: str, content_type: str = "", prior: Prior) -> Specimen | None:
    """The page, read; None where it is plain text or too large to learn from."""
    page = extract(data, url=url, content_type=content_type, prior=prior)
    tree = parse(decode(data, content_type)[0]) if page.kind == "html" else None
    if tree is None or sum(1 for _ in tree.iter()) > MOST_ELEMENTS:
        return None
    place = Place(base=base_of(tree, url), zone=prior.zone, language=page.language)
    return Specimen(data=data, url=url, content_type=content_type, page=page, tree=tree, place=place)


def learn(specimens: Sequence[Specimen]) -> dict[str, str]:
    """A selector for each field that one can be learned for: it holds on all these pages."""
    learned: dict[str, str] = {}
    for name in FIELDS:
        lead = next((one for one in specimens if _is_its_own(name, one.page)), None)
        if lead and (found := _first_that_holds(_candidates(lead, name), name, specimens)):
            learned[name] = found
    lead = next((one for one in specimens if one.page.briefs), None)
    if lead and (found := _first_that_holds(_of_briefs(lead), "briefs", specimens)):
        learned["briefs"] = found
    lead = next((one for one in specimens if one.page.body_text), None)
    if lead and (found := next((text for text in _of_body(lead) if _holds_body(text, specimens)), "")):
        learned["body"] = found
    return _proved(learned, specimens)


def _proved(learned: dict[str, str], specimens: Sequence[Specimen]) -> dict[str, str]:
    """Those that give the same when pages are extracted with all of them."""
    selectors = replace(Selectors(), **cast(Any, learned))
    wrong: set[str] = set()
    for one in specimens:
        read = _extracted(one, selectors)
        wrong |= {name for name in learned.keys() - {"body"} if _differs(name, read, one.page)}
    return {name: text for name, text in learned.items() if name not in wrong}


def _differs(name: str, read: Page, page: Page) -> bool:
    return bool(_comparable(getattr(read, name)) != _comparable(getattr(page, name)))


def _extracted(one: Specimen, selectors: Selectors) -> Page:
    prior = Prior(zone=one.place.zone, language=one.place.language, selectors=selectors)
    return extract(one.data, url=one.url, content_type=one.content_type, prior=prior)


def _is_its_own(name: str, page: Page) -> bool:
    """Whether the page has the field; a summary may just be the beginning of the body."""
    value = getattr(page, name)
    return bool(value) and not (name == "summary" and value.rstrip("…").rstrip() in page.body_text)


def learn_links(tree: HtmlElement, urls: Sequence[str], *, base: str) -> str:
    """A selector for the links of a listing that leads to these addresses and to no other; or empty."""
    wanted = set(urls)
    anchors = [anchor for anchor in tree.iter("a") if address(anchor, base).split("#")[0] in wanted]

    def leads_there(found: list[Match]) -> bool:
        led = {address(one, base).split("#")[0] for one in found if not isinstance(one, str)}
        return led <= wanted and len(led) >= MOST_OF_A_GROUP * len(wanted)

    candidates = _common(anchors)
    return next((text for text in candidates if leads_there(find_all(tree, text))), "")


def _first_that_holds(candidates: Iterator[str], name: str, specimens: Sequence[Specimen]) -> str:
    return next((text for text in candidates if all(_holds(text, name, one) for one in specimens)), "")


def _holds(text: str, name: str, one: Specimen) -> bool:
    """Whether a selector gives what was found, or nothing where nothing was."""
    found = find_all(one.tree, text)
    wanted = _comparable(getattr(one.page, name))
    return _comparable(READERS[name](found, one.place)) == wanted if found else not wanted


def _comparable(value: Any) -> Any:
    if not value:
        return None
    if isinstance(value, tuple):
        return [getattr(part, "fingerprint", part) for part in value]
    # Of an image its address counts, of a notice its words.
    return getattr(value, "url", None) or getattr(value, "text", None) or str(value)


def _candidates(one: Specimen, name: str) -> Iterator[str]:
    """Selectors that give the field on its own page, the best first; those that match once before others."""
    wanted = _comparable(getattr(one.page, name))
    targets = [e for e in _readable(one.tree) if _comparable(READERS[name]([e], one.place)) == wanted]
    ranked: dict[str, float] = {}
    for target in targets:
        for cost, text in selectors_for(target):
            ranked[text] = min(cost, ranked.get(text, cost))
    ranked = {text: cost for text, cost in ranked.items() if not _says_otherwise(name, text)}
    several = []
    for text in sorted(ranked, key=lambda text: (ranked[text], len(text)))[:MOST_CANDIDATES]:
        if len(find_all(one.tree, text)) == 1:
            yield text
        else:
            several.append(text)
    yield from several
    if name == "authors":
        yield from _of_authors(one)


def _says_otherwise(name: str, selector: str) -> bool:
    """Two dates that are the same on one page are not on the next."""
    return name in OTHERWISE and bool(OTHERWISE[name].search(selector))


def _of_authors(one: Specimen) -> Iterator[str]:
    """Where each author has an element of his own."""
    names = set(one.page.authors)
    elements = [e for e in _readable(one.tree) if names & set(READERS["authors"]([e], one.place))]
    yield from _common([e for e in elements if len(READERS["authors"]([e], one.place)) == 1], least=0.5)


def _readable(tree: HtmlElement) -> Iterator[HtmlElement]:
    for element in tree.iter():
        if element.tag in {"meta", "img", "time"} or (
            element.tag not in {"html", "head", "body", "script", "style", "title"}
            and len(text_of(element)) <= LONGEST_LINE
        ):
            yield element


def _of_briefs(one: Specimen) -> Iterator[str]:
    wanted = {brief.fingerprint for brief in one.page.briefs}
    elements = []
    for element in one.tree.iter("li", "p", "div", "dd", "td", "article", "section"):
        read = READERS["briefs"]([element], one.place)
        if read and read[0].fingerprint in wanted:
            elements.append(element)
    yield from _common(elements, least=0.5)


def _common(elements: Sequence[HtmlElement], *, least: float = MOST_OF_A_GROUP) -> Iterator[str]:
    """Selectors that most of these elements share, the best first."""
    counts: Counter[str] = Counter()
    costs: dict[str, float] = {}
    for element in elements:
        mine: dict[str, float] = {}
        for cost, text in selectors_for(element):
            mine[text] = min(cost, mine.get(text, cost))
        counts.update(mine.keys())
        costs = mine | costs
    shared = [text for text, count in counts.items() if count >= least * len(elements)]
    yield from sorted(shared, key=lambda text: (costs[text], len(text)))[:MOST_CANDIDATES]


def _of_body(one: Specimen) -> Iterator[str]:
    """Selectors of the smallest element whose text is the body."""
    holder = _body_holder(one)
    if holder is None:
        return
    for _, text in sorted(selectors_for(holder), key=lambda pair: (pair[0], len(pair[1]))):
        if find_all(one.tree, text) == [holder]:
            yield text


def _body_holder(one: Specimen) -> HtmlElement | None:
    paragraphs = one.page.body_text.split("\n\n")
    ends = [" ".join(part.split())[:60] for part in (paragraphs[0], paragraphs[-1])]
    around = [e for e in one.tree.iter() if e.tag not in {"html", "body"} and _contains(e, ends)]
    best, nearest = SAME_BODY, None
    for element in reversed(around[-BODY_HOLDERS:]):
        alike = _alike(one, one.tree.getroottree().getpath(element))
        if alike > best or (nearest is None and alike >= best):
            best, nearest = alike, element
    return nearest


def _contains(element: HtmlElement, parts: Sequence[str]) -> bool:
    text = text_of(element)
    return all(part in text for part in parts)


def _holds_body(text: str, specimens: Sequence[Specimen]) -> bool:
    return all(_alike(one, text) >= SAME_BODY for one in specimens)


def _alike(one: Specimen, selector: str) -> float:
    """How far the body that a selector gives is the one that was found (0 to 1)."""
    read = _extracted(one, Selectors(body=selector))
    if "body" in read.unmatched:
        return 1.0 if not one.page.body_text else 0.0
    return agreement(grams(read.body_text), grams(one.page.body_text))
