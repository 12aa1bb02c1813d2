"""Rules for what stands in an RSS channel beside its items."""

from syndicate.formats.lint import specs
from syndicate.formats.lint.addresses import is_mailbox
from syndicate.formats.lint.finding import ERROR, HINT, WARNING, Broken, rule
from syndicate.formats.lint.names import names
from syndicate.formats.lint.parts import ATOM, DC, DCTERMS, RSS_1, SY, Around, Kind, Part, local, text_of

REQUIRED = ("title", "link", "description")
ONCE = (
    *("title", "link", "description", "language", "copyright", "managingEditor", "webMaster", "pubDate"),
    *("lastBuildDate", "generator", "docs", "cloud", "ttl", "image", "rating", "textInput", "skipHours"),
    *("skipDays", f"{SY}updatePeriod", f"{SY}updateFrequency", f"{SY}updateBase", f"{ATOM}id"),
)
TWICE = (
    ("language", f"{DC}language"),
    ("pubDate", f"{DC}date"),
    ("copyright", f"{DC}rights"),
    ("managingEditor", f"{DC}creator"),
    ("webMaster", f"{DC}publisher"),
    ("lastBuildDate", f"{DCTERMS}modified"),
    ("category", f"{DC}subject"),
)
VERSIONS = names("2.0 2.0.1 0.90 0.91 0.92 0.93 0.94")
DAYS = names("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
PERIODS = names("hourly daily weekly monthly yearly")
MOST_MINUTES = 10_080
NOT_ELEMENTS = frozenset({"item"})


@rule(
    "rss-version",
    ERROR,
    f"{specs.RSS}whatIsRss",
    demands="The root is <rss version='2.0'> and holds one <channel>.",
    mend="Write <rss version='2.0'><channel>…</channel></rss>.",
)
def version(part: Part, around: Around) -> Broken:
    """By the version readers tell how to read the rest."""
    if around.root is None or around.root.tag != "rss":
        return
    said = around.root.get("version")
    if said not in VERSIONS:
        yield around.root, f"the version of <rss> is {said!r}" if said else "<rss> has no version"
    if (count := len(around.root.findall("channel"))) > 1:
        yield around.root, f"<rss> holds {count} channels"


@rule(
    "rss-outdated",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/ObsoleteVersion.html",
    demands="RSS 2.0.",
    mend="Change the version to 2.0: what the old ones allow is valid in it.",
)
def outdated(part: Part, around: Around) -> Broken:
    """0.9x knows no guid, and no namespaces."""
    if around.kind is Kind.OLD_RSS and around.root is not None:
        yield around.root, f"the version is {around.root.get('version')}"


@rule(
    "rss-channel",
    ERROR,
    f"{specs.RSS}requiredChannelElements",
    demands="The channel has a title, a link and a description.",
    mend="Add what is missing; the description may be a sentence.",
)
def required(part: Part, around: Around) -> Broken:
    """Readers list the feed by them."""
    space = RSS_1 if around.kind is Kind.RDF else ""
    for name in REQUIRED:
        if not part.text(space + name):
            present = part.children.get(space + name)
            yield (
                present[0] if present else part.element,
                f"the channel has no {'text in its ' if present else ''}<{name}>",
            )


@rule(
    "rss-channel-once",
    ERROR,
    f"{specs.RSS}optionalChannelElements",
    demands="What a channel may have once stands there once.",
    mend="Keep one of them.",
)
def once(part: Part, around: Around) -> Broken:
    """Which one a reader takes is chance."""
    for tag in ONCE:
        found = part.children.get(tag, ())
        if len(found) > 1:
            yield found[1], f"the channel has {len(found)} <{local(found[1])}>"


@rule(
    "rss-said-twice",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/DuplicateSemantics.html",
    demands="Nothing is said once in RSS and once more in a module.",
    mend="Keep the element of RSS.",
)
def said_twice(part: Part, around: Around) -> Broken:
    """When they differ, nobody knows which counts."""
    for core, other in TWICE:
        if core in part.children and other in part.children:
            yield part.children[other][0], f"<{local(part.children[other][0])}> says again what <{core}> says"


@rule(
    "rss-mailbox",
    ERROR,
    f"{specs.PROFILE}data-types-email",
    demands="managingEditor, webMaster and author hold an e-mail address.",
    mend="Write desk@courier.example (Mina Vale), or give the name in <dc:creator>.",
)
def mailbox(part: Part, around: Around) -> Broken:
    """A name alone belongs into dc:creator."""
    for element in part.all("managingEditor", "webMaster", "author"):
        text = text_of(element).removeprefix("mailto:")
        address = text.partition("(")[0].strip() if text.endswith(")") else text
        # `Name <address>` is told by another rule.
        if (
            "@" not in text
            or (" " not in text and not is_mailbox(address))
            or (text.endswith(")") and not is_mailbox(address))
        ):
            yield element, f"<{element.tag}> {text[:80]!r} is no e-mail address"


@rule(
    "rss-mailbox-name",
    WARNING,
    f"{specs.PROFILE}data-types-email",
    demands="An address is followed by the name in brackets.",
    mend="Write desk@courier.example (Mina Vale).",
)
def mailbox_name(part: Part, around: Around) -> Broken:
    """Readers show the name."""
    for element in part.all("managingEditor", "webMaster", "author"):
        text = text_of(element)
        if "@" in text and not text.endswith(")"):
            yield element, f"<{element.tag}> {text[:80]!r} has no name in brackets behind the address"


@rule(
    "rss-ttl",
    ERROR,
    f"{specs.RSS}ltttlgtSubelementOfLtchannelgt",
    demands="ttl is a number of minutes above 0.",
    mend="Write a whole number, such as <ttl>60</ttl>.",
)
def ttl(part: Part, around: Around) -> Broken:
    """For so long a reader need not ask again."""
    for element in part.all("ttl"):
        text = text_of(element)
        if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0):
            yield element, f"<ttl> {text[:40]!r} is no number of minutes"


@rule(
    "rss-ttl-long",
    HINT,
    f"{specs.RSS}ltttlgtSubelementOfLtchannelgt",
    demands="ttl is at most a week.",
    mend="It counts minutes, not seconds: write <ttl>60</ttl> for an hour.",
)
def ttl_long(part: Part, around: Around) -> Broken:
    """3600 was meant as seconds."""
    for element in part.all("ttl"):
        text = text_of(element)
        if text.isascii() and text.isdecimal() and int(text[:9]) > MOST_MINUTES:
            yield element, f"<ttl> {text[:40]} is more than a week of minutes"


@rule(
    "rss-skip",
    ERROR,
    f"{specs.PROFILE}element-channel-skiphours",
    demands="skipHours holds hours from 0 to 23, skipDays English names of days, none twice.",
    mend="Write <hour>0</hour> for midnight and <day>Saturday</day>.",
)
def skipped(part: Part, around: Around) -> Broken:
    """Readers do not ask in these hours (UTC) and on these days."""
    for name, allowed in (("Hours", frozenset(map(str, range(24)))), ("Days", DAYS)):
        for outer in part.all(f"skip{name}"):
            told = [text_of(each).lstrip("0") or "0" if name == "Hours" else text_of(each) for each in outer]
            wrong = [each for each in told if each not in allowed]
            if wrong or len(set(told)) < len(told):
                yield outer, f"<skip{name}> holds {wrong[0]!r}" if wrong else f"<skip{name}> holds one twice"


@rule(
    "rss-cloud",
    ERROR,
    f"{specs.RSS}ltcloudgtSubelementOfLtchannelgt",
    demands="cloud has domain, port, path, registerProcedure and protocol.",
    mend="Add what is missing, or take <cloud> out and use WebSub.",
)
def cloud(part: Part, around: Around) -> Broken:
    """Without all five nobody can register."""
    for element in part.all("cloud"):
        lacks = [
            n for n in ("domain", "port", "path", "registerProcedure", "protocol") if element.get(n) is None
        ]
        if lacks:
            yield element, f"<cloud> lacks {', '.join(lacks)}"
        elif not element.get("port", "").isdecimal() or element.get("port") == "0":
            yield element, f"the port of <cloud> is {element.get('port')!r}"


@rule(
    "rss-image",
    ERROR,
    f"{specs.RSS}ltimagegtSubelementOfLtchannelgt",
    demands="image has a url, a title and a link; it is at most 144 wide and 400 high.",
    mend="Add what is missing; offer a smaller picture.",
)
def image(part: Part, around: Around) -> Broken:
    """Readers show it beside the feed's title."""
    for element in part.all("image"):
        for name in ("url", "title", "link"):
            if not (element.findtext(name) or "").strip():
                yield element, f"<image> has no <{name}>"
        for name, most in (("width", 144), ("height", 400)):
            text = (element.findtext(name) or "").strip()
            if text and not (text.isascii() and text.isdecimal() and 0 < int(text[:6]) <= most):
                yield element, f"the {name} of <image> is {text[:40]!r}, not 1 to {most}"


@rule(
    "rss-image-differs",
    WARNING,
    f"{specs.PROFILE}element-channel-image-link",
    demands="The title and the link of the image are those of the channel.",
    mend="Write the same ones.",
)
def image_differs(part: Part, around: Around) -> Broken:
    """The picture stands for the channel."""
    for element in part.all("image"):
        for name in ("title", "link"):
            told = (element.findtext(name) or "").strip()
            if told and told != part.text(name):
                yield (
                    element,
                    f"the {name} of <image> is {told[:80]!r}, the channel's {part.text(name)[:80]!r}",
                )


@rule(
    "rss-text-input",
    WARNING,
    f"{specs.PROFILE}element-channel-textinput",
    demands="No textInput.",
    mend="Take it out: no reader shows it.",
)
def text_input(part: Part, around: Around) -> Broken:
    """Nobody knows what it was for."""
    for element in part.all("textInput"):
        yield element, "there is a <textInput>"


@rule(
    "rss-order",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/MisplacedItem.html",
    demands="All of the channel's own elements stand before the first item.",
    mend="Move them up: a reader that reads as it goes has the items before it knows whose they are.",
)
def order(part: Part, around: Around) -> Broken:
    """Readers that stop at the first known item never see what follows."""
    seen = False
    for child in part.element:
        if child.tag == "item":
            seen = True
        elif seen and type(child.tag) is str and (child.tag[0] != "{" or child.tag == f"{ATOM}link"):
            yield child, f"<{local(child)}> stands behind an item"
            return


@rule(
    "sy-period",
    ERROR,
    specs.SY,
    demands="sy:updatePeriod is hourly, daily, weekly, monthly or yearly.",
    mend="Write it in small letters.",
)
def period(part: Part, around: Around) -> Broken:
    """From it readers learn how often to ask."""
    for element in part.all(f"{SY}updatePeriod"):
        if text_of(element) not in PERIODS:
            yield element, f"<{local(element)}> is {text_of(element)[:40]!r}"


@rule(
    "sy-frequency",
    ERROR,
    specs.SY,
    demands="sy:updateFrequency is a whole number above 0.",
    mend="Write how many times in the period something may change, such as 1.",
)
def frequency(part: Part, around: Around) -> Broken:
    """From it readers learn how often to ask."""
    for element in part.all(f"{SY}updateFrequency"):
        text = text_of(element)
        if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0):
            yield element, f"<{local(element)}> is {text[:40]!r}"


@rule(
    "rss-language-missing",
    HINT,
    f"{specs.PROFILE}element-channel-language",
    demands="The channel says its language.",
    mend="Add <language>en</language>.",
)
def language_missing(part: Part, around: Around) -> Broken:
    """Direction, fonts and translation follow it."""
    if "language" not in part.children and f"{DC}language" not in part.children:
        yield part.element, "the channel has no <language>"


FRAME = (
    version, outdated, required, once, said_twice, mailbox, mailbox_name, ttl, ttl_long, skipped, cloud,
    image, image_differs, text_input, order, period, frequency, language_missing,
)  # fmt: skip
RDF_FRAME = (required, once, said_twice, period, frequency)
