"""Rules for OPML, http://opml.org/spec2.opml."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from syndicate.formats.lint import specs
from syndicate.formats.lint.addresses import is_mailbox, language_fault, url_characters, url_fault
from syndicate.formats.lint.finding import ERROR, HINT, WARNING, Broken, rule
from syndicate.formats.lint.moments import rfc_822
from syndicate.formats.lint.names import names
from syndicate.formats.lint.parts import Around, Part, text_of

VERSIONS = ("1.0", "1.1", "2.0")
FEED_VERSIONS = names("RSS RSS1 RSS2 scriptingNews ATOM ATOM1 JSON JSON1")
DATES = ("dateCreated", "dateModified")
NUMBERS = ("vertScrollState", "windowTop", "windowLeft", "windowBottom", "windowRight")
HEAD = names(
    "title dateCreated dateModified ownerName ownerEmail ownerId docs expansionState vertScrollState "
    "windowTop windowLeft windowBottom windowRight"
)
ADDRESSES = ("xmlUrl", "htmlUrl", "url")
OF_FEEDS = ("xmlUrl", "htmlUrl", "description", "language", "title", "version")
DEEP = 20


def outlines(part: Part) -> Iterator[Any]:
    """Every outline."""
    return iter(part.named.get("outline", ()))


def _feeds(part: Part) -> Iterator[Any]:
    return (each for each in outlines(part) if each.get("type", "").lower() == "rss" or each.get("xmlUrl"))


@rule(
    "opml-version",
    ERROR,
    f"{specs.OPML}whatIsAnLtopmlgt",
    demands="The root is <opml version='2.0'>.",
    mend="Add version='2.0'.",
)
def version(part: Part, around: Around) -> Broken:
    """By it readers tell OPML from other outlines."""
    if part.element.tag != "opml" or part.element.get("version") not in VERSIONS:
        yield part.element, f"the root is <{part.element.tag}> of version {part.element.get('version')!r}"


@rule(
    "opml-structure",
    ERROR,
    f"{specs.OPML}whatIsAnLtopmlgt",
    demands="One <head>, then one <body> with at least one <outline>.",
    mend="Put the outlines into <body>; <head> may be empty.",
)
def structure(part: Part, around: Around) -> Broken:
    """Readers look there."""
    for name in ("head", "body"):
        if (count := len(part.children.get(name, ()))) != 1:
            yield part.element, f"there {'is no' if not count else f'are {count}'} <{name}>"
    for body in part.all("body"):
        if body.find("outline") is None:
            yield body, "<body> holds no <outline>"


@rule(
    "opml-head",
    WARNING,
    f"{specs.OPML}whatIsALtheadgt",
    demands="<head> holds what OPML has for it, each once.",
    mend="Correct the name, or give it a namespace.",
)
def head(part: Part, around: Around) -> Broken:
    """Readers do not see it."""
    for element in part.all("head"):
        told = Counter(child.tag for child in element if type(child.tag) is str)
        for name, count in told.items():
            if (name not in HEAD and name[0] != "{") or count > 1:
                yield element, f"<head> has {f'{count} ' if count > 1 else ''}<{name}>"


@rule(
    "opml-date",
    ERROR,
    f"{specs.OPML}notes",
    demands="Dates are RFC 822, as in RSS.",
    mend="Write Fri, 03 May 2019 06:30:00 +0200.",
)
def date(part: Part, around: Around) -> Broken:
    """A date that is not understood is none."""
    told = [(each, text_of(each)) for name in DATES for each in part.named.get(name, ())]
    told += [(each, each.get("created", "")) for each in outlines(part) if each.get("created")]
    for element, value in told:
        moment = rfc_822(value)
        if moment.fault or moment.weekday:
            yield element, f"the date {value[:80]!r} {moment.fault or moment.weekday}"


@rule(
    "opml-owner",
    WARNING,
    f"{specs.OPML}whatIsALtheadgt",
    demands="ownerEmail is an e-mail address, ownerId an address of the web; window positions are numbers.",
    mend="Correct it or leave it out.",
)
def owner(part: Part, around: Around) -> Broken:
    """Nobody can write there."""
    for element in part.named.get("ownerEmail", ()):
        if not is_mailbox(text_of(element)):
            yield element, f"<ownerEmail> is {text_of(element)[:80]!r}"
    for element in part.named.get("ownerId", ()):
        if url_fault(text_of(element)):
            yield element, f"<ownerId> is {text_of(element)[:80]!r}"
    for element in (each for name in NUMBERS for each in part.named.get(name, ())):
        if not text_of(element).lstrip("-").isdecimal():
            yield element, f"<{element.tag}> is {text_of(element)[:40]!r}"


@rule(
    "opml-text",
    ERROR,
    f"{specs.OPML}textAttribute",
    demands="Every outline has a text.",
    mend="Add text='…', the name that people see.",
)
def text(part: Part, around: Around) -> Broken:
    """Readers show an empty line."""
    for element in outlines(part):
        if not element.get("text", "").strip():
            yield element, "an outline has no text"


@rule(
    "opml-feed",
    ERROR,
    f"{specs.OPML}subscriptionLists",
    demands="An outline of type rss has an xmlUrl.",
    mend="Add the feed's address.",
)
def feed(part: Part, around: Around) -> Broken:
    """There is nothing to subscribe to."""
    for element in outlines(part):
        if element.get("type", "").lower() == "rss" and not element.get("xmlUrl"):
            yield element, f"{element.get('text', '')[:80]!r} of type rss has no xmlUrl"


@rule(
    "opml-feed-type",
    WARNING,
    f"{specs.OPML}subscriptionLists",
    demands="An outline with an xmlUrl says type='rss', whatever the feed's format.",
    mend="Add type='rss'.",
)
def feed_type(part: Part, around: Around) -> Broken:
    """Readers pass over it."""
    for element in outlines(part):
        if any(element.get(name) for name in ("xmlUrl", "htmlUrl")) and not element.get("type"):
            yield element, f"{element.get('text', '')[:80]!r} has an address and no type"


@rule(
    "opml-link",
    WARNING,
    f"{specs.OPML}linksIncludesAndSuch",
    demands="An outline of type link or include has a url.",
    mend="Add it.",
)
def link(part: Part, around: Around) -> Broken:
    """It leads nowhere."""
    for element in outlines(part):
        if element.get("type", "").lower() in ("link", "include") and not element.get("url"):
            yield element, f"{element.get('text', '')[:80]!r} of type {element.get('type')} has no url"


@rule(
    "opml-url",
    ERROR,
    f"{specs.OPML}subscriptionLists",
    demands="Addresses are absolute.",
    mend="Write the whole address, beginning with https://.",
)
def url(part: Part, around: Around) -> Broken:
    """Nothing says against what to resolve them."""
    for element in outlines(part):
        for name in ADDRESSES:
            value = element.get(name)
            if value and (fault := url_fault(value)):
                yield element, f"{name} {value[:200]!r} {fault}"


@rule(
    "opml-url-characters",
    WARNING,
    f"{specs.URI}2",
    demands="Addresses consist of the characters of RFC 3986.",
    mend="Percent-encode the path and the query; write the host in punycode (xn--…).",
)
def url_unencoded(part: Part, around: Around) -> Broken:
    """Readers encode them each in its own way, or not at all."""
    for element in outlines(part):
        for name in ADDRESSES:
            value = element.get(name)
            if value and not url_fault(value) and (fault := url_characters(value)):
                yield element, f"{name} {value[:200]!r} {fault}"


@rule(
    "opml-twice",
    WARNING,
    f"{specs.OPML}subscriptionLists",
    demands="No feed stands in one folder twice.",
    mend="Take one out.",
)
def twice(part: Part, around: Around) -> Broken:
    """Readers subscribe twice, or ask which."""
    seen: set[tuple[Any, str]] = set()
    for element in outlines(part):
        key = (element.getparent(), element.get("xmlUrl", ""))
        if key[1] and key in seen:
            yield element, f"{key[1][:200]!r} stands there twice"
        seen.add(key)


@rule(
    "opml-feed-version",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/InvalidOutlineVersion.html",
    demands="The version of a feed is RSS, RSS1, RSS2 or scriptingNews; some write ATOM1 or JSON1.",
    mend="Write version='RSS2', or leave it out: readers look for themselves.",
)
def feed_version(part: Part, around: Around) -> Broken:
    """Nobody knows other values."""
    for element in _feeds(part):
        value = element.get("version")
        if value and value.upper() not in {each.upper() for each in FEED_VERSIONS}:
            yield element, f"the version of {element.get('text', '')[:80]!r} is {value[:40]!r}"


@rule(
    "opml-flags",
    ERROR,
    f"{specs.OPML}otherSpecialAttributes",
    demands="isComment and isBreakpoint are true or false; language is a language tag.",
    mend="Correct the value or leave it out.",
)
def flags(part: Part, around: Around) -> Broken:
    """Readers take it for something else."""
    for element in outlines(part):
        for name in ("isComment", "isBreakpoint"):
            if element.get(name, "true").lower() not in ("true", "false"):
                yield element, f"{name} is {element.get(name)[:40]!r}"
        value = element.get("language")
        if value and value.lower() != "unknown" and (fault := language_fault(value)):
            yield element, f"language: {fault}"


@rule(
    "opml-title",
    HINT,
    "https://validator.w3.org/feed/docs/warning/MissingTitleAttr.html",
    demands="A feed has a title beside its text.",
    mend="Add title='…'; it may be the same.",
)
def title(part: Part, around: Around) -> Broken:
    """Older readers look at it alone."""
    for element in _feeds(part):
        if element.get("xmlUrl") and not element.get("title"):
            yield element, f"{element.get('text', '')[:80]!r} has no title"


@rule(
    "opml-deep",
    HINT,
    f"{specs.OPML}subscriptionLists",
    demands="Folders nest no deeper than people look.",
    mend="Make it flatter: most readers know one level of folders.",
)
def deep(part: Part, around: Around) -> Broken:
    """What is below is lost, or shown on top."""
    for element in outlines(part):
        if element.find("outline") is None and sum(1 for _ in element.iterancestors("outline")) >= DEEP:
            yield element, f"{element.get('text', '')[:80]!r} lies more than {DEEP} levels deep"
            return


FRAME = (
    version, structure, head, date, owner, text, feed, feed_type, link, url, url_unencoded, twice,
    feed_version, flags, title, deep,
)  # fmt: skip
