"""Samples of stories are found again, boilerplate is not, and a search stays short."""

from syndicate.store import grams, items
from syndicate.store.database import Database
from tests.builders import an_item


def keep(db: Database, item_id: str, *found: int) -> None:
    db.write_now(grams.save_grams, item_id, found)


def similar(db: Database, *found: int, least: int = 2, most: int = 4) -> list[str]:
    return list(db.read_now(grams.list_similar, found, least=least, most=most))


def test_who_shares_enough_is_found_and_who_shares_most_comes_first(db: Database) -> None:
    keep(db, "a", 1, 2, 3, 4)
    keep(db, "b", 1, 2, 3, -(2**63))
    keep(db, "c", 1, 9, 2**63 - 1)
    assert similar(db, 1, 2, 3, 4) == ["a", "b"]
    assert similar(db, 1, 9, 2**63 - 1, -(2**63)) == ["c", "b"]
    assert similar(db, 1, 2, 3, 4, most=1) == ["a"]
    assert similar(db, 5, 6) == []
    assert similar(db) == []


def test_a_revision_is_found_by_its_own_grams_alone(db: Database) -> None:
    keep(db, "a", 1, 2, 3)
    keep(db, "a", 3, 4, 5)
    assert similar(db, 1, 2) == []
    assert similar(db, 4, 5) == ["a"]
    keep(db, "a")
    assert similar(db, 4, 5) == []


def test_what_very_many_share_finds_nothing_more(db: Database) -> None:
    for number in range(grams.COMMON + 5):
        keep(db, f"item-{number}", 1, 2, 1000 + number)
    assert len(similar(db, 1, 2, most=500)) == grams.COMMON


def test_the_earliest_capture_is_stored_and_restated(db: Database) -> None:
    item = an_item(not_after=an_item().provenance.captured)
    db.write_now(items.save_item, item, keys=("url:a",))
    assert db.read_now(items.find_item, item.id) == item
    later = an_item(not_after=None, archived=True)
    db.write_now(items.restate, later)
    assert db.read_now(items.find_item, item.id) == later
