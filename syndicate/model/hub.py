"""The hub that tells subscribers of news in our feeds (W3C WebSub), as it is configured."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

OWN, NO_HUB = "own", "none"
HUB_PATH = "/hub"


class Signature(StrEnum):
    """How what is distributed is signed (WebSub, section 7.1.1); SHA-1 is left out as broken."""

    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """Which hub our feeds name, and how the embedded one goes about it.

    `url` is `own` for the embedded hub, `none`, or another hub's address. `lease` is what a subscriber gets
    who asks for none; what one asks for is brought between `lease_least` and `lease_most`. `timeout` covers
    one request, in seconds; a delivery is tried `attempts` times, and no longer than `give_up`. `connections`
    counts requests under way, and `connections_per_host` those to one callback's host.
    """

    url: str = OWN
    lease: timedelta = timedelta(days=10)
    lease_least: timedelta = timedelta(hours=1)
    lease_most: timedelta = timedelta(days=30)
    signature: Signature = Signature.SHA256
    timeout: float = 10.0
    attempts: int = 10
    retry_first: timedelta = timedelta(seconds=30)
    retry_cap: timedelta = timedelta(hours=4)
    give_up: timedelta = timedelta(days=2)
    connections: int = 50
    connections_per_host: int = 8
    subscriptions_per_host: int = 1_000
    requests_per_ip_hour: int = 200
    verifications_per_host_minute: int = 60

    @property
    def is_own(self) -> bool:
        """Whether the embedded hub serves our feeds."""
        return self.url == OWN

    @property
    def is_outside(self) -> bool:
        """Whether somebody else's hub does."""
        return self.url not in {OWN, NO_HUB, ""}
