"""`python -m benchmarks.proxy PORT TARGET SECONDS`: a TCP proxy that delays every byte, each way.

It stands for a relay that is far away: bandwidth as it is, a round trip of twice the delay.
"""

import asyncio
import sys
from collections import deque
from functools import partial

CHUNK = 65_536


async def serve(port: int, target: int, delay: float) -> None:
    """Listen on loopback, for ever."""
    meet = partial(_meet, target=target, delay=delay)
    server = await asyncio.start_server(meet, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


async def _meet(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, target: int, delay: float
) -> None:
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
    await asyncio.gather(
        _carry(reader, far_writer, delay), _carry(far_reader, writer, delay), return_exceptions=True
    )


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Write what was read, so much later; what is under way is kept in order."""
    loop = asyncio.get_running_loop()
    under_way: deque[bytes] = deque()
    while data := await reader.read(CHUNK):
        under_way.append(data)
        loop.call_later(delay, lambda: writer.write(under_way.popleft()))
    await asyncio.sleep(delay)
    writer.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
