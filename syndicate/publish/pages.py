"""What the public pages show: finished views of the front page, items, newsletters and their issues."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from syndicate.formats.dates import for_people
from syndicate.formats.html import truncate_words
from syndicate.model import links
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import MEDIA_TYPES, EntryView, Feed, Format, Selection
from syndicate.model.item import Image, Item, ItemKind, ItemState, Timestamp
from syndicate.model.language import direction_of
from syndicate.model.newsletter import Issue, Newsletter
from syndicate.model.source import Publish
from syndicate.publish.cadences import describe_cadence
from syndicate.publish.copies import public_subject, titles_of
from syndicate.publish.notice import notice_html
from syndicate.publish.views import document_urls, entry_view, undated
from syndicate.store import issue_stops, issues, items
from syndicate.store.database import Database
from syndicate.store.item_notes import is_media_withdrawn
from syndicate.templating import words

LATEST = 12
TEASER_WORDS = 32
FORMAT_NAMES = {Format.RSS: "RSS", Format.ATOM: "Atom", Format.JSON: "JSON Feed", Format.NINJS: "ninjs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLine:
    """One issue in a list."""

    number: int
    subject: str
    path: str
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterCard:
    """A newsletter with what a sign-up form needs; `consent` is the sentence kept with the consent."""

    name: str
    title: str
    description: str
    language: str
    direction: str
    path: str
    cadence: str
    consent: str
    latest: IssueLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """One format of a feed. Feed readers are led to those that are `for_readers`."""

    name: str
    url: str
    media_type: str
    for_readers: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCard:
    """A feed with its address in every format, and its page for people."""

    name: str
    title: str
    description: str
    language: str
    direction: str
    page: str
    links: tuple[FeedLink, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """One item in a list; `archive` names the archived site that it is from.

    `image_path` is that of its lead image in our media store, empty for none.
    """

    title: str
    teaser: str
    path: str
    language: str
    direction: str
    date: str
    section: str
    archive: str
    image: Image | None
    image_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontPage:
    """Everything that we offer."""

    newsletters: tuple[NewsletterCard, ...]
    feeds: tuple[FeedCard, ...]
    latest: tuple[ItemLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A date as an item's page shows it: the day, exactly with time and zone, and for machines (ISO 8601)."""

    day: str
    exact: str
    machine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """One item. `notice` and `content` are safe HTML; of `withdrawn` items nothing is shown but `gone`: when
    that was, and the note.

    `partial` says that the rights allow only a beginning; `canonical` is the original's address.
    """

    entry: EntryView
    withdrawn: bool
    notice: str
    content: str
    partial: bool
    published: Moment | None
    updated: Moment | None
    undated: str
    canonical: str
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterPage:
    """A newsletter and its issues, newest first."""

    card: NewsletterCard
    issues: tuple[IssueLine, ...]


async def front_page(db: Database, catalogue: Catalogue) -> FrontPage:
    """Newsletters, feeds and the latest items, in the site's language."""
    return await db.look(_front_page, catalogue)


async def item_page(db: Database, catalogue: Catalogue, item_id: str) -> ItemPage | None:
    """One item in its own language, withdrawn ones included; None when there never was one."""
    # Who comes for what was published this very moment is not told that it never was.
    item = await db.look(items.find_item, item_id) or await db.read(items.find_item, item_id)
    return item_view(item, catalogue) if item else None


async def is_image_withdrawn(db: Database, name: str) -> bool:
    """Whether only withdrawn items ever showed this file of the media store."""
    return await db.look(is_media_withdrawn, name)


async def newsletter_page(db: Database, catalogue: Catalogue, name: str) -> NewsletterPage | None:
    """A newsletter with the issues that have gone out."""
    newsletter = catalogue.newsletters.get(name)
    return await db.look(_newsletter_page, catalogue, newsletter) if newsletter else None


def item_view(item: Item, catalogue: Catalogue) -> ItemPage:
    """An item as its page shows it: the archive notice apart, to stand above the headline (N8)."""
    entry = entry_view(item, catalogue)
    source = catalogue.sources.get(item.provenance.source)
    full = source is not None and source.rights.publish is Publish.FULL
    notice = notice_html(entry.notice) if entry.notice else ""
    content = entry.content_html.removesuffix(notice) or _paragraphs(entry.summary)
    return ItemPage(
        entry=entry,
        withdrawn=item.state is ItemState.WITHDRAWN,
        notice=notice,
        content=content,
        partial=not full and item.kind is ItemKind.ARTICLE,
        published=_moment(entry.published, entry.language) if entry.published else None,
        updated=_updated(item, entry.language, catalogue),
        undated="" if entry.published else undated(entry),
        canonical=entry.original_url or entry.page_url,
        gone=_gone(item, entry.language),
    )


def item_line(item: Item, catalogue: Catalogue) -> ItemLine:
    """An item in a list."""
    entry = entry_view(item, catalogue)
    published = entry.published
    return ItemLine(
        title=entry.title,
        teaser="" if item.kind is ItemKind.BRIEF else truncate_words(entry.summary, TEASER_WORDS),
        path=links.item_path(item.id),
        language=entry.language,
        direction=entry.direction,
        date=for_people(published, entry.language, with_time=False) if published else undated(entry),
        section=entry.section,
        archive=entry.notice.site if entry.notice else "",
        image=entry.image,
        image_path=links.media_path(entry.image.media) if entry.image else "",
    )


def feed_card(feed: Feed, catalogue: Catalogue) -> FeedCard:
    """A feed with the addresses that go into a feed reader."""
    return FeedCard(
        name=feed.name,
        title=feed.title,
        description=feed.description,
        language=feed.language,
        direction=direction_of(feed.language),
        page=links.feed_path(feed.name, Format.HTML),
        links=feed_links(document_urls(feed.name, 0, catalogue=catalogue)),
    )


def feed_links(urls: Mapping[Format, str]) -> tuple[FeedLink, ...]:
    """The formats among the addresses, for people to choose from."""
    return tuple(
        # A page that names application/json makes readers take it for JSON Feed's first version.
        FeedLink(
            name=name, url=urls[form], media_type=MEDIA_TYPES[form], for_readers=form is not Format.NINJS
        )
        for form, name in FORMAT_NAMES.items()
        if form in urls
    )


def newsletter_card(
    newsletter: Newsletter, catalogue: Catalogue, *, latest: IssueLine | None = None
) -> NewsletterCard:
    """A newsletter as something to sign up for."""
    said = words(newsletter.language)
    return NewsletterCard(
        name=newsletter.name,
        title=newsletter.title,
        description=newsletter.description,
        language=newsletter.language,
        direction=direction_of(newsletter.language),
        path=links.newsletter_path(newsletter.name),
        cadence=describe_cadence(newsletter.cadence, newsletter.language),
        consent=said["web_consent"].format(newsletter=newsletter.title, site=catalogue.site.name),
        latest=latest,
    )


def _front_page(conn: Any, catalogue: Catalogue) -> FrontPage:
    return FrontPage(
        newsletters=tuple(
            newsletter_card(one, catalogue, latest=next(_released(conn, one, take=1), None))
            for one in catalogue.newsletters.values()
        ),
        feeds=tuple(feed_card(feed, catalogue) for feed in catalogue.feeds.values()),
        latest=tuple(item_line(item, catalogue) for item in _latest(conn, catalogue)),
    )


def _latest(conn: Any, catalogue: Catalogue) -> list[Item]:
    return items.list_items(conn, Selection(kinds=(ItemKind.ARTICLE,), take=LATEST), catalogue=catalogue)


def _newsletter_page(conn: Any, catalogue: Catalogue, newsletter: Newsletter) -> NewsletterPage:
    lines = tuple(_released(conn, newsletter))
    latest = lines[0] if lines else None
    return NewsletterPage(card=newsletter_card(newsletter, catalogue, latest=latest), issues=lines)


def _released(conn: Any, newsletter: Newsletter, *, take: int | None = None) -> Iterator[IssueLine]:
    withdrawn = issue_stops.list_issues_with_withdrawn(conn, newsletter.name)
    for issue in issues.list_released(conn, newsletter.name, take=take):
        yield _issue_line(issue, newsletter, titles=_titles(conn, withdrawn.get(issue.id, ())))


def _titles(conn: Any, withdrawn: Iterable[tuple[str, int]]) -> list[str]:
    revisions = dict(withdrawn)
    found = items.list_by_ids(conn, list(revisions))
    return [title for item in found for title in titles_of(conn, item, revisions[item.id])]


def _issue_line(issue: Issue, newsletter: Newsletter, *, titles: Iterable[str]) -> IssueLine:
    moment, language = Timestamp(instant=issue.compiled), newsletter.language
    return IssueLine(
        number=issue.number,
        subject=public_subject(issue, titles, title=newsletter.title, language=language),
        path=links.issue_path(newsletter.name, issue.number),
        date=for_people(moment, language, zone=newsletter.cadence.zone, with_time=False),
    )


def _gone(item: Item, language: str) -> tuple[str, ...]:
    if item.withdrawn is None:
        return ()
    day = for_people(Timestamp.of_day(item.withdrawn.date()), language)
    return tuple(filter(None, (words(language)["web_entry_withdrawn"].format(date=day), item.withdrawn_note)))


def _updated(item: Item, language: str, catalogue: Catalogue) -> Moment | None:
    stated = item.content.updated
    # What the page says of itself knows nothing of our correction.
    corrected = item.correction is not None and (stated is None or item.correction.at > stated.utc)
    if stated is not None and not corrected:
        return _moment(stated, language)
    changed = item.changed and Timestamp(instant=item.changed)
    return _moment(changed, language, zone=catalogue.site.timezone) if changed else None


def _moment(when: Timestamp, language: str, *, zone: str = "") -> Moment:
    return Moment(
        day=for_people(when, language, zone=zone, with_time=False),
        exact=for_people(when, language, zone=zone),
        machine=str(when),
    )


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part, quote=False)}</p>" for part in text.split("\n\n") if part.strip())
