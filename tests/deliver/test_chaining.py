"""The next message's first commands leave behind a body, where the relay takes that well."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from syndicate.deliver import send
from syndicate.deliver.chaining import FAULTS, Chaining
from syndicate.deliver.envelope import Letter
from syndicate.deliver.pace import Step
from syndicate.deliver.smtp import Pool
from syndicate.deliver.wire import Wire
from syndicate.model.delivery import DeliveryState
from syndicate.model.site import DeliverySettings, Relay, Security
from syndicate.store import deliveries
from syndicate.store.database import Database
from tests.deliver.sender import a_sending, add_issue, address
from tests.neighbours.smtp_server import Drop, Moment, SmtpServer, running

SENT = DeliveryState.SENT
QUEUED = b"250 queued\r\n"
OPENING = b"250 ok\r\n250 ok\r\n354 go on\r\n"
LIMIT = 30
FEW = DeliverySettings(batch=20, group=4)


def a_letter(number: int, recipient: str = "") -> Letter:
    sender = f"b-{number}@courier.example"
    data = f"Message-ID: <{number}@courier.example>\r\n\r\nThe ferry.\r\n".encode()
    return Letter(sender=sender, recipient=recipient or address(number), data=data)


Answering = Callable[["Peer"], Awaitable[None]]


class Peer:
    """One connection to a server that looks at what has come before it answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def line(self, verb: bytes) -> None:
        """The next command, which is to be this one."""
        got = await asyncio.wait_for(self.reader.readline(), LIMIT)
        assert got.startswith(verb), got

    async def opening(self) -> None:
        for verb in (b"MAIL", b"RCPT", b"DATA"):
            await self.line(verb)

    async def body(self) -> None:
        await asyncio.wait_for(self.reader.readuntil(b"\r\n.\r\n"), LIMIT)

    def say(self, answer: bytes) -> None:
        self.writer.write(answer)

    async def take(self) -> None:
        """A message as any server takes it: nothing has to be there before its answer."""
        await self.begin()
        self.say(QUEUED)

    async def begin(self) -> None:
        """The same as far as its body."""
        await self.opening()
        self.say(OPENING)
        await self.body()


@asynccontextmanager
async def wired(answering: Answering) -> AsyncIterator[Wire]:
    """A wire to a server that greets, and then does what the test says; its failures are the test's."""
    failed: list[BaseException] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        try:
            peer.say(b"220 relay.example\r\n")
            await peer.line(b"EHLO")
            peer.say(b"250-relay.example\r\n250 PIPELINING\r\n")
            await answering(peer)
        except Exception as error:  # noqa: BLE001 - it is raised where the test sees it
            failed.append(error)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    relay = Relay(
        local=False, host="127.0.0.1", port=server.sockets[0].getsockname()[1], security=Security.NONE
    )
    pool = Pool(relay, helo="sender.example")
    try:
        wire = await pool.take()
        assert isinstance(wire, Wire)
        yield wire
        wire.abort()
        await pool.give_back(wire)
    finally:
        await pool.close()
        server.close()
    assert failed == []


async def send_in_turn(wire: Wire, letters: list[Letter]) -> list[int]:
    """Each with the next one behind its body; the codes that decided."""
    codes = []
    for number, letter in enumerate(letters):
        behind = letters[number + 1] if number + 1 < len(letters) else None
        answer = await wire.transact(letter, before_dot=lambda: None, then=lambda behind=behind: behind)  # type: ignore[misc]
        codes.append(answer.code)
    return codes


async def test_from_the_second_body_on_the_next_opening_is_there_before_the_answer() -> None:
    async def answering(peer: Peer) -> None:
        await peer.take()
        await peer.opening()
        peer.say(OPENING)
        for _ in range(2):
            await peer.body()
            # Would it wait for the answer, it would never come.
            await peer.opening()
            peer.say(QUEUED + OPENING)
        await peer.body()
        peer.say(QUEUED)

    async with wired(answering) as wire:
        assert await send_in_turn(wire, [a_letter(n) for n in range(4)]) == [250] * 4
        assert wire.usable


async def test_a_line_with_somebody_elses_opening_on_it_serves_nobody() -> None:
    async def answering(peer: Peer) -> None:
        for _ in range(2):
            await peer.take()
        assert b"\r\n.\r\n" not in await peer.reader.read()

    async with wired(answering) as wire:
        begun = a_letter(3)
        for number in (1, 2):
            await wire.transact(a_letter(number), before_dot=lambda: None, then=lambda: begun)
        assert not wire.usable
        answer = await wire.transact(a_letter(4), before_dot=lambda: None)
        assert (answer.code, answer.step, answer.past_dot) == (0, Step.MAIL, False)


async def test_an_address_that_cannot_be_written_to_stands_behind_no_body() -> None:
    async def answering(peer: Peer) -> None:
        for _ in range(3):
            await peer.take()

    async with wired(answering) as wire:
        for number in range(3):
            answer = await wire.transact(
                a_letter(number), before_dot=lambda: None, then=lambda: a_letter(9, "zoë@readers.example")
            )
            assert answer.code == 250
        assert wire.usable


async def test_a_break_behind_the_dot_leaves_the_message_in_doubt_and_the_next_untouched() -> None:
    async def answering(peer: Peer) -> None:
        await peer.take()
        await peer.begin()
        await peer.opening()

    async with wired(answering) as wire:
        letters = [a_letter(n) for n in range(3)]
        answers = [
            await wire.transact(one, before_dot=lambda: None, then=lambda: letters[2]) for one in letters
        ]
    assert [(one.code, one.past_dot) for one in answers] == [(250, False), (0, True), (0, False)]


@pytest.mark.parametrize("refusal", [b"503 5.5.1 improper use of pipelining\r\n", b"554 synchronization\r\n"])
async def test_who_refuses_what_comes_behind_a_body_refuses_nobody(refusal: bytes) -> None:
    async def answering(peer: Peer) -> None:
        await peer.take()
        await peer.begin()
        peer.say(QUEUED + refusal * 3)

    async with wired(answering) as wire:
        assert await send_in_turn(wire, [a_letter(n) for n in range(3)]) == [250, 250, 0]
        assert not wire.usable


def test_what_goes_wrong_three_times_without_going_well_is_left() -> None:
    chaining = Chaining()
    for well in (False, False, True, False, False):
        chaining.note(well=well)
        assert chaining.allowed
    chaining.note(well=False)
    assert not chaining.allowed
    chaining.note(well=True)
    assert not chaining.allowed


async def test_a_relay_that_breaks_off_each_time_gets_one_message_after_the_other(
    sqlite_db: Database, tmp_path: Path
) -> None:
    sizes: list[int] = []

    def script(moment: Moment) -> None:
        # As one that takes commands before its answer for a disorder.
        if moment.verb == "MAIL" and moment.served and server.ahead:
            sizes.append(moment.served)
            raise Drop

    server = SmtpServer(script=script)
    issue_id = sqlite_db.write_now(add_issue, readers=30)
    async with running(server):
        sending = a_sending(sqlite_db, server.relay(connections=1), tmp_path)
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert report.tally == {SENT: 30}
    assert server.recipients == sorted(address(n) for n in range(1, 31))
    assert len(sizes) == FAULTS


async def test_a_relay_that_ends_each_connection_after_so_many_messages_loses_nobody(
    db: Database, tmp_path: Path
) -> None:
    def script(moment: Moment) -> str | None:
        return "421 4.7.0 enough" if moment.verb == "AFTER" and moment.served == 3 else None

    issue_id = db.write_now(add_issue, readers=40)
    async with running(SmtpServer(script=script)) as server:
        sending = a_sending(db, server.relay(connections=3), tmp_path)
        report = await send.send_issue(sending, issue_id)
        await sending.fleet.close()
    assert report.tally == {SENT: 40}
    assert server.recipients == sorted(address(n) for n in range(1, 41))
    assert all(not row.was_unknown for row in db.read_now(deliveries.list_deliveries, 1))


async def test_a_pause_calls_back_who_was_begun_behind_a_body(db: Database, tmp_path: Path) -> None:
    paused = asyncio.Event()

    async def gate(moment: Moment) -> None:
        if moment.verb == "DOT" and moment.count == 5:
            await send.pause(sending, issue_id)
            await paused.wait()

    issue_id = db.write_now(add_issue, readers=20)
    async with running(SmtpServer(gate=gate)) as server:
        sending = a_sending(db, server.relay(connections=1), tmp_path, settings=FEW)
        await send.start_issue(sending, issue_id)
        task = asyncio.create_task(send.send_due(sending, issue_id))
        while not db.read_now(send.report_now, issue_id).paused_reason:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        paused.set()
        await task
        first = server.recipients
        await send.resume(sending, issue_id)
        await send.send_due(sending, issue_id)
        await sending.fleet.close()
    assert 5 <= len(first) < 20
    assert server.recipients == sorted(address(n) for n in range(1, 21))


async def test_a_goodbye_behind_what_was_begun_lets_no_body_leave() -> None:
    async def answering(peer: Peer) -> None:
        await peer.take()
        await peer.begin()
        peer.say(QUEUED + OPENING + b"421 4.3.2 closing\r\n")
        assert b"\r\n.\r\n" not in await peer.reader.read()

    async with wired(answering) as wire:
        assert await send_in_turn(wire, [a_letter(n) for n in range(3)]) == [250, 250, 0]
        assert not wire.usable
