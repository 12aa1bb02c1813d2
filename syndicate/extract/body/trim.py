"""What stands in a body and is no part of it: the headline, labels, bylines, links, promotion."""

import re
from dataclasses import dataclass

from lxml.html import HtmlElement

from syndicate.extract.lexicon.words import BYLINE, PROMOTION, contains
from syndicate.extract.metadata.credit import as_credit
from syndicate.extract.metadata.labels import ABBREVIATED
from syndicate.extract.metadata.picture import file_name
from syndicate.extract.metadata.titles import letters
from syndicate.extract.tree import HEADINGS, count_words, is_sentence, text_of
from syndicate.formats.dates import ambiguous_date, read_date
from syndicate.formats.months import fold

AT_TOP, AT_END = 6, 8
# So many short lines in a row without a link are no labels, if each has some words.
ROW, LEAST = 4, 3
# A paragraph that is one link leads elsewhere; at the end of an article so does one that is mostly a link.
LINKED, LINKED_AT_END = 0.95, 0.6
LETTER = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands beside a body and is not part of it; `stated` is the body's text as the page states it for
    machines, where it does.
    """

    headline: str = ""
    section: str = ""
    authors: tuple[str, ...] = ()
    image_url: str = ""
    stated: str = ""


def trimmed(blocks: list[HtmlElement], around: Around) -> list[HtmlElement]:
    """The blocks that are the article's own."""
    kept = _trim_top(_trim_end(blocks), around)
    return [block for block in kept if not _is_beside(block, around)]


def _trim_top(blocks: list[HtmlElement], around: Around) -> list[HtmlElement]:
    """Without the headline, and without the crumbs, labels and bylines that stand before and after it."""
    wanted = letters(around.headline)
    at = next((i for i, b in enumerate(blocks[:AT_TOP]) if wanted and letters(text_of(b)) == wanted), None)
    if at is not None:
        before = [
            block for block in blocks[:at] if is_sentence(text_of(block)) or block.tag in {"img", "figure"}
        ]
        blocks = [*before, *blocks[at + 1 :]]
    top = [block for block in blocks[:AT_TOP] if not _is_label(block, around)]
    return [*top, *blocks[AT_TOP:]]


def _is_label(block: HtmlElement, around: Around) -> bool:
    text = text_of(block)
    if not text or count_words(text) > 20 or block.tag in HEADINGS:
        return False
    if is_sentence(ABBREVIATED.sub("", text)):
        return False
    folded = fold(text)
    if folded == fold(around.section) or any(fold(author) in folded for author in around.authors):
        return True
    dated = read_date(text) is not None or bool(ambiguous_date(text))
    return bool(BYLINE.match(text)) or (count_words(text) <= 12 and dated)


def _trim_end(blocks: list[HtmlElement]) -> list[HtmlElement]:
    """Without headings that head nothing, and links and labels after the last sentence."""
    kept = list(blocks)
    while kept and len(blocks) - len(kept) < AT_END and _ends_nothing(kept[-1]):
        kept.pop()
    # Results, names or a verse in a row are how an article may end.
    row = sum(_is_bare_line(block) for block in blocks[len(kept) :])
    return list(blocks) if row >= ROW else kept


def _ends_nothing(block: HtmlElement) -> bool:
    text = text_of(block)
    if block.tag in HEADINGS:
        return True
    if block.tag != "p" or not text:
        return False
    if (count_words(text) <= 8 and not is_sentence(text)) or _linked_share(block) > LINKED_AT_END:
        return True
    return count_words(text) <= 40 and contains(PROMOTION, text)


def _is_bare_line(block: HtmlElement) -> bool:
    text = text_of(block)
    return (
        block.tag == "p" and count_words(text) >= LEAST and not len(block) and not contains(PROMOTION, text)
    )


def _linked_share(block: HtmlElement) -> float:
    linked = sum(len(text_of(anchor)) for anchor in block.iter("a"))
    return linked / max(1, len(text_of(block))) if linked else 0.0


def _is_beside(block: HtmlElement, around: Around) -> bool:
    text = text_of(block)
    if block.tag in {"img", "figure"}:
        return _is_lead_image(block, around.image_url)
    if not LETTER.search(text) or (
        block.tag == "p" and count_words(text) >= 4 and _linked_share(block) > LINKED
    ):
        return True
    return bool(as_credit(text))


def _is_lead_image(block: HtmlElement, url: str) -> bool:
    name = file_name(url)
    return bool(name) and any(file_name(img.get("src") or "") == name for img in block.iter("img"))
