"""Those who were missed, and those who came since, get the issue once, however often that is asked for."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from syndicate.audience.suppression import address_hash
from syndicate.deliver import again, send
from syndicate.deliver.again import Who, Wish
from syndicate.deliver.ledger import read_ledger
from syndicate.deliver.sending import Sending
from syndicate.errors import OwnFault
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState, Uncertain
from syndicate.model.subscriber import SuppressionReason
from syndicate.store import deliveries, schema, subscribers, subscriptions, suppressions
from syndicate.store.batches import Progress
from syndicate.store.database import Database
from tests.builders import NOON, a_newsletter
from tests.deliver.sender import KEYRING, Hands, a_sending, add_issue, address
from tests.neighbours.smtp_server import Drop, Moment, SmtpServer, running

STATES = DeliveryState


async def expired(sending: Sending, clock: Hands, issue_id: int) -> None:
    """Try until the issue's time is over."""
    while (await send.send_issue(sending, issue_id)).state is IssueState.SENDING:
        clock.now = await send.next_due(sending) or clock.now


def unlucky(*whom: int) -> Any:
    """A server's script that puts these readers off."""

    def script(moment: Moment) -> str | None:
        late = moment.verb == "RCPT" and moment.recipient in {address(one) for one in whom}
        return "450 4.2.0 later" if late else None

    return script


def leave(conn: Any, *, ended: int, suppressed: int, wiped: int) -> None:
    """One unsubscribes, one complains, one is wiped."""
    subscriptions.end_subscription(conn, ended, "daily", now=NOON, reason="one-click")
    digest = address_hash(KEYRING, address(suppressed))
    suppressions.save_suppression(conn, digest, reason=SuppressionReason.COMPLAINT, now=NOON)
    subscribers.delete_subscriber(conn, wiped)


def subscribe(conn: Any, *people: int) -> None:
    """New readers of the daily."""
    rows = [{"id": n, "address": address(n), "address_key": address(n), "created": NOON} for n in people]
    conn.execute(insert(schema.subscribers), rows)
    active = {"newsletter": "daily", "state": "active", "since": NOON}
    conn.execute(insert(schema.subscriptions), [active | {"subscriber_id": n} for n in people])


async def test_whoever_was_missed_and_has_not_left_gets_it_once(db: Database, tmp_path: Path) -> None:
    issue_id = db.write_now(add_issue, readers=8)
    clock, wish = Hands(), Wish(issue_id=1, who=Who.MISSED)
    async with running(SmtpServer(script=unlucky(3, 4, 5, 6, 7))) as server:
        sending = a_sending(db, server.relay(), tmp_path, now=clock)
        await expired(sending, clock, issue_id)
        db.write_now(leave, ended=4, suppressed=5, wiped=6)
        server.script = lambda _: None
        assert (await again.count_more(sending, wish)).missed == {STATES.EXPIRED: 2}
        first, second = await asyncio.gather(again.send_more(sending, wish), again.send_more(sending, wish))
        assert {first.count, second.count} == {2, 0}
        report = await send.send_issue(sending, issue_id)
        assert (await again.send_more(sending, wish)).count == 0
        told = await read_ledger(sending, issue_id)
        await sending.fleet.close()
    assert report.state is IssueState.FINISHED
    assert report.tally == {STATES.SENT: 5, STATES.EXPIRED: 3}
    assert told.missing == 0
    assert server.recipients == sorted(address(n) for n in (1, 2, 3, 7, 8))


async def test_whoever_subscribed_since_gets_it_once(db: Database, tmp_path: Path) -> None:
    issue_id = db.write_now(add_issue, readers=2)
    wish = Wish(issue_id=issue_id, who=Who.NEW)
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(), tmp_path)
        await send.send_issue(sending, issue_id)
        db.write_now(subscribe, 3, 4, 5, 6)
        db.write_now(leave, ended=4, suppressed=5, wiped=6)
        more = await asyncio.gather(*(again.send_more(sending, wish) for _ in range(3)))
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert sorted(one.count for one in more) == [0, 0, 1]
    assert (report.state, report.candidates, report.tally) == (IssueState.FINISHED, 3, {STATES.SENT: 3})
    assert server.recipients == [address(1), address(2), address(3)]


async def test_the_issue_is_tried_for_another_time_to_live_and_then_finished(
    db: Database, tmp_path: Path
) -> None:
    issue_id = db.write_now(add_issue, readers=1)
    clock = Hands()
    async with running(SmtpServer(script=unlucky(1))) as server:
        sending = a_sending(db, server.relay(), tmp_path, now=clock)
        await expired(sending, clock, issue_id)
        clock.move(days=30)
        began = clock.now
        more = await again.send_more(sending, Wish(issue_id=issue_id, who=Who.MISSED))
        await expired(sending, clock, issue_id)
        report = await send.report(sending, issue_id)
        await sending.fleet.close()
    assert more.expires == clock.now == began + a_newsletter().time_to_live
    assert (report.state, report.tally) == (IssueState.FINISHED, {STATES.EXPIRED: 1})


@pytest.mark.parametrize(("unknown", "gets"), [(False, 0), (True, 1)])
async def test_the_unknown_count_as_missed_only_when_that_is_said(
    db: Database, tmp_path: Path, unknown: bool, gets: int
) -> None:
    def script(moment: Moment) -> None:
        if (moment.verb, moment.count) == ("DOT", 1):
            raise Drop

    issue_id = db.write_now(add_issue, readers=1)
    newsletter = a_newsletter(unknown=Uncertain.HOLD)
    async with running(SmtpServer(script=script)) as server:
        sending = a_sending(db, server.relay(), tmp_path, newsletter=newsletter)
        assert (await send.send_issue(sending, issue_id)).tally == {STATES.UNKNOWN: 1}
        more = await again.send_more(sending, Wish(issue_id=issue_id, who=Who.MISSED, unknown=unknown))
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert more.count == gets
    assert report.tally == {STATES.SENT if unknown else STATES.UNKNOWN: 1}
    assert report.was_unknown == 1


async def test_what_was_cancelled_half_way_can_go_to_the_others(db: Database, tmp_path: Path) -> None:
    issue_id = db.write_now(add_issue, readers=3)
    async with running(SmtpServer(script=unlucky(2))) as server:
        sending = a_sending(db, server.relay(), tmp_path)
        await send.send_issue(sending, issue_id)
        hold(db, issue_id)
        await send.cancel(sending, issue_id)
        server.script = lambda _: None
        more = await again.send_more(sending, Wish(issue_id=issue_id, who=Who.MISSED))
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert more.missed == {STATES.CANCELLED: 1}
    assert (report.state, report.tally) == (IssueState.FINISHED, {STATES.SENT: 3})


async def test_why_it_was_paused_before_it_was_cancelled_is_of_no_matter(
    db: Database, tmp_path: Path
) -> None:
    issue_id = db.write_now(add_issue, readers=3)
    async with running(SmtpServer(script=unlucky(2))) as server:
        sending = a_sending(db, server.relay(), tmp_path)
        await send.send_issue(sending, issue_id)
        hold(db, issue_id)
        assert await send.pause(sending, issue_id)
        assert await send.cancel(sending, issue_id)
        assert (await send.report(sending, issue_id)).trouble == ""
        # As a version before this one left it.
        db.write_now(
            lambda conn: conn.execute(schema.issues.update().values(paused_reason="by the operator"))
        )
        await again.send_more(sending, Wish(issue_id=issue_id, who=Who.MISSED))
        report = await send.report(sending, issue_id)
        await sending.fleet.close()
    assert (report.state, report.trouble) == (IssueState.SENDING, "")


def hold(db: Database, issue_id: int) -> None:
    """Give the issue an item, as every compiled one has."""
    row = {"newsletter": "daily", "issue_id": issue_id, "item_id": "x", "revision": 1, "section": "News"}
    db.write_now(lambda conn: conn.execute(insert(schema.issue_items), [row | {"position": 0}]))


async def test_an_issue_that_is_paused_stays_so(db: Database, tmp_path: Path) -> None:
    issue_id = db.write_now(add_issue, readers=2)
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(), tmp_path)
        await send.start_issue(sending, issue_id)
        await send.pause(sending, issue_id)
        db.write_now(subscribe, 3)
        more = await again.send_more(sending, Wish(issue_id=issue_id, who=Who.NEW))
        assert (await send.send_issue(sending, issue_id)).tally == {STATES.QUEUED: 3}
        await send.resume(sending, issue_id)
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert (more.count, more.paused) == (1, True)
    assert report.tally == {STATES.SENT: 3}


async def test_nobody_comes_twice_while_the_issue_is_being_sent(db: Database, tmp_path: Path) -> None:
    """Newcomers and missed ones are asked for at every commit of a running send."""
    issue_id = db.write_now(add_issue, readers=12)
    newcomers = iter(range(13, 25))

    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(connections=2), tmp_path)

        async def ask(moment: Moment) -> None:
            one = next(newcomers, None) if moment.verb == "RCPT" else None
            if one:
                await db.write(subscribe, one)
                for who in Who:
                    await again.send_more(sending, Wish(issue_id=issue_id, who=who))

        server.gate = ask
        await send.send_issue(sending, issue_id)
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert report.tally == {STATES.SENT: 24}
    assert report.candidates == 24
    assert server.recipients == sorted(address(n) for n in range(1, 25))


def test_why_an_issue_may_go_to_nobody_else_is_said() -> None:
    def told(state: IssueState, who: Who, **change: Any) -> str:
        progress = Progress(id=1, newsletter="daily", number=3, state=state, candidates=1, expires=None)
        return again.refusal(progress, who, **{"holds_items": True} | change)

    assert "has not been sent yet" in told(IssueState.COMPILED, Who.NEW)
    assert "was cancelled" in told(IssueState.CANCELLED, Who.NEW)
    assert "before anybody got it" in told(IssueState.CANCELLED, Who.MISSED, holds_items=False)
    assert "withdrawn (6f1f)" in told(IssueState.FINISHED, Who.MISSED, withdrawn=["6f1f"])
    assert told(IssueState.CANCELLED, Who.MISSED) == ""
    for state in (IssueState.SENDING, IssueState.PAUSED, IssueState.FINISHED):
        assert [told(state, who) for who in Who] == ["", ""]


async def test_an_issue_that_nobody_was_sent_yet_is_refused(sqlite_db: Database, tmp_path: Path) -> None:
    issue_id = sqlite_db.write_now(add_issue, readers=1)
    sending = a_sending(sqlite_db, SmtpServer(port=1).relay(), tmp_path)
    with pytest.raises(OwnFault, match="has not been sent yet"):
        await again.send_more(sending, Wish(issue_id=issue_id, who=Who.NEW))


async def test_batches_are_no_larger_than_the_settings_say(sqlite_db: Database, tmp_path: Path) -> None:
    issue_id = sqlite_db.write_now(add_issue, readers=2)
    sending = a_sending(sqlite_db, SmtpServer(port=1).relay(), tmp_path)
    await send.start_issue(sending, issue_id)
    sqlite_db.write_now(subscribe, *range(3, 1203))
    assert (await again.send_more(sending, Wish(issue_id=issue_id, who=Who.NEW))).count == 1200
    rows = sqlite_db.read_now(deliveries.list_deliveries, issue_id)
    numbers = sqlite_db.read_now(lambda conn: list(conn.scalars(select(schema.deliveries.c.batch))))
    assert len(rows) == 1202
    assert max(numbers.count(number) for number in set(numbers)) == sending.settings.batch
