"""Valid values to start from; a test changes the one thing that it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from syndicate.model.cadence import Cadence
from syndicate.model.feed import Feed, Selection
from syndicate.model.item import Content, Item, ItemKind, Notice, Provenance, Timestamp
from syndicate.model.newsletter import Issue, IssueState, Newsletter, Section, Sender
from syndicate.model.slots import slots
from syndicate.model.source import OldSite, Source, SourceKind

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


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
