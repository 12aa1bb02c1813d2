"""What a host's robots.txt allows us (RFC 9309)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from protego import Protego

from syndicate.errors import FetchFailed, FetchRefused
from syndicate.net.client import Client

# RFC 9309, section 2.5 asks for at least 500 KiB.
MAX_BYTES = 512 * 1024
_MAX_DELAY = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One host's rules for one product token; without `parsed` everything is allowed."""

    token: str
    parsed: Any = None

    def allow(self, url: str) -> bool:
        """Whether the URL may be fetched."""
        return self.parsed is None or bool(self.parsed.can_fetch(url, self.token))

    @property
    def delay(self) -> float:
        """Seconds that the host asks to leave between requests, at most a minute."""
        stated = self.parsed.crawl_delay(self.token) if self.parsed is not None else None
        return min(float(stated or 0.0), _MAX_DELAY)


def parse_rules(data: bytes, *, token: str) -> Rules:
    """Read a robots.txt; lines that make no sense are passed over, as section 2.2 wants."""
    text = data[:MAX_BYTES].decode("utf-8-sig", "replace")
    return Rules(token=token, parsed=Protego.parse(text))


async def fetch_rules(client: Client, origin: str) -> Rules:
    """The rules of `origin` (scheme, host, port). A 4xx allows everything (section 2.3.1.3).

    Raises FetchFailed when they cannot be had: then nothing may be fetched (section 2.3.1.4).
    """
    token = client.user_agent.split("/")[0].split(" ")[0]
    try:
        found = await client.get(f"{origin}/robots.txt")
    except FetchRefused as error:
        if error.status is None:
            raise
        return Rules(token=token)
    except FetchFailed as error:
        said = f"{origin} is left alone until its robots.txt can be read: {error}"
        raise FetchFailed(said, url=error.url, status=error.status, retry_after=error.retry_after) from error
    return parse_rules(found.body, token=token)


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"
