"""What becomes of every recipient, whatever the relay says and whoever interferes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select, update

from syndicate.audience.suppression import address_hash
from syndicate.deliver import send
from syndicate.deliver.envelope import Letter
from syndicate.deliver.sending import GRACE, Compose, Sending
from syndicate.errors import LeaseLost, NotFound
from syndicate.model.delivery import DeliveryState, Recipient
from syndicate.model.job import Job
from syndicate.model.newsletter import Issue, IssueState, Uncertain
from syndicate.model.site import DeliverySettings
from syndicate.model.subscriber import SuppressionReason
from syndicate.schedule.runner import Pace
from syndicate.store import batches, deliveries, jobs, schema, subscribers, subscriptions, suppressions
from syndicate.store.batches import Hold
from syndicate.store.database import Database
from tests.builders import NOON, a_newsletter
from tests.deliver.sender import KEYRING, Hands, Plain, a_sending, add_issue, address
from tests.neighbours.smtp_server import Drop, Moment, Script, SmtpServer, running

STATES = DeliveryState
SMALL = DeliverySettings(batch=10, group=4)


def at(verb: str, answer: str | type[Exception], *, who: int | None = None) -> Script:
    """A script that answers one verb always the same, or only for one recipient."""

    def script(moment: Moment) -> str | None:
        if moment.verb != verb or (who is not None and moment.recipient != address(who)):
            return None
        if isinstance(answer, type):
            raise answer
        return answer

    return script


def states(db: Database) -> dict[int, DeliveryState]:
    return {row.subscriber_id: row.state for row in db.read_now(deliveries.list_deliveries, 1)}


async def send_all(
    db: Database, folder: Path, server: SmtpServer, *, readers: int = 12, connections: int = 3, **change: Any
) -> send.IssueReport:
    """Send a fresh issue as far as it goes at once."""
    issue_id = db.write_now(add_issue, readers=readers)
    async with running(server):
        sending = a_sending(db, server.relay(connections=connections), folder, **change)
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert sum(report.tally.values()) == report.candidates == readers
    return report


async def test_everybody_gets_the_issue_once(db: Database, tmp_path: Path) -> None:
    issue_id = db.write_now(add_issue, readers=25)
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(connections=3), tmp_path, settings=SMALL)
        report = await send.send_issue(sending, issue_id)
        again = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert report == again
    assert report.tally == {STATES.SENT: 25}
    assert report.candidates == 25
    assert report.state == IssueState.FINISHED
    assert server.recipients == sorted(address(n) for n in range(1, 26))
    assert not list(sending.journal_dir.iterdir())


async def test_an_issue_without_readers_is_finished_at_once(db: Database, tmp_path: Path) -> None:
    report = await send_all(db, tmp_path, SmtpServer(), readers=0)
    assert report.state == IssueState.FINISHED
    assert report.tally == {}


async def test_an_issue_that_does_not_exist_is_told(sqlite_db: Database, tmp_path: Path) -> None:
    sending = a_sending(sqlite_db, SmtpServer(port=1).relay(), tmp_path)
    with pytest.raises(NotFound):
        await send.start_issue(sending, 7)


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize(
    "code", ["450 4.2.0 greylisted", "451 4.3.0 later", "452 4.3.1 no room", "421 4.3.2 bye"]
)
async def test_a_passing_no_defers_that_recipient_alone(
    sqlite_db: Database, tmp_path: Path, verb: str, code: str
) -> None:
    def script(moment: Moment) -> str | None:
        # A connection in use that is closed before the dot is tried on a fresh one: that is closed too.
        twice = code.startswith("421") and verb != "DOT"
        return code if moment.verb == verb and moment.count in ({4, 5} if twice else {4}) else None

    report = await send_all(sqlite_db, tmp_path, SmtpServer(script=script), connections=1)
    assert report.tally == {STATES.SENT: 11, STATES.DEFERRED: 1}
    assert report.state == IssueState.SENDING


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        ("RCPT", "550 5.1.1 unknown"),
        ("RCPT", "550 5.7.1 not wanted"),
        ("DOT", "554 5.6.0 no"),
        ("DOT", "552 full"),
    ],
)
async def test_a_definite_no_refuses_that_recipient_alone(
    sqlite_db: Database, tmp_path: Path, verb: str, code: str
) -> None:
    report = await send_all(sqlite_db, tmp_path, SmtpServer(script=at(verb, code, who=5)))
    assert report.tally == {STATES.SENT: 11, STATES.REFUSED: 1}
    assert states(sqlite_db)[5] == STATES.REFUSED
    assert report.state == IssueState.FINISHED


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        ("MAIL", "530 5.7.0 authenticate"),
        ("MAIL", "553 5.1.8 sender unknown"),
        ("RCPT", "554 5.7.1 relay access denied"),
        ("DOT", "550 5.7.26 not signed"),
        ("DOT", "552 5.3.4 too big"),
        ("CONNECT", "554 5.7.1 you are listed"),
    ],
)
async def test_a_no_that_is_about_us_pauses_the_issue(
    sqlite_db: Database, tmp_path: Path, verb: str, code: str
) -> None:
    report = await send_all(sqlite_db, tmp_path, SmtpServer(script=at(verb, code)))
    assert report.tally == {STATES.QUEUED: 12}
    assert report.state == IssueState.PAUSED
    assert code.split()[0] in report.paused_reason


async def test_a_single_reader_refused_for_policy_pauses_too(sqlite_db: Database, tmp_path: Path) -> None:
    server = SmtpServer(script=at("RCPT", "554 5.7.1 relay access denied"))
    report = await send_all(sqlite_db, tmp_path, server, readers=1)
    assert report.state == IssueState.PAUSED
    assert report.tally == {STATES.QUEUED: 1}


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("RCPT", f"550 5.1.1 <{address(1)}>: unknown"),
        ("MAIL", f"450 4.1.8 {address(1)} may not write"),
        ("MAIL", f"553 5.1.8 <{address(1)}> may not write"),
        ("RCPT", f"554 5.7.1 <{address(1)}>: relay access denied"),
        ("CONNECT", f"554 5.7.1 {address(1)} is listed"),
        ("CONNECT", f"421 4.7.0 {address(1)} has had enough"),
        ("DOT", f"the mail for {address(1)}"),
    ],
)
async def test_nothing_that_is_kept_names_an_address(
    sqlite_db: Database, tmp_path: Path, verb: str, answer: str
) -> None:
    issue_id = sqlite_db.write_now(add_issue, readers=1)
    async with running(SmtpServer(script=at(verb, answer))) as server:
        sending = a_sending(sqlite_db, server.relay(), tmp_path)
        await send.start_issue(sending, issue_id)
        done = await send.send_batch(sending, issue_id, 0)
        await sending.fleet.close()
    (delivery,) = sqlite_db.read_now(deliveries.list_deliveries, issue_id)
    progress = sqlite_db.read_now(batches.find_progress, issue_id)
    assert done is not None
    told = f"{delivery.reply} {progress.paused_reason} {done.stopped}"
    assert "address" in told
    assert "@" not in told


class Broken(Plain):
    """Fails for one reader, or with reader 0 for the issue as a whole, as only an error of ours does."""

    def __init__(self, reader: int) -> None:
        super().__init__()
        self._reader = reader

    def issue(self, issue: Issue) -> Compose:
        """Compose for one issue."""
        if not self._reader:
            raise KeyError("subject")
        compose = super().issue(issue)

        def compose_or_fail(recipient: Recipient) -> Letter:
            if recipient.subscriber_id == self._reader:
                raise KeyError(recipient.address)
            return compose(recipient)

        return compose_or_fail


@pytest.mark.parametrize(("reader", "sent"), [(0, 0), (3, 2)])
async def test_a_letter_that_cannot_be_made_pauses_the_issue(
    sqlite_db: Database, tmp_path: Path, reader: int, sent: int
) -> None:
    report = await send_all(
        sqlite_db, tmp_path, SmtpServer(), readers=6, connections=1, compositor=Broken(reader)
    )
    assert report.state == IssueState.PAUSED
    assert "KeyError" in report.paused_reason
    assert report.tally.get(STATES.SENT, 0) == sent
    assert report.tally[STATES.QUEUED] == 6 - sent


async def test_a_paused_issue_goes_on_when_the_relay_is_mended(db: Database, tmp_path: Path) -> None:
    issue_id = db.write_now(add_issue, readers=12)
    async with running(SmtpServer(script=at("MAIL", "530 5.7.0 authenticate"))) as server:
        sending = a_sending(db, server.relay(), tmp_path)
        await send.send_issue(sending, issue_id)
        server.script = lambda _: None
        assert (await send.send_issue(sending, issue_id)).state == IssueState.PAUSED
        assert await send.resume(sending, issue_id)
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert report.tally == {STATES.SENT: 12}
    assert report.state == IssueState.FINISHED
    assert report.paused_reason == ""


async def test_a_lost_reply_is_unknown_and_asked_for_once_more(sqlite_db: Database, tmp_path: Path) -> None:
    issue_id = sqlite_db.write_now(add_issue, readers=3)
    clock = Hands()
    async with running(SmtpServer(script=at("DOT", Drop, who=2))) as server:
        sending = a_sending(sqlite_db, server.relay(connections=1), tmp_path, now=clock)
        tallies = []
        for _ in range(3):
            report = await send.send_issue(sending, issue_id)
            tallies.append((report.tally.get(STATES.UNKNOWN), report.state, server.verbs["DOT"]))
            clock.move(hours=1)
    assert tallies == [
        (1, IssueState.SENDING, 3),
        (1, IssueState.FINISHED, 4),
        (1, IssueState.FINISHED, 4),
    ]
    assert report.was_unknown == 1


async def test_a_careful_newsletter_never_sends_the_unknown_again(
    sqlite_db: Database, tmp_path: Path
) -> None:
    server = SmtpServer(script=at("DOT", Drop, who=2))
    newsletter = a_newsletter(unknown=Uncertain.HOLD)
    report = await send_all(sqlite_db, tmp_path, server, readers=3, connections=1, newsletter=newsletter)
    assert report.tally == {STATES.SENT: 2, STATES.UNKNOWN: 1}
    assert report.state == IssueState.FINISHED


async def test_the_deferred_are_tried_until_the_issue_expires(db: Database, tmp_path: Path) -> None:
    issue_id = db.write_now(add_issue, readers=2)
    clock = Hands()
    server = SmtpServer(script=at("RCPT", "450 4.2.0 greylisted", who=1))
    async with running(server):
        sending = a_sending(db, server.relay(), tmp_path, now=clock)
        tries = []
        while (report := await send.send_issue(sending, issue_id)).state == IssueState.SENDING:
            due = await send.next_due(sending)
            assert due is not None
            tries.append((due - clock.now).total_seconds() / 60)
            clock.now = due
        await sending.fleet.close()
    assert tries[:7] == [5, 10, 20, 40, 80, 160, 240]
    assert (clock.now - NOON).total_seconds() / 3600 == 48
    assert report.tally == {STATES.SENT: 1, STATES.EXPIRED: 1}
    assert report.state == IssueState.FINISHED


async def test_a_relay_that_is_down_costs_nobody_an_attempt(sqlite_db: Database, tmp_path: Path) -> None:
    issue_id = sqlite_db.write_now(add_issue, readers=12)
    clock = Hands()
    server = SmtpServer()
    async with running(server):
        pass
    sending = a_sending(sqlite_db, server.relay(), tmp_path, now=clock)
    waits = []
    for _ in range(3):
        report = await send.send_issue(sending, issue_id)
        due = await send.next_due(sending)
        assert due is not None
        waits.append((due - clock.now).total_seconds() / 60)
        clock.now = due
    assert waits == [5, 10, 20]
    assert report.tally == {STATES.QUEUED: 12}
    assert {row.attempt for row in sqlite_db.read_now(deliveries.list_deliveries, issue_id)} == {0}


async def test_fewer_connections_than_asked_for_are_enough(sqlite_db: Database, tmp_path: Path) -> None:
    def script(moment: Moment) -> str | None:
        return "421 4.7.0 too many connections" if moment.verb == "CONNECT" and moment.session > 2 else None

    report = await send_all(sqlite_db, tmp_path, SmtpServer(script=script), connections=6, readers=30)
    assert report.tally == {STATES.SENT: 30}


async def test_a_server_that_closes_after_some_messages_defers_nobody(
    sqlite_db: Database, tmp_path: Path
) -> None:
    def script(moment: Moment) -> str | None:
        return "421 4.7.0 enough" if moment.verb == "MAIL" and moment.served >= 3 else None

    report = await send_all(sqlite_db, tmp_path, SmtpServer(script=script), connections=2, readers=20)
    assert report.tally == {STATES.SENT: 20}


async def test_a_connection_serves_only_its_share(sqlite_db: Database, tmp_path: Path) -> None:
    issue_id = sqlite_db.write_now(add_issue, readers=10)
    async with running(SmtpServer()) as server:
        relay = server.relay(connections=1, messages_per_connection=4)
        sending = a_sending(sqlite_db, relay, tmp_path)
        await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert server.sessions == 3
    assert server.commands.count("QUIT") == 3


async def test_there_are_never_more_connections_than_allowed(sqlite_db: Database, tmp_path: Path) -> None:
    issue_id = sqlite_db.write_now(add_issue, readers=60)
    async with running(SmtpServer()) as server:
        sending = a_sending(sqlite_db, server.relay(connections=3), tmp_path, settings=SMALL)
        await send.start_issue(sending, issue_id)
        await asyncio.gather(*(send.send_batch(sending, issue_id, batch) for batch in range(6)))
        await sending.fleet.close()
    assert server.most_sessions <= 3
    assert len(server.accepted) == 60


async def test_somebody_who_leaves_in_the_middle_gets_nothing(db: Database, tmp_path: Path) -> None:
    """Those who leave are in later groups: one unsubscribes, one is suppressed, one is wiped (E4, S3)."""
    issue_id = db.write_now(add_issue, readers=20)

    def leave(conn: Any) -> None:
        subscriptions.end_subscription(conn, 18, "daily", now=NOON, reason="one-click")
        digest = address_hash(KEYRING, address(19))
        suppressions.save_suppression(conn, digest, reason=SuppressionReason.COMPLAINT, now=NOON)
        subscribers.delete_subscriber(conn, 20)

    def script(moment: Moment) -> None:
        if (moment.verb, moment.count) == ("DOT", 2):
            db.write_now(leave)

    async with running(SmtpServer(script=script)) as server:
        settings = DeliverySettings(batch=20, group=4)
        sending = a_sending(db, server.relay(connections=2), tmp_path, settings=settings)
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert report.tally == {STATES.SENT: 17, STATES.SKIPPED: 2, STATES.SUPPRESSED: 1}
    assert not {address(18), address(19), address(20)} & set(server.recipients)


async def test_somebody_who_leaves_while_the_relay_dawdles_gets_nothing(
    sqlite_db: Database, tmp_path: Path
) -> None:
    """The whole batch is leased at once here; the second look takes out who has left since."""
    issue_id = sqlite_db.write_now(add_issue, readers=6)
    async with running(SmtpServer()) as server:
        sending = a_sending(sqlite_db, server.relay(connections=1), tmp_path)
        gate = Gate(server, "DOT", 2)
        task = asyncio.create_task(send.send_issue(sending, issue_id))
        await gate.reached.wait()
        await sqlite_db.write(subscriptions.end_subscription, 6, "daily", now=NOON, reason="one-click")
        await until(lambda: gate.looked_again(sqlite_db))
        gate.open.set()
        report = await task
        await sending.fleet.close()
    assert report.tally == {STATES.SENT: 5, STATES.SKIPPED: 1}


class Gate:
    """Holds the server's answer at a verb until it is opened."""

    def __init__(self, server: SmtpServer, verb: str, count: int, *, beside: "Gate | None" = None) -> None:
        self.reached, self.open = asyncio.Event(), asyncio.Event()
        self._verb, self._count, self._beside = verb, count, beside
        server.gate = self.wait

    async def wait(self, moment: Moment) -> None:
        """Called by the server before it answers."""
        if self._beside is not None:
            await self._beside.wait(moment)
        if (moment.verb, moment.count) == (self._verb, self._count):
            self.reached.set()
            await self.open.wait()

    def looked_again(self, db: Database) -> bool:
        """Whether a later turn has recorded that somebody was left out."""
        return STATES.SKIPPED in states(db).values()


async def until(true: Callable[[], bool]) -> None:
    """Come back when something has become true."""
    while not true():  # noqa: ASYNC110 - the database tells nobody of a change
        await asyncio.sleep(0.01)


async def two_batches(
    db: Database, folder: Path, server: SmtpServer
) -> tuple[Sending, Gate, "list[asyncio.Task[Any]]"]:
    """Batches of ten over one connection: the first holds it, the second has leased all its readers."""
    issue_id = db.write_now(add_issue, readers=20)
    sending = a_sending(db, server.relay(connections=1), folder, settings=DeliverySettings(batch=10))
    gate = Gate(server, "DOT", 1)
    await send.start_issue(sending, issue_id)
    first = asyncio.create_task(send.send_batch(sending, issue_id, 0))
    await gate.reached.wait()
    second = asyncio.create_task(send.send_batch(sending, issue_id, 1))
    await until(lambda: {states(db)[n] for n in range(11, 21)} == {STATES.LEASED})
    return sending, gate, [first, second]


async def test_somebody_who_leaves_while_there_is_no_connection_gets_nothing(
    db: Database, tmp_path: Path
) -> None:
    async with running(SmtpServer()) as server:
        sending, gate, tasks = await two_batches(db, tmp_path, server)
        for reader in (11, 20):
            await db.write(subscriptions.end_subscription, reader, "daily", now=NOON, reason="one-click")
        await until(lambda: states(db)[20] == STATES.SKIPPED)
        gate.open.set()
        await asyncio.gather(*tasks)
        report = await send.report(sending, 1)
        await sending.fleet.close()
    assert report.tally == {STATES.SENT: 18, STATES.SKIPPED: 2}
    assert not {address(11), address(20)} & set(server.recipients)


async def test_a_report_says_why_the_job_of_a_batch_broke_and_when_it_is_tried_again(
    sqlite_db: Database, tmp_path: Path
) -> None:
    def enqueue(conn: Any, job: Job) -> None:
        jobs.enqueue(conn, job, now=NOON)

    issue_id = sqlite_db.write_now(add_issue, readers=2)
    sending = a_sending(sqlite_db, SmtpServer(port=1).relay(), tmp_path, enqueue=enqueue)
    await send.start_issue(sending, issue_id)
    assert (await send.report(sending, issue_id)).trouble == ""
    later = {"owner": "one", "now": NOON}
    [job] = sqlite_db.write_now(jobs.lease_jobs, limit=1, lease=timedelta(minutes=1), **later)
    due = NOON + timedelta(minutes=5)
    sqlite_db.write_now(jobs.postpone_job, job.id, due=due, error="the template is broken", **later)
    report = await send.report(sending, issue_id)
    assert (report.state, report.trouble, report.again) == (IssueState.SENDING, "the template is broken", due)


@pytest.mark.parametrize("stop", [send.pause, send.cancel])
async def test_an_issue_that_stops_while_there_is_no_connection_goes_to_nobody_else(
    db: Database, tmp_path: Path, stop: Callable[[Sending, int], Awaitable[bool]]
) -> None:
    async with running(SmtpServer()) as server:
        sending, gate, tasks = await two_batches(db, tmp_path, server)
        assert await stop(sending, 1)
        # It ends although the one connection is not to be had.
        await asyncio.wait(tasks[1:], timeout=10)
        await told_of_stop(db, sending)
        gate.open.set()
        await asyncio.gather(*tasks)
        report = await send.report(sending, 1)
        await sending.fleet.close()
    assert server.recipients == [address(1)]
    assert report.tally == {STATES.SENT: 1, STATES.QUEUED if stop is send.pause else STATES.CANCELLED: 19}


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
async def test_somebody_who_leaves_before_the_relay_answers_gets_nothing(
    sqlite_db: Database, tmp_path: Path, verb: str
) -> None:
    issue_id = sqlite_db.write_now(add_issue, readers=6)
    async with running(SmtpServer()) as server:
        sending = a_sending(sqlite_db, server.relay(connections=1), tmp_path)
        gate = Gate(server, verb, 2)
        task = asyncio.create_task(send.send_issue(sending, issue_id))
        await gate.reached.wait()
        for reader in (2, 6):
            await sqlite_db.write(
                subscriptions.end_subscription, reader, "daily", now=NOON, reason="one-click"
            )
        await until(lambda: gate.looked_again(sqlite_db))
        gate.open.set()
        report = await task
        await sending.fleet.close()
    assert report.tally == {STATES.SENT: 4, STATES.SKIPPED: 2}
    assert server.recipients == [address(n) for n in (1, 3, 4, 5)]


async def test_an_issue_paused_before_the_relay_answers_goes_to_nobody(db: Database, tmp_path: Path) -> None:
    issue_id = db.write_now(add_issue, readers=6)
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(connections=2), tmp_path)
        gate = Gate(server, "RCPT", 2)
        other = Gate(server, "RCPT", 1, beside=gate)
        task = asyncio.create_task(send.send_issue(sending, issue_id))
        await asyncio.gather(gate.reached.wait(), other.reached.wait())
        assert await send.pause(sending, issue_id)
        await told_of_stop(db, sending)
        gate.open.set()
        other.open.set()
        report = await task
        await sending.fleet.close()
    assert not server.accepted
    assert report.tally == {STATES.QUEUED: 6}
    assert {row.attempt for row in db.read_now(deliveries.list_deliveries, issue_id)} == {0}


async def told_of_stop(db: Database, sending: Sending) -> None:
    """Come back when the run of the first batch knows: its second turn from now begins after the first."""
    clock = cast(Hands, sending.now)
    for _ in range(2):
        clock.move(seconds=10)
        await until(lambda: leased_until(db) == clock.now + timedelta(minutes=2))


def leased_until(db: Database) -> datetime | None:
    first = select(schema.batches.c.leased_until).where(schema.batches.c.number == 0)
    return db.read_now(lambda conn: conn.scalar(first))


async def test_one_reader_takes_one_connection(sqlite_db: Database, tmp_path: Path) -> None:
    server = SmtpServer()
    await send_all(sqlite_db, tmp_path, server, readers=1, connections=8)
    assert server.sessions == 1


async def test_a_paused_issue_stops_after_what_is_under_way(db: Database, tmp_path: Path) -> None:
    issue_id = db.write_now(add_issue, readers=10)
    async with running(SmtpServer()) as server:
        settings = DeliverySettings(group=2)
        sending = a_sending(db, server.relay(connections=1), tmp_path, settings=settings)
        gate = Gate(server, "DOT", 3)
        task = asyncio.create_task(send.send_issue(sending, issue_id))
        await gate.reached.wait()
        assert await send.pause(sending, issue_id)
        gate.open.set()
        report = await task
        assert report.state == IssueState.PAUSED
        assert report.tally[STATES.SENT] < 10
        assert set(report.tally) == {STATES.SENT, STATES.QUEUED}
        await send.resume(sending, issue_id)
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert report.tally == {STATES.SENT: 10}
    assert len(server.accepted) == 10


async def test_a_cancelled_issue_goes_to_nobody_else(db: Database, tmp_path: Path) -> None:
    issue_id = db.write_now(add_issue, readers=20)
    async with running(SmtpServer()) as server:
        settings = DeliverySettings(batch=10, group=4)
        sending = a_sending(db, server.relay(connections=1), tmp_path, settings=settings)
        gate = Gate(server, "DOT", 3)
        task = asyncio.create_task(send.send_issue(sending, issue_id))
        await gate.reached.wait()
        assert await send.cancel(sending, issue_id)
        gate.open.set()
        report = await task
        assert not await send.cancel(sending, issue_id)
        assert not await send.resume(sending, issue_id)
        await sending.fleet.close()
    assert report.state == IssueState.CANCELLED
    assert set(report.tally) == {STATES.SENT, STATES.CANCELLED}
    assert report.tally[STATES.SENT] == len(server.accepted) < 10


@pytest.mark.parametrize(("grace", "known"), [(30.0, True), (0.05, False)])
async def test_a_cancelled_sender_leaves_nothing_half_done(
    db: Database, tmp_path: Path, grace: float, known: bool
) -> None:
    """It waits for replies that are due; what stays unanswered is unknown, the rest queued (S3, SIGTERM)."""
    issue_id = db.write_now(add_issue, readers=10)
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(connections=2), tmp_path, grace=grace)
        gate = Gate(server, "DOT", 5)
        task = asyncio.create_task(send.send_issue(sending, issue_id))
        await gate.reached.wait()
        task.cancel()
        if known:
            gate.open.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        gate.open.set()
        tally = await db.read(deliveries.tally, issue_id)
        assert set(tally) <= {STATES.SENT, STATES.QUEUED} if known else tally[STATES.UNKNOWN] == 1
        assert STATES.LEASED not in tally
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert report.tally == {STATES.SENT: 10}
    assert len(server.accepted) == (10 if known else 11)


def test_a_cancelled_sender_has_time_to_record_what_it_waited_for() -> None:
    """The service ends within 30 seconds, and a sender before the database is closed (S3)."""
    pace = Pace()
    assert pace.settle.total_seconds() - GRACE >= 3
    assert (pace.drain + pace.settle).total_seconds() < 30


async def test_two_senders_never_send_the_same_delivery(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    issue_id = db.write_now(add_issue, readers=60)
    other = Database(database_url)
    async with running(SmtpServer()) as server:
        ours = a_sending(db, server.relay(connections=3), tmp_path, settings=SMALL)
        theirs = a_sending(
            other,
            server.relay(connections=3),
            tmp_path,
            settings=SMALL,
            mint=iter("abcdefghijklmnop").__next__,
        )
        await send.start_issue(ours, issue_id)
        await asyncio.gather(send.send_issue(ours, issue_id), send.send_issue(theirs, issue_id))
        report = await send.send_issue(ours, issue_id)
        await asyncio.gather(ours.fleet.close(), theirs.fleet.close())
    other.close()
    assert server.recipients == sorted(address(n) for n in range(1, 61))
    assert report.tally == {STATES.SENT: 60}


async def test_a_sender_on_another_machine_that_vanished_leaves_it_unknown(
    db: Database, tmp_path: Path
) -> None:
    """Without its journal nobody can tell what it had sent: the whole group is in doubt, and marked."""
    issue_id = db.write_now(add_issue, readers=5)
    clock = Hands()
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(), tmp_path, now=clock)
        await send.start_issue(sending, issue_id)
        lose(db, issue_id, Hold(issue_id=issue_id, batch=0, owner="gone"))
        assert (await send.send_issue(sending, issue_id)).tally == {STATES.LEASED: 3, STATES.QUEUED: 2}
        clock.move(minutes=3)
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert report.tally == {STATES.SENT: 5}
    assert report.was_unknown == 3


def lose(db: Database, issue_id: int, hold: Hold) -> None:
    """Lease three of a batch and vanish."""

    def lease(conn: Any) -> None:
        assert batches.lease_batch(conn, hold, now=NOON)
        due = deliveries.list_candidates(conn, issue_id, batch=0, now=NOON, limit=3)
        deliveries.mark_leased(conn, issue_id, due, now=NOON)

    db.write_now(lease)


async def test_a_sender_whose_lease_was_taken_records_nothing(db: Database, tmp_path: Path) -> None:
    issue_id = db.write_now(add_issue, readers=10)
    clock = Hands()
    async with running(SmtpServer()) as server:
        slow = a_sending(db, server.relay(connections=1), tmp_path / "slow", now=clock)
        other = a_sending(
            db, server.relay(connections=1), tmp_path / "other", now=clock, mint=lambda: "other-owner"
        )
        gate = Gate(server, "DOT", 1)
        task = asyncio.create_task(send.send_issue(slow, issue_id))
        await gate.reached.wait()
        await db.write(expire_lease)
        assert await send.recover(other) == 10
        gate.open.set()
        with pytest.raises(LeaseLost):
            await task
        report = await send.send_issue(other, issue_id)
        await asyncio.gather(slow.fleet.close(), other.fleet.close())
    assert report.tally == {STATES.SENT: 10}
    assert report.was_unknown == 10


def expire_lease(conn: Any) -> None:
    """As if the owner had not been heard of for long."""
    conn.execute(update(schema.batches).values(leased_until=NOON.replace(year=2020)))


async def test_starting_twice_makes_one_set_of_jobs(db: Database, tmp_path: Path) -> None:
    issue_id = db.write_now(add_issue, readers=25)
    jobs: list[Any] = []
    sending = a_sending(
        db,
        SmtpServer(port=1).relay(),
        tmp_path,
        settings=SMALL,
        enqueue=lambda _conn, job: jobs.append(job),
    )
    assert await send.start_issue(sending, issue_id) == 25
    assert await send.start_issue(sending, issue_id) == 25
    assert [job.args["batch"] for job in jobs] == [0, 1, 2]
    assert await send.sweep(sending) == 3
