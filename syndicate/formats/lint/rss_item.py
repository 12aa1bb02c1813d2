"""Rules for an RSS item."""

from collections.abc import Iterator
from typing import Any

from syndicate.formats.lint import markup_rules, rss_names, specs, values, xml_rules
from syndicate.formats.lint.addresses import is_web, url_fault
from syndicate.formats.lint.finding import ERROR, WARNING, Broken, rule
from syndicate.formats.lint.media import MEDIA_RULES
from syndicate.formats.lint.parts import ATOM, CONTENT, DC, MEDIA, RSS_1, Around, Kind, Part, local, text_of
from syndicate.formats.lint.rss_channel import mailbox, mailbox_name

ONCE = (
    *("title", "link", "description", "author", "comments", "guid", "pubDate", "source"),
    *(f"{CONTENT}encoded", f"{ATOM}updated", f"{ATOM}published", f"{DC}date", f"{DC}rights", f"{DC}title"),
)
TWICE = (
    ("guid", f"{ATOM}id"),
    ("author", f"{DC}creator"),
    ("category", f"{DC}subject"),
    ("pubDate", f"{DC}date"),
    ("pubDate", f"{ATOM}published"),
    ("source", f"{DC}source"),
)
# Shorter numbers are likely to be used again.
SHORT = 9
HTML = ("description", f"{CONTENT}encoded")
PLAIN = ("title", "author", "category", "source", f"{DC}creator", f"{DC}title", f"{MEDIA}title")


def html_texts(part: Part) -> Iterator[tuple[Any, str, str]]:
    """Where HTML may stand."""
    for element in part.all(*HTML, f"{RSS_1}description"):
        if element.text:
            yield element, f"<{local(element)}>", element.text


def plain_texts(part: Part) -> Iterator[tuple[Any, str, str]]:
    """Where no HTML should stand."""
    for element in part.all(*PLAIN, f"{RSS_1}title"):
        if element.text:
            yield element, f"<{local(element)}>", element.text


@rule(
    "rss-item",
    ERROR,
    f"{specs.RSS}hrelementsOfLtitemgt",
    demands="An item has a title or a description.",
    mend="Write at least one of them.",
)
def filled(part: Part, around: Around) -> Broken:
    """There would be nothing to show."""
    if not (part.text("title") or part.text("description")):
        yield part.element, "it has neither title nor description"


@rule(
    "rss-item-once",
    ERROR,
    f"{specs.RSS}hrelementsOfLtitemgt",
    demands="What an item may have once stands there once.",
    mend="Keep one of them.",
)
def once(part: Part, around: Around) -> Broken:
    """Which one a reader takes is chance."""
    for tag in ONCE:
        found = part.children.get(tag, ())
        if len(found) > 1:
            yield found[1], f"it has {len(found)} <{local(found[1])}>"


@rule(
    "rss-item-said-twice",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/DuplicateItemSemantics.html",
    demands="Nothing is said once in RSS and once more in a module.",
    mend="Keep the element of RSS; for a name without an address, dc:creator alone.",
)
def said_twice(part: Part, around: Around) -> Broken:
    """When they differ, nobody knows which counts."""
    for core, other in TWICE:
        if core in part.children and other in part.children:
            yield part.children[other][0], f"<{local(part.children[other][0])}> says again what <{core}> says"


@rule(
    "rss-guid-missing",
    WARNING,
    f"{specs.PROFILE}element-channel-item-guid",
    demands="Every item has a guid.",
    mend="Add one that never changes, such as <guid isPermaLink='false'>urn:uuid:…</guid>.",
)
def guid_missing(part: Part, around: Around) -> Broken:
    """Without it a corrected headline makes a second story."""
    if not part.text("guid") and around.kind is Kind.RSS:
        yield part.element, "it has no guid"


@rule(
    "rss-guid-permalink",
    ERROR,
    f"{specs.RSS}ltguidgtSubelementOfLtitemgt",
    demands="A guid is an http address unless it says isPermaLink='false', in these very letters.",
    mend="Add isPermaLink='false' to a guid that leads nowhere.",
)
def guid_permalink(part: Part, around: Around) -> Broken:
    """Readers open it as the story's address."""
    for element in part.all("guid"):
        said = element.get("isPermaLink")
        if said not in (None, "true", "false"):
            yield element, f"isPermaLink is {said!r}, neither true nor false"
        elif said != "false" and (text := text_of(element)) and not is_web(text):
            yield element, f"the guid {text[:200]!r} is no address, but does not say so"


@rule(
    "rss-guid-vague",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/NotSufficientlyUnique.html",
    demands="A guid is like no other in the world.",
    mend="Put your domain in front of the number, or use a urn:uuid:.",
)
def guid_vague(part: Part, around: Around) -> Broken:
    """Readers that merge feeds would take two stories for one."""
    text = part.text("guid")
    if text.isdecimal() and len(text) < SHORT:
        yield part.children["guid"][0], f"the guid {text} is a mere number"


@rule(
    "rss-item-link",
    WARNING,
    f"{specs.PROFILE}element-channel-item-link",
    demands="An item has a link, or a guid that is one.",
    mend="Add the story's address.",
)
def link(part: Part, around: Around) -> Broken:
    """The headline would lead nowhere."""
    guid = part.children.get("guid", [])
    permanent = bool(guid) and guid[0].get("isPermaLink") != "false"
    if not part.text("link") and not permanent and "enclosure" not in part.children:
        yield part.element, "it has no link"


@rule(
    "rss-enclosure",
    ERROR,
    f"{specs.RSS}ltenclosuregtSubelementOfLtitemgt",
    demands="An enclosure has a url that begins with http, a type, and a length in bytes.",
    mend="Write all three; an unknown length is 0.",
)
def enclosure(part: Part, around: Around) -> Broken:
    """Podcast readers leave the episode out."""
    for element in part.all("enclosure"):
        if lacks := [name for name in ("url", "length", "type") if not element.get(name)]:
            yield element, f"the enclosure lacks {', '.join(lacks)}"
            continue
        length = element.get("length", "")
        if not (length.isascii() and length.isdecimal()):
            yield element, f"the enclosure's length is {length[:40]!r}, not a number of bytes"
        if not is_web(element.get("url", "")):
            yield element, f"the enclosure's url {element.get('url')[:200]!r} is no http address"


@rule(
    "rss-enclosure-many",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/DuplicateEnclosure.html",
    demands="At most one enclosure.",
    mend="Keep one, and put the others into <media:content>.",
)
def enclosures(part: Part, around: Around) -> Broken:
    """Some readers take the first, some the last."""
    found = part.children.get("enclosure", ())
    if len(found) > 1:
        yield found[1], f"it has {len(found)} enclosures"


@rule(
    "rss-source",
    ERROR,
    f"{specs.RSS}ltsourcegtSubelementOfLtitemgt",
    demands="source has the url of the feed that it names.",
    mend="Add the attribute url.",
)
def source(part: Part, around: Around) -> Broken:
    """A name alone credits nobody."""
    for element in part.all("source"):
        if url_fault(element.get("url", "")):
            yield element, f"the url of <source> is {element.get('url', '')[:200]!r}"


@rule(
    "rss-blank",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/NotBlank.html",
    demands="title, category and link are left out rather than left empty.",
    mend="Fill the element or take it out.",
)
def blank(part: Part, around: Around) -> Broken:
    """Readers show an empty line."""
    for element in part.all("title", "category", "link", "guid"):
        if not text_of(element) and not len(element):
            yield element, f"<{element.tag}> is empty"


@rule(
    "rss-content-alone",
    WARNING,
    f"{specs.PROFILE}namespace-elements-content-encoded",
    demands="An item with content:encoded has a description too.",
    mend="Put the summary into <description>.",
)
def content_alone(part: Part, around: Around) -> Broken:
    """Readers that do not know the module have nothing to show."""
    if f"{CONTENT}encoded" in part.children and "description" not in part.children:
        yield part.element, "it has <content:encoded> and no <description>"


@rule(
    "rss-body",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/DuplicateDescriptionSemantics.html",
    demands="The body stands in description or content:encoded.",
    mend="Move it into <content:encoded>.",
)
def body_elsewhere(part: Part, around: Around) -> Broken:
    """atom:content and atom:summary in RSS are read by few."""
    for element in part.all(f"{ATOM}content", f"{ATOM}title"):
        yield element, f"<{local(element)}> stands in an RSS item"


@rule(
    "rss-markup",
    ERROR,
    f"{specs.PROFILE}data-types-characterdata",
    demands="HTML in RSS is escaped, or stands in CDATA.",
    mend="Write &lt;p&gt; for <p>, or put the whole in <![CDATA[…]]>.",
)
def bare_markup(part: Part, around: Around) -> Broken:
    """Readers see elements of no meaning, and often no text at all."""
    for element in part.all("title", "description", "link", "guid", f"{CONTENT}encoded"):
        inner = next((child for child in element if type(child.tag) is str), None)
        if inner is not None:
            yield inner, f"<{local(inner)}> stands in <{local(element)}> unescaped"


@rule(
    "own-guid",
    ERROR,
    specs.OWN,
    demands="Of ours: every item has a guid that says isPermaLink='false'.",
    mend="Write it as formats.rss does.",
)
def own_guid(part: Part, around: Around) -> Broken:
    """An id is minted once, and is no address."""
    if around.ours:
        guid = part.children.get("guid", [])
        if not guid or not text_of(guid[0]) or guid[0].get("isPermaLink") != "false":
            yield part.element, "its guid is missing or does not say isPermaLink='false'"


ENTRY = (
    filled, once, said_twice, guid_missing, guid_permalink, guid_vague, link, enclosure, enclosures,
    source, blank, content_alone, body_elsewhere, bare_markup, own_guid, mailbox, mailbox_name,
    *MEDIA_RULES, *rss_names.BOTH, *values.BOTH, *xml_rules.ENTRY, *markup_rules.over_all(html_texts,
    plain_texts),
)  # fmt: skip
