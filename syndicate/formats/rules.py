"""The named rules that our feeds keep, each with the text that demands it (docs/reference/feeds.md).

A rule looks at a parsed document and yields what breaks it, in words.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from syndicate.formats.feedgen_extension import NAMESPACES, qualified

ATOM = f"{{{NAMESPACES['atom']}}}"
RSS_SPEC = "https://www.rssboard.org/rss-specification"
RSS_PROFILE = "https://www.rssboard.org/rss-profile"
ATOM_SPEC = "https://www.rfc-editor.org/rfc/rfc4287"
JSON_SPEC = "https://www.jsonfeed.org/version/1.1/"

RFC822 = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}"
    r" \d\d:\d\d:\d\d [+-]\d{4}"
)
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")
ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.I)
RELATIVE_IN_HTML = re.compile(r"""\s(?:href|src|poster)=["'](?![a-z][a-z0-9+.-]*:)[^"']*["']""", re.I)
PERIODS = frozenset({"hourly", "daily", "weekly", "monthly", "yearly"})
ONCE = ("title", "link", "description", "author", "enclosure", "guid", "pubDate", "source", "content:encoded")

Check = Callable[[Any, str], Iterator[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule's name, the text it comes from, and `check(document, url)`, url being where it is served."""

    name: str
    spec: str
    check: Check


def _rss_channel(rss: Any, _url: str) -> Iterator[str]:
    channels = rss.findall("channel")
    if rss.tag != "rss" or rss.get("version") != "2.0" or len(channels) != 1:
        yield "the root is not <rss version='2.0'> with one channel"
        return
    for name in ("title", "link", "description"):
        if len(channels[0].findall(name)) != 1 or not channels[0].findtext(name):
            yield f"the channel has no single, filled <{name}>"


def _rss_item(rss: Any, _url: str) -> Iterator[str]:
    for item in rss.iter("item"):
        if not (item.findtext("title") or item.findtext("description")):
            yield f"{_name(item)} has neither title nor description"
        for name in ONCE:
            if len(item.findall(qualified(name))) > 1:
                yield f"{_name(item)} has <{name}> more than once"


def _rss_guid(rss: Any, _url: str) -> Iterator[str]:
    guids = [item.find("guid") for item in rss.iter("item")]
    for guid in guids:
        if guid is None or not guid.text:
            yield "an item has no guid"
        elif guid.get("isPermaLink") != "false" and not guid.text.startswith("http"):
            yield f"guid {guid.text} is no URL and must say isPermaLink=false"
    yield from _twice(guid.text for guid in guids if guid is not None)


def _rss_dates(rss: Any, _url: str) -> Iterator[str]:
    for element in rss.iter("pubDate", "lastBuildDate"):
        if not RFC822.fullmatch(element.text or ""):
            yield f"<{element.tag}> {element.text!r} is no RFC 822 date with a numeric zone"


def _rss_enclosure(rss: Any, _url: str) -> Iterator[str]:
    for element in rss.iter("enclosure"):
        if not (element.get("url") and element.get("type") and (element.get("length") or "").isdigit()):
            yield f"the enclosure {element.get('url')} lacks url, length or type"


def _rss_author(rss: Any, _url: str) -> Iterator[str]:
    for element in rss.iter("author", "managingEditor", "webMaster"):
        if "@" not in (element.text or ""):
            yield f"<{element.tag}> {element.text!r} has no e-mail address; dc:creator takes a name"


def _rss_modules(rss: Any, _url: str) -> Iterator[str]:
    for period in rss.iter(qualified("sy:updatePeriod")):
        if period.text not in PERIODS:
            yield f"sy:updatePeriod {period.text!r} is none of {', '.join(sorted(PERIODS))}"
    for group in rss.iter(qualified("media:group")):
        if len(group) < 2:
            yield "a media:group has fewer than two members"


def _atom_required(feed: Any, _url: str) -> Iterator[str]:
    if feed.tag != f"{ATOM}feed":
        yield "the root is not an Atom feed"
    for element in (feed, *feed.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            if len(element.findall(ATOM + name)) != 1 or not element.findtext(ATOM + name):
                yield f"{_name(element)} has no single, filled <{name}>"


def _atom_ids(feed: Any, _url: str) -> Iterator[str]:
    yield from _twice(entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry"))


def _atom_dates(feed: Any, _url: str) -> Iterator[str]:
    for element in feed.iter(f"{ATOM}updated", f"{ATOM}published"):
        if not RFC3339.fullmatch(element.text or ""):
            yield f"{element.text!r} is no RFC 3339 date with a numeric zone"


def _atom_alternates(feed: Any, _url: str) -> Iterator[str]:
    for element in (feed, *feed.iter(f"{ATOM}entry")):
        links = element.findall(f"{ATOM}link")
        alternates = [link for link in links if link.get("rel", "alternate") == "alternate"]
        kinds = Counter((link.get("type"), link.get("hreflang")) for link in alternates)
        yield from (f"{_name(element)} has {n} alternates of one type" for n in kinds.values() if n > 1)


def _self_link(root: Any, url: str) -> Iterator[str]:
    parent = root if root.tag == f"{ATOM}feed" else root.find("channel")
    links = [] if parent is None else parent.findall(f"{ATOM}link")
    found = [link.get("href") for link in links if link.get("rel") == "self"]
    if found != [url]:
        yield f"rel=self is {found}, the feed is served from {url}"


def _xml_urls(root: Any, _url: str) -> Iterator[str]:
    for element in root.iter():
        values = [element.get("href"), element.get("url"), element.text if element.tag == "link" else None]
        yield from _relative(values)
        if element.get("type") == "html" or element.tag == qualified("content:encoded"):
            yield from _html_urls(element.text)


def _json_top(feed: Any, _url: str) -> Iterator[str]:
    if not str(feed.get("version", "")).startswith("https://jsonfeed.org/version/1"):
        yield "version is not JSON Feed's"
    if not isinstance(feed.get("title"), str) or not isinstance(feed.get("items"), list):
        yield "title or items is missing"


def _json_items(feed: Any, _url: str) -> Iterator[str]:
    for item in feed.get("items", ()):
        if not isinstance(item.get("id"), str) or not item["id"]:
            yield "an item has no id that is a string"
        if not (item.get("content_html") or item.get("content_text")):
            yield f"{item.get('id')} has neither content_html nor content_text"
    yield from _twice(item.get("id") for item in feed.get("items", ()))


def _json_dates(feed: Any, _url: str) -> Iterator[str]:
    for item in feed.get("items", ()):
        for name in ("date_published", "date_modified"):
            if name in item and not RFC3339.fullmatch(str(item[name])):
                yield f"{name} {item[name]!r} is no RFC 3339 date with a numeric zone"


def _json_urls(feed: Any, url: str) -> Iterator[str]:
    if feed.get("feed_url") != url:
        yield f"feed_url is {feed.get('feed_url')!r}, the feed is served from {url}"
    for item in feed.get("items", ()):
        attached = [each.get("url") for each in item.get("attachments", ())]
        values = [item.get("url"), item.get("image"), *attached]
        yield from _relative(values)
        yield from _html_urls(item.get("content_html"))


def _json_attachments(feed: Any, _url: str) -> Iterator[str]:
    for item in feed.get("items", ()):
        for each in item.get("attachments", ()):
            if not each.get("url") or not each.get("mime_type"):
                yield f"{item.get('id')} has an attachment without url or mime_type"


def _relative(urls: Iterable[str | None]) -> Iterator[str]:
    yield from (f"{url!r} is no absolute URL" for url in urls if url and not ABSOLUTE.match(url))


def _html_urls(html: str | None) -> Iterator[str]:
    yield from (f"relative URL in the content:{found}" for found in RELATIVE_IN_HTML.findall(html or ""))


def _twice(ids: Iterable[str | None]) -> Iterator[str]:
    yield from (f"id {name} occurs {count} times" for name, count in Counter(ids).items() if count > 1)


def _name(element: etree._Element) -> str:
    return element.findtext("guid") or element.findtext(f"{ATOM}id") or f"<{etree.QName(element).localname}>"


SELF_LINK = Rule(name="self-link", spec=f"{RSS_PROFILE}#namespace-elements-atom-link", check=_self_link)
ABSOLUTE_URLS = Rule(name="absolute-urls", spec=f"{RSS_PROFILE}#data-types-url", check=_xml_urls)

RSS_RULES = (
    Rule(name="rss-channel", spec=f"{RSS_SPEC}#requiredChannelElements", check=_rss_channel),
    Rule(name="rss-item", spec=f"{RSS_SPEC}#hrelementsOfLtitemgt", check=_rss_item),
    Rule(name="rss-guid", spec=f"{RSS_SPEC}#ltguidgtSubelementOfLtitemgt", check=_rss_guid),
    Rule(name="rss-date", spec=f"{RSS_PROFILE}#data-types-datetime", check=_rss_dates),
    Rule(name="rss-enclosure", spec=f"{RSS_SPEC}#ltenclosuregtSubelementOfLtitemgt", check=_rss_enclosure),
    Rule(name="rss-author", spec=f"{RSS_PROFILE}#element-channel-item-author", check=_rss_author),
    Rule(name="rss-modules", spec="https://www.rssboard.org/media-rss#media-group", check=_rss_modules),
    SELF_LINK,
    ABSOLUTE_URLS,
)
ATOM_RULES = (
    Rule(name="atom-required", spec=f"{ATOM_SPEC}#section-4.1", check=_atom_required),
    Rule(name="atom-id", spec=f"{ATOM_SPEC}#section-4.2.6", check=_atom_ids),
    Rule(name="atom-date", spec=f"{ATOM_SPEC}#section-3.3", check=_atom_dates),
    Rule(name="atom-alternate", spec=f"{ATOM_SPEC}#section-4.1.1", check=_atom_alternates),
    SELF_LINK,
    ABSOLUTE_URLS,
)
JSON_RULES = (
    Rule(name="json-top", spec=f"{JSON_SPEC}#top-level", check=_json_top),
    Rule(name="json-item", spec=f"{JSON_SPEC}#items", check=_json_items),
    Rule(name="json-date", spec=f"{JSON_SPEC}#items", check=_json_dates),
    Rule(name="json-url", spec=f"{JSON_SPEC}#top-level", check=_json_urls),
    Rule(name="json-attachment", spec=f"{JSON_SPEC}#attachments", check=_json_attachments),
)
