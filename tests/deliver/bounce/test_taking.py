"""Mail that came back, from its bytes to what it changes."""

import pytest

from syndicate.audience.people import People
from syndicate.audience.subscriptions import forget
from syndicate.audience.suppression import address_hash
from syndicate.deliver.bounce import raw
from syndicate.deliver.bounce.applying import Deed
from syndicate.deliver.bounce.raw import Envelope
from syndicate.deliver.bounce.returning import Intake
from syndicate.deliver.bounce.taking import keep_mail, sweep_bounces, take_mail, take_waiting
from syndicate.model.subscriber import SuppressionReason
from syndicate.store import bounces, suppressions
from tests.deliver.bounce.returned import a_dsn, a_returning, add_sent, signed
from tests.deliver.sender import address


@pytest.fixture
def returning(db, tmp_path):
    return a_returning(db, tmp_path)


@pytest.fixture
def issue(db) -> int:
    return db.write_now(add_sent, readers=2)


def by_pipe(*recipients: str) -> Envelope:
    return Envelope(intake=Intake.PIPE, recipients=recipients)


def reasons(returning, number: int = 1) -> list[SuppressionReason]:
    sending = returning.sending
    digest = address_hash(sending.keyring, address(number))
    return list(sending.db.read_now(suppressions.find_suppressed, [digest]).values())


async def test_a_notification_suppresses_whom_its_envelope_names(returning, issue) -> None:
    done = await take_mail(returning, a_dsn(address(1)), by_pipe(signed(issue)))
    assert done.deeds == (Deed.SUPPRESSED,)
    assert (reasons(returning), reasons(returning, 2)) == ([SuppressionReason.ADDRESS_GONE], [])
    assert raw.list_waiting(returning.folder) == []


async def test_the_signed_address_may_stand_in_the_mail_itself(returning, issue) -> None:
    done = await take_mail(returning, a_dsn(address(1), to=signed(issue)), by_pipe())
    assert done.deeds == (Deed.SUPPRESSED,)


async def test_the_same_mail_by_two_ways_counts_once(returning, issue) -> None:
    mail = a_dsn(address(1), to=signed(issue))
    await take_mail(returning, mail, by_pipe(signed(issue)))
    again = await take_mail(returning, mail, Envelope(intake=Intake.MAILBOX))
    assert (again.deeds, again.known) == ((), 1)


async def test_without_our_signature_nothing_is_applied(returning, issue) -> None:
    done = await take_mail(returning, a_dsn(address(1)), by_pipe("bounces@courier.example"))
    assert done.deeds == (Deed.UNVOUCHED,)
    assert reasons(returning) == []


async def test_what_was_kept_before_a_kill_is_applied_later(returning, issue) -> None:
    await keep_mail(returning, a_dsn(address(1)), by_pipe(signed(issue)))
    assert reasons(returning) == []
    assert await take_waiting(returning) == 1
    assert reasons(returning) == [SuppressionReason.ADDRESS_GONE]


async def test_what_was_applied_before_a_kill_is_not_applied_again(returning, issue, db) -> None:
    mail = a_dsn(address(1))
    await take_mail(returning, mail, by_pipe(signed(issue)))
    await keep_mail(returning, mail, by_pipe(signed(issue)))
    assert await take_waiting(returning) == 1
    assert len(db.read_now(bounces.list_bounces)) == 1


async def test_any_bytes_are_taken_and_noted(returning, issue, db) -> None:
    for mail in (b"", b"\0\xff\xfe", b"Subject: hello\r\n\r\nwhen is the next ferry?\r\n"):
        assert (await take_mail(returning, mail, by_pipe(signed(issue)))).deeds == (Deed.NOTED,)
    assert raw.list_waiting(returning.folder) == []


async def test_mails_go_after_thirty_days_and_what_they_said_stays(returning, issue, db) -> None:
    await take_mail(returning, a_dsn(address(1)), by_pipe(signed(issue)))
    returning.sending.now.move(days=29)
    assert (await sweep_bounces(returning))["removed"] == 0
    returning.sending.now.move(days=2)
    assert (await sweep_bounces(returning))["removed"] == 1
    assert db.read_now(bounces.list_bounces)[0].raw == ""


async def test_whoever_is_forgotten_leaves_no_mail_behind(returning, issue, db) -> None:
    await take_mail(returning, a_dsn(address(1)), by_pipe(signed(issue)))
    sending = returning.sending
    people = People(db=db, catalogue=sending.catalogue, keyring=sending.keyring, now=sending.now)
    await forget(people, 1)
    assert (await sweep_bounces(returning))["removed"] == 1
    assert db.read_now(bounces.list_bounces)[0].diagnostic == ""
    assert list(returning.folder.glob("*.eml")) == []
