"""What stands before every handler: security headers, a cap on bodies, and who the client is.

There is no protection against cross-site request forgery, since there is nothing to forge: we set no
cookie and keep no login, so that a request carries no more authority than the link it was made with.
"""

import ipaddress
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from syndicate.model.hosts import FORWARDED, is_loopback_url

MAX_BODY = 64 * 1024
# Providers post hundreds of events at once.
MAX_EVENTS = 2 * 1024 * 1024
EVENTS = "/webhooks/"
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}


class Guard:
    """Wraps an application: adds the security headers that an answer lacks, refuses bodies over 64 KB."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        taken, most = 0, MAX_EVENTS if scope["path"].startswith(EVENTS) else MAX_BODY

        async def receive_capped() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413)
            return message

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive_capped, send_guarded)


def client_address(request: Request, trusted: Iterable[str]) -> str:
    """The client's IP address: what the nearest trusted proxy says, or whoever is connected."""
    peer = request.client.host if request.client else ""
    networks = [ipaddress.ip_network(one, strict=False) for one in trusted]
    hops = [hop.strip() for hop in ",".join(request.headers.getlist("x-forwarded-for")).split(",")]
    for hop in reversed(hops):
        if not _within(peer, networks) or not hop:
            break
        peer = hop
    return peer


def is_own_machine(request: Request) -> bool:
    """Whether a person on this very machine asks: over loopback, through no proxy, by a loopback name.

    The name is checked since a hostile site's name may resolve to 127.0.0.1 (DNS rebinding).
    """
    headers: Headers = request.headers
    peer = request.client.host if request.client else ""
    if any(name in headers for name in FORWARDED) or not is_loopback_url(f"//{headers.get('host', '')}"):
        return False
    return _within(peer, [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")])


def _within(address: str, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = known.ipv4_mapped if isinstance(known, ipaddress.IPv6Address) else None
    return any((mapped or known) in network for network in networks)
