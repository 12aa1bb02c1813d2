"""What `syndicate check` says of bounces: which way they come in, and whether that works."""

from collections.abc import AsyncIterator

from syndicate.app import App
from syndicate.cli.findings import Finding
from syndicate.cli.session import is_here
from syndicate.deliver.bounce.fetching import try_mailbox
from syndicate.deliver.bounce.listing import last_came
from syndicate.deliver.bounce.returning import Intake
from syndicate.deliver.hooks.taking import Provider, is_on
from syndicate.deliver.intake import is_listening
from syndicate.errors import SyndicateError
from syndicate.model.links import absolute
from syndicate.schedule.alive import look_for_life

HOW = (
    "choose a way in, see docs/howto/bounces.md; without one, addresses that are gone are written to for ever"
)


async def look_at_bounces(app: App) -> AsyncIterator[Finding]:
    """A line for each way that bounces come in, or that there is none."""
    settings = app.config.settings.bounces
    hooks = [one for one in Provider if is_on(app.returning, one)]
    if settings.listen:
        yield await _listener(app)
    if settings.mailbox.url:
        yield await _mailbox(app)
    for one in hooks:
        url = absolute(app.catalogue.site.base_url, f"/webhooks/{one}")
        yield Finding(what=f"bounces from {one}", told=f"taken at {url}")
    if not (settings.listen or settings.mailbox.url or hooks):
        yield await _pipe(app)


async def _listener(app: App) -> Finding:
    place, what = app.config.settings.bounces.listen, "bounces by LMTP or SMTP"
    if await is_listening(place):
        return Finding(what=what, told=f"taken at {place}")
    told, live = f"nobody listens at {place} just now", (await look_for_life(app)).processes
    here = [one.owner for one in live if "deliver" in one.queues and is_here(one.owner)]
    if here:
        remedy = (
            f"restart {here[0]}, which runs with a configuration of before, or cannot listen: see its log"
        )
        return Finding(what=what, told=told, remedy=remedy)
    return Finding(what=what, told=f"{told}; syndicate run does")


async def _pipe(app: App) -> Finding:
    last = await last_came(app.people, Intake.PIPE)
    if last is not None:
        return Finding(what="bounces by a pipe", told=f"the last one came on {last:%Y-%m-%d}")
    # A local mailbox sends nothing back.
    remedy = "" if app.config.relay.local else HOW
    return Finding(what="bounces", told="not taken in, and none came by a pipe (bounces take)", remedy=remedy)


async def _mailbox(app: App) -> Finding:
    box = app.config.settings.bounces.mailbox
    try:
        count = await try_mailbox(app.returning)
    except SyndicateError as error:
        return Finding(what="bounces by mailbox", told=str(error), remedy="see [bounces.mailbox]")
    return Finding(what="bounces by mailbox", told=f"{box.url}, with {count} new mails")
