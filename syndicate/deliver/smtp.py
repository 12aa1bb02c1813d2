"""The only SMTP client: connections to a relay, and the lines that run on them.

aiosmtplib greets, secures and authenticates; then `Wire` takes the connection over. LMTP differs in its
greeting alone as long as each transaction has one recipient (RFC 2033, section 4).
"""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import aiosmtplib
from aiosmtplib.typing import Default

from syndicate.deliver.chaining import Chaining
from syndicate.deliver.filing import open_file_line
from syndicate.deliver.line import Line
from syndicate.deliver.replies import clean
from syndicate.deliver.wire import Timeouts, Wire
from syndicate.errors import RelayUnavailable, SenderFault
from syndicate.model.site import Protocol, Relay, Security

# An idle connection older than this (seconds) is closed: the server may be about to.
IDLE = 20.0
EPOCH = datetime.fromtimestamp(0, UTC)


class Pool:
    """At most `relay.connections` lines, opened when needed, used again, recycled when worn or idle.

    `helo` is the name we greet with, where the relay's settings have none; empty for this host's own. `now`
    names the mails of a relay that is a folder.
    """

    def __init__(
        self,
        relay: Relay,
        *,
        helo: str = "",
        timeouts: Timeouts | None = None,
        now: Callable[[], datetime] = lambda: EPOCH,
    ) -> None:
        self.relay = relay
        self.name = relay.title
        self._helo = relay.helo or helo
        self._timeouts = timeouts or _timeouts(relay)
        self._now = now
        self._places = asyncio.Semaphore(relay.connections)
        self._idle: deque[tuple[Line, float]] = deque()
        self._secrets: ssl.SSLContext | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._chaining = Chaining()

    @property
    def idle(self) -> int:
        """How many lines are open and nobody's."""
        return len(self._idle)

    async def take(self) -> Line:
        """A line for one user, who gives it back.

        Raises RelayUnavailable when the relay cannot be reached now, SenderFault when it refuses us.
        """
        await self._places.acquire()
        try:
            return await self._reuse() or await self._open()
        except BaseException:
            self._places.release()
            raise

    async def give_back(self, line: Line) -> None:
        """Keep it for the next user, or close it when it is broken or has served its share."""
        try:
            if self.worn(line):
                await line.quit()
            else:
                self._idle.append((line, _time()))
                self._watch()
        finally:
            self._places.release()

    def lasts(self, line: Line) -> bool:
        """Whether this line serves another message after the one that is under way."""
        return line.served + 1 < self.relay.messages_per_connection

    def worn(self, line: Line) -> bool:
        """Whether this line cannot serve another message."""
        return not line.usable or line.served >= self.relay.messages_per_connection

    async def close(self) -> None:
        """Say goodbye on every idle line."""
        if self._timer is not None:
            self._timer.cancel()
        lines = [line for line, _ in self._idle]
        self._idle.clear()
        await asyncio.gather(*(line.quit() for line in lines), *self._closing)

    async def _reuse(self) -> Line | None:
        while self._idle:
            line, since = self._idle.pop()
            if line.usable and _time() - since < IDLE:
                return line
            await line.quit()
        return None

    def _watch(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(IDLE, self._tidy)

    def _tidy(self) -> None:
        """Close what nobody has wanted for long, before the server does."""
        self._timer = None
        while self._idle and _time() - self._idle[0][1] >= IDLE:
            task = asyncio.ensure_future(self._idle.popleft()[0].quit())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        if self._idle:
            self._watch()

    async def _open(self) -> Line:
        if self.relay.folder:
            return await open_file_line(Path(self.relay.folder), relay=self.name, now=self._now)
        if not self._helo:
            self._helo = await asyncio.to_thread(socket.getfqdn)
        try:
            if self._secrets is None and self.relay.security is not Security.NONE:
                self._secrets = await asyncio.to_thread(tls_context, self.relay)
            client = await open_client(self.relay, helo=self._helo, context=self._secrets)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise told(error, self.name) from error
        offers = frozenset(extension.lower() for extension in client.esmtp_extensions)
        # One by what it does: uvloop's have no bases of asyncio's.
        transport = cast(asyncio.Transport, client.transport)
        return Wire(
            transport, offers=offers, timeouts=self._timeouts, relay=self.name, chaining=self._chaining
        )


async def show_way(relay: Relay) -> tuple[bool, str]:
    """Whether the relay offers STARTTLS, and until when its certificate is valid, in its own words.

    Empty where it was not checked. Raises as `Pool.take` does.
    """
    helo = relay.helo or await asyncio.to_thread(socket.getfqdn)
    try:
        context = None if relay.security is Security.NONE else await asyncio.to_thread(tls_context, relay)
        client = await open_client(relay, helo=helo, context=context)
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise told(error, relay.title) from error
    certificate = client.get_transport_info("peercert") or {}
    offered = client.supports_extension("starttls")
    with suppress(aiosmtplib.SMTPException, OSError):
        await client.quit()
    return offered, str(certificate.get("notAfter", ""))


class _Lmtp(aiosmtplib.SMTP):
    """Greets with LHLO, which has EHLO's words and answers (RFC 2033, section 4.1)."""

    async def execute_command(
        self,
        *args: bytes,
        timeout: Any = Default.token,  # noqa: ASYNC109 - the library's signature
    ) -> aiosmtplib.SMTPResponse:
        """Run a command, another one in EHLO's place."""
        words = (b"LHLO", *args[1:]) if args[0] == b"EHLO" else args
        return await super().execute_command(*words, timeout=timeout)


def tls_context(relay: Relay) -> ssl.SSLContext:
    """How a relay's certificate is checked, and which one of ours is shown. Raises SenderFault."""
    try:
        context = ssl.create_default_context(cafile=relay.ca_file or None)
        if relay.cert_file:
            context.load_cert_chain(relay.cert_file, relay.key_file or None)
    except (OSError, ssl.SSLError) as error:
        files = ", ".join(file for file in (relay.ca_file, relay.cert_file, relay.key_file) if file)
        raise SenderFault(f"the certificates for {relay.title} cannot be used ({files}): {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not relay.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def open_client(relay: Relay, *, helo: str, context: ssl.SSLContext | None = None) -> aiosmtplib.SMTP:
    """Connect, secure, authenticate and say EHLO or LHLO, each step within `relay.timeouts`."""
    kind = _Lmtp if relay.protocol is Protocol.LMTP else aiosmtplib.SMTP
    client = kind(
        hostname=relay.host,
        sock=await _dial(relay),
        timeout=relay.timeouts.opening,
        local_hostname=helo,
        use_tls=relay.security == Security.TLS,
        start_tls=relay.security == Security.STARTTLS,
        tls_context=context,
        username=relay.username or None,
        password=relay.password or None,
    )
    try:
        await client.connect()
        if client.is_ehlo_or_helo_needed:
            await _greet(client)
    except BaseException:
        client.close()
        raise
    return client


async def _dial(relay: Relay) -> socket.socket:
    """Connect to the first of the relay's addresses that answers. Raises OSError."""
    loop = asyncio.get_running_loop()
    if relay.socket:
        places: list[Any] = [(socket.AF_UNIX, socket.SOCK_STREAM, 0, "", relay.socket)]
    else:
        places = await loop.getaddrinfo(relay.host, relay.port, type=socket.SOCK_STREAM)
    failed: OSError = OSError("it has no address")
    for family, kind, protocol, _, address in places:
        dialled = socket.socket(family, kind, protocol)
        try:
            dialled.setblocking(False)
            async with asyncio.timeout(relay.timeouts.connect):
                await loop.sock_connect(dialled, address)
        except TimeoutError:
            dialled.close()
            failed = TimeoutError(f"no connection within {relay.timeouts.connect:g} s")
        except OSError as error:
            dialled.close()
            failed = error
        except BaseException:
            dialled.close()
            raise
        else:
            return dialled
    raise failed


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if error.code // 100 != 5 or isinstance(client, _Lmtp):
            raise
        # A server that knows no EHLO still knows HELO (RFC 5321, section 3.2).
        await client.helo()


def told(error: Exception, relay: str) -> RelayUnavailable | SenderFault:
    """Why there is no connection: try later, or something is wrong with us or our settings."""
    if certificate := _certificate(error):
        return SenderFault(f"the certificate of {relay} cannot be trusted: {certificate.verify_message}")
    if isinstance(error, aiosmtplib.SMTPNotSupported) or type(error) is aiosmtplib.SMTPException:
        # Of this bare kind are a missing STARTTLS and a missing AUTH.
        return SenderFault(f"{relay} does not offer what the settings ask for: {error.message}")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        words = f"{error.code} {clean(error.message.encode('utf-8', 'surrogateescape'))}"
        if error.code // 100 == 5:
            return SenderFault(f"{relay} refuses us: {words}")
        return RelayUnavailable(f"{relay} is not ready: {words}")
    if isinstance(error, aiosmtplib.SMTPException | OSError):
        # The library would name a port that it does not know: the connection is ours.
        return RelayUnavailable(f"{relay} cannot be reached: {error.__cause__ or error}")
    return SenderFault(f"the relay's settings are wrong: {error}")


def _certificate(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error


def _timeouts(relay: Relay) -> Timeouts:
    given = relay.timeouts
    return Timeouts(mail=given.mail, rcpt=given.rcpt, data=given.data, final=given.final)


def _time() -> float:
    return asyncio.get_running_loop().time()
