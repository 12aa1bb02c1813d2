"""The finisher: looks at a feed's bytes, as a reader will, before they become visible."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from syndicate.formats.rules import ATOM_RULES, JSON_RULES, RSS_RULES, Rule
from syndicate.model.feed import Format

DECLARATION = b"<?xml version='1.0' encoding='UTF-8'?>"
XML_SPEC = "https://www.w3.org/TR/xml/"
JSON_TEXT_SPEC = "https://www.rfc-editor.org/rfc/rfc8259#section-8.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A broken rule: its name, what was found, and the text that demands otherwise."""

    rule: str
    message: str
    spec: str


def check(data: bytes, form: Format, *, url: str) -> tuple[Finding, ...]:
    """Everything that is wrong with a feed served from `url`; empty when it may be published."""
    read, rules = READERS[form]
    found = read(data)
    if isinstance(found, Finding):
        return (found,)
    return tuple(
        Finding(rule=rule.name, message=message, spec=rule.spec)
        for rule in rules
        for message in rule.check(found, url)
    )


def _read_xml(data: bytes) -> Any:
    if not data.startswith(DECLARATION):
        return Finding(rule="xml-declaration", message="no XML declaration at byte 0", spec=XML_SPEC)
    try:
        return etree.fromstring(
            data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        )
    except etree.XMLSyntaxError as error:
        return Finding(rule="xml-well-formed", message=str(error), spec=XML_SPEC)


def _read_json(data: bytes) -> Any:
    try:
        found = json.loads(data.decode("utf-8"))
    except ValueError as error:
        return Finding(rule="json-text", message=str(error), spec=JSON_TEXT_SPEC)
    if isinstance(found, dict):
        return found
    return Finding(rule="json-text", message="the document is no object", spec=JSON_TEXT_SPEC)


READERS: dict[Format, tuple[Callable[[bytes], Any], Sequence[Rule]]] = {
    Format.RSS: (_read_xml, RSS_RULES),
    Format.ATOM: (_read_xml, ATOM_RULES),
    Format.JSON: (_read_json, JSON_RULES),
}
