"""What a feed of others holds, whatever its format; upstream's archive notice is told from the body."""

import re
from dataclasses import dataclass
from datetime import timedelta
from html import unescape

from syndicate.formats.html import text_of
from syndicate.model.item import Image, Notice, Timestamp

_NOTICE = re.compile(r'<p\b(?=[^>]*\bclass="archive-notice")([^>]*)>(.*?)</p>', re.DOTALL)
_LANG = re.compile(r'\blang="([^"]*)"')
_HREF = re.compile(r'\bhref="([^"]*)"')
_ROOT = re.compile(rb"<(?![?!])(?:\w+:)?(\w+)")
_TITLE = re.compile(rb"<title[^>]*>([^<]{1,200})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamEntry:
    """One entry. HTML is sanitised with absolute URLs; `title` is plain; dates keep what was stated.

    `archived` tells that upstream marks it so; `notice` is upstream's archive notice, taken off the body.
    `original_url` is where upstream says it has it from.
    """

    guid: str = ""
    url: str = ""
    title: str = ""
    body_html: str = ""
    summary: str = ""
    authors: tuple[str, ...] = ()
    published: Timestamp | None = None
    updated: Timestamp | None = None
    section: str = ""
    language: str = ""
    image: Image | None = None
    archived: bool = False
    notice: Notice | None = None
    original_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamFeed:
    """A feed as upstream publishes it; `ttl` is how long it asks not to be fetched again."""

    title: str
    ttl: timedelta
    entries: tuple[UpstreamEntry, ...]


def split_notice(html: str) -> tuple[str, Notice | None]:
    """The HTML without archive notices as our feeds write them, and the last of them (requirement N4)."""
    found = list(_NOTICE.finditer(html))
    if not found:
        return html, None
    attributes, inner = found[-1].groups()
    language, link = _LANG.search(attributes), _HREF.search(inner)
    notice = Notice(
        text=text_of(inner),
        successor_url=unescape(link[1]) if link else "",
        language=language[1] if language else "",
    )
    return _NOTICE.sub("", html).strip(), notice


def found_instead(data: bytes) -> str:
    """What kind of document this is, in words, for a message about what it should have been."""
    start = data[:20_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        return "the document is empty"
    root = _ROOT.search(start)
    if root is None:
        return "a plain text" if b"\0" not in start else "binary data"
    name = root[1].decode().lower()
    if name not in ("html", "head", "body"):
        return f"an XML document of <{name}>"
    title = _TITLE.search(start)
    said = " ".join(unescape(title[1].decode("utf-8", "replace")).split()) if title else ""
    return f"an HTML page titled {said!r}" if said else "an HTML page"
