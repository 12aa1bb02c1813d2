"""Rules for the names of elements and attributes in RSS and its modules; readers match them by letter."""

from collections.abc import Iterator
from typing import Any

from syndicate.formats.lint import specs
from syndicate.formats.lint.finding import ERROR, WARNING, Broken, rule
from syndicate.formats.lint.names import names
from syndicate.formats.lint.parts import CONTENT, DC, HISTORY, MEDIA, SY, XML, Around, Part, local

CHANNEL = names(
    "title link description language copyright managingEditor webMaster pubDate lastBuildDate "
    "category generator docs cloud ttl image rating textInput skipHours skipDays item"
)
ITEM = names("title link description author category comments enclosure guid pubDate source")
INNER = {
    "image": names("url title link width height description"),
    "textInput": names("title description name link"),
    "skipHours": names("hour"),
    "skipDays": names("day"),
}
ATTRIBUTES = {
    "category": names("domain"),
    "cloud": names("domain port path registerProcedure protocol"),
    "enclosure": names("url length type"),
    "guid": names("isPermaLink"),
    "source": names("url"),
}
MODULES = {
    CONTENT: names("encoded items"),
    DC: names(
        "title creator subject description publisher contributor date type format identifier source "
        "language relation coverage rights"
    ),
    SY: names("updatePeriod updateFrequency updateBase"),
    MEDIA: names(
        "group content adult rating title description keywords thumbnail category hash player credit "
        "copyright text restriction community comments embed responses backLinks status price license "
        "subTitle peerLink location rights scenes scene starRating statistics tags response backLink "
        "param sceneTitle sceneDescription sceneStartTime sceneEndTime comment"
    ),
    HISTORY: names("complete archive"),
}


@rule(
    "rss-element",
    ERROR,
    f"{specs.RSS}extendingRss",
    demands="Elements without a namespace are those of RSS, with their own capitals, where RSS has them.",
    mend="Correct the name (pubDate, not pubdate), move the element, or give it a namespace of its own.",
)
def element_unknown(part: Part, around: Around) -> Broken:
    """Readers do not see it."""
    allowed = CHANNEL if part.element.tag == "channel" else ITEM
    for tag, found in part.children.items():
        # A prefix that nobody declared is told by another rule.
        if tag[0] == "{" or ":" in tag:
            continue
        if tag not in allowed:
            yield found[0], f"<{tag}> has no place in <{part.element.tag}>{_meant(tag, allowed | ITEM)}"
        else:
            yield from _inner(found)


def _inner(found: list[Any]) -> Broken:
    known = INNER.get(found[0].tag)
    for element in found if known else ():
        for child in element:
            if known and type(child.tag) is str and child.tag[0] != "{" and child.tag not in known:
                yield child, f"<{child.tag}> has no place in <{element.tag}>{_meant(child.tag, known)}"


@rule(
    "rss-attribute",
    ERROR,
    specs.RSS,
    demands="Attributes of RSS elements are those of RSS.",
    mend="Take it out, correct its name (isPermaLink, not ispermalink), or give it a namespace.",
)
def attribute_unknown(part: Part, around: Around) -> Broken:
    """Readers do not see it."""
    for element, name in _attributes(part):
        known = ATTRIBUTES.get(element.tag, frozenset())
        if name[0] != "{" and name not in known:
            yield element, f"<{element.tag}> has no attribute {name}{_meant(name, known)}"


@rule(
    "rss-attribute-extension",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/UseOfExtensionAttr.html",
    demands="Attributes of other namespaces stand on elements of other namespaces.",
    mend="Say it in an element of that namespace instead.",
)
def attribute_foreign(part: Part, around: Around) -> Broken:
    """RSS 2.0 allows extensions as elements; readers expect no others."""
    for element, name in _attributes(part):
        if name[0] == "{" and not name.startswith(XML):
            yield element, f"<{element.tag}> has the attribute {name}"


def _attributes(part: Part) -> Iterator[tuple[Any, str]]:
    """Every attribute of an element of RSS."""
    for element in part.inside:
        if element.attrib and element.tag[0] != "{":
            yield from ((element, name) for name in element.attrib)


@rule(
    "module-element",
    ERROR,
    "https://validator.w3.org/feed/docs/error/UndefinedElement.html",
    demands="Elements of a module are those that the module has, with their own capitals.",
    mend="Correct the name: sy:updatePeriod, not sy:UpdatePeriod.",
)
def module_unknown(part: Part, around: Around) -> Broken:
    """Readers do not see it."""
    for tag, found in part.named.items():
        space, _, name = tag.rpartition("}")
        known = MODULES.get(f"{space}}}") if space else None
        if known and name not in known:
            yield found[0], f"<{local(found[0])}> is unknown{_meant(name, known)}"


def _meant(name: str, known: frozenset[str]) -> str:
    near = next((each for each in sorted(known) if each.lower() == name.lower()), "")
    return f"; did you mean {near}?" if near else ""


BOTH = (element_unknown, attribute_unknown, attribute_foreign, module_unknown)
