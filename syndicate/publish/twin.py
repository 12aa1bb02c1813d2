"""The page that people read where machines get the feed (requirement F14), in the frame of all our pages."""

from typing import Any
from urllib.parse import urlsplit

from syndicate.formats.dates import for_people
from syndicate.formats.entry import tidy
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import EntryView, Feed, FeedView
from syndicate.model.language import direction_of
from syndicate.publish.notice import notice_parts
from syndicate.publish.pages import feed_card, undated
from syndicate.templating import Templates, words


def render_twin(feed: Feed, view: FeedView, *, catalogue: Catalogue, templates: Templates) -> bytes:
    """Render a feed as HTML, UTF-8: its addresses, then its entries. Raises TemplateFault."""
    view = tidy(view)
    card = feed_card(feed, catalogue)
    said = {
        "site": _site(catalogue),
        "words": words(view.language),
        "page": {
            "title": view.title,
            "language": view.language,
            "direction": view.direction,
            "canonical": view.home_url,
            "noindex": False,
            "feeds": [card],
        },
        "feed": view,
        "card": card,
        "lines": [_line(entry) for entry in view.entries],
    }
    return templates.render("web/feed.html", said).encode("utf-8")


def _line(entry: EntryView) -> dict[str, Any]:
    published, language = entry.published, entry.language
    return {
        "entry": entry,
        "words": words(language),
        "published": for_people(published, language, with_time=False) if published else "",
        "undated": "" if published else undated(entry),
        "notice": notice_parts(entry.notice) if entry.notice else None,
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
