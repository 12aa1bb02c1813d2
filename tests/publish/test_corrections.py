"""The operator's word on an item: one transaction, every output told, unfinished issues stopped."""

from dataclasses import replace

import pytest

from syndicate.errors import DatabaseBusy, NotFound, OwnFault
from syndicate.model.feed import Mode
from syndicate.model.item import Correction, ItemState, NoteKind, PageWords
from syndicate.model.newsletter import IssueState
from syndicate.publish.corrections import correct_item, list_notes, restore_item, withdraw_item
from syndicate.publish.wording import Wording
from syndicate.store import feed_changes, issue_stops, item_notes, items, revisions
from syndicate.store.database import Database
from tests.builders import a_feed
from tests.digests import an_id
from tests.publish.newsroom import Newsroom, an_image, with_newsletter

NOTE = "The ferry sails at seven."
RIGHT = Wording(headline="Ferry sails at seven sharp")
OUTPUTS = ["feed.publish:all", "sitemap.news", "sitemap.publish"]


async def test_a_correction_reaches_every_output_in_one_transaction(db: Database) -> None:
    room = Newsroom(db)
    before = room.save(1)
    room.move()
    effect = await correct_item(room.editing, before.id, note=NOTE, change=RIGHT)
    item = room.item(1)
    assert (item.content.headline, item.changed) == ("Ferry sails at seven sharp", room.now)
    assert item.correction == Correction(note=NOTE, at=room.now)
    assert item.stamp > before.stamp
    assert (effect.feeds, effect.partners) == (("all",), ("quay",))
    assert room.waiting() == OUTPUTS
    assert list(db.read_now(feed_changes.list_changes, "all", take=9)) == [item.id]
    [_, revision] = db.read_now(revisions.list_revisions, item.id)
    assert (revision.cause, revision.stored) == ("corrected", room.now)
    [note] = await list_notes(db, item.id)
    assert (note.kind, note.note, note.at, note.revision) == (NoteKind.CORRECTED, NOTE, room.now, 2)


async def test_a_note_alone_moves_the_date_of_change_too(db: Database) -> None:
    room = Newsroom(db)
    room.save(1)
    room.move()
    await correct_item(room.editing, an_id(1), note=NOTE, change=Wording())
    assert (room.item(1).revision, room.item(1).changed) == (2, room.now)


async def test_a_silent_correction_is_kept_for_the_desk_alone(db: Database) -> None:
    room = Newsroom(db)
    room.save(1)
    change = Wording(headline="Story 1, of the old quay", silent=True)
    await correct_item(room.editing, an_id(1), note="A comma.", change=change)
    assert room.item(1).correction is None
    assert [one.kind for one in await list_notes(db, an_id(1))] == [NoteKind.MENDED]


async def test_a_withdrawal_and_its_way_back_keep_the_id(db: Database) -> None:
    room = Newsroom(db)
    item = room.save(1)
    room.move()
    await withdraw_item(room.editing, item.id, note="Wrong.")
    gone = room.item(1)
    assert (gone.state, gone.withdrawn, gone.withdrawn_note) == (ItemState.WITHDRAWN, room.now, "Wrong.")
    assert room.waiting() == OUTPUTS
    room.forget_jobs()
    room.move()
    await restore_item(room.editing, item.id, note="Right after all.")
    back = room.item(1)
    assert (back.id, back.state, back.withdrawn, back.withdrawn_note) == (item.id, ItemState.LIVE, None, "")
    # Newer than its tombstone, by which a reader knows that it is back (RFC 6721, section 3).
    assert back.changed == room.now
    assert room.waiting() == OUTPUTS
    kinds = [one.kind for one in await list_notes(db, item.id)]
    assert kinds == [NoteKind.WITHDRAWN, NoteKind.RESTORED]


async def test_said_twice_it_is_done_once(db: Database) -> None:
    room = Newsroom(db)
    room.save(1)
    for act in (
        lambda: correct_item(room.editing, an_id(1), note=NOTE, change=RIGHT),
        lambda: withdraw_item(room.editing, an_id(1), note="Wrong."),
        lambda: restore_item(room.editing, an_id(1), note="Right."),
    ):
        room.move()
        assert (await act()).done
        before, notes = room.item(1), await list_notes(db, an_id(1))
        room.forget_jobs()
        room.move()
        again = await act()
        assert not again.done
        assert again.why
        assert (room.item(1), await list_notes(db, an_id(1)), room.waiting()) == (before, notes, [])


async def test_a_dry_run_says_the_same_and_does_nothing(db: Database) -> None:
    room = Newsroom(db)
    before = room.save(1)
    issue = await room.compile()
    would = await withdraw_item(room.editing, before.id, note="Wrong.", dry_run=True)
    would_correct = await correct_item(room.editing, before.id, note=NOTE, change=RIGHT, dry_run=True)
    assert (room.item(1), room.waiting(), room.issue(issue)) == (before, [], issue)
    assert would_correct.unstopped == ("daily/1",)
    assert would_correct.after is not None
    assert would_correct.after.headline == RIGHT.headline
    done = await withdraw_item(room.editing, before.id, note="Wrong.")
    assert (would.feeds, would.partners, would.stopped) == (done.feeds, done.partners, done.stopped)
    assert would.stopped == ("daily/1",)


async def test_a_replay_that_never_showed_the_item_is_not_named(db: Database) -> None:
    room = Newsroom(db)
    room.save(1)
    feeds = {**room.catalogue.feeds, "again": a_feed(name="again", mode=Mode.REPLAY)}
    room.catalogue = replace(room.catalogue, feeds=feeds)
    would = await withdraw_item(room.editing, an_id(1), note="Wrong.", dry_run=True)
    assert would.feeds == ("all",)


async def test_a_newsletter_is_named_where_its_next_issue_tells(db: Database) -> None:
    room = Newsroom(db)
    with_newsletter(room, "weekly")
    room.save(1)
    issue = await room.compile()
    assert (await withdraw_item(room.editing, an_id(1), note="Wrong.", dry_run=True)).told == ()
    room.begin(issue)
    comma = Wording(headline="Story 1, of the old quay", silent=True)
    assert (await correct_item(room.editing, an_id(1), note="A comma.", change=comma)).told == ()
    assert (await correct_item(room.editing, an_id(1), note=NOTE, change=RIGHT)).told == ("daily",)
    assert (await withdraw_item(room.editing, an_id(1), note="Wrong.")).told == ("daily",)


async def test_the_day_of_a_withdrawal_is_that_of_the_site(sqlite_db: Database) -> None:
    room = Newsroom(sqlite_db)
    room.save(1)
    site = replace(room.catalogue.site, timezone="Pacific/Auckland")
    room.catalogue = replace(room.catalogue, site=site)
    await withdraw_item(room.editing, an_id(1), note="Wrong.")
    again = await withdraw_item(room.editing, an_id(1), note="Wrong.")
    assert again.why == "it was withdrawn on 2026-03-02 already"


async def test_what_is_not_there_or_withdrawn_is_told(sqlite_db: Database) -> None:
    room = Newsroom(sqlite_db)
    with pytest.raises(NotFound):
        await withdraw_item(room.editing, an_id(9), note="Wrong.")
    room.save(1)
    await withdraw_item(room.editing, an_id(1), note="Wrong.")
    with pytest.raises(OwnFault, match="item restore"):
        await correct_item(room.editing, an_id(1), note=NOTE, change=RIGHT)
    with pytest.raises(OwnFault, match="the note is empty"):
        await restore_item(room.editing, an_id(1), note=" ")


@pytest.mark.parametrize("state", [IssueState.COMPILED, IssueState.SENDING, IssueState.PAUSED])
async def test_an_unfinished_issue_that_holds_a_withdrawn_item_stops(db: Database, state: IssueState) -> None:
    room = Newsroom(db)
    room.save(1)
    room.save(2)
    issue = await room.compile()
    if state is not IssueState.COMPILED:
        room.begin(issue, state=state)
    effect = await withdraw_item(room.editing, an_id(1), note="Wrong.")
    stopped = room.issue(issue)
    assert effect.stopped == ("daily/1",)
    assert stopped.state is (IssueState.COMPILED if state is IssueState.COMPILED else IssueState.PAUSED)
    assert an_id(1) in stopped.paused_reason
    assert "Story 1 of the old quay" in stopped.paused_reason
    assert "syndicate issue recompile daily/1" in stopped.paused_reason


async def test_issues_that_are_over_or_hold_other_items_go_on(db: Database) -> None:
    room = Newsroom(db)
    room.save(1)
    first = await room.compile()
    room.begin(first, state=IssueState.FINISHED)
    room.save(2)
    second = await room.compile()
    room.begin(second)
    effect = await withdraw_item(room.editing, an_id(1), note="Wrong.")
    assert effect.stopped == ()
    assert room.issue(first).state is IssueState.FINISHED
    assert (room.issue(second).state, room.issue(second).paused_reason) == (IssueState.SENDING, "")


async def test_a_restored_item_lets_its_issue_be_sent_again(db: Database) -> None:
    room = Newsroom(db)
    room.save(1)
    issue = await room.compile()
    await withdraw_item(room.editing, an_id(1), note="Wrong.")
    await restore_item(room.editing, an_id(1), note="Right.")
    assert room.issue(issue).paused_reason == ""
    room.begin(issue)
    await withdraw_item(room.editing, an_id(1), note="Wrong.")
    effect = await restore_item(room.editing, an_id(1), note="Right.")
    # The operator decides when it goes on.
    assert room.issue(issue).state is IssueState.PAUSED
    assert "issue resume daily/1" in room.issue(issue).paused_reason
    assert effect.unstopped == ("daily/1",)
    assert db.read_now(issue_stops.list_withdrawn_in, issue.id) == []


async def test_collecting_that_comes_late_brings_no_withdrawn_item_back(db: Database) -> None:
    room = Newsroom(db)
    item = room.save(1)
    await withdraw_item(room.editing, item.id, note="Wrong.")
    # Decided on what was known before the withdrawal.
    late = replace(item, revision=2, content=replace(item.content, headline="A new headline"))
    db.write_now(items.save_revision, late, keys=())
    assert room.item(1).state is ItemState.WITHDRAWN


async def test_collecting_that_comes_late_undoes_no_correction(db: Database) -> None:
    room = Newsroom(db)
    item = room.save(1)
    await correct_item(room.editing, item.id, note=NOTE, change=RIGHT)
    late = replace(item, revision=2, content=replace(item.content, headline="A new headline"))
    with pytest.raises(DatabaseBusy):
        db.write_now(items.save_revision, late, keys=())
    db.write_now(items.restate, replace(item, archived=True))
    after = room.item(1)
    assert (after.content.headline, after.archived) == (RIGHT.headline, True)
    assert after.page_words == PageWords(headline=item.content.headline)


async def test_an_image_is_gone_with_the_last_live_item_that_shows_it(db: Database) -> None:
    room = Newsroom(db)
    room.save(1, image=an_image())
    room.save(2, image=an_image())
    room.save(3, image=an_image("lamp.png"))

    def gone(name: str) -> bool:
        return db.read_now(item_notes.is_media_withdrawn, name)

    assert [gone("ferry.png"), gone("lamp.png"), gone("nobody.png")] == [False, False, False]
    await withdraw_item(room.editing, an_id(1), note="Wrong.")
    assert not gone("ferry.png")
    await withdraw_item(room.editing, an_id(2), note="Wrong.")
    assert [gone("ferry.png"), gone("lamp.png")] == [True, False]
    await restore_item(room.editing, an_id(1), note="Right.")
    assert not gone("ferry.png")
