"""The ledger accounts for everybody at every moment, and says what each state means."""

import asyncio
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicate.deliver import ledger, send
from syndicate.deliver.again import Who, Wish, send_more
from syndicate.deliver.ledger import Ledger, expected_end, read_ledger, reasons, shares
from syndicate.deliver.send import IssueReport
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.model.site import DeliverySettings
from syndicate.store import bounces, deliveries, subscribers, subscriptions
from syndicate.store.database import Database
from syndicate.store.ledger import Said
from tests.builders import NOON
from tests.deliver.sender import Hands, a_sending, add_issue, address
from tests.deliver.test_again import subscribe
from tests.neighbours.smtp_server import Drop, Moment, SmtpServer, running

STATES = DeliveryState
READERS = 60


class Weather:
    """A relay in a bad mood, and people who come and go: each moment is another, the same for each seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._moods = [None] * 12 + ["450 4.2.0 later", "550 5.1.1 nobody here", Drop]

    def __call__(self, moment: Moment) -> str | None:
        """The server's script."""
        if moment.verb not in ("RCPT", "DOT"):
            return None
        mood = self._chance.choice(self._moods)
        if mood is Drop:
            raise Drop
        return mood

    async def disturb(self, db: Database, sending: Any, number: int) -> None:
        """Something happens beside the send."""
        reader, act = self._chance.randint(1, READERS), self._chance.randrange(7)
        if act == 0:
            await db.write(subscriptions.end_subscription, reader, "daily", now=NOON, reason="one-click")
        elif act == 1:
            await db.write(subscribers.delete_subscriber, reader)
        elif act == 2:
            await db.write(bounces.mark_bounced, 1, reader, now=NOON)
        elif act == 3:
            await send.pause(sending, 1)
        elif act == 4:
            await db.write(subscribe, READERS + number)
            await send_more(sending, Wish(issue_id=1, who=Who.NEW))
        else:
            await send.resume(sending, 1)


@pytest.mark.parametrize("seed", range(3))
async def test_everybody_is_accounted_for_at_every_moment(db: Database, tmp_path: Path, seed: int) -> None:
    issue_id, clock, weather = db.write_now(add_issue, readers=READERS), Hands(), Weather(seed)
    settings = DeliverySettings(batch=20, group=8)
    seen: list[Ledger] = []
    async with running(SmtpServer(script=weather)) as server:
        sending = a_sending(db, server.relay(connections=3), tmp_path, now=clock, settings=settings)
        await send.start_issue(sending, issue_id)

        async def look() -> None:
            for number in range(1, 40):
                seen.append(await read_ledger(sending, issue_id))
                await weather.disturb(db, sending, number)

        async def go() -> None:
            while (report := await send.send_issue(sending, issue_id)).state is not IssueState.FINISHED:
                if report.state is IssueState.PAUSED:
                    await send.resume(sending, issue_id)
                else:
                    clock.now = max(clock.now, await send.next_due(sending) or clock.now)

        await asyncio.gather(go(), look())
        seen.append(await read_ledger(sending, issue_id))
        await sending.fleet.close()
    assert {one.missing for one in seen} == {0}
    assert all(sum(one.count for one in told.standings) == told.report.candidates for told in seen)
    assert all(sum(one.count for one in told.domains) == told.report.candidates for told in seen)
    assert len({tuple((one.state, one.count) for one in told.standings) for told in seen}) > 3


async def test_while_it_is_sent_speed_and_end_are_told(db: Database, tmp_path: Path) -> None:
    issue_id, clock = db.write_now(add_issue, readers=12), Hands()

    def script(moment: Moment) -> str | None:
        clock.move(seconds=1 if moment.verb == "DOT" else 0)
        return "450 4.2.0 later" if moment.verb == "RCPT" and moment.recipient == address(12) else None

    async with running(SmtpServer(script=script)) as server:
        sending = a_sending(db, server.relay(connections=1), tmp_path, now=clock)
        await send.send_issue(sending, issue_id)
        told = await read_ledger(sending, issue_id)
        await sending.fleet.close()
    assert told.speed == pytest.approx(1.0)
    assert told.expected_end is None
    assert told.next_try is not None
    assert told.expires == NOON + timedelta(days=2)
    assert [(one.state, one.code, one.words, one.count) for one in told.reasons] == [
        (STATES.DEFERRED, 450, "RCPT: 4.2.0 later", 1)
    ]


def test_the_end_is_expected_when_the_last_of_those_who_wait_is_sent() -> None:
    assert expected_end(120, 2.0, NOON) == NOON + timedelta(minutes=1)
    assert expected_end(0, 2.0, NOON) is None
    assert expected_end(120, 0.0, NOON) is None


def test_replies_that_differ_by_a_number_of_the_servers_are_one_reason() -> None:
    def said(reply: str, count: int = 1) -> Said:
        return Said(state=STATES.REFUSED, code=550, reply=reply, count=count)

    found = reasons(
        [
            said("RCPT: 5.1.1 no such user g1-20020a170902d 12345678.9", 2),
            said("RCPT: 5.1.1 no such user h7-20920b1709aab 99345678.1"),
            said("RCPT: 5.7.1 no such user"),
        ]
    )
    assert [(one.words, one.count) for one in found] == [
        ("RCPT: 5.1.1 no such user … …", 3),
        ("RCPT: 5.7.1 no such user", 1),
    ]


def test_the_largest_domains_come_first_and_the_rest_is_told_as_one() -> None:
    counts = {f"d{number}.example": {STATES.SENT: number} for number in range(1, 6)}
    found = shares(counts, most=3)
    assert [(one.name, one.count) for one in found] == [("d5.example", 5), ("d4.example", 4), ("others", 6)]
    assert len(shares(counts, most=5)) == 5


@pytest.mark.parametrize("state", list(DeliveryState))
def test_every_state_says_what_it_means(state: DeliveryState) -> None:
    report = IssueReport(
        issue_id=1, newsletter="daily", number=3, state=IssueState.FINISHED, candidates=4, tally={state: 4}
    )
    [told] = ledger.standings(report, again=0)
    assert (told.count, bool(told.means)) == (4, True)
    wanted = {
        STATES.EXPIRED: "syndicate issue send daily/3 --missed",
        STATES.CANCELLED: "syndicate issue send daily/3 --missed",
        STATES.UNKNOWN: "syndicate issue send daily/3 --missed --unknown",
        STATES.REFUSED: "syndicate issue report daily/3 --state refused",
    }
    assert wanted.get(state, "") in told.remedy


def test_whoever_is_sent_to_once_more_needs_nobody() -> None:
    report = IssueReport(
        issue_id=1,
        newsletter="daily",
        number=3,
        state=IssueState.SENDING,
        candidates=2,
        tally={STATES.UNKNOWN: 2},
    )
    [waits], [stays] = (ledger.standings(report, again=again) for again in (2, 1))
    assert waits.remedy == "it is sent once more by itself"
    assert "--unknown" in stays.remedy


async def test_a_recipient_that_no_state_accounts_for_is_told(db: Database, tmp_path: Path) -> None:
    issue_id = db.write_now(add_issue, readers=3)
    sending = a_sending(db, SmtpServer(port=1).relay(), tmp_path)
    await send.start_issue(sending, issue_id)
    table = deliveries.deliveries
    await db.write(lambda conn: conn.execute(table.delete().where(table.c.subscriber_id == 2)))
    assert (await read_ledger(sending, issue_id)).missing == 1
