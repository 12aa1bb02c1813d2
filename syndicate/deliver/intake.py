"""The listener that a relay hands bounces over to, by LMTP (RFC 2033) or SMTP, whichever it speaks.

It takes mail for our signed envelope senders and the addresses that are configured, and says 250 once a mail
is on the disk. A task of its own applies what came.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Any, AnyStr

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from syndicate.deliver.bounce import raw
from syndicate.deliver.bounce.matching import find_signed
from syndicate.deliver.bounce.returning import Intake, Returning
from syndicate.deliver.bounce.taking import keep_mail, take_waiting
from syndicate.errors import OwnFault, StorageFull, TryLater

log = structlog.get_logger()

UNIX = "unix:"
MOST_CONNECTIONS = 50
# Who asks for so many addresses that are not ours is looking for some.
MOST_REFUSALS = 10
PATIENCE = 120.0
MINUTE = 60.0
AGAIN = 15.0
# What a mail returns to us may hold lines of any length, which nobody can make shorter any more.
LONGEST_LINE = 1_000_000


async def answers(place: str) -> bool:
    """Whether somebody listens there already."""
    try:
        _, writer = await _connect(place)
    except OSError:
        return False
    writer.close()
    return True


@contextlib.asynccontextmanager
async def listening_beside(returning: Returning, *, again: float = AGAIN) -> AsyncIterator[None]:
    """Listen, or let another of this machine do so and follow once nobody does: asked every `again` seconds.

    Raises OwnFault where nobody listens and we cannot either.
    """
    async with contextlib.AsyncExitStack() as stack:
        if await _listens_now(stack, returning):
            yield
            return
        log.info("bounces.listened_for_beside", at=returning.settings.listen)
        following = asyncio.create_task(_follow(stack, returning, again=again))
        try:
            yield
        finally:
            following.cancel()
            await asyncio.wait([following])


async def _listens_now(stack: contextlib.AsyncExitStack, returning: Returning) -> bool:
    place = returning.settings.listen
    if await answers(place):
        return False
    try:
        await stack.enter_async_context(Listener(returning))
    except OwnFault:
        # Of two that begin at once, one finds the place taken.
        if await answers(place):
            return False
        raise
    return True


async def _follow(stack: contextlib.AsyncExitStack, returning: Returning, *, again: float) -> None:
    place, listens = returning.settings.listen, False
    while not listens:
        await asyncio.sleep(again)
        try:
            listens = await _listens_now(stack, returning)
        except OwnFault as error:
            log.warning("bounces.nobody_listens", at=place, error=str(error))
    log.info("bounces.listened_for_here", at=place)


class Listener:
    """Serves while its context is open, and applies what was left in the queue before."""

    def __init__(self, returning: Returning) -> None:
        self._returning = returning
        self._settings = returning.settings
        self._known = frozenset(one.lower() for one in returning.settings.addresses)
        self._taken: deque[float] = deque()
        self._kept = asyncio.Event()
        self._kept.set()
        self._server: asyncio.AbstractServer | None = None
        self._applying: asyncio.Task[None] | None = None
        self._inode = 0
        self.connections = 0
        # Where it listens, once it does; 0 for a socket in the file system.
        self.port = 0

    async def __aenter__(self) -> "Listener":
        try:
            self._server = await self._listen(self._settings.listen)
        except OSError as error:
            raise OwnFault(
                f"cannot listen on {self._settings.listen} for bounces: {error.strerror or error}; "
                "set bounces.listen to a free place"
            ) from error
        self._applying = asyncio.create_task(self._apply())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        assert self._applying is not None
        self._server.close()
        self._applying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._applying
        self._remove_socket()

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Ask a relay to wait that brings more than the settings allow."""
        now = asyncio.get_running_loop().time()
        while self._taken and now - self._taken[0] > MINUTE:
            self._taken.popleft()
        if len(self._taken) >= self._settings.per_minute:
            return "451 4.3.2 more mail than bounces.per_minute allows; try again later"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 ok"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: "Door", session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take what was sent by us in this name, or what is configured."""
        if address.lower() in self._known or find_signed(self._returning.sending.keyring, [address]):
            envelope.rcpt_tos.append(address)
            return "250 2.1.5 ok"
        server.refusals += 1
        if server.refusals >= MOST_REFUSALS:
            server.hang_up()
            return "421 4.7.0 too many addresses that are not ours"
        return "550 5.1.1 not an address that this takes mail for"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a mail; 250 means that it is on the disk. The name is aiosmtpd's."""
        how = raw.Envelope(intake=Intake.LISTENER, recipients=tuple(envelope.rcpt_tos))
        try:
            await keep_mail(self._returning, bytes(envelope.original_content or b""), how)
        except StorageFull as error:
            log.error("bounce.not_kept", error=str(error))
            return "452 4.3.1 the mail cannot be kept now"
        self._taken.append(asyncio.get_running_loop().time())
        self._kept.set()
        return "250 2.6.0 kept"

    async def handle_exception(self, error: Exception) -> str:
        """A fault that nobody foresaw: the relay keeps the mail. aiosmtpd's own answer would end it."""
        log.error("bounce.listener_failed", exc_info=error)
        return "451 4.3.0 this failed here; try again later"

    async def _listen(self, place: str) -> asyncio.AbstractServer:
        loop = asyncio.get_running_loop()
        if place.startswith(UNIX):
            server = await loop.create_unix_server(self._door, place.removeprefix(UNIX))
            self._open_socket()
            return server
        host, _, port = place.rpartition(":")
        server = await loop.create_server(self._door, host.strip("[]"), int(port))
        self.port = server.sockets[0].getsockname()[1]
        return server

    def _open_socket(self) -> None:
        # Who may pass is said by the folder that it stands in.
        path = Path(self._settings.listen.removeprefix(UNIX))
        path.chmod(0o666)
        self._inode = path.stat().st_ino

    def _remove_socket(self) -> None:
        path = Path(self._settings.listen.removeprefix(UNIX))
        # Of two that begin at once the later one's stands there.
        with contextlib.suppress(FileNotFoundError):
            if self._inode and path.stat().st_ino == self._inode:
                path.unlink()

    def _door(self) -> "Door":
        return Door(self, limit=self._settings.max_bytes)

    async def _apply(self) -> None:
        while True:
            await self._kept.wait()
            self._kept.clear()
            try:
                await take_waiting(self._returning)
            except (TryLater, StorageFull) as error:
                # It stays in the queue, which the sweep looks into too.
                log.warning("bounce.waits", error=str(error))


async def is_listening(place: str, *, seconds: float = 5.0) -> bool:
    """Whether somebody greets there as a mail server does."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await _connect(place)
            greeting = await reader.readline()
            writer.close()
    except (OSError, TimeoutError, ValueError):
        return False
    return greeting.startswith(b"220")


async def _connect(place: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if place.startswith(UNIX):
        return await asyncio.open_unix_connection(place.removeprefix(UNIX))
    host, _, port = place.rpartition(":")
    return await asyncio.open_connection(host.strip("[]"), int(port))


class Door(SMTP):
    """One connection."""

    line_length_limit = LONGEST_LINE

    def __init__(self, listener: Listener, *, limit: int) -> None:
        super().__init__(
            listener,
            hostname="localhost",
            ident="Syndicate",
            data_size_limit=limit,
            enable_SMTPUTF8=True,
            timeout=PATIENCE,
        )
        self._listener = listener
        self._lmtp = False
        self._replies = 1
        self._ends = False
        self.refusals = 0

    def hang_up(self) -> None:
        """Close after the next reply."""
        self._ends = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called once, before all else."""
        self._listener.connections += 1
        if self._listener.connections > MOST_CONNECTIONS:
            assert isinstance(transport, asyncio.WriteTransport)
            transport.write(b"421 4.3.2 too many connections\r\n")
            transport.close()
            return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Called once, after all else."""
        self._listener.connections -= 1
        if self.transport is not None:
            super().connection_lost(error)

    async def smtp_LHLO(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """From here, the end of data has a reply for each recipient (RFC 2033, section 4.2)."""
        self._lmtp = True
        await self.smtp_EHLO(arg)

    async def push(self, status: AnyStr) -> Any:
        """Send a reply, as often as LMTP wants it."""
        text = status if isinstance(status, str) else status.decode("utf-8", "replace")
        count, self._replies = self._replies, 1
        if text.startswith("354") and self._lmtp and self.envelope is not None:
            self._replies = len(self.envelope.rcpt_tos)
        await super().push("\r\n".join([text] * count))
        if self._ends and self.transport is not None:
            self.transport.close()
