"""Which rules count for which kind of document; and all of them by name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from syndicate.formats.lint import (
    atom,
    atom_text,
    history,
    http,
    json_feed,
    json_item,
    markup_rules,
    ninjs,
    opml,
    rdf,
    reading,
    rss_channel,
    rss_item,
    rss_names,
    specs,
    values,
    xml_rules,
)
from syndicate.formats.lint.across import ACROSS
from syndicate.formats.lint.finding import ERROR, Broken, Rule, rule
from syndicate.formats.lint.media import MEDIA_RULES
from syndicate.formats.lint.parts import RSS_1, Around, Kind, Part, local

DECLARATION = b"<?xml version='1.0' encoding='UTF-8'?>"
ABOUT_CHANNEL = ("title", "description", "copyright", f"{RSS_1}title")


@rule(
    "own-declaration",
    ERROR,
    specs.OWN,
    demands="Of ours: the XML declaration stands at byte 0 and says UTF-8.",
    mend="Write it as the writers do.",
)
def own_declaration(part: Any, around: Around) -> Broken:
    """Not every reader takes a document without it for UTF-8."""
    if around.ours and not around.data.startswith(DECLARATION):
        yield 1, "no XML declaration of UTF-8 at byte 0"


def _channel_texts(part: Part) -> Iterator[tuple[Any, str, str]]:
    for element in part.all(*ABOUT_CHANNEL):
        if element.text:
            yield element, f"<{local(element)}>", element.text


@dataclass(frozen=True, slots=True)
class Table:
    """The rules for a document's frame, for each of its entries, and for the entries together."""

    frame: Sequence[Rule] = ()
    entry: Sequence[Rule] = ()
    across: Sequence[Rule] = ACROSS


XML = (own_declaration, *xml_rules.FRAME)
IN_CHANNEL = (*values.BOTH, *(markup_rules.over(each, _channel_texts) for each in markup_rules.PLAIN))
RSS = Table(
    frame=(*rss_channel.FRAME, *rss_names.BOTH, *MEDIA_RULES, *history.FRAME, *IN_CHANNEL, *XML),
    entry=rss_item.ENTRY,
)
ATOM = Table(
    frame=(
        *atom.FRAME,
        *atom_text.FRAME,
        *history.FRAME,
        rss_names.module_unknown,
        *values.BOTH,
        *markup_rules.over_all(atom_text.html_texts, atom_text.plain_texts),
        *XML,
    ),
    entry=(
        *atom.ENTRY,
        *atom_text.ENTRY,
        *MEDIA_RULES,
        rss_names.module_unknown,
        *values.BOTH,
        *markup_rules.over_all(atom_text.html_texts, atom_text.plain_texts),
        *xml_rules.ENTRY,
    ),
)
TABLES = {
    Kind.RSS: RSS,
    Kind.OLD_RSS: RSS,
    Kind.RDF: Table(frame=(*rdf.FRAME, *rss_channel.RDF_FRAME, *IN_CHANNEL, *XML), entry=rdf.ENTRY),
    Kind.ATOM: ATOM,
    Kind.ENTRY: Table(
        frame=[each for each in XML if each not in xml_rules.ENTRY], entry=ATOM.entry, across=()
    ),
    Kind.JSON: Table(frame=json_feed.FRAME, entry=json_item.ENTRY),
    Kind.NINJS: Table(entry=ninjs.ENTRY),
    Kind.OPML: Table(frame=(*opml.FRAME, *XML), across=()),
}
_ALL = chain(
    reading.READING,
    (each for table in TABLES.values() for each in (*table.frame, *table.entry, *table.across)),
    http.RULES,
)
RULES: dict[str, Rule] = {each.name: each for each in _ALL}
