"""Items and feeds as finished views: what the writers and the pages get, with every decision taken."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape

from syndicate.formats.dates import for_people
from syndicate.formats.entry import is_url, uri
from syndicate.formats.html import sanitize, truncate_words
from syndicate.model import links
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Archive, CorrectionView, EntryView, Feed, FeedView, Format, NoticeView
from syndicate.model.item import Item, ItemKind, Timestamp
from syndicate.model.language import direction_of
from syndicate.model.source import Publish, Rights, Source, SourceKind
from syndicate.publish.notice import notice_view, place_html
from syndicate.templating import words

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
    direction = content.direction or direction_of(language)
    updated, inferred = updated_of(item)
    correction = correction_view(item, language)
    image_url = "" if rights.publish is Publish.LINK else _image_url(item, catalogue)
    view = EntryView(
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
        direction=direction,
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
        correction=correction,
        item_id=item.id,
        revision=item.revision,
    )
    return _corrected(view, item, whole=rights.publish is Publish.FULL)


def replay_view(entry: EntryView, *, entry_id: str, replayed: datetime) -> EntryView:
    """An old entry shown again, under an id of its own: its first date stands in its title (F2's exception).

    `entry_id` is a URN; `replayed`, when it was shown again, is its date of publication.
    """
    first = entry.published
    date = for_people(first, entry.language, with_time=False) if first else undated(entry)
    return replace(
        entry,
        id=entry_id,
        title=words(entry.language)["replayed_title"].format(date=date, title=entry.title),
        published=Timestamp(instant=replayed),
        updated=replayed if entry.updated_inferred else max(entry.updated, replayed),
        updated_inferred=False,
        replay=True,
        issued=first,
    )


def expired_view(entry: EntryView, *, at: datetime, note: str = "") -> EntryView:
    """What is left of a withdrawn entry for a partner who must take it down: not what it said, but why.

    The headline may be what had to go, and an address may repeat it: our own page answers 410.
    """
    return replace(
        entry,
        url=entry.page_url,
        title=words(entry.language)["web_withdrawn_title"],
        summary="",
        content_html="",
        authors=(),
        credit="",
        section="",
        source_url="",
        original_url="",
        image=None,
        image_url="",
        notice=None,
        correction=None,
        updated=max(entry.updated, at),
        updated_inferred=False,
        expired=at,
        withdrawn_note=note,
    )


def feed_view(
    feed: Feed,
    entries: Sequence[EntryView],
    *,
    catalogue: Catalogue,
    feed_id: str,
    document: int = 0,
    older: int = 0,
) -> FeedView:
    """A document of a feed ready for any writer, under the UUID that the feed once got.

    `document` is its number among the feed's archive documents, 0 for the subscription document; `older` that
    of the one before it, 0 for none. Its `updated` is the newest entry's.
    """
    current = document_urls(feed.name, 0, catalogue=catalogue)
    licences = {entry.licence for entry in entries}
    return FeedView(
        name=feed.name,
        id=f"urn:uuid:{feed_id}",
        title=feed.title,
        description=feed.description,
        language=feed.language,
        direction=direction_of(feed.language),
        home_url=current[Format.HTML],
        urls=document_urls(feed.name, document, catalogue=catalogue),
        updated=max((entry.updated for entry in entries), default=NEVER),
        ttl_minutes=round(feed.ttl / timedelta(minutes=1)),
        publisher=catalogue.site.name,
        entries=tuple(entries),
        # Archive documents stay as they are: there is nothing to subscribe to.
        hub_url="" if document else catalogue.hub_url,
        licence=licences.pop() if len(licences) == 1 else "",
        archive=_archive(feed.name, document, older, catalogue=catalogue),
    )


def document_urls(name: str, document: int, *, catalogue: Catalogue) -> dict[Format, str]:
    """Where a document of a feed is served in each format; 0 is the subscription document."""
    return {
        form: links.absolute(
            catalogue.site.base_url,
            links.archive_path(name, document, form) if document else links.feed_path(name, form),
        )
        for form in Format
    }


def undated(entry: EntryView) -> str:
    """What an item says in place of a date that nobody stated: when it was captured, if that is known."""
    said = words(entry.language)
    if entry.captured is None:
        return said["undated"]
    captured = for_people(Timestamp.of_day(entry.captured.date()), entry.language)
    return said["undated_captured"].format(date=captured)


def correction_view(item: Item, language: str) -> CorrectionView | None:
    """The newest correction with its label and day in the item's language; None where there is none."""
    found = item.correction
    if found is None:
        return None
    day = for_people(Timestamp.of_day(found.at.date()), language)
    text = words(language)["correction_note"].format(date=day, note=found.note.strip())
    return CorrectionView(note=found.note, at=found.at, text=text)


def correction_html(correction: CorrectionView, *, language: str, direction: str) -> str:
    """The correction as a paragraph; in HTML it is the first element of the content."""
    said = escape(correction.text, quote=False)
    return f'<p class="correction" lang="{escape(language)}" dir="{direction}">{said}</p>'


def updated_of(item: Item) -> tuple[datetime, bool]:
    """When the content last changed, and whether that stands in for an unknown date (requirement F2)."""
    content = item.content
    changes = [each for each in (item.changed, item.correction and item.correction.at) if each]
    if changes:
        return max(*changes, content.published.utc if content.published else changes[0]), False
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


def _corrected(entry: EntryView, item: Item, *, whole: bool) -> EntryView:
    """The entry beginning with its correction; the teaser too where it is all that may be published."""
    correction = entry.correction
    if correction is None:
        return entry
    note = correction_html(correction, language=entry.language, direction=entry.direction)
    content = entry.content_html or _directed(_paragraphs(entry.summary), item)
    summary = entry.summary if whole else f"{correction.text}\n\n{entry.summary}".strip()
    return replace(entry, summary=summary, content_html=note + content)


def _archive(name: str, document: int, older: int, *, catalogue: Catalogue) -> Archive:
    # The next number is known before its document is there: so a closed one names it, and never changes.
    return Archive(
        number=document,
        current=document_urls(name, 0, catalogue=catalogue),
        older=document_urls(name, older, catalogue=catalogue) if older else {},
        newer=document_urls(name, document + 1, catalogue=catalogue) if document else {},
    )


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
