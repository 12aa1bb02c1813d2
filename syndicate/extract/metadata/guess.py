"""The last resort for a date: what htmldate finds in the article's own short lines."""

import re
from html import escape
from itertools import islice

from htmldate import find_date
from lxml.html import HtmlElement

from syndicate.extract.metadata.labels import RIGHTS
from syndicate.extract.metadata.reach import places_of_dates
from syndicate.extract.metadata.surroundings import place_of
from syndicate.extract.tree import BLOCK_TAGS, count_words, text_of
from syndicate.formats.dates import ambiguous_date
from syndicate.model.item import Timestamp
from syndicate.model.language import RTL_LANGUAGES, primary

MAX_ELEMENTS = 1_500
MAX_CHARACTERS = 60_000
LINE_WORDS = 14
LINE_TAGS = BLOCK_TAGS | {"span", "time", "abbr"}
# Fixed, so that the same page is read alike on any day; what lies after its capture is left out later.
EARLIEST, LATEST = "1995-01-01", "2100-01-01"
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def guess_day(main: HtmlElement | None, language: str) -> Timestamp | None:
    """The day that short lines of the article around the heading tell; None where several meanings are open.

    htmldate knows the Gregorian calendar alone: pages in the scripts of the other two are not shown to it.
    Margins, comments, sentences and lines of rights are not either, nor articles of great size.
    """
    if main is None or primary(language) in RTL_LANGUAGES:
        return None
    place = place_of(main)
    if sum(1 for _ in islice(place.iter(), MAX_ELEMENTS + 1)) > MAX_ELEMENTS:
        return None
    lines = _lines(main)
    if not lines or any(ambiguous_date(line, language=language) for line in lines):
        return None
    shown = "".join(f'<p class="date">{escape(line)}</p>' for line in lines)
    found = find_date(
        f"<html><body>{shown}</body></html>",
        extensive_search=False,
        original_date=True,
        min_date=EARLIEST,
        max_date=LATEST,
    )
    return Timestamp.parse(found) if found else None


def _lines(main: HtmlElement) -> list[str]:
    """The short lines with a year in them, where the article's date may stand."""
    length = 0
    found: list[str] = []
    for element in places_of_dates(main):
        length += len(element.text or "")
        if length > MAX_CHARACTERS:
            break
        is_line = element.tag in LINE_TAGS and YEAR.search(element.text or "")
        text = text_of(element) if is_line else ""
        if 0 < count_words(text) <= LINE_WORDS and not RIGHTS.search(text):
            found.append(text)
    return found
