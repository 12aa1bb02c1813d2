"""Notice mails leave once, later or not at all."""

import asyncio
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from syndicate.audience.suppression import address_hash
from syndicate.deliver.envelope import Letter
from syndicate.deliver.outbox import LEASE, send_outbox
from syndicate.model.delivery import DeliveryState, NoticeKind, NoticeMail
from syndicate.model.subscriber import SuppressionReason
from syndicate.store import messages, schema, suppressions
from syndicate.store.database import Database
from tests.builders import NOON
from tests.deliver.sender import KEYRING, Hands, Plain, a_sending
from tests.neighbours.smtp_server import Drop, Moment, SmtpServer, running


def add(db: Database, key: str = "one", **change: Any) -> bool:
    base: dict[str, Any] = {
        "kind": NoticeKind.CONFIRMATION,
        "dedupe_key": key,
        "address": f"{key}@readers.example",
        "newsletter": "daily",
        "language": "en",
        "data": {"subscriber_id": 1},
        "created": NOON,
    }
    return db.write_now(messages.add_message, NoticeMail(**base | change))


def state(db: Database, message_id: int = 1) -> NoticeMail:
    found = db.read_now(messages.find_message, message_id)
    assert found is not None
    return found


async def test_a_notice_mail_leaves_once(db: Database, tmp_path: Path) -> None:
    assert add(db)
    assert not add(db)
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(), tmp_path)
        assert await send_outbox(sending) == 1
        assert await send_outbox(sending) == 0
        await sending.fleet.close()
    assert server.recipients == ["one@readers.example"]
    assert state(db).state == DeliveryState.SENT


async def test_a_suppressed_address_gets_no_notice_either(db: Database, tmp_path: Path) -> None:
    add(db, "gone")
    add(db, "here")
    digest = address_hash(KEYRING, "gone@readers.example")
    db.write_now(suppressions.save_suppression, digest, reason=SuppressionReason.COMPLAINT, now=NOON)
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(), tmp_path)
        await send_outbox(sending)
        await sending.fleet.close()
    assert server.recipients == ["here@readers.example"]
    assert state(db).state == DeliveryState.SUPPRESSED


@pytest.mark.parametrize(
    ("verb", "answer", "expected"),
    [
        ("RCPT", "450 4.2.0 greylisted", DeliveryState.DEFERRED),
        ("RCPT", "550 5.1.1 <one@readers.example> unknown", DeliveryState.REFUSED),
        ("MAIL", "530 5.7.0 authenticate first", DeliveryState.DEFERRED),
        ("DOT", "554 5.7.1 looks like spam", DeliveryState.DEFERRED),
        ("CONNECT", "421 4.3.2 too busy for one@readers.example", DeliveryState.DEFERRED),
    ],
)
async def test_a_refusal_counts_as_what_it_is(
    sqlite_db: Database, tmp_path: Path, verb: str, answer: str, expected: DeliveryState
) -> None:
    add(sqlite_db)
    server = SmtpServer(script=lambda moment: answer if moment.verb == verb else None)
    async with running(server):
        sending = a_sending(sqlite_db, server.relay(), tmp_path)
        assert await send_outbox(sending) == 0
        await sending.fleet.close()
    assert state(sqlite_db).state == expected
    reply = sqlite_db.read_now(lambda conn: conn.scalar(select(schema.messages.c.reply)))
    assert reply
    assert "@" not in reply


async def test_a_lost_reply_is_asked_for_once_more(sqlite_db: Database, tmp_path: Path) -> None:
    def drop(moment: Moment) -> None:
        if moment.verb == "DOT":
            raise Drop

    add(sqlite_db)
    clock = Hands()
    async with running(SmtpServer(script=drop)) as server:
        sending = a_sending(sqlite_db, server.relay(), tmp_path, now=clock)
        for _ in range(4):
            await send_outbox(sending)
            clock.move(hours=1)
    assert server.verbs["DOT"] == 2
    assert state(sqlite_db).state == DeliveryState.UNKNOWN
    assert state(sqlite_db).was_unknown


async def test_what_a_killed_sender_left_is_sent_again_and_marked(db: Database, tmp_path: Path) -> None:
    add(db)
    db.write_now(messages.lease_messages, now=NOON, limit=1, lease=LEASE)
    clock = Hands()
    async with running(SmtpServer()) as server:
        sending = a_sending(db, server.relay(), tmp_path, now=clock)
        assert await send_outbox(sending) == 0
        clock.move(minutes=16)
        assert await send_outbox(sending) == 1
        await sending.fleet.close()
    assert state(db).was_unknown


async def test_a_day_old_notice_is_not_sent(sqlite_db: Database, tmp_path: Path) -> None:
    add(sqlite_db)
    clock = Hands()
    clock.move(hours=25)
    async with running(SmtpServer()) as server:
        await send_outbox(a_sending(sqlite_db, server.relay(), tmp_path, now=clock))
    assert server.sessions == 0
    assert state(sqlite_db).state == DeliveryState.EXPIRED


class BrokenNotice(Plain):
    """Fails for the first mail as only an error of ours does."""

    def notice(self, mail: NoticeMail, *, at: datetime) -> Letter:
        """A notice mail."""
        if mail.id == 1:
            raise KeyError("matter")
        return super().notice(mail, at=at)


async def test_a_notice_that_cannot_be_made_holds_up_no_other(sqlite_db: Database, tmp_path: Path) -> None:
    add(sqlite_db, "broken")
    add(sqlite_db, "fine")
    async with running(SmtpServer()) as server:
        sending = a_sending(sqlite_db, server.relay(), tmp_path, compositor=BrokenNotice())
        assert await send_outbox(sending) == 1
        await sending.fleet.close()
    assert server.recipients == ["fine@readers.example"]
    assert state(sqlite_db).state == DeliveryState.DEFERRED


class Watched(Database):
    """Says when an outcome is about to be recorded."""

    recording: asyncio.Event

    async def write(self, f: Any, *args: Any, **kwargs: Any) -> Any:
        """Write as ever."""
        if f is messages.record_message:
            self.recording.set()
        return await super().write(f, *args, **kwargs)


async def test_what_was_accepted_is_recorded_although_the_sender_is_ended(
    sqlite_url: str, tmp_path: Path
) -> None:
    """SQLite's one writer is busy, so that the outcome has to wait for its turn."""
    db = Watched(sqlite_url)
    db.recording = asyncio.Event()
    free = threading.Event()
    add(db)
    others: list[asyncio.Future[Any]] = []

    def script(moment: Moment) -> None:
        if moment.verb == "DOT":
            others.append(asyncio.ensure_future(db.write(lambda _: free.wait())))

    async with running(SmtpServer(script=script)) as server:
        sending = a_sending(db, server.relay(), tmp_path)
        task = asyncio.create_task(send_outbox(sending))
        await db.recording.wait()
        task.cancel()
        others.append(asyncio.ensure_future(db.read(lambda _: free.set())))
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.gather(*others)
        assert state(db).state == DeliveryState.SENT
        await sending.fleet.close()
    db.close()
