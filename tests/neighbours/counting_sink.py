"""An SMTP server that takes everything, counts to whom, and keeps up with several senders at once."""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

GREETING = b"220 sink.example ESMTP\r\n"
EXTENSIONS = (
    b"250-sink.example\r\n250-PIPELINING\r\n250-SIZE 50000000\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n"
)
END = b"\r\n.\r\n"
ANSWERS = {
    b"EHLO": EXTENSIONS,
    b"HELO": b"250 sink.example\r\n",
    b"MAIL": b"250 2.1.0 ok\r\n",
    b"RCPT": b"250 2.1.5 ok\r\n",
    b"DATA": b"354 go on\r\n",
    b"RSET": b"250 2.0.0 ok\r\n",
    b"NOOP": b"250 2.0.0 ok\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}
TAKEN = b"250 2.0.0 taken\r\n"


@dataclass
class Sink:
    """What came: `received` is how often each address got something.

    `doubtful` are those whose message was the last on a connection that broke: its sender may not have read
    the answer. `most` is how many connections were open at once.
    """

    received: Counter[str] = field(default_factory=Counter)
    doubtful: set[str] = field(default_factory=set)
    port: int = 0
    open: int = 0
    most: int = 0
    count: int = 0
    _limit: float = math.inf
    _held: list["Session"] = field(default_factory=list)
    _grown: asyncio.Event = field(default_factory=asyncio.Event)

    def hold_after(self, count: int) -> None:
        """Take what comes after so many messages, and do not say so until `release`."""
        self._limit = count

    def release(self) -> None:
        """Answer again, those too who wait for it."""
        self._limit = math.inf
        held, self._held = self._held, []
        for session in held:
            session.go_on()

    @property
    def held(self) -> int:
        """How many connections wait for the answer to a message."""
        return sum(not session.over for session in self._held)

    async def until(self, count: int, *, held: int = 0) -> None:
        """Come back once so many messages were taken, and so many wait for their answer."""
        while self.count < count or self.held < held:
            self._grown.clear()
            await self._grown.wait()

    def take(self, session: "Session") -> bool:
        """Count a message; whether it is to be answered now."""
        self.received[session.recipient] += 1
        self.count += 1
        self._grown.set()
        if self.count <= self._limit:
            return True
        self._held.append(session)
        return False


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._buffer = bytearray()
        self._body = self._held = self._quit = False
        self._last = ""
        self.recipient = ""
        self.over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say hello."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._sink.open += 1
        self._sink.most = max(self._sink.most, self._sink.open)
        transport.write(GREETING)

    def connection_lost(self, _error: Exception | None) -> None:
        """Whoever says goodbye has read all answers."""
        self.over = True
        self._sink.open -= 1
        if self._last and not self._quit:
            self._sink.doubtful.add(self._last)

    def data_received(self, data: bytes) -> None:
        """Answer what is whole, in one write."""
        self._buffer += data
        if not self._held:
            self._answer()

    def go_on(self) -> None:
        """Say what was kept back."""
        self._held = False
        if not self.over:
            self._transport.write(TAKEN)
            self._answer()

    def _answer(self) -> None:
        answers = []
        while not self._held and (answer := self._next()) is not None:
            answers.append(answer)
        if answers:
            self._transport.write(b"".join(answers))
        if self._quit:
            self._transport.close()

    def _next(self) -> bytes | None:
        mark = END if self._body else b"\r\n"
        end = self._buffer.find(mark)
        if end < 0:
            return None
        part = bytes(self._buffer[:end])
        del self._buffer[: end + len(mark)]
        return self._take() if self._body else self._obey(part)

    def _take(self) -> bytes:
        self._body = False
        self._last = self.recipient
        self._held = not self._sink.take(self)
        return b"" if self._held else TAKEN

    def _obey(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.recipient = line[line.index(b"<") + 1 : line.index(b">")].decode()
        self._body = verb == b"DATA"
        self._quit = verb == b"QUIT"
        return ANSWERS.get(verb, b"502 5.5.1 what?\r\n")


@asynccontextmanager
async def sinking() -> AsyncIterator[Sink]:
    """The server while it runs, on a free port of loopback."""
    sink = Sink()
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: Session(sink), "127.0.0.1", 0, backlog=200)
    sink.port = listener.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        listener.close()
