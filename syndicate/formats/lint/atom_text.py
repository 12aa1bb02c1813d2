"""Rules for the texts of Atom: their types, and what stands in them (RFC 4287, sections 3.1 and 4.1.3)."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from lxml import etree

from syndicate.formats.lint import specs
from syndicate.formats.lint.addresses import media_type_fault
from syndicate.formats.lint.finding import ERROR, HINT, WARNING, Broken, rule
from syndicate.formats.lint.names import names
from syndicate.formats.lint.parts import ATOM, XHTML, Around, Part, local, text_of

CONSTRUCTS = tuple(ATOM + name for name in ("title", "subtitle", "summary", "rights"))
CONTENT = f"{ATOM}content"
TYPES = names("text html xhtml")


def html_texts(part: Part) -> Iterator[tuple[Any, str, str]]:
    """The texts of type html, and those of type xhtml as they would be written."""
    for element in part.all(*CONSTRUCTS, CONTENT):
        kind = element.get("type", "text")
        if kind in ("html", "text/html") and element.text:
            yield element, f"<{local(element)}>", element.text
        elif kind == "xhtml":
            yield element, f"<{local(element)}>", _bare(element)


def plain_texts(part: Part) -> Iterator[tuple[Any, str, str]]:
    """The texts of type text, and the names of people."""
    for element in part.all(*CONSTRUCTS, CONTENT):
        if element.get("type", "text") == "text" and element.text and element.get("src") is None:
            yield element, f"<{local(element)}>", element.text
    for element in part.named.get(f"{ATOM}name", ()):
        if element.text:
            yield element, "<name>", element.text


def _bare(element: Any) -> str:
    """Its markup without namespaces, so that it reads as HTML."""
    pieces: list[str] = []
    for child in element:
        if type(child.tag) is str:
            pieces.append(etree.tostring(child, encoding="unicode", with_tail=False))
    return "".join(pieces).replace("<xhtml:", "<").replace("</xhtml:", "</")


@rule(
    "atom-text-type",
    ERROR,
    f"{specs.ATOM}3.1.1",
    demands="The type of a title, a summary, a subtitle or rights is text, html or xhtml.",
    mend="Write type='html' for escaped HTML.",
)
def text_type(part: Part, around: Around) -> Broken:
    """Media types are for content alone."""
    for element in part.all(*CONSTRUCTS):
        if element.get("type", "text") not in TYPES:
            yield element, f"the type of <{local(element)}> is {element.get('type')[:40]!r}"


@rule(
    "atom-text-elements",
    ERROR,
    f"{specs.ATOM}3.1.1.1",
    demands="A text of type text or html has no elements in it.",
    mend="Escape the markup and write type='html', or put it into a <div> and write type='xhtml'.",
)
def elements(part: Part, around: Around) -> Broken:
    """Readers see the text in pieces."""
    for element in part.all(*CONSTRUCTS, CONTENT):
        inner = next((child for child in element if type(child.tag) is str), None)
        if inner is not None and element.get("type", "text") in ("text", "html"):
            yield (
                inner,
                f"<{local(inner)}> stands in <{local(element)}> of type {element.get('type', 'text')}",
            )


@rule(
    "atom-xhtml-div",
    ERROR,
    f"{specs.ATOM}3.1.1.3",
    demands="A text of type xhtml is one <div> of the XHTML namespace, and nothing beside it.",
    mend="Write <div xmlns='http://www.w3.org/1999/xhtml'>…</div> around all of it.",
)
def xhtml_div(part: Part, around: Around) -> Broken:
    """The div is not part of the text; what is beside it is lost."""
    for element in part.all(*CONSTRUCTS, CONTENT):
        if element.get("type") != "xhtml":
            continue
        inner = [child for child in element if type(child.tag) is str]
        beside = text_of(element) or any((child.tail or "").strip() for child in element)
        if len(inner) != 1 or inner[0].tag != f"{XHTML}div" or beside:
            yield element, f"<{local(element)}> of type xhtml is not one <div> of XHTML"


@rule(
    "atom-content-type",
    ERROR,
    f"{specs.ATOM}4.1.3.1",
    demands="The type of content is text, html, xhtml or a media type, but no multipart one.",
    mend="Write type='html' for escaped HTML.",
)
def content_type(part: Part, around: Around) -> Broken:
    """By it readers know what they have."""
    for element in part.all(CONTENT):
        kind = element.get("type", "text")
        if kind not in TYPES and (
            media_type_fault(kind) or kind.lower().startswith(("multipart/", "message/"))
        ):
            yield element, f"the type of <content> is {kind[:40]!r}"


@rule(
    "atom-content-source",
    ERROR,
    f"{specs.ATOM}4.1.3.2",
    demands="Content with src is empty, and its type is a media type where it has one.",
    mend="Take out the text, or src.",
)
def content_source(part: Part, around: Around) -> Broken:
    """Either it is here or there."""
    for element in part.all(CONTENT):
        if element.get("src") is None:
            continue
        if text_of(element) or len(element):
            yield element, "<content> has src, and content too"
        if element.get("type", "a/b") in TYPES:
            yield element, f"<content> with src has the type {element.get('type')}, which is no media type"


@rule(
    "atom-content-source-type",
    WARNING,
    f"{specs.ATOM}4.1.3.2",
    demands="Content with src says its type.",
    mend="Add type='…/…'.",
)
def content_source_type(part: Part, around: Around) -> Broken:
    """Readers decide by it whether to fetch it."""
    for element in part.all(CONTENT):
        if element.get("src") is not None and element.get("type") is None:
            yield element, "<content> has src and no type"


@rule(
    "atom-content-base64",
    ERROR,
    f"{specs.ATOM}4.1.3.3",
    demands="Content of a media type that is neither text nor XML is base64.",
    mend="Encode it, or put it elsewhere and name it by src.",
)
def content_base64(part: Part, around: Around) -> Broken:
    """XML holds no bytes."""
    for element in part.all(CONTENT):
        if _is_binary(element) and element.get("src") is None:
            try:
                base64.b64decode("".join(text_of(element).split()), validate=True)
            except (binascii.Error, ValueError):
                yield element, f"<content> of type {element.get('type')[:40]} is no base64"


@rule(
    "atom-summary",
    ERROR,
    f"{specs.ATOM}4.1.2",
    demands="An entry whose content is elsewhere (src) or in base64 has a summary.",
    mend="Add <summary>.",
)
def summary_needed(part: Part, around: Around) -> Broken:
    """There would be nothing to read."""
    for element in part.all(CONTENT):
        if (element.get("src") is not None or _is_binary(element)) and f"{ATOM}summary" not in part.children:
            yield part.element, "it has no <summary>, though its content is no text"


@rule(
    "atom-content-or-link",
    ERROR,
    f"{specs.ATOM}4.1.2",
    demands="An entry without content has a link rel='alternate'.",
    mend="Add the story's address or its content.",
)
def content_or_link(part: Part, around: Around) -> Broken:
    """There would be nothing to read and nowhere to go."""
    alternate = any(each.get("rel", "alternate") == "alternate" for each in part.all(f"{ATOM}link"))
    if CONTENT not in part.children and not alternate:
        yield part.element, "it has neither content nor a link rel=alternate"


@rule(
    "atom-text-missing",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/MissingTextualContent.html",
    demands="An entry has a content or a summary.",
    mend="Add a <summary>; a sentence will do.",
)
def text_missing(part: Part, around: Around) -> Broken:
    """Readers show the title alone."""
    if CONTENT not in part.children and f"{ATOM}summary" not in part.children:
        yield part.element, "it has neither content nor summary"


@rule(
    "atom-text-blank",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/NotBlank.html",
    demands="Titles, summaries and content are not empty.",
    mend="Fill it, or leave a summary out.",
)
def blank(part: Part, around: Around) -> Broken:
    """Readers show an empty line."""
    for element in part.all(*CONSTRUCTS, CONTENT):
        if not text_of(element) and not len(element) and element.get("src") is None:
            yield element, f"<{local(element)}> is empty"


@rule(
    "atom-html-page",
    HINT,
    "https://validator.w3.org/feed/docs/warning/HtmlFragment.html",
    demands="type='text/html' is a whole page; a piece of one is type='html'.",
    mend="Write type='html'.",
)
def page(part: Part, around: Around) -> Broken:
    """A media type says what it says elsewhere."""
    for element in part.all(CONTENT):
        if element.get("type") == "text/html" and "<html" not in text_of(element).lower():
            yield element, "<content> of type text/html is a piece of a page"


def _is_binary(element: Any) -> bool:
    kind = element.get("type", "text").partition(";")[0].strip().lower()
    other = kind.startswith(("text/", "multipart/", "message/")) or kind.endswith(("+xml", "/xml"))
    return "/" in kind and not other


FRAME = (text_type, elements, xhtml_div, blank)
ENTRY = (
    *FRAME, content_type, content_source, content_source_type, content_base64, summary_needed,
    content_or_link, text_missing, page,
)  # fmt: skip
