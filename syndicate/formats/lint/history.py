"""Rules for feeds of several documents (RFC 5005), for tombstones (RFC 6721), and for rel=self."""

from urllib.parse import urldefrag

from syndicate.formats.lint import specs
from syndicate.formats.lint.addresses import is_relative
from syndicate.formats.lint.atom import links
from syndicate.formats.lint.finding import ERROR, WARNING, Broken, rule
from syndicate.formats.lint.moments import rfc_3339
from syndicate.formats.lint.parts import AT, ATOM, HISTORY, RSS_KINDS, Around, Kind, Part, text_of

SELF_TYPES = (
    "application/atom+xml",
    "application/rss+xml",
    "application/rdf+xml",
    "application/xml",
    "text/xml",
)


def _targets(part: Part, *rels: str) -> list[str]:
    return [element.get("href", "") for element, rel in links(part) if rel in rels]


def _marked(part: Part, name: str) -> bool:
    return f"{HISTORY}{name}" in part.children


@rule(
    "history-complete",
    ERROR,
    f"{specs.PAGING}2",
    demands="A complete feed is one document: no fh:archive, no links to others of its documents.",
    mend="Take <fh:complete/> out, or the links.",
)
def complete(part: Part, around: Around) -> Broken:
    """It says that there is nothing else."""
    if not _marked(part, "complete"):
        return
    mark = part.children[f"{HISTORY}complete"][0]
    if _marked(part, "archive"):
        yield mark, "the feed is marked complete and an archive document"
    for rel in ("prev-archive", "next-archive", "next", "previous"):
        if _targets(part, rel):
            yield mark, f"the feed is marked complete, and has a link rel={rel}"


@rule(
    "history-current",
    ERROR,
    "https://validator.w3.org/feed/docs/error/CurrentNotSelfInCompleteFeed.html",
    demands="The current document is not the archive document itself; of a complete feed it is.",
    mend="Let rel='current' name the subscription document.",
)
def current(part: Part, around: Around) -> Broken:
    """A reader that follows it must arrive at what is new."""
    own, now = _targets(part, "self"), _targets(part, "current")
    if own and now and _marked(part, "archive") and own[0] == now[0]:
        yield part.element, "an archive document names itself as the current one"
    if own and now and _marked(part, "complete") and own[0] != now[0]:
        yield part.element, "a complete feed names another document as the current one"


@rule(
    "history-archive",
    WARNING,
    f"{specs.PAGING}4",
    demands="An archive document is marked <fh:archive/> and has a link rel='current'.",
    mend="Add them: readers then need not fetch it twice, and find back.",
)
def archive(part: Part, around: Around) -> Broken:
    """It never changes; who knows that, saves a request."""
    if _marked(part, "archive"):
        if not _targets(part, "current"):
            yield part.element, "an archive document has no link rel=current"
    elif _targets(part, "next-archive"):
        yield part.element, "there is a link rel=next-archive, but no <fh:archive/>"


@rule(
    "history-loop",
    ERROR,
    f"{specs.PAGING}4",
    demands="prev-archive, next-archive, next and previous lead to another document.",
    mend="Leave the link out of the first and of the last document.",
)
def loop(part: Part, around: Around) -> Broken:
    """A reader that follows it would never arrive."""
    own = _targets(part, "self")
    for rel in ("prev-archive", "next-archive", "next", "previous"):
        if own and own[0] in _targets(part, rel):
            yield part.element, f"the link rel={rel} leads to this very document"


@rule(
    "tombstone",
    ERROR,
    f"{specs.TOMBSTONES}3",
    demands="at:deleted-entry has a ref, the id of an entry, and when, an RFC 3339 date.",
    mend="Write <at:deleted-entry ref='urn:uuid:…' when='2026-03-01T12:00:00+00:00'/>.",
)
def tombstone(part: Part, around: Around) -> Broken:
    """Readers do not know what went."""
    for element in part.all(f"{AT}deleted-entry"):
        if not element.get("ref"):
            yield element, "a tombstone has no ref"
        if fault := rfc_3339(element.get("when", "")).fault:
            yield element, f"when of a tombstone, {element.get('when', '')[:40]!r}, {fault}"


@rule(
    "self-relative",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/RelativeSelf.html",
    demands="The address that a feed gives of itself is absolute.",
    mend="Write it with https:// and the host.",
)
def self_relative(part: Part, around: Around) -> Broken:
    """Who has the file alone does not know where it was."""
    for element, rel in links(part):
        if rel == "self" and is_relative(element.get("href", "")) and not around.ours:
            yield element, f"rel=self is {element.get('href', '')[:200]!r}"


@rule(
    "self-type",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/SelfNotAtom.html",
    demands="The type of the link rel='self' is a feed's.",
    mend="Write application/rss+xml or application/atom+xml.",
)
def self_type(part: Part, around: Around) -> Broken:
    """It leads to this document."""
    for element, rel in links(part):
        kind = element.get("type", "application/atom+xml").partition(";")[0].strip()
        if rel == "self" and kind not in SELF_TYPES:
            yield element, f"the type of rel=self is {kind[:60]}"


@rule(
    "self-missing",
    WARNING,
    f"{specs.PROFILE}namespace-elements-atom-link",
    demands="An RSS feed says where it is: an atom:link rel='self'.",
    mend="Add <atom:link rel='self' type='application/rss+xml' href='https://…'/> to the channel.",
)
def self_missing(part: Part, around: Around) -> Broken:
    """A reader that has the file alone could not subscribe."""
    if around.kind is Kind.RSS and not _targets(part, "self"):
        yield part.element, "the channel has no <atom:link rel='self'>"


@rule(
    "self-differs",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/SelfDoesntMatchLocation.html",
    demands="The address that a feed gives of itself is the one it was fetched from.",
    mend="Write the address that you want people to subscribe to, and redirect the others to it.",
)
def self_differs(part: Part, around: Around) -> Broken:
    """Readers move to the address that the feed names."""
    if not around.url or around.ours:
        return
    for element, rel in links(part):
        href = element.get("href", "")
        if rel == "self" and not is_relative(href) and urldefrag(href).url != urldefrag(around.url).url:
            yield element, f"rel=self is {href[:200]!r}, it was fetched from {around.url!r}"


@rule(
    "own-self",
    ERROR,
    specs.OWN,
    demands="Of ours: one rel='self', equal to the address that the document is served from.",
    mend="Take the address from FeedView.urls, or that of the archive document.",
)
def own_self(part: Part, around: Around) -> Broken:
    """A partner checks it."""
    found = _targets(part, "self")
    if around.ours and found != [around.url]:
        yield part.element, f"rel=self is {found}, the document is served from {around.url}"


@rule(
    "link-in-rss",
    ERROR,
    f"{specs.ATOM}4.2.7",
    demands="atom:link has an href.",
    mend="Write <atom:link rel='…' href='https://…'/>.",
)
def link_in_rss(part: Part, around: Around) -> Broken:
    """It leads nowhere."""
    if around.kind in RSS_KINDS:
        for element in part.all(f"{ATOM}link"):
            if not element.get("href"):
                yield element, f"an <atom:link> has no href{', but text' if text_of(element) else ''}"


FRAME = (
    complete, current, archive, loop, tombstone, self_relative, self_type, self_missing, self_differs,
    own_self, link_in_rss,
)  # fmt: skip
ENTRY = (link_in_rss,)
