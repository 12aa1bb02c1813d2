"""A real DNS server on loopback, UDP and TCP: serves a zone, and fails where it is told to."""

import asyncio
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from tests.neighbours.loops import running_beside

Zone = dict[str, dict[str, list[str]]]
# What a name may do instead of answering.
SERVFAIL, REFUSED, SILENCE, NOISE = "servfail", "refused", "silence", "noise"


@dataclass
class DnsServer:
    """`zone` is name → type → texts as in a zone file; TXT is plain text, split into strings by itself.

    `faults` maps a name, or "name TYPE", to SERVFAIL, REFUSED, SILENCE or NOISE. `asked` counts "name TYPE",
    `by_tcp` those that came over TCP. Answers over UDP longer than 512 octets are truncated.
    """

    zone: Zone = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    by_tcp: Counter[str] = field(default_factory=Counter)
    port: int = 0

    @property
    def address(self) -> str:
        """What goes into `nameservers`."""
        return f"127.0.0.1:{self.port}"

    def answer(self, data: bytes, *, tcp: bool) -> bytes | None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked[f"{name} {kind}"] += 1
        if tcp:
            self.by_tcp[f"{name} {kind}"] += 1
        fault = self.faults.get(f"{name} {kind}", self.faults.get(name))
        if fault == SILENCE:
            return None
        if fault == NOISE:
            return data[:2] + b"\xff" * 5
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if fault:
            response.set_rcode(dns.rcode.from_text(fault))
        else:
            self._fill(response, name, kind)
        wire = response.to_wire()
        if tcp or len(wire) <= 512:
            return wire
        short = dns.message.make_response(query)
        short.flags |= dns.flags.RA | dns.flags.TC
        return short.to_wire()

    def _fill(self, response: dns.message.Message, name: str, kind: str) -> None:
        for _ in range(16):
            records = self.zone.get(name)
            if records is None:
                if not any(one.endswith(f".{name}") for one in self.zone):
                    response.set_rcode(dns.rcode.NXDOMAIN)
                return
            target = records.get("CNAME")
            shown = "CNAME" if target and kind != "CNAME" else kind
            if records.get(shown):
                texts = [_text(shown, one) for one in records[shown]]
                owner = dns.name.from_text(name)
                response.answer.append(dns.rrset.from_text(owner, 60, "IN", shown, *texts))
            if shown != "CNAME" or not target:
                return
            name = target[0].rstrip(".").lower()


def _text(kind: str, value: str) -> str:
    if kind != "TXT" or value.startswith('"'):
        return value
    parts = [value[at : at + 255] for at in range(0, len(value), 255)] or [""]
    return " ".join('"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in parts)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes], bytes | None]) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._answer(data)
        if answer is not None:
            self._transport.sendto(answer, addr)  # type: ignore[attr-defined]


async def _serve_stream(
    server: DnsServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        while head := await reader.readexactly(2):
            answer = server.answer(await reader.readexactly(struct.unpack("!H", head)[0]), tcp=True)
            if answer is not None:
                writer.write(struct.pack("!H", len(answer)) + answer)
                await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


@asynccontextmanager
async def dns_server(
    zone: Zone | None = None, faults: dict[str, str] | None = None
) -> AsyncIterator[DnsServer]:
    """A listening server; zone and faults may change while it runs."""
    server = DnsServer(zone=zone if zone is not None else {}, faults=faults or {})
    stream, datagrams = await _bind(server)
    try:
        yield server
    finally:
        datagrams.close()
        stream.close()
        await stream.wait_closed()


async def _bind(server: DnsServer) -> tuple[asyncio.Server, asyncio.BaseTransport]:
    # One port for both: whoever took the datagrams' half meanwhile makes us try another.
    loop = asyncio.get_running_loop()
    for _ in range(50):
        stream = await asyncio.start_server(lambda r, w: _serve_stream(server, r, w), "127.0.0.1", 0)
        server.port = stream.sockets[0].getsockname()[1]
        try:
            datagrams, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(lambda data: server.answer(data, tcp=False)),
                local_addr=("127.0.0.1", server.port),
            )
        except OSError:
            stream.close()
        else:
            return stream, datagrams
    raise OSError("no port is free for both TCP and UDP")


@contextmanager
def dns_server_beside(zone: Zone | None = None, faults: dict[str, str] | None = None) -> Iterator[DnsServer]:
    """The same on a thread of its own, for tests that block."""
    with running_beside() as beside, beside.within(dns_server(zone, faults)) as server:
        yield server
