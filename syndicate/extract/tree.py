"""The parsed page, and what every part asks of it: text, blocks, order. Bounded in size and depth."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import urljoin

from lxml import etree
from lxml.html import HtmlElement, document_fromstring, tostring

from syndicate.extract.nesting import flatten
from syndicate.formats.html import absolute, plain

MAX_CHARACTERS = 8_000_000
MAX_ELEMENTS = 20_000
CAPTION_WORDS = 80
FLATTENED, CUT = "data-flattened", "data-cut"
# What looks from each element at all around it takes their number times their depth.
DEEP, MAX_DEEP = "descendant::*[ancestor::*[60]]", 2_000
MAX_READ = 50_000
MAX_TEXT = 1_000_000
# Hidden shells around most of a page are measured anew each: nobody nests more of them but to cost time.
MOST_SHELLS = 8

BLOCK_TAGS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "html", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "ul",
})  # fmt: skip
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
CHROME_TAGS = frozenset({"nav", "footer", "aside", "form"})
UNSEEN = (
    "script",
    "style",
    "noscript",
    "noframes",
    "template",
    "svg",
    "iframe",
    "object",
    "embed",
    "link",
    "meta",
    "input",
)
REMOVED = "removed"
# One path along one axis: of `//` and of unions libxml2 merges node sets in time that grows with the square.
CAPTIONS = "descendant::*[self::figcaption or contains(@class, 'caption')]"
WORD = re.compile(r"\w+")
# What parts words becomes a blank: several times as fast as the pattern.
ASCII_WORDS = {code: " " for code in range(128) if not WORD.match(chr(code))}
WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]+")
ENDS = re.compile(r"[.!?…؟。！？।][\s\"'»”’)\]\u200c-\u200f\u2069]*$")
HIDING = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)
REFERENCE = re.compile(r"&#(?:x[0-9a-f]{1,6}|[0-9]{1,7});?", re.IGNORECASE)
# XHTML's first line: lxml refuses text that names an encoding, being decoded already.
DECLARATION = re.compile(r"\A\s*<\?xml[^>]*>?", re.IGNORECASE)
BREAKS = re.compile(r"<[bB][rR]\s*/?>(?:\s*<[bB][rR]\s*/?>){2,}")
# lxml's own choice of a class for each tag calls into Python for every element, each time it is met.
ONE_CLASS = etree.ElementDefaultClassLookup(element=HtmlElement)
CANNOT_BE_SEEN = "descendant::*[@hidden or @aria-hidden='true' or @style]"


def parse(text: str) -> HtmlElement | None:
    """The page as a tree, or None when there is nothing in it. Never raises.

    What nests too deeply for the parser comes flat, and a page that is too large is cut: see `warnings_of`.
    """
    printable = DECLARATION.sub("", plain(text[:MAX_CHARACTERS]))
    # Hardly any page has one, but many have thousands of others.
    if any(_printable(reference) != reference for reference in set(REFERENCE.findall(printable))):
        printable = REFERENCE.sub(lambda found: _printable(found[0]), printable)
    bounded = BREAKS.sub("<br><br>", printable)
    tree, too_deep = _parsed(bounded)
    if too_deep:
        tree, _ = _parsed(flatten(bounded))
        if tree is not None:
            _root(tree).set(FLATTENED, "")
    if tree is None:
        return None
    # The parser adds no more elements than there are tags.
    if len(bounded) > MAX_TEXT or (bounded.count("<") > MAX_READ // 2 and _holds_over(tree, MAX_READ)):
        # A drawing has thousands of elements that nobody reads.
        etree.strip_elements(tree, "svg", "style", with_tail=False)
        _cut(tree)
    _gather_after_body(tree)
    # Blocks are apart on the screen though nothing stands between their tags.
    for element in tree.iter("br", *BLOCK_TAGS):
        element.tail = f"\n{element.tail or ''}"
        if element.tag != "br":
            element.text = f"\n{element.text or ''}"
    return tree


def _gather_after_body(tree: HtmlElement) -> None:
    """Put what stands behind the body's end tag into the body, as browsers do (HTML 13.2.6.4.19)."""
    body = tree.find("body")
    if body is None:
        return
    text, body.tail = (body.tail or "").strip(), None
    if text and len(body):
        body[-1].tail = f"{body[-1].tail or ''}\n{text}"
    elif text:
        body.text = f"{body.text or ''}\n{text}"
    for element in list(body.itersiblings()):
        body.append(element)


def _parsed(markup: str) -> tuple[HtmlElement | None, bool]:
    """The tree, and whether the parser lost what lies too deep."""
    parser = etree.HTMLParser(remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(ONE_CLASS)
    try:
        tree = document_fromstring(markup, parser=parser)
    except (etree.LxmlError, ValueError):
        tree = None
    # The last errors tell: at its limit the parser stops.
    return tree, any("depth" in error.message for error in list(parser.error_log)[-5:])


@lru_cache(maxsize=1024)
def _printable(reference: str) -> str:
    """The reference, unless no text may hold its character; 128 to 159 mean windows-1252 (HTML 13.2.5.80)."""
    digits = reference[2:].rstrip(";")
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("cp1252", "ignore")
    return reference if code <= 0x10FFFF and plain(chr(code)) else ""


def _cut(tree: HtmlElement) -> None:
    """Leave out what comes after so many elements, or so much text, that reading it takes seconds."""
    left = MAX_TEXT
    for number, element in enumerate(tree.iter()):
        if element.tag not in UNSEEN:
            left -= len(element.text or "") + len(element.tail or "")
        if number >= MAX_READ or left < 0:
            _root(tree).set(CUT, "")
            element.text = (element.text or "")[:MAX_TEXT]
            _remove_after(tree, element)
            return


def _remove_after(tree: HtmlElement, last: HtmlElement) -> None:
    """Remove what follows an element, and what is in it."""
    after = list(last)
    for place in (last, *last.iterancestors()):
        place.tail = None
        after += place.itersiblings()
    for element in after:
        element.tag = REMOVED
    etree.strip_elements(tree, REMOVED)


def warnings_of(tree: HtmlElement) -> tuple[str, ...]:
    """What was done to a page to read it at all."""
    told = {
        FLATTENED: "the page nests too deeply; what only wraps other elements was passed over",
        CUT: f"the page is too large; its first {MAX_READ} elements or {MAX_TEXT} characters were read",
    }
    return tuple(warning for mark, warning in told.items() if _root(tree).get(mark) is not None)


def is_too_large(tree: HtmlElement) -> bool:
    """Whether the page has more elements than can be examined in every way within a second or two."""
    return _holds_over(tree, MAX_ELEMENTS) or bool(tree.xpath(f"count({DEEP}) > {MAX_DEEP}"))


def _holds_over(tree: HtmlElement, count: int) -> bool:
    return bool(tree.xpath(f"count(descendant::*) > {count}"))


def _root(tree: HtmlElement) -> HtmlElement:
    return tree.getroottree().getroot()


def base_of(tree: HtmlElement, url: str) -> str:
    """What relative addresses are relative to: `<base href>` where the page has one."""
    for found in tree.iterfind(".//base[@href]"):
        try:
            return str(urljoin(url, found.get("href").strip()))
        except ValueError:
            return url
    return url


def visible(tree: HtmlElement) -> HtmlElement:
    """The same tree without what no reader sees and without captions; double breaks become paragraphs."""
    etree.strip_elements(tree, *UNSEEN, with_tail=False)
    remove_all(tree, _hidden(tree))
    remove_all(tree, [element for element in tree.xpath(CAPTIONS) if _is_caption(element)])
    for parent in _parents_of_double_breaks(tree):
        _split_at_breaks(parent)
    return tree


def text_of(element: HtmlElement) -> str:
    """The element's text on one line."""
    if not len(element):
        return " ".join((element.text or "").split())
    return " ".join(str(tostring(element, method="text", encoding="unicode", with_tail=False)).split())


def count_words(text: str) -> int:
    """Words; in scripts written without spaces, two characters count as one."""
    if text.isascii():
        return len(text.translate(ASCII_WORDS).split())
    if not WIDE.search(text):
        return len(WORD.findall(text))
    wide = len(text) - len(WIDE.sub("", text))
    return len(WORD.findall(WIDE.sub(" ", text))) + wide // 2


def is_sentence(text: str) -> bool:
    """Whether the text ends as a sentence does."""
    return bool(ENDS.search(text))


def blocks(tree: HtmlElement) -> Iterator[HtmlElement]:
    """The elements that hold text of their own and no other block, in the page's order."""
    for element in tree.iter(*BLOCK_TAGS):
        if not any(child.tag in BLOCK_TAGS for child in element.iterdescendants()) and text_of(element):
            yield element


def remove_all(tree: HtmlElement, elements: Iterable[HtmlElement]) -> None:
    """Take many elements out of a tree at once; the text after each stays."""
    # One by one, the texts that they leave are joined each time, in time that grows with the square.
    for element in elements:
        if element is not tree:
            element.tag = REMOVED
    etree.strip_elements(tree, REMOVED, with_tail=False)


def remove(element: HtmlElement) -> None:
    """Take an element out; the text after it stays."""
    if element.getparent() is not None:
        element.drop_tree()


def remove_with_shell(element: HtmlElement) -> None:
    """Take an element out, and the containers that are empty without it."""
    parent = element.getparent()
    remove(element)
    while parent is not None and parent.tag not in {"body", "html"} and not _has_content(parent):
        empty, parent = parent, parent.getparent()
        remove(empty)


def is_inside(element: HtmlElement, tags: Iterable[str]) -> bool:
    """Whether the element or one around it has one of these tags."""
    wanted = frozenset(tags)
    return element.tag in wanted or any(up.tag in wanted for up in element.iterancestors())


def address(anchor: HtmlElement, base: str) -> str:
    """Where an anchor leads, absolute; empty for none, a script, or a place on the same page."""
    href = (anchor.get("href") or "").strip()
    return "" if href.startswith("#") else absolute(href, base_url=base)


def is_hidden(element: HtmlElement) -> bool:
    """Whether it says of itself that it is not shown."""
    if element.get("hidden", "until-found").lower() != "until-found":
        return True
    return element.get("aria-hidden") == "true" or bool(HIDING.search(element.get("style") or ""))


def _hidden(tree: HtmlElement) -> list[HtmlElement]:
    """What is not shown; nothing where that is most of the page, which a script shows then."""
    unseen = [element for element in tree.xpath(CANNOT_BE_SEEN) if is_hidden(element)]
    if not unseen:
        return []
    everything = len(text_of(tree))
    found: dict[HtmlElement, None] = {}
    length = large = 0
    for element in unseen:
        if large == MOST_SHELLS or any(up in found for up in element.iterancestors()):
            continue
        if (inside := len(text_of(element))) * 2 < everything:
            found[element] = None
            length += inside
        else:
            large += 1
    return list(found) if length * 2 < everything else []


def _is_caption(element: HtmlElement) -> bool:
    words = count_words(text_of(element))
    return words <= CAPTION_WORDS and next(element.iter("img", *HEADINGS), None) is None


def _has_content(element: HtmlElement) -> bool:
    return bool(text_of(element)) or next(element.iter("img", "video", "audio"), None) is not None


def _parents_of_double_breaks(tree: HtmlElement) -> list[HtmlElement]:
    found: dict[HtmlElement, None] = {}
    for br in tree.iter("br"):
        following = br.getnext()
        if following is not None and following.tag == "br" and not (br.tail or "").strip():
            found[br.getparent()] = None
    return [parent for parent in found if parent is not None]


def _split_at_breaks(parent: HtmlElement) -> None:
    children, text = list(parent), parent.text
    if parent.tag == "p":
        parent.tag = "div"
    for child in children:
        parent.remove(child)
    parent.text = None
    paragraph = _start(parent, text)
    breaks = 0
    for child in children:
        tail, child.tail = child.tail, None
        if child.tag == "br":
            breaks += 1
            paragraph = _after_break(parent, paragraph, breaks=breaks, tail=tail)
        elif child.tag in BLOCK_TAGS:
            parent.append(child)
            paragraph = _start(parent, tail)
        else:
            paragraph.append(child)
            child.tail = tail
        breaks = breaks if child.tag == "br" and not (tail or "").strip() else 0
    for empty in [p for p in parent.iterchildren("p") if not _has_content(p)]:
        parent.remove(empty)


def _start(parent: HtmlElement, text: str | None) -> HtmlElement:
    paragraph = etree.SubElement(parent, "p")
    paragraph.text = text
    return paragraph


def _after_break(
    parent: HtmlElement, paragraph: HtmlElement, *, breaks: int, tail: str | None
) -> HtmlElement:
    if breaks > 1:
        return _start(parent, tail)
    etree.SubElement(paragraph, "br").tail = tail
    return paragraph
