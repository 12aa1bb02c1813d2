"""The host of an address, in the one form in which hosts are compared."""

from urllib.parse import urlsplit

# The names under which a site on this machine alone is tried out.
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# Headers by which a proxy tells of itself: whoever sends one is not at the other end.
FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


def is_loopback_url(url: str) -> bool:
    """Whether a URL names this very machine."""
    try:
        return urlsplit(url).hostname in LOOPBACK
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The host in lower case, without `www.` and a last dot; empty where the URL is not http or https."""
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        return ""
    return bare_host(parts.hostname or "") if parts.scheme in {"http", "https"} else ""


def bare_host(name: str) -> str:
    """A host's name as `host_of` gives it."""
    return name.lower().rstrip(".").removeprefix("www.")


def covers(domain: str, host: str) -> bool:
    """Whether the host is of the domain: the same, or below it."""
    host, domain = host.lower(), domain.lower()
    return host == domain or host.endswith(f".{domain}")
