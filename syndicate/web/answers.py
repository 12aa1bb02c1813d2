"""Answers that are pages: one frame, the words of their language, and messages to a visitor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from typing import Any

from starlette.responses import HTMLResponse

from syndicate.model import links
from syndicate.model.language import direction_of
from syndicate.model.newsletter import Newsletter
from syndicate.publish.pages import FeedCard
from syndicate.templating import shipped, words
from syndicate.web.serving import Serving

STYLESHEET = "/static/site.css"
BRIEFLY = "public, max-age=60"
# Pages behind a link with a token: nothing of them may stay in a shared cache or an index.
PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way onward."""

    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What we tell a visitor: what happened, and what to do next."""

    title: str
    texts: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a page says of itself."""

    title: str
    language: str
    direction: str = ""
    canonical: str = ""
    noindex: bool = False
    feeds: Sequence[FeedCard] = ()


@cache
def stylesheet() -> tuple[bytes, str]:
    """The stylesheet's bytes, and their hash for the address."""
    data = (shipped("templates") / "web" / "site.css").read_bytes()
    return data, sha256(data).hexdigest()[:16]


def page(
    serving: Serving,
    template: str,
    view: Mapping[str, Any],
    *,
    head: Head,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Render a template in the frame that all pages share."""
    frame = {
        "site": _site(serving, head.language),
        "words": words(head.language),
        "page": {
            "title": head.title,
            "language": head.language,
            "direction": head.direction or direction_of(head.language),
            "canonical": head.canonical,
            "noindex": head.noindex,
            "feeds": head.feeds,
        },
    }
    html = serving.templates.render(f"web/{template}.html", {**frame, **view})
    return HTMLResponse(html, status, {"cache-control": BRIEFLY, **(headers or {})})


def message(
    serving: Serving,
    told: Told,
    *,
    language: str = "",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A page that says what happened and what to do next; the front page is always among the ways onward."""
    language = language or serving.catalogue.site.language
    front = Link(text=words(language)["web_front"], url=f"{serving.base_path}/")
    view = {"message": replace(told, links=(*told.links, front))}
    head = Head(title=told.title, language=language, noindex=True)
    return page(serving, "message", view, head=head, status=status, headers={**PRIVATE, **(headers or {})})


def newsletter_link(serving: Serving, newsletter: Newsletter, text: str) -> Link:
    """The way to a newsletter's page and its sign-up."""
    return Link(text=text, url=serving.base_path + links.newsletter_path(newsletter.name))


def _site(serving: Serving, language: str) -> dict[str, str]:
    site = serving.catalogue.site
    base = serving.base_path
    return {
        "name": site.name,
        "offer": site.description or words(site.language)["web_offer"].format(site=site.name),
        "language": site.language,
        "direction": direction_of(site.language),
        "contact": site.contact,
        "postal_address": site.postal_address,
        "base": base,
        "home": f"{base}/",
        "stylesheet": f"{base}{STYLESHEET}?v={stylesheet()[1]}",
    }
