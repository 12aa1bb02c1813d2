"""The dates of an article: stated for machines, visible beside the headline, in the address."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice, pairwise

from lxml.html import HtmlElement

from syndicate.extract.metadata.labels import ABBREVIATED, RIGHTS, Line
from syndicate.extract.metadata.names import is_byline
from syndicate.extract.metadata.reach import places_of_dates
from syndicate.extract.metadata.stated import Stated
from syndicate.extract.metadata.surroundings import place_of
from syndicate.extract.tree import count_words, is_sentence, text_of
from syndicate.formats.dates import read_date
from syndicate.formats.days import days_in
from syndicate.formats.months import fold
from syndicate.model.item import Timestamp
from syndicate.model.language import primary

PUBLISHED = (
    "article:published_time", "article:published", "datepublished", "date_published", "og:published_time",
    "og:article:published_time", "og:pubdate", "parsely-pub-date", "sailthru.date",
    "cxenseparse:recs:publishtime", "bt:pubdate", "shareaholic:article_published_time",
    "mediator_published_time", "rnews:datepublished", "pubdate", "publishdate", "publish-date",
    "publish_date", "publication_date", "publication-date", "originalpublicationdate",
    "prism.publicationdate", "citation_publication_date", "citation_date", "dcterms.issued",
    "dc.date.issued", "dc.date.published", "dc.date.created", "dcterms.created", "dc.created",
    "dcterms.date", "dc.date", "date",
)  # fmt: skip
UPDATED = (
    "article:modified_time", "article:modified", "og:updated_time", "og:article:modified_time",
    "datemodified", "date_modified", "dcterms.modified", "dc.date.modified", "lastmod", "last-modified",
    "last_updated_date",
)  # fmt: skip
IN_URL = re.compile(r"(?:^|[/_-])((?:19|20|13|14)\d\d)([/_-]?)([01]?\d)\2([0-3]?\d)(?=[/_.-]|$)")
MONTH_IN_URL = re.compile(r"/((?:19|20)\d\d)/([a-z]{3})/([0-3]?\d)(?=/)")
EPOCH = re.compile(r"(1?\d{9})(?:\d{3})?")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
WORDS = re.compile(
    r"(?P<updated>updat\w*|modifi\w*|edited|revised|corrected|aktualis\w*|geandert|stand\s*:|mise? a jour"
    r"|actuali[sz]\w*"
    r"|aggiornat\w*|atualizad\w*|bijgewerkt|به ?روز ?رسانی|به ?روز شده|ویرایش"
    r"|اخرین تغییر\w*|تحدیث"
    r"|обновл\w*|изменен\w*|guncelle\w*)"
    r"|(?P<published>publi\w*|posted|first posted|veroffentlicht|erschienen|pubblicat\w*"
    r"|منتشر|انتشار|تاریخ|النشر|نشر"
    r"|опубликован\w*|дата|yayin\w*|giris|created|on air|gepubliceerd)"
)
OTHER_WORDS = 7
MAX_TIMES = 12

Read = Callable[[Iterable[str]], Timestamp | None]


def reader(zone: str, language: str) -> Read:
    """Reads the first date among texts, with the time of day that another text gives for the same day."""

    def read(texts: Iterable[str]) -> Timestamp | None:
        found = (date for text in texts if text and (date := read_date(text, zone=zone, language=language)))
        return _fullest(date for date in found if date.utc != NEVER)

    return read


def stated_dates(stated: Stated) -> list[str]:
    """What machines are told of the publication, strongest first."""
    told = [
        *stated.of_node("datePublished"),
        *stated.of_metas(*PUBLISHED),
        *stated.of_marks("datepublished"),
        *stated.of_node("dateCreated", "uploadDate"),
    ]
    return [_without_epoch(text) for text in told]


def stated_changes(stated: Stated) -> list[str]:
    """What machines are told of the last change, strongest first."""
    told = (*stated.of_node("dateModified"), *stated.of_metas(*UPDATED), *stated.of_marks("datemodified"))
    return [_without_epoch(text) for text in told]


def shown_dates(main: HtmlElement | None, lines: Sequence[Line]) -> tuple[list[str], list[str]]:
    """Texts with the visible dates beside the headline: of the publication, and of the last change."""
    published: list[str] = []
    updated: list[str] = []
    unsaid: list[str] = []
    for line in lines:
        if RIGHTS.search(line.text) or is_sentence(ABBREVIATED.sub("", line.text)):
            continue
        for kind, text in _told(line):
            {"published": published, "updated": updated}.get(kind, unsaid).append(text)
    if not published and not unsaid and main is not None:
        unsaid += _first_time(main)
    return [*published, *unsaid], updated


def date_in_url(url: str, language: str = "") -> Timestamp | None:
    """The day in an address such as `/2021/10/28/`, `/2021/oct/28/` or `/20211028-`, or None."""
    for match in IN_URL.finditer(url[:2000]):
        if not match[2] and not len(match[3]) == len(match[4]) == 2:
            continue
        solar = match[1] < "1500"
        if not solar or primary(language) in {"fa", "ps"}:
            found = read_date(f"{match[1]}-{int(match[3]):02}-{int(match[4]):02}", language=language)
            if found:
                return found
    named = MONTH_IN_URL.search(url[:2000])
    return read_date(f"{named[3]} {named[2]} {named[1]}") if named else None


def _told(line: Line) -> Iterator[tuple[str, str]]:
    """The parts of a line with what each is said to be; a marked time counts for its part."""
    folded = fold(line.text)
    marks = list(WORDS.finditer(folded))
    if len({mark.lastgroup for mark in marks}) < 2:
        kind = marks[0].lastgroup or "" if marks else ""
        yield from ((kind, time) for time in line.times)
        if kind or _is_label(folded, line.text):
            yield kind, folded
        else:
            yield from ((kind, text) for part in line.parts if _is_day(text := fold(part), part))
        return
    edges = [0, *(mark.start() for mark in marks[1:]), len(folded)]
    parts = [folded[a:b] for a, b in pairwise(edges)]
    told = [(mark.lastgroup or "", part) for mark, part in zip(marks, parts, strict=True)]
    if len(line.times) == len(told):
        yield from ((kind, time) for (kind, _), time in zip(told, line.times, strict=True))
    yield from told


def _is_day(folded: str, text: str) -> bool:
    return bool(days_in(folded, "")) and _is_label(folded, text)


def _is_label(folded: str, text: str) -> bool:
    """Whether a line is little else than a date, or a byline with one at an end; not a line about a day."""
    days = days_in(folded, "")
    if not days:
        return count_words(text) <= OTHER_WORDS * 2
    if is_byline(text):
        return True
    before, after = count_words(folded[: days[0].start]), count_words(folded[days[-1].end :])
    return min(before, after) <= 2 and max(before, after) <= OTHER_WORDS


def _first_time(main: HtmlElement) -> list[str]:
    """What the first `<time>` above or below the text of the article says: its `datetime`, then its text."""
    if next(place_of(main).iter("time"), None) is None:
        return []
    times = (element for element in places_of_dates(main) if element.tag == "time")
    for element in islice(times, MAX_TIMES):
        said = " ".join(
            (element.get("class") or "", element.get("itemprop") or "", fold(text_of(element)[:80]))
        )
        mark = WORDS.search(said.lower())
        if not (mark and mark["updated"]) and not _in_text(element):
            return [element.get("datetime") or "", text_of(element)]
    return []


def _in_text(element: HtmlElement) -> bool:
    """Whether a time is a part of what the article tells: of a sentence, a quotation, a list, a link."""
    for up in element.iterancestors():
        if up.tag in {"blockquote", "li", "a", "table", "figure"}:
            return True
        if up.tag == "p":
            return count_words(text_of(up)) > OTHER_WORDS * 2
    return False


def _without_epoch(text: str) -> str:
    """Seconds or milliseconds since 1970 as a date that can be read."""
    match = EPOCH.fullmatch(text)
    return datetime.fromtimestamp(int(match[1]), tz=UTC).isoformat() if match else text


def _fullest(found: Iterator[Timestamp]) -> Timestamp | None:
    """The first date, with the time of day that another statement of the same day gives."""
    best = next(found, None)
    if best is None or not best.day_only:
        return best
    day = best.instant.date()
    return next((other for other in found if not other.day_only and other.instant.date() == day), best)
