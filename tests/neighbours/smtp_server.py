"""A real SMTP server that answers by a script: any reply, silence or a broken connection at any verb.

What it accepts, it logs (Message-ID, envelope) to a file before it says so, one line each.
"""

import asyncio
import email
import json
import os
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from syndicate.model.site import Protocol, Relay, RelayTimeouts, Security

DEFAULTS = {
    "CONNECT": "220 relay.example ESMTP",
    "AUTH": "235 2.7.0 accepted",
    "STARTTLS": "220 2.0.0 ready",
    "MAIL": "250 2.1.0 sender ok",
    "RCPT": "250 2.1.5 recipient ok",
    "DATA": "354 go on",
    "DOT": "250 2.0.0 queued",
    "RSET": "250 2.0.0 reset",
    "NOOP": "250 2.0.0 ok",
    "QUIT": "221 2.0.0 bye",
    "HELO": "250 relay.example",
}


DOT = b"\r\n.\r\n"


class Drop(Exception):
    """Break the connection here, without a word."""


class Wreck(Exception):
    """Say yes here, and speak no more sense: a handshake that follows comes to nothing."""


class Silence(Exception):
    """Say nothing here, and keep the connection."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a session is. `count` is how often this verb has come, over all sessions, this one included.

    Besides verbs: CONNECT, HALF (a part of a body is here), DOT (the whole is) and AFTER (250 was said; what
    the script says then goes unasked, before the connection breaks).
    """

    verb: str
    count: int
    session: int
    served: int
    recipient: str = ""
    sender: str = ""


Script = Callable[[Moment], str | bytes | None]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def says_yes(_moment: Moment) -> None:
    """The script of a server that accepts everything."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that was answered with 250, or would have been."""

    message_id: str
    sender: str
    recipient: str
    data: bytes


@dataclass
class SmtpServer:
    """`script` gets each moment and returns a reply, or None for the usual one; or raises Drop or Silence.

    `gate` may keep it waiting. `lax`: DATA is answered with 354 though no recipient was accepted. `lmtp`: it
    speaks that (RFC 2033). `path`: it listens on this socket. `split`: its replies leave byte by byte.
    """

    script: Script = says_yes
    extensions: tuple[str, ...] = ("PIPELINING", "SIZE 50000000", "8BITMIME", "ENHANCEDSTATUSCODES")
    log: Path | None = None
    tls: ssl.SSLContext | None = None
    chunk: int = 65_536
    lax: bool = False
    lmtp: bool = False
    split: bool = False
    path: Path | None = None
    gate: Callable[[Moment], Awaitable[None]] | None = None
    port: int = 0
    accepted: list[Accepted] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    verbs: Counter[str] = field(default_factory=Counter)
    sessions: int = 0
    open_sessions: int = 0
    most_sessions: int = 0
    # Whether the last command had come before what it followed was answered.
    ahead: bool = False

    def relay(self, **change: object) -> Relay:
        """The settings that lead here."""
        usual = {
            "local": False,
            "host": f"unix:{self.path}" if self.path else "127.0.0.1",
            "port": self.port,
            "protocol": Protocol.LMTP if self.lmtp else Protocol.SMTP,
            "security": Security.NONE,
            "timeouts": RelayTimeouts(connect=5, opening=5),
        }
        return Relay(**usual | change)  # type: ignore[arg-type]

    @property
    def recipients(self) -> list[str]:
        """To whom messages were accepted, sorted."""
        return sorted(one.recipient for one in self.accepted)

    async def at(self, verb: str, session: "Session") -> str | bytes | None:
        """Wait at the gate, and ask the script."""
        self.verbs[verb] += 1
        moment = Moment(
            verb, self.verbs[verb], session.number, session.served, session.recipient, session.sender
        )
        if self.gate is not None:
            await self.gate(moment)
        return self.script(moment)

    def accept(self, one: Accepted) -> None:
        """Log it: from here on it counts as delivered."""
        self.accepted.append(one)
        if self.log is not None:
            line = json.dumps([one.message_id, one.sender, one.recipient]) + "\n"
            file = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            # A plain write: senders are killed here, never this server nor the machine.
            os.write(file, line.encode())
            os.close(file)


class Session:
    """One connection."""

    def __init__(
        self, server: SmtpServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.number = server.sessions
        self.served = 0
        self.sender = self.recipient = ""
        self.secured = False
        self.mail = False
        self.recipients = 0
        self.behind = b""

    async def line(self) -> bytes:
        """The next command; what came behind a body goes first."""
        head, end, rest = self.behind.partition(b"\n")
        self.server.ahead = bool(end)
        self.behind = rest
        return head + end if end else head + await self.reader.readline()

    async def talk(self) -> None:
        """Until the client goes, or the script breaks off."""
        try:
            await self.say("CONNECT")
            while line := await self.line():
                await self.obey(line.decode("utf-8", "replace").rstrip("\r\n"))
        except (Drop, ConnectionError, asyncio.IncompleteReadError):
            self.writer.transport.abort()
        finally:
            self.writer.close()

    async def obey(self, line: str) -> None:
        """Answer one command."""
        verb = line.split(" ")[0].split(":")[0].upper()
        self.server.commands.append(line)
        if verb == "MAIL":
            self.sender, self.recipient = line[line.index("<") + 1 : line.index(">")], ""
            self.mail, self.recipients = False, 0
        if verb == "RCPT":
            self.recipient = line[line.index("<") + 1 : line.index(">")]
        if self.server.lmtp and verb in ("EHLO", "HELO"):
            await self.write("500 5.5.1 LHLO, please")
        elif verb == ("LHLO" if self.server.lmtp else "EHLO"):
            extensions = [one for one in self.server.extensions if not (self.secured and one == "STARTTLS")]
            lines = ["relay.example", *extensions]
            usual = "".join(f"250{'-' if one != lines[-1] else ' '}{one}\r\n" for one in lines)
            await self.say("EHLO", usual)
        elif verb not in DEFAULTS:
            await self.write("502 5.5.1 what?")
        elif verb == "RCPT" and not self.mail:
            await self.write("503 5.5.1 MAIL first")
        elif verb == "DATA" and not (self.recipients or self.server.lax):
            # RFC 2033, section 4.2, asks for 503 here; RFC 2920, section 3.1, for 554.
            await self.write(
                "503 5.5.1 no valid recipients" if self.server.lmtp else "554 5.5.1 no valid recipients"
            )
        elif await self.say(verb):
            await self.after(verb)

    async def after(self, verb: str) -> None:
        """What follows a verb that was answered with yes."""
        if verb == "QUIT":
            raise Drop
        self.mail = self.mail or verb == "MAIL"
        self.recipients += verb == "RCPT"
        if verb == "STARTTLS":
            await self.writer.start_tls(self.server.tls)
            self.secured = True
        if verb == "DATA":
            await self.take_body()

    async def take_body(self) -> None:
        """Read to the lone dot, accept, and say so."""
        data = b""
        while DOT not in data:
            more = await self.reader.read(self.server.chunk)
            if not more:
                raise Drop
            data += more
            if DOT not in data:
                await self.server.at("HALF", self)
        data, _, self.behind = data.partition(DOT)
        data = (data + b"\r\n").replace(b"\r\n..", b"\r\n.")
        try:
            answer = await self.server.at("DOT", self)
        except Silence:
            return
        if answer is None:
            message_id = email.message_from_bytes(data).get("Message-ID", "")
            self.server.accept(Accepted(message_id.strip(), self.sender, self.recipient, data))
        await self.write(answer or DEFAULTS["DOT"])
        self.served += 1
        unasked = await self.server.at("AFTER", self)
        if unasked is not None:
            await self.write(unasked)
            raise Drop

    async def say(self, verb: str, usual: str = "") -> bool:
        """Answer a verb; whether that was yes."""
        try:
            answer = await self.server.at(verb, self)
        except Silence:
            return False
        except Wreck:
            await self.write(DEFAULTS[verb])
            raise Drop from None
        await self.write(answer or usual or DEFAULTS[verb])
        if isinstance(answer, str) and answer.startswith("421"):
            raise Drop
        return answer is None or answer[:1] in ("2", "3")

    async def write(self, answer: str | bytes) -> None:
        """Send a reply as it is, the line end added where it is missing."""
        data = answer.encode() if isinstance(answer, str) else answer
        data = data if data.endswith(b"\n") or isinstance(answer, bytes) else data + b"\r\n"
        for piece in [data[i : i + 1] for i in range(len(data))] if self.server.split else [data]:
            self.writer.write(piece)
            await self.writer.drain()
            # Only then does the next piece leave on its own.
            await asyncio.sleep(0)


@asynccontextmanager
async def running(server: SmtpServer, *, implicit_tls: bool = False) -> AsyncIterator[SmtpServer]:
    """Serve on a free port of loopback."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        server.sessions += 1
        server.open_sessions += 1
        server.most_sessions = max(server.most_sessions, server.open_sessions)
        try:
            await Session(server, reader, writer).talk()
        except asyncio.CancelledError:
            # Swallowed at the very end of the task: Python 3.11 reports it as an error otherwise.
            writer.transport.abort()
        finally:
            server.open_sessions -= 1
            tasks.discard(task)

    context = server.tls if implicit_tls else None
    listener = await _listen(server, serve, context)
    try:
        yield server
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _listen(server: SmtpServer, serve: Serve, context: ssl.SSLContext | None) -> asyncio.Server:
    if server.path is not None:
        return await asyncio.start_unix_server(serve, server.path, limit=2**20)
    listener = await asyncio.start_server(serve, "127.0.0.1", server.port, ssl=context, limit=2**20)
    server.port = listener.sockets[0].getsockname()[1]
    return listener
