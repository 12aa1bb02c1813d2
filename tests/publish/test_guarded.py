"""What a feed never loses without the operator's word, and what goes though it is held."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syndicate.model.catalogue import Catalogue
from syndicate.model.feed import Selection
from syndicate.model.item import Item
from syndicate.publish import filling
from syndicate.publish.feeds import publish_feed
from syndicate.store.database import Database
from tests.builders import NOON, a_feed
from tests.publish.archives import a_catalogue, a_publishing, files, from_files, story, titles, walk
from tests.publish.storing import keep, revise, withdraw


def a_rule(**change: Any) -> Catalogue:
    return a_catalogue(a_feed(selection=Selection(**({"take": 10} | change))))


def elsewhere(item: Item) -> Item:
    """The item, moved to a section that the rule does not take."""
    content = replace(item.content, section="Elsewhere")
    return replace(item, content=content, revision=item.revision + 1, changed=NOON)


def shown(folder: Path, number: int) -> list[str]:
    """The documents that tell that story."""
    return [name for name, data in files(folder).items() if f"Story {number}<".encode() in data]


class Killed(BaseException):
    """Stands for the end of a process."""


async def test_a_loss_of_many_is_held_though_no_page_of_changes_halves_the_feed(
    db: Database, tmp_path: Path
) -> None:
    catalogue = a_rule(take=1000, sections=("Islands",))
    stories = [story(number) for number in range(1000)]
    keep(db, catalogue, *stories)
    publishing = a_publishing(db, tmp_path, catalogue)
    await publish_feed(publishing, "all")
    revise(db, catalogue, *map(elsewhere, stories))
    withdraw(db, catalogue, stories[999], at=NOON)
    report = await publish_feed(publishing, "all")
    assert report.held
    assert len(titles(tmp_path)) == 999
    assert not shown(tmp_path, 999)
    assert (await publish_feed(publishing, "all")).held
    assert not (await publish_feed(publishing, "all", accept=True)).held
    assert titles(tmp_path) == []


async def test_what_is_withdrawn_goes_while_the_feed_waits_to_be_filled_by_another_rule(
    db: Database, tmp_path: Path
) -> None:
    keep(db, a_rule(), *map(story, range(30)))
    await publish_feed(a_publishing(db, tmp_path, a_rule()), "all")
    other = a_rule(sections=("None",))
    held = (await publish_feed(a_publishing(db, tmp_path, other), "all")).held
    assert held
    withdraw(db, other, story(29), story(2), at=NOON)
    report = await publish_feed(a_publishing(db, tmp_path, other), "all")
    assert report.held
    assert report.written
    assert (shown(tmp_path, 29), shown(tmp_path, 2)) == ([], [])
    assert shown(tmp_path, 28)


async def test_a_filling_that_was_given_up_is_forgotten(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(db, a_rule(), *map(story, range(40)))
    await publish_feed(a_publishing(db, tmp_path, a_rule()), "all")
    stands, other = files(tmp_path), a_rule(sources=("harbour",))
    with monkeypatch.context() as patch:
        patch.setattr(filling, "_finish", _die)
        with pytest.raises(Killed):
            await publish_feed(a_publishing(db, tmp_path, other), "all")
    assert files(tmp_path) != stands
    await publish_feed(a_publishing(db, tmp_path, a_rule()), "all")
    assert files(tmp_path) == stands
    withdraw(db, other, story(1), at=NOON)
    await publish_feed(a_publishing(db, tmp_path, a_rule()), "all")
    await publish_feed(a_publishing(db, tmp_path, other), "all")
    assert shown(tmp_path, 1) == []


async def test_a_filling_goes_on_with_what_was_withdrawn_meanwhile(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(db, a_rule(), *map(story, range(40)))
    with monkeypatch.context() as patch:
        patch.setattr(filling, "_finish", _die)
        with pytest.raises(Killed):
            await publish_feed(a_publishing(db, tmp_path, a_rule()), "all")
    assert shown(tmp_path, 1)
    withdraw(db, a_rule(), story(1), at=NOON)
    await publish_feed(a_publishing(db, tmp_path, a_rule()), "all")
    assert shown(tmp_path, 1) == []


async def test_many_long_notes_leave_room_for_what_is_to_be_read(db: Database, tmp_path: Path) -> None:
    catalogue = a_catalogue(a_feed(selection=Selection(take=50), max_bytes=30_000))
    keep(db, catalogue, *map(story, range(100)))
    publishing = a_publishing(db, tmp_path, catalogue)
    await publish_feed(publishing, "all")
    withdraw(db, catalogue, *map(story, range(20, 70)), at=NOON, note="It was about another harbour. " * 40)
    report = await publish_feed(publishing, "all")
    assert (report.held, report.quarantined) == ("", ())
    assert sorted(await _met(tmp_path)) == [story(n).urn for n in range(100) if not 20 <= n < 70]
    assert max(map(len, files(tmp_path).values())) <= 30_000


def _die(*_: object) -> None:
    raise Killed


async def _met(folder: Path) -> list[str]:
    async def get(url: str) -> bytes:
        return from_files(folder, url)

    return await walk(get, "/feeds/all.json")
