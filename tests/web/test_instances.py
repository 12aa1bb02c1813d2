"""`A-IM: feed`: readers that say which version they have get what came since (RFC 3229)."""

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import feedparser
import pytest

from syndicate.formats import atom, jsonfeed, rss
from syndicate.model.feed import Format
from syndicate.publish.files import publish_files
from syndicate.store.database import Database
from syndicate.web import instances
from syndicate.web.conditions import manipulations
from tests.builders import a_feed_view, an_entry
from tests.web.conftest import Answer, Running, a_site

WRITE = {Format.RSS: rss.write, Format.ATOM: atom.write, Format.JSON: jsonfeed.write}
FORMS = pytest.mark.parametrize("form", list(WRITE))


def publish(site: Running, *numbers: int, form: Format = Format.RSS, **change: str) -> None:
    entries = [an_entry(id=f"urn:x:{number}", title=f"Ferry {number}") for number in numbers]
    folder = site.serving.public_dir / "feeds"
    publish_files(folder, {f"all.{form}": WRITE[form](a_feed_view(*entries, **change))})


def titles(answer: Answer, form: Format = Format.RSS) -> list[str]:
    if form is Format.JSON:
        return [item["title"] for item in json.loads(answer.body)["items"]]
    return [one.title for one in feedparser.parse(answer.body).entries]


async def fetch(site: Running, *, form: Format = Format.RSS, **headers: str) -> Answer:
    return await site.get(f"/feeds/all.{form}", **headers)


@pytest.fixture
async def served(sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Running]:
    async with a_site(sqlite_db, tmp_path) as site:
        publish(site, 1, 2)
        yield site


@FORMS
async def test_a_reader_that_asks_gets_what_came_since_alone(served: Running, form: Format) -> None:
    publish(served, 1, 2, form=form)
    first = await fetch(served, form=form)
    publish(served, 3, 1, 2, form=form)
    answer = await fetch(served, form=form, If_None_Match=first.headers["ETag"], A_IM="feed")
    assert (answer.status, answer.headers["IM"]) == (226, "feed")
    assert titles(answer, form) == ["Ferry 3"]
    assert answer.headers["Content-Type"] == first.headers["Content-Type"]
    assert answer.headers["Delta-Base"] == first.headers["ETag"] != answer.headers["ETag"]


async def test_a_cache_that_does_not_know_226_keeps_none(served: Running) -> None:
    first = await fetch(served)
    publish(served, 3, 1, 2)
    headers = (await fetch(served, If_None_Match=first.headers["ETag"], A_IM="feed")).headers
    assert headers["Cache-Control"] == "no-store, im"
    assert headers["Vary"] == "A-IM, If-None-Match, Accept-Encoding"


async def test_the_etag_of_the_answer_is_that_of_the_whole_document(served: Running) -> None:
    first = await fetch(served)
    publish(served, 3, 1, 2)
    part = await fetch(served, If_None_Match=first.headers["ETag"], A_IM="feed")
    whole = await fetch(served)
    assert part.headers["ETag"] == whole.headers["ETag"]
    assert (await fetch(served, If_None_Match=part.headers["ETag"], A_IM="feed")).status == 304


async def test_with_nothing_new_the_answer_is_304(served: Running) -> None:
    first = await fetch(served)
    assert (await fetch(served, If_None_Match=first.headers["ETag"], A_IM="feed")).status == 304


@pytest.mark.parametrize(
    "headers",
    [
        {"A_IM": "feed"},
        {"A_IM": "feed", "If_None_Match": '"of-another-process"'},
        {"A_IM": "vcdiff, gzip"},
        {"A_IM": "feed;q=0"},
        {},
    ],
)
async def test_everyone_else_gets_the_whole_document(served: Running, headers: dict[str, str]) -> None:
    first = await fetch(served)
    publish(served, 3, 1, 2)
    named = {"If_None_Match": first.headers["ETag"]} if headers.get("A_IM") != "feed" else {}
    answer = await fetch(served, **named | headers)
    assert (answer.status, titles(answer)) == (200, ["Ferry 3", "Ferry 1", "Ferry 2"])
    assert "IM" not in answer.headers


async def test_of_several_versions_the_newest_counts(served: Running) -> None:
    first = await fetch(served)
    publish(served, 3, 1, 2)
    second = await fetch(served)
    publish(served, 4, 3, 1, 2)
    both = f"{second.headers['ETag']}, {first.headers['ETag']}"
    assert titles(await fetch(served, If_None_Match=both, A_IM="feed")) == ["Ferry 4"]
    assert titles(await fetch(served, If_None_Match=first.headers["ETag"], A_IM="feed")) == [
        "Ferry 4",
        "Ferry 3",
    ]


async def test_a_version_that_nobody_fetched_meanwhile_is_passed_over(served: Running) -> None:
    first = await fetch(served)
    publish(served, 3, 1, 2)
    publish(served, 4, 3, 1, 2)
    answer = await fetch(served, If_None_Match=first.headers["ETag"], A_IM="feed")
    assert titles(answer) == ["Ferry 4", "Ferry 3"]


async def test_it_is_packed_if_the_reader_says_so_in_a_im(served: Running) -> None:
    first = await fetch(served)
    publish(served, 3, 1, 2)
    answer = await fetch(served, If_None_Match=first.headers["ETag"], A_IM="feed, gzip", Accept_Encoding="br")
    assert (answer.status, answer.headers["IM"]) == (226, "feed, gzip")
    assert "Content-Encoding" not in answer.headers
    assert b"Ferry 3" in gzip.decompress(answer.body)


async def test_head_has_the_headers_of_the_part(served: Running) -> None:
    first = await fetch(served)
    publish(served, 3, 1, 2)
    headers = {"If-None-Match": first.headers["ETag"], "A-IM": "feed"}
    got = await served.ask("GET", "/feeds/all.rss", headers=headers)
    head = await served.ask("HEAD", "/feeds/all.rss", headers=headers)
    assert (head.status, head.body) == (226, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"] == str(len(got.body))


async def test_a_changed_title_of_the_feed_comes_without_entries(served: Running) -> None:
    first = await fetch(served)
    publish(served, 1, 2, title="Every story")
    answer = await fetch(served, If_None_Match=first.headers["ETag"], A_IM="feed")
    assert (answer.status, titles(answer)) == (226, [])
    assert b"Every story" in answer.body


async def test_former_versions_are_forgotten_in_time(
    served: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instances, "VERSIONS", 2)
    first = await fetch(served)
    for last in (3, 4, 5):
        publish(served, *range(last, 0, -1))
        await fetch(served)
    assert (await fetch(served, If_None_Match=first.headers["ETag"], A_IM="feed")).status == 200


async def test_the_twin_and_archive_documents_are_sent_whole(served: Running) -> None:
    feeds = served.serving.public_dir / "feeds"
    for folder, name in ((feeds, "all.html"), (feeds / "all", "1.rss")):
        publish_files(folder, {name: b"<html>one</html>"})
        path = f"/feeds/{(folder / name).relative_to(feeds)}"
        first = await served.get(path)
        publish_files(folder, {name: b"<html>two</html>"})
        assert (await served.get(path, If_None_Match=first.headers["ETag"], A_IM="feed")).status == 200


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (b"feed", (b"feed",)),
        (b"feed, gzip", (b"feed", b"gzip")),
        (b"gzip, FEED;q=0.5", (b"feed", b"gzip")),
        (b"feed, gzip;q=0", (b"feed",)),
        (b"diffe", ()),
        (b"", ()),
    ],
)
def test_what_a_reader_takes_stands_in_a_im(accept: bytes, wanted: tuple[bytes, ...]) -> None:
    assert manipulations(accept) == wanted
