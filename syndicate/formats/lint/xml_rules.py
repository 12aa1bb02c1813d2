"""Rules for any XML: how it is declared and encoded, which namespaces it uses, what its text holds."""

import re

from syndicate.formats.lint import specs
from syndicate.formats.lint.finding import ERROR, HINT, WARNING, Broken, rule
from syndicate.formats.lint.names import names
from syndicate.formats.lint.parts import Around, Part, local

DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
STYLE = re.compile(rb"<\?xml-stylesheet[^>]*text/xsl[^>]*\?>", re.IGNORECASE)
DOCTYPE = re.compile(rb"<!DOCTYPE\b", re.IGNORECASE)
C1 = re.compile("[\u0080-\u009f\ufffd]")
HEAD = 4_096
LARGE = 1_000_000
# What every XML parser has to read, and what nearly all do.
USUAL = names("utf-8 us-ascii ascii iso-8859-1 windows-1252 utf-16 iso-8859-15 windows-1256 windows-1251")
KNOWN = {
    "http://www.w3.org/2005/Atom": "atom",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://search.yahoo.com/mrss/": "media",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://purl.org/syndication/history/1.0": "fh",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://purl.org/atompub/tombstones/1.0": "at",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "https://podcastindex.org/namespace/1.0": "podcast",
    "http://wellformedweb.org/CommentAPI/": "wfw",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://purl.org/rss/1.0/": "rss",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/XML/1998/namespace": "xml",
    "http://webns.net/mvcb/": "admin",
    "http://web.resource.org/cc/": "cc",
    "http://backend.userland.com/creativeCommonsRssModule": "creativeCommons",
    "http://backend.userland.com/blogChannelModule": "blogChannel",
    "http://www.georss.org/georss": "georss",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://www.opengis.net/gml": "gml",
    "http://a9.com/-/spec/opensearch/1.1/": "opensearch",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.w3.org/2007/app": "app",
    "http://www.w3.org/1998/Math/MathML": "mathml",
    "http://www.w3.org/2000/svg": "svg",
    "http://schemas.google.com/g/2005": "gd",
    "http://purl.org/rss/1.0/modules/taxonomy/": "taxo",
    "http://madskills.com/public/xml/rss/module/trackback/": "trackback",
    "http://purl.org/atom/ns#": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://www.opml.org/spec2": "opml",
    "http://source.scripting.com/": "source",
    "http://www.google.com/schemas/sitemap-news/0.9": "news",
    "urn:syndicate:metadata": "syndicate",
}
PREFIXES = {prefix: namespace for namespace, prefix in KNOWN.items() if prefix}


def _near(namespace: str) -> str:
    plain = namespace.strip().lower().replace("https://", "http://")
    return re.sub(r"[^a-z0-9]+$", "", plain)


NEAR = {_near(namespace): namespace for namespace in KNOWN}


@rule(
    "xml-encoding-unnamed",
    HINT,
    f"{specs.XML}charencoding",
    demands="The XML declaration names the encoding.",
    mend="Begin the file with <?xml version='1.0' encoding='UTF-8'?>.",
)
def encoding_unnamed(part: Part, around: Around) -> Broken:
    """Without it a reader that trusts an HTTP header for text/xml may take ASCII."""
    if around.data and not DECLARED.match(around.data[:HEAD].lstrip(b"\xef\xbb\xbf")):
        yield 1, "no encoding is named, so UTF-8 is assumed"


@rule(
    "xml-encoding-rare",
    WARNING,
    f"{specs.XML}charencoding",
    demands="An encoding that every reader knows.",
    mend="Write the file as UTF-8.",
)
def encoding_rare(part: Part, around: Around) -> Broken:
    """XML readers have to know UTF-8 and UTF-16 alone."""
    found = DECLARED.match(around.data[:HEAD].lstrip(b"\xef\xbb\xbf"))
    name = found[1].decode("ascii") if found else ""
    if name and name.lower() not in USUAL:
        yield 1, f"the encoding {name} is not known to every reader"


@rule(
    "xml-bom",
    HINT,
    f"{specs.XML}sec-guessing",
    demands="No byte order mark.",
    mend="Write the file without one; UTF-8 needs none.",
)
def byte_order_mark(part: Part, around: Around) -> Broken:
    """Allowed, but some readers look for <?xml at the first byte."""
    if around.data.startswith(b"\xef\xbb\xbf"):
        yield 1, "a byte order mark stands before the declaration"


@rule(
    "xml-doctype",
    HINT,
    f"{specs.XML}dt-doctype",
    demands="No DOCTYPE.",
    mend="Take it out: no feed format needs one, and many readers refuse it to guard themselves.",
)
def doctype(part: Part, around: Around) -> Broken:
    """What it declares is a way to attack readers."""
    if found := DOCTYPE.search(around.data[:HEAD]):
        yield around.data.count(b"\n", 0, found.start()) + 1, "there is a DOCTYPE"


@rule(
    "xml-stylesheet",
    HINT,
    "https://developer.chrome.com/docs/web-platform/deprecating-xslt",
    demands="No XSLT stylesheet.",
    mend="Browsers are removing XSLT: offer a page for people, and link the feed from it.",
)
def stylesheet(part: Part, around: Around) -> Broken:
    """A CSS stylesheet goes on working."""
    if found := STYLE.search(around.data[:HEAD]):
        yield around.data.count(b"\n", 0, found.start()) + 1, "an XSLT stylesheet is named"


@rule(
    "document-size",
    HINT,
    f"{specs.PAGING}4",
    demands="At most 1 MB.",
    mend="Keep the newest entries here and move older ones to archive documents (RFC 5005).",
)
def size(part: object, around: Around) -> Broken:
    """Every reader loads all of it each time that it changes."""
    if len(around.data) > LARGE:
        yield 0, f"the document has {len(around.data):,} bytes"


@rule(
    "text-windows-1252",
    WARNING,
    "https://www.unicode.org/charts/PDF/U0080.pdf",
    demands="No characters from U+0080 to U+009F, and no U+FFFD: they are what is left of a wrong encoding.",
    mend="Text of Windows was read as ISO-8859-1, or was damaged before: decode it as windows-1252.",
)
def wrong_characters(part: Part, around: Around) -> Broken:
    """Curly quotes and dashes of Windows become these, which nobody sees."""
    for element in part.inside:
        text = element.text
        if text and not text.isascii() and (found := C1.search(text)):
            yield element, f"<{local(element)}> holds the character U+{ord(found[0]):04X}"


@rule(
    "namespace-misspelt",
    ERROR,
    f"{specs.NAMESPACES}NSNameComparison",
    demands="Namespaces are written exactly as their specification does, to the last slash.",
    mend="Write the namespace as the message says: readers compare it letter by letter.",
)
def namespace_misspelt(part: Part, around: Around) -> Broken:
    """A slash too few, and no reader sees the module."""
    for namespace in _declared(part, around):
        right = NEAR.get(_near(namespace))
        if right and right != namespace:
            yield around.root, f"the namespace {namespace!r} should be {right!r}"


@rule(
    "namespace-unknown",
    HINT,
    "https://validator.w3.org/feed/docs/warning/UnknownNamespace.html",
    demands="Namespaces that feed readers have heard of.",
    mend="Nothing, if it is meant so: readers pass over what they do not know.",
)
def namespace_unknown(part: Part, around: Around) -> Broken:
    """It may be misspelt, or an extension of one's own."""
    for namespace in _declared(part, around):
        if namespace not in KNOWN and _near(namespace) not in NEAR:
            yield around.root, f"the namespace {namespace!r} is not known here"


@rule(
    "namespace-prefix",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/ReservedPrefix.html",
    demands="A prefix that everybody knows stands for the namespace that everybody expects.",
    mend="Bind it to its usual namespace, or use another prefix: some readers look at prefixes alone.",
)
def namespace_prefix(part: Part, around: Around) -> Broken:
    """`dc` for anything but Dublin Core misleads."""
    for prefix, namespace in (around.root.nsmap if around.root is not None else {}).items():
        usual = PREFIXES.get(prefix or "")
        if usual and usual != namespace and _near(namespace) != _near(usual):
            yield around.root, f"the prefix {prefix} stands for {namespace!r}, usually for {usual!r}"


def _declared(part: Part, around: Around) -> list[str]:
    spaces = {each.tag[1:].partition("}")[0] for each in part.inside if each.tag[0] == "{"}
    if around.root is not None:
        spaces |= {namespace for namespace in around.root.nsmap.values() if namespace}
    return sorted(spaces)


ENTRY = (wrong_characters,)
FRAME = (
    encoding_unnamed, encoding_rare, byte_order_mark, doctype, stylesheet, size, wrong_characters,
    namespace_misspelt, namespace_unknown, namespace_prefix,
)  # fmt: skip
