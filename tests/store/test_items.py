"""Items are stored with their revisions and keys, and selected in one query."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syndicate.errors import DatabaseBusy
from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.item import Item, ItemKind, ItemState, Timestamp
from syndicate.model.source import Archived
from syndicate.store import items
from syndicate.store.database import Database
from syndicate.store.schema import issue_items
from tests.builders import NOON, a_notice, a_provenance, a_source, an_item, an_old_site

HOUR = timedelta(hours=1)
EVERYTHING = Selection()
NOTHING = Catalogue()


def an_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def save(db: Database, *stored, keys=()) -> None:
    for item in stored:
        db.write_now(items.save_item, item, keys=keys)


def listed(db: Database, selection: Selection = EVERYTHING, catalogue: Catalogue = NOTHING) -> list[Item]:
    return db.read_now(items.list_items, selection, catalogue=catalogue)


def unissued(db: Database, newsletter: str = "daily", **change: Any) -> list[Item]:
    base: dict[str, Any] = {"selection": EVERYTHING, "backlog": False, "catalogue": NOTHING}
    return db.read_now(items.list_unissued, newsletter, **base | change)


def test_an_item_comes_back_as_it_was_saved(db: Database) -> None:
    item = an_item(archived=True, backlog=True, page_notice=a_notice())
    save(db, item)
    assert db.read_now(items.find_item, item.id) == item


def test_an_unknown_item_is_none(db: Database) -> None:
    assert db.read_now(items.find_item, an_id(9)) is None


def test_a_revision_changes_the_content_and_keeps_the_earlier_one(db: Database) -> None:
    first = an_item()
    save(db, first)
    second = replace(first, content=an_item(headline="Ferry late").content, revision=2, changed=NOON + HOUR)
    db.write_now(items.save_revision, second, keys=())
    assert db.read_now(items.find_item, first.id) == second
    assert db.read_now(items.find_revision, first.id, 1) == first
    assert db.read_now(items.find_revision, first.id, 3) is None


def test_a_revision_over_somebody_elses_is_refused(db: Database) -> None:
    item = an_item()
    save(db, item)
    second = replace(item, revision=2, changed=NOON + HOUR)
    db.write_now(items.save_revision, second, keys=())
    with pytest.raises(DatabaseBusy, match="revised by another process"):
        db.write_now(items.save_revision, second, keys=())


def test_a_story_is_found_by_any_of_its_keys(db: Database) -> None:
    item = an_item()
    save(db, item, keys=("guid:1", "url:https://old.courier.example/" + "a" * 2000))
    keys = ["guid:1", "url:https://old.courier.example/" + "a" * 2000, "url:other", "url:" + "a" * 2000]
    found = db.read_now(items.find_by_keys, keys)
    assert found == {keys[0]: item.id, keys[1]: item.id}


def test_thousands_of_keys_are_looked_up(db: Database) -> None:
    save(db, an_item(), keys=[f"text:{n}" for n in range(1500)])
    assert len(db.read_now(items.find_by_keys, [f"text:{n}" for n in range(2000)])) == 1500


def test_a_key_of_another_item_refuses_the_new_one_whole(db: Database) -> None:
    save(db, an_item(), keys=("guid:1",))
    with pytest.raises(DatabaseBusy, match="stored by another process"):
        save(db, an_item(id=an_id(2)), keys=("guid:1", "guid:2"))
    assert db.read_now(items.find_item, an_id(2)) is None
    assert db.read_now(items.find_by_keys, ["guid:2"]) == {}


def test_a_revision_adds_keys_but_takes_none_from_another_item(db: Database) -> None:
    one, two = an_item(), an_item(id=an_id(2))
    save(db, one, keys=("guid:1",))
    save(db, two, keys=("guid:2",))
    revised = replace(two, revision=2, changed=NOON)
    db.write_now(items.save_revision, revised, keys=("guid:1", "guid:3"))
    found = db.read_now(items.find_by_keys, ["guid:1", "guid:3"])
    assert found == {"guid:1": one.id, "guid:3": two.id}


def test_items_are_listed_newest_first_and_undated_ones_by_their_collection(db: Database) -> None:
    old = an_item(id=an_id(1), published=Timestamp.parse("2019-05-03"))
    undated = an_item(id=an_id(2), published=None)
    new = an_item(id=an_id(3), published=Timestamp(instant=NOON + HOUR))
    save(db, new, old, undated)
    assert [item.id for item in listed(db)] == [new.id, undated.id, old.id]


def test_what_is_archived_and_undated_comes_last_in_feeds_and_among_an_issues_news(db: Database) -> None:
    undated = an_item(id=an_id(1), published=None, collected=NOON + HOUR)
    said = replace(undated, id=an_id(2), archived=True)
    known = replace(undated, id=an_id(3), provenance=a_provenance(source="old"))
    dated = an_item(id=an_id(4), archived=True, published=Timestamp.parse("2019-05-03"))
    save(db, said, known, dated, undated)
    catalogue = Catalogue(sources={"old": a_source(name="old", archived=Archived.YES)})
    for take, expected in ((4, [undated, dated, known, said]), (3, [undated, dated, known]), (1, [undated])):
        selection = Selection(take=take)
        ids = [item.id for item in expected]
        assert [item.id for item in listed(db, selection, catalogue)] == ids
        assert [item.id for item in unissued(db, selection=selection, catalogue=catalogue)] == ids


def test_take_caps_the_number(db: Database) -> None:
    save(db, *(an_item(id=an_id(n)) for n in range(5)))
    assert len(listed(db, Selection(take=3))) == 3


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        (Selection(), {1, 2, 3}),
        (Selection(sources=("harbour",)), {1, 3}),
        (Selection(kinds=(ItemKind.BRIEF,)), {3}),
        (Selection(sections=("Islands",)), {1, 2}),
        (Selection(languages=("EN",)), {1, 3}),
        (Selection(languages=("en-GB",)), {3}),
        (Selection(languages=("fa", "de"), sections=("Islands",)), {2}),
        (Selection(languages=("e",)), set()),
    ],
)
def test_a_selection_picks_by_source_kind_section_and_language(db: Database, selection, chosen) -> None:
    save(
        db,
        an_item(id=an_id(1)),
        an_item(id=an_id(2), language="fa", provenance=a_provenance(source="tide")),
        an_item(id=an_id(3), language="en-gb", section="Ports", kind=ItemKind.BRIEF),
        an_item(id=an_id(4), state=ItemState.WITHDRAWN),
    )
    assert {item.id for item in listed(db, selection)} == {an_id(n) for n in chosen}


def test_an_item_already_in_an_issue_is_not_offered_to_that_newsletter_again(db: Database) -> None:
    save(db, an_item(id=an_id(1)), an_item(id=an_id(2)))
    place = {
        "newsletter": "daily",
        "item_id": an_id(1),
        "issue_id": 1,
        "revision": 1,
        "section": "",
        "position": 0,
    }
    db.write_now(lambda conn: conn.execute(issue_items.insert().values(place)))
    daily = unissued(db, "daily", backlog=False)
    weekly = unissued(db, "weekly", backlog=False)
    assert [item.id for item in daily] == [an_id(2)]
    assert [item.id for item in weekly] == [an_id(2), an_id(1)]


def test_backlog_items_are_offered_apart_and_oldest_first(db: Database) -> None:
    dates = [Timestamp.parse(f"2019-05-0{n}") for n in (1, 2, 3, 4)]
    save(
        db,
        an_item(id=an_id(1), published=dates[1], backlog=True),
        an_item(id=an_id(2), published=dates[0], backlog=True),
        an_item(id=an_id(3), published=dates[2]),
        an_item(id=an_id(4), published=dates[3]),
    )
    old = unissued(db, "daily", backlog=True)
    new = unissued(db, "daily", backlog=False)
    assert [item.id for item in old] == [an_id(2), an_id(1)]
    assert [item.id for item in new] == [an_id(4), an_id(3)]


@pytest.mark.parametrize("says", list(Archived))
@pytest.mark.parametrize("stated", [True, False])
@pytest.mark.parametrize("hosts", [(), ("Old.Courier.example",)])
def test_what_is_archived_is_asked_of_the_database_as_of_an_item(
    sqlite_db: Database, says: Archived, stated: bool, hosts: tuple[str, ...]
) -> None:
    catalogue = Catalogue(
        sources={"harbour": a_source(archived=says), "tide": a_source(name="tide")},
        old_sites={"old": an_old_site(hosts=hosts)},
    )
    stored = [
        an_item(id=an_id(number), archived=stated, provenance=origin)
        for number, origin in enumerate(
            (
                a_provenance(),
                a_provenance(source="tide", original_url="https://www.old.courier.example/a"),
                a_provenance(source="gone", original_url="https://courier.example/b"),
            )
        )
    ]
    save(sqlite_db, *stored)
    found = unissued(sqlite_db, catalogue=catalogue, archived=True)
    carry = [item.id for item in stored if catalogue.is_archived(item.provenance, stated=stated)]
    assert sorted(item.id for item in found) == carry


def test_items_come_in_the_order_of_the_ids_asked_for(db: Database) -> None:
    save(db, *(an_item(id=an_id(n)) for n in (1, 2, 3)))
    found = db.read_now(items.list_by_ids, [an_id(3), an_id(7), an_id(1)])
    assert [item.id for item in found] == [an_id(3), an_id(1)]


def test_the_archive_mark_comes_and_goes(db: Database) -> None:
    item = an_item()
    save(db, item)
    archived = replace(item, archived=True, page_notice=a_notice())
    db.write_now(items.restate, archived)
    assert db.read_now(items.find_item, item.id) == archived
    db.write_now(items.restate, item)
    assert db.read_now(items.find_item, item.id) == item


def test_an_item_gains_keys_but_takes_none_from_another(db: Database) -> None:
    one, two = an_item(id=an_id(1)), an_item(id=an_id(2))
    save(db, one, keys=("guid:1",))
    save(db, two, keys=("guid:2",))
    db.write_now(items.add_keys, two.id, keys=("guid:1", "guid:3"))
    assert db.read_now(items.find_by_keys, ["guid:1", "guid:3"]) == {"guid:1": one.id, "guid:3": two.id}


def test_a_revision_that_is_no_news_leaves_the_time_of_change_unknown(db: Database) -> None:
    save(db, first := an_item())
    second = replace(first, content=an_item(section="Coast").content, revision=2)
    db.write_now(items.save_revision, second, keys=())
    assert db.read_now(items.find_item, first.id) == second
