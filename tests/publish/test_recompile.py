"""An unfinished issue rendered again: without what was withdrawn, with what was corrected."""

from dataclasses import replace
from typing import Any

import pytest

from syndicate.errors import DatabaseBusy, NotFound, OwnFault
from syndicate.model.item import NoteKind
from syndicate.model.newsletter import Issue, IssueState
from syndicate.publish.compile import compile_issue
from syndicate.publish.corrections import correct_item, restore_item, withdraw_item
from syndicate.publish.recompile import BETWEEN, recompile_issue
from syndicate.publish.wording import Wording
from syndicate.store import batches, issue_stops, schema
from syndicate.store.batches import Hold
from syndicate.store.database import Database
from tests.digests import an_id
from tests.publish.newsroom import Newsroom, with_newsletter

NOTE = "The ferry sails at seven."
RIGHT = Wording(headline="Ferry sails at seven sharp")


def shown(issue: Issue) -> list[str]:
    return [place.item_id for place in issue.items]


async def an_issue_of(room: Newsroom, count: int) -> Issue:
    for number in range(1, count + 1):
        room.save(number)
    return await room.compile()


@pytest.mark.parametrize("state", [IssueState.COMPILED, IssueState.PAUSED])
async def test_it_is_the_same_issue_without_the_withdrawn_item(db: Database, state: IssueState) -> None:
    room = Newsroom(db)
    issue = await an_issue_of(room, 3)
    if state is IssueState.PAUSED:
        room.begin(issue)
    await withdraw_item(room.editing, an_id(3), note="Wrong.")
    room.move()
    done = await recompile_issue(room.compiling, issue.id)
    after = room.issue(issue)
    assert (done.name, done.items, done.left_out) == ("daily/1", 2, ("Story 3 of the old quay",))
    assert (after.id, after.number, after.state, after.compiled) == (issue.id, 1, state, issue.compiled)
    assert shown(after) == [an_id(2), an_id(1)]
    for rendering in (after.html, after.text, after.web_html, after.subject):
        assert "Story 3" not in rendering
        assert "Story 2" in rendering
    assert after.slot_key != issue.slot_key
    assert db.read_now(issue_stops.list_withdrawn_in, issue.id) == []
    assert ("resume" in after.paused_reason) == (state is IssueState.PAUSED)


async def test_a_correction_is_taken_up_and_told_to_nobody_who_never_read_the_mistake(db: Database) -> None:
    room = Newsroom(db)
    issue = await an_issue_of(room, 2)
    effect = await correct_item(room.editing, an_id(1), note=NOTE, change=RIGHT)
    assert (effect.stopped, effect.unstopped) == ((), ("daily/1",))
    assert room.issue(issue) == issue
    done = await recompile_issue(room.compiling, issue.id)
    after = room.issue(issue)
    assert done.revised == ("Ferry sails at seven sharp",)
    assert "Ferry sails at seven sharp" in after.web_html
    assert NOTE not in after.html
    room.begin(issue)
    room.save(9)
    assert NOTE not in (await room.compile()).html


async def test_rendered_again_without_a_change_it_is_the_same_bytes(db: Database) -> None:
    room = Newsroom(db)
    issue = await an_issue_of(room, 2)
    await recompile_issue(room.compiling, issue.id)
    assert room.issue(issue) == issue


async def test_an_issue_of_which_nothing_is_left_is_left_alone(db: Database) -> None:
    room = Newsroom(db)
    issue = await an_issue_of(room, 1)
    await withdraw_item(room.editing, an_id(1), note="Wrong.")
    stopped = room.issue(issue)
    assert (await recompile_issue(room.compiling, issue.id)).empty
    assert room.issue(issue) == stopped


@pytest.mark.parametrize("sent", [False, True])
async def test_what_was_left_out_goes_into_a_later_issue_only_if_nobody_has_got_it(
    db: Database, sent: bool
) -> None:
    room = Newsroom(db)
    issue = await an_issue_of(room, 2)
    if sent:
        room.begin(issue)
    await withdraw_item(room.editing, an_id(1), note="Wrong.")
    await recompile_issue(room.compiling, issue.id)
    await restore_item(room.editing, an_id(1), note="Right.")
    if sent:
        assert await compile_issue(room.compiling, "daily") is None
    else:
        assert shown(await room.compile()) == [an_id(1)]


async def test_it_waits_until_senders_have_let_go(db: Database) -> None:
    room = Newsroom(db)
    issue = await an_issue_of(room, 2)
    room.begin(issue)
    hold = Hold(issue_id=issue.id, batch=0, owner="somebody")

    def lease(conn: Any) -> None:
        batches.create_batches(conn, issue.id, count=1)
        assert batches.lease_batch(conn, hold, now=room.now)

    db.write_now(lease)
    await withdraw_item(room.editing, an_id(1), note="Wrong.")
    slept: list[float] = []

    async def let_go(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            row = schema.batches.update().values(owner="", leased_until=None)
            db.write_now(lambda conn: conn.execute(row))

    assert (await recompile_issue(room.compiling, issue.id, sleep=let_go)).items == 1
    assert slept == [BETWEEN] * 3


async def test_a_sender_that_never_lets_go_is_told(sqlite_db: Database) -> None:
    room = Newsroom(sqlite_db)
    issue = await an_issue_of(room, 1)
    row = {"issue_id": issue.id, "number": 0, "owner": "somebody", "open": True, "failures": 0, "stopped": ""}
    sqlite_db.write_now(lambda conn: conn.execute(schema.batches.insert().values(row)))

    async def at_once(seconds: float) -> None:
        """Waits no longer than the machine needs."""

    with pytest.raises(DatabaseBusy, match="in hand"):
        await recompile_issue(room.compiling, issue.id, sleep=at_once)


async def test_what_is_being_sent_or_is_over_is_not_rendered_again(sqlite_db: Database) -> None:
    room = Newsroom(sqlite_db)
    issue = await an_issue_of(room, 1)
    room.begin(issue)
    with pytest.raises(OwnFault, match="issue pause daily/1"):
        await recompile_issue(room.compiling, issue.id)
    room.begin(issue, state=IssueState.FINISHED, sent=False)
    with pytest.raises(OwnFault, match="cannot be called back"):
        await recompile_issue(room.compiling, issue.id)
    with pytest.raises(NotFound):
        await recompile_issue(room.compiling, 99)


async def test_the_next_issue_tells_of_a_correction_once(db: Database) -> None:
    room = Newsroom(db)
    first = await an_issue_of(room, 1)
    room.begin(first)
    await correct_item(room.editing, an_id(1), note=NOTE, change=RIGHT)
    room.save(2)
    second = await room.compile()
    for rendering in (second.text, second.web_html):
        assert NOTE in rendering
        assert f"https://courier.example/items/{an_id(1)}" in rendering
    assert "Ferry sails at seven sharp" in second.web_html
    assert shown(second) == [an_id(2)]
    room.begin(second)
    room.save(3)
    assert NOTE not in (await room.compile()).text


async def test_an_item_that_a_note_alone_corrects_comes_with_it(db: Database) -> None:
    room = Newsroom(db)
    room.save(1)
    await correct_item(room.editing, an_id(1), note=NOTE, change=Wording())
    first = await room.compile()
    assert shown(first) == [an_id(1)]
    for rendering in (first.text, first.html, first.web_html):
        assert rendering.count(NOTE) == 1
    room.begin(first)
    room.save(2)
    assert NOTE not in (await room.compile()).text


async def test_every_newsletter_that_carried_it_tells_of_it(db: Database) -> None:
    room = Newsroom(db)
    with_newsletter(room, "weekly")
    room.begin(await an_issue_of(room, 1))
    weekly = await compile_issue(room.compiling, "weekly")
    assert weekly is not None
    room.begin(weekly)
    await correct_item(room.editing, an_id(1), note=NOTE, change=RIGHT)
    room.save(2)
    assert NOTE in (await room.compile()).text
    again = await compile_issue(room.compiling, "weekly")
    assert again is not None
    assert NOTE in again.text


async def test_who_got_the_mistake_before_it_was_rendered_again_is_told(db: Database) -> None:
    room = Newsroom(db)
    first = await an_issue_of(room, 1)
    room.begin(first, state=IssueState.PAUSED)
    await correct_item(room.editing, an_id(1), note=NOTE, change=RIGHT)
    await recompile_issue(room.compiling, first.id)
    room.save(2)
    assert NOTE in (await room.compile()).text


async def test_a_withdrawal_is_told_with_its_note_and_without_its_headline(db: Database) -> None:
    room = Newsroom(db)
    room.begin(await an_issue_of(room, 1))
    await correct_item(room.editing, an_id(1), note=NOTE, change=Wording())
    await withdraw_item(room.editing, an_id(1), note="No ferry was cancelled.")
    room.save(2)
    second = await room.compile()
    for rendering in (second.text, second.web_html):
        assert "Withdrawn: a story in No. 1 of 1 March 2026." in " ".join(rendering.split())
        assert "No ferry was cancelled." in rendering
        assert "Story 1" not in rendering
        assert NOTE not in rendering


async def test_a_withdrawal_taken_back_before_the_next_issue_is_not_told(db: Database) -> None:
    room = Newsroom(db)
    room.begin(await an_issue_of(room, 1))
    await withdraw_item(room.editing, an_id(1), note="Wrong.")
    await restore_item(room.editing, an_id(1), note="Right.")
    room.save(2)
    assert "Withdrawn" not in (await room.compile()).text


async def test_a_silent_correction_is_told_to_nobody(db: Database) -> None:
    room = Newsroom(db)
    room.begin(await an_issue_of(room, 1))
    await correct_item(room.editing, an_id(1), note="A comma.", change=replace(RIGHT, silent=True))
    room.save(2)
    assert "A comma." not in (await room.compile()).text


async def test_an_issue_cancelled_before_anybody_got_it_has_told_nothing(db: Database) -> None:
    room = Newsroom(db)
    room.begin(await an_issue_of(room, 1))
    await correct_item(room.editing, an_id(1), note=NOTE, change=RIGHT)
    room.save(2)
    second = await room.compile()
    db.write_now(batches.cancel_issue, second.id, now=room.now)
    assert NOTE in (await room.compile()).text


async def test_an_issue_that_tells_of_a_correction_stops_when_the_item_is_withdrawn(db: Database) -> None:
    room = Newsroom(db)
    room.begin(await an_issue_of(room, 1))
    await correct_item(room.editing, an_id(1), note=NOTE, change=RIGHT)
    room.save(2)
    second = await room.compile()
    effect = await withdraw_item(room.editing, an_id(1), note="Wrong.")
    assert effect.stopped == ("daily/1", "daily/2")
    await recompile_issue(room.compiling, second.id)
    after = room.issue(second)
    assert "Ferry sails" not in after.web_html
    assert "Withdrawn: a story in No. 1" in after.text
    assert len(after.notes) == 1


async def test_nothing_to_correct_makes_no_issue(db: Database) -> None:
    room = Newsroom(db)
    room.begin(await an_issue_of(room, 1))
    await correct_item(room.editing, an_id(1), note=NOTE, change=RIGHT)
    assert await compile_issue(room.compiling, "daily") is None


async def test_a_withdrawal_between_rendering_and_freezing_is_noticed(db: Database) -> None:
    room = Newsroom(db)
    room.begin(await an_issue_of(room, 1))
    await correct_item(room.editing, an_id(1), note=NOTE, change=RIGHT)
    room.save(2)
    times = iter(range(99))

    def withdraw_once() -> Any:
        if next(times) == 0:
            state = {"state": "withdrawn", "withdrawn": room.now, "withdrawn_note": "Wrong."}
            table = schema.items
            note = {
                "item_id": an_id(1),
                "kind": NoteKind.WITHDRAWN,
                "at": room.now,
                "revision": 2,
                "note": "W.",
            }

            def write(conn: Any) -> None:
                conn.execute(table.update().where(table.c.id == an_id(1)).values(state))
                conn.execute(schema.item_notes.insert().values(note))

            db.write_now(write)
        return room.now

    issue = await compile_issue(replace(room.compiling, now=withdraw_once), "daily")
    assert issue is not None
    assert "Ferry sails" not in issue.web_html
