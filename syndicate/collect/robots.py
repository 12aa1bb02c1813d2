"""What a host's robots.txt allows us (RFC 9309)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from protego import Protego

from syndicate.errors import SyndicateError

# RFC 9309, section 2.5 asks for at least 500 KiB.
MAX_BYTES = 512 * 1024
_MAX_DELAY = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One host's rules for one product token; without `parsed` everything is allowed."""

    token: str
    parsed: Any = None

    def allow(self, url: str) -> bool:
        """Whether the URL may be fetched; robots.txt itself always (section 2.2.2)."""
        if self.parsed is None or urlsplit(url).path == "/robots.txt":
            return True
        return bool(self.parsed.can_fetch(url, self.token))

    @property
    def delay(self) -> float:
        """Seconds that the host asks to leave between requests, at most a minute."""
        stated = self.parsed.crawl_delay(self.token) if self.parsed is not None else None
        return min(float(stated or 0.0), _MAX_DELAY)


def parse_rules(data: bytes, *, token: str) -> Rules:
    """Read a robots.txt; lines that make no sense are passed over, as section 2.2 wants."""
    return Rules(token=token, parsed=Protego.parse(_text(data)))


def token_of(user_agent: str) -> str:
    """The product token that rules are written for (section 2.2.1)."""
    return user_agent.split("/")[0].split(" ")[0]


def closing(origin: str, error: SyndicateError) -> str:
    """What is said of a host whose robots.txt cannot be had."""
    return f"{origin} is left alone until its robots.txt can be read: {error}"


def sitemaps_of(data: bytes) -> tuple[str, ...]:
    """The addresses of its Sitemap lines, as they stand (https://www.sitemaps.org/protocol.html)."""
    return tuple(dict.fromkeys(Protego.parse(_text(data)).sitemaps))


def origin_of(url: str, *, ports: bool = True) -> str:
    """Scheme, host and port of a URL; without `ports`, the host alone."""
    parts = urlsplit(url)
    if not ports:
        return (parts.hostname or "").rstrip(".")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def _text(data: bytes) -> str:
    return data[:MAX_BYTES].decode("utf-8-sig", "replace")
