"""What a publication asks of the store: the right answers, and no more work where the store is large."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, text

from syndicate.model.feed import Selection
from syndicate.model.item import ItemKind, ItemState
from syndicate.model.job import Job, nobody_waits
from syndicate.store import feed_documents, feed_entries, feeds
from syndicate.store.connection import Connection
from syndicate.store.database import Database
from syndicate.store.feed_changes import forget_changes, list_changes, takes, touch_items
from syndicate.store.feed_state import find_state
from syndicate.store.items import list_by_ids, list_items
from tests.builders import NOON, a_feed, an_item
from tests.publish.archives import a_catalogue, story
from tests.publish.storing import keep, withdraw

CATALOGUE = a_catalogue()


def ask(db: Database, rule: Selection | None = None) -> Any:
    found = db.read_now(find_state, "all", rule or Selection(), since=NOON, take=10, catalogue=CATALOGUE)
    assert found is not None
    return found


def known(db: Database) -> None:
    db.write_now(feeds.make_known, "all", mint=lambda: "id-1")


def test_a_feed_never_seen_has_no_state(db: Database) -> None:
    assert db.read_now(find_state, "all", Selection(), since=NOON, take=10, catalogue=CATALOGUE) is None


def test_a_state_tells_the_marks_oldest_first_and_whether_the_rule_takes_them(db: Database) -> None:
    known(db)
    keep(db, CATALOGUE, story(2, language="de"), story(1))
    changes = ask(db, Selection(languages=("en",))).changes
    assert [(one.item_id, one.takes, one.held) for one in changes] == [
        (story(1).id, True, ()),
        (story(2).id, False, ()),
    ]


def test_a_state_tells_where_a_marked_item_stands(db: Database) -> None:
    known(db)
    keep(db, CATALOGUE, story(1))
    [change] = ask(db).changes
    db.write_now(feed_entries.add_members, "all", [change.member(position=1)])
    db.write_now(feed_entries.move_members, "all", [story(1).id], document=4)
    withdraw(db, CATALOGUE, story(1), at=NOON)
    state = ask(db)
    assert [one.held for one in state.changes] == [((story(1).id, 4),)]
    assert (state.is_noted, state.changes[0].live) == (True, False)


def test_a_mark_made_while_a_feed_was_published_stays(db: Database) -> None:
    known(db)
    keep(db, CATALOGUE, story(1), story(2))
    seen = db.read_now(list_changes, "all", take=10)
    db.write_now(touch_items, [story(1)], feeds=[a_feed()], enqueue=nobody_waits)
    db.write_now(forget_changes, "all", seen=seen)
    assert db.read_now(list_changes, "all", take=10) == {story(1).id: 2}


def test_only_feeds_that_take_or_hold_an_item_are_marked_and_published(db: Database) -> None:
    german = a_feed(name="german", selection=Selection(languages=("de",)))
    english = a_feed(name="english", selection=Selection(languages=("en",)))
    jobs: list[Job] = []

    def enqueue(_conn: Any, job: Job) -> None:
        jobs.append(job)

    db.write_now(touch_items, [an_item()], feeds=[german, english], enqueue=enqueue)
    assert [job.args["feed"] for job in jobs] == ["english"]


@pytest.mark.parametrize(
    "rule",
    [
        Selection(),
        Selection(languages=("de",)),
        Selection(languages=("en",)),
        Selection(sections=("Islands",)),
        Selection(sections=("Sport",)),
        Selection(kinds=(ItemKind.BRIEF,)),
        Selection(sources=("harbour",)),
        Selection(sources=("elsewhere",)),
    ],
    ids=str,
)
def test_a_rule_says_the_same_in_python_and_in_sql(db: Database, rule: Selection) -> None:
    items = [
        story(1),
        story(2, language="en-GB"),
        story(3, language="eng"),
        story(4, section="Sport"),
        story(5, kind=ItemKind.BRIEF),
        story(6, language="DE-at"),
    ]
    keep(db, CATALOGUE, *items)
    withdraw(db, CATALOGUE, story(1), at=NOON)
    stored = db.read_now(list_by_ids, [item.id for item in items])
    selected = {item.id for item in db.read_now(list_items, rule, catalogue=CATALOGUE)}
    assert {item.id for item in stored if takes(rule, item)} == selected
    assert stored[0].state is ItemState.WITHDRAWN


QUESTIONS: dict[str, Callable[[Connection], Any]] = {
    "state": lambda conn: find_state(conn, "all", Selection(), since=NOON, take=10, catalogue=CATALOGUE),
    "members": lambda conn: feed_entries.list_members(conn, "all", document=0, catalogue=CATALOGUE),
    "noted": lambda conn: feed_entries.list_noted(conn, "all", since=NOON, take=5, catalogue=CATALOGUE),
    "due": lambda conn: feed_documents.list_due(conn, "all", take=5),
    "items": lambda conn: list_by_ids(conn, [story(1).id]),
    "touch": lambda conn: touch_items(conn, [story(1)], feeds=[a_feed()], enqueue=nobody_waits),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_bounded_by_an_index(db: Database, question: str) -> None:
    known(db)
    keep(db, CATALOGUE, *map(story, range(20)))
    asked: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    db.write_now(QUESTIONS[question])
    event.remove(db.engine, "before_cursor_execute", note)
    assert asked
    for statement, parameters in asked:
        plan = db.write_now(explained, statement, parameters)
        assert not [line for line in plan if reads_all(line)], (statement, plan)


def explained(conn: Connection, statement: str, parameters: Any) -> list[str]:
    if conn.dialect.name == "sqlite":
        rows = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [row[3] for row in rows]
    # The planner reads small tables whole, because they are small.
    conn.execute(text("SET LOCAL enable_seqscan = off"))
    return [row[0] for row in conn.exec_driver_sql(f"EXPLAIN {statement}", parameters)]


def reads_all(line: str) -> bool:
    """Whether a line of a plan reads a table of ours from its beginning to its end."""
    tables = "items", "revisions", "feed_entries", "feed_changes", "feed_documents", "item_notes"
    words = line.replace("(", " ").split()
    if "Seq" in words:
        return words[words.index("on") + 1] in tables
    return words[0] == "SCAN" and words[1] in tables
