"""What the store remembers of each feed."""

from datetime import datetime, timedelta
from itertools import count

from syndicate.store import feeds
from syndicate.store.database import Database
from tests.builders import FEED_ID, NOON


def known(db: Database, *names: str) -> None:
    numbers = count(1)
    db.write_now(feeds.upsert_feeds, names, now=NOON, mint=lambda: f"id-{next(numbers)}")


def renamed(db: Database, name: str, *former: str, now: datetime = NOON) -> str:
    """The id of a feed that is now the only one, and was called otherwise before."""
    minted = (f"id-{name}-{number}" for number in count(1))
    db.write_now(
        feeds.upsert_feeds, [name], now=now, mint=lambda: next(minted), former={name: (*former, "/rss.xml")}
    )
    found = db.read_now(feeds.find_feed, name)
    assert found is not None
    return found.id


def a_status(**change: object) -> feeds.FeedStatus:
    base: dict[str, object] = {"name": "all", "id": "id-1"}
    return feeds.FeedStatus(**base | change)


def test_a_feed_never_seen_is_none(db: Database) -> None:
    assert db.read_now(feeds.find_feed, "all") is None


def test_a_feed_gets_its_id_once(db: Database) -> None:
    first = db.write_now(feeds.make_known, "all", mint=lambda: FEED_ID)
    known(db, "all", "islands")
    again = db.write_now(feeds.make_known, "all", mint=lambda: "another")
    assert (first.id, again.id) == (FEED_ID, FEED_ID)
    assert db.read_now(feeds.find_feed, "islands") == a_status(name="islands", id="id-2")


def test_publishing_is_recorded_with_the_number_of_entries(db: Database) -> None:
    known(db, "all")
    db.write_now(feeds.record_published, "all", entries=3, now=NOON)
    db.write_now(feeds.record_published, "all", entries=4, now=NOON + timedelta(hours=1))
    expected = a_status(published=NOON + timedelta(hours=1), entries=4)
    assert db.read_now(feeds.find_feed, "all") == expected


def test_a_hold_keeps_what_was_published_and_ends_with_the_next_publication(db: Database) -> None:
    known(db, "all")
    db.write_now(feeds.record_published, "all", entries=3, now=NOON)
    db.write_now(feeds.record_held, "all", reason="nothing is left")
    held = db.read_now(feeds.find_feed, "all")
    assert held == a_status(published=NOON, entries=3, held="nothing is left")
    db.write_now(feeds.record_published, "all", entries=1, now=NOON)
    assert db.read_now(feeds.find_feed, "all") == a_status(published=NOON, entries=1)


def test_a_feed_gone_from_the_configuration_is_retired_and_comes_back(db: Database) -> None:
    known(db, "all", "islands")
    db.write_now(feeds.record_published, "islands", entries=3, now=NOON)
    known(db, "all")
    retired = a_status(name="islands", id="id-2", published=NOON, entries=3, retired=NOON)
    assert db.read_now(feeds.find_feed, "islands") == retired
    assert db.read_now(feeds.find_feed, "all") == a_status()
    known(db, "all", "islands")
    back = a_status(name="islands", id="id-2", published=NOON, entries=3)
    assert db.read_now(feeds.find_feed, "islands") == back


def test_a_feed_keeps_its_id_under_its_new_name(db: Database) -> None:
    known(db, "old")
    db.write_now(feeds.record_published, "old", entries=3, now=NOON)
    assert renamed(db, "harbour", "old") == "id-1"
    assert renamed(db, "harbour", "old") == "id-1"
    left = db.read_now(feeds.find_feed, "old")
    assert left is not None
    assert left.id != "id-1"


def test_it_keeps_it_under_a_third_name_and_under_the_first_again(db: Database) -> None:
    known(db, "old")
    later = NOON
    for name, former in (("harbour", ("old",)), ("port", ("harbour", "old")), ("old", ("port", "harbour"))):
        db.write_now(feeds.record_published, former[0], entries=3, now=later)
        later += timedelta(days=1)
        assert renamed(db, name, *former, now=later) == "id-1"


def test_a_feed_that_readers_know_keeps_its_own_id(db: Database) -> None:
    known(db, "old", "harbour")
    for name in ("old", "harbour"):
        db.write_now(feeds.record_published, name, entries=3, now=NOON)
    assert renamed(db, "harbour", "old") == "id-2"


def test_nothing_is_taken_over_from_a_name_that_no_reader_ever_saw(db: Database) -> None:
    known(db, "old", "harbour")
    assert renamed(db, "harbour", "old", "never") == "id-2"
