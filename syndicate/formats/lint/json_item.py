"""Rules for an item of a JSON Feed."""

from collections.abc import Iterator
from typing import Any

from syndicate.formats.lint import markup_rules, specs
from syndicate.formats.lint.addresses import media_type_fault, url_characters, url_fault
from syndicate.formats.lint.finding import ERROR, WARNING, Broken, rule
from syndicate.formats.lint.json_feed import (
    author,
    author_old,
    extension,
    language,
    objects,
    person_types,
    unknown_members,
    url_faults,
    wrong_types,
)
from syndicate.formats.lint.moments import implausible, rfc_3339
from syndicate.formats.lint.parts import Around
from syndicate.formats.lint.xml_rules import C1

ITEM = {
    "id": str, "url": str, "external_url": str, "title": str, "content_html": str, "content_text": str,
    "summary": str, "image": str, "banner_image": str, "date_published": str, "date_modified": str,
    "author": dict, "authors": list, "tags": list, "language": str, "attachments": list,
}  # fmt: skip
ATTACHMENT = {"url": str, "mime_type": str, "title": str, "size_in_bytes": int, "duration_in_seconds": int}
ADDRESSES = ("url", "external_url", "image", "banner_image")
DATES = ("date_published", "date_modified")


def html_texts(found: dict[str, Any]) -> Iterator[tuple[Any, str, str]]:
    """Where HTML stands."""
    if isinstance(found.get("content_html"), str):
        yield ("content_html",), "content_html", found["content_html"]


def plain_texts(found: dict[str, Any]) -> Iterator[tuple[Any, str, str]]:
    """Where no HTML should stand."""
    for name in ("title", "summary"):
        if isinstance(found.get(name), str):
            yield (name,), name, found[name]


def strings(found: dict[str, Any], *members: str) -> Iterator[tuple[str, str]]:
    """Those of the members that are strings and not empty."""
    for name in members:
        value = found.get(name)
        if isinstance(value, str) and value:
            yield name, value


@rule(
    "json-id",
    ERROR,
    f"{specs.JSON_FEED}items",
    demands="An item has an id, a string that is not empty.",
    mend="Write an id that never changes, in quotes.",
)
def identity(found: dict[str, Any], around: Around) -> Broken:
    """Readers discard an item without one."""
    value = found.get("id")
    if not isinstance(value, str) or not value.strip():
        yield ("id",), f"its id is {value!r}, no string" if value else "it has no id"


@rule(
    "json-content",
    ERROR,
    f"{specs.JSON_FEED}items",
    demands="An item has content_html or content_text.",
    mend="Write one of them; the summary will do as content_text.",
)
def content(found: dict[str, Any], around: Around) -> Broken:
    """There would be nothing to show."""
    if not found.get("content_html") and not found.get("content_text"):
        yield (), "it has neither content_html nor content_text"


@rule(
    "json-item-type",
    ERROR,
    f"{specs.JSON_FEED}items",
    demands="Every member of an item is of the type that the specification gives.",
    mend="Write strings in quotes, numbers without, several of something in an array.",
)
def types(found: dict[str, Any], around: Around) -> Broken:
    """A strict reader fails on the whole feed."""
    yield from (each for each in wrong_types(found, ITEM) if each[0] != ("id",))
    yield from person_types(found)
    for at, attachment in objects(found, "attachments"):
        yield from wrong_types(attachment, ATTACHMENT, ("attachments", at))
    tags = found.get("tags")
    for at, tag in enumerate(tags if isinstance(tags, list) else ()):
        if not isinstance(tag, str):
            yield ("tags", at), f"the tag {tag!r} is no string"


@rule(
    "json-item-url",
    ERROR,
    f"{specs.JSON_FEED}items",
    demands="Addresses of an item are absolute.",
    mend="Write the whole address, beginning with https://.",
)
def urls(found: dict[str, Any], around: Around) -> Broken:
    """Nothing says against what to resolve them."""
    yield from url_faults(found, ADDRESSES, url_fault)
    for at, attachment in objects(found, "attachments"):
        value = attachment.get("url")
        if isinstance(value, str) and value and (fault := url_fault(value)):
            yield ("attachments", at, "url"), f"the url of an attachment {value[:200]!r} {fault}"


@rule(
    "json-item-url-characters",
    WARNING,
    f"{specs.URI}2",
    demands="Addresses of an item consist of the characters of RFC 3986.",
    mend="Percent-encode the path and the query; write the host in punycode (xn--…).",
)
def url_unencoded(found: dict[str, Any], around: Around) -> Broken:
    """Readers encode them each in its own way, or not at all."""
    yield from url_faults(found, ADDRESSES, url_characters)


@rule(
    "json-date",
    ERROR,
    specs.TIMESTAMPS,
    demands="Dates are RFC 3339, with a zone.",
    mend="Write 2019-05-03T06:30:00+02:00; leave an unknown date out.",
)
def date(found: dict[str, Any], around: Around) -> Broken:
    """A date that is not understood is taken for now, or for 1970."""
    for name, value in strings(found, *DATES):
        if fault := rfc_3339(value).fault:
            yield (name,), f"{name} {value[:80]!r} {fault}"


@rule(
    "json-date-implausible",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/ImplausibleDate.html",
    demands="Dates lie between 1990 and now.",
    mend="If it is right, nothing. A date in the future keeps a story on top; 1970 is what 0 becomes.",
)
def date_implausible(found: dict[str, Any], around: Around) -> Broken:
    """Readers sort by it."""
    if around.now is None:
        return
    for name, value in strings(found, *DATES):
        when = rfc_3339(value).when
        if when and (fault := implausible(when, around.now)):
            yield (name,), f"{name} {value!r} {fault}"


@rule(
    "json-date-order",
    WARNING,
    f"{specs.JSON_FEED}items",
    demands="date_modified is not before date_published.",
    mend="Leave date_modified out until something changes.",
)
def date_order(found: dict[str, Any], around: Around) -> Broken:
    """What was changed had been published."""
    moments = [rfc_3339(str(found.get(name, ""))).when for name in DATES]
    if moments[0] and moments[1] and moments[1] < moments[0]:
        yield ("date_modified",), "date_modified lies before date_published"


@rule(
    "json-attachment",
    ERROR,
    f"{specs.JSON_FEED}attachments",
    demands="An attachment has a url and a mime_type of the form type/subtype.",
    mend="Write {'url': 'https://…', 'mime_type': 'audio/mpeg'}.",
)
def attachment_complete(found: dict[str, Any], around: Around) -> Broken:
    """Readers leave it out."""
    for at, attachment in objects(found, "attachments"):
        if lacks := [name for name in ("url", "mime_type") if not attachment.get(name)]:
            yield ("attachments", at), f"an attachment has no {' and no '.join(lacks)}"
        elif fault := media_type_fault(str(attachment["mime_type"])):
            yield ("attachments", at, "mime_type"), f"an attachment's mime_type: {fault}"


@rule(
    "json-item-member",
    WARNING,
    f"{specs.JSON_FEED}extensions",
    demands="Members of an item are those of the specification; those of one's own begin with an underscore.",
    mend="Correct the name (date_published, not pubDate), or write _name for your own.",
)
def member(found: dict[str, Any], around: Around) -> Broken:
    """A later version may use the name for something else."""
    yield from unknown_members(found, ITEM)


@rule(
    "json-windows-1252",
    WARNING,
    "https://www.unicode.org/charts/PDF/U0080.pdf",
    demands="No characters from U+0080 to U+009F, and no U+FFFD: they are what is left of a wrong encoding.",
    mend="Text of Windows was read as ISO-8859-1, or was damaged before: decode it as windows-1252.",
)
def wrong_characters(found: dict[str, Any], around: Around) -> Broken:
    """Curly quotes and dashes of Windows become these, which nobody sees."""
    for name, value in strings(found, "title", "summary", "content_html", "content_text"):
        if not value.isascii() and (held := C1.search(value)):
            yield (name,), f"{name} holds the character U+{ord(held[0]):04X}"


@rule(
    "own-json-zone",
    ERROR,
    specs.OWN,
    demands="Of ours: dates in JSON have a numeric zone.",
    mend="Use formats.dates.rfc3339.",
)
def own_zone(found: dict[str, Any], around: Around) -> Broken:
    """One form for all, which every reader understands."""
    if around.ours:
        for name, value in strings(found, *DATES):
            if value.endswith("Z"):
                yield (name,), f"{name} {value!r} has no numeric zone"


ENTRY = (
    identity, content, types, urls, url_unencoded, date, date_implausible, date_order,
    attachment_complete, author, author_old, language, member, extension, wrong_characters, own_zone,
    *markup_rules.over_all(html_texts, plain_texts),
)  # fmt: skip
