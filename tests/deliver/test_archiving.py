"""An issue of long ago leaves the database for a file, and is accounted for as before."""

import asyncio
import hashlib
import json
import os
import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard
from sqlalchemy import Connection, func, select, text

from syndicate.audience.people import People
from syndicate.deliver import archiving, send
from syndicate.deliver.again import Who, Wish, count_more
from syndicate.deliver.archiving import Shelf, Tidied, archive_ended, archive_issue
from syndicate.deliver.history import find_history
from syndicate.deliver.ledger import Ledger, list_people, read_ledger
from syndicate.deliver.sending import Sending
from syndicate.errors import OwnFault, StorageFull
from syndicate.model.catalogue import Catalogue
from syndicate.model.delivery import DeliveryState
from syndicate.model.site import DeliverySettings
from syndicate.store import bounces, database, deliveries, schema
from syndicate.store.archives import find_archived, list_unremoved
from syndicate.store.database import Database
from syndicate.store.partitions import Place, find_place, prepare_partitions
from tests.builders import a_newsletter
from tests.deliver.sender import KEYRING, Hands, a_sending, add_issue, address
from tests.neighbours.smtp_server import Moment, SmtpServer, running

KEPT = timedelta(days=100)
SETTINGS = DeliverySettings(batch=5, group=4, keep=KEPT)
# So many that their domain is kept by its name.
READERS = 24


def moody(moment: Moment) -> str | None:
    """The second reader is gone, and the third has to wait once."""
    if moment.verb != "RCPT":
        return None
    return {address(2): f"550 5.1.1 <{address(2)}> unknown", address(3): "450 4.2.0 later"}.get(
        moment.recipient
    )


async def send_all(db: Database, folder: Path, clock: Hands) -> Sending:
    issue_id = db.write_now(add_issue, readers=READERS)
    async with running(SmtpServer(script=moody)) as server:
        sending = a_sending(db, server.relay(), folder, now=clock, settings=SETTINGS)
        await send.send_issue(sending, issue_id)
        clock.move(days=3)
        await send.sweep(sending)
        await send.send_due(sending, issue_id)
        await sending.fleet.close()
    return sending


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    folder = tmp_path / "archive"
    folder.mkdir()
    return Shelf(folder=folder, host=socket.gethostname())


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
async def sending(db: Database, tmp_path: Path, clock: Hands) -> Sending:
    """After an issue to all its readers is over."""
    return await send_all(db, tmp_path, clock)


def lines(shelf: Shelf) -> list[dict[str, Any]]:
    with (shelf.folder / "deliveries-1.jsonl.zst").open("rb") as file:
        data = zstandard.ZstdDecompressor().stream_reader(file).read()
    return [json.loads(line) for line in data.splitlines()]


def rows_left(conn: Connection) -> int:
    counts = (select(func.count()).where(table.c.issue_id == 1) for table in TABLES)
    return sum(conn.scalars(query).one() for query in counts)


TABLES = (schema.deliveries, schema.attempts, schema.batches)


def told_alike(one: Ledger) -> Ledger:
    """An account without what only tells that it is archived."""
    stand = tuple(replace(each, remedy="") for each in one.standings)
    return replace(one, archived="", standings=stand)


async def test_an_issue_stays_for_as_long_as_it_is_to_be_kept(
    sending: Sending, shelf: Shelf, clock: Hands
) -> None:
    clock.move(days=99)
    assert await archive_ended(sending, shelf) == Tidied(archived=0, removed=0)
    assert list(shelf.folder.iterdir()) == []


async def test_an_archived_issue_is_accounted_for_as_before(
    sending: Sending, shelf: Shelf, clock: Hands
) -> None:
    before = await read_ledger(sending, 1)
    clock.move(days=101)
    assert await archive_ended(sending, shelf) == Tidied(archived=1, removed=1)
    after = await read_ledger(sending, 1)
    assert told_alike(after) == told_alike(before)
    assert after.missing == 0
    assert "archive/deliveries-1.jsonl.zst" in after.archived
    assert {one.remedy for one in after.standings} == {""}
    assert sending.db.read_now(rows_left) == 0
    assert await archive_ended(sending, shelf) == Tidied(archived=0, removed=0)


async def test_its_file_has_everybody_every_attempt_and_no_address(
    sending: Sending, shelf: Shelf, clock: Hands
) -> None:
    clock.move(days=101)
    await archive_ended(sending, shelf)
    head, *rest = lines(shelf)
    assert head == {"issue": 1, "newsletter": "daily", "number": 1, "subject": "Tide"}
    people = [one for one in rest if one["of"] == "deliveries"]
    assert [one["subscriber_id"] for one in people] == list(range(1, READERS + 1))
    assert people[1]["state"] == "refused"
    assert {one["subscriber_id"] for one in rest if one["of"] == "attempts"} == {2, 3}
    assert "@" not in json.dumps(rest)
    path = shelf.folder / "deliveries-1.jsonl.zst"
    kept = sending.db.read_now(find_archived, 1)
    assert kept is not None
    assert (kept.size, kept.sha256) == (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
    assert (kept.deliveries, kept.attempts) == (READERS, len(rest) - READERS)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in shelf.folder.iterdir()] == [path.name]


async def test_nobody_gets_an_archived_issue_again(sending: Sending, shelf: Shelf, clock: Hands) -> None:
    clock.move(days=101)
    await archive_ended(sending, shelf)
    for who in Who:
        with pytest.raises(OwnFault, match=r"daily/1 goes to nobody else.*deliveries-1\.jsonl\.zst"):
            await count_more(sending, Wish(issue_id=1, who=who))


async def test_who_stood_in_a_state_is_said_to_be_in_the_file(
    sending: Sending, shelf: Shelf, clock: Hands
) -> None:
    clock.move(days=101)
    await archive_ended(sending, shelf)
    with pytest.raises(OwnFault, match=r"no longer in the database: archive/deliveries-1\.jsonl\.zst"):
        await list_people(sending, 1, DeliveryState.REFUSED)


async def test_why_says_where_older_issues_are_and_not_that_they_never_came(
    sending: Sending, shelf: Shelf, clock: Hands
) -> None:
    clock.move(days=101)
    await archive_ended(sending, shelf)
    people = People(
        db=sending.db, catalogue=Catalogue(newsletters={"daily": a_newsletter()}), keyring=KEYRING, now=clock
    )
    found = await find_history(people, address(2))
    assert (found.deliveries, found.absences, found.subscriber_id) == ((), (), 2)
    assert [(one.newsletter, one.number, one.file) for one in found.archived] == [
        ("daily", 1, "deliveries-1.jsonl.zst")
    ]


async def test_what_changes_while_its_file_is_written_waits_for_the_next_time(
    sending: Sending, shelf: Shelf, clock: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.move(days=101)
    begun = sending.db.read_now(archiving._write, 1, shelf=shelf, now=clock())
    assert begun is not None
    sending.db.write_now(bounces.mark_bounced, 1, 1, now=clock())
    assert not sending.db.write_now(archiving._settle, begun)
    assert list(shelf.folder.iterdir()) == []
    assert sending.db.read_now(find_archived, 1) is None
    assert await archive_issue(sending, shelf, 1)
    assert (await read_ledger(sending, 1)).report.tally[DeliveryState.BOUNCED] == 1


async def test_who_comes_late_with_a_file_changes_nothing(
    sending: Sending, shelf: Shelf, clock: Hands
) -> None:
    clock.move(days=101)
    late = sending.db.read_now(archiving._write, 1, shelf=shelf, now=clock())
    assert late is not None
    clock.move(hours=1)
    assert await archive_issue(sending, shelf, 1)
    # Whatever is in the late one, it is not what was noted.
    late.part.write_bytes(b"late")
    assert not sending.db.write_now(archiving._settle, late)
    assert not await archive_issue(sending, shelf, 1)
    kept = sending.db.read_now(find_archived, 1)
    assert kept is not None
    path = shelf.folder / "deliveries-1.jsonl.zst"
    assert kept.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert list(shelf.folder.iterdir()) == [path]
    assert sending.db.read_now(archiving._write, 1, shelf=shelf, now=clock()) is None


async def test_what_a_killed_process_left_of_a_file_goes(
    sending: Sending, shelf: Shelf, clock: Hands
) -> None:
    clock.move(days=101)
    drafts = [sending.db.read_now(archiving._write, 1, shelf=shelf, now=clock()) for _ in range(2)]
    left, underway = [one.part for one in drafts if one is not None]
    for part, ago in ((left, 61), (underway, 59)):
        written = (clock() - timedelta(minutes=ago)).timestamp()
        os.utime(part, (written, written))
    await archive_ended(sending, shelf)
    assert sorted(shelf.folder.iterdir()) == [shelf.folder / "deliveries-1.jsonl.zst", underway]


@pytest.mark.parametrize("data", [b"other", None], ids=["damaged", "gone"])
async def test_nothing_is_removed_while_its_file_is_not_as_it_was_written(
    sending: Sending, shelf: Shelf, clock: Hands, data: bytes | None
) -> None:
    clock.move(days=101)
    await archive_issue(sending, shelf, 1)
    path, left = shelf.folder / "deliveries-1.jsonl.zst", sending.db.read_now(rows_left)
    good = path.read_bytes()
    path.unlink()
    if data:
        path.write_bytes(data)
    assert await archive_ended(sending, shelf) == Tidied(archived=0, removed=0)
    assert (sending.db.read_now(rows_left), sending.db.read_now(list_unremoved)) == (left, [1])
    path.write_bytes(good)
    assert await archive_ended(sending, shelf) == Tidied(archived=0, removed=1)


async def test_domains_with_few_readers_are_not_kept_by_name(
    sending: Sending, shelf: Shelf, clock: Hands
) -> None:
    clock.move(days=101)
    own = text("UPDATE subscribers SET address_key = 'reader@own' || id || '.example' WHERE id IN (2, 4, 5)")
    sending.db.write_now(lambda conn: conn.execute(own))
    await archive_issue(sending, shelf, 1)
    kept = sending.db.read_now(find_archived, 1)
    assert kept is not None
    assert kept.counts["domains"] == {
        "readers.example": {"sent": READERS - 4, "expired": 1},
        "others": {"sent": 2, "refused": 1},
    }


async def test_an_issue_that_is_being_sent_is_not_archived(
    db: Database, tmp_path: Path, shelf: Shelf, clock: Hands
) -> None:
    issue_id = db.write_now(add_issue, readers=3)
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(), tmp_path, now=clock, settings=SETTINGS)
        await send.start_issue(sending, issue_id)
        clock.move(days=500)
        assert not await archive_issue(sending, shelf, issue_id)
        assert await archive_ended(sending, shelf) == Tidied(archived=0, removed=0)
        await sending.fleet.close()


async def test_a_folder_that_cannot_be_written_removes_nothing(
    sending: Sending, shelf: Shelf, clock: Hands
) -> None:
    clock.move(days=101)
    left = sending.db.read_now(rows_left)
    with pytest.raises(StorageFull, match="nothing was removed"):
        await archive_ended(sending, replace(shelf, folder=shelf.folder / "missing"))
    assert sending.db.read_now(rows_left) == left
    assert await archive_ended(sending, shelf) == Tidied(archived=1, removed=1)


async def test_a_removal_that_was_broken_off_is_taken_up(
    sending: Sending, shelf: Shelf, clock: Hands
) -> None:
    clock.move(days=101)
    assert await archive_issue(sending, shelf, 1)
    assert sending.db.read_now(list_unremoved) == [1]
    assert sending.db.read_now(rows_left) > 0
    assert (await read_ledger(sending, 1)).missing == 0
    assert await archive_ended(sending, shelf) == Tidied(archived=0, removed=1)
    assert (sending.db.read_now(rows_left), sending.db.read_now(list_unremoved)) == (0, [])


async def test_kept_for_ever_is_kept(sending: Sending, shelf: Shelf, clock: Hands) -> None:
    clock.move(days=4000)
    forever = replace(sending, settings=replace(SETTINGS, keep=timedelta.max))
    assert await archive_ended(forever, shelf) == Tidied(archived=0, removed=0)


@pytest.fixture
async def on_postgres(postgres_url: str, tmp_path: Path, clock: Hands) -> Any:
    db = Database(postgres_url)
    yield await send_all(db, tmp_path, clock)
    db.close()


async def test_a_partition_goes_while_others_are_being_sent_and_read(
    on_postgres: Sending, postgres_url: str, shelf: Shelf, clock: Hands
) -> None:
    """Who holds it for a moment is waited for, and who comes meanwhile waits for nobody."""
    db, clock_now = on_postgres.db, clock
    clock_now.move(days=101)
    await archive_issue(on_postgres, shelf, 1)
    db.write_now(prepare_partitions, [2])
    change = text("UPDATE deliveries SET state = 'sent' WHERE issue_id = 2")
    hasty = Database(f"{postgres_url}&options=-clock_timeout%3D1000")

    def meanwhile(conn: Connection) -> None:
        # A send of another issue that has begun, and goes on after the partition has gone.
        conn.execute(change)
        hasty.write_now(prepare_partitions, [3])
        hasty.read_now(deliveries.tally, 2)

    db.write_now(meanwhile)
    assert await archive_ended(on_postgres, shelf) == Tidied(archived=0, removed=1)
    assert db.read_now(find_place, 1) is Place.NONE
    assert db.read_now(find_place, 2) is Place.ATTACHED
    hasty.close()


async def test_an_archiving_beside_another_of_the_same_issue_leaves_it_alone(
    on_postgres: Sending, shelf: Shelf, clock: Hands
) -> None:
    clock.move(days=101)
    db = on_postgres.db

    def write_twice(conn: Connection) -> None:
        assert archiving._write(conn, 1, shelf=shelf, now=clock()) is not None
        assert db.read_now(archiving._write, 1, shelf=shelf, now=clock()) is None

    db.read_now(write_twice)


async def test_where_one_partition_waits_the_others_wait_with_it_until_the_next_hour(
    on_postgres: Sending, shelf: Shelf, clock: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_SECONDS", 1)
    db = on_postgres.db
    second = db.write_now(add_issue, readers=3, newsletter="weekly", first=READERS + 1)
    async with running(SmtpServer()) as server:
        weekly = a_sending(
            db, server.relay(), tmp_path, now=clock, settings=SETTINGS, newsletter=a_newsletter(name="weekly")
        )
        await send.send_issue(weekly, second)
        await weekly.fleet.close()
    clock.move(days=101)
    for issue_id in (1, second):
        assert await archive_issue(on_postgres, shelf, issue_id)

    def back_up(conn: Connection) -> None:
        conn.execute(text("LOCK TABLE deliveries, deliveries_1, deliveries_2 IN ACCESS SHARE MODE"))
        assert asyncio.run(archive_ended(on_postgres, shelf)) == Tidied(archived=0, removed=0)
        assert [db.read_now(find_place, one) for one in (1, second)] == [Place.LEAVING, Place.ATTACHED]

    await asyncio.to_thread(db.read_now, back_up)
    assert await archive_ended(on_postgres, shelf) == Tidied(archived=0, removed=2)
