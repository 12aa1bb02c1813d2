"""Whether the way to a relay is safe: secured, its certificate right, and for how much longer."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime

from syndicate.deliver.domain.finding import Finding, State, unasked
from syndicate.model.hosts import LOOPBACK
from syndicate.model.site import Relay, Security

# Certificates are renewed a month before they end, so that half of that means that something is stuck.
SOON = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class WayFacts:
    """What a connection to the relay showed. `refused` is our fault or the relay's no; `failed` may pass."""

    expires: datetime | None = None
    offers_starttls: bool = False
    refused: str = ""
    failed: str = ""


def judge_way(relay: Relay, facts: WayFacts, *, now: datetime) -> Finding:
    """How the connection to the relay stands."""
    what = f"TLS of {relay.host}:{relay.port}"
    if facts.failed:
        return unasked(what, facts.failed)
    if facts.refused:
        remedy = "see its settings under [relay], and whether it lets this machine in"
        return Finding(what=what, told=facts.refused, state=State.TO_DO, remedy=remedy)
    if relay.security is Security.NONE:
        return _unsecured(what, relay, facts)
    if not relay.verify:
        told = "its certificate is not checked, so that anybody on the way could stand in for it"
        return Finding(what=what, told=told, state=State.HINT, remedy="leave verify = false out")
    if facts.expires is None:
        return Finding(what=what, told=f"secured by {relay.security}")
    days = (facts.expires - now).days
    told = f"secured by {relay.security}, the certificate is right for {days} more days"
    if days < SOON:
        return Finding(what=what, told=told, state=State.TO_DO, remedy="renew the relay's certificate")
    return Finding(what=what, told=told)


def _unsecured(what: str, relay: Relay, facts: WayFacts) -> Finding:
    if is_near(relay.host):
        return Finding(what=what, told="unencrypted, and no further than this machine or network")
    told = "mail and its readers' addresses go over the network for anybody to read"
    if facts.offers_starttls:
        remedy = 'it offers STARTTLS: set security = "starttls"'
        return Finding(what=what, told=told, state=State.TO_DO, remedy=remedy)
    remedy = "the relay offers no STARTTLS: enable it there, or take another port or relay"
    return Finding(what=what, told=told, state=State.TO_DO, remedy=remedy)


def is_near(host: str) -> bool:
    """Whether the host is this machine, or of its own network by its address."""
    if host in LOOPBACK or not host:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_private or address.is_loopback
