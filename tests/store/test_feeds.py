"""What the store remembers of each feed."""

from datetime import timedelta

from syndicate.store import feeds
from syndicate.store.database import Database
from tests.builders import NOON


def test_a_feed_never_seen_is_none(db: Database) -> None:
    assert db.read_now(feeds.find_feed, "all") is None


def test_publishing_is_recorded_with_the_number_of_entries(db: Database) -> None:
    db.write_now(feeds.record_published, "all", entries=3, now=NOON)
    db.write_now(feeds.record_published, "all", entries=4, now=NOON + timedelta(hours=1))
    assert db.read_now(feeds.find_feed, "all") == feeds.FeedStatus(
        name="all", published=NOON + timedelta(hours=1), entries=4
    )


def test_a_hold_keeps_what_was_published_and_ends_with_the_next_publication(db: Database) -> None:
    db.write_now(feeds.record_published, "all", entries=3, now=NOON)
    db.write_now(feeds.record_held, "all", reason="nothing is left")
    held = db.read_now(feeds.find_feed, "all")
    assert held == feeds.FeedStatus(name="all", published=NOON, entries=3, held="nothing is left")
    db.write_now(feeds.record_published, "all", entries=1, now=NOON)
    assert db.read_now(feeds.find_feed, "all") == feeds.FeedStatus(name="all", published=NOON, entries=1)


def test_a_feed_gone_from_the_configuration_is_retired_and_comes_back(db: Database) -> None:
    db.write_now(feeds.upsert_feeds, ["all", "islands"], now=NOON)
    db.write_now(feeds.record_published, "islands", entries=3, now=NOON)
    db.write_now(feeds.upsert_feeds, ["all"], now=NOON)
    assert [feed.name for feed in db.read_now(feeds.list_feeds)] == ["all"]
    retired = db.read_now(feeds.find_feed, "islands")
    assert retired is not None
    assert (retired.retired, retired.entries) == (NOON, 3)
    db.write_now(feeds.upsert_feeds, ["all", "islands"], now=NOON)
    assert [feed.name for feed in db.read_now(feeds.list_feeds)] == ["all", "islands"]
