"""Lead images that cannot be had are not asked for at every check."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicate.collect.refresh import RefreshReport, refresh_source
from syndicate.model.source import SourceKind
from syndicate.store.database import Database
from tests.builders import NOON, a_source
from tests.collect.desk import SAMPLES, a_collecting, stored
from tests.neighbours.http_site import HttpSite, http_site

PICTURE = (SAMPLES / "en" / "images" / "ferry.png").read_bytes()
LOST = (404, {}, b"")


def a_feed(site: HttpSite, version: int) -> str:
    entries = "".join(
        f"<item><title>Boat {name}</title><guid>{name}</guid><description>It sailed {version} times."
        f'</description><media:content url="{site.url}/ferry.png" medium="image"/></item>'
        for name in "ab"
    )
    return (
        '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Courier</title>'
        f"{entries}</channel></rss>"
    )


async def check(
    db: Database, folder: Path, site: HttpSite, answers: Sequence[object]
) -> list[tuple[RefreshReport, int]]:
    """A check an hour, at each of which the feed has changed; and how often the image was asked for."""
    source = a_source(kind=SourceKind.FEED, url=f"{site.url}/f", interval=timedelta(hours=1))
    desk = a_collecting(db, folder, source, allow=[site.host])
    told = []
    for hours, answer in enumerate(answers):
        site.hits.clear()
        site.answers |= {"/f": a_feed(site, hours), "/ferry.png": answer}
        now = NOON + timedelta(hours=hours)
        report = await refresh_source(replace(desk, now=lambda now=now: now), "harbour")
        told.append((report, site.hits["/ferry.png"]))
    await desk.client.close()
    return told


@pytest.mark.parametrize("answer", [LOST, (500, {}, b""), "<p>no picture</p>"])
async def test_an_image_that_cannot_be_had_is_asked_for_ever_more_seldom(
    sqlite_db: Database, tmp_path: Path, answer: object
) -> None:
    async with http_site() as site:
        told = await check(sqlite_db, tmp_path, site, [answer] * 6)
    assert [bool(hits) for _, hits in told] == [True, True, False, True, False, False]
    assert [bool(report.warnings) for report, _ in told] == [True, True, False, True, False, False]
    assert [report.changed for report, _ in told] == [0, 2, 2, 2, 2, 2], "the stories come all the same"


async def test_an_image_that_is_there_at_last_is_taken(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site() as site:
        told = await check(sqlite_db, tmp_path, site, [LOST, LOST, PICTURE, PICTURE, PICTURE])
    assert [hits for _, hits in told] == [1, 1, 0, 1, 0]
    assert all(item.content.image and item.content.image.media for item in stored(sqlite_db))
