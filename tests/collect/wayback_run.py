"""Checks an old site out of a web archive, as a process of its own that a test can kill."""

import asyncio
import sys
from pathlib import Path

from syndicate.collect.refresh import refresh_source
from syndicate.model.source import SourceKind
from syndicate.store.database import Database
from tests.builders import a_source
from tests.collect.desk import a_collecting


async def run(database: str, folder: Path, archive: str) -> None:
    """One check, saved every two captures."""
    url = "https://old.courier.example/news/"
    source = a_source(name="old", kind=SourceKind.WAYBACK, url=url, archive=archive)
    desk = a_collecting(Database(database), folder, source, allow=[archive.removeprefix("http://")], part=2)
    await refresh_source(desk, "old")


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
