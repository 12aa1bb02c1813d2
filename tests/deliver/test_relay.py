"""From our sender through a real Postfix into a real Dovecot mailbox: what arrives is what we signed."""

import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import dkim
import pytest

from syndicate.deliver.compose import build_issue, message_id, splice, verp
from syndicate.deliver.dkim import load_signers, new_key
from syndicate.deliver.envelope import Letter
from syndicate.deliver.lint import lint_message
from syndicate.deliver.smtp import Pool
from syndicate.model.delivery import NoticeKind
from syndicate.model.site import Dkim, Protocol, Relay, Security
from syndicate.publish.digest_view import DigestView
from tests import digests
from tests.builders import NOON, an_issue
from tests.deliver.test_compose import KEYRING, parsed, parts_of, some_slots
from tests.deliver.test_dkim import ED25519, RSA, verifies
from tests.deliver.test_letters import a_mail, letters
from tests.deliver.test_lint import issue_of
from tests.neighbours.dovecot import Dovecot, running_dovecot
from tests.neighbours.postfix import running_postfix
from tests.test_main_job import ROOT, syndicate

CORPUS = sorted((Path(__file__).parents[1] / "documents/mail").glob("*.txt"))
KINDS = ("rsa", "ed25519")


@pytest.fixture(scope="module")
def way() -> Iterator[tuple[int, Dovecot]]:
    """The relay's port, and the mailboxes at the end of the way."""
    with running_dovecot() as mailboxes, running_postfix(mailboxes.port, "reader.example") as relay:
        yield relay.port, mailboxes


def a_letter(view: DigestView, subscriber_id: int, address: str) -> Letter:
    newsletter = digests.newsletter_of(view)
    template = build_issue(issue_of(view), newsletter, site=digests.SITE, signers=[RSA, ED25519])
    identity = message_id(KEYRING, newsletter, issue_id=1, subscriber_id=subscriber_id)
    return Letter(
        sender=verp(KEYRING, "courier.example", issue_id=1, subscriber_id=subscriber_id),
        recipient=address,
        data=splice(template, some_slots(address=address, message_id=identity, name="Mina & مینا")),
    )


async def deliver(port: int, *sent: Letter, protocol: Protocol = Protocol.SMTP) -> None:
    there = Relay(local=False, host="127.0.0.1", port=port, protocol=protocol, security=Security.NONE)
    pool = Pool(there)
    wire = await pool.take()
    try:
        for letter in sent:
            answer = await wire.transact(letter, before_dot=lambda: None)
            assert answer.code == 250, answer
    finally:
        await pool.give_back(wire)
        await pool.close()


def without_trace(stored: bytes) -> bytes:
    """The message as it was before relays put their own fields on top of it."""
    data = stored.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return data[data.index(b"DKIM-Signature:") :]


async def test_english_and_persian_issues_arrive_as_they_were_signed(way: tuple[int, Dovecot]) -> None:
    port, mailboxes = way
    sent = {
        "english@reader.example": a_letter(digests.english(), 1, "english@reader.example"),
        "persian@reader.example": a_letter(digests.persian(), 2, "persian@reader.example"),
        "long@reader.example": a_letter(digests.many(300), 3, "long@reader.example"),
    }
    await deliver(port, *sent.values())
    for address, letter in sent.items():
        (stored,) = mailboxes.wait_for(address, 1)
        assert verifies(stored, 0)
        assert verifies(stored, 1)
        assert without_trace(stored) == letter.data
        assert parts_of(parsed(stored)) == parts_of(parsed(letter.data))
        assert f"Return-Path: <{letter.sender}>".encode() in stored
        assert lint_message(stored.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")) == []


def a_corpus_letter(path: Path, subscriber_id: int) -> Letter:
    """A mail of a document whose first line is the subject and the rest both parts."""
    subject, _, text = path.read_text("utf-8").partition("\n")
    paragraphs = "".join(f"<p>{escape(line)}</p>\n" for line in text.split("\n"))
    html = f"<html><body><div dir=auto>\n{paragraphs}</div></body></html>\n"
    issue, newsletter = an_issue(subject=subject, text=text, html=html), digests.DAILY
    template = build_issue(issue, newsletter, site=digests.SITE, signers=[RSA, ED25519])
    address = f"corpus-{path.stem}@reader.example"
    identity = message_id(KEYRING, newsletter, issue_id=1, subscriber_id=subscriber_id)
    return Letter(
        sender=verp(KEYRING, "courier.example", issue_id=1, subscriber_id=subscriber_id),
        recipient=address,
        data=splice(template, some_slots(address=address, message_id=identity, name=subject[:60])),
    )


async def test_every_script_and_every_oddity_arrives_as_it_was_signed(way: tuple[int, Dovecot]) -> None:
    port, mailboxes = way
    letters_ = [a_corpus_letter(path, at) for at, path in enumerate(CORPUS, start=100)]
    assert len(letters_) == 6
    await deliver(port, *letters_)
    for letter, path in zip(letters_, CORPUS, strict=True):
        (stored,) = mailboxes.wait_for(letter.recipient, 1)
        assert (verifies(stored, 0), verifies(stored, 1)) == (True, True), path.name
        assert without_trace(stored) == letter.data
        (_, text), _ = parts_of(parsed(stored))
        assert text.rstrip("\n") == path.read_text("utf-8").partition("\n")[2].rstrip("\n"), path.name


@pytest.fixture
def shipped(tmp_path: Path) -> tuple[list[bytes], dict[str, bytes]]:
    """The mails that the shipped newsletters send, signed by keys of both kinds, and the keys' records."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    keys = [
        Dkim(domain="courier.example", selector=kind, key_file=str(tmp_path / f"{kind}.pem"))
        for kind in KINDS
    ]
    with (tmp_path / "config/syndicate.toml").open("a") as config:
        for key in keys:
            Path(key.key_file).write_bytes(new_key(key.selector))
            config.write(f'[dkim.{key.selector}]\ndomain = "{key.domain}"\nkey_file = "{key.key_file}"\n')
    secure: Any = {"SYNDICATE_SITE__BASE_URL": "https://news.courier.example"}
    people = ("subscribers", "import", "config/samples/subscribers.csv", "--consent", "sample")
    syndicate(tmp_path, *people, **secure)
    syndicate(tmp_path, "run", "--once", **secure)
    sent = [path.read_bytes() for path in sorted((tmp_path / "var/mailbox").glob("*.eml"))]
    return sent, {f"{one.name}.": one.record.encode() for one in load_signers(*keys)}


async def test_what_the_shipped_newsletters_send_verifies_at_the_end_of_the_way(
    way: tuple[int, Dovecot], shipped: tuple[list[bytes], dict[str, bytes]]
) -> None:
    (port, mailboxes), (mails, records) = way, shipped
    assert len(mails) == 4
    sent = [
        Letter(
            sender="b-0@courier.example", recipient=f"shipped{at}@reader.example", data=without_trace(mail)
        )
        for at, mail in enumerate(mails)
    ]
    await deliver(port, *sent)
    for letter in sent:
        (stored,) = mailboxes.wait_for(letter.recipient, 1)
        for index in range(len(KINDS)):
            assert dkim.DKIM(stored).verify(idx=index, dnsfunc=lambda name, **_: records[name.decode()])


async def test_a_notice_mail_arrives_as_it_was_signed(way: tuple[int, Dovecot]) -> None:
    port, mailboxes = way
    mail = a_mail(kind=NoticeKind.CONFIRMATION, language="fa", address="notice@reader.example")
    letter = letters(signers=(RSA,)).notice(mail, at=NOON)
    await deliver(port, letter)
    (stored,) = mailboxes.wait_for("notice@reader.example", 1)
    assert verifies(stored)
    assert without_trace(stored) == letter.data


async def test_a_message_changed_on_the_way_no_longer_verifies(way: tuple[int, Dovecot]) -> None:
    port, mailboxes = way
    letter = a_letter(digests.english(), 4, "changed@reader.example")
    changed = letter.data.replace(b"From: Harbour Courier", b"From: Harbour Kurier")
    await deliver(port, Letter(sender=letter.sender, recipient=letter.recipient, data=changed))
    (stored,) = mailboxes.wait_for("changed@reader.example", 1)
    assert not verifies(stored)


async def test_an_issue_goes_straight_into_a_mailbox_by_lmtp(way: tuple[int, Dovecot]) -> None:
    _, mailboxes = way
    letters_sent = [a_letter(digests.english(), number, "direct@reader.example") for number in (5, 6)]
    await deliver(mailboxes.port, *letters_sent, protocol=Protocol.LMTP)
    stored = mailboxes.wait_for("direct@reader.example", 2)
    assert all(verifies(one) for one in stored)
    assert {without_trace(one) for one in stored} == {letter.data for letter in letters_sent}
