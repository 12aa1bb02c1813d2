"""Whether a selector can be read: told with all other faults at the start, not by a page at night.

cssselect and lxml are asked, as extraction will: nobody else knows what they take.
"""

import re

from syndicate.model.extent import SMALL
from syndicate.model.selector import read_selector
from syndicate.model.xpath_cost import MOST, cost

PSEUDO = re.compile(r"(?P<css>[^:\s]*)::(?P<what>attr\((?P<attribute>[^)]*)\)|[\w-]+)\s*$")
MOST_CHARACTERS = 1_000
# XML 1.0, section 2.2.
_CONTROL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# XPath 1.0, sections 2.3 and 4; libxml2 misses an unknown name only when it comes to call it.
KNOWN = frozenset({
    "and", "boolean", "ceiling", "comment", "concat", "contains", "count", "div", "false", "floor", "id",
    "lang", "last", "local-name", "mod", "name", "namespace-uri", "node", "normalize-space", "not", "number",
    "or", "position", "processing-instruction", "round", "starts-with", "string", "string-length",
    "substring", "substring-after", "substring-before", "sum", "text", "translate", "true",
})  # fmt: skip
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
CALLED = re.compile(r"(?<![\w@$.-])([\w:.-]*[\w])\s*\(")
CSS_LIKE = (
    'it looks like "article h1", or "meta[property=\'og:title\']@content" for an attribute; '
    'XPath begins with "/" or "xpath:"'
)
XPATH_LIKE = 'it looks like "//article//h1", or "//time/@datetime" for an attribute'


def selector(text: str) -> str:
    """What is wrong with a selector; empty for nothing, and for an empty one."""
    if not text.strip():
        return ""
    if len(text) > MOST_CHARACTERS:
        return f"is longer than {MOST_CHARACTERS} characters"
    if _CONTROL.search(text):
        return "holds a control character"
    found = read_selector(text)
    return _xpath_fault(found.expression) if found.is_xpath else _css_fault(found.expression)


def removal(text: str) -> str:
    """What is wrong with a selector of what is to be taken out."""
    from lxml import etree
    from lxml.html import document_fromstring

    fault = selector(text)
    if fault or not text.strip():
        return fault
    found = read_selector(text)
    bare = document_fromstring("<html><head></head><body></body></html>")
    expression = found.expression if found.is_xpath else _as_xpath(found.expression)
    taken = etree.XPath(expression, regexp=False)(bare)
    names = [one.tag for one in taken if etree.iselement(one)] if isinstance(taken, list) else []
    if {"html", "body"} & set(names):
        return f'takes out the whole page ({names[0]}); name what is to go: ".promotion", "aside.more"'
    return ""


def _as_xpath(css: str) -> str:
    from cssselect import HTMLTranslator

    return HTMLTranslator().css_to_xpath(css)


def _xpath_fault(expression: str) -> str:
    from lxml import etree

    bare = QUOTED.sub("''", expression)
    if "$" in bare:
        return f"is no XPath here: there are no variables, and it has a $; {XPATH_LIKE}"
    try:
        result = etree.XPath(expression, regexp=False)(etree.fromstring("<html><body/></html>"))
    except etree.XPathError as error:
        return f"is no XPath: {error}; {XPATH_LIKE}"
    called = (name.rpartition("::")[2] for name in CALLED.findall(bare))
    if unknown := [name for name in called if name not in KNOWN]:
        return f"is no XPath: there is no {unknown[0]}() in XPath 1.0; {XPATH_LIKE}"
    if isinstance(result, bool | float):
        kind = "a number" if isinstance(result, float) else "true or false"
        return f"gives {kind}, where elements or texts are wanted; {XPATH_LIKE}"
    if cost(expression, SMALL) > MOST:
        return (
            "would take for ever on most pages: it asks the whole page again for each part of each part of it"
        )
    return ""


def _css_fault(expression: str) -> str:
    from cssselect.parser import SelectorError
    from lxml import etree

    if pseudo := PSEUDO.search(expression):
        return _pseudo_fault(pseudo)
    try:
        etree.XPath(_as_xpath(expression))(etree.fromstring("<html><body/></html>"))
    except (SelectorError, etree.XPathError) as error:
        return f"is no CSS selector: {error}; {CSS_LIKE}"
    return ""


def _pseudo_fault(found: re.Match[str]) -> str:
    if found["attribute"]:
        return f'takes an attribute as "{found["css"]}@{found["attribute"]}"'
    return f'needs no "::{found["what"]}": an element gives its text; {CSS_LIKE}'
