"""What is kept of paces: troubles, what left on a day, mail hosts; and who is let go on."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, update

from syndicate.model.delivery import DeliveryState
from syndicate.model.pacing import Pace
from syndicate.store import batches, deliveries, paces
from syndicate.store.database import Database
from syndicate.store.schema import deliveries as delivery_rows
from syndicate.store.schema import issues, subscribers, subscriptions
from tests.builders import NOON
from tests.deliver.sender import add_issue

TODAY = NOON.date()


def a_pace(**change: Any) -> Pace:
    usual: dict[str, Any] = {
        "domain": "cross.example",
        "relay": "relay.example",
        "kind": "slowed",
        "rate": 0.5,
        "since": NOON,
        "changed": NOON,
        "why": "RCPT: 451 4.7.1 later",
    }
    return Pace(**usual | change)


def test_a_pace_is_kept_as_it_is_and_changes(db: Database) -> None:
    first = a_pace(until=NOON + timedelta(minutes=5), signs=3, pauses=1)
    db.write_now(paces.add_paces, [first])
    assert db.read_now(paces.list_paces) == [first]
    later = a_pace(rate=0.25, changed=NOON + timedelta(seconds=10))
    db.write_now(paces.change_paces, [later])
    assert db.read_now(paces.list_paces) == [later]


def test_of_two_processes_that_find_the_same_the_later_counts_from_the_first_moment_on(
    db: Database,
) -> None:
    db.write_now(paces.add_paces, [a_pace()])
    db.write_now(paces.add_paces, [a_pace(since=NOON + timedelta(seconds=3), rate=0.1)])
    assert db.read_now(paces.list_paces) == [a_pace(rate=0.1)]


def test_what_the_operator_lifted_does_not_come_back_by_a_change(db: Database) -> None:
    db.write_now(paces.add_paces, [a_pace()])
    assert db.write_now(paces.delete_paces, [("cross.example", "relay.example")]) == 1
    db.write_now(paces.change_paces, [a_pace(rate=0.1)])
    assert db.read_now(paces.list_paces) == []


def test_the_operator_is_told_once_and_only_of_pauses(db: Database) -> None:
    paused = a_pace(domain="b.example", until=NOON + timedelta(hours=1))
    db.write_now(paces.add_paces, [a_pace(), paused])
    assert db.write_now(paces.take_untold_paces) == [paused]
    assert db.write_now(paces.take_untold_paces) == []
    db.write_now(paces.change_paces, [a_pace(until=NOON + timedelta(hours=1))])
    assert [one.domain for one in db.write_now(paces.take_untold_paces)] == ["cross.example"]


def test_counts_of_several_processes_add_up_by_day(db: Database) -> None:
    yesterday = TODAY - timedelta(days=1)
    for _ in range(2):
        db.write_now(
            paces.add_sent, {("relay:a", TODAY): 3, ("relay:a", yesterday): 1, ("relay:b", TODAY): 7}
        )
    found = db.read_now(paces.list_sent, ["relay:a"], since=yesterday)
    assert found == {"relay:a": {TODAY: 6, yesterday: 2}}
    assert db.read_now(paces.list_sent, ["relay:a"], since=TODAY) == {"relay:a": {TODAY: 6}}
    assert db.write_now(paces.delete_sent, before=TODAY) == 1
    assert db.read_now(paces.list_sent, ["relay:a"], since=date.min) == {"relay:a": {TODAY: 6}}


def add_people(conn: Connection, *addresses: str) -> None:
    for number, address in enumerate(addresses, start=1):
        person = {"id": number, "address": address, "address_key": address, "created": NOON}
        conn.execute(insert(subscribers).values(person))
        active = {"subscriber_id": number, "newsletter": "daily", "state": "active", "since": NOON}
        conn.execute(insert(subscriptions).values(active))


def unresolved(db: Database, now: datetime) -> list[str]:
    return db.read_now(paces.list_unresolved, now=now, limit=10)


def test_domains_with_the_most_readers_are_asked_for_first_and_again_after_a_week(
    db: Database,
) -> None:
    db.write_now(add_people, "a@one.example", "b@two.example", "c@two.example", "d@three.example")
    assert unresolved(db, NOON) == ["two.example", "one.example", "three.example"]
    hosts = {"two.example": "host.example", "one.example": "one.example", "three.example": ""}
    db.write_now(paces.save_hosts, hosts, now=NOON)
    assert unresolved(db, NOON + timedelta(hours=23)) == []
    assert unresolved(db, NOON + timedelta(days=2)) == ["three.example"]
    assert unresolved(db, NOON + timedelta(days=8)) == ["two.example", "one.example", "three.example"]
    assert db.read_now(paces.list_hosts) == {"two.example": "host.example"}


def test_a_failed_question_forgets_no_answer(db: Database) -> None:
    db.write_now(paces.save_hosts, {"two.example": "host.example"}, now=NOON)
    db.write_now(paces.save_hosts, {"two.example": ""}, now=NOON + timedelta(days=8))
    assert db.read_now(paces.list_hosts) == {"two.example": "host.example"}


def an_issue(conn: Connection) -> int:
    issue = add_issue(conn, readers=4)
    deliveries.create_deliveries(conn, issue, newsletter="daily", batch=2)
    batches.create_batches(conn, issue, count=2)
    conn.execute(update(issues).values(state="sending"))
    return issue


def test_whole_batches_wait_and_are_due_again_when_they_are_released(db: Database) -> None:
    issue = db.write_now(an_issue)
    until = NOON + timedelta(hours=3)
    assert db.write_now(paces.hold_batches, issue, until=until, why="its window is closed") == 2
    assert db.read_now(batches.list_due, NOON) == []
    assert db.read_now(batches.find_stop, issue) == "its window is closed"
    assert db.read_now(batches.list_due, until) == [(issue, 0), (issue, 1)]
    assert db.read_now(paces.list_sending) == [issue]
    db.write_now(paces.release_waiting, now=NOON)
    assert db.read_now(batches.list_due, NOON) == [(issue, 0), (issue, 1)]


def test_only_those_whom_the_pace_holds_back_are_released(db: Database) -> None:
    issue = db.write_now(an_issue)
    later = NOON + timedelta(hours=3)

    def hold_back(conn: Connection) -> None:
        for number, state in ((1, DeliveryState.QUEUED), (2, DeliveryState.DEFERRED)):
            row = update(delivery_rows).where(delivery_rows.c.subscriber_id == number)
            conn.execute(row.values(state=state.value, next_attempt=later))

    db.write_now(hold_back)
    assert db.write_now(paces.release_waiting, now=NOON) == 1
    found = {one.subscriber_id: one for one in db.read_now(deliveries.list_deliveries, issue)}
    assert (found[1].next_attempt, found[2].next_attempt) == (None, later)
