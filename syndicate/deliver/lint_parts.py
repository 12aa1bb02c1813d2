"""What a message's two parts have to be: requirements M8 to M12."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from functools import cached_property
from urllib.parse import urlsplit

from lxml import html as lxml_html

from syndicate.formats.transfer import encoding_for
from syndicate.model.hosts import LOOPBACK
from syndicate.publish.colours import ENOUGH, LIGHT_PAPER, contrast

MAX_DECODED = 90_000
MAX_ENCODED = 100_000
URL = re.compile(r"https?://[^\s<>\"]+")
LOGICAL = re.compile(
    r"(?:margin|padding|border|inset)-(?:inline|block)|text-align:\s*(?:start|end)|(?<![\w-])inset:"
)
COLOUR = re.compile(r"(?<![\w-])color:\s*(#[0-9a-f]{6})", re.IGNORECASE)
ARABIC = re.compile("[\u0600-\u06ff]")

Broken = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class Parts:
    """A message and its two bodies. `archive` is the List-Archive's URL, `one_click` List-Unsubscribe's."""

    message: Message
    archive: str = ""
    one_click: str = ""

    @cached_property
    def leaves(self) -> list[Message]:
        """The parts that hold something."""
        payload = self.message.get_payload()
        return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []

    @cached_property
    def text(self) -> str:
        """The text part, decoded."""
        return _decoded(self.leaves[0]).replace("\r\n", "\n")

    @cached_property
    def html(self) -> str:
        """The HTML part, decoded."""
        return _decoded(self.leaves[1])

    @cached_property
    def tree(self) -> lxml_html.HtmlElement:
        """The HTML part, parsed."""
        return lxml_html.document_fromstring(self.html)

    @property
    def is_alternative(self) -> bool:
        """Whether there is a text and an HTML part to look at, in this order."""
        kinds = [one.get_content_type() for one in self.leaves]
        return self.message.get_content_type() == "multipart/alternative" and kinds == [
            "text/plain",
            "text/html",
        ]


def check_parts(parts: Parts) -> Broken:
    """Every broken rule of M8 to M12, with what was found."""
    if not parts.is_alternative:
        kinds = ", ".join(one.get_content_type() for one in parts.leaves)
        yield "M8", f"is {parts.message.get_content_type()} of [{kinds}], not text and HTML alternatives"
        return
    for check in (_same_content, _ways_out, _sizes, _encodings, _active, _images, _links, _cells, _styles):
        yield from check(parts)


def _same_content(parts: Parts) -> Broken:
    linked = {link for link in parts.tree.xpath("//a/@href") if link.startswith("http")}
    written = {url.rstrip(".,)") for url in URL.findall(parts.text)}
    for url in sorted(linked ^ written):
        where = "text" if url in linked else "HTML"
        yield "M8", f"the {where} part lacks the link {url}"
    text = _flat(parts.text)
    for notice in parts.tree.find_class("archive-notice"):
        if _flat(notice.text_content()) not in text:
            yield "M8", f"the text part lacks the archive notice {_flat(notice.text_content())[:80]!r}"


def _ways_out(parts: Parts) -> Broken:
    if not parts.one_click:
        return
    for name, part in (("text", parts.text), ("HTML", parts.html)):
        if parts.one_click not in part:
            yield "M8", f"the {name} part has no visible unsubscribe link"
        if "/preferences/" not in part:
            yield "M8", f"the {name} part has no visible link to the preferences"


def _sizes(parts: Parts) -> Broken:
    decoded, encoded = len(parts.html.encode()), len(str(parts.leaves[1].get_payload()))
    if decoded > MAX_DECODED:
        yield "M9", f"the HTML has {decoded} octets, more than {MAX_DECODED}"
    if encoded > MAX_ENCODED:
        yield "M9", f"the encoded HTML part has {encoded} octets, more than {MAX_ENCODED}"


def _encodings(parts: Parts) -> Broken:
    for leaf, content in zip(parts.leaves, (parts.text, parts.html), strict=True):
        used, right = str(leaf.get("Content-Transfer-Encoding", "7bit")).lower(), encoding_for(content)
        if used != right:
            yield "M10", f"the {leaf.get_content_type()} part is {used}, which should be {right}"


def _active(parts: Parts) -> Broken:
    for element in parts.tree.iter("script", "form", "iframe", "object", "embed", "link", "svg", "input"):
        yield "M11", f"<{element.tag}> has no place in a mail"
    if "@import" in parts.html or re.search(r"url\(", parts.html):
        yield "M11", "its styles load something"
    for attribute in parts.tree.xpath("//@href|//@src"):
        if attribute.lower().startswith(("data:", "javascript:")):
            yield "M11", f"a {attribute.partition(':')[0]}: URL"


def _images(parts: Parts) -> Broken:
    for image in parts.tree.iter("img"):
        source = image.get("src", "")
        if any(image.get(name) is None for name in ("width", "height", "alt")):
            yield "M11", f"the image {source} lacks width, height or alt"
        if image.get("width") in {"0", "1"} or image.get("height") in {"0", "1"}:
            yield "M11", f"the image {source} is a tracking pixel"
        if parts.archive and urlsplit(source).netloc != urlsplit(parts.archive).netloc:
            yield "M11", f"the image {source} is not from our own media store"


def _links(parts: Parts) -> Broken:
    own = urlsplit(parts.archive)
    for link in sorted(set(parts.tree.xpath("//a/@href|//img/@src"))):
        url = urlsplit(link)
        if url.scheme not in {"http", "https", "mailto"}:
            yield "M11", f"the link {link} is not absolute"
        elif url.scheme == "http" and url.netloc == own.netloc and url.hostname not in LOOPBACK:
            yield "M11", f"our own link {link} is not https"


def _cells(parts: Parts) -> Broken:
    wrapper = parts.tree.find("body/div")
    if wrapper is None or not wrapper.get("lang") or not wrapper.get("dir"):
        yield "M12", "the wrapper inside <body> has no lang and dir"
    for cell in parts.tree.xpath("//td[not(.//td)]"):
        told = cell.get("lang") and cell.get("dir")
        if cell.text_content().replace("\u200b", "").strip() and not told:
            yield "M12", f"the cell {_flat(cell.text_content())[:60]!r} has no lang and dir"
    for table in parts.tree.iter("table"):
        if table.get("role") != "presentation":
            yield "M12", "a layout table has no role=presentation"


def _styles(parts: Parts) -> Broken:
    if found := LOGICAL.search(parts.html):
        yield "M12", f"{found[0]!r} fails in most mail clients; use left and right"
    for element in parts.tree.xpath("//body//*[@style]"):
        style = element.get("style")
        spaced = "letter-spacing" in style or "italic" in style
        if spaced and ARABIC.search(element.text_content()):
            yield "M12", f"Arabic script is spaced or slanted: {_flat(element.text_content())[:60]!r}"
        ink = COLOUR.search(style)
        if ink and "display:none" not in style and contrast(ink[1], LIGHT_PAPER) < ENOUGH:
            yield "M12", f"the colour {ink[1]} has a contrast under {ENOUGH}:1 on white"


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _flat(text: str) -> str:
    return " ".join(text.split())
