"""Whoever was not reached in time is expired, also where nothing ran any more, and the operator is told."""

from datetime import timedelta
from pathlib import Path

import pytest

from syndicate.deliver import send
from syndicate.deliver.sending import Sending
from syndicate.model.catalogue import Catalogue
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.model.site import Site
from syndicate.store import deliveries, messages
from syndicate.store.batches import Hold
from syndicate.store.database import Database
from tests.builders import NOON, a_newsletter
from tests.deliver.sender import Hands, a_sending, add_issue, address
from tests.deliver.test_send import lose
from tests.neighbours.smtp_server import Moment, SmtpServer, running

STATES = DeliveryState
EXPIRES = NOON + a_newsletter().time_to_live


def a_sender(db: Database, folder: Path, server: SmtpServer, clock: Hands) -> Sending:
    catalogue = Catalogue(site=Site(contact="desk@courier.example"), newsletters={"daily": a_newsletter()})
    return a_sending(db, server.relay(), folder, now=clock, catalogue=catalogue)


def alerts(db: Database) -> list[str]:
    found = [db.read_now(messages.find_message, number) for number in (1, 2)]
    return [str(mail.data["what"]) for mail in found if mail]


@pytest.mark.parametrize("paused", [False, True])
async def test_whoever_waits_when_the_time_is_over_is_expired_by_the_sweep(
    db: Database, tmp_path: Path, paused: bool
) -> None:
    issue_id, clock = db.write_now(add_issue, readers=3), Hands()
    sending = a_sender(db, tmp_path, SmtpServer(port=1), clock)
    await send.start_issue(sending, issue_id)
    if paused:
        await send.pause(sending, issue_id, reason="the relay refuses us")
    clock.now = EXPIRES - timedelta(seconds=1)
    await send.sweep(sending)
    assert (await send.report(sending, issue_id)).tally == {STATES.QUEUED: 3}
    clock.now = EXPIRES
    for _ in range(2):
        await send.sweep(sending)
    report = await send.report(sending, issue_id)
    assert (report.state, report.tally) == (IssueState.FINISHED, {STATES.EXPIRED: 3})
    assert report.trouble == ""
    why = "It was paused: the relay refuses us" if paused else "Nothing sent it meanwhile"
    assert alerts(db) == [f"3 readers have not got it, and its time to live is over. {why}"]


async def test_whoever_was_put_off_until_the_end_is_expired_without_a_word(
    db: Database, tmp_path: Path
) -> None:
    def script(moment: Moment) -> str | None:
        return "450 4.2.0 later" if (moment.verb, moment.recipient) == ("RCPT", address(2)) else None

    issue_id, clock = db.write_now(add_issue, readers=2), Hands()
    async with running(SmtpServer(script=script)) as server:
        sending = a_sender(db, tmp_path, server, clock)
        await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    clock.now = EXPIRES
    await send.sweep(sending)
    report = await send.report(sending, issue_id)
    assert (report.state, report.tally) == (IssueState.FINISHED, {STATES.SENT: 1, STATES.EXPIRED: 1})
    [event] = db.read_now(deliveries.list_for_subscriber, 2)
    assert (event.changed, event.code) == (EXPIRES, 450)
    assert alerts(db) == []


async def test_what_a_dead_sender_held_is_expired_too_and_the_unknown_stay_unknown(
    db: Database, tmp_path: Path
) -> None:
    issue_id, clock = db.write_now(add_issue, readers=5), Hands()
    sending = a_sender(db, tmp_path, SmtpServer(port=1), clock)
    await send.start_issue(sending, issue_id)
    lose(db, issue_id, Hold(issue_id=issue_id, batch=0, owner="gone"))
    clock.now = EXPIRES
    await send.sweep(sending)
    report = await send.report(sending, issue_id)
    assert (report.state, report.tally) == (IssueState.FINISHED, {STATES.UNKNOWN: 3, STATES.EXPIRED: 2})
