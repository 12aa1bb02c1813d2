"""Transactions on a connection that is open, secured and authenticated (RFC 5321).

Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA leave in one write.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from syndicate.deliver.pace import Answer, Step
from syndicate.errors import BadAddress, ComposeFault

MAX_REPLY = 32_768
PATH = re.compile(r"[^\s<>\x00-\x1f\x7f]*")


class Letter:
    """One message with its envelope: made of `data`, or of what goes over the wire after DATA.

    `data` has CRLF line ends and no dot-stuffing. `stuffed` has its dots doubled and the final dot, and
    comes with `size`, the octets of the data that it stands for: then nobody scans a body per recipient.
    """

    __slots__ = ("_data", "_stuffed", "recipient", "sender", "size")

    def __init__(
        self, *, sender: str, recipient: str, data: bytes = b"", stuffed: bytes = b"", size: int = 0
    ) -> None:
        self.sender = sender
        self.recipient = recipient
        self.size = size or len(data)
        self._data = data
        self._stuffed = stuffed

    @property
    def data(self) -> bytes:
        """The message as it was composed."""
        return self._data or unstuffed(self._stuffed)

    @property
    def stuffed(self) -> bytes:
        """The message as it goes over the wire (RFC 5321, section 4.5.2). Raises ComposeFault, see stuff."""
        return self._stuffed or stuff(self._data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait for each reply, in seconds (RFC 5321, section 4.5.3.2)."""

    mail: float = 300.0
    rcpt: float = 300.0
    data: float = 120.0
    final: float = 600.0
    quit: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole reply, its lines joined by a space."""

    code: int
    text: str


class _Cut(Exception):
    """No usable reply: the connection broke, the time ran out, or what came was not SMTP."""


class ReplyReader:
    """Turns bytes, however they were split, into replies (RFC 5321, section 4.2). Raises ValueError."""

    def __init__(self) -> None:
        self._rest = b""
        self._code = b""
        self._lines: list[str] = []

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that these bytes complete."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) + sum(map(len, self._lines)) > MAX_REPLY:
            raise ValueError("a reply without end")
        return [reply for line in lines if (reply := self._line(line.rstrip(b"\r")))]

    def _line(self, line: bytes) -> Reply | None:
        code, mark = line[:3], line[3:4]
        if not (
            len(code) == 3
            and code.isdigit()
            and b"200" <= code <= b"599"
            and mark in (b"", b" ", b"-", b"\t")
        ):
            raise ValueError(f"not an SMTP reply: {line[:80]!r}")
        if self._lines and code != self._code:
            raise ValueError(f"a reply whose lines differ in their code: {line[:80]!r}")
        self._code = code
        self._lines.append(clean(line[4:]))
        if mark == b"-":
            return None
        text, self._lines = " ".join(self._lines), []
        return Reply(code=int(code), text=text)


def clean(raw: bytes) -> str:
    """A server's words, safe for logs and pages: control characters become spaces."""
    text = raw.decode("utf-8", "replace")
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text.strip()


class Wire(asyncio.Protocol):
    """One connection on which transactions run, one after the other. It closes on every disorder."""

    def __init__(
        self, transport: asyncio.Transport, *, offers: frozenset[str], timeouts: Timeouts, relay: str = ""
    ) -> None:
        self.relay = relay
        self.served = 0
        self.cut = False
        self._transport = transport
        self._offers = offers
        self._timeouts = timeouts
        self._reader = ReplyReader()
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._lost = ""
        self._disorder = False
        self._reset = False
        self._unsent = False
        # With a limit of 0, resume_writing says that the kernel has every byte: then the dot is on its way.
        transport.set_write_buffer_limits(high=0)
        transport.set_protocol(self)

    @property
    def usable(self) -> bool:
        """Whether another transaction can start here; a server's unasked 421 ends it too."""
        return not self._lost and not self._replies and not self._transport.is_closing()

    def data_received(self, data: bytes) -> None:
        """Collect replies; close on what is none."""
        try:
            self._replies.extend(self._reader.feed(data))
        except ValueError as error:
            self._confuse(str(error))
        if self._replies:
            self._wake()

    def eof_received(self) -> bool:
        """The server hung up."""
        self._end("the relay closed the connection")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; what was not answered is cut."""
        self._end(f"the connection broke: {exc}" if exc else "the connection was closed")

    def pause_writing(self) -> None:
        """Bytes wait in our buffer, the final dot among them."""
        self._unsent = True

    def resume_writing(self) -> None:
        """The kernel has taken everything."""
        self._unsent = False

    async def transact(self, letter: Letter, *, before_dot: Callable[[], None]) -> Answer:
        """Send one message. `before_dot` is called when the next write will hold the final dot.

        Never raises for anything the relay does. A cancellation, or an error of `before_dot`, aborts the
        connection without a dot. Raises BadAddress and ComposeFault before anything is written.
        """
        body = letter.stuffed
        opening = self._opening(letter)
        try:
            answer = await self._open(opening)
            if answer is None:
                answer = await self._body(body, before_dot)
        except BaseException:
            self.abort()
            raise
        if answer.code in (0, 421):
            self.cut = True
            self.abort()
        self.served += 1
        return answer

    async def quit(self) -> None:
        """Say goodbye (RFC 5321, section 4.1.1.10) and close; never raises."""
        if self.usable:
            self._transport.write(b"QUIT\r\n")
            with suppress(_Cut):
                await self._reply(self._timeouts.quit)
        self.abort()

    def abort(self) -> None:
        """Drop the connection and every byte that has not left: never a dot after half a body."""
        self._end("closed by us")
        self._transport.abort()

    def _opening(self, letter: Letter) -> list[tuple[Step, bytes]]:
        sender, recipient = path_of(letter.sender), path_of(letter.recipient)
        size = f" SIZE={letter.size}" if "size" in self._offers else ""
        utf8 = ""
        if not (sender.isascii() and recipient.isascii()):
            if "smtputf8" not in self._offers:
                raise BadAddress("the relay takes no addresses outside ASCII (RFC 6531)")
            utf8 = " SMTPUTF8"
        return [
            (Step.MAIL, f"MAIL FROM:<{sender}>{size}{utf8}\r\n".encode()),
            (Step.RCPT, f"RCPT TO:<{recipient}>\r\n".encode()),
            (Step.DATA, b"DATA\r\n"),
        ]

    async def _open(self, opening: list[tuple[Step, bytes]]) -> Answer | None:
        """None when the server waits for the body, else the answer that ended the transaction."""
        if self._reset:
            self._write(b"RSET\r\n")
        grouped = "pipelining" in self._offers
        if grouped:
            self._write(b"".join(line for _, line in opening))
        if self._reset:
            answer = await self._read(Step.MAIL)
            if answer.code // 100 != 2:
                return Answer(step=Step.MAIL, text=f"RSET: {answer.code} {answer.text}", relay=self.relay)
            self._reset = False
        return await (self._read_group() if grouped else self._one_by_one(opening))

    async def _one_by_one(self, opening: list[tuple[Step, bytes]]) -> Answer | None:
        for step, line in opening:
            self._write(line)
            answer = await self._read(step)
            if not _goes_on(step, answer.code):
                self._reset = True
                return answer
        return None

    async def _read_group(self) -> Answer | None:
        """All three replies must be read; the first that refuses is the one that counts (RFC 2920, 3.1)."""
        decisive: Answer | None = None
        for step in (Step.MAIL, Step.RCPT, Step.DATA):
            answer = await self._read(step)
            if decisive is None and not _goes_on(step, answer.code):
                decisive = answer
            if answer.code == 0 and self._disorder:
                # The replies may stand beside the wrong commands: none of them can be trusted.
                return answer
            if answer.code in (0, 421):
                return decisive
        if decisive is not None:
            self._reset = True
            if answer.code == 354:
                # It waits for a body though nobody is to get it. Even a lone dot could become a mail.
                self.abort()
        return decisive

    async def _body(self, body: bytes, before_dot: Callable[[], None]) -> Answer:
        before_dot()
        self._write(body)
        return await self._read(Step.DOT)

    async def _read(self, step: Step) -> Answer:
        try:
            reply = await self._reply(getattr(self._timeouts, WAITS[step]))
        except _Cut as cut:
            # TLS keeps bytes where we cannot see them: there, what was written may always have left.
            kept = self._unsent and self._transport.get_extra_info("sslcontext") is None
            past_dot = step == Step.DOT and not kept
            return Answer(step=step, text=str(cut), past_dot=past_dot, relay=self.relay)
        if not (_goes_on(step, reply.code) or reply.code >= 400):
            # Neither yes nor no: the two sides are out of step, so that the next reply would mislead.
            said = f"{reply.code} {reply.text}"
            return Answer(step=step, text=said, past_dot=step == Step.DOT, relay=self.relay)
        return Answer(step=step, code=reply.code, text=reply.text, relay=self.relay)

    async def _reply(self, seconds: float) -> Reply:
        if not self._replies and not self._lost:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            timer = loop.call_later(seconds, self._confuse, f"no reply within {seconds:g} s")
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        if not self._replies:
            raise _Cut(self._lost)
        return self._replies.popleft()

    def _write(self, data: bytes) -> None:
        if not self._lost:
            self._transport.write(data)

    def _confuse(self, reason: str) -> None:
        self._disorder = True
        self._end(reason)
        self._transport.abort()

    def _end(self, reason: str) -> None:
        self._lost = self._lost or reason
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


WAITS = {Step.MAIL: "mail", Step.RCPT: "rcpt", Step.DATA: "data", Step.DOT: "final"}


def _goes_on(step: Step, code: int) -> bool:
    return code == 354 if step == Step.DATA else code // 100 == 2


def stuff(data: bytes) -> bytes:
    """The body as it goes over the wire: dots doubled at line starts, and the final dot (section 4.5.2).

    Raises ComposeFault on a bare CR or LF: servers differ on what they mean, so that one could hide a
    second message.
    """
    if not data.endswith(b"\r\n"):
        raise ComposeFault("a message must end with CRLF")
    if not data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        raise ComposeFault("a message must not have a bare CR or LF")
    doubled = data.replace(b"\r\n.", b"\r\n..")
    return (b"." if data.startswith(b".") else b"") + doubled + b".\r\n"


def unstuffed(body: bytes) -> bytes:
    """The message that a body on the wire stands for: `stuff` undone."""
    data = body.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
    return data[1:] if data.startswith(b".") else data


def path_of(address: str) -> str:
    """An address as MAIL and RCPT take it, its domain in punycode. Raises BadAddress."""
    local, at, domain = address.rpartition("@")
    if not PATH.fullmatch(address) or (address and not (at and local and domain)):
        raise BadAddress("the address cannot stand in an SMTP envelope")
    try:
        return address if domain.isascii() else f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise BadAddress("the part after the @ is no domain name") from error
