"""What the operator said of items, the images that go with them, and unfinished issues that stop in time."""

import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, text

from syndicate.model.item import ItemKind, ItemState, NoteKind
from syndicate.model.newsletter import IssueState
from syndicate.store import batches, issue_stops, issues, item_notes, items, schema
from syndicate.store.content import to_json
from syndicate.store.database import Database
from syndicate.store.upgrade import upgrade
from tests.builders import NOON, a_content, a_provenance, an_issue, an_item
from tests.digests import an_id
from tests.publish.newsroom import an_image
from tests.store.test_issues import holding


def note(conn: Connection, item_id: str, kind: NoteKind = NoteKind.WITHDRAWN) -> None:
    item_notes.add_note(conn, item_id, kind=kind, note="Wrong.", at=NOON, revision=1)


def withdraw(conn: Connection, item_id: str) -> None:
    item_notes.record_withdrawal(conn, item_id, note="Wrong.", at=NOON)


def test_images_stored_by_an_earlier_program_are_known_by_their_items(empty_db: Database) -> None:
    upgrade(empty_db, to="0003")
    content = to_json(a_content(image=an_image()))

    def fill(conn: Connection) -> None:
        noon = NOON.replace(tzinfo=None) if conn.dialect.name == "sqlite" else NOON
        conn.execute(
            text(
                "INSERT INTO items (id, kind, state, source, revision, section, language, host, archived,"
                " backlog, sorted_at, collected, withdrawn_note) VALUES ('one', 'article', 'live', 'harbour',"
                " 1, '', 'en', '', false, false, :noon, :noon, '')"
            ),
            {"noon": noon},
        )
        columns = "item_id, number, content, content_hash, original_url, captured, raw_hash, collected"
        for number, one in enumerate((content, to_json(a_content())), start=1):
            values = {"number": number, "content": json.dumps(one), "noon": noon}
            conn.execute(
                text(
                    f"INSERT INTO revisions ({columns})"
                    " VALUES ('one', :number, :content, '', '', :noon, '', :noon)"
                ),
                values,
            )

    empty_db.write_now(fill)
    upgrade(empty_db)
    empty_db.write_now(withdraw, "one")
    assert empty_db.read_now(item_notes.is_media_withdrawn, "ferry.png")
    assert not empty_db.read_now(item_notes.is_media_withdrawn, "")
    item = empty_db.read_now(items.find_item, "one")
    assert item is not None
    assert (item.correction, item.page_words, item.stamp) == (None, None, 2)


def test_an_image_of_a_former_revision_goes_with_its_item_too(db: Database) -> None:
    item = an_item(image=an_image("old.png"))
    db.write_now(items.save_item, item, keys=())
    newer = replace(item, revision=2, content=replace(item.content, image=an_image("new.png")))
    db.write_now(items.save_revision, newer, keys=())
    db.write_now(withdraw, item.id)
    assert all(db.read_now(item_notes.is_media_withdrawn, name) for name in ("old.png", "new.png"))


def test_briefs_that_were_spoken_of_are_listed_by_source_the_latest_first(db: Database) -> None:
    for number, (kind, source) in enumerate(
        [
            (ItemKind.BRIEF, "harbour"),
            (ItemKind.ARTICLE, "harbour"),
            (ItemKind.BRIEF, "other"),
            (ItemKind.BRIEF, "harbour"),
        ]
    ):
        item = an_item(id=an_id(number), kind=kind, provenance=a_provenance(source=source))
        db.write_now(items.save_item, item, keys=())
        db.write_now(note, item.id)
    db.write_now(note, an_id(0), NoteKind.RESTORED)
    assert db.read_now(item_notes.list_briefs_spoken_of, ["harbour"], take=9) == [an_id(0), an_id(3)]


def test_a_withdrawal_beside_a_beginning_send_stops_it_whoever_comes_first(db: Database) -> None:
    item = an_item()
    db.write_now(items.save_item, item, keys=())
    issue = db.write_now(issues.create_issue, holding(item.id))
    assert issue is not None

    def stop(conn: Connection) -> None:
        locked = item_notes.lock_item(conn, item.id)
        assert locked is not None
        withdraw(conn, item.id)
        for one in issue_stops.list_unfinished_with(conn, item.id, lock=True):
            issue_stops.stop_issue(conn, one, reason="withdrawn")

    beside = ThreadPoolExecutor(max_workers=1)
    withdrawing: list[Future[None]] = []

    def begin(conn: Connection) -> None:
        batches.lock_progress(conn, issue.id)
        # It comes while the issue is locked, and waits for this transaction to end.
        withdrawing.append(beside.submit(db.write_now, stop))
        if not issue_stops.list_withdrawn_in(conn, issue.id):
            batches.begin_issue(conn, issue.id, candidates=1, now=NOON, expires=NOON)

    db.write_now(begin)
    withdrawing[0].result()
    beside.shutdown()
    after = db.read_now(issues.find_issue, issue.id)
    assert after is not None
    assert (after.state, after.paused_reason) == (IssueState.PAUSED, "withdrawn")


def test_a_note_belongs_to_one_issue_of_a_newsletter(db: Database) -> None:
    item = an_item()
    db.write_now(items.save_item, item, keys=())
    db.write_now(note, item.id, NoteKind.CORRECTED)
    for number, newsletter in ((1, "daily"), (2, "daily"), (1, "weekly")):
        one = an_item(id=an_id(number if newsletter == "daily" else 9))
        db.write_now(items.save_item, one, keys=())
        made = db.write_now(
            issues.create_issue, replace(holding(one.id, number=number, newsletter=newsletter), notes=(1,))
        )
        assert made is not None
        assert made.notes == (() if (number, newsletter) == (2, "daily") else (1,))


def test_what_issues_showed_of_withdrawn_items_is_known(db: Database) -> None:
    for number in (1, 2):
        db.write_now(items.save_item, an_item(id=an_id(number)), keys=())
    issue = db.write_now(issues.create_issue, holding(an_id(1), an_id(2)))
    assert issue is not None

    def found(_: Any = None) -> dict[int, list[tuple[str, int]]]:
        return db.read_now(issue_stops.list_issues_with_withdrawn, "daily")

    assert found() == {}
    db.write_now(withdraw, an_id(2))
    db.write_now(note, an_id(2))
    assert found() == {issue.id: [(an_id(2), 1)]}
    kept = replace(an_issue(id=issue.id), items=holding(an_id(1)).items)
    db.write_now(issue_stops.replace_rendering, kept, begun=True, now=NOON, reason="")
    assert found() == {}
    assert db.read_now(items.find_item, an_id(2)).state is ItemState.WITHDRAWN  # type: ignore[union-attr]
    left = schema.issue_items.select().where(schema.issue_items.c.left_out.is_not(None))
    assert len(db.read_now(lambda conn: conn.execute(left).all())) == 1
