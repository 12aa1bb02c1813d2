"""Replays: old items come into a feed again, each as an entry of its own (requirement F2's exception)."""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from syndicate.model.feed import Feed, Mode, Order
from syndicate.model.job import Enqueue, Job
from syndicate.publish.feeds import Publishing, find
from syndicate.store import feeds, replays
from syndicate.store.connection import Connection
from syndicate.store.replays import Replayed
from syndicate.store.schedules import claim, set_outcome

REPLAYED, EMPTY = "replayed", "empty"
# A day that comes every year: what came less than this long ago had its turn.
A_YEAR = timedelta(days=300)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayReport:
    """How many old items came into a feed again."""

    feed: str
    replayed: int


async def replay_items(publishing: Publishing, name: str, *, occurrence: int) -> ReplayReport:
    """Let what is due enter the feed, once for each occurrence. Raises NotFound for an unknown feed."""
    feed = find(publishing.catalogue, name)
    count = await publishing.db.write(
        enter,
        feed,
        occurrence=occurrence,
        now=publishing.now(),
        mint=publishing.mint,
        enqueue=publishing.enqueue,
    )
    return ReplayReport(feed=name, replayed=count)


def enter(
    conn: Connection,
    feed: Feed,
    *,
    occurrence: int,
    now: datetime,
    mint: Callable[[], str],
    enqueue: Enqueue,
) -> int:
    """Replay what is due, and make the feed's publication a job, in the caller's transaction; how many."""
    if feed.mode is not Mode.REPLAY or not claim(conn, occurrence, outcome=REPLAYED):
        return 0
    feeds.make_known(conn, feed.name, mint=mint)
    chosen = _choose(conn, feed, now=now)
    if not chosen:
        set_outcome(conn, occurrence, outcome=EMPTY)
        return 0
    entries = [Replayed(entry_id=mint(), item_id=item_id) for item_id in chosen]
    replays.add_replays(conn, feed.name, entries, now=now)
    enqueue(conn, Job(name="feed.publish", args={"feed": feed.name}, key=f"feed.publish:{feed.name}"))
    return len(chosen)


def days_of(today: date) -> tuple[str, ...]:
    """The days (`MM-DD`) that are remembered today: 29 February on the 28th where the year has none."""
    days = [f"{today:%m-%d}"]
    if (today.month, today.day) == (2, 28) and not calendar.isleap(today.year):
        days.append("02-29")
    return tuple(days)


def _choose(conn: Connection, feed: Feed, *, now: datetime) -> list[str]:
    replay = feed.replay
    if replay.order is Order.OLDEST:
        return replays.list_oldest(conn, feed)
    today = now.astimezone(ZoneInfo(replay.cadence.zone)).date()
    return replays.list_on_days(conn, feed, days=days_of(today), year=today.year, since=now - A_YEAR)
