"""Rules for ninjs 3.1, https://iptc.org/standards/ninjs/: what its schema demands, and what news needs."""

from collections.abc import Iterator
from typing import Any

from syndicate.formats.lint import markup_rules, specs
from syndicate.formats.lint.addresses import language_fault, url_fault
from syndicate.formats.lint.finding import ERROR, HINT, WARNING, Broken, rule
from syndicate.formats.lint.json_feed import is_a, objects, wrong_types
from syndicate.formats.lint.moments import rfc_3339
from syndicate.formats.lint.names import names
from syndicate.formats.lint.parts import Around

SCHEMA = "https://www.iptc.org/std/ninjs/ninjs-schema_3.1.json"
TEXTS = names(
    "uri type representationType profile version firstCreated versionCreated contentCreated "
    "embargoedUntil pubStatus copyrightHolder copyrightNotice usageTerms edNote language title by "
    "slugline located expires name rel"
)
LISTS = names(
    "descriptions bodies headlines people organisations places subjects events plannedCoverage "
    "objects infoSources renditions associations altIds trustIndicators genres"
)
OBJECTS = names("eventDetails standard rightsInfo digitalSourceType")
MEMBERS: dict[str, type] = {
    **dict.fromkeys(TEXTS, str),
    **dict.fromkeys(LISTS, list),
    **dict.fromkeys(OBJECTS, dict),
    "urgency": int,
}
VALUES = {
    "type": names("text audio video picture graphic composite component event planning"),
    "representationType": names("full partial"),
    "pubStatus": names("usable withheld canceled"),
}
DATES = ("firstCreated", "versionCreated", "contentCreated", "embargoedUntil", "expires")
# Of arrays of texts: members that each has to have, and all that it may have.
NEEDED = {
    "descriptions": ("value", names("role contentType value")),
    "bodies": ("value", names("role contentType charCount wordCount value")),
    "headlines": ("value", names("role contentType value")),
    "renditions": (
        "name",
        names(
            "name href contentType title width height sizeInBytes duration format aspectRatio videoCodec "
            "frameRate poi transportProtocol scanType bitrate"
        ),
    ),
}


def html_texts(found: dict[str, Any]) -> Iterator[tuple[Any, str, str]]:
    """Bodies and descriptions in HTML."""
    for name in ("bodies", "descriptions"):
        for at, each in objects(found, name):
            if each.get("contentType") == "text/html" and isinstance(each.get("value"), str):
                yield (name, at, "value"), name, each["value"]


def plain_texts(found: dict[str, Any]) -> Iterator[tuple[Any, str, str]]:
    """Headlines."""
    for at, each in objects(found, "headlines"):
        if each.get("contentType") != "text/html" and isinstance(each.get("value"), str):
            yield ("headlines", at, "value"), "headlines", each["value"]


@rule(
    "ninjs-uri",
    ERROR,
    SCHEMA,
    demands="A news object has a uri.",
    mend="Write an id that never changes, such as urn:uuid:….",
)
def uri(found: dict[str, Any], around: Around) -> Broken:
    """By it a newer version replaces the older."""
    value = found.get("uri")
    if not isinstance(value, str) or (fault := url_fault(value)):
        yield ("uri",), f"uri {value!r} {fault}" if isinstance(value, str) else "it has no uri"


@rule(
    "ninjs-member",
    ERROR,
    SCHEMA,
    demands="There are no members but those of the schema: it admits none of one's own.",
    mend="Correct the name; put what has no place into edNote or altIds.",
)
def member(found: dict[str, Any], around: Around) -> Broken:
    """The schema refuses the whole object."""
    for name in found:
        if name not in MEMBERS or name in ("name", "rel"):
            near = next((each for each in sorted(MEMBERS) if each.lower() == name.lower()), "")
            yield (
                (name,),
                f"{name[:80]!r} is no member of ninjs 3.1" + (f"; did you mean {near}?" if near else ""),
            )


@rule(
    "ninjs-type",
    ERROR,
    SCHEMA,
    demands="Every member is of the type that the schema gives, with a value that it knows.",
    mend="Write strings in quotes and arrays in brackets; pubStatus is usable, withheld or canceled.",
)
def types(found: dict[str, Any], around: Around) -> Broken:
    """The schema refuses the whole object."""
    yield from wrong_types(found, MEMBERS)
    for name, known in VALUES.items():
        if isinstance(found.get(name), str) and found[name] not in known:
            yield (name,), f"{name} is {found[name][:80]!r}, none of {', '.join(sorted(known))}"
    for name in LISTS:
        value = found.get(name)
        for at, each in enumerate(value if isinstance(value, list) else ()):
            if not is_a(each, dict):
                yield (name, at), f"{name} holds what is no object"


@rule(
    "ninjs-text",
    ERROR,
    SCHEMA,
    demands="Headlines, bodies and descriptions have a value, renditions a name; nothing else is in them.",
    mend="Add what is missing, and take out what the schema does not have.",
)
def inner(found: dict[str, Any], around: Around) -> Broken:
    """The schema refuses the whole object."""
    for name, (needed, known) in NEEDED.items():
        for at, each in objects(found, name):
            if not isinstance(each.get(needed), str):
                yield (name, at), f"one of {name} has no {needed}"
            for other in (other for other in each if other not in known):
                yield (name, at, other), f"one of {name} has {other[:80]!r}, which ninjs 3.1 does not know"


@rule(
    "ninjs-date",
    ERROR,
    specs.TIMESTAMPS,
    demands="Dates are RFC 3339, with a zone.",
    mend="Write 2019-05-03T06:30:00+02:00; leave an unknown date out.",
)
def date(found: dict[str, Any], around: Around) -> Broken:
    """An embargo that is not understood is none."""
    for name in DATES:
        value = found.get(name)
        if isinstance(value, str) and (fault := rfc_3339(value).fault):
            yield (name,), f"{name} {value[:80]!r} {fault}"


@rule(
    "ninjs-language",
    ERROR,
    specs.LANGUAGE,
    demands="language is a tag such as en, fa or pt-BR.",
    mend="Write the code of the language, with a hyphen before the region.",
)
def language(found: dict[str, Any], around: Around) -> Broken:
    """Direction, fonts and translation follow it."""
    value = found.get("language")
    if isinstance(value, str) and (fault := language_fault(value)):
        yield ("language",), f"language: {fault}"


@rule(
    "ninjs-headline",
    WARNING,
    specs.NINJS,
    demands="What may be used has a headline or a title.",
    mend="Add {'headlines': [{'role': 'main', 'value': '…'}]}.",
)
def headline(found: dict[str, Any], around: Around) -> Broken:
    """An editor chooses by it."""
    if found.get("pubStatus") != "canceled" and not found.get("headlines") and not found.get("title"):
        yield (), "it has neither headlines nor a title"


@rule(
    "ninjs-standard",
    HINT,
    SCHEMA,
    demands="The object says by which version of ninjs it is written.",
    mend="Add {'standard': {'name': 'ninjs', 'version': '3.1', 'schema': '…'}}.",
)
def standard(found: dict[str, Any], around: Around) -> Broken:
    """Version 1 and 2 named the same things otherwise."""
    if "standard" not in found:
        yield (), "it does not say its version of ninjs"


ENTRY = (
    uri, member, types, inner, date, language, headline, standard, *markup_rules.over_all(html_texts,
    plain_texts),
)  # fmt: skip
