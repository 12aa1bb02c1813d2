"""What a cache in front has to be told: addresses whose content changed, noted as the change is committed."""

from collections.abc import Sequence
from datetime import datetime

from syndicate.model import links
from syndicate.model.catalogue import Catalogue
from syndicate.model.job import Enqueue, Job
from syndicate.store.connection import Connection
from syndicate.store.purges import add_purges

PURGING = Job(name="files.purge", key="files.purge")


def note_changes(
    conn: Connection, catalogue: Catalogue, paths: Sequence[str], *, now: datetime, enqueue: Enqueue
) -> None:
    """Remember that what stands at these paths of the site changed, in the transaction that says so.

    Without a cache to tell, nothing.
    """
    if paths and catalogue.purges:
        add_purges(conn, paths, now=now)
        enqueue(conn, PURGING)


def pages_about(item_id: str, media: Sequence[str], issues: Sequence[tuple[str, int]]) -> list[str]:
    """The pages that change with an item: its own, its images, and the web copies that hold it."""
    return [
        links.item_path(item_id),
        *map(links.media_path, media),
        *(links.issue_path(newsletter, number) for newsletter, number in issues),
    ]


def files_as_paths(names: Sequence[str]) -> list[str]:
    """Files by their names in the public folder, as paths of the site."""
    return [f"/{name}" for name in names]
