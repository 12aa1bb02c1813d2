"""What a publication leads to: who is told of it, and who gets it."""

from collections.abc import Sequence

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Feed
from syndicate.model.job import Job
from syndicate.publish.publishing import Publishing
from syndicate.publish.stale import files_as_paths, note_changes
from syndicate.store.connection import Connection

UPLOADING = Job(name="files.upload", key="files.upload")
LISTING_NEWS = Job(name="sitemap.news", key="sitemap.news")


def follow_ups(catalogue: Catalogue, feed: Feed, *, changed: Sequence[str]) -> list[Job]:
    """The jobs that follow when files of the feed, named relative to `feeds/`, have `changed`.

    They are enqueued in the transaction that records the publication.
    """
    jobs: list[Job] = []
    if changed and catalogue.hub.is_own:
        jobs.append(distribute_job(feed.name))
    if changed and catalogue.hub.is_outside:
        jobs.append(Job(name="hub.ping", args={"feed": feed.name}, key=f"hub.ping:{feed.name}"))
    if changed:
        partners = catalogue.partners.values()
        jobs += [partner_job(one.name, feed.name) for one in partners if feed.name in one.feeds]
    if changed:
        jobs.append(LISTING_NEWS)
    return jobs


def note_files(conn: Connection, publishing: Publishing, names: Sequence[str]) -> None:
    """Let files that changed, by their names in the public folder, go where others read them.

    To the storage, which tells the cache of them once they are there; without one, the cache is told.
    """
    catalogue, enqueue = publishing.catalogue, publishing.enqueue
    if names and catalogue.uploads:
        enqueue(conn, UPLOADING)
    elif names:
        note_changes(conn, catalogue, files_as_paths(names), now=publishing.now(), enqueue=enqueue)


def distribute_job(feed: str) -> Job:
    """The job of telling our own hub's subscribers what is new in a feed, partners' documents too."""
    return Job(name="hub.distribute", args={"feed": feed}, key=f"hub.distribute:{feed}")


def partner_job(partner: str, feed: str) -> Job:
    """The job of writing a partner's feed."""
    args = {"partner": partner, "feed": feed}
    return Job(name="partner.publish", args=args, key=f"partner.publish:{partner}:{feed}")
