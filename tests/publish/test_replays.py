"""Which old items come again, when, and that each moment brings them once."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from syndicate.model.cadence import Cadence
from syndicate.model.feed import Feed, Mode, Order, Replay, Selection
from syndicate.model.item import Item, ItemKind, Timestamp
from syndicate.model.job import Job
from syndicate.publish.feeds import publish_feed
from syndicate.publish.replays import days_of, enter
from syndicate.store.database import Database
from syndicate.store.items import save_item
from syndicate.store.schedules import record_occurrence
from syndicate.store.schema import feed_entries, occurrences
from tests.builders import NOON, a_feed, an_item
from tests.publish.archives import a_catalogue, a_publishing, files, from_files, story, titles, walk
from tests.publish.storing import keep, revise, withdraw

DAY = timedelta(days=1)


def a_replaying_feed(**change: Any) -> Feed:
    cadence = Cadence(cron="0 9 * * *", zone=change.pop("zone", "UTC"))
    selection = change.pop("selection", Selection())
    return a_feed(
        name="again", mode=Mode.REPLAY, selection=selection, replay=Replay(cadence=cadence, **change)
    )


def save(db: Database, published: str | None, **change: Any) -> Item:
    stated = None if published is None else Timestamp.parse(published)
    item = an_item(id=str(uuid4()), published=stated, **change)
    db.write_now(save_item, item, keys=[f"url:{item.id}"])
    return item


class Times:
    """A feed's moments: each call is the next one."""

    def __init__(self, db: Database, feed: Feed) -> None:
        self.db, self.feed, self.jobs = db, feed, list[Job]()

    def occur(self, now: datetime) -> int:
        found: int | None = self.db.write_now(
            record_occurrence,
            "replay:again",
            local_date=now.date().isoformat(),
            local_time=f"{now:%H:%M}",
            due=now,
            now=now,
        )
        assert found is not None
        return found

    def fire(self, now: datetime, *, occurrence: int | None = None) -> int:
        count: int = self.db.write_now(
            enter,
            self.feed,
            occurrence=self.occur(now) if occurrence is None else occurrence,
            now=now,
            mint=lambda: str(uuid4()),
            enqueue=lambda _conn, job: self.jobs.append(job),
        )
        return count

    def shown(self) -> list[str]:
        query = select(feed_entries.c.item_id).order_by(feed_entries.c.position)
        return self.db.read_now(lambda conn: list(conn.scalars(query)))


@pytest.fixture
def three(db: Database) -> list[Item]:
    return [save(db, day) for day in ("2012-05-03", "2010-01-01", "2011-07-09")]


def test_the_oldest_comes_first_one_at_a_time(db: Database, three: list[Item]) -> None:
    times = Times(db, a_replaying_feed())
    assert [times.fire(NOON + day * DAY) for day in range(4)] == [1, 1, 1, 0]
    assert times.shown() == [three[1].id, three[2].id, three[0].id]


def test_it_begins_again_where_that_is_wanted(db: Database, three: list[Item]) -> None:
    times = Times(db, a_replaying_feed(repeat=True))
    for day in range(4):
        times.fire(NOON + day * DAY)
    assert times.shown() == [three[1].id, three[2].id, three[0].id, three[1].id]


def test_several_come_at_once_where_that_is_wanted(db: Database, three: list[Item]) -> None:
    times = Times(db, a_replaying_feed(take=2))
    assert times.fire(NOON) == 2
    assert times.shown() == [three[1].id, three[2].id]


def test_each_replay_is_an_entry_of_its_own_at_a_place_of_its_own(db: Database, three: list[Item]) -> None:
    times = Times(db, a_replaying_feed(repeat=True, take=3))
    for day in range(2):
        times.fire(NOON + day * DAY)
    rows = db.read_now(lambda conn: list(conn.execute(select(feed_entries))))
    assert len({row.entry_id for row in rows}) == 6
    assert sorted(row.position for row in rows) == [1, 2, 3, 4, 5, 6]
    assert not {row.entry_id for row in rows} & {item.id for item in three}
    assert {row.replayed for row in rows} == {NOON, NOON + DAY}


def test_one_moment_brings_its_items_once(db: Database, three: list[Item]) -> None:
    times = Times(db, a_replaying_feed())
    moment = times.occur(NOON)
    assert [times.fire(NOON, occurrence=moment) for _ in range(3)] == [1, 0, 0]
    assert len(times.shown()) == 1


def test_a_replay_makes_the_feed_a_job(db: Database, three: list[Item]) -> None:
    times = Times(db, a_replaying_feed())
    times.fire(NOON)
    assert times.jobs == [Job(name="feed.publish", args={"feed": "again"}, key="feed.publish:again")]


def test_a_moment_without_anything_to_show_says_so_and_asks_for_nothing(db: Database) -> None:
    times = Times(db, a_replaying_feed())
    assert times.fire(NOON) == 0
    assert not times.jobs
    assert db.read_now(lambda conn: conn.scalars(select(occurrences.c.outcome)).all()) == ["empty"]


def test_the_feeds_selection_decides(db: Database) -> None:
    save(db, "2010-01-01", kind=ItemKind.BRIEF)
    article = save(db, "2011-01-01")
    times = Times(db, a_replaying_feed(take=5, selection=Selection(kinds=(ItemKind.ARTICLE,))))
    times.fire(NOON)
    assert times.shown() == [article.id]


def test_a_feed_that_is_live_again_replays_nothing(db: Database, three: list[Item]) -> None:
    times = Times(db, a_feed(name="again"))
    assert times.fire(NOON) == 0


def test_on_this_day_brings_the_stories_of_the_day_in_former_years(db: Database) -> None:
    newer, older = save(db, "2019-03-01"), save(db, "2004-03-01T23:30:00+05:00")
    save(db, "2026-03-01"), save(db, "2019-03-02"), save(db, None)
    times = Times(db, a_replaying_feed(order=Order.ON_THIS_DAY, take=5))
    assert times.fire(NOON) == 2
    assert times.shown() == [older.id, newer.id]


def test_on_this_day_brings_a_story_once_a_year(db: Database) -> None:
    save(db, "2019-03-01")
    times = Times(db, a_replaying_feed(order=Order.ON_THIS_DAY, take=5))
    next_year = NOON.replace(year=2027)
    assert [times.fire(when) for when in (NOON, NOON + timedelta(hours=3), next_year)] == [1, 0, 1]


def test_this_day_is_that_of_the_feeds_zone(db: Database) -> None:
    tehran = save(db, "2019-03-02")
    times = Times(db, a_replaying_feed(order=Order.ON_THIS_DAY, zone="Asia/Tehran"))
    times.fire(datetime(2026, 3, 1, 22, 0, tzinfo=UTC))
    assert times.shown() == [tehran.id]


@pytest.mark.parametrize(
    ("today", "days"),
    [
        (date(2026, 3, 1), ("03-01",)),
        (date(2026, 2, 28), ("02-28", "02-29")),
        (date(2028, 2, 28), ("02-28",)),
        (date(2028, 2, 29), ("02-29",)),
    ],
)
def test_the_leap_day_is_remembered_every_year(today: date, days: tuple[str, ...]) -> None:
    assert days_of(today) == days


class Shown:
    """Three stories, replayed day by day in a feed of three entries, and published each day."""

    def __init__(self, db: Database, folder: Path) -> None:
        feed = a_replaying_feed(repeat=True, selection=Selection(take=3))
        self.catalogue = a_catalogue(feed)
        self.publishing, self.folder = a_publishing(db, folder, self.catalogue), folder
        self.times = Times(db, feed)
        keep(db, self.catalogue, *map(story, (1, 2, 3)))

    async def pass_days(self, count: int) -> None:
        for day in range(count):
            self.times.fire(NOON + day * DAY)
            await self.publish()

    async def publish(self) -> None:
        await publish_feed(self.publishing, "again")

    def documents(self, form: str) -> dict[str, str]:
        found = files(self.folder, "again")
        return {name: data.decode() for name, data in found.items() if name.endswith(form)}

    async def walk(self) -> list[str]:
        async def get(url: str) -> bytes:
            return from_files(self.folder, url)

        return await walk(get, "http://127.0.0.1:8080/feeds/again.json")


@pytest.fixture
def shown(sqlite_db: Database, tmp_path: Path) -> Shown:
    return Shown(sqlite_db, tmp_path)


async def test_replays_are_published_and_all_of_them_can_be_walked(shown: Shown) -> None:
    await shown.pass_days(7)
    newest = [f"3 May 2019: Story {number}" for number in (1, 3, 2)]
    assert titles(shown.folder, "again.json") == newest
    met = await shown.walk()
    assert len(met) == len(set(met)) == 7


async def test_a_correction_of_the_original_changes_every_replay_of_it(shown: Shown) -> None:
    await shown.pass_days(7)
    change = story(1, headline="Put right", revision=2, changed=NOON + 8 * DAY)
    revise(shown.publishing.db, shown.catalogue, change)
    await shown.publish()
    told = "".join(data for name, data in shown.documents("json").items() if "/" in name)
    assert told.count("3 May 2019: Put right") == 2
    assert not [name for name, data in shown.documents("json").items() if "Story 1" in data]


async def test_a_withdrawal_of_the_original_takes_every_replay_of_it_down(shown: Shown) -> None:
    await shown.pass_days(7)
    replays = await shown.walk()
    withdraw(shown.publishing.db, shown.catalogue, story(1), at=NOON + 8 * DAY)
    await shown.publish()
    gone = set(replays) - set(await shown.walk())
    assert len(gone) == 3
    assert not [name for name, data in shown.documents("json").items() if "Story 1" in data]
    newest = shown.documents("again.atom")["again.atom"]
    assert {f'ref="{one}"' for one in gone} <= set(newest.split())
