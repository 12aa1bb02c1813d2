"""One transaction over a real connection, against a server that does what servers do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from syndicate.deliver.envelope import Letter, path_of, stuff
from syndicate.deliver.pace import Answer, Step, Verdict, judge
from syndicate.deliver.replies import ReplyReader, clean
from syndicate.deliver.smtp import Pool
from syndicate.deliver.wire import Timeouts, Wire
from syndicate.errors import BadAddress, ComposeFault
from tests.neighbours.smtp_server import Drop, Moment, Script, Silence, SmtpServer, running

DATA = b"Message-ID: <1@courier.example>\r\nSubject: Tide\r\n\r\nThe ferry.\r\n.\r\n..two\r\n"
QUICK = Timeouts(mail=0.3, rcpt=0.3, data=0.3, final=0.3, quit=0.3)
PLAIN = ("SIZE 50000000", "8BITMIME")
PIPELINING = ("PIPELINING", *PLAIN)


@pytest.fixture(params=[PIPELINING, PLAIN], ids=["grouped", "one-by-one"])
def extensions(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """What the server offers; each test runs with PIPELINING and without."""
    offered: tuple[str, ...] = request.param
    return offered


def a_letter(data: bytes = DATA, recipient: str = "reader1@readers.example") -> Letter:
    return Letter(sender="b-1@courier.example", recipient=recipient, data=data)


def at(verb: str, answer: str | bytes | type[Exception], *, count: int = 1) -> Script:
    """A script with one odd moment."""

    def script(moment: Moment) -> str | bytes | None:
        if (moment.verb, moment.count) != (verb, count):
            return None
        if isinstance(answer, type):
            raise answer
        return answer

    return script


@asynccontextmanager
async def connected(server: SmtpServer, timeouts: Timeouts = QUICK) -> AsyncIterator[Wire]:
    async with running(server):
        pool = Pool(server.relay(), helo="sender.example", timeouts=timeouts)
        wire = await pool.take()
        yield wire
        await pool.give_back(wire)
        await pool.close()


async def send(
    wire: Wire, letter: Letter | None = None, before_dot: Callable[[], None] = lambda: None
) -> Answer:
    return await wire.transact(letter or a_letter(), before_dot=before_dot)


async def test_a_message_arrives_as_it_was_composed(extensions: tuple[str, ...]) -> None:
    server = SmtpServer(extensions=extensions)
    async with connected(server) as wire:
        answers = [await send(wire) for _ in range(3)]
    assert [answer.code for answer in answers] == [250, 250, 250]
    assert [one.data for one in server.accepted] == [DATA] * 3
    assert server.sessions == 1


async def test_a_letter_that_comes_stuffed_arrives_as_it_was_composed(extensions: tuple[str, ...]) -> None:
    letter = Letter(
        sender="b-1@courier.example",
        recipient="reader1@readers.example",
        stuffed=stuff(DATA),
        size=len(DATA),
    )
    server = SmtpServer(extensions=extensions)
    async with connected(server) as wire:
        assert (await send(wire, letter)).code == 250
    assert [one.data for one in server.accepted] == [letter.data] == [DATA]


async def test_an_answer_to_a_body_that_was_not_sent_is_no_acceptance() -> None:
    server = SmtpServer(extensions=PIPELINING, script=at("DATA", b"354 go on\r\n250 2.0.0 queued\r\n"))
    async with connected(server) as wire:
        answer = await send(wire)
        assert not wire.usable
    assert judge(answer) == Verdict.CUT
    assert server.verbs["DOT"] == 0


@pytest.mark.parametrize(("offered", "together"), [(PIPELINING, True), (PLAIN, False)])
async def test_mail_rcpt_and_data_leave_together_only_where_that_is_offered(
    offered: tuple[str, ...], together: bool
) -> None:
    server = SmtpServer(extensions=offered, script=at("MAIL", "451 4.3.0 later"))
    async with connected(server) as wire:
        await send(wire)
    assert ("DATA" in server.commands) == together


@pytest.mark.parametrize(
    ("verb", "reply", "step", "verdict"),
    [
        ("MAIL", "451 4.3.0 later", Step.MAIL, Verdict.DEFER),
        ("MAIL", "550 5.7.1 not you", Step.MAIL, Verdict.FAULT),
        ("RCPT", "450 4.2.0 greylisted", Step.RCPT, Verdict.DEFER),
        ("RCPT", "550 5.1.1 unknown", Step.RCPT, Verdict.REFUSE),
        ("DATA", "452 4.3.1 no room", Step.DATA, Verdict.DEFER),
        ("DOT", "552 5.2.2 full", Step.DOT, Verdict.REFUSE),
        ("DOT", "554 5.7.1 spam", Step.DOT, Verdict.POLICY),
    ],
)
async def test_after_a_refusal_the_next_message_goes_through(
    extensions: tuple[str, ...], verb: str, reply: str, step: Step, verdict: Verdict
) -> None:
    server = SmtpServer(extensions=extensions, script=at(verb, reply))
    async with connected(server) as wire:
        refused, accepted = await send(wire), await send(wire)
    assert (refused.step, judge(refused)) == (step, verdict)
    assert accepted.code == 250
    assert len(server.accepted) == 1


async def test_a_body_that_nobody_is_to_get_is_never_sent() -> None:
    server = SmtpServer(extensions=PIPELINING, script=at("RCPT", "550 5.1.1 unknown"), lax=True)
    async with connected(server) as wire:
        answer = await send(wire)
        assert not wire.usable
    assert (answer.step, answer.code) == (Step.RCPT, 550)
    assert server.verbs["DOT"] == 0


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("how", ["421 4.3.2 closing", Drop, Silence, b"Hello there\r\n", b"250-never\r\n"])
async def test_a_break_before_the_dot_is_no_delivery(
    extensions: tuple[str, ...], verb: str, how: str | bytes | type[Exception]
) -> None:
    started: list[int] = []
    server = SmtpServer(extensions=extensions, script=at(verb, how))
    async with connected(server) as wire:
        answer = await send(wire, before_dot=lambda: started.append(1))
        assert not wire.usable
    assert judge(answer) == Verdict.CUT
    assert not started
    assert server.verbs["DOT"] == 0


@pytest.mark.parametrize("how", [Drop, b"2", b"What?\r\n", b"354 more\r\n", b"250-half"])
async def test_a_break_after_the_dot_leaves_it_unknown(
    extensions: tuple[str, ...], how: bytes | type[Exception]
) -> None:
    server = SmtpServer(extensions=extensions, script=at("DOT", how))
    async with connected(server) as wire:
        answer = await send(wire)
        assert not wire.usable
    assert judge(answer) == Verdict.UNKNOWN


async def test_a_break_in_the_middle_of_a_body_is_no_delivery() -> None:
    server = SmtpServer(script=at("HALF", Drop))
    large = DATA + b"x" * 70 + b"\r\n" + (b"y" * 76 + b"\r\n") * 400_000
    async with connected(server, Timeouts()) as wire:
        answer = await send(wire, a_letter(large))
    assert judge(answer) == Verdict.CUT


async def test_a_421_after_the_dot_is_a_plain_no() -> None:
    server = SmtpServer(script=at("DOT", "421 4.3.2 closing"))
    async with connected(server) as wire:
        assert judge(await send(wire)) == Verdict.DEFER
        assert not wire.usable


async def test_a_reply_may_come_in_many_lines_and_pieces() -> None:
    reader = ReplyReader()
    raw = b"250-2.1.0 one\r\n250-two\r\n250 three\r\n354\r\n421 4.3.2 \xd8\xa8\x00bye\n"
    replies = [reply for byte in raw for reply in reader.feed(bytes([byte]))]
    assert [(code, clean(raw)) for code, raw in replies] == [
        (250, "2.1.0 one two three"),
        (354, ""),
        (421, "4.3.2 ب bye"),
    ]


@pytest.mark.parametrize(
    "raw", [b"HTTP/1.1 400 Bad\r\n", b"25\r\n", b"999 no\r\n", b"250_ok\r\n", b"2" * 50_000]
)
def test_what_is_no_reply_is_told(raw: bytes) -> None:
    reader = ReplyReader()
    replies = reader.feed(b"250 2.0.0 queued\r\n" + raw)
    assert [code for code, _ in replies] == [250]
    assert "repl" in reader.disorder


async def test_an_unasked_goodbye_between_messages_is_noticed() -> None:
    server = SmtpServer()
    async with running(server):
        pool = Pool(server.relay(), helo="sender.example")
        wire = await pool.take()
        await send(wire)
        server.script = at("NOOP", "")
        wire.data_received(b"421 4.4.2 idle too long\r\n")
        assert pool.worn(wire)
        await pool.give_back(wire)
        other = await pool.take()
        assert other is not wire
        await pool.give_back(other)
        await pool.close()


async def test_a_cancelled_message_gets_no_dot() -> None:
    reached = asyncio.Event()

    def note(moment: Moment) -> None:
        if moment.verb == "HALF":
            reached.set()

    server = SmtpServer(script=note, chunk=1024)
    large = DATA + (b"y" * 76 + b"\r\n") * 400_000
    async with connected(server, Timeouts()) as wire:
        task = asyncio.create_task(send(wire, a_letter(large)))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not wire.usable
    assert server.verbs["DOT"] == 0


async def test_an_error_before_the_dot_stops_the_body() -> None:
    def fail() -> None:
        raise ComposeFault("no room for the journal")

    server = SmtpServer()
    async with connected(server) as wire:
        with pytest.raises(ComposeFault):
            await send(wire, before_dot=fail)
    assert server.verbs["DOT"] == 0


def test_dots_at_line_starts_are_doubled() -> None:
    assert stuff(b".a\r\n..b\r\nc.\r\n") == b"..a\r\n...b\r\nc.\r\n.\r\n"


@pytest.mark.parametrize("data", [b"a\nb\r\n", b"a\r\n.\r b\r\n", b"a\r\n.\n\r\n", b"no end", b""])
def test_bare_line_ends_are_refused(data: bytes) -> None:
    with pytest.raises(ComposeFault):
        stuff(data)


@pytest.mark.parametrize(
    "address", ["a b@c.example", "a@b.example>\r\nRCPT TO:<x@y.example", "@x", "x@", "x", "a<b@c"]
)
def test_an_address_cannot_bring_commands_along(address: str) -> None:
    with pytest.raises(BadAddress):
        path_of(address)


def test_a_domain_goes_in_punycode() -> None:
    assert path_of("mina@bücher.example") == "mina@xn--bcher-kva.example"


async def test_an_address_outside_ascii_needs_an_extension() -> None:
    letter = a_letter(recipient="مینا@readers.example")
    async with connected(SmtpServer()) as wire:
        with pytest.raises(BadAddress):
            await send(wire, letter)
    server = SmtpServer(extensions=("PIPELINING", "SMTPUTF8"))
    async with connected(server) as wire:
        assert (await send(wire, letter)).code == 250
    assert server.recipients == ["مینا@readers.example"]


async def test_after_a_refusal_that_is_out_of_step_the_connection_is_not_used_again() -> None:
    """RCPT is refused, and DATA answered as if it were not: what comes next answers something else."""
    server = SmtpServer(extensions=PIPELINING, script=at("RCPT", "550 5.1.1 nobody\r\n250 2.0.0 too many"))
    async with connected(server) as wire:
        answer = await send(wire)
        assert (answer.step, answer.code) == (Step.RCPT, 550)
        assert not wire.usable
    assert server.accepted == []


async def test_where_commands_go_one_by_one_an_answer_before_its_command_is_none() -> None:
    """A body that leaves upon it would be read as commands."""
    script = at("RCPT", "250 2.1.5 ok\r\n354 too early")
    server = SmtpServer(extensions=PLAIN, script=lambda m: script(m) or at("DATA", "451 4.3.0 later")(m))
    async with connected(server) as wire:
        answer = await send(wire)
        assert (answer.code, answer.past_dot) == (0, False)
        assert "not asked yet" in answer.text
    assert [one for one in server.commands if one.startswith(("Subject", "The ferry", "."))] == []


@asynccontextmanager
async def raw(talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]):
    """A connection to somebody who says what he likes."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(
        asyncio.Protocol, "127.0.0.1", server.sockets[0].getsockname()[1]
    )
    offers = frozenset({"pipelining"})
    yield Wire(transport, offers=offers, timeouts=QUICK)
    transport.abort()
    server.close()


async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while True:
            writer.write(b"250-\r\n" * 1_000)
            await writer.drain()


async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while True:
            writer.write(b"250-\r\n")
            await writer.drain()
            await asyncio.sleep(QUICK.mail / 3)


async def test_a_reply_of_empty_lines_without_end_is_cut_off() -> None:
    async with asyncio.timeout(30), raw(flood) as wire:
        answer = await send(wire)
        assert (answer.code, answer.text) == (0, "a reply without end")


async def test_a_reply_that_comes_in_drops_gains_no_time() -> None:
    async with asyncio.timeout(30), raw(drip) as wire:
        answer = await send(wire)
        assert (answer.code, "no reply within 0.3 s" in answer.text) == (0, True)


async def test_goodbye_waits_no_longer_for_drops() -> None:
    async with asyncio.timeout(30), raw(drip) as wire:
        await wire.quit()
        assert not wire.usable


async def test_an_acceptance_of_a_body_that_has_not_left_is_none() -> None:
    async def hasty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"DATA\r\n")
        writer.write(b"250 ok\r\n250 ok\r\n354 go on\r\n")
        await reader.readexactly(100)
        writer.write(b"250 2.0.0 thank you\r\n")
        await writer.drain()

    huge = a_letter(data=b"Subject: Tide\r\n\r\n" + b"The ferry.\r\n" * 4_000_000)
    async with asyncio.timeout(30), raw(hasty) as wire:
        answer = await send(wire, huge)
        assert (answer.code, answer.past_dot) == (0, False)
        assert "has not left" in answer.text
