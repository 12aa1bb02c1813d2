"""Kept pages are extracted once more: real pages over HTTP, their site gone meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syndicate.collect.collecting import Collecting
from syndicate.collect.history import item_history, pick
from syndicate.collect.interpret import PART_BYTES
from syndicate.collect.kept.raw import path_of
from syndicate.collect.kept.report import ReprocessReport
from syndicate.collect.kept.reprocess import Asked, portion, reprocess_source
from syndicate.collect.refresh import refresh_source
from syndicate.errors import NotFound
from syndicate.model.item import Item, ItemKind, ItemState, Timestamp
from syndicate.model.source import Archived, Selectors, Source, SourceKind
from syndicate.store import items, schema
from syndicate.store.content import to_json
from syndicate.store.database import Database
from syndicate.store.raw_pages import RawPage
from tests.builders import NOON, a_feed, a_source
from tests.collect.desk import a_collecting, stored, waiting_jobs
from tests.collect.test_wayback import a_page, collect, held, old_site
from tests.neighbours.http_site import http_site
from tests.neighbours.web_archive import web_archive

LATER = NOON + timedelta(days=9)
WORDS = (
    "<p>The ferry sailed at dawn with forty passengers and one piano on its open deck.</p>"
    "<p>The harbour master said that the tide had been kind, and that the next crossing leaves at noon "
    "whatever the weather on the islands may bring to the quay.</p>"
)
BRIEFS = "".join(
    f'<li>{text} <a href="/{number}.html">More</a></li>'
    for number, text in enumerate(
        (
            "The lighthouse got a new lamp on Monday after forty years of service.",
            "The fish market opens an hour later from next week on.",
            "Two boats were repaired in the old dock over the winter.",
            "The school choir sings in the harbour hall on Friday evening.",
        )
    )
)
PAGE = (
    "<!DOCTYPE html><html lang='en'><head><title>Ferry returns</title></head><body><article>"
    f"<h1>Ferry returns</h1><h4 class='kicker'>Boat is back</h4>{WORDS}</article>"
    f"<section><h2>In brief</h2><ul>{BRIEFS}</ul></section></body></html>"
)


async def collected(db: Database, folder: Path, **change: object) -> Collecting:
    """One page collected as it is read today; its site is gone after. `change` are settings of the source."""
    async with http_site(answers={"/a.html": PAGE}) as site:
        source = a_source(url=f"{site.url}/a.html", **change)
        desk = a_collecting(db, folder, source, allow=[site.host], feeds=(a_feed(),))
        report = await refresh_source(desk, "harbour")
        await desk.client.close()
    assert (report.errors, report.new) == ((), 5)
    db.write_now(lambda conn: conn.execute(schema.jobs.delete()))
    return replace(desk, now=lambda: LATER)


def a_raw_page(**change: object) -> RawPage:
    base = {"source": "harbour", "key": "a", "hash": "0" * 64, "url": "https://x.example/a", "size": 1}
    base |= {"content_type": "text/html", "captured": NOON, "kept": NOON}
    return RawPage(**base | change)  # type: ignore[arg-type]


def with_source(desk: Collecting, **change: object) -> Collecting:
    """The same desk with other settings of its one source."""
    source: Source = replace(desk.catalogue.sources["harbour"], **change)  # type: ignore[arg-type]
    return replace(desk, catalogue=replace(desk.catalogue, sources={"harbour": source}))


def told(report: ReprocessReport) -> list[tuple[str, list[str]]]:
    return sorted((one.what, [change.field for change in one.changes]) for one in report.told)


def article_of(db: Database) -> Item:
    (article,) = [item for item in stored(db) if item.kind is ItemKind.ARTICLE]
    return article


def alter(db: Database, item: Item, **change: object) -> Item:
    """Store an item's content as if an earlier program had read it otherwise."""
    content = replace(item.content, **change)  # type: ignore[arg-type]
    worse = replace(item, content=content)

    def write(conn) -> None:
        table = schema.revisions
        conn.execute(table.update().where(table.c.item_id == item.id).values(content=to_json(content)))
        if item.kind is ItemKind.BRIEF:
            conn.execute(schema.item_keys.delete().where(schema.item_keys.c.item_id == item.id))

    db.write_now(write)
    return worse


async def again(desk: Collecting, **change: object) -> ReprocessReport:
    return await reprocess_source(desk, "harbour", asked=Asked(**{"at": LATER} | change))  # type: ignore[arg-type]


async def test_pages_read_as_before_change_nothing(db: Database, tmp_path: Path) -> None:
    desk = await collected(db, tmp_path)
    before = stored(db)
    report = await again(desk)
    assert (report.pages, report.unchanged, report.told) == (1, 5, ())
    assert stored(db) == before
    assert waiting_jobs(db) == []


async def test_a_better_reading_is_a_revision_that_moves_no_date_of_change(
    db: Database, tmp_path: Path
) -> None:
    desk = await collected(db, tmp_path)
    first = article_of(db)
    report = await again(with_source(desk, selectors=Selectors(headline="h4.kicker")))
    after = article_of(db)
    assert (report.changed, report.fields["headline"]) == (1, 1)
    assert (after.id, after.content.headline) == (first.id, "Boat is back")
    assert (after.revision, after.changed, after.collected) == (2, None, NOON)
    assert after.provenance == first.provenance
    assert waiting_jobs(db) == ["feed.publish:all"]
    step = pick(await item_history(db, first.id), None)
    assert (step.number, step.cause, step.stored) == (2, "reprocessed", LATER)


async def test_a_dry_run_tells_the_same_and_changes_nothing(db: Database, tmp_path: Path) -> None:
    desk = with_source(await collected(db, tmp_path), selectors=Selectors(headline="h4.kicker"))
    before = stored(db)
    dry = await again(desk, dry_run=True)
    assert (stored(db), waiting_jobs(db)) == (before, [])
    wet = await again(desk)
    assert replace(dry, dry_run=False) == wet


async def test_a_date_that_was_read_wrongly_is_corrected(db: Database, tmp_path: Path) -> None:
    desk = await collected(db, tmp_path)
    alter(db, article_of(db), published=Timestamp.parse("2017-05-06"))
    await again(desk)
    assert article_of(db).content.published is None


async def test_the_first_date_stays_where_the_story_began_with_another_page(
    db: Database, tmp_path: Path
) -> None:
    desk = await collected(db, tmp_path)
    item = alter(db, article_of(db), published=Timestamp.parse("2017-05-06"))

    def another(conn) -> None:
        old = replace(item, revision=2)
        items.save_revision(conn, old, keys=())
        first = schema.revisions.c.item_id == item.id, schema.revisions.c.number == 1
        conn.execute(schema.revisions.update().where(*first).values(raw_hash="0" * 64))

    db.write_now(another)
    await again(desk)
    assert str(article_of(db).content.published) == "2017-05-06"


async def test_what_was_not_found_before_becomes_an_old_item_and_no_news(
    db: Database, tmp_path: Path
) -> None:
    desk = await collected(db, tmp_path)
    lost = next(item for item in stored(db) if "lighthouse" in item.content.body_text)

    def forget(conn) -> None:
        for table in (schema.item_keys, schema.revisions):
            conn.execute(table.delete().where(table.c.item_id == lost.id))
        conn.execute(schema.items.delete().where(schema.items.c.id == lost.id))

    db.write_now(forget)
    report = await again(desk)
    (found,) = [item for item in stored(db) if "lighthouse" in item.content.body_text]
    assert (report.new, found.id != lost.id) == (1, True)
    assert (found.collected, found.backlog) == (NOON, True)


async def test_a_brief_that_is_cut_otherwise_keeps_its_id(db: Database, tmp_path: Path) -> None:
    desk = await collected(db, tmp_path)
    brief = next(item for item in stored(db) if "lighthouse" in item.content.body_text)
    alter(db, brief, body_text="The lighthouse got a new lamp on Monday.")
    report = await again(desk)
    after = next(item for item in stored(db) if "lighthouse" in item.content.body_text)
    assert (report.new, report.missing, told(report)) == (0, 0, [("changed", ["text"])])
    assert (after.id, after.content.body_text) == (brief.id, brief.content.body_text)
    assert (await again(desk, at=LATER + timedelta(1))).unchanged == 5


async def test_what_is_not_found_any_more_stays_and_is_told(db: Database, tmp_path: Path) -> None:
    desk = await collected(db, tmp_path)
    brief = next(item for item in stored(db) if "lighthouse" in item.content.body_text)
    alter(db, brief, body_text="Home. News. Sports. Weather. Contact. Imprint.")
    report = await again(desk)
    assert (report.missing, report.new) == (1, 1)
    assert [one.item for one in report.told if one.what == "missing"] == [brief.id]
    assert brief.id in {item.id for item in stored(db)}


async def test_withdrawn_items_stay_withdrawn(db: Database, tmp_path: Path) -> None:
    desk = await collected(db, tmp_path)
    ids = {item.id for item in stored(db)}
    db.write_now(lambda conn: conn.execute(schema.items.update().values(state=ItemState.WITHDRAWN)))
    report = await again(with_source(desk, selectors=Selectors(headline="h4.kicker")))
    assert (report.new, report.changed, report.missing) == (0, 0, 0)
    assert stored(db) == []
    assert {item.id for item in db.read_now(items.list_by_ids, sorted(ids))} == ids


async def test_the_archive_notice_follows_the_settings(db: Database, tmp_path: Path) -> None:
    desk = await collected(db, tmp_path)
    report = await again(with_source(desk, archived=Archived.YES))
    assert (report.restated, report.changed) == (5, 0)
    assert all(item.archived and item.revision == 1 for item in stored(db))


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"(\xb5/\xfdno")])
async def test_a_page_whose_bytes_are_gone_is_counted_and_left(
    sqlite_db: Database, tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    desk = await collected(sqlite_db, tmp_path)
    before = stored(sqlite_db)
    spoil(path_of(article_of(sqlite_db).provenance.raw_hash, folder=desk.raw_dir))
    report = await again(desk)
    assert (report.pages, report.gone, report.missing) == (1, 1, 0)
    assert stored(sqlite_db) == before


async def test_the_page_is_read_with_the_content_type_it_came_with(
    sqlite_db: Database, tmp_path: Path
) -> None:
    text = PAGE.replace("Ferry returns", "Fähre kehrt zurück").encode("cp1252")
    answer = 200, {"Content-Type": "text/html; charset=windows-1252"}, text
    async with http_site(answers={"/a.html": answer}) as site:
        source = a_source(url=f"{site.url}/a.html")
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host])
        await refresh_source(desk, "harbour")
        await desk.client.close()
    assert (await again(desk)).unchanged == 5
    assert article_of(sqlite_db).content.headline == "Fähre kehrt zurück"


async def test_only_the_newest_capture_of_a_page_rewrites_its_article(
    sqlite_db: Database, tmp_path: Path
) -> None:
    async with http_site(answers={"/a.html": PAGE}) as site:
        source = a_source(url=f"{site.url}/a.html")
        desk = a_collecting(sqlite_db, tmp_path, source, allow=[site.host])
        await refresh_source(desk, "harbour")
        # The briefs are others now; those of before are only in the older capture.
        site.answers["/a.html"] = PAGE.replace("forty passengers", "fifty passengers").replace(
            "lighthouse got a new lamp", "bakery of the quay got a new oven"
        )
        await refresh_source(desk, "harbour")
        await desk.client.close()
    before = stored(sqlite_db)
    report = await again(desk)
    assert (report.pages, report.told) == (2, ())
    assert stored(sqlite_db) == before
    assert "fifty" in article_of(sqlite_db).content.body_text


@pytest.mark.parametrize("part", [1, 2, 100])
async def test_a_run_that_was_broken_off_goes_on_where_it_was(
    sqlite_db: Database, tmp_path: Path, part: int
) -> None:
    names = ("one", "two", "three")
    for name in names:
        (tmp_path / "in" / f"{name}.html").parent.mkdir(exist_ok=True)
        (tmp_path / "in" / f"{name}.html").write_text(PAGE.replace("forty", name).replace("In brief", name))
    source = a_source(kind=SourceKind.FILES, url="", folder=str(tmp_path / "in"))
    desk = a_collecting(sqlite_db, tmp_path, source, part=part)
    await refresh_source(desk, "harbour")
    seen: list[tuple[int, int]] = []

    async def stop(done: int, of: int) -> None:
        seen.append((done, of))
        raise KeyError("killed")

    with pytest.raises(KeyError):
        await again(desk, tell=stop)
    done = seen[0][0]
    report = await again(desk)
    assert seen == [(min(part, 3), 3)]
    assert (report.earlier, report.pages) == (done, 3 - done)


async def test_large_pages_are_not_all_in_memory_at_once(sqlite_db: Database, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("one", "two", "three", "four"):
        (tmp_path / "in" / f"{name}.html").write_text(PAGE.replace("forty", name).replace("In brief", name))
    source = a_source(kind=SourceKind.FILES, url="", folder=str(tmp_path / "in"))
    desk = a_collecting(sqlite_db, tmp_path, source, part=100)
    await refresh_source(desk, "harbour")
    table = schema.raw_pages
    sqlite_db.write_now(lambda conn: conn.execute(table.update().values(size=PART_BYTES // 2)))
    seen: list[int] = []

    async def tell(done: int, of: int) -> None:
        seen.append(done)

    await again(desk, tell=tell)
    assert seen == [2, 4]


@pytest.mark.parametrize(
    ("sizes", "taken"),
    [([], 0), ([9], 1), ([PART_BYTES * 2, 1], 1), ([1, PART_BYTES], 1), ([1, PART_BYTES - 1, 1], 2)],
)
def test_a_part_ends_by_the_sizes_of_its_pages_too(sizes: list[int], taken: int) -> None:
    rows = [a_raw_page(size=size) for size in sizes]
    assert portion(rows) == rows[:taken]


async def test_an_unknown_source_is_told_with_those_there_are(sqlite_db: Database, tmp_path: Path) -> None:
    desk = a_collecting(sqlite_db, tmp_path, a_source())
    with pytest.raises(NotFound, match="there is no source 'nowhere'; there are: harbour"):
        await reprocess_source(desk, "nowhere", asked=Asked(at=NOON))


async def test_what_only_the_sitemap_said_stays(db: Database, tmp_path: Path) -> None:
    page = PAGE.replace("<title>Ferry returns</title>", "").replace("<h1>Ferry returns</h1>", "")
    stated = (
        "<news:publication_date>2019-05-03T10:00:00+02:00</news:publication_date>"
        "<news:title>Ferry is back</news:title>"
    )
    async with http_site(answers={"/a.html": page}) as site:
        site.answers["/sitemap.xml"] = (
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
            ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
            f"<url><loc>{site.url}/a.html</loc><news:news>{stated}</news:news></url></urlset>"
        )
        source = a_source(kind=SourceKind.SITEMAP, url=f"{site.url}/sitemap.xml")
        desk = a_collecting(db, tmp_path, source, allow=[site.host])
        await refresh_source(desk, "harbour")
        await desk.client.close()
    before = article_of(db).content
    assert (before.headline, str(before.published)) == ("Ferry is back", "2019-05-03T10:00:00+02:00")
    report = await again(desk)
    assert (report.told, article_of(db).content) == ((), before)


async def test_a_story_found_late_is_as_old_as_its_earliest_capture(db: Database, tmp_path: Path) -> None:
    captures = [held("ferry", "20100101000000"), held("ferry", body=a_page("ferry", more="<p>Anew.</p>"))]
    async with web_archive(*captures) as archive:
        await collect(db, tmp_path, archive)
        desk = a_collecting(db, tmp_path, old_site(archive))
    earliest = article_of(db).not_after
    assert earliest == datetime(2010, 1, 1, tzinfo=UTC)
    tables = schema.item_keys, schema.story_grams, schema.revisions, schema.items
    db.write_now(lambda conn: [conn.execute(table.delete()) for table in tables])
    report = await reprocess_source(desk, "old", asked=Asked(at=LATER))
    await desk.client.close()
    assert (report.new, article_of(db).not_after) == (1, earliest)
