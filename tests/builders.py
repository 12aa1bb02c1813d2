"""Valid values to start from; a test changes the one thing that it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from syndicate.model.cadence import Cadence
from syndicate.model.feed import Archive, EntryView, Feed, FeedView, Format, NoticeView, Selection
from syndicate.model.item import Content, Item, ItemKind, Notice, Provenance, Timestamp
from syndicate.model.newsletter import Issue, IssueState, Newsletter, Section, Sender
from syndicate.model.slots import slots
from syndicate.model.source import OldSite, Source, SourceKind

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FEED_ID = "0b0f8d0e-53f3-4b56-9bb3-0f0a8a3f4d21"


def a_clock(start: datetime = NOON, step: timedelta = timedelta(0)) -> Any:
    """A callable that tells `start`, then moves on by `step` at each call."""
    ticks = iter(range(1_000_000_000))
    return lambda: start + step * next(ticks)


def a_source(**change: Any) -> Source:
    base: dict[str, Any] = {"name": "harbour", "kind": SourceKind.PAGE, "url": "http://127.0.0.1/a.html"}
    return Source(**base | change)


def an_old_site(**change: Any) -> OldSite:
    base: dict[str, Any] = {
        "key": "old-courier",
        "name": "The Old Harbour Courier",
        "successor_name": "Harbour Courier",
        "successor_url": "https://courier.example/",
    }
    return OldSite(**base | change)


def a_content(**change: Any) -> Content:
    base: dict[str, Any] = {
        "headline": "Ferry returns to the northern islands",
        "body_text": "The ferry sailed at dawn.\n\nIt carried forty passengers.",
        "body_html": "<p>The ferry sailed at dawn.</p><p>It carried forty passengers.</p>",
        "summary": "The ferry sailed at dawn.",
        "authors": ("Mina Vale",),
        "section": "Islands",
        "language": "en",
        "url": "https://old.courier.example/2019/ferry",
        "published": Timestamp.parse("2019-05-03T06:30:00+02:00"),
    }
    return Content(**base | change)


def a_provenance(**change: Any) -> Provenance:
    base: dict[str, Any] = {
        "source": "harbour",
        "original_url": "https://old.courier.example/2019/ferry",
        "captured": NOON,
        "raw_hash": "0" * 64,
    }
    return Provenance(**base | change)


def an_item(**change: Any) -> Item:
    """An article; keyword arguments of Content go into its content."""
    inside = {key: change.pop(key) for key in list(change) if key in Content.__dataclass_fields__}
    base: dict[str, Any] = {
        "id": "6f1f3a52-5f0e-4c6b-9a51-0d7f0a3c1b11",
        "kind": ItemKind.ARTICLE,
        "content": a_content(**inside),
        "provenance": a_provenance(),
        "collected": NOON,
    }
    return Item(**base | change)


def a_notice(**change: Any) -> Notice:
    base: dict[str, Any] = {
        "text": "This page is from the old site of Harbour Courier, which is no longer updated.",
        "successor_url": "https://courier.example/",
        "language": "en",
    }
    return Notice(**base | change)


def a_feed(**change: Any) -> Feed:
    base: dict[str, Any] = {"name": "all", "title": "All stories", "selection": Selection()}
    return Feed(**base | change)


def a_notice_view(**change: Any) -> NoticeView:
    base: dict[str, Any] = {
        "text": "This story comes from the archive of The Old Harbour Courier. New stories: Harbour Courier.",
        "language": "en",
        "direction": "ltr",
        "site": "The Old Harbour Courier",
        "successor_name": "Harbour Courier",
        "successor_url": "https://courier.example/",
    }
    return NoticeView(**base | change)


def an_entry(**change: Any) -> EntryView:
    base: dict[str, Any] = {
        "id": "urn:uuid:6f1f3a52-5f0e-4c6b-9a51-0d7f0a3c1b11",
        "kind": ItemKind.ARTICLE,
        "url": "https://old.courier.example/2019/ferry",
        "page_url": "https://news.example/items/6f1f3a52-5f0e-4c6b-9a51-0d7f0a3c1b11",
        "title": "Ferry returns to the northern islands",
        "summary": "The ferry sailed at dawn.",
        "content_html": "<p>The ferry sailed at dawn.</p><p>It carried forty passengers.</p>",
        "updated": datetime(2019, 5, 3, 4, 30, tzinfo=UTC),
        "updated_inferred": False,
        "language": "en",
        "direction": "ltr",
        "published": Timestamp.parse("2019-05-03T06:30:00+02:00"),
        "authors": ("Mina Vale",),
        "section": "Islands",
        "original_url": "https://old.courier.example/2019/ferry",
        "captured": NOON,
    }
    return EntryView(**base | change)


def an_archive(number: int, *, of: int) -> Archive:
    """Document `number` of that many archive documents; 0 is the subscription document."""

    def urls(document: int) -> dict[Format, str]:
        path = f"all/{document}" if document else "all"
        return {form: f"https://news.example/feeds/{path}.{form}" for form in Format}

    older = number - 1 if number else of
    return Archive(
        number=number,
        current=urls(0),
        older=urls(older) if older else {},
        newer=urls(number + 1) if number else {},
    )


def a_feed_view(*entries: EntryView, **change: Any) -> FeedView:
    base: dict[str, Any] = {
        "name": "all",
        "id": f"urn:uuid:{FEED_ID}",
        "title": "All stories",
        "description": "Everything from the harbour",
        "language": "en",
        "direction": "ltr",
        "home_url": "https://news.example/feeds/all.html",
        "urls": {form: f"https://news.example/feeds/all.{form}" for form in Format},
        "updated": max((entry.updated for entry in entries), default=NOON),
        "ttl_minutes": 60,
        "publisher": "Harbour Courier",
        "entries": entries,
    }
    return FeedView(**base | change)


def a_newsletter(**change: Any) -> Newsletter:
    base: dict[str, Any] = {
        "name": "daily",
        "title": "The Daily Tide",
        "sender": Sender(name="Harbour Courier", address="news@courier.example"),
        "sections": (Section(title="News", selection=Selection()),),
        "cadence": Cadence(cron="0 7 * * *", zone="Europe/Berlin"),
        "list_id": "daily.courier.example",
        "postal_address": "1 Quay Street, Port Hale",
    }
    return Newsletter(**base | change)


def an_issue(**change: Any) -> Issue:
    """A compiled issue whose renderings hold every slot once."""
    key = "0123456789abcdef0123456789abcdef"
    words = " ".join(slots(key).values())
    base: dict[str, Any] = {
        "id": 1,
        "newsletter": "daily",
        "number": 1,
        "state": IssueState.COMPILED,
        "compiled": NOON,
        "subject": "The Daily Tide: Ferry returns to the northern islands",
        "html": f"<!DOCTYPE html><html lang=en dir=ltr><body><p lang=en dir=ltr>{words}</p></body></html>\n",
        "text": f"The ferry sailed at dawn.\n\n{words}\n",
        "web_html": "<!DOCTYPE html><html lang=en><body><p>The ferry sailed at dawn.</p></body></html>\n",
        "slot_key": key,
    }
    return Issue(**base | change)
