"""The archive notice: which words an item carries, whether they link, and where they stand (N1–N4)."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from ipaddress import ip_address
from urllib.parse import urlsplit

from lxml import etree
from lxml import html as lxml_html
from tld import get_fld

from syndicate.formats.entry import uri
from syndicate.formats.html import plain, sanitize
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import NoticeView
from syndicate.model.item import Item
from syndicate.model.language import direction_of, primary
from syndicate.model.source import OldSite, Source
from syndicate.templating import shipped

LANGUAGES = ("en", "fa", "ar", "de", "fr", "es")
SILENT = "none"
LIMIT = 600
CLASS = "archive-notice"
BLOCKS = ("p", "div", "section", "aside", "blockquote", "footer", "header", "h1", "h2", "h3", "h4", "li")


def notice_view(item: Item, catalogue: Catalogue) -> NoticeView | None:
    """The notice that an item carries now, or None: not archived, or silenced by its source."""
    source = catalogue.sources.get(item.provenance.source)
    if not catalogue.is_archived(item.provenance, stated=item.archived) or _silenced(source):
        return None
    old_site = _old_site(item, source, catalogue)
    language, wording = _wording(item, source, old_site, catalogue)
    successor_url = uri(_link(item, source, old_site))
    name = old_site.name if old_site else (source and source.title) or _host(item.provenance.original_url)
    successor = (old_site.successor_name if old_site else "") or _bare(successor_url)
    return NoticeView(
        text=_filled(wording, name=name, successor=successor),
        language=language,
        direction=direction_of(language),
        site=name,
        successor_name=successor,
        successor_url=successor_url,
        page_text=item.page_notice.text if item.page_notice else "",
    )


def notice_warnings(item: Item, catalogue: Catalogue) -> tuple[str, ...]:
    """What the operator should know: a successor that a page names and that nobody vouches for (N3)."""
    source = catalogue.sources.get(item.provenance.source)
    found = item.page_notice.successor_url if item.page_notice else ""
    archived = catalogue.is_archived(item.provenance, stated=item.archived)
    if not archived or not found or _silenced(source):
        return ()
    if _link(item, source, _old_site(item, source, catalogue)):
        return ()
    return (
        f"{item.provenance.original_url}: its archive notice names {found}, which is not on the source's own "
        f"domain, so it is no link; if it is right, set successor_url of the old site",
    )


def place_html(html: str, notice: NoticeView) -> str:
    """The content with the notice as its last element; one that is there already is taken off first."""
    return _without_html(html, notice) + notice_html(notice)


def place_text(text: str, notice: NoticeView) -> str:
    """The text with the notice as its last paragraph, the successor's URL included; idempotent."""
    paragraphs = [
        part for part in re.split(r"\n\s*\n", text.strip()) if part and not _is_notice(part, notice)
    ]
    return "\n\n".join([*paragraphs, notice_text(notice)])


def notice_html(notice: NoticeView) -> str:
    """The notice as a paragraph, the successor linked where the words name it, or behind them."""
    before, label, after = (escape(part, quote=False) for part in notice_parts(notice))
    # dir=auto isolates a Latin name inside right-to-left words.
    link = f'<a href="{escape(notice.successor_url)}" dir="auto">{label}</a>' if label else ""
    attributes = f'class="{CLASS}" lang="{escape(notice.language)}" dir="{notice.direction}"'
    return f"<p {attributes}>{before}{link}{after}</p>"


def notice_parts(notice: NoticeView) -> tuple[str, str, str]:
    """The words before the link to the successor, the link's own, and those after; no link, no label."""
    if not notice.successor_url:
        return notice.text, "", ""
    host = _host(notice.successor_url)
    labels = (notice.successor_url, _bare(notice.successor_url), host, host.removeprefix("www."))
    label = next((each for each in (*labels, notice.successor_name) if each and each in notice.text), "")
    if not label:
        return f"{notice.text} ", notice.successor_name or host, ""
    # The last place that names it: the old site's name often holds its successor's.
    before, _, after = notice.text.rpartition(label)
    return before, label, after


def notice_text(notice: NoticeView) -> str:
    """The notice as one line of text, with the successor's URL."""
    if not notice.successor_url or notice.successor_url in notice.text:
        return notice.text
    return f"{notice.text} {notice.successor_url}"


@cache
def catalogue_wording(language: str) -> Mapping[str, str]:
    """The shipped wording of a language: `text` names the successor, `alone` does not."""
    path = shipped("templates") / "notice" / f"{language}.toml"
    return tomllib.loads(path.read_text("utf-8"))


def registrable(url: str) -> str:
    """The registrable domain of a URL's host by the public suffix list; an address stands for itself."""
    host = _host(url)
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    found = get_fld(f"https://{host}/", fail_silently=True, search_private=True) if host else None
    # The list's default rule is `*`: under a suffix it does not know, two labels are a domain.
    return found or ".".join(host.split(".")[-2:])


def _silenced(source: Source | None) -> bool:
    return source is not None and source.notice == SILENT


def _old_site(item: Item, source: Source | None, catalogue: Catalogue) -> OldSite | None:
    if source and source.old_site in catalogue.old_sites:
        return catalogue.old_sites[source.old_site]
    return catalogue.old_site_at(item.provenance.original_url)


def _wording(
    item: Item, source: Source | None, old_site: OldSite | None, catalogue: Catalogue
) -> tuple[str, str]:
    language = item.content.language or (source.language if source else "") or catalogue.site.language
    if source and source.notice:
        return language, source.notice
    page = item.page_notice
    if page and page.text and primary(page.language or language) == primary(language):
        return language, page.text
    own = old_site.wording if old_site else {}
    if text := own.get(language) or own.get(primary(language)):
        return language, text
    language = language if primary(language) in LANGUAGES else "en"
    has_successor = old_site is not None and bool(old_site.successor_name or old_site.successor_url)
    return language, catalogue_wording(primary(language))["text" if has_successor else "alone"]


def _link(item: Item, source: Source | None, old_site: OldSite | None) -> str:
    if old_site and old_site.successor_url:
        return old_site.successor_url
    found = item.page_notice.successor_url if item.page_notice else ""
    home = (source and (source.url or source.base_url)) or item.provenance.original_url
    trusted = found.startswith(("https://", "http://")) and registrable(found) == registrable(home) != ""
    return found if trusted else ""


def _filled(wording: str, *, name: str, successor: str) -> str:
    # Not str.format: a page's words may hold braces.
    text = wording.replace("{name}", name).replace("{successor}", successor)
    return " ".join(plain(text).split())[:LIMIT]


def _without_html(html: str, notice: NoticeView) -> str:
    folded = html.casefold()
    if CLASS not in html and not any(_may_hold(folded, known) for known in _known(notice)):
        return html
    root = lxml_html.fragment_fromstring(
        html, create_parent="div", parser=lxml_html.HTMLParser(huge_tree=True)
    )
    for element in [each for each in root.iter(*BLOCKS) if each is not root]:
        if CLASS in element.get("class", "").split() or _is_notice(element.text_content(), notice):
            element.drop_tree()
    inner = (root.text and escape(root.text, quote=False)) or ""
    inner += "".join(etree.tostring(child, encoding="unicode", method="html") for child in root)
    return sanitize(inner, base_url="")


def _may_hold(html: str, known: str) -> bool:
    # Cheap enough for every body: markup stands between the words of a notice, hardly inside them.
    return all(word in html for word in known.split() if word.isalpha())


def _is_notice(text: str, notice: NoticeView) -> bool:
    folded = _folded(text)
    tail = len(notice.successor_url) + len(notice.successor_name) + 4
    return any(folded.startswith(known) and len(folded) <= len(known) + tail for known in _known(notice))


def _known(notice: NoticeView) -> Iterable[str]:
    return [folded for text in (notice.text, notice.page_text) if (folded := _folded(text))]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(" .…")


def _bare(url: str) -> str:
    parts = urlsplit(url)
    return (_host(url).removeprefix("www.") + parts.path).rstrip("/")


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower().rstrip(".")
    except ValueError:
        return ""
