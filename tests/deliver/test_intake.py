"""The listener for bounces, spoken to by the clients of the standard library."""

import asyncio
import contextlib
import smtplib
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from syndicate.audience.suppression import address_hash
from syndicate.deliver import intake
from syndicate.deliver.bounce import raw
from syndicate.deliver.intake import Listener, is_listening, listening_beside
from syndicate.errors import OwnFault
from syndicate.model.subscriber import SuppressionReason
from syndicate.store import bounces, suppressions
from tests.deliver.bounce.returned import a_dsn, a_returning, add_sent, signed
from tests.deliver.sender import address
from tests.neighbours.ports import free_port

HERE = "127.0.0.1:0"
FEEDBACK = "fbl@courier.example"


@pytest.fixture
def issue(db) -> int:
    return db.write_now(add_sent, readers=2)


async def say(listener: Listener, words: Callable[[Any], Any], kind: type = smtplib.LMTP) -> Any:
    """What a client gets that speaks these words."""

    def talk() -> Any:
        with kind("127.0.0.1", listener.port, local_hostname="relay.example", timeout=30) as client:
            return words(client)

    return await asyncio.to_thread(talk)


def sending(mail: bytes, *recipients: str) -> Callable[[Any], Any]:
    return lambda client: client.sendmail("", list(recipients), mail)


async def applied(db, count: int = 1) -> list[bounces.Bounce]:
    """What is in the database once so much is."""
    async with asyncio.timeout(30):
        while len(found := await db.read(bounces.list_bounces)) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return found


@pytest.mark.parametrize("kind", [smtplib.LMTP, smtplib.SMTP])
async def test_a_bounce_to_a_signed_address_suppresses_the_right_person(db, tmp_path, issue, kind) -> None:
    returning = a_returning(db, tmp_path, listen=HERE)
    async with Listener(returning) as listener:
        await say(listener, sending(a_dsn(address(1)), signed(issue)), kind)
        (kept,) = await applied(db)
    assert (kept.source, kept.applied, kept.subscriber_id) == ("listener", "suppressed", 1)
    digest = address_hash(returning.sending.keyring, address(1))
    assert await db.read(suppressions.find_suppressed, [digest]) == {digest: SuppressionReason.ADDRESS_GONE}


@pytest.mark.parametrize("to", ["stranger@courier.example", "b-1-2-abc@courier.example"])
async def test_no_other_address_is_taken(db, tmp_path, issue, to) -> None:
    async with Listener(a_returning(db, tmp_path, listen=HERE)) as listener:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            await say(listener, sending(a_dsn(address(1)), to))
    assert refused.value.recipients[to][0] == 550


async def test_an_address_of_the_settings_is_taken_in_any_case(db, tmp_path, issue) -> None:
    returning = a_returning(db, tmp_path, listen=HERE, addresses=(FEEDBACK,))
    async with Listener(returning) as listener:
        await say(listener, sending(a_dsn(address(1)), FEEDBACK.upper()))
        (kept,) = await applied(db)
    assert kept.applied == "unvouched"


async def test_with_trust_an_unsigned_report_counts(db, tmp_path, issue) -> None:
    returning = a_returning(db, tmp_path, listen=HERE, addresses=(FEEDBACK,), trusted=True)
    async with Listener(returning) as listener:
        await say(listener, sending(a_dsn(address(1)), FEEDBACK))
        (kept,) = await applied(db)
    assert kept.applied == "suppressed"


async def test_lmtp_has_a_reply_for_each_recipient(db, tmp_path, issue) -> None:
    def words(client: smtplib.LMTP) -> list[bytes]:
        client.ehlo_or_helo_if_needed()
        client.mail("")
        for number in (1, 2):
            assert client.rcpt(signed(issue, number))[0] == 250
        client.data(a_dsn(address(1)))
        # The first reply was read by data().
        return [client.getreply()[1], client.noop()[1]]

    async with Listener(a_returning(db, tmp_path, listen=HERE)) as listener:
        assert await say(listener, words) == [b"2.6.0 kept", b"OK"]


async def test_a_mail_over_the_limit_is_refused_for_each_recipient(db, tmp_path, issue) -> None:
    def words(client: smtplib.LMTP) -> list[int]:
        client.ehlo_or_helo_if_needed()
        client.mail("")
        for number in (1, 2):
            client.rcpt(signed(issue, number))
        return [client.data(b"x" * 70 + b"\r\n" + b"y" * 2000)[0], client.getreply()[0], client.noop()[0]]

    async with Listener(a_returning(db, tmp_path, listen=HERE, max_bytes=1000)) as listener:
        assert await say(listener, words) == [552, 552, 250]
    assert await db.read(bounces.list_bounces) == []


async def test_lines_of_any_length_are_taken(db, tmp_path, issue) -> None:
    mail = a_dsn(address(1)) + b"z" * 50_000 + b"\r\n"
    async with Listener(a_returning(db, tmp_path, listen=HERE)) as listener:
        await say(listener, sending(mail, signed(issue)))
        assert len(await applied(db)) == 1


async def test_what_was_taken_before_a_kill_is_applied_at_the_next_start(db, tmp_path, issue) -> None:
    returning = a_returning(db, tmp_path, listen=HERE)
    how = raw.Envelope(intake=raw.Intake.LISTENER, recipients=(signed(issue),))
    raw.keep(returning.folder.parent / "bounces", a_dsn(address(1)), how)
    async with Listener(returning):
        (kept,) = await applied(db)
    assert kept.applied == "suppressed"


async def test_none_that_was_taken_is_lost_when_the_process_is_killed(sqlite_db, tmp_path) -> None:
    """It says 250 while the database is busy, and is killed before anything is applied."""
    issue = sqlite_db.write_now(add_sent, readers=5)
    with sqlite3.connect(sqlite_db.path) as other:
        other.execute("BEGIN IMMEDIATE")
        child, port = await asyncio.to_thread(start_child, sqlite_db.path, tmp_path)
        for number in range(1, 6):
            await asyncio.to_thread(hand_over, port, a_dsn(address(number)), signed(issue, number))
        child.kill()
        child.wait()
        other.rollback()
    assert await sqlite_db.read(bounces.list_bounces) == []
    async with Listener(a_returning(sqlite_db, tmp_path, listen=HERE)):
        found = await applied(sqlite_db, 5)
    assert {one.applied for one in found} == {"suppressed"}


def start_child(database: Path, folder: Path) -> tuple[subprocess.Popen[str], int]:
    """A process of its own that listens, and its port."""
    command = [sys.executable, "-m", "tests.deliver.listening", str(database), str(folder)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    return child, int(child.stdout.readline())


def hand_over(port: int, mail: bytes, recipient: str) -> None:
    with smtplib.LMTP("127.0.0.1", port, local_hostname="relay.example", timeout=30) as client:
        client.sendmail("", [recipient], mail)


@pytest.mark.parametrize("unix", [False, True])
async def test_who_stands_by_listens_once_the_one_that_did_has_ended(db, tmp_path, unix) -> None:
    place = f"unix:{tmp_path}/bounces.sock" if unix else f"127.0.0.1:{free_port()}"
    returning = a_returning(db, tmp_path, listen=place)
    async with contextlib.AsyncExitStack() as first:
        await first.enter_async_context(listening_beside(returning, again=0.02))
        async with listening_beside(returning, again=0.02):
            await first.aclose()
            async with asyncio.timeout(30):
                while not await is_listening(place):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
    assert not await is_listening(place)


async def test_of_three_that_begin_at_once_one_listens_and_all_go_on(db, tmp_path) -> None:
    returning = a_returning(db, tmp_path, listen=f"127.0.0.1:{free_port()}")
    ready = asyncio.Barrier(3)

    async def work() -> None:
        async with listening_beside(returning):
            await ready.wait()
            assert await is_listening(returning.settings.listen)
            await ready.wait()

    async with asyncio.timeout(30):
        await asyncio.gather(work(), work(), work())


async def test_a_socket_that_another_has_made_meanwhile_stays(db, tmp_path) -> None:
    returning = a_returning(db, tmp_path, listen=f"unix:{tmp_path}/bounces.sock")
    async with contextlib.AsyncExitStack() as first:
        await first.enter_async_context(Listener(returning))
        async with Listener(returning):
            await first.aclose()
            assert await is_listening(returning.settings.listen)


async def test_a_place_that_is_not_ours_is_told_at_the_beginning(db, tmp_path) -> None:
    # Belongs to no interface of this machine (RFC 5737).
    with pytest.raises(OwnFault, match=r"cannot listen on 192\.0\.2\.1:2525"):
        async with listening_beside(a_returning(db, tmp_path, listen="192.0.2.1:2525")):
            pass


async def test_somebody_who_listens_is_seen(db, tmp_path) -> None:
    async with Listener(a_returning(db, tmp_path, listen=HERE)) as listener:
        assert await is_listening(f"127.0.0.1:{listener.port}")
    assert not await is_listening(f"127.0.0.1:{free_port()}")
    assert not await is_listening(f"unix:{tmp_path}/nothing.sock")


async def test_a_mail_that_cannot_be_kept_is_asked_for_later(db, tmp_path, issue) -> None:
    (tmp_path / "bounces").write_text("a file in the way")
    async with Listener(a_returning(db, tmp_path, listen=HERE)) as listener:
        with pytest.raises(smtplib.SMTPDataError, match=r"4\.3\.1"):
            await say(listener, sending(a_dsn(address(1)), signed(issue)), smtplib.SMTP)


async def test_a_fault_that_nobody_foresaw_ends_no_mail(db, tmp_path, issue, monkeypatch) -> None:
    async def broken(*_: object) -> str:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(intake, "keep_mail", broken)
    async with Listener(a_returning(db, tmp_path, listen=HERE)) as listener:
        with pytest.raises(smtplib.SMTPDataError, match="try again later"):
            await say(listener, sending(a_dsn(address(1)), signed(issue)), smtplib.SMTP)


async def test_a_relay_that_brings_too_much_is_asked_to_wait(db, tmp_path, issue) -> None:
    async with Listener(a_returning(db, tmp_path, listen=HERE, per_minute=1)) as listener:
        await say(listener, sending(a_dsn(address(1)), signed(issue)))
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            await say(listener, sending(a_dsn(address(2)), signed(issue, 2)))
    assert refused.value.smtp_code == 451


async def test_who_tries_address_after_address_is_hung_up_on(db, tmp_path, issue) -> None:
    def words(client: smtplib.SMTP) -> list[int]:
        client.ehlo_or_helo_if_needed()
        client.mail("")
        return [client.rcpt(f"b-{n}@courier.example")[0] for n in range(intake.MOST_REFUSALS)]

    async with Listener(a_returning(db, tmp_path, listen=HERE)) as listener:
        assert await say(listener, words, smtplib.SMTP) == [550] * (intake.MOST_REFUSALS - 1) + [421]


async def test_connections_are_bounded_and_come_free_again(db, tmp_path, issue, monkeypatch) -> None:
    monkeypatch.setattr(intake, "MOST_CONNECTIONS", 1)

    def greeting(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
            return one.recv(200)

    async with Listener(a_returning(db, tmp_path, listen=HERE)) as listener:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        assert (await reader.readline()).startswith(b"220")
        assert (await asyncio.to_thread(greeting, listener.port)).startswith(b"421")
        writer.close()
        async with asyncio.timeout(30):
            while listener.connections:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert (await asyncio.to_thread(greeting, listener.port)).startswith(b"220")


async def test_it_listens_at_a_socket_in_the_file_system(db, tmp_path, issue) -> None:
    path = tmp_path / "bounces.sock"
    async with Listener(a_returning(db, tmp_path, listen=f"unix:{path}")):
        reader, writer = await asyncio.open_unix_connection(str(path))
        assert (await reader.readline()).startswith(b"220")
        writer.close()
    assert not path.exists()


async def test_a_place_that_is_taken_is_told_with_the_setting(db, tmp_path) -> None:
    async with Listener(a_returning(db, tmp_path, listen=HERE)) as listener:
        with pytest.raises(OwnFault, match=r"set bounces\.listen to a free place"):
            async with Listener(a_returning(db, tmp_path, listen=f"127.0.0.1:{listener.port}")):
                pass
