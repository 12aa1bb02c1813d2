"""Issues: numbers without gaps, an item in one issue of a newsletter, an occurrence with one issue."""

from dataclasses import replace
from typing import Any

import pytest

from syndicate.model.item import ItemState
from syndicate.model.newsletter import Issue, IssueItem, IssueState
from syndicate.store import batches, issues, items, schedules
from syndicate.store.database import Database
from syndicate.store.partitions import prepare_partitions
from syndicate.store.schema import deliveries
from syndicate.store.schema import issues as issue_table
from tests.builders import NOON, an_issue, an_item


def stored(db: Database, number: int) -> str:
    item = an_item(id=f"00000000-0000-4000-8000-{number:012d}")
    db.write_now(items.save_item, item, keys=())
    return item.id


def holding(*ids: str, **change: object) -> Issue:
    places = (IssueItem(item_id=one, revision=1, section="News", position=at) for at, one in enumerate(ids))
    return an_issue(items=tuple(places), **change)


def created(db: Database, issue: Issue, occurrence_id: int | None = None) -> Issue | None:
    return db.write_now(issues.create_issue, issue, occurrence_id=occurrence_id)


def fired(db: Database) -> int:
    moment = {"local_date": "2026-03-01", "local_time": "07:00", "due": NOON, "now": NOON}
    occurrence_id = db.write_now(schedules.record_occurrence, "newsletter:daily", **moment)
    assert occurrence_id is not None
    return occurrence_id


def outcome(db: Database) -> str:
    occurrence = db.read_now(schedules.last_occurrence, "newsletter:daily", now=NOON)
    assert occurrence is not None
    return occurrence.outcome


def test_an_issue_comes_back_as_it_was_created(db: Database) -> None:
    issue = holding(stored(db, 1), stored(db, 2))
    made = created(db, issue)
    assert made is not None
    assert made == replace(issue, id=made.id)
    assert db.read_now(issues.find_issue_by_number, "daily", 1) == made
    assert db.read_now(issues.latest_issue, "daily") == made


def test_numbers_follow_each_other_and_none_is_used_twice(db: Database) -> None:
    one, two = stored(db, 1), stored(db, 2)
    assert db.read_now(issues.next_number, "daily") == 1
    created(db, holding(one))
    assert db.read_now(issues.next_number, "daily") == 2
    assert created(db, holding(two)) is None
    assert created(db, holding(two, number=2)) is not None


def test_newsletters_number_on_their_own(db: Database) -> None:
    one = stored(db, 1)
    created(db, holding(one))
    assert created(db, holding(one, newsletter="weekly")) is not None


def test_an_item_goes_into_one_issue_of_a_newsletter(db: Database) -> None:
    one = stored(db, 1)
    created(db, holding(one))
    assert created(db, holding(one, stored(db, 2), number=2)) is None
    assert db.read_now(issues.next_number, "daily") == 2


def test_an_item_revised_or_withdrawn_since_the_rendering_stops_the_issue(db: Database) -> None:
    one = stored(db, 1)
    item = db.read_now(items.find_item, one)
    assert item is not None
    db.write_now(items.save_revision, replace(item, revision=2, changed=NOON), keys=())
    assert created(db, holding(one)) is None
    withdrawn = replace(item, revision=3, changed=NOON, state=ItemState.WITHDRAWN)
    db.write_now(items.save_revision, withdrawn, keys=())
    place = IssueItem(item_id=one, revision=3, section="News", position=0)
    assert created(db, an_issue(items=(place,))) is None


def test_an_occurrence_makes_one_issue_however_often_it_is_compiled(db: Database) -> None:
    occurrence_id = fired(db)
    first = created(db, holding(stored(db, 1)), occurrence_id)
    again = created(db, holding(stored(db, 2), number=2), occurrence_id)
    assert first is not None
    assert again == first
    assert outcome(db) == "compiled"


def test_an_empty_occurrence_says_so_unless_it_has_an_issue(db: Database) -> None:
    occurrence_id = fired(db)
    db.write_now(issues.record_empty, occurrence_id)
    assert outcome(db) == "empty"
    created(db, holding(stored(db, 1)), occurrence_id)
    db.write_now(issues.record_empty, occurrence_id)
    assert outcome(db) == "compiled"


def test_issues_are_listed_newest_first_without_their_renderings(db: Database) -> None:
    created(db, holding(stored(db, 1)))
    created(db, holding(stored(db, 2), number=2))
    created(db, holding(stored(db, 3), newsletter="weekly"))
    listed = db.read_now(issues.list_issues, "daily")
    assert [(one.number, one.html, one.items) for one in listed] == [(2, "", ()), (1, "", ())]
    assert len(db.read_now(issues.list_issues)) == 3


def test_released_issues_are_those_that_began_to_be_sent(db: Database) -> None:
    for number in range(1, 6):
        created(db, holding(stored(db, number), number=number))
    states = {1: "finished", 2: "sending", 3: "cancelled", 4: "paused", 5: "compiled"}

    def set_states(conn: Any) -> None:
        for number, state in states.items():
            conn.execute(issue_table.update().where(issue_table.c.number == number).values(state=state))

    db.write_now(set_states)
    assert [one.number for one in db.read_now(issues.list_released, "daily")] == [4, 2, 1]
    assert [one.number for one in db.read_now(issues.list_released, "daily", take=1)] == [4]
    assert db.read_now(issues.list_released, "weekly") == []


def test_the_latest_issue_is_the_latest_though_it_was_cancelled(db: Database) -> None:
    created(db, holding(stored(db, 1)))
    second = created(db, holding(stored(db, 2), number=2))
    assert second is not None
    db.write_now(
        lambda conn: conn.execute(
            issue_table.update().where(issue_table.c.id == second.id).values(state=IssueState.CANCELLED)
        )
    )
    latest = db.read_now(issues.latest_issue, "daily")
    assert latest is not None
    assert latest.number == 2


@pytest.mark.parametrize(("attempt", "free"), [(None, True), (0, True), (1, False)])
def test_what_a_cancelled_issue_brought_to_nobody_is_free_again(
    db: Database, attempt: int | None, free: bool
) -> None:
    one = stored(db, 1)
    issue = created(db, holding(one))
    assert issue is not None
    if attempt is not None:
        delivery = {"issue_id": issue.id, "subscriber_id": 1, "batch": 0, "state": "queued"}
        db.write_now(prepare_partitions, [issue.id])
        db.write_now(lambda conn: conn.execute(deliveries.insert().values(**delivery, attempt=attempt)))
    assert db.write_now(batches.cancel_issue, issue.id, now=NOON) >= 0
    again = created(db, holding(one, number=2))
    assert (again is not None) == free


def test_a_vanished_newsletter_is_retired_and_keeps_its_number(db: Database) -> None:
    db.write_now(issues.upsert_newsletters, ["daily", "weekly"], now=NOON)
    created(db, holding(stored(db, 1)))
    db.write_now(issues.upsert_newsletters, ["weekly"], now=NOON)
    db.write_now(issues.upsert_newsletters, ["daily", "weekly"], now=NOON)
    assert db.read_now(issues.next_number, "daily") == 2
