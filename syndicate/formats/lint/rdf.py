"""Rules for RSS 1.0, https://web.resource.org/rss/1.0/spec, which is RDF."""

from syndicate.formats.lint import markup_rules, rss_names, specs, values, xml_rules
from syndicate.formats.lint.finding import ERROR, Broken, rule
from syndicate.formats.lint.parts import RDF, RSS_1, Around, Part
from syndicate.formats.lint.rss_item import html_texts, plain_texts


@rule(
    "rdf-about",
    ERROR,
    f"{specs.RSS_1}s5.5",
    demands="The channel and every item have an rdf:about.",
    mend="Write <item rdf:about='https://…'>, with the story's address.",
)
def about(part: Part, around: Around) -> Broken:
    """It is the item's identity."""
    if not part.element.get(f"{RDF}about"):
        yield part.element, "it has no rdf:about"


@rule(
    "rdf-item",
    ERROR,
    f"{specs.RSS_1}s5.5",
    demands="An item has a title and a link.",
    mend="Add what is missing.",
)
def item(part: Part, around: Around) -> Broken:
    """RSS 1.0 demands both."""
    for name in ("title", "link"):
        if not part.text(RSS_1 + name):
            yield part.element, f"it has no <{name}>"


@rule(
    "rdf-items",
    ERROR,
    f"{specs.RSS_1}s5.3.5",
    demands="The channel lists its items in <items>.",
    mend="Write <items><rdf:Seq><rdf:li rdf:resource='https://…'/></rdf:Seq></items>.",
)
def listed(part: Part, around: Around) -> Broken:
    """The list gives their order."""
    if f"{RSS_1}items" not in part.children:
        yield part.element, "the channel has no <items>"


FRAME = (about, listed)
ENTRY = (
    about, item, *rss_names.BOTH[3:], *values.BOTH, *xml_rules.ENTRY, *markup_rules.over_all(html_texts,
    plain_texts),
)  # fmt: skip
