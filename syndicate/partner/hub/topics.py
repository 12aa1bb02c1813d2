"""Topics: our feeds' documents by their own addresses, and partners' by signed ones. There are no others."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from syndicate.model import links
from syndicate.model.feed import Format, content_type
from syndicate.partner.gate import document_path, open_topic
from syndicate.partner.hub.hubbing import Hubbing
from syndicate.partner.signing import Address

FEEDS = "/feeds/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A document that can be subscribed to. `url` is the one it is served from; `address` a partner's."""

    url: str
    path: Path
    content_type: str
    feed: str
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A document's bytes, and their SHA-256 in hex."""

    data: bytes
    digest: str


async def find_topic(hubbing: Hubbing, url: str) -> Topic | None:
    """The topic of exactly this URL, as it is now; None for what is not, or no longer, ours to distribute."""
    public = public_topic(hubbing, url)
    if public is not None or hubbing.gate is None:
        return public
    address = await open_topic(hubbing.gate, url)
    if address is None or address.form is None:
        return None
    return Topic(
        url=url,
        path=document_path(hubbing.gate, address),
        content_type=content_type(address.form),
        feed=address.feed,
        address=address,
    )


def public_topic(hubbing: Hubbing, url: str) -> Topic | None:
    """The document of a feed that anybody may have, by its URL."""
    base = links.absolute(hubbing.catalogue.site.base_url, FEEDS)
    name, _, suffix = url.removeprefix(base).rpartition(".")
    feed = hubbing.catalogue.feeds.get(unquote(name))
    if feed is None or feed.moved_to or suffix not in set(Format):
        return None
    found = _public(hubbing, feed.name, Format(suffix))
    return found if found.url == url else None


def topics_of(hubbing: Hubbing, feed: str) -> list[Topic]:
    """A feed's documents that anybody may have."""
    return [_public(hubbing, feed, form) for form in Format]


def read_content(topic: Topic) -> Content | None:
    """What stands at the topic's address now; None while there is nothing."""
    try:
        found = topic.path.stat()
        # A publication renames another file into its place.
        return _read(topic.path, (found.st_mtime_ns, found.st_size, found.st_ino))
    except OSError:
        return None


# One document goes to many; reading and hashing it for each would cost more than sending it.
@lru_cache(maxsize=16)
def _read(path: Path, _stamp: tuple[int, int, int]) -> Content:
    data = path.read_bytes()
    return Content(data=data, digest=hashlib.sha256(data).hexdigest())


def _public(hubbing: Hubbing, feed: str, form: Format) -> Topic:
    path = links.feed_path(feed, form)
    return Topic(
        url=links.absolute(hubbing.catalogue.site.base_url, path),
        path=hubbing.public_dir / unquote(path).removeprefix("/"),
        content_type=content_type(form),
        feed=feed,
    )
