"""A server's error is no story, though it was sent as a page: what tells one, and what becomes of it."""

from pathlib import Path
from typing import Any

import pytest

from syndicate.collect.error_pages import LOOKED_AT, is_sent_as_page
from syndicate.collect.refresh import refresh_source
from syndicate.model.source import SourceKind
from syndicate.store.database import Database
from tests.builders import NOON, a_source
from tests.collect.archive_files import Written, a_page
from tests.collect.desk import a_collecting, stored
from tests.collect.test_listing import a_listing, articles, boats, desk_for, later
from tests.neighbours.http_site import http_site

OUT_OF_ORDER = a_page(
    "Internal Server Error",
    "<p>The server encountered an internal error or misconfiguration and was unable to complete your "
    "request.</p><p>Please contact the server administrator and tell them the time at which this happened, "
    "and anything that you might have done that may have led to it.</p>",
)
GONE = a_page("Page not found", "<p>The page that you asked for is not here. It may have been moved.</p>")


MENU = b"<ul><li><a href=/>Home</a></li><li><a href=/news>News</a></li></ul><script>var words;</script>"


@pytest.mark.parametrize("data", [OUT_OF_ORDER, GONE, GONE + MENU])
def test_an_error_sent_as_a_page_is_seen_in_its_bytes(data: bytes) -> None:
    assert is_sent_as_page(data)


@pytest.mark.parametrize(
    "data",
    [a_page(), a_page("Internal Server Error"), b"", GONE + b"x" * LOOKED_AT, b"<p>Page not found</p>"],
    ids=["story", "story of that name", "nothing", "a long one", "no head"],
)
def test_other_bytes_are_none(data: bytes) -> None:
    assert not is_sent_as_page(data)


async def test_an_error_captured_as_a_page_is_no_version_of_its_story(
    sqlite_db: Database, tmp_path: Path
) -> None:
    Written().add("/7", a_page()).add("/7", OUT_OF_ORDER, at="2018-02-01T00:00:00Z").add(
        "/8", GONE, at="2018-02-01T00:00:00Z"
    ).save(tmp_path / "site" / "a.warc.gz")
    desk = a_warc_desk(sqlite_db, tmp_path)
    report = await refresh_source(desk, "harbour")
    assert (report.new, report.changed, report.errors) == (1, 0, ())
    assert [said for said in report.warnings if "left out" in said] == [
        "2 pages left out, which hold no story but an error that their server sent: "
        "https://old.courier.example/7, https://old.courier.example/8"
    ]
    (item,) = stored(sqlite_db)
    assert item.content.headline == "Ferry returns"


async def test_a_story_is_taken_from_an_archive_that_comes_after_its_error(
    sqlite_db: Database, tmp_path: Path
) -> None:
    Written().add("/7", OUT_OF_ORDER, at="2018-02-01T00:00:00Z").add("/1", a_page("Other")).save(
        tmp_path / "site" / "a.warc.gz"
    )
    desk = a_warc_desk(sqlite_db, tmp_path)
    await refresh_source(desk, "harbour")
    Written().add("/7", a_page()).save(tmp_path / "site" / "b.warc.gz")
    assert (await refresh_source(desk, "harbour")).new == 1


def a_warc_desk(db: Database, folder: Path) -> Any:
    source = a_source(kind=SourceKind.WARC, url="", folder=str(folder / "site"))
    return a_collecting(db, folder, source)


async def test_saved_error_pages_are_left_out_and_counted_once(sqlite_db: Database, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "a.html").write_bytes(a_page())
    for name in "bcdef":
        (folder / f"{name}.html").write_bytes(OUT_OF_ORDER)
    source = a_source(kind=SourceKind.FILES, url="", folder=str(folder))
    desk = a_collecting(sqlite_db, tmp_path, source)
    report = await refresh_source(desk, "harbour")
    assert (report.new, report.failed, report.errors) == (1, 0, ())
    assert any(said.startswith("5 pages left out") and said.endswith("…") for said in report.warnings)
    again = await refresh_source(desk, "harbour")
    assert (again.new, again.unchanged, again.warnings) == (0, 6, ())


async def test_a_story_whose_page_turns_into_an_error_stays_as_it_was(
    sqlite_db: Database, tmp_path: Path
) -> None:
    names = "abcde"
    async with http_site(answers={"/list": a_listing(*names), **articles(names)}) as site:
        desk = desk_for(sqlite_db, tmp_path, a_source(kind=SourceKind.LISTING, url=f"{site.url}/list"), site)
        await refresh_source(desk, "harbour")
        good = dict(site.answers)
        site.answers |= dict.fromkeys(articles("ab"), OUT_OF_ORDER.decode())
        report = await refresh_source(later(desk, 1), "harbour")
        assert (report.changed, report.unchanged, report.failed) == (0, 3, 2)
        assert "holds no story, but an error page: Internal Server Error" in report.errors[0]
        assert boats(sqlite_db) == names
        site.answers |= good
        back = await refresh_source(later(desk, 2), "harbour")
        assert (back.changed, back.failed, boats(sqlite_db)) == (0, 0, names)
        await desk.client.close()


async def test_a_site_that_answers_errors_alone_fails_as_a_whole(sqlite_db: Database, tmp_path: Path) -> None:
    names = "abcde"
    async with http_site(answers={"/list": a_listing(*names), **articles(names)}) as site:
        desk = desk_for(sqlite_db, tmp_path, a_source(kind=SourceKind.LISTING, url=f"{site.url}/list"), site)
        await refresh_source(desk, "harbour")
        site.answers |= dict.fromkeys(articles(names), OUT_OF_ORDER.decode())
        report = await refresh_source(later(desk, 1), "harbour")
        await desk.client.close()
    assert report.changed == 0
    assert len(report.errors) == 1
    assert boats(sqlite_db) == names


async def test_a_new_page_that_is_an_error_is_asked_for_again(sqlite_db: Database, tmp_path: Path) -> None:
    async with http_site(answers={"/list": a_listing("a"), **articles("a")}) as site:
        desk = desk_for(sqlite_db, tmp_path, a_source(kind=SourceKind.LISTING, url=f"{site.url}/list"), site)
        await refresh_source(desk, "harbour")
        site.answers |= {"/list": a_listing("a", "b"), "/2019/05/b.html": OUT_OF_ORDER.decode()}
        await refresh_source(later(desk, 1), "harbour")
        site.answers |= articles("b")
        assert (await refresh_source(later(desk, 3), "harbour")).new == 1
        await desk.client.close()
    assert later(desk, 3).now() > NOON
