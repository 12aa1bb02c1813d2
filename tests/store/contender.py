"""A second process on the same database: `python -m tests.store.contender WORK URL NAME`.

It says `ready`, waits for a line on standard input so that all begin together, works, and prints JSON.
"""

import json
import resource
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

from syndicate.errors import StorageFull
from syndicate.model.job import Job
from syndicate.store import items, jobs, services
from syndicate.store.database import Database
from tests.builders import NOON, an_item

ROOM = 400_000


def beat(db: Database, name: str) -> Any:
    for number in range(100):
        db.write_now(services.beat, f"{name}-{number}", now=NOON)
    return 100


def lease(db: Database, name: str) -> Any:
    taken: list[int] = []
    while found := db.write_now(jobs.lease_jobs, owner=name, now=NOON, limit=3, lease=timedelta(minutes=1)):
        taken += [job.id for job in found]
    return taken


def enqueue(db: Database, _name: str) -> Any:
    keyed = (Job(name="feed.publish", args={}, key=f"feed:{number}") for number in range(100))
    return [db.write_now(jobs.enqueue, job, now=NOON) for job in keyed]


def fill(db: Database, _name: str) -> Any:
    """Save items until no file may grow any more; the files' limit stands for a full disk."""
    # Python ignores SIGXFSZ, so that a write past the limit fails with EFBIG.
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM))
    saved: list[str] = []
    long = an_item(body_text="A tide of words. " * 1000)
    for number in range(1000):
        item = replace(long, id=f"00000000-0000-4000-8000-{number:012d}")
        try:
            db.write_now(items.save_item, item, keys=[f"guid:{number}"])
        except StorageFull as error:
            return {"saved": saved, "error": str(error)}
        saved.append(item.id)
    return {"saved": saved, "error": ""}


def main() -> None:
    work, url, name = sys.argv[1:]
    db = Database(url)
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps({"beat": beat, "lease": lease, "enqueue": enqueue, "fill": fill}[work](db, name)))
    sys.stdout.flush()
    # After a full disk the last checkpoint cannot be written either; SQLite does without it.
    db.close()


if __name__ == "__main__":
    main()
