"""What a page says about its article: JSON-LD, then meta elements, marks, and what is visible."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement
from tld import get_fld

from syndicate.extract.language import canonical_tag
from syndicate.extract.metadata.bylines import authors
from syndicate.extract.metadata.dateline import date_in_url, reader, shown_dates, stated_changes, stated_dates
from syndicate.extract.metadata.guess import guess_day
from syndicate.extract.metadata.heading import main_heading
from syndicate.extract.metadata.labels import Line, lines_beside
from syndicate.extract.metadata.linked import article_node, first
from syndicate.extract.metadata.marked import read_marked
from syndicate.extract.metadata.picture import lead_image
from syndicate.extract.metadata.section import section
from syndicate.extract.metadata.stated import TITLE_METAS, Head, Stated, read_head
from syndicate.extract.metadata.titles import headline
from syndicate.extract.tree import text_of
from syndicate.formats.dates import ambiguous_date
from syndicate.formats.html import absolute
from syndicate.model.item import Image, Timestamp

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
LANGUAGE_METAS = ("og:locale", "dc.language", "dcterms.language", "language", "content-language")
SUMMARY_METAS = (
    "og:description",
    "description",
    "twitter:description",
    "dc.description",
    "dcterms.description",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a page says about its article; an empty field was not stated.

    `ambiguous` is a date of publication as it stands there, where its day and month cannot be told apart.
    """

    headline: str = ""
    authors: tuple[str, ...] = ()
    published: Timestamp | None = None
    updated: Timestamp | None = None
    section: str = ""
    summary: str = ""
    language: str = ""
    direction: str = ""
    canonical_url: str = ""
    image: Image | None = None
    ambiguous: str = ""


def read_metadata(tree: HtmlElement, *, url: str, base: str, zone: str = "") -> Metadata:
    """What the page states, strongest source first. `zone` (IANA) is that of times stated without one."""
    head = read_head(tree)
    titles, sites = head.titles, head.sites
    main = main_heading(tree, titles, sites)
    shown = text_of(main) if main is not None else ""
    node = article_node(head.nodes, (shown, *titles), url)
    # Marks tell what JSON-LD does not; where that is whole, they need not be sought.
    marked = {} if node.keys() >= {"author", "datePublished", "image"} else read_marked(tree, main)
    stated = Stated(head=head, node=node, marked=marked, sites=sites)
    lines = lines_beside(main)
    places = _places(tree)
    language = _language(places, stated)
    published, updated, ambiguous = _dates(stated, main, lines, url=url, zone=zone, language=language)
    title = _headline(stated, shown, url)
    return Metadata(
        headline=title,
        authors=authors(tree, stated, main, lines),
        published=published,
        updated=updated if updated and (not published or updated.utc > published.utc) else None,
        section=section(tree, stated, headline=title),
        summary=first(
            stated.of_metas(*SUMMARY_METAS), stated.of_node("description"), stated.of_marks("description")
        ),
        language=language,
        direction=_direction(places),
        canonical_url=_canonical(head, url=url, base=base),
        image=lead_image(tree, stated, main=main, base=base),
        ambiguous=ambiguous,
    )


def _headline(stated: Stated, shown: str, url: str) -> str:
    told = [*stated.of_node("headline"), *stated.of_metas(*TITLE_METAS), *stated.of_marks("headline")]
    # The title of the window may be the site's or another language's: it counts where nothing else does.
    told += [] if told or shown else [stated.head.title]
    sections = stated.of_node("articleSection") + stated.of_metas("article:section")
    return headline(shown, told, sites=stated.sites, sections=sections, url=url)


def _dates(
    stated: Stated, main: HtmlElement | None, lines: Sequence[Line], *, url: str, zone: str, language: str
) -> tuple[Timestamp | None, Timestamp | None, str]:
    """Published, updated, and what of the first has two meanings."""
    read = reader(zone, language)
    told, changes = stated_dates(stated), stated_changes(stated)
    shown, shown_changes = shown_dates(main, lines)
    published = read([*told, *shown]) or date_in_url(url, language)
    updated = read([*changes, *shown_changes])
    if published:
        return published, updated, ""
    unread = first(ambiguous_date(text, language=language) for text in (*told, *shown))
    return None if unread or updated else guess_day(main, language), updated, unread


def _places(tree: HtmlElement) -> list[HtmlElement]:
    """Where language and direction are declared, the nearest to the article first."""
    root = tree.getroottree().getroot()
    body = root.find("body")
    return [*islice(tree.iter("article"), 3), root, *([body] if body is not None else [])]


def _language(places: Sequence[HtmlElement], stated: Stated) -> str:
    tags = [e.get("lang") or e.get(XML_LANG) or e.get("xml:lang") or "" for e in places]
    tags += [*stated.of_node("inLanguage"), *stated.of_metas(*LANGUAGE_METAS), *stated.of_marks("inlanguage")]
    return first(map(canonical_tag, tags))


def _direction(places: Sequence[HtmlElement]) -> str:
    stated = ((place.get("dir") or "").lower() for place in places)
    return first(direction for direction in stated if direction in {"ltr", "rtl"})


def _canonical(head: Head, *, url: str, base: str) -> str:
    """The address that the page calls its own, on its own site; the front page's is a template's mistake."""
    for told in (*head.canonical, *head.of_metas("og:url")):
        found = absolute(told, base_url=base or url)
        if found and (_path(found) != "/" or _path(url) == "/") and _is_of_site(found, url):
            return found
    return url


def _path(url: str) -> str:
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return "/"


def _is_of_site(found: str, url: str) -> bool:
    """Whether both are of one registrable domain; a page that was not read from the web may say any."""
    if not url.startswith(("http://", "https://")):
        return True
    try:
        one, other = urlsplit(found).hostname or "", urlsplit(url).hostname or ""
    except ValueError:
        return False
    return one == other or _domain(one) == _domain(other) != ""


def _domain(host: str) -> str:
    named = get_fld(f"http://{host}/", fail_silently=True) if host else ""
    # A domain of no public suffix (RFC 2606's, a house's own): its last two labels.
    return named or (".".join(host.split(".")[-2:]) if not host.replace(".", "").isdigit() else "")
