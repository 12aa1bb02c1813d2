"""A database of an earlier program, with rows in it, is upgraded and goes on collecting."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from syndicate.collect.identity import url_key
from syndicate.collect.refresh import refresh_source
from syndicate.model.source import SourceKind
from syndicate.store import items, pages, sources
from syndicate.store.content import to_json
from syndicate.store.database import Database
from syndicate.store.revisions import list_revisions
from syndicate.store.upgrade import require_current, upgrade
from tests.builders import NOON, a_content, a_source
from tests.collect.desk import a_collecting, a_text, stored
from tests.neighbours.http_site import HttpSite, http_site

KNOWN, LONG, WIDE = "/2019/05/a.html", f"/2019/05/{'l' * 1100}.html", f"/2019/05/{'船' * 900}.html"
STATEMENTS = (
    "INSERT INTO sources (name, kind, first_run, first_retries, last_checked, last_outcome, last_error,"
    " failures) VALUES ('harbour', 'listing', :noon, 0, :noon, 'changed', '', 0)",
    "INSERT INTO items (id, kind, state, source, revision, section, language, host, archived, backlog,"
    " sorted_at, collected, changed, withdrawn_note)"
    " VALUES ('one', 'article', 'live', 'harbour', 2, '', 'en', '127.0.0.1', false, false,"
    " :noon, :noon, :noon, '')",
    "INSERT INTO revisions VALUES ('one', 1, :content, '', :known, :noon, 'r1', :noon)",
    "INSERT INTO revisions VALUES ('one', 2, :content, '', :known, :noon, 'r2', :noon)",
    "INSERT INTO item_keys VALUES (:key, 'one')",
    "INSERT INTO pages VALUES ('harbour', :known, '\"a\"', '', 'r2', :noon)",
    "INSERT INTO pages VALUES ('harbour', :cut, '', '', 'r3', :noon)",
    "INSERT INTO pages VALUES ('harbour', :wide, '', '', 'r4', :noon)",
    "INSERT INTO media VALUES (:known, 'a.jpg', 'image/jpeg', 640, 480, 9, :noon)",
)


def fill(conn: Connection, site: HttpSite) -> None:
    """One story in its second revision, and two pages whose addresses are too long to be keys."""
    known = f"{site.url}{KNOWN}"
    values = {
        "noon": NOON.replace(tzinfo=None) if conn.dialect.name == "sqlite" else NOON,
        "content": json.dumps(to_json(a_content(headline="Boat a", url=known))),
        "known": known,
        "key": url_key(known),
        "wide": f"{site.url}{WIDE}",
        "cut": f"{site.url}{LONG}"[:935] + "#" + "0" * 64,
    }
    for statement in STATEMENTS:
        named = {name: value for name, value in values.items() if f":{name}" in statement}
        conn.execute(text(statement), named)


def a_story(name: str) -> str:
    title = f"Boat {name}"
    return f"<html lang=en><title>{title}</title><article><h1>{title}</h1>{a_text(name)}</article></html>"


def a_site(*paths: str) -> dict[str, Any]:
    links = "".join(f'<p><a href="{path}">A story about a boat</a></p>' for path in paths)
    stories: dict[str, Any] = {path: a_story(chr(98 + number)) for number, path in enumerate(paths[1:])}
    return stories | {KNOWN: (304, {}, b""), "/list": f"<main>{links}</main>"}


async def test_what_was_collected_before_an_upgrade_is_kept(empty_db: Database) -> None:
    upgrade(empty_db, to="0001")
    async with http_site() as site:
        empty_db.write_now(fill, site)
    upgrade(empty_db)
    require_current(empty_db)
    [item] = stored(empty_db)
    assert (item.content.headline, item.revision, item.changed) == ("Boat a", 2, NOON)
    first = empty_db.read_now(items.find_revision, "one", 1)
    assert first is not None
    assert first.changed is None
    assert [one.cause for one in empty_db.read_now(list_revisions, "one")] == ["collected"] * 2
    [page] = empty_db.read_now(pages.list_pages, "harbour").values()
    assert (page.url, page.etag, page.own, page.failures) == (f"{site.url}{KNOWN}", '"a"', False, 0)
    image = empty_db.read_now(pages.find_media, page.url)
    assert image is not None
    assert image.media == "a.jpg"


async def test_collecting_goes_on_after_an_upgrade(empty_db: Database, tmp_path: Path) -> None:
    upgrade(empty_db, to="0001")
    async with http_site(answers=a_site(KNOWN, LONG, "/2019/05/new.html")) as site:
        empty_db.write_now(fill, site)
        upgrade(empty_db)
        source = a_source(kind=SourceKind.LISTING, url=f"{site.url}/list")
        desk = a_collecting(empty_db, tmp_path, source, allow=[site.host])
        report = await refresh_source(desk, "harbour")
        await desk.client.close()
    assert (report.new, report.errors) == (2, ())
    assert site.hits[KNOWN] == 1
    # Its first run was over before: what comes now is news.
    assert not any(item.backlog for item in stored(empty_db))
    status = empty_db.read_now(sources.find_status, "harbour")
    assert status is not None
    assert (status.first_run, status.failures) == (NOON, 0)
