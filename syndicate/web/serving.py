"""What the handlers work with, and how a handler gets it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import Request

from syndicate.audience.people import People
from syndicate.deliver.bounce.returning import Returning
from syndicate.model.catalogue import Catalogue
from syndicate.model.site import WebSettings
from syndicate.partner.gate import Gate
from syndicate.partner.hub.hubbing import Hubbing
from syndicate.publish.shelf import Shelf
from syndicate.telemetry.scrape import Scrape
from syndicate.templating import Templates

if TYPE_CHECKING:
    from syndicate.app import App


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Everything the web serves from. `mailbox_dir` is None unless the relay is the local mailbox.

    Without a `gate` there are no documents of partners, without `hubbing` there is no hub, without
    `returning` no webhooks, and without `scrape` no metrics. With a `shelf`, published files and images are
    read from the storage and not from the folders.
    """

    people: People
    templates: Templates
    public_dir: Path
    media_dir: Path
    mailbox_dir: Path | None = None
    gate: Gate | None = None
    hubbing: Hubbing | None = None
    returning: Returning | None = None
    scrape: Scrape | None = None
    shelf: Shelf | None = None
    settings: WebSettings = field(default_factory=WebSettings)

    @property
    def catalogue(self) -> Catalogue:
        """The named things."""
        return self.people.catalogue

    @property
    def base_path(self) -> str:
        """The path that a proxy serves us under, without its closing slash; usually empty."""
        return urlsplit(self.catalogue.site.base_url).path.rstrip("/")


def serving_of(app: App) -> Serving:
    """What the web takes from the composition root."""
    return Serving(
        people=app.people,
        templates=app.templates,
        public_dir=app.paths.public,
        media_dir=app.paths.media,
        mailbox_dir=app.paths.mailbox if app.config.relay.local else None,
        gate=app.gate,
        hubbing=app.hubbing,
        returning=app.returning,
        scrape=app.scrape,
        shelf=shelf_of(app),
        settings=app.config.settings.web,
    )


def shelf_of(app: App) -> Shelf | None:
    """The storage, where the web is to serve from there. Raises UploadRefused without the extra `s3`."""
    settings = app.config.settings
    if not settings.storage.serves:
        return None
    return Shelf(settings.storage, allow_hosts=settings.fetch.allow_hosts)


def serving(request: Request) -> Serving:
    """The Serving of a request."""
    found: Serving = request.app.state.serving
    return found
