"""What the big partners publish about the feeds that they take, as rules and as changes of a view.

Only what a public specification says stands here, with its address; docs/reference/partners.md says what was
left out because no public text settles it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from syndicate.formats.dates import rfc822, rfc3339
from syndicate.formats.html import narrow
from syndicate.model.feed import EntryView, Extra, FeedView
from syndicate.model.language import primary
from syndicate.model.partner import Profile
from syndicate.partner.rules import Case, Objection, Rule

MSN_ITEM = "https://support.microsoft.com/msn/partner-hub/msn-feed-item-metadata-requirements"
MSN_HTML = "https://support.microsoft.com/msn/partner-hub/msn-html-guidelines-and-tag-restrictions"
MSN_FEED = "https://support.microsoft.com/msn/partner-hub/feed-content-specifications-in-msn-partner-hub"
MSN_FAQ = (
    "https://support.microsoft.com/topic/"
    "feed-management-faq-for-msn-partner-hub-4690c187-b7e3-4a1e-b738-c294959f009c"
)
MSN_TAKEDOWN = (
    "https://support.microsoft.com/topic/"
    "msn-content-expiration-and-takedown-rules-c06e8a18-8365-43dc-a5b3-364f1a470edf"
)
MSN_NAMESPACE = "http://schemas.ingestion.microsoft.com/common/"
MSN_TITLE = range(21, 151)
MSN_AGE = timedelta(days=365)
MSN_TAGS = frozenset(
    (
        *("b", "i", "em", "strong", "sub", "sup", "small", "h1", "h2", "h3", "h4", "h5", "a", "img", "table"),
        *("thead", "tbody", "tfoot", "tr", "td", "th", "col", "caption", "colgroup", "ul", "ol", "li"),
        *("p", "div", "span", "br", "blockquote"),
    )
)
MSN_IMAGE = 150
MSN_IMAGE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif"})

SMARTFORMAT = "https://publishers.smartnews.com/hc/en-us/articles/56500436151065"
SMARTFORMAT_DELETING = "https://publishers.smartnews.com/hc/en-us/articles/360021354914-Deleting-Articles"
SMARTFORMAT_DESCRIPTION = 30

FLIPBOARD = "https://about.flipboard.com/rss-spec/"
FLIPBOARD_IMAGE = 400
FLIPBOARD_ITEMS = 30

GOOGLE_NEWS = "https://support.google.com/news/publisher-center/answer/9545420"
GOOGLE_ARTICLE_BYTES = 1_000_000


def _same(entry: EntryView) -> EntryView:
    return entry


def _same_frame(view: FeedView) -> FeedView:
    return view


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a profile asks for. `shape`, `expire` and `frame` change an entry, an expired one, the document.

    `take` and `max_bytes` cap the document, whatever the contract says; with fewer than `least` entries
    the operator is told.
    """

    title: str
    rules: tuple[Rule, ...] = ()
    shape: Callable[[EntryView], EntryView] = _same
    expire: Callable[[EntryView], EntryView] = _same
    frame: Callable[[FeedView], FeedView] = _same_frame
    take: int | None = None
    max_bytes: int | None = None
    max_age: timedelta | None = None
    least: int = 0


def _msn_title(case: Case) -> Objection | None:
    length = len(case.view.title)
    if length in MSN_TITLE:
        return None
    return Objection(
        why=f"its headline has {length} characters; MSN takes {MSN_TITLE.start} to {MSN_TITLE.stop - 1}",
        remedy="syndicate item correct, with a headline of that length",
    )


def _msn_date(case: Case) -> Objection | None:
    published = case.view.published
    if published is None:
        return Objection(
            why="MSN wants a date of publication, and none is known",
            remedy="syndicate item correct, if you know the date",
        )
    if published.utc > case.now:
        return Objection(
            why="its date of publication is to come", remedy="it goes out by itself then", until=published.utc
        )
    if case.now - published.utc >= MSN_AGE:
        return Objection(
            why=f"it was published {MSN_AGE.days} days ago or earlier, which MSN does not take",
            remedy="nothing: MSN is for news of the last year",
        )
    return None


def _msn_body(case: Case) -> Objection | None:
    if case.view.content_html:
        return None
    return Objection(why="MSN wants a body, and it has none", remedy="mend the source's selectors.body")


def _msn_language(case: Case) -> Objection | None:
    if primary(case.view.language) == primary(case.feed.language):
        return None
    return Objection(
        why=f"it is in {case.view.language}; a feed for MSN has one language, here {case.feed.language}",
        remedy=f"set languages of [feeds.{case.feed.name}], or make a feed for {case.view.language}",
    )


def _msn_shape(entry: EntryView) -> EntryView:
    image = entry.image
    large = image is not None and min(image.width, image.height) >= MSN_IMAGE
    if image is not None and not (large and image.media_type in MSN_IMAGE_TYPES):
        entry = replace(entry, image=None, image_url="")
    return replace(entry, content_html=narrow(entry.content_html, MSN_TAGS))


def _msn_expire(entry: EntryView) -> EntryView:
    if entry.expired is None:
        return entry
    at = rfc3339(entry.expired)
    dates = (
        Extra(name="dcterms:valid", text=at),
        Extra(name="mi:expirationDate", text=at, namespace=MSN_NAMESPACE),
    )
    return replace(entry, extras=entry.extras + dates)


def _smartnews_expire(entry: EntryView) -> EntryView:
    if entry.expired is None:
        return entry
    # Without another pubDate nothing is taken down there: the one exception to a date that never moves.
    extras = (
        Extra(name="pubDate", text=rfc822(entry.expired)),
        Extra(name="media:status", text="deleted"),
    )
    return replace(entry, extras=entry.extras + extras)


def _smartnews_frame(view: FeedView) -> FeedView:
    short = view.description or view.title
    if len(short) > SMARTFORMAT_DESCRIPTION:
        short = short[: SMARTFORMAT_DESCRIPTION - 1].rstrip() + "…"
    dated = Extra(name="pubDate", text=rfc822(view.updated))
    return replace(view, description=short, extras=(*view.extras, dated))


def _flipboard_image(case: Case) -> Objection | None:
    image = case.view.image
    if image is not None and case.view.image_url and min(image.width, image.height) >= FLIPBOARD_IMAGE:
        return None
    found = f"{image.width} × {image.height}" if image is not None and case.view.image_url else "none"
    return Objection(
        why=f"Flipboard wants an image of {FLIPBOARD_IMAGE} pixels in its smaller dimension; it has {found}",
        remedy="nothing, unless its page has a larger image: then selectors.image of the source",
    )


def _google_size(case: Case) -> Objection | None:
    size = len(case.view.content_html.encode())
    if size <= GOOGLE_ARTICLE_BYTES:
        return None
    return Objection(
        why=f"its text has {size} bytes; Google News reads {GOOGLE_ARTICLE_BYTES} of an article",
        remedy='publish = "teaser" in the contract, or mend what selectors.body of the source takes',
    )


PROFILES: dict[Profile, Terms] = {
    Profile.CUSTOM: Terms(title="This contract"),
    Profile.MSN: Terms(
        title="MSN",
        rules=(
            Rule(
                name="msn-title",
                demands="a headline of more than 20 and at most 150 characters",
                spec=MSN_ITEM,
                check=_msn_title,
            ),
            Rule(
                name="msn-date",
                demands="a date of publication, in the past and less than 365 days ago",
                spec=MSN_ITEM,
                check=_msn_date,
            ),
            Rule(name="msn-body", demands="a body", spec=MSN_ITEM, check=_msn_body),
            Rule(name="msn-language", demands="the language of the feed", spec=MSN_FAQ, check=_msn_language),
        ),
        shape=_msn_shape,
        expire=_msn_expire,
        max_age=MSN_AGE,
    ),
    Profile.SMARTNEWS: Terms(
        title="SmartNews",
        expire=_smartnews_expire,
        frame=_smartnews_frame,
        max_bytes=1_000_000,
    ),
    Profile.FLIPBOARD: Terms(
        title="Flipboard",
        rules=(
            Rule(
                name="flipboard-image",
                demands="an image of at least 400 pixels in its smaller dimension",
                spec=FLIPBOARD,
                check=_flipboard_image,
            ),
        ),
        least=FLIPBOARD_ITEMS,
    ),
    Profile.GOOGLE_NEWS: Terms(
        title="Google News",
        rules=(
            Rule(
                name="google-news-size",
                demands="at most 1 MB of text",
                spec=GOOGLE_NEWS,
                check=_google_size,
            ),
        ),
        take=60,
        max_bytes=2_000_000,
    ),
}
