"""Our own documents, checked before they become visible: whole, or entry by entry and their frame."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from lxml import etree

from syndicate.formats.lint.finding import ERROR, Finding
from syndicate.formats.rules import ATOM_RULES, JSON_RULES, RSS_RULES, Rule
from syndicate.model.feed import Format

DECLARATION = b"<?xml version='1.0' encoding='UTF-8'?>"
XML_SPEC = "https://www.w3.org/TR/xml/"
JSON_TEXT_SPEC = "https://www.rfc-editor.org/rfc/rfc8259#section-8.1"


def check(data: bytes, form: Format, *, url: str) -> tuple[Finding, ...]:
    """Errors and warnings of a whole document served from `url`; one with an error may not be published."""
    if form not in READERS:
        return ()
    read, rules = READERS[form]
    found = read(data)
    if isinstance(found, Finding):
        return (found,)
    return tuple(
        Finding(severity=ERROR, rule=rule.name, message=message, spec=rule.spec)
        for rule in rules
        for message in rule.check(found, url)
    )


def check_entry(data: bytes, form: Format) -> tuple[Finding, ...]:
    """Errors and warnings of one entry, as its writer's `write_entry` gives it: without its xmlns."""
    return ()


def check_frame(data: bytes, form: Format, *, url: str, ids: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Errors and warnings of a document apart from its entries: `data` is the document without them.

    `ids` are those of the entries that will stand in it. With what `check_entry` finds in each of them, this
    is what `check` finds in the whole.
    """
    return check(data, form, url=url)


def _read_xml(data: bytes) -> Any:
    if not data.startswith(DECLARATION):
        return Finding(
            severity=ERROR, rule="xml-declaration", message="no XML declaration at byte 0", spec=XML_SPEC
        )
    try:
        return etree.fromstring(
            data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        )
    except etree.XMLSyntaxError as error:
        return Finding(severity=ERROR, rule="xml-well-formed", message=str(error), spec=XML_SPEC)


def _read_json(data: bytes) -> Any:
    try:
        found = json.loads(data.decode("utf-8"))
    except ValueError as error:
        return Finding(severity=ERROR, rule="json-text", message=str(error), spec=JSON_TEXT_SPEC)
    if isinstance(found, dict):
        return found
    return Finding(severity=ERROR, rule="json-text", message="the document is no object", spec=JSON_TEXT_SPEC)


READERS: dict[Format, tuple[Callable[[bytes], Any], Sequence[Rule]]] = {
    Format.RSS: (_read_xml, RSS_RULES),
    Format.ATOM: (_read_xml, ATOM_RULES),
    Format.JSON: (_read_json, JSON_RULES),
}
