"""Which URLs are asked at all, before any name is resolved."""

from yarl import URL

from syndicate.errors import FetchFailed, FetchRefused

NEVER = frozenset(' "<>\\^`{|}')


def checked(url: str, start: str) -> URL:
    """The URL if it is one that we fetch; `start` is where the way to it began. Raises FetchRefused."""
    via = f" (redirected from {start})" if url != start else ""
    try:
        parsed = URL(url)
        host = parsed.host
    except ValueError as error:
        raise FetchRefused(f"{url}{via} is not a URL: {error}", url=start) from error
    if parsed.scheme not in ("http", "https") or not host:
        raise FetchRefused(f"{url}{via}: only http and https URLs with a host are fetched", url=start)
    if parsed.raw_user is not None or parsed.raw_password is not None or "@" in parsed.raw_authority:
        raise FetchRefused(f"{url}{via} holds a user name or password; leave them out", url=start)
    return parsed


def target(url: URL, location: str) -> URL:
    """Where a redirect from `url` leads. Raises FetchFailed for one without a Location."""
    if not location:
        raise FetchFailed(f"{url} redirects to nowhere: it sent no Location", url=str(url))
    return url.join(URL(location))


def exact(url: str) -> URL:
    """The URL in its own spelling, which may be signed: nothing decoded, nothing joined.

    Raises FetchRefused for what is not one yet: spaces, controls and other letters have to be encoded.
    """
    meant = checked(url, url)
    if not url.isascii() or not url.isprintable() or not NEVER.isdisjoint(url):
        raise FetchRefused(f"{url!a} has characters that a URL must encode as %XX (RFC 3986)", url=url)
    spelled = URL(url, encoded=True)
    if ((spelled.raw_host or "").lower(), spelled.port) != (meant.raw_host, meant.port):
        raise FetchRefused(f"{url} names a host that can be read in two ways", url=url)
    return spelled
