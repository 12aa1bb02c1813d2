"""HTML as others wrote it, made safe to publish: sanitised, with absolute URLs; and its plain text."""

import re
from collections.abc import Callable
from html import escape, unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import nh3


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


BLOCKS = _names(
    "address article aside blockquote dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li"
    " ol p pre section table tbody td tfoot th thead tr ul"
)
INLINE = _names(
    "a abbr audio b bdi bdo br cite code del dfn em i img ins kbd mark picture q rp rt ruby s samp small"
    " source span strong sub sup time track u var video wbr"
)
ATTRIBUTES = {
    "*": {"lang", "dir", "title"},
    "a": {"href", "hreflang"},
    "audio": {"src", "controls"},
    "blockquote": {"cite"},
    "del": {"datetime"},
    "img": {"src", "srcset", "sizes", "alt", "width", "height"},
    "ins": {"datetime"},
    "ol": {"start", "reversed"},
    "div": {"class"},
    "p": {"class"},
    "q": {"cite"},
    "source": {"src", "srcset", "sizes", "type", "media"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "track": {"src", "kind", "srclang", "label"},
    "video": {"src", "poster", "controls", "width", "height"},
}
DROPPED_WITH_CONTENT = _names(
    "script style form noscript template iframe object embed svg math textarea select button title"
)
URL_ATTRIBUTES = frozenset({"href", "src", "poster", "cite"})
MEDIA_SCHEMES = frozenset({"http", "https"})
LINK_SCHEMES = MEDIA_SCHEMES | {"mailto", "tel"}

# What XML 1.0 (section 2.2) forbids, the C1 controls, and byte order marks inside a text.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")
CONTROLS = bytes({*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F})
# By the byte that begins each.
IN_UTF_8 = {p[:1]: re.compile(p) for p in (b"\xc2[\x80-\x9f]", b"\xed[\xa0-\xbf]", b"\xef[\xb7\xbb\xbf]")}
LONG = 10_000
IMAGE = re.compile(r'<img(?P<attributes>(?:\s+[\w-]+(?:="[^"]*")?)*)\s*/?>')
SIZE = re.compile(r'\s(?:width|height)="\s*(\d+)')
CANDIDATE = re.compile(r"\s*([^\s,]\S*[^\s,]|[^\s,])(?:\s+([^,]+))?\s*(?:,|$)")
# Up to the next `<` at most: a page of tags without an end would be searched to its end from each.
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>")
# An address that stays as it is, whatever it is resolved against: no need to take it apart.
WHOLE = re.compile(r"(https?)://[a-z0-9.-]+(?:/[\w./%~=+,-]*(?:\?[\w./%~=+,&-]+)?)?", re.ASCII)
# As nh3 writes them: a value stands in double quotes and may hold the sign that ends a tag.
CLEAN_TAG = re.compile(r'</?([a-z][a-z0-9]*)(?:[^>"]|"[^"]*")*>')
LINE_ENDS = re.compile(r"[\t\r\n]")
WIDER = ("\n", "  ", "\t", "\r", "\u00a0")
BLANKS = re.compile(r"[ \t\r\n\u00a0]+")

# Elements that end by themselves, or never open: an unclosed one nests nothing.
UNNESTED = _names("area base br col dd dt embed hr img input li link meta option p source td th tr wbr")
MAX_DEPTH = 400
MANY_REFERENCES = 5_000
# Signs of the private use area stand for them meanwhile.
HELD = {"&amp;": "\ue000", "&lt;": "\ue001", "&gt;": "\ue002", "&nbsp;": "\ue003", "&quot;": "\ue004"}


def sanitize(html: str, *, base_url: str) -> str:
    """HTML safe to publish: article structure, `lang` and `dir` kept; every URL absolute.

    Scripts, forms, styles, event handlers, data: URIs and tracking pixels go. A relative URL is resolved
    against `base_url`, or dropped where that is empty. Never raises; the result is a fragment.
    """
    cleaned = _clean(
        _shallow(html),
        tags=set(BLOCKS | INLINE),
        attributes=ATTRIBUTES,
        attribute_filter=_attribute_filter(base_url),
        url_schemes=set(LINK_SCHEMES),
    )
    return IMAGE.sub(_visible_image, cleaned).strip()


def narrow(html: str, allowed: frozenset[str]) -> str:
    """Clean HTML with these tags alone: another block becomes a `div`, of all else only the text stays."""
    others = BLOCKS - allowed - {"hr"}

    def divided(match: re.Match[str]) -> str:
        return match[0].replace(match[1], "div", 1) if match[1] in others else match[0]

    return _clean(
        CLEAN_TAG.sub(divided, html),
        tags=set(allowed),
        attributes=ATTRIBUTES,
        url_schemes=set(MEDIA_SCHEMES | {"mailto"}),
    )


def text_of(html: str, *, sanitized: bool = False) -> str:
    """The text of an HTML fragment: one block a line, a blank line between; never raises.

    What is `sanitized` already costs less. ZWNJ and bidi marks stay, since no step here splits or strips at
    anything but blanks.
    """
    bare = html if sanitized else _clean(_shallow(html), tags=set(BLOCKS | {"br"}), attributes={})
    parts = map(_narrowed, CLEAN_TAG.sub(_break, bare).split("\0"))
    # A reference may stand for one more blank.
    told = (_narrowed(unescape(part)) if "&" in part else part for part in parts)
    return "\n\n".join(line for part in told if (line := part.strip()))


def _narrowed(text: str) -> str:
    # Most have no such blanks, which is asked faster than the pattern finds out.
    return BLANKS.sub(" ", text) if any(blanks in text for blanks in WIDER) else text


def plain(text: str) -> str:
    """Text without control characters and lone surrogates (XML 1.0, section 2.2); newline and tab stay."""
    if len(text) < LONG:
        return UNPRINTABLE.sub("", text)
    # A long text is searched byte by byte, which is several times as fast, and hardly ever has any.
    data = text.encode("utf-8", "surrogatepass")
    clean = len(data.translate(None, CONTROLS)) == len(data)
    if clean and not any(first in data and others.search(data) for first, others in IN_UTF_8.items()):
        return text
    return UNPRINTABLE.sub("", text)


def truncate_words(text: str, n: int) -> str:
    """At most `n` words on one line; an ellipsis tells that there were more."""
    words = text.split()
    if len(words) <= n:
        return " ".join(words)
    return " ".join(words[:n]).rstrip(" ,;:،؛–—-") + "…"


def cut(text: str, limit: int) -> str:
    """At most `limit` characters and an ellipsis, cut at a blank where there is one."""
    if len(text) <= limit:
        return text
    start = text[:limit]
    return (start.rsplit(None, 1)[0] if len(start.split()) > 1 else start) + "…"


def absolute(url: str, *, base_url: str, schemes: frozenset[str] = MEDIA_SCHEMES) -> str:
    """The URL resolved against `base_url`; empty when it has no meaning or another scheme."""
    if (whole := WHOLE.fullmatch(url)) and whole[1] in schemes:
        return url
    try:
        resolved = urljoin(base_url, LINE_ENDS.sub("", url).strip().replace(" ", "%20"))
        parts = urlsplit(resolved)
    except ValueError:
        return ""
    if not url.strip() or (parts.scheme in MEDIA_SCHEMES and not parts.netloc):
        return ""
    return resolved if parts.scheme in schemes else ""


def _clean(html: str, **what: Any) -> str:
    """nh3's work, with many references held back: it takes a time that grows with their square."""
    held = html.count("&") > MANY_REFERENCES
    if held:
        for reference, sign in HELD.items():
            html = html.replace(sign, "").replace(reference, sign)
    cleaned = nh3.clean(html, clean_content_tags=set(DROPPED_WITH_CONTENT), link_rel=None, **what)
    if held:
        for reference, sign in HELD.items():
            cleaned = cleaned.replace(sign, reference)
    return cleaned


def _shallow(html: str) -> str:
    """The HTML itself, or its text alone when it nests so deeply that cleaning would take minutes."""
    depth = 0
    for tag in TAG.finditer(html := plain(html)):
        if tag[2].lower() not in UNNESTED:
            depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > MAX_DEPTH:
            return escape(unescape(TAG.sub(" ", html)), quote=False)
    return html


def _attribute_filter(base_url: str) -> Callable[[str, str, str], str | None]:
    def decide(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "srcset":
            return _srcset(value, base_url) or None
        if attribute in URL_ATTRIBUTES:
            schemes = LINK_SCHEMES if tag == "a" else MEDIA_SCHEMES
            return absolute(value, base_url=base_url, schemes=schemes) or None
        if attribute == "class":
            return "archive-notice" if "archive-notice" in value.split() else None
        if attribute == "dir":
            return value if value.lower() in {"ltr", "rtl", "auto"} else None
        return value

    return decide


def _srcset(value: str, base_url: str) -> str:
    found = ((absolute(m[1], base_url=base_url), m[2]) for m in CANDIDATE.finditer(value[:20_000]))
    return ", ".join(f"{url} {size.strip()}" if size else url for url, size in found if url)


def _visible_image(match: re.Match[str]) -> str:
    attributes = match["attributes"]
    has_address = ' src="' in attributes or ' srcset="' in attributes
    tiny = any(int(size[:6]) <= 1 for size in SIZE.findall(attributes))
    return match[0] if has_address and not tiny else ""


def _break(match: re.Match[str]) -> str:
    name = match[1]
    return " " if name == "br" else "\0" if name in BLOCKS else ""
