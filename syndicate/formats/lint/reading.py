"""Bytes → a tree, or the findings that say why there is none. Bounded in depth, in entities and in size."""

import re
from typing import Any

from lxml import etree

from syndicate.formats.lint import specs
from syndicate.formats.lint.finding import ERROR, Finding, Rule
from syndicate.formats.lint.kinds import LOOKED_AT, read_json

Read = tuple[Any, tuple[Finding, ...]]

WELL_FORMED = Rule(
    name="xml-well-formed",
    severity=ERROR,
    spec=f"{specs.XML}sec-well-formed",
    demands="An XML parser reads the document to its end.",
    mend="Close every element in the order opposite to its opening, put attribute values in quotes, and write"
    " & and < in a text as &amp; and &lt;.",
    why="Most readers show nothing at all of a document that is not.",
)
START = Rule(
    name="xml-start",
    severity=ERROR,
    spec=f"{specs.XML}sec-prolog-dtd",
    demands="Where there is an XML declaration, it is the very first thing in the file.",
    mend="Take out the blank lines, or whatever else stands before <?xml; often a script writes them.",
    why="A parser takes a later one for an error.",
)
ENTITY = Rule(
    name="xml-entity",
    severity=ERROR,
    spec=f"{specs.XML}wf-entdeclared",
    demands="Only the five entities of XML are used: &amp; &lt; &gt; &quot; &apos;.",
    mend="Write the character itself, or its number, such as &#160; for &nbsp;.",
    why="Those of HTML, such as &nbsp;, mean nothing in XML.",
)
CONTROL = Rule(
    name="xml-control",
    severity=ERROR,
    spec=f"{specs.XML}charsets",
    demands="No control characters, bare or by number; XML 1.0 allows tab and line ends alone.",
    mend="Take them out of the text before it is written; they often come with text pasted from elsewhere.",
    why="Nobody sees them, and every parser stops at them.",
)
ENCODING = Rule(
    name="xml-encoding",
    severity=ERROR,
    spec=f"{specs.XML}charencoding",
    demands="The bytes are in the encoding that the declaration names, which is UTF-8 where none is named.",
    mend="Write the file as UTF-8, and say so: <?xml version='1.0' encoding='UTF-8'?>.",
    why="Readers stop at the first byte that does not fit.",
)
PREFIX = Rule(
    name="xml-prefix",
    severity=ERROR,
    spec=f"{specs.NAMESPACES}ns-decl",
    demands="Every prefix is bound to its namespace.",
    mend="Declare it on the root, such as xmlns:dc='http://purl.org/dc/elements/1.1/'.",
    why="A prefix without a namespace says nothing of whose element it is.",
)
LIMITS = Rule(
    name="xml-limits",
    severity=ERROR,
    spec="https://gitlab.gnome.org/GNOME/libxml2/-/wikis/Limits",
    demands="No nesting beyond 256 levels, no text beyond 10 MB, no entities that grow without end.",
    mend="Readers guard themselves against such documents: make it flat and small, without a DOCTYPE.",
    why="Such documents can take all of a reader's memory.",
)
JSON_TEXT = Rule(
    name="json-text",
    severity=ERROR,
    spec=f"{specs.JSON}2",
    demands="One JSON text: no comments, no commas at the end, no NaN.",
    mend="Let a JSON library write the file.",
    why="JSON parsers read all or nothing.",
)
JSON_ENCODING = Rule(
    name="json-encoding",
    severity=ERROR,
    spec=f"{specs.JSON}8.1",
    demands="UTF-8, without a byte order mark.",
    mend="Write the file as UTF-8 without a byte order mark.",
    why="Programs exchange JSON in no other encoding.",
)
JSON_LIMITS = Rule(
    name="json-limits",
    severity=ERROR,
    spec=f"{specs.JSON}9",
    demands="No nesting deeper than readers go.",
    mend="A feed needs five levels: make it flat.",
    why="Such documents can take all of a reader's memory.",
)
READING = (
    WELL_FORMED, START, ENTITY, CONTROL, ENCODING, PREFIX, LIMITS, JSON_TEXT, JSON_ENCODING, JSON_LIMITS,
)  # fmt: skip

# The numbers of libxml2's errors, as include/libxml/xmlerror.h names them.
CODES = {
    9: CONTROL, 26: ENTITY, 27: ENTITY, 31: ENCODING, 32: ENCODING, 64: START, 81: ENCODING, 114: LIMITS,
    200: PREFIX, 201: PREFIX, 1541: LIMITS,
}  # fmt: skip
DECLARATION = re.compile(rb"<\?xml\s")
FATAL = 3
MOST_NAMED = 5
QUOTED = re.compile(r"^[A-Za-z]*(?:Entity)?Ref: ")
PLAINLY = {
    23: "an & begins no entity: in a text it is written &amp;",
    68: "an & or < stands where a name should follow",
    38: "a < stands in the value of an attribute",
    4: "the document is empty",
    5: "something stands behind the end of the root element",
    64: "the XML declaration is not the first thing in the file",
    77: "the document ends in the middle: {0}",
}


def read_xml(data: bytes, *, huge: bool = False) -> Read:
    """The root, or None with why. Prefixes that nobody declared are told, and the rest is read all the same.

    `huge` is for documents of ours, which hold texts of any length.
    """
    parser = _parser(huge=huge)
    try:
        return etree.fromstring(data, parser), ()
    except etree.XMLSyntaxError:
        if before := _before(data):
            return None, (before,)
        errors = [each for each in parser.error_log if each.type in CODES or each.level == FATAL]
    except (ValueError, LookupError) as error:
        return None, (ENCODING.finding(str(error)),)
    findings = tuple(_finding(each) for each in errors[:MOST_NAMED])
    if findings and all(finding.rule == PREFIX.name for finding in findings):
        return etree.fromstring(data, _parser(huge=huge, recover=True)), findings
    return None, findings[:1] or (WELL_FORMED.finding("it cannot be parsed"),)


def read_text(data: bytes) -> Read:
    """A JSON value, or None with why."""
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return None, (JSON_ENCODING.finding("it begins with a byte order mark", line=1),)
    try:
        return read_json(data.decode("utf-8")), ()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return None, (JSON_ENCODING.finding(f"byte {error.start} is no UTF-8", line=line),)
    except RecursionError:
        return None, (JSON_LIMITS.finding("it nests too deeply to be read"),)
    except ValueError as error:
        line, column = getattr(error, "lineno", 0), getattr(error, "colno", 0)
        said = getattr(error, "msg", str(error))
        return None, (JSON_TEXT.finding(said, line=line, column=column),)


def _parser(*, huge: bool, recover: bool = False) -> Any:
    # "internal" reads what a DOCTYPE itself declares, and opens no file; the stubs know True and False alone.
    return etree.XMLParser(
        resolve_entities="internal",  # type: ignore[arg-type]
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=huge,
        recover=recover,
    )


def _before(data: bytes) -> Finding | None:
    """What is told where something stands before the XML declaration, of which a parser says less."""
    start = data[:LOOKED_AT]
    declared = DECLARATION.search(start)
    text = start[: declared.start()].decode("utf-8", "replace").split() if declared else []
    if not text or text == ["\ufeff"]:
        return None
    line = start.count(b"\n", 0, declared.start()) + 1 if declared else 0
    return START.finding(f"before the XML declaration stands {' '.join(text)[:200]!r}", line=line)


def _finding(error: Any) -> Finding:
    rule = CODES.get(error.type, WELL_FORMED)
    said = " ".join(QUOTED.sub("", error.message).split())
    message = PLAINLY.get(error.type, "{0}").format(said[:200])
    return rule.finding(message, line=error.line, column=error.column)
