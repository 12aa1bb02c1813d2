"""What `syndicate check` says of bounces: which way they come in, and whether that works."""

from collections.abc import AsyncIterator

from syndicate.app import App
from syndicate.cli.findings import Finding
from syndicate.deliver.bounce.fetching import try_mailbox
from syndicate.deliver.hooks.taking import Provider, is_on
from syndicate.deliver.intake import is_listening
from syndicate.errors import SyndicateError
from syndicate.model.links import absolute

HOW = (
    "choose a way in, see docs/howto/bounces.md; without one, addresses that are gone are written to for ever"
)


async def look_at_bounces(app: App) -> AsyncIterator[Finding]:
    """A line for each way that bounces come in, or that there is none."""
    settings = app.config.settings.bounces
    hooks = [one for one in Provider if is_on(app.returning, one)]
    if settings.listen:
        yield await _listener(settings.listen)
    if settings.mailbox.url:
        yield await _mailbox(app)
    for one in hooks:
        url = absolute(app.catalogue.site.base_url, f"/webhooks/{one}")
        yield Finding(what=f"bounces from {one}", told=f"taken at {url}")
    if not (settings.listen or settings.mailbox.url or hooks):
        # A local mailbox sends nothing back.
        remedy = "" if app.config.relay.local else HOW
        yield Finding(what="bounces", told="not taken in, unless by a pipe: bounces take", remedy=remedy)


async def _listener(place: str) -> Finding:
    listens = await is_listening(place)
    told = f"taken at {place}" if listens else f"nobody listens at {place} just now; syndicate run does"
    return Finding(what="bounces by LMTP or SMTP", told=told)


async def _mailbox(app: App) -> Finding:
    box = app.config.settings.bounces.mailbox
    try:
        count = await try_mailbox(app.returning)
    except SyndicateError as error:
        return Finding(what="bounces by mailbox", told=str(error), remedy="see [bounces.mailbox]")
    return Finding(what="bounces by mailbox", told=f"{box.url}, with {count} new mails")
