"""What the public WebSub conformance suite (websub.rocks) asks of a publisher: hub and topic are found."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from syndicate.model.feed import Format
from syndicate.publish.feeds import publish_feed
from syndicate.publish.publishing import Publishing
from syndicate.store.database import Database
from syndicate.store.feed_changes import touch_items
from syndicate.store.items import save_item
from tests.builders import FEED_ID, an_item
from tests.partner.hub.desk import Desk, a_desk

ATOM = "{http://www.w3.org/2005/Atom}link"


@pytest.fixture
async def published(sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    """A site with one item in its feed, published in every format."""
    async with a_desk(sqlite_db, tmp_path) as desk:
        sqlite_db.write_now(save_item, an_item(), keys=["ferry"])
        await publish_feed(publishing(desk), "all")
        yield desk


def publishing(desk: Desk) -> Publishing:
    return Publishing(
        db=desk.hubbing.db,
        catalogue=desk.hubbing.catalogue,
        public_dir=desk.hubbing.public_dir,
        now=desk.time,
        mint=lambda: FEED_ID,
        enqueue=desk.hubbing.enqueue,
    )


def in_header(link: str) -> dict[str, str]:
    """The addresses of a Link header by their relation."""
    return {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="([a-z]+)"', link)}


@pytest.mark.parametrize("form", list(Format))
async def test_hub_and_self_are_in_the_link_header_of_every_format(published: Desk, form: Format) -> None:
    answer = await published.site.get(f"/feeds/all.{form}")
    found = in_header(answer.headers["link"])
    assert found["hub"] == f"{published.site.base_url}/hub"
    assert found["self"] == published.topic_of(form)


async def test_they_are_in_the_head_of_a_page(published: Desk) -> None:
    head = (await published.site.get("/feeds/all.html")).text.split("<body>")[0]
    found = dict(re.findall(r'<link rel="([a-z]+)" href="([^"]+)">', head))
    assert found["hub"] == f"{published.site.base_url}/hub"
    assert found["self"] == published.topic_of("html")


@pytest.mark.parametrize("form", ["rss", "atom"])
async def test_they_are_in_the_document_of_a_feed(published: Desk, form: str) -> None:
    root = ElementTree.fromstring((await published.site.get(f"/feeds/all.{form}")).body)
    parent = root.find("channel") if form == "rss" else root
    assert parent is not None
    found = {link.get("rel"): link.get("href") for link in parent.findall(ATOM)}
    assert found["hub"] == f"{published.site.base_url}/hub"
    assert found["self"] == published.topic_of(form)


@pytest.mark.parametrize("form", list(Format))
async def test_a_subscriber_to_what_is_found_gets_the_next_publication(published: Desk, form: Format) -> None:
    answer = await published.site.get(f"/feeds/all.{form}")
    found = in_header(answer.headers["link"])
    published.jobs.clear()
    await published.subscribe(topic=found["self"])
    item = an_item(
        id="00000000-0000-4000-8000-000000000002",
        headline="The mole is open again",
        url="https://old.courier.example/2",
    )
    published.hubbing.db.write_now(_store, published, item)
    published.jobs.clear()
    await publish_feed(publishing(published), "all")
    published.jobs[:] = [job for job in published.jobs if job.name.startswith("hub.")]
    await published.work()
    [taken] = published.subscriber.taken
    assert b"The mole is open again" in taken.body
    assert taken.body == (await published.site.get(f"/feeds/all.{form}")).body


def _store(conn: object, desk: Desk, item: object) -> None:
    save_item(conn, item, keys=["mole"])  # type: ignore[arg-type]
    touch_items(conn, [item], feeds=desk.hubbing.catalogue.feeds.values(), enqueue=desk.hubbing.enqueue)  # type: ignore[arg-type, list-item]
