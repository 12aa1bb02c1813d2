"""A canary on loopback that nobody may reach: it counts connections, whatever they say, and answers them."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

SONG = b"the canary sang"
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(SONG), SONG)


@dataclass
class Canary:
    """`touched` counts connections; `port` is the same for IPv4 and, where the machine has it, IPv6."""

    port: int = 0
    touched: int = 0
    has_v6: bool = False

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.touched += 1
        writer.write(_ANSWER)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def canary() -> AsyncIterator[Canary]:
    """Keep a canary on 127.0.0.1 and [::1] for as long as the block lasts."""
    bird = Canary()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(await asyncio.start_server(bird.answer, "127.0.0.1", 0))
        bird.port = server.sockets[0].getsockname()[1]
        try:
            await stack.enter_async_context(await asyncio.start_server(bird.answer, "::1", bird.port))
            bird.has_v6 = True
        except OSError:
            # No IPv6 on this machine, or somebody else has that port.
            bird.has_v6 = False
        yield bird


def can_connect(bird: Canary, host: str) -> bool:
    """Whether the operating system reaches the canary by this name: then a test with it can fail."""
    try:
        socket.create_connection((host, bird.port), timeout=1.0).close()
    except OSError:
        return False
    return True
