"""What a request for /metrics gets, whichever server it came to."""

import asyncio
import hmac
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import monotonic

from syndicate.errors import SyndicateError
from syndicate.model.hosts import FORWARDED, is_loopback_url
from syndicate.telemetry.metrics import DATABASE_UP, METRICS
from syndicate.telemetry.tallies import Labels

# How old what was read of the database may be, and how long a scrape waits for it (seconds): Prometheus
# itself gives up after ten.
FRESH = 5.0
PATIENCE = 3.0
REFUSED = "These figures are for who sends metrics.token as a bearer token; without one, for this machine.\n"

Standing = Mapping[str, Mapping[Labels, float]]
Look = Callable[[], Awaitable[Standing]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer for whatever server asked; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Scrape:
    """The metrics of this process. `look` reads how jobs and issues stand, by the names of gauges.

    What it reads is kept for a few seconds, and it is never asked twice at a time: many that scrape cost the
    database no more than one.
    """

    def __init__(self, look: Look, *, token: str = "", patience: float = PATIENCE) -> None:
        self._look, self._token, self._patience = look, token, patience
        self._looking: asyncio.Future[Standing] | None = None
        self._standing: Standing = {}
        self._until = 0.0

    async def answer(self, *, client: str, headers: Mapping[str, str]) -> Answer:
        """The answer to a GET of /metrics from the address `client`; header names are in lower case."""
        if not may_scrape(client, headers, token=self._token):
            return _refused(with_token=bool(self._token))
        # A tenth of a second, which only whoever is scraped pays.
        from syndicate.telemetry.exposition import CONTENT_TYPE, exposed

        standing = await self._stand()
        told = {"content-type": CONTENT_TYPE, "cache-control": "no-store"}
        return Answer(status=200, headers=told, body=exposed(METRICS, standing))

    async def _stand(self) -> Standing:
        if monotonic() < self._until:
            return self._standing
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._look())
            self._looking.add_done_callback(_read_fault)
        up = DATABASE_UP.described.name
        try:
            found = await asyncio.wait_for(asyncio.shield(self._looking), self._patience)
        except (SyndicateError, TimeoutError):
            # What this process counted is told all the same: an outage is when it is looked at.
            return {up: {(): 0}}
        self._standing, self._until = {**found, up: {(): 1}}, monotonic() + FRESH
        return self._standing


def _read_fault(looking: "asyncio.Future[Standing]") -> None:
    # One that fails after we stopped to wait for it has nobody else to tell.
    if not looking.cancelled():
        looking.exception()


def may_scrape(client: str, headers: Mapping[str, str], *, token: str) -> bool:
    """Whether the asker sends the token (RFC 6750); where there is none, is here, through no proxy."""
    if token:
        # Also from here: a proxy on this machine that tells nothing of itself looks like somebody on it.
        scheme, _, given = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
    # The name is looked at since a hostile site's may resolve to 127.0.0.1 (DNS rebinding).
    return (
        _is_loopback(client)
        and not any(name in headers for name in FORWARDED)
        and is_loopback_url(f"//{headers.get('host', '')}")
    )


def _is_loopback(client: str) -> bool:
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _refused(*, with_token: bool) -> Answer:
    headers = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}
    if with_token:
        headers["www-authenticate"] = 'Bearer realm="metrics"'
    return Answer(status=401 if with_token else 403, headers=headers, body=REFUSED.encode())
