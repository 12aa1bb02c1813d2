"""The only SMTP client: connections to the relay. aiosmtplib connects, secures and authenticates; then
`Wire` takes the connection over.
"""

import asyncio
import socket
import ssl
from collections import deque
from typing import cast

import aiosmtplib

from syndicate.deliver.wire import Timeouts, Wire, clean
from syndicate.errors import RelayUnavailable, SenderFault
from syndicate.model.site import Relay, Security

# An idle connection older than this (seconds) is closed rather than used: the server may be about to.
IDLE = 20.0


class Pool:
    """At most `relay.connections` connections, opened when needed, used again, recycled when worn.

    `helo` is the name we greet with; empty for this host's own.
    """

    def __init__(self, relay: Relay, *, helo: str = "", timeouts: Timeouts | None = None) -> None:
        self.relay = relay
        self.name = f"{relay.host}:{relay.port}"
        self._helo = helo
        self._timeouts = timeouts or Timeouts()
        self._places = asyncio.Semaphore(relay.connections)
        self._idle: deque[tuple[Wire, float]] = deque()

    async def take(self) -> Wire:
        """A connection for one user, who gives it back.

        Raises RelayUnavailable when the relay cannot be reached now, SenderFault when it refuses us.
        """
        await self._places.acquire()
        try:
            return await self._reuse() or await self._connect()
        except BaseException:
            self._places.release()
            raise

    async def give_back(self, wire: Wire) -> None:
        """Keep it for the next user, or close it when it is broken or has served its share."""
        try:
            if wire.usable and wire.served < self.relay.messages_per_connection:
                self._idle.append((wire, asyncio.get_running_loop().time()))
            else:
                await wire.quit()
        finally:
            self._places.release()

    def worn(self, wire: Wire) -> bool:
        """Whether this connection cannot serve another message."""
        return not wire.usable or wire.served >= self.relay.messages_per_connection

    async def close(self) -> None:
        """Say goodbye on every idle connection."""
        wires = [wire for wire, _ in self._idle]
        self._idle.clear()
        await asyncio.gather(*(wire.quit() for wire in wires))

    async def _reuse(self) -> Wire | None:
        while self._idle:
            wire, since = self._idle.pop()
            if wire.usable and asyncio.get_running_loop().time() - since < IDLE:
                return wire
            await wire.quit()
        return None

    async def _connect(self) -> Wire:
        if not self._helo:
            self._helo = await asyncio.to_thread(socket.getfqdn)
        try:
            client = await open_client(self.relay, helo=self._helo)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise told(error, self.name) from error
        offers = frozenset(extension.lower() for extension in client.esmtp_extensions)
        # One by what it does: uvloop's have no bases of asyncio's.
        transport = cast(asyncio.Transport, client.transport)
        return Wire(transport, offers=offers, timeouts=self._timeouts, relay=self.name)


async def open_client(relay: Relay, *, helo: str) -> aiosmtplib.SMTP:
    """Connect, secure, authenticate and say EHLO, each within `relay.timeout` seconds."""
    client = aiosmtplib.SMTP(
        hostname=relay.host,
        port=relay.port,
        timeout=relay.timeout,
        local_hostname=helo,
        use_tls=relay.security == Security.TLS,
        start_tls=relay.security == Security.STARTTLS,
        validate_certs=relay.verify,
        username=relay.username or None,
        password=relay.password or None,
    )
    await client.connect()
    try:
        if client.is_ehlo_or_helo_needed:
            await _greet(client)
    except BaseException:
        client.close()
        raise
    return client


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if error.code // 100 != 5:
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
        return RelayUnavailable(f"{relay} cannot be reached: {error}")
    return SenderFault(f"the relay's settings are wrong: {error}")


def _certificate(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error
