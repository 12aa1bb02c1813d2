"""All routes in one table, and the application around them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from syndicate.errors import NotFound, TokenRefused, TryLater
from syndicate.templating import words
from syndicate.web import health, hub, mailbox, metrics, pages, partners, subscriptions, webhooks
from syndicate.web.answers import Told, message
from syndicate.web.counting import Counted
from syndicate.web.feeds import FeedFiles
from syndicate.web.guard import Guard
from syndicate.web.health import Tell, reaches
from syndicate.web.moved import missing_feed
from syndicate.web.robots import robots
from syndicate.web.serving import Serving, serving, serving_of

if TYPE_CHECKING:
    from syndicate.app import App

log = structlog.get_logger()

# Feeds that exist are answered by FeedFiles before a route is looked up.
ROUTES = [
    Route("/", pages.front),
    Route("/feeds", pages.feed_list),
    Route("/feeds.opml", missing_feed),
    Route("/feeds/{file}", missing_feed),
    Route("/feeds/{feed}/{file}", missing_feed),
    Route("/hub", hub.take, methods=["POST"]),
    Route("/items/{item}", pages.item),
    Route("/newsletters/{newsletter}", pages.newsletter),
    Route("/newsletters/{newsletter}/subscriptions", subscriptions.sign_up, methods=["POST"]),
    Route("/newsletters/{newsletter}/{number:int}", pages.issue),
    Route("/confirm/{token}", subscriptions.show_confirmation),
    Route("/confirm/{token}", subscriptions.confirm, methods=["POST"]),
    Route("/unsubscribe/{token}", subscriptions.show_unsubscription),
    Route("/unsubscribe/{token}", subscriptions.unsubscribe, methods=["POST"]),
    Route("/preferences/{token}", subscriptions.show_preferences),
    Route("/preferences/{token}", subscriptions.change_preferences, methods=["POST"]),
    Route("/media/{name}", pages.media),
    Route("/partners/{partner}/{file}", partners.document),
    Route("/webhooks/{provider}", webhooks.take, methods=["POST"]),
    Route("/static/site.css", pages.style),
    Route("/robots.txt", robots),
    Route("/healthz", health.alive),
    Route("/readyz", health.ready),
    Route("/metrics", metrics.metrics),
    Route("/mailbox", mailbox.mailbox),
    Route("/mailbox/{name}", mailbox.mail),
    Route("/mailbox/{name}/html", mailbox.mail_html),
    Route("/mailbox/{name}/source", mailbox.mail_source),
]


def create_web(app: App, *, tell: Tell | None = None) -> FeedFiles:
    """The web application of a wired program; `tell` says how its process stands."""
    return web_of(serving_of(app), tell=tell)


def web_of(here: Serving, *, tell: Tell | None = None) -> FeedFiles:
    """The web application over a Serving: feeds from memory first, then the routes."""
    starlette = Starlette(
        routes=ROUTES,
        exception_handlers={
            NotFound: _not_found,
            TokenRefused: _token_refused,
            TryLater: _try_later,
            HTTPException: _http_error,
            Exception: _failed,
        },
    )
    # A redirect to or from a closing slash would go to whatever host the request names, token included.
    starlette.router.redirect_slashes = False
    starlette.state.serving = here
    starlette.state.tell = tell or partial(reaches, here.people.db)
    starlette.state.partner_files = partners.PartnerFiles()
    return FeedFiles(Counted(Guard(starlette), ROUTES), here)


async def _not_found(request: Request, _error: Exception) -> Response:
    return _told(request, "not_found", status=404)


async def _token_refused(request: Request, error: Exception) -> Response:
    expired = isinstance(error, TokenRefused) and error.expired
    return _told(request, "expired" if expired else "bad_link", status=410 if expired else 400)


async def _try_later(request: Request, error: Exception) -> Response:
    log.warning("web.try_later", route=_route(request), error=str(error))
    return _told(request, "error", status=503, headers={"retry-after": "60"})


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return _told(request, "not_found" if status == 404 else "method", status=status, headers=headers)


async def _failed(request: Request, error: Exception) -> Response:
    log.error("web.failed", route=_route(request), exc_info=error)
    return _told(request, "error", status=500)


def _told(request: Request, what: str, *, status: int, headers: dict[str, str] | None = None) -> Response:
    here = serving(request)
    said = words(here.catalogue.site.language)
    told = Told(title=said[f"web_{what}_title"], texts=(said[f"web_{what}_text"],))
    return message(here, told, status=status, headers=headers)


def _route(request: Request) -> str:
    # The first segment only: what follows may be a token, which has no place in a log.
    return "/" + request.url.path.split("/")[1]
