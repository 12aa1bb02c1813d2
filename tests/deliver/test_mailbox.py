"""The local mailbox keeps every mail as it came, and shows it."""

import json
from pathlib import Path

import pytest

from syndicate.deliver.envelope import Letter
from syndicate.deliver.mailbox import LocalMailbox, list_mails, read_mail
from syndicate.deliver.smtp import Pool
from syndicate.errors import NotFound
from syndicate.model.site import Relay
from tests.builders import NOON
from tests.deliver.sender import Hands

MAIL = (
    b"From: Harbour Courier <news@courier.example>\r\n"
    b"To: mina@readers.example\r\n"
    b"Subject: =?utf-8?b?2b7bjNqpINio2YbYr9ix?=\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="=_1"\r\n'
    b"\r\n"
    b"--=_1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThe ferry.\r\n.\r\n..two\r\n"
    b"--=_1\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>The ferry.</p>\r\n--=_1--\r\n"
)


async def deliver(folder: Path, count: int = 1) -> None:
    async with LocalMailbox(folder, now=Hands()) as mailbox:
        pool = Pool(mailbox.relay(Relay()), helo="sender.example")
        for _ in range(count):
            letter = Letter(sender="b-1@courier.example", recipient="mina@readers.example", data=MAIL)
            wire = await pool.take()
            answer = await wire.transact(letter, before_dot=lambda: None)
            assert answer.code == 250
            await pool.give_back(wire)
        await pool.close()


async def test_a_mail_is_kept_byte_for_byte(tmp_path: Path) -> None:
    await deliver(tmp_path)
    (heading,) = list_mails(tmp_path)
    path = tmp_path / f"{heading.name}.eml"
    assert path.read_bytes() == MAIL
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_mail_that_cannot_be_kept_leaves_no_envelope(tmp_path: Path) -> None:
    # A folder in the place of the draft is what makes the writing fail.
    (tmp_path / f".{NOON:%Y%m%dT%H%M%S%f}-1.eml.draft").mkdir()
    with pytest.raises(AssertionError, match="452"):
        await deliver(tmp_path)
    assert not list((tmp_path / "envelopes").iterdir())


async def test_its_envelope_is_kept_beside_it(tmp_path: Path) -> None:
    await deliver(tmp_path)
    (heading,) = list_mails(tmp_path)
    about = json.loads((tmp_path / "envelopes" / f"{heading.name}.json").read_bytes())
    assert about["sender"] == "b-1@courier.example"
    assert about["recipients"] == ["mina@readers.example"]


async def test_mails_of_the_same_moment_do_not_overwrite_each_other(tmp_path: Path) -> None:
    await deliver(tmp_path, count=3)
    await deliver(tmp_path, count=2)
    assert len(list_mails(tmp_path)) == 5


async def test_a_mail_is_read_in_both_parts(tmp_path: Path) -> None:
    await deliver(tmp_path)
    (heading,) = list_mails(tmp_path)
    mail = read_mail(tmp_path, heading.name)
    assert mail.heading.subject == "پیک بندر"
    assert mail.text == "The ferry.\n.\n..two"
    assert mail.html == "<p>The ferry.</p>"
    assert ("To", "mina@readers.example") in mail.headers


@pytest.mark.parametrize("name", ["", "../secret", "20260301T120000000000-1", "envelopes/x", "a\0b"])
def test_a_name_that_is_no_mail_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        read_mail(tmp_path, name)


def test_a_mailbox_that_nobody_used_is_empty(tmp_path: Path) -> None:
    assert list_mails(tmp_path / "none") == []
