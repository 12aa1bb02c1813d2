"""A fair share: of each issue a few batches wait at a time, so that a small one goes on beside a big one."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from syndicate.app import Post
from syndicate.deliver import send, sharing
from syndicate.deliver.sending import Sending
from syndicate.deliver.sharing import WINDOW
from syndicate.model.catalogue import Catalogue
from syndicate.model.newsletter import IssueState
from syndicate.model.site import DeliverySettings, Relay
from syndicate.schedule.runner import Pace, Runner
from syndicate.store import batches
from syndicate.store.batches import Hold
from syndicate.store.database import Database
from syndicate.store.jobs import lease_jobs
from syndicate.store.schema import issues, jobs
from tests.builders import NOON, a_newsletter
from tests.deliver.sender import Hands, a_sending, add_issue
from tests.neighbours.smtp_server import SmtpServer, running

NOBODY = Relay(host="127.0.0.1", port=9)
ONE_EACH = DeliverySettings(batch=1)


def a_newsroom(db: Database, folder: Path, *, relay: Relay = NOBODY, breaking: bool = False) -> Sending:
    """Who sends a batch for each reader, and enqueues."""
    clock = Hands()
    letters = [a_newsletter(breaking=breaking), a_newsletter(name="weekly", list_id="weekly.courier.example")]
    return a_sending(
        db,
        relay,
        folder,
        now=clock,
        catalogue=Catalogue(newsletters={one.name: one for one in letters}),
        settings=ONE_EACH,
        enqueue=Post(clock),
    )


def waiting(db: Database) -> list[int]:
    """The batches whose jobs wait, in the order in which they are done."""
    order = jobs.c.priority.desc(), jobs.c.due, jobs.c.id
    found = select(jobs.c.args).where(jobs.c.state == "waiting").order_by(*order)
    return [args["batch"] for args in db.read_now(lambda conn: list(conn.scalars(found)))]


def put_off(db: Database, wait: timedelta) -> None:
    """All jobs wait for a later time, as when their relay is away."""
    db.write_now(lambda conn: conn.execute(update(jobs).values(due=NOON + wait)))


def begin(sending: Sending, issue_id: int, batch: int) -> None:
    """A job is taken, and the batch with it."""
    sending.db.write_now(lease_jobs, owner="one", now=NOON, limit=1, lease=timedelta(seconds=60))
    hold = Hold(issue_id=issue_id, batch=batch, owner=sending.mint())
    assert sending.db.write_now(sharing.lease_batch, sending, hold) is not None


async def test_of_an_issue_only_so_many_batches_wait_at_a_time(db: Database, tmp_path: Path) -> None:
    issue_id, sending = db.write_now(add_issue, readers=20), a_newsroom(db, tmp_path)
    await send.start_issue(sending, issue_id)
    assert waiting(db) == list(range(WINDOW))


async def test_a_batch_that_begins_lets_the_next_one_wait_behind_all_others(
    db: Database, tmp_path: Path
) -> None:
    issue_id, sending = db.write_now(add_issue, readers=20), a_newsroom(db, tmp_path)
    await send.start_issue(sending, issue_id)
    begin(sending, issue_id, 0)
    assert waiting(db) == list(range(1, WINDOW + 1))


async def test_whoever_begins_late_fills_what_others_took(db: Database, tmp_path: Path) -> None:
    issue_id, sending = db.write_now(add_issue, readers=20), a_newsroom(db, tmp_path)
    await send.start_issue(sending, issue_id)
    db.write_now(lambda conn: conn.execute(delete(jobs).where(jobs.c.id > 2)))
    begin(sending, issue_id, 0)
    assert waiting(db) == list(range(1, WINDOW + 1))


async def test_a_small_issue_is_sent_beside_a_large_one(db: Database, tmp_path: Path) -> None:
    order = []
    async with running(SmtpServer()) as server:
        sending = a_newsroom(db, tmp_path, relay=server.relay())
        large = db.write_now(add_issue, readers=40)
        small = db.write_now(add_issue, readers=4, newsletter="weekly", first=100)

        async def work(name: str, args: Mapping[str, Any]) -> None:
            order.append(args["issue"])
            assert await send.send_batch(sending, args["issue"], args["batch"]) is not None

        await send.start_issue(sending, large)
        await send.start_issue(sending, small)
        one_by_one = Pace(concurrency=1, most={})
        await Runner(db, work, owner="one", now=sending.now, pace=one_by_one).run_due()
    assert sorted(order) == [large] * 40 + [small] * 4
    assert max(place for place, issue in enumerate(order) if issue == small) < WINDOW + 2 * 4


async def test_a_sweep_lets_batches_wait_whose_jobs_were_lost(db: Database, tmp_path: Path) -> None:
    issue_id, sending = db.write_now(add_issue, readers=20), a_newsroom(db, tmp_path)
    await send.start_issue(sending, issue_id)
    db.write_now(lambda conn: conn.execute(delete(jobs)))
    assert await send.sweep(sending) == WINDOW
    assert await send.sweep(sending) == 0


async def test_a_sweep_does_not_wait_for_the_job_of_a_worker_that_died(db: Database, tmp_path: Path) -> None:
    issue_id, sending = db.write_now(add_issue, readers=3), a_newsroom(db, tmp_path)
    await send.start_issue(sending, issue_id)
    db.write_now(lease_jobs, owner="dead", now=NOON, limit=2, lease=timedelta(seconds=60))
    assert waiting(db) == [2]
    assert await send.sweep(sending) == 2
    assert waiting(db) == [2, 0, 1]


async def test_whoever_was_put_off_has_another_turn_when_the_last_ones_wait(
    db: Database, tmp_path: Path
) -> None:
    issue_id, sending = db.write_now(add_issue, readers=12), a_newsroom(db, tmp_path)
    await send.start_issue(sending, issue_id)
    db.write_now(lambda conn: conn.execute(delete(jobs)))
    assert db.write_now(sharing.let_wait, sending, issue_id, after=8) == WINDOW
    # In the order of their numbers, as everybody enqueues them: else two could wait for one another.
    assert waiting(db) == [0, 1, 2, 3, 4, 9, 10, 11]


async def test_batches_that_were_put_off_hold_no_place_until_they_are_nearly_due(
    db: Database, tmp_path: Path
) -> None:
    issue_id, sending = db.write_now(add_issue, readers=20), a_newsroom(db, tmp_path)
    await send.start_issue(sending, issue_id)
    put_off(db, timedelta(seconds=4))
    assert db.write_now(sharing.let_wait, sending, issue_id) == 0
    put_off(db, timedelta(minutes=15))
    assert db.write_now(sharing.let_wait, sending, issue_id) == WINDOW
    assert waiting(db) == [*range(WINDOW, 2 * WINDOW), *range(WINDOW)]


async def test_where_every_batch_is_put_off_not_all_are_tried(db: Database, tmp_path: Path) -> None:
    issue_id, sending = db.write_now(add_issue, readers=sharing.MOST + 3), a_newsroom(db, tmp_path)
    await send.start_issue(sending, issue_id)
    while len(waiting(db)) < sharing.MOST:
        put_off(db, timedelta(minutes=15))
        assert db.write_now(sharing.let_wait, sending, issue_id) == WINDOW
    put_off(db, timedelta(minutes=15))
    assert db.write_now(sharing.let_wait, sending, issue_id) == 0


async def test_of_a_paused_issue_nothing_waits(db: Database, tmp_path: Path) -> None:
    issue_id, sending = db.write_now(add_issue, readers=3), a_newsroom(db, tmp_path)
    await send.start_issue(sending, issue_id)
    db.write_now(lambda conn: conn.execute(delete(jobs)))
    await send.pause(sending, issue_id)
    assert db.write_now(sharing.let_wait, sending, issue_id) == 0
    await send.resume(sending, issue_id)
    assert waiting(db) == [0, 1, 2]


@pytest.mark.parametrize(("breaking", "first"), [(False, "daily"), (True, "daily"), (True, "weekly")])
async def test_breaking_news_go_before_what_comes_every_day(
    db: Database, tmp_path: Path, breaking: bool, first: str
) -> None:
    sending = a_newsroom(db, tmp_path, breaking=breaking)
    daily = db.write_now(add_issue, readers=2)
    weekly = db.write_now(add_issue, readers=2, newsletter="weekly", first=100)
    for issue_id in (daily, weekly) if first == "daily" else (weekly, daily):
        await send.start_issue(sending, issue_id)
    order = select(jobs.c.args).order_by(jobs.c.priority.desc(), jobs.c.due, jobs.c.id)
    found = [args["issue"] for args in db.read_now(lambda conn: list(conn.scalars(order)))]
    assert found == [daily, daily, weekly, weekly]


async def test_an_issue_that_is_over_asks_for_no_jobs(db: Database, tmp_path: Path) -> None:
    issue_id, sending = db.write_now(add_issue, readers=3), a_newsroom(db, tmp_path)
    await send.start_issue(sending, issue_id)
    over = update(issues).values(state=IssueState.FINISHED.value)
    db.write_now(lambda conn: (conn.execute(over), conn.execute(delete(jobs))))
    assert db.read_now(batches.list_due_issues, NOON) == []
    assert db.write_now(sharing.let_all_wait, sending) == 0
