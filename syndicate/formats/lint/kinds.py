"""What a file is, by its content alone."""

import json
import re
from typing import Any

from syndicate.formats.lint.parts import ATOM, RDF, Kind

LOOKED_AT = 16_384
BEFORE_ROOT = re.compile(
    r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\])?\s*>|\s+)", re.DOTALL | re.IGNORECASE
)
ROOT = re.compile(r"\s*<(?P<name>[A-Za-z_][\w.:-]*)(?P<rest>[^>]*)")
DECLARATION = re.compile(r"<\?xml\s")
DOCTYPE_HTML = re.compile(r"<!doctype\s+html", re.IGNORECASE)
HEADER = re.compile(
    rb"(?:From [^\r\n]+\r?\n)?(?:Return-Path|Received|Delivered-To|From|To|Subject|Date|Message-ID|"
    rb"MIME-Version|DKIM-Signature|Content-Type|Reply-To|List-Id|X-[\w-]+|Authentication-Results|ARC-[\w-]+):",
    re.IGNORECASE,
)
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
BY_NAME = {
    "opml": Kind.OPML, "outlinedocument": Kind.OPML, "rss": Kind.RSS, "feed": Kind.ATOM, "entry":
    Kind.ENTRY, "rdf": Kind.RDF, "html": Kind.HTML, "urlset": Kind.SITEMAP, "sitemapindex": Kind.SITEMAP,
    "channel": Kind.RSS,
}  # fmt: skip
FEEDS = frozenset({Kind.RSS, Kind.ATOM, Kind.RDF, Kind.OPML})
HTML_NAMES = frozenset({"head", "body", "script", "meta", "title", "div", "p", "table", "a", "link", "h1"})


def kind_of(data: bytes) -> Kind:
    """A guess at what somebody meant this to be; `kind_of_root` and `kind_of_json` know."""
    start = _start(data)
    if not start.strip("\0 \t\r\n"):
        return Kind.NOTHING
    if start.lstrip()[:1] in ("{", "["):
        return Kind.JSON
    if HEADER.match(data[:LOOKED_AT].lstrip()):
        return Kind.MAIL
    if DOCTYPE_HTML.search(start[:2_000]):
        return Kind.HTML
    found = _named(start)
    # A script's complaint, or another's text, may stand before what was meant.
    late = None if found in FEEDS else DECLARATION.search(start)
    meant = _named(start[late.start() :]) if late else found
    return meant if meant in FEEDS else found


def kind_of_root(root: Any) -> Kind:
    """What a parsed document is."""
    namespace, _, name = root.tag.rpartition("}")
    if name == "rss":
        return Kind.OLD_RSS if root.get("version", "").startswith("0.9") else Kind.RSS
    if root.tag == f"{RDF}RDF":
        return Kind.RDF
    if name == "feed":
        old = "purl.org/atom/ns#" in namespace or (not namespace and root.get("version", "").startswith("0."))
        return Kind.OLD_ATOM if old else Kind.ATOM
    if root.tag == f"{ATOM}entry":
        return Kind.ENTRY
    return BY_NAME.get(name.lower(), Kind.OTHER_XML)


def kind_of_json(found: Any) -> Kind:
    """What a parsed JSON text is."""
    if isinstance(found, list):
        ninjs = not found or any(isinstance(each, dict) and "uri" in each for each in found)
        return Kind.NINJS if ninjs else Kind.OTHER_JSON
    if not isinstance(found, dict):
        return Kind.OTHER_JSON
    if "jsonfeed" in str(found.get("version", "")) or "items" in found or "feed_url" in found:
        return Kind.JSON
    return Kind.NINJS if "uri" in found else Kind.OTHER_JSON


def read_json(text: str) -> Any:
    """JSON, with what is no JSON refused. Raises ValueError, RecursionError for a text of too many levels."""
    return json.loads(text, parse_constant=_refused)


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _start(data: bytes) -> str:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data[:LOOKED_AT].decode(encoding, "replace")
    return data[:LOOKED_AT].replace(b"\0", b"").decode("utf-8", "replace")


def _named(start: str) -> Kind:
    root = _root(start)
    if root is None:
        return Kind.NOTHING
    name = root["name"].rpartition(":")[2].lower()
    return BY_NAME.get(name, Kind.HTML if name in HTML_NAMES else Kind.OTHER_XML)


def _root(start: str) -> re.Match[str] | None:
    at = 0
    while (found := BEFORE_ROOT.match(start, at)) and found.end() > at:
        at = found.end()
    return ROOT.match(start, at)
