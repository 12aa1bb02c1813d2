"""The jobs: one table of names and coroutines. Each is a thin call of a use case and may run twice."""

import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from syndicate.app import App
from syndicate.audience import subscriptions
from syndicate.deliver import again, outbox, send
from syndicate.deliver.alerts import tell_alarms, tell_held_feeds, tell_paces, tell_troubles
from syndicate.deliver.archiving import Shelf, archive_ended
from syndicate.deliver.bounce.fetching import fetch_bounces
from syndicate.deliver.bounce.taking import sweep_bounces
from syndicate.deliver.pacing.hosting import MOST, resolve_hosts
from syndicate.deliver.pacing.ramps import MEMORY
from syndicate.deliver.preflight.checking import Preflight, release_issue
from syndicate.errors import SenderLost, TryLater
from syndicate.model.feed import Format
from syndicate.model.job import Job
from syndicate.model.newsletter import Issue
from syndicate.partner import log as delivery_log
from syndicate.partner.hub import sweeping
from syndicate.partner.hub.distributing import deliver_due, distribute
from syndicate.partner.hub.pinging import ping
from syndicate.partner.hub.verifying import verify_due
from syndicate.partner.publishing import publish_partner
from syndicate.publish.compile import compile_issue
from syndicate.publish.feeds import publish_feed
from syndicate.publish.follow_ups import UPLOADING, note_files
from syndicate.publish.purging import purge_changed
from syndicate.publish.replays import replay_items
from syndicate.publish.retirement import clear_retired
from syndicate.publish.sitemaps import publish_news_sitemap, publish_sitemaps
from syndicate.publish.uploading import upload_files
from syndicate.schedule.results import as_json
from syndicate.store.ahead import settle_ahead
from syndicate.store.connection import Connection
from syndicate.store.jobs import delete_finished, note_progress, requeue_stale
from syndicate.store.paces import delete_sent
from syndicate.store.services import forget_gone
from syndicate.store.sources import list_due

log = structlog.get_logger()

Result = Mapping[str, Any] | None
# So often a batch may lose the process that sends it.
LOSSES = 3
# How long a job that ended can still be asked about.
JOBS_KEPT = timedelta(days=7)
HOSTING = Job(name="delivery.mx", key="delivery.mx")


async def refresh(app: App, *, source: str, at_once: bool = False, asked: str = "") -> Result:
    """Collect a source that is due, or `at_once`; `asked` (RFC 3339) is when somebody did who follows it."""
    if not at_once and source not in await app.db.read(list_due, app.now()):
        return None

    async def tell(looked_at: int) -> None:
        await app.db.write(note_progress, refresh_job(source, asked=asked).key, {"looked_at": looked_at})

    # What collecting reads with takes a second to import, and most commands that ask for a job do without.
    from syndicate.collect.refresh import refresh_source

    report = await refresh_source(app.collecting, source, tell=tell if asked else None)
    for said in report.alarms:
        log.warning("source.alarm", source=source, said=said)
    for said in report.well:
        log.info("source.well_again", source=source, said=said)
    if report.alarms or report.well:
        await app.db.write(tell_alarms, app.sending)
    return as_json(report)


async def reprocess(app: App, *, source: str, asked: str) -> Result:
    """Extract a source's kept pages once more; `asked` (RFC 3339) is when, also where it is begun again."""

    async def tell(done: int, of: int) -> None:
        await app.db.write(note_progress, reprocess_job(source, asked=asked).key, {"done": done, "of": of})

    # As for `refresh`.
    from syndicate.collect.kept.reprocess import Asked, reprocess_source

    wish = Asked(at=datetime.fromisoformat(asked), tell=tell)
    return as_json(await reprocess_source(app.collecting, source, asked=wish))


def refresh_job(source: str, *, asked: str) -> Job:
    """The job of collecting a source at once, for somebody who follows it."""
    return Job(
        name="source.refresh",
        args={"source": source, "at_once": True, "asked": asked},
        key=f"source.refresh:{source}:{asked}",
    )


def reprocess_job(source: str, *, asked: str) -> Job:
    """The job of reading a source's kept pages again."""
    return Job(
        name="source.reprocess",
        args={"source": source, "asked": asked},
        key=f"source.reprocess:{source}:{asked}",
    )


async def publish(app: App, *, feed: str, accept: bool = False, asked: str = "") -> Result:
    """Write a feed's files; `accept` where the operator lets entries go, `asked` for one who follows it."""

    async def tell(done: int, of: int) -> None:
        await app.db.write(note_progress, publish_job(feed, asked=asked).key, {"done": done, "of": of})

    report = await publish_feed(app.publishing, feed, accept=accept, tell=tell if asked else None)
    return as_json(report)


async def replay(app: App, *, feed: str, occurrence: int) -> Result:
    """Let the old items whose turn it is come into a feed again."""
    return as_json(await replay_items(app.publishing, feed, occurrence=occurrence))


async def publish_for_partner(app: App, *, partner: str, feed: str, accept: bool = False) -> Result:
    """Write a partner's feed; `accept` where the operator wants what the guard holds back.

    A contract that was taken from the configuration meanwhile asks for nothing.
    """
    known = app.catalogue.partners.get(partner)
    if known is None or feed not in known.feeds:
        return None
    return as_json(await publish_partner(app.partnering, partner, feed, accept=accept))


async def upload(app: App) -> Result:
    """Bring the storage to what is published."""

    async def tell(done: int, of: int) -> None:
        await app.db.write(note_progress, UPLOADING.key, {"done": done, "of": of})

    return as_json(await upload_files(app.uploading, tell=tell))


async def _clear(app: App) -> list[str]:
    cleared = await clear_retired(app.publishing)
    await _note(app, [f"feeds/{name}.{form}" for name in cleared for form in Format])
    return list(cleared)


async def publish_map(app: App) -> Result:
    """Write the sitemaps whose pages changed."""
    report = await publish_sitemaps(app.publishing)
    await _note(app, report.written)
    return as_json(report)


async def publish_news(app: App) -> Result:
    """Write the news sitemap."""
    written = await publish_news_sitemap(app.publishing)
    await _note(app, written)
    return {"written": list(written)}


async def _note(app: App, changed: Sequence[str]) -> None:
    if changed:
        await app.db.write(note_files, app.publishing, changed)


async def purge(app: App) -> Result:
    """Tell the cache in front of us what changed."""
    return {"addresses": await purge_changed(app.purging)}


def publish_job(feed: str, *, asked: str, accept: bool = False) -> Job:
    """The job of publishing a feed for somebody who follows it; `asked` is when they did."""
    return Job(
        name="feed.publish",
        args={"feed": feed, "asked": asked, "accept": accept},
        key=f"feed.publish:{feed}:{asked}",
    )


async def compile_(
    app: App,
    *,
    newsletter: str,
    occurrence: int = 0,
    number: int = 0,
    send_it: bool = True,
    accept: bool = False,
) -> Result:
    """Freeze the issue of an occurrence, or of that number, and, unless told otherwise, start to send it.

    What the pre-flight holds back waits for the operator; `accept` is their word.
    """
    issue = await compile_issue(
        app.compiling, newsletter, occurrence_id=occurrence or None, number=number or None
    )
    if issue is None:
        return {"newsletter": newsletter, "empty": True}
    found = await release_issue(app.preflighting, issue.id, accept=accept) if send_it else None
    return summary(issue) | _released(found)


async def send_issue(app: App, *, issue: int, accept: bool = False) -> Result:
    """Start to send a frozen issue, unless the pre-flight holds it back: its batches become jobs."""
    return {"issue": issue} | _released(await release_issue(app.preflighting, issue, accept=accept))


def _released(found: Preflight | None) -> dict[str, Any]:
    held = found.reason if found else ""
    return {"recipients": found.recipients if found and not held else 0, "held": held}


async def send_more(app: App, *, issue: int, who: str, unknown: bool = False) -> Result:
    """Send an issue to those who were missed, or to those who have subscribed since."""
    wish = again.Wish(issue_id=issue, who=again.Who(who), unknown=unknown)
    return as_json(await again.send_more(app.sending, wish))


async def send_batch(app: App, *, issue: int, batch: int) -> Result:
    """Send what is due in one batch, here or in one of the processes that send."""
    if app.crew is None:
        return await deliver_batch(app, issue=issue, batch=batch)
    for _ in range(LOSSES):
        try:
            done = await app.crew.send(issue, batch)
        except SenderLost:
            # Its lease would last for minutes; its journal says at once what became of whom.
            await send.recover(app.sending)
        else:
            log.info("delivery.sent_beside", issue=issue, batch=batch, counts=done and done["counts"])
            return done
    raise TryLater(f"the processes that send ended {LOSSES} times over batch {batch} of issue {issue}")


async def deliver_batch(app: App, *, issue: int, batch: int) -> Result:
    """Send what is due in one batch, in this process."""
    done = as_json(await send.send_batch(app.sending, issue, batch))
    await _tell_of_relays(app)
    return done


async def _tell_of_relays(app: App) -> None:
    if troubles := app.sending.fleet.take_troubles():
        await app.db.write(tell_troubles, app.sending, troubles)


async def send_outbox(app: App) -> Result:
    """Send the notice mails that are due."""
    sent = await outbox.send_outbox(app.sending)
    await _tell_of_relays(app)
    return {"sent": sent}


async def fetch_returned(app: App) -> Result:
    """Take in what came to the mailbox for bounces."""
    return as_json(await fetch_bounces(app.returning))


async def sweep_returned(app: App) -> Result:
    """Apply mails that came back and wait on the disk, and remove those of 30 days ago."""
    return await sweep_bounces(app.returning)


async def distribute_news(app: App, *, feed: str) -> Result:
    """Queue a feed's news for whoever is subscribed at the hub."""
    return await distribute(app.hubbing, feed)


async def deliver_news(app: App) -> Result:
    """Send what is queued to the callbacks."""
    return await deliver_due(app.hubbing)


async def verify_requests(app: App) -> Result:
    """Ask the callbacks of those who want to subscribe or to leave."""
    return await verify_due(app.hubbing)


async def ping_hub(app: App, *, feed: str) -> Result:
    """Tell another hub that a feed changed."""
    return await ping(app.hubbing, feed)


async def sweep_partners(app: App) -> Result:
    """Forget what partners fetched more than 400 days ago; the counts of the days stay."""
    return {"rows": await app.db.write(delivery_log.sweep, now=app.now())}


async def archive(app: App) -> Result:
    """Let the deliveries of issues that were over long ago leave the database, into files."""
    shelf = Shelf(folder=app.paths.archive, host=socket.gethostname())
    return as_json(await archive_ended(app.sending, shelf))


async def group_domains(app: App) -> Result:
    """Ask DNS for mail hosts that are not known, where the pace of domains is limited or one is in trouble.

    While mail stays on this machine, nobody outside is asked.
    """
    if all(relay.local or relay.folder for relay in app.config.relays):
        return None
    asked = await resolve_hosts(app.sending, wanted=bool(app.config.domains))
    if asked == MOST:
        await app.db.write(app.enqueue, HOSTING)
    return {"domains": asked}


async def sweep(app: App) -> Result:
    """Take up what others left: jobs, deliveries, mails, alarms, the hub's work.

    Forget old jobs, sign-ups nobody confirmed, raw pages that are not to be kept, and files of retired feeds.
    """
    # As for `refresh`: pages and images are read with the same libraries.
    from syndicate.collect.kept.retention import sweep_raw

    await app.db.write(settle_ahead, app.now())
    await app.db.write(delete_finished, app.now() - JOBS_KEPT)
    await app.db.write(forget_gone, app.now())
    await app.db.write(tell_alarms, app.sending)
    await app.db.write(tell_held_feeds, app.sending)
    await app.db.write(tell_paces, app.sending)
    await app.db.write(delete_sent, before=(app.now() - MEMORY).date())
    return {
        "raw": await sweep_raw(app.collecting),
        "jobs": await app.db.write(_take_up, app),
        "batches": await send.sweep(app.sending),
        "mails": await outbox.send_outbox(app.sending),
        "unconfirmed": await subscriptions.sweep(app.people),
        "cleared": await _clear(app),
        "hub": await sweeping.sweep(app.hubbing),
    }


def _take_up(conn: Connection, app: App) -> int:
    """Jobs whose lease has run out wait again, and those that nobody carries are carried; how many."""
    return requeue_stale(conn, app.now()) + app.post.carrier.rescue(conn, app.now())


async def prune(app: App) -> Result:
    """Forget what carried jobs that ended a day ago."""
    await app.db.write(app.post.carrier.prune)
    return None


def summary(issue: Issue) -> dict[str, Any]:
    """An issue in one line."""
    return {
        "newsletter": issue.newsletter,
        "number": issue.number,
        "issue": issue.id,
        "subject": issue.subject,
        "items": len(issue.items),
    }


JOBS: dict[str, Callable[..., Awaitable[Result]]] = {
    "source.refresh": refresh,
    "source.reprocess": reprocess,
    "feed.publish": publish,
    "files.upload": upload,
    "files.purge": purge,
    "feed.replay": replay,
    "partner.publish": publish_for_partner,
    "sitemap.publish": publish_map,
    "sitemap.news": publish_news,
    "issue.compile": compile_,
    "issue.send": send_issue,
    "issue.again": send_more,
    "delivery.batch": send_batch,
    "delivery.archive": archive,
    "delivery.mx": group_domains,
    "dispatch.prune": prune,
    "outbox.send": send_outbox,
    "bounces.fetch": fetch_returned,
    "bounces.sweep": sweep_returned,
    "hub.distribute": distribute_news,
    "hub.deliver": deliver_news,
    "hub.verify": verify_requests,
    "hub.ping": ping_hub,
    "partner.sweep": sweep_partners,
    "sweep": sweep,
}


async def do_job(app: App, name: str, args: Mapping[str, Any]) -> Result:
    """Do one job by its name."""
    return await JOBS[name](app, **args)
