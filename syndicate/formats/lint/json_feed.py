"""Rules for a JSON Feed (https://www.jsonfeed.org/version/1.1/) beside its items; a place is a path."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urldefrag

from syndicate.formats.lint import specs
from syndicate.formats.lint.addresses import language_fault, url_characters, url_fault
from syndicate.formats.lint.finding import ERROR, HINT, WARNING, Broken, rule
from syndicate.formats.lint.names import names
from syndicate.formats.lint.parts import Around

VERSION = re.compile(r"https://jsonfeed\.org/version/1(?:\.1)?")
FEED = {
    "version": str, "title": str, "home_page_url": str, "feed_url": str, "description": str,
    "user_comment": str, "next_url": str, "icon": str, "favicon": str, "author": dict, "authors": list,
    "language": str, "expired": bool, "hubs": list, "items": list,
}  # fmt: skip
PERSON = {"name": str, "url": str, "avatar": str}
HUB = {"type": str, "url": str}
ADDRESSES = ("home_page_url", "feed_url", "next_url", "icon", "favicon")
IN_WORDS = {str: "a string", dict: "an object", list: "an array", bool: "true or false", int: "a number"}
MEMBERS = names("version title items")


def wrong_types(found: dict[str, Any], table: Mapping[str, type], path: tuple[Any, ...] = ()) -> Broken:
    """Members that are of another type than the table says."""
    for name, kind in table.items():
        if name in found and not is_a(found[name], kind):
            yield (*path, name), f"{name} is {_shown(found[name])}, not {IN_WORDS[kind]}"


def is_a(value: object, kind: type) -> bool:
    """Whether a value is of a type; true is no number."""
    if kind is int:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind)


def objects(found: dict[str, Any], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of an array, with their places."""
    value = found.get(name)
    for at, each in enumerate(value if isinstance(value, list) else ()):
        if isinstance(each, dict):
            yield at, each


def url_faults(found: dict[str, Any], members: tuple[str, ...], fault: Callable[[str], str]) -> Broken:
    """Addresses among the members with what is wrong."""
    for name in members:
        value = found.get(name)
        if isinstance(value, str) and value and (told := fault(value)):
            yield (name,), f"{name} {value[:200]!r} {told}"


def people(found: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every author, with where it stands."""
    if "author" in found:
        yield ("author",), found["author"]
    value = found.get("authors")
    for at, each in enumerate(value if isinstance(value, list) else ()):
        yield ("authors", at), each


def _shown(value: object) -> str:
    kind = {bool: "true or false", int: "a number", float: "a number", type(None): "null"}.get(type(value))
    return kind or IN_WORDS.get(type(value), "something else")


@rule(
    "json-version",
    ERROR,
    f"{specs.JSON_FEED}top-level",
    demands="version is https://jsonfeed.org/version/1.1 or …/1.",
    mend="Write 'version': 'https://jsonfeed.org/version/1.1'.",
)
def version(found: dict[str, Any], around: Around) -> Broken:
    """By it readers tell a feed from other JSON."""
    if not VERSION.fullmatch(str(found.get("version", "")).removesuffix("/")):
        yield ("version",), f"version is {str(found.get('version'))[:80]!r}"


@rule(
    "json-required",
    ERROR,
    f"{specs.JSON_FEED}top-level",
    demands="A feed has a title that is not empty, and items.",
    mend="Add what is missing; items may be an empty array.",
)
def required(found: dict[str, Any], around: Around) -> Broken:
    """Readers list the feed by its title."""
    if not found.get("title"):
        yield ("title",), "the feed has no title"
    if "items" not in found:
        yield (), "the feed has no items"


@rule(
    "json-type",
    ERROR,
    f"{specs.JSON_FEED}top-level",
    demands="Every member is of the type that the specification gives.",
    mend="Write strings in quotes, one author in an array, true without quotes.",
)
def types(found: dict[str, Any], around: Around) -> Broken:
    """A strict reader fails on the whole feed."""
    yield from wrong_types(found, FEED)
    for at, hub in objects(found, "hubs"):
        yield from wrong_types(hub, HUB, ("hubs", at))
    yield from person_types(found)
    items = found.get("items")
    for at, item in enumerate(items if isinstance(items, list) else ()):
        if not isinstance(item, dict):
            yield ("items", at), f"item {at + 1} is {_shown(item)}, not an object"


def person_types(found: dict[str, Any]) -> Broken:
    """Authors of other types."""
    for path, person in people(found):
        if isinstance(person, dict):
            yield from wrong_types(person, PERSON, path)
        elif path != ("author",):
            yield path, f"an author is {_shown(person)}, not an object"


@rule(
    "json-url",
    ERROR,
    f"{specs.JSON_FEED}top-level",
    demands="Addresses are absolute.",
    mend="Write the whole address, beginning with https://.",
)
def urls(found: dict[str, Any], around: Around) -> Broken:
    """Nothing says against what to resolve them."""
    yield from url_faults(found, ADDRESSES, url_fault)
    for at, hub in objects(found, "hubs"):
        if isinstance(hub.get("url"), str) and (fault := url_fault(hub["url"])):
            yield ("hubs", at, "url"), f"the url of a hub {hub['url'][:200]!r} {fault}"


@rule(
    "json-url-characters",
    WARNING,
    f"{specs.URI}2",
    demands="Addresses consist of the characters of RFC 3986.",
    mend="Percent-encode the path and the query; write the host in punycode (xn--…).",
)
def url_unencoded(found: dict[str, Any], around: Around) -> Broken:
    """Readers encode them each in its own way, or not at all."""
    yield from url_faults(found, ADDRESSES, url_characters)


@rule(
    "json-feed-url",
    WARNING,
    f"{specs.JSON_FEED}top-level",
    demands="feed_url is there, and is where the feed was fetched from.",
    mend="Write the address that you want people to subscribe to.",
)
def feed_url(found: dict[str, Any], around: Around) -> Broken:
    """A reader that has the file alone could not subscribe."""
    said = found.get("feed_url")
    if not said:
        yield (), "the feed has no feed_url"
    elif around.url and not around.ours and urldefrag(str(said)).url != urldefrag(around.url).url:
        yield ("feed_url",), f"feed_url is {str(said)[:200]!r}, it was fetched from {around.url!r}"


@rule(
    "own-feed-url",
    ERROR,
    specs.OWN,
    demands="Of ours: feed_url is the address that the document is served from.",
    mend="Take the address from FeedView.urls, or that of the archive document.",
)
def own_feed_url(found: dict[str, Any], around: Around) -> Broken:
    """A partner checks it."""
    if around.ours and found.get("feed_url") != around.url:
        yield (
            ("feed_url",),
            f"feed_url is {found.get('feed_url')!r}, the document is served from {around.url}",
        )


@rule(
    "json-next-url",
    ERROR,
    f"{specs.JSON_FEED}top-level",
    demands="next_url leads to another document.",
    mend="Leave next_url out of the last document.",
)
def next_url(found: dict[str, Any], around: Around) -> Broken:
    """A reader that follows it would never arrive."""
    said = found.get("next_url")
    if isinstance(said, str) and said in (found.get("feed_url"), around.url) and said:
        yield ("next_url",), "next_url leads to this very document"


@rule(
    "json-hub",
    ERROR,
    f"{specs.JSON_FEED}hubs",
    demands="A hub has a type and a url.",
    mend="Write {'type': 'WebSub', 'url': 'https://…'}.",
)
def hubs(found: dict[str, Any], around: Around) -> Broken:
    """Readers would not know how to speak to it."""
    for at, hub in objects(found, "hubs"):
        if lacks := [name for name in ("type", "url") if not hub.get(name)]:
            yield ("hubs", at), f"a hub has no {' and no '.join(lacks)}"


@rule(
    "json-author",
    ERROR,
    f"{specs.JSON_FEED}top-level",
    demands="An author has a name, a url or an avatar.",
    mend="Write {'name': 'Mina Vale'}, or leave the author out.",
)
def author(found: dict[str, Any], around: Around) -> Broken:
    """An author of nothing says nothing."""
    for path, person in people(found):
        if isinstance(person, dict) and not any(person.get(name) for name in PERSON):
            yield path, "an author has neither name nor url nor avatar"


@rule(
    "json-author-old",
    WARNING,
    f"{specs.JSON_FEED}top-level",
    demands="authors, an array, instead of author.",
    mend="Write 'authors': [{'name': '…'}]; keep author beside it for readers of version 1 if you like.",
)
def author_old(found: dict[str, Any], around: Around) -> Broken:
    """Version 1.1 has deprecated author."""
    if "author" in found and "authors" not in found:
        yield ("author",), "there is author, but no authors"


@rule(
    "json-language",
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


def unknown_members(found: dict[str, Any], known: Mapping[str, type]) -> Broken:
    """Members that the specification does not have and that do not begin with an underscore."""
    for name in found:
        if name not in known and not name.startswith("_"):
            near = next((each for each in known if each.lower() == name.lower().replace("-", "_")), "")
            yield (
                (name,),
                f"{name[:80]!r} is no member of JSON Feed" + (f"; did you mean {near}?" if near else ""),
            )


@rule(
    "json-member",
    WARNING,
    f"{specs.JSON_FEED}extensions",
    demands="Members are those of the specification; those of one's own begin with an underscore.",
    mend="Correct the name, or write _name for your own.",
)
def member(found: dict[str, Any], around: Around) -> Broken:
    """A later version may use the name for something else."""
    yield from unknown_members(found, FEED)


@rule(
    "json-extension",
    ERROR,
    f"{specs.JSON_FEED}extensions",
    demands="What begins with an underscore is an object, and its name begins with a letter.",
    mend="Put the value into an object: '_courier': {'about': 'https://…', 'rank': 3}.",
)
def extension(found: dict[str, Any], around: Around) -> Broken:
    """So says the specification of extensions."""
    for name, value in found.items():
        if name.startswith("_") and (not isinstance(value, dict) or not name[1:2].isalpha() or "." in name):
            yield (name,), f"{name[:80]!r} is {_shown(value)}, or is no name of an extension"


@rule(
    "json-home-page",
    HINT,
    f"{specs.JSON_FEED}top-level",
    demands="home_page_url says which site the feed is of.",
    mend="Add it.",
)
def home_page(found: dict[str, Any], around: Around) -> Broken:
    """Readers link the feed's title to it."""
    if not found.get("home_page_url"):
        yield (), "the feed has no home_page_url"


FRAME = (
    version, required, types, urls, url_unencoded, feed_url, own_feed_url, next_url, hubs, author,
    author_old, language, member, extension, home_page,
)  # fmt: skip
