"""Bounces out of a mailbox: a real Dovecot for IMAP, a small server for POP3, both over TLS."""

import imaplib
import os
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from syndicate.audience.suppression import address_hash
from syndicate.deliver.bounce import fetching
from syndicate.deliver.bounce.fetching import Fetched, fetch_bounces, in_turn, try_mailbox
from syndicate.deliver.bounce.mailboxes import _quoted
from syndicate.errors import OwnFault, TryLater
from syndicate.model.bounces import After, BounceMailbox
from syndicate.model.delivery import DeliveryState
from syndicate.model.subscriber import SuppressionReason
from syndicate.store import bounces, deliveries, suppressions
from tests.deliver.bounce.returned import a_dsn, a_returning, add_sent, signed
from tests.deliver.sender import address
from tests.neighbours.certificates import write_certificate
from tests.neighbours.dovecot import PASSWORD, Dovecot, running_dovecot
from tests.neighbours.pop3_server import Maildrop, running_pop3

USER = "bounces"
LETTER = b"From: mina@readers.example\r\nSubject: the ferry\r\n\r\nWhen does it sail?\r\n.\r\nMina\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "mail.pem")


@pytest.fixture(scope="module")
def dovecot(certificate) -> Iterator[Dovecot]:
    with running_dovecot(certificate) as server:
        yield server


@pytest.fixture
def drop(certificate, monkeypatch) -> Iterator[Maildrop]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with running_pop3(certificate) as server:
        yield server


@pytest.fixture
def issue(db) -> int:
    return db.write_now(add_sent, readers=3)


class Folder:
    """What a person sees who reads the same mailbox."""

    def __init__(self, server: Dovecot, certificate: Path) -> None:
        tls = ssl.create_default_context(cafile=str(certificate))
        self.server = imaplib.IMAP4_SSL("127.0.0.1", server.imaps, ssl_context=tls)
        self.server.login(USER, PASSWORD)

    def put(self, *mails: bytes, folder: str = "INBOX") -> None:
        for mail in mails:
            self.server.append(folder, "", imaplib.Time2Internaldate(0), mail)

    def count(self, criterion: str = "ALL", folder: str = "INBOX") -> int:
        self.server.select(folder)
        return len(self.server.search(None, criterion)[1][0].split())

    def empty(self) -> None:
        for folder in ("INBOX", "Taken"):
            if self.count(folder=folder):
                self.server.store("1:*", "+FLAGS", r"(\Deleted)")
                self.server.expunge()


@pytest.fixture
def folder(dovecot, certificate, monkeypatch) -> Iterator[Folder]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    inbox = Folder(dovecot, certificate)
    inbox.server.create("Taken")
    inbox.empty()
    yield inbox
    inbox.server.logout()


def at_imap(dovecot: Dovecot, **change: Any) -> BounceMailbox:
    url = f"imaps://127.0.0.1:{dovecot.imaps}"
    return BounceMailbox(**{"url": url, "username": USER, "password": PASSWORD} | change)


def at_pop(drop: Maildrop, **change: Any) -> BounceMailbox:
    url = f"pop3s://127.0.0.1:{drop.port}"
    return BounceMailbox(**{"url": url, "username": USER, "password": PASSWORD} | change)


def reasons(returning, *numbers: int) -> set[SuppressionReason]:
    sending = returning.sending
    digests = [address_hash(sending.keyring, address(number)) for number in numbers]
    return set(sending.db.read_now(suppressions.find_suppressed, digests).values())


async def test_a_report_is_applied_and_deleted(db, tmp_path, dovecot, folder, issue) -> None:
    folder.put(a_dsn(address(1), to=signed(issue)))
    returning = a_returning(db, tmp_path, mailbox=at_imap(dovecot))
    assert await fetch_bounces(returning) == Fetched(taken=1)
    assert reasons(returning, 1) == {SuppressionReason.ADDRESS_GONE}
    assert folder.count() == 0


async def test_a_report_is_marked_as_read_where_that_is_wanted(db, tmp_path, dovecot, folder, issue) -> None:
    folder.put(a_dsn(address(1), to=signed(issue)))
    returning = a_returning(db, tmp_path, mailbox=at_imap(dovecot, after=After.SEEN))
    await fetch_bounces(returning)
    assert (folder.count(), folder.count("UNSEEN")) == (1, 0)
    assert await fetch_bounces(returning) == Fetched()


async def test_a_report_is_moved_where_that_is_wanted(db, tmp_path, dovecot, folder, issue) -> None:
    folder.put(a_dsn(address(1), to=signed(issue)))
    moving = at_imap(dovecot, after=After.MOVE, move_to="Taken")
    await fetch_bounces(a_returning(db, tmp_path, mailbox=moving))
    assert (folder.count(), folder.count(folder="Taken")) == (0, 1)


async def test_mail_of_a_person_stays_and_is_read_once(db, tmp_path, dovecot, folder, issue) -> None:
    folder.put(LETTER, a_dsn(address(1), to=signed(issue)))
    returning = a_returning(db, tmp_path, mailbox=at_imap(dovecot))
    assert await fetch_bounces(returning) == Fetched(taken=2, left=1)
    assert (folder.count(), folder.count("UNSEEN")) == (1, 0)
    assert await fetch_bounces(returning) == Fetched()


async def test_a_mail_that_imap_cannot_give_out_stops_no_other(db, tmp_path, dovecot, folder, issue) -> None:
    folder.put(a_dsn(address(1), to=signed(issue)))
    (stored,) = (dovecot.folder / "mail" / USER).glob("[cn][eu][wr]*/*")
    owner = stored.stat().st_uid
    folder.put(a_dsn(address(2), to=signed(issue, 2)))
    os.chown(stored, 0, 0)
    stored.chmod(0)
    returning = a_returning(db, tmp_path, mailbox=at_imap(dovecot))
    # Dovecot ends the connection, which may happen to anybody once.
    with pytest.raises(TryLater, match="cannot be reached"):
        await fetch_bounces(returning)
    assert await fetch_bounces(returning) == Fetched(taken=1, withheld=1)
    assert reasons(returning, 2) == {SuppressionReason.ADDRESS_GONE}
    assert await fetch_bounces(returning) == Fetched(withheld=1)
    # It was moved from new/ to cur/ meanwhile.
    (stored,) = (dovecot.folder / "mail" / USER).glob("[cn][eu][wr]*/*")
    os.chown(stored, owner, -1)
    stored.chmod(0o600)
    assert await fetch_bounces(returning) == Fetched(taken=1)
    assert reasons(returning, 1, 2) == {SuppressionReason.ADDRESS_GONE}


async def test_a_mail_that_was_applied_before_a_kill_counts_once(
    db, tmp_path, dovecot, folder, issue, monkeypatch
) -> None:
    mail = a_dsn(address(1), to=signed(issue))
    folder.put(mail)
    returning = a_returning(db, tmp_path, mailbox=at_imap(dovecot))

    async def killed(*_: object, **__: object) -> bool:
        await fetching.take_mail(returning, mail, fetching.Envelope(intake=fetching.Intake.MAILBOX))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fetching, "_take", killed)
        with pytest.raises(KeyboardInterrupt):
            await fetch_bounces(returning)
    assert await fetch_bounces(returning) == Fetched(taken=1)
    assert len(db.read_now(bounces.list_bounces)) == 1
    assert folder.count() == 0


async def test_only_the_beginning_of_a_huge_mail_is_read(db, tmp_path, dovecot, folder, issue) -> None:
    folder.put(a_dsn(address(1), to=signed(issue)) + b"x" * 70_000)
    returning = a_returning(db, tmp_path, mailbox=at_imap(dovecot), max_bytes=5_000)
    await fetch_bounces(returning)
    (kept,) = returning.folder.glob("*.eml")
    assert kept.stat().st_size == 5_000
    assert reasons(returning, 1) == {SuppressionReason.ADDRESS_GONE}


async def test_an_unsigned_report_counts_in_a_trusted_mailbox_alone(
    db, tmp_path, dovecot, folder, issue
) -> None:
    folder.put(a_dsn(address(1)))
    await fetch_bounces(a_returning(db, tmp_path, mailbox=at_imap(dovecot)))
    folder.put(a_dsn(address(2)))
    returning = a_returning(db, tmp_path, mailbox=at_imap(dovecot, trusted=True))
    await fetch_bounces(returning)
    assert (reasons(returning, 1), reasons(returning, 2)) == (set(), {SuppressionReason.ADDRESS_GONE})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "wrong"}, "does not let bounces in"),
        ({"folder": "Nowhere"}, "has no folder 'Nowhere'"),
        ({"folder": "پیک"}, "has no folder 'پیک'"),
    ],
)
async def test_settings_that_are_wrong_are_told(db, tmp_path, dovecot, folder, change, said) -> None:
    with pytest.raises(OwnFault, match=said):
        await fetch_bounces(a_returning(db, tmp_path, mailbox=at_imap(dovecot, **change)))


async def test_a_certificate_that_nobody_vouches_for_is_refused(db, tmp_path, dovecot, monkeypatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(OwnFault, match="its certificate is not right"):
        await fetch_bounces(a_returning(db, tmp_path, mailbox=at_imap(dovecot)))


async def test_a_server_that_is_away_is_tried_later(db, tmp_path) -> None:
    away = BounceMailbox(url="imaps://127.0.0.1:1", username=USER, password=PASSWORD)
    with pytest.raises(TryLater, match="cannot be reached"):
        await fetch_bounces(a_returning(db, tmp_path, mailbox=away))


async def test_without_a_mailbox_there_is_nothing_to_do(db, tmp_path) -> None:
    assert await fetch_bounces(a_returning(db, tmp_path)) == Fetched()


async def test_looking_takes_nothing(db, tmp_path, dovecot, folder, issue) -> None:
    folder.put(a_dsn(address(1), to=signed(issue)))
    assert await try_mailbox(a_returning(db, tmp_path, mailbox=at_imap(dovecot))) == 1
    assert folder.count("UNSEEN") == 1


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", '"INBOX"'),
        ("A & B", '"A &- B"'),
        ('say "so"', r'"say \"so\""'),
        ("Entwürfe", '"Entw&APw-rfe"'),
        ("پیک", '"&Bn4GzAap-"'),
    ],
)
def test_a_folder_is_named_as_imap_wants_it(name, written) -> None:
    assert _quoted(name) == written


async def test_pop3_deletes_what_was_applied_and_leaves_the_rest(db, tmp_path, drop, issue) -> None:
    drop.mails = {"u1": LETTER, "u2": a_dsn(address(1), to=signed(issue)), "u3": a_dsn(address(2))}
    returning = a_returning(db, tmp_path, mailbox=at_pop(drop))
    assert await fetch_bounces(returning) == Fetched(taken=3, left=1)
    assert list(drop.mails) == ["u1"]
    assert reasons(returning, 1) == {SuppressionReason.ADDRESS_GONE}


async def test_a_mail_that_pop3_does_not_give_out_stops_no_other(db, tmp_path, drop, issue) -> None:
    drop.mails = {str(n): a_dsn(address(n), to=signed(issue, n)) for n in (1, 2)}
    drop.withheld = {"1"}
    returning = a_returning(db, tmp_path, mailbox=at_pop(drop))
    assert await fetch_bounces(returning) == Fetched(taken=1, withheld=1)
    assert list(drop.mails) == ["1"]
    drop.withheld.clear()
    assert await fetch_bounces(returning) == Fetched(taken=1)
    assert drop.mails == {}


@pytest.mark.parametrize("verb", ["RETR", "DELE"])
@pytest.mark.parametrize("how", ["breaks_over", "refused"])
async def test_whatever_pop3_makes_of_one_mail_the_others_get_through(
    db, tmp_path, drop, verb: str, how: str
) -> None:
    issue = db.write_now(add_sent, readers=5)
    drop.mails = {str(n): a_dsn(address(n), to=signed(issue, n)) for n in range(1, 6)}
    setattr(drop, how, {(verb, "2")})
    returning = a_returning(db, tmp_path, mailbox=at_pop(drop))
    for _ in range(4):
        with suppress(TryLater):
            await fetch_bounces(returning)
    assert list(drop.mails) == ["2"]
    states = [one.state for one in db.read_now(deliveries.list_deliveries, issue)]
    taken = DeliveryState.BOUNCED if verb == "DELE" else DeliveryState.SENT
    assert states == [DeliveryState.BOUNCED, taken, *[DeliveryState.BOUNCED] * 3]
    setattr(drop, how, set())
    await fetch_bounces(returning)
    assert drop.mails == {}


async def test_pop3_that_hangs_up_at_the_password_is_tried_later(db, tmp_path, drop) -> None:
    drop.breaks_at = "PASS"
    with pytest.raises(TryLater):
        await fetch_bounces(a_returning(db, tmp_path, mailbox=at_pop(drop)))


@pytest.mark.parametrize(
    ("failures", "turn"),
    [
        ({}, "abc"),
        ({"a": 1}, "bca"),
        ({"a": 2}, "bc"),
        ({"a": 2, "b": 1}, "cb"),
        ({"a": 3, "b": 2, "c": 2}, "bca"),
    ],
)
def test_what_failed_comes_last_and_what_failed_again_when_nothing_else_is_there(
    failures: dict[str, int], turn: str
) -> None:
    assert "".join(in_turn("abc", failures)) == turn


async def test_pop3_reads_what_it_left_only_once(db, tmp_path, drop, issue) -> None:
    drop.mails = {"u1": LETTER}
    returning = a_returning(db, tmp_path, mailbox=at_pop(drop))
    await fetch_bounces(returning)
    await fetch_bounces(returning)
    assert drop.read == ["u1"]


async def test_pop3_keeps_the_bytes_of_a_mail(db, tmp_path, drop, issue) -> None:
    drop.mails = {"u1": LETTER + b"z" * 40_000 + b"\r\n"}
    returning = a_returning(db, tmp_path, mailbox=at_pop(drop))
    await fetch_bounces(returning)
    (kept,) = returning.folder.glob("*.eml")
    assert kept.read_bytes() == drop.mails["u1"]


async def test_pop3_that_breaks_before_its_end_brings_the_mail_again_and_it_counts_once(
    db, tmp_path, drop, issue
) -> None:
    drop.mails, drop.breaks_at = {"u1": a_dsn(address(1), to=signed(issue))}, "DELE"
    returning = a_returning(db, tmp_path, mailbox=at_pop(drop))
    with pytest.raises(TryLater):
        await fetch_bounces(returning)
    drop.breaks_at = ""
    assert await fetch_bounces(returning) == Fetched(taken=1)
    assert (len(db.read_now(bounces.list_bounces)), drop.mails) == (1, {})


async def test_pop3_that_refuses_the_password_says_so(db, tmp_path, drop) -> None:
    with pytest.raises(OwnFault, match="no such user or password"):
        await fetch_bounces(a_returning(db, tmp_path, mailbox=at_pop(drop, password="wrong")))
