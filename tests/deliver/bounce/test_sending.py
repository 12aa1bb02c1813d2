"""What comes back while we send, and what is refused at once (requirements S3, B4)."""

from pathlib import Path
from typing import Any

from syndicate.audience.suppression import address_hash
from syndicate.deliver import send
from syndicate.deliver.bounce.applying import apply_reports
from syndicate.deliver.bounce.report import Report
from syndicate.deliver.sending import Sending
from syndicate.deliver.turn import TELLING
from syndicate.model.delivery import DeliveryState as States
from syndicate.model.site import DeliverySettings
from syndicate.model.subscriber import SuppressionReason
from syndicate.store import bounces, deliveries, suppressions
from syndicate.store.database import Database
from tests.builders import NOON
from tests.deliver.bounce.returned import a_complaint, a_report, add_sent, an_arrival, signed
from tests.deliver.sender import KEYRING, Hands, a_sending, address
from tests.neighbours.smtp_server import Moment, SmtpServer, running


def came_back(conn: Any, sending: Sending, *told: tuple[str, Report]) -> None:
    for number, (sender, report) in enumerate(told):
        arrival = an_arrival(sender, event_id=f"mail {number}")
        apply_reports(conn, sending, [report], arrival=arrival, now=NOON)


def next_issue(conn: Any) -> int:
    """The same readers' next issue, compiled and not sent."""
    issue = add_sent(conn, more=True)
    conn.exec_driver_sql(f"DELETE FROM deliveries WHERE issue_id = {issue}")
    conn.exec_driver_sql(f"UPDATE issues SET state = 'compiled' WHERE id = {issue}")
    return issue


async def test_bounces_in_the_middle_of_a_send_are_honoured(db: Database, tmp_path: Path) -> None:
    """Reader 19 is gone by an earlier issue, reader 18 complains; reader 1's own message bounces."""
    earlier = db.write_now(add_sent, readers=20)
    issue = db.write_now(next_issue)
    quiet = a_sending(db, SmtpServer().relay(), tmp_path)

    def script(moment: Moment) -> None:
        if (moment.verb, moment.count) == ("DOT", 2):
            told = (
                (signed(earlier, 19), a_report()),
                (signed(earlier, 18), a_complaint()),
                (signed(issue, 1), a_report()),
            )
            db.write_now(came_back, quiet, *told)

    async with running(SmtpServer(script=script)) as server:
        settings = DeliverySettings(batch=20, group=4)
        sending = a_sending(db, server.relay(connections=2), tmp_path, settings=settings)
        report = await send.send_issue(sending, issue)
        await sending.fleet.close()
    assert report.tally == {States.SENT: 17, States.BOUNCED: 1, States.SUPPRESSED: 1, States.SKIPPED: 1}
    assert not {address(18), address(19)} & set(server.recipients)
    assert db.read_now(deliveries.list_deliveries, issue)[0].state is States.BOUNCED


async def test_an_address_that_the_relay_calls_gone_is_suppressed_at_once(
    db: Database, tmp_path: Path
) -> None:
    def script(moment: Moment) -> str | None:
        answers = {address(2): "550 5.1.1 no such user", address(3): "550 5.7.1 we do not like you"}
        return answers.get(moment.recipient) if moment.verb == "RCPT" else None

    db.write_now(add_sent, readers=4)
    issue = db.write_now(next_issue)
    async with running(SmtpServer(script=script)) as server:
        sending = a_sending(db, server.relay(), tmp_path, now=Hands())
        report = await send.send_issue(sending, issue)
        await sending.fleet.close()
    assert report.tally == {States.SENT: 2, States.REFUSED: 2}
    digests = {number: address_hash(KEYRING, address(number)) for number in (1, 2, 3, 4)}
    found = db.read_now(suppressions.find_suppressed, digests.values())
    assert found == {digests[2]: SuppressionReason.ADDRESS_GONE}
    (kept,) = db.read_now(bounces.list_bounces)
    assert (kept.source, kept.subscriber_id, kept.applied) == ("smtp-reply", 2, "suppressed")


async def test_a_relay_that_calls_everybody_unknown_suppresses_few(db: Database, tmp_path: Path) -> None:
    def script(moment: Moment) -> str | None:
        unknown = "550 5.1.1 User unknown in local recipient table"
        return unknown if moment.verb == "RCPT" else None

    db.write_now(add_sent, readers=60)
    issue = db.write_now(next_issue)
    async with running(SmtpServer(script=script)) as server:
        settings = DeliverySettings(group=4)
        sending = a_sending(db, server.relay(connections=2), tmp_path, settings=settings)
        report = await send.send_issue(sending, issue)
        await sending.fleet.close()
    assert report.tally == {States.REFUSED: 60}
    assert len(db.read_now(suppressions.list_suppressions)) < TELLING
