"""One brief as a page has it: its segments, its link, and its text without what leads on."""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache

from lxml.html import HtmlElement

from syndicate.extract.lexicon.briefs import ARROWS, MORE
from syndicate.extract.lexicon.words import matches
from syndicate.extract.metadata.date_lines import DIGIT, LONGEST, is_date_line
from syndicate.extract.segments import Segment, segments_of
from syndicate.extract.tree import HEADINGS, count_words, is_sentence, text_of
from syndicate.formats.html import plain

ANCHOR_WORDS = 4
LEAD_WORDS = 4
TITLE_WORDS = 16
LABEL_CHARACTERS = 60
DEPTH = 5
PAIRS = {"»": "«", "›": "‹", ")": "(", "]": "[", "«": "»", "‹": "›"}
SIGNS = (frozenset(" \t•·*▪●◦‣■–—-|:[](){}<>") | ARROWS) - {"…"}
BULLETS = re.compile(r"^(?:[\s•·*▪●◦‣■►▶–—-]|\[\s*\]|\(\s*\))+")
EMPTIED = re.compile(r"[\[(]\s*[\])]")
LAST_WORDS = re.compile(
    r"^(?P<text>.*[.!?…؟。”\"»)\]]|.*\s[\[(|–—-])\s*(?P<more>[^\W\d_][^\d_.!?…]{1,24})$", re.DOTALL
)
# "Read more about the fog bell": what a screen reader says besides.
SAID_BESIDES = re.compile(
    r"^(?P<more>.{3,20}?)"
    r"(?:\s*[:–—…|]|\s+(?:about|on|over|über|zu|sur|à propos|sobre|о|об|درباره|عن|حول)\s).*$"
)


@dataclass(frozen=True, kw_only=True)
class Unit:
    """The segments of one brief, and the link that leads on."""

    segments: tuple[Segment, ...]
    anchor: HtmlElement | None = None

    @cached_property
    def text(self) -> str:
        """What it says, without its "More" and the signs around that."""
        label = _label_element(self.anchor)
        left_out = {label, *self._behind()} if label is not None else set()
        parts: list[str] = []
        for segment in _undated(self.segments):
            for atom in segment.atoms:
                parts += [atom.text] if atom.loose else _texts(atom.element, left_out)
            parts.append(" ")
        return trimmed(" ".join("".join(parts).split()))

    @property
    def link(self) -> HtmlElement | None:
        """The link that leads on, else the first that leads anywhere."""
        if self.anchor is not None:
            return self.anchor
        found = [a for segment in self.segments for a in segment.all("a") if a.get("href")]
        more = (a for a in found if is_more(label_of(a)))
        return next(more, max(found, key=lambda a: len(text_of(a)), default=None))

    @property
    def words(self) -> int:
        """How many words its text has."""
        return count_words(self.text)

    def leads_on(self, *, loosely: bool) -> bool:
        """Whether its link stands at its beginning or end; `loosely`, another sentence may follow."""
        if self.anchor is None:
            return False
        tops = {e for s in self.segments for e in s.elements}
        if self.anchor in tops:
            tail = (self.anchor.tail or "").lstrip(" \n])»›.")
            return not count_words(tail) or (loosely and not tail[:1].islower())
        before, after = _around(self.anchor, tops)
        behind = sum(count_words(text_of(other)) for other in self._behind())
        return count_words(after) <= behind or not count_words(before)

    def has_title(self) -> bool:
        """A heading, a picture or another link that is not all of its words: the card of an article."""
        if any(
            self.anchor is None or self.anchor not in [e, *e.iterancestors()]
            for e in self._all(*HEADINGS, "img")
        ):
            return True
        for other in self._all("a"):
            words = count_words(text_of(other))
            if other is not self.anchor and words > ANCHOR_WORDS and words * 4 < self.words * 3:
                return True
        parts = _parts(self.segments)
        first = parts[0].text
        if not LEAD_WORDS < count_words(first) <= TITLE_WORDS or is_sentence(first):
            return False
        return any(part.words > LEAD_WORDS and is_sentence(part.text) for part in parts[1:])

    def _behind(self) -> list[HtmlElement]:
        """Small links behind the one that leads on: how many comments there are, where to share it."""
        links = list(self._all("a", "button"))
        at = next((i for i, e in enumerate(links) if e is self.anchor), len(links))
        return [e for e in links[at + 1 :] if count_words(text_of(e)) <= ANCHOR_WORDS]

    def _all(self, *tags: str) -> Iterator[HtmlElement]:
        for segment in self.segments:
            yield from segment.all(*tags)


def label_of(anchor: HtmlElement) -> str:
    """What a link is called: its words, what a screen reader says, or its picture's; lower case.

    Empty where it has too many words to be the name of a link.
    """
    text = text_of(anchor) if len(anchor) else " ".join((anchor.text or "").split())
    if not text:
        return _told(anchor)[-LABEL_CHARACTERS:].casefold()
    own = (anchor.text or "").strip() if len(anchor) else ""
    if own and own != text and len(own) < LABEL_CHARACTERS and is_more(own):
        return own.casefold()
    if text.count(" ") < ANCHOR_WORDS:
        return text[:LABEL_CHARACTERS].casefold()
    said = SAID_BESIDES.match(text)
    return said["more"].strip().casefold() if said and is_more(said["more"]) else ""


@lru_cache(maxsize=4096)
def is_more(label: str) -> bool:
    """Whether a link's label says that there is more: in words, or with an arrow."""
    bare = label.strip()
    return bool(bare) and (matches(MORE, bare) or set(bare) <= ARROWS | {" ", ">", "<", "[", "]", ".", "-"})


def trimmed(text: str) -> str:
    """The text without bullets before it, and without the signs and brackets that stood around its link."""
    text = EMPTIED.sub(" ", plain(text))
    text = BULLETS.sub("", " ".join(text.split()))
    while text and text[-1] in SIGNS:
        opener = PAIRS.get(text[-1])
        if opener and opener in text[:-1] and text.count(opener) >= text.count(text[-1]):
            break
        text = text[:-1]
    return text if "«" in text else text.lstrip("»›→‹←>|] ")


def without_more(text: str) -> str:
    """The text without a last word that was a link's, such as "More" after the last sentence."""
    match = LAST_WORDS.match(text)
    if match and match["more"][:1] == match["more"][:1].upper() and matches(MORE, match["more"]):
        return trimmed(match["text"])
    return text


def _undated(segments: Sequence[Segment], depth: int = 0) -> Sequence[Segment]:
    """The segments without the lines that are only a date; all of them where nothing else is said."""
    found: list[Segment] = []
    for segment in segments:
        if is_date_line(segment.text):
            continue
        inner = _lines_of(segment) if depth < DEPTH else []
        if any(_has_date_line(line) for line in inner):
            found += _undated(inner, depth + 1)
        else:
            found.append(segment)
    return found or segments


def _lines_of(segment: Segment) -> list[Segment]:
    """What is in a segment that begins or ends like a date; nothing where it is one line."""
    block = segment.block
    if block is None or not len(block) or not DIGIT.search(segment.text[:LONGEST] + segment.text[-LONGEST:]):
        return []
    inner = segments_of(block)
    return inner if len(inner) > 1 or (inner and inner[0].block is not None) else []


def _has_date_line(segment: Segment) -> bool:
    return is_date_line(segment.text) or bool(_lines_of(segment))


def _parts(segments: Sequence[Segment]) -> Sequence[Segment]:
    """The lines of a unit: what is in its one block, in however many shells that is."""
    for _ in range(DEPTH):
        block = segments[0].block
        if len(segments) > 1 or block is None or len(block) == 0:
            break
        segments = segments_of(block) or segments
    return segments


def _told(anchor: HtmlElement) -> str:
    """What stands for the words of a link without any."""
    image = next(anchor.iter("img"), None)
    told = [anchor.get("aria-label"), anchor.get("title")]
    told += [image.get("alt"), image.get("title"), image.get("src")] if image is not None else []
    return next((" ".join(t.split()) for t in told if t and t.strip()), "")


def _label_element(anchor: HtmlElement | None) -> HtmlElement | None:
    """The part of a link that says "More": all of it, or its last words where it is the text as well."""
    if anchor is None or count_words(text_of(anchor)) <= ANCHOR_WORDS or is_more(label_of(anchor)):
        return anchor
    return next((e for e in reversed(list(anchor.iterdescendants())) if is_more(text_of(e))), None)


def _around(anchor: HtmlElement, tops: set[HtmlElement]) -> tuple[str, str]:
    """The words before and after a link in the element of a segment that it stands in."""
    before: list[str] = []
    after = [anchor.tail or ""]
    place = anchor
    while place not in tops and (parent := place.getparent()) is not None:
        before += [text_of(e) + (e.tail or "") for e in place.itersiblings(preceding=True)]
        before.append(parent.text or "")
        after += [text_of(e) + (e.tail or "") for e in place.itersiblings()]
        after.append((parent.tail or "") if parent not in tops else "")
        place = parent
    return "".join(before), "".join(after)


def _texts(element: HtmlElement, left_out: Set[HtmlElement]) -> Iterator[str]:
    if element in left_out:
        return
    yield element.text or ""
    for child in element:
        yield from _texts(child, left_out)
        yield child.tail or ""
