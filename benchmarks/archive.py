"""`python -m benchmarks.archive COUNT`: publish an archive of so many items, and print the peak of memory.

Another process stores the items, so that the peak is that of publishing alone. Bytes, on the last line.
"""

import asyncio
import logging
import subprocess
import sys
import tempfile
from pathlib import Path

import structlog

from benchmarks.memory import peak
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Feed, Selection
from syndicate.model.source import Publish, Rights, Source, SourceKind
from syndicate.publish.feeds import publish_feed
from syndicate.store.database import Database
from syndicate.store.upgrade import upgrade

# Documents of 250 entries.
TAKE = 500


def main() -> None:
    """Store, in a child, or publish."""
    count = int(sys.argv[1])
    if len(sys.argv) > 2:
        store(Path(sys.argv[2]), count)
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "benchmarks.archive", str(count), folder], check=True)
        entries = asyncio.run(publish(Path(folder)))
        assert entries == count, entries
    print(peak())


def store(folder: Path, count: int) -> None:
    """Fill the database."""
    from benchmarks.newsroom import save_many, story

    db = Database(str(folder / "syndicate.db"))
    upgrade(db)
    save_many(db, (story(number, section="s0", size=400) for number in range(count)))
    db.close()


async def publish(folder: Path) -> int:
    """Publish the one feed; how many entries it has, in all its documents."""
    # Imported here, since the other process needs it alone.
    from benchmarks.publish import a_publishing

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    source = Source(
        name="harbour",
        kind=SourceKind.PAGE,
        url="https://old.courier.example/",
        rights=Rights(publish=Publish.FULL),
    )
    feed = Feed(name="all", title="All stories", selection=Selection(take=TAKE))
    catalogue = Catalogue(sources={"harbour": source}, feeds={"all": feed})
    db = Database(str(folder / "syndicate.db"))
    report = await publish_feed(a_publishing(db, folder, catalogue), "all")
    db.close()
    return report.entries + report.documents * TAKE // 2


if __name__ == "__main__":
    main()
