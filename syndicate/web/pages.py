"""The pages that anybody may read: front page, items, newsletters, issues; media and the stylesheet."""

import re

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from syndicate.errors import NotFound
from syndicate.model import links
from syndicate.model.language import direction_of, enumerated
from syndicate.publish.copies import IssueCopy, issue_copy
from syndicate.publish.pages import (
    FrontPage,
    ItemPage,
    NewsletterPage,
    front_page,
    is_image_withdrawn,
    item_page,
    newsletter_page,
)
from syndicate.templating import words
from syndicate.web.answers import Head, Told, message, page, stylesheet
from syndicate.web.serving import Serving, serving

FOR_EVER = "public, max-age=31536000, immutable"
FIVE_MINUTES = "public, max-age=300"
# What the databases' integer holds; a number beyond it is mistyped.
MOST_ISSUES = 2**31
BODY = re.compile(r"<body[^>]*>", re.IGNORECASE)
MEDIA_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.(?P<suffix>[a-z0-9]+)")
MEDIA_TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
}
ITEM_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' https: http:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
# Inlined styles are all that a digest may bring along.
COPY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


async def front(request: Request) -> Response:
    """What we offer, in the site's language."""
    here = serving(request)
    site = here.catalogue.site
    view = await front_page(here.people.db, here.catalogue)
    head = Head(
        title=site.name,
        language=site.language,
        canonical=links.absolute(site.base_url, "/"),
        feeds=view.feeds,
    )
    return page(here, "front", {"front": view, "languages": _languages(view)}, head=head)


async def feed_list(request: Request) -> Response:
    """All feeds with their addresses."""
    here = serving(request)
    site = here.catalogue.site
    view = await front_page(here.people.db, here.catalogue)
    head = Head(
        title=words(site.language)["web_feeds"],
        language=site.language,
        canonical=links.absolute(site.base_url, "/feeds"),
        feeds=view.feeds,
    )
    return page(here, "feeds", {"front": view}, head=head)


async def item(request: Request) -> Response:
    """One item in its own language; 410 once it is withdrawn."""
    here = serving(request)
    found = await item_page(here.people.db, here.catalogue, request.path_params["item"])
    if found is None:
        raise NotFound("no such item")
    if found.withdrawn:
        return _withdrawn(here, found.entry.language, *found.gone)
    return _item(here, found)


async def newsletter(request: Request) -> Response:
    """A newsletter, its issues and the sign-up."""
    here = serving(request)
    found = await newsletter_page(here.people.db, here.catalogue, request.path_params["newsletter"])
    if found is None:
        raise NotFound("no such newsletter")
    return newsletter_answer(here, found)


def newsletter_answer(
    here: Serving, found: NewsletterPage, *, fault: Told | None = None, status: int = 200
) -> HTMLResponse:
    """A newsletter's page, with what was wrong with a sign-up."""
    card = found.card
    view = {"card": card, "issues": found.issues, "fault": fault}
    head = Head(
        title=card.title,
        language=card.language,
        canonical=links.absolute(here.catalogue.site.base_url, card.path),
        noindex=fault is not None,
    )
    headers = {"cache-control": "no-store"} if fault else {}
    return page(here, "newsletter", view, head=head, status=status, headers=headers)


async def issue(request: Request) -> Response:
    """An issue's web copy, as it was frozen, without what was withdrawn; 410 where nothing is left of it."""
    here = serving(request)
    name, number = request.path_params["newsletter"], request.path_params["number"]
    wanted = issue_copy(here.people.db, here.catalogue, name, number) if number < MOST_ISSUES else None
    found = await wanted if wanted else None
    if found is None:
        raise NotFound("no such issue")
    if not found.html:
        return _withdrawn(here, found.language)
    headers = {
        "cache-control": FIVE_MINUTES,
        "content-security-policy": COPY_POLICY,
        "x-robots-tag": "noindex",
    }
    return HTMLResponse(_with_own_images(here, _framed(here, found)), headers=headers)


async def media(request: Request) -> Response:
    """An image of the media store, whose name never stands for other bytes; 410 once withdrawn."""
    here = serving(request)
    name = request.path_params["name"]
    match = MEDIA_NAME.fullmatch(name)
    media_type = MEDIA_TYPES.get(match["suffix"]) if match else None
    path, headers = here.media_dir / name, {"cache-control": FOR_EVER}
    found = await here.shelf.read(links.media_path(name)[1:]) if here.shelf and media_type else None
    if media_type is None or not (found or path.is_file()):
        raise NotFound("no such image")
    if await is_image_withdrawn(here.people.db, name):
        return _withdrawn(here, here.catalogue.site.language)
    if found is not None:
        return Response(found.data, media_type=media_type, headers=headers)
    return FileResponse(path, media_type=media_type, headers=headers)


async def style(request: Request) -> Response:
    """The one stylesheet; its address in our pages holds its hash."""
    data, digest = stylesheet()
    named = request.query_params.get("v") == digest
    headers = {"cache-control": FOR_EVER if named else FIVE_MINUTES, "etag": f'"{digest}"'}
    if request.headers.get("if-none-match", "").removeprefix("W/") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type="text/css", headers=headers)


def _item(here: Serving, found: ItemPage) -> Response:
    entry = found.entry
    authors = enumerated(entry.authors, entry.language)
    head = Head(
        title=entry.title,
        language=entry.language,
        direction=entry.direction,
        canonical=found.canonical,
    )
    headers = {"cache-control": FIVE_MINUTES, "content-security-policy": ITEM_POLICY}
    return page(here, "item", {"item": found, "entry": entry, "authors": authors}, head=head, headers=headers)


def _with_own_images(here: Serving, html: str) -> str:
    # Frozen for mails, they name base_url; who reads us at another address sees them all the same.
    path = links.media_path("")
    absolute = links.absolute(here.catalogue.site.base_url, path)
    return html.replace(f'src="{absolute}', f'src="{here.base_path}{path}')


def _framed(here: Serving, found: IssueCopy) -> str:
    """The copy under a link to the other issues while the newsletter is published."""
    published = here.catalogue.newsletters.get(found.issue.newsletter)
    if published is None:
        return found.html
    view = {
        "title": published.title,
        "language": published.language,
        "direction": direction_of(published.language),
        "path": here.base_path + links.newsletter_path(published.name),
        "form": f"address-{published.name}",
        "words": words(published.language),
    }
    bar = here.templates.render("web/copy.html", view)
    body = BODY.search(found.html)
    cut = body.end() if body else 0
    return found.html[:cut] + bar + found.html[cut:]


def _withdrawn(here: Serving, language: str, *more: str) -> Response:
    said = words(language)
    told = Told(title=said["web_withdrawn_title"], texts=(said["web_withdrawn_text"], *more))
    return message(here, told, language=language, status=410)


def _languages(view: FrontPage) -> dict[str, object]:
    used = {card.language for card in view.newsletters} | {line.language for line in view.latest}
    return {language: words(language) for language in used}
