"""Rules for how a feed is served: what one fetch, and a second one with conditions, showed."""

from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from syndicate.formats.lint import specs
from syndicate.formats.lint.finding import HINT, WARNING, Broken, Finding, rule
from syndicate.formats.lint.parts import Kind

TYPES = {
    Kind.RSS: ("application/rss+xml",),
    Kind.OLD_RSS: ("application/rss+xml",),
    Kind.RDF: ("application/rss+xml", "application/rdf+xml"),
    Kind.ATOM: ("application/atom+xml",),
    Kind.ENTRY: ("application/atom+xml",),
    Kind.JSON: ("application/feed+json",),
    Kind.NINJS: ("application/json",),
    Kind.OPML: ("text/x-opml", "application/xml", "text/xml"),
}
TOLERATED = ("application/xml", "text/xml", "application/json")
# Below this, packing saves nothing.
SMALL = 1_400


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One fetch of a document: header names are lower-case, `size` is of the unpacked body.

    `asked_again` is the status of a second request with the first one's validators, 0 where none was made;
    `encoding` is what the document says of itself.
    """

    url: str
    arrived_at: str
    kind: Kind
    headers: dict[str, str] = field(default_factory=dict)
    size: int = 0
    asked_again: int = 0
    encoding: str = "utf-8"

    @property
    def media_type(self) -> str:
        """The media type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@rule(
    "http-type",
    WARNING,
    "https://validator.w3.org/feed/docs/warning/UnexpectedContentType.html",
    demands="The media type is application/rss+xml, application/atom+xml or application/feed+json.",
    mend="Set it in the server's configuration.",
)
def media_type(exchange: Exchange, _: Any) -> Broken:
    """Browsers and readers choose by it what to do."""
    right = TYPES.get(exchange.kind, ())
    if right and exchange.media_type not in (*right, *TOLERATED):
        yield None, f"the media type is {exchange.media_type or 'missing'}, not {right[0]}"


@rule(
    "http-type-vague",
    HINT,
    "https://validator.w3.org/feed/docs/warning/NonSpecificMediaType.html",
    demands="The media type says which kind of XML or JSON it is.",
    mend="Write application/rss+xml, application/atom+xml or application/feed+json.",
)
def media_type_vague(exchange: Exchange, _: Any) -> Broken:
    """Programs then need not look inside."""
    right = TYPES.get(exchange.kind, ())
    if right and exchange.media_type in TOLERATED and exchange.media_type not in right:
        yield None, f"the media type is {exchange.media_type}; {right[0]} says more"


@rule(
    "http-charset",
    WARNING,
    f"{specs.XML_TYPES}3",
    demands="The charset of the Content-Type, where there is one, is that of the document.",
    mend="Write charset=utf-8, or leave it out.",
)
def charset(exchange: Exchange, _: Any) -> Broken:
    """It overrides what the document says of itself."""
    _kind, _sign, told = exchange.headers.get("content-type", "").lower().partition("charset=")
    name = told.split(";")[0].strip("\"' ")
    said = exchange.encoding.lower()
    if name and name.replace("_", "-") not in (said, "utf8" if said == "utf-8" else said):
        yield None, f"the server says charset={name}, the document {said}"


@rule(
    "http-validators",
    WARNING,
    f"{specs.HTTP}8.8",
    demands="The answer has an ETag or Last-Modified.",
    mend="Let the server send an ETag made from the content.",
)
def validators(exchange: Exchange, _: Any) -> Broken:
    """Without either every reader loads all of it every time."""
    if not exchange.headers.get("etag") and not exchange.headers.get("last-modified"):
        yield None, "there is neither ETag nor Last-Modified"


@rule(
    "http-conditional",
    WARNING,
    f"{specs.HTTP}15.4.5",
    demands="A request with If-None-Match or If-Modified-Since gets 304 while nothing changes.",
    mend="Compare the validators before making the document; weak and strong ETags count as equal here.",
)
def conditional(exchange: Exchange, _: Any) -> Broken:
    """Nine of ten requests for a feed could be answered so."""
    if exchange.asked_again not in (0, 304):
        yield None, f"asked again with its own validators, it answered {exchange.asked_again}"


@rule(
    "http-packed",
    HINT,
    f"{specs.HTTP}8.4",
    demands="The answer is compressed for those who can read it.",
    mend="Switch gzip on for feeds' media types.",
)
def packed(exchange: Exchange, _: Any) -> Broken:
    """Feeds shrink to a fifth."""
    if exchange.size > SMALL and not exchange.headers.get("content-encoding"):
        yield None, f"{exchange.size:,} bytes came uncompressed"


@rule(
    "http-vary",
    HINT,
    f"{specs.HTTP}12.5.5",
    demands="A compressed answer says Vary: Accept-Encoding.",
    mend="Add the header.",
)
def vary(exchange: Exchange, _: Any) -> Broken:
    """A cache might hand it to a program that cannot read it."""
    said = exchange.headers.get("vary", "").lower()
    if exchange.headers.get("content-encoding") and "accept-encoding" not in said and said != "*":
        yield None, "it is compressed, without Vary: Accept-Encoding"


@rule(
    "http-cache",
    HINT,
    f"{specs.CACHING}5.2",
    demands="Cache-Control or Expires says how long the document stays fresh.",
    mend="Send Cache-Control: max-age=900, or what fits your rhythm.",
)
def cache(exchange: Exchange, _: Any) -> Broken:
    """Readers and caches guess otherwise."""
    said = exchange.headers.get("cache-control", "").lower()
    if not said and not exchange.headers.get("expires"):
        yield None, "there is neither Cache-Control nor Expires"
    elif "no-store" in said:
        yield None, "no-store forbids readers to keep it, and so to ask whether it changed"


@rule(
    "http-cookie",
    HINT,
    f"{specs.CACHING}7.3",
    demands="No cookies.",
    mend="Do not start a session for feeds.",
)
def cookie(exchange: Exchange, _: Any) -> Broken:
    """Caches then keep nothing."""
    if exchange.headers.get("set-cookie"):
        yield None, "the answer sets a cookie"


@rule(
    "http-robots",
    HINT,
    "https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag",
    demands="No X-Robots-Tag that shuts others out, unless it is meant so.",
    mend="Take the header off where partners and search engines should read the feed.",
)
def robots(exchange: Exchange, _: Any) -> Broken:
    """News search then passes over it."""
    said = exchange.headers.get("x-robots-tag", "")
    if any(word in said.lower() for word in ("none", "nofollow")):
        yield None, f"X-Robots-Tag is {said[:80]}"


@rule(
    "http-moved",
    HINT,
    f"{specs.HTTP}15.4",
    demands="People are given the address where the feed is.",
    mend="Publish the new address; keep the redirect, permanent (301 or 308), for the others.",
)
def moved(exchange: Exchange, _: Any) -> Broken:
    """Every fetch costs another request."""
    if exchange.url != exchange.arrived_at:
        yield None, f"{exchange.url} leads to {exchange.arrived_at}"


@rule(
    "http-secure",
    HINT,
    f"{specs.HTTP}4.2.2",
    demands="https.",
    mend="Serve it by https, and redirect http there.",
)
def secure(exchange: Exchange, _: Any) -> Broken:
    """On the way anybody can change the news."""
    if exchange.arrived_at.startswith("http://"):
        yield None, "it came by http"


@rule(
    "http-date",
    WARNING,
    f"{specs.HTTP}8.8.2.1",
    demands="Last-Modified is a date, and not later than the answer's own.",
    mend="Send the time of the newest change, in GMT.",
)
def last_modified(exchange: Exchange, _: Any) -> Broken:
    """Caches ignore it, and ask for everything again."""
    said = exchange.headers.get("last-modified", "")
    if not said:
        return
    try:
        when = parsedate_to_datetime(said)
        now = parsedate_to_datetime(exchange.headers.get("date", said))
        late = when.timestamp() > now.timestamp() + 60
    except (ValueError, TypeError, OverflowError):
        yield None, f"Last-Modified is {said[:60]!r}"
        return
    if late:
        yield None, f"Last-Modified is {said!r}, later than the answer's date"


RULES = (
    media_type, media_type_vague, charset, validators, conditional, packed, vary, cache, cookie, robots,
    moved, secure, last_modified,
)  # fmt: skip


def lint_exchange(exchange: Exchange) -> tuple[Finding, ...]:
    """What is to be said of how it was served."""
    return tuple(
        each.finding(message) for each in RULES if each.check for _, message in each.check(exchange, None)
    )
