"""The page that people read where machines get the feed (requirement F14), in the frame of all our pages."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from syndicate.formats.dates import for_people
from syndicate.formats.entry import tidy_entry, tidy_frame
from syndicate.formats.html import plain
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import EntryView, FeedView, Format, Tombstone
from syndicate.model.item import Timestamp
from syndicate.model.language import direction_of, enumerated
from syndicate.publish.digest_view import numeral
from syndicate.publish.notice import notice_parts
from syndicate.publish.pages import FeedCard, feed_links
from syndicate.publish.views import undated
from syndicate.templating import Templates, words


def write(view: FeedView, *, catalogue: Catalogue, templates: Templates) -> bytes:
    """Render a feed as HTML, UTF-8: its addresses, then its entries. Raises TemplateFault."""
    entries = [write_entry(entry, templates=templates) for entry in view.entries]
    return join(view, entries, catalogue=catalogue, templates=templates)


def write_entry(entry: EntryView, *, templates: Templates) -> bytes:
    """One entry as it stands on any page of ours. Raises TemplateFault."""
    return templates.render("web/feed_entry.html", {"line": _line(tidy_entry(entry))}).encode()


def join(view: FeedView, entries: Sequence[bytes], *, catalogue: Catalogue, templates: Templates) -> bytes:
    """The page of that view around entries written before, with its tombstones. Raises TemplateFault."""
    tombstones, archive, view = view.tombstones, view.archive, tidy_frame(view)
    card = _card(view)
    title = _title(view)
    said = {
        "site": _site(catalogue),
        "words": words(view.language),
        "page": {
            "title": title,
            "language": view.language,
            "direction": view.direction,
            "canonical": view.urls[Format.HTML],
            "noindex": False,
            "feeds": [card],
        },
        "feed": view,
        "title": title,
        "card": card,
        "older": archive.older.get(Format.HTML, ""),
        "newer": archive.newer.get(Format.HTML, ""),
        "latest": archive.current.get(Format.HTML, "") if archive.number else "",
        # Each was escaped when it was rendered.
        "entries": b"".join(entries).decode(),
        "withdrawn": [_withdrawn(each, view.language) for each in tombstones],
    }
    return templates.render("web/feed.html", said).encode()


def _title(view: FeedView) -> str:
    """The feed's title; of an archive document with its number, so that no two pages have one title."""
    if not view.archive.number:
        return view.title
    number = numeral(view.archive.number, view.language)
    return words(view.language)["web_archive_page"].format(title=view.title, number=number)


def _card(view: FeedView) -> FeedCard:
    # What goes into a feed reader is the subscription document, on the pages of archive documents too.
    urls = view.archive.current or view.urls
    return FeedCard(
        name=view.name,
        title=view.title,
        description=view.description,
        language=view.language,
        direction=view.direction,
        page=view.home_url,
        links=feed_links(urls),
    )


def _line(entry: EntryView) -> dict[str, Any]:
    published, language, correction = entry.published, entry.language, entry.correction
    said = words(language)
    date = for_people(published, language, with_time=False) if published else ""
    return {
        "entry": entry,
        "authors": enumerated(entry.authors, language),
        "words": said,
        "published": said["web_replayed"].format(date=date) if entry.replay else date,
        "undated": "" if published else undated(entry),
        # Where only a teaser may be published, it begins with the correction.
        "correction": "" if not correction or entry.summary.startswith(correction.text) else correction.text,
        "notice": notice_parts(entry.notice) if entry.notice else None,
    }


def _withdrawn(tombstone: Tombstone, language: str) -> dict[str, str]:
    day = for_people(Timestamp.of_day(tombstone.at.date()), language)
    return {
        "text": words(language)["web_entry_withdrawn"].format(date=day),
        "note": plain(tombstone.note).strip(),
    }


def _site(catalogue: Catalogue) -> dict[str, str]:
    site = catalogue.site
    base = urlsplit(site.base_url).path.rstrip("/")
    return {
        "name": site.name,
        "language": site.language,
        "direction": direction_of(site.language),
        "contact": site.contact,
        "postal_address": site.postal_address,
        "base": base,
        "home": f"{base}/",
        "stylesheet": f"{base}/static/site.css",
    }
