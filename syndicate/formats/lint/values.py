"""Rules for single values in XML feeds, wherever they stand: addresses, dates, languages, media types."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from syndicate.formats.lint import specs
from syndicate.formats.lint.addresses import (
    is_relative,
    language_fault,
    media_type_fault,
    unknown_scheme,
    url_characters,
    url_fault,
)
from syndicate.formats.lint.finding import ERROR, HINT, WARNING, Broken, rule
from syndicate.formats.lint.moments import Moment, implausible, rfc_822, rfc_3339, w3c
from syndicate.formats.lint.parts import (
    ATOM,
    DC,
    DCTERMS,
    MEDIA,
    RSS_1,
    RSS_KINDS,
    XHTML,
    XML,
    Around,
    Kind,
    Part,
    has_base,
    local,
    text_of,
)

WFW = "{http://wellformedweb.org/CommentAPI/}"
# An element, and its attribute or its text.
RSS_ADDRESSES = (
    *(("link", ""), ("comments", ""), ("docs", ""), ("url", ""), ("enclosure", "url"), ("source", "url")),
    *((f"{RSS_1}link", ""), (f"{RSS_1}url", ""), (f"{ATOM}link", "href"), (f"{ATOM}id", "")),
    *((f"{MEDIA}content", "url"), (f"{MEDIA}thumbnail", "url"), (f"{MEDIA}player", "url")),
    *((f"{WFW}commentRss", ""), (f"{WFW}comment", "")),
)
ATOM_ADDRESSES = (
    *((f"{ATOM}link", "href"), (f"{ATOM}uri", ""), (f"{ATOM}icon", ""), (f"{ATOM}logo", "")),
    *((f"{ATOM}content", "src"), (f"{ATOM}generator", "uri"), (f"{ATOM}category", "scheme")),
    *((f"{MEDIA}content", "url"), (f"{MEDIA}thumbnail", "url")),
)
DATES: dict[str, Callable[[str], Moment]] = {
    "pubDate": lru_cache(256)(rfc_822),
    "lastBuildDate": lru_cache(256)(rfc_822),
    **dict.fromkeys((f"{ATOM}updated", f"{ATOM}published"), lru_cache(256)(rfc_3339)),
    **dict.fromkeys(
        (f"{DC}date", f"{DCTERMS}issued", f"{DCTERMS}modified", f"{DCTERMS}created"), lru_cache(256)(w3c)
    ),
}
# What a feed without entries has in the one place where Atom demands a date (RFC 4287, section 4.1.1).
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
LANGUAGES = ("language", f"{DC}language")
TYPED = ("enclosure", f"{ATOM}link", f"{MEDIA}content")


def addresses(part: Part, around: Around) -> Iterator[tuple[Any, str, str]]:
    """Every address: where it stands, what that is called, and the address."""
    table = RSS_ADDRESSES if around.kind in RSS_KINDS else ATOM_ADDRESSES
    named = part.named
    for tag, attribute in table:
        for element in named.get(tag, ()):
            value = element.get(attribute) if attribute else text_of(element)
            if value:
                yield (
                    element,
                    f"{attribute} of <{local(element)}>" if attribute else f"<{local(element)}>",
                    value,
                )


def dates(part: Part) -> Iterator[tuple[Any, str, Moment]]:
    """Every date: where it stands, as it stands, and how it was read."""
    named = part.named
    for tag, read in DATES.items():
        for element in named.get(tag, ()):
            value = text_of(element)
            yield element, value, read(value)


@rule(
    "url-invalid",
    ERROR,
    f"{specs.PROFILE}data-types-url",
    demands="Addresses are absolute and lead somewhere: a scheme, a host, no blanks.",
    mend="Write the whole address, beginning with https://.",
)
def url_invalid(part: Part, around: Around) -> Broken:
    """RSS knows no base against which a reader could resolve a relative one."""
    lenient = around.kind not in RSS_KINDS and not around.ours
    for element, name, value in addresses(part, around):
        fault = url_fault(value)
        if fault and not (lenient and is_relative(value)):
            yield element, f"{name}: {value[:200]!r} {fault}"


@rule(
    "atom-relative",
    HINT,
    f"{specs.ATOM}2",
    demands="Addresses are absolute, or an xml:base says against what to read them.",
    mend="Write the whole address, beginning with https://.",
)
def atom_relative(part: Part, around: Around) -> Broken:
    """Atom allows them; many readers get them wrong."""
    if around.kind in RSS_KINDS or around.ours:
        return
    for element, name, value in addresses(part, around):
        if is_relative(value) and element.get("rel") != "self" and not has_base(element):
            yield element, f"{name}: {value[:200]!r} is relative, and no xml:base stands around it"


@rule(
    "url-characters",
    WARNING,
    f"{specs.URI}2",
    demands="Addresses consist of the characters of RFC 3986; others are percent-encoded, hosts in punycode.",
    mend="Percent-encode the path and the query; write the host in punycode (xn--…).",
)
def url_unencoded(part: Part, around: Around) -> Broken:
    """Readers encode them each in its own way, or not at all."""
    for element, name, value in addresses(part, around):
        fault = url_characters(value)
        if fault and not url_fault(value):
            yield element, f"{name}: {value[:200]!r} {fault}"


@rule(
    "url-scheme",
    WARNING,
    "https://www.iana.org/assignments/uri-schemes/uri-schemes.xhtml",
    demands="The scheme of an address is registered.",
    mend="Use https.",
)
def url_scheme(part: Part, around: Around) -> Broken:
    """Nothing opens it."""
    for element, name, value in addresses(part, around):
        if found := unknown_scheme(value):
            yield element, f"{name}: nobody registered the scheme {found}"


@rule(
    "date-invalid",
    ERROR,
    specs.DATES,
    demands="Dates have the form of their format: RFC 822 in RSS, RFC 3339 in Atom, W3C in Dublin Core.",
    mend="Write Fri, 03 May 2019 06:30:00 +0200 in RSS and 2019-05-03T06:30:00+02:00 elsewhere, in English.",
)
def date_invalid(part: Part, around: Around) -> Broken:
    """A date that is not understood is taken for now, or for 1970."""
    for element, value, moment in dates(part):
        if moment.fault:
            yield element, f"<{local(element)}> {value[:80]!r} {moment.fault}"


@rule(
    "date-weekday",
    ERROR,
    specs.DATES,
    demands="The name of the day is that of the date.",
    mend="Let a library write the date, or leave the name of the day out.",
)
def date_weekday(part: Part, around: Around) -> Broken:
    """Which of the two is wrong is anybody's guess."""
    for element, value, moment in dates(part):
        if moment.weekday:
            yield element, f"<{local(element)}> {value!r} {moment.weekday}"


@rule(
    "date-old",
    WARNING,
    f"{specs.PROFILE}data-types-datetime",
    demands="RFC 822 dates with a year of four digits and a zone such as +0200 or GMT.",
    mend="Write Fri, 03 May 2019 06:30:00 +0200.",
)
def date_old(part: Part, around: Around) -> Broken:
    """RFC 822 is of 1982; some readers know less of it, some more."""
    for element, value, moment in dates(part):
        if moment.old:
            yield element, f"<{local(element)}> {value!r} {moment.old}"


@rule(
    "date-implausible",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/ImplausibleDate.html",
    demands="Dates lie between 1990 and now; an Atom feed without entries may say 1970-01-01T00:00:00Z.",
    mend="If it is right, nothing. A date in the future keeps a story on top; 1970 is what 0 becomes.",
)
def date_implausible(part: Part, around: Around) -> Broken:
    """Readers sort by it."""
    if around.now is None:
        return
    for element, value, moment in dates(part):
        if moment.when == NEVER and around.kind is Kind.ATOM and not (around.entries or around.ids):
            continue
        if moment.when and (fault := implausible(moment.when, around.now)):
            yield element, f"<{local(element)}> {value!r} {fault}"


@rule(
    "own-date-zone",
    ERROR,
    specs.OWN,
    demands="Of ours: dates have a numeric zone.",
    mend="Use formats.dates.rfc822 and rfc3339.",
)
def own_zone(part: Part, around: Around) -> Broken:
    """One form for all, which every reader understands."""
    if not around.ours:
        return
    for element, value, moment in dates(part):
        if moment.when and len(value) > 10 and value[-5:-4] not in "+-" and value[-6:-5] not in "+-":
            yield element, f"<{local(element)}> {value!r} has no numeric zone"


@rule(
    "language-invalid",
    ERROR,
    specs.LANGUAGE,
    demands="Languages are tags such as en, fa or pt-BR.",
    mend="Write the code of the language, with a hyphen before the region.",
)
def language_invalid(part: Part, around: Around) -> Broken:
    """Direction, fonts and translation follow it."""
    named = part.named
    told = [(element, text_of(element)) for tag in LANGUAGES for element in named.get(tag, ())]
    for element in part.inside:
        if element.attrib and not element.tag.startswith(XHTML):
            told += [(element, element.get(name, "")) for name in ("hreflang", f"{XML}lang")]
    for element, value in told:
        if value and (fault := language_fault(value)):
            yield element, f"<{local(element)}>: {fault}"


@rule(
    "media-type-invalid",
    ERROR,
    f"{specs.HTTP}8.3.1",
    demands="Media types have the form type/subtype.",
    mend="Write, for instance, audio/mpeg, image/jpeg or text/html.",
)
def type_invalid(part: Part, around: Around) -> Broken:
    """By it a reader chooses what to do with the file."""
    named = part.named
    for element in (each for tag in TYPED for each in named.get(tag, ())):
        value = element.get("type")
        if value and (fault := media_type_fault(value)):
            yield element, f"type of <{local(element)}>: {fault}"


BOTH = (
    url_invalid, atom_relative, url_unencoded, url_scheme, date_invalid, date_weekday, date_old,
    date_implausible, own_zone, language_invalid, type_invalid,
)  # fmt: skip
