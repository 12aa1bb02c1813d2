"""A test mail is the issue, marked, with links of nobody's, and leaves no trace in the ledger."""

import email
import re
from datetime import UTC, datetime
from email import policy
from pathlib import Path
from typing import Any

import pytest

from syndicate.audience.suppression import address_hash
from syndicate.audience.tokens import read_preferences, read_unsubscribe, read_verp_tag
from syndicate.deliver import trial
from syndicate.deliver.letters import Letters
from syndicate.deliver.sending import Sending
from syndicate.model.catalogue import Catalogue
from syndicate.model.delivery import NOBODY
from syndicate.model.site import Site
from syndicate.model.subscriber import SuppressionReason
from syndicate.store import deliveries, suppressions
from syndicate.store.database import Database
from syndicate.templating import Templates
from tests.builders import NOON, a_newsletter, an_issue
from tests.deliver.sender import KEYRING, a_sending, add_issue
from tests.neighbours.smtp_server import Moment, SmtpServer, running

DESK = "desk@courier.example"


def a_trier(db: Database, server: SmtpServer, folder: Path, **change: Any) -> Sending:
    site = Site(name="Harbour Courier", base_url="https://news.example")
    letters = Letters(
        catalogue=Catalogue(site=site, newsletters={"daily": a_newsletter()}),
        keyring=KEYRING,
        templates=Templates(),
        now=lambda: datetime(2026, 3, 1, tzinfo=UTC),
    )
    return a_sending(db, server.relay(), folder, compositor=letters, **change)


async def try_it(db: Database, folder: Path, *addresses: str, server: SmtpServer) -> list[trial.Trial]:
    async with running(server):
        sending = a_trier(db, server, folder)
        found = await trial.send_trial(sending, an_issue(id=7), addresses)
        await sending.fleet.close()
    return found


async def test_it_is_marked_and_the_ledger_does_not_know_it(db: Database, tmp_path: Path) -> None:
    db.write_now(add_issue, readers=2)
    server = SmtpServer()
    found = await try_it(db, tmp_path, DESK, "second@courier.example", server=server)
    mails = [email.message_from_bytes(one.data, policy=policy.default) for one in server.accepted]
    assert [(one.accepted, one.code) for one in found] == [(True, 250), (True, 250)]
    assert {str(mail["Subject"]) for mail in mails} == {
        "[Test] The Daily Tide: Ferry returns to the northern islands"
    }
    assert [str(mail["To"].addresses[0].addr_spec) for mail in mails] == [DESK, "second@courier.example"]
    assert len({mail["Message-ID"] for mail in mails}) == 2
    assert db.read_now(deliveries.list_deliveries, 7) == []


async def test_its_links_and_its_envelope_sender_are_nobodys(sqlite_db: Database, tmp_path: Path) -> None:
    server = SmtpServer()
    await try_it(sqlite_db, tmp_path, DESK, server=server)
    [accepted] = server.accepted
    mail = email.message_from_bytes(accepted.data, policy=policy.default)
    text = mail.get_body(("plain",))
    assert text is not None
    issue_id, subscriber_id = read_verp_tag(KEYRING, accepted.sender.split("@")[0].partition("-")[2])
    assert (issue_id, subscriber_id >= NOBODY) == (0, True)
    token = str(mail["List-Unsubscribe"]).rstrip(">").rpartition("/")[2]
    assert read_unsubscribe(KEYRING, token, now=NOON) == (subscriber_id, "daily")
    [link] = set(re.findall(r"/preferences/([\w-]+)", text.get_content()))
    assert read_preferences(KEYRING, link, now=NOON) == subscriber_id


@pytest.mark.parametrize(
    ("address", "words"), [("nobody", "an address has one @"), (DESK, "the address is suppressed")]
)
async def test_whoever_cannot_or_must_not_be_written_to_is_told(
    db: Database, tmp_path: Path, address: str, words: str
) -> None:
    digest = address_hash(KEYRING, DESK)
    db.write_now(suppressions.save_suppression, digest, reason=SuppressionReason.OPERATOR, now=NOON)
    server = SmtpServer()
    [found] = await try_it(db, tmp_path, address, server=server)
    assert (found.accepted, server.accepted) == (False, [])
    assert words in found.words


async def test_what_the_relay_says_against_it_is_told(sqlite_db: Database, tmp_path: Path) -> None:
    def script(moment: Moment) -> str | None:
        return "550 5.1.1 no such desk" if moment.verb == "RCPT" else None

    [found] = await try_it(sqlite_db, tmp_path, DESK, server=SmtpServer(script=script))
    assert (found.accepted, found.code, found.words) == (False, 550, "RCPT: 5.1.1 no such desk")
