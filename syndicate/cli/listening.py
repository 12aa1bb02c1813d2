"""Sockets that a process is asked on, and the servers behind them."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp

from syndicate.errors import OwnFault
from syndicate.model.hosts import is_loopback_url
from syndicate.web.server import server_settings


def listen(host: str, port: int, *, remedy: str = "set web.port to a free one") -> socket.socket:
    """The socket that is served from. Raises OwnFault when the port is taken or not ours to take."""
    # Left to uvicorn, a port in use would end the process without a word to the operator.
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family)
        # asyncio does so for sockets of its own; without it each answer waits 40 ms for the client's ACK.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except OSError as error:
        # Python adds what it was doing to the system's words.
        reason = error.strerror.partition(" (while")[0] if error.strerror else error
        raise OwnFault(f"cannot listen on {host}:{port}: {reason}; {remedy}") from error


async def serve_until(stop: asyncio.Event, app: ASGIApp, listening: socket.socket) -> None:
    """Answer requests until `stop`; those under way are answered."""
    server = _Server(server_settings(app))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """Leaves signals to us: the runner has to drain first."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def told_elsewhere(base_url: str, *, host: str, port: int) -> str:
    """What to say where links lead to another port of this machine than the one we listen on, or nothing."""
    if not lead_elsewhere(base_url, host=host, port=port):
        return ""
    here = _local(host, port)
    return (
        f"Warning: pages are served at {here}, but links and forms lead to {base_url}; "
        f"set site.base_url as well: SYNDICATE_SITE__BASE_URL={here}"
    )


def lead_elsewhere(base_url: str, *, host: str, port: int) -> bool:
    """Whether we listen on this very machine at an address other than the one on it that links begin with.

    An address that others see, or ours behind a proxy or in a container, says nothing about the port.
    """
    base = urlsplit(base_url)
    if not (is_loopback_url(base_url) and is_loopback_url(_local(host, port))):
        return False
    same_name = "localhost" in (base.hostname, host) or base.hostname == host
    return not same_name or port != (base.port or (443 if base.scheme == "https" else 80))


def _local(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
