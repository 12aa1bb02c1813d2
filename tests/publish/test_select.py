"""What a selection takes."""

from datetime import timedelta
from typing import Any

import pytest

from syndicate.model.feed import Selection
from syndicate.model.item import ItemKind, ItemState, Timestamp
from syndicate.publish.select import matches, select
from tests.builders import NOON, an_item


@pytest.mark.parametrize(
    ("selection", "taken"),
    [
        ({}, True),
        ({"sources": ("harbour",)}, True),
        ({"sources": ("other",)}, False),
        ({"kinds": (ItemKind.ARTICLE,)}, True),
        ({"kinds": (ItemKind.BRIEF,)}, False),
        ({"sections": ("Islands", "Sport")}, True),
        ({"sections": ("Sport",)}, False),
        ({"languages": ("en",)}, True),
        ({"languages": ("EN-gb",)}, True),
        ({"languages": ("e",)}, False),
        ({"languages": ("en-US",)}, False),
    ],
)
def test_an_item_passes_when_every_filled_field_lets_it(selection: dict[str, Any], taken: bool) -> None:
    assert matches(an_item(language="en-GB"), Selection(**selection)) is taken


def test_a_withdrawn_item_never_passes() -> None:
    assert not matches(an_item(state=ItemState.WITHDRAWN), Selection())


def test_newest_publication_comes_first_and_collection_stands_in_where_it_is_unknown() -> None:
    old = an_item(id="old", published=Timestamp.parse("2019-05-03"))
    undated = an_item(id="undated", published=None, collected=NOON)
    future = an_item(id="newer", published=Timestamp(instant=NOON + timedelta(hours=1)))
    assert [item.id for item in select([old, undated, future], Selection())] == ["newer", "undated", "old"]


def test_take_caps_the_number_after_the_order() -> None:
    items = [an_item(id=str(n), published=Timestamp.parse(f"2019-05-0{n}")) for n in range(1, 6)]
    assert [item.id for item in select(items, Selection(take=2))] == ["5", "4"]


def test_an_item_given_twice_is_taken_once() -> None:
    assert len(select([an_item(), an_item()], Selection())) == 1
