"""What is due, as jobs: visits of sources, occurrences of schedules, the writing of feeds, first issues."""

from dataclasses import replace

from syndicate.app import App, register
from syndicate.model.job import Enqueue, Job
from syndicate.model.newsletter import FirstIssue, Newsletter
from syndicate.model.schedule import Schedule, replayed_feed
from syndicate.partner.embargoes import jobs_of
from syndicate.publish.follow_ups import UPLOADING
from syndicate.schedule.firing import fire_again, fire_at_once, fire_due
from syndicate.schedule.jobs import HOSTING
from syndicate.store.connection import Connection
from syndicate.store.issues import next_number
from syndicate.store.schedules import has_unmade, list_schedules
from syndicate.store.sources import list_due, list_statuses

MAPPING = Job(name="sitemap.publish", key="sitemap.publish")
SWEEPING = Job(name="sweep", key="sweep")
FORGETTING = Job(name="partner.sweep", key="partner.sweep")
TIDYING = Job(name="bounces.sweep", key="bounces.sweep")
FETCHING = Job(name="bounces.fetch", key="bounces.fetch")
ARCHIVING = Job(name="delivery.archive", key="delivery.archive")
PRUNING = Job(name="dispatch.prune", key="dispatch.prune")


def enqueue_sources(conn: Connection, app: App) -> int:
    """Make the visit of every due source a job; how many."""
    names = list_due(conn, app.now())
    app.post.many(conn, [refresh_job(name) for name in names])
    return len(names)


def fire_schedules(conn: Connection, app: App) -> int:
    """Fire every schedule that is due, and again what came to nothing; how many issues that asks for."""
    count = 0
    for schedule, newsletter in list_cadences(conn, app):
        enqueue = enqueue_for(app, schedule)
        count += fire_due(conn, schedule, now=app.now(), enqueue=enqueue)
        count += fire_again(conn, newsletter, now=app.now(), enqueue=enqueue)
    for schedule in list_replays(conn, app):
        fire_due(conn, schedule, now=app.now(), enqueue=app.enqueue)
    return count


def enqueue_for(app: App, schedule: Schedule) -> Enqueue:
    """What makes this schedule's jobs due: breaking news goes before what comes every day."""
    newsletter = app.catalogue.newsletters.get(schedule.name)
    if newsletter is None or not newsletter.breaking:
        return app.enqueue
    return lambda conn, job: app.enqueue(conn, replace(job, urgent=True))


def list_replays(conn: Connection, app: App) -> list[Schedule]:
    """The schedules of the feeds that replay, but for those that only another configuration names."""
    return [one for one in list_schedules(conn) if replayed_feed(one.name) in app.catalogue.feeds]


def list_cadences(conn: Connection, app: App) -> list[tuple[Schedule, Newsletter]]:
    """Every schedule with its newsletter, but for those that only another process's configuration names."""
    known = app.catalogue.newsletters
    return [(one, known[one.name]) for one in list_schedules(conn) if one.name in known]


def refresh_job(source: str) -> Job:
    """The visit of a source that is due."""
    return Job(name="source.refresh", args={"source": source}, key=f"source.refresh:{source}")


def enqueue_feeds(conn: Connection, app: App) -> None:
    """Make the writing of every feed a job.

    Also of those without news: their settings may have changed, or their files may be gone. The sitemaps too.
    """
    app.enqueue(conn, MAPPING)
    app.enqueue(conn, FORGETTING)
    app.enqueue(conn, HOSTING)
    app.enqueue(conn, ARCHIVING)
    enqueue_returned(conn, app)
    for feed in app.catalogue.feeds:
        app.enqueue(conn, Job(name="feed.publish", args={"feed": feed}, key=f"feed.publish:{feed}"))
    for job in jobs_of(app.partnering):
        app.enqueue(conn, job)
    if app.catalogue.uploads:
        app.enqueue(conn, UPLOADING)


def enqueue_returned(conn: Connection, app: App) -> None:
    """Make it a job to take in what came back."""
    app.enqueue(conn, TIDYING)
    if app.config.settings.bounces.mailbox.url:
        app.enqueue(conn, FETCHING)


def enqueue_first_issues(conn: Connection, app: App) -> int:
    """Ask for the first issue of every newsletter that has none and does not wait for its cadence."""
    if any(status.last_checked is None for status in list_statuses(conn)):
        return 0
    wanted = [
        schedule
        for schedule, newsletter in list_cadences(conn, app)
        if newsletter.first_issue is FirstIssue.AT_ONCE and not has_begun(conn, newsletter.name)
    ]
    return sum(fire_at_once(conn, one, now=app.now(), enqueue=enqueue_for(app, one)) for one in wanted)


def has_begun(conn: Connection, newsletter: str) -> bool:
    """Whether the newsletter has an issue, cancelled or not, or one is being made."""
    return next_number(conn, newsletter) > 1 or has_unmade(conn, newsletter)


async def make_known(app: App) -> None:
    """Register what the configuration names, as whoever is about to do the work."""
    await app.db.write(register, app.catalogue, now=app.now(), mint=app.mint)
