"""Names looked up on threads of their own: resolvers that hang hold up neither rendering nor the database."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
_AS_NUMBERS = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV


class Names(AbstractResolver):
    """The system's name resolution, at most `threads` questions at a time, each for `timeout` seconds.

    A question that waits longer for its turn is given up, so that none pile up behind those that hang.
    `look_up` is `socket.getaddrinfo`, or stands in for it.
    """

    def __init__(
        self, *, threads: int, timeout: float, look_up: Callable[..., Sequence[Any]] = socket.getaddrinfo
    ) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="names")
        self._timeout = timeout
        self._look_up = look_up

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Every address of the name. Raises OSError, gaierror for a time out too."""
        asked = asyncio.get_running_loop().run_in_executor(self._pool, self._addresses, host, port, family)
        try:
            async with asyncio.timeout(self._timeout):
                return await asked
        except TimeoutError as error:
            raise socket.gaierror(socket.EAI_AGAIN, f"nobody told where {host} is in time") from error

    async def close(self) -> None:
        """Ask nothing more; what hangs is waited for by nobody."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _addresses(self, host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
        found = self._look_up(host, port, type=socket.SOCK_STREAM, family=family, flags=socket.AI_ADDRCONFIG)
        return [_address(host, port, one) for one in found]


def _address(host: str, port: int, info: Any) -> ResolveResult:
    family, _, proto, _, address = info
    # With its zone, without which a link-local address leads nowhere.
    numbers, _ = socket.getnameinfo(address, _AS_NUMBERS)
    return ResolveResult(hostname=host, host=numbers, port=port, family=family, proto=proto, flags=_NUMERIC)
