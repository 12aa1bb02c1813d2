"""Renderings by segment: readers of another language, and readers who chose some of the sections."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, select

from syndicate.model.feed import Selection
from syndicate.model.newsletter import Issue, IssueRendering, Section
from syndicate.model.segment import Segment, written
from syndicate.publish.corrections import correct_item, withdraw_item
from syndicate.publish.recompile import recompile_issue
from syndicate.publish.segments import choose_segments
from syndicate.publish.wording import Wording
from syndicate.store import deliveries, renderings, schema
from syndicate.store.database import Database
from syndicate.store.renderings import NOTHING_CHOSEN
from syndicate.templating import words
from tests.builders import NOON, a_newsletter
from tests.publish.newsroom import Newsroom

RIGHT = Wording(headline="Ferry sails at seven sharp")
QUAY = Section(title="From the quay", selection=Selection(sections=("Quay",)))
ISLES = Section(title="جزیره‌ها", selection=Selection(sections=("Isles",)))
LETTER = a_newsletter(sections=(QUAY, ISLES), sections_choice=True)


def a_room(db: Database, **change: object) -> Newsroom:
    room = Newsroom(db)
    room.catalogue = replace(room.catalogue, newsletters={"daily": replace(LETTER, **change)})  # type: ignore[arg-type]
    return room


def add_reader(db: Database, number: int, *, language: str = "", sections: tuple[str, ...] = ()) -> None:
    address = f"reader{number}@readers.example"
    person = {"id": number, "address": address, "address_key": address, "language": language, "created": NOON}
    kept = {"subscriber_id": number, "newsletter": "daily", "state": "active", "since": NOON}

    def write(conn: object) -> None:
        conn.execute(insert(schema.subscribers).values(person))  # type: ignore[attr-defined]
        conn.execute(insert(schema.subscriptions).values(**kept, sections=written(sections)))  # type: ignore[attr-defined]

    db.write_now(write)


def rendered(issue: Issue, db: Database) -> dict[Segment, IssueRendering]:
    return {one.segment: one for one in db.read_now(renderings.list_renderings, issue.id)}


def begin(db: Database, issue: Issue) -> dict[int, tuple[str, str, str]]:
    """Reader → state, segment and reply, as sending starts."""
    db.write_now(deliveries.create_deliveries, issue.id, newsletter="daily", batch=500)
    db.write_now(renderings.assign_segments, issue.id, now=NOON)
    return stand(db, issue)


def stand(db: Database, issue: Issue) -> dict[int, tuple[str, str, str]]:
    table = schema.deliveries
    mine = select(table).where(table.c.issue_id == issue.id).order_by(table.c.subscriber_id)
    rows = db.read_now(lambda conn: conn.execute(mine).all())
    return {row.subscriber_id: (row.state, row.segment, row.reply) for row in rows}


async def test_words_are_in_the_reader_s_language_and_items_as_they_are(db: Database) -> None:
    room = a_room(db)
    room.save(1, section="Quay")
    for number, language in enumerate(["fa-IR", "DE", "en-GB", "", "tlh"], start=1):
        add_reader(db, number, language=language)
    issue = await room.compile()
    found = rendered(issue, db)
    assert set(found) == {Segment(language="fa"), Segment(language="de")}
    persian = found[Segment(language="fa")]
    assert '<html lang="fa" dir="rtl">' in persian.html
    for part in (persian.html, persian.text):
        assert words("fa")["unsubscribe"] in part
        assert words("en")["unsubscribe"] not in part
        assert "Story 1 of the old quay" in part
    assert words("en")["unsubscribe"] in issue.text
    segments = [segment for _, segment, _ in begin(db, issue).values()]
    assert segments == ["fa", "de", "", "", ""]


async def test_readers_get_the_sections_that_they_chose_under_a_subject_of_its_own_lead(db: Database) -> None:
    room = a_room(db)
    room.save(1, section="Isles", headline="فانوس دریایی روشن شد", language="fa")
    room.save(2, section="Quay")
    add_reader(db, 1)
    add_reader(db, 2, sections=(ISLES.title,))
    issue = await room.compile()
    (isles,) = rendered(issue, db).values()
    assert isles.segment == Segment(sections=(ISLES.title,))
    assert isles.subject == "The Daily Tide: فانوس دریایی روشن شد"
    assert "Story 2" not in isles.html + isles.text
    assert "فانوس دریایی روشن شد" in isles.html
    assert issue.subject == "The Daily Tide: Story 2 of the old quay"
    assert begin(db, issue) == {1: ("queued", "", ""), 2: ("queued", isles.segment.key, "")}


async def test_who_chose_sections_with_nothing_new_gets_no_mail_and_the_reason_is_kept(db: Database) -> None:
    room = a_room(db)
    room.save(1, section="Quay")
    add_reader(db, 1, sections=(QUAY.title,))
    add_reader(db, 2, sections=(ISLES.title,))
    issue = await room.compile()
    states = begin(db, issue)
    assert (states[1][0], states[2][0], states[2][2]) == ("queued", "skipped", NOTHING_CHOSEN)


async def test_a_choice_that_came_after_the_rendering_gets_it_all_in_its_language(db: Database) -> None:
    room = a_room(db)
    room.save(1, section="Quay")
    add_reader(db, 1, language="fa")
    issue = await room.compile()
    add_reader(db, 2, sections=(QUAY.title,), language="fa")
    add_reader(db, 3, sections=(QUAY.title,))
    assert [segment for _, segment, _ in begin(db, issue).values()] == ["fa", "fa", ""]


async def test_where_readers_may_not_choose_former_choices_count_for_nothing(db: Database) -> None:
    room = a_room(db, sections_choice=False)
    room.save(1, section="Quay")
    add_reader(db, 1, sections=(ISLES.title,))
    issue = await room.compile()
    assert rendered(issue, db) == {}
    assert begin(db, issue) == {1: ("queued", "", "")}


async def test_a_recompiled_issue_leaves_the_item_out_everywhere_and_skips_whom_nothing_is_left_for(
    db: Database,
) -> None:
    room = a_room(db)
    room.save(1, section="Quay")
    room.save(2, section="Isles")
    for number, sections in enumerate([(), (QUAY.title,), (ISLES.title,)], start=1):
        add_reader(db, number, sections=sections)
    issue = await room.compile()
    begin(db, issue)
    await withdraw_item(room.editing, room.item(2).id, note="Wrong.")
    await recompile_issue(room.compiling, issue.id)
    after = rendered(issue, db)
    assert not any("Story 2" in one.html + one.subject for one in after.values())
    assert "Story 1" in after[Segment(sections=(QUAY.title,))].html
    assert [(state, reply) for state, _, reply in stand(db, issue).values()] == [
        ("queued", ""),
        ("queued", ""),
        ("skipped", NOTHING_CHOSEN),
    ]


async def test_a_correction_is_told_to_those_whose_section_carried_the_mistake(db: Database) -> None:
    room = a_room(db)
    room.save(1, section="Isles")
    add_reader(db, 1, sections=(QUAY.title,))
    add_reader(db, 2, sections=(ISLES.title,))
    room.begin(await room.compile(), sent=True)
    await correct_item(room.editing, room.item(1).id, note="The ferry sails at seven.", change=RIGHT)
    room.move()
    room.save(2, section="Quay")
    issue = await room.compile()
    found = rendered(issue, db)
    assert "sails at seven" not in found[Segment(sections=(QUAY.title,))].html
    isles = found[Segment(sections=(ISLES.title,))]
    assert "sails at seven" in isles.html
    assert "sails at seven" in isles.text
    assert isles.subject == "The Daily Tide: Corrections"


A = Segment(sections=(QUAY.title,))
B = Segment(sections=(ISLES.title,), language="fa")
BOTH = Segment(sections=(QUAY.title, ISLES.title))


@pytest.mark.parametrize(
    ("counts", "most", "expected"),
    [
        ({Segment(): 9}, 5, ()),
        ({Segment(): 9, A: 1, B: 2}, 5, (B, A)),
        ({A: 1, B: 2}, 1, (B,)),
        ({BOTH: 3, Segment(sections=("Gone",)): 2}, 5, ()),
        ({Segment(sections=("Gone",), language="fa"): 2}, 5, (Segment(language="fa"),)),
    ],
)
def test_the_segments_with_most_readers_are_rendered(
    counts: dict[Segment, int], most: int, expected: tuple[Segment, ...]
) -> None:
    assert choose_segments(counts, LETTER, most=most) == expected


def test_segments_that_somebody_may_have_got_are_rendered_in_any_case() -> None:
    assert choose_segments({B: 5}, LETTER, kept=[A, B], most=1) == (A, B)


def test_keys_tell_segments_apart() -> None:
    segments = [Segment(), Segment(language="fa"), A, B, BOTH, replace(A, language="fa")]
    keys = [one.key for one in segments]
    assert len(set(keys)) == len(keys)
    assert max(map(len, keys)) <= 64
    assert replace(BOTH, sections=BOTH.sections[::-1]).key == BOTH.key
