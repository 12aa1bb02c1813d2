"""Items as an operator looks for them, on both databases."""

from datetime import timedelta
from typing import Any

import pytest

from syndicate.model.item import Content, Correction, ItemKind, ItemState, Timestamp
from syndicate.store import item_search, items
from syndicate.store.database import Database
from syndicate.store.item_search import Sought, search_items
from tests.builders import NOON, a_provenance, an_item
from tests.digests import an_id

DAY = timedelta(days=1)


@pytest.fixture
def filled(db: Database) -> Database:
    """Four items, each a day older than the one before."""
    made: list[dict[str, Any]] = [
        {"headline": "Ferry returns to the Islands"},
        {"headline": "کشتی به جزیره‌ها بازگشت", "provenance": a_provenance(source="peyk")},
        {"headline": "ŒUVRE of the harbour", "state": ItemState.WITHDRAWN, "withdrawn": NOON},
        {
            "kind": ItemKind.BRIEF,
            "content": Content(
                body_text="The ferry has a new lamp.", published=Timestamp(instant=NOON - 3 * DAY)
            ),
            "correction": Correction(note="New.", at=NOON),
        },
    ]
    for number, change in enumerate(made):
        base = {} if "content" in change else {"published": Timestamp(instant=NOON - number * DAY)}
        db.write_now(items.save_item, an_item(id=an_id(number), **base | change), keys=())
    return db


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        (Sought(), [0, 1, 2, 3]),
        (Sought(take=2), [0, 1]),
        (Sought(source="peyk"), [1]),
        (Sought(since=NOON - 2 * DAY), [0, 1, 2]),
        (Sought(state=ItemState.WITHDRAWN), [2]),
        (Sought(state=ItemState.LIVE), [0, 1, 3]),
        (Sought(corrected=True), [3]),
        (Sought(words=("ferry",)), [0, 3]),
        (Sought(words=("FERRY", "islands")), [0]),
        (Sought(words=("œuvre",)), [2]),
        (Sought(words=("جزیره‌ها",)), [1]),
        (Sought(words=("100%", "_")), []),
        (Sought(words=("ferry",), take=1), [0]),
    ],
)
def test_what_is_sought_is_found_the_newest_first(filled: Database, sought: Sought, found: list[int]) -> None:
    assert [one.id for one in filled.read_now(search_items, sought)] == [an_id(number) for number in found]


@pytest.mark.parametrize("words", [(), ("harbour",)])
def test_the_undated_come_last_and_have_no_date(db: Database, words: tuple[str, ...]) -> None:
    dates = (None, Timestamp(instant=NOON - 900 * DAY), None)
    for number, published in enumerate(dates):
        item = an_item(
            id=an_id(number),
            headline=f"Harbour {number}",
            published=published,
            collected=NOON + number * DAY,
            not_after=NOON - DAY if number == 2 else None,
        )
        db.write_now(items.save_item, item, keys=())
    found = db.read_now(search_items, Sought(words=words))
    assert [one.id for one in found] == [an_id(1), an_id(2), an_id(0)]
    assert [(one.at, one.captured) for one in found[1:]] == [(None, NOON - DAY), (None, None)]
    assert [one.id for one in db.read_now(search_items, Sought(words=words, take=1))] == [
        an_id(2 if words else 1)
    ]


def test_words_are_looked_for_in_so_many_items_at_most(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_search, "MOST_READ", 3)
    assert [one.id for one in filled.read_now(search_items, Sought(words=("ferry",)))] == [an_id(0)]


def test_a_line_tells_what_became_of_an_item(filled: Database) -> None:
    [line] = filled.read_now(search_items, Sought(state=ItemState.WITHDRAWN))
    assert (line.title, line.kind, line.withdrawn, line.corrected) == (
        "ŒUVRE of the harbour",
        ItemKind.ARTICLE,
        NOON,
        None,
    )
