"""What `why` knows of one person: each issue, each attempt, what came back, and why nothing came."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from syndicate.audience.people import People
from syndicate.audience.suppression import suppress
from syndicate.deliver import send
from syndicate.deliver.history import History, WhyNot, find_history, why_not
from syndicate.model.catalogue import Catalogue
from syndicate.model.delivery import DeliveryState
from syndicate.model.subscriber import SubscriptionState, SuppressionReason
from syndicate.store import bounces, schema, subscriptions
from syndicate.store.bounces import Bounce
from syndicate.store.database import Database
from syndicate.store.past import Membership
from tests.builders import NOON, a_newsletter
from tests.deliver.sender import KEYRING, Hands, a_sending, add_issue, address
from tests.neighbours.smtp_server import Moment, SmtpServer, running

STATES = DeliveryState
HOUR = timedelta(hours=1)


def people(db: Database) -> People:
    letters = {"daily": a_newsletter(), "weekly": a_newsletter(name="weekly")}
    return People(db=db, catalogue=Catalogue(newsletters=letters), keyring=KEYRING, now=lambda: NOON)


async def history(db: Database, reader: int = 1) -> History:
    return await find_history(people(db), address(reader).upper())


async def send_to_one(db: Database, folder: Path, *answers: str) -> None:
    """An issue to the first reader, whom the relay answers like this, one attempt after the other."""
    clock, said = Hands(), iter(answers)

    def script(moment: Moment) -> str | None:
        return (next(said) or None) if moment.verb == "RCPT" else None

    issue_id = db.write_now(add_issue, readers=1)
    async with running(SmtpServer(script=script)) as server:
        sending = a_sending(db, server.relay(), folder, now=clock)
        for _ in answers:
            await send.send_issue(sending, issue_id)
            clock.now = await send.next_due(sending) or clock.now
        await sending.fleet.close()


async def test_each_attempt_is_told_with_time_relay_code_and_words(db: Database, tmp_path: Path) -> None:
    await send_to_one(db, tmp_path, "450 4.2.0 later", f"451 4.3.0 {address(1)} is busy", "")
    [event] = (await history(db)).deliveries
    assert (event.newsletter, event.number, event.state) == ("daily", 1, STATES.SENT)
    assert [(one.attempt, one.state, one.code) for one in event.tries] == [
        (1, STATES.DEFERRED, 450),
        (2, STATES.DEFERRED, 451),
        (3, STATES.SENT, 250),
    ]
    assert event.tries[1].reply == "RCPT: 4.3.0 address is busy"
    assert [one.at for one in event.tries] == [NOON, NOON + HOUR / 12, NOON + HOUR / 4]
    assert all(one.relay.startswith("127.0.0.1:") for one in event.tries)


async def test_what_was_accepted_at_once_is_one_attempt(db: Database, tmp_path: Path) -> None:
    await send_to_one(db, tmp_path, "")
    [event] = (await history(db)).deliveries
    assert [(one.attempt, one.state, one.code) for one in event.tries] == [(1, STATES.SENT, 250)]


async def test_what_waits_says_until_when(db: Database, tmp_path: Path) -> None:
    await send_to_one(db, tmp_path, "450 4.2.0 later")
    [event] = (await history(db)).deliveries
    assert (event.state, event.next_attempt) == (STATES.DEFERRED, NOON + HOUR / 12)


async def test_what_came_back_stands_with_its_issue(db: Database, tmp_path: Path) -> None:
    await send_to_one(db, tmp_path, "")
    report = {
        "received": NOON + HOUR,
        "kind": "bounce",
        "source": "verp",
        "provider": "",
        "subscriber_id": 1,
        "status": "5.2.2",
        "reason": "mailbox-full",
        "cls": "count",
        "diagnostic": "over quota",
        "vouched": True,
    }
    for event_id, issue_id in (("one", 1), ("two", None)):
        one = Bounce(**report | {"event_id": event_id, "issue_id": issue_id})  # type: ignore[arg-type]
        db.write_now(bounces.add_bounce, one)
    found = await history(db)
    [event] = found.deliveries
    assert [(one.reason, one.status, one.words) for one in event.returned] == [
        ("mailbox-full", "5.2.2", "over quota")
    ]
    assert len(found.returned) == 1


def begun(conn: Any, number: int) -> None:
    """An issue that began to be sent at noon of that day of March."""
    row = {"newsletter": "daily", "number": number, "state": "finished", "compiled": NOON}
    conn.execute(insert(schema.issues).values(**row, started=NOON + HOUR * number))


async def test_why_an_issue_was_not_meant_for_somebody_is_said(db: Database) -> None:
    def prepare(conn: Any) -> None:
        add_issue(conn, readers=3)
        for number in (2, 5):
            begun(conn, number)
        table = schema.subscriptions
        conn.execute(update(table).where(table.c.subscriber_id == 1).values(since=NOON + HOUR * 3))
        conn.execute(update(table).where(table.c.subscriber_id == 2).values(state="pending"))
        later = NOON + HOUR * 4
        subscriptions.end_subscription(conn, 3, "daily", now=later, reason="one-click")

    db.write_now(prepare)
    told = [
        [(one.number, one.why, one.when) for one in (await history(db, reader)).absences]
        for reader in (1, 2, 3)
    ]
    assert told == [
        [(5, WhyNot.NOT_THEN, None), (2, WhyNot.LATER, NOON + HOUR * 3)],
        [(5, WhyNot.UNCONFIRMED, None), (2, WhyNot.UNCONFIRMED, None)],
        [(5, WhyNot.LEFT, NOON + HOUR * 4), (2, WhyNot.NOT_THEN, None)],
    ]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"state": SubscriptionState.PENDING}, WhyNot.UNCONFIRMED),
        ({"since": NOON + HOUR}, WhyNot.LATER),
        ({"state": SubscriptionState.ENDED, "ended": NOON - HOUR}, WhyNot.LEFT),
        ({"state": SubscriptionState.ENDED, "ended": NOON + HOUR}, WhyNot.NOT_THEN),
        ({}, WhyNot.NOT_THEN),
    ],
)
def test_why_not_is_decided_by_the_subscription_at_that_moment(change: dict[str, Any], why: WhyNot) -> None:
    usual = {"newsletter": "daily", "state": SubscriptionState.ACTIVE, "since": NOON - HOUR}
    membership = Membership(**{"ended": None, "reason": ""} | usual | change)
    assert why_not(membership, NOON)[0] is why


async def test_subscriptions_and_suppression_are_told_with_their_dates(db: Database) -> None:
    db.write_now(add_issue, readers=1)
    await suppress(people(db), address(1), reason=SuppressionReason.COMPLAINT)
    db.write_now(subscriptions.end_subscription, 1, "daily", now=NOON, reason="one-click")
    found = await history(db)
    assert (found.suppressed, found.suppressed_since) == (SuppressionReason.COMPLAINT, NOON)
    assert [(one.newsletter, one.ended, one.reason) for one in found.memberships] == [
        ("daily", NOON, "one-click")
    ]
    assert found.others == ("weekly",)


async def test_a_stranger_has_no_history(db: Database) -> None:
    found = await history(db, 9)
    assert (found.known, found.deliveries, found.others) == (False, (), ("daily", "weekly"))
