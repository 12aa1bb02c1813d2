"""Where an article's own date may stand: up to its first prose, and in the labels at its very end.

A date between them is of what the article tells: of a timeline, of a vote to come, of a founding.
"""

from collections.abc import Iterator, Set
from itertools import chain, islice

from lxml.html import HtmlElement

from syndicate.extract.metadata.date_lines import is_date_line
from syndicate.extract.metadata.labels import ABBREVIATED, LABEL_WORDS, UNREAD
from syndicate.extract.metadata.surroundings import HIGHEST, around, is_margin, place_of
from syndicate.extract.tree import HEADINGS, count_words, is_sentence, text_of
from syndicate.formats.months import fold

PROSE_WORDS = 12
MAX_PIECES = 20_000
PROSE_TAGS = frozenset({"p", "pre"})
TOLD_TAGS = frozenset({"li", "td", "th", "dd", "dt", *HEADINGS})
UNSEEN = UNREAD - HEADINGS - {"blockquote"}
# At their start alone: "public" is none of them, and a sentence may say any.
SAYS = (
    "published", "first published", "originally published", "posted", "updated", "last updated",
    "last modified", "modified", "veroffentlicht", "erschienen", "aktualisiert", "publie ", "publiee ",
    "publicado", "publicada", "pubblicato", "pubblicata", "actualizad", "aggiornat", "atualizad",
    "gepubliceerd", "bijgewerkt", "опубликован", "обновлен", "yayin", "guncelle", "منتشر", "تاریخ انتشار",
)  # fmt: skip


def places_of_dates(main: HtmlElement) -> Iterator[HtmlElement]:
    """The elements of the article in which its date may stand, those at its end last."""
    place, inside = place_of(main), around(main)
    found = chain(_up_to_prose(place, main, inside), _at_the_end(place, main, inside))
    return (element for element in found if element is not main)


def _up_to_prose(place: HtmlElement, main: HtmlElement, inside: Set[HtmlElement]) -> Iterator[HtmlElement]:
    is_after = False
    for piece in islice(_pieces(place, inside, backwards=False), MAX_PIECES):
        is_after = is_after or piece is main
        if is_after and piece is not main and _is_prose(piece):
            return
        if not isinstance(piece, str) and not (is_after and _is_told(piece, inside)):
            yield piece


def _at_the_end(place: HtmlElement, main: HtmlElement, inside: Set[HtmlElement]) -> Iterator[HtmlElement]:
    for piece in islice(_pieces(place, inside, backwards=True), MAX_PIECES):
        if piece is main or _ends_the_labels(piece):
            return
        if not isinstance(piece, str) and not _is_told(piece, inside) and _says_a_date(text_of(piece)):
            yield piece


def _pieces(place: HtmlElement, inside: Set[HtmlElement], *, backwards: bool) -> Iterator[HtmlElement | str]:
    """The elements and texts of a place that are its own, in the page's order or from its end."""
    waiting: list[HtmlElement | str] = [place]
    while waiting:
        piece = waiting.pop()
        if isinstance(piece, str):
            yield piece
        elif not _is_passed_over(piece, inside):
            yield piece
            parts = [piece.text or "", *(part for child in piece for part in (child, child.tail or ""))]
            waiting += parts if backwards else reversed(parts)


def _is_passed_over(element: HtmlElement, inside: Set[HtmlElement]) -> bool:
    if not isinstance(element.tag, str):
        return True
    if element in inside:
        return False
    return element.tag in UNSEEN or element.tag in {"article", "header"} or is_margin(element)


def _is_prose(piece: HtmlElement | str) -> bool:
    if not isinstance(piece, str) and piece.tag == "blockquote":
        return True
    text = _text(piece)
    words = count_words(text)
    return words > LABEL_WORDS or (words >= PROSE_WORDS and is_sentence(ABBREVIATED.sub("", text)))


def _ends_the_labels(piece: HtmlElement | str) -> bool:
    if _is_prose(piece):
        return True
    text = _text(piece)
    return is_sentence(ABBREVIATED.sub("", text)) and not _says_a_date(text)


def _text(piece: HtmlElement | str) -> str:
    if isinstance(piece, str):
        return " ".join(piece.split())
    return text_of(piece) if piece.tag in PROSE_TAGS else ""


def _says_a_date(text: str) -> bool:
    return is_date_line(text) or fold(text[:80]).startswith(SAYS)


def _is_told(element: HtmlElement, inside: Set[HtmlElement]) -> bool:
    """Whether it is of a heading, a list or a table that the article's heading is not in."""
    around_it = (element, *islice(element.iterancestors(), HIGHEST))
    return any(up.tag in TOLD_TAGS and up not in inside for up in around_it)
