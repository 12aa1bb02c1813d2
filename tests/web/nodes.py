"""Processes of their own over one database and one shared folder: web nodes, and workers that publish.

`python -m tests.web.nodes web DATABASE FOLDER PORT`, or `… worker DATABASE FOLDER FIRST COUNT`.
"""

import asyncio
import logging
import sys
from pathlib import Path
from typing import Any

import structlog
import uvicorn

from syndicate.audience.people import People
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.site import WebSettings
from syndicate.publish.feeds import publish_feed
from syndicate.publish.turns import turns_over
from syndicate.store.database import Database
from syndicate.templating import Templates
from syndicate.web.routes import web_of
from syndicate.web.server import server_settings
from syndicate.web.serving import Serving
from tests.builders import a_clock, a_feed
from tests.publish.archives import a_catalogue, a_publishing, story
from tests.publish.storing import keep
from tests.web.conftest import RING

CATALOGUE: Catalogue = a_catalogue(a_feed(selection=Selection(take=100)))


async def serve(database: str, folder: str, port: str) -> None:
    """Serve what lies in the folder."""
    serving = Serving(
        people=People(db=Database(database), catalogue=CATALOGUE, keyring=RING, now=a_clock()),
        templates=Templates(),
        public_dir=Path(folder) / "public",
        media_dir=Path(folder) / "media",
        settings=WebSettings(repeats=0),
    )
    settings: Any = server_settings(web_of(serving))
    settings.port = int(port)
    await uvicorn.Server(settings).serve()


async def work(database: str, folder: str, first: str, count: str) -> None:
    """Store one story after the other, and publish each time."""
    db = Database(database)
    publishing = a_publishing(db, Path(folder), CATALOGUE, turns=turns_over(db))
    for number in range(int(first), int(first) + int(count)):
        keep(db, CATALOGUE, story(number))
        await publish_feed(publishing, "all")


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    role, *arguments = sys.argv[1:]
    asyncio.run({"web": serve, "worker": work}[role](*arguments))
