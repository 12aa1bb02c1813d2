"""The delivery log: written behind the answers, bounded, and never lost where the database is only busy."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicate.errors import DatabaseBusy
from syndicate.partner.log import DeliveryLog, list_lines, record, record_push, sweep, uses_of
from syndicate.partner.usage import By, list_usage
from syndicate.store import partner_log, partner_receipts
from syndicate.store.connection import Connection
from syndicate.store.database import Database
from syndicate.store.partner_log import FETCH, PUSH, REFUSED, Handed
from syndicate.store.partner_receipts import Holding
from tests.builders import NOON
from tests.partner.desks import ITEM, Desk, desk_of, sha

ONE = Handed(partner="quay-radio", feed="all", form="atom", at=NOON, size=100)


@pytest.fixture
def desk(db: Database, tmp_path: Path) -> Desk:
    return desk_of(db, tmp_path)


class Hindered(Database):
    """A database that is busy while `busy` is set."""

    busy = True

    async def write(self, f, *args, **kwargs):  # type: ignore[no-untyped-def]
        if self.busy:
            raise DatabaseBusy("another process writes")
        return await super().write(f, *args, **kwargs)


def lines(db: Database) -> list[Handed]:
    return db.read_now(partner_log.list_deliveries, "quay-radio")


async def test_what_is_noted_is_written_within_a_second_by_itself(desk: Desk) -> None:
    written = asyncio.Event()

    class Told(DeliveryLog):
        async def flush(self) -> bool:
            done = await super().flush()
            written.set()
            return done

    log = Told(desk.db)
    log.note(ONE)
    await asyncio.wait_for(written.wait(), 30)
    assert lines(desk.db) == [ONE]
    await log.close()


async def test_closing_writes_what_is_left(desk: Desk) -> None:
    log = DeliveryLog(desk.db)
    log.note(ONE)
    log.note(replace(ONE, how=REFUSED))
    await log.close()
    assert lines(desk.db) == [ONE]
    [use] = desk.db.read_now(partner_log.list_uses)
    assert (use.fetched, use.refused, use.size, use.last) == (1, 1, 100, NOON)


async def test_a_busy_database_loses_nothing_and_beyond_its_room_the_oldest_goes(sqlite_url: str) -> None:
    db = Hindered(sqlite_url)
    log = DeliveryLog(db, room=3)
    log.note(replace(ONE, how=REFUSED))
    for size in range(5):
        log.note(replace(ONE, size=size))
    assert not await log.flush()
    assert log.awaits("quay-radio")
    assert not log.awaits("lighthouse")
    db.busy = False
    assert await log.flush()
    assert [one.size for one in lines(db)] == [4, 3, 2]
    assert sum(use.refused for use in db.read_now(partner_log.list_uses)) == 1
    await log.close()
    db.close()


def test_each_kind_of_answer_is_counted_apart() -> None:
    handed = [ONE, replace(ONE, status=226), replace(ONE, status=304, size=0), replace(ONE, how=PUSH)]
    [use] = uses_of(handed)
    assert (use.fetched, use.unchanged, use.pushed, use.size) == (2, 1, 1, 300)
    assert len(uses_of([ONE, replace(ONE, at=NOON + timedelta(days=1)), replace(ONE, form="rss")])) == 3


def test_a_push_is_logged_and_receipted_like_a_fetch(desk: Desk) -> None:
    desk.has_item()
    data = desk.publish(Holding(item_id=ITEM, revision=3))
    desk.db.write_now(record_push, replace(ONE, content=sha(data)))
    [line] = desk.db.read_now(list_lines, "quay-radio", item_id=ITEM)
    assert (line.how, line.revision, line.withdrawn) == (PUSH, 3, False)
    [receipt] = desk.db.read_now(partner_receipts.list_receipts)
    assert (receipt.partner, receipt.revision, receipt.got) == ("quay-radio", 3, NOON)


def test_the_log_is_asked_by_time_feed_and_item(desk: Desk) -> None:
    desk.has_item()
    data = desk.publish(Holding(item_id=ITEM, revision=1, withdrawn=True))
    other = replace(ONE, feed="ports", at=NOON + timedelta(days=1))
    desk.db.write_now(record, [replace(ONE, content=sha(data)), other])

    def feeds(**asked: object) -> list[str]:
        return [line.feed for line in desk.db.read_now(list_lines, "quay-radio", **asked)]  # type: ignore[arg-type]

    assert feeds() == ["ports", "all"]
    assert feeds(take=1) == ["ports"]
    assert feeds(since=NOON + timedelta(hours=1)) == ["ports"]
    assert feeds(feed="all") == ["all"]
    assert feeds(item_id=ITEM) == ["all"]
    assert desk.db.read_now(list_lines, "quay-radio", item_id=ITEM)[0].withdrawn is True
    assert desk.db.read_now(list_lines, "lighthouse") == []


def test_old_rows_go_and_the_counts_of_their_days_stay(desk: Desk) -> None:
    desk.has_item()
    unfetched = desk.publish(Holding(item_id=ITEM, revision=1))
    fetched = desk.publish(Holding(item_id=ITEM, revision=2))
    current = desk.publish(Holding(item_id=ITEM, revision=3))
    desk.db.write_now(record, [replace(ONE, content=sha(fetched))])

    def known() -> list[bool]:
        return [
            bool(desk.db.read_now(partner_receipts.list_told, sha(data)))
            for data in (unfetched, fetched, current)
        ]

    assert desk.db.write_now(sweep, now=NOON + timedelta(minutes=59)) == 0
    assert known() == [True, True, True]
    assert desk.db.write_now(sweep, now=NOON + timedelta(hours=2)) == 0
    assert known() == [False, True, True]
    assert desk.db.write_now(sweep, now=NOON + timedelta(days=401)) == 1
    assert known() == [False, False, True]
    assert lines(desk.db) == []
    [line] = desk.db.read_now(list_usage, By.DAY, since="2026-01-01")
    assert (line.key, line.requests, line.size) == ("2026-03-01", 1, 100)
    # What of the item the partner has is known for ever.
    assert len(desk.db.read_now(partner_receipts.list_receipts)) == 1


def test_counts_add_up_and_the_last_time_only_moves_on(desk: Desk) -> None:
    def write(conn: Connection) -> None:
        record(conn, [ONE, replace(ONE, at=NOON + timedelta(hours=1))])
        record(conn, [ONE])

    desk.db.write_now(write)
    [use] = desk.db.read_now(partner_log.list_uses, "quay-radio")
    assert (use.fetched, use.last) == (3, NOON + timedelta(hours=1))
    assert desk.db.read_now(partner_log.last_uses) == {"quay-radio": NOON + timedelta(hours=1)}
    assert {one.how for one in lines(desk.db)} == {FETCH}


def test_what_two_web_nodes_write_in_the_wrong_order_is_told_as_it_came(desk: Desk) -> None:
    desk.has_item()
    before = desk.publish(Holding(item_id=ITEM, revision=1))
    desk.clock.pass_(timedelta(seconds=1))
    desk.withdraw()
    after = desk.publish(Holding(item_id=ITEM, revision=1, withdrawn=True))
    first = replace(ONE, content=sha(before), at=NOON)
    second = replace(ONE, content=sha(after), at=NOON + timedelta(seconds=2))
    desk.db.write_now(record, [second])
    desk.db.write_now(record, [first])
    [receipt] = desk.db.read_now(partner_receipts.list_receipts, partner="quay-radio")
    assert (receipt.got, receipt.withdrawal) == (first.at, second.at)


# Writes so many fetches of two partners, one transaction each, in an order of its own.
WRITING = """
import sys
from dataclasses import replace
from datetime import timedelta
from syndicate.partner.log import record
from syndicate.store.database import Database
from tests.partner.test_log import ONE

url, content, first = sys.argv[1:]
db, partners = Database(url), ["quay-radio", "lighthouse"]
for number in range(30):
    at = ONE.at + timedelta(seconds=2 * number + int(first))
    order = partners if (number + int(first)) % 2 else partners[::-1]
    db.write_now(record, [replace(ONE, partner=one, content=content, at=at) for one in order])
db.close()
"""


def test_the_counts_and_receipts_of_several_processes_add_up(desk: Desk, database_url: str) -> None:
    desk.has_item()
    data = desk.publish(Holding(item_id=ITEM, revision=1))
    desk.publish(Holding(item_id=ITEM, revision=1), partner="lighthouse")
    commands = [[sys.executable, "-c", WRITING, database_url, sha(data), first] for first in "01"]
    running = [subprocess.Popen(command) for command in commands]
    assert [process.wait() for process in running] == [0, 0]
    uses = desk.db.read_now(partner_log.list_uses)
    assert {use.partner: (use.fetched, use.size) for use in uses} == {
        "lighthouse": (60, 6000),
        "quay-radio": (60, 6000),
    }
    receipts = desk.db.read_now(partner_receipts.list_receipts)
    assert sorted((one.partner, one.revision) for one in receipts) == [("lighthouse", 1), ("quay-radio", 1)]
