"""The whole way in a running service: an item is stored, its feeds are published, a subscriber has it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from syndicate.app import App, open_app
from syndicate.config import load
from syndicate.partner.hub.asking import Said, ask
from syndicate.schedule.engine import join
from syndicate.schedule.service import Service
from syndicate.store.connection import Connection
from syndicate.store.feed_changes import touch_items
from syndicate.store.items import save_item
from tests.builders import a_provenance, an_item
from tests.engines import Engine
from tests.neighbours.subscriber import a_subscriber

CONFIG = """
[site]
base_url = "http://127.0.0.1:8080"

[sources.harbour]
kind = "files"
folder = "."
interval = "7d"

[feeds.all]
title = "All stories"
"""


def store(conn: Connection, app: App) -> None:
    item = an_item(headline="The mole is open again", provenance=a_provenance(source="harbour"))
    save_item(conn, item, keys=["mole"])
    touch_items(conn, [item], feeds=app.catalogue.feeds.values(), enqueue=app.enqueue)


@asynccontextmanager
async def serving(app: App) -> AsyncIterator[None]:
    """A service that runs meanwhile. One that breaks ends the test, which would wait for ever."""
    join(app)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Service(app, owner="one").run_until(stop))
        yield
        stop.set()


async def test_an_item_that_is_stored_reaches_who_is_subscribed_to_its_feed(
    tmp_path: Path, engine: Engine
) -> None:
    path = tmp_path / "syndicate.toml"
    path.write_text(CONFIG, "utf-8")
    async with a_subscriber() as subscriber:
        environ = {
            "SYNDICATE_DATA_DIR": str(tmp_path / "var"),
            "SYNDICATE_FETCH__ALLOW_HOSTS": subscriber.host,
            **engine.environ,
        }
        config = load(path, environ=environ)
        async with open_app(config, now=lambda: datetime.now(UTC)) as app, serving(app):
            fields = {
                "hub.mode": "subscribe",
                "hub.topic": "http://127.0.0.1:8080/feeds/all.json",
                "hub.callback": subscriber.callback(),
            }
            answer = await ask(app.hubbing, list(fields.items()), caller="192.0.2.1")
            assert answer.said is Said.ACCEPTED, answer.text
            await subscriber.until(lambda: len(subscriber.questions) > 0)
            await app.db.write(store, app)
            await subscriber.until(
                lambda: any(b"The mole is open again" in taken.body for taken in subscriber.taken)
            )
