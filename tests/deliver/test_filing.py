"""A relay that is a folder: each message becomes a file beside its envelope."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syndicate.deliver import send
from syndicate.deliver.envelope import Letter
from syndicate.deliver.fleet import Fleet, open_fleet
from syndicate.deliver.mailbox import list_mails, read_mail
from syndicate.errors import BadAddress, RelayUnavailable, SenderFault
from syndicate.model.delivery import DeliveryState
from syndicate.model.newsletter import IssueState
from syndicate.model.site import Relay
from syndicate.store.database import Database
from tests.builders import NOON
from tests.deliver.sender import a_sending, add_issue, address
from tests.neighbours.smtp_server import SmtpServer

DATA = b"Message-ID: <1@courier.example>\r\nSubject: Tide\r\n\r\n.The ferry.\r\n..\r\n"


def a_folder(path: Path, **change: Any) -> Relay:
    return Relay(local=False, host=f"file:{path}", **change)


def fleet_of(*relays: Relay) -> Fleet:
    return open_fleet(relays, now=lambda: NOON)


async def keep(fleet: Fleet, recipient: str = address(1)) -> Any:
    line = await fleet.take()
    letter = Letter(sender="b-1@courier.example", recipient=recipient, data=DATA)
    try:
        return await line.transact(letter, before_dot=lambda: None)
    finally:
        await fleet.give_back(line)


async def test_a_message_is_kept_as_it_was_composed_with_its_envelope(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    answer = await keep(fleet_of(a_folder(folder)))
    assert (answer.code, answer.relay) == (250, f"file:{folder}")
    [mail] = folder.glob("*.eml")
    assert mail.read_bytes() == DATA
    envelope = json.loads((folder / "envelopes" / f"{mail.stem}.json").read_bytes())
    assert envelope == {
        "received": NOON.isoformat(),
        "sender": "b-1@courier.example",
        "recipients": [address(1)],
    }
    assert mail.stat().st_mode & 0o777 == 0o600
    [heading] = list_mails(folder)
    assert read_mail(folder, heading.name).heading.subject == "Tide"


async def test_an_issue_goes_into_a_folder(db: Database, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    issue_id = db.write_now(add_issue, readers=12)
    fleet = open_fleet([a_folder(folder, name="archive")], now=lambda: datetime.now(UTC))
    sending = a_sending(db, SmtpServer(port=1).relay(), tmp_path, fleet=fleet)
    report = await send.send_issue(sending, issue_id)
    await fleet.close()
    assert (report.state, report.tally) == (IssueState.FINISHED, {DeliveryState.SENT: 12})
    kept = [one.recipients[0] for one in list_mails(folder)]
    assert sorted(kept) == sorted(address(n) for n in range(1, 13))


async def test_an_error_before_the_dot_keeps_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        raise RelayUnavailable("called off")

    line = await fleet_of(a_folder(tmp_path / "archive")).take()
    letter = Letter(sender="b-1@courier.example", recipient=address(1), data=DATA)
    with pytest.raises(RelayUnavailable):
        await line.transact(letter, before_dot=fail)
    assert not list((tmp_path / "archive").glob("*.eml"))


async def test_an_address_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadAddress):
        await keep(fleet_of(a_folder(tmp_path / "archive")), recipient="no address")


async def test_a_folder_that_cannot_be_made_is_our_own_fault(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file")
    with pytest.raises(SenderFault, match="archive"):
        await keep(fleet_of(a_folder(tmp_path / "archive")))


async def test_a_folder_that_vanished_is_tried_later(tmp_path: Path) -> None:
    fleet = fleet_of(a_folder(tmp_path / "archive"))
    line = await fleet.take()
    (tmp_path / "archive" / "envelopes").rmdir()
    letter = Letter(sender="b-1@courier.example", recipient=address(1), data=DATA)
    answer = await line.transact(letter, before_dot=lambda: None)
    assert (answer.code, answer.text.split()[0]) == (451, "4.3.0")
