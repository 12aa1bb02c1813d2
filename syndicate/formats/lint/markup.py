"""What stands in the HTML of an entry, in one pass: unsafe elements, relative addresses, open ends."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape

from syndicate.formats.lint.addresses import is_relative
from syndicate.formats.lint.names import names

MOST_READ = 200_000
# Up to the next `<` at most, or a text of tags without an end would be searched to its end from each.
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)((?:[^<>\"']|\"[^\"]{0,2000}\"|'[^']{0,2000}')*+)>")
ATTRIBUTE = re.compile(r"([^\s=/\"'<>]+)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'<>]+)")
SCRIPTED = re.compile(r"\s*(?:javascript|vbscript|livescript|data:text/html)\b", re.IGNORECASE)
RISKY_STYLE = re.compile(
    r"expression\s*\(|url\s*\(|behaviou?r\s*:|-moz-binding|position\s*:\s*(?:fixed|absolute)|@import", re.I
)
ESCAPED_TAG = re.compile(
    r"&lt;(/?)(p|div|br|a|b|i|em|strong|img|span|ul|ol|li|table|h[1-6]|blockquote)\b[^<>]{0,300}?&gt;"
)
REFERENCES = frozenset({"href", "src", "poster", "cite", "data", "action"})
UNSAFE = names(
    "applet base basefont body embed frame frameset head html iframe isindex link listing meta "
    "noframes object param plaintext script style title xmp"
)
KNOWN = UNSAFE | names(
    "a abbr acronym address area article aside audio b bdi bdo big blockquote br button canvas "
    "caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em "
    "fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins "
    "kbd label legend li main map mark menu meter nav noscript ol optgroup option output p picture "
    "pre progress q rb rp rt rtc ruby s samp search section select slot small source span strike "
    "strong sub summary sup svg table tbody td template textarea tfoot th thead time tr track tt u ul "
    "var video wbr math"
)
# https://html.spec.whatwg.org/multipage/syntax.html#optional-tags, and the void elements.
NEED_NO_END = names(
    "area base br col dd dt embed frame hr img input isindex li link meta optgroup option p param rb "
    "rp rt rtc source td tbody tfoot th thead tr track wbr colgroup body head html"
)


@dataclass(slots=True)
class Markup:
    """What a look at some HTML found, each kind in its order."""

    tags: int = 0
    unsafe: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)
    scripted: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    relative: list[str] = field(default_factory=list)
    unclosed: list[str] = field(default_factory=list)


@lru_cache(maxsize=64)
def look(html: str) -> Markup:
    """Read HTML; what is over 200,000 characters is not looked at."""
    found = Markup()
    open_ones: list[str] = []
    # Markup within math and svg has names of its own.
    foreign = "<svg" in html or "<math" in html
    for tag in TAG.finditer(html[:MOST_READ]):
        found.tags += 1
        name = tag[2].lower()
        if name not in KNOWN and not foreign and "-" not in name:
            found.unknown.append(name)
        if name not in NEED_NO_END:
            _balance(found, open_ones, name, closes=bool(tag[1]), alone=tag[3].endswith("/"))
        if tag[1]:
            continue
        if name in UNSAFE:
            found.unsafe.append(name)
        if "=" in tag[3]:
            _attributes(found, tag[3])
    found.unclosed += open_ones
    return found


def escaped_twice(html: str) -> str:
    """A tag that readers will see as text, since all the markup of this HTML is escaped once too often."""
    if "&lt;" not in html:
        return ""
    found = list(ESCAPED_TAG.finditer(html[:MOST_READ]))
    closing = any(m[1] for m in found)
    return found[0][0] if closing and len(found) > 1 and not look(html).tags else ""


def _balance(found: Markup, open_ones: list[str], name: str, *, closes: bool, alone: bool) -> None:
    if not closes:
        if not alone:
            open_ones.append(name)
    elif open_ones and open_ones[-1] == name:
        open_ones.pop()
    elif name in open_ones[-200:]:
        while (inner := open_ones.pop()) != name:
            found.unclosed.append(inner)
    else:
        found.unclosed.append(f"/{name}")


def _attributes(found: Markup, text: str) -> None:
    for attribute in ATTRIBUTE.finditer(text):
        name, value = attribute[1].lower(), attribute[2].strip("\"'")
        if name in REFERENCES:
            _reference(found, unescape(value).strip() if "&" in value else value.strip())
        elif name == "srcset":
            urls = (part.split()[0] for part in value.split(",") if part.split())
            found.relative += [url for url in urls if is_relative(url)]
        elif name == "style" and RISKY_STYLE.search(value):
            found.styles.append(value[:80])
        elif name.startswith("on") and name.isalpha():
            found.handlers.append(name)


def _reference(found: Markup, url: str) -> None:
    if SCRIPTED.match(url):
        found.scripted.append(url[:80])
    elif is_relative(url) and not url.startswith("#"):
        found.relative.append(url[:200])
