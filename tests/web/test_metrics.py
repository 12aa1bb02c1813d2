"""/metrics over the web: for this machine, counted by route, and without what a path holds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from syndicate.store.database import Database
from syndicate.store.gauges import read_gauges
from syndicate.telemetry.metrics import REQUESTS
from syndicate.telemetry.scrape import Scrape
from tests.builders import NOON
from tests.web.conftest import Running, a_site

TOKEN = "b7b3b0a4c4d14f5e9a21"
TOLD = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def watched(db: Database, tmp_path: Path) -> AsyncIterator[Running]:
    """A site whose metrics others may read with a token."""
    scrape = Scrape(lambda: db.read(read_gauges, NOON), token=TOKEN)
    async with a_site(db, tmp_path / "watched", scrape=scrape) as running:
        yield running


async def test_whoever_has_the_token_reads_them_as_plain_text(watched: Running) -> None:
    answer = await watched.get("/metrics", **TOLD)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["cache-control"] == "no-store"
    assert "syndicate_database_up 1.0" in answer.text
    assert 'syndicate_queue_lag_seconds{queue="deliver"} 0.0' in answer.text


async def test_nobody_reads_them_without_the_token(watched: Running) -> None:
    refused = await watched.get("/metrics")
    assert (refused.status, refused.headers["www-authenticate"]) == (401, 'Bearer realm="metrics"')
    assert "syndicate_" not in refused.text


async def test_a_site_without_them_has_nothing_there(site: Running) -> None:
    assert (await site.get("/metrics")).status == 404


async def test_answers_are_counted_by_route_and_no_token_of_a_path_is_told(watched: Running) -> None:
    before = REQUESTS.value("/unsubscribe/{token}", "400")
    await watched.get("/unsubscribe/not-a-token")
    assert REQUESTS.value("/unsubscribe/{token}", "400") == before + 1
    text = (await watched.get("/metrics", **TOLD)).text
    assert "not-a-token" not in text
    assert 'syndicate_web_request_seconds_count{route="/unsubscribe/{token}"}' in text


async def test_a_path_without_a_route_is_other(watched: Running) -> None:
    before = REQUESTS.value("other", "404")
    await watched.get("/wp-login.php")
    assert REQUESTS.value("other", "404") == before + 1


async def test_published_files_are_counted_also_those_that_stand_ready(watched: Running) -> None:
    folder = watched.serving.public_dir / "feeds"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "all.json").write_text("{}", "utf-8")
    before = REQUESTS.value("files", "200"), REQUESTS.value("files", "304")
    first = await watched.get("/feeds/all.json")
    await watched.get("/feeds/all.json")
    again = await watched.get("/feeds/all.json", If_None_Match=first.headers["ETag"])
    assert (first.status, again.status) == (200, 304)
    assert REQUESTS.value("files", "200") == before[0] + 2
    assert REQUESTS.value("files", "304") == before[1] + 1
