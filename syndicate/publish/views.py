"""Items and feeds as finished views: what the writers and the pages get, with every decision taken."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import escape

from syndicate.formats.entry import is_url, uri
from syndicate.formats.html import sanitize, truncate_words
from syndicate.model import links
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import EntryView, Feed, FeedView, Format, NoticeView
from syndicate.model.item import Item, ItemKind
from syndicate.model.language import direction_of
from syndicate.model.source import Publish, Rights, Source, SourceKind
from syndicate.publish.notice import notice_view, place_html

TEASER_WORDS = 60
BRIEF_TITLE_WORDS = 12
# What an empty Atom feed says of its age: the clock would change its bytes at every rendering.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def entry_view(item: Item, catalogue: Catalogue) -> EntryView:
    """One item ready for output: rights applied (P2), notice placed (N4), dates as F2 says."""
    content, origin = item.content, item.provenance
    source = catalogue.sources.get(origin.source)
    rights = source.rights if source else Rights()
    notice = notice_view(item, catalogue)
    page_url = links.absolute(catalogue.site.base_url, links.item_path(item.id))
    language = content.language or (source.language if source else "") or catalogue.site.language
    updated, inferred = updated_of(item)
    image_url = "" if rights.publish is Publish.LINK else _image_url(item, catalogue)
    return EntryView(
        id=item.urn,
        kind=item.kind,
        url=next(
            (uri(url) for url in (content.url, origin.original_url) if is_url(url) and uri(url)), page_url
        ),
        page_url=page_url,
        title=content.headline or truncate_words(content.body_text, BRIEF_TITLE_WORDS),
        summary=summary_of(item, rights.publish),
        content_html=content_of(item, rights.publish, notice=notice),
        updated=updated,
        updated_inferred=inferred,
        language=language,
        direction=content.direction or direction_of(language),
        published=content.published,
        authors=content.authors,
        credit=content.credit,
        section=content.section,
        image=content.image if image_url else None,
        image_url=image_url,
        licence=rights.licence,
        rights_holder=rights.holder,
        source_title=_source_title(source),
        source_url=source.url if source and source.kind is SourceKind.FEED else "",
        original_url=origin.original_url if is_url(origin.original_url) else "",
        captured=_captured(item, source),
        notice=notice,
    )


def feed_view(feed: Feed, entries: Sequence[EntryView], *, catalogue: Catalogue, feed_id: str) -> FeedView:
    """A feed ready for any writer, under the UUID that it once got. Its `updated` is the newest entry's."""
    base_url = catalogue.site.base_url
    urls = {form: links.absolute(base_url, links.feed_path(feed.name, form)) for form in Format}
    licences = {entry.licence for entry in entries}
    return FeedView(
        name=feed.name,
        id=f"urn:uuid:{feed_id}",
        title=feed.title,
        description=feed.description,
        language=feed.language,
        direction=direction_of(feed.language),
        home_url=urls[Format.HTML],
        urls=urls,
        updated=max((entry.updated for entry in entries), default=NEVER),
        ttl_minutes=round(feed.ttl / timedelta(minutes=1)),
        publisher=catalogue.site.name,
        entries=tuple(entries),
        licence=licences.pop() if len(licences) == 1 else "",
    )


def updated_of(item: Item) -> tuple[datetime, bool]:
    """When the content last changed, and whether that stands in for an unknown date (requirement F2)."""
    content = item.content
    if item.changed is not None:
        return max(item.changed, content.published.utc if content.published else item.changed), False
    stated = [each.utc for each in (content.published, content.updated) if each]
    return (max(stated), False) if stated else (item.collected, True)


def summary_of(item: Item, publish: Publish) -> str:
    """The teaser in plain words; nothing where only a link may be published."""
    if publish is Publish.LINK:
        return ""
    content = item.content
    if item.kind is ItemKind.BRIEF:
        return content.body_text
    return truncate_words(content.summary or content.body_text, TEASER_WORDS)


def content_of(item: Item, publish: Publish, *, notice: NoticeView | None) -> str:
    """The HTML that may be published, the notice last; empty for a bare teaser or link."""
    html = _full(item) if publish is Publish.FULL else ""
    if notice is None:
        return _directed(html, item)
    return place_html(_directed(html or _paragraphs(summary_of(item, publish)), item), notice)


def _full(item: Item) -> str:
    content = item.content
    # Sanitised again, since what an older version stored may hold what today's rules refuse.
    html = sanitize(content.body_html, base_url=content.url or item.provenance.original_url)
    return (html or _paragraphs(content.body_text)) + _paragraphs(content.credit)


def _paragraphs(text: str) -> str:
    parts = (part.strip() for part in text.split("\n\n"))
    return "".join(f"<p>{escape(part, quote=False)}</p>" for part in parts if part)


def _directed(html: str, item: Item) -> str:
    # Few readers take the direction from the feed's language.
    if not html or item.content.direction != "rtl":
        return html
    return f'<div lang="{escape(item.content.language)}" dir="rtl">{html}</div>'


def _image_url(item: Item, catalogue: Catalogue) -> str:
    image = item.content.image
    if image is None or not image.media:
        return ""
    return links.absolute(catalogue.site.base_url, links.media_path(image.media))


def _captured(item: Item, source: Source | None) -> datetime | None:
    """When the item was there already: its earliest capture."""
    if item.not_after is not None:
        return item.not_after
    # A saved file's time is that of its last copy, which tells readers nothing of the page.
    saved = source is not None and source.kind is SourceKind.FILES
    return None if saved else item.provenance.captured


def _source_title(source: Source | None) -> str:
    return (source.title or source.name) if source else ""
